"""The review scheme (评审工作方案): process, panel, rule, and every value that the call does not give.

A round opens only after this document is approved; its check code stands for exactly these values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import Any

from review_portal.domain.chinese_dates import date_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import HEADING, KAITI, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table
from review_portal.exports.plain_text import ASSUMED, digest_groups

_NUMERALS = "一二三四五六七八九十"
_TABLE, _TABLE_HEAD = Font(size=12), Font("黑体", 12)


@dataclass(frozen=True, slots=True)
class SchemeValue:
    """One value: `key` is its place in the rules (rule.min_reviews), `source` the call's clause."""

    label: str
    value: str
    source: str = ""
    key: str = ""


@dataclass(frozen=True, slots=True)
class SchemeRound:
    """One scored round: criteria with their maxima, in the rubric's order."""

    title: str
    rubric_title: str
    weight: Decimal | None
    criteria: tuple[tuple[str, Decimal], ...]
    rubric_digest: str


@dataclass(frozen=True, slots=True)
class SchemeApproval:
    """The recorded approval: by whom, on which day, under which minutes."""

    approved_by: str
    approved_on: date
    minutes: str


@dataclass(frozen=True, slots=True)
class ReviewScheme:
    """The scheme as it is approved. `stated` comes from the call, `assumed` is decided by the approval."""

    call: CallHead
    basis: str
    prepared_on: date
    process: tuple[tuple[str, str], ...]
    panel: tuple[str, ...]
    rule: tuple[str, ...]
    rounds: tuple[SchemeRound, ...]
    stated: tuple[SchemeValue, ...]
    assumed: tuple[SchemeValue, ...]
    discipline: tuple[str, ...]
    digest: str
    approval: SchemeApproval | None = None
    organisation: tuple[str, ...] = ()
    schedule: tuple[str, ...] = ()
    secrecy: tuple[str, ...] = ()
    emergencies: tuple[str, ...] = ()


def write(scheme: ReviewScheme) -> bytes:
    """The scheme as .docx bytes; equal schemes give equal bytes."""
    title = f"{scheme.call.title}评审工作方案"
    document = office.new_document(Properties(title, scheme.call.issuer, scheme.prepared_on))
    office.add_page_numbers(document)
    office.paragraph(document, scheme.call.title, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document, "评审工作方案", TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    opening = (
        f"根据{scheme.basis}，制定本方案。通知已有规定的按通知执行；通知未作规定的，按本方案经批准后执行。"
    )
    office.paragraph(document, opening, align="justify", indent=2)
    sections = _Sections(document)
    sections.listed("组织分工", scheme.organisation)
    sections.listed("时间安排", scheme.schedule)
    _process(sections, scheme)
    sections.listed("专家组", scheme.panel)
    _rounds(sections, scheme)
    sections.listed("计分和排序规则", scheme.rule)
    _values(sections, scheme)
    sections.listed("评审纪律", scheme.discipline)
    sections.listed("保密", scheme.secrecy)
    sections.listed("应急处置", scheme.emergencies)
    _approval(sections, scheme)
    if scheme.assumed:
        _annex(document, scheme)
    return office.save(document)


class _Sections:
    """Numbers the sections that are there: 一、 二、 …"""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._count = 0

    def head(self, title: str) -> None:
        self._count += 1
        office.paragraph(self.document, f"{_chinese_number(self._count)}、{title}", HEADING, indent=2)

    def listed(self, title: str, sentences: Sequence[str]) -> None:
        if not sentences:
            return
        self.head(title)
        for sentence in sentences:
            self.body(sentence)

    def body(self, sentence: str) -> None:
        office.paragraph(self.document, sentence, align="justify", indent=2)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        add_table(self.document, columns, rows, body=_TABLE, head=_TABLE_HEAD)


def _process(sections: _Sections, scheme: ReviewScheme) -> None:
    sections.head("评审程序")
    for index, (name, text) in enumerate(scheme.process, start=1):
        office.paragraph(sections.document, f"（{_chinese_number(index)}）{name}", Font(KAITI), indent=2)
        if text:
            sections.body(text)


def _rounds(sections: _Sections, scheme: ReviewScheme) -> None:
    sections.head("评审轮次和指标体系")
    for scored in scheme.rounds:
        weight = f"，权重{scored.weight.normalize():f}" if scored.weight is not None else ""
        sections.body(f"{scored.title}：{scored.rubric_title}{weight}。")
        total = sum((maximum for _, maximum in scored.criteria), Decimal(0))
        rows = [(name, f"{maximum.normalize():f}") for name, maximum in scored.criteria]
        sections.table(
            (Column("一级指标", 110), Column("分值", 40, "center")),
            [*rows, ("合计", f"{total.normalize():f}")],
        )
        code = f"指标体系校验码 {digest_groups(scored.rubric_digest)}"
        office.paragraph(sections.document, code, office.SHEET_BODY, pitch=None)


def _values(sections: _Sections, scheme: ReviewScheme) -> None:
    sections.head("参数")
    if scheme.stated:
        sections.body("以下参数由通知规定：")
        rows = [(value.label, value.value, value.source) for value in scheme.stated]
        sections.table((Column("事项", 56), Column("取值", 60), Column("依据", 40)), rows)
    if not scheme.assumed:
        sections.body("没有需要由本方案确定的参数。")
        return
    assumed = ASSUMED.replace("评审工作方案", "本方案")
    sections.body(f"另有{len(scheme.assumed)}项参数{assumed}，列在附件，请逐项审定。")


def _annex(document: Any, scheme: ReviewScheme) -> None:
    """What the notice does not give and this scheme decides, one line each, after the signature."""
    office.page_break_before(office.paragraph(document, "附件", HEADING))
    office.paragraph(document, "通知未规定、按本方案执行的参数", TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    numbered = enumerate(scheme.assumed, start=1)
    rows = [(str(index), value.label, value.value, value.key) for index, value in numbered]
    columns = (Column("序号", 12, "center"), Column("事项", 54), Column("取值", 52), Column("规则位置", 38))
    add_table(document, columns, rows, body=_TABLE, head=_TABLE_HEAD)


def _approval(sections: _Sections, scheme: ReviewScheme) -> None:
    sections.head("批准")
    if scheme.approval is None:
        sections.body("批准人：【待填：批准人】　批准日期：【待填：批准日期】　纪要号：【待填：纪要号】")
    else:
        given = scheme.approval
        sections.body(
            f"批准人：{given.approved_by}　批准日期：{date_text(given.approved_on)}　纪要号：{given.minutes}"
        )
    office.paragraph(sections.document)
    office.paragraph(
        sections.document, "批准人签字：　　　　　　　　　　　年　　月　　日", indent=2, pitch=40
    )
    office.paragraph(
        sections.document, f"方案校验码 {digest_groups(scheme.digest)}", office.SHEET_BODY, pitch=None
    )


def _chinese_number(number: int) -> str:
    """一 to 九十九, as sections are counted."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{_NUMERALS[tens - 1]}十"
    return head + (_NUMERALS[ones - 1] if ones else "")
