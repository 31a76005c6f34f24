"""Planned times: one turn after another, none inside a pause."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.defense_timetable import Pause, starts

NINE = datetime(2023, 3, 7, 1, 0, tzinfo=UTC)
TWENTY, FIVE = timedelta(minutes=20), timedelta(minutes=5)
PAUSES = st.lists(
    st.builds(
        lambda at, long: Pause(
            NINE + timedelta(minutes=at), NINE + timedelta(minutes=at) + timedelta(minutes=long)
        ),
        st.integers(-60, 600),
        st.integers(1, 900),
    ),
    max_size=4,
)


def test_turns_follow_each_other_with_the_break_between() -> None:
    assert starts(NINE, 3, length=TWENTY, between=FIVE) == [NINE + n * (TWENTY + FIVE) for n in range(3)]


def test_turn_that_would_reach_into_lunch_waits_for_its_end() -> None:
    lunch = Pause(NINE + timedelta(minutes=30), NINE + timedelta(minutes=90))
    planned = starts(NINE, 3, length=TWENTY, between=FIVE, pauses=[lunch])
    assert [(at - NINE).total_seconds() / 60 for at in planned] == [0, 90, 115]


@given(st.integers(0, 12), st.integers(0, 30), PAUSES)
def test_no_turn_touches_a_pause_or_another_turn(count: int, minutes: int, pauses: list[Pause]) -> None:
    between = timedelta(minutes=minutes)
    planned = starts(NINE, count, length=TWENTY, between=between, pauses=pauses)
    assert len(planned) == count
    assert all(pause.ends <= at or at + TWENTY <= pause.begins for at in planned for pause in pauses)
    assert all(one + TWENTY + between <= other for one, other in pairwise(planned))
