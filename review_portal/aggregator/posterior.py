"""What the fitted rounds of a call say together about the quality of its dossiers.

A final score is a weighted sum of stages, and so is its quality: sum_s w_s q_s. Given their variances the
stages are independent, so means add by weight and covariances by its square. A single round is one stage of
weight 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .exact import Index
from .mixed_equations import Real
from .mixed_model import MixedFit
from .mixed_solver import ExactSolver
from .mixed_spread import difference_variance, dossier_covariance


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """One fitted stage: its weight, and where each dossier stands in the fit (dossiers,)."""

    weight: float
    fit: MixedFit
    place: Index


@dataclass(frozen=True, eq=False)
class Posterior:
    """Normal posterior of the dossiers' qualities, in points; arrays are (dossiers,), nan for a dossier that
    some stage has no review of.
    """

    parts: tuple[Part, ...]

    @classmethod
    def of(cls, fit: MixedFit) -> Posterior:
        """One round by itself."""
        return cls((Part(1.0, fit, np.arange(fit.reviews.dossiers)),))

    @property
    def dossiers(self) -> int:
        """How many, with or without reviews."""
        return self.parts[0].place.size

    @cached_property
    def mean(self) -> Real:
        """Calibrated scores: what average experts would give."""
        return self._sum([part.fit.calibrated for part in self.parts])

    @cached_property
    def spread(self) -> Real:
        """Standard deviations of the qualities were the overall means known."""
        return np.sqrt(self._sum([part.fit.spread.dossier_given_mu**2 for part in self.parts], squared=True))

    @property
    def spread_of_mean(self) -> Real:
        """Standard deviations of the calibrated scores themselves."""
        return np.sqrt(self._sum([part.fit.spread.calibrated**2 for part in self.parts], squared=True))

    @property
    def fresh(self) -> Real:
        """Variance by chance of the same scores from an equal panel, its severity corrected for."""
        return self._sum([_chance(part.fit) for part in self.parts], squared=True)

    @cached_property
    def scored(self) -> Index:
        """The dossiers that every stage has reviews of."""
        return np.flatnonzero(np.isfinite(self.mean))

    @property
    def tells_dossiers_apart(self) -> bool:
        """Whether any stage shows a difference in quality; without one there is nothing to order."""
        return any(
            part.weight and part.fit.variances.dossier + part.fit.variances.group > 0.0 for part in self.parts
        )

    @property
    def exact(self) -> bool:
        """Whether joint covariances can be had from all stages."""
        return all(isinstance(part.fit.solver, ExactSolver) for part in self.parts)

    def covariance(self, some: Index) -> Real:
        """(some, some) joint posterior covariance of some dossiers; every stage must be exact."""
        total = np.zeros((some.size, some.size))
        for part in self.parts:
            assert isinstance(part.fit.solver, ExactSolver)
            whole = dossier_covariance(part.fit.solver, part.fit.variances.residual)
            chosen = part.place[some]
            total += part.weight**2 * whole[np.ix_(chosen, chosen)]
        return total

    def difference_variance(self, first: Index, second: Index) -> Real:
        """(pairs,) posterior variance of the difference between two dossiers."""
        total = np.zeros(first.size)
        for part in self.parts:
            residual = part.fit.variances.residual
            one, other = part.place[first], part.place[second]
            total += part.weight**2 * difference_variance(part.fit.solver, residual, one, other)
        return total

    def _sum(self, columns: Sequence[Real], *, squared: bool = False) -> Real:
        total = np.zeros(self.dossiers)
        for part, column in zip(self.parts, columns, strict=True):
            total += (part.weight**2 if squared else part.weight) * column[part.place]
        return total


def _chance(fit: MixedFit) -> Real:
    count = np.bincount(fit.reviews.dossier, minlength=fit.reviews.dossiers)
    known: NDArray[np.bool_] = count > 0
    result = np.full(count.size, np.nan)
    result[known] = fit.variances.residual / count[known]
    return result
