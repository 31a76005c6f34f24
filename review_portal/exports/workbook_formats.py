"""Cell formats, page set-up (A4 landscape) and safe cell writing for the office's workbooks."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import IO, Any

from xlsxwriter.chartsheet import Chartsheet
from xlsxwriter.format import Format
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from review_portal.domain.offline_sheet import CUT
from review_portal.exports.figures import Absence
from review_portal.exports.plain_text import MISSING, clean, wrapped_lines

POINTS = "0.00"
CELL_LIMIT = 32_767
_PAPER_A4 = 9
_LINE, _TALLEST = 14.25, 409.0  # points: one line of 10 pt in whole pixels; the highest row that Excel knows
_GREY, _HEAD, _ASIDE = "#595959", "#E7EDF5", "#F2F2F2"

_BODY: Mapping[str, Any] = {
    "font_name": "宋体",
    "font_size": 10,
    "valign": "vcenter",
    "border": 1,
    "border_color": "#8C8C8C",
}
_HEADING: Mapping[str, Any] = {
    **_BODY, "font_name": "黑体", "align": "center", "text_wrap": True, "bg_color": _HEAD,
}  # fmt: skip
_ASIDE_BODY: Mapping[str, Any] = {**_BODY, "font_color": _GREY, "bg_color": _ASIDE}
_FREE: Mapping[str, Any] = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}

_STYLES: Mapping[str, Mapping[str, Any]] = {
    "title": {
        "font_name": "方正小标宋简体",
        "font_size": 18,
        "align": "center",
        "valign": "vcenter",
        "text_wrap": True,
    },
    "subtitle": {**_FREE, "align": "center", "font_color": _GREY},
    "section": {"font_name": "黑体", "font_size": 12, "valign": "vcenter"},
    "paragraph": {**_FREE, "valign": "top"},
    "label": {**_BODY, "font_name": "黑体", "font_size": 11, "bg_color": _HEAD},
    "value": {**_BODY, "font_size": 11, "text_wrap": True},
    "code": {**_BODY, "font_name": "Consolas", "text_wrap": True},
    "head": _HEADING,
    "aside_head": {**_HEADING, "bg_color": _ASIDE, "font_color": _GREY},
    "text": {**_BODY, "text_wrap": True},
    "word": {**_BODY, "align": "center"},
    "points": {**_BODY, "num_format": POINTS},
    "figure": {**_BODY, "num_format": "0.000"},
    "percent": {**_BODY, "num_format": "0.0%"},
    "key_points": {**_BODY, "num_format": POINTS, "bold": True},
    "aside_points": {**_ASIDE_BODY, "num_format": POINTS},
    "aside_count": {**_ASIDE_BODY, "num_format": "0", "align": "center"},
    "aside_word": {**_ASIDE_BODY, "align": "center"},
    "count": {**_BODY, "num_format": "0", "align": "center"},
    "key_count": {**_BODY, "num_format": "0", "align": "center", "bold": True},
    "share": {**_BODY, "num_format": "0%", "align": "center"},
    "line": {**_BODY, "num_format": "0.0000"},
    "verdict": {**_FREE, "font_size": 10, "align": "right"},
    "warning": {"bold": True, "font_color": "#FFFFFF", "bg_color": "#8B1A1A"},
    "sign": {"font_name": "宋体", "font_size": 11, "valign": "bottom", "bottom": 1},
    "sign_label": {"font_name": "宋体", "font_size": 11, "valign": "bottom", "align": "right"},
}


def open_workbook(target: IO[bytes], *, sparing: bool = False) -> Workbook:
    """A workbook that takes every text as text: nothing typed by an applicant becomes a formula.

    sparing: rows go to temporary files as soon as the next one begins (each sheet must be written from the
    top down), so that a very long workbook does not fill the memory; else no file is made.
    """
    options = {
        "in_memory": not sparing,
        "constant_memory": sparing,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    return Workbook(target, options)


class Formats:
    """The named styles of one workbook; `cut` draws the line under the last place within the quota."""

    def __init__(self, workbook: Workbook) -> None:
        self._workbook = workbook
        self._made: dict[tuple[str, bool], Format] = {}

    def get(self, name: str, *, cut: bool = False) -> Format:
        """The format of a style; KeyError for an unknown name."""
        if (name, cut) not in self._made:
            look = {**_STYLES[name], **({"bottom": 2, "bottom_color": "#000000"} if cut else {})}
            self._made[name, cut] = self._workbook.add_format(look)
        return self._made[name, cut]


class Page:
    """One sheet with its formats; cells are written by type: text never becomes a formula, link or number."""

    def __init__(self, sheet: Worksheet, formats: Formats) -> None:
        self.sheet = sheet
        self.formats = formats
        self._widths: Sequence[float] = ()
        self._lines: dict[int, int] = {}

    def text(self, row: int, column: int, text: str, style: str = "text", *, cut: bool = False) -> None:
        """Write text as text, whatever it looks like; empty text leaves an empty cell with its frame."""
        look = self.formats.get(style, cut=cut)
        if text:
            self.sheet.write_string(row, column, cell_text(text), look)
            if style == "text":
                self._raise(row, column, text)
        else:
            self.sheet.write_blank(row, column, None, look)

    def _raise(self, row: int, column: int, text: str) -> None:
        """Make the row high enough for a text that wraps: not every program does it on opening."""
        if column >= len(self._widths):
            return
        self.raise_row(row, wrapped_lines(text, int(self._widths[column])))

    def raise_row(self, row: int, lines: int) -> None:
        """Make the row high enough for so many lines, unless it is."""
        if lines > self._lines.get(row, 1):
            self._lines[row] = lines
            self.sheet.set_row(row, min(_LINE * lines, _TALLEST))

    def count(self, row: int, column: int, number: int, style: str = "count", *, cut: bool = False) -> None:
        """Write a whole number."""
        self.sheet.write_number(row, column, number, self.formats.get(style, cut=cut))

    def points(
        self,
        row: int,
        column: int,
        value: Decimal | Absence | None,
        style: str = "points",
        *,
        cut: bool = False,
    ) -> None:
        """Write points with two decimals; a recusal as its word and a missing figure as "—", never as 0."""
        if isinstance(value, Decimal):
            self.sheet.write_number(row, column, float(value), self.formats.get(style, cut=cut))
            return
        word = "aside_word" if style.startswith("aside") else "word"
        self.text(row, column, MISSING if value is None else value.value, word, cut=cut)

    def formula(
        self,
        row: int,
        column: int,
        formula: str,
        value: Decimal | float | str | None,
        style: str = "points",
        *,
        cut: bool = False,
    ) -> None:
        """Write a formula of ours with what it gives: programs that do not calculate show that."""
        given = MISSING if value is None else float(value) if isinstance(value, Decimal) else value
        self.sheet.write_formula(row, column, f"={formula}", self.formats.get(style, cut=cut), given)

    def verdict(self, row: int, first: int, last: int, formula: str, value: str) -> None:
        """Write a check's sentence over some columns of one row; one that finds a difference stands out."""
        look = self.formats.get("verdict")
        if last > first:
            self.sheet.merge_range(row, first, row, last, "", look)
        self.sheet.write_formula(row, first, f"={formula}", look, value)
        self.warn(row, first, row, first)

    def warn(self, first_row: int, first: int, last_row: int, last: int) -> None:
        """Make cells that say 不一致 stand out, on screen and in black and white."""
        self.sheet.conditional_format(
            first_row, first, last_row, last,
            {
                "type": "text", "criteria": "containing", "value": "不一致",
                "format": self.formats.get("warning"),
            },
        )  # fmt: skip

    def figure(self, row: int, column: int, value: float, style: str = "points") -> None:
        """Write a statistic; one that does not exist (nan, infinite) as "—", never as 0."""
        if math.isfinite(value):
            self.sheet.write_number(row, column, value, self.formats.get(style))
        else:
            self.text(row, column, MISSING, "aside_word" if style.startswith("aside") else "word")

    def merged(
        self, row: int, first: int, last: int, text: str, style: str, *, height: float | None = None
    ) -> None:
        """Write text over the columns first..last of one row (a single column is not merged)."""
        look = self.formats.get(style)
        if last > first:
            self.sheet.merge_range(row, first, row, last, "", look)
        self.sheet.write_string(row, first, cell_text(text), look)
        if height is not None:
            self.sheet.set_row(row, height)

    def heads(self, row: int, heads: Sequence[str], first: int = 0, style: str = "head") -> None:
        """Write a row of column heads."""
        for offset, head in enumerate(heads):
            self.text(row, first + offset, head, style)

    def widths(self, widths: Sequence[float]) -> None:
        """Set the column widths from column A on, in characters of the default font; before the texts."""
        self._widths = widths
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, width)


