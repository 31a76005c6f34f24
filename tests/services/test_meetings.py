"""The checklist of a meeting day: two columns, nothing against the data, nothing lost."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.meetings import MeetingMark
from review_portal.services import audit, meeting_views, meetings
from tests import factories_reviews as build
from tests.factories_meeting import gather
from tests.factories_reviews import Scene
from tests.services.counting import queries

SIGN_IN, PHONES, DISCIPLINE, SCORING, SEALING = 1, 2, 3, 7, 8


@pytest.fixture
def scene(app: Flask) -> Scene:
    """A round that scores, the panel in the room."""
    made = build.scoring(app)
    with app.app_context():
        gather(made)
    return made


@pytest.fixture(autouse=True)
def inside(app: Flask, scene: Scene) -> Iterator[None]:
    with app.app_context():
        yield


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((Conflict, Invalid, NotAllowed)) as problem:
        act()
    return problem.value.message.msgid % problem.value.message.params


def tick(viewer: Viewer, scene: Scene, number: int, remark: str = "") -> None:
    meetings.tick(viewer, round_=scene.round, number=number, remark=remark)


def line(scene: Scene, number: int) -> meeting_views.StepLine:
    return meeting_views.checklist(scene.officer, round_=scene.round).line(number)


def test_secretariat_ticks_and_supervisor_confirms_each_with_time_and_name(scene: Scene) -> None:
    tick(scene.officer, scene, PHONES)
    tick(scene.supervisor, scene, PHONES, "收存手机5部（示例）")
    shown = line(scene, PHONES)
    assert shown.secretariat is not None and shown.supervisor is not None
    assert (shown.secretariat.name, shown.secretariat.own) == (scene.officer.name, True)
    assert (shown.supervisor.name, shown.supervisor.note) == (scene.supervisor.name, "收存手机5部（示例）")
    assert shown.secretariat.at <= shown.supervisor.at
    assert shown.refused is None
    assert audit.verify().holds


def test_tick_out_of_turn_or_against_the_data_is_refused_and_leaves_nothing(scene: Scene) -> None:
    def said(viewer: Viewer, number: int) -> str:
        return refused(lambda: tick(viewer, scene, number))

    assert said(scene.supervisor, PHONES) == "“通讯工具保管”由秘书处先勾选，监督人员再确认。"
    assert said(scene.officer, DISCIPLINE) == "“宣读纪律”由监督人员勾选。"
    assert said(scene.officer, SEALING) == "本轮评分仍在进行，尚未封存，不能勾选。"
    assert said(scene.supervisor, SCORING) == "还有10份评分表未提交。"
    build.set_round_state(scene.round, "draft")
    assert said(scene.officer, PHONES) == "本轮尚未开启，开启后方可办理会议日清单。"
    assert db.session.scalar(sa.select(sa.func.count()).select_from(MeetingMark)) == 0


def test_second_press_by_the_same_person_changes_nothing(scene: Scene) -> None:
    tick(scene.officer, scene, PHONES)
    tick(scene.officer, scene, PHONES)
    assert len(line(scene, PHONES).lines) == 1


def test_of_two_officers_at_once_one_ticks_and_the_other_is_told(app: Flask, scene: Scene) -> None:
    people = (scene.officer, scene.office.second_officer.viewer(app))
    start = Barrier(2)

    def press(viewer: Viewer) -> str:
        with app.app_context():
            start.wait()
            try:
                tick(viewer, scene, PHONES)
            except Conflict as problem:
                return problem.message.msgid % problem.message.params
        return ""

    with ThreadPoolExecutor(2) as pool:
        answers = list(pool.map(press, people))
    db.session.rollback()
    first = people[answers.index("")]
    assert sorted(answers) == ["", f"“通讯工具保管”已由{first.name}勾选。"]
    assert [item.name for item in line(scene, PHONES).lines] == [first.name]


def test_taking_back_is_a_row_of_its_own_with_the_reason(scene: Scene) -> None:
    tick(scene.officer, scene, PHONES)
    meetings.take_back(scene.officer, round_=scene.round, number=PHONES, reason="少收1部（示例）", seen=1)
    shown = line(scene, PHONES)
    assert shown.secretariat is None
    assert [(item.kind, item.note) for item in shown.lines] == [("tick", ""), ("back", "少收1部（示例）")]
    tick(scene.officer, scene, PHONES)
    assert line(scene, PHONES).secretariat is not None
    assert [row.action for row in db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence))][
        -3:
    ] == ["tick_step", "untick_step", "tick_step"]


def test_taking_back_asks_for_a_reason_and_for_a_tick(scene: Scene) -> None:
    def back(reason: str, seen: int = 1) -> None:
        meetings.take_back(scene.officer, round_=scene.round, number=PHONES, reason=reason, seen=seen)

    assert refused(lambda: back("误点", 0)) == "本项目前没有可以撤回的勾选。"
    tick(scene.officer, scene, PHONES)
    assert refused(lambda: back(" ")) == "请填写理由。"
    assert refused(lambda: back("长" * 501)) == "文字过长，未作任何改动。"
    assert refused(lambda: back("误点", 0)) == "本项刚有新的记录，未作任何改动。请核对后重新办理。"


def test_secretariat_takes_nothing_back_that_the_supervisor_has_confirmed(scene: Scene) -> None:
    tick(scene.officer, scene, PHONES)
    tick(scene.supervisor, scene, PHONES)
    said = refused(
        lambda: meetings.take_back(scene.officer, round_=scene.round, number=PHONES, reason="误点", seen=2)
    )
    assert said == "监督人员已确认本项。请监督人员先撤回确认，再撤回勾选。"
    meetings.take_back(scene.supervisor, round_=scene.round, number=PHONES, reason="误点", seen=2)
    meetings.take_back(scene.officer, round_=scene.round, number=PHONES, reason="误点", seen=3)
    assert line(scene, PHONES).secretariat is None


def test_supervisor_remarks_at_any_step_whatever_the_data_say(scene: Scene) -> None:
    meetings.remark(scene.supervisor, round_=scene.round, number=SEALING, text="有人中途离席（示例）", seen=0)
    assert line(scene, SEALING).remarks == ("有人中途离席（示例）",)
    assert line(scene, SEALING).supervisor is None

    def remark(viewer: Viewer, text: str, seen: int = 1) -> None:
        meetings.remark(viewer, round_=scene.round, number=SEALING, text=text, seen=seen)

    assert refused(lambda: remark(scene.supervisor, "")) == "请填写备注。"
    assert refused(lambda: remark(scene.officer, "示例")) == "备注由监督人员填写。"
    assert refused(lambda: remark(scene.supervisor, "有人中途离席（示例）", 0)).startswith("本项刚有新的记录")


def test_checklist_is_of_this_calls_offices_alone(app: Flask, scene: Scene) -> None:
    expert = scene.expert("甲示例")
    stranger = Viewer(9999, "x", "示例外人", frozenset({("secretariat", 9999)}))
    for viewer in (expert, stranger):
        with pytest.raises(NotFound):
            meeting_views.checklist(viewer, round_=scene.round)
        with pytest.raises(NotFound):
            tick(viewer, scene, PHONES)
        with pytest.raises(NotFound):
            meeting_views.list_presence(viewer, round_=scene.round)
    with pytest.raises(NotFound):
        tick(scene.officer, scene, 13)


def test_changed_mark_is_found_by_the_chain(scene: Scene) -> None:
    tick(scene.officer, scene, PHONES)
    assert audit.verify().holds
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(sa.update(MeetingMark).values(note="x"))
    db.session.rollback()


def test_due_names_the_next_step_and_moves_to_the_other_side(scene: Scene) -> None:
    def due(viewer: Viewer) -> tuple[str, int] | None:
        found = meeting_views.due(viewer, call=scene.call)
        return (found.step, found.count) if found else None

    assert (due(scene.officer), due(scene.supervisor)) == (("签到并核验身份", 2), ("宣读纪律", 1))
    tick(scene.officer, scene, SIGN_IN)
    assert (due(scene.officer), due(scene.supervisor)) == (("通讯工具保管", 1), ("签到并核验身份", 2))
    for number in (SIGN_IN, DISCIPLINE):
        tick(scene.supervisor, scene, number)
    assert due(scene.supervisor) is None


def test_reading_takes_as_many_queries_whatever_was_ticked(scene: Scene) -> None:
    def read() -> None:
        db.session.rollback()
        meeting_views.checklist(scene.officer, round_=scene.round)

    before = queries(read)
    for number in (SIGN_IN, PHONES):
        tick(scene.officer, scene, number)
        tick(scene.supervisor, scene, number)
    assert queries(read) == before
