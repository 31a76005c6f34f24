"""What the chair's ranking pages are given: a ranking's body in the shapes of the components."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain import wording
from review_portal.services.freeze_gates import Awaited
from review_portal.services.ranking import RankingView
from review_portal.services.ranking_insight import Insight
from review_portal.services.ranking_words import OUTCOMES, RESULTS, admission
from review_portal.services.rounds import RoundView
from review_portal.web import chair_insight_pages
from review_portal.web.chair_pages import back
from review_portal.web.chair_window import Window, window
from review_portal.web.filters import office_time
from review_portal.web.forms import say

_OUTCOME_KINDS = {"proposed": "done", "shortlisted": "done", "tied": "warn", "ranked": "none"}


def ranking_page(
    round_: RoundView,
    view: RankingView,
    composites: Mapping[str, Mapping[str, Decimal]] | None = None,
    seen: Window | None = None,
) -> dict[str, Any]:
    """The table of the look's ranking page, tried out or frozen; of a long one what the address asks for."""
    stages = view.body["stages"]
    final_shown = len(stages) > 1
    seen = seen or window_of(view)
    others = _other_rules(view)
    weights = "，".join(f"{stage['name']}{Decimal(stage['weight']).normalize():f}" for stage in stages)
    trial = view.frozen_at is None
    freeze = url_for("chair.freeze", round_=round_.public_id)
    return {
        "trial": trial,
        "heading": _heading(view),
        "frozen": _("%(at)s冻结　%(by)s", at=office_time(view.frozen_at), by=view.frozen_by or ""),
        "stage_words": weights if final_shown else stages[0]["name"] if "panel" in view.body else "",
        "acts": [{"href": freeze, "text": _freeze_text(view), "main": True}] if trial else [],
        "rule_words": _("%(rule)s（通知未规定，按评审工作方案执行）", rule=_(view.rules.rule.label)),
        "stages": [stage["name"] for stage in stages] if final_shown else [],
        "others": [say(wording.RULE_NAMES[name]) for name in others],
        "rows": _ranked_rows(view, stages if final_shown else [], others, seen),
        "pager": seen.pager(),
        "tie": _tie(view),
        "lines": [say(item) for item in view.sentences if item not in view.effects],
        "effects": [say(item) for item in view.effects],
        "frozen_facts": _frozen_facts(view),
        "code": view.digest,
        "code_note": _code_note(view),
        "verify_href": "",
        "cater": _caterpillar(view, composites, seen) if composites else None,
        "cater_note": _("每点为一位专家，横条为最低至最高，竖线为最终得分"),
    }


def window_of(view: RankingView) -> Window:
    """What this request shows of the ranking."""
    return window(len(view.rows) + len(view.outside), min(view.body["quota"], len(view.rows)))


def chair_page(
    round_: RoundView,
    view: RankingView,
    composites: Mapping[str, Mapping[str, Decimal]],
    insight: Insight,
) -> dict[str, Any]:
    """The chair's page: the ranking, how sure it is, and whether it would stand a change."""
    seen = window_of(view)
    page = ranking_page(round_, view, composites, seen)
    about = chair_insight_pages.insight_page(round_, view, insight, seen)
    told = chair_insight_pages.told_lines(about)
    return {**page, **about, "lines": [line for line in page["lines"] if line not in told]}


def _caterpillar(
    view: RankingView, composites: Mapping[str, Mapping[str, Decimal]], seen: Window
) -> dict[str, Any] | None:
    """Experts' own totals around each final score, in the order of rank; of the rows that are shown."""
    shown = [row for row in seen.of([*view.rows, *view.outside]) if row.get("rank") is not None]
    values = [value for row in shown for value in composites.get(row["number"], {}).values()]
    if not values:
        return None
    low, high = int(min(values)) // 5 * 5, (int(max(values)) // 5 + 1) * 5
    rows = [
        {
            "rank": row["rank"],
            "label": f"{row['number']} {row['unit']}",
            "points": [
                {"value": value, "name": code, "flag": False}
                for code, value in sorted(composites.get(row["number"], {}).items())
            ],
            "mean": Decimal(row["final"]),
            "right": row["final"],
        }
        for row in shown
        if row["number"] in composites
    ]
    above = view.rows[: seen.first]
    listed = sum(row["outcome"] in ("proposed", "shortlisted") for row in [*above, *shown]) - len(above)
    within = sum(row["rank"] <= view.body["quota"] for row in view.rows)  # a tie across the cut as a whole
    cut = _("拟遴选%(n)s家", n=view.body["quota"]) if view.kind == "final" else _("入围界线")
    return {
        "rows": rows,
        "label": _("各专家折合分"),
        "low": low,
        "high": high,
        "step": 5,
        "cut_after": max(listed if view.kind == "shortlist" else min(within - seen.first, len(rows)), 0),
        "cut_text": cut,
    }


