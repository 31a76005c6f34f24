"""How values look on a page: dates, times, points, check codes."""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal

from flask import Flask
from flask_babel import format_date, get_locale
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.messages import Message
from review_portal.domain.register import masked_login
from review_portal.web.forms import say

MISSING = "—"
_HAN, _LATIN = re.compile(r"[\u3400-\u9fff]"), re.compile(r"[A-Za-z]")


def office_date(value: date | datetime | None) -> str:
    """2023年2月17日 or 17 February 2023, in the office's zone."""
    if value is None:
        return MISSING
    day = value.astimezone(OFFICE_ZONE).date() if isinstance(value, datetime) else value
    if str(get_locale()) == "en":
        return str(format_date(day, "d MMMM yyyy"))
    return f"{day.year}年{day.month}月{day.day}日"


def office_time(value: datetime | None) -> str:
    """2023年2月17日 16:05 or 17 February 2023 16:05."""
    return MISSING if value is None else f"{office_date(value)} {value.astimezone(OFFICE_ZONE):%H:%M}"


def clock_time(value: datetime | None) -> str:
    """10:32:05."""
    return MISSING if value is None else f"{value.astimezone(OFFICE_ZONE):%H:%M:%S}"


def duration(seconds: float) -> str:
    """Days, hours and minutes in words; what is under a minute counts as one."""
    minutes = max(1, round(seconds / 60))
    days, hours, minutes = minutes // 1440, minutes % 1440 // 60, minutes % 60
    parts = [
        _("%(n)s天", n=days) if days else "",
        _("%(n)s小时", n=hours) if hours else "",
        _("%(n)s分钟", n=minutes) if minutes else "",
    ]
    return " ".join(part for part in parts if part)


def points(value: Decimal | None, places: int = 2) -> str:
    """Points with a fixed number of places; missing is a dash, never 0."""
    return MISSING if value is None else f"{value:.{places}f}"


def code_groups(digest: str | None, groups: int = 4) -> str:
    """The first groups of four of a check code, as people compare them."""
    if not digest:
        return MISSING
    return " ".join(digest[i : i + 4].upper() for i in range(0, 4 * groups, 4))


def lang(text: object) -> str:
    """The attribute that names the language of words from the record on an English page; else nothing.

    A sentence of ours in which a name stands stays English. Without quotes nothing in it can be escaped.
    """
    if str(get_locale()) != "en":
        return ""
    words = str(text)
    chinese = len(_HAN.findall(words)) > len(_LATIN.findall(words))
    return " lang=zh-CN" if chinese else ""


def register(app: Flask) -> None:
    """Make the filters known to templates."""
    app.jinja_env.filters.update(
        lang=lang,
        office_date=office_date,
        office_time=office_time,
        clock_time=clock_time,
        points=points,
        code_groups=code_groups,
        masked_login=masked_login,
        say=lambda value: say(value) if isinstance(value, Message) else value,
    )
