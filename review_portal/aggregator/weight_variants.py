"""One round's published scores under many weights of its criteria at once.

Criterion c counts factor_c times in every total (`Ratings.reweighted`); one set of factors is one variant.
Without normalization the scores are exact whole numbers. Severity effects are linear in the totals, so that
the effects of the single criteria, found once, answer every variant; standard scores are computed for each.
Both are floats, trusted or computed again by `score_round` as in `leaving_out`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal

import numpy as np

from .additive import EXACT_EXPERTS, ITERATIVE_SNAP, Floats
from .exact import Groups, Index, Whole, half_up, times, widened
from .normal_equations import TRUSTED, NormalEquations
from .official import RoundResult, score_round
from .ratings import Ratings
from .variants import STANDARD_SNAP, Truths, combine_columns, half_up_floats, unit_of

Factors = Mapping[str, Decimal]  # criterion -> how many times it counts

FACTOR_PLACES = 6
_FACTOR_SCALE = 10**FACTOR_PLACES
_CELLS = 4_000_000


def with_weight(maxima: Factors, criterion: str, factor: Decimal) -> dict[str, Decimal] | None:
    """Factors under which `criterion` counts `factor` times and the sum of the maxima stays what it is.

    The others share the difference in proportion: one common factor, rounded half up to FACTOR_PLACES places.
    None where nothing would be left for them.
    """
    total = sum(maxima.values(), Decimal(0))
    rest, left = total - maxima[criterion], total - factor * maxima[criterion]
    if rest <= 0 or left <= 0:
        return None
    return {key: factor if key == criterion else _rounded(left / rest) for key in maxima}


def with_weights(maxima: Factors, levels: Factors) -> dict[str, Decimal]:
    """Factors in proportion to `levels` under which the sum of the maxima stays what it is."""
    total = sum(maxima.values(), Decimal(0))
    raised = sum((levels[key] * maxima[key] for key in maxima), Decimal(0))
    return {key: _rounded(levels[key] * total / raised) for key in maxima}


def reweighted_scores(
    result: RoundResult, factors: Sequence[Factors], equations: NormalEquations | None = None
) -> Index:
    """What `score_round` publishes for `result.ratings.reweighted(factors[k])`: (variants, scored dossiers).

    result: the round as it stands. factors: at most FACTOR_PLACES decimals. equations: those of the round, if
    they are at hand. int64 hundredths; raises what `score_round` raises.
    """
    ratings, groups = result.ratings, result.totals.groups
    whole = np.array(
        [[int(each.get(key, Decimal(1)) * _FACTOR_SCALE) for key in ratings.criteria] for each in factors],
        dtype=np.int64,
    )
    score = np.zeros((len(factors), groups.count.size), dtype=np.int64)
    counted = _counted(ratings)
    step = max(1, _CELLS // ratings.sheet_dossier.size)
    if result.normalize == "severity" and equations is None:
        equations = NormalEquations.of(*_numbered(ratings, groups))
    for begin in range(0, len(factors), step):
        rows = slice(begin, begin + step)
        if result.normalize == "none":
            score[rows] = _plain(result, groups, counted, whole[rows], result.combine)
            continue
        if result.normalize == "severity":
            assert equations is not None, "made above"
            value, error = _levelled(result, groups, counted, whole[rows], equations)
        else:
            value, error = _standard(result, groups, counted, whole[rows]), np.zeros(whole[rows].shape[0])
        snap = ITERATIVE_SNAP if result.normalize == "severity" else STANDARD_SNAP
        found, unsure = half_up_floats(value, unit_of(result.rule), snap)
        score[rows], doubtful = _settled(result, groups, counted, whole[rows], found, unsure)
        for row in np.flatnonzero(doubtful | ~(error <= TRUSTED)).tolist():
            score[begin + row] = _officially(result, factors[begin + row])
    return score


def _rounded(factor: Decimal) -> Decimal:
    return factor.quantize(Decimal(1).scaleb(-FACTOR_PLACES), ROUND_HALF_UP)


def _counted(ratings: Ratings) -> Index:
    """(sheets, criteria) what each criterion adds to a total, in 1/scale hundredths."""
    member = (ratings.item_criterion[:, None] == np.arange(len(ratings.criteria))) * ratings.item_factor[
        :, None
    ]
    result: Index = ratings.points @ member.astype(np.int64)
    return result


def _numbered(ratings: Ratings, groups: Groups) -> tuple[Index, Index]:
    """Dossier and expert of every sheet, numbered without gaps."""
    dossier = np.repeat(np.arange(groups.count.size), groups.count)
    return dossier, np.unique(ratings.sheet_expert, return_inverse=True)[1].astype(np.int64)


def _totals(counted: Index, whole: Index) -> Whole:
    """(sheets, variants) totals, exact."""
    result: Whole = widened(counted, 4 * int(whole.sum(axis=1).max(initial=1))) @ whole.T
    return result


def _plain(result: RoundResult, groups: Groups, counted: Index, whole: Index, how: str) -> Index:
    above, below = combine_columns(_totals(counted, whole), groups, how)
    below = np.broadcast_to(below, above.shape)
    return half_up(above, times(below, result.ratings.scale * _FACTOR_SCALE), unit=unit_of(result.rule)).T


def _levelled(
    result: RoundResult, groups: Groups, counted: Index, whole: Index, equations: NormalEquations
) -> tuple[Floats, Floats]:
    """Combinations of totals less effects, (variants, dossiers), and how far the effects may be off."""
    points = counted / result.ratings.scale
    effects = equations.effects(points)
    factor = whole.T / _FACTOR_SCALE
    value = (points - effects.effect[equations.expert]) @ factor
    above, below = combine_columns(value, groups, result.combine)
    return (above / below).T, effects.error @ factor


def _standard(result: RoundResult, groups: Groups, counted: Index, whole: Index) -> Floats:
    """Combinations of standard scores (see `normalize.z_scores`), (variants, dossiers)."""
    order = np.argsort(result.ratings.sheet_expert, kind="stable")
    own = Groups.of(result.ratings.sheet_expert[order])
    total = _totals(counted, whole)[order]
    scale = result.ratings.scale * _FACTOR_SCALE
    count = np.repeat(own.count, own.count)[:, None]
    # in whole numbers first, so that an expert whose totals are all equal has a spread of exactly 0
    off = ((count * total - np.repeat(own.total(total), own.count, axis=0)) / (count * scale)).astype(
        np.float64
    )
    variance = np.add.reduceat(np.square(off), own.start, axis=0) / own.count[:, None]
    spread = np.repeat(np.sqrt(variance), own.count, axis=0)
    points = (total / scale).astype(np.float64)
    score = np.empty_like(off)
    score[order] = np.divide(off, spread, out=np.zeros_like(off), where=spread > 0)
    above, below = combine_columns(points.mean(axis=0) + points.std(axis=0) * score, groups, result.combine)
    return (above / below).T


def _settled(
    result: RoundResult, groups: Groups, counted: Index, whole: Index, score: Index, unsure: Truths
) -> tuple[Index, Truths]:
    """Scores, and the variants that only the official computation can answer.

    Dossiers that every expert scored have the plain mean under severity and mean, exactly.
    """
    experts = np.unique(result.ratings.sheet_expert).size
    full = groups.count == experts
    if result.normalize == "severity" and result.combine == "mean" and full.any():
        score[:, full] = _plain(result, groups, counted, whole, "mean")[:, full]
        unsure[:, full] = False
    if experts > EXACT_EXPERTS:
        return score, np.zeros(score.shape[0], dtype=np.bool_)
    return score, np.asarray(unsure.any(axis=1))


def _officially(result: RoundResult, factors: Factors) -> Index:
    return score_round(result.ratings.reweighted(factors), result.rule, beside=False).score
