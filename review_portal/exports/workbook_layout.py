"""Where the ranking workbook's figures stand, known before a cell is written: its formulas point at them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from review_portal.exports.figures import Absence, DossierScores, ExpertSheet, RoundScores
from review_portal.exports.ranking_report import RankingReport
from review_portal.exports.workbook_formats import sheet_name

MOST_ROWS = 1_048_576  # of a sheet, as Excel knows it
HEADS = 2  # the row of a round's heads, from 0; dossiers below
FIRST = HEADS + 2  # the first dossier's row, from 1
ITEMS = "逐项得分"
_ITEM_FIRST = 2  # the first row of items, from 0


@dataclass(frozen=True, slots=True)
class Span:
    """The rows of one sheet's items (from 1), and on which page they stand."""

    page: str
    first: int
    last: int


@dataclass(slots=True)
class RoundPlace:
    """One round's sheets. `spans`: (dossier's place, expert code) -> the item rows of a complete sheet."""

    scores: RoundScores
    summary: str
    means: str
    levels: str = ""
    checks: str = ""
    spans: dict[tuple[int, str], Span] = field(default_factory=dict)

    @property
    def live(self) -> bool:
        """Whether formulas recompute the round."""
        return self.scores.counting is not None

    @property
    def parameters(self) -> int:
        """Rows of parameters between heads and dossiers of the sheet of levelled totals."""
        counting = self.scores.counting
        return 0 if counting is None else {"severity": 1, "z_score": 2}.get(counting.normalize, 0)

    @property
    def count_column(self) -> int:
        """The summary's column of how many sheets count; highest, lowest … follow."""
        return 3 + len(self.scores.experts)

    @property
    def fewest_row(self) -> int:
        """The row (from 1) below the checks where the fewest sheets of a dossier stand."""
        return FIRST + len(self.scores.dossiers) + 1


@dataclass(frozen=True, slots=True)
class ItemPage:
    """One page of items: which dossiers of which rounds it holds, (round, first, last + 1)."""

    name: str
    parts: tuple[tuple[int, int, int], ...]


class Layout:
    """The names of all sheets in their order and the places of what formulas point at."""

    def __init__(self, report: RankingReport) -> None:
        self.report = report
        self.item_rows = 0
        self.names: list[str] = ["封面", "排名"]
        self.chart = self._one("排名图") if report.rows else ""
        self.heat = self._one("得分热力图") if report.rows and _criteria_known(report) else ""
        self.admissions = self._one("分组入围") if report.admissions else ""
        summaries = [self._of("评分汇总", scores) for scores in report.sheets]
        self.rounds = [
            RoundPlace(scores, name, "") for scores, name in zip(report.sheets, summaries, strict=True)
        ]
        self.items = self._item_pages()
        for placed in self.rounds:
            placed.levels = self._of("评分校准", placed.scores) if placed.parameters else ""
        for placed in self.rounds:
            placed.means = self._of("指标均值", placed.scores)
        self.cases = self._one("复议") if report.cases else ""
        for placed in self.rounds:
            placed.checks = self._of("核对", placed.scores) if placed.live else ""
        self.recount = self._one("名次复算") if report.recounted else ""
        self.names.append("方法说明")
        self._standing = {
            (_stage_of(placed.scores), dossier.unit.number): (placed, at)
            for placed in self.rounds
            if placed.scores.counts
            for at, dossier in enumerate(placed.scores.dossiers)
            if dossier.counted
        }

    def standing(self, stage: int, number: str) -> tuple[RoundPlace, int] | None:
        """The round that scored a dossier last in a counting stage, and the dossier's place in it."""
        return self._standing.get((_stage_of(self.report.counting[stage]), number))

    def _one(self, name: str) -> str:
        self.names.append(name)
        return name

    def _of(self, kind: str, scores: RoundScores) -> str:
        return self._one(sheet_name(kind, scores.title, self.names))

    def _item_pages(self) -> tuple[ItemPage, ...]:
        """Pages of items, a new one where a dossier's lines would no longer fit."""
        pages: list[ItemPage] = []
        parts: list[tuple[int, int, int]] = []
        name, row = self._one(ITEMS), _ITEM_FIRST
        for number, placed in enumerate(self.rounds):
            begin = 0
            for at, dossier in enumerate(placed.scores.dossiers):
                lines = sum(
                    len(sheet.points) + whole for _, sheet, whole in sheets_of(placed.scores, dossier)
                )
                if row + lines > MOST_ROWS:
                    parts.append((number, begin, at))
                    pages.append(ItemPage(name, tuple(parts)))
                    parts, begin = [], at
                    name, row = self._one(f"{ITEMS}（续{len(pages) + 1}）"), _ITEM_FIRST
                row = _place(placed, at, dossier, name, row)
                self.item_rows += lines
            parts.append((number, begin, len(placed.scores.dossiers)))
        return (*pages, ItemPage(name, tuple(parts)))


_NONE = ExpertSheet("", ())


def sheets_of(scores: RoundScores, dossier: DossierScores) -> Iterator[tuple[str, ExpertSheet, bool]]:
    """(expert code, sheet, whether a line about the whole sheet follows its items), by expert code."""
    sheets = {sheet.expert: sheet for sheet in dossier.sheets}
    for expert, cell in zip(scores.experts, dossier.totals, strict=True):
        sheet = sheets.get(expert, _NONE)
        yield expert, sheet, isinstance(cell, Absence) or bool(sheet.opinion or sheet.conclusion)


def _place(placed: RoundPlace, at: int, dossier: DossierScores, page: str, row: int) -> int:
    """Note where each complete sheet's items stand; returns the row after them (from 0)."""
    wanted = len(placed.scores.items)
    for expert, sheet, whole in sheets_of(placed.scores, dossier):
        if len(sheet.points) == wanted:
            placed.spans[at, expert] = Span(page, row + 1, row + wanted)
        row += len(sheet.points) + whole
    return row


def _stage_of(scores: RoundScores) -> str:
    return scores.stage or scores.title


def _criteria_known(report: RankingReport) -> bool:
    return any(dossier.criterion_means for scores in report.counting for dossier in scores.dossiers)
