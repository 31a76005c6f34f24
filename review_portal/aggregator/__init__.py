"""Pure numbers: from experts' points to a ranking that anybody can recompute.

Names are loaded at first use, so that a process that never ranks never loads numpy and scipy.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
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
    from .explain import remarks
    from .notices import AggregatorError, Notice
    from .official import Outlier, RoundResult, RoundRow, score_round
    from .ranking import Absent, Ranking, RankRow, Stage, StageRatings, rank, rank_ratings
    from .ratings import Ratings, criterion_by_prefix, hundredths
    from .reading import read_csv
    from .shortlisting import Shortlist, shortlist
    from .ties import Tie, TieStep

_HOMES = {
    "comparison": (
        "REFERENCE_RULES", "Comparison", "ListChange", "RemovalEffect", "RuleComparison",
        "compare_rules", "compare_shortlists", "effect_of_removal", "reconciliation_effect",
    ),
    "explain": ("remarks",),
    "notices": ("AggregatorError", "Notice"),
    "official": ("Outlier", "RoundResult", "RoundRow", "score_round"),
    "ranking": ("Absent", "RankRow", "Ranking", "Stage", "StageRatings", "rank", "rank_ratings"),
    "ratings": ("Ratings", "criterion_by_prefix", "hundredths"),
    "reading": ("read_csv",),
    "shortlisting": ("Shortlist", "shortlist"),
    "ties": ("Tie", "TieStep"),
}  # fmt: skip
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

__all__ = [
    "REFERENCE_RULES",
    "Absent",
    "AggregatorError",
    "Comparison",
    "ListChange",
    "Notice",
    "Outlier",
    "RankRow",
    "Ranking",
    "Ratings",
    "RemovalEffect",
    "RoundResult",
    "RoundRow",
    "RuleComparison",
    "Shortlist",
    "Stage",
    "StageRatings",
    "Tie",
    "TieStep",
    "compare_rules",
    "compare_shortlists",
    "criterion_by_prefix",
    "effect_of_removal",
    "hundredths",
    "rank",
    "rank_ratings",
    "read_csv",
    "reconciliation_effect",
    "remarks",
    "score_round",
    "shortlist",
]


def __getattr__(name: str) -> object:
    if name not in _HOME_OF:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value: object = getattr(import_module(f".{_HOME_OF[name]}", __name__), name)
    globals()[name] = value
    return value
