"""The workbook for scoring offline: a page of instructions, then one locked sheet for each dossier.

Each sheet is also the paper form: A4, one page wide, with a line for the signature. Formulas only tell what
is still missing; what counts is read again on upload.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

from xlsxwriter.utility import xl_col_to_name
from xlsxwriter.workbook import Workbook
from xlsxwriter.worksheet import Worksheet

from review_portal.domain.chinese_dates import time_text
from review_portal.domain.offline_sheet import GUARD, INTRO
from review_portal.exports.plain_text import clean, wrapped_lines
from review_portal.exports.score_workbook_content import ScoreWorkbook, level_names
from review_portal.exports.score_workbook_sheet import SheetPage
from review_portal.exports.score_workbook_styles import Styles
from review_portal.exports.workbook_formats import cell_text, open_workbook, set_up_print

_CHUNK = 20_000  # of the signed block in one cell, well under what a cell holds
_WIDTHS = (16, 44, 14, 14, 18)
_LINE = 16.0


def write(book: ScoreWorkbook) -> bytes:
    """The workbook as .xlsx bytes."""
    result = io.BytesIO()
    workbook = open_workbook(result)
    workbook.set_properties(
        {"title": f"{book.call} {book.round} 离线评分表", "created": book.made_at.replace(tzinfo=None)}
    )
    styles = Styles(workbook, book.rubric)
    names = sheet_names([sheet.number for sheet in book.sheets])
    intro = workbook.add_worksheet(INTRO)
    pages = [
        SheetPage(workbook.add_worksheet(name), book, sheet, styles)
        for name, sheet in zip(names, book.sheets, strict=True)
    ]
    lists = _guard_sheet(workbook, book)
    for page in pages:
        page.write(lists)
    _write_intro(intro, book, pages, styles)
    workbook.close()
    return result.getvalue()


def sheet_names(numbers: Sequence[str]) -> list[str]:
    """A worksheet's name for each dossier number: 31 characters at most, as Excel allows, no two alike."""
    taken = {INTRO.casefold(), GUARD.casefold(), "history"}  # Excel keeps the last for itself
    found = []
    for number in numbers:
        plain = re.sub(r"[\[\]:*?/\\']", " ", clean(number).replace("\n", " ")).strip() or "材料"
        tails = ("", *(f"-{place}" for place in range(2, len(numbers) + 5)))
        tries = (plain[: 31 - len(tail)] + tail for tail in tails)
        name = next(each for each in tries if each.casefold() not in taken)
        taken.add(name.casefold())
        found.append(name)
    return found


def _guard_sheet(workbook: Workbook, book: ScoreWorkbook) -> Mapping[tuple[str, ...], str]:
    """The hidden sheet; for each list of choices the range that holds it."""
    sheet = workbook.add_worksheet(GUARD)
    for row, start in enumerate(range(0, len(book.guard), _CHUNK)):
        sheet.write_string(row, 0, book.guard[start : start + _CHUNK])
    lists: dict[tuple[str, ...], str] = {}
    for choices in (*(level_names(item) for item in book.rubric.items), book.rubric.conclusions):
        if choices and choices not in lists:
            letter = xl_col_to_name(len(lists) + 2)
            sheet.write_column(0, len(lists) + 2, choices)
            lists[choices] = f"={GUARD}!${letter}$1:${letter}${len(choices)}"
    sheet.protect()
    sheet.very_hidden()
    return lists


