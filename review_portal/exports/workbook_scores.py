"""The workbook's sheets of the rounds: summary by expert code, criterion means, items with comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TypeAlias

from review_portal.exports.figures import Absence, DossierScores, Item, RoundScores, ScoreCell
from review_portal.exports.plain_text import digest_groups
from review_portal.exports.ranking_report import Admission
from review_portal.exports.workbook_formats import Page

_SUMMARY_FIGURES = ("有效份数", "最高", "最低", "算术平均", "去最高最低", "极差", "本轮得分", "备注")
_ITEM_HEADS = ("轮次", "编号", "申报单位", "专家代号", "一级指标", "二级指标", "分值", "得分", "评分理由")
WHOLE_SHEET = "整份评分表"


def summary(page: Page, scores: RoundScores) -> None:
    """Dossiers down, expert codes across, then the figures; recusals are words, gaps "—"."""
    heads = ("编号", "申报单位", "推荐单位", *scores.experts, *_SUMMARY_FIGURES)
    last = len(heads) - 1
    page.merged(0, 0, last, f"{scores.title}评分汇总表", "title", height=30)
    page.merged(
        1,
        0,
        last,
        "各列为专家代号；「回避」和「—」（未评）不计分，不是0分。「本轮得分」按冻结规则计算。",
        "subtitle",
    )
    page.widths((10, 32, 12, *(7.5 for _ in scores.experts), 8, 8, 8, 9, 10, 8, 9, 28))
    page.heads(2, heads)
    for row, dossier in enumerate(scores.dossiers, start=3):
        _summary_row(page, row, dossier, len(scores.experts))
    page.sheet.set_row(2, 32)
    page.sheet.freeze_panes(3, 2)
    _filter(page, 2, len(scores.dossiers), last)


def _summary_row(page: Page, row: int, dossier: DossierScores, experts: int) -> None:
    unit = dossier.unit
    for column, text in enumerate((unit.number, unit.lead_unit, unit.recommender)):
        page.text(row, column, text)
    for column, cell in enumerate(dossier.totals, start=3):
        page.points(row, column, cell)
    at = 3 + experts
    page.count(row, at, dossier.valid_sheets)
    figures = (dossier.highest, dossier.lowest, dossier.mean, dossier.trimmed, dossier.spread)
    for column, figure in enumerate(figures, start=at + 1):
        page.points(row, column, figure)
    page.points(row, at + 6, dossier.score, "key_points")
    page.text(row, at + 7, dossier.note)


def admissions(page: Page, lists: Sequence[Admission]) -> None:
    """Each panel's list of those who went on, one under the other and never in one order."""
    heads = ("组内名次", "编号", "申报单位", "推荐单位", "组内得分", "结论")
    last = len(heads) - 1
    page.merged(0, 0, last, "分组入围", "title", height=30)
    page.merged(1, 0, last, "各组专家和材料不同，得分和名次只在本组内比较，不跨组排列。", "subtitle")
    page.widths((10, 10, 36, 16, 10, 16))
    row = 2
    for found in lists:
        note = f"{found.title}：入围不超过{found.places}家，最低{found.threshold.normalize():f}分"
        page.merged(row, 0, last, note, "section", height=24)
        page.heads(row + 1, heads)
        for at, line in enumerate(found.rows, start=row + 2):
            if line.rank is None:
                page.points(at, 0, None)
            else:
                page.count(at, 0, line.rank)
            for column, text in enumerate((line.unit.number, line.unit.lead_unit, line.unit.recommender), 1):
                page.text(at, column, text)
            page.points(at, 4, line.score)
            page.text(at, 5, line.status, "word")
        row += 2 + len(found.rows)
        page.merged(row, 0, last, f"入围名单校验码　{digest_groups(found.digest)}", "paragraph")
        row += 2


def criterion_means(page: Page, scores: RoundScores) -> None:
    """Plain means of each criterion over all valid experts, the figures that ties are decided by."""
    heads = (
        "编号",
        "申报单位",
        *(f"{name}（{maximum.normalize():f}分）" for name, maximum in scores.criteria),
        "有效份数",
    )
    last = len(heads) - 1
    page.merged(0, 0, last, f"{scores.title}一级指标得分", "title", height=30)
    page.merged(1, 0, last, "全部有效专家的算术平均，保留两位小数，四舍五入。", "subtitle")
    page.widths((10, 36, *(20 for _ in scores.criteria), 10))
    page.heads(2, heads)
    for row, dossier in enumerate(scores.dossiers, start=3):
        page.text(row, 0, dossier.unit.number)
        page.text(row, 1, dossier.unit.lead_unit)
        means = dossier.criterion_means or (None,) * len(scores.criteria)
        for column, mean in enumerate(means, start=2):
            page.points(row, column, mean)
        page.count(row, last, dossier.valid_sheets)
    page.sheet.set_row(2, 32)
    page.sheet.freeze_panes(3, 2)
    _filter(page, 2, len(scores.dossiers), last)


def items(page: Page, rounds: Sequence[RoundScores]) -> None:
    """Every round x dossier x expert code x item with points and comment, then the sheet's opinion."""
    last = len(_ITEM_HEADS) - 1
    page.merged(0, 0, last, "逐项得分", "title", height=30)
    page.widths((10, 10, 28, 9, 20, 26, 7, 8, 46))
    page.heads(1, _ITEM_HEADS)
    row = 2
    for scores in rounds:
        by_code = {item.code: item for item in scores.items}
        for dossier in scores.dossiers:
            for line in _lines(scores, dossier, by_code):
                _item_row(page, row, (scores.title, dossier.unit.number, dossier.unit.lead_unit), line)
                row += 1
    page.sheet.freeze_panes(2, 4)
    _filter(page, 1, row - 2, last)


_Line: TypeAlias = tuple[str, Item | None, ScoreCell, str]


def _lines(scores: RoundScores, dossier: DossierScores, by_code: dict[str, Item]) -> Iterator[_Line]:
    """(expert code, item or None for the whole sheet, points or absence, comment), by expert code."""
    sheets = {sheet.expert: sheet for sheet in dossier.sheets}
    for expert, total in zip(scores.experts, dossier.totals, strict=True):
        sheet = sheets.get(expert)
        if sheet is not None:
            for given in sheet.points:
                yield expert, by_code[given.item], given.points, given.comment
        opinion = "；".join(part for part in (sheet.conclusion, sheet.opinion) if part) if sheet else ""
        if isinstance(total, Absence) or opinion:
            yield expert, None, total, opinion


def _item_row(page: Page, row: int, head: tuple[str, str, str], line: _Line) -> None:
    expert, item, points, comment = line
    for column, text in enumerate(head):
        page.text(row, column, text)
    page.text(row, 3, expert, "word")
    page.text(row, 4, item.criterion if item else WHOLE_SHEET)
    page.text(row, 5, f"{item.code} {item.name}" if item else "总体意见")
    page.points(row, 6, item.max_score if item else None)
    page.points(row, 7, points)
    page.text(row, 8, comment)


def _filter(page: Page, head: int, rows: int, last: int) -> None:
    if rows > 0:
        page.sheet.autofilter(head, 0, head + rows, last)
