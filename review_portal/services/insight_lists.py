"""The analysis line by line: calibrated scores, neighbours, other rules, ties, what would change the list."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from review_portal.domain import wording
from review_portal.domain.messages import Message, mark
from review_portal.services.insight_words import (
    CASES,
    CHANGED,
    IMPOSSIBLE,
    NUM,
    SAME,
    WORD,
    Body,
    Cell,
    Table,
)
from scoring_rubrics import Call as Rules

_NINETY = Decimal("1.6449")  # of the normal distribution, to either side


def dossiers(insight: Body, numbers: Mapping[str, Body]) -> Table:
    """Calibrated scores with what is known of their ranks, in the order of the ranking."""
    known = insight["dossiers"] or {"rows": {}}
    rows: list[tuple[Cell, ...]] = []
    for number in insight["order"]:
        line, ranked = known["rows"].get(number), numbers.get(number)
        if line is None or ranked is None or line["score"] is None:
            continue
        half = _NINETY * Decimal(line["error"] or 0)
        score = Decimal(line["score"])
        rows.append(
            (
                str(ranked["rank"]), number, ranked["final"], line["score"], line["error"],
                f"{score - half:.2f}", f"{score + half:.2f}", line["mean_rank"], line["low"], line["high"],
                line["percent"],
            )
        )  # fmt: skip
    heads = (
        (mark("名次"), NUM), (mark("材料"), WORD), (mark("最终得分"), NUM), (mark("校准得分"), NUM),
        (mark("标准误"), NUM), (mark("90%下限"), NUM), (mark("90%上限"), NUM), (mark("平均名次"), NUM),
        (mark("名次范围最好"), NUM), (mark("名次范围最差"), NUM),
        (mark("进入前%(n)s名的可能性（%%）", n=insight["quota"]), NUM),
    )  # fmt: skip
    drawn = known.get("draws")
    note = (
        mark("由联合后验分布抽取%(n)s次排名得到，方差按估计值取用。", n=drawn)
        if drawn
        else mark("材料较多，名次范围和可能性按公式计算，方差按估计值取用。")
    )
    return Table("dossiers", mark("校准得分和名次分布"), note, heads, tuple(rows), by_rank=True)


def neighbours(insight: Body) -> Table:
    """Every two lines that follow each other."""
    rows = [
        (str(place), upper, lower, margin, mark("是") if close else mark("否"), _text(percent))
        for place, upper, lower, margin, close, percent in insight["neighbours"]
    ]
    heads = (
        (mark("名次"), NUM), (mark("在前"), WORD), (mark("在后"), WORD), (mark("分差"), NUM),
        (mark("小于一般波动"), WORD), (mark("调换的可能性（%）"), NUM),
    )  # fmt: skip
    note = mark("一般波动：扣除材料和专家之后剩下的出入，折合到一个最终得分。")
    return Table("neighbours", mark("相邻名次"), note, heads, tuple(rows), by_rank=True)


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def others(insight: Body, numbers: Mapping[str, Body]) -> Table:
    """Every dossier's score and rank by the other rules."""
    shown = [other for other in insight["others"] if other["possible"]]
    rows = [
        (
            str(numbers[number]["rank"]),
            number,
            numbers[number]["final"],
            *(_text(cell) for other in shown for cell in other["rows"].get(number, (None, None))),
        )
        for number in insight["order"]
        if number in numbers and shown
    ]
    heads = [(mark("名次"), NUM), (mark("材料"), WORD), (mark("最终得分"), NUM)]
    for other in shown:
        name = wording.RULE_NAMES[other["name"]]
        heads += [(mark("%(rule)s得分", rule=name), NUM), (mark("%(rule)s名次", rule=name), NUM)]
    note = wording.REFERENCE_ONLY
    return Table("rules", mark("其他算法的得分和名次"), note, tuple(heads), tuple(rows), by_rank=True)


def _criteria(rules: Rules) -> dict[str, str]:
    return {
        f"{key}.{criterion.key}": f"{criterion.name}（{criterion.key}）"
        for key, rubric in rules.rubrics.items()
        for criterion in rubric.criteria
    } | {f"stage.{stage.key}": stage.name for stage in rules.scored_stages}


def ties(ranking: Body, rules: Rules) -> Table:
    """How equal scores were compared, key by key."""
    names = _criteria(rules)
    rows = [
        (
            f"{tie['places'][0]}—{tie['places'][1]}",
            tie["score"],
            names.get(step["key"], step["key"]),
            number,
            value,
        )
        for tie in ranking["ranking"]["ties"]
        for step in tie["steps"]
        for number, value in zip(step["dossiers"], step["values"], strict=True)
    ]
    heads = (
        (mark("名次"), WORD), (mark("最终得分"), NUM), (mark("比较项"), WORD), (mark("材料"), WORD),
        (mark("算术平均"), NUM),
    )  # fmt: skip
    note = mark("依次比较各一级指标得分的算术平均（全部有效专家，保留两位小数）")
    return Table("ties", mark("同分比较"), note, heads, tuple(rows))


def changes(insight: Body, rules: Rules) -> Table:
    """What the list owes to each expert, criterion, weight and rule."""
    names = _criteria(rules)
    rows: list[tuple[Cell, ...]] = []
    for kind in ("experts", "criteria", "weights"):
        for each in insight[kind]:
            key = each["key"] if kind == "experts" else names.get(each["key"], each["key"])
            rows.append((_case(kind, each["factor"]), key, *_effect(each)))
    for other in insight["others"]:
        effect = _effect({**other, "undecided": [], "move": None})
        rows.append((CASES["others"], wording.RULE_NAMES[other["name"]], *effect))
    heads = (
        (mark("情形"), WORD), (mark("对象"), WORD), (mark("名单"), WORD), (mark("列入"), WORD),
        (mark("不再列入"), WORD), (mark("并列待定"), WORD), (mark("名次变化最大"), WORD),
    )  # fmt: skip
    note = mark("逐一改变一项，按同一规则重新排名，前%(n)s名名单如何变化。", n=insight["quota"])
    return Table("changes", mark("名单的稳定性"), note, heads, tuple(rows))


def _case(kind: str, factor: str | None) -> Message:
    if kind != "weights" or factor is None:
        return CASES[kind]
    percent = f"{abs(Decimal(factor) - 1) * 100:.0f}%"
    word = CASES["raised" if Decimal(factor) > 1 else "lowered"]
    return mark("%(change)s%(percent)s", change=word, percent=percent)


def _effect(each: Mapping[str, Any]) -> tuple[Cell, ...]:
    if not each["possible"]:
        return IMPOSSIBLE, None, None, None, None
    moved: Sequence[Any] | None = each["move"]
    return (
        CHANGED if each["changes"] else SAME,
        "、".join(each["entered"]) or None,
        "、".join(each["left"]) or None,
        "、".join(each["undecided"]) or None,
        mark("%(number)s：第%(before)s名→第%(after)s名", number=moved[0], before=moved[1], after=moved[2])
        if moved
        else None,
    )
