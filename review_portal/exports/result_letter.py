"""结果告知书: what became of one applicant's dossier, for that applicant alone.

It is made of what is given here and nothing else: no other unit, no expert's name or code, no rank. What the
call's rule does not allow to be told is not given. A missing fact prints as 【待填：…】.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from review_portal.domain.chinese_dates import date_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table
from review_portal.exports.plain_text import MISSING, clean, digest_groups
from review_portal.exports.publicity_notice import known, to_fill

SELECTED, NOT_SELECTED, CANCELLED = "selected", "not_selected", "cancelled"
_HEADS = ("评审环节", "本单位得分")
_UNDATED = date(2000, 1, 1)
_BODY, _HEAD, _PITCH = Font(size=14), Font("黑体", 14), 24.0  # a letter of two pages
WITHHELD = "专家组意见的原文涉及其他单位或个人，不随本告知书附送；可按下述途径申请说明。"
LABELS = {
    "issuer": "组织单位",
    "project_name": "项目名称",
    "call_title": "通知名称",
    "document_number": "申报通知文号",
    "list_number": "名单文号",
    "issued_on": "印发日期",
    "remedy": "异议和查询途径",
    "contact_office": "联系处室",
    "contact_phone": "联系电话",
}


@dataclass(frozen=True, slots=True)
class OwnOpinion:
    """What the panel said of this unit; `conclusion` in the call's words. Empty parts are left out."""

    conclusion: str
    conditions: str = ""
    strengths: str = ""
    problems: str = ""
    advice: str = ""


@dataclass(frozen=True, slots=True)
class ResultLetter:
    """`scores`: (stage, points or None) in order, `final` the final score; both None where the rule says so.

    `why`: the sentence of the outcome's ground, such as not having reached the next stage. `withheld`: an
    opinion exists and names others. `facts`: typed texts by the names of `LABELS`; `number` the dossier's.
    """

    unit: str
    number: str
    outcome: str
    why: str
    facts: dict[str, str]
    issued_on: date | None
    method: tuple[str, ...]
    scores: tuple[tuple[str, str | None], ...] | None = None
    final: str | None = None
    opinion: OwnOpinion | None = None
    withheld: bool = False
    digest: str = ""

    def missing(self) -> tuple[str, ...]:
        """Labels of the facts still to be filled; with none the letter may go out."""
        given = {**self.facts, "issued_on": "x" if self.issued_on else ""}
        return tuple(label for name, label in LABELS.items() if not known(given.get(name, "")))


def outcome_sentence(letter: ResultLetter) -> str:
    """The outcome in one sentence, as the letter and the mail say it."""
    project, number = _fact(letter, "project_name"), _fact(letter, "list_number")
    if letter.outcome == SELECTED:
        return f"你单位申报的{project}经评审、审定和公示，列入公布的名单（{number}）。"
    if letter.outcome == CANCELLED:
        return f"你单位申报的{project}经公示和核查，不再列入名单（{number}）。"
    return f"你单位申报的{project}经评审和审定，未列入公布的名单（{number}）。"


def _fact(letter: ResultLetter, name: str) -> str:
    value = letter.facts.get(name, "")
    return clean(value) if known(value) else to_fill(LABELS[name])


def _parts(letter: ResultLetter) -> list[tuple[str, tuple[str, ...]]]:
    """Heads and their paragraphs, the scores' table apart."""
    call = f"《{_fact(letter, 'call_title')}》（{_fact(letter, 'document_number')}）"
    outcome = [f"根据{call}，{outcome_sentence(letter)}"]
    if letter.why:
        outcome.append(clean(letter.why))
    parts = [("评审结果", tuple(outcome))]
    if letter.scores is not None:
        parts.append(("本单位得分", _scores_note(letter)))
    if letter.opinion is not None:
        parts.append(("专家组意见", _opinion(letter.opinion)))
    elif letter.withheld:
        parts.append(("专家组意见", (WITHHELD,)))
    parts.append(("计分方法", letter.method))
    office_line = f"联系处室：{_fact(letter, 'contact_office')}"
    phone = f"联系电话：{_fact(letter, 'contact_phone')}"
    parts.append(("异议和查询途径", (_fact(letter, "remedy"), office_line, phone)))
    return parts


def _scores_note(letter: ResultLetter) -> tuple[str, ...]:
    if letter.final is None:
        return ("未参加全部评分环节，没有最终得分；“—”表示没有得分，不是0分。",)
    return (f"最终得分{letter.final}分。",)


