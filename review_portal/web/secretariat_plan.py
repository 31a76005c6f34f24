"""An assignment as a plan: choose, preview against what is assigned now, edit as a table, put into force."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import assignment_plans as plans
from review_portal.services.assignment_changes import Preview
from review_portal.services.assignment_plans import Start
from review_portal.web import plan_pages as pages
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say
from review_portal.web.secretariat_experts import round_of

desk = Desk("plan", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
PLAN = "/<call>/rounds/<round_>/plan"


@desk.page(PLAN, permission=OFFICE)
def plan(call: str, round_: str) -> ResponseReturnValue:
    """The usual way and why; with a wish in the address its plan and what it would change."""
    start = _start(call, round_)
    if not request.args:
        return _page(call, round_, start)
    try:
        shown = plans.preview(viewer(), round_=round_, wish=pages.wish(request.args, start))
    except PortalError as problem:
        return _page(call, round_, start, problem=problem)
    return _page(call, round_, start, shown=shown)


def _start(call: str, round_: str) -> Start:
    round_of(call, round_, _("专家与分派"))
    return plans.start(viewer(), round_=round_)


def _page(
    call: str,
    round_: str,
    start: Start,
    *,
    shown: Preview | None = None,
    problem: PortalError | None = None,
    from_table: bool = False,
) -> ResponseReturnValue:
    found, row = round_of(call, round_, _("专家与分派"))
    page: dict[str, Any] = pages.refused(problem, pages.fields(start))
    asked: MultiDict[str, str] = MultiDict() if from_table else request.args
    return render_template(
        "secretariat_experts/plan.html",
        call=found,
        round=row,
        start=start,
        why=say(start.why),
        typed=pages.typed(asked, start),
        shown=shown,
        notes=pages.notes(shown) if shown else [],
        proof=pages.proof(shown) if shown else "",
        links=pages.links(shown.links if shown else start.now),
        pairs=" ".join(":".join(pair) for pair in shown.pairs) if shown else "",
        asked=asked,
        **page,
    ), problem.status if problem else 200


@desk.page(f"{PLAN}/table.csv", permission=OFFICE)
def table(call: str, round_: str) -> ResponseReturnValue:
    """The plan for the wish in the address as a table, without one what is assigned now."""
    start = _start(call, round_)
    try:
        asked = pages.wish(request.args, start) if request.args else None
        data = plans.table(viewer(), round_=round_, wish=asked)
    except PortalError as problem:
        return _page(call, round_, start, problem=problem)
    return send("分派表.csv", data)


@desk.page(f"{PLAN}/table", permission=OFFICE, methods=("POST",))
def upload(call: str, round_: str) -> ResponseReturnValue:
    """An edited table: every fault with its line, or what it would change."""
    start, sent = _start(call, round_), request.files.get("file")
    try:
        if sent is None or not sent.filename:
            raise Invalid(pages.NO_FILE)
        shown = plans.read_table(viewer(), round_=round_, name=sent.filename, data=sent.read())
    except PortalError as problem:
        return _page(call, round_, start, problem=problem, from_table=True)
    return _page(call, round_, start, shown=shown, from_table=True)


@desk.page(f"{PLAN}/apply", permission=OFFICE, methods=("POST",))
def apply(call: str, round_: str) -> ResponseReturnValue:
    """Put the plan into force as it was shown."""
    start = _start(call, round_)
    pairs = [pair.split(":") for pair in request.form.get("pairs", "").split()]
    try:
        done = plans.apply(
            viewer(),
            round_=round_,
            pairs=[(pair[0], pair[-1]) for pair in pairs],
            digest=request.form.get("digest", ""),
        )
    except PortalError as problem:
        return _page(call, round_, start, problem=problem, from_table=True)
    flash(
        _("分派方案已采用：新增%(added)s项，取消%(removed)s项。", added=done.added, removed=done.removed),
        "good",
    )
    return redirect(url_for("experts.assignment", call=call, round_=round_), 303)
