import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.concordance import kendall, pair_correlations


@st.composite
def tables(draw, holes=False):
    """3-7 dossiers by 2-5 experts in few distinct points, so that ties are common; with or without holes."""
    n, k = draw(st.integers(3, 7)), draw(st.integers(2, 5))
    cell = st.integers(0, 6) | st.just(math.nan) if holes else st.integers(0, 6)
    return np.array(draw(st.lists(cell, min_size=n * k, max_size=n * k)), dtype=np.float64).reshape(n, k)


def rankings():
    """n dossiers in an order of its own for each of k experts."""
    return st.tuples(st.integers(3, 8), st.integers(2, 6), st.integers(0, 10**6)).map(
        lambda size: (
            np.random.default_rng(size[2]).permuted(np.tile(np.arange(size[0]), (size[1], 1)), axis=1).T
        )
    )


def correlated(table):
    """Mean pairwise correlations of a table, holes left out."""
    dossier, expert = np.nonzero(~np.isnan(table))
    return pair_correlations(dossier, expert, table[dossier, expert])


def pair_by_pair(table, method):
    """All correlations over common dossiers from a published implementation, one pair at a time."""
    found = []
    for a, b in itertools.combinations(table.T, 2):
        common = ~np.isnan(a) & ~np.isnan(b)
        if common.sum() >= 3 and np.ptp(a[common]) > 0 and np.ptp(b[common]) > 0:
            found.append(float(method(a[common], b[common])[0]))
    return found


@settings(deadline=None, max_examples=60)
@given(tables(holes=True) | tables())
def test_mean_correlations_are_those_of_all_pairs_over_their_common_dossiers(table):
    found = correlated(table)
    for mean, method in ((found.pearson, stats.pearsonr), (found.spearman, stats.spearmanr)):
        single = pair_by_pair(table, method)
        rest = [r for r in single if abs(r) < 1 - 1e-12]
        fisher = math.tanh(np.mean(np.arctanh(rest))) if rest else math.nan
        assert (mean.pairs, mean.perfect) == (len(single), len(single) - len(rest))
        assert mean.plain == pytest.approx(np.mean(single) if single else math.nan, nan_ok=True)
        assert mean.fisher == pytest.approx(fisher, nan_ok=True)


@settings(deadline=None, max_examples=40)
@given(rankings())
def test_mean_spearman_without_ties_follows_from_kendall_w(table):
    k = table.shape[1]
    w = kendall(table)
    assert w.w == w.w_uncorrected
    assert correlated(table.astype(float)).spearman.plain == pytest.approx((k * w.w - 1) / (k - 1))


@settings(deadline=None, max_examples=40)
@given(tables().filter(lambda table: table.shape[1] >= 3 and np.ptp(table, axis=0).any()))
def test_chi_square_of_kendall_w_is_friedmans(table):
    found = kendall(table)
    statistic, p = stats.friedmanchisquare(*table)
    assert (found.chi_square, found.p) == (pytest.approx(statistic, abs=1e-9), pytest.approx(p))
    assert found.df == table.shape[0] - 1
    assert found.w_uncorrected <= found.w


@settings(deadline=None, max_examples=40)
@given(
    tables(holes=True), st.randoms(use_true_random=False), st.integers(0, 50), st.sampled_from([0.25, 100.0])
)
def test_order_of_dossiers_and_experts_and_unit_of_points_do_not_matter(table, random, shift, scale):
    rows, columns = list(range(table.shape[0])), list(range(table.shape[1]))
    random.shuffle(rows)
    random.shuffle(columns)
    before, after = correlated(table), correlated(scale * (table[np.ix_(rows, columns)] + shift))
    for old, new in ((before.pearson, after.pearson), (before.spearman, after.spearman)):
        assert (new.pairs, new.perfect) == (old.pairs, old.perfect)
        assert (new.fisher, new.plain) == pytest.approx((old.fisher, old.plain), abs=1e-6, nan_ok=True)
    if not np.isnan(table).any():
        assert kendall(scale * (table[np.ix_(rows, columns)] + shift)).w == pytest.approx(
            kendall(table).w, nan_ok=True
        )


