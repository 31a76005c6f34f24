"""An expert leaves a round under way: the frozen rule, two people, a substitute, nothing after unsealing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.chinese_dates import date_text, local_date
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.experts import Departure, Expert, PanelMember, Recusal
from review_portal.models.reviews import Review
from review_portal.services import (
    approvals,
    assignments,
    audit,
    departure_views,
    departures,
    draw_calls,
    draw_phones,
    draw_pool,
    draw_state,
    draw_tasks,
    draw_views,
    elections,
    panels,
    points,
    reconciliation,
    report,
    reviews,
    rounds,
    supervision,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.rules import rules_of
from review_portal.services.worklist import worklist
from tests import factories_reviews as build
from tests import form_documents
from tests.exports.docx_reading import lines, opened
from tests.factories_draw import PLAN, drawn
from tests.factories_reviews import Scene
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.factories_selection import _finish as finish
from tests.factories_selection import _unseal as unseal
from tests.selection_copies import copied
from tests.services.counting import queries

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
LEAVER, NEW = "甲示例", "子示例"
WHY = "突发疾病，不能继续评审（示例）"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.scoring(app)


def member(scene: Scene, name: str) -> str:
    rows = panels.list_members(scene.officer, round_=scene.round)
    return next(row.public_id for row in rows if row.name == name)


def hand_in(scene: Scene, name: str, sample: str) -> str:
    viewer, review = scene.ready(name, sample)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key=f"{name}{sample}")
    return review


def begin(scene: Scene, name: str, sample: str) -> str:
    viewer, review = scene.ready(name, sample)
    reviews.save_draft(viewer, review=review, content={"opinion": "草稿"}, base_version=0)
    return review


def leave(scene: Scene, name: str = LEAVER, *, substitute: str = "", basis: str = "") -> None:
    asked = departures.ask_departure(
        scene.officer,
        member=member(scene, name),
        reason=WHY,
        substitute=scene.experts[substitute] if substitute else "",
        basis=basis,
    )
    departures.decide_departure(scene.supervisor, approval=asked, approve=True)


def states_of(name: str) -> list[str]:
    with transaction() as session:
        return list(
            session.scalars(
                sa.select(Review.state)
                .join(Expert, Expert.id == Review.expert_id)
                .where(Expert.name == name)
                .order_by(Review.dossier_id)
            )
        )


def test_submitted_sheets_stay_and_unfinished_ones_are_void(scene: Scene) -> None:
    hand_in(scene, LEAVER, SINGLE)
    begin(scene, LEAVER, TWO)
    leave(scene)
    assert states_of(LEAVER) == ["submitted", "void"]
    ((_round, change),) = [
        (key, row)
        for key, rows in departure_views.list_changes(scene.officer, call=scene.call).items()
        for row in rows
    ]
    assert (change.name, change.kept, change.void, change.substitute) == (LEAVER, 1, 1, "")
    assert (change.rule, change.reason) == ("keep_submitted_complete", WHY)
    assert audit.verify().holds


def test_grid_shows_void_sheets_as_void_and_links_only_what_counts(scene: Scene) -> None:
    before = list_assignments(scene.officer, round_=scene.round)
    leave(scene, substitute=NEW)
    after = list_assignments(scene.officer, round_=scene.round)
    assert (before.count("assigned"), after.count("assigned"), after.count("void")) == (10, 10, 2)
    assert before.links is not None and after.links is not None
    assert (before.links.reviews, after.links.reviews) == (10, 10)


def test_rule_is_the_one_that_was_frozen_with_the_round(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    call = build.calls_row(scene.call)
    rules = rules_of(call)
    void_all = replace(rules, dropout=replace(rules.dropout, rule="void_all"))
    current_app.extensions["parsed_rules"][call.rule_set_id] = void_all
    assignments.assign_all(scene.officer, round_=scene.round)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    current_app.extensions["parsed_rules"][call.rule_set_id] = rules
    hand_in(scene, LEAVER, SINGLE)
    leave(scene)
    assert states_of(LEAVER) == ["void", "void"]


def test_named_substitute_scores_every_dossier_of_the_panel(scene: Scene) -> None:
    hand_in(scene, LEAVER, SINGLE)
    leave(scene, substitute=NEW)
    assert (states_of(LEAVER), states_of(NEW)) == (["submitted", "void"], ["assigned", "assigned"])
    assert len(worklist(scene.expert(NEW))[0].rows) == 2
    with transaction() as session:
        codes = dict(
            session.execute(
                sa.select(Expert.name, PanelMember.code).join(Expert, Expert.id == PanelMember.expert_id)
            ).all()
        )
    assert codes[NEW] == "E06"
    hand_in(scene, NEW, TWO)
    (row,) = departure_views.list_changes(scene.officer, call=scene.call)[scene.round]
    assert (row.substitute, row.substitute_code) == (NEW, "E06")


def test_substitute_is_kept_from_what_must_be_kept_apart_and_it_is_recorded(scene: Scene) -> None:
    leave(scene, substitute="戊示例")
    assert states_of("戊示例") == ["assigned"]
    with transaction() as session:
        levels = session.scalars(
            sa.select(Recusal.level)
            .join(Expert, Expert.id == Recusal.expert_id)
            .where(Expert.name == "戊示例")
        ).all()
    assert levels == ["automatic"]


def test_likely_conflict_of_the_substitute_needs_an_officers_ground(scene: Scene) -> None:
    with transaction() as session:
        build.rename_head(session, scene.dossiers[SINGLE], SINGLE, NEW)
    with pytest.raises(Conflict, match="S01的利害关系须先核实"):
        leave(scene, substitute=NEW)
    leave(scene, substitute=NEW, basis="身份证号不同，非同一人")
    assert states_of(NEW) == ["assigned", "assigned"]


def test_nobody_supplies_both_halves(scene: Scene) -> None:
    asked = departures.ask_departure(scene.officer, member=member(scene, LEAVER), reason=WHY)
    with pytest.raises(NotFound):
        departures.decide_departure(
            scene.office.second_officer.viewer(current_app), approval=asked, approve=True
        )
    with pytest.raises(NotAllowed):
        departures.decide_departure(scene.officer, approval=asked, approve=True)
    with pytest.raises(NotAllowed):
        departures.ask_departure(scene.supervisor, member=member(scene, LEAVER), reason=WHY)
    departures.decide_departure(scene.supervisor, approval=asked, approve=False, note="请再核实")
    assert states_of(LEAVER) == ["assigned", "assigned"]


def test_sheet_handed_in_meanwhile_makes_the_request_void(scene: Scene) -> None:
    asked = departures.ask_departure(scene.officer, member=member(scene, LEAVER), reason=WHY)
    hand_in(scene, LEAVER, SINGLE)
    with pytest.raises(Conflict, match="内容已有变化"):
        departures.decide_departure(scene.supervisor, approval=asked, approve=True)
    assert states_of(LEAVER) == ["submitted", "assigned"]


def test_whoever_has_left_changes_nothing_any_more(scene: Scene) -> None:
    kept = hand_in(scene, LEAVER, SINGLE)
    void = begin(scene, LEAVER, TWO)
    gone = member(scene, LEAVER)
    leave(scene)
    viewer = scene.expert(LEAVER)
    with pytest.raises(Conflict, match="您已退出本轮评审"):
        reviews.withdraw_review(viewer, review=kept)
    with pytest.raises(Conflict, match="您已退出本轮评审"):
        reviews.save_draft(viewer, review=void, content={"opinion": "改"}, base_version=1)
    with pytest.raises(Conflict, match="该专家已退出本轮评审"):
        panels.sign_in(scene.officer, member=gone, checked_by="示例核验")
    with pytest.raises(Conflict, match="该专家已退出本轮评审"):
        departures.ask_departure(scene.officer, member=gone, reason=WHY)


def test_chair_is_elected_anew_before_leaving(scene: Scene) -> None:
    for name in build.PANEL:
        panels.sign_in(scene.officer, member=member(scene, name), checked_by="示例核验")
    chair = {"method": "记名投票", "votes": 4, "witness": "示例监督甲"}
    elections.elect_chair(scene.officer, round_=scene.round, member=member(scene, LEAVER), **chair)
    with pytest.raises(Conflict, match="请先另行推举组长"):
        leave(scene)
    elections.elect_chair(scene.officer, round_=scene.round, member=member(scene, "丁示例"), **chair)
    leave(scene)
    with pytest.raises(Conflict):  # neither present nor eligible any more
        elections.elect_chair(scene.officer, round_=scene.round, member=member(scene, "己示例"), **chair)


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ("draft", "本轮尚未开启，请直接调整专家组。"),
        ("reconciling", "评分已启封，专家组不能再变动。"),
        ("finished", "评分已启封，专家组不能再变动。"),
    ],
)
def test_nobody_leaves_or_joins_once_scores_are_open(scene: Scene, state: str, sentence: str) -> None:
    gone = member(scene, LEAVER)
    asked = departures.ask_departure(scene.officer, member=gone, reason=WHY, substitute=scene.experts[NEW])
    build.set_round_state(scene.round, state)
    for act in (
        lambda: departures.ask_departure(scene.officer, member=gone, reason=WHY),
        lambda: departures.decide_departure(scene.supervisor, approval=asked, approve=True),
    ):
        with pytest.raises(Conflict) as raised:
            act()
        assert str(raised.value.message) == sentence
    with pytest.raises(Conflict):
        departures.seat_drawn(scene.officer, round_=scene.round)
    with transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Departure)) == 0


def test_sealed_round_loses_an_expert_but_gains_none(scene: Scene) -> None:
    hand_in(scene, LEAVER, SINGLE)
    build.set_round_state(scene.round, "sealed")
    with pytest.raises(Conflict, match="递补专家不能再评分"):
        leave(scene, substitute=NEW)
    leave(scene)
    assert states_of(LEAVER) == ["submitted", "void"]


@pytest.mark.parametrize(
    ("name", "sentence"), [("丁示例", "是或曾是本轮专家组成员"), ("辛示例", "同在“重庆示例大学”")]
)
def test_substitute_must_fit_the_panel(app: Flask, db: SQLAlchemy, name: str, sentence: str) -> None:
    scene = build.scoring(app)
    with pytest.raises(Conflict, match=sentence):
        leave(scene, "癸示例", substitute=name)
    leave(scene, LEAVER, substitute="辛示例")  # whose place the colleague takes does not count


def test_who_is_paused_or_merged_in_the_register_follows_nobody(scene: Scene) -> None:
    with transaction() as session:
        people = {one.name: one for one in session.scalars(sa.select(Expert))}
        people[NEW].status, people[NEW].status_reason = "paused", "出国（示例）"
        people["壬示例"].merged_into_id, people["壬示例"].status = people["癸示例"].id, "removed"
    offered = departures.leaver(scene.officer, member=member(scene, LEAVER)).choices
    assert offered
    assert {scene.experts[NEW], scene.experts["壬示例"]}.isdisjoint(key for key, _label in offered)
    with pytest.raises(Conflict, match="已暂停或移出"):
        leave(scene, substitute=NEW)
    with pytest.raises(Invalid, match="不在专家库中"):
        leave(scene, substitute="壬示例")


def test_substitute_paused_meanwhile_is_not_seated(scene: Scene) -> None:
    asked = departures.ask_departure(
        scene.officer, member=member(scene, LEAVER), reason=WHY, substitute=scene.experts[NEW]
    )
    with transaction() as session:
        session.scalars(sa.select(Expert).where(Expert.name == NEW)).one().status = "paused"
    with pytest.raises(Conflict, match="已暂停或移出"):
        departures.decide_departure(scene.supervisor, approval=asked, approve=True)
    assert states_of(NEW) == []


def test_drawn_round_is_followed_by_the_next_in_order(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, panel=())
    draw = drawn(scene)
    (phones,) = draw_phones.phone_list(scene.officer, round_=scene.round)
    for line in phones.lines:
        draw_calls.log_call(scene.officer, draw=draw, expert=line.number, outcome="agreed")
    with transaction() as session:
        row = build.round_row(session, scene.round)
        confirmed = draw_state.confirmed(session, row, draw_state.of_round(session, row))
        people = session.scalars(sa.select(Expert.public_id).where(Expert.id.in_(confirmed))).all()
    panels.set_panel(scene.officer, round_=scene.round, experts=people)
    assignments.assign_all(scene.officer, round_=scene.round)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    name, number = phones.lines[0].name, phones.lines[0].number
    with pytest.raises(Conflict, match="不能指定"):
        leave(scene, name, substitute=next(one for one in scene.experts if scene.experts[one] not in people))
    with pytest.raises(Conflict, match="请在评审进度页登记专家退出"):
        draw_calls.withdraw(scene.officer, draw=draw, expert=number, reason=WHY)
    second = scene.office.second_officer.viewer(app)
    with pytest.raises(NotAllowed, match="退出由拨打人登记"):
        departures.leaver(second, member=member(scene, name))
    leave(scene, name)
    with pytest.raises(Conflict, match="没有已确认参加"):
        departures.seat_drawn(scene.officer, round_=scene.round)
    (phones,) = draw_phones.phone_list(scene.officer, round_=scene.round)
    (waiting,) = [line for line in phones.lines if line.outcome != "agreed"]
    draw_calls.log_call(scene.officer, draw=draw, expert=waiting.number, outcome="agreed")
    assert departure_views.to_seat(scene.officer, round_=scene.round) == 1
    with pytest.raises(NotAllowed, match="由拨打人办理"):
        departures.seat_drawn(second, round_=scene.round)
    assert departures.seat_drawn(scene.officer, round_=scene.round) == 1
    (row,) = departure_views.list_changes(scene.officer, call=scene.call)[scene.round]
    assert (row.name, row.substitute) == (name, waiting.name)
    (row,) = departure_views.list_changes(second, call=scene.call)[scene.round]
    assert row.substitute == waiting.number  # nobody but the caller knows the name before the sign-in
    assert departure_views.to_seat(scene.officer, round_=scene.round) == 0
    assert audit.verify().holds


def test_exhausted_order_of_a_round_under_way_is_followed_by_a_supplementary_draw(
    app: Flask, db: SQLAlchemy
) -> None:
    scene = build.prepared(app, panel=())
    others = {key: "会议当日出差（示例）" for name, key in scene.experts.items() if name not in build.PANEL}
    draw = drawn(scene, replace(PLAN, seats=[(draw_pool.ANY, 5, 0)], left_out=others))
    (phones,) = draw_phones.phone_list(scene.officer, round_=scene.round)
    for line in phones.lines:
        draw_calls.log_call(scene.officer, draw=draw, expert=line.number, outcome="agreed")
    ready = draw_views.round_draws(scene.officer, round_=scene.round).confirmed
    panels.set_panel(scene.officer, round_=scene.round, experts=ready)
    assignments.assign_all(scene.officer, round_=scene.round)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    with pytest.raises(Conflict, match="不能再次抽取"):
        drawn(scene, replace(PLAN, seats=[(draw_pool.ANY, 1, 0)], reason=WHY))
    leave(scene, phones.lines[0].name)
    assert [task.kind for task in draw_tasks.waiting(scene.officer, round_=scene.round)] == ["supplement"]
    second = drawn(scene, replace(PLAN, seats=[(draw_pool.ANY, 1, 0)], reason=WHY))
    assert second != draw
    assert [task.kind for task in draw_tasks.waiting(scene.officer, round_=scene.round)] == ["call"]
    *_earlier, phones = draw_phones.phone_list(scene.officer, round_=scene.round)
    (line,) = [line for line in phones.lines if line.outcome != "agreed"]
    draw_calls.log_call(scene.officer, draw=second, expert=line.number, outcome="agreed")
    assert departures.seat_drawn(scene.officer, round_=scene.round, basis="已核对（示例）") == 1
    (row,) = departure_views.list_changes(scene.officer, call=scene.call)[scene.round]
    assert row.substitute == line.name
    assert audit.verify().holds
    build.set_round_state(scene.round, "sealed")
    with pytest.raises(Conflict, match="评分已结束"):
        drawn(scene, PLAN)


def test_panel_that_was_named_is_not_drawn_once_the_round_is_open(scene: Scene) -> None:
    with pytest.raises(Conflict, match="本轮已开启，不能再抽取专家"):
        drawn(scene)


def test_trail_tells_who_left_why_and_who_follows(scene: Scene) -> None:
    hand_in(scene, LEAVER, SINGLE)
    leave(scene, substitute=NEW)
    lines = {line.action: line for line in supervision.told_trail(scene.supervisor, call=scene.call)}
    assert (lines["drop_out"].object, lines["drop_out"].facts["reason"]) == (LEAVER, WHY)
    assert lines["drop_out"].facts["kept_sheets"] == 1
    assert len(lines["drop_out"].facts["void_sheets"]) == 1
    assert lines["seat_substitute"].object == NEW


def test_lists_of_changes_ask_as_often_for_many_as_for_few(scene: Scene) -> None:
    leave(scene, substitute=NEW)
    few = queries(lambda: departure_views.list_changes(scene.officer, call=scene.call))
    leave(scene, "丁示例", substitute="丙示例")
    assert queries(lambda: departure_views.list_changes(scene.officer, call=scene.call)) == few
    assert approvals.list_waiting(scene.supervisor) == []


@pytest.fixture
def sealed(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A whole selection whose first round is sealed; inside an application context."""
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        yield made


