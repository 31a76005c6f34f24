"""The turn's table: what may be done when, and what the clock shows."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain import defense_clock as table
from review_portal.domain.defense_clock import Clock
from review_portal.domain.errors import Conflict

NINE = datetime(2023, 3, 7, 1, 0, tzinfo=UTC)
TEN_MINUTES = 600


def later(seconds: int) -> datetime:
    return NINE + timedelta(seconds=seconds)


def run(*acts: tuple[str, int], questions: int = TEN_MINUTES) -> Clock:
    """A unit called in at nine, then each act at its second."""
    clock = table.called(TEN_MINUTES)
    for act, second in acts:
        clock = table.after(clock, act, questions, later(second))
    return clock


def test_clock_stands_until_the_presentation_starts() -> None:
    assert (run().phase, run().remaining(later(300))) == ("waiting", 600)
    assert run(("start", 300)).remaining(later(310)) == 590


def test_pause_keeps_the_time_that_is_left() -> None:
    paused = run(("start", 0), ("pause", 100))
    assert (paused.phase, paused.remaining(later(1000))) == ("presenting", 500)
    resumed = table.after(paused, "resume", TEN_MINUTES, later(1000))
    assert resumed.remaining(later(1001)) == 499


@pytest.mark.parametrize("acts", [[("start", 0)], [("start", 0), ("pause", 10)]])
def test_added_minute_is_a_minute_more_running_or_not(acts: list[tuple[str, int]]) -> None:
    clock = run(*acts)
    more = table.after(clock, "add_minute", TEN_MINUTES, later(10))
    assert more.remaining(later(10)) - clock.remaining(later(10)) == 60


def test_questions_do_not_begin_by_themselves_when_the_time_is_over() -> None:
    clock = run(("start", 0))
    assert (clock.phase, clock.remaining(later(660))) == ("presenting", -60)
    assert table.offered(clock, TEN_MINUTES, later(660))[0] == "ask"
    assert table.offered(clock, TEN_MINUTES, later(599))[0] == "end_presentation"


def test_questions_begin_with_their_own_time() -> None:
    assert run(("start", 0), ("end_presentation", 90), ("ask", 120)).remaining(later(121)) == 599


def test_turn_ended_too_early_is_taken_up_again_with_the_time_that_was_left() -> None:
    clock = run(("start", 0), ("end_presentation", 90), ("ask", 100), ("finish", 200), ("reopen", 300))
    assert (clock.phase, clock.since, clock.left) == ("asking", None, 500)


def test_without_question_time_the_turn_ends_after_the_presentation() -> None:
    clock = run(("start", 0), ("end_presentation", 90), questions=0)
    assert table.offered(clock, 0, later(90)) == ("finish",)


@given(
    st.lists(st.tuples(st.sampled_from(sorted(table.ACTS)), st.integers(0, 900)), max_size=12),
    st.sampled_from([0, 60, 600]),
)
def test_only_offered_acts_are_done(acts: list[tuple[str, int]], questions: int) -> None:
    clock, at = table.called(TEN_MINUTES), NINE
    for act, wait in acts:
        at += timedelta(seconds=wait)
        if act in table.offered(clock, questions, at):
            clock = table.after(clock, act, questions, at)
        else:
            with pytest.raises(Conflict):
                table.after(clock, act, questions, at)
        assert clock.phase in table.PHASES