def _heading(view: RankingView) -> str:
    if view.kind == "shortlist":
        return _("入围名单（试算）") if view.frozen_at is None else _("入围名单")
    return _("试算排名") if view.frozen_at is None else _("排名与说明")


def _code_note(view: RankingView) -> str:
    """Where the code will be found on paper."""
    if view.frozen_at is None:
        return _("冻结时核对内容未变；冻结后另生成排名校验码。")
    if view.kind == "shortlist":
        return _("印于本轮评分汇总表页脚。")
    return _("印于末轮评分汇总表和排名工作簿页脚。")


def _freeze_text(view: RankingView) -> str:
    return _("冻结入围名单") if view.kind == "shortlist" else _("冻结排名")


def _other_rules(view: RankingView) -> list[str]:
    return [name for name in wording.RULE_NAMES if any(name in row["references"] for row in view.rows)]


def _ranked_rows(
    view: RankingView, stages: Sequence[Any], others: Sequence[str], seen: Window
) -> list[dict[str, Any]]:
    """The rows that are shown: first those with a place, then those listed apart."""
    places = [(number, row) for number, row in enumerate(view.rows) if seen.first <= number < seen.last]
    apart = seen.of([*view.rows, *view.outside])[len(places) :]
    return [
        *(_placed_row(view, number, row, stages, others) for number, row in places),
        *(_row_apart(view, row, stages, others) for row in apart),
    ]


def _placed_row(
    view: RankingView, number: int, row: Mapping[str, Any], stages: Sequence[Any], others: Sequence[str]
) -> dict[str, Any]:
    earlier = view.rows[number - 1] if number else None
    tie = _("同分，按并列规则确定先后") if row["shares_score"] and not row["shares_rank"] else ""
    sub = [row["recommender"], *_admitted(row, view), *([tie] if tie else [])]
    return {
        "rank": row["rank"],
        "number": row["number"],
        "title": row["unit"],
        "sub": "　".join(sub),
        "scores": [*(row["stage_scores"].get(stage["key"]) for stage in stages), row["final"]],
        "others": [row["references"].get(name) for name in others],
        "opinion": say(RESULTS[row["result"]]) if row["result"] else "",
        "kind": _OUTCOME_KINDS.get(row["outcome"], "out"),
        "state": say(OUTCOMES[row["outcome"]]),
        "cut": earlier is not None and _cut_between(view, earlier, row),
        "off": False,
    }


def _row_apart(
    view: RankingView, row: Mapping[str, Any], stages: Sequence[Any], others: Sequence[str]
) -> dict[str, Any]:
    return {
        "rank": None,
        "number": row["number"],
        "title": row["unit"],
        "sub": "　".join([row["recommender"], *_admitted(row, view), *_kept(row["code"])]),
        "scores": [*(row["stage_scores"].get(stage["key"]) for stage in stages), None],
        "others": [None] * len(others),
        "opinion": "",
        "kind": "out",
        "state": say(OUTCOMES[row["code"]]),
        "cut": False,
        "off": True,
    }


def _cut_between(view: RankingView, above: Mapping[str, Any], row: Mapping[str, Any]) -> bool:
    """Whether the line runs between two rows: below the places, or below the last who goes on."""
    if view.kind == "shortlist":
        return above["outcome"] == "shortlisted" != row["outcome"]
    return bool(above["rank"] <= view.body["quota"] < row["rank"])


def _admitted(row: Mapping[str, Any], view: RankingView) -> list[str]:
    said = admission(row, view.rules)
    return [say(said)] if said else []


def _kept(code: str) -> list[str]:
    """What became of a withdrawn dossier's sheets."""
    return [_("评分留存，不参与排名")] if code == "withdrawn" else []


