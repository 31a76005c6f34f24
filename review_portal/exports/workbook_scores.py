"""The workbook's sheets of the rounds: summary by expert code, criterion means, items with comments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from decimal import Decimal

from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.figures import Absence, Counting, DossierScores
from review_portal.exports.plain_text import digest_groups
from review_portal.exports.ranking_report import Admission
from review_portal.exports.workbook_formats import Page
from review_portal.exports.workbook_layout import FIRST, HEADS, RoundPlace, Span

_SUMMARY_FIGURES = ("有效份数", "最高", "最低", "算术平均", "去最高最低", "极差", "本轮得分", "备注")


def summary(page: Page, placed: RoundPlace) -> None:
    """Dossiers down, expert codes across, then the figures; recusals are words, gaps "—".

    Totals and figures are formulas over the items, with the frozen numbers as their values.
    """
    scores = placed.scores
    heads = ("编号", "申报单位", "推荐单位", *scores.experts, *_SUMMARY_FIGURES)
    last = len(heads) - 1
    page.merged(0, 0, last, f"{scores.title}评分汇总表", "title", height=30)
    said = "各列为专家代号；「回避」和「—」（未评）不计分，不是0分。「本轮得分」按冻结规则计算。"
    _said_and_checked(page, placed, said, last)
    page.widths((11, 32, 12, *(7.5 for _ in scores.experts), 8, 8, 8, 9, 10, 8, 9, 32))
    page.heads(HEADS, heads)
    page.sheet.set_row(HEADS, 32)
    for at, dossier in enumerate(scores.dossiers):
        _summary_row(page, placed, at, dossier)
    page.sheet.freeze_panes(HEADS + 1, 2)
    _filter(page, HEADS, len(scores.dossiers), last)
    if placed.live:
        page.sheet.ignore_errors(
            {"formula_differs": f"D{FIRST}:{formulas.letter(last)}{FIRST + len(scores.dossiers)}"}
        )


def _said_and_checked(page: Page, placed: RoundPlace, said: str, last: int) -> None:
    """The line below the title: what the sheet says, and whether its formulas still agree."""
    if not placed.checks:
        page.merged(1, 0, last, said, "subtitle")
        return
    page.merged(1, 0, last - 2, said, "subtitle", height=32)
    page.verdict(1, last - 1, last, formulas.ref(placed.checks, "$C$2"), formulas.HOLDS)


def _summary_row(page: Page, placed: RoundPlace, at: int, dossier: DossierScores) -> None:
    unit, row = dossier.unit, FIRST - 1 + at
    for column, text in enumerate((unit.number, unit.lead_unit, unit.recommender)):
        page.text(row, column, text)
    for column, (expert, cell) in enumerate(zip(placed.scores.experts, dossier.totals, strict=True), start=3):
        span = placed.spans.get((at, expert))
        if placed.live and span is not None and isinstance(cell, Decimal):
            page.formula(row, column, _total(span), cell)
        else:
            page.points(row, column, cell)
    column = placed.count_column
    figures = (dossier.highest, dossier.lowest, dossier.mean, dossier.trimmed, dossier.spread, dossier.score)
    if placed.live and dossier.valid_sheets:
        styles = ("count", "points", "points", "points", "points", "points", "key_points")
        values = (dossier.valid_sheets, *figures)
        for formula, value, style in zip(_figures(placed, row + 1), values, styles, strict=True):
            page.formula(row, column, formula, value, style)
            column += 1
    else:
        page.count(row, column, dossier.valid_sheets)
        for figure, style in zip(figures, (*("points",) * 5, "key_points"), strict=True):
            column += 1
            page.points(row, column, figure, style)
        column += 1
    page.text(row, column, dossier.note)


def _total(span: Span) -> str:
    points = formulas.ref(span.page, f"H{span.first}:H{span.last}")
    return formulas.total(points, span.last - span.first + 1)


def _figures(placed: RoundPlace, row: int) -> Iterator[str]:
    """有效份数, 最高, 最低, 算术平均, 去最高最低, 极差, 本轮得分 of a row (from 1)."""
    counting = placed.scores.counting
    assert counting is not None, "only a round with its counting is live"
    totals = formulas.area(3, placed.count_column - 1, row)
    count, highest, lowest, mean, trimmed = (
        f"{formulas.letter(placed.count_column + step)}{row}" for step in range(5)
    )
    yield f"COUNT({totals})"
    yield f"MAX({totals})"
    yield f"MIN({totals})"
    yield formulas.mean(totals, count, counting.places)
    enough = f"{formulas.ref(placed.checks, f'$C${placed.fewest_row}')}>={counting.min_reviews}"
    rest = formulas.trimmed(totals, highest, lowest, count, counting.places)
    yield f"IF({enough},{rest},{formulas.DASH if counting.refuse else mean})"
    yield f"ROUND({highest}-{lowest},2)"
    yield _score(placed, counting, row, (totals, count, mean, trimmed, enough))


def _score(placed: RoundPlace, counting: Counting, row: int, cells: tuple[str, str, str, str, str]) -> str:
    totals, count, mean, trimmed, enough = cells
    if placed.levels:
        own = formulas.area(2, 1 + len(placed.scores.experts), row + placed.parameters)
        return formulas.levelled(formulas.ref(placed.levels, own), count, counting, enough)
    if counting.combine == "median":
        return formulas.median(totals, counting.places)
    return trimmed if counting.combine == "drop_high_low" else mean


def admissions(page: Page, lists: Sequence[Admission]) -> None:
    """Each panel's list of those who went on, one under the other and never in one order."""
    heads = ("组内名次", "编号", "申报单位", "推荐单位", "组内得分", "结论")
    last = len(heads) - 1
    page.merged(0, 0, last, "分组入围", "title", height=30)
    page.merged(1, 0, last, "各组专家和材料不同，得分和名次只在本组内比较，不跨组排列。", "subtitle")
    page.widths((10, 11, 36, 16, 10, 16))
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


