import numpy as np
import pytest
from scipy.stats import binom, chi2, nbinom

from review_portal.aggregator import expert_habits
from review_portal.aggregator.residuals import Residuals
from tests.aggregator.simulated import fitted, simulated_round


def complete(dossiers, experts, value=None):
    """Residuals of a complete round; what is not given is of no account."""
    size = dossiers * experts
    return Residuals(
        dossier=np.repeat(np.arange(dossiers), experts),
        expert=np.tile(np.arange(experts), dossiers),
        dossiers=dossiers,
        experts=experts,
        value=np.zeros(size) if value is None else np.asarray(value, dtype=float).ravel(),
        variance=4.0,
        noise=np.ones(experts),
        taken=np.full(size, 0.25),
        of_dossier=np.full(dossiers, 0.15),
        of_expert=np.full(experts, 0.1),
        level=0.02,
    )


ALL = np.ones(3, dtype=bool)


def test_round_numbers_are_counted_in_steps_of_five_points():
    table = np.array([[80, 81, 80], [85, 82, 70], [90, 83, 71], [75, 85, 72]]) * 100
    table[0, 1] = 80_50
    found = expert_habits.round_numbers(table.ravel(), complete(4, 3), ALL)
    assert found.figure.tolist() == [1.0, 0.25, 0.5]
    assert found.usual == pytest.approx([(3 + 1) / 10, (6 + 1) / 10, (5 + 1) / 10])
    assert found.p == pytest.approx([binom.sf(3, 4, 0.4), binom.sf(0, 4, 0.7), binom.sf(1, 4, 0.6)])
    assert found.telling.tolist() == [True, False, False]


def test_expert_without_a_round_total_has_chance_one():
    found = expert_habits.round_numbers(np.tile([100, 500, 500], 4), complete(4, 3), ALL)
    assert found.p[0] == 1.0


def test_ties_are_counted_as_pairs():
    table = np.array([[80, 81, 80], [80, 82, 70], [80, 83, 71], [75, 81, 72]])
    found = expert_habits.ties(table.ravel(), complete(4, 3), ALL)
    assert found.figure.tolist() == [3, 1, 0]
    # six pairs and four triples each; the first expert's triple is of the others' only for the other two
    assert found.usual == pytest.approx([6 * (1 + 1) / 14, 6 * (3 + 1) / 14, 6 * (4 + 1) / 14])
    mean, excess = found.usual[1], 6 * 4 * 1 / 8
    assert found.p[1] == pytest.approx(nbinom.sf(0, mean**2 / excess, mean / (mean + excess)))
    assert found.p[2] == 1.0
    assert found.telling.tolist() == [True, False, False]


def test_halo_is_the_mean_correlation_of_what_remains_beside_dossier_and_expert():
    random = np.random.default_rng(3)
    criteria = random.normal(0, 1, (60, 2))
    criteria[::3] = criteria[::3, :1]  # the first of three experts gives both criteria alike
    found = expert_habits.halo(criteria, complete(20, 3), ALL)
    table = criteria.reshape(20, 3, 2)
    rest = table - table.mean(axis=1, keepdims=True)
    rest -= rest.mean(axis=0)
    rest /= np.sqrt((rest**2).sum(axis=(0, 1)))
    crossed = (rest[..., 0] * rest[..., 1]).sum(axis=0)
    square = (rest**2).sum(axis=(0, 2)) / 2
    assert found.figure == pytest.approx(crossed / square)
    others = [(crossed.sum() - crossed[j]) / (square.sum() - square[j]) for j in range(3)]
    assert found.usual == pytest.approx(others)
    assert found.p.argmin() == 0


def test_expert_with_one_figure_for_all_criteria_is_sure_to_be_named():
    random = np.random.default_rng(4)
    criteria = random.normal(0, 1, (120, 3))
    criteria[::3] = criteria[::3, :1]
    criteria -= np.repeat(criteria.reshape(40, 3, 3).mean(axis=1), 3, axis=0)
    criteria[::3] = criteria[::3].mean(axis=1, keepdims=True)
    found = expert_habits.halo(criteria, complete(40, 3), ALL)
    assert found.figure[0] > 0.9
    assert found.p[0] < 1e-9


def test_criterion_that_never_varies_is_left_out_of_halo():
    random = np.random.default_rng(5)
    criteria = random.normal(0, 1, (60, 3))
    with_constant = np.column_stack([criteria, np.full(60, 7.0)])
    one = expert_habits.halo(criteria, complete(20, 3), ALL)
    other = expert_habits.halo(with_constant, complete(20, 3), ALL)
    assert one.p == pytest.approx(other.p)


def test_single_criterion_has_no_halo():
    assert expert_habits.halo(np.ones((60, 1)), complete(20, 3), ALL).who.size == 0


def test_infit_is_the_ratio_of_squares_to_their_expectation():
    value = np.tile([1.0, 2.0, 4.0], (30, 1))
    found = expert_habits.noise(complete(30, 3, value), ALL)
    assert found.figure == pytest.approx(np.array([1, 4, 16]) / (4 * 0.75))
    assert found.outfit == pytest.approx(found.figure)  # every review has the same variance
    # variances 0.75 and covariances 0.25 - 0.15 + 0.02 in units of the residual variance
    freedom = (30 * 0.75) ** 2 / (30 * 0.75**2 + 30 * 29 * 0.12**2)
    assert found.low == pytest.approx(chi2.ppf(0.025, freedom) / freedom)
    assert found.high == pytest.approx(chi2.ppf(0.975, freedom) / freedom)
    assert found.p.argmin() == 2


def test_crowding_is_measured_against_the_spread_of_the_dossiers_seen():
    ratings = simulated_round(11)
    fit = fitted(ratings)
    residuals = Residuals.of(fit)
    found = expert_habits.central_tendency(fit, residuals, residuals.reviews > 0)
    own = fit.reviews.points[fit.reviews.expert == 4]
    level = fit.calibrated[fit.reviews.dossier[fit.reviews.expert == 4]]
    assert found.figure[4] == pytest.approx(own.std(ddof=1))
    # every expert saw every dossier; their common level is known only as the experts' mean severity is
    doubt = (fit.spread.calibrated**2).mean() - fit.variances.expert / 12
    assert found.usual[4] ** 2 == pytest.approx(level.var(ddof=1) + doubt + fit.variances.residual)


def test_no_severity_stands_out_where_experts_do_not_differ():
    def equal(draw):
        draw.points -= np.bincount(draw.expert, draw.points.sum(axis=1))[draw.expert, None] / (60 * 4)

    fit = fitted(simulated_round(12, equal))
    assert fit.variances.expert == 0.0
    assert expert_habits.severity(fit, np.ones(12, dtype=bool)).who.size == 0
