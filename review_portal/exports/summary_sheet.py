"""The score summary of one round (评分汇总表) for wet signature: expert codes, figures, check code."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead, DossierScores, RoundScores, points_text
from review_portal.exports.office_docx import TITLE, Font, Paper, Properties
from review_portal.exports.office_tables import Column, add_signature_lines, add_table, set_cell_margins
from review_portal.exports.plain_text import MISSING, digest_groups
from review_portal.exports.ranking_report import DEFAULT_SIGNERS

_CELL, _HEAD = Font("宋体", 9), Font("黑体", 9)
_SCORES, _REFERENCE = "专家评分", "参考，不作为排序依据"
_FIGURE_HEADS = ("有效份数", "最高", "最低", "算术平均", "去极值平均", "极差", "标准分")
_SIDE = 0.5  # white beside a cell's text
_NARROWEST = 10.2  # "100.00" in its cell; narrower, Word breaks a figure in two


@dataclass(frozen=True, slots=True)
class _Page:
    """Widths in millimetres on one size of paper between margins of 20 mm."""

    paper: Paper
    width: float
    unit: float
    recommender: float
    note: float
    rank: float = 8.0
    number: float = 17.0

    @property
    def beside(self) -> float:
        """What the columns without points take."""
        return self.rank + self.number + self.unit + self.recommender + self.note

    def holds(self, experts: int) -> bool:
        """Whether every expert stands in one table with the figures."""
        return self.point(experts) >= _NARROWEST

    def point(self, experts: int) -> float:
        """The width of a column of points."""
        return (self.width - self.beside) / (experts + 1 + len(_FIGURE_HEADS))


# seven experts stand on A4, sixteen on A3; only beyond are their points a table of their own
_A4 = _Page("A4", 257.0, unit=36.0, recommender=25.0, note=18.0)
_A3 = _Page("A3", 380.0, unit=50.0, recommender=28.0, note=31.0)


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """One round's summary. `opening_code` is that of what was locked when scoring began.

    `check_code` is that of the frozen list which the round led to (`check_label` says which one), or that of
    the scores while nothing is frozen. `ranks`: dossier number to place, `ranked_by` says by what. `remarks`
    stand under the table: what reconciliation did.
    """

    call: CallHead
    scores: RoundScores
    rule_label: str
    made_at: datetime
    check_code: str
    check_label: str = "校验码"
    opening_code: str = ""
    ranks: Mapping[str, int] = field(default_factory=dict)
    ranked_by: str = ""
    remarks: tuple[str, ...] = ()
    signers: tuple[str, ...] = DEFAULT_SIGNERS


def write(sheet: SummarySheet) -> bytes:
    """The summary as .docx bytes: one table on landscape A4, with more experts on landscape A3.

    Where A3 does not hold every expert, the table to be signed keeps places, scores and figures, and the
    experts' points follow the signatures in tables of their own.
    """
    scores = sheet.scores
    page = _A4 if _A4.holds(len(scores.experts)) else _A3
    title = f"{scores.title}评分汇总表"
    properties = Properties(f"{sheet.call.title} {title}", sheet.call.issuer, local_date(sheet.made_at))
    document = office.new_document(properties, landscape=True, sheet=True, paper=page.paper)
    office.add_sheet_footer(document, digest_groups(sheet.check_code), sheet.check_label)
    _head(document, sheet, title)
    together = page.holds(len(scores.experts))
    _main_table(document, sheet, page, scores.experts if together else ())
    for line in _notes(sheet, together=together):
        office.paragraph(document, line, office.SHEET_BODY, pitch=None)
    add_signature_lines(document, sheet.signers)
    if not together:
        _points_tables(document, sheet, page)
    return office.save(document)


def _head(document: Any, sheet: SummarySheet, title: str) -> None:
    office.paragraph(document, sheet.call.title, Font(TITLE, 14), align="center", pitch=22)
    office.paragraph(document, title, Font(TITLE, 18), align="center", pitch=28)
    head = (
        f"文号：{sheet.call.document_number}　指标体系：{sheet.scores.rubric_title}"
        f"　计分规则：{sheet.rule_label}　制表：{time_text(sheet.made_at)}"
    )
    office.paragraph(document, head, office.SHEET_BODY, pitch=None)
    if sheet.opening_code:
        opening = f"开启时锁定内容校验码：{digest_groups(sheet.opening_code)}"
        office.paragraph(document, opening, office.SHEET_BODY, pitch=None)


def _notes(sheet: SummarySheet, *, together: bool) -> Iterator[str]:
    where = "各列为专家代号。" if together else "各专家评分见签字后的附表，列为专家代号。"
    yield f"{where}「回避」和「{MISSING}」（未评）不计分，不是0分。"
    if sheet.ranked_by:
        yield sheet.ranked_by
    yield f"排序依据为本轮得分；{'、'.join(_FIGURE_HEADS)}为参考，不作为排序依据。"
    yield from sheet.remarks


def _main_table(document: Any, sheet: SummarySheet, page: _Page, experts: Sequence[str]) -> None:
    """Places, units, the points of `experts`, the score that ranks and the figures beside it."""
    width = page.point(len(experts))
    columns = [
        Column("排名", page.rank, "center"),
        Column("编号", page.number, "center"),
        Column("申报单位", page.unit),
        Column("推荐单位", page.recommender),
        *(Column(code, width, "center") for code in experts),
        *(Column(head, width, "center") for head in ("本轮得分", *_FIGURE_HEADS)),
        Column("备注", page.note),
    ]
    groups = (
        *(("", 1) for _ in range(4)),
        *([(_SCORES, len(experts))] if experts else []),
        ("", 1),
        (_REFERENCE, len(_FIGURE_HEADS)),
        ("", 1),
    )
    rows = [_row(sheet, dossier, len(experts)) for dossier in _ranked(sheet)]
    set_cell_margins(add_table(document, columns, rows, body=_CELL, head=_HEAD, groups=groups), _SIDE)


def _ranked(sheet: SummarySheet) -> list[DossierScores]:
    """By place; those without one come last, by number."""
    last = len(sheet.ranks) + 1
    return sorted(
        sheet.scores.dossiers,
        key=lambda dossier: (sheet.ranks.get(dossier.unit.number, last), dossier.unit.number),
    )


def _row(sheet: SummarySheet, dossier: DossierScores, experts: int) -> list[str]:
    unit, rank = dossier.unit, sheet.ranks.get(dossier.unit.number)
    shown = (
        dossier.highest,
        dossier.lowest,
        dossier.mean,
        dossier.trimmed,
        dossier.spread,
        dossier.standard,
    )
    return [
        MISSING if rank is None else str(rank),
        unit.number,
        unit.lead_unit,
        unit.recommender,
        *(points_text(cell) for cell in dossier.totals[:experts]),
        points_text(dossier.score),
        str(dossier.valid_sheets),
        *(points_text(figure) for figure in shown),
        dossier.note,
    ]


def _points_tables(document: Any, sheet: SummarySheet, page: _Page) -> None:
    """The experts' points, as many side by side as the paper holds, parted as evenly as possible."""
    codes, across = sheet.scores.experts, int((page.width - page.beside) / _NARROWEST)
    count = -(-len(codes) // across)
    size = -(-len(codes) // count)
    for number, start in enumerate(range(0, len(codes), size), start=1):
        part = range(start, min(start + size, len(codes)))
        head = office.paragraph(document, f"附表：专家评分（{number}／{count}）", office.SHEET_HEAD, pitch=24)
        head.paragraph_format.keep_with_next = True
        if number == 1:
            office.page_break_before(head)
        width = (page.width - page.beside) / len(part)
        columns = [
            Column("编号", page.number, "center"),
            Column("申报单位", page.unit + page.rank + page.note),
            Column("推荐单位", page.recommender),
            *(Column(codes[index], width, "center") for index in part),
        ]
        rows = [
            [
                dossier.unit.number,
                dossier.unit.lead_unit,
                dossier.unit.recommender,
                *(points_text(dossier.totals[index]) for index in part),
            ]
            for dossier in _ranked(sheet)
        ]
        set_cell_margins(add_table(document, columns, rows, body=_CELL, head=_HEAD), _SIDE)
