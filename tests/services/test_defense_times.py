"""The timetable of a defense: planned from the first start on, planned anew, one turn moved."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.domain.defense_timetable import Pause
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Viewer
from review_portal.services import defense_room, defenses
from tests import defense_round
from tests.defense_round import Defense, viewer_of

FIRST = datetime(2023, 3, 7, 1, 0, tzinfo=UTC)


@pytest.fixture
def running(app: Flask, db: SQLAlchemy) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def officer(running: Defense) -> Viewer:
    return viewer_of(running.office.officer)


@pytest.fixture
def slots(app: Flask, running: Defense) -> dict[str, str]:
    return running.slots(app)


def shown(viewer: Viewer, made: Defense) -> defense_room.Room:
    return defense_room.room(viewer, round_=made.round_)


def starts(viewer: Viewer, made: Defense) -> list[int | None]:
    """Minutes after the first start."""
    rows = defense_room.list_slots(viewer, round_=made.round_)
    return [int((row.starts_at - FIRST).total_seconds() / 60) if row.starts_at else None for row in rows]


def test_timetable_gives_each_turn_its_minutes_the_break_and_lunch(officer: Viewer, running: Defense) -> None:
    lunch = Pause(FIRST + timedelta(minutes=40), FIRST + timedelta(minutes=100))
    defenses.set_timetable(
        officer, round_=running.round_, first=FIRST, break_minutes=5, pauses=[("午休", lunch)]
    )
    room = shown(officer, running)
    assert starts(officer, running) == [0, 100, 125]
    assert (room.call_minutes, room.pauses) == (20, (("午休", lunch.begins, lunch.ends),))


def test_timetable_waits_for_the_order(app: Flask, db: SQLAlchemy) -> None:
    made = defense_round.shortlisted(app)
    viewer = viewer_of(made.office.officer)
    defenses.prepare(viewer, round_=made.round_)
    with pytest.raises(Conflict) as refused:
        defenses.set_timetable(viewer, round_=made.round_, first=FIRST)
    assert str(refused.value) == "请先抽签确定答辩顺序，再排时间。"


def test_timetable_planned_anew_leaves_units_that_were_called_in(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.set_timetable(officer, round_=running.round_, first=FIRST)
    defenses.call_in(officer, slot=slots["2023-001"])
    defenses.set_timetable(officer, round_=running.round_, first=FIRST + timedelta(minutes=60))
    assert starts(officer, running) == [0, 60, 80]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"break_minutes": 241}, "break_minutes"),
        ({"call_minutes": -1}, "call_minutes"),
        ({"pauses": [("午休", Pause(FIRST, FIRST))]}, "pause-0"),
        ({"pauses": [("午休", Pause(FIRST, FIRST + timedelta(days=4)))]}, "pause-0"),
    ],
)
def test_timetable_out_of_reason_is_refused_at_the_field(
    officer: Viewer, running: Defense, changes: dict[str, object], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        defenses.set_timetable(officer, round_=running.round_, first=FIRST, **changes)  # type: ignore[arg-type]
    assert (list(refused.value.fields), starts(officer, running)) == ([field], [None, None, None])


@pytest.mark.parametrize(
    ("minutes", "following", "expected"),
    [(45, True, [0, 45, 65]), (20, False, [0, 20, 40])],
)
def test_moved_turn_takes_those_after_it_along_where_asked(
    officer: Viewer,
    running: Defense,
    slots: dict[str, str],
    minutes: int,
    following: bool,
    expected: list[int],
) -> None:
    defenses.set_timetable(officer, round_=running.round_, first=FIRST)
    start = FIRST + timedelta(minutes=minutes)
    defenses.move_turn(
        officer, slot=slots["2023-003"], start=start, reason="单位路上堵车", following=following
    )
    assert starts(officer, running) == expected


@pytest.mark.parametrize(
    ("minutes", "reason", "field"), [(45, "堵车", "start"), (10, "堵车", "start"), (20, " ", "reason")]
)
def test_turn_is_not_moved_onto_another_nor_without_a_reason(
    officer: Viewer, running: Defense, slots: dict[str, str], minutes: int, reason: str, field: str
) -> None:
    defenses.set_timetable(officer, round_=running.round_, first=FIRST)
    with pytest.raises(Invalid) as refused:
        start = FIRST + timedelta(minutes=minutes)
        defenses.move_turn(officer, slot=slots["2023-003"], start=start, reason=reason)
    assert (list(refused.value.fields), starts(officer, running)) == ([field], [0, 20, 40])


def test_turn_is_moved_only_while_it_is_to_come_and_from_a_page_that_is_right(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    slot, later = slots["2023-004"], FIRST + timedelta(minutes=90)
    with pytest.raises(Conflict):
        defenses.move_turn(officer, slot=slot, start=later, reason="堵车")
    defenses.set_timetable(officer, round_=running.round_, first=FIRST)
    with pytest.raises(Conflict):
        defenses.move_turn(officer, slot=slot, start=later, reason="堵车", seen=0)
    with pytest.raises(NotFound):
        defenses.move_turn(viewer_of(running.expert), slot=slot, start=later, reason="堵车")
