"""Letters on an objection after GB/T 9704: 受理通知, 延期告知, 不予受理告知, 答复函.

They are addressed to the entry's number: who complained stands on none of them. A fact that is not known
prints as 【待填：…】.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Final

from review_portal.domain.chinese_dates import date_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import TITLE_FONT, Properties
from review_portal.exports.plain_text import clean
from review_portal.exports.publicity_notice import known, to_fill

TITLES: Final = {
    "acknowledge": "异议受理通知",
    "extend": "异议延期办理告知书",
    "inform": "异议不予受理告知书",
    "reply": "异议答复函",
}


@dataclass(frozen=True, slots=True)
class ObjectionLetter:
    """One letter. `kind` is a key of `TITLES`; `outcome` of a reply in words; empty facts are to be filled.

    `late`: the objection came after the publicity period.
    """

    kind: str
    call_title: str
    issuer: str
    number: str
    received_on: date
    about: str
    text: str
    outcome: str
    due_on: date | None
    late: bool
    document_number: str
    contact_office: str
    contact_phone: str
    dated: date

    def missing(self) -> tuple[str, ...]:
        """Labels of what is still to be filled."""
        facts = (
            ("署名机关", self.issuer),
            ("发文字号", self.document_number),
            ("联系处室", self.contact_office),
            ("联系电话", self.contact_phone),
        )
        return tuple(label for label, value in facts if not known(value))


def paragraphs(letter: ObjectionLetter) -> tuple[str, ...]:
    """The letter's text below its salutation."""
    came = (
        f"你（单位）于{date_text(letter.received_on)}就“{letter.call_title}”有关事项（{letter.about}）"
        f"提出的异议收悉，登记编号{letter.number}。"
    )
    text = letter.text.rstrip("。")
    due = date_text(letter.due_on) if letter.due_on else to_fill("办理期限")
    said = {
        "acknowledge": (f"{came}经审查，现予受理。", f"我们将依规核查，于{due}前作出结论并书面答复。"),
        "extend": (came, f"因{text}，办理期限延长至{due}。"),
        "inform": (
            came,
            f"{'该异议在公示期届满后收到，已逾期。' if letter.late else ''}经审查，不予受理。理由：{text}。",
        ),
        "reply": (came, f"经核查，处理结论为：{letter.outcome}。", f"{text}。"),
    }[letter.kind]
    contact = (
        f"联系处室：{letter.contact_office or to_fill('联系处室')}；"
        f"联系电话：{letter.contact_phone or to_fill('联系电话')}。"
    )
    return (*said, contact)


def write_docx(letter: ObjectionLetter) -> bytes:
    """The letter as .docx bytes; equal letters give equal bytes."""
    title = TITLES[letter.kind]
    document = office.new_document(Properties(title, letter.issuer, letter.dated))
    office.paragraph(document, letter.document_number or to_fill("发文字号"), align="right")
    office.paragraph(document)
    office.paragraph(document, title, TITLE_FONT, align="center", pitch=36)
    office.paragraph(document)
    office.paragraph(document, f"异议人（登记编号{letter.number}）：")
    for text in paragraphs(letter):
        office.paragraph(document, clean(text), align="justify", indent=2)
    office.paragraph(document)
    office.paragraph(document, letter.issuer or to_fill("署名机关"), align="right", right_indent=2)
    office.paragraph(document, date_text(letter.dated), align="right", right_indent=2)
    office.add_page_numbers(document)
    return office.save(document)
