"""Each step of a draw stands on the to-do list of whose step it is, and of nobody else."""

from __future__ import annotations

from datetime import timedelta

import pytest
from flask import Flask

from review_portal.services import (
    assignments,
    departures,
    draw_calls,
    draw_tasks,
    draw_views,
    draws,
    panels,
    rounds,
)
from review_portal.services.draw_tasks import waiting
from tests import factories, factories_draw
from tests import factories_reviews as build
from tests.factories_draw import PLAN, THROWS
from tests.factories_reviews import Scene
from tests.journeys.steps import Hand


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app, panel=())


def asked(app: Flask, scene: Scene) -> list[list[tuple[str, int]]]:
    """What waits for the officer, for the second officer and for the supervisor."""
    second = scene.office.second_officer.viewer(app)
    return [
        [(task.kind, task.count) for task in waiting(viewer, round_=scene.round)]
        for viewer in (scene.officer, second, scene.supervisor)
    ]


def test_steps_wait_for_whose_they_are(app: Flask, scene: Scene) -> None:
    number, value, reveal = ("number", 1), ("value", 1), ("reveal", 1)
    with app.app_context():
        assert asked(app, scene) == [[], [], []]
        draws.lock(scene.officer, round_=scene.round, plan=PLAN)
        assert asked(app, scene) == [[number], [number], [number]]
        draws.commit(scene.officer, round_=scene.round, number="1")
        assert asked(app, scene) == [[], [], [number]]
        draws.commit(scene.supervisor, round_=scene.round, number="2")
        assert asked(app, scene) == [[value], [value], []]
        draws.fix_value(scene.officer, round_=scene.round, value=THROWS)
        assert asked(app, scene) == [[reveal], [], [reveal]]
        draws.reveal(scene.officer, round_=scene.round)
        assert asked(app, scene) == [[], [], [reveal]]
        draws.reveal(scene.supervisor, round_=scene.round)
        assert asked(app, scene) == [[("call", 5)], [], []]


