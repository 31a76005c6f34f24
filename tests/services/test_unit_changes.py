"""Recusal run again when head or recommending unit changes: declarations fall, new grounds bind or wait."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.calls import Call
from review_portal.models.experts import Expert, ExpertTie, Recusal
from review_portal.models.recusals import FoundConflict, UnitChange
from review_portal.services import (
    assignments,
    audit,
    conflict_views,
    late_conflicts,
    own_gates,
    recusal_lifting,
    reviews,
    rounds,
    sheets,
    unit_changes,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.worklist import worklist
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
HEAD, OFFICE = "吴示例", "重庆两江新区经济运行局（示例）"
WHY = "申报单位来函：法定代表人已变更登记（示例）"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.scoring(app)


def change(scene: Scene, *, head: str = HEAD, office: str = OFFICE, sample: str = SINGLE) -> int:
    return unit_changes.change_units(
        scene.officer,
        dossier=scene.dossiers[sample],
        legal_representative=head,
        recommender=office,
        reason=WHY,
    )


def kin(name: str, relative: str) -> None:
    """The expert has a relative of this name."""
    with transaction() as session:
        expert = session.scalars(sa.select(Expert.id).where(Expert.name == name)).one()
        session.add(
            ExpertTie(
                expert_id=expert,
                kind="relative",
                organisation="示例医院",
                post="医生",
                relative=relative,
                relation="配偶",
            )
        )


def works_at(name: str, employer: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Expert).where(Expert.name == name)).one().employer = employer


def submit(scene: Scene, name: str, sample: str = SINGLE) -> None:
    viewer, review = scene.ready(name, sample)
    reviews.submit_review(
        viewer,
        review=review,
        sheet=build.full_sheet(build.rubric_of(scene)),
        base_version=0,
        request_key=name,
    )


def count(model: type[object]) -> int:
    with transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def state(scene: Scene, name: str, number: str = "S01") -> str:
    return next(row.state for row in worklist(scene.expert(name))[0].rows if row.number == number)


def test_sample_has_the_head_and_office_of_these_tests(scene: Scene) -> None:
    assert unit_changes.current_head(scene.officer, dossier=scene.dossiers[SINGLE]) == HEAD
    with pytest.raises(Invalid):
        change(scene)


def test_change_voids_declarations_and_shows_the_new_name(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    assert sheets.open_sheet(viewer, review=review)
    assert change(scene, head="新示例") == 0
    gate = own_gates.gate(viewer, review=review)
    assert (gate.declared, gate.units[0].legal_representative) == (False, "新示例")
    with pytest.raises(NotAllowed):
        sheets.open_sheet(viewer, review=review)
    assert not next(row for row in worklist(viewer)[0].rows if row.number == "S01").declared
    reviews.declare(viewer, dossier=scene.dossiers[SINGLE], answer="clear")
    assert sheets.open_sheet(viewer, review=review)
    change(scene, head="新示例", office="万州区经济和信息化委员会（示例）")
    assert not own_gates.gate(viewer, review=review).declared


def test_binding_ground_recuses_at_once_who_has_not_submitted(scene: Scene) -> None:
    works_at("甲示例", "万州区经济和信息化委员会（示例）")
    assert change(scene, office="万州区经信委") == 1
    assert (state(scene, "甲示例"), count(FoundConflict)) == ("recused", 0)
    with transaction() as session:
        row = session.scalars(sa.select(Recusal)).one()
        assert (row.rule, row.level, row.reason) == (
            "recommender",
            "automatic",
            "推荐单位“万州区经信委”工作人员",
        )


def test_submitted_sheet_stands_apart_and_waits_for_two_people(scene: Scene) -> None:
    works_at("甲示例", "万州区经济和信息化委员会（示例）")
    submit(scene, "甲示例")
    assert change(scene, office="万州区经信委") == 1
    (row,) = late_conflicts.list_found(scene.officer, call=scene.call)
    assert (row.expert, row.scored, row.waits, row.reason) == (
        "甲示例",
        True,
        True,
        "推荐单位“万州区经信委”工作人员",
    )
    assert (state(scene, "甲示例"), count(Recusal)) == ("submitted", 0)


def test_likely_ground_waits_for_people_and_blocks_nobody_else(scene: Scene) -> None:
    kin("甲示例", "新示例")
    assert change(scene, head="新示例") == 1
    (row,) = late_conflicts.list_found(scene.officer, call=scene.call)
    assert (row.scored, row.waits, row.reason) == (
        False,
        True,
        "配偶新示例与牵头单位“重庆示例绿能科技有限公司”法定代表人同名，须核实是否同一人",
    )
    asked = late_conflicts.ask_settle(
        scene.officer, conflict=row.public_id, outcome="keep", reason="身份证号不同，非同一人"
    )
    late_conflicts.decide_settle(scene.supervisor, approval=asked, approve=True)
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["甲示例"])
    line = next(line for line in page.lines if line.title.startswith("S01"))
    assert line.level == "considered"
    assert str(line.grounds[0].reason).endswith("；经双人批准，不再回避")


def test_what_was_known_before_is_not_found_again(scene: Scene) -> None:
    kin("甲示例", HEAD)  # known under the old head already, and let pass when it was assigned
    assert change(scene, office="万州区经济和信息化委员会（示例）") == 0
    assert count(FoundConflict) == 0


def test_draft_round_drops_who_must_not_judge(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    works_at("甲示例", "万州区经济和信息化委员会（示例）")
    change(scene, office="万州区经信委")
    cells = list_assignments(scene.officer, round_=scene.round).cells
    assert cells[scene.experts["甲示例"], scene.dossiers[SINGLE]].kind == "recused"


def test_change_back_asks_everybody_again(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    change(scene, head="新示例")
    change(scene, head=HEAD)
    assert own_gates.gate(viewer, review=review).units[0].legal_representative == HEAD
    assert not own_gates.gate(viewer, review=review).declared


def test_change_is_bound_to_the_chain_and_never_altered(scene: Scene) -> None:
    change(scene, head="新示例")
    assert audit.verify().holds
    with pytest.raises(Conflict), transaction() as session:
        session.execute(sa.update(UnitChange).values(reason="x"))
    assert count(UnitChange) == 1


REFUSED: list[tuple[Callable[[Scene], object], type[Exception]]] = [
    (lambda scene: change(scene, head=" "), Invalid),
    (lambda scene: change(scene, office=""), Invalid),
    (
        lambda scene: unit_changes.change_units(
            scene.supervisor,
            dossier=scene.dossiers[SINGLE],
            legal_representative="新示例",
            recommender=OFFICE,
            reason=WHY,
        ),
        NotAllowed,
    ),
    (
        lambda scene: unit_changes.change_units(
            scene.expert("甲示例"),
            dossier=scene.dossiers[SINGLE],
            legal_representative="新示例",
            recommender=OFFICE,
            reason=WHY,
        ),
        NotFound,
    ),
]


@pytest.mark.parametrize(("attempt", "refusal"), REFUSED)
def test_change_is_refused(
    scene: Scene, attempt: Callable[[Scene], object], refusal: type[Exception]
) -> None:
    with pytest.raises(refusal):
        attempt(scene)
    assert count(UnitChange) == 0


def test_change_ends_with_the_final_ranking(scene: Scene) -> None:
    with transaction() as session:
        session.scalars(sa.select(Call).where(Call.public_id == scene.call)).one().state = "ranked"
    with pytest.raises(Conflict):
        change(scene, head="新示例")


def test_draft_round_takes_back_what_has_to_be_decided_and_does_not_open(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    kin("甲示例", "新示例")
    pair = (scene.experts["甲示例"], scene.dossiers[SINGLE])
    assert change(scene, head="新示例") == 1
    assert list_assignments(scene.officer, round_=scene.round).cells[pair].kind == "undecided"
    assert count(FoundConflict) == 0
    with pytest.raises(Conflict):
        rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    assignments.assign(scene.officer, round_=scene.round, pairs=[pair], basis="身份证号不同，非同一人")
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)


def test_round_does_not_open_over_an_assignment_that_a_new_entry_of_the_register_forbids(
    app: Flask, db: SQLAlchemy
) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    works_at("甲示例", "重庆示例绿能科技有限公司")
    with pytest.raises(Conflict, match="有1项分派须回避"):
        rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert [item.expert for item in report.refused].count("甲示例") == 1
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)


def test_lifted_after_the_change_the_pair_may_be_assigned_again(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    works_at("甲示例", "万州区经济和信息化委员会（示例）")
    change(scene, office="万州区经信委")
    page = conflict_views.of_expert(scene.officer, call=scene.call, expert=scene.experts["甲示例"])
    asked = recusal_lifting.ask_lift(scene.officer, recusal=page.lines[0].recusal, reason="已调离，有调令")
    recusal_lifting.decide_lift(scene.supervisor, approval=asked, approve=True)
    assert assignments.assign_all(scene.officer, round_=scene.round).assigned == 1
