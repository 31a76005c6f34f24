"""The workbook's own check: what was frozen beside what its formulas give, and one sentence on all of it."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.figures import DossierScores, RoundScores
from review_portal.exports.ranking_report import RankedRow, RankingReport, TieKey
from review_portal.exports.workbook_formats import Page
from review_portal.exports.workbook_layout import FIRST, HEADS, Layout, RoundPlace

VERDICT = "$C$2"  # of every sheet of checks
_RANKING_FIRST = 5  # the first row of the ranking's dossiers, from 1
_BESIDE = {"mean": 3, "drop_high_low": 4}  # the summary's columns after the count of sheets


def all_hold(layout: Layout) -> str:
    """The sentence on all sheets of checks; empty where nothing is recomputed."""
    cells = [(placed.checks, VERDICT) for placed in layout.rounds if placed.checks]
    if layout.recount:
        cells.append((layout.recount, VERDICT))
    return formulas.summed_up(cells) if cells else ""


def round_checks(page: Page, placed: RoundPlace) -> None:
    """The frozen figures of one round; the last column compares them with the formulas' sheets."""
    scores = placed.scores
    criteria = (name for name, _maximum in scores.criteria)
    figures = ("有效份数", "总分合计", "算术平均", "去最高最低", "本轮得分")
    heads = ("编号", "申报单位", *figures, *criteria, "核对")
    last, end = len(heads) - 1, FIRST - 1 + len(scores.dossiers)
    page.merged(0, 0, last, f"{scores.title}冻结数据核对", "title", height=30)
    page.merged(1, 0, 1, "本表为冻结时的数据；末列与公式重算的结果逐项比较。", "subtitle", height=32)
    column = formulas.letter(last)
    counted = sum(dossier.counted for dossier in scores.dossiers)
    page.verdict(1, 2, last, formulas.verdict(column, FIRST, end, counted), formulas.HOLDS)
    page.widths((11, 36, 9, 11, 10, 10, 10, *(14 for _ in scores.criteria), 10))
    page.heads(HEADS, heads)
    page.sheet.set_row(HEADS, 32)
    for at, dossier in enumerate(scores.dossiers):
        _round_row(page, placed, at, dossier)
    if scores.dossiers:
        page.warn(FIRST - 1, last, end - 1, last)
        page.sheet.autofilter(HEADS, 0, end - 1, last)
    _fewest(page, placed)
    page.sheet.freeze_panes(HEADS + 1, 2)


def _round_row(page: Page, placed: RoundPlace, at: int, dossier: DossierScores) -> None:
    scores, row = placed.scores, FIRST + at
    page.text(row - 1, 0, dossier.unit.number)
    page.text(row - 1, 1, dossier.unit.lead_unit)
    means = dossier.criterion_means or (None,) * len(scores.criteria)
    summed = sum((cell for cell in dossier.totals if isinstance(cell, Decimal)), Decimal(0))
    figures = (dossier.mean, dossier.trimmed, dossier.score, *means)
    page.count(row - 1, 2, dossier.valid_sheets)
    page.points(row - 1, 3, summed if dossier.counted else None)
    for column, figure in enumerate(figures, start=4):
        page.points(row - 1, column, figure)
    last = 4 + len(figures)
    if not dossier.counted:
        page.text(row - 1, last, "不计入", "word")
        return
    pairs = _pairs(placed, row, len(means) if dossier.criterion_means else 0)
    page.formula(row - 1, last, formulas.agree(pairs), formulas.SAME, "word")


def _pairs(placed: RoundPlace, row: int, criteria: int) -> Iterator[tuple[str, str]]:
    """(cell of the formulas' sheets, cell of this one) of a row."""
    summary, count = placed.summary, placed.count_column
    totals = formulas.ref(summary, formulas.area(3, count - 1, row))
    yield formulas.ref(summary, f"{formulas.letter(count)}{row}"), f"C{row}"
    yield f"ROUND(SUM({totals}),2)", f"D{row}"
    for step, column in ((3, "E"), (4, "F"), (6, "G")):
        yield formulas.ref(summary, f"{formulas.letter(count + step)}{row}"), f"{column}{row}"
    for at in range(criteria):
        there = formulas.ref(placed.means, f"{formulas.letter(2 + at)}{row}")
        yield there, f"{formulas.letter(7 + at)}{row}"


def _fewest(page: Page, placed: RoundPlace) -> None:
    """Below the table: whether highest and lowest may be dropped, which is so for all or for nobody."""
    scores, row = placed.scores, placed.fewest_row - 1
    counting = scores.counting
    assert counting is not None, "only a live round has a sheet of checks"
    page.merged(row, 0, 1, "各单位有效份数的最小值", "label")
    counts = [dossier.valid_sheets for dossier in scores.dossiers if dossier.counted]
    if counting.fewest is None and counts and min(counts):
        column = formulas.letter(placed.count_column)
        span = formulas.ref(placed.summary, f"{column}{FIRST}:{column}{FIRST - 1 + len(scores.dossiers)}")
        page.formula(row, 2, f"SMALL({span},COUNTIF({span},0)+1)", min(counts), "count")
    else:
        page.count(row, 2, min(counts, default=0) if counting.fewest is None else counting.fewest)
    page.merged(row + 1, 0, 1, "去掉最高分和最低分所需的最少份数", "label")
    page.count(row + 1, 2, counting.min_reviews)


