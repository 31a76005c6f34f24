"""The sign-in sheet of the defense (签到表): blank lines for units and panel, a box for the ID check.

No expert's name is printed: who was drawn is not told before he signs in.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from review_portal.domain import canonical
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_signature_lines,
    add_table,
    merge_down,
    set_row_heights,
)
from review_portal.exports.plain_text import clean, digest_groups

TITLE = "现场答辩签到表"
_UNIT_COLUMNS = (
    Column("序号", 13, "center"),
    Column("计划时间", 24, "center"),
    Column("申报单位", 56),
    Column("姓名", 28),
    Column("身份", 30),
    Column("身份证核验", 24, "center"),
    Column("授权委托书", 24, "center"),
    Column("到场时间", 24, "center"),
    Column("签字", 34),
)
_PANEL_COLUMNS = (
    Column("序号", 13, "center"),
    Column("姓名", 44),
    Column("工作单位", 84),
    Column("身份证核验", 28, "center"),
    Column("到场时间", 30, "center"),
    Column("签字", 58),
)
_BOX = "□"
_BODY = Font("宋体", 12)


@dataclass(frozen=True, slots=True)
class SignInUnit:
    """A unit's turn: `when` is its planned time as printed."""

    position: int
    when: str
    unit: str


@dataclass(frozen=True, slots=True)
class SignInSheet:
    """Units in their order, how many may come for each, and how many seats the panel has."""

    call_title: str
    stage: str
    place: str
    units: tuple[SignInUnit, ...]
    attendees_max: int
    seats: int
    dated: date


def write_docx(sheet: SignInSheet) -> bytes:
    """Two pages or more: units, then the panel. Equal sheets give equal bytes."""
    document = office.new_document(Properties(TITLE, "", sheet.dated), landscape=True, sheet=True)
    _head(document, sheet, "申报单位", new_page=False)
    rows: list[Sequence[str]] = []
    for unit in sheet.units:
        for line in range(sheet.attendees_max):
            first = (str(unit.position), unit.when, clean(unit.unit)) if line == 0 else ("", "", "")
            rows.append((*first, "", "", _BOX, _BOX if line == 0 else "", "", ""))
    table = add_table(document, _UNIT_COLUMNS, rows, body=_BODY)
    set_row_heights(table, 9)
    for index in range(len(sheet.units)):
        start = 1 + index * sheet.attendees_max
        for column in (0, 1, 2, 6):
            merge_down(table, column, start, start + sheet.attendees_max - 1)
    add_signature_lines(document, ("核验人", "监督人员"))
    _head(document, sheet, "专家组", new_page=True)
    panel = [(str(seat), "", "", _BOX, "", "") for seat in range(1, sheet.seats + 1)]
    set_row_heights(add_table(document, _PANEL_COLUMNS, panel, body=_BODY), 12)
    add_signature_lines(document, ("核验人", "监督人员"))
    code = digest_groups(canonical.digest(asdict(sheet)))
    office.add_sheet_footer(document, code, f"{clean(sheet.stage)}　校验码")
    return office.save(document)


def _head(document: Any, sheet: SignInSheet, who: str, *, new_page: bool) -> None:
    title = office.paragraph(document, f"{TITLE}（{who}）", Font("黑体", 16), align="center", pitch=30)
    if new_page:
        office.page_break_before(title)
    line = f"{clean(sheet.call_title)}　{clean(sheet.stage)}"
    office.paragraph(document, line, Font("宋体", 10.5), align="center", pitch=None)
    office.paragraph(document, f"地点：{clean(sheet.place)}", Font("宋体", 10.5), align="left", pitch=None)
