"""The workbook's sheet of reconciliation: cases by round, those outside of the rules in a table of their own.

Who took part in a discussion stands in the minutes alone: no expert's name may stand in the workbook.
"""

from __future__ import annotations

from collections.abc import Sequence

from review_portal.exports.case_minutes import CASE_HEADS, SECTIONS, VOID_HEADS, CaseMinutes
from review_portal.exports.workbook_formats import Page

_LAST = len(CASE_HEADS) - 1


def write(page: Page, rounds: Sequence[CaseMinutes]) -> None:
    """One block a round; a table without rows is left out."""
    page.widths((26, 8, 30, 34, 9, 9, 34, 18))
    row = 0
    for found in rounds:
        page.merged(row, 0, _LAST, f"{found.stage}复议", "title", height=30)
        row += 1
        for head, heads, lines in (
            (SECTIONS[1], CASE_HEADS, found.within),
            (SECTIONS[2], CASE_HEADS, found.outside),
            (SECTIONS[5], VOID_HEADS, found.voids),
        ):
            if lines:
                row = _table(page, row, head.partition("、")[2], heads, lines)


def _table(page: Page, row: int, head: str, heads: Sequence[str], lines: Sequence[Sequence[str]]) -> int:
    page.merged(row, 0, _LAST, head, "paragraph", height=20)
    page.heads(row + 1, heads)
    for at, line in enumerate(lines, start=row + 2):
        for column, text in enumerate(line):
            page.text(at, column, text)
    return row + len(lines) + 3