def recount(page: Page, layout: Layout) -> None:
    """Round scores, final score, tie keys and rank by formulas, compared with the frozen ranking."""
    report = layout.report
    others = [name for name in report.reference_rules if name in _BESIDE]
    labels = dict(zip(report.reference_rules, report.reference_labels, strict=False))
    heads = (
        "编号", "申报单位", *(scores.title for scores in report.counting), "最终得分",
        *(key.label for key in report.tie_keys), "名次", *(labels[name] for name in others), "核对",
    )  # fmt: skip
    last, end = len(heads) - 1, FIRST - 1 + len(report.rows)
    page.merged(0, 0, last, "名次复算", "title", height=30)
    said = "各列由评分汇总表按冻结规则用公式重算；末列与“排名”表的冻结数据比较。"
    page.merged(1, 0, 1, said, "subtitle", height=32)
    check = formulas.verdict(formulas.letter(last), FIRST, end, len(report.rows))
    page.verdict(1, 2, last, check, formulas.HOLDS)
    page.widths((11, 36, *(11 for _ in heads[2:])))
    page.heads(HEADS, heads)
    page.sheet.set_row(HEADS, 46)
    for at, ranked in enumerate(report.rows):
        _Recounted(page, layout, at, ranked, others).write()
    page.warn(FIRST - 1, last, end - 1, last)
    page.sheet.freeze_panes(HEADS + 1, 2)
    page.sheet.autofilter(HEADS, 0, end - 1, last)


class _Recounted:
    """One dossier's row of the recount."""

    def __init__(self, page: Page, layout: Layout, at: int, ranked: RankedRow, others: list[str]) -> None:
        self._page, self._layout, self._ranked = page, layout, ranked
        self._others, self._row, self._there = others, FIRST + at, _RANKING_FIRST + at
        self._report: RankingReport = layout.report
        self._rounds = len(self._report.counting)

    def write(self) -> None:
        """The cells from left to right, then the comparison."""
        page, row, report = self._page, self._row - 1, self._report
        page.text(row, 0, self._ranked.unit.number)
        page.text(row, 1, self._ranked.unit.lead_unit)
        for stage, score in enumerate(self._ranked.round_scores):
            found = self._layout.standing(stage, self._ranked.unit.number)
            self._cell(2 + stage, found and _score_cell(*found), score)
        final = 2 + self._rounds
        scores = [f"{formulas.letter(2 + stage)}{self._row}" for stage in range(self._rounds)]
        weights = whole_weights(report.counting)
        page.formula(row, final, formulas.weighted(scores, weights, report.places), self._ranked.final)
        keys = [self._key(final + 1 + at, key) for at, key in enumerate(report.tie_keys)]
        columns = [formulas.letter(final), *keys]
        rank = final + 1 + len(keys)
        end = FIRST - 1 + len(report.rows)
        place = formulas.place(columns, FIRST, end, self._row)
        page.formula(row, rank, place, self._ranked.rank, "key_count")
        beside = [self._beside(rank + 1 + at, name, weights) for at, name in enumerate(self._others)]
        pairs = [*self._pairs(final, rank), *(pair for pair in beside if pair)]
        page.formula(row, rank + 1 + len(beside), formulas.agree(pairs), formulas.SAME, "word")

    def _cell(self, column: int, there: str | None, value: Decimal | None) -> None:
        if there and value is not None:
            self._page.formula(self._row - 1, column, there, value)
        else:
            self._page.points(self._row - 1, column, value)

    def _key(self, column: int, key: TieKey) -> str:
        """Write what a tie key compares; returns the column's letter."""
        stages = [scores.stage or scores.title for scores in self._report.counting]
        stage = stages.index(key.stage)
        if key.criterion is None:
            score = self._ranked.round_scores[stage]
            self._cell(column, f"{formulas.letter(2 + stage)}{self._row}", score)
            return formulas.letter(column)
        found = self._layout.standing(stage, self._ranked.unit.number)
        means = found[0].scores.dossiers[found[1]].criterion_means if found else ()
        cell = None
        if found and means:
            cell = formulas.ref(found[0].means, f"{formulas.letter(2 + key.criterion)}{FIRST + found[1]}")
        self._cell(column, cell, means[key.criterion] if means else None)
        return formulas.letter(column)

    def _beside(self, column: int, name: str, weights: list[tuple[int, int]]) -> tuple[str, str] | None:
        """Write the final score by another rule; returns what is to be compared."""
        at = self._report.reference_rules.index(name)
        value = self._ranked.references[at]
        found = [self._layout.standing(stage, self._ranked.unit.number) for stage in range(self._rounds)]
        cells = [_score_cell(*one, step=_BESIDE[name]) for one in found if one is not None]
        if value is None or len(cells) != self._rounds:
            self._page.points(self._row - 1, column, value, "aside_points")
            return None
        formula = formulas.weighted(cells, weights, self._report.places)
        self._page.formula(self._row - 1, column, formula, value, "aside_points")
        frozen = formulas.letter(6 + self._rounds + at)
        return f"{formulas.letter(column)}{self._row}", formulas.ref("排名", f"{frozen}{self._there}")

    def _pairs(self, final: int, rank: int) -> Iterator[tuple[str, str]]:
        for step in range(self._rounds + 1):  # the rounds' scores, then the final one
            own = f"{formulas.letter(2 + step)}{self._row}"
            yield own, formulas.ref("排名", f"{formulas.letter(5 + step)}{self._there}")
        yield f"{formulas.letter(rank)}{self._row}", formulas.ref("排名", f"A{self._there}")


def _score_cell(placed: RoundPlace, at: int, step: int = 6) -> str:
    return formulas.ref(placed.summary, f"{formulas.letter(placed.count_column + step)}{FIRST + at}")


def whole_weights(rounds: tuple[RoundScores, ...]) -> list[tuple[int, int]]:
    """The rounds' weights as whole numbers over one power of ten."""
    weights = [Decimal(1) if scores.weight is None else scores.weight for scores in rounds]
    scale = 10 ** max(0, *(-int(weight.normalize().as_tuple().exponent) for weight in weights))
    return [(int(weight * scale), scale) for weight in weights]
