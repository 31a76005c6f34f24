"""The chair's desk: putting a tie across the cut to an open vote, ending it, sending it up."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import tie_reading, tie_votes
from review_portal.services.tie_reading import TieView
from review_portal.web import panel_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.forms import say

desk = Desk("chair_votes", __name__, url_prefix="/chair")
FORM = ("GET", "POST")


def _view(round_: str) -> TieView:
    enter(round_, _("并列表决"))
    return tie_reading.view(viewer(), round_=round_)


def _back(round_: str) -> str:
    return url_for("panel.tie", round_=round_)


def _act(problem: PortalError | None, **page: Any) -> ResponseReturnValue:
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    return render_template("act.html", **page), problem.status if problem else 200


def _reason(label: str, problem: PortalError | None, *, optional: bool = False) -> dict[str, Any]:
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return {"label": label, "value": request.form.get("reason", ""), "err": fault, "optional": optional}


@desk.page("/<round_>/tie/open", permission=Permission.EXPERT, methods=FORM)
def open_(round_: str) -> ResponseReturnValue:
    """Put what is open of the tie to a ballot."""
    view, problem = _view(round_), None
    if request.method == "POST":
        note, contest = request.form.get("reason", ""), request.form.get("contest", "")
        try:
            tie_votes.open_vote(viewer(), round_=round_, contest=contest, note=note)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("并列表决已发起，请各位专家在本人账号中表决。"), "good")
            return redirect(_back(round_), 303)
    if view.state != "open":
        return redirect(_back(round_), 303)
    return _act(
        problem,
        title=_("发起并列表决"),
        lead=view.name,
        consequences=panel_pages.rules_said(view.rules, len(view.left), view.places_left, len(view.voters)),
        facts=[
            (_("并列的单位"), panel_pages.named(view.left)),
            (_("余下名额"), view.places_left),
            (_("有表决权的专家"), "、".join(view.voters) or "—"),
            (_("不参加表决"), "、".join(view.kept_out) or "—"),
        ],
        problems=[("", _("请先办理专家组意见：%(units)s。", units="、".join(view.lacking)))]
        if view.lacking
        else [],
        hidden=[("contest", view.contest)],
        reason=_reason(_("说明"), problem, optional=True),
        act_text=_("发起表决"),
        action=url_for("chair_votes.open_", round_=round_),
        back_href=_back(round_),
        back_text=_("返回"),
    )


@desk.page("/<round_>/tie/close", permission=Permission.EXPERT, methods=FORM)
def close(round_: str) -> ResponseReturnValue:
    """End the ballot: it is counted, and everybody's choice is told."""
    view, problem = _view(round_), None
    if request.method == "POST":
        vote, reason = request.form.get("vote", ""), request.form.get("reason", "")
        try:
            kind = tie_votes.close(viewer(), vote=vote, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            done = _("表决已结束，结果见下。") if kind == "counted" else _("并列的单位已变化，本次表决作废。")
            flash(done, "good" if kind == "counted" else "care")
            return redirect(_back(round_), 303)
    running = view.running
    if running is None:
        return redirect(_back(round_), 303)
    short = _(
        "已参加%(cast)s人，未达到%(needed)s人，不能结束表决；可等候，或提请审定。",
        cast=len(running.voted),
        needed=running.needed,
    )
    return _act(
        problem,
        title=_("结束并列表决"),
        lead=panel_pages.named(running.units),
        consequences=[
            _("按票数得出结果，公布每人的选择；此后不能再投票或改选。"),
            _("结果记入排名说明，凭表决记录校验码可以核对。"),
        ],
        facts=[
            (_("已参加"), "、".join(running.voted) or "—"),
            (_("未参加"), "、".join(running.waiting) or "—"),
        ],
        problems=[] if running.complete else [("", short)],
        hidden=[("vote", running.public_id)],
        reason=_reason(_("未参加的专家为何不能参加"), problem) if running.waiting else None,
        act_text=_("结束表决"),
        grave=True,
        action=url_for("chair_votes.close", round_=round_),
        back_href=_back(round_),
        back_text=_("返回"),
    )


@desk.page("/<round_>/tie/refer", permission=Permission.EXPERT, methods=FORM)
def refer(round_: str) -> ResponseReturnValue:
    """并列提请审定: the leaders' meeting decides."""
    view, problem = _view(round_), None
    if request.method == "POST":
        contest, reason = request.form.get("contest", ""), request.form.get("reason", "")
        try:
            tie_votes.refer(viewer(), round_=round_, contest=contest, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已登记并列提请审定。"), "good")
            return redirect(_back(round_), 303)
    if view.state not in ("open", "referred"):
        abort(404)
    return _act(
        problem,
        title=_("并列提请审定"),
        lead=view.name,
        consequences=[
            _("专家组不再表决，这些单位在排名中列为“并列待定”，由会议审定。"),
            _("提请后不能撤回；正在进行、人数未达到规定的表决作废。"),
        ],
        facts=[
            (_("并列的单位"), panel_pages.named(view.left)),
            (_("余下名额"), view.places_left),
        ],
        hidden=[("contest", view.contest)],
        reason=_reason(_("提请审定的理由"), problem),
        act_text=_("提请审定"),
        grave=True,
        action=url_for("chair_votes.refer", round_=round_),
        back_href=_back(round_),
        back_text=_("返回"),
    )
