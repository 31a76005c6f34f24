"""Plans of an assignment: proposed, compared, read from a table, put into force as shown or not at all."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.orm import Session

from review_portal.assignment.affinity import AffinityWeights
from review_portal.assignment.model import NotInstalled
from review_portal.assignment.proposal import affinities
from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.models.experts import Expert, Recusal
from review_portal.models.reviews import Review
from review_portal.services import assignment_input, assignments, audit, panels, rounds
from review_portal.services import assignment_plans as plans
from review_portal.services.assignment_changes import Preview
from review_portal.services.assignment_input import Input
from review_portal.services.assignment_solving import Wish, columns_of, matter
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene
from tests.services.counting import queries

SINGLE, FOUR, THREE, TWO = form_documents.SAMPLES
NINE = ("甲示例", "丁示例", "己示例", "癸示例", "丑示例", "辛示例", "子示例", "戊示例", "庚示例")
EVERYBODY = Wish(everybody=True)
THREE_EACH = Wish(everybody=False, per_dossier=3)


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.prepared(app, samples=form_documents.SAMPLES, panel=NINE)


def pairs_now(scene: Scene) -> set[tuple[str, str]]:
    with transaction() as session:
        rows = session.execute(
            sa.select(Expert.name, Review.dossier_id)
            .join(Review, Review.expert_id == Expert.id)
            .join(Round, Round.id == Review.round_id)
            .where(Round.public_id == scene.round)
        )
        return {(name, str(dossier)) for name, dossier in rows}


def put(scene: Scene, shown: Preview) -> plans.Applied:
    return plans.apply(scene.officer, round_=scene.round, pairs=shown.pairs, digest=shown.digest)


def preview(scene: Scene, wish: Wish) -> Preview:
    return plans.preview(scene.officer, round_=scene.round, wish=wish)


def fits(session: Session, found: Input) -> Any:
    return affinities(columns_of(found), matter(session, found), AffinityWeights())


def lines(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[list[str]], encoding: str = "utf-8-sig") -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode(encoding)


def test_small_panel_is_asked_to_score_everything_and_told_why(scene: Scene) -> None:
    found = plans.start(scene.officer, round_=scene.round)
    assert (found.wish.everybody, found.wish.per_dossier, found.now) == (True, 5, None)
    assert str(found.why).startswith("建议全体专家评审全部材料（回避的除外）：专家9人、材料4份")


def test_everybody_scores_everything_but_what_must_be_kept_apart(scene: Scene) -> None:
    shown = preview(scene, EVERYBODY)
    assert (shown.added, shown.removed, shown.solved.proven) == (33, 0, None)
    assert {item.number: item.after for item in shown.papers} == {"S01": 8, "S02": 9, "S03": 8, "S04": 8}
    assert shown.even == ("S01", "S03", "S04")
    assert pairs_now(scene) == set()
    assert put(scene, shown) == plans.Applied(33, 0)
    with transaction() as session:
        kept = session.scalars(sa.select(Recusal.level).order_by(Recusal.id)).all()
    assert (len(pairs_now(scene)), len(kept)) == (33, 3)


def test_best_three_per_dossier_keep_every_condition(scene: Scene) -> None:
    shown = preview(scene, THREE_EACH)
    assert [item.after for item in shown.papers] == [3, 3, 3, 3]
    assert shown.solved.proven
    assert all(item.after == 0 or item.after >= 2 for item in shown.experts)
    assert shown.links is not None and len(shown.links.parts) == 1
    assert shown.worst is not None
    assert shown.worst.fit == min(item.fit for item in shown.papers if item.fit is not None)
    assert shown.idle == tuple(item.label for item in shown.experts if item.after == 0) != ()
    assert preview(scene, EVERYBODY).idle == ()
    assert set(shown.pairs) < set(preview(scene, EVERYBODY).pairs)  # 33 of 36: nobody near a dossier
    assert not any({"甲示例", "辛示例"} <= set(item.added) for item in shown.papers)  # one employer
    assert preview(scene, THREE_EACH) == shown


def test_best_plan_prefers_experts_whose_specialty_the_dossier_names(scene: Scene) -> None:
    with transaction() as session:
        for person in session.scalars(sa.select(Expert)):
            person.field = "无关领域甲乙丙" if person.name not in NINE[:3] else "绿色制造"
    shown = preview(scene, replace(THREE_EACH, connected=False, worst_first=False, one_per_employer=False))
    assert {name for item in shown.papers for name in item.added} == set(NINE[:3])


def test_earlier_reviews_of_such_dossiers_count_with_the_weight_of_the_rules(scene: Scene) -> None:
    put(scene, preview(scene, EVERYBODY))
    with transaction() as session:
        row = build.round_row(session, scene.round)
        call = build.calls_row(scene.call)
        before = fits(session, assignment_input.load(session, row, call))
        expert = session.scalars(sa.select(Expert.id).where(Expert.name == "甲示例")).one()
        for sheet in session.scalars(sa.select(Review).where(Review.expert_id == expert)):
            sheet.state = "submitted"
        row.state = "finished"
        session.flush()
        found = assignment_input.load(session, row, call)
        gained = fits(session, found) - before
    (place,) = [number for number, one in enumerate(found.experts) if one.name == "甲示例"]
    share = gained[:, place]
    assert (share > 0.05).all() and (share <= 0.25).all()  # 0.1 of the known weights, n of n + 1 reviews
    gained[:, place] = 0
    assert not gained.any()


def test_large_assignment_says_what_to_install(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("review_portal.assignment.solving.SCIPY_PAIRS", 0)
    monkeypatch.setattr("review_portal.assignment.solving.installed", lambda: False)
    monkeypatch.setattr("review_portal.assignment.flow.installed", lambda: False)
    with pytest.raises(NotInstalled, match=r"requirements-assign\.txt"):
        preview(scene, THREE_EACH)
    monkeypatch.setattr("review_portal.assignment.solving.SCIPY_PAIRS", 36)
    assert preview(scene, THREE_EACH).solved.proven  # the real sizes need no extra


def limit(name: str, most: int) -> None:
    with transaction() as session:
        session.scalars(sa.select(Expert).where(Expert.name == name)).one().load_limit = most


def test_best_plan_gives_nobody_more_dossiers_than_the_register_allows(scene: Scene) -> None:
    busy = next(item.label for item in preview(scene, THREE_EACH).experts if item.after > 2)
    limit(busy, 2)
    roomy = replace(THREE_EACH, per_dossier=7, least=3, one_per_employer=False)
    for wish in (THREE_EACH, replace(THREE_EACH, most=4), roomy):
        (own,) = [item for item in preview(scene, wish).experts if item.label == busy]
        assert own.after <= 2
    assert own.after == 2  # who asks for three of everybody gets two of him
    tight = replace(THREE_EACH, most=1, no_single=False, connected=False)
    assert max(item.after for item in preview(scene, replace(tight, per_dossier=1)).experts) == 1


def test_limits_of_the_register_that_leave_too_few_seats_are_named_as_the_cause(scene: Scene) -> None:
    for name in NINE:
        limit(name, 1)
    with pytest.raises(Invalid) as raised:
        preview(scene, replace(THREE_EACH, no_single=False, connected=False))
    assert "每位专家的评审份数上限增加 1 份" in [str(text) for text in raised.value.fields.values()]


def test_plan_beyond_a_limit_of_the_register_is_shown_as_such(scene: Scene) -> None:
    limit("癸示例", 2)
    shown = preview(scene, EVERYBODY)
    assert [(item.label, item.limit, item.after) for item in shown.over] == [("癸示例", 2, 4)]
    rows = lines(plans.table(scene.officer, round_=scene.round, wish=EVERYBODY))
    again = plans.read_table(scene.officer, round_=scene.round, name="分派表.csv", data=as_csv(rows))
    assert [item.label for item in again.over] == ["癸示例"]
    start = plans.start(scene.officer, round_=scene.round)
    assert (start.wish.everybody, "癸示例" in str(start.why)) == (False, True)


def test_preview_is_stale_once_a_limit_of_the_register_changes(scene: Scene) -> None:
    shown = preview(scene, EVERYBODY)
    limit("癸示例", 2)
    with pytest.raises(Conflict, match="预览以后"):
        put(scene, shown)
    assert pairs_now(scene) == set()


def test_mix_and_pairs_kept_apart_are_met(scene: Scene) -> None:
    apart = ((scene.experts["甲示例"], scene.experts["丁示例"]),)
    shown = preview(scene, replace(THREE_EACH, mix=(("绿色制造", 1), ("工业节能", 1)), apart=apart))
    for item in shown.papers:
        assert {"己示例", "丑示例"} <= set(item.added)
        assert not {"甲示例", "丁示例"} <= set(item.added)


def test_impossible_wish_is_diagnosed_in_sentences_and_assigns_nobody(scene: Scene) -> None:
    wish = replace(THREE_EACH, mix=(("财务", 1),))
    with pytest.raises(Invalid) as raised:
        preview(scene, wish)
    told = [str(text) for text in raised.value.fields.values()]
    assert str(raised.value.message) == "没有一种分派能满足全部条件，未作任何改动。"
    assert told == [
        "材料 S01 缺 1 名财务专家。",
        "单独放宽以下任一项即可分派：",
        "财务专家的人数下限减少 1 名",
    ]


def test_undecided_pair_is_left_out_and_its_clearing_is_the_advice(scene: Scene) -> None:
    with transaction() as session:
        build.rename_head(session, scene.dossiers[SINGLE], SINGLE, "甲示例")
    panel = [scene.experts[name] for name in NINE[:3]]
    panels.set_panel(scene.officer, round_=scene.round, experts=panel)
    assert preview(scene, EVERYBODY).undecided == 1
    with pytest.raises(Invalid) as raised:
        preview(scene, THREE_EACH)
    told = [str(text) for text in raised.value.fields.values()]
    assert "核实“须核实”的利害关系，其中不需回避的准予分派" in told
    assert not any("级别" in text for text in told)


def test_differences_are_told_per_dossier_and_per_expert(scene: Scene) -> None:
    put(scene, preview(scene, THREE_EACH))
    before = {item.label: item.after for item in preview(scene, THREE_EACH).experts}
    shown = preview(scene, EVERYBODY)
    assert (shown.added, shown.removed) == (33 - 12, 0)
    assert {item.label: item.before for item in shown.experts} == before
    assert all(item.kept == 3 for item in shown.papers)
    put(scene, shown)
    back = preview(scene, THREE_EACH)
    assert (back.added, back.removed) == (0, 21)
    assert put(scene, back) == plans.Applied(0, 21)
    assert len(pairs_now(scene)) == 12


def test_stale_preview_is_refused_and_changes_nothing(scene: Scene) -> None:
    shown = preview(scene, EVERYBODY)
    assignments.decide_recusal(
        scene.officer,
        round_=scene.round,
        expert=scene.experts["甲示例"],
        dossier=scene.dossiers[SINGLE],
        reason="曾任该单位顾问",
    )
    with pytest.raises(Conflict, match="预览以后"):
        put(scene, shown)
    assert pairs_now(scene) == set()


@pytest.mark.parametrize(("name", "sample"), [("戊示例", SINGLE), ("庚示例", TWO)])
def test_pair_that_must_be_kept_apart_is_never_applied(scene: Scene, name: str, sample: str) -> None:
    shown = preview(scene, EVERYBODY)
    with pytest.raises(Invalid):
        plans.apply(
            scene.officer,
            round_=scene.round,
            pairs=[*shown.pairs, (scene.experts[name], scene.dossiers[sample])],
            digest=shown.digest,
        )
    assert pairs_now(scene) == set()


def test_nobody_who_has_begun_loses_a_sheet(scene: Scene) -> None:
    put(scene, preview(scene, EVERYBODY))
    with transaction() as session:
        row = session.scalars(sa.select(Review).order_by(Review.id).limit(1)).one()
        row.state = "draft"
        expert = session.scalars(sa.select(Expert).where(Expert.id == row.expert_id)).one().public_id
    shown = preview(scene, THREE_EACH)
    assert expert in {pair[0] for pair in shown.pairs}
    others = [pair for pair in shown.pairs if pair[0] != expert]
    with pytest.raises(Conflict, match="已开始评审"):
        plans.apply(scene.officer, round_=scene.round, pairs=others, digest=shown.digest)
    assert len(pairs_now(scene)) == 33


def test_opened_round_takes_no_plan(scene: Scene) -> None:
    five = [scene.experts[name] for name in NINE[:5]]
    panels.set_panel(scene.officer, round_=scene.round, experts=five)
    put(scene, preview(scene, EVERYBODY))
    shown = preview(scene, EVERYBODY)
    rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)
    with pytest.raises(Conflict, match="本轮已开启"):
        put(scene, shown)


def test_plan_is_one_entry_of_the_chain(scene: Scene) -> None:
    put(scene, preview(scene, EVERYBODY))
    with transaction() as session:
        (entry,) = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "apply_plan"))
        detail = entry.detail
    assert (len(detail["assigned"]), detail["pairs"], detail["kept"]) == (33, [], 0)
    assert audit.verify().broken_at is None


def test_only_the_calls_secretariat_plans(scene: Scene) -> None:
    with pytest.raises(NotAllowed):
        plans.preview(scene.supervisor, round_=scene.round, wish=EVERYBODY)
    with pytest.raises(NotAllowed):
        plans.apply(scene.supervisor, round_=scene.round, pairs=[], digest="")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_table_comes_back_as_it_went_out(scene: Scene, encoding: str) -> None:
    shown = preview(scene, THREE_EACH)
    rows = lines(plans.table(scene.officer, round_=scene.round, wish=THREE_EACH))
    assert (rows[0], len(rows)) == (["材料编号", "申报单位", "专家编号", "专家", "工作单位"], 13)
    data = as_csv(rows, encoding)
    again = plans.read_table(scene.officer, round_=scene.round, name="分派表.csv", data=data)
    assert (again.pairs, again.digest) == (shown.pairs, shown.digest)
    put(scene, again)
    assert lines(plans.table(scene.officer, round_=scene.round, wish=None)) == rows


def test_edited_table_is_refused_with_every_fault_and_its_line(scene: Scene) -> None:
    rows = lines(plans.table(scene.officer, round_=scene.round, wish=EVERYBODY))
    rows[1] = ["S99", *rows[1][1:]]
    rows[2] = [*rows[2][:2], "", *rows[2][3:]]
    rows[3] = [*rows[3][:3], "别的示例", rows[3][4]]
    rows.append(rows[5])
    rows.append(["S01", "", scene.experts["戊示例"], "戊示例", ""])
    with pytest.raises(Invalid) as raised:
        plans.read_table(scene.officer, round_=scene.round, name="分派表.csv", data=as_csv(rows))
    places = list(raised.value.fields)
    assert places == ["第2行 材料编号", "第3行 专家编号", "第4行 专家", f"第{len(rows) - 1}行"]
    rows = [rows[0], *rows[5:-2], rows[-1]]
    with pytest.raises(Invalid) as raised:
        plans.read_table(scene.officer, round_=scene.round, name="分派表.csv", data=as_csv(rows))
    ((place, why),) = raised.value.fields.items()
    assert (place, str(why)[:8]) == (f"第{len(rows)}行", "专家须回避：配偶")
    assert pairs_now(scene) == set()


def test_plan_asks_as_often_for_many_rows_as_for_few(app: Flask, db: SQLAlchemy) -> None:
    scene = build.prepared(app, samples=(SINGLE,), panel=NINE[:3])
    acts = [
        lambda: plans.start(scene.officer, round_=scene.round),
        lambda: preview(scene, EVERYBODY),
        lambda: preview(scene, replace(THREE_EACH, no_single=False)),
    ]
    few = [queries(act) for act in acts]
    for number in range(2, 7):
        build.add_eligible(scene.call, TWO, f"S{number:02d}")
    panels.set_panel(scene.officer, round_=scene.round, experts=[scene.experts[name] for name in NINE[:8]])
    assert [queries(act) for act in acts] == few
