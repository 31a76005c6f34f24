"""A small spreadsheet: computes the formulas that our workbooks use, as Excel would, in plain Python.

So that formulas are checked where no office program is installed. Numbers are binary floats as in Excel;
text in a range counts for nothing; a cell that refers to itself or an unknown function fails the test.
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
from openpyxl.utils import column_index_from_string

_TOKENS = re.compile(
    r"\s*(?:(?P<text>\"(?:[^\"]|\"\")*\")"
    r"|(?P<cell>(?:(?:'(?:[^']|'')*'|[\w（）]+)!)?\$?[A-Z]{1,3}\$?\d+(?::\$?[A-Z]{1,3}\$?\d+)?)(?![\w(])"
    r"|(?P<number>\d+(?:\.\d+)?(?:E[+-]?\d+)?)"
    r"|(?P<name>[A-Z][A-Z.0-9]*)(?=\()"
    r"|(?P<sign><=|>=|<>|[-+*/&=<>(),]))"
)
_CELL = re.compile(r"\$?([A-Z]{1,3})\$?(\d+)")


class Fault(Exception):
    """What Excel shows as #VALUE!, #N/A or #DIV/0!."""


class Span(list[Any]):
    """The values of an area, row by row."""


class Sheet:
    """A workbook whose formulas are computed when they are asked for."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(io.BytesIO(data))
        self._known: dict[tuple[str, int, int], Any] = {}

    def change(self, sheet: str, cell: str, value: Any) -> None:
        """Type something into a cell; everything is computed anew."""
        self.book[sheet][cell] = value
        self._known.clear()

    def formulas(self) -> Iterator[tuple[str, str]]:
        """(sheet, cell) of every formula."""
        for sheet in self.book:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        yield sheet.title, cell.coordinate

    def value(self, sheet: str, cell: str) -> Any:
        """What a cell shows."""
        found = _CELL.fullmatch(cell)
        assert found, cell
        return self._at(sheet, int(found[2]), column_index_from_string(found[1]))

    def _at(self, sheet: str, row: int, column: int) -> Any:
        key = (sheet, row, column)
        if key not in self._known:
            given = self.book[sheet].cell(row, column)
            if given.data_type == "f":
                self._known[key] = Fault("circular")
                try:
                    self._known[key] = _Reader(self, sheet, given.value[1:]).whole()
                except (Fault, ZeroDivisionError, TypeError) as problem:
                    self._known[key] = Fault(str(problem))
            else:
                self._known[key] = given.value
        return self._known[key]

    def area(self, sheet: str, text: str) -> Any:
        """A cell's value, or the values of an area."""
        first, _, last = text.partition(":")
        top = _CELL.fullmatch(first)
        assert top, text
        if not last:
            return self.value(sheet, first)
        bottom = _CELL.fullmatch(last)
        assert bottom, text
        columns = range(column_index_from_string(top[1]), column_index_from_string(bottom[1]) + 1)
        return Span(
            self._at(sheet, row, column)
            for row in range(int(top[2]), int(bottom[2]) + 1)
            for column in columns
        )


def differences(sheet: Sheet, data: bytes) -> list[tuple[str, str, Any, Any]]:
    """Formulas that do not give the value that they carry: the frozen one."""
    kept = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    found, seen = [], 0
    for name, cell in sheet.formulas():
        seen += 1
        value, carried = sheet.value(name, cell), kept[name][cell].value
        if isinstance(value, Fault) or not same(value, carried):
            found.append((name, cell, value, carried))
    assert seen > 20, "hardly any formula is in it"
    return found


def assert_recounted(data: bytes) -> None:
    """A ranking workbook's formulas give what was frozen, and its cover says so."""
    sheet = Sheet(data)
    assert differences(sheet, data) == []
    assert sheet.value("封面", "B4") == "公式重算结果与冻结数据一致"


def same(value: Any, carried: Any) -> bool:
    """Text alike; figures equal, where they are not rounded within what binary numbers leave."""
    if isinstance(value, str) or isinstance(carried, str):
        return bool(value == carried)
    return bool(abs(value - carried) < 1e-9)


