from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator.additive import fit_additive
from review_portal.aggregator.normal_equations import TRUSTED, NormalEquations
from tests.aggregator.rounds import sparse_round


def columns_of(ratings):
    """Dossier, expert (all of them used) and float totals of every sheet."""
    assert set(ratings.sheet_expert.tolist()) == set(range(len(ratings.experts)))
    return ratings.sheet_dossier, ratings.sheet_expert, ratings.total.astype(float)


def exact_effects(dossier, expert, total, dossiers, experts):
    fit = fit_additive(dossier, expert, total.astype(np.int64), dossiers, experts, exact_experts=experts)
    return np.array([float(Fraction(int(value), fit.denominator)) for value in fit.numerator])


def farthest(dossier, expert, total, found, left_out):
    """Largest distance of the effects without each expert from the exact ones."""
    worst = 0.0
    for column, gone in enumerate(left_out):
        stays = expert != gone
        size = int(dossier.max()) + 1, int(expert.max()) + 1
        exact = exact_effects(dossier[stays], expert[stays], total[stays], *size)
        worst = max(worst, float(np.abs(found.effect[:, column] - exact).max()))
    return worst


@pytest.mark.parametrize(
    ("dossiers", "experts", "each"),
    [(40, 30, 4), (12, 5, 3), (30, 8, 8)],  # updated, fitted afresh, complete
)
def test_effects_without_each_expert_are_the_exact_ones(dossiers, experts, each):
    dossier, expert, total = columns_of(sparse_round(dossiers, experts, each, seed=1))
    found = NormalEquations.of(dossier, expert).without_each(total, np.arange(experts))
    assert farthest(dossier, expert, total, found, range(experts)) < 1e-9
    assert found.error.max() < TRUSTED
    assert (found.effect[np.arange(experts), np.arange(experts)] == 0).all()


def test_sums_over_a_dossiers_experts_are_those_of_the_effects():
    dossier, expert, total = columns_of(sparse_round(20, 12, 4, seed=2))
    found = NormalEquations.of(dossier, expert).without_each(total, np.array([3, 7]))
    sums = np.zeros((20, 2))
    np.add.at(sums, dossier, found.effect[expert])
    assert np.abs(found.dossier_sum - sums).max() < 1e-9


def test_many_totals_are_solved_at_once():
    dossier, expert, total = columns_of(sparse_round(20, 12, 4, seed=3))
    both = np.stack((total, total[::-1]), axis=1)
    found = NormalEquations.of(dossier, expert).effects(both)
    for column in range(2):
        exact = exact_effects(dossier, expert, both[:, column], 20, 12)
        assert np.abs(found.effect[:, column] - exact).max() < 1e-9
    assert found.error.max() < TRUSTED


def test_expert_who_shares_some_dossiers_with_nobody_can_be_left_out():
    # a ring of experts, and one dossier more for each expert alone
    dossier = np.concatenate((np.repeat(np.arange(6), 2), 6 + np.arange(6)))
    expert = np.concatenate((np.stack((np.arange(6), (np.arange(6) + 1) % 6), axis=1).ravel(), np.arange(6)))
    total = np.arange(dossier.size) * 37.0 % 11 * 100
    equations = NormalEquations.of(dossier, expert)
    found = equations.without_each(total, np.arange(6))
    assert farthest(dossier, expert, total, found, range(6)) < 1e-9


def test_weakly_linked_round_is_refined_until_its_effects_stand_still():
    # a ring: without one expert the others hang on a single thread, which a bound of the error cannot cover
    size = 50
    dossier = np.repeat(np.arange(size), 2)
    expert = np.stack((np.arange(size), (np.arange(size) + 1) % size), axis=1).ravel()
    total = np.random.default_rng(4).integers(5000, 9500, 2 * size).astype(float)
    left_out = np.arange(0, size, 9)
    found = NormalEquations.of(dossier, expert).without_each(total, left_out)
    assert found.error.max() < TRUSTED
    assert farthest(dossier, expert, total, found, left_out) < TRUSTED


@settings(deadline=None, max_examples=25)
@given(st.integers(0, 2**32 - 1), st.integers(0, 19), st.integers(-2000, 2000))
def test_what_an_expert_gave_does_not_count_without_him(seed, who, shift):
    dossier, expert, total = columns_of(sparse_round(30, 20, 5, seed=5))
    equations = NormalEquations.of(dossier, expert)
    other = total.copy()
    own = expert == who
    other[own] += shift + np.random.default_rng(seed).integers(-500, 500, int(own.sum()))
    before, after = (equations.without_each(each, np.array([who])).effect for each in (total, other))
    assert np.abs(before - after).max() < 1e-8
