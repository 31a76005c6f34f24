"""A Word document as the reader needs it: lines and tables in document order, merged cells resolved.

Tracked deletions, struck-out and hidden text count as deleted; insertions, content controls, text boxes
and nested tables are read where they stand. Symbols of the Wingdings fonts and form-field checkboxes
become the plain marks ☑ and □, so that one reader of options serves all ways of ticking a box.
"""

import io
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any
from zipfile import BadZipFile

import docx
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark as _
from review_portal.intake.upload_guard import check_docx

_MC = "{http://schemas.openxmlformats.org/markup-compatibility/2006}"
_STEPPED_THROUGH = "sdtContent ins moveTo smartTag customXml hyperlink fldSimple dir bdo"
_TRANSPARENT = {qn(f"w:{name}") for name in _STEPPED_THROUGH.split(" ")}
_OFF = {"0", "false", "off", "none"}
# Last byte of the symbol's code, by font; the letters are what the private-use characters stand for.
_WINGDINGS = {0xFE: "☑", 0xFC: "✓", 0xFD: "☒", 0xA8: "□", 0x6F: "□", 0x71: "□", 0x6C: "●", 0x6E: "■"}
_WINGDINGS_2 = {0x52: "☑", 0x50: "✓", 0x53: "☒", 0x54: "☒", 0x2A: "□", 0xA3: "□"}


_UNREADABLE = _("文件不是可读取的Word文档（.docx）。请在 Word/WPS 中打开确认，另存为 .docx 后重新上传。")


@dataclass(frozen=True, slots=True)
class Line:
    """A paragraph outside tables; `place` is told to people, `at` is its address in the document."""

    text: str
    place: str
    at: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell with the grid area that it covers; rows and columns count from 0."""

    row: int
    column: int
    height: int
    width: int
    lines: tuple[str, ...]

    @property
    def text(self) -> str:
        """All lines that hold something, one below the other."""
        return "\n".join(line.strip() for line in self.lines if line.strip())

    @property
    def right(self) -> int:
        """First grid column right of the cell."""
        return self.column + self.width

    @property
    def below(self) -> int:
        """First row below the cell."""
        return self.row + self.height

    def overlap(self, start: int, end: int) -> int:
        """How many of the grid columns start..end-1 the cell covers."""
        return max(0, min(self.right, end) - max(self.column, start))


@dataclass(frozen=True)
class Table:
    """A table; `number` counts the document's tables from 1."""

    number: int
    cells: tuple[Cell, ...]

    @property
    def at(self) -> str:
        """The table's address in the document."""
        return f"t{self.number}"

    def at_row(self, row: int) -> str:
        """The address of a row, which counts from 0."""
        return f"{self.at}r{row + 1}"

    @property
    def rows(self) -> int:
        """Number of rows."""
        return max((cell.below for cell in self.cells), default=0)

    @cached_property
    def _by_row(self) -> dict[int, list[Cell]]:
        found: dict[int, list[Cell]] = {}
        for cell in sorted(self.cells, key=lambda cell: cell.column):
            for row in range(cell.row, cell.below):
                found.setdefault(row, []).append(cell)
        return found

    def row(self, number: int) -> tuple[Cell, ...]:
        """The cells that cover this row, from left to right."""
        return tuple(self._by_row.get(number, ()))

    def transposed(self) -> "Table":
        """The same table with rows and columns exchanged."""
        cells = (Cell(c.column, c.row, c.width, c.height, c.lines) for c in self.cells)
        return Table(self.number, tuple(sorted(cells, key=lambda cell: (cell.row, cell.column))))


Block = Line | Table


def read_blocks(data: bytes) -> tuple[Block, ...]:
    """Lines and tables of a .docx in document order; `Invalid` when the file cannot be read."""
    check_docx(data)
    try:
        body = docx.Document(io.BytesIO(data)).element.body
    except (OpcError, BadZipFile, KeyError, ValueError, AttributeError, SyntaxError) as error:
        raise Invalid(_UNREADABLE) from error
    if body is None:
        raise Invalid(_UNREADABLE)
    return tuple(_Reader().blocks(body))


class _Reader:
    """Walks one document; keeps the running numbers of paragraphs and tables."""

    def __init__(self) -> None:
        self._lines = 0
        self._tables = 0

    def blocks(self, parent: Any) -> Iterator[Block]:
        for child in _children(parent):
            if child.tag == qn("w:p"):
                for text in _paragraph_texts(child):
                    self._lines += 1
                    yield Line(text, f"正文第{self._lines}段", f"p{self._lines}")
            elif child.tag == qn("w:tbl"):
                yield from self._frame(child) if _is_frame(child) else self._table(child)

    def _frame(self, table: Any) -> Iterator[Block]:
        for row in _children(table):
            for cell in _children(row):
                yield from self.blocks(cell)

    def _table(self, element: Any) -> Iterator[Block]:
        self._tables += 1
        number = self._tables
        cells: list[Cell] = []
        above: dict[int, int] = {}
        nested: list[Any] = []
        rows = [row for row in _children(element) if row.tag == qn("w:tr")]
        for index, row in enumerate(rows):
            column = _number(row, "w:trPr/w:gridBefore", 0)
            for tc in (tc for tc in _children(row) if tc.tag == qn("w:tc")):
                width = _number(tc, "w:tcPr/w:gridSpan", 1)
                lines, inner = _cell_content(tc)
                nested += inner
                _place(cells, above, Cell(index, column, 1, width, lines), tc)
                column += width
        yield Table(number, tuple(cells))
        for inner in nested:
            yield from self._frame(inner) if _is_frame(inner) else self._table(inner)


