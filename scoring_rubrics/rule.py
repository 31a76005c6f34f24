"""The one definition of the pipeline that decides a ranking; every number is exact, nothing here computes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal, cast, get_args

Normalize = Literal["none", "severity", "z_score"]
Combine = Literal["mean", "drop_high_low", "median"]
BelowThreshold = Literal["all_mean", "refuse"]
Fallback = Literal["none", "z_score"]

NORMALIZE: Final[tuple[str, ...]] = get_args(Normalize)
COMBINE: Final[tuple[str, ...]] = get_args(Combine)
BELOW_THRESHOLD: Final[tuple[str, ...]] = get_args(BelowThreshold)
FALLBACK: Final[tuple[str, ...]] = get_args(Fallback)

LEAST_REVIEWS: Final = 3  # without the highest and the lowest one has to be left

SHORTHANDS: Final = MappingProxyType(
    {
        "mean": ("none", "mean"),
        "drop_high_low": ("none", "drop_high_low"),
        "median": ("none", "median"),
        "severity": ("severity", "mean"),
        "z_score": ("z_score", "mean"),
    }
)

_NORMALIZE_WORDS: Final = {"none": "", "severity": "宽严度校准后取", "z_score": "标准分换算后取"}
_COMBINE_WORDS: Final = {
    "mean": "算术平均",
    "drop_high_low": "去掉一个最高分和一个最低分的平均",
    "median": "中位数",
}


@dataclass(frozen=True, slots=True)
class Rule:
    """How totals become published scores: normalize within a round, combine over experts, break ties.

    min_reviews        experts a dossier needs before drop_high_low may drop (count)
    below_threshold    what a whole round does when one of its dossiers has fewer: plain mean, or refuse
    fallback           the normalization used when the panels of a round are not connected
    tie_keys           in order, "<rubric>.<criterion>" or "stage.<review stage>"; plain means over all valid
                       experts
    places             decimal places of a published score, rounded half up
    """

    normalize: Normalize = "none"
    combine: Combine = "mean"
    min_reviews: int = 5
    below_threshold: BelowThreshold = "all_mean"
    fallback: Fallback = "none"
    tie_keys: tuple[str, ...] = ()
    places: int = 2

    def __post_init__(self) -> None:
        for value, allowed in (
            (self.normalize, NORMALIZE),
            (self.combine, COMBINE),
            (self.below_threshold, BELOW_THRESHOLD),
            (self.fallback, FALLBACK),
        ):
            if value not in allowed:
                raise ValueError(f"“{value}”不在可选值内：{'、'.join(allowed)}")
        if self.min_reviews < LEAST_REVIEWS:
            raise ValueError(f"去掉最高分和最低分至少需要{LEAST_REVIEWS}名专家")
        if not 0 <= self.places <= 6:
            raise ValueError("保留小数位数应在0到6之间")

    @classmethod
    def shorthand(cls, name: str, tie_keys: tuple[str, ...] = ()) -> Rule:
        """The rule that a one-word name stands for; ValueError names the words that exist."""
        if name not in SHORTHANDS:
            raise ValueError(f"没有名为“{name}”的排序方法，可选：{'、'.join(SHORTHANDS)}")
        normalize, combine = SHORTHANDS[name]
        return cls(cast(Normalize, normalize), cast(Combine, combine), tie_keys=tie_keys)

    def using(self, name: str) -> Rule:
        """This rule with the method of a shorthand, everything else (ties, places, thresholds) unchanged."""
        other = Rule.shorthand(name)
        return replace(self, normalize=other.normalize, combine=other.combine)

    @property
    def label(self) -> str:
        """What a sheet prints as the name of the method."""
        return _NORMALIZE_WORDS[self.normalize] + _COMBINE_WORDS[self.combine]

    def canonical(self) -> dict[str, str]:
        """Every parameter as a string, for digests and the method page."""
        return {
            "normalize": self.normalize,
            "combine": self.combine,
            "min_reviews": str(self.min_reviews),
            "below_threshold": self.below_threshold,
            "fallback": self.fallback,
            "tie_keys": ",".join(self.tie_keys),
            "places": str(self.places),
        }
