"""The analysis as tables for the statistician: the same ones on the page and in the files."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping

from review_portal.domain.messages import mark
from review_portal.services import insight_lists
from review_portal.services.insight_words import AGREEMENT, NUM, SIDES, WORD, Body, Cell, Table, meaning
from scoring_rubrics import Call as Rules


def tables(insight: Body, ranking: Body, rules: Rules) -> list[Table]:
    """All tables of an analysis and its ranking that have a row."""
    if insight.get("problem") is not None:
        return []
    numbers = {row["number"]: row for row in ranking["rows"]}
    names = {key: stage.name for key, stage in ((stage.key, stage) for stage in rules.scored_stages)}
    found = [
        _variances(insight, names),
        _agreement(insight, names),
        _study(insight, names),
        _links(insight, names),
        _proposed(insight, names),
        _coverage(insight, names),
        _severity(insight, names),
        insight_lists.dossiers(insight, numbers),
        insight_lists.neighbours(insight),
        insight_lists.others(insight, numbers),
        insight_lists.ties(ranking, rules),
        insight_lists.changes(insight, rules),
    ]
    return [table for table in found if table.rows]


def write_csv(table: Table) -> bytes:
    """UTF-8 with a mark that spreadsheets look for; no cell is taken for a formula."""
    text = io.StringIO(newline="")
    out = csv.writer(text)
    out.writerow([str(head) for head, _ in table.heads])
    for row in table.rows:
        out.writerow(
            [
                _guarded("" if cell is None else str(cell), kind)
                for cell, (_, kind) in zip(row, table.heads, strict=True)
            ]
        )
    return text.getvalue().encode("utf-8-sig")


def _guarded(text: str, kind: str) -> str:
    return f"'{text}" if kind != NUM and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _stages(insight: Body, names: Mapping[str, str]) -> Iterator[tuple[str, Body]]:
    """Each stage's name and its figures."""
    for stage in insight["statistics"]:
        yield names.get(stage["key"], stage["key"]), stage


def _fits(insight: Body, names: Mapping[str, str]) -> Iterator[tuple[str, Body]]:
    for name, stage in _stages(insight, names):
        if stage["fit"] is not None:
            yield name, stage["fit"]


