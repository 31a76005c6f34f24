"""上会请示: what lies before the leaders' meeting, in a letter's form; nothing in it decides."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final

from review_portal.domain.chinese_dates import local_date
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table
from review_portal.exports.plain_text import clean, digest_groups
from review_portal.exports.publicity_notice import to_fill
from review_portal.exports.review_report import ResultLine

TITLE: Final = "上会请示"
_TABLE, _TABLE_HEAD = Font(size=12), Font("黑体", 12)


@dataclass(frozen=True, slots=True)
class MeetingRequest:
    """`lines` are the ranking as it lies before the meeting; `contacts` label and value, "" to be filled."""

    call: CallHead
    basis: str
    steps: tuple[str, ...]
    quota_text: str
    proposed: tuple[str, ...]
    lines: tuple[ResultLine, ...]
    notes: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...]
    frozen_at: datetime
    ranking_digest: str


def write_docx(request: MeetingRequest) -> bytes:
    """The letter as .docx bytes; what the office must still fill stands as 【待填：…】."""
    dated = local_date(request.frozen_at)
    document = office.new_document(Properties(TITLE, request.call.issuer, dated))
    office.add_page_numbers(document)
    for line in (f"关于审定{clean(request.call.title)}", "拟入选名单的请示"):
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document, to_fill("请示文号"), align="center")
    office.paragraph(document)
    office.paragraph(document, f"{to_fill('呈报对象')}：")
    _section(
        document, "一、评审情况", (f"{request.basis}，{'、'.join(request.steps)}已完成。", *request.notes)
    )
    _section(document, "二、评审结果", ())
    _table(document, request)
    asked = (
        f"按照遴选{request.quota_text}的要求，拟将{'、'.join(request.proposed)}列入名单，共{len(request.proposed)}家。"
        if request.proposed
        else "本批次没有达到条件的单位，拟不列入单位。"
    )
    _section(
        document, "三、请审定事项", (asked, "与上述名单、家数或次序不一致的，请写明理由，一并记入会议纪要。")
    )
    _section(document, "四、附件", ("评审报告、评分汇总表、专家组评审意见表、监督记录表。",))
    for label, value in request.contacts:
        office.paragraph(document, f"{label}：{clean(value) or to_fill(label)}", indent=2)
    office.paragraph(document)
    office.paragraph(document, f"签发人：{to_fill('签发人')}", indent=2)
    office.paragraph(document, request.call.issuer, align="right", right_indent=2)
    office.paragraph(document, to_fill("请示日期"), align="right", right_indent=4)
    code = f"排名校验码 {digest_groups(request.ranking_digest)}"
    office.paragraph(document, code, Font("宋体", 9), pitch=None)
    return office.save(document)


def _section(document: object, title: str, sentences: tuple[str, ...]) -> None:
    office.paragraph(document, title, HEADING, indent=2).paragraph_format.keep_with_next = True
    for sentence in sentences:
        office.paragraph(document, clean(sentence), align="justify", indent=2)


def _table(document: object, request: MeetingRequest) -> None:
    if not request.lines:
        office.paragraph(document, "没有列入排名的单位。", indent=2)
        return
    columns = (
        Column("名次", 14, "center"),
        Column("申报单位", 58),
        Column("推荐单位", 24, "center"),
        Column("最终得分", 20, "right"),
        Column("与下一名分差", 18, "right"),
        Column("专家组结论", 22, "center"),
    )
    rows = [
        (row.rank, row.unit, row.recommender, row.final, row.gap or "—", row.opinion or "—")
        for row in request.lines
    ]
    add_table(document, columns, rows, body=_TABLE, head=_TABLE_HEAD)
