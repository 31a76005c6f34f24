import itertools
from decimal import Decimal

import pytest

from review_portal.aggregator import AggregatorError, StageRatings, rank_ratings
from review_portal.aggregator.stability import change_all_weights, change_weights
from review_portal.aggregator.weight_variants import with_weight, with_weights
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import panel, ratings_of
from tests.aggregator.rounds import MAXIMA, sparse_round

RULE = Rule.shorthand("severity", tie_keys=("one.C1", "two.C2"))
LEVELS = [Decimal("0.8"), Decimal(1), Decimal("1.2")]
BOTH = {"one": MAXIMA, "two": MAXIMA}


def two_stages(dossiers=12, seed=8):
    return [
        StageRatings("one", Decimal("0.6"), sparse_round(dossiers, 8, 4, seed)),
        StageRatings("two", Decimal("0.4"), sparse_round(dossiers, 8, 4, seed + 1)),
    ]


def ranked(stages, factors, quota):
    """The ranking with these factors of each stage."""
    changed = [
        StageRatings(stage.key, stage.weight, stage.ratings.reweighted(own), stage.rubric)
        for stage, own in zip(stages, factors, strict=True)
    ]
    return rank_ratings(changed, RULE, quota=quota)


def test_each_criterion_is_left_out_raised_and_lowered():
    stages, factors = two_stages(), [Decimal(0), Decimal("1.2"), Decimal("0.8")]
    found = change_weights(stages, RULE, quota=6, maxima=BOTH, factors=factors)
    assert [(each.key, each.factor) for each in found] == [
        (f"{stage}.{criterion}", factor)
        for stage in ("one", "two")
        for criterion in ("C1", "C2")
        for factor in factors
    ]
    before = ranked(stages, [{}, {}], 6)
    for each in found:
        stage, criterion = each.key.split(".")
        own = with_weight(MAXIMA, criterion, each.factor)
        after = ranked(stages, [own if key == stage else {} for key in BOTH], 6)
        assert set(each.effect.entered) == set(after.within) - set(before.within)
        assert set(each.effect.left) == set(before.within) - set(after.within)
        assert set(each.effect.undecided) == set(after.undecided)
        old, new = ({row.dossier: row.rank for row in r.rows} for r in (before, after))
        assert each.effect.order_changed == (old != new)
    assert any(each.changes_list for each in found)


def test_all_weights_are_changed_in_all_combinations():
    stages = two_stages()
    joint = change_all_weights(stages, RULE, quota=6, maxima=BOTH)
    before = ranked(stages, [{}, {}], 6)
    changing, entered, left, compared = 0, {}, {}, set()
    for pick in itertools.product(LEVELS, repeat=4):
        own = [with_weights(MAXIMA, dict(zip(MAXIMA, part, strict=True))) for part in (pick[:2], pick[2:])]
        weights = tuple(tuple(each.values()) for each in own)
        if weights in compared or all(factor == 1 for each in weights for factor in each):
            continue
        compared.add(weights)
        after = ranked(stages, own, 6)
        changing += (set(after.within), set(after.undecided)) != (set(before.within), set(before.undecided))
        for dossier in set(after.within) - set(before.within):
            entered[dossier] = entered.get(dossier, 0) + 1
        for dossier in set(before.within) - set(after.within):
            left[dossier] = left.get(dossier, 0) + 1
    assert changing > 0
    assert (joint.combinations, joint.drawn, joint.changing) == (len(compared), False, changing)
    assert (joint.entered, joint.left) == (entered, left)
    assert list(joint.entered.values()) == sorted(joint.entered.values(), reverse=True)


def test_too_many_combinations_are_drawn_and_the_seed_alone_decides(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.changed_weights.MOST_COMBINATIONS", 20)
    joint = change_all_weights(two_stages(), RULE, quota=6, maxima=BOTH, seed=1)
    assert joint.drawn
    assert 0 < joint.combinations <= 20
    assert joint == change_all_weights(two_stages(), RULE, quota=6, maxima=BOTH, seed=1)
    assert joint != change_all_weights(two_stages(), RULE, quota=6, maxima=BOTH, seed=2)


def test_stage_with_a_single_criterion_stays_as_it_is():
    stages = [
        StageRatings("one", Decimal(1), ratings_of({"A": panel(80, 70), "B": panel(70, 70)})),
    ]
    maxima = {"one": {"total": Decimal(100)}}
    rule = Rule.shorthand("mean")
    assert change_weights(stages, rule, quota=1, maxima=maxima, factors=LEVELS) == ()
    joint = change_all_weights(stages, rule, quota=1, maxima=maxima)
    assert (joint.combinations, joint.changing, joint.drawn) == (0, 0, False)


def test_criterion_too_heavy_to_be_raised_has_no_effect_to_tell():
    maxima = {"one": {"C1": Decimal(90), "C2": Decimal(10)}, "two": MAXIMA}
    found = change_weights(two_stages(), RULE, quota=6, maxima=maxima, factors=[Decimal("1.2")])
    assert [each.key for each in found if each.effect is None] == ["one.C1"]


@pytest.mark.parametrize(
    ("maxima", "factor", "sentence"),
    [
        ({"one": MAXIMA}, "0", "“two”环节各指标的满分与评分不一致（C1、C2），请核对后再算。"),
        (BOTH | {"one": {"C1": Decimal(9)}}, "0", "“one”环节各指标的满分与评分不一致（C2），请核对后再算。"),
        (
            BOTH | {"two": MAXIMA | {"C9": Decimal(9)}},
            "0",
            "“two”环节各指标的满分与评分不一致（C9），请核对后再算。",
        ),
        (BOTH, "-0.1", "权重的倍数“-0.1”应为不小于0、最多6位小数的数，请改正。"),
        (BOTH, "1.0000001", "权重的倍数“1.0000001”应为不小于0、最多6位小数的数，请改正。"),
        (BOTH, "NaN", "权重的倍数“NaN”应为不小于0、最多6位小数的数，请改正。"),
    ],
)
def test_weights_that_cannot_be_used_are_refused_with_what_to_do(maxima, factor, sentence):
    with pytest.raises(AggregatorError) as caught:
        change_weights(two_stages(), RULE, quota=6, maxima=maxima, factors=[Decimal(factor)])
    assert str(caught.value) == sentence


@pytest.mark.parametrize("share", ["0", "1", "-0.2"])
def test_share_must_leave_every_criterion_some_weight(share):
    with pytest.raises(AggregatorError) as caught:
        change_all_weights(two_stages(), RULE, quota=6, maxima=BOTH, share=Decimal(share))
    assert str(caught.value) == f"权重的增减幅度“{share}”应大于0、小于1，请改正。"
