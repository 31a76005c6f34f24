"""One table a sheet, written from columns, and the chart of estimates with their intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from xlsxwriter.chart import Chart
from xlsxwriter.utility import xl_range_formula
from xlsxwriter.workbook import Workbook

from review_portal.exports.plain_text import wrapped_lines
from review_portal.exports.workbook_formats import Page

MOST_CHARTED = 60  # more points than these cannot be read on one page
HEADS = 2  # the row of a table's heads, from 0
_NINETY = 1.6448536269514722  # of the normal distribution, to either side
_FONT = {"name": "宋体", "size": 9}
_BLUE, _GREY = "#1F4E79", "#8C8C8C"
_LINE, _HEAD_LINE = 16.0, 14.0

Cell = str | int | float


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a table. style: of its figures (see `workbook_formats`); text is written as text."""

    head: str
    cells: Sequence[Cell]
    width: float = 10
    style: str = "points"

    @property
    def aside(self) -> bool:
        """Whether it stands beside what counts."""
        return self.style.startswith("aside")


def table(page: Page, title: str, subtitle: str, columns: Sequence[Column], *, frozen: int = 2) -> int:
    """A sheet that is one table: title, a line about it, heads in row 3, frozen and filtered; returns the
    first free row (from 0).
    """
    last = max(len(columns) - 1, 5)
    page.merged(0, 0, last, title, "title", height=30)
    width = sum(column.width for column in columns)
    page.merged(
        1, 0, last, subtitle, "subtitle", height=_LINE * (1 + len(subtitle) * 2 // max(int(width), 60)) + 4
    )
    page.widths([column.width for column in columns])
    after = rows(page, HEADS, columns)
    page.sheet.freeze_panes(HEADS + 1, frozen)
    if columns[0].cells:
        page.sheet.autofilter(HEADS, 0, after - 1, len(columns) - 1)
    return after


def rows(page: Page, head: int, columns: Sequence[Column]) -> int:
    """Heads in row `head` and the cells below; returns the first free row."""
    lines = [wrapped_lines(column.head, max(int(column.width) - 1, 2)) for column in columns]
    page.sheet.set_row(head, _HEAD_LINE * max(2, *lines) + 4)
    for place, column in enumerate(columns):
        page.text(head, place, column.head, "aside_head" if column.aside else "head")
    count = len(columns[0].cells) if columns else 0
    for row in range(count):
        for place, column in enumerate(columns):
            _cell(page, head + 1 + row, place, column.cells[row], column.style)
    if not count and columns:
        page.text(head + 1, 0, "无", "word")
        return head + 2
    return head + 1 + count


def paragraph(page: Page, row: int, text: str, columns: int, width: int) -> int:
    """A sentence over some columns that are `width` characters wide together; returns the next row."""
    height = _LINE * wrapped_lines(text, width) + 2
    page.merged(row, 0, max(columns - 1, 1), text, "paragraph", height=height)
    return row + 1


def interval_chart(
    workbook: Workbook,
    sheet: str,
    columns: tuple[int, int, int],
    figures: tuple[Sequence[float], Sequence[float]],
    words: tuple[str, str],
) -> Chart:
    """Estimates as points with their intervals, in the order of the rows below a table's heads.

    sheet, columns: where names, estimates and half widths of the intervals stand. figures: estimates and half
    widths of the first rows, those to be shown. words: the chart's title and what its scale is.
    """
    estimates, halves = (list(values[:MOST_CHARTED]) for values in figures)
    first, last = HEADS + 1, HEADS + len(halves)
    names, values, widths = ([sheet, first, column, last, column] for column in columns)
    half = xl_range_formula(
        *widths
    )  # by their cells: figures written into the chart are not shown everywhere
    low, high = _scale(estimates, halves)
    chart = workbook.add_chart({"type": "line"})
    chart.add_series(
        {
            "name": words[0],
            "categories": names,
            "values": values,
            "line": {"none": True},
            "marker": {"type": "circle", "size": 6, "fill": {"color": _BLUE}, "border": {"color": _BLUE}},
            "y_error_bars": {
                "type": "custom", "plus_values": half, "minus_values": half,
                "plus_data": halves, "minus_data": halves,
                "line": {"color": _GREY, "width": 1.25},
            },
        }
    )  # fmt: skip
    chart.set_title({"name": words[0], "name_font": {**_FONT, "size": 12, "bold": True}, "overlay": False})
    chart.set_legend({"none": True})
    chart.set_x_axis({"num_font": {**_FONT, "rotation": -45}, "label_position": "low"})
    chart.set_y_axis(
        {
            "name": words[1], "name_font": _FONT, "num_font": _FONT, "min": low, "max": high,
            "major_gridlines": {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}},
        }
    )  # fmt: skip
    return chart


def _scale(estimates: Sequence[float], halves: Sequence[float]) -> tuple[float, float]:
    """Round ends of a scale that holds every interval."""
    low = min(estimate - half for estimate, half in zip(estimates, halves, strict=True))
    high = max(estimate + half for estimate, half in zip(estimates, halves, strict=True))
    step = 10.0 ** math.floor(math.log10(max(high - low, 1e-9))) / 2
    return math.floor(low / step) * step, math.ceil(high / step) * step


def line_chart(workbook: Workbook, sheet: str, first: int, last: int, words: tuple[str, str, str]) -> Chart:
    """Columns B and C over column A, rows first..last below their heads; words: title and axes."""
    chart = workbook.add_chart({"type": "line"})
    for column, color, dash in ((1, _BLUE, "solid"), (2, _GREY, "dash")):
        chart.add_series(
            {
                "name": [sheet, first - 1, column],
                "categories": [sheet, first, 0, last, 0],
                "values": [sheet, first, column, last, column],
                "line": {"color": color, "width": 2, "dash_type": dash},
            }
        )
    chart.set_title({"name": words[0], "name_font": {**_FONT, "size": 12, "bold": True}})
    chart.set_legend({"position": "bottom", "font": _FONT})
    chart.set_x_axis({"name": words[1], "name_font": _FONT, "num_font": _FONT})
    chart.set_y_axis(
        {"name": words[2], "name_font": _FONT, "num_font": _FONT, "min": 0, "max": 1, "num_format": "0.0"}
    )
    chart.set_size({"width": 620, "height": 320})
    return chart


def half_width(spread: float) -> float:
    """Half of the interval that holds the estimate with 90 %."""
    return _NINETY * spread


def _cell(page: Page, row: int, column: int, value: Cell, style: str) -> None:
    if isinstance(value, str):
        page.text(row, column, value, "aside_word" if style.startswith("aside") else _text_style(style))
    elif isinstance(value, int):
        page.count(row, column, value, style if style.endswith("count") else "count")
    else:
        page.figure(row, column, value, style)


def _text_style(style: str) -> str:
    return style if style in {"text", "word", "code"} else "word"
