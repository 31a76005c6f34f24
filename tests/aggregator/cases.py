"""Builders and an exact reference, shared by the aggregator's tests."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

from review_portal.aggregator import Ratings, criterion_by_prefix, hundredths
from review_portal.aggregator.official import RoundResult, score_round
from review_portal.aggregator.ranking import Stage, StageRatings
from scoring_rubrics.rule import Rule

DATA = Path(__file__).parents[1] / "data"
Totals = Mapping[str, Mapping[str, str | int | None]]  # dossier -> expert -> total
TIE_KEYS = ("written_review.C1", "written_review.C2", "stage.onsite_defense")


def ratings_of(totals: Totals) -> Ratings:
    """One-item ratings from a table of totals; None is no review."""
    rows = [
        (dossier, expert, str(value))
        for dossier, column in totals.items()
        for expert, value in column.items()
        if value is not None
    ]
    return Ratings.from_columns(
        [row[0] for row in rows],
        [row[1] for row in rows],
        ["total"] * len(rows),
        hundredths([row[2] for row in rows]),
        dossiers=list(totals),
    )


def panel(*scores: str | int) -> dict[str, str | int | None]:
    """Totals of experts E1, E2, ... in order."""
    return {f"E{number}": score for number, score in enumerate(scores, start=1)}


def scored(totals: Totals, shorthand: str = "mean") -> RoundResult:
    """A round scored by a shorthand rule."""
    return score_round(ratings_of(totals), Rule.shorthand(shorthand))


def published(result: RoundResult) -> dict[str, str]:
    """dossier -> published score as text."""
    return {row.dossier: str(row.score) for row in result.rows()}


def read_columns(path: Path) -> list[tuple[str, str, str, str]]:
    """The rows of a CSV without its header."""
    with path.open(encoding="utf-8", newline="") as source:
        return [(row[0], row[1], row[2], row[3]) for row in list(csv.reader(source))[1:]]


def demo_ratings(name: str) -> Ratings:
    """Ratings of one file of the demonstration call."""
    rows = read_columns(DATA / "demo" / name)
    columns = list(zip(*rows, strict=True))
    return Ratings.from_columns(
        columns[0],
        columns[1],
        columns[2],
        hundredths(columns[3]),
        criterion_of=criterion_by_prefix(columns[2]),
    )


def demo_stages(written: str = "written_reconciled.csv") -> list[StageRatings]:
    """Both rounds of the demonstration call, 0.6 and 0.4."""
    return [
        StageRatings("written_review", Decimal("0.6"), demo_ratings(written), "written_review"),
        StageRatings("onsite_defense", Decimal("0.4"), demo_ratings("defense.csv"), "onsite_defense"),
    ]


def single_stage(totals: Totals, shorthand: str = "mean", key: str = "written_review") -> Stage:
    """One scored stage that counts alone."""
    return Stage(key, Decimal(1), scored(totals, shorthand), key)


def half_up(value: Fraction) -> Decimal:
    """Two decimals, half away from zero, computed with Decimal on an exact fraction."""
    sign = -1 if value < 0 else 1
    whole, rest = divmod(abs(value) * 100, 1)
    return sign * Decimal(int(whole) + (rest >= Fraction(1, 2))).scaleb(-2)


def additive_reference(totals: Totals) -> tuple[dict[str, Fraction], dict[str, Fraction]]:
    """Dossier qualities and expert effects (sum 0) of a connected round, by elimination on fractions."""
    dossiers = list(totals)
    experts = sorted({e for column in totals.values() for e, value in column.items() if value is not None})
    size = len(dossiers) + len(experts)
    system = [[Fraction(0)] * (size + 1) for _ in range(size)]
    for i, dossier in enumerate(dossiers):
        for expert, value in totals[dossier].items():
            if value is None:
                continue
            j = len(dossiers) + experts.index(expert)
            for row in (i, j):
                system[row][i] += 1
                system[row][j] += 1
                system[row][size] += Fraction(str(value))
    for j in range(
        len(experts)
    ):  # the equations are dependent by one: replace the last by the sum of the effects
        system[size - 1] = system[size - 1] if j else [Fraction(0)] * (size + 1)
        system[size - 1][len(dossiers) + j] = Fraction(1)
    solution = _solve(system)
    return dict(zip(dossiers, solution, strict=False)), dict(
        zip(experts, solution[len(dossiers) :], strict=True)
    )


def _solve(system: list[list[Fraction]]) -> Sequence[Fraction]:
    size = len(system)
    for column in range(size):
        pivot = next(row for row in range(column, size) if system[row][column] != 0)
        system[column], system[pivot] = system[pivot], system[column]
        system[column] = [value / system[column][column] for value in system[column]]
        for row in range(size):
            if row != column and system[row][column] != 0:
                factor = system[row][column]
                system[row] = [a - factor * b for a, b in zip(system[row], system[column], strict=True)]
    return [system[row][size] for row in range(size)]
