"""A table of a Word document as typst source: widths, joined cells, least heights, repeated heads."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from docx.oxml.ns import qn

_STROKE = "0.5pt"
_SIDE = 5.4  # points left and right of a cell's text where the table names none
_DOWN = {"center": "horizon", "bottom": "bottom"}
_TWENTIETHS = 20


def table_source(table: Any, content: Callable[[Any], str], heads: int) -> str:
    """`table` is the w:tbl element; `content` sets a cell's paragraphs; `heads` first rows repeat."""
    widths = [int(column.get(qn("w:w"), "0")) / _TWENTIETHS for column in table.tblGrid.gridCol_lst]
    rows = [_row(table, index, content) for index in range(len(table.tr_lst))]
    cells = [cell for row in rows[heads:] for cell in row]
    if heads:
        cells.insert(0, f"table.header({', '.join(cell for row in rows[:heads] for cell in row)})")
    columns = ", ".join(f"{width:.2f}pt" for width in widths)
    side = _side(table)
    told = (
        f"columns: ({columns},), inset: (x: {side:.2f}pt, y: 0pt), stroke: {_STROKE}, align: left + horizon"
    )
    inner = ",\n  ".join(cells)
    return f"#align({_place(table)}, block(width: 100%, table({told},\n  {inner})))"


def _place(table: Any) -> str:
    mark = table.tblPr.find(qn("w:jc"))
    word = "left" if mark is None else mark.get(qn("w:val"))
    return word if word in ("center", "right") else "left"


def _side(table: Any) -> float:
    margins = table.tblPr.find(qn("w:tblCellMar"))
    edge = None if margins is None else margins.find(qn("w:left"))
    return _SIDE if edge is None else int(edge.get(qn("w:w"))) / _TWENTIETHS


def _row(table: Any, index: int, content: Callable[[Any], str]) -> list[str]:
    """The cells that begin in a row; what a joined cell covers is left out."""
    row, found, place = table.tr_lst[index], [], 0
    height, whole = _height(row), row.trPr is not None and row.trPr.find(qn("w:cantSplit")) is not None
    for cell in row.tc_lst:
        if _covered(cell):
            place += cell.grid_span
            continue
        down = _reach(table, index, place)
        told = [f"x: {place}, y: {index}", f"colspan: {cell.grid_span}", f"rowspan: {down}"]
        told.append(f"align: {_DOWN.get(_vertical(cell), 'top')}")
        told.append(f"breakable: {str(not whole).lower()}")
        inner = content(cell)
        if height:  # a strut of no width gives the row its least height
            aligned = _DOWN.get(_vertical(cell), "top")
            inner = f"#grid(columns: (0pt, 1fr), align: {aligned}, block(height: {height:.2f}pt), [{inner}])"
        found.append(f"table.cell({', '.join(told)})[{inner}]")
        place += cell.grid_span
    return found


def _covered(cell: Any) -> bool:
    """Whether the cell continues one above."""
    return cell.vMerge == "continue"


def _reach(table: Any, index: int, place: int) -> int:
    """How many rows the cell at `place` of row `index` covers."""
    rows = table.tr_lst
    if _at(rows[index], place).vMerge is None:
        return 1
    count = 1
    for row in rows[index + 1 :]:
        cell = _at(row, place)
        if cell is None or not _covered(cell):
            break
        count += 1
    return count


def _at(row: Any, place: int) -> Any:
    start = 0
    for cell in row.tc_lst:
        if start == place:
            return cell
        start += cell.grid_span
    return None


def _vertical(cell: Any) -> str:
    mark = None if cell.tcPr is None else cell.tcPr.find(qn("w:vAlign"))
    return "top" if mark is None else str(mark.get(qn("w:val")))


def _height(row: Any) -> float:
    mark = None if row.trPr is None else row.trPr.find(qn("w:trHeight"))
    return 0.0 if mark is None else int(mark.get(qn("w:val"))) / _TWENTIETHS
