"""The register of experts: words of its states, specialties in one cell, and numbers that are not shown."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Final

from review_portal.domain.phone_numbers import mobile_number

# State -> the word that stands in the roster.
STATUSES: Final[Mapping[str, str]] = {"active": "在库", "paused": "暂停", "removed": "移出"}
ANY: Final = "不分专业"
_BETWEEN = re.compile(r"[、,，;；/／\s]+")
_DAY = r"(?:(?P<year{0}>[12][0-9]{{3}})年)?(?:(?P<month{0}>[0-9]{{1,2}})月)(?P<day{0}>[0-9]{{1,2}})日"
_DAYS = re.compile(
    _DAY.format("")
    + r"(?:[^月，,；;、]{0,12}?[至到—－~-]+(?:(?P<to_month>[0-9]{1,2})月)?(?P<to_day>[0-9]{1,2})日)?"
)


def specialties_of(field: str) -> tuple[str, ...]:
    """The specialties in a register's cell, each once; everybody can be drawn under `ANY`, which is none."""
    return tuple(dict.fromkeys(part for part in _BETWEEN.split(field) if part and part != ANY))


def masked(number: str) -> str:
    """199****1001: enough to tell two apart, not enough to call; empty stays empty."""
    if not number:
        return ""
    return f"{number[:3]}****{number[-4:]}" if len(number) > 10 else "****"


def masked_email(address: str) -> str:
    """j****@example.com; empty stays empty."""
    name, at, domain = address.partition("@")
    return f"{name[:1]}****@{domain}" if at else masked(address)


def masked_login(login: str) -> str:
    """A login that is a mobile number, as experts' are, without its middle; any other as it is."""
    return masked(login) if mobile_number(login) else login


def days_named(text: str, today: date) -> tuple[tuple[date, date], ...]:
    """First and last day of every period that a text names by month and day, such as 2月27日至28日.

    A day without a year is the next one that comes, today included. What is no day of the calendar is left
    out.
    """
    return tuple(found for match in _DAYS.finditer(text) if (found := _period(match, today)) is not None)


def _period(match: re.Match[str], today: date) -> tuple[date, date] | None:
    try:
        first = date(int(match["year"] or today.year), int(match["month"]), int(match["day"]))
        if not match["year"] and first < today:
            first = first.replace(year=today.year + 1)
        if not match["to_day"]:
            return first, first
        last = date(first.year, int(match["to_month"] or first.month), int(match["to_day"]))
    except ValueError:
        return None
    return (first, last) if first <= last <= first + timedelta(days=31) else (first, first)
