"""Krippendorff's alpha: agreement beyond chance, on any design with missing cells.

    alpha = 1 - Do / De
    Do = 1/n       sum over units u of 1/(m_u - 1) sum over pairs i != j within u of delta2(x_i, x_j)
    De = 1/(n(n-1))                               sum over all pairs i != j       of delta2(x_i, x_j)

over the units with m_u >= 2 values, n values in all (Krippendorff 2011, Computing Krippendorff's
Alpha-Reliability; Content Analysis, chapter 12). delta2 is

    nominal   1 if the values differ, else 0    interval  (a - b)^2
    ratio     ((a - b) / (a + b))^2             ordinal   (r_a - r_b)^2, r the mean rank among all n values

The package `krippendorff` is GPL-licensed and takes a dense table of raters x units; this is written from
the published formulas for sparse columns.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .exact import Index
from .notices import AggregatorError

METRICS = ("nominal", "ordinal", "interval", "ratio")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Krippendorff:
    """alpha by metric; nan if all values are equal, because then there is no disagreement to expect.

    units: those with two or more values; values: how many values they hold. The rest pairs with nothing and
    does not count.
    """

    units: int
    values: int
    alpha: Mapping[str, float]


@dataclass(frozen=True, slots=True, eq=False)
class _Cells:
    """How often each distinct value occurs, in all and within each unit.

    distinct, frequency (values,) ascending; code (n,) each value's place among them. unit, value, count
    (cells,) one cell for each value that occurs in a unit, sorted by unit, then value (a place).
    """

    distinct: Floats
    frequency: Index
    code: Index
    unit: Index
    value: Index
    count: Index


def krippendorff(unit: ArrayLike, value: ArrayLike, metrics: Sequence[str] = METRICS) -> Krippendorff:
    """alpha in some of METRICS from two columns, one row per value.

    unit: (N,) whole numbers >= 0 in any order. value: (N,) numbers, nan for none; not negative for the
    ratio metric. interval takes O(N), nominal and ordinal O(N log N), ratio also all pairs of distinct
    values, once within each unit and once overall. Raises AggregatorError if no unit has two values or a
    column cannot be used.
    """
    place, number = _pairable(*_columns(unit, value))
    for metric in metrics:
        if metric not in METRICS:
            raise AggregatorError(
                "没有名为“%(metric)s”的度量，请从%(known)s中选。", metric=metric, known="、".join(METRICS)
            )
    if not number.size:
        raise AggregatorError("没有一份材料有两名专家的评分，不能计算评分一致性，请先补充评审。")
    size = np.bincount(place)
    if number.min() == number.max():
        return Krippendorff(size.size, number.size, dict.fromkeys(metrics, math.nan))
    cells = _cells(place, number) if set(metrics) != {"interval"} else None
    return Krippendorff(
        size.size, number.size, {metric: _alpha(metric, place, number, size, cells) for metric in metrics}
    )


def _columns(unit: ArrayLike, value: ArrayLike) -> tuple[Index, Floats]:
    place, number = np.asarray(unit), np.asarray(value, dtype=np.float64)
    if place.ndim != 1 or place.shape != number.shape:
        raise AggregatorError("材料列与分数列应为行数相同的一维数据，请核对。")
    if place.size and (place.dtype.kind not in "iu" or place.min() < 0):
        raise AggregatorError("材料列应为不小于0的整数序号，请先编号。")
    if np.isinf(number).any():
        raise AggregatorError("分数列含有无穷大，请改正；空缺请用nan。")
    return place.astype(np.int64), number


def _pairable(place: Index, number: Floats) -> tuple[Index, Floats]:
    """The values that share their unit with another one, units renumbered without gaps."""
    present = ~np.isnan(number)
    size = np.bincount(place[present], minlength=int(place.max(initial=-1)) + 1)
    kept = present & (size[place] >= 2)
    return (np.cumsum(size >= 2) - 1)[place[kept]], number[kept]


def _cells(place: Index, number: Floats) -> _Cells:
    distinct, code = np.unique(number, return_inverse=True)
    key, count = np.unique(place * distinct.size + code, return_counts=True)
    return _Cells(distinct, np.bincount(code), code, key // distinct.size, key % distinct.size, count)


def _alpha(metric: str, place: Index, number: Floats, size: Index, cells: _Cells | None) -> float:
    if cells is None or metric == "interval":
        return _interval(place, number, size)
    if metric == "ordinal":
        return _interval(place, (np.cumsum(cells.frequency) - cells.frequency / 2)[cells.code], size)
    return _nominal(cells, size) if metric == "nominal" else _ratio(cells, size)


def _interval(place: Index, number: Floats, size: Index) -> float:
    """1 - (n-1)/n sum_u m_u/(m_u-1) SS_u / SS, SS_u about the unit's mean: no pair is formed."""
    centred = number - number.mean()
    mean = np.bincount(place, weights=centred) / size
    within = np.bincount(place, weights=np.square(centred - mean[place]))
    observed = float((size / (size - 1)) @ within)
    n = number.size
    return 1 - (n - 1) / n * observed / float(centred @ centred)


def _nominal(cells: _Cells, size: Index) -> float:
    m, n = size[cells.unit], int(size.sum())
    observed = float((cells.count * (m - cells.count) / (m - 1)).sum())
    expected = float((cells.frequency * (n - cells.frequency)).sum()) / (n - 1)
    return 1 - observed / expected


def _ratio(cells: _Cells, size: Index) -> float:
    """Both sums run over unordered pairs of distinct values, by their distance in ascending order."""
    if cells.distinct[0] < 0:
        raise AggregatorError("比率度量只适用于不小于0的分数，请改用区间度量（interval）。")
    value = cells.distinct[cells.value]
    weight = cells.count / (size[cells.unit] - 1)
    later = np.searchsorted(cells.unit, cells.unit, side="right") - np.arange(value.size) - 1
    observed, distance, cell = 0.0, 1, np.flatnonzero(later >= 1)
    while cell.size:
        share = _ratio_share(value[cell], value[cell + distance])
        observed += float((weight[cell] * cells.count[cell + distance]) @ share)
        distance += 1
        cell = cell[later[cell] >= distance]
    expected = 0.0
    for distance in range(1, cells.distinct.size):
        share = _ratio_share(cells.distinct[:-distance], cells.distinct[distance:])
        expected += float((cells.frequency[:-distance] * cells.frequency[distance:]) @ share)
    return 1 - (int(size.sum()) - 1) * observed / expected


def _ratio_share(low: Floats, high: Floats) -> Floats:
    result: Floats = np.square((high - low) / (high + low))
    return result
