"""An assignment as a table that a spreadsheet opens, to be edited and read again."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from dataclasses import astuple, dataclass

HEAD = ("材料编号", "申报单位", "专家编号", "专家", "工作单位")


@dataclass(frozen=True, slots=True)
class Line:
    """One sheet to be written: a dossier and one of its experts."""

    number: str
    unit: str
    expert: str
    name: str
    employer: str


def write(lines: Sequence[Line]) -> bytes:
    """UTF-8 with a mark that spreadsheets look for; a line for each sheet."""
    text = io.StringIO(newline="")
    table = csv.writer(text)
    table.writerow(HEAD)
    table.writerows([_cell(value) for value in astuple(line)] for line in lines)
    return text.getvalue().encode("utf-8-sig")


def _cell(value: str) -> str:
    """Text that a spreadsheet does not take for a formula."""
    return f"'{value}" if value.startswith(("=", "+", "-", "@", "\t", "\r")) else value
