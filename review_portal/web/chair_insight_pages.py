"""What the pages of a ranking's analysis are given: plain words first, every figure on the other tab."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import url_for
from flask_babel import gettext as _

from review_portal.domain import wording
from review_portal.domain.messages import Message, mark
from review_portal.services.insight_tables import tables
from review_portal.services.insight_words import Table
from review_portal.services.ranking import RankingView
from review_portal.services.ranking_insight import EMPTY, Insight
from review_portal.services.ranking_words import said
from review_portal.services.rounds import RoundView
from review_portal.web.chair_window import SIZE, Window, around
from review_portal.web.filters import office_time
from review_portal.web.forms import say

TOLD = 10  # pairs of neighbours that a sentence names
LOOSE = frozenset({"swap_likely", "overlap_expected"})  # hold only where all panels hang together
SURE = LOOSE | {
    "few_dossiers",
    "few_reviews",
    "as_many_as_quota",
    "margin_below_usual",
    "advice_not_computed",
    "severity_not_connected",
    "panels_not_connected",
    "panels_weakly_linked",
    "model_dossier_zero",
}
WHAT_IF: tuple[tuple[Message, tuple[str, ...]], ...] = (
    (mark("改用其他算法"), ("rule_",)),
    (mark("其他变化"), ("stability_not_in_groups",)),
    (
        mark("不计任一专家的评分"),
        ("stability_expert", "stability_other_experts", "stability_many_experts"),
    ),
    (mark("不计任一项指标"), ("stability_criteri",)),
    (mark("指标权重变化"), ("stability_weight", "stability_all_weights")),
)
STATES: Mapping[str, Message] = {
    "waiting": mark("排名说明正在计算，通常几秒钟完成。请稍后刷新本页。"),
    "outdated": mark("上次计算排名说明之后，参与排名的评分或单位有变化，请重新计算。"),
    "missing": mark("尚未计算排名说明。"),
    "empty": EMPTY,
}
_KINDS = {"把握较大": "high", "需要讨论": "open", "可能性较小": "low"}


def insight_page(round_: RoundView, view: RankingView, insight: Insight, window: Window) -> dict[str, Any]:
    """The first screen: how sure the places are, and whether the list would stand a change."""
    statistics = url_for("chair_insight.statistics", round_=round_.public_id)
    page: dict[str, Any] = {
        "tabs": _tabs(round_, statistics=False),
        "insight_note": "",
        "insight_act": "",
        "sure": None,
        "what_if": [],
    }
    refused = _refused(insight)
    if insight.state != "ready" or refused:
        again = insight.state not in ("ready", "empty")
        return page | {
            "insight_note": refused or say(STATES[insight.state]),
            "insight_act": url_for("chair_insight.compute", round_=round_.public_id) if again else "",
            "insight_act_text": _("重新计算") if insight.state != "missing" else _("计算排名说明"),
        }
    ranges = _ranges(view, insight.body, window)
    return page | {
        "sure": {"lines": _sure(view, insight.body), "ranges": ranges, "href": statistics},
        "what_if": _what_if(view, insight.body),
    }


def told_lines(page: Mapping[str, Any]) -> set[str]:
    """Sentences that stand in a section of their own and need not be said again."""
    sure = page["sure"]["lines"] if page["sure"] else []
    return {*sure, *(line for _head, lines in page["what_if"] for line in lines)}


def _tabs(round_: RoundView, *, statistics: bool) -> list[tuple[str, str, bool]]:
    at = round_.public_id
    return [
        (_("排名与说明"), url_for("chair.rank", round_=at), not statistics),
        (_("供统计人员"), url_for("chair_insight.statistics", round_=at), statistics),
    ]


def _refused(insight: Insight) -> str:
    """Why nothing could be computed, if so."""
    problem = insight.body.get("problem")
    return "" if problem is None else _("未能计算排名说明：%(why)s", why=_why(problem))


def _why(problem: Mapping[str, Any]) -> str:
    msgid, params = problem["msgid"], problem["params"]
    return say(Message(msgid, params))


def _shows(body: Mapping[str, Any]) -> bool:
    """Whether ranges and chances may stand on the first screen: enough figures, all hanging together."""
    return bool(body["advised"] and body["connected"])


def _sure(view: RankingView, body: Mapping[str, Any]) -> list[str]:
    codes = SURE if body["connected"] else SURE - LOOSE
    notices = [entry for entry in body["notices"] if entry["code"] in codes]
    lines = [say(line) for line in said(notices, view.body, view.rules)]
    if body["advised"] and not body["connected"]:
        lines.append(_("各组评审互不连通，不列名次范围和入选可能性。"))
    lines += _close(body)
    return list(dict.fromkeys(lines))


def _close(body: Mapping[str, Any]) -> list[str]:
    """The usual fluctuation, and which neighbours differ by less: those next to the cut first."""
    if body["usual"] is None:
        return []
    close = [
        (abs(place - body["quota"]), place, margin)
        for place, _upper, _lower, margin, near, _percent in body["neighbours"]
        if near and float(margin) > 0
    ]
    usual = _("本轮评分的一般波动约%(usual)s分。", usual=body["usual"])
    if not close:
        if any(float(margin) == 0 for _place, _upper, _lower, margin, *_rest in body["neighbours"]):
            return [usual + _("除得分相同的外，名次相邻的单位分差均不小于一般波动。")]
        return [usual + _("名次相邻的单位分差均不小于一般波动。")]
    pairs = "、".join(
        _("第%(place)s名与第%(next)s名（%(margin)s分）", place=place, next=place + 1, margin=margin)
        for _far, place, margin in sorted(sorted(close)[:TOLD], key=lambda pair: pair[1])
    )
    if len(close) > TOLD:
        told = _(
            "名次相邻而分差小于一般波动的有%(count)s对，靠近界线的是%(pairs)s。请结合专家评语判断先后。",
            count=len(close),
            pairs=pairs,
        )
    else:
        told = _("名次相邻而分差小于一般波动的有%(pairs)s，请结合专家评语判断先后。", pairs=pairs)
    return [usual + told]


def _ranges(view: RankingView, body: Mapping[str, Any], window: Window) -> dict[str, Any] | None:
    """The rows of the window with their ranges; the scale spans what they need."""
    if not _shows(body):
        return None
    known = body["dossiers"]["rows"]
    shown = [row for row in window.of([*view.rows, *view.outside]) if row.get("rank") is not None]
    rows = []
    for row in shown:
        line = known.get(row["number"])
        if line is None or line["low"] is None:
            continue
        word = wording.chance_word(int(line["percent"]))
        rows.append(
            {
                "rank": row["rank"],
                "number": row["number"],
                "title": row["unit"],
                "final": row["final"],
                "calibrated": line["score"],
                "low": int(line["low"]),
                "high": int(line["high"]),
                "word": say(word),
                "kind": _KINDS[word.msgid],
            }
        )
    if not rows:
        return None
    quota = view.body["quota"]
    return {
        "rows": rows,
        "first": min(min(row["low"], row["rank"]) for row in rows),
        "last": max(max(row["high"], row["rank"]) for row in rows),
        "cut": quota if quota < len(view.rows) else 0,
        "chance": _("入选可能性") if view.kind == "final" else _("进入前%(n)s名的可能性", n=quota),
        "high": say(wording.CHANCE_HIGH),
        "open": say(wording.CHANCE_OPEN),
        "low": say(wording.CHANCE_LOW),
    }


def _what_if(view: RankingView, body: Mapping[str, Any]) -> list[tuple[str, list[str]]]:
    """Four kinds of change, each with what it would do to the list."""
    found = []
    for head, codes in WHAT_IF:
        notices = [entry for entry in body["notices"] if entry["code"].startswith(codes)]
        lines = list(dict.fromkeys(say(line) for line in said(notices, view.body, view.rules)))
        if lines:
            found.append((say(head), lines))
    return found


def statistics_page(round_: RoundView, view: RankingView, insight: Insight) -> dict[str, Any]:
    """The other tab: all tables, what the model says of itself, and what everything was made of."""
    refused = _refused(insight)
    ready = insight.state == "ready" and not refused
    body = insight.body
    again = url_for("chair_insight.compute", round_=round_.public_id)
    return {
        "tabs": _tabs(round_, statistics=True),
        "insight_note": "" if ready else refused or say(STATES[insight.state]),
        "insight_act": again if insight.state not in ("ready", "empty") else "",
        "insight_act_text": _("重新计算") if insight.state != "missing" else _("计算排名说明"),
        "method": [say(line) for line in _method(view, body)] if ready else [],
        "remarks": _remarks(view, body) if ready else [],
        "tables": [_shown(round_, table, view) for table in tables(body, view.body, view.rules)]
        if ready
        else [],
        "made_of": _made_of(view, insight) if insight.state == "ready" else [],
    }


def _method(view: RankingView, body: Mapping[str, Any]) -> list[Message]:
    names = {stage.key: stage.name for stage in view.rules.scored_stages}
    stages = [(names.get(stage["key"], stage["key"]), stage["weight"]) for stage in body["stages"]]
    lines = [
        mark(
            "评分校准模型：一份评分等于总均值、材料质量、专家宽严程度、偶然波动之和；后三项为随机效应，"
            "方差用限制性最大似然估计，效应用最佳线性无偏预测。"
        ),
        mark("所用评分与排名相同：复议后的有效评分表；不参与排名的单位，其评分只用于估计专家宽严程度。"),
    ]
    if len(stages) > 1:
        weights = "，".join(f"{name}{weight}" for name, weight in stages)
        lines.append(
            mark(
                "各环节分别拟合，再按批次权重（%(weights)s）合成校准得分：专家宽严程度按环节估计，"
                "各环节的偶然波动视为相互独立，只比较各环节都有评分且参与排名的单位。",
                weights=weights,
            )
        )
    if view.kind == "shortlist":
        lines.append(mark("可能性指进入前%(n)s名，不含入围分数线。", n=view.body["quota"]))
    lines.append(mark("名次范围是真实名次以九成可能落入的范围。以上均为参考，不作为排序依据。"))
    return lines


def _remarks(view: RankingView, body: Mapping[str, Any]) -> list[str]:
    """What the model and the coefficients have to say of themselves, each sentence once."""
    lines: list[str] = []
    if body["small"]:
        lines.append(_("单位或评分较少，下列推算值很不稳定，只供核对，不在排名页显示。"))
    if body["model_problem"] is not None:
        lines.append(_("未能拟合评分校准模型：%(why)s", why=_why(body["model_problem"])))
    notices = list(body["notices"])
    for stage in body["statistics"]:
        fit = stage["fit"]
        notices += [] if fit is None else fit["notices"]
        notices += [] if stage["agreement"] is None else stage["agreement"]["notices"]
        if fit is not None and fit["coverage"]["problem"] is not None:
            lines.append(_why(fit["coverage"]["problem"]))
    told = [entry for entry in notices if not entry["code"].startswith(("rule_", "stability_"))]
    return list(dict.fromkeys([*lines, *(say(line) for line in said(told, view.body, view.rules))]))


def _shown(round_: RoundView, table: Table, view: RankingView) -> dict[str, Any]:
    """A table for the page: of a long one the rows around the cut, or the first ones."""
    total = len(table.rows)
    first = around(total, view.body["quota"]) if table.by_rank and total > SIZE else 0
    rows: Sequence[Any] = table.rows[first : first + SIZE]
    more = _("显示第%(first)s—%(last)s行，共%(total)s行，其余见下载的文件。",
             first=first + 1, last=first + len(rows), total=total)  # fmt: skip
    return {
        "key": table.key,
        "title": say(table.title),
        "note": say(table.note),
        "heads": [(say(head), kind) for head, kind in table.heads],
        "rows": [[_cell(cell) for cell in row] for row in rows],
        "more": more if total > SIZE else "",
        "href": url_for("chair_insight.table_csv", round_=round_.public_id, table=table.key),
    }


def _cell(cell: str | Message | None) -> str:
    if cell is None:
        return "—"
    return say(cell) if isinstance(cell, Message) else cell


def _made_of(view: RankingView, insight: Insight) -> list[tuple[str, Any]]:
    body = insight.body
    names = {stage.key: stage.name for stage in view.rules.scored_stages}
    return [
        (_("计算时间"), office_time(insight.computed_at)),
        (_("计算人"), insight.computed_by or _("系统（复议结束或冻结后）")),
        (_("抽取参数"), body["seed"]),
        (_("软件版本"), body["software"]),
        (_("方法"), body["method"]),
        *(
            (_("%(stage)s评分校验码", stage=names.get(key, key)), code)
            for key, code in body["inputs"].items()
        ),
        (_("规则校验码"), body["rules"]),
        (_("排名说明校验码"), insight.digest),
    ]
