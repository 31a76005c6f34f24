"""评审报告: how the review went and what came of it, for the signatures of all experts; no statistics.

It says method, scores, places and the points between neighbours; what a statistician would add stands in an
annex of its own. Everything in it stood when the ranking was frozen, so that it prints the same later.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_signature_lines, add_table
from review_portal.exports.plain_text import clean

TITLE: Final = "评审报告"
_TABLE, _TABLE_HEAD = Font("宋体", 10.5), Font("黑体", 10.5)
_NUMERALS: Final = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Seat:
    """An expert of a round; `part` is 组长 or 成员, `note` says how somebody came or left."""

    round_name: str
    name: str
    employer: str
    part: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Step:
    """One dated step of the procedure; `group` is its round, empty for the call's."""

    group: str
    name: str
    at: datetime
    place: str = ""


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A dossier with a place. Figures as printed; `gap` is the distance to the next one, "" for the last."""

    rank: str
    unit: str
    recommender: str
    scores: tuple[str, ...]
    final: str
    gap: str
    opinion: str
    status: str


@dataclass(frozen=True, slots=True)
class ReviewReport:
    """All that the report says. `outside`: number and unit, and why it has no place.

    `events` are unusual ones, `dissent` who disagreed with which opinion and why; without any it says so.
    """

    call: CallHead
    version: int
    frozen_at: datetime
    organisation: tuple[str, ...]
    seats: tuple[Seat, ...]
    recusals: tuple[str, ...]
    steps: tuple[Step, ...]
    method: tuple[str, ...]
    score_heads: tuple[str, ...]
    results: tuple[ResultLine, ...]
    outside: tuple[tuple[str, str], ...]
    effects: tuple[str, ...]
    events: tuple[str, ...]
    dissent: tuple[str, ...]
    signers: tuple[str, ...]
    ranking_digest: str


def write_docx(report: ReviewReport) -> bytes:
    """The report as .docx bytes; equal reports give equal bytes."""
    document = office.new_document(Properties(TITLE, report.call.issuer, local_date(report.frozen_at)))
    office.paragraph(document, clean(report.call.title), TITLE_FONT, align="center", pitch=35)
    office.paragraph(document, TITLE, TITLE_FONT, align="center", pitch=35)
    edition = f"（依据第{report.version}版排名，{time_text(report.frozen_at)}冻结）"
    office.paragraph(document, edition, align="center")
    office.paragraph(document)
    sections = _Sections(document)
    sections.listed("评审组织", report.organisation)
    _panel(sections, report)
    _procedure(sections, report)
    sections.listed("评审方法", report.method)
    _result(sections, report)
    sections.listed("复议对名单的影响", report.effects or ("本次评审没有提请复议的事项。",))
    sections.listed("特殊情况", report.events or ("评审过程中没有需要说明的特殊情况。",))
    sections.listed("不同意见", report.dissent or ("全体专家对专家组意见没有不同意见。",))
    sections.head("签字")
    sections.body("以上情况属实。全体专家签字：")
    add_signature_lines(document, report.signers)
    office.add_sheet_footer(document, report.ranking_digest[:16], "排名校验码")
    return office.save(document)


class _Sections:
    """Counts the sections: 一、 二、 …"""

    def __init__(self, document: Any) -> None:
        self.document = document
        self._count = 0

    def head(self, title: str) -> None:
        """The next section's head, never alone at the foot of a page."""
        self._count += 1
        text = f"{_NUMERALS[self._count - 1]}、{title}"
        office.paragraph(self.document, text, HEADING, indent=2).paragraph_format.keep_with_next = True

    def listed(self, title: str, sentences: Sequence[str]) -> None:
        """A section of sentences."""
        self.head(title)
        for sentence in sentences:
            self.body(sentence)

    def body(self, sentence: str) -> None:
        """One paragraph."""
        office.paragraph(self.document, clean(sentence), align="justify", indent=2)

    def table(self, columns: Sequence[Column], rows: Sequence[Sequence[str]]) -> None:
        """A ruled table whose head repeats."""
        texts = [tuple(clean(text) or "—" for text in row) for row in rows]
        add_table(self.document, columns, texts, body=_TABLE, head=_TABLE_HEAD)
        office.paragraph(self.document, "", _TABLE, pitch=None)


def _panel(sections: _Sections, report: ReviewReport) -> None:
    sections.head("评审专家组")
    columns = (
        Column("轮次", 32),
        Column("姓名", 24, "center"),
        Column("工作单位", 56),
        Column("组内职务", 20, "center"),
        Column("说明", 24),
    )
    rows = [(seat.round_name, seat.name, seat.employer, seat.part, seat.note) for seat in report.seats]
    sections.table(columns, rows)
    for sentence in report.recusals or ("没有专家回避。",):
        sections.body(sentence)


def _procedure(sections: _Sections, report: ReviewReport) -> None:
    sections.head("评审程序")
    columns = (
        Column("序号", 12, "center"),
        Column("轮次", 32),
        Column("事项", 46),
        Column("时间", 42, "center"),
        Column("地点", 24),
    )
    rows = [
        (str(number), step.group or "批次", step.name, time_text(step.at), step.place)
        for number, step in enumerate(report.steps, start=1)
    ]
    sections.table(columns, rows)


def _result(sections: _Sections, report: ReviewReport) -> None:
    sections.head("评审结果")
    if not report.results:
        sections.body("没有列入排名的单位。")
    else:
        figures = [Column(head, 14, "right") for head in (*report.score_heads, "最终得分", "与下一名分差")]
        room = 156 - 10 - 14 * len(figures) - 18 - 18
        columns = (
            Column("名次", 10, "center"),
            Column("申报单位", room * 0.68),
            Column("推荐单位", room * 0.32),
            *figures,
            Column("专家组结论", 18, "center"),
            Column("状态", 18, "center"),
        )
        sections.table(columns, [_line(row) for row in report.results])
    for unit, why in report.outside:
        sections.body(f"{unit}：{why}。")


def _line(row: ResultLine) -> tuple[str, ...]:
    head = (row.rank, row.unit, row.recommender)
    return (*head, *row.scores, row.final, row.gap, row.opinion, row.status)
