"""One expert's sheet for one dossier (专家书面评审评分表): filled for signature, or blank for a pen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import groupby
from typing import Any

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead, Unit
from review_portal.exports.office_docx import SHEET_HEAD, SIGNATURE, TITLE, Font, Properties
from review_portal.exports.office_tables import Column, add_facts, add_table, merge_across, merge_down
from review_portal.exports.plain_text import digest_groups, listed

_SIGNING = re.compile(r"(?P<said>.*?)[\s　]*(?P<who>[^\s　，。]*签[字名])：[\s　年月日]*")
FOOT = "本人与该申报单位（含联合体成员）无利害关系，独立评分，对评分负责。"
REASON_HEAD = "评分理由（较差或满分必填）"
_COLUMNS = (
    Column("序号", 10, "center"),
    Column("一级指标", 22),
    Column("二级指标", 30),
    Column("分值", 12, "center"),
    Column("评分要点", 48),
    Column("得分", 14, "center"),
)
_REASON_WIDTH = 34.0
_PEN_LINES, _PEN_PITCH = 2, 20.0
_CELL = Font("宋体", 9)


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One rubric item; `points` None leaves the cell blank for a pen."""

    criterion: str
    name: str
    max_score: Decimal
    look_for: str
    points: Decimal | None = None
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ExpertScoreSheet:
    """One sheet; the expert stands as a code, the name comes with the signature. Blank: no receipt.

    choices: the conclusions that a blank sheet offers to be ticked.
    """

    call: CallHead
    title: str
    unit: Unit
    expert_code: str
    items: tuple[SheetItem, ...]
    prepared_on: date
    opinion: str = ""
    conclusion: str = ""
    submitted_at: datetime | None = None
    receipt_code: str = ""
    opening_code: str = ""
    foot: str = FOOT
    reason_head: str = REASON_HEAD
    choices: tuple[str, ...] = ()

    @property
    def total(self) -> Decimal | None:
        """Plain sum of the points; None while an item lacks its points (such a sheet is not a review)."""
        given = [item.points for item in self.items if item.points is not None]
        return sum(given, Decimal(0)) if len(given) == len(self.items) else None


def write(sheet: ExpertScoreSheet) -> bytes:
    """The sheet as .docx bytes, A4 upright; equal sheets give equal bytes."""
    dated = local_date(sheet.submitted_at) if sheet.submitted_at else sheet.prepared_on
    document = office.new_document(
        Properties(f"{sheet.title} {sheet.unit.number}", sheet.call.issuer, dated), sheet=True
    )
    if sheet.receipt_code:
        office.add_sheet_footer(document, digest_groups(sheet.receipt_code), "回执校验码")
    else:
        office.add_sheet_footer(document, digest_groups(sheet.opening_code), "开启时锁定内容校验码")
    office.paragraph(document, sheet.call.title, Font(TITLE, 14), align="center", pitch=None)
    add_sheet(document, sheet)
    _kept(office.paragraph(document, "", SIGNATURE, pitch=None))
    said, who = parted_foot(sheet.foot)
    if said:
        _kept(office.paragraph(document, said, SIGNATURE, pitch=None))
    office.paragraph(
        document, f"{who}：　　　　　　　　　　　年　　月　　日", SIGNATURE, align="right", pitch=36
    )
    return office.save(document)


def add_sheet(document: Any, sheet: ExpertScoreSheet) -> None:
    """Title, facts, items and opinion; whoever adds it says where it is signed."""
    office.paragraph(document, sheet.title, Font(TITLE, 18), align="center", pitch=None)
    add_facts(document, _facts(sheet), label_width=32, value_width=138)
    office.paragraph(document, "", _CELL, pitch=8)
    _items_table(document, sheet)
    _overall(document, sheet)


def _overall(document: Any, sheet: ExpertScoreSheet) -> None:
    """Opinion and conclusion, on a blank sheet with room for a pen; no signature stands on a page alone."""
    blank = sheet.submitted_at is None
    _kept(office.paragraph(document, f"总体意见：{sheet.opinion}", office.SHEET_BODY, pitch=None))
    if blank and not sheet.opinion:
        for _line in range(_PEN_LINES):
            _kept(office.paragraph(document, "", office.SHEET_BODY, pitch=_PEN_PITCH))
    if sheet.conclusion:
        _kept(office.paragraph(document, f"结论：{sheet.conclusion}", office.SHEET_BODY, pitch=None))
    elif blank and sheet.choices:
        boxes = "　".join(f"□{choice}" for choice in sheet.choices)
        _kept(office.paragraph(document, f"结论（请在□内打√）：{boxes}", office.SHEET_BODY, pitch=None))


def _kept(paragraph: Any) -> None:
    """On one page with what follows."""
    paragraph.paragraph_format.keep_with_next = True


def parted_foot(foot: str) -> tuple[str, str]:
    """The declaration and who signs it: a foot may end in a place for the signature, printed once."""
    found = _SIGNING.fullmatch(foot)
    return (found["said"], found["who"]) if found else (foot, "专家签字")


def _facts(sheet: ExpertScoreSheet) -> Sequence[tuple[str, str]]:
    unit = sheet.unit
    facts = [
        ("文号", sheet.call.document_number),
        ("申报单位", f"{unit.number}　{unit.lead_unit}"),
        ("联合体成员", listed(unit.members)),
        ("推荐单位", unit.recommender),
        ("专家代号", sheet.expert_code),
    ]
    if sheet.submitted_at is not None:
        facts.append(("提交时间", time_text(sheet.submitted_at)))
    if sheet.receipt_code:
        facts.append(("回执校验码", digest_groups(sheet.receipt_code)))
    if sheet.opening_code:
        facts.append(("开启时锁定内容校验码", digest_groups(sheet.opening_code)))
    return facts


def _items_table(document: object, sheet: ExpertScoreSheet) -> None:
    rows = [
        (
            str(index),
            item.criterion,
            item.name,
            f"{item.max_score.normalize():f}",
            item.look_for,
            "" if item.points is None else _points(item.points),
            item.comment,
        )
        for index, item in enumerate(sheet.items, start=1)
    ]
    maximum = sum((item.max_score for item in sheet.items), Decimal(0))
    total = "" if sheet.total is None else _points(sheet.total)
    last = ("", "", "", f"{maximum.normalize():f}", "", total, "")
    columns = (*_COLUMNS, Column(sheet.reason_head, _REASON_WIDTH))
    table = add_table(document, columns, [*rows, last], body=_CELL, head=SHEET_HEAD)
    merge_across(table, len(rows) + 1, 0, 2, "合计", SHEET_HEAD)
    for cell in table.rows[-1].cells:
        _kept(cell.paragraphs[0])
    start = 1
    for _, group in groupby(sheet.items, key=lambda item: item.criterion):
        size = len(list(group))
        merge_down(table, 1, start, start + size - 1)
        start += size


def _points(points: Decimal) -> str:
    """Points as given, with at least one decimal: 3.0, 6.5, 7.25."""
    exponent = points.normalize().as_tuple().exponent
    return f"{points:.{max(1, -exponent if isinstance(exponent, int) else 1)}f}"
