"""办公信息: the office's own facts that letters and notices print, filled once for a call."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.domain.policy import Permission
from review_portal.services import office_fact_views, office_facts
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("office_facts", __name__, url_prefix="/secretariat")


@desk.page("/<call>/office", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def edit(call: str) -> ResponseReturnValue:
    """The facts as they count now, and the earlier versions."""
    office_frame.enter(call, _("文书"))
    versions = office_fact_views.history(viewer(), call=call)
    problem: Conflict | Invalid | None = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        try:
            office_facts.record(
                viewer(),
                call=call,
                facts={name: request.form.get(name, "") for name in OFFICE_FIELDS},
                seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("办公信息已保存。尚未签发的文书随即采用。"), "good")
            return redirect(url_for("office_facts.edit", call=call), 303)
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    typed = request.form if problem else (versions[0].facts if versions else {})
    body = render_template(
        "documents/office.html",
        fields=[
            (name, say(label), typed.get(name, ""), faults.get(name, ""))
            for name, label in OFFICE_FIELDS.items()
        ],
        versions=versions,
        errors=[(f"#{name}", text) for name, text in faults.items()],
        problem=say(problem.message) if problem and not faults else "",
        back_href=url_for("documents.listing", call=call),
    )
    return (body, problem.status) if problem else body
