"""The score summary of one round (评分汇总表) for wet signature: expert codes, figures, check code."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead, DossierScores, RoundScores, points_text
from review_portal.exports.office_docx import TITLE, Font, Properties
from review_portal.exports.office_tables import Column, add_signature_lines, add_table, set_cell_margins
from review_portal.exports.plain_text import MISSING, digest_groups
from review_portal.exports.ranking_report import DEFAULT_SIGNERS

EXPERTS_ACROSS = 12
_CELL, _HEAD = Font("宋体", 9), Font("黑体", 9)
_FIGURE_HEADS = ("本轮得分", "有效份数", "最高", "最低", "算术平均", "去极值平均", "极差")
_REFERENCE = "排序依据为本轮得分；有效份数、最高、最低、算术平均、去极值平均、极差为参考，不作为排序依据。"
_WIDTH = 257.0  # landscape A4 between margins of 20 mm
_UNIT, _NOTE = 82.0, 24.0  # number, unit and recommender; remark
_SIDE = 0.7  # white beside a cell's text
_NARROWEST = 10.2  # "100.00" in its cell; narrower, Word breaks a figure in two


@dataclass(frozen=True, slots=True)
class SummarySheet:
    """One round's summary. `opening_code` is that of what was locked when scoring began.

    `check_code` is that of the frozen list which the round led to (`check_label` says which one), or that of
    the scores while nothing is frozen. `remarks` stand under the table: what reconciliation did.
    """

    call: CallHead
    scores: RoundScores
    rule_label: str
    made_at: datetime
    check_code: str
    check_label: str = "校验码"
    opening_code: str = ""
    remarks: tuple[str, ...] = ()
    signers: tuple[str, ...] = DEFAULT_SIGNERS


def write(sheet: SummarySheet) -> bytes:
    """The summary as .docx bytes, landscape. Many experts are parted into tables of at most 12 columns."""
    scores = sheet.scores
    title = f"{scores.title}评分汇总表"
    properties = Properties(f"{sheet.call.title} {title}", sheet.call.issuer, local_date(sheet.made_at))
    document = office.new_document(properties, landscape=True, sheet=True)
    office.add_sheet_footer(document, digest_groups(sheet.check_code), sheet.check_label)
    office.paragraph(document, sheet.call.title, Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, title, Font(TITLE, 18), align="center", pitch=None)
    head = (
        f"文号：{sheet.call.document_number}　指标体系：{scores.rubric_title}　计分规则：{sheet.rule_label}"
        f"　制表：{time_text(sheet.made_at)}"
    )
    office.paragraph(document, head, office.SHEET_BODY, pitch=None)
    if sheet.opening_code:
        opening = f"开启时锁定内容校验码：{digest_groups(sheet.opening_code)}"
        office.paragraph(document, opening, office.SHEET_BODY, pitch=None)
    blocks = _blocks(scores.experts)
    together = len(blocks) == 1 and _part(len(blocks[0]), with_figures=True) >= _NARROWEST
    for number, block in enumerate(blocks, start=1):
        if number > 1:
            office.paragraph(document, f"续表（{number}／{len(blocks)}）", office.SHEET_BODY, pitch=None)
        _expert_table(document, scores, block, with_figures=together)
    if not together:
        office.paragraph(document, "统计", office.SHEET_BODY, pitch=None)
        _expert_table(document, scores, range(0), with_figures=True)
    note = f"各列为专家代号。「回避」和「{MISSING}」（未评）不计分，不是0分。"
    for line in (note, _REFERENCE, *sheet.remarks):
        office.paragraph(document, line, office.SHEET_BODY, pitch=None)
    add_signature_lines(document, sheet.signers)
    return office.save(document)


def _blocks(experts: Sequence[str]) -> list[range]:
    """Index ranges of equal size as far as possible, at most EXPERTS_ACROSS each."""
    count = max(1, -(-len(experts) // EXPERTS_ACROSS))
    size = -(-len(experts) // count)
    return [
        range(start, min(start + size, len(experts))) for start in range(0, len(experts), max(1, size))
    ] or [range(0)]


def _part(experts: int, *, with_figures: bool) -> float:
    """The width of one column of points, in mm."""
    figures, note = (len(_FIGURE_HEADS), _NOTE) if with_figures else (0, 0.0)
    return (_WIDTH - _UNIT - note) / max(1, experts + figures)


def _expert_table(document: object, scores: RoundScores, block: range, *, with_figures: bool) -> None:
    columns = [Column("编号", 18), Column("申报单位", 44), Column("推荐单位", 20)]
    figures = _FIGURE_HEADS if with_figures else ()
    width = _part(len(block), with_figures=with_figures)
    columns += [Column(scores.experts[index], width, "center") for index in block]
    columns += [Column(head, width, "center") for head in figures]
    if with_figures:
        columns.append(Column("备注", _NOTE))
    rows = [_row(dossier, block, with_figures=with_figures) for dossier in scores.dossiers]
    set_cell_margins(add_table(document, columns, rows, body=_CELL, head=_HEAD), _SIDE)


def _row(dossier: DossierScores, block: range, *, with_figures: bool) -> list[str]:
    unit = dossier.unit
    texts = [unit.number, unit.lead_unit, unit.recommender]
    texts += [points_text(dossier.totals[index]) for index in block]
    if with_figures:
        shown = (
            dossier.highest,
            dossier.lowest,
            dossier.mean,
            dossier.trimmed,
            dossier.spread,
        )
        texts += [points_text(dossier.score), str(dossier.valid_sheets)]
        texts += [*(points_text(figure) for figure in shown), dossier.note]
    return texts
