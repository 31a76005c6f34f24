"""The statistician's sheets on scores: ranking by every rule, calibrated scores, experts, variances."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import astuple

from xlsxwriter.chart import Chart
from xlsxwriter.workbook import Workbook

from review_portal.aggregator.calibrated_columns import best_first, dossier_columns, expert_columns
from review_portal.aggregator.exact import decimals
from review_portal.aggregator.generalizability import TARGET, Generalizability
from review_portal.aggregator.mixed_model import MixedFit
from review_portal.aggregator.ranking import Ranking
from review_portal.aggregator.uncertainty import open_pairs_of_few
from review_portal.domain.wording import ABSENT_NAMES, REFERENCE_ONLY, RULE_NAMES
from review_portal.exports.plain_text import MISSING
from review_portal.exports.statistics_report import Calibrated, StatisticsReport
from review_portal.exports.statistics_tables import (
    MOST_CHARTED,
    Column,
    half_width,
    interval_chart,
    line_chart,
    rows,
    table,
)
from review_portal.exports.workbook_formats import Page

STANDINGS = {"within": "名额内", "undecided": "并列待定", "beyond": ""}
_MOST_STUDIED = 15  # experts a dossier in the decision study, unless more are needed
_STUDY_LIMIT = 60


def ranking(page: Page, report: StatisticsReport) -> None:
    """Dossiers by the deciding rule, every other rule's score and rank beside it."""
    deciding = report.comparison.ranking
    names = list(deciding.rank_of())
    result = deciding.stages[0].result
    place = {dossier: at for at, dossier in enumerate(result.dossiers)}
    count = result.n.tolist()
    apart = [(entry.dossier, str(ABSENT_NAMES[entry.code])) for entry in deciding.absent]
    blank = [MISSING] * len(apart)
    columns = [
        Column("名次", [*deciding.rank_of().values(), *blank], 7, "key_count"),
        Column("材料", [*names, *(dossier for dossier, _ in apart)], 16, "text"),
        Column("评分份数", [*(count[place[name]] for name in names), *(0 for _ in apart)], 9, "count"),
    ]
    for rule, other in report.rankings:
        columns += _rule_columns(str(RULE_NAMES[rule]), other, names, len(apart), own=other is deciding)
    standings = [STANDINGS[standing] for standing in deciding.standings()] if report.quota is not None else []
    states = [*(standings or [""] * len(names)), *(reason for _, reason in apart)]
    columns.append(Column("状态", states, 11, "word"))
    quota = "" if report.quota is None else f"名额{report.quota}个。"
    said = (
        f"按“{RULE_NAMES[report.rule]}”排列，得分保留两位小数，四舍五入。{quota}"
        f"灰色各列为其他算法，{REFERENCE_ONLY}。"
    )
    table(page, "各种算法的得分和名次", said, columns, frozen=2)


def _rule_columns(
    name: str, ranking: Ranking | None, names: list[str], apart: int, *, own: bool
) -> list[Column]:
    """Score and rank by one rule; dashes where it cannot be applied."""
    blank: list[str] = [MISSING] * apart
    scores: list[float] | list[str]
    ranks: list[int] | list[str]
    if ranking is None:
        scores, ranks = [MISSING] * len(names), [MISSING] * len(names)
    else:
        of = dict(zip(ranking.dossiers, map(float, decimals(ranking.final)), strict=True))
        rank = ranking.rank_of()
        scores, ranks = [of[name] for name in names], [rank[name] for name in names]
    score = Column(f"{name}\n得分", [*scores, *blank], 12, "key_points" if own else "aside_points")
    if own:
        return [score]
    return [score, Column(f"{name}\n名次", [*ranks, *blank], 10, "aside_count")]


def calibrated(page: Page, workbook: Workbook, report: StatisticsReport, found: Calibrated) -> Chart:
    """Dossiers by calibrated score with what is known of their ranks; a chart of the best ones."""
    own = dossier_columns(found.fit, found.ranks, chances=report.quota is not None)
    order = best_first(own["calibrated"]).tolist()
    cells = {key: [column[at].item() for at in order] for key, column in own.items()}
    columns = [
        Column("序", list(range(1, len(order) + 1)), 6, "count"),
        Column("材料", [report.ratings.dossiers[at] for at in order], 16, "text"),
        Column("评分份数", cells["n_reviews"], 9, "count"),
        Column("校准得分", cells["calibrated"], 10, "key_points"),
        Column("标准差", cells["calibrated_sd"], 9),
        Column("90%区间\n半宽", [half_width(value) for value in cells["calibrated_sd"]], 10),
        Column("校准量", cells["blup"], 9),
    ]
    if found.ranks is not None:
        columns += [
            Column("名次范围\n最好", [_whole(value, math.floor) for value in cells["rank_p05"]], 9, "count"),
            Column("名次范围\n最差", [_whole(value, math.ceil) for value in cells["rank_p95"]], 9, "count"),
            Column("平均名次", cells["mean_rank"], 9),
        ]
        pairs = open_pairs_of_few(found.fit)
        if pairs is not None:
            counts = [pairs.of_dossier[at].item() for at in order]
            columns.append(Column("先后难定\n的材料数", counts, 10, "count"))
        if report.quota is not None:
            head = f"进入前{found.ranks.top}名\n的可能性"
            columns.append(Column(head, cells["p_top_k"], 12, "percent"))
    said = (
        f"校准得分是一名宽严适中的专家预计给出的分数，{REFERENCE_ONLY}。"
        "名次范围：按模型，真实名次有九成可能在其中。先后难定：两份材料校准得分之差不足以定先后（九成把握）。"
    )
    table(page, "评分校准", said, columns)
    halves = [half_width(value) for value in cells["calibrated_sd"] if math.isfinite(value)]
    more = f"（前{MOST_CHARTED}份）" if len(halves) > MOST_CHARTED else ""
    figures = (cells["calibrated"][: len(halves)], halves)
    words = (f"校准得分和90%区间{more}", "分")
    return interval_chart(workbook, page.sheet.get_name(), (1, 3, 5), figures, words)


