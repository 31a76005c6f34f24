"""Dates and times as the office writes them: Arabic figures without leading zeros, Shanghai time."""

from __future__ import annotations

from datetime import date, datetime
from zoneinfo import ZoneInfo

SHANGHAI = ZoneInfo("Asia/Shanghai")
_WEEKDAYS = "一二三四五六日"


def date_text(day: date) -> str:
    """2023年2月17日 (GB/T 9704-2012: no leading zeros). A time must go through `local_date` first."""
    if isinstance(day, datetime):
        raise TypeError("date_text takes a date; use local_date(moment) for a time")
    return f"{day.year}年{day.month}月{day.day}日"


def month_day_text(day: date) -> str:
    """2月17日."""
    return f"{day.month}月{day.day}日"


def weekday_text(day: date) -> str:
    """星期五."""
    return f"星期{_WEEKDAYS[day.weekday()]}"


def range_text(first: date, last: date) -> str:
    """2023年3月15日至3月21日; the year is repeated where it changes. ValueError: `last` is earlier."""
    if last < first:
        raise ValueError(f"the period ends ({last}) before it begins ({first})")
    if first == last:
        return date_text(first)
    end = month_day_text(last) if first.year == last.year else date_text(last)
    return f"{date_text(first)}至{end}"


def local_date(moment: datetime) -> date:
    """The calendar day in Shanghai. ValueError for a time without an offset."""
    return _local(moment).date()


def time_text(moment: datetime) -> str:
    """2023年3月7日16:20, Shanghai time. ValueError for a time without an offset."""
    local = _local(moment)
    return f"{date_text(local.date())}{local:%H:%M}"


def _local(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time without an offset cannot be shown in Shanghai time")
    return moment.astimezone(SHANGHAI)
