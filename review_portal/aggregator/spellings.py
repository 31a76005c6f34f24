"""The cells of a score file as numbers: every distinct spelling is read once."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from decimal import Decimal, InvalidOperation

import numpy as np

from .columns import read_hundredths
from .exact import Index
from .notices import AggregatorError

MISSING, UNREADABLE, _NEGATIVE = -1, -2, -3  # in place of points, which are never below 0
_HUNDREDTHS, _DIGITS = 2, 15  # decimals that are always kept; digits that a double holds of any number
_BEYOND = Decimal(10) ** (_DIGITS - _HUNDREDTHS)


class Spellings(dict[str, int]):
    """Numbers texts as they are met; asked for one it does not know, it finds the number in `number_of`."""

    def __init__(self, number_of: Callable[[str], int]) -> None:
        super().__init__()
        self.number_of = number_of

    def __missing__(self, text: str) -> int:
        number = self[text] = self.number_of(text)
        return number

    def numbers(self, column: Sequence[str]) -> Index:
        return np.fromiter(map(self.__getitem__, column), dtype=np.int64, count=len(column))


class Names(dict[str, int]):
    """Names, stripped, numbered in the order in which they occur; `spellings` finds a column's numbers."""

    def __init__(self) -> None:
        super().__init__()
        self.spellings = Spellings(lambda text: self.setdefault(text.strip(), len(self)))


class Points(Spellings):
    """Points of at most two decimals, as hundredths."""

    per_point = 100

    def __init__(self) -> None:
        super().__init__(_points_or_reason)

    def whole(self, numbers: Index) -> Index:
        """The points behind the numbers, in 1/`per_point`."""
        return numbers

    def refusal(self, number: int, file: str, line: int, value: str) -> AggregatorError:
        """Why a score was not read: `number` says which reason."""
        if number == _NEGATIVE:
            return AggregatorError("%(file)s第%(line)s行的分数为负数，请改正。", file=file, line=line)
        return AggregatorError(
            "%(file)s第%(line)s行的分数“%(value)s”不是最多两位小数的数，请改正。",
            file=file, line=line, value=value,
        )  # fmt: skip


class Measured(Points):
    """Numbers of any sign and precision: numbered as they are met, in `distinct`, until all are known."""

    def __init__(self) -> None:
        super().__init__()
        self.number_of = self._next
        self.distinct: list[Decimal] = []

    def _next(self, text: str) -> int:
        if not text.strip():
            return MISSING
        if "_" in text:
            return UNREADABLE
        try:
            value = Decimal(text.strip())
        except InvalidOperation:
            return UNREADABLE
        if not value.is_finite() or abs(value) >= _BEYOND:
            return UNREADABLE
        self.distinct.append(value.normalize())
        return len(self.distinct) - 1

    def refusal(self, number: int, file: str, line: int, value: str) -> AggregatorError:
        return AggregatorError(
            "%(file)s第%(line)s行的分数“%(value)s”不是数或过大，请改正。", file=file, line=line, value=value
        )

    def whole(self, numbers: Index) -> Index:
        finest = max(-int(value.as_tuple().exponent) for value in self.distinct)
        before = max(map(abs, self.distinct)).adjusted() + 1
        decimals = max(min(finest, _DIGITS - before), _HUNDREDTHS)
        self.per_point = 10**decimals
        return np.array([int(value.scaleb(decimals).to_integral_value()) for value in self.distinct])[numbers]


class Confidences(Spellings):
    """Numbers above 0, numbered as they are met, in `distinct`."""

    def __init__(self) -> None:
        super().__init__(self._next)
        self.distinct: list[float] = []

    def _next(self, text: str) -> int:
        try:
            value = float(Decimal(text.strip()))
        except (InvalidOperation, OverflowError):
            return UNREADABLE
        if "_" in text or not 0.0 < value < math.inf:
            return UNREADABLE
        self.distinct.append(value)
        return len(self.distinct) - 1


def _points_or_reason(text: str) -> int:
    if not text.strip():
        return MISSING
    whole = read_hundredths(text)
    if whole is None:
        return UNREADABLE
    return whole if whole >= 0 else _NEGATIVE
