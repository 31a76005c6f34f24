"""Half-up rounding and grouped sums in whole numbers; no published value passes through a binary float.

Points are hundredths in int64. Where a product could leave 64 bits the same code continues on Python
integers (object arrays), so results never depend on the size of the input.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .notices import AggregatorError

Index = NDArray[np.int64]
Whole = NDArray[Any]  # int64, or Python integers in an object array

_LIMIT = 2**62
_HUNDREDTH = Decimal("0.01")


def widened(values: Whole, factor: int) -> Whole:
    """The same whole numbers, as Python integers if multiplying them by `factor` could leave 64 bits."""
    if values.dtype == object or values.size == 0:
        return values
    largest = max(abs(int(values.max())), abs(int(values.min())), 1)
    return values.astype(object) if largest * abs(factor) >= _LIMIT else values


def times(values: Whole, factor: int) -> Whole:
    """values x factor, exact at any size, with room left for a doubling."""
    return widened(values, 4 * factor) * factor


def divide_half_up(numerator: Whole, denominator: Whole | int) -> Whole:
    """numerator / denominator to the nearest whole number, a half away from zero (as Decimal's
    ROUND_HALF_UP).
    """
    largest = denominator if isinstance(denominator, int) else int(np.max(denominator, initial=1))
    top = widened(numerator, 4)
    if top.dtype != object and largest >= _LIMIT // 4:
        top = top.astype(object)
    doubled = (2 * abs(top) + denominator) // (2 * denominator)
    result: Whole = np.where(top < 0, -doubled, doubled)
    return result


def half_up(numerator: Whole, denominator: Whole | int, *, unit: int = 1, snap: int | None = None) -> Index:
    """numerator / denominator in hundredths, rounded half up to multiples of `unit` hundredths.

    snap: values known only to within half a grid step of 1/snap hundredths (square roots, iterative
    solutions) are first put on that grid, so that a value that is a half in truth is rounded as one.
    """
    if snap is not None:
        numerator, denominator = divide_half_up(times(numerator, snap), denominator), snap
    below = denominator * unit if isinstance(denominator, int) else times(denominator, unit)
    rounded = divide_half_up(numerator, below)
    return np.asarray(rounded * unit, dtype=np.int64)


def points_of(hundredths: int | np.integer[Any]) -> Decimal:
    """Hundredths as exact points with two decimals."""
    return Decimal(int(hundredths)).scaleb(-2)


def decimals(hundredths: Index) -> list[Decimal]:
    """A column of hundredths as exact points; every distinct value is converted once."""
    distinct, which = np.unique(hundredths, return_inverse=True)
    points = [points_of(value) for value in distinct.tolist()]
    return list(map(points.__getitem__, which.tolist()))


def whole_hundredths(value: Decimal) -> int | None:
    """Points with at most two decimals as whole hundredths; None if finer, not finite, or of more digits than
    decimal arithmetic keeps.
    """
    try:
        kept = value.quantize(_HUNDREDTH)  # InvalidOperation where there is no room for all digits
    except InvalidOperation:
        return None
    if not kept.is_finite() or kept != value:  # compared exactly; arithmetic would round to 28 digits
        return None
    return int(kept.scaleb(2))


def in_hundredths(value: Decimal, what: str) -> int:
    """`whole_hundredths`, or AggregatorError naming `what` the value is."""
    whole = whole_hundredths(value)
    if whole is None:
        raise AggregatorError(
            "%(what)s“%(value)s”应为最多两位小数的数，请改正后再算。", what=what, value=str(value)
        )
    return whole


def order_of(*columns: Whole) -> Index:
    """Places that sort rows by whole-number columns, the first column first; equal rows keep their order.

    Columns are packed with the row's own number into one 64-bit word, which is then sorted by value: several
    times as fast as an indirect sort. What does not fit takes another pass, from the last column to the
    first; a column that fits no word is sorted indirectly.
    """
    size = columns[0].size
    room = 63 - max(size - 1, 1).bit_length()
    order: Index | None = None
    word, used = np.zeros(size, dtype=np.int64), 0
    for column in reversed(columns if size else ()):
        low = int(column.min())
        width = (int(column.max()) - low).bit_length()
        if used + width > room:
            order = _by_word(word, order)
            word, used = np.zeros(size, dtype=np.int64), 0
        if column.dtype == object or width > room:
            order = _indirectly(column, order)
        else:
            word |= (column.astype(np.int64) - low) << used
            used += width
    return _by_word(word, order)


def _by_word(word: Index, order: Index | None) -> Index:
    """Sort rows that stand in `order` (None: in their own) by one word each."""
    row_bits = max(word.size - 1, 1).bit_length()
    packed = ((word if order is None else word[order]) << row_bits) | np.arange(word.size)
    packed.sort()
    packed &= (1 << row_bits) - 1
    return packed if order is None else order[packed]


def _indirectly(column: Whole, order: Index | None) -> Index:
    if order is None:
        return np.argsort(column, kind="stable")
    result: Index = order[np.argsort(column[order], kind="stable")]
    return result


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Rows sorted by group: where each group starts and how many rows it has (both int64 arrays, groups >=
    1 row).
    """

    label: Index
    start: Index
    count: Index

    @classmethod
    def of(cls, sorted_labels: Index) -> Groups:
        """Groups of equal neighbours in an ascending array."""
        if sorted_labels.size == 0:
            empty = np.zeros(0, dtype=np.int64)
            return cls(empty, empty, empty)
        start = np.append(0, np.flatnonzero(sorted_labels[1:] != sorted_labels[:-1]) + 1)
        return cls(sorted_labels[start], start, np.diff(np.append(start, sorted_labels.size)))

    def total(self, values: Whole) -> Whole:
        """Sum of `values` over each group; (rows, k) gives (groups, k)."""
        wide = widened(values, int(self.count.max(initial=1)))
        result: Whole = np.add.reduceat(wide, self.start, axis=0) if self.start.size else wide[:0]
        return result

    def highest(self, values: Whole) -> Whole:
        """Largest value of each group."""
        return np.maximum.reduceat(values, self.start) if self.start.size else values[:0]

    def lowest(self, values: Whole) -> Whole:
        """Smallest value of each group."""
        return np.minimum.reduceat(values, self.start) if self.start.size else values[:0]

    def middle_pair(self, values: Whole) -> Whole:
        """Sum of the two middle values of each group (twice the middle one when the count is odd)."""
        group = np.repeat(np.arange(self.start.size), self.count)
        arranged = values[order_of(group, values)]
        result: Whole = arranged[self.start + (self.count - 1) // 2] + arranged[self.start + self.count // 2]
        return result
