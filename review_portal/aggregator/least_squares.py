"""Dossiers and experts as fixed effects: the additive fit in points, beside the calibrated one.

    minimise  sum over reviews c_ij (y_ij - a_i - b_j)^2   with  sum_j b_j = 0

a_i is what an average expert of the round would give, b_j an expert's severity (positive is generous); see
`additive` for the equations. c_ij is 1, or how much a review is trusted (MacKay, Kenna, Low, Parker 2017).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from .additive import fit_additive, weighted_effects
from .connectivity import Components, components
from .mixed_equations import Real
from .notices import AggregatorError
from .ratings import Ratings


@dataclass(frozen=True, slots=True, eq=False)
class LeastSquares:
    """adjusted (dossiers,) and severity (experts,) in points, nan without a review; sigma: root of the
    residual sum of squares, weighted as the fit, over its degrees of freedom, reviews - dossiers - experts +
    1; nan if there are none.
    """

    adjusted: Real
    severity: Real
    sigma: float


def least_squares(
    ratings: Ratings, *, per_point: float = 100.0, confidence: Real | None = None
) -> LeastSquares:
    """Fit a connected round. per_point: units of the ratings' totals in a point. confidence: (sheets,) c_ij
    above 0. Raises AggregatorError where the reviews fall into parts that nothing compares, and what
    `fit_additive` raises.
    """
    dossier, expert, total = ratings.sheet_dossier, ratings.sheet_expert, ratings.total
    unit, sizes = ratings.scale * per_point, (len(ratings.dossiers), len(ratings.experts))
    if confidence is None:
        fit = fit_additive(dossier, expert, total, *sizes)
        parts, severity = fit.components, (fit.numerator / fit.denominator).astype(np.float64)
        weight = np.ones(total.size)
    else:
        parts, weight = components(dossier, expert, *sizes), confidence
        points = total.astype(np.float64) * (100.0 / unit)  # in hundredths, as the solver counts
        severity = weighted_effects(dossier, expert, points, weight, parts) * (unit / 100.0)
    _refuse_parts(parts)
    levelled = total - severity[expert]
    count = np.bincount(dossier, weight, sizes[0])
    adjusted = np.bincount(dossier, weight * levelled, sizes[0]) / np.where(count > 0, count, np.nan)
    rest = levelled - adjusted[dossier]
    seen = parts.expert >= 0
    freedom = total.size - int((count > 0).sum()) - int(seen.sum()) + 1
    return LeastSquares(
        adjusted=adjusted / unit,
        severity=np.where(seen, severity, np.nan) / unit,
        sigma=math.sqrt(float(rest @ (weight * rest)) / freedom) / unit if freedom > 0 else math.nan,
    )


def _refuse_parts(parts: Components) -> None:
    if not parts.connected:
        raise AggregatorError(
            "评审分为%(parts)s个互不连通的部分，固定效应不能跨部分比较。请至少补做%(reviews)s份交叉评审，或去掉--fixed。",
            parts=parts.count, reviews=parts.count - 1,
        )  # fmt: skip
