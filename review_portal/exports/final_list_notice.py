"""公布名单的通知, version by version, and the notice that makes one change of the list public.

Names, members and recommending unit only: never scores, places, experts. A fact that is not known yet prints
as 【待填：…】 and keeps the paper from being released (`missing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from review_portal.domain.chinese_dates import date_text, range_text
from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table
from review_portal.exports.plain_text import clean, digest_groups, listed
from review_portal.exports.publicity_notice import LIST_HEADS, ListedUnit, known, to_fill

_UNDATED = date(2000, 1, 1)  # the file's date while the paper has none
FIRST, VACANT, AGAIN = "first", "vacant", "again"  # what a version of the list is
NEWCOMER, LATER, CHANGED = "newcomer", "later", "changed"  # what a notice on a change is about


@dataclass(frozen=True, slots=True)
class FinalNotice:
    """A version of the final list, or (`kind` NEWCOMER, LATER, CHANGED) a notice on what changes in it.

    `facts`: the typed texts by name, empty where not known; `days` first and last day of a notice's period.
    `changed`: sentences of what a later version changes; `before`: title and number of the paper it changes.
    """

    kind: str
    facts: dict[str, str]
    units: tuple[ListedUnit, ...]
    issued_on: date | None
    digest: str = ""
    ordinal: int = 1
    before: tuple[str, str] = ("", "")
    changed: tuple[str, ...] = ()
    days: tuple[date, date] | None = None

    @property
    def is_list(self) -> bool:
        """Whether it publishes the list itself and not a change that is still to be objected to."""
        return self.kind in (FIRST, VACANT, AGAIN)

    def missing(self) -> tuple[str, ...]:
        """Labels of the facts still to be filled, in reading order; with none it may be released."""
        labels = dict(LIST_LABELS if self.is_list else NOTICE_LABELS)
        if self.kind not in (AGAIN, NEWCOMER, LATER, CHANGED):
            labels.pop("change_note", None)
        if self.kind == VACANT:
            labels.pop("publicity_result", None)
        lacking = [label for name, label in labels.items() if not known(self.facts.get(name, ""))]
        for index, unit in enumerate(self.units, start=1):
            pairs = (("牵头单位", unit.lead_unit), ("推荐单位", unit.recommender))
            lacking += [f"第{index}家{label}" for label, value in pairs if not known(value)]
        return tuple(lacking)


# Facts without which a paper is not released: name -> label
LIST_LABELS = {
    "issuer": "组织单位",
    "list_number": "名单文号",
    "addressee": "主送单位",
    "project_name": "项目名称",
    "call_title": "通知名称",
    "document_number": "申报通知文号",
    "steps": "评审程序",
    "publicity_result": "公示情况",
    "change_note": "变更说明",
    "issued_on": "印发日期",
    "contact_office": "联系处室",
    "contact_phone": "联系电话",
    "remedy": "异议和查询途径",  # stands in the letters that go out with the list
}
NOTICE_LABELS = {
    "issuer": "组织单位",
    "project_name": "项目名称",
    "call_title": "通知名称",
    "document_number": "申报通知文号",
    "change_note": "变更说明",
    "issued_on": "印发日期",
    "working_days": "公示工作日数",
    "contact_office": "联系处室",
    "contact_phone": "联系电话",
    "contact_address": "地址",
    "supervision_phone": "监督电话",
}


@dataclass(frozen=True, slots=True)
class FinalText:
    """The wording in its parts, shared by Word, plain text and the page."""

    number: str
    title: tuple[str, ...]
    addressee: str
    paragraphs: tuple[str, ...]
    contacts: tuple[tuple[str, str], ...]
    attachment: str
    signature: tuple[str, str]
    list_title: str
    rows: tuple[tuple[str, str, str, str], ...]
    list_note: str


def wording(notice: FinalNotice) -> FinalText:
    """The sentences; missing facts stand in them as 【待填：…】."""
    fact = _Facts(notice)
    project = fact("project_name")
    units = notice.units
    issued = date_text(notice.issued_on) if notice.issued_on else to_fill(fact.labels["issued_on"])
    of_change = _OF_CHANGE.get(notice.kind, "")
    shown = project if notice.is_list else f"{project}{of_change}"
    order = fact.text("order_note") if len(units) > 1 else ""
    contacts = [(label, fact(name)) for name, label in _CONTACTS if name in fact.labels]
    return FinalText(
        number=fact("list_number") if notice.is_list else "",
        title=_title(notice, project),
        addressee=f"{fact('addressee')}：" if notice.is_list else "",
        paragraphs=tuple(_paragraphs(notice, fact, project)),
        contacts=tuple(contacts),
        attachment=f"附件：{shown}名单" if units else "",
        signature=(fact("issuer"), issued),
        list_title=f"{shown}名单",
        rows=tuple(
            (
                str(index),
                _said(unit.lead_unit, "牵头单位"),
                clean(listed(unit.members)),
                _said(unit.recommender, "推荐单位"),
            )
            for index, unit in enumerate(units, start=1)
        ),
        list_note=f"（{order}）" if order else "",
    )


_OF_CHANGE = {NEWCOMER: "拟递补", LATER: "拟增列", CHANGED: "变更后拟入选"}
_CONTACTS = (
    ("contact_office", "联系处室"),
    ("contact_phone", "联系电话"),
    ("supervision_phone", "监督电话"),
    ("contact_address", "地　　址"),
)


class _Facts:
    """A fact by its name, or its mark to be filled under the label that leads to its field."""

    def __init__(self, notice: FinalNotice) -> None:
        self.facts = notice.facts
        self.labels = LIST_LABELS if notice.is_list else NOTICE_LABELS

    def __call__(self, name: str) -> str:
        return _said(self.facts.get(name, ""), self.labels[name])

    def text(self, name: str) -> str:
        return clean(self.facts.get(name, "").strip())


def _said(value: str, label: str) -> str:
    return clean(value) if known(value) else to_fill(label)


def _title(notice: FinalNotice, project: str) -> tuple[str, ...]:
    """Lines that form a lozenge: the project's name is the long one."""
    if notice.kind == VACANT or (notice.kind == FIRST and not notice.units):
        return f"关于{project}", "评审结果的通知"
    if notice.is_list:
        return "关于公布" if notice.kind == FIRST else "关于调整", project, "名单的通知"
    return f"关于{project}", _CHANGE_TITLES[notice.kind]