def cell_text(text: str) -> str:
    """Text a cell can hold: clean, cut with a visible note at the format's limit (else it is lost)."""
    cleaned = clean(text)
    return cleaned if len(cleaned) <= CELL_LIMIT else cleaned[: CELL_LIMIT - len(CUT)] + CUT


def set_up_print(
    sheet: Worksheet,
    head: str,
    check_code: str,
    repeat_rows: tuple[int, int] | None = None,
    *,
    code_of: str = "排名",
) -> None:
    """A4 landscape, one page wide, page numbers and the check code in the footer, repeated heads."""
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    sheet.fit_to_pages(1, 0)
    sheet.center_horizontally()
    sheet.hide_gridlines(2)
    _head_and_foot(sheet, head, check_code, code_of)
    if repeat_rows is not None:
        sheet.repeat_rows(*repeat_rows)


def set_up_chart_print(sheet: Chartsheet, head: str, check_code: str, *, code_of: str = "排名") -> None:
    """A chart that fills an A4 page, with the same head and foot."""
    sheet.set_landscape()
    sheet.set_paper(_PAPER_A4)
    sheet.set_margins(left=0.5, right=0.5, top=0.8, bottom=0.7)
    _head_and_foot(sheet, head, check_code, code_of)


def _head_and_foot(sheet: Worksheet | Chartsheet, head: str, check_code: str, code_of: str) -> None:
    # the space ends the font size: a title that begins with 2023 would else be read as size 92023
    sheet.set_header(f"&L&9 {_in_header(head, 90)}&R&9&A")
    sheet.set_footer(f"&L&8{code_of}校验码 {_in_header(check_code, 120)}&R&9第&P页 共&N页")


def sheet_name(kind: str, detail: str, taken: Sequence[str]) -> str:
    """A name Excel accepts, at most 31 characters, different from those taken: 评分汇总（书面评审）."""
    plain = re.sub(r"[\[\]:*?/\\']", " ", clean(detail).replace("\n", " ")).strip()
    used = {name.casefold() for name in taken}
    for number in range(1, len(taken) + 2):
        tail = "" if number == 1 else f"{number}"
        name = f"{kind}（{plain[: 31 - len(kind) - len(tail) - 2]}{tail}）"
        if name.casefold() not in used:
            return name
    raise AssertionError("one of n + 1 numbered names is always free")


def _in_header(text: str, limit: int) -> str:
    """`&` starts a code in heads and feet and is doubled; Excel takes 255 characters in all."""
    return clean(text).replace("\n", " ")[:limit].replace("&", "&&")
