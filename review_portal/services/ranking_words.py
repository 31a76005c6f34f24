"""A ranking's body in sentences: what is to be known beside the places, and what reconciliation did."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from review_portal.domain import tie_words
from review_portal.domain.messages import Message, mark
from review_portal.services.ranking_body import EFFECT
from scoring_rubrics import Call as Rules

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
    others = (item for item in body["notices"] if not item["code"].startswith(EFFECT))
    return (*_said(others, body, rules), *effects(body, rules))


def effects(body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
    """Whether reconciliation changed this list, and the list of those who went on before it."""
    own = _said((item for item in body["notices"] if item["code"].startswith(EFFECT)), body, rules)
    before = _said(body.get("shortlist_notices", ()), body, rules)
    if not before:
        return own
    return (
        *(mark("入围名单：%(sentence)s", sentence=sentence) for sentence in before),
        *(mark("拟遴选名单：%(sentence)s", sentence=sentence) for sentence in own),
    )


def _said(notices: Iterable[Mapping[str, Any]], body: Mapping[str, Any], rules: Rules) -> tuple[Message, ...]:
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
