"""How sure an order is: chances of being among the best, ranges of ranks, pairs that may stand either way.

Given the variances the dossiers' qualities have a normal posterior (see `mixed_spread`). A round of moderate
size is drawn from it jointly and the draws are ranked; a large one uses that a dossier's rank is nearly
independent of any single other: with R(x) = sum_j Phi((m_j - x) / s_j) better than x expected,

    P(among the best k) = Phi((m_i - t) / s_i),  R(t) = k,      rank at a quantile z = R(m_i + z s_i) + 1/2

All of it is advice and holds for the fitted model with its variances taken as known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from .exact import Index
from .mixed_equations import Real, summed
from .mixed_model import MixedFit
from .notices import AggregatorError
from .posterior import Posterior

DRAWN_DOSSIERS = 300  # up to here ranks are drawn jointly
DRAWN_VALUES = 2_000_000
_MOST_DRAWS = 200_000
_CHUNK = 200_000  # values drawn and sorted at a time
_GRID, _WIDTHS = 2048, 32  # points and classes of spread on which R is tabulated
_NODES, _NEWTON = 7, 20


@dataclass(frozen=True, slots=True, eq=False)
class RankUncertainty:
    """What the posterior says about ranks; arrays are (dossiers,), nan for a dossier without a review.

    top                  how many places the chances are about
    chance               P(among the best `top`); they sum to `top`
    mean_rank            expected rank
    rank_low, rank_high  between these the rank lies with probability `level`
    draws                joint draws that were ranked; 0 for the large-round formula
    """

    top: int
    level: float
    chance: Real
    mean_rank: Real
    rank_low: Real
    rank_high: Real
    draws: int


@dataclass(frozen=True, slots=True, eq=False)
class OpenPairs:
    """Pairs of dossiers that the scores do not put in order: the range in which their difference lies with
    probability `level` holds 0.

    first, second   (pairs,) dossier indices, the higher calibrated score first
    chance          (pairs,) that the second is truly the better one, above (1 - level) / 2; highest first
    of_dossier      (dossiers,) in how many pairs each stands; nan for one without a review
    """

    level: float
    first: Index
    second: Index
    chance: Real
    of_dossier: Real


def rank_uncertainty(
    known: Posterior | MixedFit, *, top: int, level: float = 0.9, seed: int = 0, values: int = DRAWN_VALUES
) -> RankUncertainty:
    """Chances and rank ranges of a fitted round, or of several that are weighted together.

    top: at least 1; with as many places as dossiers everybody is in. values: how many qualities are drawn in
    all where ranks are drawn; the standard error of a chance is at most sqrt(dossiers / values) / 2. Raises
    AggregatorError if the fit shows no difference in quality: then there is nothing to order.
    """
    posterior = _ordered(known)
    if top < 1:
        raise AggregatorError("名额至少为1，才能计算入选可能性。")
    top = min(top, posterior.scored.size)
    found = (
        _by_draws(posterior, top, level, seed, values)
        if _drawn(posterior)
        else _by_formula(posterior, top, level)
    )

    def everywhere(values: Real) -> Real:
        column = np.full(posterior.dossiers, np.nan)
        column[posterior.scored] = values
        return column

    return replace(
        found,
        chance=everywhere(found.chance),
        mean_rank=everywhere(found.mean_rank),
        rank_low=everywhere(found.rank_low),
        rank_high=everywhere(found.rank_high),
    )


def expected_overlap(known: Posterior | MixedFit, selected: Sequence[int], *, seed: int = 0) -> float:
    """How many of `selected` an equal panel of other experts would be expected to select again.

    A re-review of dossier i is its quality plus fresh chance of variance ve / n_i; severity is taken to be
    corrected for as in the fit. selected: dossier indices.
    """
    posterior = _ordered(known)
    scored, top = posterior.scored, len(selected)
    mean, fresh = posterior.mean[scored], posterior.fresh[scored]
    if _drawn(posterior):
        covariance = posterior.covariance(scored) + np.diag(fresh)
        counts, draws = _rank_counts(mean, covariance, seed, DRAWN_VALUES)
        chance = counts[:, :top].sum(axis=1) / draws
    else:
        chance = _Better(mean, np.sqrt(posterior.spread[scored] ** 2 + fresh)).chances(top)
    again = np.zeros(posterior.dossiers)
    again[scored] = chance
    return float(again[np.asarray(selected, dtype=np.int64)].sum())


def swap_chance(known: Posterior | MixedFit, first: Index, second: Index) -> Real:
    """(pairs,) chance that the second of two dossiers is truly the better one."""
    posterior = _posterior(known)
    variance = posterior.difference_variance(first, second)
    difference = posterior.mean[second] - posterior.mean[first]
    chance: Real = ndtr(difference / np.sqrt(np.maximum(variance, np.finfo(float).tiny)))
    return chance


def open_pairs_of_few(known: Posterior | MixedFit, *, level: float = 0.9) -> OpenPairs | None:
    """`open_pairs`, or None for more dossiers than it takes."""
    posterior = _ordered(known)
    return None if posterior.scored.size > DRAWN_DOSSIERS else open_pairs(posterior, level=level)


def open_pairs(known: Posterior | MixedFit, *, level: float = 0.9) -> OpenPairs:
    """All pairs that cannot be told apart at `level`, by `swap_chance`; O(dossiers^2).

    Raises AggregatorError for more than DRAWN_DOSSIERS dossiers, whose pairs nobody reads, and if the fit
    shows no difference in quality.
    """
    posterior = _ordered(known)
    scored = posterior.scored
    if scored.size > DRAWN_DOSSIERS:
        raise AggregatorError(
            "材料%(dossiers)s份，超过可逐对比较的%(limit)s份，未作逐对比较。",
            dossiers=scored.size, limit=DRAWN_DOSSIERS,
        )  # fmt: skip
    order = scored[np.argsort(-posterior.mean[scored], kind="stable")]
    upper, lower = np.triu_indices(order.size, 1)
    first, second = order[upper], order[lower]
    chance = swap_chance(posterior, first, second)
    found = np.flatnonzero(chance > (1.0 - level) / 2.0)
    found = found[np.argsort(-chance[found], kind="stable")]
    first, second = first[found], second[found]
    of_dossier = np.full(posterior.dossiers, np.nan)
    of_dossier[scored] = np.bincount(np.concatenate([first, second]), minlength=posterior.dossiers)[scored]
    return OpenPairs(level, first, second, chance[found], of_dossier)


def _posterior(known: Posterior | MixedFit) -> Posterior:
    return known if isinstance(known, Posterior) else Posterior.of(known)


def _ordered(known: Posterior | MixedFit) -> Posterior:
    posterior = _posterior(known)
    if not posterior.tells_dossiers_apart:
        raise AggregatorError("从评分中看不出材料之间的质量差别，不能计算入选可能性和名次范围。")
    return posterior


def _drawn(posterior: Posterior) -> bool:
    return posterior.scored.size <= DRAWN_DOSSIERS and posterior.exact


def _by_draws(posterior: Posterior, top: int, level: float, seed: int, values: int) -> RankUncertainty:
    scored = posterior.scored
    counts, draws = _rank_counts(posterior.mean[scored], posterior.covariance(scored), seed, values)
    share = counts / draws
    within = np.cumsum(share, axis=1)
    tail = (1.0 - level) / 2.0
    rank = np.arange(1, scored.size + 1)
    low, high = (1.0 + (within < edge).sum(axis=1) for edge in (tail, 1.0 - tail))
    return RankUncertainty(top, level, within[:, top - 1], share @ rank, low, high, draws)


def _rank_counts(mean: Real, covariance: Real, seed: int, values: int) -> tuple[Index, int]:
    """(dossiers, ranks) how often each dossier came out at each rank, and the number of draws.

    Draws come in pairs mirrored about the mean, which halves their noise.
    """
    size = mean.size
    value, vector = np.linalg.eigh(covariance)
    factor = vector * np.sqrt(np.maximum(value, 0.0))
    half = max(1, min(values // size, _MOST_DRAWS) // 2)
    random = np.random.default_rng(seed)
    counts = np.zeros(size * size, dtype=np.int64)
    for begin in range(0, half, max(1, _CHUNK // size)):
        rows = min(max(1, _CHUNK // size), half - begin)
        away = random.standard_normal((rows, size)) @ factor.T
        for sign in (1.0, -1.0):
            order = np.argsort(-(mean + sign * away), axis=1)
            counts += np.bincount((order * size + np.arange(size)).ravel(), minlength=size * size)
    return counts.reshape(size, size), 2 * half


def _by_formula(posterior: Posterior, top: int, level: float) -> RankUncertainty:
    mean, spread = posterior.mean[posterior.scored], posterior.spread[posterior.scored]
    better = _Better(mean, spread)
    edge = ndtri(0.5 + level / 2.0) * np.hypot(spread, better.jitter(mean))
    most = float(mean.size)
    low = np.clip(better.than(mean + edge) + 0.5, 1.0, most)
    high = np.clip(better.than(mean - edge) + 0.5, 1.0, most)
    node, weight = np.polynomial.hermite_e.hermegauss(_NODES)
    places = mean[:, None] + spread[:, None] * node
    expected = better.than(places) @ (weight / weight.sum()) + 0.5
    return RankUncertainty(top, level, better.chances(top), expected, low, high, 0)


class _Better:
    """R(x), how many dossiers are expected to be better than x, and the variance of their number.

    Tabulated on a grid: dossiers of similar spread are a histogram that is smoothed by one normal curve.
    """

    def __init__(self, mean: Real, spread: Real) -> None:
        self.mean, self.spread = mean, spread
        reach = 5.0 * float(spread.max())
        self.grid = np.linspace(mean.min() - reach, mean.max() + reach, _GRID)
        self.step = float(self.grid[1] - self.grid[0])
        place = (mean - self.grid[0]) / self.step
        below = np.minimum(place.astype(np.int64), _GRID - 2)
        upper = place - below
        edges = np.geomspace(max(spread.min(), 1e-12), max(spread.max(), 2e-12) * (1 + 1e-9), _WIDTHS + 1)
        width = np.clip(np.searchsorted(edges, spread, side="right") - 1, 0, _WIDTHS - 1)
        self.count, self.variance = np.zeros(_GRID), np.zeros(_GRID)
        for number in np.unique(width):
            own = width == number
            histogram = summed(below[own], 1.0 - upper[own], _GRID)
            histogram += summed(below[own] + 1, upper[own], _GRID)
            self._add(histogram, float(np.sqrt(np.mean(spread[own] ** 2))))

    def _add(self, histogram: Real, width: float) -> None:
        """Smooth one histogram: chances that a dossier at each grid point is better than each other one."""
        offset = np.arange(-_GRID + 1, _GRID) * self.step
        chance, size = ndtr(-offset / width), 4 * _GRID
        seen = np.fft.rfft(histogram, size)
        for total, curve in ((self.count, chance), (self.variance, chance * (1.0 - chance))):
            total += np.fft.irfft(seen * np.fft.rfft(curve, size), size)[_GRID - 1 : 2 * _GRID - 1]

    def than(self, values: Real) -> Real:
        """R at some values."""
        return np.interp(values, self.grid, self.count)

    def jitter(self, values: Real) -> Real:
        """What the chance in the number of better dossiers at a value is worth, in points of quality."""
        slope = np.maximum(-np.gradient(self.count, self.step), 1e-12)
        return np.interp(values, self.grid, np.sqrt(np.maximum(self.variance, 0.0)) / slope)

    def chances(self, top: int) -> Real:
        """P(among the best `top`) of every dossier, summing to `top`."""
        if top >= self.mean.size:
            return np.ones_like(self.mean)
        threshold = float(np.interp(-top, -self.count, self.grid))
        spread = np.hypot(self.spread, self.jitter(np.array([threshold])))
        for _ in range(_NEWTON):
            z = (self.mean - threshold) / spread
            chance: Real = ndtr(z)
            missing = float(chance.sum()) - top
            if abs(missing) < 1e-9 * top:
                break
            threshold += missing / float((np.exp(-0.5 * z * z) / spread).sum() / np.sqrt(2.0 * np.pi))
        return chance
