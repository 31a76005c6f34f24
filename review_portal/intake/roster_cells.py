"""What stands in an expert's cells, on a roster or typed on a page: one rule for both."""

import calendar
import re
import unicodedata
from collections.abc import Callable, Collection, Mapping
from datetime import date

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.phone_numbers import mobile_number
from review_portal.domain.records import Absence, ExpertRow, PastRole, Relative
from review_portal.domain.register import STATUSES, specialties_of

Report = Callable[[str, Message], object]  # column, what is wrong there

REQUIRED = ("姓名", "工作单位", "手机")
_EMAIL = re.compile(r"[^@\s,;]+@[^@\s,;]+\.[^@\s,;.]+")
_STILL = {"至今", "现任", "在任", "今", "现在"}
_NOTHING = {"", "无", "/", "-", "—", "没有", "暂无"}
_DATE = re.compile(r"([12][0-9]{3})(?:[-./年]([0-9]{1,2})(?:[-./月]([0-9]{1,2})日?|月)?|年)?")
_STATUS_WORDS = {
    **{word: status for status, word in STATUSES.items()},
    "正常": "active",
    "启用": "active",
    "停用": "paused",
    "暂停使用": "paused",
    "移除": "removed",
    "出库": "removed",
}
_LOAD_MOST = 999


def read_cells(text: Mapping[str, str], given: Collection[str], place: str, report: Report) -> ExpertRow:
    """An expert from the texts of the columns; `given` are those that the file has. Faults go to `report`."""
    for name in REQUIRED:
        if name in given and not text[name]:
            report(name, _("不能为空。请填写%(column)s。", column=name))
    phone = mobile_number(text["手机"])
    if text["手机"] and phone is None:
        report("手机", _("“%(text)s”不是11位手机号码。请核对后修改。", text=text["手机"]))
    email = unicodedata.normalize("NFKC", text["邮箱"])
    if email and not _EMAIL.fullmatch(email):
        report("邮箱", _("“%(text)s”不是邮箱地址。请核对后修改，没有可留空。", text=text["邮箱"]))
    status = _status(text["在库状态"], text["状态说明"], report)
    return ExpertRow(
        name=re.sub(r"\s+", "", text["姓名"]) if _is_chinese(text["姓名"]) else text["姓名"],
        employer=text["工作单位"],
        title=text["职称"] or None,
        field="、".join(specialties_of(text["专业"])) or None,
        phone=phone,
        email=email or None,
        district=text["所在区县"] or None,
        past_roles=_past_roles(text["任职经历"], report),
        relatives=_relatives(text["亲属任职"], report),
        declared=tuple(_items(text["声明的利害关系"])),
        place=place,
        employer_since=_since(text["到任日期"], report),
        absences=_absences(text["不能参加的时间"], report),
        load_limit=_load_limit(text["评审份数上限"], report),
        status=status,
        status_reason=text["状态说明"] if status != "active" else "",
        given=frozenset(given),
    )


def read_entry(text: Mapping[str, str]) -> ExpertRow:
    """An expert as typed on a page, every column given. Raises `Invalid` with faults keyed by column."""
    faults: dict[str, Message] = {}
    row = read_cells(text, frozenset(text), "", faults.setdefault)
    if faults:
        raise Invalid(_("有%(n)s处需要修改，未保存。", n=len(faults)), faults)
    return row


def _is_chinese(name: str) -> bool:
    """Names of two characters are often written with a space between; Latin names keep theirs."""
    return all(character.isspace() or "\u4e00" <= character <= "\u9fff" for character in name)


def _items(text: str) -> list[str]:
    items = (item.strip() for item in re.split(r"[;；\n]", text))
    return [item for item in items if item not in _NOTHING]


def _parts(item: str) -> list[str]:
    return [part.strip() for part in re.split(r"[/／]", item)]


def _past_roles(text: str, report: Report) -> tuple[PastRole, ...]:
    found = (_past_role(item, report) for item in _items(text))
    return tuple(role for role in found if role is not None)


