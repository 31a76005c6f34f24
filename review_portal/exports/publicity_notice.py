"""The publicity draft (公示): the proposed list as the office publishes it, in Word and as plain text.

It never carries scores, places or experts. A fact that is not known yet prints as 【待填：…】 and keeps the
draft from being released (`Notice.missing`). The wording is a draft; the portal publishes nothing by itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from docx.enum.text import WD_LINE_SPACING
from docx.oxml.ns import qn
from docx.shared import Pt
from docx.text.paragraph import Paragraph

from review_portal.domain.chinese_dates import date_text, range_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table
from review_portal.exports.plain_text import clean, digest_groups, listed
from scoring_rubrics import NoticeTemplate
from scoring_rubrics.notice_template import NEEDED, USUAL

# the sentences that a person may put otherwise
PARTS: Final[Mapping[str, str]] = {
    "title_first": "标题第一行",
    "title_second": "标题第二行",
    "opening": "第一段（依据和名单）",
    "period": "第二段（公示时间）",
    "objections": "第三段（异议方式）",
}
_NEEDED_LABELS: Final[Mapping[str, str]] = {
    "project": "项目名称",
    "basis": "依据文件和通知文号",
    "units": "首家单位名称和家数",
    "period": "公示起止日期",
    "days": "公示工作日数",
}
# words that a sentence keeps where its draft has them, with what is lost when they go
_KEPT_WORDS: Final[Mapping[str, Mapping[str, str]]] = {
    "title_second": {"公示": "“公示”字样"},
    "objections": {"异议": "异议方式", "书面": "书面形式"},
}
LIST_HEADS = ("序号", "牵头单位", "联合体成员", "推荐单位")
_LIST_PITCH = 20  # points: the list is denser than the text
_TITLE_WIDTH = 20  # characters of 2号 in a line
_UNDATED = date(2000, 1, 1)  # the file's date while the notice has none


@dataclass(frozen=True, slots=True)
class ListedUnit:
    """One proposed unit or consortium as the public sees it."""

    lead_unit: str
    members: tuple[str, ...]
    recommender: str


@dataclass(frozen=True, slots=True)
class Notice:
    """Everything a publicity notice says. `None` or empty means not known yet.

    `call_title` is the title of the call's notice with its issuer (重庆市…关于申报…的通知), `basis` an older
    document it rests on, `quota_text` the number as the call gives it (3个左右), `steps` the procedure in
    order, `order_note` how the list is sorted. Days and `working_days` come from the caller's calendar.
    `texts` are the sentences that a person has put otherwise, by their `PARTS`.
    """

    issuer: str | None
    project_name: str | None
    call_title: str | None
    document_number: str | None
    steps: tuple[str, ...]
    units: tuple[ListedUnit, ...]
    first_day: date | None
    last_day: date | None
    working_days: int | None
    issued_on: date | None
    contact_office: str | None
    contact_phone: str | None
    contact_address: str | None
    supervision_phone: str | None
    contact_email: str = ""
    basis: str = ""
    quota_text: str = ""
    order_note: str = "排名不分先后"
    list_digest: str = ""
    texts: Mapping[str, str] = field(default_factory=dict)
    template: NoticeTemplate = USUAL

    def missing(self) -> tuple[str, ...]:
        """Labels of the facts still to be filled, in the notice's order; with none it may be released."""
        facts = (
            ("组织单位", self.issuer),
            ("项目名称", self.project_name),
            ("通知名称", self.call_title),
            ("文号", self.document_number),
            ("评审程序", "、".join(self.steps)),
            ("公示起止日期", self.first_day and self.last_day),
            ("公示工作日数", self.working_days),
            ("联系处室", self.contact_office),
            ("联系电话", self.contact_phone),
            ("地址", self.contact_address),
            ("监督电话", self.supervision_phone),
            ("发布日期", self.issued_on),
        )
        lacking = [label for label, value in facts if not known(value)]
        for index, unit in enumerate(self.units, start=1):
            pairs = (("牵头单位", unit.lead_unit), ("推荐单位", unit.recommender))
            lacking += [f"第{index}家{label}" for label, value in pairs if not known(value)]
            if any("【待填" in member for member in unit.members):
                lacking.append(f"第{index}家联合体成员")
        lacking += [PARTS[part] for part, text in self.texts.items() if not known(text)]
        return tuple(lacking + self._blanks())

    def _blanks(self) -> list[str]:
        """Labels of 【待填】 in what may be left out, and in the template's own sentences."""
        told = {
            "依据文件": self.basis,
            "遴选数量": self.quota_text,
            "电子邮箱": self.contact_email,
            "名单次序说明": self.order_note,
            "附件说明": self.template.attachment,
            "名单标题": self.template.list_title,
        }
        for part, source in _sources(self).items():
            if part not in self.texts:
                told[PARTS[part]] = getattr(self.template, source)
        return [label for label, text in told.items() if "【待填" in text]


