"""Do the experts put the dossiers in the same order? Kendall's W, and correlations of pairs of experts."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import chdtrc

from .exact import Groups, Index
from .notices import AggregatorError

COMMON_DOSSIERS = 3  # over two common dossiers every correlation is perfect, whatever the points
PAIR_LIMIT = 20_000_000  # pairs of reviews to compare; as many take some ten seconds
_CHUNK = 100_000  # pairs of reviews at a time: they and their ranks stay in cache
_BLOCK = 256
_PERFECT = 1 - 1e-12

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Kendall:
    """Kendall's coefficient of concordance of n dossiers ranked by k experts.

    w: corrected for ties; w_uncorrected: not corrected, smaller where there are ties. chi_square = k (n-1) w
    on df = n-1 degrees of freedom; p follows from it, a good approximation from about 8 dossiers on. All
    are nan if every expert gives all dossiers one score.
    """

    w: float
    w_uncorrected: float
    chi_square: float
    df: int
    p: float


@dataclass(frozen=True, slots=True)
class MeanCorrelation:
    """Average over pairs of experts of their correlation r; nan if no pair is left.

    fisher: tanh of the mean of artanh r, without the `perfect` pairs (r = 1 or -1), whose artanh is
    infinite. plain: mean of r over all `pairs`. pairs: those with enough common dossiers to which neither
    expert gives one and the same score.
    """

    fisher: float
    plain: float
    pairs: int
    perfect: int


@dataclass(frozen=True, slots=True)
class PairCorrelations:
    """Mean of Pearson's correlations of points and of Spearman's of ranks over two experts' common dossiers.

    possible: number of pairs of experts, of which only `pairs` could be correlated (the same in both).
    """

    possible: int
    pearson: MeanCorrelation
    spearman: MeanCorrelation


def kendall(table: ArrayLike) -> Kendall:
    """W = 12 S / (k^2 (n^3 - n) - k T) of a complete table (dossiers, experts); O(n k log n).

    S: squared deviations of the dossiers' rank sums from their mean. T: sum of t^3 - t over every group of t
    tied scores of an expert (Kendall 1948, Rank Correlation Methods, chapter 6). Raises AggregatorError for
    holes or fewer than 2 rows or columns.
    """
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2 or not np.isfinite(values).all():
        raise AggregatorError(
            "肯德尔和谐系数只适用于至少2行2列、没有空缺的评分表，请改用克里彭多夫α系数（顺序度量）。"
        )
    n, k = values.shape
    ranks, ties = _column_ranks(values)
    sums = ranks.sum(axis=1)
    spread = 12.0 * float(np.square(sums - sums.mean()).sum())
    largest = k**2 * (n**3 - n)
    if largest == k * ties:
        return Kendall(math.nan, math.nan, math.nan, n - 1, math.nan)
    w = spread / (largest - k * ties)
    chi_square = k * (n - 1) * w
    return Kendall(w, spread / largest, chi_square, n - 1, float(chdtrc(n - 1, chi_square)))


def pair_correlations(dossier: ArrayLike, expert: ArrayLike, value: ArrayLike) -> PairCorrelations:
    """Mean pairwise correlations from columns of equal length, one row per review, any design.

    dossier, expert: (N,) whole numbers >= 0, each pair once; value: (N,) finite points. Ranks are formed
    anew over the common dossiers of each pair; pairs with fewer than COMMON_DOSSIERS are left out. A
    complete table takes O(N k), an incomplete one as many steps as there are pairs of reviews of one
    dossier. Raises AggregatorError above PAIR_LIMIT and for columns that cannot be used.
    """
    points = np.asarray(value, dtype=np.float64)
    rows, columns, points = _sorted_rows(np.asarray(dossier), np.asarray(expert), points)
    n, k = (int(index.max(initial=-1)) + 1 for index in (rows, columns))
    complete = points.size == n * k
    size = np.bincount(rows)
    if (k * (k - 1) if complete else int((size * (size - 1)).sum())) > 2 * PAIR_LIMIT:
        raise AggregatorError(
            "需要比较的评审对超过%(limit)s个，未计算专家之间的相关系数，请分组计算。", limit=PAIR_LIMIT
        )
    if complete:
        found = list(_table_correlations(points.reshape(n, k)))
    else:
        found = list(_sparse_correlations(rows, columns, points))
    pearson = np.concatenate([np.zeros(0), *(pair[0] for pair in found)])
    spearman = np.concatenate([np.zeros(0), *(pair[1] for pair in found)])
    return PairCorrelations(k * (k - 1) // 2, _mean(pearson), _mean(spearman))


def _sorted_rows(dossier: Index, expert: Index, points: Floats) -> tuple[Index, Index, Floats]:
    """The rows by dossier, then expert, both renumbered without gaps."""
    if dossier.ndim != 1 or not dossier.shape == expert.shape == points.shape:
        raise AggregatorError("材料、专家、分数三列应为行数相同的一维数据，请核对。")
    if not np.isfinite(points).all():
        raise AggregatorError("分数列含有空缺或无穷大，请删去没有评分的行。")
    rows, columns = (np.unique(index, return_inverse=True)[1] for index in (dossier, expert))
    key = rows * (int(columns.max(initial=0)) + 1) + columns
    order = np.argsort(key, kind="stable")
    if (np.diff(key[order]) == 0).any():
        raise AggregatorError("同一专家对同一材料有两条评分，请只保留一条。")
    return rows[order], columns[order], points[order]


def _table_correlations(table: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Correlations of all pairs of columns that have a spread, a block of columns at a time."""
    if table.shape[0] < COMMON_DOSSIERS:
        return
    varied = table[:, np.ptp(table, axis=0) > 0]
    points, ranks = _unit_columns(varied), _unit_columns(_column_ranks(varied)[0])
    for begin in range(0, varied.shape[1], _BLOCK):
        end = min(begin + _BLOCK, varied.shape[1])
        upper = np.arange(begin, end)[:, None] < np.arange(begin, varied.shape[1])[None, :]
        yield (
            (points[:, begin:end].T @ points[:, begin:])[upper],
            (ranks[:, begin:end].T @ ranks[:, begin:])[upper],
        )


