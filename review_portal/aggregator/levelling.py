"""How each expert's totals were made comparable, as a straight line: levelled = factor x total + shift.

What a spreadsheet needs to level totals by itself: severity is no cell formula, its solution is a constant
beside each expert. The lines come from the same whole numbers as the scores (see `additive`, `normalize`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from math import isqrt

import numpy as np

from .additive import ITERATIVE_SCALE, fit_additive
from .exact import in_hundredths
from .notices import AggregatorError

EXACT_PLACES, SNAPPED_PLACES = 8, 6  # of a hundredth: to these a levelled mean is rounded before half up
_SCALE = 10**30


@dataclass(frozen=True, slots=True)
class Line:
    """One expert's line in points: factor without unit, shift in points."""

    factor: float
    shift: float


@dataclass(frozen=True, slots=True)
class Levelling:
    """The lines by expert. `places`: decimals of a hundredth to which a mean of levelled totals is rounded
    before it is rounded half up, so that what is a half in truth is rounded as one in binary numbers too.
    """

    lines: Mapping[str, Line]
    places: int


def level_lines(totals: Mapping[str, Mapping[str, Decimal]], normalize: str) -> Levelling | None:
    """The lines of a round from its totals (dossier -> expert -> points); None where nothing is levelled.

    normalize: severity | z_score | none, what decided in the end. Raises AggregatorError for a total finer
    than a hundredth, and as `fit_additive`.
    """
    if normalize == "severity":
        return _severity(totals)
    return _z_scores(totals) if normalize == "z_score" else None


def _severity(totals: Mapping[str, Mapping[str, Decimal]]) -> Levelling:
    experts = sorted({expert for given in totals.values() for expert in given})
    place = {expert: at for at, expert in enumerate(experts)}
    cells = [
        (row, place[expert], in_hundredths(total, "总分"))
        for row, given in enumerate(totals.values())
        for expert, total in given.items()
    ]
    if not cells:
        raise AggregatorError("本轮没有完整的评分，无法计算得分。")
    dossier, expert, total = (np.array(column, dtype=np.int64) for column in zip(*cells, strict=True))
    fit = fit_additive(dossier, expert, total, len(totals), len(experts))
    lines = {}
    for name, at in place.items():
        effect = Fraction(int(fit.numerator[at]), int(fit.denominator))
        if not fit.exact:  # what iterations leave open is not printed
            effect = Fraction(round(effect * ITERATIVE_SCALE // 100), ITERATIVE_SCALE // 100)
        lines[name] = Line(1.0, float(-effect / 100))
    return Levelling(lines, EXACT_PLACES if fit.exact else SNAPPED_PLACES)


def _z_scores(totals: Mapping[str, Mapping[str, Decimal]]) -> Levelling:
    own: dict[str, list[int]] = {}
    for given in totals.values():
        for expert, total in given.items():
            own.setdefault(expert, []).append(in_hundredths(total, "总分"))
    every = [total for column in own.values() for total in column]
    count, grand = len(every), sum(every)
    spread = count * sum(total * total for total in every) - grand * grand
    lines = {}
    for expert, column in sorted(own.items()):
        n, t = len(column), sum(column)
        varied = n * sum(total * total for total in column) - t * t
        root = isqrt(spread * n * n * _SCALE**2 // (varied * count * count)) if varied else 0
        factor = Fraction(root, _SCALE)
        lines[expert] = Line(float(factor), float((Fraction(grand, count) - factor * Fraction(t, n)) / 100))
    return Levelling(lines, EXACT_PLACES)
