"""What a fit says of every dossier and every expert, as columns under the names that references use."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exact import Index
from .mixed_equations import Real
from .mixed_model import MixedFit
from .uncertainty import RankUncertainty

Columns = Mapping[str, NDArray[Any]]


def dossier_columns(fit: MixedFit, ranks: RankUncertainty | None, *, chances: bool) -> Columns:
    """(dossiers,) each; nan for a dossier without a review, and where there are no ranks or chances.

    blup: departure from the mean, with post_sd its posterior and cond_sd its conditional (mu known) standard
    deviation; calibrated: mu plus blup, with calibrated_sd. p_top_k, mean_rank, and rank_p05 to rank_p95,
    between which the rank lies with the level of `ranks`.
    """
    seen, spread = np.isfinite(fit.dossier_effect), fit.spread
    missing = np.full(seen.size, np.nan)
    return {
        "n_reviews": np.bincount(fit.reviews.dossier, minlength=seen.size),
        "blup": fit.dossier_effect,
        "post_sd": np.where(seen, spread.dossier, np.nan),
        "cond_sd": np.where(seen, spread.dossier_given_mu, np.nan),
        "calibrated": fit.calibrated,
        "calibrated_sd": np.where(seen, spread.calibrated, np.nan),
        "p_top_k": ranks.chance if ranks is not None and chances else missing,
        "mean_rank": missing if ranks is None else ranks.mean_rank,
        "rank_p05": missing if ranks is None else ranks.rank_low,
        "rank_p95": missing if ranks is None else ranks.rank_high,
    }


def group_columns(fit: MixedFit) -> Columns:
    """(panels,) each: how many dossiers with a review and how many reviews they have.

    blup: what the panel's dossiers have in common, with post_sd and cond_sd as for dossiers.
    """
    seen, panels = fit.reviews, fit.group_effect.size
    assert seen.group is not None
    scored = np.isfinite(fit.dossier_effect)
    return {
        "n_dossiers": np.bincount(seen.group[scored], minlength=panels),
        "n_reviews": np.bincount(seen.group[seen.dossier], minlength=panels),
        "blup": fit.group_effect,
        "post_sd": fit.spread.group,
        "cond_sd": fit.spread.group_given_mu,
    }


def expert_columns(fit: MixedFit) -> Columns:
    """(experts,) each; nan for an expert without a review.

    blup: severity, positive is generous, with post_sd and cond_sd as for dossiers; mean_points: mean of the
    points given; rms_residual: root mean square of what neither dossier nor expert explains.
    """
    seen, spread, reviews = np.isfinite(fit.expert_effect), fit.spread, fit.reviews
    count = np.bincount(reviews.expert, minlength=seen.size)
    known = np.where(seen, count, np.nan)
    return {
        "n_reviews": count,
        "mean_points": np.bincount(reviews.expert, reviews.points, seen.size) / known,
        "blup": fit.expert_effect,
        "post_sd": np.where(seen, spread.expert, np.nan),
        "cond_sd": np.where(seen, spread.expert_given_mu, np.nan),
        "rms_residual": np.sqrt(np.bincount(reviews.expert, fit.residual**2, seen.size) / known),
    }


def best_first(values: Real) -> Index:
    """Places in descending order of the values, equal ones as they stand; nan last."""
    return np.argsort(-np.nan_to_num(values, nan=-np.inf), kind="stable")
