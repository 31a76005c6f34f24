"""The chair's pages of 复议: asking experts, the ledger, what follows an unanswered case, the discussion."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import (
    case_acts,
    case_discussions,
    case_minutes,
    case_views,
    discussion_views,
    overviews,
    reconciliation,
    rounds,
)
from review_portal.services.flags import OWN
from review_portal.web import chair_case_acts as act_pages
from review_portal.web import chair_case_pages as pages
from review_portal.web.access import viewer
from review_portal.web.chair import desk
from review_portal.web.chair_nav import enter
from review_portal.web.defense_pages import office_instant
from review_portal.web.forms import say

FORM = ("GET", "POST")


def _faults(problem: PortalError | None) -> dict[str, str]:
    """Sentences by field; what fits no field is told above the form."""
    if problem is None:
        return {}
    if not problem.fields:
        flash(say(problem.message), "bad")
    return {name: say(sentence) for name, sentence in problem.fields.items()}


@desk.page("/<round_>/dossiers/<dossier>/case", permission=Permission.EXPERT, methods=FORM)
def case(round_: str, dossier: str) -> ResponseReturnValue:
    """Ask the experts behind codes, each about the own sheet."""
    found, problem = enter(round_, _("复议台账")), None
    trigger = request.values.get("trigger", OWN)
    form = case_views.form_of(viewer(), round_=round_, dossier=dossier, trigger=trigger)
    typed = pages.typed_case(request.values, form)
    if request.method == "POST":
        problem = _ask(round_, dossier, typed)
        if problem is None:
            return redirect(url_for("chair.cases", round_=round_), 303)
    page = pages.case_page(found, form, typed, _faults(problem))
    return render_template("chair/case.html", **page), problem.status if problem else 200


def _ask(round_: str, dossier: str, typed: pages.TypedCase) -> PortalError | None:
    due = office_instant(typed.due_at) if typed.due_at else None
    try:
        if typed.due_at and due is None:
            raise pages.no_time("due_at")
        opened = reconciliation.open_cases(
            viewer(),
            round_=round_,
            dossier=dossier,
            codes=typed.codes,
            question=typed.question,
            trigger=typed.trigger,
            grounds=typed.grounds,
            due_at=due,
        )
    except (Conflict, Invalid) as refused:
        return refused
    listed = case_views.list_cases(viewer(), round_=round_)
    states = [row.state for row in listed if row.public_id in opened]
    asked, waiting = states.count("open"), states.count("waiting")
    if asked:
        flash(_("已提请复议%(n)s件，专家将看到您的问题和本人评分。", n=asked), "good")
    if waiting:
        flash(_("规则外的复议%(n)s件已提交监督人员会签，同意以前专家看不到。", n=waiting), "care")
    return None


@desk.page("/<round_>/cases", permission=Permission.EXPERT)
def cases(round_: str) -> ResponseReturnValue:
    """The ledger of reconciliation: before, after, why; what stands apart; what it did to the list."""
    found = enter(round_, _("复议台账"))
    ledger = case_views.ledger(viewer(), round_=round_)
    effects = case_minutes.effects_of(viewer(), round_=round_)
    page = pages.ledger_page(found, ledger, effects, request.args.get("show", ""))
    return render_template("chair/cases.html", **page)


@desk.page("/<round_>/cases/<case>/<act>", permission=Permission.EXPERT, methods=FORM)
def case_act(round_: str, case: str, act: str) -> ResponseReturnValue:
    """A later time to answer, no answer in time, a case taken back, a countersign asked once more."""
    found, problem = enter(round_, _("复议台账")), None
    listed = case_views.list_cases(viewer(), round_=round_)
    row = next((item for item in listed if item.public_id == case), None)
    if row is None or act not in act_pages.ACTS:
        abort(404)
    if request.method == "POST":
        problem = _settle(case, act)
        if problem is None:
            flash(act_pages.done(act), "good")
            return redirect(url_for("chair.cases", round_=round_), 303)
    page = act_pages.act_page(found, row, act, request.form, _faults(problem))
    return render_template(page.pop("template"), **page), problem.status if problem else 200


def _settle(case: str, act: str) -> PortalError | None:
    reason = request.form.get("reason", "")
    try:
        if act == "extend":
            due = office_instant(request.form.get("due_at", ""))
            case_acts.extend_case(viewer(), case=case, due_at=due, reason=reason)
        elif act == "lapse":
            case_acts.lapse_case(viewer(), case=case, reason=reason)
        elif act == "withdraw":
            case_acts.withdraw_case(viewer(), case=case, reason=reason)
        else:
            case_acts.ask_countersign_again(viewer(), case=case)
    except (Conflict, Invalid) as refused:
        return refused
    return None


@desk.page("/<round_>/dossiers/<dossier>/discussion", permission=Permission.EXPERT, methods=FORM)
def discussion(round_: str, dossier: str) -> ResponseReturnValue:
    """What the panel discussed about a dossier; a correction is a new version."""
    found, problem = enter(round_, _("复议台账")), None
    form = discussion_views.form_of(viewer(), round_=round_, dossier=dossier)
    typed = pages.typed_discussion(request, form)
    if request.method == "POST":
        problem = _discuss(round_, dossier, typed)
        if problem is None:
            flash(_("讨论记录已保存。"), "good")
            return redirect(url_for("chair.cases", round_=round_) + "#discussions", 303)
        form = discussion_views.form_of(viewer(), round_=round_, dossier=dossier)
    page = pages.discussion_page(found, dossier, form, typed, _faults(problem))
    return render_template("chair/discussion.html", **page), problem.status if problem else 200


def _discuss(round_: str, dossier: str, typed: dict[str, Any]) -> PortalError | None:
    try:
        case_discussions.record(viewer(), round_=round_, dossier=dossier, **typed)
    except (Conflict, Invalid) as refused:
        return refused
    return None


@desk.page("/<round_>/finish", permission=Permission.EXPERT, methods=FORM)
def finish(round_: str) -> ResponseReturnValue:
    """End reconciliation; from here on ranks may be seen."""
    found, problem, reason = enter(round_, _("复议台账")), None, request.form.get("reason", "")
    if request.method == "POST":
        try:
            rounds.finish_round(viewer(), round_=round_, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("复议已结束，可以试算排名。"), "good")
            return redirect(url_for("chair.rank", round_=round_), 303)
    ledger = case_views.ledger(viewer(), round_=round_)
    data = overviews.overview(viewer(), round_=round_)
    page = act_pages.finish_page(found, ledger, data, reason, _faults(problem).get("reason", ""))
    return render_template("act.html", **page), problem.status if problem else 200
