"""One expert's list of all own scores of a round (专家个人评分清单) for one signature, sheets as annex."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import expert_sheet
from review_portal.exports import office_docx as office
from review_portal.exports.expert_sheet import ExpertScoreSheet
from review_portal.exports.figures import CallHead, points_text
from review_portal.exports.office_docx import SIGNATURE, TITLE, Font, Properties
from review_portal.exports.office_tables import Column, add_facts, add_table
from review_portal.exports.plain_text import digest_groups

TITLE_TEXT = "专家个人评分清单"
DECLARATION = (
    "本人与上列已评申报单位（含联合体成员）均无利害关系，独立评分；"
    "清单和附件所列评分均由本人作出，对评分负责。"
)
_COLUMNS = (
    Column("序号", 12, "center"),
    Column("编号", 22, "center"),
    Column("申报单位", 44),
    Column("合计得分", 20, "center"),
    Column("提交时间", 30, "center"),
    Column("回执校验码", 42),
)
_CELL = Font("宋体", 9)


@dataclass(frozen=True, slots=True)
class ListRow:
    """One dossier. `absence` says why it has no total (未提交, 回避 …); of a recused one only the number."""

    number: str
    unit: str
    absence: str = ""
    sheet: ExpertScoreSheet | None = None


@dataclass(frozen=True, slots=True)
class OwnScoreList:
    """The list in the order of numbers; the expert stands as a code, the name comes with the signature."""

    call: CallHead
    round_name: str
    expert_code: str
    maximum: Decimal
    rows: tuple[ListRow, ...]
    opened_on: date
    opening_code: str = ""
    declaration: str = DECLARATION

    @property
    def sheets(self) -> tuple[ExpertScoreSheet, ...]:
        """The submitted sheets, in the order of the list."""
        return tuple(row.sheet for row in self.rows if row.sheet is not None)

    @property
    def last_at(self) -> datetime | None:
        """When the last of the submitted sheets came in; None while none is in."""
        times = [sheet.submitted_at for sheet in self.sheets if sheet.submitted_at is not None]
        return max(times, default=None)

    @property
    def counted(self) -> str:
        """How many sheets of each kind: 已提交7份，未提交1份，回避1份."""
        words = [("已提交", len(self.sheets))]
        words += [
            (word, sum(row.absence == word for row in self.rows))
            for word in dict.fromkeys(row.absence for row in self.rows if row.absence)
        ]
        return "，".join(f"{word}{count}份" for word, count in words)


def write(own: OwnScoreList) -> bytes:
    """The list as .docx bytes, A4 upright; equal lists give equal bytes."""
    dated = local_date(own.last_at) if own.last_at else own.opened_on
    title = f"{TITLE_TEXT} {own.round_name} {own.expert_code}"
    document = office.new_document(Properties(title, own.call.issuer, dated), sheet=True)
    office.add_sheet_footer(document, digest_groups(own.opening_code), "开启时锁定内容校验码")
    office.paragraph(document, own.call.title, Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, TITLE_TEXT, Font(TITLE, 18), align="center", pitch=None)
    add_facts(document, _facts(own), label_width=32, value_width=138)
    office.paragraph(document, "", _CELL, pitch=8)
    add_table(document, _COLUMNS, [_line(place, row) for place, row in enumerate(own.rows, 1)], body=_CELL)
    office.paragraph(document, "", SIGNATURE, pitch=None)
    office.paragraph(document, own.declaration, SIGNATURE, indent=2, pitch=None)
    office.paragraph(
        document, "专家签字：　　　　　　　　　　　年　　月　　日", SIGNATURE, align="right", pitch=36
    )
    for place, sheet in enumerate(own.sheets, 1):
        head = office.paragraph(document, f"附件{place}", Font("黑体", 12), pitch=None)
        office.page_break_before(head)
        expert_sheet.add_sheet(document, sheet)
    return office.save(document)


def _facts(own: OwnScoreList) -> list[tuple[str, str]]:
    """The head of the list: label and value."""
    found = [
        ("文号", own.call.document_number),
        ("评审轮次", f"{own.round_name}（满分{own.maximum.normalize():f}分）"),
        ("专家代号", own.expert_code),
        ("份数", own.counted),
    ]
    if own.last_at is not None:
        found.append(("末次提交时间", time_text(own.last_at)))
    return found


def _line(place: int, row: ListRow) -> tuple[str, ...]:
    sheet = row.sheet
    if sheet is None or sheet.submitted_at is None:
        return (str(place), row.number, row.unit or "—", row.absence, "—", "—")
    return (
        str(place),
        row.number,
        row.unit,
        points_text(sheet.total),
        time_text(sheet.submitted_at),
        digest_groups(sheet.receipt_code),
    )
