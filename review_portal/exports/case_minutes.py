"""The minutes of reconciliation (复议记录) in Word: cases with both scores, those outside of the rules apart.

Experts stand by their codes; who took part in a discussion stands by name, without a code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from review_portal.domain import canonical
from review_portal.exports import office_docx as office
from review_portal.exports.figures import CallHead
from review_portal.exports.office_docx import SHEET_BODY, SHEET_HEAD, TITLE, Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    set_cell_margins,
)
from review_portal.exports.plain_text import clean, digest_groups

NAME = "复议记录"
CASE_HEADS = (
    "编号、申报单位",
    "专家",
    "触发原因",
    "请专家说明的问题",
    "原评分",
    "答复后",
    "专家说明",
    "结果",
)
_WIDTHS = (44.0, 13.0, 42.0, 50.0, 17.0, 17.0, 46.0, 28.0)
_CENTRED = frozenset({"专家", "原评分", "答复后"})
VOID_HEADS = ("编号、申报单位", "专家", "情形", "事实和依据", "申请", "确认", "结果")
_VOID_WIDTHS = (48.0, 16.0, 36.0, 71.0, 32.0, 32.0, 22.0)
_CELL, _HEAD = Font("宋体", 9), Font("黑体", 9)
NONE = "无。"
SECTIONS = (
    "一、办理程序",
    "二、规则触发的复议",
    "三、规则外提请的复议（单独列示）",
    "四、触发复议条件而未提请",
    "五、讨论记录",
    "六、作废的评分表",
    "七、复议对名单的影响",
)
SIGNERS = ("专家组组长", "监督人员", "记录人")


@dataclass(frozen=True, slots=True)
class DiscussionText:
    """One dossier's discussion, the newest version, as (label, text) rows."""

    title: str
    facts: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class CaseMinutes:
    """One round's reconciliation. Rows follow `CASE_HEADS` and `VOID_HEADS`.

    `standing` says whether reconciliation has ended; `effects` what it did to the list, as far as that may be
    known; `dated` comes from the record, so that equal records give equal bytes.
    """

    call: CallHead
    stage: str
    standing: str
    procedure: tuple[str, ...]
    within: tuple[tuple[str, ...], ...]
    outside: tuple[tuple[str, ...], ...]
    set_aside: tuple[str, ...]
    discussions: tuple[DiscussionText, ...]
    voids: tuple[tuple[str, ...], ...]
    effects: tuple[str, ...]
    dated: date

    @property
    def check_code(self) -> str:
        """Digest of all that these minutes say."""
        said = asdict(self)
        said["dated"] = self.dated.isoformat()
        return canonical.digest(said)


def write(minutes: CaseMinutes) -> bytes:
    """The minutes as .docx bytes, landscape; equal minutes give equal bytes."""
    properties = Properties(f"{minutes.call.title} {minutes.stage}{NAME}", minutes.call.issuer, minutes.dated)
    document = office.new_document(properties, landscape=True, sheet=True)
    office.add_sheet_footer(document, digest_groups(minutes.check_code), "校验码")
    office.paragraph(document, clean(minutes.call.title), Font(TITLE, 14), align="center", pitch=None)
    office.paragraph(document, f"{clean(minutes.stage)}{NAME}", Font(TITLE, 18), align="center", pitch=None)
    office.paragraph(
        document,
        f"文号：{clean(minutes.call.document_number)}　{clean(minutes.standing)}",
        SHEET_BODY,
        pitch=None,
    )
    _lines(document, SECTIONS[0], minutes.procedure)
    _table(document, SECTIONS[1], CASE_HEADS, _WIDTHS, minutes.within)
    _table(document, SECTIONS[2], CASE_HEADS, _WIDTHS, minutes.outside)
    _lines(document, SECTIONS[3], minutes.set_aside)
    _discussions(document, minutes.discussions)
    _table(document, SECTIONS[5], VOID_HEADS, _VOID_WIDTHS, minutes.voids)
    _lines(document, SECTIONS[6], minutes.effects)
    add_signature_lines(document, SIGNERS)
    return office.save(document)


def _head(document: Any, text: str) -> None:
    office.paragraph(document, text, SHEET_HEAD, pitch=24)


def _lines(document: Any, head: str, lines: Sequence[str]) -> None:
    _head(document, head)
    for line in lines or (NONE,):
        office.paragraph(document, clean(line), SHEET_BODY, pitch=None)


def _table(
    document: Any, head: str, heads: Sequence[str], widths: Sequence[float], rows: Sequence[Sequence[str]]
) -> None:
    _head(document, head)
    if not rows:
        office.paragraph(document, NONE, SHEET_BODY, pitch=None)
        return
    columns = [
        Column(name, width, "center" if name in _CENTRED else "left")
        for name, width in zip(heads, widths, strict=True)
    ]
    table = add_table(
        document, columns, [[clean(text) for text in row] for row in rows], body=_CELL, head=_HEAD
    )
    set_cell_margins(table, 1.0)


def _discussions(document: Any, discussions: Sequence[DiscussionText]) -> None:
    _head(document, SECTIONS[4])
    if not discussions:
        office.paragraph(document, NONE, SHEET_BODY, pitch=None)
    for item in discussions:
        office.paragraph(document, clean(item.title), SHEET_BODY, pitch=None)
        facts = [(label, clean(text)) for label, text in item.facts]
        add_facts(document, facts, label_width=36, value_width=221)
