"""The expert roster as a workbook: empty to be filled in, or with the register to be imported again."""

import io
from collections.abc import Sequence
from datetime import date

import xlsxwriter
from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from review_portal.domain.records import Absence, ExpertRow, PastRole
from review_portal.domain.register import STATUSES

HEADS = (
    "姓名",
    "工作单位",
    "职称",
    "专业",
    "手机",
    "邮箱",
    "所在区县",
    "任职经历",
    "亲属任职",
    "声明的利害关系",
    "到任日期",
    "不能参加的时间",
    "评审份数上限",
    "在库状态",
    "状态说明",
)
_WIDTHS = (10, 28, 14, 14, 14, 24, 12, 44, 44, 36, 12, 36, 12, 10, 28)
_EXAMPLE = (
    "甲示例",
    "重庆示例大学",
    "教授",
    "热能工程、自动化",
    "19900001001",
    "jia@example.com",
    "沙坪坝区",
    "重庆示例设计院/技术顾问/2018-03-01/2021-06-30；重庆示例学会/理事/至今",
    "吴示例/配偶/重庆示例绿能科技有限公司/法定代表人",
    "重庆示例绿能科技有限公司（授信业务经办人）",
    "2010-07-01",
    "2023-03-06/2023-03-10/出国",
    "8",
    "在库",
    "",
)
_NOTES = (
    ("姓名", "必填。每位专家一行。"),
    ("工作单位", "必填。填写单位全称；退休专家写“退休（原单位全称）”。"),
    ("职称", "可空。"),
    ("专业", "可空。几个专业用“、”分开；按专业抽取时，每个专业都算。"),
    ("手机", "必填。11位手机号码，同一名单内不得重复。"),
    ("邮箱", "可空。"),
    ("所在区县", "可空。填写后用于核对推荐单位。"),
    (
        "任职经历",
        "单位/职务/结束日期，或单位/职务/开始日期/结束日期；仍在任的写“至今”，多段用“；”分开。"
        "含原工作单位，顾问、独立董事等兼职。",
    ),
    ("亲属任职", "姓名/关系/单位/职务，多人用“；”分开。"),
    ("声明的利害关系", "专家书面声明有利害关系的单位全称，事由写在括号内，多项用“；”分开。"),
    ("到任日期", "可空。到现工作单位的日期，例如2015-07-01。"),
    ("不能参加的时间", "可空。开始日期/结束日期/事由，事由可不写，多段用“；”分开。"),
    ("评审份数上限", "可空。一轮最多评审几份材料。"),
    ("在库状态", "可空。在库、暂停或移出；暂停、移出的不参加抽取，也不列入专家组。"),
    ("状态说明", "暂停或移出的必填理由。"),
)


def write_template() -> bytes:
    """An .xlsx file: sheet 专家名单 with the heads alone, sheet 填写说明 with notes and one example row."""
    result, book, head, text = _book()
    _roster_sheet(book, (), head, text)
    notes = book.add_worksheet("填写说明")
    notes.write_row(0, 0, ("列", "怎么填"), head)
    _write_rows(notes, 1, _NOTES, text)
    example = len(_NOTES) + 2
    notes.write_string(example, 0, "示例（虚构）", head)
    notes.write_row(example + 1, 0, HEADS, head)
    _write_rows(notes, example + 2, (_EXAMPLE,), text)
    _set_widths(notes, (16, 60, *_WIDTHS[2:]), text)
    book.close()
    return result.getvalue()


def write_roster(rows: Sequence[ExpertRow]) -> bytes:
    """An .xlsx file that `read_roster` reads back as these rows, whatever their `place`."""
    result, book, head, text = _book()
    _roster_sheet(book, [cells_of(row) for row in rows], head, text)
    book.close()
    return result.getvalue()


def cells_of(row: ExpertRow) -> tuple[str, ...]:
    """An expert as the texts under `HEADS`: also what a page shows to be changed."""
    return (
        row.name,
        row.employer,
        row.title or "",
        row.field or "",
        row.phone or "",
        row.email or "",
        row.district or "",
        "；".join(_post(role) for role in row.past_roles),
        "；".join(f"{kin.name}/{kin.relation}/{kin.org}/{kin.position}" for kin in row.relatives),
        "；".join(row.declared),
        _day(row.employer_since),
        "；".join(_absence(absence) for absence in row.absences),
        "" if row.load_limit is None else str(row.load_limit),
        STATUSES[row.status] if row.status else "",
        row.status_reason,
    )


def _post(role: PastRole) -> str:
    since = [_day(role.start)] if role.start else []
    return "/".join((role.org, role.role, *since, _day(role.end) or "至今"))


def _absence(absence: Absence) -> str:
    period = f"{_day(absence.first)}/{_day(absence.last)}"
    return f"{period}/{absence.reason}" if absence.reason else period


def _day(day: date | None) -> str:
    return day.isoformat() if day else ""


def _book() -> tuple[io.BytesIO, xlsxwriter.Workbook, Format, Format]:
    result = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(result, options)
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "valign": "vcenter"})
    # Text cells, so that Excel neither rounds a mobile number nor turns a date into its own.
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    return result, book, head, text


def _roster_sheet(
    book: xlsxwriter.Workbook, rows: Sequence[Sequence[str]], head: Format, text: Format
) -> None:
    page = book.add_worksheet("专家名单")
    page.write_row(0, 0, HEADS, head)
    page.freeze_panes(1, 1)
    _write_rows(page, 1, rows, text)
    _set_widths(page, _WIDTHS, text)


def _set_widths(page: Worksheet, widths: Sequence[int], text: Format) -> None:
    for column, width in enumerate(widths):
        page.set_column(column, column, width, text)


def _write_rows(page: Worksheet, top: int, rows: Sequence[Sequence[str]], style: Format) -> None:
    for number, row in enumerate(rows, top):
        for column, value in enumerate(row):
            page.write_string(number, column, value, style)
