"""补齐待填事项: what a paper leaves to the office, filled in on a page of its own."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import paper_fact_views, paper_facts
from review_portal.web import secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("paper_facts", __name__, url_prefix="/secretariat")


@desk.page(
    "/<call>/documents/<kind>/<of>/<int:edition>/facts",
    permission=Permission.SECRETARIAT,
    methods=("GET", "POST"),
)
def edit(call: str, kind: str, of: str, edition: int) -> ResponseReturnValue:
    """One field for each 【待填】 of the paper; what all papers share is filled elsewhere."""
    secretariat_nav.enter(call, _("文书"))
    key = (kind, of, edition)
    found = paper_fact_views.page(viewer(), call=call, key=key)
    names = {label: f"fact{place}" for place, label in enumerate(found.labels)}
    typed = {label: request.form.get(name, "") for label, name in names.items()}
    problem: Conflict | Invalid | None = None
    if request.method == "POST":
        seen = request.form.get("seen", "")
        try:
            paper_facts.record(
                viewer(),
                call=call,
                key=key,
                facts=typed,
                seen=int(seen) if seen.isascii() and seen.isdigit() else 0,
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已保存，文书随即采用。"), "good")
            return redirect(url_for("paper_facts.edit", call=call, kind=kind, of=of, edition=edition), 303)
    faults = {label: say(text) for label, text in problem.fields.items()} if problem else {}
    values = typed if problem else {**found.offered, **found.facts}
    body = render_template(
        "documents/facts.html",
        found=found,
        call=call,
        key=key,
        fields=[
            (name, label, values.get(label, ""), faults.get(label, ""), label in found.offered)
            for label, name in names.items()
        ],
        open=[label for label in found.labels if not found.facts.get(label)],
        errors=[(f"#{names[label]}", text) for label, text in faults.items()],
        problem=say(problem.message) if problem and not faults else "",
    )
    return (body, problem.status) if problem else body
