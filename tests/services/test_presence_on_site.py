"""签到: events of coming and going, and sheets that open on site only for who is in the room."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.experts import PanelMember
from review_portal.models.meetings import PresenceEvent
from review_portal.services import (
    audit,
    elections,
    meeting_views,
    offline_sheets,
    own_round,
    panels,
    reconciliation,
    reviews,
    sheets,
    worklist,
)
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_meeting import gather, member, scored_on_site
from tests.factories_reviews import Scene

NAME, SAMPLE = "甲示例", form_documents.SAMPLES[0]
CLOSED = "本轮为现场评分，签到后方可打开材料和评分表。请先签到。已暂存的内容均保留。"


@pytest.fixture
def scene(app: Flask, tmp_path: Path) -> Iterator[Scene]:
    """A written round that is scored on site; nobody has signed in."""
    made = scored_on_site(app, tmp_path / "rules")
    with app.app_context():
        yield made


def refused(act: Callable[[], object]) -> str:
    with pytest.raises((Conflict, Invalid, NotAllowed)) as problem:
        act()
    return problem.value.message.msgid % problem.value.message.params


def seat(scene: Scene, name: str = NAME) -> meeting_views.SeatLine:
    rows = meeting_views.list_presence(scene.officer, round_=scene.round)
    return next(row for row in rows if row.name == name)


def leave(scene: Scene, reason: str = "上午会议结束（示例）") -> None:
    panels.sign_out(scene.officer, member=member(scene, NAME), reason=reason)


def undo(scene: Scene, seen: int, reason: str = "登错了人（示例）") -> None:
    panels.undo_presence(scene.officer, member=member(scene, NAME), reason=reason, seen=seen)


def test_coming_and_going_are_events_with_time_checker_and_reason(scene: Scene) -> None:
    gather(scene, NAME)
    leave(scene)
    gather(scene, NAME)
    found = seat(scene)
    assert (found.is_present, found.checked_by) == (True, "示例会务")
    assert [(event.kind, event.checked_by, event.reason, event.by) for event in found.events] == [
        ("in", "示例会务", "", scene.officer.name),
        ("out", "", "上午会议结束（示例）", scene.officer.name),
        ("in", "示例会务", "", scene.officer.name),
    ]
    assert found.signed_in_at == found.events[-1].at
    assert audit.verify().holds


def test_mistaken_entry_is_taken_back_by_an_event_of_its_own(scene: Scene) -> None:
    gather(scene, NAME)
    undo(scene, 1)
    found = seat(scene)
    assert (found.signed_in_at, found.checked_by, found.may_undo) == (None, "", False)
    assert [(event.kind, event.void) for event in found.events] == [("in", True), ("undo", False)]
    gather(scene, NAME)
    leave(scene)
    undo(scene, 4)
    assert seat(scene).is_present
    assert audit.verify().holds


def test_what_does_not_fit_is_refused_with_a_sentence(scene: Scene) -> None:
    assert refused(lambda: leave(scene)) == "该专家目前不在场，无须登记离场。"
    assert refused(lambda: undo(scene, 0)) == "该专家的签到记录刚有变动，未作任何改动。请核对后重新办理。"
    gather(scene, NAME)
    assert refused(lambda: gather(scene, NAME)) == "该专家已签到。"
    assert refused(lambda: leave(scene, " ")) == "请填写理由。"
    assert refused(lambda: undo(scene, 1, "长" * 501)) == "理由过长，未作任何改动。"
    assert refused(lambda: undo(scene, 0)).startswith("该专家的签到记录刚有变动")
    assert refused(
        lambda: panels.sign_out(scene.supervisor, member=member(scene, NAME), reason="示例")
    ).startswith("只有本批次秘书处人员")
    with pytest.raises(NotFound):
        panels.sign_out(scene.expert(NAME), member=member(scene, NAME), reason="示例")


def test_nobody_comes_or_goes_once_the_round_has_ended(scene: Scene) -> None:
    gather(scene, NAME)
    for state in ("finished", "void"):
        build.set_round_state(scene.round, state)
        for act in (lambda: gather(scene, "丁示例"), lambda: leave(scene), lambda: undo(scene, 1)):
            assert refused(act) == "本轮已结束，不再办理签到。"


def test_chair_stays_signed_in_until_another_is_elected(scene: Scene) -> None:
    gather(scene)
    elections.elect_chair(
        scene.officer,
        round_=scene.round,
        member=member(scene, NAME),
        method="举手",
        votes=4,
        witness="示例监督甲",
    )
    assert refused(lambda: undo(scene, 1)).startswith("该专家是本轮组长，不能撤销签到。")


def test_who_has_left_the_room_neither_votes_nor_is_elected(scene: Scene) -> None:
    gather(scene)
    leave(scene)
    said = refused(
        lambda: elections.elect_chair(
            scene.officer,
            round_=scene.round,
            member=member(scene, NAME),
            method="举手",
            votes=4,
            witness="示例监督甲",
        )
    )
    assert said == "请从已签到的专家中推举组长。"
    assert panels.list_codes(scene.supervisor, round_=scene.round).present == 4


def test_member_with_events_is_not_taken_off_a_draft_panel(scene: Scene) -> None:
    gather(scene, NAME)
    build.set_round_state(scene.round, "draft")
    others = [scene.experts[name] for name in build.PANEL if name != NAME]
    said = refused(lambda: panels.set_panel(scene.officer, round_=scene.round, experts=others))
    assert said == "已有签到记录的专家不能移出专家组。开启评审后可登记其退出。"


def test_sheet_on_site_is_neither_read_nor_filled_before_signing_in(scene: Scene) -> None:
    viewer, review = scene.ready(NAME, SAMPLE)
    gather(scene, *(name for name in build.PANEL if name != NAME))  # a colleague's presence opens nothing
    sheet = build.full_sheet(build.rubric_of(scene))
    for act in (
        lambda: sheets.open_sheet(viewer, review=review),
        lambda: reviews.save_draft(viewer, review=review, content={}, base_version=0),
        lambda: reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k"),
    ):
        assert refused(act) == CLOSED
    assert worklist.worklist(viewer)[0].away
    gather(scene, NAME)
    assert sheets.open_sheet(viewer, review=review).gate.away.msgid == ""
    assert not worklist.worklist(viewer)[0].away


def test_matrix_and_offline_sheets_on_site_wait_for_signing_in_too(scene: Scene) -> None:
    viewer, _review = scene.ready(NAME, SAMPLE)
    own = own_round.own_round(viewer, round_=scene.round)
    assert (own.away.msgid, any(map(own.may_type, own.rows))) == (CLOSED, False)
    for act in (
        lambda: offline_sheets.workbook(viewer, round_=scene.round),
        lambda: offline_sheets.preview(viewer, round_=scene.round, name="a.xlsx", data=b"PK"),
        lambda: offline_sheets.apply(viewer, round_=scene.round, sealed="", digest="", choices={}),
    ):
        assert refused(act) == CLOSED
    gather(scene, NAME)
    own = own_round.own_round(viewer, round_=scene.round)
    assert (own.away.msgid, any(map(own.may_type, own.rows))) == ("", True)
    assert offline_sheets.workbook(viewer, round_=scene.round)[1]


def test_sheet_on_site_closes_on_leaving_and_keeps_what_was_typed(scene: Scene) -> None:
    viewer, review = scene.ready(NAME, SAMPLE)
    gather(scene, NAME)
    item = build.rubric_of(scene).items[0].key
    content = {"points": {item: "8"}, "comments": {}, "opinion": "示例意见", "conclusion": ""}
    reviews.save_draft(viewer, review=review, content=content, base_version=0)
    leave(scene)
    assert refused(lambda: sheets.open_sheet(viewer, review=review)) == CLOSED
    gather(scene, NAME)
    shown = sheets.open_sheet(viewer, review=review)
    assert (shown.content["points"], shown.content["opinion"]) == ({item: "8"}, "示例意见")


def test_submitted_sheet_is_neither_withdrawn_nor_defended_from_outside_the_room(scene: Scene) -> None:
    gather(scene, NAME)
    case = build.asked(scene, NAME, SAMPLE)
    viewer, review = scene.expert(NAME), scene.review(NAME, SAMPLE)
    assert sheets.case_sheet(viewer, case=case).may_answer
    leave(scene)
    assert refused(lambda: sheets.case_sheet(viewer, case=case)) == CLOSED
    kept = {"case": case, "answer": "keep", "reason": "维持原评分，理由不变（示例）"}
    assert refused(lambda: reconciliation.answer_case(viewer, **kept)) == CLOSED
    build.set_round_state(scene.round, "scoring")
    assert refused(lambda: reviews.withdraw_review(viewer, review=review)) == CLOSED


def test_changed_presence_is_found_by_the_chain(scene: Scene) -> None:
    gather(scene, NAME)
    leave(scene)
    with transaction() as session:
        session.execute(sa.update(PanelMember).values(signed_out_at=None))
    assert not audit.verify().holds
    with pytest.raises(Exception, match="append-only"):
        db.session.execute(sa.delete(PresenceEvent))
    db.session.rollback()
