"""One person's own sheets of a round looked at together: spread, ties, use of the scale. Exact decimals.

Only own sheets go in, so nothing that comes out says anything of another expert.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from itertools import groupby

from scoring_rubrics import Rubric


@dataclass(frozen=True, slots=True)
class Spread:
    """Lowest, highest and middle of some values; an even number has the mean of the two middle ones."""

    lowest: Decimal
    highest: Decimal
    median: Decimal

    @property
    def width(self) -> Decimal:
        """Highest less lowest."""
        return self.highest - self.lowest


@dataclass(frozen=True, slots=True)
class LevelUse:
    """How often a level was given among the items that have it."""

    name: str
    count: int
    of: int

    @property
    def share(self) -> Decimal:
        """In percent, one place, rounded half up."""
        tenths = (Decimal(1000) * self.count / self.of).quantize(Decimal(1), "ROUND_HALF_UP")
        return tenths / 10


@dataclass(frozen=True, slots=True)
class CriterionScores:
    """One criterion, or the whole sheet: spread of the sums, levels from best to worst."""

    key: str
    name: str
    maximum: Decimal
    spread: Spread
    levels: tuple[LevelUse, ...]


@dataclass(frozen=True, slots=True)
class OwnScores:
    """`totals` by sheet, highest first; `ties` the totals that more than one sheet has.

    `between` counts the points that are no whole number, of `points` given; None where the rubric asks for
    whole ones.
    """

    totals: tuple[tuple[str, Decimal], ...]
    whole: CriterionScores
    criteria: tuple[CriterionScores, ...]
    ties: tuple[tuple[Decimal, tuple[str, ...]], ...]
    points: int
    between: int | None


def spread(values: Sequence[Decimal]) -> Spread:
    """The spread of at least one value."""
    ordered = sorted(values)
    half, odd = divmod(len(ordered), 2)
    middle = ordered[half] if odd else (ordered[half - 1] + ordered[half]) / 2
    return Spread(ordered[0], ordered[-1], middle)


def look(rubric: Rubric, sheets: Mapping[str, Mapping[str, Decimal]]) -> OwnScores:
    """All of it. `sheets`: points by item for each sheet (its number); every sheet holds every item."""
    totals = {number: sum(points.values(), Decimal(0)) for number, points in sheets.items()}
    ordered = sorted(totals.items(), key=lambda pair: (-pair[1], pair[0]))
    keys = [item.key for item in rubric.items]
    given = [points[key] for points in sheets.values() for key in keys]
    fine = any(item.step % 1 for item in rubric.items)
    return OwnScores(
        tuple(ordered),
        _scores(rubric, "", "", keys, sheets),
        tuple(
            _scores(rubric, criterion.key, criterion.name, [item.key for item in criterion.items], sheets)
            for criterion in rubric.criteria
        ),
        _ties(ordered),
        len(given),
        sum(value % 1 != 0 for value in given) if fine else None,
    )


def _ties(ordered: Sequence[tuple[str, Decimal]]) -> tuple[tuple[Decimal, tuple[str, ...]], ...]:
    groups = [
        (total, tuple(number for number, _total in group))
        for total, group in groupby(ordered, key=lambda pair: pair[1])
    ]
    return tuple((total, numbers) for total, numbers in groups if len(numbers) > 1)


def _scores(
    rubric: Rubric,
    key: str,
    name: str,
    items: Sequence[str],
    sheets: Mapping[str, Mapping[str, Decimal]],
) -> CriterionScores:
    sums = [sum((points[item] for item in items), Decimal(0)) for points in sheets.values()]
    known = [rubric.item(item) for item in items]
    names = dict.fromkeys(level.label or level.name for item in rubric.items for level in item.levels)
    given = [
        found.label or found.name
        for item in known
        if item.levels
        for points in sheets.values()
        for found in (item.level_of(points[item.key]),)
    ]
    return CriterionScores(
        key,
        name,
        sum((item.max_score for item in known), Decimal(0)),
        spread(sums),
        tuple(LevelUse(each, given.count(each), len(given)) for each in names if given),
    )
