"""Intraclass correlations of a complete dossier x expert table, and Cronbach's alpha.

Shrout & Fleiss 1979 (Psychological Bulletin 86:420-428) for the six coefficients, McGraw & Wong 1996
(Psychological Methods 1:30-46) for F and the confidence limits. With n dossiers, k experts, mean squares
B between dossiers, W within dossiers, J between experts, E residual:

    ICC(1,1) = (B - W) / (B + (k-1) W)                    one-way: every dossier has experts of its own
    ICC(2,1) = (B - E) / (B + (k-1) E + k (J - E) / n)    the experts are a sample, severity counts as error
    ICC(3,1) = (B - E) / (B + (k-1) E)                    these very experts, severity does not count
    ICC(1,k), ICC(2,k), ICC(3,k)                          the same for the mean of k experts
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import fdtrc, fdtri

from .notices import AggregatorError

LEVEL = 0.95
_ROUNDING = 16 * np.finfo(np.float64).eps  # relative error of a deviation from row, column and grand mean

Table = NDArray[np.float64]
Estimate = Callable[[float], float]  # a coefficient as a function of the mean square between dossiers


@dataclass(frozen=True, slots=True)
class MeanSquares:
    """Two-way analysis of variance of a complete table, in squared points.

    dossiers, experts: rows n and columns k. The degrees of freedom are n-1 between dossiers, n(k-1) within
    dossiers, k-1 between experts and (n-1)(k-1) for the residual.
    """

    dossiers: int
    experts: int
    between_dossiers: float
    within_dossiers: float
    between_experts: float
    residual: float


@dataclass(frozen=True, slots=True)
class Coefficient:
    """One intraclass correlation with its F test against 0 and its confidence limits.

    A figure is nan where its denominator is not positive: the table has no variance to divide by, or the
    estimated variance of a mean is negative. f is infinite where the dossiers differ without any error.
    """

    value: float
    f: float
    df1: int
    df2: int
    p: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Intraclass:
    """The six coefficients by name, "ICC(1,1)" to "ICC(3,k)"; level: of the confidence limits."""

    mean_squares: MeanSquares
    level: float
    coefficients: Mapping[str, Coefficient]


def mean_squares(table: ArrayLike) -> MeanSquares:
    """Mean squares of a complete table (dossiers, experts) in points; O(n k).

    A sum of squares that is nothing but rounding of the input comes out as exactly 0. Raises
    AggregatorError for a table with holes (nan) or with fewer than 2 rows or columns.
    """
    complete = _complete(table)
    n, k = complete.shape
    rounding = complete.size * (_ROUNDING * float(np.abs(complete).max())) ** 2
    centred = complete - complete.mean()
    row, column = centred.mean(axis=1), centred.mean(axis=0)
    rest = centred - row[:, None] - column
    dossiers, experts, residual = (
        square if square > rounding else 0.0
        for square in (k * float(row @ row), n * float(column @ column), float(np.square(rest).sum()))
    )
    return MeanSquares(
        dossiers=n,
        experts=k,
        between_dossiers=dossiers / (n - 1),
        within_dossiers=(experts + residual) / (n * (k - 1)),
        between_experts=experts / (k - 1),
        residual=residual / ((n - 1) * (k - 1)),
    )


def intraclass(table: ArrayLike, level: float = LEVEL) -> Intraclass:
    """All six intraclass correlations of a complete table (dossiers, experts) in points.

    level: probability that the confidence limits enclose the coefficient. A table without any variance
    gives nan. Raises AggregatorError as `mean_squares`, and for a level outside (0, 1).
    """
    if not 0 < level < 1:
        raise AggregatorError("区间的可信程度应在0与1之间，收到的是%(level)s，请改正。", level=level)
    squares = mean_squares(table)
    tail = (1 + level) / 2
    n, k = squares.dossiers, squares.experts
    one_way, two_way = n * (k - 1), (n - 1) * (k - 1)
    within, residual = squares.within_dossiers, squares.residual
    sampled = _sampled_freedom(squares)
    return Intraclass(
        squares,
        level,
        {
            "ICC(1,1)": _coefficient(squares, _single(within, k), within, one_way, one_way, tail),
            "ICC(2,1)": _coefficient(squares, _sampled_single(squares), residual, two_way, sampled, tail),
            "ICC(3,1)": _coefficient(squares, _single(residual, k), residual, two_way, two_way, tail),
            "ICC(1,k)": _coefficient(squares, _average(within), within, one_way, one_way, tail),
            "ICC(2,k)": _coefficient(squares, _sampled_average(squares), residual, two_way, sampled, tail),
            "ICC(3,k)": _coefficient(squares, _average(residual), residual, two_way, two_way, tail),
        },
    )


def cronbach_alpha(table: ArrayLike) -> float:
    """Cronbach's alpha of a complete table (cases, parts): how far the parts measure one thing.

    k/(k-1) (1 - sum of the parts' variances / variance of the sums), which is (B - E) / B of the two-way
    analysis (Hoyt 1941, Psychometrika 6:153-160). nan if all sums are equal. Raises AggregatorError as
    `mean_squares`.
    """
    squares = mean_squares(table)
    return _average(squares.residual)(squares.between_dossiers)


def _complete(table: ArrayLike) -> Table:
    values = np.asarray(table, dtype=np.float64)
    if values.ndim != 2 or min(values.shape) < 2:
        raise AggregatorError(
            "方差分析至少需要2行2列的评分表，收到的是%(shape)s；评分太少时请直接比较各专家的分数。",
            shape="×".join(str(size) for size in values.shape),
        )
    holes = values.size - int(np.count_nonzero(np.isfinite(values)))
    if holes:
        raise AggregatorError(
            "评分表有%(holes)s处空缺，组内相关系数只适用于完整的评分表；"
            "请改用方差分量（概化系数）或克里彭多夫α系数。",
            holes=holes,
        )
    return values


def _coefficient(
    squares: MeanSquares, estimate: Estimate, error: float, df2: int, df_limits: float, tail: float
) -> Coefficient:
    """F test on (n-1, df2) degrees of freedom; the limits put an F quantile on each side of B."""
    between, df1 = squares.between_dossiers, squares.dossiers - 1
    f = between / error if error > 0 else (math.inf if between > 0 else math.nan)
    return Coefficient(
        value=estimate(between),
        f=f,
        df1=df1,
        df2=df2,
        p=float(fdtrc(df1, df2, f)),
        low=estimate(between / float(fdtri(df1, df_limits, tail))),
        high=estimate(between * float(fdtri(df_limits, df1, tail))),
    )


def _single(error: float, k: int) -> Estimate:
    return lambda between: _share(between - error, between + (k - 1) * error)


def _average(error: float) -> Estimate:
    return lambda between: _share(between - error, between)


def _sampled_single(squares: MeanSquares) -> Estimate:
    n, k, error = squares.dossiers, squares.experts, squares.residual
    rest = k * squares.between_experts + (n * k - n - k) * error
    return lambda between: _share(n * (between - error), n * between + rest)


def _sampled_average(squares: MeanSquares) -> Estimate:
    n, error = squares.dossiers, squares.residual
    rest = squares.between_experts - error
    return lambda between: _share(n * (between - error), n * between + rest)


def _sampled_freedom(squares: MeanSquares) -> float:
    """Satterthwaite's degrees of freedom of the error a J + b E of ICC(2,.) (McGraw & Wong 1996, Table 7).

    Without any error the limits are the coefficient itself under every number of degrees of freedom; then
    those of the residual are returned.
    """
    n, k = squares.dossiers, squares.experts
    single = _sampled_single(squares)(squares.between_dossiers)
    severity = k * single * squares.between_experts
    noise = (n * (1 + (k - 1) * single) - k * single) * squares.residual
    spread = (n - 1) * severity**2 + noise**2
    both = (k - 1) * (n - 1)
    return both * (severity + noise) ** 2 / spread if spread != 0 else float(both)


def _share(part: float, whole: float) -> float:
    """part / whole, 1 in the limit of an infinite whole, nan where there is nothing to divide by."""
    if math.isinf(whole):
        return 1.0
    return part / whole if whole > 0 else math.nan
