"""The draw of experts: four steps on one page for secretariat and supervisor, and a room's screen."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import calls, draw_package, draw_pool, draw_views, draws
from review_portal.services.draw_views import RoundDraws
from review_portal.web import draw_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("draw", __name__)
ROUND = "/draw/<round_>"
OFFICE = Permission.OFFICE
FORM = ("GET", "POST")
REFUSED = (Conflict, Invalid, NotAllowed)


def enter(round_: str) -> RoundDraws:
    """The round's draws, with the frame of the viewer's desk around the page."""
    found = draw_views.round_draws(viewer(), round_=round_)
    draw_pages.frame_of(found)
    return found


@desk.page("/secretariat/<call>/draw", permission=OFFICE)
def of_call(call: str) -> ResponseReturnValue:
    """The draw of the round that is next to open, else of the last one."""
    rounds = calls.view(viewer(), call=call).rounds
    if not rounds:
        raise NotFound()
    row = next((item for item in rounds if item.state == "draft"), rounds[-1])
    return redirect(url_for("draw.overview", round_=row.public_id), 303)


@desk.page(ROUND, permission=OFFICE)
def overview(round_: str) -> ResponseReturnValue:
    """Where the draw stands and what is this person's to do."""
    return _overview(enter(round_))


def _overview(found: RoundDraws, problem: PortalError | None = None, said: str = "") -> ResponseReturnValue:
    return render_template(
        "draw/overview.html",
        problem=say(problem.message) if problem else "",
        typed=request.form,
        said=draw_pages.in_groups(said),
        **draw_pages.overview_page(found),
    ), problem.status if problem else 200


@desk.page(f"{ROUND}/lock", permission=OFFICE, methods=FORM)
def lock(round_: str) -> ResponseReturnValue:
    """The first step: quotas, who cannot be drawn and why, the rules; then the list is locked."""
    found = enter(round_)
    if found.party != "organiser":
        raise NotFound()
    pool = draw_pool.view(viewer(), round_=round_)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            draws.lock(viewer(), round_=round_, plan=draw_pages.typed_plan(pool))
        except REFUSED as refused:
            problem = refused
        else:
            flash(_("名单已锁定。请双方各提交一个数。"), "good")
            return redirect(url_for("draw.overview", round_=round_), 303)
    page = draw_pages.lock_page(found, pool, problem)
    return render_template("draw/lock.html", **page), problem.status if problem else 200


def _done(round_: str, act: Callable[[], object], words: str) -> ResponseReturnValue:
    """One act of the page: done and shown again, or the page with why not and what was typed."""
    found = enter(round_)
    try:
        act()
    except REFUSED as refused:
        return _overview(found, refused)
    flash(words, "good")
    return redirect(url_for("draw.overview", round_=round_), 303)


@desk.page(f"{ROUND}/number", permission=OFFICE, methods=("POST",))
def number(round_: str) -> ResponseReturnValue:
    """The second step: this side's number, typed or thrown by the portal."""
    enter(round_)
    given = draws.thrown() if request.form.get("act") == "throw" else request.form.get("number", "")
    return _done(
        round_,
        lambda: draws.commit(viewer(), round_=round_, number=given),
        _("您的数已提交并封存，抽取时公开：%(number)s", number=given),
    )


@desk.page(f"{ROUND}/value", permission=OFFICE, methods=("POST",))
def value(round_: str) -> ResponseReturnValue:
    """The third step begins: what was read aloud is shown once more, then written down for good."""
    given, asked = request.form.get("value", ""), bool(request.form.get("fallback"))
    reason = request.form.get("fallback_reason", "") if asked else ""
    if asked and not reason.strip():
        return _overview(enter(round_), Invalid(draw_pages.NO_REASON))
    if not request.form.get("compared"):
        return _read_back(round_, given, reason)
    return _done(
        round_,
        lambda: draws.fix_value(viewer(), round_=round_, value=given, fallback_reason=reason),
        _("公开数已记录。请双方公开各自的数。"),
    )


def _read_back(round_: str, given: str, reason: str) -> ResponseReturnValue:
    found = enter(round_)
    try:
        said = draws.read_back(viewer(), round_=round_, value=given, fallback_reason=reason)
    except REFUSED as refused:
        return _overview(found, refused)
    return _overview(found, said=said)


@desk.page(f"{ROUND}/reveal", permission=OFFICE, methods=("POST",))
def reveal(round_: str) -> ResponseReturnValue:
    """This side's number is opened; with the second one the experts are drawn."""
    found = enter(round_)
    try:
        drawn = draws.reveal(viewer(), round_=round_)
    except REFUSED as refused:
        return _overview(found, refused)
    flash(_("双方的数已公开，抽取完成。") if drawn else _("您的数已公开。"), "good")
    return redirect(url_for("draw.overview", round_=round_), 303)


@desk.page(f"{ROUND}/refuse", permission=OFFICE, methods=FORM)
def refuse(round_: str) -> ResponseReturnValue:
    """A side that does not reveal: what follows is the published rule's."""
    found = enter(round_)
    if found.current is None or found.current.phase != "open":
        return redirect(url_for("draw.overview", round_=round_), 303)
    return _with_reason(
        found,
        lambda reason: draws.refuse(viewer(), round_=round_, reason=reason),
        draw_pages.refusal_page(found),
        _("未公开的情况已登记。"),
    )


@desk.page(f"{ROUND}/cancel", permission=OFFICE, methods=FORM)
def cancel(round_: str) -> ResponseReturnValue:
    """A lock is taken back before anybody has committed."""
    found = enter(round_)
    if found.party != "organiser":
        raise NotFound()
    return _with_reason(
        found,
        lambda reason: draws.cancel(viewer(), round_=round_, reason=reason),
        draw_pages.cancel_page(found),
        _("锁定已撤销，可重新锁定名单。"),
    )


def _with_reason(
    found: RoundDraws, act: Callable[[str], object], page: dict[str, object], words: str
) -> ResponseReturnValue:
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            act(request.form.get("reason", ""))
        except REFUSED as refused:
            problem = refused
        else:
            flash(words, "good")
            return redirect(url_for("draw.overview", round_=found.public_id), 303)
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    err = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    reason = {"label": _("原因"), "value": request.form.get("reason", ""), "err": err}
    return render_template("act.html", reason=reason, **page), problem.status if problem else 200


@desk.page("/draw/records/<draw>/sheet", permission=OFFICE)
def sheet(draw: str) -> ResponseReturnValue:
    """评审专家抽取记录表, to be signed."""
    return send(draw_package.SHEET_NAME, draw_package.sheet(viewer(), draw=draw))


@desk.page("/draw/records/<draw>/package", permission=OFFICE)
def package(draw: str) -> ResponseReturnValue:
    """The record with the script that computes it again."""
    return send("抽取记录包.zip", draw_package.package(viewer(), draw=draw))


@desk.page(f"{ROUND}/live", permission=OFFICE)
def live(round_: str) -> ResponseReturnValue:
    """The screen in the room: numbers and codes, nobody's name."""
    shown = draw_views.live(viewer(), round_=round_)
    return render_template("draw/live.html", **draw_pages.live_page(shown, round_))


@desk.page(f"{ROUND}/state", permission=OFFICE)
def state(round_: str) -> ResponseReturnValue:
    """Whether the screen has to be shown anew: 304 while the code in If-None-Match still holds."""
    shown = draw_views.live(viewer(), round_=round_)
    response = make_response({"code": shown.code})
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(shown.code)
    return response.make_conditional(request)
