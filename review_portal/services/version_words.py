"""A version of the ranking in sentences: why there is another one, how it was made, what it changed."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from review_portal.domain.chinese_dates import date_text
from review_portal.domain.messages import Message, mark
from review_portal.services.ranking_words import OUTCOMES
from scoring_rubrics import Call as Rules

KINDS: dict[str, Message] = {
    "correct": mark("更正计分"),
    "void": mark("作废并重算"),
    "rescore": mark("重新评审"),
}
RULES: dict[str, Message] = {
    "correct": mark(
        "只改正纸质评分表代录与签字原件不一致之处，专家不重新评分；没有需要更正的，按原规则重新计算。"
    ),
    "void": mark(
        "违反回避规定的评分表作废，登记该专家对该材料回避，按冻结的规则由其余有效评分重新计算，专家不重新评分。"
    ),
    "rescore": mark(
        "争议材料和界线上下的材料由另一组专家按同一指标重新评审。其在该环节的得分由新一轮评分按冻结的规则单独计算，"
        "代替原得分；其他单位保留原得分。原评分留存，不参与计算。"
    ),
}


def lines(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """What a later version has to say; nothing of a first one."""
    cause = body.get("reexamination")
    if not cause:
        return ()
    units = {line["dossier"]: line["number"] for line in [*body["rows"], *body["outside"]]}
    head = mark(
        "本版为第%(version)s版排名，因异议复核（%(kind)s）形成，代替第%(before)s版；原排名留存。异议：%(reference)s，"
        "%(day)s收到。涉及材料：%(numbers)s。",
        version=body["version"],
        before=body["version"] - 1,
        kind=KINDS[cause["kind"]],
        reference=cause["reference"],
        day=date_text(date.fromisoformat(cause["received_on"])),
        numbers=_numbers(cause["dossiers"], units),
    )
    said = (head, RULES[cause["kind"]], *_rescored(cause, units, rules), *changes(body))
    return (*said, unheard(body)) if body["unheard"] else said


def unheard(body: Mapping[str, Any]) -> Message:
    """Who should have been heard: nothing can be decided before that is made good."""
    return mark(
        "按本版得分，%(numbers)s应当进入下一环节而未参加。须先对其办理“重新评审”（下一环节），再出一版排名后会议审定。",
        numbers="、".join(body["unheard"]),
    )


def _numbers(dossiers: list[str], units: Mapping[str, str]) -> str:
    return "、".join(sorted(units.get(dossier, "—") for dossier in dossiers))


def _rescored(cause: Mapping[str, Any], units: Mapping[str, str], rules: Rules) -> tuple[Message, ...]:
    if cause["kind"] != "rescore":
        return ()
    said = mark(
        "“%(stage)s”重新评审的材料：%(numbers)s（争议材料%(contested)s，一并重新评审%(beside)s）。",
        stage=rules.stage(cause["stage"]).name,
        numbers=_numbers([*cause["dossiers"], *cause["beside"]], units),
        contested=_numbers(cause["dossiers"], units),
        beside=_numbers(cause["beside"], units) if cause["beside"] else "—",
    )
    if not cause["beside_reason"]:
        return (said,)
    return (said, mark("一并重新评审的材料由专家组另行确定，理由：%(reason)s", reason=cause["beside_reason"]))


def changes(body: Mapping[str, Any]) -> tuple[Message, ...]:
    """What a version changed, unit by unit; that nothing did is said as well."""
    if not body["changes"]:
        return (mark("与上一版相比，各单位的名次、得分和状态均未改变：排名未变。"),)
    said = [
        mark(
            "%(number)s %(unit)s：名次%(rank)s，最终得分%(score)s，状态%(outcome)s。",
            number=item["number"],
            unit=item["unit"],
            rank=_step(item["rank"]),
            score=_step(item["score"]),
            outcome=_step([OUTCOMES.get(code or "") for code in item["outcome"]]),
        )
        for item in body["changes"]
    ]
    if any(item["rank"][0] != item["rank"][1] for item in body["changes"]):
        first = mark("与上一版相比，有%(n)s家单位的名次、得分或状态改变：", n=len(said))
    else:
        first = mark("与上一版相比，名次未变；有%(n)s家单位的得分或状态改变：", n=len(said))
    changed = mark("拟入选名单或其次序改变，须重新会议审定并另行公示。")
    return (first, *said, changed if body["list_changed"] else mark("拟入选名单未变。"))


def _step(pair: Any) -> Message:
    old, new = (item if isinstance(item, Message) else "—" if item is None else str(item) for item in pair)
    if old == new:
        return mark("%(value)s不变", value=new)
    return mark("由%(old)s变为%(new)s", old=old, new=new)
