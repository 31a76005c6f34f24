"""Days that count while a notice stands on the website, against a closed enumeration of every day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.chinese_dates import SHANGHAI
from review_portal.domain.errors import Invalid
from review_portal.domain.publicity_clock import Stretch, counted_days, day_end, periods
from review_portal.domain.working_days import WorkingCalendar

CALENDAR = WorkingCalendar()


def at(day: int, hour: int = 10, month: int = 3) -> datetime:
    return datetime(2023, month, day, hour, tzinfo=SHANGHAI)


def days(*stretches: Stretch, count_start: bool = True, n: int = 5) -> list[tuple[int, int]]:
    found = counted_days(stretches, n, CALENDAR, count_start=count_start)
    return [(day.month, day.day) for day in found]


def test_start_day_is_counted_or_not() -> None:
    assert days(Stretch(at(15))) == [(3, 15), (3, 16), (3, 17), (3, 20), (3, 21)]
    assert days(Stretch(at(15)), count_start=False) == [(3, 16), (3, 17), (3, 20), (3, 21), (3, 22)]


def test_start_on_a_day_off_begins_with_the_next_working_day() -> None:
    assert days(Stretch(at(18)))[0] == (3, 20)
    assert days(Stretch(at(18)), count_start=False)[0] == (3, 20)


def test_holidays_are_left_out_and_make_up_days_count() -> None:
    assert days(Stretch(at(26, month=4)), n=7) == [(4, 26), (4, 27), (4, 28), (5, 4), (5, 5), (5, 6), (5, 8)]


def test_day_of_a_takedown_does_not_count_and_midnight_ends_the_day_before() -> None:
    assert days(Stretch(at(15), at(17))) == [(3, 15), (3, 16)]
    assert days(Stretch(at(15), day_end(date(2023, 3, 17)))) == [(3, 15), (3, 16), (3, 17)]
    assert days(Stretch(at(15, 9), at(15, 18))) == []


def test_time_off_the_website_is_left_out_where_the_period_goes_on() -> None:
    again = Stretch(at(22), restarts=False)
    assert days(Stretch(at(15), at(17)), again) == [(3, 15), (3, 16), (3, 22), (3, 23), (3, 24)]
    assert days(Stretch(at(15), at(17)), again, count_start=False) == [
        (3, 16),
        (3, 23),
        (3, 24),
        (3, 27),
        (3, 28),
    ]
    assert days(Stretch(at(15), at(17, 9)), Stretch(at(17, 11), restarts=False))[2] == (3, 17)


def test_unknown_year_is_an_error() -> None:
    with pytest.raises(Invalid, match="2099年的节假日安排尚未录入"):
        counted_days([Stretch(datetime(2099, 3, 1, tzinfo=SHANGHAI))], 5, CALENDAR, count_start=True)


def test_every_restart_begins_a_period_and_others_go_on() -> None:
    first, second, third = Stretch(at(1), at(2)), Stretch(at(3), at(4)), Stretch(at(6), restarts=False)
    assert periods([first, second, third]) == [(first,), (second, third)]
    assert periods([]) == []


START = datetime(2023, 1, 1, tzinfo=SHANGHAI)
HOURS = 24 * 250  # within 2023, with room for the longest period


@given(
    moments=st.lists(st.integers(0, HOURS), min_size=1, max_size=9, unique=True),
    anew=st.lists(st.booleans(), min_size=5, max_size=5),
    n=st.integers(1, 15),
    count_start=st.booleans(),
)
def test_counting_by_day_equals_the_closed_enumeration(
    moments: list[int], anew: list[bool], n: int, count_start: bool
) -> None:
    """Up, down, up, down … at any hours: a day is in the period when it is a working day, the notice
    stands at its 24:00, and, where the start is not counted, stood there at the 24:00 before too.
    """
    times = [START + timedelta(hours=hour) for hour in sorted(moments)]
    ends: list[datetime | None] = [*times[1::2], None]
    stretches = [
        Stretch(since, until, restarts)
        for since, until, restarts in zip(times[::2], ends, anew, strict=False)
    ]
    for part in periods(stretches):
        expected = []
        for step in range(365):
            day = date(2023, 1, 1) + timedelta(days=step)
            inside = [one for one in part if one.since < day_end(day)]
            stands = bool(inside) and (inside[-1].until is None or day_end(day) <= inside[-1].until)
            early = stands and day_end(day - timedelta(days=1)) > inside[-1].since
            if stands and CALENDAR.is_working(day) and (count_start or early):
                expected.append(day)
        assert list(counted_days(part, n, CALENDAR, count_start=count_start)) == expected[:n]
    assert [one for part in periods(stretches) for one in part] == stretches
