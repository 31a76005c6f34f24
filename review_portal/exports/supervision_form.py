"""监督记录表 in Word: the nodes in their order, what each supervisor noted, holds, lines for signatures.

What it says was frozen when it was made; the foot prints its check code and the checkpoint of the trail.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from review_portal.domain.chinese_dates import local_date, time_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import SHEET_BODY, SHEET_HEAD, Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    merge_across,
    set_row_heights,
)
from review_portal.exports.plain_text import clean

TITLE: Final = "监督记录表"
VERDICTS: Final = {"normal": "正常", "remark": "有情况"}
_COLUMNS = (
    Column("序号", 12, "center"),
    Column("监督节点", 38),
    Column("时间", 38),
    Column("地点", 34),
    Column("监督情况", 60),
)


@dataclass(frozen=True, slots=True)
class FormRow:
    """A node as printed; `group` is the round, empty for what belongs to the call."""

    group: str
    name: str
    at: str
    place: str
    seen: str


@dataclass(frozen=True, slots=True)
class SupervisionForm:
    """One version of the form. `code` is its check code, `entries` and `head` the trail's checkpoint."""

    call_title: str
    ordinal: int
    made_at: datetime
    made_by: str
    rows: tuple[FormRow, ...]
    holds: tuple[str, ...]
    signers: tuple[str, ...]
    code: str
    entries: int
    head: str


def of_body(body: Mapping[str, Any], code: str) -> SupervisionForm:
    """The form from what was stored of it."""
    return SupervisionForm(
        body["call_title"],
        body["ordinal"],
        datetime.fromisoformat(body["made_at"]),
        body["made_by"],
        tuple(
            FormRow(row["group"], row["name"], _time(row["at"]), row["place"], _seen(row["notes"]))
            for row in body["rows"]
        ),
        tuple(map(_hold, body["holds"])),
        tuple(body["signers"]),
        code,
        body["checkpoint"]["entries"],
        body["checkpoint"]["head"],
    )


def _time(text: str | None) -> str:
    return time_text(datetime.fromisoformat(text)) if text else "—"


def _seen(notes: list[Mapping[str, Any]]) -> str:
    return "\n".join(map(_note, notes)) or "未记录"


def _note(note: Mapping[str, Any]) -> str:
    said = f"{note['by']}：{VERDICTS[note['verdict']]}"
    said += f"。{note['remark']}" if note["remark"] else ""
    return said + (f"（第{note['ordinal']}次记录，更正理由：{note['reason']}）" if note["reason"] else "")


def _hold(hold: Mapping[str, Any]) -> str:
    said = f"{_time(hold['at'])}提请暂停，原因：{hold['reason']}。"
    if hold["lifted_at"] is None:
        return said + "尚未解除。"
    who = "由提请人本人解除" if hold["same"] else "由另一名监督人员解除"
    return said + f"{_time(hold['lifted_at'])}{who}，核查情况：{hold['finding']}。"


def write_docx(form: SupervisionForm) -> bytes:
    """The form as .docx bytes; equal forms give equal bytes."""
    document = office.new_document(Properties(TITLE, "", local_date(form.made_at)), sheet=True)
    office.paragraph(document, clean(form.call_title), Font("宋体", 10.5), align="center", pitch=None)
    office.paragraph(document, TITLE, Font("黑体", 16), align="center", pitch=30)
    made = f"第{form.ordinal}版　{clean(form.made_by)}　{time_text(form.made_at)}生成"
    office.paragraph(document, made, Font("宋体", 9), align="right", pitch=None)
    _nodes(document, form)
    if form.holds:
        office.paragraph(document, "提请暂停情况", SHEET_HEAD, pitch=24)
        for line in form.holds:
            office.paragraph(document, clean(line), SHEET_BODY, pitch=None)
    office.paragraph(document, "", SHEET_BODY, pitch=None)
    checkpoint = f"全部批次共{form.entries}条，末条校验码 {form.head}"
    add_facts(
        document,
        [("监督记录核对点", checkpoint), ("本表校验码", form.code)],
        label_width=32,
        value_width=150,
    )
    add_signature_lines(document, [f"监督人员（{clean(name)}）" for name in form.signers])
    office.add_sheet_footer(document, form.code[:16], "监督记录表校验码")
    return office.save(document)


def _nodes(document: Any, form: SupervisionForm) -> None:
    """The rows under a line for each round; rows are counted through."""
    texts: list[tuple[str, ...]] = []
    heads: dict[int, str] = {}
    group = None
    for number, row in enumerate(form.rows, start=1):
        if row.group != group:
            group = row.group
            heads[len(texts) + 1] = group or "批次事项"
            texts.append(("", "", "", "", ""))
        texts.append((str(number), clean(row.name), row.at, clean(row.place) or "—", clean(row.seen)))
    table = add_table(document, _COLUMNS, texts)
    for line, text in heads.items():
        merge_across(table, line, 0, len(_COLUMNS) - 1, clean(text), SHEET_HEAD)
    set_row_heights(table, 8)