_CHANGE_TITLES = {
    NEWCOMER: "拟递补单位的公示",
    LATER: "拟增列单位的公示",
    CHANGED: "变更后拟入选名单的公示",
}


def _paragraphs(notice: FinalNotice, fact: _Facts, project: str) -> list[str]:
    call = f"《{fact('call_title')}》（{fact('document_number')}）"
    basis = f"{fact.text('basis')}、{call}" if fact.text("basis") else call
    if not notice.is_list:
        return [_on_change(notice, fact, project, basis), _period(notice, fact), _OBJECTIONS]
    said = [_on_list(notice, fact, project, basis)]
    if notice.kind == AGAIN:
        said += [f"{sentence}。" for sentence in notice.changed]
    if fact.text("follow_up"):
        said.append(fact.text("follow_up"))
    return said


def _on_list(notice: FinalNotice, fact: _Facts, project: str, basis: str) -> str:
    steps = fact("steps")
    if notice.kind == AGAIN:
        title, number = notice.before
        rest = f"调整后的名单共{len(notice.units)}家，见附件。" if notice.units else "调整后没有入选单位。"
        before = f"《{clean(title)}》（{clean(number)}）"
        return f"根据{basis}，{before}公布的名单现作调整：{fact('change_note')}。{rest}"
    if notice.kind == VACANT or not notice.units:
        ending = "本批次没有符合条件的单位，不作遴选，名额空缺。现予公布。"
        told = "" if notice.kind == VACANT else f"，{fact('publicity_result')}"
        return f"根据{basis}，经{steps}等程序{told}，{ending}"
    first = _said(notice.units[0].lead_unit, "牵头单位")
    count = len(notice.units)
    who = f"{first}等{count}家单位（联合体）" if count > 1 else f"{first}（1家单位或联合体）"
    told = fact("publicity_result")
    return f"根据{basis}，经{steps}等程序，{told}，确定{who}为{project}，现予公布，名单见附件。"


def _on_change(notice: FinalNotice, fact: _Facts, project: str, basis: str) -> str:
    if notice.kind in (NEWCOMER, LATER):
        how = "经会议审定，" if notice.kind == NEWCOMER else "经会议另行审定，"
        verb = "递补列为" if notice.kind == NEWCOMER else "列为"
        who = _said(notice.units[0].lead_unit, "牵头单位")
        return (
            f"根据{basis}，{fact('change_note')}，{how}拟将{who}（1家单位或联合体）{verb}{project}，"
            "现予公示，见附件。"
        )
    rest = "变更后的名单见附件。" if notice.units else "变更后没有拟入选单位。"
    return f"根据{basis}，{fact('change_note')}，{project}名单拟作变更，现予公示，{rest}"


