"""Papers of 复议 for chair and offices, and the request to void a sheet for a breach of the rules."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import case_minutes, review_voids, rounds, supervision, void_views
from review_portal.services.void_views import BREACHES
from review_portal.web import chair_nav, supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("cases", __name__, url_prefix="/cases")


def _chairs(round_: str) -> bool:
    return round_ in {item.public_id for item in rounds.list_chaired(viewer())}


def _back(round_: str) -> str:
    if _chairs(round_):
        return url_for("chair.cases", round_=round_)
    call = rounds.view(viewer(), round_=round_).call
    if supervision.may_watch(viewer(), call=call):
        return url_for("supervisor.scores", call=call, round_=round_)
    return url_for("results.home", call=call)


@desk.page("/<round_>/minutes", permission=Permission.SIGNED_IN)
def minutes(round_: str) -> ResponseReturnValue:
    """复议记录 to be read and printed."""
    found = case_minutes.minutes(viewer(), round_=round_)
    return render_template(
        "print/cases.html",
        minutes=found,
        words=case_minutes,
        file_href=url_for("cases.minutes_file", round_=round_),
        back_href=_back(round_),
    )


@desk.page("/<round_>/minutes.docx", permission=Permission.SIGNED_IN)
def minutes_file(round_: str) -> ResponseReturnValue:
    """复议记录 in Word."""
    return send(*case_minutes.file(viewer(), round_=round_))


@desk.page("/<round_>/void", permission=Permission.SIGNED_IN)
def void_pick(round_: str) -> ResponseReturnValue:
    """Which dossier's sheet is to be voided."""
    listed = void_views.scored_dossiers(viewer(), round_=round_)
    found = _enter(round_)
    here = {key: url_for("cases.void", round_=round_, dossier=key) for key, _text in listed}
    return render_template(
        "cases/pick.html",
        round=found,
        dossiers=[(here[key], text) for key, text in listed],
        back_href=_back(round_) if found.unsealed_at else "",
    )


def _enter(round_: str) -> rounds.RoundView:
    """The frame of whoever may ask: the chair's or the supervisor's."""
    if _chairs(round_):
        return chair_nav.enter(round_, _("复议台账"))
    found = rounds.view(viewer(), round_=round_)
    if not supervision.may_watch(viewer(), call=found.call):
        abort(404)
    supervisor_nav.enter(found.call, _("监督概况"))
    return found


@desk.page("/<round_>/dossiers/<dossier>/void", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def void(round_: str, dossier: str) -> ResponseReturnValue:
    """Ask for one sheet to be voided; a supervisor agrees."""
    about, sheets = void_views.voidable(viewer(), round_=round_, dossier=dossier)
    found, problem = _enter(round_), None
    if request.method == "POST":
        problem = _ask(round_, dossier)
        if problem is None:
            flash(_("作废申请已提交，请监督人员确认；确认以前该评分表照常计入。"), "care")
            return redirect(url_for("cases.void_pick", round_=round_), 303)
    page = _void_page(found, dossier, about, sheets, problem)
    return render_template("cases/void.html", **page), problem.status if problem else 200


def _ask(round_: str, dossier: str) -> PortalError | None:
    try:
        review_voids.ask_void(
            viewer(),
            round_=round_,
            dossier=dossier,
            who=request.form.get("who", ""),
            breach=request.form.get("breach", ""),
            reason=request.form.get("reason", ""),
        )
    except (Conflict, Invalid) as refused:
        return refused
    return None


def _void_page(
    found: rounds.RoundView,
    dossier: str,
    about: str,
    sheets: list[void_views.Voidable],
    problem: PortalError | None,
) -> dict[str, Any]:
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    return {
        "title": _("申请作废评分表"),
        "lead": f"{found.name}　{about}",
        "consequences": [
            _("监督人员另一人同意后，该评分表作废，不计入评分和排名；其他专家的评分不变。"),
            _("作废后不能恢复；原评分、理由和双方姓名留存备查，印在复议记录和评分汇总表上。"),
            _("该专家将看到本人评分表已作废和所属情形。"),
        ],
        "sheets": [(item.key, item.who) for item in sheets],
        "breaches": [(key, say(text)) for key, text in BREACHES.items()],
        "typed": request.values,
        "faults": faults,
        "errors": [(f"#{name}", text) for name, text in faults.items()],
        "action": url_for("cases.void", round_=found.public_id, dossier=dossier),
        "back_href": url_for("cases.void_pick", round_=found.public_id),
    }
