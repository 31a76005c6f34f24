"""The secretariat's recusals: one expert against all dossiers, one dossier against all experts."""

from __future__ import annotations

from datetime import date

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import (
    conflict_views,
    dossiers,
    late_conflicts,
    recusal_lifting,
    recusal_recording,
    relations,
    unit_changes,
)
from review_portal.services.conflict_views import ConflictsPage
from review_portal.web import secretariat_recusal_pages as pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter

desk = Desk("recusals", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
NO_DATE = mark("请选择结束日期；关系仍在的，不填日期。")


@desk.page("/<call>/experts/<expert>/conflicts", permission=OFFICE, methods=("GET", "POST"))
def of_expert(call: str, expert: str) -> ResponseReturnValue:
    """This expert against all dossiers; POST registers control or cooperation, or takes one out again."""
    found, problem = enter(call, _("专家与分派")), None
    if request.method == "POST":
        try:
            _change_relation(call, expert)
        except Invalid as refused:
            problem = refused
        else:
            return redirect(url_for("recusals.of_expert", call=call, expert=expert), 303)
    page = conflict_views.of_expert(viewer(), call=call, expert=expert)
    shown = pages.expert_page(page, found)
    return _render(shown, page, problem)


def _change_relation(call: str, expert: str) -> None:
    given = request.form
    if given.get("act") == "remove":
        key = given.get("key", "")
        relations.remove_relation(
            viewer(), call=call, expert=expert, key=int(key) if key.isascii() and key.isdigit() else 0
        )
        flash(_("已删除该项关系。"), "good")
        return
    relations.add_relation(
        viewer(),
        call=call,
        expert=expert,
        kind=given.get("kind", ""),
        organisation=given.get("organisation", ""),
        words=given.get("words", ""),
        until=_day(given.get("until", "")),
    )
    flash(_("关系已登记，核对结果见下表。"), "good")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text.strip() else None
    except ValueError:
        raise Invalid(NO_DATE, {"until": NO_DATE}) from None


@desk.page("/<call>/dossiers/<dossier>/conflicts", permission=OFFICE)
def of_dossier(call: str, dossier: str) -> ResponseReturnValue:
    """This dossier against all experts."""
    found = enter(call, _("专家与分派"))
    page = conflict_views.of_dossier(viewer(), call=call, dossier=dossier)
    return _render(pages.dossier_page(page, found), page, None)


def _render(
    shown: dict[str, object], page: ConflictsPage, problem: PortalError | None
) -> ResponseReturnValue:
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    return render_template(
        "secretariat_experts/pair.html",
        sides=page,
        levels=pages.LEVELS,
        grounds=pages.GROUNDS,
        relation_kinds=pages.RELATIONS,
        faults=faults,
        problem=say(problem.message) if problem else "",
        typed=request.form if problem else {},
        **shown,
    ), problem.status if problem else 200


@desk.page("/<call>/experts/<expert>/dossiers/<dossier>/recusal", permission=OFFICE, methods=("POST",))
def record(call: str, expert: str, dossier: str) -> ResponseReturnValue:
    """Record what the rules find of a pair, so that its lifting can be asked for."""
    found = enter(call, _("专家与分派"))
    try:
        recusal_recording.record_ground(viewer(), call=call, expert=expert, dossier=dossier)
    except Conflict as refused:
        page = conflict_views.of_expert(viewer(), call=call, expert=expert)
        return _render(pages.expert_page(page, found), page, refused)
    flash(_("回避已登记。经核实可以不回避的，请申请解除，由监督人员同意。"), "good")
    return redirect(url_for("recusals.of_expert", call=call, expert=expert), 303)


@desk.page("/<call>/recusals/<recusal>/lift", permission=OFFICE, methods=("GET", "POST"))
def lift(call: str, recusal: str) -> ResponseReturnValue:
    """Ask the supervisor to agree that a recusal is lifted."""
    found = enter(call, _("专家与分派"))
    row = recusal_lifting.view(viewer(), recusal=recusal)
    if row.call != found.public_id:
        raise NotFound()
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            recusal_lifting.ask_lift(viewer(), recusal=recusal, reason=request.form.get("reason", ""))
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已提交解除回避的申请，等待监督人员同意。"), "good")
            return redirect(url_for("recusals.of_expert", call=call, expert=row.expert_id), 303)
    page = pages.lift_page(row, request.form.get("reason", ""), problem)
    return render_template("act.html", **page), problem.status if problem else 200


@desk.page("/<call>/recusals", permission=OFFICE)
def found_late(call: str) -> ResponseReturnValue:
    """Conflicts found after assignment: what waits, what two people decided."""
    found = enter(call, _("专家与分派"))
    rows = late_conflicts.list_found(viewer(), call=call)
    return render_template(
        "secretariat_experts/found_conflicts.html", call=found, rows=rows, words=pages.OUTCOMES
    )


@desk.page("/<call>/experts/<expert>/dossiers/<dossier>/conflict", permission=OFFICE, methods=("GET", "POST"))
def report(call: str, expert: str, dossier: str) -> ResponseReturnValue:
    """Note a ground that came to light after assignment."""
    found, problem = enter(call, _("专家与分派")), None
    page = conflict_views.of_expert(viewer(), call=call, expert=expert)
    line = next((line for line in page.lines if line.public_id == dossier), None)
    if line is None:
        raise NotFound()
    if request.method == "POST":
        try:
            apart = late_conflicts.report_conflict(
                viewer(), call=call, expert=expert, dossier=dossier, reason=request.form.get("reason", "")
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(pages.reported(apart), "good")
            return redirect(url_for("recusals.found_late", call=call), 303)
    shown = pages.report_page(found, page, line, request.form.get("reason", ""), problem)
    return render_template("act.html", **shown), problem.status if problem else 200


@desk.page("/<call>/recusals/<conflict>/settle", permission=OFFICE, methods=("GET", "POST"))
def settle(call: str, conflict: str) -> ResponseReturnValue:
    """Ask the supervisor to agree that a sheet is voided, or kept."""
    found = enter(call, _("专家与分派"))
    row = late_conflicts.view(viewer(), call=call, conflict=conflict)
    form, problem = pages.SettleForm(), None
    if form.validate_on_submit():
        try:
            late_conflicts.ask_settle(
                viewer(), conflict=conflict, outcome=form.outcome.data or "", reason=form.reason.data or ""
            )
        except (Conflict, Invalid) as refused:
            problem = refused
            take_faults(form, refused)
        else:
            flash(_("已提交申请，等待监督人员同意。"), "good")
            return redirect(url_for("recusals.found_late", call=call), 303)
    shown = pages.settle_page(found, row, form, problem)
    return render_template("act.html", **shown), problem.status if problem else 422 if form.errors else 200


@desk.page("/<call>/dossiers/<dossier>/units", permission=OFFICE, methods=("GET", "POST"))
def change_units(call: str, dossier: str) -> ResponseReturnValue:
    """Another legal representative or recommending unit after acceptance: holders are checked again."""
    found = enter(call, _("专家与分派"))
    row = next((row for row in dossiers.list_dossiers(viewer(), call=call) if row.public_id == dossier), None)
    if row is None:
        raise NotFound()
    form, problem = pages.UnitsForm(), None
    if request.method == "GET":
        form.legal_representative.data = unit_changes.current_head(viewer(), dossier=dossier)
        form.recommender.data = row.recommender
    if form.validate_on_submit():
        try:
            concerned = unit_changes.change_units(
                viewer(),
                dossier=dossier,
                legal_representative=form.legal_representative.data or "",
                recommender=form.recommender.data or "",
                reason=form.reason.data or "",
            )
        except (Conflict, Invalid) as refused:
            problem = refused
            take_faults(form, refused)
        else:
            flash(pages.units_changed(concerned), "good")
            return redirect(url_for("recusals.of_dossier", call=call, dossier=dossier), 303)
    shown = pages.units_page(found, dossier, f"{row.number}　{row.unit_name}", form, problem)
    return render_template("act.html", **shown), problem.status if problem else 422 if form.errors else 200