def experts(page: Page, workbook: Workbook, report: StatisticsReport, found: Calibrated) -> Chart:
    """Experts from the most generous to the strictest, and how far their scores stray; a chart of them."""
    own = expert_columns(found.fit)
    order = best_first(own["blup"]).tolist()
    cells = {key: [column[at].item() for at in order] for key, column in own.items()}
    columns = [
        Column("专家", [report.ratings.experts[at] for at in order], 16, "text"),
        Column("评分份数", cells["n_reviews"], 9, "count"),
        Column("平均给分", cells["mean_points"], 10),
        Column("宽严度", cells["blup"], 10, "key_points"),
        Column("标准差", cells["post_sd"], 9),
        Column("90%区间\n半宽", [half_width(value) for value in cells["post_sd"]], 10),
        Column("与推算值的\n一般出入", cells["rms_residual"], 12),
    ]
    said = "宽严度：正数为偏宽，已扣除所评材料好坏的影响。一般出入：评分与模型推算值之差的均方根，单位为分。"
    table(page, "专家宽严度", said, columns, frozen=1)
    halves = [half_width(value) for value in cells["post_sd"] if math.isfinite(value)]
    more = f"（前{MOST_CHARTED}名）" if len(halves) > MOST_CHARTED else ""
    figures = (cells["blup"][: len(halves)], halves)
    words = (f"专家宽严度和90%区间{more}", "分")
    return interval_chart(workbook, page.sheet.get_name(), (0, 3, 5), figures, words)


def variances(page: Page, workbook: Workbook, found: Calibrated) -> None:
    """Where scores differ from, for the totals and every criterion, and what more experts would bring."""
    lines = [line for name, fit in found.fits for line in _components(name, fit)]
    heads = (("对象", 18, "text"), ("差异来自", 18, "word"), ("方差", 13, "figure"), ("标准误", 13, "figure"),
             ("标准差", 18, "points"), ("占比", 18, "percent"))  # fmt: skip
    columns = [
        Column(head, [line[at] for line in lines], width, style)
        for at, (head, width, style) in enumerate(heads)
    ]
    said = (
        "材料质量是评审要分辨的；专家宽严度可以校准；偶然波动只能靠增加专家来减少。标准误为“—”的，估计值为0。"
    )
    after = table(page, "评分差异的来源（方差分量）", said, columns)
    parts = found.fit.variances
    study = Generalizability(parts.dossier + parts.group, parts.expert, parts.residual)
    needed = study.experts_needed()
    if needed is None:
        return
    points = study.decision_study(min(max(needed, _MOST_STUDIED), _STUDY_LIMIT))
    last = f"每份材料由{needed}名专家评审，平均分的概化系数（绝对）可达{TARGET}。"
    page.merged(after + 1, 0, 5, f"每份材料增加专家的效果。{last}", "section", height=24)
    end = rows(
        page,
        after + 2,
        [
            Column("每份材料专家数", [point.experts for point in points], 16, "count"),
            Column("概化系数（绝对）", [point.absolute for point in points], 14, "figure"),
            Column("概化系数（相对）", [point.relative for point in points], 11, "figure"),
        ],
    )
    words = ("每份材料增加专家的效果", "每份材料专家数", "概化系数")
    chart = line_chart(workbook, page.sheet.get_name(), after + 3, end - 1, words)
    page.sheet.insert_chart(after + 2, 4, chart, {"description": words[0]})


def _components(name: str, fit: MixedFit) -> list[tuple[str, str, float, float, float, float]]:
    values, errors = astuple(fit.variances), astuple(fit.se_variances)
    whole = sum(values)
    labels = ["材料质量", "专家宽严度", "组间差异", "偶然波动"]
    return [
        (name, label, values[at], errors[at], math.sqrt(values[at]), values[at] / whole)
        for at, label in enumerate(labels) if at != 2 or fit.reviews.group is not None
    ]  # fmt: skip


def _whole(rank: float, rounded: Callable[[float], int]) -> int | str:
    """One end of a range as a whole rank."""
    return rounded(rank) if math.isfinite(rank) else MISSING
