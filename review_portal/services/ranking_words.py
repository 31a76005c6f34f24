"""A ranking's body in sentences: what is to be known beside the places, and what reconciliation did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

from review_portal.domain import tie_words
from review_portal.domain.messages import Message, mark
from review_portal.services.ranking_body import EFFECT
from scoring_rubrics import Call as Rules

AS_MANY = "as_many_as_quota"  # counts the ranked ones alone; who applied is counted here
CALLS_FOR_VOTE = "tie_straddles_cut"  # no longer so once it was voted on or sent up
FEW = 5  # with fewer units there is no ranking to speak of: each is looked at by itself
OUTCOMES: dict[str, Message] = {
    "proposed": mark("拟入选"),
    "ranked": mark("未入选"),
    "tied": mark("并列待定"),
    "shortlisted": mark("进入现场答辩"),
    "not_shortlisted": mark("未进入答辩"),
    "below_threshold": mark("低于入围分数线"),
    "withdrawn": mark("已撤回"),
    "abstained": mark("放弃答辩"),
    "unscored": mark("无有效评分"),
}
RESULTS: dict[str, Message] = {
    "recommended": mark("推荐"),
    "conditional": mark("有条件推荐"),
    "not_recommended": mark("不推荐"),
    "abstained": mark("放弃答辩"),
}


def sentences(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """The body's notices as Chinese sentences with the units' names, the effects of reconciliation last."""
    told = (EFFECT, AS_MANY) if _tie_open(body) else (EFFECT, AS_MANY, CALLS_FOR_VOTE)
    others = (item for item in body["notices"] if not item["code"].startswith(told))
    return (
        *_of_panels(body, rules),
        *fixed_sentences(body, rules),
        *said(others, body, rules),
        *effects(body, rules),
    )


def _tie_open(body: Mapping[str, Any]) -> bool:
    """Whether the tie across the cut still waits for the panel's word."""
    tie = body.get("tie")
    return not tie or tie["state"] == "open"


def _of_panels(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """What a list made by several panels says about itself before anything else."""
    if body.get("vacant"):
        return (mark("没有单位进入下一环节，本次排名没有拟遴选单位，提请会议审定。"),)
    if "panel" in body:
        name = panel_name(rules, body["panel"])
        return (mark("得分和名次只在%(panel)s内比较，不与其他组比较。", panel=name),)
    return tuple(
        mark("%(stage)s分组评审，得分只决定各组入围，不计入最终得分，也不跨组比较。", stage=stage.name)
        for stage in rules.scored_stages
        if stage.panels and body["kind"] == "final"
    )


def admission(line: Mapping[str, Any], rules: Rules) -> Message | None:
    """How a dossier came out among those of its panel, where several panels made the shortlist."""
    found = line.get("admission")
    if not found or found["rank"] is None:
        return None
    return mark(
        "%(panel)s第%(rank)s名（%(score)s分）",
        panel=panel_name(rules, found["panel"]),
        rank=found["rank"],
        score=found["score"],
    )


def fixed_sentences(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """What the leaders must know of a list with few units, or with none that reaches the least score.

    They follow from the frozen rows, so that nothing has to be frozen for them.
    """
    rows = body["rows"]
    count = len(rows) + sum(line["code"] != "withdrawn" for line in body["outside"])  # who took part
    found = []
    if count <= rules.quota:
        found.append(mark("申报单位数量与拟遴选数量相当，按合格性评审。"))
    if count < FEW:
        found.append(
            mark(
                "参评单位共%(n)s家，不足%(few)s家，请结合最低得分要求、专家组意见和专家评语逐家审定。",
                n=count,
                few=FEW,
            )
        )
    if _nobody_reaches(body, rules):
        found.append(
            mark(
                "没有单位达到最低得分%(points)s分，本批次无符合条件单位。",
                points=f"{rules.shortlist.threshold:.2f}",
            )
        )
    return tuple(found)


def _nobody_reaches(body: Mapping[str, Any], rules: Rules) -> bool:
    """Whether every unit fell short; an empty list may as well be one whose units have all withdrawn."""
    if body["rows"]:
        return all(below_threshold(line, rules) for line in body["rows"])
    took_part = [line for line in body["outside"] if line["code"] != "withdrawn"]
    return bool(took_part) and all(_fell_short(line, rules) for line in took_part)


def _fell_short(line: Mapping[str, Any], rules: Rules) -> bool:
    """The same of a unit without a place, by what its panel or the first round gave it."""
    if "admission" in line:
        return bool(line["admission"]["outcome"] == "below_threshold")
    text = line["stage_scores"].get(rules.scored_stages[0].key)
    return text is not None and Decimal(text) < rules.shortlist.threshold


def below_threshold(line: Mapping[str, Any], rules: Rules) -> bool:
    """Whether the score is under the call's least one: the final score where all rounds count to the same
    total, else that of the first round, which the least score is said of.
    """
    stages = rules.scored_stages
    totals = {rules.rubric_of(stage.key).total for stage in stages}
    text = line["final"] if len(totals) == 1 else line["stage_scores"].get(stages[0].key)
    return text is not None and Decimal(text) < rules.shortlist.threshold


def effects(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """Whether reconciliation changed this list, and the list of those who went on before it."""
    own = said((item for item in body["notices"] if item["code"].startswith(EFFECT)), body, rules)
    earlier = body.get("shortlist_notices", ())
    if not earlier:
        return own
    return (
        *(_of_shortlist(item, body, rules) for item in earlier),
        *(mark("拟遴选名单：%(sentence)s", sentence=sentence) for sentence in own),
    )


def _of_shortlist(item: Mapping[str, Any], body: Mapping[str, Any], rules: Rules) -> Message:
    """What reconciliation did to a shortlist, with the panel's name where several made one."""
    (sentence,) = said([item], body, rules)
    if "panel" not in item:
        return mark("入围名单：%(sentence)s", sentence=sentence)
    return mark("%(panel)s入围名单：%(sentence)s", panel=panel_name(rules, item["panel"]), sentence=sentence)


def panel_name(rules: Rules, key: str) -> str:
    """The name of one of several panels; empty where its stage has one."""
    names = {panel.key: panel.name for stage in rules.scored_stages for panel in stage.panels}
    return names.get(key, "")


def said(notices: Iterable[Mapping[str, Any]], body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """Notices of the ranking `body` as Chinese sentences, with names for its units and criteria."""
    from review_portal.aggregator import Notice
    from review_portal.domain import wording

    names = {row["number"]: f"{row['number']} {row['unit']}" for row in [*body["rows"], *body["outside"]]}
    criteria = {
        f"{key}.{criterion.key}": criterion.name
        for key, rubric in rules.rubrics.items()
        for criterion in rubric.criteria
    } | {f"stage.{stage.key}": stage.name for stage in rules.scored_stages}
    return tuple(
        tie_words.sentence(item["code"], item["params"], names)
        if item["code"] in tie_words.CODES
        else wording.sentence(Notice(item["code"], item["params"]), names=names, criteria=criteria)
        for item in notices
    )
