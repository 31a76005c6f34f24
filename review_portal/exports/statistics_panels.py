"""The statistician's sheet on groups: ranks within each, and what its dossiers have in common."""

from __future__ import annotations

import math
from collections.abc import Mapping

from review_portal.aggregator.calibrated_columns import group_columns
from review_portal.aggregator.exact import decimals
from review_portal.aggregator.panels import Panel
from review_portal.aggregator.uncertainty import RankUncertainty
from review_portal.domain.wording import ABSENT_NAMES, REFERENCE_ONLY, RULE_NAMES
from review_portal.exports.plain_text import MISSING
from review_portal.exports.statistics_report import Grouped, StatisticsReport
from review_portal.exports.statistics_scores import STANDINGS
from review_portal.exports.statistics_tables import Cell, Column, rows, table
from review_portal.exports.workbook_formats import Page

_HEADS = (
    ("组别", 14, "text"), ("组内名次", 9, "key_count"), ("材料", 16, "text"), ("评分份数", 9, "count"),
    ("得分", 10, "key_points"), ("状态", 11, "word"), ("校准得分", 10, "aside_points"),
    ("组内名次范围\n最好", 12, "aside_count"), ("组内名次范围\n最差", 12, "aside_count"),
)  # fmt: skip


def within_groups(page: Page, report: StatisticsReport, found: Grouped) -> None:
    """Every group's ranking by the deciding rule, then one line a group."""
    lines = [
        line
        for panel, ranks in zip(found.ranking.panels, found.ranks, strict=True)
        for line in (*_lines(report, found, panel, ranks), *_apart(panel))
    ]
    lines += [
        (MISSING, MISSING, entry.dossier, 0, MISSING, str(ABSENT_NAMES[entry.code]), *[MISSING] * 4)
        for entry in found.ranking.absent
    ]
    heads = [*_HEADS, *([("名额内\n的可能性", 10, "percent")] if found.places else [])]
    columns = [
        Column(head, [line[at] for line in lines], width, style)
        for at, (head, width, style) in enumerate(heads)
    ]
    said = f"每组按“{RULE_NAMES[report.rule]}”单独排名，各组之间不比较。灰色各列{REFERENCE_ONLY}。"
    after = table(page, "各组的名次", said, columns, frozen=3)
    page.merged(after + 1, 0, 5, "各组概况", "section", height=24)
    rows(page, after + 2, _summary(report, found))


def _lines(
    report: StatisticsReport, found: Grouped, panel: Panel, ranks: RankUncertainty | None
) -> list[tuple[Cell, ...]]:
    """Line by line, best first."""
    ranking, scores = panel.ranking, _calibrated(report)
    result = ranking.stages[0].result
    count = dict(zip(result.dossiers, result.n.tolist(), strict=True))
    final = decimals(ranking.final)
    places = zip(ranking.order.tolist(), ranking.position.tolist(), ranking.standings(), strict=True)
    lines: list[tuple[Cell, ...]] = []
    for at, above, standing in places:
        name = ranking.dossiers[at]
        state = STANDINGS[standing] if found.places else ""
        known = (name, count[name], float(final[at]), state, scores.get(name, math.nan))
        lines.append((panel.group, above + 1, *known, *_range(ranks, at)))
    return lines


def _range(ranks: RankUncertainty | None, at: int) -> tuple[Cell, Cell, Cell]:
    """Best and worst rank, and the chance of a place."""
    if ranks is None:
        return MISSING, MISSING, MISSING
    low, high = ranks.rank_low[at].item(), ranks.rank_high[at].item()
    return math.floor(low), math.ceil(high), ranks.chance[at].item()


def _apart(panel: Panel) -> list[tuple[Cell, ...]]:
    """Those of a group that are listed without a rank."""
    return [
        (panel.group, MISSING, entry.dossier, 0, MISSING, str(ABSENT_NAMES[entry.code]), *[MISSING] * 4)
        for entry in panel.ranking.absent
    ]


def _calibrated(report: StatisticsReport) -> Mapping[str, float]:
    if report.calibrated is None:
        return {}
    return dict(zip(report.ratings.dossiers, report.calibrated.fit.calibrated.tolist(), strict=True))


def _summary(report: StatisticsReport, found: Grouped) -> list[Column]:
    """One line a group: its size, its places, the mean of its scores and its effect."""
    panels = found.ranking.panels
    columns = [
        Column("组别", [panel.group for panel in panels], 14, "text"),
        Column("材料数", [len(panel.ranking.dossiers) for panel in panels], 9, "count"),
        Column("平均得分", [float(panel.ranking.final.mean()) / 100 for panel in panels], 16),
    ]
    fit = None if report.calibrated is None else report.calibrated.fit
    if fit is not None and fit.reviews.group is not None:
        known = group_columns(fit)
        place = [found.names.index(panel.group) for panel in panels]
        columns += [
            Column(head, [known[key][at].item() for at in place], width, "aside_points")
            for head, key, width in (("组间差异", "blup", 9), ("标准差", "post_sd", 10))
        ]
    if found.places:
        columns.append(Column("名额", [panel.ranking.quota for panel in panels], 11, "count"))
    return columns
