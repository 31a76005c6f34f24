"""The statistician's figures of one stage and of its dossiers, as strings that have one canonical form."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from review_portal.aggregator import AggregatorError, Connectivity, MixedFit, Posterior, StageRatings
    from review_portal.aggregator.comparison import RuleComparison
    from review_portal.aggregator.influences import Influence, JointWeights

SIDES = ("dossier", "expert", "residual")
LISTED = 60  # names of one kind that a report lists: what hangs on single reviews may be many


def number(value: float | None, places: int = 3) -> str | None:
    """A figure as text; what does not exist is nothing."""
    if value is None or not math.isfinite(value):
        return None
    return f"{value + 0.0:.{places}f}"


def refusal(problem: AggregatorError) -> dict[str, Any]:
    """Why something cannot be computed, as a sentence to be translated."""
    return {"msgid": problem.msgid, "params": {key: str(value) for key, value in problem.params.items()}}


def variances(fit: MixedFit) -> list[dict[str, Any]]:
    """Where scores differ from; a variance on the boundary is 0 and has no standard error."""
    values = dict(zip(("dossier", "expert", "group", "residual"), astuple(fit.variances), strict=True))
    errors = dict(zip(values, astuple(fit.se_variances), strict=True))
    whole = sum(values.values())
    return [
        {
            "side": side,
            "variance": number(values[side]),
            "error": number(errors[side]),
            "sd": number(math.sqrt(values[side])),
            "share": number(100 * values[side] / whole, 1),
            "boundary": values[side] == 0.0,
        }
        for side in SIDES
    ]


def experts(fit: MixedFit, names: Sequence[str]) -> list[dict[str, Any]]:
    """Severity of each expert who gave scores, in the order of the codes."""
    from review_portal.aggregator.calibrated_columns import expert_columns

    own = {key: column.tolist() for key, column in expert_columns(fit).items()}
    return [
        {
            "code": name,
            "n": own["n_reviews"][at],
            "mean": number(own["mean_points"][at], 2),
            "severity": number(own["blup"][at], 2),
            "error": number(own["post_sd"][at], 2),
            "noise": number(own["rms_residual"][at], 2),
        }
        for name, at in sorted(zip(names, range(len(names)), strict=True))
        if own["n_reviews"][at]
    ]


def agreement_of(stage: StageRatings, fit: MixedFit | None) -> dict[str, Any] | None:
    """Every coefficient that the design has, and why one is missing. None without a complete sheet."""
    from review_portal.aggregator import AggregatorError, Generalizability
    from review_portal.aggregator.agreement import agreement

    parts = None
    if fit is not None:
        parts = Generalizability(fit.variances.dossier, fit.variances.expert, fit.variances.residual)
    try:
        found = agreement(stage.ratings, generalizability=parts)
    except AggregatorError:
        return None
    study = [] if parts is None else parts.decision_study(10)
    return {
        "dossiers": found.dossiers,
        "experts": found.experts,
        "reviews": found.reviews,
        "complete": found.complete,
        "figures": {key: number(value) for key, value in found.figures().items()},
        "notices": [entry.canonical() for entry in found.notices],
        "study": [[point.experts, number(point.absolute), number(point.relative)] for point in study],
    }


def links(found: Connectivity, stage: StageRatings) -> dict[str, Any]:
    """How the stage's reviews hang together, without the membership of every name."""
    told = found.figures(stage.ratings.dossiers, stage.ratings.experts)
    weakest: Any = told["weakest_link"]
    bridges: Any = told["bridges"]
    proposed: Any = told["crossing_reviews_proposed"]
    hanging: Any = told["articulation_experts"]
    return {
        "parts": told["n_connected_components"],
        "dossiers": told["dossiers_per_component"],
        "experts": told["experts_per_component"],
        "reviews": told["reviews_per_component"],
        "efficiency": number(found.efficiency),
        "bound": number(found.precision.bound) if found.precision else None,
        "error": number(found.panel_error),
        "weakest": None
        if weakest is None
        else [*weakest["dossiers_on_each_side"], weakest["crossing_reviews"]],
        "hanging": [[code, count] for code, count in sorted(hanging.items())][:LISTED],
        "bridges": [[each["expert"], each["dossier"], each["dossiers_cut_off"]] for each in bridges][:LISTED],
        "minimum": told["crossing_reviews_minimum"],
        "recommended": told["crossing_reviews_recommended"],
        "proposed": [[each["expert"], each["dossier"]] for each in proposed][:LISTED],
    }


