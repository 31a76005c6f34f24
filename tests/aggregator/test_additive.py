from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.additive import fit_additive
from review_portal.aggregator.connectivity import components
from tests.aggregator.cases import additive_reference, half_up, panel, published, ratings_of, scored

HALF_POINTS = st.integers(0, 200).map(lambda value: str(value / 2))


@st.composite
def connected_rounds(draw):
    """2-6 dossiers, 2-5 experts, holes, but one expert who scored everything keeps the round connected."""
    dossiers = [f"S{number}" for number in range(draw(st.integers(2, 6)))]
    experts = [f"E{number}" for number in range(draw(st.integers(2, 5)))]
    totals = {
        dossier: {
            expert: draw(st.none() | HALF_POINTS if expert != "E0" else HALF_POINTS) for expert in experts
        }
        for dossier in dossiers
    }
    return totals


def effects_of(fit, experts):
    return {
        expert: Fraction(int(value), fit.denominator)
        for expert, value in zip(experts, fit.numerator, strict=True)
    }


@settings(deadline=None, max_examples=60)
@given(connected_rounds())
def test_severity_is_the_exact_rational_solution(totals):
    ratings = ratings_of(totals)
    quality, effect = additive_reference(totals)
    fit = fit_additive(
        ratings.sheet_dossier,
        ratings.sheet_expert,
        ratings.total,
        len(ratings.dossiers),
        len(ratings.experts),
    )
    assert fit.exact
    assert effects_of(fit, ratings.experts) == {expert: value * 100 for expert, value in effect.items()}
    result = scored(totals, "severity")
    assert published(result) == {dossier: str(half_up(value)) for dossier, value in quality.items()}
    assert result.effects == {expert: half_up(value) for expert, value in effect.items()}


@settings(deadline=None, max_examples=40)
@given(connected_rounds(), st.randoms(use_true_random=False))
def test_every_rule_is_blind_to_the_order_of_dossiers_and_experts(totals, random):
    dossiers, experts = list(totals), sorted({expert for column in totals.values() for expert in column})
    random.shuffle(dossiers)
    new_name = dict(zip(experts, random.sample(experts, len(experts)), strict=True))
    shuffled = {d: {new_name[e]: value for e, value in totals[d].items()} for d in dossiers}
    for name in ("mean", "drop_high_low", "median", "severity", "z_score"):
        assert published(scored(shuffled, name)) == {d: published(scored(totals, name))[d] for d in dossiers}


@settings(deadline=None, max_examples=40)
@given(connected_rounds(), st.integers(0, 3), st.integers(1, 40))
def test_a_more_generous_expert_moves_every_dossier_alike_under_severity(totals, which, step):
    experts = sorted({e for column in totals.values() for e, value in column.items() if value is not None})
    generous, shift = (
        experts[which % len(experts)],
        step * len(experts),
    )  # hundredths, so that nothing is rounded
    before, after = ratings_of(totals), ratings_of(totals)
    after.points[after.sheet_expert == after.experts.index(generous)] += shift
    fits = [
        fit_additive(r.sheet_dossier, r.sheet_expert, r.total, len(r.dossiers), len(r.experts))
        for r in (before, after)
    ]
    moved = {
        expert: effects_of(fits[1], experts)[expert] - effects_of(fits[0], experts)[expert]
        for expert in experts
    }
    assert moved == {expert: shift - step if expert == generous else -step for expert in experts}


def test_iterative_solution_gives_the_published_scores_of_the_exact_one():
    random = np.random.default_rng(20230217)
    dossiers, experts = 300, 90
    pairs = np.unique(random.integers(0, dossiers * experts, 1500))
    dossier, expert = pairs // experts, pairs % experts
    total = random.integers(80, 190, pairs.size) * 50
    exact = fit_additive(dossier, expert, total, dossiers, experts, exact_experts=experts)
    iterative = fit_additive(dossier, expert, total, dossiers, experts, exact_experts=0)
    assert (exact.exact, iterative.exact) == (True, False)
    error = max(
        abs(Fraction(int(a), exact.denominator) - Fraction(int(b), iterative.denominator))
        for a, b in zip(exact.numerator, iterative.numerator, strict=True)
    )
    assert error < Fraction(1, 10**7)


def test_effects_sum_to_zero_in_every_component():
    ratings = ratings_of({"A": {"E1": 80, "E2": 91}, "B": {"E3": 70, "E4": 75, "E5": 77}})
    fit = fit_additive(ratings.sheet_dossier, ratings.sheet_expert, ratings.total, 2, 5)
    effect = [Fraction(int(value), fit.denominator) for value in fit.numerator]
    assert (sum(effect[:2]), sum(effect[2:])) == (0, 0)
    assert fit.components.expert.tolist() == [0, 0, 1, 1, 1]


def test_severity_does_not_punish_the_dossier_whose_generous_expert_was_recused():
    # E3 gives 6 points more than the others; B was not seen by E3
    totals = {"A": panel(80, 80, 86), "B": {"E1": 80, "E2": 80}, "C": panel(70, 70, 76)}
    result = scored(totals, "severity")
    assert published(result) == {"A": "82.00", "B": "82.00", "C": "72.00"}
    assert [str(value) for value in result.effects.values()] == ["-2.00", "-2.00", "4.00"]


def test_dossiers_and_experts_without_reviews_belong_to_no_component():
    parts = components(np.array([0, 2]), np.array([1, 1]), 3, 2)
    assert (parts.count, parts.connected) == (1, True)
    assert (parts.dossier.tolist(), parts.expert.tolist()) == ([0, -1, 0], [-1, 0])


def test_iteration_that_does_not_settle_raises(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.additive._REFINED", 0.0)
    with pytest.raises(AggregatorError, match="未能收敛"):
        fit_additive(
            np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]), np.array([1, 2, 4, 9]), 2, 2, exact_experts=0
        )