def _write_intro(sheet: Worksheet, book: ScoreWorkbook, pages: Sequence[SheetPage], styles: Styles) -> None:
    """How to fill it in, until when, and how far one is."""
    for column, width in enumerate(_WIDTHS):
        sheet.set_column(column, column, width)
    last = len(_WIDTHS) - 1
    width = sum(_WIDTHS)
    sheet.merge_range(0, 0, 0, last, cell_text(book.call), styles.title)
    sheet.set_row(0, 26.0 * wrapped_lines(book.call, width // 2))
    sheet.merge_range(1, 0, 1, last, cell_text(f"{book.round}　离线评分表"), styles.subtitle)
    sheet.set_row(1, 24)
    row = 2
    for label, value in (
        ("专家代号", book.code),
        ("截止时间", book.until),
        ("下载时间", time_text(book.made_at)),
    ):
        sheet.write_string(row, 0, label, styles.label)
        sheet.merge_range(row, 1, row, last, cell_text(value), styles.value)
        sheet.set_row(row, 20)
        row += 1
    row = _write_guide(sheet, book, styles, row)
    _write_progress(sheet, book, pages, styles, row)
    sheet.protect("", {"format_rows": True, "format_columns": True})
    set_up_print(sheet, f"{book.call}　{book.round}", book.code, code_of="专家代号，")
    sheet.set_portrait()
    sheet.set_footer("&L&9专家代号 " + book.code.replace("&", "&&") + "&R&9第&P页 共&N页")
    sheet.activate()


def guide(book: ScoreWorkbook) -> tuple[str, ...]:
    """What to do, in the order in which it is done."""
    rules = book.rules
    names = "、".join(book.level_label(name) for name in rules.levels)
    full = {"item": "满分的", "criterion": "一级指标各项都是满分的"}.get(rules.full_marks, "")
    needed = [f"评为{names}的" if names else "", full]
    when = "、".join(part for part in needed if part)
    reason = f"{when}须写评分理由，不少于{rules.minimum}字。" if when else "评分理由可不写。"
    conclusion = "，并选择结论" if book.rubric.conclusions else ""
    return (
        "每份材料一张工作表，表名即材料编号。只填浅黄色的格，其余已锁定，没有密码。",
        "先从“档次”下拉框选档次（可不选），再填“得分”。选档次不会自动填分，只用来核对；两者不符时上传会指出。",
        f"得分填0至该项分值，按{book.rubric.step.normalize():f}分递进。不评的留空，空格不是0分。{reason}",
        f"每份写一句总体意见，{book.opinion_length}{conclusion}。右边“提示”一栏随填随显，不打印。",
        "填好后保存（Excel、WPS均可，格式为.xlsx），在“离线评分”页面上传。可以分几次填、分几次上传。",
        "上传后先显示与系统中现有内容的差别，由您确认后存为草稿；正式提交仍在各份评分表页面进行。",
        "请不要增删行列或改动隐藏的工作表。本文件只供您本人使用，请妥善保管。",
    )


def _write_guide(sheet: Worksheet, book: ScoreWorkbook, styles: Styles, row: int) -> int:
    sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, "怎么填", styles.section)
    sheet.set_row(row, 26)
    for place, text in enumerate(guide(book), 1):
        row += 1
        line = f"{place}. {text}"
        sheet.merge_range(row, 0, row, len(_WIDTHS) - 1, line, styles.paragraph)
        sheet.set_row(row, _LINE * wrapped_lines(line, sum(_WIDTHS) + 6) + 3)
    return row + 1


def _write_progress(
    sheet: Worksheet, book: ScoreWorkbook, pages: Sequence[SheetPage], styles: Styles, row: int
) -> None:
    whole = sum(not page.missing for page in pages)
    first, last = row + 2, row + 1 + len(pages)
    sheet.merge_range(row, 0, row, 3, "填写进度（随填随显）", styles.section)
    sheet.set_row(row, 26)
    sheet.write_formula(
        row,
        4,
        f'=COUNTIF(E{first + 1}:E{last + 1},"填写齐全")&"／{len(pages)}份齐全"',
        styles.right,
        f"{whole}／{len(pages)}份齐全",
    )
    sheet.write_row(row + 1, 0, ("材料编号", "申报单位", "已评项", "合计", "还缺"), styles.head)
    sheet.set_row(row + 1, 22)
    for line, page in enumerate(pages, first):
        name = page.sheet.get_name().replace("'", "''")
        sheet.write_url(line, 0, f"internal:'{name}'!A1", styles.link, cell_text(page.given.number))
        sheet.write_string(line, 1, cell_text(page.given.unit), styles.text)
        sheet.set_row(line, max(20.0, _LINE * wrapped_lines(page.given.unit, _WIDTHS[1] - 2) + 3))
        count = len(book.rubric.items)
        span = f"'{name}'!{page.points_range}"
        sheet.write_formula(
            line, 2, f'=COUNT({span})&"／{count}"', styles.centre, f"{len(page.given_points)}／{count}"
        )
        sheet.write_formula(line, 3, f'=IF(COUNT({span})=0,"",SUM({span}))', styles.points, page.total_value)
        sheet.write_formula(line, 4, f"='{name}'!{page.missing_cell}", styles.centre, page.missing_words)
    sheet.freeze_panes(2, 0)
