"""The room while the defense is held: who controls it, its screen, and the strip on the experts' pages."""

from __future__ import annotations

from collections.abc import Callable

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from review_portal.clock import now
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import defense_control, defense_records, defense_room, defenses
from review_portal.web.access import Desk, viewer, viewer_or_none
from review_portal.web.defense_pages import place_of
from review_portal.web.forms import say
from review_portal.web.room_pages import control_page, room_page, strip_page

desk = Desk("room", __name__)
CONTROL = "/defense/<round_>/control"
AGAIN = 5  # seconds after which a screen without scripts loads itself anew


@desk.page(CONTROL, permission=Permission.SIGNED_IN)
def control(round_: str) -> ResponseReturnValue:
    """The buttons of whoever leads the room."""
    offer = defense_control.offer(viewer(), round_=round_)
    place = place_of(round_)
    shown = defense_room.room(viewer(), round_=round_)
    return render_template("defense/control.html", place=place, **control_page(shown, offer, round_))


@desk.page(f"{CONTROL}/state", permission=Permission.SIGNED_IN, by_itself=True)
def control_state(round_: str) -> ResponseReturnValue:
    """Where the room stands, for whoever controls it; the buttons stay until that page is shown anew."""

    def now_shown() -> str:
        offer = defense_control.offer(viewer(), round_=round_)
        shown = defense_room.room(viewer(), round_=round_)
        return render_template("defense/_control.html", **control_page(shown, offer, round_))

    return _state(round_, now_shown)


@desk.page(f"{CONTROL}/press", permission=Permission.SIGNED_IN, methods=("POST",))
def press(round_: str) -> ResponseReturnValue:
    """One act of the turn that is in; when somebody else was faster nothing is done, and that is said."""
    act, seen = request.form.get("act", ""), _seen()
    try:
        defense_control.press(viewer(), round_=round_, act=act, seen=-1 if seen is None else seen)
    except Conflict as problem:
        flash(say(problem.message), "care")
    return redirect(url_for("room.control", round_=round_), 303)


@desk.page("/defense/turns/<slot>/call", permission=Permission.SIGNED_IN, methods=("POST",))
def call_in(slot: str) -> ResponseReturnValue:
    """The unit is called in; its clock stands until the presentation starts."""
    view = defense_records.view(viewer(), slot=slot)
    try:
        defenses.call_in(viewer(), slot=slot, seen=_seen())
    except Conflict as problem:
        flash(say(problem.message), "care")
    back = "room.control" if request.form.get("back") == "control" else "defense.overview"
    return redirect(url_for(back, round_=view.round_), 303)


def _seen() -> int | None:
    typed = request.form.get("version", "")
    return int(typed) if typed.isdecimal() and len(typed) < 9 else None


@desk.page("/room/<round_>", permission=Permission.SIGNED_IN)
def screen(round_: str) -> ResponseReturnValue:
    """The projector in the room; no scores, no expert's name. `?again`: without scripts it reloads itself."""
    shown = defense_room.room(viewer(), round_=round_)
    response = make_response(render_template("defense/room.html", **room_page(shown, round_, now())))
    if "again" in request.args:
        response.headers["Refresh"] = str(AGAIN)
    return response


@desk.page("/room/<round_>/state", permission=Permission.SIGNED_IN)
def screen_state(round_: str) -> ResponseReturnValue:
    """The screen anew, or 304 while it is right. It keeps the login alive: nobody touches a projector."""

    def now_shown() -> str:
        shown = defense_room.room(viewer(), round_=round_)
        return render_template("defense/_screen.html", **room_page(shown, round_, now()))

    return _state(round_, now_shown)


@desk.page("/room/<round_>/strip", permission=Permission.SIGNED_IN, by_itself=True)
def strip_state(round_: str) -> ResponseReturnValue:
    """The strip on an expert's pages anew, or 304."""
    sheet = request.args.get("sheet", "")

    def now_shown() -> str:
        live = defense_room.live(viewer(), round_=round_)
        return render_template("defense/_strip.html", strip=strip_page(live, sheet) if live else None)

    return _state(round_, now_shown)


def _state(round_: str, now_shown: Callable[[], str]) -> ResponseReturnValue:
    """304 after reading one row while the code in If-None-Match still holds, else code and words anew."""
    code = defense_room.code(viewer(), round_=round_)
    response = make_response("", 304)
    if not request.if_none_match.contains_weak(code):
        response = make_response({"code": code, "html": now_shown()})
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(code)
    return response


def _strip() -> dict[str, object] | None:
    """The strip for the page that is being made; None where the viewer's panel holds no defense."""
    person = viewer_or_none()
    round_ = defense_room.live_round(person) if person else None
    if person is None or round_ is None:
        return None
    try:
        live = defense_room.live(person, round_=round_)
    except NotFound:
        return None
    at = (request.view_args or {}).get("review", "")
    return strip_page(live, str(at)) if live else None


@desk.app_context_processor
def _pages() -> dict[str, object]:
    return {"live_strip": _strip}
