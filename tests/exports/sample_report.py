"""The demonstration call's frozen ranking as an export sees it: fictional units, expert codes only, n = 8."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from typing import Any

from review_portal.aggregator.levelling import level_lines
from review_portal.exports.figures import (
    Absence,
    CallHead,
    Counting,
    DossierScores,
    ExpertSheet,
    Item,
    ItemPoints,
    RoundScores,
    ScoreCell,
    Unit,
)
from review_portal.exports.ranking_report import OutsideRow, Parameter, RankedRow, RankingReport, TieKey

D = Decimal
EXPERTS = ("Z1", "Z2", "Z3", "Z4", "Z5", "Z6", "Z7")
CALL = CallHead(
    "2023年市级重点绿色制造综合服务平台（示例批次）",
    "渝经信节能〔2023〕1号",
    "重庆市经济和信息化委员会（示例）",
)
UNITS = {
    "S07": Unit(
        "S07",
        "重庆示例智慧能源研究院有限公司",
        ("重庆示例电力设计有限公司", "重庆示例绿色融资有限公司"),
        "九龙坡区",
    ),
    "S01": Unit("S01", "重庆示例绿能科技有限公司", (), "两江新区"),
    "S05": Unit("S05", "重庆示例汽车能效技术有限公司", (), "两江新区"),
    "S08": Unit("S08", "重庆示例园区能源管理有限公司", (), "永川区"),
    "S06": Unit("S06", "重庆示例低碳检测有限公司", (), "两江新区"),
    "S09": Unit("S09", "重庆示例环保装备有限公司", (), "江津区"),
    "S04": Unit("S04", "重庆示例能源服务股份有限公司", ("重庆示例绿色金融服务有限公司",), "涪陵区"),
    "S11": Unit("S11", "重庆示例循环利用科技有限公司", (), "綦江区"),
    "S10": Unit("S10", "重庆示例节能服务有限公司", (), "万州区"),
}
WRITTEN_ITEMS = (
    Item("C1.1", "服务覆盖面与服务量", "服务区域绿色发展效益", D("40")),
    Item("C2.1", "目标合理、可考核", "目标路径设置科学", D("35")),
    Item("C3.1", "市场化商业模式可持续", "可复制推广性", D("25")),
)
DEFENSE_ITEMS = (
    Item("D1.1", "汇报质量与任务理解", "汇报质量与任务理解", D("15")),
    Item("D2.1", "测算依据", "区域绿色发展效益论证", D("85")),
)
# totals by expert, then highest, lowest, mean, trimmed, range, score of the round
_WRITTEN = {
    "S07": "90 88.5 87 89 91 86 88 | 91 86 88.50 88.50 5 88.50",
    "S01": "88 86.5 85 R 89 84 87 | 89 84 86.58 86.63 5 86.77",
    "S05": "84 83 82.5 85 86 80 83.5 | 86 80 83.43 83.60 6 83.43",
    "S08": "83 84 82 85 86 80 84 | 86 80 83.43 83.60 6 83.43",
    "S06": "85 83.5 82 84 72.5 81 83 | 85 72.5 81.57 82.70 12.5 81.57",
    "S09": "83 81.5 80 82 85 78.5 81.5 | 85 78.5 81.64 81.60 6.5 81.64",
    "S04": "82 80.5 79 81 84 77 80 | 84 77 80.50 80.50 7 80.50",
    "S11": "69 67.5 66 68 71 62 67 | 71 62 67.21 67.50 9 67.21",
    "S10": "79 - 76.5 - - 75 - | - - - - - -",
}
_DEFENSE = {
    "S07": "88 87 86.5 89 90 85 87.5 | 90 85 87.57 87.60 5 87.57",
    "S01": "89 88 86 R 90 85.5 88 | 90 85.5 87.75 87.75 4.5 88.05",
    "S05": "84.5 83 82 85 86 80 83 | 86 80 83.36 83.50 6 83.36",
    "S08": "83 84.5 82 85 86 80 83 | 86 80 83.36 83.50 6 83.36",
    "S06": "82 81 80 83 78 79 81 | 83 78 80.57 80.60 5 80.57",
}
_SHARES = {"C1.1": D("0.4"), "C2.1": D("0.35"), "D1.1": D("0.15")}  # of a total; the last item has the rest
_MOVED = {("S08", "Z3"), ("S08", "Z6")}  # a point from the second item to the third: what decides the tie
_NOTES = {
    "S06": "复议：Z5由55改为72.5",
    "S10": "已撤回，评分留存，不参与计算",
}


def scheme_parameters() -> tuple[Parameter, ...]:
    """Parameters of the method page, stated and assumed."""
    return (
        Parameter("拟遴选数量", "3个左右", assumed=False, source="通知一"),
        Parameter("评分校准", "专家宽严度校准", assumed=True),
        Parameter("保留小数", "两位，四舍五入", assumed=True),
        Parameter("轮次权重", "书面0.6，答辩0.4", assumed=True),
    )


def written_round() -> RoundScores:
    """The written round after reconciliation, with S10's sheets on file and not counted."""
    return _round("书面评审", "专家书面评审评分表", D("0.6"), WRITTEN_ITEMS, _WRITTEN)


