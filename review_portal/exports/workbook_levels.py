"""The workbook's sheet of levelled totals: each expert's parameters, then every total as it counts."""

from __future__ import annotations

from decimal import Decimal

from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.figures import Counting
from review_portal.exports.workbook_formats import Page
from review_portal.exports.workbook_layout import FIRST, HEADS, RoundPlace

_SAID = {
    "severity": (
        "校准后总分＝总分－该专家的宽严度。宽严度由本轮全部评分一起按最小二乘求得，不是一个单元格的公式能算的，"
        "所以作为参数列出；其余由公式计算。"
    ),
    "z_score": (
        "校准后总分＝总分×换算系数＋换算常数。系数和常数由各专家评分的平均和离散程度求得，作为参数列出；"
        "其余由公式计算。"
    ),
}


def levels(page: Page, placed: RoundPlace) -> None:
    """Dossiers down, expert codes across, parameters above; formulas over the summary's totals."""
    scores = placed.scores
    counting = scores.counting
    assert counting is not None, "a round with this sheet has its counting"
    last = max(1 + len(scores.experts), 5)
    page.merged(0, 0, last, f"{scores.title}评分校准", "title", height=30)
    page.widths((11, 36, *(9 for _ in scores.experts)))
    page.merged(1, 0, last, _SAID[counting.normalize], "subtitle", height=34)
    page.heads(HEADS, ("编号", "申报单位", *scores.experts))
    _parameters(page, placed, counting)
    for at in range(len(scores.dossiers)):
        _row(page, placed, counting, at)
    page.sheet.freeze_panes(HEADS + 1 + placed.parameters, 2)


def _parameters(page: Page, placed: RoundPlace, counting: Counting) -> None:
    names = ("宽严度（正数为偏宽）",) if counting.normalize == "severity" else ("换算系数", "换算常数")
    for step, name in enumerate(names):
        row = HEADS + 1 + step
        page.merged(row, 0, 1, name, "label")
        for column, (factor, shift) in enumerate(counting.lines, start=2):
            value = -shift if counting.normalize == "severity" else (factor, shift)[step]
            page.figure(row, column, value + 0.0, "line")  # no -0


def _row(page: Page, placed: RoundPlace, counting: Counting, at: int) -> None:
    dossier = placed.scores.dossiers[at]
    row = FIRST - 1 + placed.parameters + at
    page.text(row, 0, dossier.unit.number)
    page.text(row, 1, dossier.unit.lead_unit)
    for column, (cell, line) in enumerate(zip(dossier.totals, counting.lines, strict=True), start=2):
        if not isinstance(cell, Decimal) or not dossier.counted:
            page.points(row, column, None if isinstance(cell, Decimal) else cell)
            continue
        own = formulas.letter(column)
        there = formulas.ref(placed.summary, f"{formulas.letter(column + 1)}{FIRST + at}")
        first = HEADS + 2
        given = f"{there}-{own}${first}"
        if counting.normalize == "z_score":
            given = f"{there}*{own}${first}+{own}${first + 1}"
        page.formula(row, column, f"IF(ISNUMBER({there}),{given},{there})", float(cell) * line[0] + line[1])