class _Reader:
    """Reads one formula and computes it, operators by their precedence; branches only as they are needed."""

    def __init__(self, sheets: Sheet, sheet: str, formula: str) -> None:
        self._sheets, self._sheet = sheets, sheet
        self._tokens: list[tuple[str, str]] = []
        at = 0
        while at < len(formula):
            found = _TOKENS.match(formula, at)
            assert found and found.lastgroup, f"cannot read {formula[at:]!r}"
            self._tokens.append((found.lastgroup, found[found.lastgroup]))
            at = found.end()
        self._next = 0

    def whole(self) -> Any:
        value = _shown(self._compared()())
        assert self._next == len(self._tokens), self._tokens[self._next :]
        return value

    def _take(self, *signs: str) -> str:
        if self._next < len(self._tokens) and self._tokens[self._next][0] == "sign":
            sign = self._tokens[self._next][1]
            if sign in signs:
                self._next += 1
                return sign
        return ""

    def _chain(self, below: Callable[[], Any], *signs: str) -> Callable[[], Any]:
        left = below()
        while sign := self._take(*signs):
            left = _apply(sign, left, below())
        return left

    def _compared(self) -> Callable[[], Any]:
        return self._chain(self._joined, "=", "<>", "<=", ">=", "<", ">")

    def _joined(self) -> Callable[[], Any]:
        return self._chain(self._added, "&")

    def _added(self) -> Callable[[], Any]:
        return self._chain(self._multiplied, "+", "-")

    def _multiplied(self) -> Callable[[], Any]:
        return self._chain(self._signed, "*", "/")

    def _signed(self) -> Callable[[], Any]:
        if self._take("-"):
            inner = self._signed()
            return lambda: -_number(inner())
        return self._single()

    def _single(self) -> Callable[[], Any]:
        if self._take("("):
            inner = self._compared()
            assert self._take(")")
            return inner
        kind, text = self._tokens[self._next]
        self._next += 1
        if kind == "number":
            return lambda: float(text)
        if kind == "text":
            return lambda: text[1:-1].replace('""', '"')
        if kind == "cell":
            sheet, _, cells = text.rpartition("!")
            name = sheet.strip("'").replace("''", "'") or self._sheet
            return lambda: self._sheets.area(name, cells)
        assert kind == "name", text
        return self._called(text)

    def _called(self, name: str) -> Callable[[], Any]:
        assert self._take("(")
        given = []
        if not self._take(")"):
            given.append(self._compared())
            while self._take(","):
                given.append(self._compared())
            assert self._take(")")
        if name == "IF":
            return lambda: (given[1] if _shown(given[0]()) else given[2])()
        if name == "IFERROR":
            return lambda: _or_else(*given)
        function = FUNCTIONS[name]
        return lambda: function(*(one() for one in given))


def _or_else(first: Callable[[], Any], other: Callable[[], Any]) -> Any:
    try:
        return _shown(first())
    except (Fault, ZeroDivisionError, TypeError):
        return other()


def _apply(sign: str, left: Callable[[], Any], right: Callable[[], Any]) -> Callable[[], Any]:
    def computed() -> Any:
        one, other = _shown(left()), _shown(right())
        if sign == "&":
            return _text(one) + _text(other)
        if sign in "=<>" or sign in ("<>", "<=", ">="):
            return _compare(sign, one, other)
        one, other = _number(one), _number(other)
        return {"+": lambda: one + other, "-": lambda: one - other, "*": lambda: one * other,
                "/": lambda: one / other}[sign]()  # fmt: skip

    return computed


def _compare(sign: str, one: Any, other: Any) -> bool:
    if isinstance(one, str) != isinstance(other, str):  # text is above every number
        one, other = (1.0, 0.0) if isinstance(one, str) else (0.0, 1.0)
    return {"=": one == other, "<>": one != other, "<": one < other, ">": one > other,
            "<=": one <= other, ">=": one >= other}[sign]  # fmt: skip


def _shown(value: Any) -> Any:
    if isinstance(value, Fault):
        raise value
    return value


def _number(value: Any) -> float:
    value = _shown(value)
    if isinstance(value, str):
        raise Fault("#VALUE!")
    return float(value or 0)


def _text(value: Any) -> str:
    if isinstance(value, float | int) and not isinstance(value, bool):
        return f"{value:.15g}"
    return str(value)


def _numbers(given: tuple[Any, ...]) -> list[float]:
    """Numbers as arguments; in an area text and empty cells are passed over, faults are not."""
    found = []
    for one in given:
        for value in one if isinstance(one, Span) else [one]:
            _shown(value)
            if isinstance(value, int | float) and not isinstance(value, bool):
                found.append(float(value))
    return found


def _round(value: Any, places: Any) -> float:
    """Half away from zero, of the binary number as it is: no help for what is only nearly a half."""
    scale = 10.0 ** _number(places)
    number = _number(value) * scale
    return math.copysign(math.floor(abs(number) + 0.5), number) / scale


def _meets(value: Any, condition: Any) -> bool:
    if isinstance(condition, str) and condition[:1] == ">":
        return isinstance(value, int | float) and value > float(condition[1:])
    return value == condition


def _count_ifs(*given: Any) -> float:
    pairs = list(zip(given[::2], given[1::2], strict=True))
    return float(
        sum(all(_meets(span[at], wanted) for span, wanted in pairs) for at in range(len(pairs[0][0])))
    )


def _median(*given: Any) -> float:
    ordered = sorted(_numbers(given))
    return (ordered[(len(ordered) - 1) // 2] + ordered[len(ordered) // 2]) / 2


def _match(wanted: Any, span: Span, _exact: Any) -> float:
    if wanted not in span:
        raise Fault("#N/A")
    return float(span.index(wanted) + 1)


FUNCTIONS: dict[str, Callable[..., Any]] = {
    "SUM": lambda *given: sum(_numbers(given)),
    "COUNT": lambda *given: float(len(_numbers(given))),
    "MAX": lambda *given: max(_numbers(given), default=0.0),
    "MIN": lambda *given: min(_numbers(given), default=0.0),
    "MEDIAN": _median,
    "ROUND": _round,
    "AND": lambda *given: all(bool(_shown(one)) for one in given),
    "ISNUMBER": lambda value: isinstance(value, int | float),
    "RANK": lambda value, span: 1.0 + sum(other > _number(value) for other in _numbers((span,))),
    "COUNTIF": lambda span, wanted: _count_ifs(span, wanted),
    "COUNTIFS": _count_ifs,
    "SMALL": lambda span, at: sorted(_numbers((span,)))[int(at) - 1],
    "MATCH": _match,
}