def defense_round() -> RoundScores:
    """The defense round of the five dossiers that came."""
    return _round("现场答辩", "现场答辩评分表", D("0.4"), DEFENSE_ITEMS, _DEFENSE)


def report() -> RankingReport:
    """The frozen ranking of the demonstration call."""
    places = (
        ("S07", 1, "88.50 87.57 88.13 88.13 88.14", "", "推荐", "拟入选"),
        ("S01", 2, "86.77 88.05 87.28 87.05 87.08", "", "推荐", "拟入选"),
        (
            "S05",
            3,
            "83.43 83.36 83.40 83.40 83.56",
            "同分，比较目标路径设置科学：29.00高于28.71",
            "有条件推荐",
            "拟入选",
        ),
        (
            "S08",
            4,
            "83.43 83.36 83.40 83.40 83.56",
            "同分，比较目标路径设置科学：28.71低于29.00",
            "推荐",
            "未入选",
        ),
        ("S06", 5, "81.57 80.57 81.17 81.17 81.86", "", "推荐", "未入选"),
    )
    rows = []
    for code, rank, figures, tie_note, opinion, status in places:
        written, defense, final, mean, trimmed = (D(figure) for figure in figures.split())
        rows.append(
            RankedRow(
                rank, UNITS[code], (written, defense), final, (mean, trimmed), tie_note, opinion, status
            )
        )
    return RankingReport(
        call=CALL,
        rule_label="评分校准后算术平均",
        rule_assumed=True,
        quota=3,
        quota_text="3个左右",
        rounds=(written_round(), defense_round()),
        reference_labels=("算术平均", "去最高最低"),
        reference_rules=("mean", "drop_high_low"),
        tie_keys=(
            TieKey("服务区域绿色发展效益", "书面评审", 0),
            TieKey("目标路径设置科学", "书面评审", 1),
            TieKey("现场答辩得分", "现场答辩", None),
        ),
        rows=tuple(rows),
        outside=(
            OutsideRow(UNITS["S09"], (D("81.64"), None), "放弃答辩", "3月7日10:40未到，组长、监督人员确认"),
            OutsideRow(UNITS["S04"], (D("80.50"), None), "未进入答辩", "书面第7名，进入答辩6家"),
            OutsideRow(UNITS["S11"], (D("67.21"), None), "未进入答辩", "书面得分低于70.00"),
            OutsideRow(UNITS["S10"], (None, None), "已撤回", "3月2日凭盖章函件撤回，评分留存，不参与排名"),
        ),
        method=(
            "每位专家逐项打分，相加得总分；缺项的评分表不计入。",
            "先校准各专家宽严，再取算术平均，保留两位小数后排名。",
        ),
        parameters=scheme_parameters(),
        input_digest="b" * 64,
        ranking_digest="0123456789abcdef" * 4,
        frozen_at=datetime(2023, 3, 7, 16, 20, tzinfo=timezone(timedelta(hours=8))),
        frozen_by="专家组组长 Z1",
        approved_by="监督人员 监督甲示例",
        software_version="0.1.0",
        remarks=(
            "本轮参评单位不足10家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。",
            "名单因复议改变：S06复议后书面得分由79.07变为81.57，高于S04的80.50，进入现场答辩。",
        ),
    )


