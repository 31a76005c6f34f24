"""Tables for people to read in a terminal, and JSON for programs; both also for very many rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json.encoder import encode_basestring
from typing import Any

import numpy as np
from numpy.typing import NDArray

from review_portal.exports.plain_text import MISSING, shown_width

SHOWN_ROWS = 1_000  # nobody reads more of them in a terminal
_BLOCK = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Named rows of figures, one array a column; nan is a figure that does not exist. A list is a column of
    texts.
    """

    names: Sequence[str]
    columns: Mapping[str, NDArray[Any] | list[str]]

    def json(self) -> Iterator[str]:
        """One object a row, a row a line; what does not exist is null."""
        titles = ", ".join(f"{json.dumps(title)}: %s" for title in self.columns)
        for begin in range(0, len(self.names), _BLOCK):
            names = map(encode_basestring, self.names[begin : begin + _BLOCK])
            columns = [_json_texts(column[begin : begin + _BLOCK]) for column in self.columns.values()]
            rows = (titles % row for row in zip(*columns, strict=True))
            lines = (f"\n  {name}: {{{row}}}" for name, row in zip(names, rows, strict=True))
            yield (", " if begin else "") + ",".join(lines)


@dataclass(frozen=True, slots=True, eq=False)
class Records:
    """A list of `size` objects with the same keys, which are never made: of each key what gives the JSON of
    its values from one row to another.
    """

    size: int
    cells: Mapping[str, Callable[[int, int], Sequence[str]]]

    def json(self) -> Iterator[str]:
        """One object a line."""
        row = ", ".join(f"{json.dumps(title)}: %s" for title in self.cells)
        for begin in range(0, self.size, _BLOCK):
            end = min(begin + _BLOCK, self.size)
            rows = zip(*(cells(begin, end) for cells in self.cells.values()), strict=True)
            yield (", " if begin else "") + ",".join([f"\n  {{{row % cells}}}" for cells in rows])


def json_text(entries: Iterable[tuple[str, object]]) -> Iterator[str]:
    """One JSON object in parts; a value may be, or have in it, `Rows` and `Records`. A figure that is no
    number is null.
    """
    comma = "{"
    for key, value in entries:
        yield f"{comma}\n {encode_basestring(key)}: "
        yield from _parts(value)
        comma = ","
    yield "\n}"


def _parts(value: object) -> Iterator[str]:
    if isinstance(value, Rows):
        yield "{"
        yield from value.json()
        yield "}"
    elif isinstance(value, Records):
        yield "["
        yield from value.json()
        yield "]"
    elif isinstance(value, dict):
        comma = "{"
        for key, own in value.items():
            yield f"{comma}{encode_basestring(key)}: "
            yield from _parts(own)
            comma = ", "
        yield "}" if value else "{}"
    elif isinstance(value, list) and value and isinstance(value[0], dict):
        comma = "["
        for own in value:
            yield comma
            yield from _parts(own)
            comma = ", "
        yield "]"
    else:
        yield json.dumps(finite(value), ensure_ascii=False, allow_nan=False)


def finite(value: object) -> object:
    """A figure as JSON knows it: nan and infinity do not exist there."""
    return None if isinstance(value, float) and not np.isfinite(value) else value


def aligned(
    heads: Sequence[str],
    columns: Sequence[Sequence[str]],
    *,
    words: Collection[int] = (0,),
    left_out: int = 0,
) -> str:
    """Columns of text under their heads; those of words stand to the left, figures to the right. A Chinese
    character is two wide.

    left_out: rows that are not among the columns, which the last line counts.
    """
    padded = []
    for place, column in enumerate([head, *cells] for head, cells in zip(heads, columns, strict=True)):
        widths = [shown_width(text) for text in column]
        room = max(widths)
        pads = (" " * (room - width) for width in widths)
        padded.append(
            [text + pad if place in words else pad + text for text, pad in zip(column, pads, strict=True)]
        )
    lines = ["  ".join(row).rstrip() for row in zip(*padded, strict=True)]
    if left_out:
        lines.append(f"（另有{left_out}行，见--json的输出）")
    return "\n".join(lines)


def figures(column: NDArray[Any], places: int) -> list[str]:
    """Figures with so many decimals; one that does not exist is a dash."""
    return [MISSING if value != value else f"{value:.{places}f}" for value in column.tolist()]


def percents(column: NDArray[Any]) -> list[str]:
    """Shares in percent with one decimal; one that does not exist is a dash."""
    return [MISSING if value != value else f"{value:.1%}" for value in column.tolist()]


def _json_texts(column: NDArray[Any] | list[str]) -> list[str]:
    if isinstance(column, list):
        return list(map(encode_basestring, column))
    texts = list(map(repr, column.tolist()))
    for at in np.flatnonzero(~np.isfinite(column)).tolist():
        texts[at] = "null"
    return texts
