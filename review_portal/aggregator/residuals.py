"""What a fitted crossed model leaves unexplained, with the variance that each residual has by design."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import stdtr

from .exact import Index
from .mixed_equations import Real
from .mixed_model import MixedFit

_LEAST_FREE = 1e-6  # of a residual whose review determines its own fit nothing can be said


@dataclass(frozen=True, eq=False)
class Residuals:
    """Residuals e_ij in points, in the order of the fit's reviews, and their covariance.

    Var(e_ij) = v (s_j - h_ij); v: residual variance, s_j: the expert's noise multiplier.

    dossier, expert (reviews,); dossiers, experts: how many
    value         (reviews,) e_ij
    variance      v, in points squared
    noise         (experts,) s_j
    taken         (reviews,) h_ij: what the fit takes up, the variance of the fitted value over v
    of_dossier    (dossiers,) share of h from mu plus the dossier's effect alone
    of_expert     (experts,) share of h from the expert's effect alone
    level         (variance of experts / experts with reviews) / v: reviews cannot tell mu from the experts'
                  mean effect, which their predictions therefore share
    """

    dossier: Index
    expert: Index
    dossiers: int
    experts: int
    value: Real
    variance: float
    noise: Real
    taken: Real
    of_dossier: Real
    of_expert: Real
    level: float

    @classmethod
    def of(cls, fit: MixedFit) -> Residuals:
        """The residuals of a fit."""
        seen, spread, variance = fit.reviews, fit.spread, fit.variances.residual
        experts = np.count_nonzero(np.bincount(seen.expert))
        return cls(
            dossier=seen.dossier,
            expert=seen.expert,
            dossiers=seen.dossiers,
            experts=seen.experts,
            value=fit.residual,
            variance=variance,
            noise=fit.noise,
            taken=fit.leverage * fit.noise[seen.expert],
            of_dossier=spread.calibrated**2 / variance,
            of_expert=spread.expert**2 / variance,
            level=fit.variances.expert / variance / experts,
        )

    @cached_property
    def free(self) -> Real:
        """(reviews,) s_j - h_ij, at least 0."""
        return np.maximum(self.noise[self.expert] - self.taken, 0.0)

    @cached_property
    def unaided(self) -> Real:
        """(reviews,) points less what all other reviews predict, e_ij s_j / (s_j - h_ij); e_ij where the
        review alone determines its fit.
        """
        known = self.free > _LEAST_FREE
        return np.where(
            known, self.value * self.noise[self.expert] / np.where(known, self.free, 1.0), self.value
        )

    @cached_property
    def reviews(self) -> Index:
        """(experts,) how many reviews each has."""
        result: Index = np.bincount(self.expert, minlength=self.experts).astype(np.int64)
        return result

    @cached_property
    def studentised(self) -> Real:
        """(reviews,) e_ij over its standard deviation, as if the review had no part in estimating v.

        0 where the review alone determines its fit.
        """
        known = self.free > _LEAST_FREE
        own = np.where(known, self.free, 1.0) * self.variance
        return np.sign(self.value) * left_out(np.where(known, self.value**2 / own, 0.0), self.freedom)

    @cached_property
    def freedom(self) -> float:
        """Residual degrees of freedom: the sum of s_j - h_ij, each in units of s_j."""
        return float((self.free / self.noise[self.expert]).sum())

    def per_expert(self, values: Real) -> Real:
        """(experts,) sums of something given per review."""
        return np.bincount(self.expert, weights=values, minlength=self.experts).astype(np.float64, copy=False)


def left_out(square: Real, freedom: float) -> Real:
    """|t| of values with squares t^2 in units of a variance that they helped to estimate, as if left out.

    sqrt(t^2 (f - 1) / (f - t^2)): externally studentised (Cook, Weisberg 1982), Student's t with f - 1
    degrees of freedom.
    """
    rest = np.maximum(freedom - square, _LEAST_FREE)  # one value may hold nearly all the variance
    result: Real = np.sqrt(square * max(freedom - 1.0, 0.0) / rest)
    return result


def two_sided(statistic: Real, freedom: float) -> Real:
    """P(|T| >= |statistic|) of Student's t."""
    result: Real = 2.0 * stdtr(freedom, -np.abs(statistic))
    return result
