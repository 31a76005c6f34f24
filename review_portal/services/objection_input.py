"""What an officer types of an objection, checked: nothing that names who complained goes among the facts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal import clock
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.objection_rules import IDENTITIES, REASON_MIN, TEXT_MAX, WAYS
from review_portal.intake.upload_guard import MIB, check_docx, check_size, check_xlsx, sniff

FILE_MAX = 20 * MIB
FILES_MAX = 10
MEDIA_TYPES = {
    "pdf": "application/pdf",
    "png": "image/png",
    "jpeg": "image/jpeg",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
SUFFIXES = {"pdf": "pdf", "png": "png", "jpeg": "jpg", "docx": "docx", "xlsx": "xlsx"}


@dataclass(frozen=True, slots=True)
class Entry:
    """An objection as typed. `name`, `unit`, `contact` say who complained and are kept apart."""

    way: str
    received_at: datetime | None
    received_by: str
    dossiers: tuple[str, ...]
    facts: str
    identity: str
    signed: bool
    checkable: bool
    on_publicity: bool
    name: str = ""
    unit: str = ""
    contact: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """A file as uploaded; `guarded`: its content or signature names who complained."""

    name: str
    data: bytes
    guarded: bool


def check_entry(entry: Entry) -> None:
    """Raise `Invalid` by field; no sentence repeats what was typed."""
    faults: dict[str, Message] = {}
    if entry.way not in WAYS:
        faults["way"] = mark("请选择反映方式。")
    if entry.received_at is None:
        faults["received_at"] = mark("请填写收到时间。")
    elif entry.received_at > clock.now():
        faults["received_at"] = mark("收到时间晚于现在，请核对。")
    if not 2 <= len(entry.received_by.strip()) <= 64:
        faults["received_by"] = mark("请填写收件人或接待人姓名，2至64个字。")
    _check_text("facts", entry.facts, 10, faults)
    faults |= _identity_faults(entry)
    if not faults and _names_complainant(entry):
        faults["facts"] = mark("内容中写有异议人的姓名、单位或联系方式，请改写为“异议人”。")
    if faults:
        raise Invalid(mark("异议未登记，请更正标出的内容。"), faults)


def _identity_faults(entry: Entry) -> dict[str, Message]:
    if entry.identity not in IDENTITIES:
        return {"identity": mark("请选择署名情况。")}
    given = {"name": entry.name, "unit": entry.unit, "contact": entry.contact}
    if entry.identity == "anonymous":
        typed = [name for name, value in given.items() if value.strip()]
        return {name: mark("匿名的不填写此项；已知身份的请选择实名或单位。") for name in typed}
    needed = ("name", "contact") if entry.identity == "named" else ("unit", "contact")
    faults = {name: mark("请填写此项。") for name in needed if len(given[name].strip()) < 2}
    most = {"name": 100, "unit": 200, "contact": 200}
    faults |= {
        name: mark("最多%(most)s个字，请改短。", most=most[name])
        for name, value in given.items()
        if len(value.strip()) > most[name]
    }
    return faults


def _names_complainant(entry: Entry) -> bool:
    text = f"{entry.facts}\n{entry.received_by}".casefold().replace(" ", "")
    told = (entry.name, entry.unit, entry.contact)
    return any(len(one.strip()) >= 2 and one.strip().casefold().replace(" ", "") in text for one in told)


def _check_text(field: str, text: str, least: int, faults: dict[str, Message]) -> None:
    if len(text.strip()) < least:
        faults[field] = mark("请写明具体情况，至少%(n)s个字。", n=least)
    elif len(text.strip()) > TEXT_MAX:
        faults[field] = mark("最多%(most)s个字，请改短。", most=TEXT_MAX)


def check_reason(field: str, text: str, *, least: int = REASON_MIN) -> str:
    """The text without its ends. Raises `Invalid` at `field`."""
    faults: dict[str, Message] = {}
    _check_text(field, text, least, faults)
    if faults:
        raise Invalid(mark("未作任何改动，请按提示更正。"), faults)
    return text.strip()


def check_files(files: tuple[Evidence, ...]) -> list[str]:
    """The kind of each. Raises `Invalid` at the field; the sentence tells a file by its place, not its name,
    which may be that of a person.
    """
    if len(files) > FILES_MAX:
        raise Invalid(*_at_field(mark("一次最多上传%(n)s个文件。", n=FILES_MAX)))
    kinds: list[str] = []
    for place, item in enumerate(files, start=1):
        try:
            check_size(len(item.data), FILE_MAX)
            kind = sniff(item.data, item.name)
            if kind not in MEDIA_TYPES:
                raise Invalid(mark("证据材料须是 PDF、图片、.docx 或 .xlsx。"))
            if kind in ("docx", "xlsx"):
                (check_docx if kind == "docx" else check_xlsx)(item.data)
        except Invalid as problem:
            told = mark("第%(place)s个文件：%(why)s", place=place, why=problem.message)
            raise Invalid(*_at_field(told)) from problem
        kinds.append(kind)
    return kinds


def _at_field(message: Message) -> tuple[Message, dict[str, Message]]:
    return message, {"files": message}
