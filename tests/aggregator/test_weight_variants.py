from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError, score_round, weight_variants
from review_portal.aggregator.weight_variants import reweighted_scores, with_weight, with_weights
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import ratings_of
from tests.aggregator.rounds import MAXIMA, rounds, rules, sparse_round

CHANGES = [
    {},
    *(with_weight(MAXIMA, criterion, Decimal(f)) for criterion in MAXIMA for f in ("0", "0.8", "1.2")),
    with_weights(MAXIMA, {"C1": Decimal("0.8"), "C2": Decimal("1.2")}),
]


def officially(ratings, rule):
    return [score_round(ratings.reweighted(change), rule, beside=False).score.tolist() for change in CHANGES]


@settings(deadline=None, max_examples=80)
@given(rounds(), rules())
def test_every_reweighted_score_is_the_official_one(ratings, rule):
    try:
        result = score_round(ratings, rule, beside=False)
    except AggregatorError:
        return  # the rule refuses the round as it is
    assert reweighted_scores(result, CHANGES).tolist() == officially(ratings, rule)


@pytest.mark.parametrize("normalize", ["none", "severity", "z_score"])
@pytest.mark.parametrize("combine", ["mean", "drop_high_low", "median"])
def test_every_reweighted_score_of_a_large_panel_is_the_official_one(normalize, combine):
    rule = Rule(normalize, combine)
    ratings = sparse_round(240, 90, 6, seed=2)
    result = score_round(ratings, rule, beside=False)
    assert reweighted_scores(result, CHANGES).tolist() == officially(ratings, rule)


@settings(deadline=None, max_examples=20)
@given(st.lists(st.sampled_from(["0.8", "1", "1.2"]), min_size=2, max_size=2))
def test_sum_of_the_maxima_stays(levels):
    factors = with_weights(MAXIMA, dict(zip(MAXIMA, map(Decimal, levels), strict=True)))
    assert abs(sum(factors[key] * MAXIMA[key] for key in MAXIMA) - 100) <= Decimal("0.0001")


def test_others_share_what_a_criterion_gains_or_loses():
    maxima = {"C1": Decimal(40), "C2": Decimal(35), "C3": Decimal(25)}
    assert with_weight(maxima, "C1", Decimal("1.2")) == {
        "C1": Decimal("1.2"), "C2": Decimal("0.866667"), "C3": Decimal("0.866667"),
    }  # fmt: skip
    assert with_weight(maxima, "C3", Decimal(0)) == {
        "C1": Decimal("1.333333"), "C2": Decimal("1.333333"), "C3": Decimal(0),
    }  # fmt: skip
    assert with_weights(maxima, {"C1": Decimal("1.2"), "C2": Decimal(1), "C3": Decimal("0.8")}) == {
        "C1": Decimal("1.165049"), "C2": Decimal("0.970874"), "C3": Decimal("0.776699"),
    }  # fmt: skip


def test_criterion_that_is_all_there_is_cannot_be_changed_alone():
    assert with_weight({"C1": Decimal(100)}, "C1", Decimal("0.8")) is None
    assert with_weight({"C1": Decimal(90), "C2": Decimal(10)}, "C1", Decimal("1.2")) is None


def test_variants_are_computed_in_parts_that_fit_the_memory(monkeypatch):
    ratings = sparse_round(12, 6, 3, seed=4)
    result = score_round(ratings, Rule.shorthand("severity"), beside=False)
    at_once = reweighted_scores(result, CHANGES).tolist()
    monkeypatch.setattr(weight_variants, "_CELLS", 1)
    assert reweighted_scores(result, CHANGES).tolist() == at_once


def test_complete_round_has_plain_means_and_never_asks_again(monkeypatch):
    result = score_round(sparse_round(12, 4, 4, seed=3), Rule.shorthand("severity"), beside=False)
    monkeypatch.setattr(weight_variants, "_officially", _never)
    plain = score_round(result.ratings, Rule.shorthand("mean"), beside=False)
    assert reweighted_scores(result, CHANGES).tolist() == reweighted_scores(plain, CHANGES).tolist()


def _never(*_):
    raise AssertionError("asked the official layer")


def test_true_half_is_decided_by_the_official_layer(monkeypatch):
    # the experts differ by 2.01 on average, so C is 60 + 1.005
    ratings = ratings_of({"A": {"E1": 79, "E2": 81}, "B": {"E1": 79, "E2": "81.02"}, "C": {"E1": 60}})
    result = score_round(ratings, Rule.shorthand("severity"), beside=False)
    asked = []
    original = weight_variants._officially
    monkeypatch.setattr(
        weight_variants, "_officially", lambda *about: asked.append(about[1]) or original(*about)
    )
    assert reweighted_scores(result, [{}]).tolist() == [[8000, 8001, 6101]]
    assert asked == [{}]
