"""The register of experts: one expert's page, changes, contact on request, export, duplicates."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import experts
from review_portal.services.experts import Contact, ExpertProfile
from review_portal.web import secretariat_experts_words as words
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say
from review_portal.web.secretariat import enter

desk = Desk("pool", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
FORM = ("GET", "POST")
EXPERT = "/<call>/experts/<expert>"


@desk.page(EXPERT, permission=OFFICE)
def expert(call: str, expert: str) -> ResponseReturnValue:
    """What the register knows of one expert, and what he has done for the office's calls."""
    return _expert(call, expert)


def _expert(
    call: str, expert: str, contact: Contact | None = None, problem: PortalError | None = None
) -> ResponseReturnValue:
    found = enter(call, _("专家与分派"))
    profile = experts.get_expert(viewer(), call=call, expert=expert)
    history = experts.history_of(viewer(), call=call, expert=expert)
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    return render_template(
        "secretariat_experts/expert.html",
        call=found,
        contact=contact,
        typed=request.form.get("reason", "") if problem else "",
        fault=faults.get("reason", ""),
        **words.profile_page(profile, history),
    ), problem.status if problem else 200


@desk.page(f"{EXPERT}/contact", permission=OFFICE, methods=("POST",))
def contact(call: str, expert: str) -> ResponseReturnValue:
    """Phone and e-mail of this one expert, shown on this answer alone."""
    try:
        shown = experts.contact_of(viewer(), call=call, expert=expert, reason=request.form.get("reason", ""))
    except Invalid as problem:
        return _expert(call, expert, problem=problem)
    return _expert(call, expert, contact=shown)


@desk.page(f"{EXPERT}/edit", permission=OFFICE, methods=FORM)
def edit(call: str, expert: str) -> ResponseReturnValue:
    """Change what the register knows; what was typed survives every refusal."""
    found = enter(call, _("专家与分派"))
    profile = experts.get_expert(viewer(), call=call, expert=expert)
    here = url_for("pool.expert", call=call, expert=expert)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            experts.edit_expert(
                viewer(), call=call, expert=expert, version=words.version("version"), texts=words.typed()
            )
        except Conflict as refused:
            if isinstance(refused.theirs, ExpertProfile):
                page = words.conflict_page(call, refused.theirs)
                return render_template("errors/conflict.html", **page), refused.status
            problem = refused
        except Invalid as refused:
            problem = refused
        else:
            flash(_("已保存。"), "good")
            return redirect(here, 303)
    return render_template(
        "secretariat_experts/edit.html", call=found, back=here, **words.edit_page(profile, problem)
    ), problem.status if problem else 200


@desk.page("/<call>/experts/export", permission=OFFICE, methods=FORM)
def export(call: str) -> ResponseReturnValue:
    """The whole register as a workbook, after the reason has been written down."""
    found = enter(call, _("专家与分派"))
    reason, fault, status = request.form.get("reason", ""), "", 200
    if request.method == "POST":
        try:
            return send("专家名单.xlsx", experts.export_roster(viewer(), call=call, reason=reason))
        except Invalid as problem:
            fault, status = say(problem.fields["reason"]), problem.status
    pool = experts.search_experts(viewer(), call=call).pool
    return render_template(
        "act.html", **words.export_page(found, pool, {"value": reason, "err": fault})
    ), status


@desk.page("/<call>/experts/duplicates", permission=OFFICE)
def duplicates(call: str) -> ResponseReturnValue:
    """Rows under one name, to be looked at side by side."""
    found = enter(call, _("专家与分派"))
    return render_template(
        "secretariat_experts/duplicates.html",
        call=found,
        pairs=experts.list_duplicates(viewer(), call=call),
    )


@desk.page("/<call>/experts/merge/<first>/<second>", permission=OFFICE, methods=FORM)
def merge(call: str, first: str, second: str) -> ResponseReturnValue:
    """Two rows side by side; one stays, with the values chosen, the other points to it."""
    found = enter(call, _("专家与分派"))
    both = experts.compare(viewer(), call=call, first=first, second=second)
    problem: PortalError | None = None
    if request.method == "POST":
        chosen = words.chosen(both)
        try:
            experts.merge(
                viewer(),
                call=call,
                keep=chosen.keep,
                drop=chosen.drop,
                versions=chosen.versions,
                take=chosen.take,
                reason=request.form.get("reason", ""),
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("两条登记已合并。"), "good")
            return redirect(url_for("pool.expert", call=call, expert=chosen.keep), 303)
    return render_template(
        "secretariat_experts/merge.html", call=found, **words.merge_page(both, problem)
    ), problem.status if problem else 200
