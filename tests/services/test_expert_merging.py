"""Duplicates: one row stays, the other points to it, and nothing that was done is written anew."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.experts import Declaration, Expert, ExpertTie, PanelMember, Recusal
from review_portal.models.reviews import Review
from review_portal.services import assignments, audit, draw_pool, draw_views, experts, panels, reviews
from tests import factories_draw as drawing
from tests import factories_reviews as build
from tests import form_documents
from tests.data_builders import roster_xlsx
from tests.factories_reviews import Scene

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
NEW_PHONE = "19900001098"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.prepared(app)


def again(scene: Scene, name: str = "甲示例", **changed: object) -> str:
    """The same person once more, under another number; the public id of the new row."""
    row: Mapping[str, object] = {
        "name": name,
        "employer": "重庆示例研究院",
        "field": "碳核算",
        "phone": NEW_PHONE,
        "past_roles": [{"org": "某示例公司", "role": "顾问", "end": ""}],
        **changed,
    }
    experts.import_roster(scene.officer, call=scene.call, name="x.xlsx", data=roster_xlsx([row]))
    with transaction() as session:
        return session.scalars(sa.select(Expert.public_id).where(Expert.phone == NEW_PHONE)).one()


def merge(
    scene: Scene, keep: str, drop: str, take: tuple[str, ...] = (), reason: str = "身份证号相同"
) -> None:
    both = experts.compare(scene.officer, call=scene.call, first=keep, second=drop)
    experts.merge(
        scene.officer,
        call=scene.call,
        keep=keep,
        drop=drop,
        versions=(both.first.version, both.second.version),
        take=take,
        reason=reason,
    )


def row(public_id: str) -> Expert:
    with transaction() as session:
        return session.scalars(sa.select(Expert).where(Expert.public_id == public_id)).one()


def row_id(session: Session, public_id: str) -> int:
    return session.scalars(sa.select(Expert.id).where(Expert.public_id == public_id)).one()


def against(scene: Scene, keep: str, drop: str) -> list[str]:
    both = experts.compare(scene.officer, call=scene.call, first=keep, second=drop)
    return [str(text) for text in both.against_first]


def test_rows_of_one_name_are_found_with_masked_numbers(scene: Scene) -> None:
    assert experts.list_duplicates(scene.officer, call=scene.call) == []
    again(scene)
    (pair,) = experts.list_duplicates(scene.officer, call=scene.call)
    assert {pair.first.phone, pair.second.phone} == {"199****1001", "199****1098"}
    assert (pair.first.name, pair.second.name, pair.same_employer) == ("甲示例", "甲示例", False)


def test_merged_row_becomes_a_pointer_and_its_facts_move(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    merge(scene, keep, drop, take=("手机", "邮箱"))
    kept, gone = row(keep), row(drop)
    assert (kept.phone, gone.phone, gone.status, gone.merged_into_id) == (
        NEW_PHONE,
        "19900001001",
        "removed",
        kept.id,
    )
    profile = experts.get_expert(scene.officer, call=scene.call, expert=keep)
    assert profile.row.field == "热能工程、碳核算"
    assert {(role.org, role.role) for role in profile.row.past_roles} == {
        ("某示例公司", "顾问"),
        ("重庆示例研究院", "合并前登记的工作单位"),
    }
    assert [other.public_id for other in profile.merged] == [drop]
    moved = experts.get_expert(scene.officer, call=scene.call, expert=drop).moved_to
    assert moved is not None and moved.public_id == keep
    assert drop not in {line.public_id for line in experts.list_experts(scene.officer, call=scene.call)}
    assert experts.list_duplicates(scene.officer, call=scene.call) == []
    with transaction() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "merge_experts")).one()
    assert (entry.object_id, entry.detail) == (
        keep,
        {"merged": [drop], "columns": ["手机", "邮箱"], "kept_apart": 0, "reason": "身份证号相同"},
    )
    assert audit.verify().holds


def test_employer_written_in_another_way_is_no_second_employer(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene, employer="重庆市示例大学", past_roles=[])
    merge(scene, keep, drop)
    kept = row(keep).id
    with transaction() as session:
        assert session.scalars(sa.select(ExpertTie).where(ExpertTie.expert_id == kept)).all() == []


def test_employer_taken_from_the_other_row_leaves_the_own_one_among_the_ties(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene, past_roles=[])
    merge(scene, keep, drop, take=("工作单位",))
    profile = experts.get_expert(scene.officer, call=scene.call, expert=keep)
    assert (profile.row.employer, [role.org for role in profile.row.past_roles]) == (
        "重庆示例研究院",
        ["重庆示例大学"],
    )
    assert (
        experts.search_experts(scene.officer, call=scene.call, query="甲 研究院").lines[0].public_id == keep
    )


def test_register_can_still_be_given_out_and_taken_in_after_a_merge(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene, employer="重庆示例院/示例所；分所")
    merge(scene, keep, drop)
    before = experts.get_expert(scene.officer, call=scene.call, expert=keep).row
    data = experts.export_roster(scene.officer, call=scene.call, reason="年度核对")
    report = experts.import_roster(scene.officer, call=scene.call, name="x.xlsx", data=data)
    assert (report.added, report.updated) == (0, 12)
    assert experts.get_expert(scene.officer, call=scene.call, expert=keep).row == before
    assert "重庆示例院、示例所、分所" in {role.org for role in before.past_roles}


def test_old_number_is_refused_by_the_next_import(scene: Scene) -> None:
    merge(scene, scene.experts["甲示例"], again(scene))
    with pytest.raises(Invalid) as refused:
        again(scene)
    assert [str(text) for text in refused.value.fields.values()] == [
        "该手机号码的登记已并入另一条，不再使用。请改用合并后登记的手机号码。"
    ]


def test_account_of_the_other_row_moves_where_nothing_was_done_with_it(scene: Scene) -> None:
    keep, drop = again(scene, "乙示例"), scene.experts["乙示例"]
    account = row(drop).account_id
    merge(scene, keep, drop)
    assert (row(keep).account_id, row(drop).account_id) == (account, None)
    with transaction() as session:
        assert session.get(Account, account) is not None


def test_two_accounts_are_not_merged(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], scene.experts["乙示例"]
    assert "两条登记都有账号，不能合并。" in against(scene, keep, drop)
    with pytest.raises(Conflict, match="两条登记都有账号"):
        merge(scene, keep, drop)


def test_two_seats_of_one_round_are_not_merged(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    seated = [*(scene.experts[name] for name in build.PANEL), drop]
    panels.set_panel(scene.officer, round_=scene.round, experts=seated)
    assert against(scene, keep, drop) == [
        "两条登记在同一轮的专家组中，不能合并。",
        "另一条登记在尚未结束的评审轮次中。请保留另一条，或待该轮结束后合并。",
    ]
    with pytest.raises(Conflict):
        merge(scene, keep, drop)


def test_row_with_seat_and_account_is_the_one_that_stays(scene: Scene) -> None:
    keep, drop = again(scene), scene.experts["甲示例"]
    assert against(scene, keep, drop) == [
        "另一条登记在尚未结束的评审轮次中。请保留另一条，或待该轮结束后合并。",
        "另一条登记有账号和评审记录，本人凭此登录查看。请保留另一条。",
    ]
    assert against(scene, drop, keep) == []


def test_history_of_a_finished_round_stays_under_the_row_it_was_made_under(
    app: Flask, db: SQLAlchemy
) -> None:
    scene = build.scoring(app)
    keep, drop = again(scene), scene.experts["甲示例"]
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    build.set_round_state(scene.round, "finished")
    with transaction() as session:  # a paper sheet: typed in for somebody without an account
        session.scalars(sa.select(Expert).where(Expert.public_id == drop)).one().account_id = None
    gone = row(drop).id
    merge(scene, keep, drop)
    with transaction() as session:
        for model in (PanelMember, Declaration, Review):
            both = (gone, row_id(session, keep))
            held = session.scalars(sa.select(model.expert_id).where(model.expert_id.in_(both)))
            assert set(held) == {gone}
    history = experts.history_of(scene.officer, call=scene.call, expert=keep)
    assert [(seat.assigned, seat.submitted) for seat in history.seats] == [(2, 1)]
    assert audit.verify().holds


def test_recusals_of_the_other_row_keep_the_one_that_stays_apart(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    dossier = scene.dossiers[SINGLE]
    assignments.decide_recusal(
        scene.officer, round_=scene.round, expert=scene.experts["己示例"], dossier=dossier, reason="师生关系"
    )
    with transaction() as session:  # as if the row that goes had been on the panel of an earlier round
        recusal = session.scalars(sa.select(Recusal)).one()
        recusal.expert_id = row_id(session, drop)
    merge(scene, keep, drop)
    with transaction() as session:
        held = session.execute(sa.select(Recusal.expert_id, Recusal.dossier_id, Recusal.reason)).all()
        ids = {row_id(session, keep), row_id(session, drop)}
    assert ({line.expert_id for line in held}, len({line.dossier_id for line in held}), len(held)) == (
        ids,
        1,
        2,
    )
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert [refusal.number for refusal in report.refused if refusal.expert == "甲示例"] == ["S01"]


def test_sheet_about_a_dossier_the_other_row_must_not_score_stands_in_the_way(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    dossier = scene.dossiers[SINGLE]
    assignments.decide_recusal(
        scene.officer, round_=scene.round, expert=scene.experts["己示例"], dossier=dossier, reason="师生关系"
    )
    with transaction() as session:
        session.scalars(sa.select(Recusal)).one().expert_id = row_id(session, drop)
    assignments.assign_all(scene.officer, round_=scene.round)
    assert against(scene, keep, drop) == ["这一条登记正在评审另一条须回避的材料。请先在分派页面登记回避。"]


def test_row_on_the_list_of_a_draw_that_runs_is_not_merged(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    drawing.committed(scene)
    assert against(scene, keep, drop) == ["另一条登记在尚未结束的专家抽取名单中。请待该轮评审结束后合并。"]
    assert against(scene, drop, keep) == against(scene, keep, drop)  # nothing of its seat and its account


def test_merged_row_is_no_candidate_of_a_draw(scene: Scene) -> None:
    merge(scene, scene.experts["甲示例"], again(scene))
    assert len(draw_pool.view(scene.officer, round_=scene.round).lines) == 12
    drawing.committed(scene)
    view = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert view is not None and len(view.standing.draw.frozen.pool) == 12


def test_merge_asks_for_a_reason_and_for_the_versions_that_were_seen(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    with pytest.raises(Invalid) as refused:
        merge(scene, keep, drop, reason="")
    assert set(refused.value.fields) == {"reason"}
    with pytest.raises(Conflict, match="刚被修改"):
        experts.merge(
            scene.officer,
            call=scene.call,
            keep=keep,
            drop=drop,
            versions=(99, 1),
            take=(),
            reason="身份证号相同",
        )
    assert row(drop).merged_into_id is None


def test_merge_is_for_the_secretariat_and_never_of_a_row_with_itself(scene: Scene) -> None:
    keep, drop = scene.experts["甲示例"], again(scene)
    watcher = Viewer(2, "w" * 12, "监督甲示例", frozenset({("supervisor", None)}))
    with pytest.raises(NotAllowed):
        experts.merge(
            watcher, call=scene.call, keep=keep, drop=drop, versions=(1, 1), take=(), reason="身份证号相同"
        )
    with pytest.raises(NotFound):
        experts.compare(scene.officer, call=scene.call, first=keep, second=keep)
    merge(scene, keep, drop)
    with pytest.raises(NotFound):
        experts.compare(scene.officer, call=scene.call, first=keep, second=drop)
