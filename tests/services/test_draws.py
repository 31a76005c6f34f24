"""The draw of experts as the office does it: each act by whose it is, once, in its order, on the chain."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.domain.draw import Published, read_record, verify_record
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.draws import DrawAct, DrawnRecord, DrawSecret, ExpertDraw
from review_portal.services import (
    audit,
    calls,
    draw_calls,
    draw_package,
    draw_pool,
    draw_views,
    draws,
    panels,
)
from tests import factories_reviews as build
from tests.engines import on_sqlite
from tests.factories_draw import PLAN, THROWS, committed, drawn, valued
from tests.factories_reviews import Scene


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    made = build.prepared(app, panel=())
    db.session.rollback()
    return made


def current(scene: Scene) -> draw_views.DrawView:
    view = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert view is not None
    return view


def test_draw_fills_its_seats_and_its_package_verifies(scene: Scene, tmp_path: Path) -> None:
    public_id = drawn(scene)
    view = current(scene)
    assert (view.phase, len(view.seats), len(view.standby)) == ("drawn", 5, 2)
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=public_id)))
    assert archive.namelist() == ["verify_draw.py", "抽取记录.json", "评审专家抽取记录表.docx"]
    assert verify_record(archive.read("抽取记录.json")) == []
    archive.extractall(tmp_path)
    done = subprocess.run(
        [sys.executable, "-I", str(tmp_path / "verify_draw.py"), str(tmp_path / "抽取记录.json")],
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert draw_package.package(scene.officer, draw=public_id) == draw_package.package(
        scene.officer, draw=public_id
    )


def test_record_names_nobody(scene: Scene) -> None:
    public_id = drawn(scene)
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=public_id)))
    text = archive.read("抽取记录.json").decode()
    told = [name for name in scene.experts if name in text]
    told += [key for key in scene.experts.values() if key in text]
    assert told == []
    assert "大学" not in text


def test_every_act_stands_on_the_chain_which_holds(scene: Scene) -> None:
    drawn(scene)
    call = build.factories.call_id(scene.call)
    acts = [entry.action for entry in audit.list_entries(call) if entry.object_kind == "expert_draw"]
    assert acts[::-1] == [
        "lock_draw",
        "commit_draw",
        "commit_draw",
        "fix_public_value",
        "reveal_draw",
        "reveal_draw",
        "draw_experts",
    ]
    assert audit.verify().holds


@pytest.mark.parametrize("secret", ["20231107", "3 1 4 1 5"])
def test_committed_number_is_on_no_page_and_on_no_chain_before_it_is_revealed(
    scene: Scene, secret: str
) -> None:
    committed(scene)
    shown = [
        str(draw_views.round_draws(viewer, round_=scene.round))
        for viewer in (scene.officer, scene.supervisor)
    ]
    told = str([entry.detail for entry in audit.list_entries(build.factories.call_id(scene.call))])
    assert [text for text in (*shown, told) if secret in text] == []


def test_only_the_secretariat_locks(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        draws.lock(scene.supervisor, round_=scene.round, plan=PLAN)


def test_stranger_finds_no_draw(scene: Scene, app: Flask) -> None:
    public_id = drawn(scene)
    other = Viewer(999, "x" * 12, "外人")
    with pytest.raises(NotFound):
        draw_views.round_draws(other, round_=scene.round)
    with pytest.raises(NotFound):
        draw_package.package(other, draw=public_id)
    with pytest.raises(NotFound):
        draws.commit(other, round_=scene.round, number="1")
    with pytest.raises(NotFound):
        draw_calls.log_call(other, draw=public_id, expert="1", outcome="agreed")


Act = Callable[[Scene], object]
AGAIN: list[tuple[str, Callable[[Scene], object], Act]] = [
    ("lock", committed, lambda s: draws.lock(s.officer, round_=s.round, plan=PLAN)),
    ("commit", committed, lambda s: draws.commit(s.supervisor, round_=s.round, number="7")),
    ("cancel", committed, lambda s: draws.cancel(s.officer, round_=s.round, reason="改")),
    ("value", valued, lambda s: draws.fix_value(s.officer, round_=s.round, value=THROWS)),
    ("lock after the draw", drawn, lambda s: draws.lock(s.officer, round_=s.round, plan=PLAN)),
    ("reveal after the draw", drawn, lambda s: draws.reveal(s.officer, round_=s.round)),
    ("value after the draw", drawn, lambda s: draws.fix_value(s.officer, round_=s.round, value=THROWS)),
]


@pytest.mark.parametrize(("name", "before", "act"), AGAIN, ids=[name for name, _, _ in AGAIN])
def test_act_is_done_once(scene: Scene, name: str, before: Act, act: Act) -> None:
    before(scene)
    with pytest.raises(Conflict):
        act(scene)


def test_public_value_waits_for_both_numbers(scene: Scene) -> None:
    draws.lock(scene.officer, round_=scene.round, plan=PLAN)
    draws.commit(scene.officer, round_=scene.round, number="1")
    with pytest.raises(Invalid, match="双方都提交"):
        draws.fix_value(scene.officer, round_=scene.round, value=THROWS)


@pytest.mark.parametrize("value", ["3 5 1", THROWS + " 1", THROWS.replace("3", "7")])
def test_public_value_has_exactly_the_throws_that_were_published(scene: Scene, value: str) -> None:
    committed(scene)
    with pytest.raises(Invalid):
        draws.fix_value(scene.officer, round_=scene.round, value=value)


def test_fallback_is_taken_with_a_reason(scene: Scene) -> None:
    committed(scene)
    draws.fix_value(scene.officer, round_=scene.round, value="0123456789" * 2, fallback_reason="六面骰子遗失")
    value = current(scene).standing.draw.public_value
    assert value is not None
    assert (value.source, value.fallback_reason) == ("fallback", "六面骰子遗失")


def test_number_is_opened_by_who_gave_it(scene: Scene, app: Flask) -> None:
    valued(scene)
    with pytest.raises(NotAllowed, match="只能由提交的人公开"):
        draws.reveal(scene.office.second_officer.viewer(app), round_=scene.round)


def test_list_is_taken_back_before_anybody_committed_and_stays_on_record(scene: Scene) -> None:
    draws.lock(scene.officer, round_=scene.round, plan=PLAN)
    draws.cancel(scene.officer, round_=scene.round, reason="名额填错")
    drawn(scene)
    shown = draw_views.round_draws(scene.officer, round_=scene.round).draws
    assert [(item.phase, item.cancel_reason) for item in shown] == [("cancelled", "名额填错"), ("drawn", "")]
    assert shown[0].event != shown[1].event


def test_own_refusal_goes_by_the_published_rule(scene: Scene) -> None:
    valued(scene)
    draws.refuse(scene.supervisor, round_=scene.round, reason="遗忘")
    draws.reveal(scene.officer, round_=scene.round)
    view = current(scene)
    assert (view.phase, view.parties[1].refusal, len(view.seats)) == ("drawn", "遗忘", 5)


def test_refusal_ends_a_draw_whose_rule_says_so_and_a_supplement_follows(scene: Scene) -> None:
    plan = replace(PLAN, on_refusal="void")
    valued(scene, plan)
    draws.refuse(scene.supervisor, round_=scene.round, reason="遗忘")
    draws.reveal(scene.officer, round_=scene.round)
    assert (current(scene).phase, current(scene).seats) == ("void", ())
    public_id = drawn(scene, replace(PLAN, reason="前次抽取作废"))
    assert (current(scene).phase, len(current(scene).seats)) == ("drawn", 5)
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=public_id)))
    record, previous = archive.read("抽取记录.json"), archive.read("前次抽取记录.json")
    assert verify_record(record, previous=[previous]) == []


def test_other_side_is_told_to_refuse_only_after_ten_minutes_and_after_revealing(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    valued(scene)
    draws.reveal(scene.officer, round_=scene.round)
    with pytest.raises(Conflict, match="满10分钟"):
        draws.refuse(scene.officer, round_=scene.round, reason="对方离场")
    later(monkeypatch, minutes=11)
    draws.refuse(scene.officer, round_=scene.round, reason="对方离场")
    assert current(scene).parties[1].refusal == "对方离场"


def later(monkeypatch: pytest.MonkeyPatch, *, minutes: int) -> None:
    """The database's clock, so much later: what waits ten minutes is not waited for."""
    real = draws.now
    shift = timedelta(minutes=minutes)
    for module in (draws, draw_calls, audit):
        monkeypatch.setattr(module, "now", lambda: real() + shift)


