"""What the expert's templates are given: services' data in the shapes of the components. No rule here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from flask import request, url_for
from flask_babel import get_locale
from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE, now
from review_portal.domain.errors import PortalError
from review_portal.domain.messages import mark
from review_portal.services.own_gates import Gate
from review_portal.services.worklist import WorkRound, WorkRow
from review_portal.web.expert_nav import round_links
from review_portal.web.filters import MISSING, office_time
from review_portal.web.forms import say

STATES = {
    "assigned": ("none", mark("未评")),
    "draft": ("part", mark("草稿")),
    "returned": ("warn", mark("已退回")),
    "submitted": ("done", mark("已提交")),
    "recused": ("out", mark("回避")),
    "missed": ("out", mark("逾期未交")),
    "void": ("out", mark("作废")),
}
ROUND_STATES = {
    "scoring": mark("评分进行中"),
    "sealed": mark("评分已结束，已封存"),
    "reconciling": mark("复议中"),
    "finished": mark("本轮已结束"),
}


def round_page(work: WorkRound) -> dict[str, Any]:
    """One round of the worklist; `show=open` in the address leaves out what is done."""
    following = work.next_open() if work.state == "scoring" else None
    drafts = sum(row.state in ("draft", "returned") for row in work.counted)
    blank = sum(row.state == "assigned" for row in work.counted)
    open_rows = [row for row in work.rows if row.is_open]
    only_open = request.args.get("show") == "open" and bool(open_rows)
    return {
        "id": work.public_id,
        "title": work.name,
        "note": _(
            "%(items)s个评分项，满分%(max)s分，评分按%(step)s分递进",
            items=work.items,
            max=f"{work.maximum.normalize():f}",
            step=f"{work.step.normalize():f}",
        ),
        "state": say(ROUND_STATES[work.state]),
        "deadline": _moment(work.deadline),
        "left": _left(work),
        "pledge_href": "" if work.pledged_at else url_for("expert.pledge", round_=work.public_id),
        "away": work.away and work.state == "scoring",
        "done": work.submitted,
        "total": len(work.counted),
        "open_words": _("草稿%(drafts)s份，未评%(blank)s份", drafts=drafts, blank=blank),
        "recused": sum(row.state == "recused" for row in work.rows),
        "next": _next(work, following),
        "links": round_links(work),
        "in_turns": any(row.turn for row in work.rows),
        "all_in": work.state == "scoring" and bool(work.counted) and work.submitted == len(work.counted),
        "filters": _filters(work, only_open, len(open_rows)),
        "rows": [_work_row(row, work, row is following) for row in (open_rows if only_open else work.rows)],
    }


def _filters(work: WorkRound, only_open: bool, waiting: int) -> list[dict[str, Any]]:
    """All rows or those still open; nothing to choose where all or none are open."""
    if work.state != "scoring" or waiting in (0, len(work.rows)):
        return []
    every = {"text": _("全部%(n)s份", n=len(work.rows)), "href": url_for("expert.home"), "on": not only_open}
    rest = url_for("expert.home", show="open")
    return [every, {"text": _("未完成%(n)s份", n=waiting), "href": rest, "on": only_open}]


def _left(work: WorkRound) -> str:
    if work.deadline is None or work.state != "scoring":
        return say(ROUND_STATES[work.state])
    minutes = int((work.deadline - now()).total_seconds() // 60)
    if minutes < 0:
        return _("已到截止时间，组长结束评分前仍可提交")
    days, hours = divmod(minutes // 60, 24)
    if days:
        return _("还有%(days)s天%(hours)s小时", days=days, hours=hours)
    return _("还有%(hours)s小时%(minutes)s分", hours=hours, minutes=minutes % 60)


def _moment(value: datetime | None) -> str:
    """3月2日 10:00; the whole date where the year is not this one, and in English."""
    if value is None:
        return MISSING
    here, today = value.astimezone(OFFICE_ZONE), now().astimezone(OFFICE_ZONE)
    if here.year != today.year or str(get_locale()) == "en":
        return office_time(value)
    return f"{here.month}月{here.day}日 {here:%H:%M}"


def _next(work: WorkRound, following: WorkRow | None) -> dict[str, str] | None:
    if following is None:
        return None
    word = _("继续评分") if following.state != "assigned" else _("开始评分")
    return {"href": _href(following, work), "text": f"{word}：{following.number}"}


def _href(row: WorkRow, work: WorkRound) -> str:
    if row.receipt and not row.is_open:
        return url_for("expert.receipt", revision=row.receipt)
    if not work.pledged_at:
        return url_for("expert.pledge", round_=work.public_id)
    return url_for("expert.sheet" if row.declared else "expert.declare", review=row.review)


def _work_row(row: WorkRow, work: WorkRound, following: bool) -> dict[str, Any]:
    kind, word = STATES[row.state]
    acts = {"assigned": _("开始评分"), "submitted": _("查看回执")}
    act = acts.get(row.state, _("继续评分")) if row.is_open or row.receipt else ""
    if row.is_open and work.state != "scoring":
        act = ""
    return {
        "number": row.number,
        "title": row.unit,
        "sub": _("联合体：%(names)s", names="、".join(row.members)) if row.members else "",
        "recommender": row.recommender,
        "kind": "out" if row.gone else kind,
        "state": _("已撤回") if row.gone else say(word),
        "done": row.done,
        "items": work.items,
        "total": row.total,
        "saved": _moment(row.saved_at),
        "recused": row.state == "recused",
        "off": row.state == "recused" or row.gone,
        "next": following,
        "href": _href(row, work) if act else "",
        "act": act,
    }


@dataclass(frozen=True, slots=True)
class Declaration:
    """The declaration page: the names to confirm one by one, what was ticked and typed, what is wrong."""

    names: tuple[tuple[str, str, str], ...]
    ticked: frozenset[str] = frozenset()
    answer: str = ""
    reason: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)

    def with_faults(self, problem: PortalError) -> Declaration:
        """The same page with a service's refusal at its fields."""
        return replace(self, errors={name: say(text) for name, text in problem.fields.items()})


