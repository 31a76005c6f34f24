"""Does the advice keep its word? The fitted model is simulated on the round's own design and fitted again.

Parametric bootstrap: qualities, severities and chance are drawn with the fitted variances for exactly these
reviews, the model is fitted to each, and what it promised (ranges, chances) is counted against the truth
that was drawn. It answers for the design and the size of the round, not for the model's assumptions.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from .exact import Index
from .mixed_equations import Real
from .mixed_model import MixedFit, fit_mixed
from .notices import AggregatorError
from .uncertainty import rank_uncertainty

REPETITIONS = 100
_BINS = 10
_VALUES = 100_000  # qualities drawn per round: many rounds average out what few draws leave open


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """How promises came out over simulated rounds.

    coverage        share of rank ranges that held the true rank; `level` was promised
    brier           mean squared error of the chances of being among the best `top`
    promised, held  (bins,) mean chance and share truly among the best per tenth of the chances; nan if empty
    count           (bins,) how many chances fell into each tenth
    repetitions     simulated rounds that could be fitted; failed: those that could not
    """

    level: float
    top: int
    coverage: float
    brier: float
    promised: Real
    held: Real
    count: Index
    repetitions: int
    failed: int


def simulated_calibration(
    fit: MixedFit, *, top: int, level: float = 0.9, repetitions: int = REPETITIONS, seed: int = 0
) -> Calibration:
    """Simulate `repetitions` rounds on the design of `fit` and count how its promises come out.

    Raises AggregatorError if no simulated round could be fitted.
    """
    random = np.random.default_rng(seed)
    scored = np.flatnonzero(np.isfinite(fit.dossier_effect))
    inside, chances, truths, failed = 0, [], [], 0
    for _ in range(repetitions):
        quality, points = _simulated(fit, random)
        try:
            again = fit_mixed(replace(fit.reviews, points=points), engine=fit.engine)
            found = rank_uncertainty(again, top=top, level=level, seed=seed, values=_VALUES)
        except AggregatorError:
            failed += 1
            continue
        rank = np.empty(scored.size)
        rank[np.argsort(-quality[scored])] = np.arange(1, scored.size + 1)
        inside += int(((found.rank_low[scored] <= rank) & (rank <= found.rank_high[scored])).sum())
        chances.append(found.chance[scored])
        truths.append((rank <= top).astype(np.float64))
    if not chances:
        raise AggregatorError("按本轮评审安排模拟的评分均无法拟合，不能核对名次范围的可靠程度。")
    promised, held = np.concatenate(chances), np.concatenate(truths)
    return _counted(promised, held, inside / held.size, level, top, len(chances), failed)


def _simulated(fit: MixedFit, random: np.random.Generator) -> tuple[Real, Real]:
    """True qualities (panel included) and the points that these reviews would give."""
    seen, variances = fit.reviews, fit.variances
    quality = random.normal(0.0, np.sqrt(variances.dossier), seen.dossiers)
    if seen.group is not None:
        panels = random.normal(0.0, np.sqrt(variances.group), int(seen.group.max()) + 1)
        quality = quality + panels[seen.group]
    severity = random.normal(0.0, np.sqrt(variances.expert), seen.experts)
    chance = random.standard_normal(seen.points.size) * np.sqrt(variances.residual * fit.noise[seen.expert])
    return quality, fit.mu + quality[seen.dossier] + severity[seen.expert] + chance


def _counted(
    promised: Real, held: Real, coverage: float, level: float, top: int, repetitions: int, failed: int
) -> Calibration:
    place = np.minimum((promised * _BINS).astype(np.int64), _BINS - 1)
    count = np.bincount(place, minlength=_BINS)
    share = np.maximum(count, 1)
    empty = np.where(count > 0, 0.0, np.nan)
    return Calibration(
        level=level,
        top=top,
        coverage=coverage,
        brier=float(np.mean((promised - held) ** 2)),
        promised=np.bincount(place, promised, _BINS) / share + empty,
        held=np.bincount(place, held, _BINS) / share + empty,
        count=count,
        repetitions=repetitions,
        failed=failed,
    )
