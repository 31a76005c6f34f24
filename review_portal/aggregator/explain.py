"""What a chair needs beside a ranking: codes and figures, never a verdict.

`remarks` is what belongs to the ranking itself; `explain` adds how sure it is and what it hangs on. Small
rounds get neither chances nor ranges nor coefficients: with so few figures they would only look exact.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from scoring_rubrics.rule import Rule

from .changed_weights import Maxima
from .comparison import MOST_TOLD, Comparison, compare_rules
from .connectivity import Connectivity, connectivity
from .exact import Index, points_of
from .mixed_equations import Real
from .mixed_model import MixedFit, Reviews, fit_mixed
from .notices import AggregatorError, Notice, notice
from .official import RoundResult
from .posterior import Part, Posterior
from .ranking import Ranking, Stage, StageRatings
from .stability import Persons, Stability, levelled_in_parts, list_stability, untried
from .stages import places_of, stage_notices
from .ties import tie_notices
from .uncertainty import expected_overlap, rank_uncertainty, swap_chance

FEW_DOSSIERS = 10
FEW_REVIEWS = 5
LIKELY_SWAP = 25  # percent from which a change of places across the cut is worth a sentence


@dataclass(frozen=True, slots=True)
class Advice:
    """What the calibrated model says of one ranked dossier: points, whole percent, ranks."""

    dossier: str
    calibrated: float
    spread: float
    percent: int
    rank_low: int
    rank_high: int


@dataclass(frozen=True, slots=True)
class Neighbours:
    """Two lines of the ranking that follow each other.

    place: the upper line, from 1. margin: published difference. close: it is smaller than the usual
    fluctuation. percent: chance that the lower one is truly better; None in a small round.
    """

    place: int
    upper: str
    lower: str
    margin: Decimal
    close: bool
    percent: int | None


@dataclass(frozen=True, eq=False)
class Explanation:
    """Everything a chair may ask of a ranking.

    comparison    the ranking and the other rules beside it
    usual         usual fluctuation of a final score, points; None where nothing is left to tell it from
    small         fewer than FEW_DOSSIERS ranked dossiers or FEW_REVIEWS reviews of one of them: no chances,
                  no ranges
    fits          the calibrated model of each stage; empty where it cannot be fitted, then `problem` says why
    advice        line by line of the ranking; empty in a small round, without fits, where they show no
                  difference in quality, and where nobody is to be selected
    neighbours    every two lines that follow each other
    overlap       how many of the list an equal panel would be expected to select again; None where unsaid
    connectivity  of each stage
    stability     what the list owes to single experts, criteria, weights and the rule
    notices       what the first screen says, most important first
    """

    comparison: Comparison
    usual: float | None
    small: bool
    fits: tuple[MixedFit, ...]
    problem: AggregatorError | None
    advice: tuple[Advice, ...]
    neighbours: tuple[Neighbours, ...]
    overlap: float | None
    connectivity: tuple[Connectivity, ...]
    stability: Stability
    notices: tuple[Notice, ...]


def explain(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    absent: Mapping[str, str] | None = None,
    persons: Persons | None = None,
    maxima: Maxima | None = None,
    seed: int = 0,
) -> Explanation:
    """Rank by `rule` and say how sure the list is, what it hangs on and whether parts can be compared.

    persons, maxima: see `list_stability`; where severity was levelled in groups that do not hang together no
    changes are tried out. seed: of the draws and probes. Raises what `compare_rules` and
    `list_stability` raise; a model that cannot be fitted is reported and costs its figures alone.
    """
    comparison = compare_rules(stages, rule, quota=quota, absent=absent)
    ranking = comparison.ranking
    stability = (
        untried(comparison)
        if any(levelled_in_parts(stage) for stage in ranking.stages)
        else list_stability(
            stages, rule, quota=quota, absent=absent, persons=persons, maxima=maxima, comparison=comparison
        )
    )
    fits, problem = _fitted(stages, seed)
    linked = tuple(_linked(stage) for stage in stages)
    usual, small = _over_stages(ranking.stages), _is_small(ranking)
    posterior = None if small or problem else _posterior(ranking, stages, fits)
    neighbours = _neighbours(ranking, usual, posterior)
    overlap = _overlap(ranking, posterior, seed)
    notices = (
        *remarks(ranking),
        *stage_notices(ranking.stages),
        *_ties_said(ranking),
        *(entry for other in comparison.others for entry in other.notices),
        *_chances_said(ranking, neighbours, overlap, unknown=posterior is None and not small),
        *stability.notices,
        *_links_said(linked, fits),
    )
    return Explanation(
        comparison=comparison,
        usual=usual,
        small=small,
        fits=fits,
        problem=problem,
        advice=_advice(ranking, posterior, seed),
        neighbours=neighbours,
        overlap=overlap,
        connectivity=linked,
        stability=stability,
        notices=tuple(_once(notices)),
    )


def remarks(ranking: Ranking) -> tuple[Notice, ...]:
    """What must stand on the first screen: small numbers, and a margin at the cut below the usual
    fluctuation.

    With fewer than 10 dossiers or 5 complete sheets a dossier no probability, interval or coefficient is
    shown.
    """
    found = []
    if len(ranking.dossiers) < FEW_DOSSIERS:
        found.append(notice("few_dossiers", minimum=FEW_DOSSIERS))
    if _has_few_reviews(ranking):
        found.append(notice("few_reviews", minimum=FEW_REVIEWS))
    if 0 < len(ranking.dossiers) <= ranking.quota:
        found.append(notice("as_many_as_quota", dossiers=len(ranking.dossiers), quota=ranking.quota))
    found += _close_margin(ranking)
    return tuple(found)


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


def _is_small(ranking: Ranking) -> bool:
    return len(ranking.dossiers) < FEW_DOSSIERS or _has_few_reviews(ranking)


def _has_few_reviews(ranking: Ranking) -> bool:
    """Of the ranked dossiers: what is listed apart gets no chances, and takes nobody else's."""
    for stage in ranking.stages:
        ranked = places_of(stage.result.dossiers, ranking.dossiers)
        if int(stage.result.n[ranked].min(initial=FEW_REVIEWS)) < FEW_REVIEWS:
            return True
    return False


