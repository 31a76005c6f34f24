"""Which rows of a long ranking a page shows: those around the cut first, then any hundred."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from flask import request, url_for

SIZE = 100
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Window:
    """Rows `first` (from 0) to before `last` of `total`; `cut`: so many stand above the cut."""

    first: int
    last: int
    total: int
    cut: int

    @property
    def whole(self) -> bool:
        """Nothing is left out."""
        return self.total <= SIZE

    def of(self, rows: Sequence[Row]) -> Sequence[Row]:
        """The rows that are shown."""
        return rows[self.first : self.last]

    def pager(self) -> dict[str, Any] | None:
        """What `m.pages` and the links beside it need; None where everything is shown."""
        if self.whole:
            return None
        return {
            "first": self.first + 1,
            "last": self.last,
            "total": self.total,
            "prev": _at(max(self.first - SIZE, 0)) if self.first else "",
            "next": _at(self.last) if self.last < self.total else "",
            "top": _at(0) if self.first else "",
            "cut": "" if self.first == around(self.total, self.cut) else _at(None),
        }


def around(total: int, cut: int) -> int:
    """The first row of the window that has the cut in its middle."""
    return max(min(cut - SIZE // 2, total - SIZE), 0)


def window(total: int, cut: int) -> Window:
    """What the address asks for by `from` (from 1); without it, or with nonsense, the rows around the cut."""
    asked = request.args.get("from", "")
    first = around(total, cut)
    if asked.isascii() and asked.isdecimal() and 1 <= int(asked[:9]) <= total:
        first = int(asked[:9]) - 1
    return Window(first, min(first + SIZE, total), total, cut)


def _at(first: int | None) -> str:
    values = dict(request.view_args or {})
    if first is not None:
        values["from"] = first + 1
    return url_for(request.endpoint or "", **values)