def _period(notice: FinalNotice, fact: _Facts) -> str:
    period = range_text(*notice.days) if notice.days else to_fill("公示起止日期")
    return f"公示时间为{period}（共{fact('working_days')}个工作日）。"


_OBJECTIONS = (
    "公示期内如有异议，请以书面形式反映。单位反映情况须加盖公章，个人反映情况须签署真实姓名并留联系方式，"
    "说明事实依据。匿名、逾期的异议不予受理；有具体线索的转监督核查。"
)


def text(notice: FinalNotice) -> str:
    """The paper as plain text with a final line break; the list's columns are parted by ｜."""
    words = wording(notice)
    lines = [*([words.number, ""] if words.number else []), "".join(words.title), ""]
    lines += [words.addressee] if words.addressee else []
    lines += [f"　　{part}" for part in words.paragraphs]
    lines += [f"　　{label}：{value}" for label, value in words.contacts]
    if words.attachment:
        lines += ["", f"　　{words.attachment}"]
    lines += ["", *words.signature]
    if words.rows:
        lines += ["", "附件", "", words.list_title + words.list_note, "", "｜".join(LIST_HEADS)]
        lines += ["｜".join(row) for row in words.rows]
    if notice.digest:
        lines += ["", _digest_line(notice)]
    return "\n".join(lines) + "\n"


def write_docx(notice: FinalNotice) -> bytes:
    """The paper as .docx bytes after GB/T 9704-2012, without a red head; equal papers give equal bytes."""
    words = wording(notice)
    dated = notice.issued_on or (notice.days[0] if notice.days else _UNDATED)
    document = office.new_document(Properties("".join(words.title), words.signature[0], dated))
    office.add_page_numbers(document)
    if words.number:
        office.paragraph(document, words.number, align="center")
        office.paragraph(document)
    for line in words.title:
        office.paragraph(document, line, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    if words.addressee:
        office.paragraph(document, words.addressee)
    for part in words.paragraphs:
        office.paragraph(document, part, align="justify", indent=2)
    for label, value in words.contacts:
        office.paragraph(document, f"{label}：{value}", indent=2)
    if words.attachment:
        _kept(office.paragraph(document))
        _kept(office.paragraph(document, words.attachment, indent=2))
    _sign(document, words.signature)
    if words.rows:
        _attach(document, words)
    if notice.digest:
        _foot(document, _digest_line(notice))
    return office.save(document)


def _digest_line(notice: FinalNotice) -> str:
    version = f"第{notice.ordinal}版" if notice.is_list else ""
    return f"名单{version}校验码 {digest_groups(notice.digest)}"


def _sign(document: Any, signature: tuple[str, str]) -> None:
    """Issuer and date on one page with the line before them."""
    _kept(office.paragraph(document))
    _kept(office.paragraph(document, signature[0], align="right", right_indent=2))
    office.paragraph(document, signature[1], align="right", right_indent=4)


def _kept(target: Any) -> None:
    """Keep a paragraph on the page of the next one."""
    target.paragraph_format.keep_with_next = True


def _attach(document: Any, words: FinalText) -> None:
    office.page_break_before(office.paragraph(document, "附件", HEADING))
    office.paragraph(document)
    office.paragraph(document, words.list_title, TITLE_FONT, align="center", pitch=35)
    if words.list_note:
        office.paragraph(document, words.list_note, align="center")
    office.paragraph(document)
    widths = zip(LIST_HEADS, (14.0, 57.0, 57.0, 28.0), ("center", "left", "left", "center"), strict=True)
    columns = [Column(head, width, align) for head, width, align in widths]
    add_table(document, columns, words.rows, body=Font(size=14), head=Font("黑体", 14))


def _foot(document: Any, line: str) -> None:
    """The check code below the page number, on odd and even pages."""
    section = document.sections[0]
    for footer in (section.footer, section.even_page_footer):
        target = footer.add_paragraph()
        font = Font("宋体", 8)
        office.shape(target, font, align="center", pitch=None)
        office.write_runs(target, line, font)
