import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.generalizability import DecisionPoint, Generalizability
from review_portal.aggregator.intraclass import intraclass

VARIANCES = st.floats(0.01, 400)


@settings(deadline=None, max_examples=50)
@given(VARIANCES, VARIANCES, VARIANCES, st.sampled_from([0.5, 0.7, 0.8, 0.9, 0.95]))
def test_experts_needed_is_the_smallest_number_that_reaches_the_target(dossier, expert, residual, target):
    found = Generalizability(dossier, expert, residual)
    needed = found.experts_needed(target)
    assert found.absolute(needed) >= target - 1e-9
    assert needed == 1 or found.absolute(needed - 1) < target


@pytest.mark.parametrize(("target", "needed"), [(1 / 3, 1), (0.5, 2), (0.8, 8), (0.9, 18), (0.95, 38)])
def test_target_that_a_whole_number_meets_exactly_needs_not_one_more(target, needed):
    assert Generalizability(1.0, 1.0, 1.0).experts_needed(target) == needed  # Phi(k) = k / (k + 2)
    assert Generalizability(0.3, 0.3, 0.3).experts_needed(target) == needed


def test_no_number_of_experts_suffices_where_dossiers_do_not_differ():
    assert Generalizability(0.0, 3.0, 5.0).experts_needed() is None
    assert Generalizability(5e-324, 3.0, 5.0).experts_needed() is None
    assert Generalizability(0.0, 3.0, 5.0).absolute(100) == 0


def test_one_expert_suffices_where_experts_do_not_err():
    assert Generalizability(4.0, 0.0, 0.0).experts_needed(0.999) == 1


def test_complete_round_has_the_intraclass_correlations_as_coefficients():
    random = np.random.default_rng(2001)
    table = random.normal(0, 6, (9, 1)) + random.normal(0, 4, (1, 5)) + random.normal(75, 3, (9, 5))
    result = intraclass(table)
    n, k, squares = 9, 5, result.mean_squares
    found = Generalizability(
        (squares.between_dossiers - squares.residual) / k,
        (squares.between_experts - squares.residual) / n,
        squares.residual,
    )
    value = {name: pytest.approx(entry.value, rel=1e-12) for name, entry in result.coefficients.items()}
    assert found.absolute() == value["ICC(2,1)"]
    assert found.absolute(k) == value["ICC(2,k)"]
    assert found.relative() == value["ICC(3,1)"]
    assert found.relative(k) == value["ICC(3,k)"]


def test_decision_study_lists_both_coefficients_for_each_number_of_experts():
    assert Generalizability(6.0, 1.0, 3.0).decision_study(3) == (
        DecisionPoint(1, 6 / 10, 6 / 9),
        DecisionPoint(2, 6 / 8, 6 / 7.5),
        DecisionPoint(3, 6 / (6 + 4 / 3), 6 / 7),
    )


def test_round_without_any_variance_has_no_coefficient():
    assert math.isnan(Generalizability(0.0, 0.0, 0.0).absolute(5))
    assert math.isnan(Generalizability(0.0, 2.0, 0.0).relative(5))
    assert Generalizability(0.0, 2.0, 0.0).absolute(5) == 0


@pytest.mark.parametrize(
    ("variances", "sentence"),
    [
        ((-1.0, 1.0, 1.0), "材料的方差应为不小于0的数，收到的是-1.0"),
        ((1.0, math.nan, 1.0), "专家宽严度的方差"),
        ((1.0, 1.0, math.inf), "其余差异的方差"),
    ],
)
def test_impossible_variance_is_refused_by_name(variances, sentence):
    with pytest.raises(AggregatorError, match=sentence):
        Generalizability(*variances)


def test_impossible_target_or_number_of_experts_is_refused():
    found = Generalizability(6.0, 1.0, 3.0)
    for target in (0, 1, 80):
        with pytest.raises(AggregatorError, match="目标系数应在0与1之间"):
            found.experts_needed(target)
    for compute in (found.absolute, found.relative):
        with pytest.raises(AggregatorError, match="专家数应大于0"):
            compute(0)