def test_experts_with_one_order_have_w_one_and_with_opposite_orders_zero():
    assert kendall([[70, 7.5], [80, 8.0], [90, 9.9]]).w == 1
    found = kendall([[70, 9.9], [80, 8.0], [90, 7.5]])
    assert (found.w, found.chi_square, found.p) == (0, 0, 1)


def test_experts_who_tie_all_dossiers_have_no_w():
    found = kendall([[70, 80], [70, 80], [70, 80]])
    assert np.isnan([found.w, found.w_uncorrected, found.chi_square, found.p]).all()


def test_result_does_not_depend_on_how_the_work_is_cut(monkeypatch):
    random = np.random.default_rng(7)
    complete = random.integers(0, 20, (9, 12)).astype(float)
    sparse = random.integers(0, 20, (30, 12)).astype(float)
    sparse[random.random(sparse.shape) < 0.4] = math.nan
    before = correlated(complete), correlated(sparse)
    monkeypatch.setattr("review_portal.aggregator.concordance._CHUNK", 1)
    monkeypatch.setattr("review_portal.aggregator.concordance._BLOCK", 5)
    for old, new in zip(before, (correlated(complete), correlated(sparse)), strict=True):
        for mean in ("pearson", "spearman"):
            whole, cut = getattr(old, mean), getattr(new, mean)
            assert (cut.pairs, cut.perfect) == (whole.pairs, whole.perfect)
            assert (cut.fisher, cut.plain) == pytest.approx((whole.fisher, whole.plain), rel=1e-12)


def test_perfect_pairs_stay_out_of_fishers_average_and_are_counted():
    table = np.array([[1.0, 2.0, 4.0], [2.0, 4.0, 1.0], [3.0, 6.0, 3.0], [4.0, 8.0, 2.0]])
    found = correlated(table).pearson
    r = float(np.corrcoef(table[:, 0], table[:, 2])[0, 1])
    assert (found.pairs, found.perfect) == (3, 1)
    assert found.fisher == pytest.approx(r)
    assert found.plain == pytest.approx((1 + 2 * r) / 3)


def test_pairs_with_two_common_dossiers_are_left_out():
    table = np.array([[1.0, 5.0, math.nan], [2.0, 3.0, 1.0], [4.0, 4.0, 2.0]])
    found = correlated(table)
    assert (found.possible, found.pearson.pairs) == (3, 1)
    assert found.pearson.plain == pytest.approx(float(np.corrcoef(table[:, 0], table[:, 1])[0, 1]))
    assert correlated(table[1:]).spearman.pairs == 0


def test_more_pairs_of_reviews_than_the_limit_are_refused(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.concordance.PAIR_LIMIT", 5)
    assert pair_correlations([0, 0, 0, 1, 1], [0, 1, 2, 0, 1], [1, 2, 3, 4, 5]).possible == 3
    for holes in (0, 1):
        dossier, expert = np.repeat(np.arange(3), 4)[holes:], np.tile(np.arange(4), 3)[holes:]
        with pytest.raises(AggregatorError, match="超过5个"):
            pair_correlations(dossier, expert, np.arange(12.0)[holes:])


@pytest.mark.parametrize("table", [[[1, 2]], [[1], [2]], [1, 2], [[1, math.nan], [2, 3]]])
def test_kendall_refuses_a_table_without_two_rows_and_columns_or_with_holes(table):
    with pytest.raises(AggregatorError, match="没有空缺的评分表，请改用克里彭多夫α系数"):
        kendall(table)


@pytest.mark.parametrize(
    ("dossier", "expert", "value", "sentence"),
    [
        ([0, 1], [0], [1, 2], "行数相同"),
        ([[0]], [[0]], [[1]], "一维"),
        ([0, 1], [0, 0], [1, math.nan], "空缺"),
        ([0, 0], [3, 3], [1, 2], "有两条评分"),
    ],
)
def test_pair_correlations_refuse_columns_that_cannot_be_used(dossier, expert, value, sentence):
    with pytest.raises(AggregatorError, match=sentence):
        pair_correlations(dossier, expert, value)
