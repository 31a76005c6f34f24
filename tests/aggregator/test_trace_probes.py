"""Random signs for traces: what they cancel, and that figures hardly hang on the seed."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.rounds import at_random, in_panels, reviews_of
from review_portal.aggregator.mixed_equations import equations
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from review_portal.aggregator.mixed_reml import Variances
from review_portal.aggregator.mixed_solver import ExactSolver, IterativeSolver, signs_of

WEAK_NOISE = Variances(25.0, 16.0, 0.0, 4.0)


def panels(bridges: float, seed: int = 1) -> Reviews:
    """2,000 dossiers by 100 panels of 5 experts, whose numbers say nothing of their panel."""
    chosen = in_panels(2000, 500, 5, bridges, seed)
    number = np.random.default_rng(seed).permutation(500)
    return reviews_of(np.sort(number[chosen], axis=1), 500, noise=2, seed=seed)[0]


def turned(reviews: Reviews) -> Reviews:
    """Experts in place of dossiers and dossiers in place of experts."""
    order = np.lexsort((reviews.dossier, reviews.expert))
    return Reviews(
        reviews.expert[order],
        reviews.dossier[order],
        reviews.points[order],
        reviews.experts,
        reviews.dossiers,
    )


@pytest.mark.parametrize("arranged", [lambda reviews: reviews, turned], ids=["experts", "dossiers"])
def test_traces_of_separate_panels_are_exact(arranged) -> None:
    reviews = arranged(panels(0.0))
    system = equations(reviews.dossier, reviews.expert, dossiers=reviews.dossiers, experts=reviews.experts)
    signs = signs_of(system, seed=3, probes=8)
    assert np.unique(signs).tolist() == [-1, 1]
    found = IterativeSolver(system, WEAK_NOISE.ratios, signs, {})
    wanted = ExactSolver(system, WEAK_NOISE.ratios).traces
    assert found.traces == pytest.approx(wanted, rel=1e-4)  # as far as the conjugate gradients go
    assert signs[:, 0] @ signs[:, 0] == 8


def test_error_of_a_trace_is_that_of_independent_signs() -> None:
    reviews = panels(0.01)
    system = equations(reviews.dossier, reviews.expert, dossiers=reviews.dossiers, experts=reviews.experts)
    wanted = ExactSolver(system, WEAK_NOISE.ratios).traces[0]
    random = np.random.default_rng(5)
    errors, said = [], []
    for _ in range(60):
        signs = random.choice(np.array((-1, 1), dtype=np.int8), (2, 500))
        solver = IterativeSolver(system, WEAK_NOISE.ratios, signs, {})
        errors.append(solver.traces[0] - wanted)
        said.append(solver.trace_error)
    assert np.std(errors) == pytest.approx(np.mean(said), rel=0.3)
    assert abs(np.mean(errors)) < 3 * np.mean(said) / np.sqrt(60)


def test_number_of_probes_need_not_be_a_power_of_two() -> None:
    reviews = panels(0.01)
    system = equations(reviews.dossier, reviews.expert, dossiers=reviews.dossiers, experts=reviews.experts)
    assert [signs_of(system, 0, probes).shape for probes in (1, 3, 6)] == [(1, 500), (3, 500), (6, 500)]


def test_seeds_of_a_hard_round_agree_far_within_the_standard_error() -> None:
    reviews = panels(0.01)
    exact = fit_mixed(reviews)
    few = [fit_mixed(reviews, engine="iterative", seed=seed) for seed in range(5)]
    assert {len(fit.solver.signs) for fit in few} == {32}  # two were not enough
    for one, other in combinations(few, 2):
        for name in ("dossier", "expert", "residual"):
            error = getattr(exact.se_variances, name)
            assert abs(getattr(one.variances, name) - getattr(other.variances, name)) < 0.02 * error
            assert abs(getattr(one.variances, name) - getattr(exact.variances, name)) < 0.02 * error


def test_few_probes_are_enough_where_reviews_hang_together_loosely() -> None:
    reviews, _ = reviews_of(at_random(40_000, 10_000, 5), 10_000, noise=30)
    assert len(fit_mixed(reviews, engine="iterative").solver.signs) == 2
