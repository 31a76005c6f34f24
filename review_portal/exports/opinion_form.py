"""The panel's opinions (专家组评审意见表) in Word: one form a dossier, each on a page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import SHEET_HEAD, Font, Properties
from review_portal.exports.office_tables import (
    Column,
    add_facts,
    add_signature_lines,
    add_table,
    set_row_heights,
)
from review_portal.exports.plain_text import MISSING, clean

TITLE = "专家组评审意见表"
_SIGNERS = ("组长", "监督人员")
_COLUMNS = (Column("专家", 34.0), Column("意见", 66.0), Column("签字", 70.0))
_NO_PLACE = "不签字"
_APPENDED = "有异议（不同意见附后）"


@dataclass(frozen=True, slots=True)
class OpinionForm:
    """One dossier. `facts` are label and text; `answers` expert, answer, dissent.

    `others` of the panel have not answered: expert, what was recorded, whether they sign all the same.
    `note` says version, state and when; `code` is taken over everything that stands here.
    """

    number: str
    unit: str
    facts: tuple[tuple[str, str], ...]
    answers: tuple[tuple[str, str, str], ...]
    others: tuple[tuple[str, str, bool], ...]
    note: str
    code: str


@dataclass(frozen=True, slots=True)
class OpinionForms:
    """The forms of one document; `code` is taken over all of them."""

    call_title: str
    stage: str
    forms: tuple[OpinionForm, ...]
    code: str
    dated: date


def write_docx(given: OpinionForms) -> bytes:
    """The forms as .docx bytes; equal forms give equal bytes."""
    title = f"{TITLE}（{clean(given.forms[0].unit)}）" if len(given.forms) == 1 else TITLE
    document = office.new_document(Properties(title, "", given.dated), sheet=True)
    for index, form in enumerate(given.forms):
        head = office.paragraph(
            document, clean(given.call_title), Font("宋体", 10.5), align="center", pitch=None
        )
        if index:
            office.page_break_before(head)
        _form(document, given.stage, form)
    office.add_sheet_footer(document, given.code)
    return office.save(document)


def _form(document: Any, stage: str, form: OpinionForm) -> None:
    office.paragraph(document, TITLE, Font("黑体", 16), align="center", pitch=30)
    office.paragraph(document, clean(f"{stage}　{form.note}"), Font("宋体", 9), align="right", pitch=None)
    rows: Sequence[tuple[str, str]] = (("申报单位", f"{form.number}　{form.unit}"), *form.facts)
    table = add_facts(
        document,
        [(label, clean(text) or MISSING) for label, text in rows],
        label_width=30,
        value_width=140,
    )
    set_row_heights(table, 9)
    office.paragraph(document, "全体专家签字", SHEET_HEAD, pitch=24)
    panel = [[clean(name), _APPENDED if why else clean(word), ""] for name, word, why in form.answers]
    panel += [[clean(name), clean(why), "" if place else _NO_PLACE] for name, why, place in form.others]
    set_row_heights(add_table(document, list(_COLUMNS), panel), 9)
    add_signature_lines(document, list(_SIGNERS))
    _dissent(document, form)
    office.paragraph(document, f"本表校验码 {form.code}", Font("宋体", 8), align="right", pitch=None)


def _dissent(document: Any, form: OpinionForm) -> None:
    """What experts do not agree with, in their own words, after the signatures."""
    given = [(clean(name), clean(why)) for name, _word, why in form.answers if why]
    if given:
        office.paragraph(document, "附：不同意见", SHEET_HEAD, pitch=24)
        add_facts(document, given, label_width=34, value_width=136)
