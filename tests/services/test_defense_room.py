"""The room while the defense is held: one step after the other, the screens that follow."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal import clock
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier
from review_portal.services import (
    defense_control,
    defense_records,
    defense_room,
    defenses,
    departures,
    panels,
    reviews,
    worklist,
)
from tests import defense_round
from tests.defense_round import Defense, viewer_of
from tests.services.counting import queries

FIRST = datetime(2023, 3, 7, 1, 0, tzinfo=UTC)
LATE = "规定时间后15分钟未到场"


@pytest.fixture
def running(app: Flask, db: SQLAlchemy) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def officer(running: Defense) -> Viewer:
    return viewer_of(running.office.officer)


@pytest.fixture
def slots(app: Flask, running: Defense) -> dict[str, str]:
    return running.slots(app)


def press(actor: Viewer, made: Defense, *acts: str) -> None:
    for act in acts:
        seen = defense_control.offer(actor, round_=made.round_).version
        defense_control.press(actor, round_=made.round_, act=act, seen=seen)


def shown(viewer: Viewer, made: Defense) -> defense_room.Room:
    return defense_room.room(viewer, round_=made.round_)


def phase(viewer: Viewer, made: Defense) -> str | None:
    room = shown(viewer, made)
    return room.clock.phase if room.clock else None


def withdraw(number: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Dossier).where(Dossier.number == number)).one().state = "withdrawn"


def test_turn_goes_from_waiting_to_the_end_step_by_step(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.call_in(officer, slot=slots["2023-001"])
    seen = [phase(officer, running)]
    for act in ("start", "pause", "resume", "end_presentation", "ask", "add_minute", "finish"):
        press(officer, running, act)
        seen.append(phase(officer, running))
    assert seen == [
        "waiting",
        "presenting",
        "presenting",
        "presenting",
        "presented",
        "asking",
        "asking",
        "over",
    ]


def test_every_step_is_on_the_chain_with_its_turn(
    officer: Viewer, running: Defense, slots: dict[str, str], db: SQLAlchemy
) -> None:
    defenses.call_in(officer, slot=slots["2023-001"])
    press(officer, running, "start", "end_presentation")
    query = sa.select(AuditEntry).where(AuditEntry.action == "control_defense").order_by(AuditEntry.sequence)
    kept = [(entry.object_id, entry.detail["control"]) for entry in db.session.scalars(query)]
    assert kept == [(slots["2023-001"], "start"), (slots["2023-001"], "end_presentation")]


def test_clock_stands_until_the_presentation_starts_and_then_runs(
    officer: Viewer, running: Defense, slots: dict[str, str], request: pytest.FixtureRequest
) -> None:
    request.addfinalizer(lambda: clock.run_from(None))
    clock.run_from(FIRST)
    defenses.call_in(officer, slot=slots["2023-001"])
    clock.run_from(FIRST + timedelta(minutes=5))
    waiting = shown(officer, running).clock
    press(officer, running, "start")
    clock.run_from(FIRST + timedelta(minutes=16))
    late = shown(officer, running).clock
    assert waiting is not None and late is not None
    assert (waiting.left, waiting.running) == (600, False)
    assert (late.phase, late.running, -62 <= late.left <= -59) == ("presenting", True, True)
    assert defense_control.offer(officer, round_=running.round_).acts[0] == "ask"


def test_second_controller_with_an_older_page_changes_nothing(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    chair = viewer_of(running.chair)
    defenses.call_in(officer, slot=slots["2023-001"])
    seen = defense_control.offer(chair, round_=running.round_).version
    press(officer, running, "start")
    with pytest.raises(Conflict) as refused:
        defense_control.press(chair, round_=running.round_, act="send_back", seen=seen)
    assert str(refused.value) == "会场状态刚有变化，本次操作未执行。请按页面上的最新状态办理。"
    assert phase(officer, running) == "presenting"


def test_double_press_counts_once(officer: Viewer, running: Defense, slots: dict[str, str]) -> None:
    defenses.call_in(officer, slot=slots["2023-001"])
    press(officer, running, "start")
    seen = defense_control.offer(officer, round_=running.round_).version
    defense_control.press(officer, round_=running.round_, act="add_minute", seen=seen)
    with pytest.raises(Conflict):
        defense_control.press(officer, round_=running.round_, act="add_minute", seen=seen)
    room = shown(officer, running)
    assert room.clock is not None and room.clock.seconds == 660


def test_next_unit_waits_until_the_one_inside_is_done(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.call_in(officer, slot=slots["2023-001"])
    with pytest.raises(Conflict) as refused:
        defenses.call_in(officer, slot=slots["2023-003"])
    assert str(refused.value) == "上一家尚未结束，请先结束上一家，再请下一家进场。"
    press(officer, running, "start", "end_presentation", "ask", "finish")
    defenses.call_in(officer, slot=slots["2023-003"])
    room = shown(officer, running)
    assert room.current is not None and room.next is not None
    assert (room.current.number, room.next.number) == ("2023-003", "2023-004")


def test_unit_called_by_mistake_goes_back_and_may_be_called_again(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.call_in(officer, slot=slots["2023-003"])
    press(officer, running, "send_back")
    room = shown(officer, running)
    assert room.current is None and room.next is not None and room.next.number == "2023-001"
    defenses.call_in(officer, slot=slots["2023-003"])


def test_calling_in_is_for_secretariat_and_chair(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    slot = slots["2023-001"]
    for stranger in (running.expert, running.office.supervisor_a):
        with pytest.raises(NotFound):
            defenses.call_in(viewer_of(stranger), slot=slot)
        with pytest.raises(NotFound):
            defense_control.press(viewer_of(stranger), round_=running.round_, act="start", seen=0)
    defenses.call_in(viewer_of(running.chair), slot=slot)
    with pytest.raises(Conflict) as refused:
        defenses.call_in(officer, slot=slot)
    assert str(refused.value) == "该单位已请进场。"


def test_act_that_nobody_knows_or_nobody_is_in_for_is_refused(officer: Viewer, running: Defense) -> None:
    for act in ("start", "", "unknown"):
        with pytest.raises(Conflict):
            defense_control.press(officer, round_=running.round_, act=act, seen=0)


def test_room_goes_on_when_a_conclusion_is_recorded(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.call_in(officer, slot=slots["2023-001"])
    before = shown(officer, running).code
    defense_records.record(
        officer, slot=slots["2023-001"], attendees=[("甲示例", "主讲人", True)], result="recommended"
    )
    after = shown(officer, running)
    assert (after.over, after.next.number if after.next else "", after.code != before) == (
        True,
        "2023-003",
        True,
    )
    assert defense_control.offer(officer, round_=running.round_).acts == ()
    defenses.call_in(officer, slot=slots["2023-003"])


def test_room_names_who_gave_up_and_passes_it_over(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    asked = defense_records.ask_absent(
        viewer_of(running.chair), slot=slots["2023-001"], reason=LATE, early="未排定时间（示例）"
    )
    before = shown(officer, running).code
    defense_records.decide_absent(viewer_of(running.office.supervisor_a), approval=asked, approve=True)
    room = shown(officer, running)
    assert (room.absent, room.next.number if room.next else "") == (("重庆示例绿能科技有限公司",), "2023-003")
    assert room.code != before
    with pytest.raises(Conflict):
        defenses.call_in(officer, slot=slots["2023-001"])


def test_unit_that_withdraws_is_passed_over_and_the_screens_look_again(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    before = shown(officer, running)
    withdraw("2023-001")
    after = shown(officer, running)
    assert (after.slots, after.next.number if after.next else "") == (2, "2023-003")
    assert before.code != after.code
    with pytest.raises(Conflict) as refused:
        defenses.call_in(officer, slot=slots["2023-001"])
    assert str(refused.value) == "该单位已撤回申报。"


def test_round_is_done_when_the_last_unit_has_left(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    for number in ("2023-001", "2023-003", "2023-004"):
        assert not shown(officer, running).done
        defenses.call_in(officer, slot=slots[number])
        press(officer, running, "start", "end_presentation", "finish")
    room = shown(officer, running)
    assert (room.done, room.next) == (True, None)
    press(officer, running, "reopen")  # a turn ended by mistake
    assert not shown(officer, running).done


def test_look_at_an_unchanged_room_reads_one_row(officer: Viewer, running: Defense) -> None:
    expert = viewer_of(running.expert)
    code = defense_room.code(officer, round_=running.round_)
    assert code == shown(officer, running).code
    for viewer in (officer, expert):
        assert queries(lambda viewer=viewer: defense_room.code(viewer, round_=running.round_)) == 1


def test_room_is_for_the_offices_and_the_panel(running: Defense) -> None:
    stranger = viewer_of(running.office.administrator)
    assert shown(viewer_of(running.expert), running).slots == 3
    for look in (defense_room.room, defense_room.code):
        with pytest.raises(NotFound):
            look(stranger, round_=running.round_)
    assert defense_room.live_round(stranger) is None


def test_strip_leads_to_the_own_sheet_of_the_unit_that_is_in(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    expert = viewer_of(running.expert)
    assert defense_room.live_round(expert) == running.round_
    defenses.call_in(officer, slot=slots["2023-001"])
    live = defense_room.live(expert, round_=running.round_)
    (row,) = [row for row in worklist.worklist(expert)[0].rows if row.number == "2023-001"]
    assert live is not None and live.current is not None and live.next is not None
    assert (live.review, live.current.leaves, live.next.number) == (row.review, False, "2023-003")
    assert (live.next.leaves, live.next.unit) == (True, None)


def test_recused_expert_is_told_to_leave_and_when_to_come_back(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    defenses.set_timetable(officer, round_=running.round_, first=FIRST, break_minutes=5)
    defenses.call_in(officer, slot=slots["2023-003"])
    live = defense_room.live(viewer_of(running.expert), round_=running.round_)
    other = defense_room.live(viewer_of(running.chair), round_=running.round_)
    assert live is not None and live.current is not None and other is not None and other.current is not None
    assert (live.current.leaves, live.current.unit, live.review) == (True, None, None)
    assert live.back_at == FIRST + timedelta(minutes=50)
    assert (other.current.leaves, other.back_at) == (False, None)


def test_recusal_declared_in_the_room_makes_the_screens_look_again(
    officer: Viewer, running: Defense, slots: dict[str, str]
) -> None:
    expert = viewer_of(running.expert)
    reviews.sign_pledge(expert, round_=running.round_)
    before = defense_room.code(officer, round_=running.round_)
    (row,) = [row for row in worklist.worklist(expert)[0].rows if row.number == "2023-001"]
    reviews.declare(expert, dossier=row.dossier, answer="recuse", reason="曾有合作（示例）")
    assert defense_room.code(officer, round_=running.round_) != before
    rows = defense_room.list_slots(officer, round_=running.round_)
    assert {row.number: row.leaving for row in rows}["2023-001"] == ("示例专家2",)


def test_expert_finds_the_sheets_in_the_drawn_order(
    app: Flask, db: SQLAlchemy, officer: Viewer, running: Defense
) -> None:
    expert = viewer_of(running.chair)
    rows = worklist.worklist(expert)[0].rows
    assert [(row.turn, row.number) for row in rows] == [(1, "2023-001"), (2, "2023-003"), (3, "2023-004")]


def test_room_counts_who_still_sits_on_the_panel(app: Flask, officer: Viewer, running: Defense) -> None:
    assert shown(officer, running).panel == 5
    (member,) = [
        row for row in panels.list_members(officer, round_=running.round_) if row.name == "示例专家3"
    ]
    asked = departures.ask_departure(officer, member=member.public_id, reason="因病退出（示例）")
    departures.decide_departure(viewer_of(running.office.supervisor_a), approval=asked, approve=True)
    assert shown(officer, running).panel == 4