def test_kept_sheet_of_who_has_left_is_not_asked_about(sealed: Selection) -> None:
    members = panels.list_members(sealed.officer, round_=sealed.written)
    public_id = next(row.public_id for row in members if row.name == PANEL[3])
    asked = departures.ask_departure(sealed.officer, member=public_id, reason=WHY)
    departures.decide_departure(sealed.supervisor, approval=asked, approve=True)
    unseal(sealed, sealed.written)
    with pytest.raises(Conflict, match="该专家已中途退出"):
        reconciliation.open_cases(
            sealed.expert(CHAIR),
            round_=sealed.written,
            dossier=sealed.numbers["2023-004"],
            codes=[sealed.codes(sealed.written)[PANEL[3]]],
            question="请说明该项评分的主要依据（示例）。",
        )


def test_papers_tell_who_left_by_code_and_the_kept_sheets_still_count(sealed: Selection) -> None:
    gone = PANEL[3]
    members = panels.list_members(sealed.officer, round_=sealed.written)
    public_id = next(row.public_id for row in members if row.name == gone)
    asked = departures.ask_departure(sealed.officer, member=public_id, reason=WHY)
    departures.decide_departure(sealed.supervisor, approval=asked, approve=True)
    code = sealed.codes(sealed.written)[gone]
    finish(sealed)
    _name, data = report.summary_sheet(sealed.officer, round_=sealed.written)
    text = "\n".join(lines(opened(data)))
    (remark,) = [line for line in text.splitlines() if "中途退出" in line]
    day = date_text(local_date(datetime.now(UTC)))
    (change,) = departure_views.list_changes(sealed.officer, call=sealed.call)[sealed.written]
    assert remark.endswith(
        f"专家书面评审专家{code}于{day}中途退出，保留评分表{change.kept}份，作废0份；未递补。"
    )
    assert gone not in text
    with transaction() as session:
        row = build.round_row(session, sealed.written)
        ratings = points.ratings_of(session, row, rules_of(build.calls_row(sealed.call)))
    assert code in ratings.experts
