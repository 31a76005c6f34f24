"""The way in: each person lands on their own desk."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Permission
from review_portal.services import calls
from review_portal.web.access import Desk, viewer

desk = Desk("home", __name__)


@desk.page("/", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """Straight to the only call there is; a list of calls, or what to do next, otherwise."""
    person = viewer()
    mine = calls.list_for_switcher(person)
    if person.expert_id is not None and person.holds("expert"):
        return redirect(f"{request.script_root}/expert/", 303)
    if not mine and policy.may_enter(person, Permission.CLERK):
        return redirect(url_for("transcription.home"), 303)
    if len(mine) == 1:
        return redirect(url_for("home.call", call=mine[0].public_id), 303)
    return render_template(
        "home.html",
        calls=mine,
        may_create=person.has("secretariat", None),
        administrator=person.holds("administrator"),
        clerk=policy.may_enter(person, Permission.CLERK),
    )


@desk.page("/calls/<call>", permission=Permission.SIGNED_IN)
def call(call: str) -> ResponseReturnValue:
    """The viewer's desk for one call: the office's first, then the expert's."""
    person = viewer()
    if call not in {row.public_id for row in calls.list_for_switcher(person)}:
        raise NotFound()
    if person.holds("secretariat"):
        return redirect(f"{request.script_root}/secretariat/{call}/", 303)
    if person.holds("supervisor"):
        return redirect(f"{request.script_root}/supervisor/{call}/", 303)
    return redirect(f"{request.script_root}/expert/", 303)
