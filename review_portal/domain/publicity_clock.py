"""The publicity clock: which days count while a notice stands on the official website.

A working day counts when the notice is on the website at its end (24:00 in Shanghai); the day on which it
appeared counts only where the rule says so. A takedown or a correction begins a new period, or time off the
website is left out: which of the two is the call's rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from review_portal.domain.chinese_dates import SHANGHAI, local_date
from review_portal.domain.working_days import WorkingCalendar

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Stretch:
    """The notice on the website from `since` up to `until` (aware), None while it is still there.

    `restarts`: it begins a period of its own and does not go on with the one before.
    """

    since: datetime
    until: datetime | None = None
    restarts: bool = True


def day_end(day: date) -> datetime:
    """24:00 of a day in Shanghai: the first instant that is no longer of it."""
    return datetime.combine(day + _DAY, time(), SHANGHAI)


def counted_days(
    stretches: Sequence[Stretch], working_days: int, calendar: WorkingCalendar, *, count_start: bool
) -> tuple[date, ...]:
    """The days of one period in order, at most `working_days`; a notice that still stands is taken to stay.

    `stretches` follow each other. Raises `Invalid` where a year's days off are not known.
    """
    days: list[date] = []
    for stretch in stretches:
        day = local_date(stretch.since) + (timedelta(0) if count_start else _DAY)
        while len(days) < working_days and (stretch.until is None or day_end(day) <= stretch.until):
            if calendar.is_working(day):
                days.append(day)
            day += _DAY
    return tuple(days)


def periods(stretches: Sequence[Stretch]) -> list[tuple[Stretch, ...]]:
    """The stretches of each period, in order: the first one and every one that restarts begins one."""
    found: list[list[Stretch]] = []
    for stretch in stretches:
        if stretch.restarts or not found:
            found.append([])
        found[-1].append(stretch)
    return [tuple(part) for part in found]
