"""Dates as the office writes them."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from review_portal.domain import chinese_dates


def test_date_has_arabic_figures_without_leading_zeros() -> None:
    assert chinese_dates.date_text(date(2023, 2, 7)) == "2023年2月7日"
    assert chinese_dates.month_day_text(date(2023, 12, 30)) == "12月30日"


def test_weekday_is_named() -> None:
    assert chinese_dates.weekday_text(date(2023, 2, 17)) == "星期五"
    assert chinese_dates.weekday_text(date(2023, 2, 19)) == "星期日"


@pytest.mark.parametrize(
    ("first", "last", "shown"),
    [
        (date(2023, 3, 15), date(2023, 3, 21), "2023年3月15日至3月21日"),
        (date(2023, 12, 28), date(2024, 1, 4), "2023年12月28日至2024年1月4日"),
        (date(2023, 3, 15), date(2023, 3, 15), "2023年3月15日"),
    ],
)
def test_range_repeats_the_year_only_where_it_changes(first: date, last: date, shown: str) -> None:
    assert chinese_dates.range_text(first, last) == shown


def test_range_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(ValueError, match="ends"):
        chinese_dates.range_text(date(2023, 3, 2), date(2023, 3, 1))


def test_times_are_shown_in_shanghai() -> None:
    moment = datetime(2023, 2, 17, 16, 5, tzinfo=UTC)
    assert chinese_dates.time_text(moment) == "2023年2月18日00:05"
    assert chinese_dates.local_date(moment) == date(2023, 2, 18)


def test_time_without_an_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="offset"):
        chinese_dates.time_text(datetime(2023, 2, 17, 16, 5))  # noqa: DTZ001 - the refused input


def test_time_in_place_of_a_date_is_refused() -> None:
    with pytest.raises(TypeError, match="local_date"):
        chinese_dates.date_text(datetime(2023, 2, 17, 20, 0, tzinfo=UTC))
