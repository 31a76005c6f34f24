"""The statistician's sheets on the round itself: agreement, connectivity, what deserves a look, stability."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from review_portal.aggregator.agreement import Agreement
from review_portal.aggregator.anomalies import Anomalies
from review_portal.aggregator.influences import Influence
from review_portal.aggregator.stability import Stability
from review_portal.domain.wording import REFERENCE_ONLY, RULE_NAMES, sentence
from review_portal.exports.plain_text import MISSING, listed
from review_portal.exports.statistics_report import StatisticsReport
from review_portal.exports.statistics_tables import Column, paragraph, rows, table
from review_portal.exports.statistics_words import (
    AGREEMENT,
    connection,
    crossing_title,
    limits_text,
    meaning,
    value_text,
)
from review_portal.exports.workbook_formats import Page

_KINDS = {
    "review": "单份评分", "severity": "宽严", "noise": "出入", "central_tendency": "集中", "halo": "各项一致",
    "round_numbers": "整数", "ties": "同分", "agreement": "两人关联", "own_affiliation": "归属",
}  # fmt: skip


def agreement(page: Page, found: Sequence[Agreement]) -> None:
    """Every coefficient of the totals and of every criterion, side by side."""
    figures = [one.figures() for one in found]
    shown = [key for key in AGREEMENT if any(key in own for own in figures)]
    columns = [Column("系数", [AGREEMENT[key] for key in shown], 31, "text")]
    for one, own in zip(found, figures, strict=True):
        name = one.criterion or "总分"
        columns.append(Column(name, [_value(own, key) for key in shown], 11, "figure"))
    columns.append(Column("总分的95%区间", [limits_text(figures[0], key) for key in shown], 16, "word"))
    columns.append(Column("含义", [meaning(key) for key in shown], 53, "text"))
    whole = found[0]
    said = (
        f"材料{whole.dossiers}份，专家{whole.experts}名，评分{whole.reviews}份，"
        f"每份材料平均{whole.reviews_per_dossier:.1f}份。{REFERENCE_ONLY}。“—”为这一评审安排没有的数值。"
    )
    table(page, "评分一致性", said, columns, frozen=1)


def connectivity(page: Page, report: StatisticsReport) -> None:
    """The parts of the round, what they hang on, and what would join them."""
    found, names = report.connectivity, report.ratings
    columns = [
        Column("部分", list(range(1, found.components.count + 1)), 22, "count"),
        Column("材料数", found.dossiers.tolist(), 22, "count"),
        Column("专家数", found.experts.tolist(), 18, "count"),
        Column("评分数", found.reviews.tolist(), 12, "count"),
    ]
    after = table(page, "评审的连通情况", "".join(connection(found)), columns, frozen=0)
    cut = found.cut_points
    after = _block(
        page, after, "缺了就不再连通的专家",
        [Column("专家", [names.experts[at] for at in cut.expert.tolist()], 22, "text"),
         Column("因此分开的材料数", cut.expert_cut_off.tolist(), 22, "count")],
    )  # fmt: skip
    after = _block(
        page, after, "缺了就不再连通的评分",
        [Column("专家", [names.experts[at] for at in found.sheet_expert[cut.review].tolist()], 22, "text"),
         Column("材料", [names.dossiers[at] for at in found.sheet_dossier[cut.review].tolist()], 22, "text"),
         Column("因此分开的材料数", cut.review_cut_off.tolist(), 18, "count")],
    )  # fmt: skip
    join = found.crossing
    _block(
        page, after, crossing_title(found),
        [Column("专家", [names.experts[at] for at in join.expert.tolist()], 22, "text"),
         Column("材料", [names.dossiers[at] for at in join.dossier.tolist()], 22, "text")],
    )  # fmt: skip


def anomalies(page: Page, found: Anomalies) -> None:
    """What deserves a look, in sentences, with the figures behind them."""
    findings = found.findings
    columns = [
        Column("类别", [_KINDS[one.kind] for one in findings], 10, "word"),
        Column("专家", [listed(one.experts) for one in findings], 16, "text"),
        Column("材料", [one.dossier or MISSING for one in findings], 14, "text"),
        Column("提示", [str(sentence(one.notice())) for one in findings], 60, "text"),
        Column("依据份数", [one.reviews for one in findings], 9, "count"),
        Column("数值", [one.figure for one in findings], 10),
        Column("通常", [one.usual for one in findings], 10),
        Column("偶然概率", [one.p for one in findings], 10, "figure"),
        Column("同类校正后", [one.q for one in findings], 11, "figure"),
    ]
    said = "提请关注，供核对时参考，不是对任何人的结论，也不作为排序依据。"
    after = table(page, "提请关注的评分情况", said, columns)
    _block(
        page, after, "各类比较的次数",
        [Column("类别", [_KINDS[kind] for kind in found.compared], 10, "word"),
         Column("比较次数", [int(own.who.size) for own in found.compared.values()], 16, "count")],
    )  # fmt: skip


def stability(page: Page, found: Stability) -> None:
    """Who enters and leaves without each expert or criterion, by other weights, and under the other rules."""
    experts = [("不计专家", one.key, *_effect(one)) for one in found.experts]
    criteria = [("不计指标", _criterion(one), *_effect(one)) for one in found.criteria]
    weights = [(_weight_change(one), _criterion(one), *_effect(one)) for one in found.weights]
    rules = [
        (
            "改用算法", str(RULE_NAMES[other.name]),
            ("有变化" if other.changes_list else "不变") if other.ranking is not None else "不适用",
            listed(other.entered), listed(other.left),
            listed(other.ranking.undecided) if other.ranking is not None else MISSING, MISSING,
        )
        for other in found.rules
    ]  # fmt: skip
    heads = (
        ("情形", 12),
        ("对象", 18),
        ("名单", 10),
        ("列入", 26),
        ("不再列入", 26),
        ("并列待定", 26),
        ("名次变化最大", 26),
    )
    lines = [*experts, *criteria, *weights, *rules]
    columns = [
        Column(head, [line[at] for line in lines], width, "text") for at, (head, width) in enumerate(heads)
    ]
    asked = "、不计每项指标、增减每项指标的权重（其余指标按比例调整，总满分不变）" if criteria else ""
    others = f"逐一不计每名专家的全部评分{asked}，或改用其他算法"
    said = f"{others}，前{found.quota}名名单如何变化。{REFERENCE_ONLY}。"
    after = table(page, "名单的稳定性", said, columns)
    names = {one.key: _criterion(one) for one in found.criteria}
    for one in found.notices:
        shown = str(sentence(one, criteria=names))
        after = paragraph(page, after + (one is found.notices[0]), shown, 7, 144)


def _criterion(one: Influence) -> str:
    """A file is one stage, whose name says nothing."""
    return one.key.partition(".")[2]


def _weight_change(one: Influence) -> str:
    assert one.factor is not None
    percent = f"{abs(one.factor - 1) * 100:.0f}%"
    return f"权重增加{percent}" if one.factor > 1 else f"权重减少{percent}"


def _effect(one: Influence) -> tuple[str, str, str, str, str]:
    effect = one.effect
    if effect is None:
        return ("不能计算", MISSING, MISSING, MISSING, MISSING)
    move = effect.largest_move
    said = "有变化" if effect.changes_list else "不变"
    moved = MISSING if move is None else f"{move.dossier}：第{move.before}名→第{move.after}名"
    return (said, listed(effect.entered), listed(effect.left), listed(effect.undecided), moved)


def _block(page: Page, after: int, title: str, columns: Sequence[Column]) -> int:
    """A further table below; returns the first free row."""
    page.merged(after + 1, 0, 3, title, "section", height=24)
    return rows(page, after + 2, columns)


def _value(figures: Mapping[str, float], key: str) -> float | str:
    """Coefficients as figures, a number of experts as text."""
    return value_text(figures, key) if key == "experts_needed" else figures.get(key, math.nan)
