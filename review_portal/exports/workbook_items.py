"""The workbook's longest sheet: every round x dossier x expert code x item with points and comment.

Hundreds of thousands of rows where a call is very large: what repeats is made safe and measured once.
"""

from __future__ import annotations

from decimal import Decimal

from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.figures import DossierScores, ExpertSheet, Item, RoundScores, ScoreCell
from review_portal.exports.plain_text import MISSING, wrapped_lines
from review_portal.exports.workbook_formats import Page, cell_text
from review_portal.exports.workbook_layout import ItemPage, Layout, RoundPlace, sheets_of
from review_portal.exports.workbook_scores import whole_sheet

WHOLE_SHEET = "整份评分表"
_HEADS = ("轮次", "编号", "申报单位", "专家代号", "一级指标", "二级指标", "分值", "得分", "评分理由")
_WIDTHS = (14, 11, 30, 9, 20, 28, 7, 8, 46)


def write(page: Page, layout: Layout, part: ItemPage, verdict: str) -> None:
    """One page of items. verdict: the cell that says whether all formulas agree, empty without formulas."""
    last = len(_HEADS) - 1
    page.merged(0, 0, last - 1 if verdict else last, part.name, "title", height=30)
    if verdict:
        page.verdict(0, last, last, verdict, formulas.HOLDS)
    page.widths(_WIDTHS)
    page.heads(1, _HEADS)
    row = 2
    for number, begin, end in part.parts:
        row = _Rows(page, layout.rounds[number]).write(row, begin, end)
    page.sheet.freeze_panes(2, 4)
    if row > 2:
        page.sheet.autofilter(1, 0, row - 1, last)
        page.sheet.ignore_errors({"number_stored_as_text": f"A3:D{row}"})


class _Rows:
    """Writes the rows of one round."""

    def __init__(self, page: Page, placed: RoundPlace) -> None:
        self._page, self._placed = page, placed
        self._text = page.formats.get("text")
        self._word = page.formats.get("word")
        self._points = page.formats.get("points")
        self._title = cell_text(placed.scores.title)
        self._items = {item.code: _item(item) for item in placed.scores.items}

    def write(self, row: int, begin: int, end: int) -> int:
        """Dossiers begin..end - 1 from `row` on; returns the row after them."""
        scores: RoundScores = self._placed.scores
        title_lines = wrapped_lines(self._title, _WIDTHS[0])
        for at in range(begin, end):
            dossier = scores.dossiers[at]
            unit = cell_text(dossier.unit.lead_unit)
            head = (self._title, cell_text(dossier.unit.number), unit)
            lines = max(title_lines, wrapped_lines(unit, _WIDTHS[2]))
            row = self._dossier(row, at, dossier, head, lines)
        return row

    def _dossier(
        self, row: int, at: int, dossier: DossierScores, head: tuple[str, str, str], lines: int
    ) -> int:
        cells = dict(zip(self._placed.scores.experts, dossier.totals, strict=True))
        for expert, sheet, whole in sheets_of(self._placed.scores, dossier):
            row = self._sheet(row, head, expert, sheet, lines)
            if whole:
                self._whole(row, at, (*head, expert), sheet, cells[expert], lines)
                row += 1
        return row

    def _sheet(
        self, row: int, head: tuple[str, str, str], expert: str, sheet: ExpertSheet, least: int
    ) -> int:
        page, text, items = self._page.sheet, self._text, self._items
        points_look = self._points
        string, number, blank = page.write_string, page.write_number, page.write_blank
        title, code, unit = head
        for given in sheet.points:
            criterion, label, maximum, lines = items[given.item]
            string(row, 0, title, text)
            string(row, 1, code, text)
            string(row, 2, unit, text)
            string(row, 3, expert, self._word)
            string(row, 4, criterion, text)
            string(row, 5, label, text)
            number(row, 6, maximum, points_look)
            number(row, 7, float(given.points), points_look)
            comment = given.comment
            if comment:
                string(row, 8, cell_text(comment), text)
                lines = max(lines, least, wrapped_lines(comment, _WIDTHS[8]))
            else:
                blank(row, 8, None, text)
                lines = max(lines, least)
            if lines > 1:
                self._page.raise_row(row, lines)
            row += 1
        return row

    def _whole(
        self,
        row: int,
        at: int,
        head: tuple[str, str, str, str],
        sheet: ExpertSheet,
        cell: ScoreCell,
        least: int,
    ) -> None:
        page = self._page
        for column, text in enumerate(head):
            page.text(row, column, text, "text" if column < 3 else "word")
        page.text(row, 4, WHOLE_SHEET)
        page.text(row, 5, "总体意见")
        page.text(row, 6, MISSING, "word")
        formula = whole_sheet(cell, self._placed.spans.get((at, head[3]))) if self._placed.live else ""
        if formula and isinstance(cell, Decimal):
            page.formula(row, 7, formula, cell)
        else:
            page.points(row, 7, cell)
        said = "；".join(part for part in (sheet.conclusion, sheet.opinion) if part)
        page.text(row, 8, said)
        page.raise_row(row, max(least, wrapped_lines(said, _WIDTHS[8])))


def _item(item: Item) -> tuple[str, str, float, int]:
    """Criterion, label, maximum and how many lines they take."""
    label = cell_text(f"{item.code} {item.name}")
    lines = max(wrapped_lines(item.criterion, _WIDTHS[4]), wrapped_lines(label, _WIDTHS[5]))
    return cell_text(item.criterion), label, float(item.max_score), lines
