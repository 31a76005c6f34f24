import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from review_portal.aggregator.residuals import Residuals, left_out, two_sided
from tests.aggregator.dense import astuple_of, covariance_parts
from tests.aggregator.simulated import fitted, simulated_round

SEEDS = st.integers(0, 2**32 - 1)


def dense_fit(fit):
    """Fitted values as H y and the residuals' covariance, from the matrices themselves."""
    parts, weights = covariance_parts(fit.reviews, fit.noise), astuple_of(fit.variances)
    covariance = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    inverse, ones = np.linalg.inv(covariance), np.ones((fit.reviews.points.size, 1))
    projector = inverse - inverse @ ones @ np.linalg.inv(ones.T @ inverse @ ones) @ ones.T @ inverse
    chance = fit.variances.residual * parts[-1]
    return np.eye(ones.size) - chance @ projector, chance @ projector @ chance


@settings(deadline=None, max_examples=15)
@given(SEEDS, st.booleans())
def test_residual_has_the_variance_that_the_model_gives_it(seed, noisy):
    ratings = simulated_round(seed, dossiers=12, experts=5, each=4)
    fit = fit_mixed(Reviews.of(ratings), expert_noise=noisy)
    found, (hat, covariance) = Residuals.of(fit), dense_fit(fit)
    assert found.value == pytest.approx(fit.reviews.points - hat @ fit.reviews.points, abs=1e-6)
    assert found.free * found.variance == pytest.approx(np.diag(covariance), rel=1e-6)


@settings(deadline=None, max_examples=15)
@given(SEEDS, st.integers(0, 47))
def test_unaided_residual_is_that_of_the_others_prediction(seed, review):
    ratings = simulated_round(seed, dossiers=12, experts=5, each=4)
    fit = fitted(ratings)
    parts, weights = covariance_parts(fit.reviews), astuple_of(fit.variances)
    covariance = sum(weight * part for weight, part in zip(weights, parts, strict=True))
    others = np.arange(48) != review
    inverse, ones = np.linalg.inv(covariance[np.ix_(others, others)]), np.ones(47)
    points = fit.reviews.points
    mu = (ones @ inverse @ points[others]) / (ones @ inverse @ ones)
    predicted = mu + covariance[review, others] @ inverse @ (points[others] - mu)
    assert Residuals.of(fit).unaided[review] == pytest.approx(points[review] - predicted, abs=1e-6)


def test_left_out_is_the_t_statistic_of_a_refit_without_the_value():
    # one mean: of n values the last is compared with the mean and spread of the others
    values = np.array([3.0, 5.0, 4.0, 6.0, 12.0])
    others, size = values[:-1], values.size
    own = (values[-1] - values.mean()) ** 2 / (values.var(ddof=1) * (1 - 1 / size))
    direct = (values[-1] - others.mean()) / (others.std(ddof=1) * np.sqrt(1 + 1 / others.size))
    assert left_out(np.array([own]), size - 1.0)[0] == pytest.approx(direct)
    assert left_out(np.array([3.0]), 5.0).tolist() == [pytest.approx(6**0.5)]


def test_value_that_holds_all_the_variance_stays_finite():
    assert np.isfinite(left_out(np.array([4.0, 9.0]), 4.0)).all()


def test_two_sided_chance_of_student():
    assert two_sided(np.array([-2.5, 2.5]), 7.0) == pytest.approx(2 * student.sf([2.5, 2.5], 7))
