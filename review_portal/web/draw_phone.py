"""Telephoning the drawn experts: script and text to copy, the log, and the way onto the panel."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain import draw_script
from review_portal.domain.errors import NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import draw_calls, draw_phones, panels
from review_portal.services.draw_views import RoundDraws
from review_portal.web import draw_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.draw import REFUSED, enter
from review_portal.web.forms import say

desk = Desk("draw_phone", __name__)
PHONE = "/draw/<round_>/phone"
DRAW = f"{PHONE}/<draw>"
OFFICE = Permission.OFFICE


@desk.page(PHONE, permission=OFFICE)
def phone(round_: str) -> ResponseReturnValue:
    """Whom to call, what to say, what was said."""
    return _phone(enter(round_))


def _phone(found: RoundDraws, problem: PortalError | None = None) -> ResponseReturnValue:
    return render_template(
        "draw/phone.html",
        found=found,
        lists=draw_phones.phone_list(viewer(), round_=found.public_id),
        organiser=found.party == "organiser",
        outcomes=draw_pages.OUTCOMES,
        spoken=draw_script.spoken,
        texted=draw_script.texted,
        problem=say(problem.message) if problem else "",
        listed=found.on_panel == set(found.confirmed),
        panel_href=draw_pages.panel_href(found),
    ), problem.status if problem else 200


def _known(round_: str, draw: str) -> RoundDraws:
    found = enter(round_)
    if draw not in {item.public_id for item in found.draws}:
        raise NotFound()
    return found


@desk.page(f"{DRAW}/<number>/call", permission=OFFICE, methods=("GET", "POST"))
def log(round_: str, draw: str, number: str) -> ResponseReturnValue:
    """One call: what to say, then what came of it; who does not come is followed by the next in order."""
    found, form = _known(round_, draw), request.form
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            following = draw_calls.log_call(
                viewer(),
                draw=draw,
                expert=number,
                outcome=form.get("outcome", ""),
                note=form.get("note", ""),
            )
        except REFUSED as refused:
            problem = refused
        else:
            _told(_("通话已登记。"), following)
            return redirect(url_for("draw_phone.phone", round_=round_), 303)
    return _call(found, draw, number, problem)


def _call(found: RoundDraws, draw: str, number: str, problem: PortalError | None) -> ResponseReturnValue:
    lists = draw_phones.phone_list(viewer(), round_=found.public_id)
    here = next((item for item in lists if item.draw == draw and item.calls_here), None)
    line = next((item for item in here.lines if item.number == number), None) if here else None
    if here is None or line is None:  # not the caller, or the seat has been given up meanwhile
        if problem is not None:
            return _phone(found, problem)
        raise NotFound()
    return render_template(
        "draw/call.html",
        found=found,
        list=here,
        line=line,
        choices=[(key, word) for key, (_kind, word) in draw_pages.OUTCOMES.items() if key],
        spoken=draw_script.spoken(found.issuer, here.meeting),
        typed=request.form,
        faults={name: say(text) for name, text in problem.fields.items()} if problem else {},
        problem=say(problem.message) if problem else "",
    ), problem.status if problem else 200


def _told(words: str, following: str | None) -> None:
    if following is not None:
        words = _("已登记，按抽取顺序由%(number)s号递补，请联系。", number=following)
    flash(words, "good")


@desk.page(f"{DRAW}/<number>/withdraw", permission=OFFICE, methods=("GET", "POST"))
def withdraw(round_: str, draw: str, number: str) -> ResponseReturnValue:
    """因故退出: somebody who had agreed does not come."""
    found = _known(round_, draw)
    return _act(
        found,
        lambda reason: draw_calls.withdraw(viewer(), draw=draw, expert=number, reason=reason),
        title=_("登记退出：%(number)s号", number=number),
        consequences=[_("该专家不再是人选，按抽取顺序由下一名递补；退出和递补印在抽取记录表上。")],
        action=url_for("draw_phone.withdraw", round_=round_, draw=draw, number=number),
        act_text=_("登记退出"),
    )


@desk.page(f"{DRAW}/caller", permission=OFFICE, methods=("GET", "POST"))
def take_over(round_: str, draw: str) -> ResponseReturnValue:
    """Another officer goes on telephoning."""
    found = _known(round_, draw)
    if found.party != "organiser":
        raise NotFound()
    return _act(
        found,
        lambda reason: draw_calls.take_over(viewer(), draw=draw, reason=reason),
        title=_("接手电话确认"),
        consequences=[
            _("此后由您拨打并登记，姓名和电话只向您和监督人员显示。"),
            _("接手的时间和原因记入监督记录。"),
        ],
        action=url_for("draw_phone.take_over", round_=round_, draw=draw),
        act_text=_("接手电话确认"),
    )


def _act(found: RoundDraws, act: draw_pages.Act, **page: object) -> ResponseReturnValue:
    """An act page that asks for a reason."""
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            _told(_("已登记。"), act(request.form.get("reason", "")))
        except REFUSED as refused:
            problem = refused
        else:
            return redirect(url_for("draw_phone.phone", round_=found.public_id), 303)
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    err = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return render_template(
        "act.html",
        lead=found.name,
        facts=[],
        reason={"label": _("原因"), "value": request.form.get("reason", ""), "err": err},
        back_href=url_for("draw_phone.phone", round_=found.public_id),
        **page,
    ), problem.status if problem else 200


@desk.page("/draw/<round_>/panel", permission=OFFICE, methods=("POST",))
def panel(round_: str) -> ResponseReturnValue:
    """Those who come become the round's panel."""
    found = enter(round_)
    try:
        panels.set_panel(viewer(), round_=round_, experts=found.confirmed)
    except REFUSED as refused:
        return _phone(found, refused)
    flash(_("同意参加的%(n)s人已列入专家组。", n=len(found.confirmed)), "good")
    return redirect(url_for("draw_phone.phone", round_=round_), 303)
