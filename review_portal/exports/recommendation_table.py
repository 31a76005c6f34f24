"""附件1 written from data, in the call's own form; and the table of all recommending units.

The portal's own reader takes what is written here: a table that comes back unchanged reads the same.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

import xlsxwriter

from review_portal.exports import office_docx as office
from review_portal.exports.office_docx import HEADING, TITLE_FONT, Font, Properties
from review_portal.exports.office_tables import Column, add_table, merge_down, set_row_heights
from review_portal.exports.plain_text import clean, digest_groups, shown_width

HEADS = ("序号", "申报单位名称", "联系人", "手机")
_TABLE, _TABLE_HEAD, _HEAD_LINE = Font("仿宋_GB2312", 12), Font("黑体", 12), Font("仿宋_GB2312", 12)
_SPACE = " " * 10  # as the blank form has it
_LINE_WIDTH, _SMALL_LINE = 72, Font("仿宋_GB2312", 10.5)
_NARROW = 24  # columns of what is filled in that leave room for it on one line


@dataclass(frozen=True, slots=True)
class Entry:
    """One unit as its recommending unit wrote it; `number` is the dossier's, "" while not on hand."""

    unit: str
    contact: str
    mobile: str
    number: str = ""


@dataclass(frozen=True, slots=True)
class Table:
    """附件1 of one recommending unit. `title` is the form's own, `of` the registered table's public id."""

    of: str
    title: str
    recommender: str
    contact: str
    phone: str
    entries: tuple[Entry, ...]
    dated: date
    digest: str


@dataclass(frozen=True, slots=True)
class Overview:
    """The tables of all recommending units, in the office's order."""

    title: str
    issuer: str
    tables: tuple[Table, ...]
    dated: date
    digest: str


def head_line(table: Table) -> str:
    """The form's line above the table."""
    gap = _SPACE if shown_width(table.recommender + table.contact + table.phone) < _NARROW else "  "
    parts = (("推荐单位（盖章）", table.recommender), ("联系人", table.contact), ("联系电话", table.phone))
    return gap.join(f"{label}：{clean(text)}" for label, text in parts)


def write_docx(table: Table) -> bytes:
    """附件1 as the form has it: heading, title, head line, four columns. Equal tables give equal bytes."""
    document = office.new_document(Properties(table.title, table.recommender, table.dated))
    office.paragraph(document, "附件1", HEADING)
    office.paragraph(document)
    office.paragraph(document, table.title, TITLE_FONT, align="center", pitch=35)
    office.paragraph(document)
    line = head_line(table)
    font = _HEAD_LINE if shown_width(line) <= _LINE_WIDTH else _SMALL_LINE
    office.paragraph(document, line, font, pitch=None)
    columns = [
        Column(head, width, align)
        for head, width, align in zip(
            HEADS, (16, 76, 28, 36), ("center", "left", "center", "center"), strict=True
        )
    ]
    rows = [
        (str(at), clean(one.unit), clean(one.contact), clean(one.mobile))
        for at, one in enumerate(table.entries, start=1)
    ]
    set_row_heights(add_table(document, columns, rows, body=_TABLE, head=_TABLE_HEAD), 10)
    office.add_sheet_footer(document, digest_groups(table.digest))
    return office.save(document)


def write_xlsx(table: Table) -> bytes:
    """附件1 as a workbook of one sheet; equal tables give equal bytes."""
    target, book, styles = _book(table.title, table.recommender, table.dated)
    sheet = book.add_worksheet("附件1")
    _set_page(sheet, (8, 44, 16, 20), len(HEADS), table.digest)
    sheet.write_string(0, 0, "附件1", styles["left"])
    sheet.set_row(1, 32)
    sheet.set_row(2, 30)
    sheet.merge_range(1, 0, 1, len(HEADS) - 1, table.title, styles["title"])
    sheet.merge_range(2, 0, 2, len(HEADS) - 1, head_line(table), styles["left"])
    _write_rows(
        sheet,
        styles,
        3,
        HEADS,
        [(str(at), one.unit, one.contact, one.mobile) for at, one in enumerate(table.entries, start=1)],
    )
    book.close()
    return target.getvalue()


