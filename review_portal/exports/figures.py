"""What a round's sheets have in common: the call's head, score cells, one dossier's row of a round.

Figures arrive computed and frozen; writers only print them. Experts appear by code, never by name.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import TypeAlias


class Absence(StrEnum):
    """Why a cell holds no points; the value is what is printed. Never 0."""

    RECUSED = "回避"
    MISSING = "—"
    VOID = "作废"


ScoreCell: TypeAlias = Decimal | Absence


@dataclass(frozen=True, slots=True)
class CallHead:
    """The call as every sheet names it."""

    title: str
    document_number: str
    issuer: str


@dataclass(frozen=True, slots=True)
class Unit:
    """One dossier's public face: its number (2023-007) and who stands behind it."""

    number: str
    lead_unit: str
    members: tuple[str, ...]
    recommender: str


@dataclass(frozen=True, slots=True)
class Item:
    """One rubric item with the criterion it belongs to; points run from 0 to `max_score`."""

    code: str
    name: str
    criterion: str
    max_score: Decimal


@dataclass(frozen=True, slots=True)
class ItemPoints:
    """One item as one expert scored it."""

    item: str
    points: Decimal
    comment: str = ""


@dataclass(frozen=True, slots=True)
class ExpertSheet:
    """One submitted sheet: points in the rubric's order and the overall opinion."""

    expert: str
    points: tuple[ItemPoints, ...]
    opinion: str = ""
    conclusion: str = ""


@dataclass(frozen=True, slots=True)
class DossierScores:
    """One dossier in one round.

    `totals` stands in the order of the round's experts; `criterion_means` in the order of its criteria.
    `None` means that the figure does not exist (too few sheets, withdrawn). `score` is what the frozen rule
    gives, the other figures stand beside it, `standard` the mean of standard scores on the points' scale.
    `counted` is False where sheets on file count for nothing.
    """

    unit: Unit
    totals: tuple[ScoreCell, ...]
    highest: Decimal | None
    lowest: Decimal | None
    mean: Decimal | None
    trimmed: Decimal | None
    spread: Decimal | None
    score: Decimal | None
    note: str = ""
    counted: bool = True
    criterion_means: tuple[Decimal | None, ...] = ()
    sheets: tuple[ExpertSheet, ...] = ()
    standard: Decimal | None = None

    @property
    def valid_sheets(self) -> int:
        """How many sheets count."""
        return sum(isinstance(cell, Decimal) for cell in self.totals) if self.counted else 0


@dataclass(frozen=True, slots=True)
class Counting:
    """How a round's scores come out of its totals, as a spreadsheet's formulas need it.

    normalize    what levelled the totals in the end: none | severity | z_score
    combine      the rule's: mean | drop_high_low | median
    min_reviews  sheets that every dossier needs before highest and lowest are dropped
    refuse       below that nothing is dropped and no mean stands in its place
    places       decimals of a published score
    lines        (factor, shift in points) of each expert of the round; empty where nothing is levelled
    grid         decimals of a hundredth to which a mean of levelled totals is rounded before half up
    fewest       sheets of the dossier with the fewest, where the round's own table does not tell
    """

    normalize: str = "none"
    combine: str = "mean"
    min_reviews: int = 5
    refuse: bool = False
    places: int = 2
    lines: tuple[tuple[float, float], ...] = ()
    grid: int = 8
    fewest: int | None = None


@dataclass(frozen=True, slots=True)
class RoundScores:
    """One scored round: its rubric, its expert codes and its dossiers in the order to be printed.

    counts: whether it is part of the final score; what one of several panels scored is not. stage: rounds
    that score the same things, one after the other, have the same. counting: None where the figures stand
    as values and nothing is recomputed.
    """

    title: str
    rubric_title: str
    rubric_digest: str
    experts: tuple[str, ...]
    items: tuple[Item, ...]
    dossiers: tuple[DossierScores, ...]
    weight: Decimal | None = None
    counts: bool = True
    stage: str = ""
    counting: Counting | None = None

    def __post_init__(self) -> None:
        """ValueError where a dossier's cells do not fit the round's experts or criteria."""
        codes = {item.code for item in self.items}
        for dossier in self.dossiers:
            number = dossier.unit.number
            if len(dossier.totals) != len(self.experts):
                raise ValueError(f"{number}: {len(dossier.totals)} totals for {len(self.experts)} experts")
            if dossier.criterion_means and len(dossier.criterion_means) != len(self.criteria):
                raise ValueError(f"{number}: criterion means do not fit the {len(self.criteria)} criteria")
            for sheet in dossier.sheets:
                if sheet.expert not in self.experts or not codes.issuperset(row.item for row in sheet.points):
                    raise ValueError(f"{number}: sheet of {sheet.expert} names an unknown expert or item")
        lines = self.counting.lines if self.counting else ()
        if lines and len(lines) != len(self.experts):
            raise ValueError(f"{len(lines)} lines for {len(self.experts)} experts")

    @property
    def criteria(self) -> tuple[tuple[str, Decimal], ...]:
        """(criterion, sum of its items' maxima) in the rubric's order."""
        sums: dict[str, Decimal] = {}
        for item in self.items:
            sums[item.criterion] = sums.get(item.criterion, Decimal(0)) + item.max_score
        return tuple(sums.items())


def points_text(cell: ScoreCell | None, places: int = 2) -> str:
    """A figure with its decimals, the word of an absence, or "—"."""
    if cell is None:
        return Absence.MISSING.value
    return f"{cell:.{places}f}" if isinstance(cell, Decimal) else cell.value