def test_exclusions_stand_with_their_rule_and_leave_nobody_drawn(scene: Scene) -> None:
    out = scene.experts["甲示例"]
    plan = replace(PLAN, left_out={out: "会议当日出差"}, leave_conflicts_out=True)
    drawn(scene, plan)
    frozen = current(scene).standing.draw.frozen
    names = draw_views.round_draws(scene.supervisor, round_=scene.round).draws[0].names
    told = {(names[entry.id], entry.rule) for entry in frozen.exclusions}
    bound = {line.name for line in draw_pool.view(scene.officer, round_=scene.round).lines if line.bound}
    assert bound != set()
    assert told == {("甲示例", "经办人排除")} | {(name, "利害关系回避") for name in bound}
    assert {names[seat.number] for seat in current(scene).seats} & {name for name, _ in told} == set()


def test_quota_that_nobody_can_fill_is_told_before_the_lock(scene: Scene) -> None:
    with pytest.raises(Invalid, match="最多可选"):
        draws.lock(scene.officer, round_=scene.round, plan=replace(PLAN, seats=[(draw_pool.ANY, 40, 0)]))
    assert draw_views.round_draws(scene.officer, round_=scene.round).draws == ()


def test_source_without_words_is_refused(scene: Scene) -> None:
    with pytest.raises(Invalid, match="公开数的来源"):
        draws.lock(scene.officer, round_=scene.round, plan=replace(PLAN, source=Published("")))


