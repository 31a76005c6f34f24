"""评审报告 at the secretariat: its editions, a draft to check, and the making of the next one."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Permission
from review_portal.services import review_report_views, review_reports
from review_portal.web import secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("review_report", __name__, url_prefix="/secretariat")


@desk.page("/<call>/report", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def show(call: str) -> ResponseReturnValue:
    """The editions; what the office adds, and the act that freezes the next one."""
    problem: Conflict | Invalid | None = None
    place, note = request.form.get("place", ""), request.form.get("note", "")
    if request.method == "POST":
        try:
            made = review_reports.make_report(viewer(), call=call, place=place, note=note)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("评审报告第%(n)s版已生成，请打印后由全体专家签字。", n=made), "good")
            return redirect(url_for("review_report.show", call=call), 303)
    found = review_report_views.standing(viewer(), call=call)
    secretariat_nav.enter(call, _("文书"))
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    body = render_template(
        "documents/report.html",
        found=found,
        typed={"place": place, "note": note} if problem else {"place": found.place, "note": found.note},
        faults=faults,
        errors=[(f"#{name}", text) for name, text in faults.items()],
        problem=say(problem.message) if problem and not faults else "",
    )
    return (body, problem.status) if problem else body


@desk.page("/<call>/report/draft", permission=Permission.SECRETARIAT)
def draft(call: str) -> ResponseReturnValue:
    """The report as it would be made now, with what is still to be filled."""
    made = review_report_views.draft(viewer(), call=call)
    if made is None:
        raise NotFound()
    return send(*made)
