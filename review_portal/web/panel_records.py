"""What the panel agrees on, for chair, secretariat and supervisor: opinions, the open vote as it goes on."""

from __future__ import annotations

from typing import Any

from flask import flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain import canonical
from review_portal.domain.errors import Conflict
from review_portal.domain.policy import Permission
from review_portal.services import calls, opinion_documents, opinion_reading, tie_reading
from review_portal.services.tie_reading import Progress
from review_portal.web import panel_frame, panel_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("panel", __name__, url_prefix="/panel")
ROUND = "/<round_>"


@desk.page("/calls/<call>", permission=Permission.SIGNED_IN)
def of_call(call: str) -> ResponseReturnValue:
    """The call's last scoring round."""
    rounds = calls.view(viewer(), call=call).rounds
    return redirect(url_for("panel.opinions", round_=rounds[-1].public_id), 303)


@desk.page(f"{ROUND}/opinions", permission=Permission.SIGNED_IN)
def opinions(round_: str) -> ResponseReturnValue:
    """Every dossier of the round and where the panel's opinion on it stands."""
    place = panel_frame.enter(round_, _("专家组意见"))
    if place.state != "finished":
        return render_template("panel/early.html", title=_("专家组意见"))
    rows = opinion_reading.list_opinions(viewer(), round_=round_)
    return render_template("panel/opinions.html", **panel_pages.list_page(place, rows))


@desk.page(f"{ROUND}/opinions.docx", permission=Permission.SIGNED_IN)
def all_forms(round_: str) -> ResponseReturnValue:
    """The forms of all dossiers whose opinion has been drafted, in one document."""
    return _file(*opinion_documents.forms(viewer(), round_=round_))


@desk.page(f"{ROUND}/opinions/<dossier>/form.docx", permission=Permission.SIGNED_IN)
def form(round_: str, dossier: str) -> ResponseReturnValue:
    """The form of one dossier."""
    return _file(*opinion_documents.forms(viewer(), round_=round_, dossier=dossier))


def _file(name: str, data: bytes) -> ResponseReturnValue:
    """A download whose name holds nothing that a file system refuses."""
    kept = "".join("_" if c in '\\/:*?"<>|' or ord(c) < 32 else c for c in name)
    return send(kept[:120] + ".docx", data)


@desk.page(f"{ROUND}/opinions/<dossier>", permission=Permission.SIGNED_IN)
def opinion(round_: str, dossier: str) -> ResponseReturnValue:
    """One dossier's opinion with all versions and answers."""
    place = panel_frame.enter(round_, _("专家组意见"))
    view = opinion_reading.view(viewer(), round_=round_, dossier=dossier)
    return render_template("panel/opinion.html", **panel_pages.opinion_page(place, view))


@desk.page(f"{ROUND}/tie", permission=Permission.SIGNED_IN)
def tie(round_: str) -> ResponseReturnValue:
    """The tie across the cut, who may vote and has, and what came out; the supervisor sees it go on."""
    place = panel_frame.enter(round_, _("并列表决"))
    if place.state != "finished":
        return render_template("panel/early.html", title=_("并列表决"))
    try:
        view = tie_reading.view(viewer(), round_=round_)
    except Conflict as refused:
        flash(say(refused.message), "bad")
        return render_template("panel/early.html", title=_("并列表决")), refused.status
    code = _code(tie_reading.progress(viewer(), round_=round_))
    return render_template("panel/tie.html", place=place, code=code, **panel_pages.tie_page(view))


def _code(shown: Progress) -> str:
    running = shown.running
    told: dict[str, Any] = {"closed": shown.closed}
    if running is not None:
        told |= {"vote": running.public_id, "voted": running.voted, "waiting": running.waiting}
    return canonical.digest(told)


@desk.page(f"{ROUND}/tie/live", permission=Permission.SIGNED_IN, by_itself=True)
def tie_live(round_: str) -> ResponseReturnValue:
    """Who has voted by now, for the page that follows it: 304 while nothing has changed."""
    shown = tie_reading.progress(viewer(), round_=round_)
    code = _code(shown)
    response = make_response("", 304)
    if not request.if_none_match.contains_weak(code):
        html = render_template("panel/_progress.html", running=shown.running)
        response = make_response({"code": code, "html": html})
    response.headers["Cache-Control"] = "no-cache"
    response.set_etag(code)
    return response
