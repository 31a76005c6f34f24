"""The minutes of a turn (现场答辩记录表) in Word: the rubric's fields, what was asked, signatures.

Which fields there are follows the call's `record_fields`; one that the portal does not know stays blank for a
pen. Experts stand by their part, never by name or code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from review_portal.domain import canonical
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import SHEET_BODY, SHEET_HEAD, Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    set_row_heights,
)
from review_portal.exports.plain_text import MISSING, clean, digest_groups

TITLE = "现场答辩记录表"
POSITION, UNIT, PEOPLE, ARRIVED, TIMES = "答辩序号", "申报单位", "主讲人及身份核验", "到场时间", "汇报起止"
ASKER, QUESTION, ANSWER = "提问专家", "问题", "回答要点"
OPINION, RESULT, CLERK = "专家意见", "结论", "记录人"
COMMITMENTS, CONDITIONS = "现场承诺", "附带条件"
ABSENCE = ("规定时间", "请进场时间", "等候情况", "组长陈述", "监督人员确认")
FIELDS = (POSITION, UNIT, PEOPLE, ARRIVED, TIMES, ASKER, QUESTION, ANSWER, OPINION, RESULT, CLERK)
_ROWS = (ASKER, QUESTION, ANSWER)
_SIGNED = "签字"
_WIDTHS = {ASKER: 24.0, QUESTION: 68.0, ANSWER: 78.0}
_ANSWER_LINES = 4  # blank rows for a pen where nothing was typed


@dataclass(frozen=True, slots=True)
class Minutes:
    """One version. `values`: field -> text; `exchanges` are asker, question, answer.

    `note` says which version it is and who recorded it when; `corrections` what changed and why, oldest
    first. `absent`: the unit gave up the defense, `values` tell how that was confirmed.
    """

    call_title: str
    stage: str
    unit: str
    fields: tuple[str, ...]
    values: dict[str, str]
    exchanges: tuple[tuple[str, str, str], ...]
    note: str
    corrections: tuple[str, ...]
    dated: date
    absent: bool = False


def write_docx(minutes: Minutes) -> bytes:
    """The minutes as .docx bytes; equal minutes give equal bytes."""
    title = f"{TITLE}（{clean(minutes.unit)}）"
    document = office.new_document(Properties(title, "", minutes.dated), sheet=True)
    office.paragraph(document, clean(minutes.call_title), Font("宋体", 10.5), align="center", pitch=None)
    office.paragraph(document, TITLE, Font("黑体", 16), align="center", pitch=30)
    office.paragraph(document, clean(minutes.note), Font("宋体", 9), align="right", pitch=None)
    fields = minutes.fields or FIELDS
    _facts(document, minutes, fields)
    columns = [Column(name, _WIDTHS[name]) for name in fields if name in _ROWS]
    if columns and not minutes.absent:
        _exchanges(document, minutes.exchanges, columns)
    if minutes.corrections:
        office.paragraph(document, "更正情况", SHEET_HEAD, pitch=24)
        for line in minutes.corrections:
            office.paragraph(document, clean(line), SHEET_BODY, pitch=None)
    add_signature_lines(document, _signers(fields))
    code = digest_groups(canonical.digest(asdict(minutes)))
    office.add_sheet_footer(document, code, f"{clean(minutes.stage)}　校验码")
    return office.save(document)


def _facts(document: Any, minutes: Minutes, fields: Sequence[str]) -> None:
    known = [name for name in fields if name not in _ROWS and not name.endswith(_SIGNED) and name != CLERK]
    if minutes.absent:
        known = [name for name in known if name in (POSITION, UNIT)] + [*ABSENCE, RESULT]
    else:
        known += [name for name in (COMMITMENTS, CONDITIONS) if name not in known]
    table = add_facts(
        document,
        [(name, clean(minutes.values.get(name, ""))) for name in known],
        label_width=36,
        value_width=134,
    )
    set_row_heights(table, 8)


def _exchanges(document: Any, exchanges: Sequence[tuple[str, str, str]], columns: Sequence[Column]) -> None:
    office.paragraph(document, "提问与回答", SHEET_HEAD, pitch=24)
    rows = [dict(zip(_ROWS, exchange, strict=True)) for exchange in exchanges]
    rows = rows or [dict.fromkeys(_ROWS, "")] * _ANSWER_LINES
    table = add_table(document, columns, [[clean(row[column.head]) for column in columns] for row in rows])
    set_row_heights(table, 8 if exchanges else 14)


def _signers(fields: Sequence[str]) -> list[str]:
    named = [name.removesuffix(_SIGNED) for name in fields if name.endswith(_SIGNED) or name == CLERK]
    return [clean(name) for name in named if name] or [CLERK, "组长", "监督人员"]


def people_text(people: Sequence[tuple[str, str, bool, bool]]) -> str:
    """张示例（主讲人，身份证件已核验）、…; who does not belong to the unit is said."""
    words = [
        f"{name}（{role}，身份证件{'已' if checked else '未'}核验{'' if own else '，非本单位人员'}）"
        for name, role, checked, own in people
    ]
    return "、".join(words) or MISSING