def _fitted(stages: Sequence[StageRatings], seed: int) -> tuple[tuple[MixedFit, ...], AggregatorError | None]:
    """The model of every stage, or why one of them has none."""
    try:
        return tuple(fit_mixed(Reviews.of(stage.ratings), seed=seed) for stage in stages), None
    except AggregatorError as problem:
        return (), problem


def _linked(stage: StageRatings) -> Connectivity:
    ratings = stage.ratings
    return connectivity(
        ratings.sheet_dossier, ratings.sheet_expert, len(ratings.dossiers), len(ratings.experts)
    )


def _posterior(
    ranking: Ranking, stages: Sequence[StageRatings], fits: Sequence[MixedFit]
) -> Posterior | None:
    """Quality of the ranked dossiers by the weights of the final score; None if none differs from another."""
    parts = [
        Part(float(stage.weight), fit, places_of(stage.ratings.dossiers, ranking.dossiers))
        for stage, fit in zip(stages, fits, strict=True)
    ]
    found = Posterior(tuple(parts))
    return found if found.tells_dossiers_apart else None


def _advice(ranking: Ranking, posterior: Posterior | None, seed: int) -> tuple[Advice, ...]:
    if posterior is None or ranking.quota == 0:
        return ()
    ranks = rank_uncertainty(posterior, top=ranking.quota, seed=seed)
    order = ranking.order
    columns = (
        posterior.mean[order].tolist(),
        posterior.spread_of_mean[order].tolist(),
        np.rint(100 * ranks.chance[order]).astype(np.int64).tolist(),
        np.rint(ranks.rank_low[order]).astype(np.int64).tolist(),
        np.rint(ranks.rank_high[order]).astype(np.int64).tolist(),
    )
    names = [ranking.dossiers[number] for number in order.tolist()]
    return tuple(Advice(*line) for line in zip(names, *columns, strict=True))


