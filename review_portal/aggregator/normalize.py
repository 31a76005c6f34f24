"""From experts' totals to comparable totals: none, severity, z_score; and from those to one score a dossier.

Normalized totals stay exact: whole numerators over one common scale.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import isqrt, lcm

import numpy as np

from .additive import ITERATIVE_SCALE, ITERATIVE_SNAP, AdditiveFit, Floats
from .exact import Groups, Index, Whole, half_up, times
from .notices import AggregatorError, Notice, notice
from .ratings import Ratings

Z_SCORE_REVIEWS = 10  # below this an expert's own spread says little (its relative error exceeds a fifth)
_Z_SCALE = 10**30
_Z_SNAP = 10**12
_Z_EXACT_SHEETS = 100_000


@dataclass(frozen=True, slots=True, eq=False)
class Normalized:
    """Totals in hundredths as value / scale, one per sheet; `snap` as in `half_up` where roots or
    iterations are in.
    """

    value: Whole
    scale: int = 1
    snap: int | None = None


def without_severity(ratings: Ratings, fit: AdditiveFit) -> Normalized:
    """y_ij - b_j: each total less its expert's effect (see `additive`)."""
    scale = lcm(fit.denominator, ratings.scale)
    total = times(ratings.total, scale // ratings.scale)
    effect = times(fit.numerator, scale // fit.denominator)
    return Normalized(total - effect[ratings.sheet_expert], scale, None if fit.exact else ITERATIVE_SNAP)


def z_scores(ratings: Ratings) -> Normalized:
    """Standard scores per expert, rescaled: G + S (y_ij - m_j) / s_j.

    m_j, s_j: an expert's mean and population standard deviation; G, S: those of all totals of the round. An
    expert whose totals are all equal (s_j = 0) gives the grand mean. Up to 100,000 sheets the factors S /
    s_j carry 30 decimals and means are put on a grid of 1e-12 hundredths, above it binary floats and a grid
    of 1e-6.
    """
    order = np.argsort(ratings.sheet_expert, kind="stable")
    back = np.empty_like(order)
    back[order] = np.arange(order.size)
    total = ratings.total[order]
    expert = Groups.of(ratings.sheet_expert[order])
    if total.size > _Z_EXACT_SHEETS:
        return _z_scores_in_floats(total / ratings.scale, expert, back)
    wide = total.astype(object)
    count, grand, square = wide.size, int(wide.sum()), int((wide * wide).sum())
    spread = count * square - grand * grand  # grand variance times count squared
    sums, squares = expert.total(wide), expert.total(wide * wide)
    value = np.empty(count, dtype=object)
    mean = grand * _Z_SCALE // max(count, 1)
    for number in range(expert.start.size):  # once per expert
        begin, n, t = int(expert.start[number]), int(expert.count[number]), int(sums[number])
        own = n * int(squares[number]) - t * t
        factor = isqrt(spread * n * n * _Z_SCALE**2 // (own * count * count)) if own else 0
        value[begin : begin + n] = mean + factor * (n * wide[begin : begin + n] - t) // n
    return Normalized(value[back], _Z_SCALE * ratings.scale, _Z_SNAP)


def _z_scores_in_floats(total: Floats, expert: Groups, back: Index) -> Normalized:
    mean = expert.total(total) / expert.count
    off = total - np.repeat(mean, expert.count)
    sd = np.sqrt(expert.total(off * off) / expert.count)
    factor = np.divide(total.std(), sd, out=np.zeros_like(sd), where=sd > 0)
    value = total.mean() + np.repeat(factor, expert.count) * off
    return Normalized(
        np.rint(value * ITERATIVE_SCALE).astype(np.int64)[back], ITERATIVE_SCALE, ITERATIVE_SNAP
    )


def z_score_notices(ratings: Ratings) -> tuple[Notice, ...]:
    """A warning if any expert has fewer reviews than a standard deviation can rest on."""
    reviews = np.bincount(ratings.sheet_expert, minlength=len(ratings.experts))
    few = tuple(
        ratings.experts[number] for number in np.flatnonzero((reviews > 0) & (reviews < Z_SCORE_REVIEWS))
    )
    return (notice("z_score_few_reviews", experts=few, minimum=Z_SCORE_REVIEWS),) if few else ()


def combine(normalized: Normalized, groups: Groups, how: str, unit: int) -> Index:
    """One score per group in hundredths, rounded half up to `unit`: mean | drop_high_low | median.

    drop_high_low leaves out exactly one copy of the highest and one of the lowest; every group needs 3
    values.
    """
    value, scale, snap = normalized.value, normalized.scale, normalized.snap
    if how == "mean":
        return half_up(groups.total(value), times(groups.count, scale), unit=unit, snap=snap)
    if how == "median":
        return half_up(groups.middle_pair(value), 2 * scale, unit=unit, snap=snap)
    if how == "drop_high_low":
        if groups.count.size and int(groups.count.min()) < 3:
            raise AggregatorError("去掉最高分和最低分至少需要3名专家的评分，请改用其他方法。")
        rest = groups.total(value) - groups.highest(value) - groups.lowest(value)
        return half_up(rest, times(groups.count - 2, scale), unit=unit, snap=snap)
    raise AggregatorError("没有名为“%(how)s”的合成方法。", how=how)
