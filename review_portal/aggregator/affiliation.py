"""Whether experts score dossiers of their own affiliation otherwise than those of others."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, stdtr

from .exact import Groups, Index
from .false_discovery import Comparisons
from .mixed_equations import Real
from .residuals import Residuals

LEAST_OWN = 5  # reviews of one's own affiliation, and as many others, below which nothing is claimed
DRAWN_REVIEWS = 2000  # up to which permutations are drawn; above, their normal limit serves as well
_PERMUTATIONS = 999

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Affiliation:
    """Residuals of reviews within one affiliation against those of all other reviews, in points.

    own, others   how many reviews
    difference    mean residual of the own less that of the others
    p             Welch's t test, two-sided
    p_within      permutation of the own ones among each expert's reviews, two-sided: free of what an expert's
                  residuals have in common; None where no expert has reviews of both kinds
    """

    own: int
    others: int
    difference: float
    p: float
    p_within: float | None


def own_reviews(
    residuals: Residuals, of_expert: Sequence[str | None], of_dossier: Sequence[str | None]
) -> Chosen:
    """(reviews,) True where expert and dossier have the same affiliation; None has none."""
    place: dict[str, int] = {}
    expert, dossier = (
        np.array([-1 - side if name is None else place.setdefault(name, len(place)) for name in names])
        for side, names in enumerate((of_expert, of_dossier))
    )
    result: Chosen = expert[residuals.expert] == dossier[residuals.dossier]
    return result


def overall(residuals: Residuals, own: Chosen, seed: int) -> Affiliation | None:
    """All reviews at once; None with fewer than LEAST_OWN of either kind."""
    one, other = residuals.value[own], residuals.value[~own]
    if min(one.size, other.size) < LEAST_OWN:
        return None
    sides = [(float(side.size), float(side.mean()), float(side.var(ddof=1))) for side in (one, other)]
    difference, p = _welch(*(np.array(column) for column in zip(*sides, strict=True)))
    return Affiliation(one.size, other.size, float(difference), float(p), _within(residuals, own, seed))


def per_expert(residuals: Residuals, own: Chosen) -> Comparisons:
    """Welch's t test for every expert with at least LEAST_OWN reviews of either kind; `figure` in points."""
    sides = []
    for kind in (own, ~own):
        number = residuals.per_expert(kind.astype(np.float64))
        level = residuals.per_expert(residuals.value * kind) / np.maximum(number, 1.0)
        square = residuals.per_expert((residuals.value - level[residuals.expert]) ** 2 * kind)
        sides.append((number, level, square / np.maximum(number - 1.0, 1.0)))
    count, mean, variance = (np.stack(column) for column in zip(*sides, strict=True))
    who = np.flatnonzero(count.min(axis=0) >= LEAST_OWN)
    difference, p = _welch(count[:, who], mean[:, who], variance[:, who])
    return Comparisons(
        who=who,
        reviews=count[0, who].astype(np.int64),
        figure=difference,
        usual=np.zeros(who.size),
        p=p,
        telling=np.ones(who.size, dtype=bool),
    )


def _welch(count: Real, mean: Real, variance: Real) -> tuple[Real, Real]:
    """Differences of means and their two-sided p (Welch 1947), p = 1 where neither side varies.

    count, mean, variance: the first row (or entry) of each is one side, the second the other.
    """
    error = variance / count
    whole = error[0] + error[1]
    varied = whole > 0.0
    below = np.where(varied, whole, 1.0)
    lost = np.where(varied, (error**2 / (count - 1.0)).sum(axis=0), 1.0)
    difference = mean[0] - mean[1]
    p = 2.0 * stdtr(below**2 / lost, -np.abs(difference) / np.sqrt(below))
    return difference, np.where(varied, p, 1.0)


def _within(residuals: Residuals, own: Chosen, seed: int) -> float | None:
    """P of a sum of own residuals as far off, the own ones drawn anew among each expert's reviews."""
    count = residuals.reviews
    of_expert = residuals.per_expert(own.astype(np.float64))
    mixed = ((of_expert > 0) & (of_expert < count))[residuals.expert]
    if not mixed.any():
        return None
    order = np.flatnonzero(mixed)[np.argsort(residuals.expert[mixed], kind="stable")]
    experts = Groups.of(residuals.expert[order])
    value = residuals.value[order]
    mean = experts.total(value) / experts.count
    off = value - np.repeat(mean, experts.count)
    drawn = of_expert[experts.label].astype(np.int64)
    found = abs(float(off[own[order]].sum()))
    if off.size > DRAWN_REVIEWS:
        share = drawn * (experts.count - drawn) / (experts.count * (experts.count - 1.0))
        sd = float(np.sqrt((share * experts.total(off**2)).sum()))
        return float(2.0 * ndtr(-found / sd)) if sd > 0.0 else 1.0
    return _drawn(off, experts, drawn, found, seed)


def _drawn(off: Real, experts: Groups, drawn: Index, found: float, seed: int) -> float:
    """Share of _PERMUTATIONS random choices (and the found one) whose sum is as far from 0."""
    group = np.repeat(np.arange(experts.count.size), experts.count)
    first = np.arange(off.size) - experts.start[group] < drawn[group]
    keys = np.random.default_rng(seed).random((_PERMUTATIONS, off.size)) + group
    sums = off[np.argsort(keys, axis=1)][:, first].sum(axis=1)
    margin = 1e-9 * float(np.abs(off).sum())  # equal sums added in another order
    return float((np.abs(sums) >= found - margin).sum() + 1) / (_PERMUTATIONS + 1)
