"""Telephoning the drawn: who does not come is followed by the next in order, and few know who they are."""

from __future__ import annotations

import io
import zipfile
from datetime import timedelta

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.domain.draw import verify_record
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.services import (
    audit,
    draw_calls,
    draw_package,
    draw_phones,
    draw_pool,
    draw_views,
    draws,
    panels,
)
from review_portal.services.draws import Plan
from tests import factories_draw
from tests import factories_reviews as build
from tests.factories_draw import PLAN, drawn
from tests.factories_reviews import Scene


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    made = build.prepared(app, panel=())
    db.session.rollback()
    return made


def at_minute(monkeypatch: pytest.MonkeyPatch, minute: int) -> None:
    """The database's clock, so much later: what waits ten minutes is not waited for."""
    real = factories_draw.real_now
    for module in (draw_calls, draws, audit):
        monkeypatch.setattr(module, "now", lambda: real() + timedelta(minutes=minute))


def seated(scene: Scene) -> list[str]:
    (phones,) = draw_phones.phone_list(scene.officer, round_=scene.round)
    return [line.number for line in phones.lines]


def no_colleagues(scene: Scene) -> Plan:
    """Nobody in order is passed by because a colleague sits already."""
    return build.replace(PLAN, left_out={scene.experts["辛示例"]: "与甲示例同单位"})


def first_standby(scene: Scene) -> str:
    view = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert view is not None
    return view.standby[0].number


@pytest.mark.parametrize("outcome", ["declined", "recused"])
def test_who_declines_or_must_recuse_is_followed_by_the_next_in_order(scene: Scene, outcome: str) -> None:
    public_id = drawn(scene, no_colleagues(scene))
    leaver, following = seated(scene)[2], first_standby(scene)
    said = draw_calls.log_call(
        scene.officer, draw=public_id, expert=leaver, outcome=outcome, note="出差（示例）"
    )
    assert said == following
    assert seated(scene)[2] == following
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=public_id)))
    assert verify_record(archive.read("抽取记录.json")) == []
    assert audit.verify().holds


@pytest.mark.parametrize("outcome", ["declined", "recused"])
def test_reason_is_asked_for(scene: Scene, outcome: str) -> None:
    public_id = drawn(scene)
    with pytest.raises(Invalid) as refused:
        draw_calls.log_call(scene.officer, draw=public_id, expert=seated(scene)[0], outcome=outcome)
    assert set(refused.value.fields) == {"note"}


@pytest.mark.parametrize(("minutes", "leaves"), [((0, 9), False), ((0, 10), True), ((0, 4, 11), True)])
def test_two_missed_calls_ten_minutes_apart_free_the_seat(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, minutes: tuple[int, ...], leaves: bool
) -> None:
    public_id = drawn(scene, no_colleagues(scene))
    person, following = seated(scene)[0], first_standby(scene)
    said = None
    for minute in minutes:
        at_minute(monkeypatch, minute)
        said = draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="unreached")
    assert said == (following if leaves else None)
    assert (person in seated(scene)) is not leaves


def test_seat_that_was_given_up_is_not_called_again(scene: Scene) -> None:
    public_id = drawn(scene)
    person = seated(scene)[0]
    draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="declined", note="忙")
    with pytest.raises(Conflict, match="不在当前人选中"):
        draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="agreed")


def test_who_agreed_leaves_only_with_a_reason(scene: Scene) -> None:
    public_id = drawn(scene, no_colleagues(scene))
    person, following = seated(scene)[0], first_standby(scene)
    draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="agreed")
    with pytest.raises(Conflict, match="登记退出"):
        draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="declined", note="忙")
    with pytest.raises(Invalid):
        draw_calls.withdraw(scene.officer, draw=public_id, expert=person, reason=" ")
    assert draw_calls.withdraw(scene.officer, draw=public_id, expert=person, reason="因病") == following
    assert draw_views.round_draws(scene.officer, round_=scene.round).confirmed == ()


def test_exhausted_order_leaves_a_seat_open_for_a_supplement(scene: Scene) -> None:
    plan = no_colleagues(scene)
    public_id = drawn(scene, plan)  # eleven people of eleven employers
    left = 0
    while draw_views.round_draws(scene.officer, round_=scene.round).open_seats == 0:
        person = seated(scene)[0]
        draw_calls.log_call(scene.officer, draw=public_id, expert=person, outcome="declined", note="忙")
        left += 1
    assert (left, len(seated(scene))) == (7, 4)
    with pytest.raises(Invalid, match="最多可选"):
        draws.lock(
            scene.officer,
            round_=scene.round,
            plan=build.replace(plan, seats=[(draw_pool.ANY, 1, 0)], reason="无人可递补"),
        )