def _opinion(opinion: OwnOpinion) -> tuple[str, ...]:
    pairs = (
        ("结论", opinion.conclusion),
        ("附带条件", opinion.conditions),
        ("主要优点", opinion.strengths),
        ("存在问题", opinion.problems),
        ("建议", opinion.advice),
    )
    return tuple(f"{label}：{clean(text.strip())}" for label, text in pairs if text.strip())


def write_docx(letters: Sequence[ResultLetter]) -> bytes:
    """One letter, or several, each on a new page. ValueError for none. Equal letters give equal bytes."""
    if not letters:
        raise ValueError("no letter to write")
    first = letters[0]
    title = f"结果告知书_{first.number}" if len(letters) == 1 else "结果告知书"
    properties = Properties(title, _fact(first, "issuer"), first.issued_on or _UNDATED)
    document = office.new_document(properties, sheet=True)  # no grid: its lines would be too far apart
    if len(letters) == 1:
        office.add_page_numbers(document)
    for index, letter in enumerate(letters):
        _write(document, letter, new_page=index > 0)
    return office.save(document)


def _write(document: Any, letter: ResultLetter, *, new_page: bool) -> None:
    head = office.paragraph(document, "结果告知书", TITLE_FONT, align="center", pitch=35)
    if new_page:
        office.page_break_before(head)
    office.paragraph(document, f"申报编号 {clean(letter.number)}", Font(size=14), align="center")
    office.paragraph(document)
    office.paragraph(document, f"{clean(letter.unit)}：", _BODY, pitch=_PITCH)
    for place, (title, paragraphs) in enumerate(_parts(letter)):
        head = office.paragraph(document, f"{'一二三四五六'[place]}、{title}", _HEAD, indent=2, pitch=_PITCH)
        head.paragraph_format.keep_with_next = True
        if title == "本单位得分" and letter.scores:
            _table(document, letter.scores)
        for text in paragraphs:
            for line in text.split("\n"):
                last = office.paragraph(document, line, _BODY, align="justify", indent=2, pitch=_PITCH)
    last.paragraph_format.keep_with_next = True  # the signature never stands on a page of its own
    office.paragraph(document, pitch=_PITCH).paragraph_format.keep_with_next = True
    issued = date_text(letter.issued_on) if letter.issued_on else to_fill(LABELS["issued_on"])
    issuer = f"{_fact(letter, 'issuer')}（盖章）"
    sign = office.paragraph(document, issuer, _BODY, align="right", right_indent=2, pitch=_PITCH)
    sign.paragraph_format.keep_with_next = True
    office.paragraph(document, issued, _BODY, align="right", right_indent=4, pitch=_PITCH)
    if letter.digest:
        line = f"名单校验码 {digest_groups(letter.digest)}"
        office.paragraph(document, line, Font("宋体", 8), align="center", pitch=None)


def _table(document: Any, scores: Sequence[tuple[str, str | None]]) -> None:
    columns = [Column(_HEADS[0], 90.0), Column(_HEADS[1], 50.0, "right")]
    rows = [(clean(stage), MISSING if points is None else points) for stage, points in scores]
    add_table(document, columns, rows, body=Font(size=14), head=Font("黑体", 14))


def mail_subject(letter: ResultLetter) -> str:
    """The head line of the mail; it does not say the outcome, which previews would show."""
    return " ".join(f"{_fact(letter, 'project_name')}：评审结果告知（{letter.number}）".split())


def mail_text(letter: ResultLetter) -> str:
    """The mail: outcome in words and where the sealed letter is to be had.

    The letter itself is not attached and neither scores nor opinion stand here: mail travels and rests
    readable by others, boxes are shared, an address may be mistyped. The sealed letter counts.
    """
    contact = f"{_fact(letter, 'contact_office')}　{_fact(letter, 'contact_phone')}"
    return (
        f"{letter.unit}：\n\n"
        f"{outcome_sentence(letter)}\n\n"
        "加盖公章的《结果告知书》载明本单位的评审情况，将另行送达，也可凭单位介绍信到下列处室领取；"
        "为保护你单位的信息，本邮件不附评审得分和专家组意见。\n\n"
        f"{_fact(letter, 'remedy')}\n\n"
        f"联系：{contact}\n\n"
        f"{_fact(letter, 'issuer')}\n"
        "本信由系统发出，请勿回复。\n"
    )