def coverage(fit: MixedFit, top: int, seed: int) -> dict[str, Any]:
    """Whether promised ranges and chances are kept on this very design: simulated and fitted again."""
    from review_portal.aggregator import AggregatorError, simulated_calibration

    try:
        found = simulated_calibration(fit, top=top, seed=seed)
    except AggregatorError as problem:
        return {"problem": refusal(problem)}
    bins = zip(found.promised.tolist(), found.held.tolist(), found.count.tolist(), strict=True)
    return {
        "problem": None,
        "level": number(100 * found.level, 0),
        "held": number(100 * found.coverage, 1),
        "brier": number(found.brier),
        "repetitions": found.repetitions,
        "failed": found.failed,
        "bins": [[number(100 * p, 1), number(100 * h, 1), count] for p, h, count in bins if count],
    }


def dossiers(posterior: Posterior, names: Sequence[str], top: int, seed: int) -> dict[str, Any]:
    """Calibrated scores, ranges of ranks and chances: number -> figures. `draws` 0: by formula."""
    from review_portal.aggregator import rank_uncertainty

    ranks = rank_uncertainty(posterior, top=top, seed=seed)
    columns = [
        column.tolist()
        for column in (
            posterior.mean,
            posterior.spread_of_mean,
            ranks.mean_rank,
            ranks.rank_low,
            ranks.rank_high,
            100 * ranks.chance,
        )
    ]
    return {
        "draws": ranks.draws,
        "rows": {
            name: {
                "score": number(score, 2),
                "error": number(error, 2),
                "mean_rank": number(mean, 1),
                "low": number(low, 0),
                "high": number(high, 0),
                "percent": number(percent, 0),
            }
            for name, score, error, mean, low, high, percent in zip(names, *columns, strict=True)
        },
    }


def influences(found: Sequence[Influence]) -> list[dict[str, Any]]:
    """What leaving each out, or another weight of each, does to the list."""
    return [
        {
            "key": each.key,
            "factor": None if each.factor is None else str(each.factor),
            "changes": each.changes_list,
            "method": each.changes_method,
            **_effect(each),
        }
        for each in found
    ]


def _effect(each: Influence) -> dict[str, Any]:
    effect = each.effect
    if effect is None:
        return {"possible": False, "entered": [], "left": [], "undecided": [], "move": None}
    move = effect.largest_move
    return {
        "possible": True,
        "entered": list(effect.entered),
        "left": list(effect.left),
        "undecided": list(effect.undecided),
        "move": None if move is None else [move.dossier, move.before, move.after],
    }


def together(found: JointWeights | None) -> dict[str, Any] | None:
    """All weights changed at once."""
    if found is None:
        return None
    return {
        "share": str(found.share),
        "combinations": found.combinations,
        "drawn": found.drawn,
        "changing": found.changing,
        "entered": dict(found.entered),
        "left": dict(found.left),
    }


def rules(found: Sequence[RuleComparison]) -> list[dict[str, Any]]:
    """The other rules: score and rank of every dossier, and what they would do to the list."""
    return [
        {
            "name": other.name,
            "possible": other.ranking is not None,
            "changes": other.changes_list,
            "entered": list(other.entered),
            "left": list(other.left),
            "rows": _places(other),
        }
        for other in found
    ]


def _places(other: RuleComparison) -> Mapping[str, list[Any]]:
    if other.ranking is None:
        return {}
    return {row.dossier: [f"{row.score:.2f}", row.rank] for row in other.ranking.rows}
