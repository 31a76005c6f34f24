"""Scores of a round in many variants at once: other totals in every column, or one sheet less.

The definitions are those of `normalize.combine`; whole numbers stay whole and are rounded by `exact.half_up`,
floats are rounded here, with a word on where a float cannot tell.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring_rubrics.rule import Rule

from .additive import Floats
from .exact import Groups, Index, Whole
from .official import STORED_PLACES

Truths = NDArray[np.bool_]
Cells = tuple[Index, Index]

STANDARD_SNAP = 10**8  # standard scores from floats are good to about 1e-11 hundredths


@dataclass(frozen=True, slots=True, eq=False)
class Variants:
    """Published scores of one round in several variants, (variants, scored dossiers), int64 hundredths.

    gone: dossiers that have no sheet left. refused: (variants,) the rule gives no scores at all.
    """

    score: Index
    gone: Truths
    refused: Truths


def unit_of(rule: Rule) -> int:
    """The step of a published score in hundredths."""
    return int(10 ** (STORED_PLACES - rule.places))


def repeated(row: NDArray[Any], times: int) -> NDArray[Any]:
    """One row for each variant, to be changed in places (numpy's tile takes several times as long)."""
    return np.broadcast_to(row, (times, row.size)).copy()


def half_up_floats(value: Floats, unit: int, snap: int) -> tuple[Index, Truths]:
    """Float hundredths rounded half up to multiples of `unit`, and which are too near to a half to be sure.

    Too near: within 1/snap hundredths; within half of that they are rounded as a half (as in `half_up`).
    """
    near = 1.0 / (snap * unit)
    size = np.abs(value)
    if unit != 1:
        size /= unit
    whole = np.floor(size)
    size -= whole
    whole += size >= 0.5 - near / 2
    size -= 0.5
    unsure = np.abs(size, out=size) < near
    return (np.copysign(whole, value, out=whole) * unit).astype(np.int64), unsure


def combine_columns(value: Whole, groups: Groups, how: str, gone: Cells | None = None) -> tuple[Whole, Index]:
    """Every group of every column combined: numerators (groups, columns) and denominators that fit them.

    value: (sheets, columns), whole numbers or floats. how: mean | drop_high_low | median. gone: (rows,
    columns) of sheets that do not count, at most one of a group in a column, floats only; `value` is
    overwritten there. A group of which nothing is left gives a meaningless number.
    """
    count = np.broadcast_to(groups.count[:, None], (groups.count.size, value.shape[1]))
    if gone is not None:
        count = count.copy()
        count[np.repeat(np.arange(groups.count.size), groups.count)[gone[0]], gone[1]] -= 1
    if how == "median":
        pair = _middle_pair(_filled(value, gone, np.inf), groups, count)
        return np.where(count > 0, pair, 0), np.array([[2]])
    total = np.add.reduceat(_filled(value, gone, 0.0), groups.start, axis=0)
    if how == "mean":
        return total, count
    highest = np.maximum.reduceat(_filled(value, gone, -np.inf), groups.start, axis=0)
    lowest = np.minimum.reduceat(_filled(value, gone, np.inf), groups.start, axis=0)
    extremes = np.add(highest, lowest, out=np.zeros_like(total), where=count > 0)
    return total - extremes, count - 2


def combine_without(value: Whole, groups: Groups, how: str) -> tuple[Whole, Index]:
    """For every sheet its dossier's combination without it: numerators and denominators, (sheets,).

    Where a sheet is the only one (or one of two and both extremes drop) the denominator is not positive.
    """
    group = np.repeat(np.arange(groups.count.size), groups.count)
    order = np.lexsort((value, group))
    arranged = value[order]
    place = np.empty_like(order)
    place[order] = np.arange(order.size) - groups.start[group]
    left = groups.count[group] - 1

    def at(position: Index) -> Whole:
        """The value at a position in ascending order among those that stay."""
        found: Whole = arranged[
            np.minimum(groups.start[group] + position + (position >= place), order.size - 1)
        ]
        return found

    if how == "median":
        return at((left - 1) // 2) + at(left // 2), np.where(left > 0, 2, 0)
    total = groups.total(value)[group] - value
    if how == "mean":
        return total, left
    return total - at(np.zeros_like(left)) - at(left - 1), left - 2


def _filled(value: Whole, gone: Cells | None, with_: float) -> Whole:
    if gone is not None:
        value[gone] = with_
    return value


def _middle_pair(value: Whole, groups: Groups, count: Index) -> Whole:
    """Sum of the two middle values among the lowest `count` of each group and column."""
    result = np.empty(count.shape, dtype=value.dtype)
    for size in np.unique(groups.count).tolist():
        which = np.flatnonzero(groups.count == size)
        block = np.sort(value[groups.start[which][:, None] + np.arange(size)], axis=1)
        own = np.maximum(count[which], 1)[:, None, :]
        pair = [np.take_along_axis(block, at, axis=1)[:, 0, :] for at in ((own - 1) // 2, own // 2)]
        result[which] = pair[0] + pair[1]
    return result
