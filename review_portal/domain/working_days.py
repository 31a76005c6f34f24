"""Working days of the People's Republic and the periods that are counted in them.

The State Council's holiday notice moves days off and days of work every year, usually in November for the
next one.
A year before its notice is unknown: asking for it is an error, never a guess.
"""

from __future__ import annotations

import calendar as months
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta, tzinfo
from typing import Literal
from zoneinfo import ZoneInfo

import chinese_calendar

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")

Roll = Literal["none", "next_working_day"]
ReceiptRule = Literal["arrival", "postmark"]
Receipt = Literal["on_time", "on_time_flag_deadline_day", "late"]
Application = Literal["on_time", "on_time_rolled", "late"]


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """Which days are working days: the library's years, corrected and continued by an override table.

    off, work: days that differ from what the library says. years: further years (not yet in the library)
    that the table covers completely; there a weekday is a working day unless `off`, a weekend is not unless
    `work`.
    """

    off: frozenset[date] = frozenset()
    work: frozenset[date] = frozenset()
    years: frozenset[int] = field(default_factory=frozenset)

    def __post_init__(self) -> None:
        both = sorted(self.off & self.work)
        if both:
            raise Invalid(
                mark("工作日表中%(day)s既是休假日又是工作日，请只保留一处。", day=_printed(both[0]))
            )

    @classmethod
    def from_table(cls, table: Mapping[str, Iterable[date | str | int]]) -> WorkingCalendar:
        """From `off` and `work` (dates or ISO text) and `years` (whole numbers); other keys and bad dates
        are Invalid.
        """
        unknown = sorted(set(table) - {"off", "work", "years"})
        if unknown:
            raise Invalid(mark("工作日表只有off、work和years三项，不认识“%(key)s”，请改正。", key=unknown[0]))
        try:
            return cls(
                off=frozenset(_day(entry) for entry in table.get("off", ())),
                work=frozenset(_day(entry) for entry in table.get("work", ())),
                years=frozenset(int(str(entry)) for entry in table.get("years", ())),
            )
        except ValueError as error:
            raise Invalid(
                mark(
                    "工作日表有误（%(reason)s），日期请写成2027-01-01的形式，年份请写成整数。",
                    reason=str(error),
                )
            ) from error

    def is_working(self, day: date) -> bool:
        """Whether offices work on this day. Invalid if the year's holidays are not known."""
        if day in self.off:
            return False
        if day in self.work:
            return True
        if day.year in self.years:
            return day.weekday() < 5
        try:
            return bool(chinese_calendar.is_workday(day))
        except NotImplementedError as error:
            raise Invalid(
                mark(
                    "%(year)s年的节假日安排尚未录入，请由系统管理员在“工作日表”中录入该年的休假日和调休上班日后再办理。",
                    year=day.year,
                )
            ) from error

    def roll_forward(self, day: date) -> date:
        """The day itself if it is a working day, else the next one."""
        while not self.is_working(day):
            day += timedelta(days=1)
        return day

    def period_end(self, start: date, working_days: int, *, count_start: bool = True) -> date:
        """Last day of a period of so many working days.

        count_start: the start itself is the first of them (if it is a working day; else the first working
        day after it); otherwise counting begins on the next day. Invalid for a period shorter than one day.
        """
        if working_days < 1:
            raise Invalid(mark("期限至少为1个工作日，请改正。"))
        day = self.roll_forward(start if count_start else start + timedelta(days=1))
        for _ in range(working_days - 1):
            day = self.roll_forward(day + timedelta(days=1))
        return day

    def working_days(self, first: date, last: date) -> int:
        """How many working days lie in first .. last, both included; 0 if last is earlier."""
        span = (last - first).days + 1
        return sum(self.is_working(first + timedelta(days=step)) for step in range(max(span, 0)))


@dataclass(frozen=True, slots=True)
class DueDate:
    """When something is due: `nominal` by the count of months, `due` after rolling over days off."""

    nominal: date
    due: date

    @property
    def note(self) -> Message | None:
        """What a page says when the day moved; None when it did not."""
        if self.due == self.nominal:
            return None
        return mark(
            "到期日%(nominal)s为休假日，顺延至%(due)s。",
            nominal=_printed(self.nominal),
            due=_printed(self.due),
        )

    def standing(self, applied: date) -> Application:
        """on_time up to the nominal day, on_time_rolled up to the day it moved to (flagged on the page),
        then late.
        """
        if applied <= self.nominal:
            return "on_time"
        return "on_time_rolled" if applied <= self.due else "late"


def acceptance_due(
    stage_end: date, calendar: WorkingCalendar, *, roll: Roll = "next_working_day", after_months: int = 1
) -> DueDate:
    """By when annual acceptance must be applied for: so many months after the last day of the stage.

    The day of the month is kept, or the month's last day where it is shorter (30 November -> 30 December,
    31 January -> 28 February). roll: a due day off moves to the next working day, or not.
    """
    year, month = divmod(stage_end.year * 12 + stage_end.month - 1 + after_months, 12)
    last = months.monthrange(year, month + 1)[1]
    nominal = date(year, month + 1, min(stage_end.day, last))
    return DueDate(nominal, calendar.roll_forward(nominal) if roll == "next_working_day" else nominal)


def receipt_standing(
    received: datetime, deadline: datetime, zone: tzinfo = OFFICE_ZONE, *, by: ReceiptRule = "arrival"
) -> Receipt:
    """Where a receipt stands against a deadline, the first instant that is too late.

    by: what counts as received, the arrival itself or a postmark, which has no hour: any on the last day is
    in time. A receipt on the last day (in `zone`) is on time and flagged. ValueError for a time without an
    offset.
    """
    if received.tzinfo is None or deadline.tzinfo is None:
        raise ValueError("a time without an offset cannot be compared with a deadline")
    last_day = (deadline - timedelta(microseconds=1)).astimezone(zone).date()
    day = received.astimezone(zone).date()
    if received >= deadline if by == "arrival" else day > last_day:
        return "late"
    return "on_time_flag_deadline_day" if day == last_day else "on_time"


def _day(entry: date | str | int) -> date:
    return entry if isinstance(entry, date) else date.fromisoformat(str(entry))


def _printed(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"
