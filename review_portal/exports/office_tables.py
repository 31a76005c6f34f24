"""Tables of office documents: fixed widths, a head that repeats on every page, rows that do not break."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT, WD_ROW_HEIGHT_RULE, WD_TABLE_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt
from docx.table import Table

from review_portal.exports.office_docx import (
    SHEET_BODY,
    SHEET_HEAD,
    SIGNATURE,
    Font,
    paragraph,
    shape,
    write_runs,
)

_PEN, _LEAST_PEN = 14, 8  # characters of a signature's line


@dataclass(frozen=True, slots=True)
class Column:
    """One column: head, width in millimetres, alignment of its cells (left, center, right)."""

    head: str
    width: float
    align: str = "left"


def add_table(
    document: Any,
    columns: Sequence[Column],
    rows: Sequence[Sequence[str]],
    *,
    body: Font = SHEET_BODY,
    head: Font = SHEET_HEAD,
    groups: Sequence[tuple[str, int]] = (),
) -> Any:
    """A ruled table. `groups`: words over so many heads each, '' over a head that stands alone.

    ValueError where a row has not one text for each column or the groups are not over all of them.
    """
    for row in rows:
        if len(row) != len(columns):
            raise ValueError(f"a row of {len(row)} texts for {len(columns)} columns")
    above = 1 if groups else 0
    table = document.add_table(rows=above + 1 + len(rows), cols=len(columns), style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    for column, part in zip(columns, table.columns, strict=True):
        part.width = Mm(column.width)
    lines = list(table.rows)
    heads = [column.head for column in columns]
    for line in lines[: above + 1]:
        _fill(line, columns, heads, head, centred=True)
        repeat_on_every_page(line)
    for line, row in zip(lines[above + 1 :], rows, strict=True):
        _fill(line, columns, row, body)
    if groups:
        _group(table, groups, head)
    return table


def _group(table: Any, groups: Sequence[tuple[str, int]], font: Font) -> None:
    """Join the upper heads of a group under its word, and the two of a head that stands alone."""
    if sum(span for _word, span in groups) != len(table.columns):
        raise ValueError("the groups are not over all columns")
    start = 0
    for word, span in groups:
        if word:
            merge_across(table, 0, start, start + span - 1, word, font)
        else:
            merge_down(table, start, 0, 1)
        start += span


def add_facts(
    document: Any, facts: Sequence[tuple[str, str]], *, label_width: float, value_width: float
) -> Any:
    """A ruled table of labels and values without a head."""
    table = document.add_table(rows=len(facts), cols=2, style="Table Grid")
    table.alignment, table.autofit = WD_TABLE_ALIGNMENT.CENTER, False
    columns = (Column("", label_width), Column("", value_width))
    for column, part in zip(columns, table.columns, strict=True):
        part.width = Mm(column.width)
    for line, (label, value) in zip(table.rows, facts, strict=True):
        _fill(line, columns, (label, value), SHEET_BODY)
    return table


def set_cell_margins(table: Any, side: float) -> None:
    """The white left and right of a cell's text, in millimetres."""
    margins = OxmlElement("w:tblCellMar")
    for name in ("left", "right"):
        edge = OxmlElement(f"w:{name}")
        edge.set(qn("w:w"), str(Mm(side).twips))
        edge.set(qn("w:type"), "dxa")
        margins.append(edge)
    table._tbl.tblPr.find(qn("w:tblLook")).addprevious(margins)  # the schema's order


def set_row_heights(table: Any, height: float) -> None:
    """Let every row be at least `height` millimetres high: room for a pen."""
    for row in table.rows:
        row.height, row.height_rule = Mm(height), WD_ROW_HEIGHT_RULE.AT_LEAST


def merge_down(table: Any, column: int, first: int, last: int) -> None:
    """Join equal cells of a column; the text of the first stays."""
    if last <= first:
        return
    for row in range(first + 1, last + 1):
        for extra in table.cell(row, column).paragraphs:
            for run in extra.runs:
                run.text = ""
    joined = table.cell(first, column).merge(table.cell(last, column))
    for empty in joined.paragraphs[1:]:
        empty._p.getparent().remove(empty._p)