def declaration(gate: Gate, form: Mapping[str, str]) -> Declaration:
    """Names of lead, members and recommending unit; `clear` takes every box."""
    words = {"lead": _("牵头单位"), "member": _("联合体成员")}
    names = [
        (
            f"unit{place}",
            f"{words[unit.role]}：{unit.name}",
            _("法定代表人：%(name)s", name=unit.legal_representative) if unit.legal_representative else "",
        )
        for place, unit in enumerate(gate.units)
    ]
    names.append(("recommender", _("推荐单位：%(name)s", name=gate.recommender), ""))
    ticked = frozenset(name for name, _label, _hint in names if form.get(name))
    answer, errors = form.get("answer", ""), {}
    if answer == "clear" and len(ticked) < len(names):
        errors = {
            name: _("请逐一确认；确有利害关系的，请申请回避。")
            for name, _l, _h in names
            if name not in ticked
        }
    return Declaration(tuple(names), ticked, answer, form.get("reason", ""), errors)


def recusal(gate: Gate, reason: str, problem: PortalError | None) -> dict[str, Any]:
    """The act page of a recusal from an open sheet."""
    return {
        "title": _("申请回避：%(number)s", number=gate.number),
        "lead": gate.unit,
        "consequences": [
            _("提交后不再显示该单位材料，已填的评分草稿删除。"),
            _("回避在本批次各轮评审中均有效，您对该单位没有评分，也不按0分计。"),
            _("回避的时间和事由记入评审记录。"),
        ],
        "facts": [(_("申报单位"), gate.unit), (_("推荐单位"), gate.recommender)],
        "problems": [("", say(problem.message))] if problem is not None and not problem.fields else [],
        "reason": {
            "label": _("回避事由"),
            "value": reason,
            "err": say(problem.fields["reason"]) if problem and "reason" in problem.fields else "",
        },
        "action": url_for("expert.recuse", review=gate.review),
        "act_text": _("申请回避"),
        "grave": True,
        "back_href": url_for("expert.sheet", review=gate.review),
    }
