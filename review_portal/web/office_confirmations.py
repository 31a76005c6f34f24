"""评分确认 for the call's offices; the secretariat records a signature on paper, or who was not there."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import confirmations, confirmations_by_two
from review_portal.services.confirmation_state import Seat
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.confirmation_words import KINDS, STATES, round_rows
from review_portal.web.forms import say

desk = Desk("office_confirmations", __name__, url_prefix="/secretariat")


@desk.page("/<call>/confirmations", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """Who has confirmed, round by round."""
    watches = office_frame.enter(call, _("评分确认"))
    found = confirmations.standing(viewer(), call=call)
    rounds = [round_rows(item, named=True) for item in found]
    return render_template("results/confirmations.html", rounds=rounds, call=call, acts=not watches)


@desk.page("/<call>/confirmations/<member>", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def record(call: str, member: str) -> ResponseReturnValue:
    """Ask the supervisor to witness what the secretariat records for this expert."""
    office_frame.enter(call, _("评分确认"))
    rounds = confirmations.standing(viewer(), call=call)
    place = next(((item.name, seat) for item in rounds for seat in item.seats if seat.member == member), None)
    if place is None:
        abort(404)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            confirmations_by_two.ask_for(
                viewer(),
                member=member,
                kind=request.form.get("kind", ""),
                reason=request.form.get("reason", ""),
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交，请监督人员见证确认。"), "good")
            return redirect(url_for("office_confirmations.listing", call=call), 303)
    page = _record_page(call, *place, problem)
    return render_template("results/confirm_for.html", **page), problem.status if problem else 200


def _record_page(call: str, round_: str, seat: Seat, problem: PortalError | None) -> dict[str, Any]:
    kind, state = STATES[seat.state]
    return {
        "call": call,
        "round": round_,
        "seat": seat,
        "kind": kind,
        "state": say(state),
        "kinds": [(key, say(text)) for key, text in KINDS.items()],
        "chosen": request.form.get("kind", ""),
        "reason": request.form.get("reason", ""),
        "faults": {name: say(text) for name, text in problem.fields.items()} if problem else {},
        "problem": say(problem.message) if problem and not problem.fields else "",
    }
