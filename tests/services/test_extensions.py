"""A later deadline for one expert: shown to that one, kept with its reason, told when the round is closed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.experts import PanelMember
from review_portal.services import (
    audit,
    closing,
    elections,
    extensions,
    own_calendar,
    own_deadlines,
    own_gates,
    panels,
    reach_views,
    rounds,
    supervision,
)
from review_portal.services.worklist import worklist
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.engines import on_sqlite
from tests.factories_reviews import OPEN_UNTIL, Scene

SINGLE = form_documents.SAMPLES[0]
FIRST, CHAIR = "甲示例", "丁示例"
LATER = OPEN_UNTIL + timedelta(days=2)
WHY = "出差期间无法登录，来电申请（示例）"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.scoring(app)


def member(scene: Scene, name: str) -> str:
    database.session.rollback()
    rows = panels.list_members(scene.officer, round_=scene.round)
    return next(row.public_id for row in rows if row.name == name)


def extend(scene: Scene, deadline: datetime | None = LATER, reason: str = WHY) -> None:
    extensions.extend_deadline(scene.officer, member=member(scene, FIRST), deadline=deadline, reason=reason)


def test_only_this_expert_sees_the_later_deadline(scene: Scene) -> None:
    before = own_calendar.own_deadline(scene.expert(FIRST), round_=scene.round)
    extend(scene)
    database.session.rollback()
    assert [worklist(scene.expert(name))[0].deadline for name in (FIRST, CHAIR)] == [LATER, OPEN_UNTIL]
    viewer, review = scene.ready(FIRST, SINGLE)
    assert own_gates.gate(viewer, review=review).deadline == LATER
    after = own_calendar.own_deadline(viewer, round_=scene.round)
    assert (before.at, before.sequence, before.extended) == (OPEN_UNTIL, 0, False)
    assert (after.at, after.sequence, after.extended) == (LATER, 1, True)
    assert after.uid == before.uid
    other = own_calendar.own_deadline(scene.expert(CHAIR), round_=scene.round)
    assert (other.at, other.uid != after.uid) == (OPEN_UNTIL, True)


def test_calendar_file_of_the_extended_deadline_replaces_the_earlier(scene: Scene) -> None:
    extend(scene)
    extend(scene, LATER + timedelta(days=1))
    database.session.rollback()
    data = own_calendar.calendar(scene.expert(FIRST), round_=scene.round, address="https://a.example/")
    assert (b"SEQUENCE:2\r\n" in data, b"DTSTART:21230306T100000Z\r\n" in data) == (True, True)


def test_deadline_of_a_foreign_round_is_not_found(scene: Scene) -> None:
    with pytest.raises(NotFound):
        own_calendar.own_deadline(scene.officer, round_=scene.round)
    with pytest.raises(NotFound):
        own_calendar.own_deadline(scene.expert("庚示例"), round_=scene.round)


def test_each_extension_is_kept_with_its_reason_for_the_supervisor(scene: Scene) -> None:
    extend(scene)
    extend(scene, LATER + timedelta(days=1), "仍在出差（示例）")
    database.session.rollback()
    (person,) = [
        one
        for one in reach_views.list_rounds(scene.officer, call=scene.call, address="")[0].people
        if one.extended
    ]
    assert person.reasons == ((LATER, WHY), (LATER + timedelta(days=1), "仍在出差（示例）"))
    told = [
        line
        for line in supervision.told_trail(scene.supervisor, call=scene.call)
        if line.action == "extend_deadline"
    ]
    assert sorted((line.object, line.facts["reason"]) for line in told) == sorted(
        [(FIRST, "仍在出差（示例）"), (FIRST, WHY)]
    )
    assert audit.verify().holds


@on_sqlite
def test_extension_without_a_later_moment_or_a_reason_is_refused(scene: Scene) -> None:
    extend(scene)
    for deadline, reason, field in (
        (None, WHY, "deadline"),
        (OPEN_UNTIL, WHY, "deadline"),
        (datetime(2023, 1, 1, tzinfo=UTC), WHY, "deadline"),
        (LATER, WHY, "deadline"),  # has it already
        (LATER + timedelta(days=1), " ", "reason"),
        (LATER + timedelta(days=1), "长" * 501, "reason"),
    ):
        with pytest.raises(Invalid) as refused:
            extend(scene, deadline, reason)
        assert list(refused.value.fields) == [field]


def test_only_the_secretariat_extends_and_only_while_scoring(scene: Scene) -> None:
    who = member(scene, FIRST)
    with pytest.raises(NotAllowed):
        extensions.extend_deadline(scene.supervisor, member=who, deadline=LATER, reason=WHY)
    with pytest.raises(NotFound):
        extensions.extend_deadline(scene.expert(FIRST), member=who, deadline=LATER, reason=WHY)
    build.set_round_state(scene.round, "sealed")
    with pytest.raises(Conflict):
        extend(scene)


def test_chair_is_told_by_code_who_is_late_by_the_deadline_that_holds_for_each(scene: Scene) -> None:
    shown = panels.list_codes(scene.supervisor, round_=scene.round).rows
    assert {(row.complete, row.late) for row in shown} == {(False, False)}
    extend(scene)
    with transaction() as session:
        row = build.round_row(session, scene.round)
        row.deadline = datetime(2023, 3, 1, tzinfo=UTC)
        code = session.scalars(
            sa.select(PanelMember.code).where(
                PanelMember.round_id == row.id, PanelMember.deadline.is_not(None)
            )
        ).one()
    late = {row.code: row.late for row in panels.list_codes(scene.supervisor, round_=scene.round).rows}
    assert late.pop(code) is False
    assert set(late.values()) == {True}


def test_chair_closes_before_an_extended_deadline_only_with_a_reason_that_is_kept(
    app: Flask, scene: Scene
) -> None:
    for name in build.PANEL:
        panels.sign_in(scene.officer, member=member(scene, name), checked_by="示例")
    elections.elect_chair(
        scene.officer,
        round_=scene.round,
        member=member(scene, CHAIR),
        method="记名投票",
        votes=5,
        witness="示例监督甲",
    )
    extend(scene)
    login = scene.credential(app, CHAIR)
    chair = login.viewer(app)
    for sample in scene.dossiers:
        viewer, review = scene.ready(CHAIR, sample)
        build.reviews.submit_review(
            viewer,
            review=review,
            sheet=build.full_sheet(build.rubric_of(scene)),
            base_version=0,
            request_key=sample,
        )
    assert own_deadlines.list_running(chair, round_=scene.round) == [LATER]
    with pytest.raises(Invalid) as refused:
        closing.ask_close(chair, round_=scene.round, reason="结束")
    assert list(refused.value.fields) == ["reason"]
    why = "该专家已来电说明不再评审（示例）"
    early = closing.ask_close(chair, round_=scene.round, reason=why)
    extend(scene, LATER + timedelta(days=1))  # what the supervisor would agree to has changed
    with pytest.raises(Conflict):
        closing.decide_close(scene.supervisor, approval=early, approve=True)
    factories.close_round(chair, scene.supervisor, round_=scene.round, reason=why)  # gives way to this
    database.session.rollback()
    assert rounds.view(scene.officer, round_=scene.round).state == "sealed"
    trail = supervision.told_trail(scene.supervisor, call=scene.call)
    (closed,) = [line for line in trail if line.action == "close_round"]
    assert closed.facts["reason"] == "该专家已来电说明不再评审（示例）"
    assert audit.verify().holds
