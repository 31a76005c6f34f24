"""What a dossier's mean over k experts is worth, from variance components; for any design, also sparse ones.

    absolute  Phi(k)   = D / (D + (X + R) / k)    severity counts as error: the experts differ from dossier
                                                  to dossier
    relative  Erho2(k) = D / (D + R / k)          all dossiers have the same experts, only the order matters

with D, X, R the variances of dossiers, of experts' severity and of the residual (Brennan 2001,
Generalizability Theory, chapter 2). Phi(1) is the intraclass correlation of a single rating.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from .notices import AggregatorError

TARGET = 0.8


@dataclass(frozen=True, slots=True)
class DecisionPoint:
    """One point of a decision study: the coefficients if every dossier had this many experts."""

    experts: int
    absolute: float
    relative: float


@dataclass(frozen=True, slots=True)
class Generalizability:
    """Coefficients of one round from its variance components, in squared points.

    Raises AggregatorError for a component that is negative or not a number. A coefficient is nan if all the
    variances it compares are 0.
    """

    var_dossier: float
    var_expert: float
    var_residual: float

    def __post_init__(self) -> None:
        for name, value in (
            ("材料", self.var_dossier),
            ("专家宽严度", self.var_expert),
            ("其余差异", self.var_residual),
        ):
            if not (math.isfinite(value) and value >= 0):
                raise AggregatorError(
                    "%(name)s的方差应为不小于0的数，收到的是%(value)s，请核对估计结果。",
                    name=name,
                    value=value,
                )

    def absolute(self, experts: float = 1) -> float:
        """Phi(k) for the mean of k experts; k may be the harmonic mean of unequal numbers."""
        return self._coefficient(self.var_expert + self.var_residual, experts)

    def relative(self, experts: float = 1) -> float:
        """Erho2(k) for the mean of k experts."""
        return self._coefficient(self.var_residual, experts)

    def experts_needed(self, target: float = TARGET) -> int | None:
        """The smallest k with Phi(k) >= target; None if no number of experts reaches it (D = 0)."""
        if not 0 < target < 1:
            raise AggregatorError(
                "目标系数应在0与1之间，收到的是%(target)s，请改正（通常取0.8）。", target=target
            )
        error = self.var_expert + self.var_residual
        if self.var_dossier == 0:
            return None
        needed = target / (1 - target) * (error / self.var_dossier)
        # a target that is met exactly must not need one more because of the last bit of the quotient
        return max(1, math.ceil(needed * (1 - 1e-12))) if math.isfinite(needed) else None

    def decision_study(self, most: int) -> tuple[DecisionPoint, ...]:
        """Both coefficients for 1, 2, ... `most` experts a dossier."""
        return tuple(
            DecisionPoint(experts, self.absolute(experts), self.relative(experts))
            for experts in range(1, most + 1)
        )

    def _coefficient(self, error: float, experts: float) -> float:
        if not experts > 0:
            raise AggregatorError("专家数应大于0，收到的是%(experts)s，请改正。", experts=experts)
        whole = self.var_dossier + error / experts
        return self.var_dossier / whole if whole > 0 else math.nan
