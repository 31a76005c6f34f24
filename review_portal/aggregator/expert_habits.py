"""How an expert scores, held against the others: severity, noise, crowding, halo, round numbers, ties.

Each function takes experts with enough reviews (`enough`: (experts,) True) and returns one comparison for
each of them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import betainc, chdtr, chdtri, fdtr, fdtrc, gammainc

from .exact import Groups, Index
from .false_discovery import Comparisons
from .mixed_equations import Real
from .mixed_model import MixedFit
from .residuals import Residuals, left_out, two_sided

NARROW = 0.5  # ratio of an expert's spread to the expected one, below which his scores are called crowded
ROUND = 500  # hundredths
ROUND_SHARE = 0.5  # least share of round totals worth a look
TIES_RATIO = 2.0  # least ratio of tied pairs to the expected ones worth a look

Chosen = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Noise(Comparisons):
    """Residual spread per expert (Linacre 1989): `figure` is infit, with 1 as usual.

    outfit     mean squared standardised residual: one wild review moves it more than infit
    low, high  where infit lies for 95 in 100 experts who score like the others
    """

    outfit: Real
    low: Real
    high: Real


def severity(fit: MixedFit, enough: Chosen) -> Comparisons:
    """Severity that stands out from the other experts': b_j / sqrt(vb - sd_j^2), its spread over experts.

    Student's t with the expert left out of vb; `figure` in points, positive is generous. Empty where experts
    do not differ (vb = 0).
    """
    width = fit.variances.expert - fit.spread.expert**2
    who = np.flatnonzero(enough & (width > 0.0))
    effect, freedom = fit.expert_effect[who], who.size - 1.0
    apart = left_out(effect**2 / width[who], freedom)
    return Comparisons(
        who=who,
        reviews=np.bincount(fit.reviews.expert, minlength=fit.reviews.experts)[who],
        figure=effect,
        usual=np.zeros(who.size),
        p=two_sided(apart, max(freedom - 1.0, 1.0)),
        telling=np.ones(who.size, dtype=bool),
    )


def noise(residuals: Residuals, enough: Chosen) -> Noise:
    """Infit_j = sum e^2 / sum Var(e) over an expert's reviews, Var(e) that of the usual noise.

    Compared with the same ratio of all others by F; degrees of freedom after Satterthwaite (1946), from
    Var(e_ij) = v (1 - h_ij) and, on average, Cov(e_ij, e_kj) = -v (h - share of the dossiers + level).
    Best taken from a fit with one noise for all: from one with a noise for each expert p is a little small.
    """
    free = 1.0 - residuals.taken / residuals.noise[residuals.expert]
    expected, squares = residuals.per_expert(free), residuals.per_expert(residuals.value**2)
    shared = residuals.per_expert(residuals.taken - residuals.of_dossier[residuals.dossier])
    who = np.flatnonzero(enough & (expected > 0.0))
    count = residuals.reviews[who]
    crossed = (shared[who] / count + residuals.level) ** 2 * count * (count - 1)
    freedom = expected[who] ** 2 / (residuals.per_expert(free**2)[who] + crossed)
    infit = squares[who] / (residuals.variance * expected[who])
    rest = (squares.sum() - squares[who]) / (residuals.variance * (expected.sum() - expected[who]))
    of_rest = expected.sum() - expected[who]
    ratio = infit / rest
    outer = residuals.per_expert(residuals.value**2 / (residuals.variance * np.maximum(free, 1e-6)))
    return Noise(
        who=who,
        reviews=count,
        figure=infit,
        usual=np.ones(who.size),
        p=2.0 * np.minimum(fdtr(freedom, of_rest, ratio), fdtrc(freedom, of_rest, ratio)),
        telling=np.ones(who.size, dtype=bool),
        outfit=outer[who] / count,
        low=chdtri(freedom, 0.975) / freedom,
        high=chdtri(freedom, 0.025) / freedom,
    )


def central_tendency(fit: MixedFit, residuals: Residuals, enough: Chosen) -> Comparisons:
    """Standard deviation of an expert's totals against the one that his dossiers and the usual noise give.

    Expected sum of squares: that of the dossiers' calibrated scores about their mean, plus their posterior
    variances, plus v per degree of freedom. Chi-square, one-sided: only crowded scores (below NARROW) tell.
    """
    points, level = fit.reviews.points, fit.calibrated[residuals.dossier]
    count = residuals.reviews
    own, given = _squares(residuals, points), _squares(residuals, level)
    # about their mean: what all dossiers share with mu does not count
    doubt = (
        residuals.per_expert((residuals.of_dossier - residuals.level)[residuals.dossier]) * residuals.variance
    )
    who = np.flatnonzero(enough)
    freedom = count[who] - 1.0
    expected = given[who] + doubt[who] * freedom / count[who] + freedom * residuals.variance
    ratio = own[who] / expected
    return Comparisons(
        who=who,
        reviews=count[who],
        figure=np.sqrt(own[who] / freedom),
        usual=np.sqrt(expected / freedom),
        p=chdtr(freedom, freedom * ratio),
        telling=np.sqrt(ratio) < NARROW,
    )


def halo(criteria: Real, residuals: Residuals, enough: Chosen) -> Comparisons:
    """Mean correlation between criteria over an expert's reviews against that of all others.

    criteria: (reviews, criteria) points. What the dossier got on a criterion on average and the expert's own
    mean are taken out first, criteria brought to one spread; dossiers with one review say nothing. With B, W
    the sums of squares between and within an expert's sheets and K criteria,

        F = B / (m - 1) / (W / (m - 1)(K - 1)),    mean correlation = (F - 1) / (F + K - 1)

    and F over that of all others is compared with an F distribution, exact if all criteria correlate alike,
    else with degrees of freedom after Satterthwaite. One-sided.
    """
    rest, count = _beside_dossier(criteria, residuals)
    scale = np.sqrt((rest**2).sum(axis=0))
    rest = rest[:, scale > 0.0] / scale[scale > 0.0]
    width = rest.shape[1]
    whole, between = (rest**2).sum(axis=1), rest.sum(axis=1) ** 2 / max(width, 1)
    b, w = residuals.per_expert(between), residuals.per_expert(whole - between)
    who = np.flatnonzero(enough & (count >= 3) & (b + w > 0.0)) if width > 1 else np.zeros(0, dtype=np.int64)
    freedom = count[who] - 1.0
    of_rest = float(np.maximum(count - 1.0, 0.0).sum()) - freedom
    across = _contrast_freedom(rest) if who.size else 1.0
    ratio = _ratio(b[who], w[who])
    usual = _ratio(b.sum() - b[who], w.sum() - w[who])
    together = freedom * of_rest / (freedom + of_rest)  # the others' F is uncertain as well
    return Comparisons(
        who=who,
        reviews=count[who],
        figure=_correlation(ratio * (width - 1), width),
        usual=_correlation(usual * (width - 1), width),
        p=fdtrc(together, across * together, ratio / usual),
        telling=np.ones(who.size, dtype=bool),
    )


def round_numbers(total: Index, residuals: Residuals, enough: Chosen) -> Comparisons:
    """Share of an expert's totals that are multiples of ROUND against that of all others.

    total: (reviews,) hundredths. Binomial, one-sided.
    """
    hit = residuals.per_expert((total % ROUND == 0).astype(np.float64))
    count = residuals.reviews
    who = np.flatnonzero(enough)
    usual = (hit.sum() - hit[who] + 1.0) / (count.sum() - count[who] + 2.0)  # never 0 or 1
    share = hit[who] / count[who]
    return Comparisons(
        who=who,
        reviews=count[who],
        figure=share,
        usual=usual,
        p=np.where(hit[who] > 0, betainc(np.maximum(hit[who], 1.0), count[who] - hit[who] + 1.0, usual), 1.0),
        telling=(share >= ROUND_SHARE) & (share > usual),
    )


def ties(total: Index, residuals: Residuals, enough: Chosen) -> Comparisons:
    """Pairs of an expert's dossiers with one and the same total against what all others' share gives.

    total: (reviews,) hundredths. One-sided.

    With P2, P3 the expert's pairs and triples and t2, t3 the shares of coinciding ones among the others', the
    number of pairs is compared with a negative binomial distribution of mean P2 t2 and variance
    P2 t2 + 6 P3 t3: three equal totals come as three pairs at once. The variance is that of a random number
    of reviews, wider than for the given one, in exchange for a tail that is not too light.
    """
    levels = int(total.max(initial=0)) + 1
    same = Groups.of(np.sort(residuals.expert * levels + total))
    owner, size = same.label // levels, same.count
    twos, threes = (
        np.bincount(owner, _choose(size, k), residuals.experts).astype(np.float64) for k in (2, 3)
    )
    pairs, triples = _choose(residuals.reviews, 2), _choose(residuals.reviews, 3)
    who = np.flatnonzero(enough)
    two = (twos.sum() - twos[who] + 1.0) / (pairs.sum() - pairs[who] + 2.0)  # never 0 or 1
    three = (threes.sum() - threes[who]) / np.maximum(triples.sum() - triples[who], 1.0)
    mean = pairs[who] * two
    return Comparisons(
        who=who,
        reviews=residuals.reviews[who],
        figure=twos[who],
        usual=mean,
        p=_at_least(twos[who], mean, 6.0 * triples[who] * three),
        telling=twos[who] >= TIES_RATIO * mean,
    )


def _at_least(count: Real, mean: Real, excess: Real) -> Real:
    """P(X >= count) of a negative binomial distribution with variance mean + excess; Poisson if that is 0."""
    wide = excess > 0.0
    some, more = np.maximum(count, 1.0), np.where(wide, excess, 1.0)
    chance = np.where(wide, betainc(some, mean**2 / more, more / (mean + more)), gammainc(some, mean))
    return np.where(count > 0, chance, 1.0)


def _choose(count: Index, size: int) -> Real:
    """Pairs (2) or triples (3) out of so many."""
    wide = count.astype(np.float64)
    result: Real = wide * (wide - 1) / 2 if size == 2 else wide * (wide - 1) * (wide - 2) / 6
    return result


def _squares(residuals: Residuals, values: Real) -> Real:
    """(experts,) sum of squares about the expert's mean of something given per review."""
    mean = residuals.per_expert(values) / np.maximum(residuals.reviews, 1)
    return residuals.per_expert((values - mean[residuals.expert]) ** 2)


