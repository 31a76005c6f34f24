"""Remarks that a small or close round needs beside its ranking; codes and figures, never a verdict."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal

import numpy as np

from .exact import Index, points_of
from .notices import AggregatorError, Notice, notice
from .official import RoundResult
from .ranking import Ranking, Stage

FEW_DOSSIERS = 10
FEW_REVIEWS = 5


def usual_fluctuation(result: RoundResult) -> float | None:
    """Root mean square of what neither the dossier nor the expert explains, per dossier mean, in points
    (advice only).

    sqrt(residual sum of squares / (reviews - dossiers - experts + components)) / sqrt(mean reviews per
    dossier) of the additive fit; None when nothing is left to estimate it from or the fit did not settle.
    """
    ratings, fit = result.ratings, result.totals.severity
    if isinstance(fit, AggregatorError):
        return None
    total = ratings.total / ratings.scale
    effect = (fit.numerator / fit.denominator).astype(np.float64)
    levelled = total - effect[ratings.sheet_expert]
    mean = _group_means(levelled, ratings.sheet_dossier, len(ratings.dossiers))
    rest = levelled - mean[ratings.sheet_dossier]
    experts = int(np.count_nonzero(fit.components.expert >= 0))
    freedom = total.size - len(result.dossiers) - experts + fit.components.count
    if freedom <= 0:
        return None
    return float(np.sqrt(rest @ rest / freedom / result.n.mean())) / 100


def remarks(ranking: Ranking) -> tuple[Notice, ...]:
    """What must stand on the first screen: small numbers, and a margin at the cut below the usual
    fluctuation.

    With fewer than 10 dossiers or 5 complete sheets a dossier no probability, interval or coefficient is
    shown.
    """
    found = []
    if len(ranking.dossiers) < FEW_DOSSIERS:
        found.append(notice("few_dossiers", minimum=FEW_DOSSIERS))
    if any(int(stage.result.n.min()) < FEW_REVIEWS for stage in ranking.stages):
        found.append(notice("few_reviews", minimum=FEW_REVIEWS))
    if 0 < len(ranking.dossiers) <= ranking.quota:
        found.append(notice("as_many_as_quota", dossiers=len(ranking.dossiers), quota=ranking.quota))
    found += _close_margin(ranking)
    return tuple(found)


def _close_margin(ranking: Ranking) -> list[Notice]:
    if not 0 < ranking.quota < len(ranking.dossiers):
        return []
    above, below = ranking.final[ranking.order[ranking.quota - 1 : ranking.quota + 1]]
    margin = points_of(above - below)
    usual = _over_stages(ranking.stages)
    if usual is None or margin == 0 or float(margin) >= usual:
        return []
    shown = max(Decimal(f"{usual:.1f}"), Decimal("0.1"))
    return [
        notice(
            "margin_below_usual",
            place=ranking.quota,
            next=ranking.quota + 1,
            margin=str(margin),
            usual=str(shown),
        )
    ]


def _over_stages(stages: Sequence[Stage]) -> float | None:
    """Usual fluctuation of a weighted final score: stages vary independently."""
    parts = [(float(stage.weight), usual_fluctuation(stage.result)) for stage in stages]
    known = [weight * usual for weight, usual in parts if usual is not None]
    return float(np.sqrt(np.square(known).sum())) if len(known) == len(parts) else None


def _group_means(
    values: np.ndarray[tuple[int], np.dtype[np.float64]], group: Index, size: int
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    sums = np.bincount(group, weights=values, minlength=size)
    return sums / np.maximum(np.bincount(group, minlength=size), 1)