@dataclass(frozen=True, slots=True)
class NoticeText:
    """The notice's wording in its parts, shared by Word, plain text and the page."""

    title: tuple[str, str]
    paragraphs: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...]
    attachment: str
    signature: tuple[str, str]
    list_title: str
    rows: tuple[tuple[str, str, str, str], ...]
    list_note: str


def known(value: object) -> bool:
    """Whether a fact is there: not None, not blank, and not itself a 【待填】."""
    if isinstance(value, str):
        return bool(value.strip()) and "【待填" not in value
    return value is not None and value != 0


def to_fill(label: str) -> str:
    """The mark of a fact that a person must still fill."""
    return f"【待填：{label}】"


def wording(notice: Notice) -> NoticeText:
    """The sentences of the notice; missing facts stand in them as 【待填：…】."""
    drafted = drafted_parts(notice)
    said = {part: clean(notice.texts.get(part, text)) for part, text in drafted.items()}
    facts = {"project": _fact(notice.project_name, "项目名称")}
    issuer = _fact(notice.issuer, "组织单位")
    contacts = [
        ("联系处室", _fact(notice.contact_office, "联系处室")),
        ("联系电话", _fact(notice.contact_phone, "联系电话")),
        ("监督电话", _fact(notice.supervision_phone, "监督电话")),
        ("地　　址", _fact(notice.contact_address, "地址")),
    ]
    if notice.contact_email:
        contacts.append(("电子邮箱", clean(notice.contact_email)))
    issued = date_text(notice.issued_on) if notice.issued_on else to_fill("发布日期")
    return NoticeText(
        title=(said["title_first"], said["title_second"]),
        paragraphs=(said["opening"], said["period"], said["objections"]),
        contacts=tuple(contacts),
        attachment=notice.template.said("attachment", facts) if notice.units else "",
        signature=(issuer, issued),
        list_title=notice.template.said("list_title", facts),
        rows=tuple(
            (
                str(index),
                _fact(unit.lead_unit, "牵头单位"),
                clean(listed(unit.members)),
                _fact(unit.recommender, "推荐单位"),
            )
            for index, unit in enumerate(notice.units, start=1)
        ),
        list_note=f"（{clean(notice.order_note)}）" if notice.order_note else "",
    )


def text(notice: Notice) -> str:
    """The notice as plain text with a final line break; the list's columns are parted by ｜."""
    words = wording(notice)
    lines = ["".join(words.title), "", *(f"　　{part}" for part in words.paragraphs)]
    lines += [f"　　{label}：{value}" for label, value in words.contacts]
    if words.attachment:
        lines += ["", f"　　{words.attachment}"]
    lines += ["", *words.signature]
    if words.rows:
        lines += ["", "附件", "", words.list_title + words.list_note, "", "｜".join(LIST_HEADS)]
        lines += ["｜".join(row) for row in words.rows]
        if notice.list_digest:
            lines += ["", f"名单校验码 {digest_groups(notice.list_digest)}"]
    return "\n".join(lines) + "\n"


def write_docx(notice: Notice) -> bytes:
    """The notice as .docx bytes after GB/T 9704-2012, without a red head; equal notices give equal bytes."""
    words = wording(notice)
    title = "".join(words.title)
    dated = notice.issued_on or notice.first_day or _UNDATED
    document = office.new_document(Properties(title, words.signature[0], dated))
    # 22 lines stand on every page: no line is moved over to keep another company
    document.styles["Normal"].paragraph_format.widow_control = False
    office.add_page_numbers(document)
    for line in words.title:
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    for part in words.paragraphs:
        office.paragraph(document, part, align="justify", indent=2)
    for label, value in words.contacts:
        last = office.paragraph(document, f"{label}：{value}", indent=2)
    if words.attachment:
        office.paragraph(document)
        last = office.paragraph(document, words.attachment, indent=2)
    last.paragraph_format.keep_with_next = True  # no page with a signature alone
    _sign(document, words.signature)
    if words.rows:
        _attach_list(document, words, notice)
    return office.save(document)


