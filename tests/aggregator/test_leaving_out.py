from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings

from review_portal.aggregator import AggregatorError, score_round
from review_portal.aggregator.leaving_out import LeavingOut
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import panel, ratings_of
from tests.aggregator.rounds import rounds, rules, sparse_round

SEVERITY = Rule.shorthand("severity")


def compare_with_the_official_layer(ratings, rule, experts=None):
    """Every score without each expert against `score_round` without him, and what decided there."""
    result = score_round(ratings, rule, beside=False)
    plan = LeavingOut.of(result)
    chosen = np.flatnonzero(plan.load) if experts is None else np.array(experts)
    variants = plan.scores(chosen)
    means = [plan.criterion_means(number, chosen) for number in range(len(ratings.criteria))]
    for row, expert in enumerate(chosen.tolist()):
        try:
            official = score_round(ratings.without(experts=[ratings.experts[expert]]), rule, beside=False)
        except AggregatorError:
            assert variants.refused[row]
            continue
        assert not variants.refused[row]
        left = np.flatnonzero(~variants.gone[row])
        assert tuple(result.dossiers[at] for at in left) == official.dossiers
        assert variants.score[row, left].tolist() == official.score.tolist()
        assert (plan.normalize[expert], plan.combine[expert]) == (official.normalize, official.combine)
        changed = (official.normalize, official.combine) != (result.normalize, result.combine)
        assert plan.changes_method(expert) == changed
        for number, mean in enumerate(means):
            assert mean[row, left].tolist() == official.criterion_means[:, number].tolist()
    return plan


@settings(deadline=None, max_examples=120)
@given(rounds(), rules())
def test_every_score_is_the_official_one(ratings, rule):
    try:
        score_round(ratings, rule, beside=False)
    except AggregatorError:
        return  # the rule refuses the round as it is
    compare_with_the_official_layer(ratings, rule)


@pytest.mark.parametrize("normalize", ["none", "severity", "z_score"])
@pytest.mark.parametrize("combine", ["mean", "drop_high_low", "median"])
def test_every_score_of_a_real_call_is_the_official_one(normalize, combine):
    rule = Rule(normalize, combine, min_reviews=4)
    compare_with_the_official_layer(sparse_round(60, 40, 6, seed=1), rule, range(0, 40, 8))


@pytest.mark.parametrize("normalize", ["none", "severity", "z_score"])
@pytest.mark.parametrize("combine", ["mean", "drop_high_low", "median"])
def test_every_score_of_a_large_panel_is_the_official_one(normalize, combine):
    # more than EXACT_EXPERTS experts: the official layer iterates too
    rule = Rule(normalize, combine, min_reviews=4)
    compare_with_the_official_layer(sparse_round(240, 90, 6, seed=2), rule, range(0, 90, 15))


def test_complete_round_has_plain_means_and_never_asks_again(monkeypatch):
    # five experts less one: quarters of half points, many of them exact halves of a hundredth
    ratings = sparse_round(12, 5, 5, seed=3)
    monkeypatch.setattr(LeavingOut, "_officially", _never)
    severity, plain = (
        LeavingOut.of(score_round(ratings, Rule.shorthand(name), beside=False)).scores(np.arange(5)).score
        for name in ("severity", "mean")
    )
    assert severity.tolist() == plain.tolist()


def _never(*_):
    raise AssertionError("asked the official layer")


def test_true_half_is_decided_by_the_official_layer(monkeypatch):
    # without E3 the others differ by 2.01 on average, so C is 60 + 1.005: a half that no float shall round
    totals = {
        "A": {"E1": 79, "E2": 81, "E3": 70},
        "B": {"E1": 79, "E2": "81.02", "E3": 75},
        "C": {"E1": 60, "E3": 75},
    }
    asked = recorded(monkeypatch)
    plan = LeavingOut.of(score_round(ratings_of(totals), SEVERITY, beside=False))
    assert plan.scores(np.array([2])).score.tolist() == [[8000, 8001, 6101]]
    assert asked == [2]


def recorded(monkeypatch):
    """The experts without whom `score_round` is asked, as they come."""
    asked = []
    original = LeavingOut._officially
    monkeypatch.setattr(
        LeavingOut, "_officially", lambda plan, expert: asked.append(expert) or original(plan, expert)
    )
    return asked


def test_expert_who_alone_links_two_panels_takes_the_calibration_with_him():
    totals = {
        "A": {"E1": 80, "E2": 90},
        "B": {"E2": 70, "E3": 75},
        "C": {"E1": 60, "E2": 64},
        "D": {"E3": 60},
    }
    plan = compare_with_the_official_layer(ratings_of(totals), SEVERITY)
    assert plan.normalize.tolist() == ["severity", "none", "severity"]
    fallen = compare_with_the_official_layer(ratings_of(totals), replace(SEVERITY, fallback="z_score"))
    assert fallen.normalize.tolist() == ["severity", "z_score", "severity"]


def test_round_becomes_connected_without_the_expert_who_scored_apart():
    totals = {"A": {"E1": 80, "E2": 90}, "B": {"E1": 70}, "C": {"E3": 60}}
    plan = compare_with_the_official_layer(ratings_of(totals), SEVERITY)
    assert plan.normalize.tolist() == ["none", "none", "severity"]
    assert plan.changes_method(2)


def test_fewer_reviews_than_dropping_needs_change_the_method_or_are_refused():
    totals = {"A": panel(90, 85, 85, 84, 60), "B": panel(86, 85, 84, 84, 80), "C": panel(80, 70, 75, 70, 75)}
    totals["A"]["E6"] = totals["B"]["E6"] = totals["C"]["E6"] = 80
    totals["C"]["E1"] = None
    rule = Rule.shorthand("drop_high_low")
    plan = compare_with_the_official_layer(ratings_of(totals), rule)
    assert plan.combine.tolist() == ["drop_high_low", *["mean"] * 5]
    refusing = replace(rule, below_threshold="refuse")
    plan = compare_with_the_official_layer(ratings_of(totals), refusing)
    assert plan.refused.tolist() == [False, *[True] * 5]


def test_dossier_that_only_one_expert_scored_goes_with_him():
    totals = {"A": {"E1": 80, "E2": 90}, "B": {"E1": 70}}
    plan = LeavingOut.of(score_round(ratings_of(totals), SEVERITY, beside=False))
    variants = plan.scores(np.array([0, 1]))
    assert variants.gone.tolist() == [[False, True], [False, False]]


def test_round_with_a_single_expert_has_nothing_left_without_him():
    plan = LeavingOut.of(score_round(ratings_of({"A": {"E1": 80}}), SEVERITY, beside=False))
    assert plan.scores(np.array([0])).refused.tolist() == [True]


def test_effects_that_do_not_settle_are_left_to_the_official_layer(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.leaving_out.TRUSTED", -1.0)
    asked = recorded(monkeypatch)
    compare_with_the_official_layer(sparse_round(12, 6, 3, seed=4), SEVERITY)
    assert asked == list(range(6))
