"""Pure numbers: from experts' points to a ranking that anybody can recompute.

Names are loaded at first use, so that a process that never ranks never loads numpy and scipy. A function that
has the name of its module is not among them, because importing the module would put that in its place:
`agreement`, `connectivity`, `cut_points`, `explain`, `intraclass`, `krippendorff` and `least_squares` have
only their classes here, the functions are to be had from the modules.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from .affiliation import Affiliation
    from .agreement import Agreement
    from .anomalies import Anomalies, Finding, find_anomalies
    from .calibration import Calibration, simulated_calibration
    from .comparison import (
        REFERENCE_RULES,
        Comparison,
        ListChange,
        RemovalEffect,
        RuleComparison,
        compare_rules,
        compare_shortlists,
        effect_of_removal,
        reconciliation_effect,
    )
    from .concordance import Kendall, MeanCorrelation, PairCorrelations, kendall, pair_correlations
    from .connectivity import Components, Connectivity, components
    from .contrasts import Precision, WeakestLink, precision
    from .crossing import Crossing, crossing_required, crossing_reviews
    from .explain import Advice, Explanation, Neighbours, remarks
    from .generalizability import DecisionPoint, Generalizability
    from .influences import Influence, JointWeights
    from .intraclass import Coefficient, Intraclass, MeanSquares, cronbach_alpha, mean_squares
    from .krippendorff import Krippendorff
    from .least_squares import LeastSquares
    from .mixed_model import MixedFit, Reviews, fit_mixed
    from .mixed_reml import Variances
    from .mixed_spread import Spread
    from .notices import AggregatorError, Notice
    from .official import Outlier, RoundResult, RoundRow, score_round, score_totals
    from .panels import Panel, PanelRanking, rank_panels
    from .posterior import Posterior
    from .ranking import Absent, Ranking, RankRow, Stage, StageRatings, rank, rank_ratings
    from .ratings import Ratings, criterion_by_prefix, hundredths
    from .reading import ScoreFile, read_csv, read_measurements, read_scores
    from .shortlisting import Shortlist, shortlist
    from .stability import Stability, change_all_weights, change_weights, leave_one_expert_out, list_stability
    from .ties import Tie, TieStep
    from .uncertainty import (
        OpenPairs,
        RankUncertainty,
        expected_overlap,
        open_pairs,
        rank_uncertainty,
        swap_chance,
    )

_HOMES = {
    "affiliation": ("Affiliation",),
    "agreement": ("Agreement",),
    "anomalies": ("Anomalies", "Finding", "find_anomalies"),
    "calibration": ("Calibration", "simulated_calibration"),
    "comparison": (
        "REFERENCE_RULES", "Comparison", "ListChange", "RemovalEffect", "RuleComparison", "compare_rules",
        "compare_shortlists", "effect_of_removal", "reconciliation_effect",
    ),
    "concordance": ("Kendall", "MeanCorrelation", "PairCorrelations", "kendall", "pair_correlations"),
    "connectivity": ("Components", "Connectivity", "components"),
    "contrasts": ("Precision", "WeakestLink", "precision"),
    "crossing": ("Crossing", "crossing_required", "crossing_reviews"),
    "explain": ("Advice", "Explanation", "Neighbours", "remarks"),
    "generalizability": ("DecisionPoint", "Generalizability"),
    "influences": ("Influence", "JointWeights"),
    "intraclass": ("Coefficient", "Intraclass", "MeanSquares", "cronbach_alpha", "mean_squares"),
    "krippendorff": ("Krippendorff",),
    "least_squares": ("LeastSquares",),
    "mixed_model": ("MixedFit", "Reviews", "fit_mixed"),
    "mixed_reml": ("Variances",),
    "mixed_spread": ("Spread",),
    "notices": ("AggregatorError", "Notice"),
    "official": ("Outlier", "RoundResult", "RoundRow", "score_round", "score_totals"),
    "panels": ("Panel", "PanelRanking", "rank_panels"),
    "posterior": ("Posterior",),
    "ranking": ("Absent", "RankRow", "Ranking", "Stage", "StageRatings", "rank", "rank_ratings"),
    "ratings": ("Ratings", "criterion_by_prefix", "hundredths"),
    "reading": ("ScoreFile", "read_csv", "read_measurements", "read_scores"),
    "shortlisting": ("Shortlist", "shortlist"),
    "stability": (
        "Stability", "change_all_weights", "change_weights", "leave_one_expert_out", "list_stability",
    ),
    "ties": ("Tie", "TieStep"),
    "uncertainty": (
        "OpenPairs", "RankUncertainty", "expected_overlap", "open_pairs", "rank_uncertainty", "swap_chance",
    ),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "REFERENCE_RULES",
    "Absent",
    "Advice",
    "Affiliation",
    "AggregatorError",
    "Agreement",
    "Anomalies",
    "Calibration",
    "Coefficient",
    "Comparison",
    "Components",
    "Connectivity",
    "Crossing",
    "DecisionPoint",
    "Explanation",
    "Finding",
    "Generalizability",
    "Influence",
    "Intraclass",
    "JointWeights",
    "Kendall",
    "Krippendorff",
    "LeastSquares",
    "ListChange",
    "MeanCorrelation",
    "MeanSquares",
    "MixedFit",
    "Neighbours",
    "Notice",
    "OpenPairs",
    "Outlier",
    "PairCorrelations",
    "Panel",
    "PanelRanking",
    "Posterior",
    "Precision",
    "RankRow",
    "RankUncertainty",
    "Ranking",
    "Ratings",
    "RemovalEffect",
    "Reviews",
    "RoundResult",
    "RoundRow",
    "RuleComparison",
    "ScoreFile",
    "Shortlist",
    "Spread",
    "Stability",
    "Stage",
    "StageRatings",
    "Tie",
    "TieStep",
    "Variances",
    "WeakestLink",
    "change_all_weights",
    "change_weights",
    "compare_rules",
    "compare_shortlists",
    "components",
    "criterion_by_prefix",
    "cronbach_alpha",
    "crossing_required",
    "crossing_reviews",
    "effect_of_removal",
    "expected_overlap",
    "find_anomalies",
    "fit_mixed",
    "hundredths",
    "kendall",
    "leave_one_expert_out",
    "list_stability",
    "mean_squares",
    "open_pairs",
    "pair_correlations",
    "precision",
    "rank",
    "rank_panels",
    "rank_ratings",
    "rank_uncertainty",
    "read_csv",
    "read_measurements",
    "read_scores",
    "reconciliation_effect",
    "remarks",
    "score_round",
    "score_totals",
    "shortlist",
    "simulated_calibration",
    "swap_chance",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value
