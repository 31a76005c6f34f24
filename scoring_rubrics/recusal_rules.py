"""When an expert may not judge a dossier: a call's grounds with level and look-back, and their reader."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from typing import Final, Literal, cast

from scoring_rubrics.reader import Table

# automatic: kept apart at once; declared: the expert's own word keeps apart at once;
# to_decide: an officer decides; off: shown as considered, never a ground.
GroundLevel = Literal["automatic", "declared", "to_decide", "off"]
Ground = Literal[
    "employment",
    "posts",
    "control",
    "kinship",
    "recommender",
    "district",
    "cooperation",
    "record",
    "declaration",
]

_RECORDED: Final = ("automatic", "to_decide", "off")
# What stands in a register binds by itself where the name is certain; what was read out of running text
# never does; an expert's own word is never passed over.
LEVELS: Final[Mapping[Ground, tuple[str, ...]]] = MappingProxyType(
    {
        "employment": _RECORDED,
        "posts": _RECORDED,
        "control": _RECORDED,
        "kinship": _RECORDED,
        "recommender": _RECORDED,
        "district": _RECORDED,
        "cooperation": _RECORDED,
        "record": ("to_decide", "off"),
        "declaration": ("declared", "to_decide"),
    }
)
# Grounds that end: years back from the reference date that still count.
DATED: Final[tuple[Ground, ...]] = ("employment", "posts", "control", "recommender", "cooperation")


@dataclass(frozen=True, slots=True)
class GroundRule:
    """How one ground binds; years is None for grounds that have no end."""

    level: GroundLevel
    years: int | None


@dataclass(frozen=True, slots=True)
class RecusalRules:
    """The grounds in the order of the file; what ended before reference_date minus years counts no more."""

    reference_date: date
    grounds: Mapping[Ground, GroundRule]

    def level(self, ground: Ground) -> GroundLevel:
        """How a certain finding on this ground binds."""
        return self.grounds[ground].level

    def years(self, ground: Ground) -> int:
        """Look-back in years of a ground that ends. Raises KeyError for one that has no end."""
        years = self.grounds[ground].years
        if years is None:
            raise KeyError(ground)
        return years

    def start(self, ground: Ground) -> date:
        """The first day that still counts: the same calendar day so many years earlier, itself included.

        From 2023-02-20 three years reach back to 2020-02-20: a post left on that day counts, one left on
        2020-02-19 does not.  29 February becomes the 28th, which counts a day more.
        """
        return years_before(self.reference_date, self.years(ground))


def years_before(day: date, years: int) -> date:
    """The same calendar day ``years`` earlier; 29 February becomes the 28th where the year has none."""
    try:
        return day.replace(year=day.year - years)
    except ValueError:
        return day.replace(year=day.year - years, day=28)


def read_recusal(table: Table) -> RecusalRules:
    """The table [recusal] of call.toml. Raises RubricFault with the line."""
    reference = table.day("reference_date")
    grounds: dict[Ground, GroundRule] = {}
    for ground, levels in LEVELS.items():
        level = cast(GroundLevel, table.choice(ground, levels))
        grounds[ground] = GroundRule(level, table.integer(f"{ground}_years") if ground in DATED else None)
        if (grounds[ground].years or 0) > reference.year - 1900:
            raise table.fault(f"{ground}_years", "年数过大，请核对")
    table.finish()
    return RecusalRules(reference, MappingProxyType(grounds))
