"""The meeting day: the checklist of secretariat and supervisor, and who is in the room."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import meeting_views, meetings, panels
from review_portal.services.meeting_views import Checklist
from review_portal.web import meeting_pages
from review_portal.web.access import Desk, viewer

desk = Desk("meeting", __name__, url_prefix="/meeting")
ROUND, STEP, MEMBER = "/<round_>", "/<round_>/steps/<number>", "/members/<member>"
FORM = ("GET", "POST")


def _enter(round_: str) -> Checklist:
    """The day of a round with the frame of its viewer around it."""
    found = meeting_views.checklist(viewer(), round_=round_)
    meeting_pages.enter(found)
    return found


def _counted(text: str) -> int:
    """A number from an address or a hidden field; 0 where it is none."""
    return int(text) if text.isascii() and text.isdigit() and len(text) < 6 else 0


@desk.page("/calls/<call>", permission=Permission.OFFICE)
def of_call(call: str) -> ResponseReturnValue:
    """The checklist of the round whose day it is."""
    return redirect(
        url_for("meeting.checklist", round_=meeting_views.current_round(viewer(), call=call)), 303
    )


@desk.page(ROUND, permission=Permission.SIGNED_IN)
def checklist(round_: str) -> ResponseReturnValue:
    """All steps of the day, also as a sheet for paper."""
    return render_template("meeting/checklist.html", **meeting_pages.checklist(_enter(round_)))


@desk.page(f"{STEP}/tick", permission=Permission.SIGNED_IN, methods=("POST",))
def tick(round_: str, number: str) -> ResponseReturnValue:
    """One press in the table."""
    found = _enter(round_)
    line = found.line(_counted(number))
    try:
        meetings.tick(viewer(), round_=round_, number=line.number)
    except Conflict as refused:
        page = meeting_pages.checklist(_enter(round_), refused)
        return render_template("meeting/checklist.html", **page), refused.status
    return redirect(url_for("meeting.checklist", round_=round_, _anchor=f"step-{line.number}"), 303)


@desk.page(STEP, permission=Permission.SIGNED_IN, methods=FORM)
def step(round_: str, number: str) -> ResponseReturnValue:
    """One step with its history; a tick with a remark, its taking back, a remark alone."""
    found = _enter(round_)
    line, problem = found.line(_counted(number)), None
    if request.method == "POST":
        try:
            _act_on(round_, line.number)
        except (Conflict, Invalid) as refused:
            found, problem = _enter(round_), refused
            line = found.line(line.number)
        else:
            return redirect(url_for("meeting.checklist", round_=round_, _anchor=f"step-{line.number}"), 303)
    page = meeting_pages.step(found, line, problem)
    return render_template("meeting/step.html", **page), problem.status if problem else 200


def _act_on(round_: str, number: int) -> None:
    form, person, act = request.form, viewer(), request.form.get("act")
    seen, text = _counted(form.get("seen", "")), form.get("text", "")
    if act == "back":
        meetings.take_back(person, round_=round_, number=number, reason=form.get("reason", ""), seen=seen)
        flash(_("已撤回，原勾选和理由均保留。"), "care")
    elif act == "remark":
        meetings.remark(person, round_=round_, number=number, text=text, seen=seen)
        flash(_("备注已记入。"), "good")
    else:
        meetings.tick(person, round_=round_, number=number, remark=text)


@desk.page(f"{ROUND}/presence", permission=Permission.OFFICE)
def presence(round_: str) -> ResponseReturnValue:
    """Who is in the room, and all that was recorded of coming and going."""
    return _presence(round_)


def _presence(round_: str, problem: PortalError | None = None, wrong: str = "") -> ResponseReturnValue:
    found = _enter(round_)
    seats = meeting_views.list_presence(viewer(), round_=round_)
    page = meeting_pages.presence(found, seats, problem, wrong)
    return render_template("meeting/presence.html", **page), problem.status if problem else 200


@desk.page(f"{MEMBER}/sign-in", permission=Permission.OFFICE, methods=("POST",))
def sign_in(member: str) -> ResponseReturnValue:
    """签到: present, identity checked."""
    round_, seat = meeting_views.seat(viewer(), member=member)
    try:
        panels.sign_in(viewer(), member=member, checked_by=request.form.get("checked_by", ""))
    except (Conflict, Invalid) as problem:
        return _presence(round_, problem, member)
    flash(_("%(name)s已签到。", name=seat.name), "good")
    return redirect(url_for("meeting.presence", round_=round_), 303)


@desk.page(f"{MEMBER}/out", permission=Permission.OFFICE, methods=FORM)
def sign_out(member: str) -> ResponseReturnValue:
    """离场: with the reason."""
    round_, seat = meeting_views.seat(viewer(), member=member)
    _enter(round_)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            panels.sign_out(viewer(), member=member, reason=request.form.get("reason", ""))
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("%(name)s已离场。", name=seat.name), "good")
            return redirect(url_for("meeting.presence", round_=round_), 303)
    page = meeting_pages.leaving(round_, seat, problem)
    return render_template("act.html", **page), problem.status if problem else 200


@desk.page(f"{MEMBER}/undo", permission=Permission.OFFICE, methods=FORM)
def undo(member: str) -> ResponseReturnValue:
    """Take back what was recorded by mistake."""
    round_, seat = meeting_views.seat(viewer(), member=member)
    if not seat.may_undo and request.method == "GET":
        raise NotFound()
    _enter(round_)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            seen = _counted(request.form.get("seen", ""))
            panels.undo_presence(viewer(), member=member, reason=request.form.get("reason", ""), seen=seen)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已撤销，原登记和理由均保留。"), "care")
            return redirect(url_for("meeting.presence", round_=round_), 303)
    page = meeting_pages.undoing(round_, seat, problem)
    return render_template("act.html", **page), problem.status if problem else 200
