"""Assignment: conflicts refused, recorded and explained; what is frozen stays; lists in few queries."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Recusal
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.models.reviews import Review
from review_portal.services import assignments, calls, experts, panels, rounds, sheets
from review_portal.services.assignment_grid import AssignmentGrid, list_assignments
from review_portal.services.worklist import worklist
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene

SINGLE, FOUR, THREE, TWO = form_documents.SAMPLES
WITH_CONFLICTS = ("甲示例", "戊示例", "己示例", "庚示例", "壬示例")


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.prepared(app, panel=WITH_CONFLICTS)


def grid(scene: Scene) -> AssignmentGrid:
    return list_assignments(scene.officer, round_=scene.round)


def reviews_of(round_: str) -> list[Review]:
    with transaction() as session:
        query = sa.select(Review).join(Round, Round.id == Review.round_id).where(Round.public_id == round_)
        return list(session.scalars(query))


def recusals() -> list[tuple[str, str]]:
    with transaction() as session:
        return [(row.level, row.reason) for row in session.scalars(sa.select(Recusal).order_by(Recusal.id))]


def test_everybody_gets_everything_that_nothing_stands_against(scene: Scene) -> None:
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert (report.assigned, grid(scene).count("assigned"), grid(scene).count("recused")) == (7, 7, 3)
    assert [(item.expert, item.number, item.recused) for item in report.refused] == [
        ("庚示例", "S02", True),
        ("壬示例", "S01", True),
        ("戊示例", "S01", True),
    ]


def test_refusals_are_recorded_with_level_and_reason(scene: Scene) -> None:
    assignments.assign_all(scene.officer, round_=scene.round)
    assert sorted(recusals()) == [
        ("automatic", "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员"),
        ("automatic", "配偶吴示例任牵头单位“重庆示例绿能科技有限公司”法定代表人"),
        (
            "declared",
            "专家自行申明与“重庆示例绿能科技有限公司”有利害关系：重庆示例绿能科技有限公司（授信业务经办人）",
        ),
    ]


def test_assigning_twice_changes_nothing(scene: Scene) -> None:
    assignments.assign_all(scene.officer, round_=scene.round)
    report = assignments.assign_all(scene.officer, round_=scene.round)
    assert (report.assigned, len(report.refused), len(reviews_of(scene.round)), len(recusals())) == (
        0,
        3,
        7,
        3,
    )


def test_pair_with_a_conflict_is_refused_by_hand_too(scene: Scene) -> None:
    report = assignments.assign(
        scene.officer,
        round_=scene.round,
        pairs=[
            (scene.experts["戊示例"], scene.dossiers[SINGLE]),
            (scene.experts["戊示例"], scene.dossiers[TWO]),
        ],
        basis="已核实无利害关系",
    )
    assert (report.assigned, [item.number for item in report.refused]) == (1, ["S01"])


def test_likely_conflict_waits_for_an_officers_word(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    pair = (scene.experts["甲示例"], scene.dossiers[SINGLE])
    with transaction() as session:  # a namesake: the expert's own name heads the unit
        build.rename_head(session, scene.dossiers[SINGLE], SINGLE, "甲示例")
    report = assignments.assign_all(scene.officer, round_=scene.round)
    (refused,) = report.refused
    assert (refused.expert, refused.recused, [str(text) for text in refused.reasons], recusals()) == (
        "甲示例",
        False,
        ["本人与牵头单位“重庆示例绿能科技有限公司”法定代表人同名，须核实是否同一人"],
        [],
    )
    assert grid(scene).cells[pair].kind == "undecided"
    cleared = assignments.assign(
        scene.officer, round_=scene.round, pairs=[pair], basis="身份证号不同，非同一人"
    )
    assert (cleared.assigned, grid(scene).cells[pair].kind) == (1, "assigned")


def test_officer_can_keep_a_pair_apart_with_a_reason(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    pair = {"expert": scene.experts["甲示例"], "dossier": scene.dossiers[SINGLE]}
    with pytest.raises(Invalid):
        assignments.decide_recusal(scene.officer, round_=scene.round, **pair, reason="")
    assignments.decide_recusal(scene.officer, round_=scene.round, **pair, reason="曾共同申报专利")
    assert (recusals(), grid(scene).cells[tuple(pair.values())].kind, len(reviews_of(scene.round))) == (
        [("decided", "曾共同申报专利")],
        "recused",
        9,
    )


def test_unassigned_pair_is_open_again(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    pair = (scene.experts["甲示例"], scene.dossiers[SINGLE])
    assert assignments.unassign(scene.officer, round_=scene.round, pairs=[pair]) == 1
    assert grid(scene).cells[pair].kind == "open"


def test_opened_round_is_frozen(app: Flask, db: SQLAlchemy) -> None:
    scene = build.scoring(app)
    pair = (scene.experts["甲示例"], scene.dossiers[SINGLE])
    acts: list[Callable[[], object]] = [
        lambda: assignments.assign(scene.officer, round_=scene.round, pairs=[pair]),
        lambda: assignments.assign_all(scene.officer, round_=scene.round),
        lambda: assignments.unassign(scene.officer, round_=scene.round, pairs=[pair]),
        lambda: assignments.decide_recusal(
            scene.officer, round_=scene.round, expert=pair[0], dossier=pair[1], reason="曾共同申报"
        ),
    ]
    for act in acts:
        with pytest.raises(Conflict) as refused:
            act()
        assert str(refused.value) == "本轮已开启，分派已冻结，不能再改。"


def test_pair_that_is_not_of_the_round_changes_nothing(scene: Scene) -> None:
    good = (scene.experts["甲示例"], scene.dossiers[SINGLE])
    for bad in ((scene.experts["丙示例"], good[1]), (good[0], "a" * 12)):
        with pytest.raises(Invalid):
            assignments.assign(scene.officer, round_=scene.round, pairs=[good, bad])
    assert reviews_of(scene.round) == []


def test_only_the_secretariat_assigns(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        assignments.assign_all(scene.supervisor, round_=scene.round)
    with pytest.raises(NotFound):
        assignments.assign_all(scene.expert("甲示例"), round_=scene.round)
    with pytest.raises(NotFound):
        list_assignments(scene.expert("甲示例"), round_=scene.round)


def test_assignment_follows_the_dossiers_current_version(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    assignments.assign_all(scene.officer, round_=scene.round)
    with transaction() as session:
        row = session.scalars(sa.select(Dossier).where(Dossier.public_id == scene.dossiers[SINGLE])).one()
        version = session.get(DossierVersion, row.current_version_id)
        assert version is not None
        build.add_version(session, row, version.file_id, build.form_of(SINGLE), "corrected")
        current = row.current_version_id
    assignments.assign_all(scene.officer, round_=scene.round)
    moved = [row.dossier_version_id for row in reviews_of(scene.round)]
    assert moved.count(current) == len(build.PANEL)


def test_second_round_scores_the_shortlist_alone(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app)
    later = calls.view(scene.officer, call=scene.call).rounds[1].public_id
    panels.set_panel(scene.officer, round_=later, experts=[scene.experts[name] for name in build.PANEL])
    with transaction() as session:
        call = build.calls_row(scene.call)
        ranking = Ranking(
            call_id=call.id,
            kind="shortlist",
            body={},
            input_digest="i",
            rules_digest="r",
            digest="d",
            software="test",
            frozen_at=build.DEADLINE,
            frozen_by=scene.officer.account_id,
        )
        session.add(ranking)
        session.flush()
        for sample, outcome in ((SINGLE, "shortlisted"), (TWO, "not_shortlisted")):
            dossier = session.scalars(
                sa.select(Dossier.id).where(Dossier.public_id == scene.dossiers[sample])
            ).one()
            session.add(RankingRow(ranking_id=ranking.id, dossier_id=dossier, outcome=outcome))
    report = assignments.assign_all(scene.officer, round_=later)
    shown = list_assignments(scene.officer, round_=later)
    assert (report.assigned, [item.public_id for item in shown.dossiers]) == (5, [scene.dossiers[SINGLE]])


@contextmanager
def counted() -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(database.engine, "before_cursor_execute", note)
    try:
        yield seen
    finally:
        sa.event.remove(database.engine, "before_cursor_execute", note)


def queries(act: Callable[[], object]) -> int:
    with counted() as seen:
        act()
    return len(seen)


def test_lists_ask_as_often_for_many_rows_as_for_few(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, samples=(SINGLE,), panel=build.PANEL[:1])
    lists: list[Callable[[], object]] = [
        lambda: grid(scene),
        lambda: experts.list_experts(scene.officer, call=scene.call),
        lambda: experts.conflicts_of(scene.officer, call=scene.call),
    ]
    few = [queries(act) for act in lists]
    for number in range(2, 9):
        build.add_eligible(scene.call, TWO, f"S{number:02d}")
    everybody = [scene.experts[name] for name in build.PANEL]
    panels.set_panel(scene.officer, round_=scene.round, experts=everybody)
    assert [queries(act) for act in lists] == few
    assignments.assign_all(scene.officer, round_=scene.round)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    viewer = scene.expert("甲示例")
    many = queries(lambda: worklist(viewer))
    assert (len(worklist(viewer)[0].rows), many) == (8, 8)
    _viewer, review = scene.ready("甲示例", SINGLE)
    assert queries(lambda: sheets.open_sheet(viewer, review=review)) <= 8