def criterion_means(page: Page, placed: RoundPlace) -> None:
    """Plain means of each criterion over all valid experts, the figures that ties are decided by."""
    scores = placed.scores
    heads = (
        "编号",
        "申报单位",
        *(f"{name}（{maximum.normalize():f}分）" for name, maximum in scores.criteria),
        "有效份数",
    )
    last = len(heads) - 1
    page.merged(0, 0, last, f"{scores.title}一级指标得分", "title", height=30)
    _said_and_checked(page, placed, "全部有效专家的算术平均，保留两位小数，四舍五入。", last)
    page.widths((11, 36, *(20 for _ in scores.criteria), 12))
    page.heads(HEADS, heads)
    page.sheet.set_row(HEADS, 32)
    parts = _criterion_parts(placed)
    for at, dossier in enumerate(scores.dossiers):
        _criterion_row(page, placed, at, dossier, parts)
    page.sheet.freeze_panes(HEADS + 1, 2)
    _filter(page, HEADS, len(scores.dossiers), last)


def _criterion_row(
    page: Page,
    placed: RoundPlace,
    at: int,
    dossier: DossierScores,
    parts: Sequence[Sequence[tuple[int, int]]],
) -> None:
    row, last = FIRST - 1 + at, 2 + len(parts)
    page.text(row, 0, dossier.unit.number)
    page.text(row, 1, dossier.unit.lead_unit)
    means = dossier.criterion_means or (None,) * len(parts)
    spans = _counted_spans(placed, at, dossier)
    if not spans or not dossier.criterion_means or placed.scores.counting is None:
        for column, mean in enumerate(means, start=2):
            page.points(row, column, mean)
        page.count(row, last, dossier.valid_sheets)
        return
    count, places = f"{formulas.letter(last)}{row + 1}", placed.scores.counting.places
    for column, (mean, runs) in enumerate(zip(means, parts, strict=True), start=2):
        cells = ",".join(
            formulas.ref(span.page, f"H{span.first + first}:H{span.first + end}")
            for span in spans
            for first, end in runs
        )
        page.formula(row, column, formulas.mean(cells, count, places), mean)
    there = formulas.ref(placed.summary, f"{formulas.letter(placed.count_column)}{row + 1}")
    page.formula(row, last, there, dossier.valid_sheets, "count")


def _counted_spans(placed: RoundPlace, at: int, dossier: DossierScores) -> list[Span]:
    """The items of the sheets that count; none where one of them cannot be pointed at."""
    counted = [
        placed.spans.get((at, expert))
        for expert, cell in zip(placed.scores.experts, dossier.totals, strict=True)
        if isinstance(cell, Decimal)
    ]
    known = [span for span in counted if span is not None]
    return known if dossier.counted and len(known) == len(counted) else []


def _criterion_parts(placed: RoundPlace) -> list[list[tuple[int, int]]]:
    """Of each criterion where its items stand in a sheet, as runs (first, last) from 0."""
    found: dict[str, list[tuple[int, int]]] = {}
    for at, item in enumerate(placed.scores.items):
        runs = found.setdefault(item.criterion, [])
        if runs and runs[-1][1] == at - 1:
            runs[-1] = (runs[-1][0], at)
        else:
            runs.append((at, at))
    return list(found.values())


def whole_sheet(cell: Decimal | Absence, span: Span | None) -> str:
    """The formula of a sheet's total on its last line; empty where there is none."""
    return _total(span) if span is not None and isinstance(cell, Decimal) else ""


def _filter(page: Page, head: int, rows: int, last: int) -> None:
    if rows > 0:
        page.sheet.autofilter(head, 0, head + rows, last)
