"""The statistical annex (统计附件) to a frozen ranking: agreement, stability and how sure the places are.

A file of its own: the ranking workbook is signed and comes out byte for byte as it was frozen, and says
nothing but method, scores and ranks. Every sheet of this one is headed 内部参考，不作为排序依据.
"""

from __future__ import annotations

import io
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final

from xlsxwriter.utility import xl_range_formula
from xlsxwriter.workbook import Workbook

from review_portal.domain.chinese_dates import time_text
from review_portal.exports.figures import CallHead
from review_portal.exports.plain_text import MISSING, clean, digest_groups, wrapped_lines
from review_portal.exports.statistics_tables import HEADS, Cell, Column, table
from review_portal.exports.workbook_charts import MOST_CHARTED, dress, put
from review_portal.exports.workbook_formats import Formats, Page, open_workbook, set_up_print

INTERNAL: Final = "内部参考，不作为排序依据"
_LINE = 16.0
_WIDE_WORDS = 34  # characters of a column of words at most
_BAR, _WHISKER = "#7FA6CC", "#262626"


@dataclass(frozen=True, slots=True)
class AnnexTable:
    """One sheet: `heads` with whether their column holds figures; cells as text, None where there is none."""

    name: str
    title: str
    note: str
    heads: tuple[tuple[str, bool], ...]
    rows: tuple[tuple[str | None, ...], ...]


@dataclass(frozen=True, slots=True)
class Bar:
    """One dossier's bar in points; `half`: of its 90 % interval, None where none may be given."""

    label: str
    score: float
    half: float | None


@dataclass(frozen=True, slots=True)
class StatisticsAnnex:
    """The analysis of one frozen ranking, or why there is none.

    said: plain sentences, first what small numbers forbid. bars: best first; of what, `bars_of` says.
    most: the points that can be had. digest: of the stored analysis, empty without one.
    """

    call: CallHead
    said: tuple[str, ...]
    bars: tuple[Bar, ...]
    bars_of: str
    most: float
    tables: tuple[AnnexTable, ...]
    ranking_digest: str
    digest: str
    made_at: datetime
    software_version: str


def write(annex: StatisticsAnnex) -> bytes:
    """The workbook as .xlsx bytes; the same annex gives the same bytes."""
    target = io.BytesIO()
    workbook = open_workbook(target)
    workbook.set_properties(
        {
            "title": clean(f"{annex.call.title} 统计附件"),
            "subject": INTERNAL,
            "author": clean(annex.call.issuer),
            "created": annex.made_at.astimezone(UTC).replace(tzinfo=None),
        }
    )
    formats = Formats(workbook)

    def page(name: str, *, heads: bool) -> Page:
        sheet = workbook.add_worksheet(name)
        head = f"{INTERNAL}　{annex.call.title}　{annex.call.document_number}"
        repeated = (HEADS, HEADS) if heads else None
        set_up_print(sheet, head, digest_groups(annex.ranking_digest), repeated)
        return Page(sheet, formats)

    _words(page("说明", heads=False), annex)
    if annex.bars:
        _bars(page, workbook, annex)
    for one in annex.tables:
        columns = [_column(one, at) for at in range(len(one.heads))]
        table(page(one.name, heads=True), one.title, f"{INTERNAL}。{one.note}", columns)
    workbook.close()
    return target.getvalue()


def _words(page: Page, annex: StatisticsAnnex) -> None:
    page.widths((24, 96))
    page.merged(0, 0, 1, f"{annex.call.title}统计附件", "title", height=54)
    page.merged(1, 0, 1, INTERNAL, "section", height=26)
    row = 2
    facts = (
        ("排名校验码", digest_groups(annex.ranking_digest), "code"),
        ("统计校验码", digest_groups(annex.digest), "code"),
        ("计算时间", time_text(annex.made_at) if annex.digest else MISSING, "value"),
        ("软件版本", annex.software_version, "value"),
    )
    for label, value, style in facts:
        page.text(row, 0, label, "label")
        page.text(row, 1, value, style)
        page.sheet.set_row(row, _LINE * wrapped_lines(value, 88) + 6)
        row += 1
    for line in annex.said:
        row += 1
        page.merged(row, 0, 1, line, "paragraph", height=_LINE * wrapped_lines(line, 110) + 4)


def _bars(page: object, workbook: Workbook, annex: StatisticsAnnex) -> None:
    """The figures of the bars on a sheet, and the chart on the next one."""
    assert callable(page)
    ranged = all(bar.half is not None for bar in annex.bars)
    columns = [
        Column("序", [at for at, _bar in enumerate(annex.bars, 1)], 6, "count"),
        Column("申报单位", [bar.label for bar in annex.bars], 40, "text"),
        Column(annex.bars_of, [bar.score for bar in annex.bars], 14, "key_points"),
    ]
    if ranged:
        columns.append(Column("90%区间半宽", [bar.half or 0.0 for bar in annex.bars], 14))
    said = f"{INTERNAL}。" + ("区间约有九成可能含有材料的真实水平。" if ranged else "")
    name = "得分和区间" if ranged else "得分"
    table(page(name, heads=True), annex.bars_of, said, columns)
    chart = workbook.add_chart({"type": "bar"})
    first, last = HEADS + 1, HEADS + min(len(annex.bars), MOST_CHARTED)
    series = {
        "name": annex.bars_of,
        "categories": [name, first, 1, last, 1],
        "values": [name, first, 2, last, 2],
        "fill": {"color": _BAR},
        "border": {"color": _WHISKER},
        "gap": 40,
    }
    if ranged:
        half = xl_range_formula(name, first, 3, last, 3)
        halves = [bar.half for bar in annex.bars[:MOST_CHARTED]]
        series["y_error_bars"] = {
            "type": "custom", "plus_values": half, "minus_values": half,
            "plus_data": halves, "minus_data": halves, "line": {"color": _WHISKER, "width": 1.25},
        }  # fmt: skip
    chart.add_series(series)
    shown = last - first + 1
    more = f"（前{shown}家）" if shown < len(annex.bars) else ""
    title = f"{annex.bars_of}{'和90%区间' if ranged else ''}{more}"
    dress(chart, title, ("申报单位", f"{annex.bars_of}（分）"), shown, annex.most)
    alt = f"{title}条形图，自上而下：" + "、".join(
        f"{bar.label}{bar.score:.2f}" + (f"±{bar.half:.2f}" if bar.half is not None else "")
        for bar in annex.bars[:10]
    )
    put(page("得分图", heads=False), chart, title, INTERNAL, alt)


def _column(one: AnnexTable, at: int) -> Column:
    head, numeric = one.heads[at]
    texts = [row[at] for row in one.rows]
    if not numeric:
        cells = [text or "" for text in texts]
        longest = max((wrapped_lines(text, 1) for text in (head, *cells)), default=8)
        return Column(head, cells, max(10, min(longest + 2, _WIDE_WORDS)), "text")
    places = max((len(text.partition(".")[2]) for text in texts if text), default=0)
    style = "count" if places == 0 else "points" if places <= 2 else "figure"
    return Column(head, [_figure(text, places) for text in texts], max(10, wrapped_lines(head, 2) + 3), style)


def _figure(text: str | None, places: int) -> Cell:
    if not text:
        return MISSING
    return float(text) if "." in text else int(text)