_ALL_HEADS = ("序号", "推荐单位", "申报单位名称", "联系人", "手机", "材料编号")


def overview_rows(overview: Overview) -> list[tuple[str, ...]]:
    """The overview's rows: numbered through, a recommending unit's beside each other."""
    flat = [(table, entry) for table in overview.tables for entry in table.entries]
    return [
        (
            str(at),
            clean(table.recommender),
            clean(one.unit),
            clean(one.contact),
            clean(one.mobile),
            one.number or "未收到",
        )
        for at, (table, one) in enumerate(flat, start=1)
    ]


def write_overview_docx(overview: Overview) -> bytes:
    """All recommending units on one sheet, landscape; equal overviews give equal bytes."""
    document = office.new_document(
        Properties(overview.title, overview.issuer, overview.dated), landscape=True, sheet=True
    )
    office.paragraph(document, f"{overview.title}（总表）", Font("黑体", 16), align="center", pitch=30)
    rows = overview_rows(overview)
    line = f"推荐单位{len(overview.tables)}家，申报单位{len(rows)}家。"
    office.paragraph(document, line, Font("宋体", 10.5), pitch=None)
    widths = (14.0, 62.0, 86.0, 24.0, 36.0, 30.0)
    aligns = ("center", "left", "left", "center", "center", "center")
    columns = [
        Column(head, width, align) for head, width, align in zip(_ALL_HEADS, widths, aligns, strict=True)
    ]
    table = add_table(document, columns, rows)
    first = 1
    for part in overview.tables:
        merge_down(table, 1, first, first + len(part.entries) - 1)
        first += len(part.entries)
    office.add_sheet_footer(document, digest_groups(overview.digest))
    return office.save(document)


def write_overview_xlsx(overview: Overview) -> bytes:
    """All recommending units on one sheet with a filter; equal overviews give equal bytes."""
    target, book, styles = _book(overview.title, overview.issuer, overview.dated)
    sheet = book.add_worksheet("总表")
    _set_page(sheet, (8, 34, 40, 14, 18, 14), len(_ALL_HEADS), overview.digest)
    sheet.set_row(0, 32)
    sheet.merge_range(0, 0, 0, len(_ALL_HEADS) - 1, f"{overview.title}（总表）", styles["title"])
    rows = overview_rows(overview)
    _write_rows(sheet, styles, 1, _ALL_HEADS, rows)
    sheet.repeat_rows(1)
    sheet.freeze_panes(2, 0)
    if rows:
        sheet.autofilter(1, 0, 1 + len(rows), len(_ALL_HEADS) - 1)
    book.close()
    return target.getvalue()


def _book(title: str, author: str, dated: date) -> tuple[io.BytesIO, Any, dict[str, Any]]:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    made = datetime(dated.year, dated.month, dated.day, tzinfo=UTC).replace(tzinfo=None)
    book.set_properties({"title": clean(title), "author": clean(author), "created": made})
    base = {"font_name": "宋体", "font_size": 11, "valign": "vcenter", "text_wrap": True}
    styles = {
        "title": book.add_format({**base, "font_name": "黑体", "font_size": 16, "align": "center"}),
        "left": book.add_format(base),
        "head": book.add_format({**base, "font_name": "黑体", "align": "center", "border": 1}),
        "cell": book.add_format({**base, "border": 1, "num_format": "@"}),
    }
    return target, book, styles


def _set_page(sheet: Any, widths: Sequence[float], columns: int, digest: str) -> None:
    for column, width in enumerate(widths):
        sheet.set_column(column, column, width)
    sheet.set_paper(9)
    if columns > len(HEADS):
        sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.set_footer(f"&C&8校验码 {digest_groups(digest)}　第&P页 共&N页")


def _write_rows(
    sheet: Any, styles: dict[str, Any], first: int, heads: Sequence[str], rows: Sequence[Sequence[str]]
) -> None:
    sheet.set_row(first, 22)
    for column, head in enumerate(heads):
        sheet.write_string(first, column, head, styles["head"])
    for line, row in enumerate(rows, start=first + 1):
        for column, text in enumerate(row):
            sheet.write_string(line, column, clean(text), styles["cell"])
