"""Raw data of the archive: the same rows as CSV for a spreadsheet and as JSON for a program."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from review_portal.domain import canonical

Rows = Callable[[], Iterable[Mapping[str, Any]]]
_LINES = 1000
_FORMULA = re.compile(r"[=+\-@\t\r]")
_NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")


def as_csv(columns: Sequence[str], rows: Rows) -> Iterator[bytes]:
    """UTF-8 with BOM, one line a row; lists and maps as canonical JSON, missing as an empty cell."""
    yield "\ufeff".encode()
    lines: list[Sequence[str]] = [columns]
    for row in rows():
        lines.append([_cell(row[name]) for name in columns])
        if len(lines) >= _LINES:
            yield _joined(lines)
            lines = []
    yield _joined(lines)


def as_json(rows: Rows) -> Iterator[bytes]:
    """A list, one canonical row a line."""
    yield b"["
    first, lines = True, []
    for row in rows():
        lines.append((b"\n" if first else b",\n") + canonical.dumps(row))
        first = False
        if len(lines) >= _LINES:
            yield b"".join(lines)
            lines = []
    yield b"".join(lines) + b"\n]\n"


def _cell(value: Any) -> str:
    """A text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, str):
        text = canonical.dumps(value).decode()[1:-1] if "\x00" in value else value
        return f"'{text}" if _FORMULA.match(text) and not _NUMBER.fullmatch(text) else text
    if isinstance(value, list | dict | bool):
        return canonical.dumps(value).decode()
    return canonical.dumps(value).decode().strip('"')


def _joined(lines: Sequence[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(lines)
    return text.getvalue().encode()