def _past_role(item: str, report: Report) -> PastRole | None:
    parts = _parts(item)
    if len(parts) not in (3, 4) or not parts[0] or not parts[1]:
        message = _("“%(item)s”须写成“单位/职务/结束日期”，仍在任的写“至今”，多段用“；”分开。", item=item)
        report("任职经历", message)
        return None
    start = first_day(parts[2]) if len(parts) == 4 else None
    end = None if parts[-1] in _STILL else last_day(parts[-1])
    wrong = parts[2] if len(parts) == 4 and start is None else parts[-1]
    if (end is None and parts[-1] not in _STILL) or (len(parts) == 4 and start is None):
        report("任职经历", _("“%(text)s”不是日期。请写成 2021-06-30，仍在任的写“至今”。", text=wrong))
        return None
    if start is not None and end is not None and end < start:
        report("任职经历", _("“%(item)s”的结束日期早于开始日期。请核对。", item=item))
        return None
    return PastRole(parts[0], parts[1], end, start)


def _relatives(text: str, report: Report) -> tuple[Relative, ...]:
    relatives: list[Relative] = []
    for item in _items(text):
        parts = _parts(item)
        if len(parts) == 4 and all(parts[:3]):
            relatives.append(Relative(*parts))
        else:
            report("亲属任职", _("“%(item)s”须写成“姓名/关系/单位/职务”，多人用“；”分开。", item=item))
    return tuple(relatives)


def _absences(text: str, report: Report) -> tuple[Absence, ...]:
    found: list[Absence] = []
    for item in _items(text):
        parts = _parts(item)
        first = first_day(parts[0])
        last = last_day(parts[1]) if len(parts) > 1 else None
        if len(parts) not in (2, 3) or first is None or last is None:
            message = _("“%(item)s”须写成“开始日期/结束日期/事由”，事由可不写，多段用“；”分开。", item=item)
            report("不能参加的时间", message)
        elif last < first:
            report("不能参加的时间", _("“%(item)s”的结束日期早于开始日期。请核对。", item=item))
        else:
            found.append(Absence(first, last, parts[2] if len(parts) == 3 else ""))
    return tuple(found)


def _since(text: str, report: Report) -> date | None:
    day = first_day(text) if text else None
    if text and day is None:
        report("到任日期", _("“%(text)s”不是日期。请写成 2015-07-01，不清楚可留空。", text=text))
    return day


def _load_limit(text: str, report: Report) -> int | None:
    plain = unicodedata.normalize("NFKC", text)
    if not plain:
        return None
    if plain.isascii() and plain.isdigit() and len(plain) < 4 and 1 <= int(plain) <= _LOAD_MOST:
        return int(plain)
    message = _("“%(text)s”须是1至%(most)s的整数，不限可留空。", text=text, most=_LOAD_MOST)
    report("评审份数上限", message)
    return None


def _status(text: str, reason: str, report: Report) -> str | None:
    if not text:
        return None
    status = _STATUS_WORDS.get(text)
    if status is None:
        report("在库状态", _("“%(text)s”须是在库、暂停或移出。", text=text))
    elif status != "active" and len(reason) < 2:
        report("状态说明", _("暂停或移出的，请写明理由，至少2个字。"))
    return status


def _read_day(text: str, *, month: int, end: bool) -> date | None:
    found = _DATE.fullmatch(re.sub(r"\s", "", unicodedata.normalize("NFKC", text)))
    if found is None:
        return None
    year, month = int(found[1]), int(found[2] or month)
    if not 1 <= month <= 12:
        return None
    last = calendar.monthrange(year, month)[1]
    day = int(found[3] or (last if end else 1))
    return date(year, month, day) if 1 <= day <= last else None


def last_day(text: str) -> date | None:
    """The last day that the text can mean: a month or a year counts in full, in favour of recusal."""
    return _read_day(text, month=12, end=True)


def first_day(text: str) -> date | None:
    """The first day that the text can mean."""
    return _read_day(text, month=1, end=False)
