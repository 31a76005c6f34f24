"""Experts of both rounds: allowed, forbidden, or with enough new ones; refused in sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid
from review_portal.services import both_rounds, calls, draw_pool, draws, opening, panels
from review_portal.services.rules import rules_of
from tests import factories_reviews as build
from tests.factories_draw import PLAN
from tests.factories_reviews import Scene

NEW = ("辛示例", "子示例")


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.prepared(app)


def later(scene: Scene) -> str:
    return calls.view(scene.officer, call=scene.call).rounds[1].public_id


def decide(scene: Scene, kind: str, new: int = 0) -> None:
    """The call's rules with another setting, as if its call.toml had it."""
    call = build.calls_row(scene.call)
    rules = rules_of(call)
    panel = replace(rules.panel, both_rounds=kind, new_experts=new)
    current_app.extensions["parsed_rules"][call.rule_set_id] = replace(rules, panel=panel)


def name(scene: Scene, people: tuple[str, ...]) -> None:
    panels.set_panel(scene.officer, round_=later(scene), experts=[scene.experts[one] for one in people])


def test_same_panel_sits_in_both_rounds_where_the_scheme_allows_it(scene: Scene) -> None:
    name(scene, build.PANEL)
    assert len(panels.list_members(scene.officer, round_=later(scene))) == 5


def test_expert_of_the_first_round_is_refused_by_name_where_forbidden(scene: Scene) -> None:
    decide(scene, "forbid")
    with pytest.raises(Conflict) as raised:
        name(scene, (*NEW, "甲示例", "丁示例"))
    assert str(raised.value.message) == (
        "丁示例、甲示例参加过前一轮评审，方案规定不再参加后一轮。请另选专家。"
    )
    assert panels.list_members(scene.officer, round_=later(scene)) == []
    name(scene, NEW)
    assert {row.name for row in panels.list_members(scene.officer, round_=later(scene))} == set(NEW)


@pytest.mark.parametrize(("people", "fits"), [((*build.PANEL[:3], *NEW), True), (build.PANEL, False)])
def test_enough_new_experts_are_demanded(scene: Scene, people: tuple[str, ...], fits: bool) -> None:
    decide(scene, "some_new", 2)
    if fits:
        name(scene, people)
        assert len(panels.list_members(scene.officer, round_=later(scene))) == 5
        return
    with pytest.raises(Conflict) as raised:
        name(scene, people)
    assert str(raised.value.message) == (
        "专家组中未参加过前一轮评审的专家有0人，方案规定不少于2人。请换入新专家。"
    )


def test_first_round_knows_no_earlier_experts(scene: Scene) -> None:
    decide(scene, "forbid")
    people = [scene.experts[one] for one in build.PANEL]
    panels.set_panel(scene.officer, round_=scene.round, experts=people)
    assert both_rounds.list_earlier(scene.officer, round_=scene.round) == frozenset()
    assert both_rounds.list_earlier(scene.officer, round_=later(scene)) == frozenset(people)


def test_round_does_not_open_with_a_panel_that_the_scheme_forbids(scene: Scene) -> None:
    name(scene, build.PANEL)
    build.set_round_state(scene.round, "finished")
    decide(scene, "forbid")
    with transaction() as session:
        call = build.calls_row(scene.call)
        row = build.round_row(session, later(scene))
        with pytest.raises(Conflict, match="参加过前一轮评审"):
            opening.refuse_unready(session, row, call, rules_of(call))


def test_whoever_could_not_sit_is_not_drawn(scene: Scene) -> None:
    decide(scene, "forbid")
    with transaction() as session:
        row = build.round_row(session, later(scene))
        _pool, out = draw_pool.locked_pool(session, row, {}, leave_conflicts_out=False)
        assert (len(out), {item.rule for item in out}) == (5, {draw_pool.EARLIER_ROUND_RULE})


def test_list_that_could_give_too_few_new_experts_is_not_locked(scene: Scene) -> None:
    decide(scene, "some_new", 3)
    with pytest.raises(Invalid) as refused:
        draws.lock(scene.officer, round_=later(scene), plan=PLAN)
    assert str(refused.value.message) == (
        "方案规定未参加过前一轮评审的专家不少于3人。名单中参加过前一轮的有5人，至多可留2人，其余请排除并写明理由，再锁定名单。"
    )
    out = {scene.experts[one]: "参加过前一轮评审" for one in build.PANEL[:3]}
    assert draws.lock(scene.officer, round_=later(scene), plan=replace(PLAN, left_out=out))
