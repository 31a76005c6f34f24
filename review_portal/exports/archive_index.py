"""归档目录.xlsx: what the archive holds, in the order of the call's own steps; printed beside the disc."""

from __future__ import annotations

import io
from collections.abc import Sequence
from datetime import UTC, date, datetime

from review_portal.exports.archive_file import Written
from review_portal.exports.plain_text import clean
from review_portal.exports.workbook_formats import Formats, Page, open_workbook, set_up_print

HEADS = (
    "序号",
    "题名",
    "文号",
    "责任者",
    "日期",
    "页数/份数",
    "保管期限",
    "文件",
    "校验码（SHA-256）",
    "备注",
)
_WIDTHS = (6, 34, 14, 20, 12, 9, 9, 40, 36, 22)


def write(title: str, written: Sequence[Written], check_code: str, dated: date) -> bytes:
    """The index as a workbook: listed parts numbered in their order, then the technical files."""
    target = io.BytesIO()
    workbook = open_workbook(target)
    created = datetime(dated.year, dated.month, dated.day, tzinfo=UTC).replace(tzinfo=None)
    workbook.set_properties({"title": clean(f"{title}归档目录"), "created": created})
    formats = Formats(workbook)
    for name, rows in (
        ("归档目录", [item for item in written if item.part.title]),
        ("数据和程序", [item for item in written if not item.part.title]),
    ):
        sheet = workbook.add_worksheet(name)
        writer = Page(sheet, formats)
        writer.widths(_WIDTHS)
        writer.merged(0, 0, len(HEADS) - 1, f"{title}{name}", "title")
        sheet.set_row(0, 30)
        writer.heads(1, HEADS)
        for line, item in enumerate(rows, start=1):
            _line(writer, line, item)
        set_up_print(sheet, title, check_code, (1, 1), code_of="检查点")
        sheet.freeze_panes(2, 2)
        sheet.autofilter(1, 0, 1 + len(rows), len(HEADS) - 1)
    workbook.close()
    return target.getvalue()


def _line(writer: Page, line: int, item: Written) -> None:
    part = item.part
    writer.count(line + 1, 0, line)
    day = f"{part.dated:%Y-%m-%d}" if part.dated else "—"
    texts = (
        part.title or part.path.rsplit("/", 1)[-1],
        part.number or "—",
        part.by or "—",
        day,
        part.copies or "—",
        part.keep or "—",
        part.path,
        item.sha256,
        part.note,
    )
    for column, text in enumerate(texts, start=1):
        style = "code" if column == 8 else "word" if column in (4, 5, 6) else "text"
        writer.text(line + 1, column, text, style)