def _tie(view: RankingView) -> dict[str, Any] | None:
    """How the tie at the cut (or else the first one) was compared, key by key."""
    ties = view.body["ranking"]["ties"]
    if not ties:
        return None
    tie = next((item for item in ties if item["at_cut"] == "true"), ties[0])
    heads = [number for group in tie["order"] for number in group]
    same = _("相同，进入下一项")
    first, last = tie["places"]
    pair = len(heads) == len(tie["order"]) == 2
    decided = _("%(number)s列第%(place)s名", number=heads[0], place=first) if pair else _("据此确定先后")
    rows: list[dict[str, Any]] = [
        {"label": _("最终得分"), "values": [tie["score"]] * len(heads), "result": same, "kind": ""}
    ]
    names = {
        f"{key}.{criterion.key}": f"{criterion.name}（{criterion.key}）"
        for key, rubric in view.rules.rubrics.items()
        for criterion in rubric.criteria
    } | {f"stage.{stage.key}": stage.name for stage in view.rules.scored_stages}
    for step in tie["steps"]:
        values = dict(zip(step["dossiers"], step["values"], strict=True))
        separates = len(set(values.values())) > 1
        rows.append(
            {
                "label": names.get(step["key"], step["key"]),
                "values": [values.get(number) for number in heads],
                "result": decided if separates else same,
                "kind": "done" if separates else "",
                "next": separates,
            }
        )
    numbers = "、".join(heads)
    across = _("%(numbers)s得分均为%(score)s，位于界线两侧", numbers=numbers, score=tie["score"])
    return {
        "title": _("同分说明：第%(first)s名与第%(last)s名", first=first, last=last),
        "note": across if tie["at_cut"] == "true" else "",
        "caption": _("依次比较各一级指标得分的算术平均（全部有效专家，保留两位小数）"),
        "heads": heads,
        "rows": rows,
    }


def _frozen_facts(view: RankingView) -> list[tuple[str, Any]]:
    quota = _("拟遴选") if view.kind == "final" else _("入围名额")
    facts: list[tuple[str, Any]] = [
        (_("规则"), _(view.rules.rule.label)),
        (_("保留小数"), _("两位，四舍五入")),
        (quota, _("%(n)s家左右", n=view.body["quota"]) if view.kind == "final" else view.body["quota"]),
    ]
    if "threshold" in view.body:
        facts.append((_("门槛"), view.body["threshold"]))
    if view.body.get("look"):
        facts.append((_("专家组说明"), view.body["look"]))
    return facts


def _before_freezing(round_: RoundView, awaited: Awaited) -> list[tuple[str, str]]:
    """What is still to be done, each with the page where it is done."""
    found = [
        (
            url_for("panel.opinion", round_=round_.public_id, dossier=dossier),
            _("%(number)s %(unit)s在遴选名额内，尚无经专家组确认的意见", number=number, unit=unit),
        )
        for dossier, number, unit in awaited.opinions
    ]
    if awaited.tie:
        where = url_for("panel.tie", round_=round_.public_id)
        found.append((where, _("遴选界线上有单位并列，须先由专家表决，或提请审定")))
    return found


def freeze_page(
    round_: RoundView, view: RankingView, awaited: Awaited, look: str, fault: str
) -> dict[str, Any]:
    """Freezing what was tried out."""
    proposed = [row for row in view.rows if row["outcome"] in ("proposed", "shortlisted")]
    tied = [row for row in view.rows if row["outcome"] == "tied"]
    names = "、".join(f"{row['number']} {row['unit']}" for row in proposed)
    reason = {
        "name": "look",
        "label": _("专家组对规则差异的说明"),
        "hint": _("改用其他常用规则会改变名单，须写明专家组的说明。"),
        "value": look,
        "err": fault,
    }
    return {
        "title": _freeze_text(view),
        "lead": round_.name,
        "consequences": [
            _("冻结后方法、参数、名次不可更改。"),
            _("冻结后生成的校验码含专家组说明，印在汇总表上，任何人可据此复算。"),
            *([_("%(n)s家并列待定，由专家组表决或提请审定。", n=len(tied))] if tied else []),
        ],
        "facts": [
            (_("规则"), _(view.rules.rule.label)),
            (_("列入名单"), _("%(n)s家：%(names)s", n=len(proposed), names=names or "—")),
            (_("不参与排名"), len(view.outside)),
        ],
        "problems": _before_freezing(round_, awaited),
        "code": view.digest,
        "code_note": _("试算校验码；冻结后另生成排名校验码"),
        "hidden": [("digest", view.digest)],
        "reason": reason if view.body["demands_look"] else None,
        "act_text": _freeze_text(view),
        "grave": True,
        "action": url_for("chair.freeze", round_=round_.public_id),
        **back(round_, "chair.rank"),
    }