def _variances(insight: Body, names: Mapping[str, str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, fit in _fits(insight, names):
        rows += [
            (
                name,
                SIDES[line["side"]],
                line["variance"],
                line["error"],
                line["sd"],
                line["share"],
                mark("在边界上：估计为0，没有标准误") if line["boundary"] else "",
            )
            for line in fit["variances"]
        ]
    heads = (
        (mark("环节"), WORD), (mark("差异来自"), WORD), (mark("方差"), NUM), (mark("标准误"), NUM),
        (mark("标准差（分）"), NUM), (mark("占比（%）"), NUM), (mark("说明"), WORD),
    )  # fmt: skip
    note = mark("限制性最大似然；标准误取自平均信息矩阵。偶然波动只能靠增加专家来减少。")
    return Table("variances", mark("方差分量"), note, heads, tuple(rows))


def _agreement(insight: Body, names: Mapping[str, str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, stage in _stages(insight, names):
        figures = {} if stage["agreement"] is None else stage["agreement"]["figures"]
        for key, label in AGREEMENT.items():
            if key in figures:
                low, high = figures.get(f"{key}_ci95_lo"), figures.get(f"{key}_ci95_hi")
                value = figures[key].partition(".")[0] if key == "experts_needed" else figures[key]
                rows.append((name, label, value, low, high, meaning(key)))
    heads = (
        (mark("环节"), WORD), (mark("系数"), WORD), (mark("数值"), NUM), (mark("95%下限"), NUM),
        (mark("95%上限"), NUM), (mark("含义"), WORD),
    )  # fmt: skip
    note = mark("并非每名专家都评审了每份材料时，只有概化系数和克里彭多夫α系数适用。")
    return Table("agreement", mark("评分一致性"), note, heads, tuple(rows))


def _study(insight: Body, names: Mapping[str, str]) -> Table:
    rows = [
        (name, str(experts), absolute, relative)
        for name, stage in _stages(insight, names)
        if stage["agreement"] is not None
        for experts, absolute, relative in stage["agreement"]["study"]
    ]
    heads = (
        (mark("环节"), WORD), (mark("每份材料专家数"), NUM), (mark("概化系数（绝对）"), NUM),
        (mark("概化系数（相对）"), NUM),
    )  # fmt: skip
    note = mark("由方差分量推算：每份材料增加专家，评分的可靠程度如何变化。")
    return Table("study", mark("每份材料增加专家的效果"), note, heads, tuple(rows))


def _links(insight: Body, names: Mapping[str, str]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for name, stage in _stages(insight, names):
        links = stage["links"]
        parts = zip(links["dossiers"], links["experts"], links["reviews"], strict=True)
        for at, (dossiers, experts, reviews) in enumerate(parts, start=1):
            whole = links["parts"] == 1
            rows.append(
                (
                    name,
                    f"{at}/{links['parts']}",
                    str(dossiers),
                    str(experts),
                    str(reviews),
                    links["efficiency"] if whole else None,
                    links["error"] if whole else None,
                    "、".join(code for code, _ in links["hanging"]) if whole else "",
                )
            )
    heads = (
        (mark("环节"), WORD), (mark("部分"), WORD), (mark("材料"), NUM), (mark("专家"), NUM),
        (mark("评分表"), NUM), (mark("比较效率"), NUM), (mark("最弱联系的误差"), NUM),
        (mark("缺了就不再连通的专家"), WORD),
    )  # fmt: skip
    note = mark(
        "只有一个部分时，全部材料经由共同的专家相连，可在扣除宽严之后比较。误差以单份评分偶然波动的倍数计。"
    )
    return Table("links", mark("评审的连通"), note, heads, tuple(rows))


def _proposed(insight: Body, names: Mapping[str, str]) -> Table:
    rows = [
        (name, expert, dossier)
        for name, stage in _stages(insight, names)
        for expert, dossier in stage["links"]["proposed"]
    ]
    heads = ((mark("环节"), WORD), (mark("专家"), WORD), (mark("材料"), WORD))
    note = mark("分派前请核对回避情形。")
    return Table("crossing", mark("建议补派的交叉评审"), note, heads, tuple(rows))


def _coverage(insight: Body, names: Mapping[str, str]) -> Table:
    rows = [
        (name, str(found["repetitions"]), found["level"], found["held"], promised, held, str(count))
        for name, fit in _fits(insight, names)
        if (found := fit["coverage"])["problem"] is None
        for promised, held, count in found["bins"]
    ]
    heads = (
        (mark("环节"), WORD), (mark("模拟轮数"), NUM), (mark("名次范围承诺（%）"), NUM),
        (mark("实际覆盖（%）"), NUM), (mark("可能性的推算值（%）"), NUM), (mark("实际进入（%）"), NUM),
        (mark("个数"), NUM),
    )  # fmt: skip
    note = mark(
        "按本轮的材料、专家和分派，用估得的方差模拟评分并重新拟合，看名次范围和可能性是否兑现。只检验本轮的规模和安排，不检验模型假设。"
    )
    return Table("coverage", mark("名次范围和可能性的可靠程度"), note, heads, tuple(rows))


def _severity(insight: Body, names: Mapping[str, str]) -> Table:
    rows = [
        (name, line["code"], str(line["n"]), line["mean"], line["severity"], line["error"], line["noise"])
        for name, fit in _fits(insight, names)
        for line in fit["experts"]
    ]
    heads = (
        (mark("环节"), WORD), (mark("专家代号"), WORD), (mark("评分份数"), NUM), (mark("平均给分"), NUM),
        (mark("宽严程度"), NUM), (mark("标准误"), NUM), (mark("与推算值的一般出入"), NUM),
    )  # fmt: skip
    note = mark("正数为偏宽，已扣除所评材料好坏的影响；单位为分。不是对任何人的结论。")
    return Table("severity", mark("专家宽严程度"), note, heads, tuple(rows))