def _fact(value: str | None, label: str) -> str:
    return clean(value) if value is not None and known(value) else to_fill(label)


def drafted_parts(notice: Notice) -> dict[str, str]:
    """The sentences that a person may edit, as the template drafts them from the facts, by `PARTS`."""
    facts, template = _facts(notice), notice.template
    return {part: template.said(source, facts) for part, source in _sources(notice).items()}


def _sources(notice: Notice) -> dict[str, str]:
    """Part -> the template's sentence that it is drafted from."""
    listing = bool(notice.units)
    return {
        "title_first": "title_first",
        "title_second": "title_listed" if listing else "title_empty",
        "opening": "opening" if listing else "opening_empty",
        "period": "period",
        "objections": "objections",
    }


def lost_facts(notice: Notice) -> dict[str, tuple[str, ...]]:
    """Part -> what the edited sentence no longer says though a notice has to: nothing may be lost unseen."""
    facts, drafted, sources = _facts(notice), drafted_parts(notice), _sources(notice)
    lost: dict[str, tuple[str, ...]] = {}
    for part, text in notice.texts.items():
        needed, words = NEEDED.get(sources[part], frozenset()), _KEPT_WORDS.get(part, {})
        gone = [
            label for place, label in _NEEDED_LABELS.items() if place in needed and facts[place] not in text
        ]
        gone += [label for word, label in words.items() if word in drafted[part] and word not in text]
        if gone:
            lost[part] = tuple(gone)
    return lost


def _facts(notice: Notice) -> dict[str, str]:
    """What stands at the template's places."""
    call = f"《{_fact(notice.call_title, '通知名称')}》（{_fact(notice.document_number, '文号')}）"
    return {
        "project": _fact(notice.project_name, "项目名称"),
        "basis": f"{clean(notice.basis)}、{call}" if notice.basis else call,
        "steps": "、".join(clean(step) for step in notice.steps) or to_fill("评审程序"),
        "quota": f"按照遴选{clean(notice.quota_text)}的要求，" if notice.quota_text else "",
        "units": _units(notice),
        "period": _period(notice),
        "days": str(notice.working_days) if notice.working_days else to_fill("公示工作日数"),
    }


def _units(notice: Notice) -> str:
    if not notice.units:
        return ""
    first = _fact(notice.units[0].lead_unit, "牵头单位")
    count = len(notice.units)
    return f"{first}等{count}家单位（联合体）" if count > 1 else f"{first}（1家单位或联合体）"


def _period(notice: Notice) -> str:
    if notice.first_day and notice.last_day:
        return range_text(notice.first_day, notice.last_day)
    return to_fill("公示起止日期")


def _sign(document: Any, signature: Sequence[str]) -> None:
    """Issuer and date two lines below the text, the date four characters in from the right edge."""
    issuer, day = signature
    lines = [office.paragraph(document), office.paragraph(document)]
    lines.append(office.paragraph(document, issuer, align="right", right_indent=2))
    for line in lines:
        line.paragraph_format.keep_with_next = True
    office.paragraph(document, day, align="right", right_indent=4)


def _attach_list(document: Any, words: NoticeText, notice: Notice) -> None:
    office.page_break_before(office.paragraph(document, "附件", HEADING))
    office.paragraph(document)
    for line in _title_lines(words.list_title, clean(notice.project_name or "")):
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    if words.list_note:
        office.paragraph(document, words.list_note, align="center")
    office.paragraph(document)
    widths = zip(LIST_HEADS, (14.0, 57.0, 57.0, 28.0), ("center", "left", "left", "center"), strict=True)
    columns = [Column(head, width, align) for head, width, align in widths]
    table = add_table(document, columns, words.rows, body=Font(size=14), head=Font("黑体", 14))
    for element in table._tbl.iter(qn("w:p")):
        layout = Paragraph(element, table).paragraph_format
        layout.line_spacing_rule, layout.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(_LIST_PITCH)
    if notice.list_digest:
        code = f"名单校验码 {digest_groups(notice.list_digest)}"
        office.paragraph(document, code, Font("宋体", 9), pitch=None)


def _title_lines(title: str, project: str) -> tuple[str, ...]:
    """A title that is too long for a line is parted behind the project's name, not within a word."""
    head, name, rest = title.partition(project) if project else (title, "", "")
    return (head + name, rest) if len(title) > _TITLE_WIDTH and name and rest else (title,)