def big_round(dossiers: int, experts: int, items: int) -> RoundScores:
    """A full round of the largest real size, every cell given."""
    codes = tuple(f"Z{number:02}" for number in range(1, experts + 1))
    rubric = tuple(
        Item(f"C{i % 3 + 1}.{i}", f"指标{i}", f"一级指标{i % 3 + 1}", D("7.5")) for i in range(items)
    )
    points = tuple(ItemPoints(item.code, D("6.5"), "依据较充分，个别环节靠估算。") for item in rubric)
    total = D("6.5") * items
    rows = tuple(
        DossierScores(
            unit=Unit(f"2023-{number:03}", f"重庆示例第{number}节能服务有限公司", (), "两江新区"),
            totals=(total,) * experts,
            highest=total,
            lowest=total,
            mean=total,
            trimmed=total,
            spread=D(0),
            score=total,
            sheets=tuple(ExpertSheet(code, points, "总体可行，建议细化首年任务。") for code in codes),
        )
        for number in range(1, dossiers + 1)
    )
    return RoundScores("书面评审", "专家书面评审评分表", "a" * 64, codes, rubric, rows, D("1"))


def _round(title: str, rubric: str, weight: D, items: tuple[Item, ...], table: dict[str, str]) -> RoundScores:
    dossiers = tuple(_dossier(code, line, items) for code, line in table.items())
    found = RoundScores(title, rubric, "a" * 64, EXPERTS, items, dossiers, weight, stage=title)
    return replace(found, counting=counting(found, "severity"))


def counting(scores: RoundScores, normalize: str, combine: str = "mean", **more: Any) -> Counting:
    """How the round's scores come out of its totals, by a rule."""
    totals = {
        dossier.unit.number: {
            expert: cell
            for expert, cell in zip(scores.experts, dossier.totals, strict=True)
            if isinstance(cell, Decimal)
        }
        for dossier in scores.dossiers
        if dossier.counted
    }
    found = level_lines(totals, normalize)
    if found is None:
        return Counting(normalize, combine, **more)
    level = [found.lines.get(expert) for expert in scores.experts]
    lines = tuple((1.0, 0.0) if line is None else (line.factor, line.shift) for line in level)
    return Counting(normalize, combine, lines=lines, grid=found.places, **more)


def _dossier(code: str, line: str, items: tuple[Item, ...]) -> DossierScores:
    given, figures = line.split("|")
    totals = tuple(_cell(word) for word in given.split())
    highest, lowest, mean, trimmed, spread, score = (
        None if word == "-" else D(word) for word in figures.split()
    )
    sheets = tuple(
        ExpertSheet(expert, _items(total, items, (code, expert) in _MOVED), "总体可行。")
        for expert, total in zip(EXPERTS, totals, strict=True)
        if isinstance(total, Decimal)
    )
    return DossierScores(
        unit=UNITS[code],
        totals=totals,
        highest=highest,
        lowest=lowest,
        mean=mean,
        trimmed=trimmed,
        spread=spread,
        score=score,
        note=_NOTES.get(code, ""),
        counted=code != "S10",
        criterion_means=() if code == "S10" else _means(sheets),
        sheets=sheets,
    )


def _means(sheets: tuple[ExpertSheet, ...]) -> tuple[Decimal, ...]:
    """Plain means of the items, which are criteria of their own here."""
    columns = zip(*([row.points for row in sheet.points] for sheet in sheets), strict=True)
    return tuple((sum(column) / len(column)).quantize(D("0.01"), ROUND_HALF_UP) for column in columns)


def _cell(word: str) -> ScoreCell:
    return {"R": Absence.RECUSED, "-": Absence.MISSING}.get(word) or D(word)


def _items(total: Decimal, items: tuple[Item, ...], moved: bool) -> tuple[ItemPoints, ...]:
    """Spread a total over the items by their shares, in half points, so that the points sum to it."""
    rest, points = total, []
    for item in items:
        share = _SHARES.get(item.code)
        given = rest if share is None else (total * share * 2).to_integral_value(ROUND_FLOOR) / 2
        given -= moved and item.code == "C2.1"
        points.append(ItemPoints(item.code, given, "较充分" if given < item.max_score else ""))
        rest -= given
    return tuple(points)