@pytest.mark.parametrize("field", ["place", "present", "meeting"])
def test_lock_asks_for_place_people_and_meeting(scene: Scene, field: str) -> None:
    with pytest.raises(Invalid) as refused:
        draws.lock(scene.officer, round_=scene.round, plan=replace(PLAN, **{field: " "}))
    assert set(refused.value.fields) == {field}


def test_opened_round_is_not_drawn_for(scene: Scene, db: SQLAlchemy) -> None:
    with build.transaction() as session:
        session.execute(sa.update(build.Round).values(state="scoring"))
    with pytest.raises(Conflict, match="已开启"):
        draws.lock(scene.officer, round_=scene.round, plan=PLAN)


def test_refused_draw_leaves_nothing_behind(scene: Scene, db: SQLAlchemy) -> None:
    committed(scene)
    with pytest.raises(Invalid):
        draws.fix_value(scene.officer, round_=scene.round, value="1")
    counts = [
        db.session.scalar(sa.select(sa.func.count()).select_from(table))
        for table in (ExpertDraw, DrawAct, DrawSecret, DrawnRecord)
    ]
    assert counts == [1, 2, 2, 0]


@on_sqlite
def test_chain_tells_a_record_that_was_changed(scene: Scene, db: SQLAlchemy) -> None:
    drawn(scene)
    record = db.session.scalars(sa.select(DrawnRecord)).one()
    changed = json.dumps({**record.record, "code": "0" * 64})
    db.session.rollback()
    with db.engine.begin() as connection:
        names = connection.exec_driver_sql(
            "SELECT name FROM sqlite_master WHERE type='trigger' AND tbl_name='drawn_records'"
        ).all()
        for (name,) in names:
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
        connection.execute(sa.text("UPDATE drawn_records SET record = :text"), {"text": changed})
    assert not audit.verify().holds


def test_panel_is_what_was_drawn_and_confirmed(scene: Scene) -> None:
    public_id = drawn(scene)
    with pytest.raises(Conflict, match="由抽取产生"):
        panels.set_panel(scene.officer, round_=scene.round, experts=[scene.experts["甲示例"]])
    for seat in current(scene).seats:
        draw_calls.log_call(scene.officer, draw=public_id, expert=seat.number, outcome="agreed")
    ready = draw_views.round_draws(scene.officer, round_=scene.round).confirmed
    panels.set_panel(scene.officer, round_=scene.round, experts=ready)
    members = panels.list_members(scene.officer, round_=scene.round)
    assert sorted(member.expert for member in members) == sorted(ready)
    assert len(ready) == 5


def test_next_round_tells_the_difference_to_the_last_draw(scene: Scene) -> None:
    first = drawn(scene)
    later = calls.view(scene.officer, call=scene.call).rounds[1].public_id
    out = {scene.experts["甲示例"]: "已参加书面评审（示例）"}
    second = drawn(replace(scene, round=later), replace(PLAN, left_out=out))
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=second)))
    record = read_record(archive.read("抽取记录.json"))
    previous = record.frozen.event.previous
    assert previous is not None
    assert (previous.event, len(previous.difference.newly_excluded)) == (f"{scene.round}-1", 1)
    assert verify_record(archive.read("抽取记录.json"), previous=[archive.read("前次抽取记录.json")]) == []
    earlier = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=first)))
    assert earlier.read("抽取记录.json") == archive.read("前次抽取记录.json")


def test_both_reveal_at_the_same_moment_and_one_record_comes_of_it(app: Flask, scene: Scene) -> None:
    valued(scene)

    def act(actor: Viewer) -> bool:
        with app.app_context():
            return draws.reveal(actor, round_=scene.round)

    with ThreadPoolExecutor(2) as both:
        done = sorted(both.map(act, (scene.officer, scene.supervisor)))
    assert done == [False, True]
    assert len(current(scene).seats) == 5
    assert audit.verify().holds