def test_other_side_that_does_not_reveal_is_told_after_ten_minutes(
    app: Flask, scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    with app.app_context():
        factories_draw.valued(scene)
        draws.reveal(scene.officer, round_=scene.round)
        real = draw_tasks.now
        monkeypatch.setattr(draw_tasks, "now", lambda: real() + timedelta(minutes=9))
        assert asked(app, scene)[0] == []
        monkeypatch.setattr(draw_tasks, "now", lambda: real() + timedelta(minutes=10))
        assert asked(app, scene) == [[("overdue", 1)], [], [("reveal", 1)]]


def test_calls_then_the_panel_wait_for_the_caller(app: Flask, scene: Scene) -> None:
    with app.app_context():
        draw = factories_draw.drawn(scene)
        current = draw_views.round_draws(scene.officer, round_=scene.round).current
        assert current is not None
        first, *rest = current.seats
        draw_calls.log_call(scene.officer, draw=draw, expert=first.number, outcome="unreached")
        for seat in rest:
            draw_calls.log_call(scene.officer, draw=draw, expert=seat.number, outcome="agreed")
        assert asked(app, scene) == [[("call", 1)], [], []]
        draw_calls.log_call(scene.officer, draw=draw, expert=first.number, outcome="agreed")
        assert asked(app, scene) == [[("panel", 5)], [], []]
        ready = draw_views.round_draws(scene.officer, round_=scene.round).confirmed
        panels.set_panel(scene.officer, round_=scene.round, experts=ready)
        assert asked(app, scene) == [[], [], []]


def test_next_in_order_is_telephoned_and_seated_when_somebody_leaves_the_round(
    app: Flask, scene: Scene
) -> None:
    caller = hand(app, scene.office.officer)
    home = f"/secretariat/{scene.call}/"
    with app.app_context():
        draw = factories_draw.drawn(scene)
        current = draw_views.round_draws(scene.officer, round_=scene.round).current
        assert current is not None
        for seat in current.seats:
            draw_calls.log_call(scene.officer, draw=draw, expert=seat.number, outcome="agreed")
        ready = draw_views.round_draws(scene.officer, round_=scene.round).confirmed
        panels.set_panel(scene.officer, round_=scene.round, experts=ready)
        assignments.assign_all(scene.officer, round_=scene.round)
        rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
        assert asked(app, scene) == [[], [], []]
        leaver = panels.list_members(scene.officer, round_=scene.round)[0].public_id
        wish = departures.ask_departure(scene.officer, member=leaver, reason="突发疾病（示例）")
        departures.decide_departure(scene.supervisor, approval=wish, approve=True)
        assert asked(app, scene) == [[("call", 1)], [], []]
        current = draw_views.round_draws(scene.officer, round_=scene.round).current
        assert current is not None
        (number,) = [seat.number for seat in current.seats if seat.outcome != "agreed"]
    caller.get(home)
    caller.follow("拨打")
    caller.sees(number)
    with app.app_context():
        draw_calls.log_call(scene.officer, draw=draw, expert=number, outcome="agreed")
        assert asked(app, scene) == [[], [], []]
    caller.get(home)
    caller.follow("办理", "递补专家入组")
    caller.press("列入专家组", {"核实依据": "已核对（示例）"})
    caller.sees("递补专家1人已入组。")
    caller.get(home)
    assert "递补专家入组" not in caller.page.doc.xpath("string(//main//table[1])")


def test_void_draw_waits_for_a_supplement(app: Flask, scene: Scene) -> None:
    with app.app_context():
        factories_draw.valued(scene, build.replace(PLAN, on_refusal="void"))
        draws.refuse(scene.supervisor, round_=scene.round, reason="忘记（示例）")
        draws.reveal(scene.officer, round_=scene.round)
        assert asked(app, scene) == [[("supplement", 5)], [("supplement", 5)], []]


def hand(app: Flask, who: factories.Credential) -> Hand:
    made = Hand(app)
    made.log_in(who.login, who.password)
    return made


def test_both_homes_lead_to_the_step(app: Flask, scene: Scene) -> None:
    with app.app_context():
        draws.lock(scene.officer, round_=scene.round, plan=PLAN)
    for who, home in (
        (scene.office.officer, f"/secretariat/{scene.call}/"),
        (scene.office.supervisor_a, f"/supervisor/{scene.call}/"),
    ):
        made = hand(app, who)
        made.get(home)
        made.sees("专家抽取：提交本方的数")
        made.follow("提交")
        assert made.page.path == f"/draw/{scene.round}"
    officer = hand(app, scene.office.officer)
    with app.app_context():
        draws.commit(scene.officer, round_=scene.round, number="1")
    officer.get(f"/secretariat/{scene.call}/")
    assert "提交本方的数" not in officer.page.text


def test_public_value_is_compared_before_it_is_written_for_good(app: Flask, scene: Scene) -> None:
    with app.app_context():
        factories_draw.committed(scene)
    officer = hand(app, scene.office.officer)
    officer.get(f"/draw/{scene.round}")
    officer.press("核对公开数", {"读出的公开数": THROWS})
    with app.app_context():
        assert asked(app, scene)[0] == [("value", 1)]
    other = THROWS[::-1]
    officer.press("改正后重新核对", {"读出的公开数": other})
    officer.press("与现场一致，记录")
    with app.app_context():
        current = draw_views.round_draws(scene.officer, round_=scene.round).current
        assert current is not None
        assert current.standing.draw.public_value is not None
        assert current.standing.draw.public_value.value == other


def test_fallback_keeps_its_reason_through_the_comparison(app: Flask, scene: Scene) -> None:
    with app.app_context():
        factories_draw.committed(scene)
    officer = hand(app, scene.office.officer)
    officer.get(f"/draw/{scene.round}")
    told = {"读出的公开数": "0123456789" * 2, "不能使用的原因": "六面骰子遗失（示例）", "fallback": "1"}
    officer.press("核对公开数", told)
    officer.press("与现场一致，记录")
    officer.sees("六面骰子遗失（示例）", "公开数已记录。")