def merge_across(table: Any, row: int, first: int, last: int, text: str, font: Font = SHEET_BODY) -> None:
    """Join the cells first..last of a row and write one text over them."""
    joined = table.cell(row, first).merge(table.cell(row, last))
    for extra in joined.paragraphs[1:]:
        extra._p.getparent().remove(extra._p)
    target = joined.paragraphs[0]
    for run in list(target.runs):
        run._r.getparent().remove(run._r)
    write_runs(target, text, font)


def add_signature_lines(document: Any, signers: Sequence[str]) -> None:
    """A place for each signature with room for a pen, two beside each other where the page is wide.

    All of them stay on one page, with the line or the row before them: no page with signatures alone.
    """
    _keep_last(document)
    room, across = _room(document, signers)
    lines = [
        "\t".join(_signature(signer, signers, room) for signer in signers[start : start + across])
        for start in range(0, len(signers), across)
    ]
    keep_with_next(paragraph(document, "", SIGNATURE, pitch=None))
    for number, line in enumerate(lines, start=1):
        added = paragraph(document, line, SIGNATURE, pitch=32)
        added.paragraph_format.tab_stops.add_tab_stop(round(_text_width(document) / across))
        if number < len(lines):
            keep_with_next(added)


def _keep_last(document: Any) -> None:
    """Keep the last line, or the last row of a table, with what follows it."""
    parts = list(document.iter_inner_content())
    if not parts:
        return
    last = parts[-1]
    cells = last.rows[-1].cells if isinstance(last, Table) else ()
    for paragraph_ in [part for cell in cells for part in cell.paragraphs] or [last]:
        keep_with_next(paragraph_)


def _room(document: Any, signers: Sequence[str]) -> tuple[int, int]:
    """Characters left for the pen and how many signatures stand beside each other."""
    beside = max(map(len, signers), default=0) + len("签字：年　　月　　日") + 1  # one between two of them
    half = int(_text_width(document) / 2 / Pt(SIGNATURE.size)) - beside
    return (min(half, _PEN), 2) if half >= _LEAST_PEN else (_PEN, 1)


def _signature(signer: str, signers: Sequence[str], room: int) -> str:
    """The dates stand one below the other."""
    return f"{signer}签字：{'　' * (room + max(map(len, signers)) - len(signer))}年　　月　　日"


def _text_width(document: Any) -> int:
    section = document.sections[-1]
    return int(section.page_width - section.left_margin - section.right_margin)


def keep_with_next(target: Any) -> None:
    """Keep a paragraph on the page of the one that follows it."""
    target.paragraph_format.keep_with_next = True


def keep_together(table: Any) -> None:
    """Keep the rows of a table that fits a page on one page."""
    for row in list(table.rows)[:-1]:
        for cell in row.cells:
            for part in cell.paragraphs:
                keep_with_next(part)


def off_grid(target: Any) -> None:
    """Keep the page's grid of lines, where it has one, from drawing the lines of a cell apart."""
    free = OxmlElement("w:snapToGrid")
    free.set(qn("w:val"), "0")
    properties = target._p.get_or_add_pPr()
    properties.insert_element_before(free, "w:spacing", "w:ind", "w:jc", "w:rPr")


def repeat_on_every_page(row: Any) -> None:
    """Mark a row as head of the table."""
    mark = OxmlElement("w:tblHeader")
    mark.set(qn("w:val"), "true")
    row._tr.get_or_add_trPr().append(mark)


def _fill(
    line: Any, columns: Sequence[Column], texts: Sequence[str], font: Font, *, centred: bool = False
) -> None:
    whole = OxmlElement("w:cantSplit")
    line._tr.get_or_add_trPr().append(whole)
    for cell, column, text in zip(line.cells, columns, texts, strict=True):
        cell.width = Mm(column.width)
        cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
        target = cell.paragraphs[0]
        shape(target, font, align="center" if centred else column.align, pitch=None)
        off_grid(target)
        write_runs(target, text, font)
