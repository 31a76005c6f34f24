import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm

from review_portal.aggregator import expert_pairs
from review_portal.aggregator.expert_pairs import agreeing_pairs, work
from review_portal.aggregator.residuals import Residuals
from tests.aggregator.dense import astuple_of, covariance_parts
from tests.aggregator.simulated import fitted, simulated_round


@settings(deadline=None, max_examples=10)
@given(st.integers(0, 2**32 - 1))
def test_correlations_are_those_over_the_common_dossiers(seed):
    residuals = Residuals.of(fitted(simulated_round(seed, dossiers=40, experts=6, each=4)))
    table = np.full((40, 6), np.nan)
    table[residuals.dossier, residuals.expert] = residuals.value
    found = agreeing_pairs(residuals)
    known = {}
    for j in range(6):
        for k in range(j + 1, 6):
            both = ~np.isnan(table[:, j] + table[:, k])
            if both.sum() >= expert_pairs.LEAST_COMMON:
                x, y = table[both, j], table[both, k]
                known[j, k] = (int(both.sum()), pytest.approx(x @ y / np.sqrt(x @ x * (y @ y))))
    pairs = zip(found.first.tolist(), found.second.tolist(), strict=True)
    assert (
        dict(zip(pairs, zip(found.reviews.tolist(), found.figure.tolist(), strict=True), strict=True))
        == known
    )
    z = (np.arctanh(found.figure) - np.arctanh(found.usual)) * np.sqrt(found.reviews - 3)
    assert found.p == pytest.approx(norm.sf(z))


def test_expected_correlation_is_what_the_fit_itself_leaves():
    fit = fitted(simulated_round(5, dossiers=40, experts=6, each=4))
    parts, weights = covariance_parts(fit.reviews), astuple_of(fit.variances)
    covariance = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    inverse, ones = np.linalg.inv(covariance), np.ones((160, 1))
    projector = inverse - inverse @ ones @ np.linalg.inv(ones.T @ inverse @ ones) @ ones.T @ inverse
    found = agreeing_pairs(Residuals.of(fit))
    for j, k, usual in zip(found.first, found.second, found.usual, strict=True):
        rows = [np.flatnonzero(fit.reviews.expert == expert) for expert in (j, k)]
        common = np.intersect1d(*(fit.reviews.dossier[row] for row in rows))
        one, two = (row[np.isin(fit.reviews.dossier[row], common)] for row in rows)
        exact = np.trace(projector[np.ix_(one, two)]) / np.sqrt(
            np.trace(projector[np.ix_(one, one)]) * np.trace(projector[np.ix_(two, two)])
        )
        assert usual == pytest.approx(exact, abs=0.02)


def test_pairs_with_too_few_common_dossiers_are_not_compared(monkeypatch):
    residuals = Residuals.of(fitted(simulated_round(6, dossiers=20, experts=6, each=4)))
    assert agreeing_pairs(residuals).who.size > 0
    monkeypatch.setattr(expert_pairs, "LEAST_COMMON", 21)
    assert agreeing_pairs(residuals).who.size == 0


def test_work_is_the_sum_of_squared_review_counts():
    residuals = Residuals.of(fitted(simulated_round(6, dossiers=20, experts=6, each=4)))
    assert work(residuals) == 20 * 16
