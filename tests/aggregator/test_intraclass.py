import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.intraclass import cronbach_alpha, intraclass, mean_squares

# Shrout & Fleiss 1979, Table 2: six targets rated by four judges; Tables 3 and 4: what follows from it
SHROUT_FLEISS = np.array(
    [[9, 2, 5, 8], [6, 1, 3, 2], [8, 4, 6, 8], [7, 1, 2, 6], [10, 5, 6, 9], [6, 2, 4, 7]]
)
PUBLISHED = {
    "ICC(1,1)": 0.17,
    "ICC(2,1)": 0.29,
    "ICC(3,1)": 0.71,
    "ICC(1,k)": 0.44,
    "ICC(2,k)": 0.62,
    "ICC(3,k)": 0.91,
}


@st.composite
def tables(draw):
    """Complete tables of whole points, 2-7 dossiers by 2-5 experts."""
    n, k = draw(st.integers(2, 7)), draw(st.integers(2, 5))
    cells = st.lists(st.integers(0, 100), min_size=n * k, max_size=n * k)
    return np.array(draw(cells), dtype=np.float64).reshape(n, k)


def flat(result):
    """All figures of the six coefficients as one array."""
    return np.array(
        [(c.value, c.f, c.df1, c.df2, c.p, c.low, c.high) for c in result.coefficients.values()]
    ).ravel()


def test_published_mean_squares_and_coefficients_of_shrout_and_fleiss():
    result = intraclass(SHROUT_FLEISS)
    squares = result.mean_squares
    assert (squares.dossiers, squares.experts) == (6, 4)
    assert [
        round(value, 2)
        for value in (
            squares.between_dossiers,
            squares.within_dossiers,
            squares.between_experts,
            squares.residual,
        )
    ] == [11.24, 6.26, 32.49, 1.02]
    assert {name: round(entry.value, 2) for name, entry in result.coefficients.items()} == PUBLISHED
    assert [(entry.df1, entry.df2) for entry in result.coefficients.values()] == [
        (5, 18),
        (5, 15),
        (5, 15),
    ] * 2


def test_limits_enclose_the_coefficient_and_widen_with_the_level():
    narrow, wide = (intraclass(SHROUT_FLEISS, level).coefficients for level in (0.5, 0.99))
    for name, entry in narrow.items():
        assert wide[name].low < entry.low < entry.value < entry.high < wide[name].high


@settings(deadline=None, max_examples=50)
@given(tables(), st.randoms(use_true_random=False))
def test_coefficients_are_blind_to_the_order_of_dossiers_and_experts(table, random):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    assert flat(intraclass(table[np.ix_(rows, columns)])) == pytest.approx(
        flat(intraclass(table)), rel=1e-6, abs=1e-9, nan_ok=True
    )


@settings(deadline=None, max_examples=50)
@given(tables(), st.integers(-500, 500), st.sampled_from([0.01, 0.5, 3.0, 40.0]))
def test_coefficients_do_not_change_with_the_origin_and_unit_of_points(table, shift, scale):
    assert flat(intraclass(scale * (table + shift))) == pytest.approx(
        flat(intraclass(table)), rel=1e-6, abs=1e-9, nan_ok=True
    )


@settings(deadline=None, max_examples=50)
@given(tables())
def test_mean_squares_split_the_whole_variance(table):
    n, k = table.shape
    squares = mean_squares(table)
    assert (n - 1) * squares.between_dossiers + n * (k - 1) * squares.within_dossiers == pytest.approx(
        float(np.square(table - table.mean()).sum())
    )
    assert (k - 1) * squares.between_experts + (n - 1) * (k - 1) * squares.residual == pytest.approx(
        n * (k - 1) * squares.within_dossiers
    )


@settings(deadline=None, max_examples=50)
@given(tables())
def test_consistency_of_the_mean_is_cronbach_alpha_over_experts(table):
    k = table.shape[1]
    whole = table.sum(axis=1).var(ddof=1)
    textbook = k / (k - 1) * (1 - table.var(axis=0, ddof=1).sum() / whole) if whole else math.nan
    expected = pytest.approx(textbook, rel=1e-9, abs=1e-9, nan_ok=True)
    assert cronbach_alpha(table) == expected
    assert intraclass(table).coefficients["ICC(3,k)"].value == expected


