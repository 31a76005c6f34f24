"""Lifting a recusal: asked with a reason, agreed by the supervisor, kept beside the recusal it ends."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.audit import AuditEntry
from review_portal.models.experts import Recusal
from review_portal.models.recusals import RecusalLifting
from review_portal.services import (
    assignments,
    audit,
    conflict_views,
    draw_pool,
    experts,
    panels,
    recusal_lifting,
    recusal_recording,
    relations,
    reviews,
    rounds,
    sheets,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.worklist import worklist
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
WHY = "经核实配偶已于上月离职，有离职证明"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    """戊示例 (spouse heads S01) and 壬示例 (declared) are recused from S01."""
    scene = build.prepared(app, panel=("甲示例", "戊示例", "己示例", "癸示例", "壬示例"))
    assignments.assign_all(scene.officer, round_=scene.round)
    return scene


def recusal(scene: Scene, name: str) -> str:
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts[name])
    return page.lines[0].recusal


def lifted(scene: Scene, name: str) -> None:
    asked = recusal_lifting.ask_lift(scene.officer, recusal=recusal(scene, name), reason=WHY)
    recusal_lifting.decide_lift(scene.supervisor, approval=asked, approve=True, note="已核对证明")


def kind(scene: Scene, name: str, sample: str) -> str:
    cells = list_assignments(scene.officer, round_=scene.round).cells
    return cells[scene.experts[name], scene.dossiers[sample]].kind


def count(model: type[object]) -> int:
    with transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def bound(scene: Scene, name: str) -> int:
    pool = draw_pool.view(scene.officer, round_=scene.round)
    return next(line.bound for line in pool.lines if line.name == name)


def test_what_the_rules_find_is_recorded_and_lifted_before_the_draw(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, panel=())
    pair = {"expert": scene.experts["戊示例"], "dossier": scene.dossiers[SINGLE]}
    assert (bound(scene, "戊示例"), recusal(scene, "戊示例")) == (1, "")
    recusal_recording.record_ground(scene.officer, call=scene.call, **pair)
    assert (bound(scene, "戊示例"), count(Recusal)) == (1, 1)
    lifted(scene, "戊示例")
    assert bound(scene, "戊示例") == 0
    assert audit.verify().holds


def test_only_what_binds_and_stands_nowhere_yet_is_recorded(scene: Scene) -> None:
    def record(name: str, sample: str = SINGLE) -> None:
        recusal_recording.record_ground(
            scene.officer, call=scene.call, expert=scene.experts[name], dossier=scene.dossiers[sample]
        )

    for name, sentence in (
        ("戊示例", "已登记"),
        ("甲示例", "已分派给该专家"),
        ("丑示例", "没有须回避的情形"),
    ):
        with pytest.raises(Conflict, match=sentence):
            record(name)
    with pytest.raises(NotAllowed):
        recusal_recording.record_ground(
            scene.supervisor,
            call=scene.call,
            expert=scene.experts["庚示例"],
            dossier=scene.dossiers[TWO],
        )
    assert count(Recusal) == 2
    record("庚示例", TWO)
    assert count(Recusal) == 3


def test_lifted_recusal_allows_assignment_and_keeps_its_row(scene: Scene) -> None:
    assert kind(scene, "戊示例", SINGLE) == "recused"
    lifted(scene, "戊示例")
    assert (kind(scene, "戊示例", SINGLE), count(Recusal), count(RecusalLifting)) == ("open", 2, 1)
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert (report.assigned, [item.expert for item in report.refused]) == (1, ["壬示例"])
    assert kind(scene, "戊示例", SINGLE) == "assigned"


def test_page_shows_the_lifting_with_both_reasons(scene: Scene) -> None:
    lifted(scene, "戊示例")
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["戊示例"])
    line = next(line for line in page.lines if line.title.startswith("S01"))
    assert (line.level, line.recusal, line.asked) == ("considered", "", "")
    assert [(reason, why) for reason, why, _at in line.lifted] == [
        ("配偶吴示例任牵头单位“重庆示例绿能科技有限公司”法定代表人", WHY)
    ]
    assert str(line.grounds[0].reason).endswith("；经双人批准，不再回避")


def test_nothing_is_lifted_before_the_supervisor_agrees(scene: Scene) -> None:
    asked = recusal_lifting.ask_lift(scene.officer, recusal=recusal(scene, "戊示例"), reason=WHY)
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["戊示例"])
    assert (page.lines[0].level, page.lines[0].asked) == ("recorded", asked)
    with pytest.raises(Conflict):
        recusal_lifting.ask_lift(scene.officer, recusal=recusal(scene, "戊示例"), reason=WHY)
    with pytest.raises(NotAllowed):
        recusal_lifting.decide_lift(scene.officer, approval=asked, approve=True)
    recusal_lifting.decide_lift(scene.supervisor, approval=asked, approve=False, note="证明不足")
    assert (kind(scene, "戊示例", SINGLE), count(RecusalLifting)) == ("recused", 0)


def test_asking_takes_a_reason_and_the_secretariat(scene: Scene) -> None:
    with pytest.raises(Invalid) as refused:
        recusal_lifting.ask_lift(scene.officer, recusal=recusal(scene, "戊示例"), reason=" 无 ")
    assert list(refused.value.fields) == ["reason"]
    with pytest.raises(NotAllowed):
        recusal_lifting.ask_lift(scene.supervisor, recusal=recusal(scene, "戊示例"), reason=WHY)
    with pytest.raises(NotFound):
        recusal_lifting.ask_lift(scene.expert("戊示例"), recusal=recusal(scene, "戊示例"), reason=WHY)
    with pytest.raises(NotFound):
        recusal_lifting.ask_lift(scene.officer, recusal="a" * 12, reason=WHY)


def test_request_falls_when_other_grounds_have_been_found_since(scene: Scene) -> None:
    asked = recusal_lifting.ask_lift(scene.officer, recusal=recusal(scene, "戊示例"), reason=WHY)
    register(scene, "戊示例")
    with pytest.raises(Conflict):
        recusal_lifting.decide_lift(scene.supervisor, approval=asked, approve=True)
    assert count(RecusalLifting) == 0


def register(scene: Scene, name: str) -> None:
    relations.add_relation(
        scene.officer,
        call=scene.call,
        expert=scene.experts[name],
        kind="control",
        organisation="重庆示例绿能科技有限公司",
        words="本人持股5%",
        until=None,
    )


def test_ground_found_after_the_lifting_recuses_again(scene: Scene) -> None:
    lifted(scene, "戊示例")
    register(scene, "戊示例")
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert {item.expert for item in report.refused} == {"戊示例", "壬示例"}
    assert (count(Recusal), kind(scene, "戊示例", SINGLE)) == (3, "recused")
    lifted(scene, "戊示例")
    assert (count(RecusalLifting), kind(scene, "戊示例", SINGLE)) == (2, "open")


def test_who_was_let_in_again_declares_anew_before_reading(app: Flask, db: SQLAlchemy) -> None:
    scene = build.scoring(app)
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.request_recusal(viewer, review=review, reason="曾任该单位顾问")
    lifted(scene, "甲示例")
    rows = {row.number: row.state for row in worklist(scene.expert("甲示例"))[0].rows}
    assert rows["S01"] == "recused"  # the open round stays as it was frozen
    with pytest.raises(NotFound):
        sheets.open_sheet(viewer, review=review)


def test_lifted_recusal_is_none_for_election_register_and_pool(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, panel=("甲示例", "戊示例", "己示例", "癸示例", "丑示例"))
    assignments.assign_all(scene.officer, round_=scene.round)

    def standing() -> tuple[bool, set[str]]:
        members = {
            item.name: item.has_recusal for item in panels.list_members(scene.officer, round_=scene.round)
        }
        lines = experts.list_experts(scene.officer, call=scene.call)
        return members["戊示例"], {line.name for line in lines if line.recused}

    assert standing() == (True, {"戊示例"})
    lifted(scene, "戊示例")
    assert standing() == (False, set())
    assignments.assign_all(scene.officer, round_=scene.round)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    viewer, review = scene.ready("戊示例", SINGLE)
    assert sheets.open_sheet(viewer, review=review)


def test_draw_leaves_out_by_the_same_rules(scene: Scene) -> None:
    def bound() -> set[str]:
        lines = draw_pool.view(scene.officer, round_=scene.round).lines
        return {line.name for line in lines if line.bound}

    before = bound()
    assert {"戊示例", "壬示例", "庚示例"} <= before and "甲示例" not in before
    lifted(scene, "戊示例")
    register(scene, "甲示例")
    assert bound() == before - {"戊示例"} | {"甲示例"}


def test_lifting_is_bound_to_the_chain_and_told(scene: Scene) -> None:
    lifted(scene, "戊示例")
    acts = [
        entry.action
        for entry in database.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence))
        if "lift" in entry.action
    ]
    assert acts == ["ask_lift_recusal", "approve_lift_recusal", "lift_recusal"]
    assert audit.verify().holds
    database.session.rollback()


def test_lifting_is_never_changed(scene: Scene) -> None:
    lifted(scene, "戊示例")
    with pytest.raises(Conflict), transaction() as session:
        session.execute(sa.update(RecusalLifting).values(reason="x"))
    assert count(RecusalLifting) == 1