@pytest.mark.parametrize("who", ["supervisor", "second officer"])
def test_only_the_caller_telephones(scene: Scene, app: Flask, who: str) -> None:
    public_id = drawn(scene)
    person = scene.supervisor if who == "supervisor" else scene.office.second_officer.viewer(app)
    with pytest.raises(NotAllowed):
        draw_calls.log_call(person, draw=public_id, expert=seated(scene)[0], outcome="agreed")


def names_seen(viewer: build.Viewer, scene: Scene) -> set[str]:
    (phones,) = draw_phones.phone_list(viewer, round_=scene.round)
    current = draw_views.round_draws(viewer, round_=scene.round).current
    assert current is not None
    return ({line.name for line in phones.lines} | {seat.name for seat in current.seats}) - {""}


def test_names_are_for_caller_and_supervisor_until_sign_in(scene: Scene, app: Flask) -> None:
    public_id = drawn(scene)
    second = scene.office.second_officer.viewer(app)
    assert len(names_seen(scene.officer, scene)) == len(names_seen(scene.supervisor, scene)) == 5
    assert names_seen(second, scene) == set()
    for number in seated(scene):
        draw_calls.log_call(scene.officer, draw=public_id, expert=number, outcome="agreed")
    ready = draw_views.round_draws(scene.officer, round_=scene.round).confirmed
    panels.set_panel(scene.officer, round_=scene.round, experts=ready)
    member = panels.list_members(scene.officer, round_=scene.round)[0]
    panels.sign_in(scene.officer, member=member.public_id, checked_by="示例会务")
    assert names_seen(second, scene) == {member.name}


def test_sheet_names_only_whom_its_reader_may_know(scene: Scene, app: Flask) -> None:
    public_id = drawn(scene)
    second = scene.office.second_officer.viewer(app)

    def told(viewer: build.Viewer) -> str:
        document = zipfile.ZipFile(io.BytesIO(draw_package.sheet(viewer, draw=public_id)))
        return document.read("word/document.xml").decode()

    assert [name for name in scene.experts if name not in told(scene.supervisor)] == []
    assert [name for name in scene.experts if name in told(second)] == []


def test_another_officer_takes_over_with_a_reason(scene: Scene, app: Flask) -> None:
    public_id = drawn(scene)
    second = scene.office.second_officer.viewer(app)
    with pytest.raises(Invalid):
        draw_calls.take_over(second, draw=public_id, reason="")
    draw_calls.take_over(second, draw=public_id, reason="原拨打人请假")
    assert (len(names_seen(second, scene)), names_seen(scene.officer, scene)) == (5, set())
    draw_calls.log_call(second, draw=public_id, expert=seated(scene)[0], outcome="agreed")
    with pytest.raises(NotAllowed):
        draw_calls.log_call(scene.officer, draw=public_id, expert=seated(scene)[1], outcome="agreed")


def test_supplement_follows_the_first_record_with_its_difference(scene: Scene) -> None:
    """A pool of which nobody is left is drawn from again once the register has grown."""
    public_id = drawn(scene)
    while draw_views.round_draws(scene.officer, round_=scene.round).open_seats == 0:
        draw_calls.log_call(
            scene.officer, draw=public_id, expert=seated(scene)[0], outcome="declined", note="忙"
        )
    new = {**build.POOL["experts"][0], "name": "新示例", "phone": "19900001099", "employer": "示例新院"}
    build.experts.import_roster(
        scene.officer, call=scene.call, name="专家.xlsx", data=build.roster_xlsx([new])
    )
    plan = build.replace(PLAN, seats=[(draw_pool.ANY, 1, 0)], reason="名单用尽（示例）")
    second = drawn(scene, plan)
    phones = draw_phones.phone_list(scene.officer, round_=scene.round)
    assert [len(item.lines) for item in phones] == [4, 1]
    assert phones[1].lines[0].name == "新示例"
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=second)))
    previous = archive.read("前次抽取记录.json")
    assert verify_record(archive.read("抽取记录.json"), previous=[previous]) == []
    assert draw_views.round_draws(scene.officer, round_=scene.round).open_seats == 0
