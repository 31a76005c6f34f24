"""The empty expert roster that the secretariat fills in and imports again."""

import io
from collections.abc import Sequence

import xlsxwriter

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
)
_WIDTHS = (10, 28, 14, 14, 14, 24, 12, 44, 44, 36)
_EXAMPLE = (
    "甲示例",
    "重庆示例大学",
    "教授",
    "热能工程",
    "19900001001",
    "jia@example.com",
    "沙坪坝区",
    "重庆示例设计院/技术顾问/2021-06-30；重庆示例学会/理事/至今",
    "吴示例/配偶/重庆示例绿能科技有限公司/法定代表人",
    "重庆示例绿能科技有限公司（授信业务经办人）",
)
_NOTES = (
    ("姓名", "必填。每位专家一行。"),
    ("工作单位", "必填。填写单位全称；退休专家写“退休（原单位全称）”。"),
    ("职称", "可空。"),
    ("专业", "可空。"),
    ("手机", "必填。11位手机号码，同一名单内不得重复。"),
    ("邮箱", "可空。"),
    ("所在区县", "可空。填写后用于核对推荐单位。"),
    ("任职经历", "单位/职务/结束日期，仍在任的写“至今”，多段用“；”分开。含顾问、独立董事等兼职。"),
    ("亲属任职", "姓名/关系/单位/职务，多人用“；”分开。"),
    ("声明的利害关系", "专家书面声明有利害关系的单位全称，事由写在括号内，多项用“；”分开。"),
)


def write_template() -> bytes:
    """An .xlsx file: sheet 专家名单 with the heads alone, sheet 填写说明 with notes and one example row."""
    result = io.BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    book = xlsxwriter.Workbook(result, options)
    head = book.add_format({"bold": True, "bg_color": "#E8EEF7", "border": 1, "valign": "vcenter"})
    # Text cells, so that Excel neither rounds a mobile number nor turns a date into its own.
    text = book.add_format({"num_format": "@", "text_wrap": True, "valign": "top"})
    roster = book.add_worksheet("专家名单")
    roster.write_row(0, 0, HEADS, head)
    roster.freeze_panes(1, 1)
    notes = book.add_worksheet("填写说明")
    notes.write_row(0, 0, ("列", "怎么填"), head)
    _write_rows(notes, 1, _NOTES, text)
    example = len(_NOTES) + 2
    notes.write_string(example, 0, "示例（虚构）", head)
    notes.write_row(example + 1, 0, HEADS, head)
    _write_rows(notes, example + 2, (_EXAMPLE,), text)
    for page, widths in ((roster, _WIDTHS), (notes, (16, 60, *_WIDTHS[2:]))):
        for column, width in enumerate(widths):
            page.set_column(column, column, width, text)
    book.close()
    return result.getvalue()


def _write_rows(
    page: xlsxwriter.worksheet.Worksheet, top: int, rows: Sequence[Sequence[str]], style: object
) -> None:
    for number, row in enumerate(rows, top):
        page.write_row(number, 0, row, style)
