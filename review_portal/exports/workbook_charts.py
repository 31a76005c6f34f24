"""The ranking workbook's pictures: final scores as bars, and who earned what share of each criterion."""

from __future__ import annotations

from typing import Any

from xlsxwriter.workbook import Workbook

from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.plain_text import wrapped_lines
from review_portal.exports.workbook_formats import Page
from review_portal.exports.workbook_layout import FIRST, HEADS, Layout

MOST_CHARTED = 60  # more bars than these cannot be read on one page
_NAMED = 30  # up to so many bars carry the units' names, beyond only their numbers
_FONT = {"name": "宋体", "size": 9}
_WITHIN, _BEYOND = "#1F4E79", "#B4C3D3"
_SIZE = {"width": 1240, "height": 800}  # pixels that fill an A4 page across


def ranked_bars(page: Page, workbook: Workbook, layout: Layout) -> None:
    """Final scores from the first place down; those within the quota are dark."""
    report = layout.report
    shown = min(len(report.rows), MOST_CHARTED)
    last = 4 + shown - 1
    score = 5 + len(report.counting)
    within = sum(ranked.rank <= report.quota for ranked in report.rows[:shown])
    title = "最终得分" if shown == len(report.rows) else f"最终得分（前{shown}名）"
    chart = workbook.add_chart({"type": "bar"})
    names = 2 if shown <= _NAMED else 1
    edge = {"color": _WITHIN} if shown <= _NAMED else {"none": True}  # else thin bars are all edge
    points = [{"fill": {"color": _WITHIN if at < within else _BEYOND}, "border": edge} for at in range(shown)]
    chart.add_series(
        {
            "name": title,
            "categories": ["排名", 4, names, last, names],
            "values": ["排名", 4, score, last, score],
            "points": points,
            "gap": 40,
            "data_labels": {"value": True, "num_format": "0.00", "font": _FONT},
        }
    )
    most = max(sum(maximum for _name, maximum in scores.criteria) for scores in report.counting)
    dress(chart, title, ("申报单位", "最终得分（分）"), shown, float(most))
    said = f"深色为排名第{report.quota}名以内（拟遴选{report.quota_text}），浅色为其余单位。得分自0分起画。"
    alt = f"{title}条形图，自上而下按名次排列：" + "、".join(
        f"第{ranked.rank}名{ranked.unit.lead_unit}{ranked.final:.2f}分" for ranked in report.rows[:10]
    )
    put(page, chart, title, said, alt)


def put(page: Page, chart: Any, title: str, said: str, alt: str) -> None:
    """A sheet that is one picture, on one page, with words for who cannot see it."""
    page.sheet.fit_to_pages(1, 1)
    page.sheet.set_default_row(15)  # the picture's height is told in rows, which programs see differently
    page.widths([12] * 14)
    page.merged(0, 0, 13, title, "title", height=30)
    page.merged(1, 0, 13, said, "subtitle", height=16.0 * wrapped_lines(said, 150) + 6)
    page.sheet.insert_chart(2, 0, chart, {"description": alt, "object_position": 2})
    chart.set_size(_SIZE)


def dress(chart: Any, title: str, axes: tuple[str, str], bars: int, most: float) -> None:
    """Title, axis names and fonts of a bar chart that reads from the top down."""
    small = {**_FONT, "size": 9 if bars <= _NAMED else 7}
    chart.set_title({"name": title, "name_font": {**_FONT, "size": 12, "bold": True}, "overlay": False})
    chart.set_legend({"none": True})
    grid = {"visible": True, "line": {"color": "#D9D9D9", "width": 0.75}}
    scale = {"min": 0, "max": most, "num_format": "0", "major_gridlines": grid}
    chart.set_x_axis({"name": axes[1], "name_font": _FONT, "num_font": _FONT, **scale})
    named = {"name": axes[0], "name_font": _FONT, "num_font": small}
    chart.set_y_axis({**named, "reverse": True, "interval_unit": 1})


def heat_map(page: Page, layout: Layout) -> None:
    """Share of each criterion's points that a dossier earned, in the order of the ranking."""
    report = layout.report
    criteria = [
        (stage, scores.criteria[at], at)
        for stage, scores in enumerate(report.counting)
        for at in range(len(scores.criteria))
    ]
    last = 2 + len(criteria)
    page.merged(0, 0, last, "一级指标得分率", "title", height=30)
    said = "得分率＝全部有效专家的平均得分÷该指标满分。颜色越深得分率越高；各列满分不同，先后以“排名”表为准。"
    page.merged(1, 0, last, said, "subtitle", height=32)
    page.widths((6, 11, 36, *(16 for _ in criteria)))
    heads = [f"{report.counting[stage].title}\n{name}" for stage, (name, _maximum), _at in criteria]
    page.heads(HEADS, ("名次", "编号", "申报单位", *heads))
    page.sheet.set_row(HEADS, 14.0 * max(wrapped_lines(head, 14) for head in heads) + 6)
    for row, ranked in enumerate(report.rows, start=FIRST - 1):
        page.count(row, 0, ranked.rank)
        page.text(row, 1, ranked.unit.number)
        page.text(row, 2, ranked.unit.lead_unit)
        for column, (stage, (_name, maximum), at) in enumerate(criteria, start=3):
            found = layout.standing(stage, ranked.unit.number)
            means = found[0].scores.dossiers[found[1]].criterion_means if found else ()
            if not found or not means or means[at] is None:
                page.points(row, column, None)
                continue
            there = formulas.ref(found[0].means, f"{formulas.letter(2 + at)}{FIRST + found[1]}")
            mean = means[at]
            assert mean is not None
            page.formula(row, column, f"{there}/{maximum.normalize():f}", float(mean / maximum), "share")
    end = FIRST - 2 + len(report.rows)
    page.sheet.conditional_format(
        FIRST - 1, 3, end, last,
        {"type": "2_color_scale", "min_color": "#FFFFFF", "max_color": "#7FA6CC"},
    )  # fmt: skip
    page.sheet.freeze_panes(HEADS + 1, 3)