def _beside_dossier(criteria: Real, residuals: Residuals) -> tuple[Real, Index]:
    """Points per criterion less the dossier's and then the expert's mean, rows of dossiers with one review 0;
    and how many other rows each expert has.

    A review's departure from the mean of n has (n - 1) / n of its variance: scaled back to one variance.
    """
    reviews = np.bincount(residuals.dossier, minlength=residuals.dossiers)
    several = (reviews > 1)[residuals.dossier]
    scale = np.sqrt(reviews / np.maximum(reviews - 1.0, 1.0))[residuals.dossier] * several
    count = np.bincount(residuals.expert, several, residuals.experts).astype(np.int64)
    rest = np.empty_like(criteria)
    for column in range(criteria.shape[1]):
        values = criteria[:, column]
        mean = np.bincount(residuals.dossier, values, residuals.dossiers) / np.maximum(reviews, 1)
        off = (values - mean[residuals.dossier]) * scale
        own = residuals.per_expert(off) / np.maximum(count, 1)
        rest[:, column] = (off - own[residuals.expert]) * several
    return rest, count


def _contrast_freedom(rest: Real) -> float:
    """Degrees of freedom that the K - 1 contrasts between criteria are worth, by their pooled covariance."""
    centred = rest - rest.mean(axis=1, keepdims=True)
    covariance = centred.T @ centred
    return float(np.trace(covariance) ** 2 / (covariance**2).sum())


def _ratio(between: Real, within: Real) -> Real:
    """between / within; infinite where nothing lies within."""
    return np.divide(between, within, out=np.full_like(between, np.inf), where=within > 0.0)


def _correlation(ratio: Real, width: int) -> Real:
    """(F - 1) / (F + K - 1); 1 for an infinite F."""
    finite = np.isfinite(ratio)
    shown = np.where(finite, ratio, 0.0)
    return np.where(finite, (shown - 1.0) / (shown + width - 1.0), 1.0)
