"""What the register makes of a draw's pool: specialties, employers, and who has none."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.domain.errors import Invalid
from review_portal.services import draw_pool, draw_views, draws
from tests import factories_reviews as build
from tests.factories_draw import PLAN
from tests.factories_reviews import Scene

RULES = {"壬示例": "本人申报", "庚示例": "推荐单位", "戊示例": "亲属关系"}


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    made = build.prepared(app, panel=())
    db.session.rollback()
    return made


def add(scene: Scene, field: str, employers: Sequence[str]) -> None:
    """One more expert of the specialty for each employer."""
    people = [
        {
            **build.POOL["experts"][0],
            "name": f"新{number}示例",
            "phone": f"199000010{number:02d}",
            "employer": employer,
            "field": field,
        }
        for number, employer in enumerate(employers, start=20)
    ]
    build.experts.import_roster(
        scene.officer, call=scene.call, name="专家.xlsx", data=build.roster_xlsx(people)
    )


def test_specialty_that_is_called_like_the_whole_pool_is_no_second_one(scene: Scene) -> None:
    add(scene, "不分专业、储能", ["示例新院"])
    keys = [part.key for part in draw_pool.view(scene.officer, round_=scene.round).specialties]
    assert (keys.count(draw_pool.ANY), keys[-1], "储能" in keys) == (1, draw_pool.ANY, True)


def test_retired_experts_are_nobodys_colleagues(scene: Scene) -> None:
    add(scene, "储能", ["退休", "退休", " 离休 ", "无", "自由职业"])
    draws.lock(scene.officer, round_=scene.round, plan=build.replace(PLAN, seats=[("储能", 5, 0)]))


def test_colleagues_are_told_by_their_employer_however_it_is_written(scene: Scene) -> None:
    add(scene, "储能", ["重庆示例储能有限公司", "重庆市示例储能有限责任公司"])
    with pytest.raises(Invalid, match="名单中最多可选1人"):
        draws.lock(scene.officer, round_=scene.round, plan=build.replace(PLAN, seats=[("储能", 2, 0)]))


def test_exclusion_names_the_rule_and_not_the_unit(scene: Scene) -> None:
    """A relative's post and the own employer are two grounds; the sheet tells which, not where."""
    plan = build.replace(PLAN, leave_conflicts_out=True)
    draws.lock(scene.officer, round_=scene.round, plan=plan)
    current = draw_views.round_draws(scene.supervisor, round_=scene.round).current
    assert current is not None
    told = {current.names[entry.id]: entry.reason for entry in current.standing.draw.frozen.exclusions}
    lines = draw_pool.view(scene.officer, round_=scene.round).lines
    assert set(told) == {line.name for line in lines if line.bound}
    assert {name: reason.split("：")[0] for name, reason in told.items()} == RULES
    employers = {str(one["employer"]) for one in build.POOL["experts"]}
    assert [word for word in employers if word in "".join(told.values())] == []