def _sparse_correlations(rows: Index, columns: Index, points: Floats) -> Iterator[tuple[Floats, Floats]]:
    """Correlations of all pairs of experts with enough common dossiers, some experts at a time.

    A row's partners are the later rows of its dossier: they have greater experts, so that a chunk that
    takes all rows of an expert holds whole pairs.
    """
    k = int(columns.max(initial=-1)) + 1
    place = _places(points)
    partners = np.searchsorted(rows, rows, side="right") - np.arange(rows.size) - 1
    by_expert = np.argsort(columns, kind="stable")
    work = np.concatenate([[0], np.cumsum(np.bincount(columns, weights=partners))])
    first = np.searchsorted(columns[by_expert], np.arange(k + 1))
    begin = 0
    while begin < k:
        end = max(begin + 1, int(np.searchsorted(work, work[begin] + _CHUNK, side="right")) - 1)
        own = by_expert[first[begin] : first[end]]
        begin = end
        count = partners[own]
        one = np.repeat(own, count)
        other = one + 1 + np.arange(one.size) - np.repeat(np.cumsum(count) - count, count)
        key = columns[one] * k + columns[other]
        order = np.argsort(key, kind="stable")
        pairs = Groups.of(key[order])
        kept = order[np.repeat(pairs.count >= COMMON_DOSSIERS, pairs.count)]
        if kept.size:
            yield _grouped_correlations(key[kept], one[kept], other[kept], points, place)


def _grouped_correlations(
    pair: Index, one: Index, other: Index, points: Floats, place: Index
) -> tuple[Floats, Floats]:
    """Pearson's and Spearman's r of each pair (ascending labels) in which both experts have a spread.

    one, other: rows of the same dossier by the two experts.
    """
    groups = Groups.of(pair)
    varied = [groups.highest(place[rows]) > groups.lowest(place[rows]) for rows in (one, other)]
    kept = np.repeat(varied[0] & varied[1], groups.count)
    pair, one, other = pair[kept], one[kept], other[kept]
    groups = Groups.of(pair)
    ranks = (_mid_ranks(pair, place[rows])[0] for rows in (one, other))
    return _correlation(groups, points[one], points[other]), _correlation(groups, *ranks)


def _correlation(groups: Groups, x: Floats, y: Floats) -> Floats:
    def total(values: Floats) -> Floats:
        result: Floats = np.add.reduceat(values, groups.start) if groups.start.size else values
        return result

    dx, dy = (values - np.repeat(total(values) / groups.count, groups.count) for values in (x, y))
    return total(dx * dy) / np.sqrt(total(dx * dx) * total(dy * dy))


def _unit_columns(table: Floats) -> Floats:
    centred = table - table.mean(axis=0)
    result: Floats = centred / np.sqrt(np.square(centred).sum(axis=0))
    return result


def _column_ranks(table: Floats) -> tuple[Floats, int]:
    n, k = table.shape
    ranks, ties = _mid_ranks(np.repeat(np.arange(k), n), _places(table.T.ravel()))
    return ranks.reshape(k, n).T, ties


def _places(value: Floats) -> Index:
    """The place of each value among the distinct ones; sorts alike and fits into one key with a label."""
    result: Index = np.unique(value, return_inverse=True)[1]
    return result


def _mid_ranks(group: Index, place: Index) -> tuple[Floats, int]:
    """Ranks 1, 2, ... within each group (ascending labels), ties at their mean; and the sum of t^3 - t."""
    key = group * (int(place.max(initial=0)) + 1) + place
    order = np.argsort(key)
    groups, tied = Groups.of(group), Groups.of(key[order])
    ranks = np.empty(place.size)
    ranks[order] = np.repeat(tied.start + (tied.count + 1) / 2, tied.count)
    ranks -= np.repeat(groups.start, groups.count)
    return ranks, int((tied.count**3 - tied.count).sum())


def _mean(correlation: Floats) -> MeanCorrelation:
    perfect = np.abs(correlation) > _PERFECT
    rest = correlation[~perfect]
    exact = np.where(perfect, np.rint(correlation), correlation)
    return MeanCorrelation(
        fisher=math.tanh(float(np.arctanh(rest).mean())) if rest.size else math.nan,
        plain=float(exact.mean()) if exact.size else math.nan,
        pairs=correlation.size,
        perfect=int(perfect.sum()),
    )
