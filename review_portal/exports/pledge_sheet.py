"""An expert's recusal and confidentiality pledge of a round (回避及保密承诺书) for the wet signature."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import SHEET_HEAD, SIGNATURE, TITLE, Font, Properties
from review_portal.exports.office_tables import Column, add_facts, add_table, set_row_heights
from review_portal.exports.plain_text import clean, digest_groups, listed

TITLE_TEXT = "评审专家回避及保密承诺书"
_CELL = Font("宋体", 9)
_COLUMNS = (
    Column("序号", 13, "center"),
    Column("编号", 21, "center"),
    Column("申报单位", 42),
    Column("联合体成员", 44),
    Column("推荐单位", 25),
    Column("声明", 25, "center"),
)


@dataclass(frozen=True, slots=True)
class Declared:
    """One dossier declared on: its names, and 无利害关系 or 回避 as declared."""

    number: str
    unit: str
    members: tuple[str, ...]
    recommender: str
    answer: str


@dataclass(frozen=True, slots=True)
class PledgeSheet:
    """The pledge as it was clicked; `check_code` is taken over everything that stands here."""

    call: CallHead
    round_name: str
    expert: str
    employer: str
    lines: tuple[str, ...]
    declared: tuple[Declared, ...]
    pledged_at: datetime
    check_code: str


def write_docx(sheet: PledgeSheet) -> bytes:
    """The pledge as .docx bytes, A4 upright; equal pledges give equal bytes."""
    dated = local_date(sheet.pledged_at)
    document = office.new_document(
        Properties(f"{TITLE_TEXT} {sheet.round_name}", sheet.call.issuer, dated), sheet=True
    )
    office.add_sheet_footer(document, digest_groups(sheet.check_code))
    office.paragraph(document, sheet.call.title, Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, TITLE_TEXT, Font(TITLE, 18), align="center", pitch=None)
    facts = (
        ("文号", sheet.call.document_number),
        ("评审轮次", sheet.round_name),
        ("专家", f"{clean(sheet.expert)}　{clean(sheet.employer)}"),
        ("网上签署时间", time_text(sheet.pledged_at)),
    )
    set_row_heights(add_facts(document, facts, label_width=32, value_width=138), 7)
    office.paragraph(document, "本人参加本轮评审，郑重承诺：", SIGNATURE, indent=2, pitch=24)
    for number, line in zip("一二三四五六七八九", sheet.lines, strict=False):
        office.paragraph(document, f"{number}、{line}", SIGNATURE, indent=2, pitch=22)
    office.paragraph(document, "利害关系声明", SHEET_HEAD, pitch=24)
    rows = [
        (str(place), row.number, clean(row.unit), listed(row.members), clean(row.recommender), row.answer)
        for place, row in enumerate(sheet.declared, start=1)
    ]
    if rows:
        set_row_heights(add_table(document, _COLUMNS, rows, body=_CELL), 9.5)
    else:
        office.paragraph(document, "尚未就任何申报单位作出声明。", office.SHEET_BODY, pitch=None)
    office.paragraph(document, "以上承诺和声明由本人作出，愿承担相应责任。", SIGNATURE, indent=2, pitch=30)
    office.paragraph(
        document, "承诺人签字：　　　　　　　　　　　年　　月　　日", SIGNATURE, align="right", pitch=36
    )
    return office.save(document)
