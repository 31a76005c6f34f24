"""Experts who stand out: named with their figures where the round allows it, else it is said why not."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal

import numpy as np
import pytest

from review_portal.aggregator import Ratings
from review_portal.services import flags
from review_portal.services.expert_flags import ExpertFlags, standing_out
from scoring_rubrics import Triggers
from tests.aggregator.simulated import Draw, simulated_round

TRIGGERS = Triggers(
    Decimal(30),
    Decimal(25),
    severity_points=Decimal(8),
    noise_times=Decimal("1.5"),
    chance_percent=Decimal(5),
)
ODD = 3


def strict(draw: Draw) -> None:
    draw.points[draw.of(ODD)] -= 28 / 4


def noisy(draw: Draw) -> None:
    draw.points[draw.of(ODD)] += draw.random.normal(0, 7, (60, 4))


def words(found: ExpertFlags) -> list[str]:
    return [str(flags.reason(kind, code, {kind: figures})) for code, kind, figures in found.found]


def test_expert_whose_severity_stands_out_is_named_with_points_and_limit() -> None:
    found = standing_out(simulated_round(1, strict), TRIGGERS)
    ((code, kind, figures),) = found.found
    assert (code, kind, figures["reviews"], figures["limit"]) == ("E03", "severity", "60", "8")
    points = figures["points"].removeprefix("-")
    assert -35 < Decimal(figures["points"]) < -20
    assert words(found) == [f"E03的60份评分总体偏严约{points}分，达到8分。"]
    assert found.unsaid == ()


def test_expert_whose_noise_stands_out_is_named_with_how_many_times() -> None:
    found = standing_out(simulated_round(1, noisy), TRIGGERS)
    ((code, kind, figures),) = found.found
    assert (code, kind) == ("E03", "noise")
    assert words(found) == [f"E03的60份评分与推算值的出入约为平常的{figures['times']}倍，达到1.5倍。"]


@pytest.mark.parametrize("plant", [None, strict, noisy])
def test_what_does_not_reach_the_limit_or_has_none_is_not_named(plant: Callable[[Draw], None] | None) -> None:
    far = Triggers(Decimal(30), Decimal(25), Decimal(50), Decimal(9), Decimal(5))
    none = Triggers(Decimal(30), Decimal(25))
    ratings = simulated_round(1, plant)
    assert (standing_out(ratings, far).found, standing_out(ratings, none)) == ((), ExpertFlags())


def test_small_rounds_name_nobody_and_say_so() -> None:
    few = standing_out(simulated_round(1, dossiers=9), TRIGGERS)
    sparse = standing_out(simulated_round(1, dossiers=12, each=3), TRIGGERS)
    assert ([str(said) for said in few.unsaid], few.found) == (
        ["本轮有评分的材料不足10份，未作评分情况检查。"],
        (),
    )
    assert ([str(said) for said in sparse.unsaid], sparse.found) == (
        ["评分满10份的专家不足5名，未作专家之间评分习惯的比较。"],
        (),
    )


def test_severity_is_not_compared_over_panels_that_nothing_connects() -> None:
    one, other = simulated_round(1, strict), simulated_round(2)
    apart = Ratings.from_codes(
        np.concatenate([one.sheet_dossier, other.sheet_dossier + 60]),
        np.concatenate([one.sheet_expert, other.sheet_expert + 12]),
        np.zeros(2 * one.sheet_dossier.size, dtype=np.int64),
        np.concatenate([one.points.sum(axis=1), other.points.sum(axis=1)]),
        dossiers=[f"S{number:03d}" for number in range(120)],
        experts=[f"E{number:02d}" for number in range(24)],
        criterion_of={"total": "total"},
    )
    found = standing_out(apart, TRIGGERS)
    assert [kind for _code, kind, _figures in found.found if kind == "severity"] == []
    assert [str(said) for said in found.unsaid] == ["各组专家之间没有共同评审的材料，未比较专家的宽严。"]