def _is_frame(table: Any) -> bool:
    """Whether a table only frames a page: one cell, or one column that holds tables."""
    rows = [[cell for cell in _children(row) if cell.tag == qn("w:tc")] for row in _children(table)]
    cells = [row for row in rows if row]
    if any(len(row) > 1 for row in cells):
        return False
    return len(cells) == 1 or any(True for _ in table.iterdescendants(qn("w:tbl")))


def _place(cells: list[Cell], above: dict[int, int], cell: Cell, tc: Any) -> None:
    """Add the cell, or grow the one above or left that it continues; `above` is the last one by column."""
    at = above.get(cell.column)
    if at is not None and cells[at].below == cell.row and _continues(tc, "w:vMerge"):
        upper = cells[at]
        cells[at] = replace(upper, height=upper.height + 1, lines=upper.lines + cell.lines)
        return
    if _continues(tc, "w:hMerge") and cells and cells[-1].row == cell.row:
        left = cells[-1]
        cells[-1] = replace(left, width=left.width + cell.width, lines=left.lines + cell.lines)
        return
    above[cell.column] = len(cells)
    cells.append(cell)


def _continues(tc: Any, tag: str) -> bool:
    merge = tc.find(f"{qn('w:tcPr')}/{qn(tag)}")
    return merge is not None and merge.get(qn("w:val"), "continue") == "continue"


def _number(element: Any, path: str, default: int) -> int:
    found = element.find("/".join(qn(step) for step in path.split("/")))
    value = found.get(qn("w:val"), "") if found is not None else ""
    return int(value) if value.isdecimal() else default


def _children(parent: Any) -> Iterator[Any]:
    """Child elements, stepping through content controls and tracked insertions."""
    for child in parent:
        if child.tag == qn("w:sdt"):
            if child.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is None:
                yield from _children(child)
        elif child.tag in _TRANSPARENT:
            yield from _children(child)
        else:
            yield child


def _cell_content(tc: Any) -> tuple[tuple[str, ...], list[Any]]:
    lines: list[str] = []
    nested: list[Any] = []
    for child in _children(tc):
        if child.tag == qn("w:p"):
            lines += _paragraph_texts(child)
        elif child.tag == qn("w:tbl"):
            nested.append(child)
    return tuple(lines), nested


def _paragraph_texts(paragraph: Any) -> list[str]:
    """The paragraph's lines, then those of the text boxes that hang on it."""
    pieces: list[str] = []
    boxes: list[Any] = []
    for child in _children(paragraph):
        if child.tag == qn("w:r") and not _is_deleted(child):
            _read_run(child, pieces, boxes)
    texts = "".join(pieces).split("\n")
    for box in boxes:
        for child in _children(box):
            if child.tag == qn("w:p"):
                texts += _paragraph_texts(child)
            elif child.tag == qn("w:tbl"):
                texts += [text for p in child.iter(qn("w:p")) for text in _paragraph_texts(p)]
    return texts


def _is_deleted(run: Any) -> bool:
    properties = run.find(qn("w:rPr"))
    if properties is None:
        return False
    flags = (properties.find(qn(tag)) for tag in ("w:strike", "w:dstrike", "w:vanish"))
    return any(flag is not None and flag.get(qn("w:val"), "1") not in _OFF for flag in flags)


def _read_run(run: Any, pieces: list[str], boxes: list[Any]) -> None:
    font = run.find(f"{qn('w:rPr')}/{qn('w:rFonts')}")
    font_name = (font.get(qn("w:ascii")) or "") if font is not None else ""
    for child in run:
        if child.tag == qn("w:t"):
            pieces.append("".join(_symbol(character, font_name) for character in child.text or ""))
        elif child.tag == qn("w:sym"):
            code = child.get(qn("w:char"), "")
            if re.fullmatch(r"[0-9A-Fa-f]{1,4}", code):
                pieces.append(_symbol(chr(int(code, 16)), child.get(qn("w:font")) or ""))
        elif child.tag in (qn("w:tab"), qn("w:ptab")):
            pieces.append("\t")
        elif child.tag in (qn("w:br"), qn("w:cr")):
            pieces.append("\n")
        elif child.tag == qn("w:noBreakHyphen"):
            pieces.append("-")
        elif child.tag == qn("w:fldChar"):
            pieces += [_checkbox(box) for box in child.iter(qn("w:checkBox"))]
        else:
            boxes += _text_boxes(child)


def _symbol(character: str, font: str) -> str:
    code = ord(character)
    private = 0xF000 <= code <= 0xF0FF
    if font.startswith("Wingdings") and (private or code < 0x100):
        table = _WINGDINGS_2 if font == "Wingdings 2" else _WINGDINGS
        return table.get(code & 0xFF, character)
    return _WINGDINGS.get(code & 0xFF, character) if private else character


def _checkbox(box: Any) -> str:
    """A legacy form field: `w:checked` is the state, `w:default` the one before anybody clicked."""
    for tag in ("w:checked", "w:default"):
        state = box.find(qn(tag))
        if state is not None:
            return "□" if state.get(qn("w:val"), "1") in _OFF else "☑"
    return "□"


def _text_boxes(element: Any) -> Iterator[Any]:
    """Text boxes below an element; of two renderings of the same box only the first is read."""
    if element.tag == qn("w:txbxContent"):
        yield element
        return
    if element.tag == f"{_MC}AlternateContent":
        element = element.find(f"{_MC}Choice") if element.find(f"{_MC}Choice") is not None else element
    for child in element:
        if isinstance(child.tag, str):
            yield from _text_boxes(child)
