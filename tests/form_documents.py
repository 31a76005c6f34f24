"""Application forms for tests: the samples with their expected results, edited or laid out anew."""

import copy
import io
import json
from collections.abc import Callable, Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from typing import Any

import docx
from docx.document import Document
from docx.oxml.ns import qn
from docx.table import Table

from scoring_rubrics import Call, load_call

ROOT = Path(__file__).parents[1]
FORMS = ROOT / "tests" / "data" / "forms"
SAMPLES = (
    "app01_eligible_single",
    "app02_consortium_of_four",
    "app03_three_goals_only",
    "app04_kpi_totals_missing",
)


@cache
def green_call() -> Call:
    """The shipped call of 2023."""
    return load_call(ROOT / "scoring_rubrics" / "green_platform_2023")


def data(name: str) -> bytes:
    """The bytes of a sample, by its name without suffix."""
    return (FORMS / f"{name}.docx").read_bytes()


def expected(name: str) -> dict[str, Any]:
    """The sample's expected results; a fresh copy at every call."""
    result: dict[str, Any] = json.loads((FORMS / f"{name}.expected.json").read_text(encoding="utf-8"))
    return result


def document(name: str = SAMPLES[0]) -> Document:
    """A sample opened for editing."""
    return docx.Document(io.BytesIO(data(name)))


def saved(edited: Document) -> bytes:
    """The document's bytes."""
    target = io.BytesIO()
    edited.save(target)
    return target.getvalue()


def edited(change: Callable[[Document], object], name: str = SAMPLES[0]) -> bytes:
    """A sample after one change."""
    opened = document(name)
    change(opened)
    return saved(opened)


def compact(text: str) -> str:
    """Text without spaces and line breaks."""
    return "".join(text.split())


def cell_of(table: Table, label: str) -> Any:
    """The cell whose text is this label (spaces aside)."""
    return next(cell for row in table.rows for cell in row.cells if compact(cell.text) == compact(label))


def value_cell(table: Table, label: str) -> Any:
    """The cell right of a label."""
    for row in table.rows:
        cells = [
            cell for at, cell in enumerate(row.cells) if at == 0 or cell._tc is not row.cells[at - 1]._tc
        ]
        for cell, following in pairwise(cells):
            if compact(cell.text) == compact(label):
                return following
    raise LookupError(label)


def set_value(opened: Document, label: str, value: str) -> None:
    """Write a value beside a label of the unit table."""
    value_cell(opened.tables[0], label).text = value


def replace_text(opened: Document, old: str, new: str) -> None:
    """Replace a text in every paragraph, tables included; fails when it is nowhere."""
    found = 0
    for paragraph in [
        *opened.paragraphs,
        *(p for t in opened.tables for r in t.rows for c in r.cells for p in c.paragraphs),
    ]:
        if old in paragraph.text:
            paragraph.text = paragraph.text.replace(old, new)
            found += 1
    if not found:
        raise LookupError(old)


def remove_paragraphs(opened: Document, first: str, last: str) -> None:
    """Remove the paragraphs from the one that opens with `first` up to the one that opens with `last`."""
    inside = False
    for paragraph in list(opened.paragraphs):
        if paragraph.text.startswith(last) and inside:
            return
        inside = inside or paragraph.text.startswith(first)
        if inside:
            paragraph._p.getparent().remove(paragraph._p)


def reorder_rows(table: Table, order: Iterable[int]) -> None:
    """Put the table's rows into another order."""
    rows = [row._tr for row in table.rows]
    for tr in rows:
        table._tbl.remove(tr)
    for at in order:
        table._tbl.append(rows[at])


def grid(table: Table) -> list[list[str]]:
    """The table's texts on its grid; a merged cell repeats."""
    return [[cell.text for cell in row.cells] for row in table.rows]


def put_table(opened: Document, old: Table, rows: list[list[str]]) -> Table:
    """Replace a table by a plain one with these texts."""
    new = opened.add_table(rows=len(rows), cols=max(map(len, rows)))
    for cells, texts in zip(new.rows, rows, strict=True):
        for cell, text in zip(cells.cells, texts, strict=False):
            cell.text = text
    old._tbl.addnext(new._tbl)
    old._tbl.getparent().remove(old._tbl)
    return new


def wrap_in_table(opened: Document) -> None:
    """Put the whole body into the one cell of a layout table."""
    body = opened.element.body
    content = [child for child in body if child.tag != qn("w:sectPr")]
    frame = opened.add_table(rows=1, cols=1)
    cell = frame.rows[0].cells[0]._tc
    for child in content:
        cell.append(child)
    cell.append(copy.deepcopy(opened.add_paragraph()._p))