def _neighbours(ranking: Ranking, usual: float | None, posterior: Posterior | None) -> tuple[Neighbours, ...]:
    upper, lower = ranking.order[:-1], ranking.order[1:]
    margins = (ranking.final[upper] - ranking.final[lower]).tolist()
    chances = [None] * len(margins) if posterior is None else _percent(swap_chance(posterior, upper, lower))
    names = [ranking.dossiers[number] for number in ranking.order.tolist()]
    return tuple(
        Neighbours(
            place=place,
            upper=names[place - 1],
            lower=names[place],
            margin=points_of(margin),
            close=usual is not None and margin / 100 < usual,
            percent=percent,
        )
        for place, (margin, percent) in enumerate(zip(margins, chances, strict=True), start=1)
    )


def _overlap(ranking: Ranking, posterior: Posterior | None, seed: int) -> float | None:
    """Of a list that is settled and leaves somebody out."""
    if posterior is None or ranking.straddles or not 0 < ranking.quota < len(ranking.dossiers):
        return None
    return expected_overlap(posterior, ranking.order[: ranking.quota].tolist(), seed=seed)


def _chances_said(
    ranking: Ranking, neighbours: Sequence[Neighbours], overlap: float | None, *, unknown: bool
) -> list[Notice]:
    if unknown:
        return [notice("advice_not_computed")]
    found = []
    at_cut = [pair for pair in neighbours if pair.place == ranking.quota and pair.margin]
    for pair in at_cut:
        if pair.percent is not None and pair.percent >= LIKELY_SWAP:
            tenths = min(round(pair.percent / 10), 9)
            found.append(notice("swap_likely", place=pair.place, next=pair.place + 1, tenths=tenths))
    if overlap is not None:
        found.append(notice("overlap_expected", quota=ranking.quota, kept=round(overlap)))
    return found


def _ties_said(ranking: Ranking) -> tuple[Notice, ...]:
    """All ties, or of many only those at the cut; `Ranking.ties` has the others."""
    if len(ranking.ties) <= MOST_TOLD:
        return ranking.tie_notices
    at_cut = [tie for tie in ranking.ties if tie.at_cut]
    return tie_notices(at_cut, ranking.undecided, ranking.open_places, ranking.quota)


def _links_said(linked: Sequence[Connectivity], fits: Sequence[MixedFit]) -> list[Notice]:
    """Whether parts of a stage can be compared, by its own variances where they are known."""
    if not fits:
        return [entry for one in linked for entry in one.notices()]
    sigmas = [(fit.variances.dossier**0.5, fit.variances.residual**0.5) for fit in fits]
    return [entry for one, sigma in zip(linked, sigmas, strict=True) for entry in one.notices(*sigma)]


def _once(notices: Sequence[Notice]) -> list[Notice]:
    """Each remark once, where it came first."""
    found: list[Notice] = []
    for entry in notices:
        if entry not in found:
            found.append(entry)
    return found


def _percent(chance: Real) -> list[int]:
    whole: list[int] = np.rint(100 * chance).astype(np.int64).tolist()
    return whole


def _close_margin(ranking: Ranking) -> list[Notice]:
    if not 0 < ranking.quota < len(ranking.dossiers):
        return []
    above, below = ranking.final[ranking.order[ranking.quota - 1 : ranking.quota + 1]]
    margin = points_of(above - below)
    usual = _over_stages(ranking.stages)
    if usual is None or margin == 0 or float(margin) >= usual:
        return []
    tenths = Decimal(f"{usual:.1f}")
    shown = tenths if tenths > margin else tenths + Decimal("0.1")  # it reads as larger, as it is
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


def _group_means(values: Real, group: Index, size: int) -> Real:
    sums = np.bincount(group, weights=values, minlength=size)
    return sums / np.maximum(np.bincount(group, minlength=size), 1)
