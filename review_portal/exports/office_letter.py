"""A letter of the office to one unit after GB/T 9704-2012, and the form that proves its delivery (送达回证).

A letter is kept as it was issued (`to_json`, `from_json`): printed later it says the same. A fact that the
office has not filled stands as 【待填：…】 and holds back the issue (`missing`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any, Final

from review_portal.domain.chinese_dates import date_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import TITLE_FONT, TO_FILL, Font, Properties
from review_portal.exports.office_tables import add_facts, add_signature_lines, set_row_heights
from review_portal.exports.plain_text import clean, digest_groups

UNDATED: Final = date(2000, 1, 1)  # the file's date while the letter has none
_SMALL = Font("宋体", 9)


@dataclass(frozen=True, slots=True)
class Letter:
    """What a letter says. `items` are numbered after the first `paragraphs`, `closing` follows them.

    `officers`: who handled it and who checked it, beside the date; `contacts`: label and value.
    """

    kind: str
    title: tuple[str, ...]
    number: str
    addressee: str
    paragraphs: tuple[str, ...]
    items: tuple[str, ...]
    closing: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...]
    officers: tuple[tuple[str, str], ...]
    issuer: str
    dated: str

    def texts(self) -> tuple[str, ...]:
        """Every text of the letter in its order."""
        pairs = [text for pair in (*self.contacts, *self.officers) for text in pair]
        head = (*self.title, self.number, self.addressee, *self.paragraphs, *self.items, *self.closing)
        return (*head, *pairs, self.issuer, self.dated)

    def missing(self) -> tuple[str, ...]:
        """Labels of the facts still to be filled, once each."""
        marks = [mark for text in self.texts() for mark in TO_FILL.findall(text)]
        return tuple(dict.fromkeys(mark[4:-1] for mark in marks))


def to_json(letter: Letter) -> dict[str, Any]:
    """The letter as it is kept."""
    kept = asdict(letter)
    return {key: _listed(value) for key, value in kept.items()}


def _listed(value: Any) -> Any:
    return [_listed(one) for one in value] if isinstance(value, tuple) else value


def from_json(kept: Mapping[str, Any]) -> Letter:
    """A letter as it was kept."""
    pairs = {key: tuple((label, text) for label, text in kept[key]) for key in ("contacts", "officers")}
    lists = {key: tuple(kept[key]) for key in ("title", "paragraphs", "items", "closing")}
    return Letter(**{**kept, **lists, **pairs})


def fact(value: str, label: str) -> str:
    """The fact, or its mark while it is empty."""
    return clean(value) if value.strip() else f"【待填：{label}】"


def write_docx(letter: Letter, *, digest: str, dated: date | None) -> bytes:
    """The letter as .docx bytes; equal letters give equal bytes. `digest` is that of the letter as kept."""
    document = office.new_document(Properties("".join(letter.title), letter.issuer, dated or UNDATED))
    office.add_page_numbers(document)
    for line in letter.title:
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document, letter.number, align="center")
    office.paragraph(document)
    office.paragraph(document, f"{letter.addressee}：")
    for text in letter.paragraphs:
        office.paragraph(document, text, align="justify", indent=2)
    for index, item in enumerate(letter.items, start=1):
        office.paragraph(document, f"{index}．{item}", align="justify", indent=2)
    for text in letter.closing:
        office.paragraph(document, text, align="justify", indent=2)
    office.paragraph(document, "　".join(f"{label}：{value}" for label, value in letter.officers), indent=2)
    told = [office.paragraph(document, f"{label}：{value}", indent=2) for label, value in letter.contacts]
    told += [office.paragraph(document), office.paragraph(document)]
    told.append(office.paragraph(document, letter.issuer, align="right", right_indent=2))
    for part in told[-5:]:  # issuer and date never stand alone on a page
        part.paragraph_format.keep_with_next = True
    office.paragraph(document, letter.dated, align="right", right_indent=4)
    office.add_code_below(document, f"文书校验码 {digest_groups(digest)}")
    return office.save(document)


@dataclass(frozen=True, slots=True)
class DeliveryForm:
    """送达回证 of an issued letter. `way`, `receiver` and `delivered_on` are empty before it is delivered."""

    issuer: str
    letter: str
    number: str
    addressee: str
    way: str
    receiver: str
    delivered_on: date | None
    note: str
    issued_on: date
    digest: str


def write_delivery_form(form: DeliveryForm) -> bytes:
    """The form with room for a pen where nothing is recorded; equal forms give equal bytes."""
    document = office.new_document(Properties("送达回证", form.issuer, form.issued_on), sheet=True)
    office.paragraph(document, clean(form.issuer), Font("宋体", 12), align="center", pitch=None)
    office.paragraph(document, "送达回证", Font("黑体", 18), align="center", pitch=40)
    facts = (
        ("送达文书名称、文号", f"{form.letter}（{form.number}）"),
        ("受送达人", clean(form.addressee)),
        ("送达方式", form.way or "□直接　□留置　□邮寄　□委托　□电子　□公告"),
        ("送达地点", ""),
        ("送达时间", date_text(form.delivered_on) if form.delivered_on else "　　　　年　　月　　日　　时"),
        ("收件人签名或盖章", f"登记的收件人：{clean(form.receiver)}" if form.receiver else ""),
        ("代收人与受送达人的关系、代收理由", ""),
        ("拒收事由、见证人签名", ""),
        ("备注", clean(form.note)),
    )
    set_row_heights(add_facts(document, facts, label_width=52, value_width=118), 16)
    add_signature_lines(document, ("送达人一", "送达人二"))
    note = "送达回证由受送达人签收后退回；文书自送达之日起生效。"
    office.paragraph(document, note, Font("宋体", 10.5), pitch=None)
    office.add_sheet_footer(document, digest_groups(form.digest), "文书校验码")
    return office.save(document)