def test_experts_who_differ_by_a_constant_agree_perfectly_only_where_severity_does_not_count():
    table = np.array([60.1, 70.7, 80.3, 90.9])[:, None] + np.array([0.0, 5.3, 9.7])
    found = intraclass(table).coefficients
    assert mean_squares(table).residual == 0
    for name in ("ICC(3,1)", "ICC(3,k)"):
        entry = found[name]
        assert (entry.value, entry.low, entry.high, entry.f, entry.p) == (1, 1, 1, math.inf, 0)
    assert 0 < found["ICC(2,1)"].value < found["ICC(2,k)"].value < 1
    assert found["ICC(2,1)"].low < found["ICC(2,1)"].value < found["ICC(2,1)"].high


def test_identical_experts_agree_perfectly_in_every_sense():
    found = intraclass(np.repeat([[60.1], [70.7], [80.3]], 7, axis=1)).coefficients
    assert {(e.value, e.low, e.high, e.f, e.p) for e in found.values()} == {(1, 1, 1, math.inf, 0)}


@pytest.mark.parametrize("points", [0.0, 0.1, 85.37, 1e7])
def test_table_without_variance_has_mean_squares_zero_and_no_coefficient(points):
    result = intraclass(np.full((7, 3), points))
    squares = result.mean_squares
    assert (squares.between_dossiers, squares.between_experts, squares.residual) == (0, 0, 0)
    for entry in result.coefficients.values():
        assert np.isnan([entry.value, entry.f, entry.p, entry.low, entry.high]).all()
    assert math.isnan(cronbach_alpha(np.full((7, 3), points)))


def test_dossiers_with_equal_means_leave_the_mean_without_a_coefficient():
    found = intraclass(np.array([[70.0, 80.0, 75.0], [80.0, 75.0, 70.0], [75.0, 70.0, 80.0]])).coefficients
    assert found["ICC(1,1)"].value == found["ICC(3,1)"].value == -1 / 2
    assert (found["ICC(1,1)"].f, found["ICC(1,1)"].p) == (0, 1)
    assert all(math.isnan(found[name].value) for name in ("ICC(1,k)", "ICC(2,k)", "ICC(3,k)"))


@pytest.mark.parametrize(("name", "severity"), [("ICC(1,1)", 0.0), ("ICC(2,1)", 4.0), ("ICC(3,1)", 40.0)])
def test_limits_cover_the_true_coefficient_as_often_as_they_say(name, severity):
    random = np.random.default_rng(1979)
    quality, noise, rounds = 6.0, 5.0, 800
    counted = 0.0 if name == "ICC(3,1)" else severity
    truth = quality**2 / (quality**2 + counted**2 + noise**2)
    covered = 0
    for _ in range(rounds):
        table = (
            random.normal(0, quality, (12, 1))
            + random.normal(0, severity, (1, 6))
            + random.normal(0, noise, (12, 6))
        )
        entry = intraclass(table, 0.9).coefficients[name]
        covered += entry.low <= truth <= entry.high
    assert covered / rounds == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ([[80, 81, 82]], "收到的是1×3"),
        ([[80], [81]], "收到的是2×1"),
        ([80, 81], "收到的是2；"),
        (
            [[80, math.nan], [81, 82], [math.nan, 83]],
            "评分表有2处空缺，.*请改用方差分量（概化系数）或克里彭多夫α系数",
        ),
    ],
)
def test_table_that_has_no_two_way_analysis_is_refused_with_what_to_use(table, sentence):
    for compute in (intraclass, mean_squares, cronbach_alpha):
        with pytest.raises(AggregatorError, match=sentence):
            compute(table)


@pytest.mark.parametrize("level", [0, 1, 95, math.nan])
def test_level_outside_zero_and_one_is_refused(level):
    with pytest.raises(AggregatorError, match="应在0与1之间"):
        intraclass(SHROUT_FLEISS, level)
