"""The secretariat's experts: register and import, conflicts, panel, assignment, opening, meeting day."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import (
    account_views,
    assignments,
    both_rounds,
    departure_views,
    draw_views,
    elections,
    experts,
    letter_views,
    panels,
    rounds,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.calls import CallView, RoundRow
from review_portal.services.experts import ExpertPage
from review_portal.web import plan_pages
from review_portal.web import secretariat_expert_pages as pages
from review_portal.web import secretariat_experts_words as words
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter

desk = Desk("experts", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT
FORM = ("GET", "POST")


def round_of(call: str, round_: str, current: str) -> tuple[CallView, RoundRow]:
    found = enter(call, current)
    row = next((item for item in found.rounds if item.public_id == round_), None)
    if row is None:
        raise NotFound()
    return found, row


@desk.page("/<call>/experts", permission=OFFICE, methods=FORM)
def register(call: str) -> ResponseReturnValue:
    """The pool, its import, and the way to each round's panel and assignment."""
    found, faults, status = enter(call, _("专家与分派")), [], 200
    if request.method == "POST":
        try:
            return _import(call)
        except Invalid as problem:
            status, faults = problem.status, pages.import_faults(problem)
    return render_template(
        "secretariat_experts/register.html",
        call=found,
        hides=account_views.hides_experts(viewer(), call=call),
        faults=faults,
        steps=pages.steps(found),
        **words.pool_page(found, _looked_up(call)),
    ), status


def _looked_up(call: str) -> ExpertPage:
    return experts.search_experts(
        viewer(),
        call=call,
        query=request.args.get("q", "")[:100],
        status=request.args.get("status", ""),
        page=words.page_number(),
    )


def _import(call: str) -> ResponseReturnValue:
    sent = request.files.get("file")
    name, data = (sent.filename or "", sent.read()) if sent else ("", b"")
    if not data:
        raise Invalid(pages.NO_FILE)
    report = experts.import_roster(viewer(), call=call, name=name, data=data)
    flash(
        _("专家名单已导入：新增%(added)s人，更新%(updated)s人。", added=report.added, updated=report.updated),
        "good",
    )
    return redirect(url_for("experts.register", call=call), 303)


@desk.page("/<call>/experts/template.xlsx", permission=OFFICE)
def template(call: str) -> ResponseReturnValue:
    """The empty roster."""
    enter(call, _("专家与分派"))
    return send("专家名单模板.xlsx", experts.roster_template())


@desk.page("/<call>/experts/conflicts", permission=OFFICE)
def conflicts(call: str) -> ResponseReturnValue:
    """Who stands too near to which dossier, in sentences."""
    found = enter(call, _("专家与分派"))
    matrix = experts.conflicts_of(viewer(), call=call)
    return render_template(
        "secretariat_experts/conflicts.html", call=found, matrix=matrix, words=pages.LEVELS
    )


@desk.page("/<call>/rounds/<round_>/panel", permission=OFFICE, methods=FORM)
def panel(call: str, round_: str) -> ResponseReturnValue:
    """Choose who sits on a draft round's panel."""
    found, row = round_of(call, round_, _("专家与分派"))
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            if not request.form.getlist("expert"):
                raise Invalid(mark("请至少选择一位专家，原有专家组未改动。"))
            panels.set_panel(viewer(), round_=round_, experts=request.form.getlist("expert"))
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("专家组已保存。"), "good")
            return redirect(url_for("experts.assignment", call=call, round_=round_), 303)
    members = panels.list_members(viewer(), round_=round_)
    drawn = draw_views.round_draws(viewer(), round_=round_)
    return render_template(
        "secretariat_experts/panel.html",
        call=found,
        round=row,
        drawn=drawn if drawn.current else None,
        members=members,
        lines=experts.list_experts(viewer(), call=call),
        status_words=words.STATUS_WORDS,
        periods=words.periods,
        chosen=set(request.form.getlist("expert")) if problem else {member.expert for member in members},
        problem=say(problem.message) if problem else "",
        warnings=pages.panel_warnings(members, found),
        earlier=both_rounds.list_earlier(viewer(), round_=round_),
        both_rounds=pages.both_rounds(found.rules.panel) if row.position > found.rounds[0].position else "",
    ), problem.status if problem else 200


@desk.page("/<call>/rounds/<round_>/assignments", permission=OFFICE, methods=FORM)
def assignment(call: str, round_: str) -> ResponseReturnValue:
    """The grid of a round; POST assigns everything, or one pair, or takes one back, or keeps one apart."""
    found, row = round_of(call, round_, _("专家与分派"))
    problem: PortalError | None = None
    refused: tuple[assignments.Refusal, ...] = ()
    if request.method == "POST":
        try:
            refused = _assign(round_)
        except (Conflict, Invalid) as raised:
            problem = raised
        else:
            if not refused:
                return redirect(url_for("experts.assignment", call=call, round_=round_), 303)
    grid = list_assignments(viewer(), round_=round_)
    return render_template(
        "secretariat_experts/assignments.html",
        call=found,
        round=row,
        grid=grid,
        links=plan_pages.links(grid.links),
        refused=refused,
        problem=say(problem.message) if problem else "",
        kinds=pages.KINDS,
        typed=request.form if problem else {},
    ), problem.status if problem else 200


def _assign(round_: str) -> tuple[assignments.Refusal, ...]:
    act, person = request.form.get("act"), viewer()
    pair = (request.form.get("expert", ""), request.form.get("dossier", ""))
    reason = request.form.get("reason", "")
    if act == "all":
        report = assignments.assign_all(person, round_=round_)
    elif act == "assign":
        report = assignments.assign(person, round_=round_, pairs=[pair], basis=reason)
    elif act == "recuse":
        assignments.decide_recusal(person, round_=round_, expert=pair[0], dossier=pair[1], reason=reason)
        flash(_("回避已登记。"), "good")
        return ()
    else:
        assignments.unassign(person, round_=round_, pairs=[pair])
        flash(_("已撤销该项分派。"), "good")
        return ()
    flash(_("已分派%(n)s项。", n=report.assigned), "good")
    return report.refused


@desk.page("/<call>/rounds/<round_>/open", permission=OFFICE, methods=FORM)
def open_round(call: str, round_: str) -> ResponseReturnValue:
    """Open a round: what is missing is listed; afterwards rules, panel and assignment are frozen."""
    found, row = round_of(call, round_, _("专家与分派"))
    members = panels.list_members(viewer(), round_=round_)
    grid = list_assignments(viewer(), round_=round_)
    form = pages.OpeningForm()
    first = row.position == min(other.position for other in found.rounds)
    undelivered = letter_views.undelivered(viewer(), call=call) if first else []
    if not undelivered:
        del form.reason
    missing = pages.missing(found, row, members, grid, experts.list_experts(viewer(), call=call))
    problem: Conflict | None = None
    if not missing and form.validate_on_submit():
        try:
            rounds.open_round(
                viewer(),
                round_=round_,
                deadline=form.deadline.at,
                reason=form.reason.data or "" if form.reason else "",
            )
        except Invalid as refused:
            take_faults(form, refused)
        except Conflict as refused:
            problem = refused
        else:
            flash(_("%(name)s已开启，专家可以评分。", name=row.name), "good")
            return redirect(url_for("experts.progress", call=call), 303)
    page = pages.opening(found, row, members, grid, form, missing, undelivered)
    if problem is not None:
        page["problems"] = [("", say(problem.message))]
    return render_template("act.html", **page), 422 if form.errors else problem.status if problem else 200


@desk.page("/<call>/progress", permission=OFFICE)
def progress(call: str) -> ResponseReturnValue:
    """Meeting day: who is there, who is chair, how many sheets are in; nothing from points."""
    return _progress(call)


def _progress(call: str, problem: PortalError | None = None, typed: str = "") -> ResponseReturnValue:
    found = enter(call, _("评审进度"))
    running = [row for row in found.rounds if row.state != "draft"]
    changes = departure_views.list_changes(viewer(), call=call)
    faults: dict[str, str] = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    page: dict[str, Any] = {
        "rounds": [
            pages.round_progress(
                row,
                panels.list_members(viewer(), round_=row.public_id),
                rounds.progress(viewer(), round_=row.public_id),
                changes.get(row.public_id, ()),
                departure_views.to_seat(viewer(), round_=row.public_id),
            )
            for row in reversed(running)
        ],
        "problem": say(problem.message) if problem else "",
        "faults": faults,
        "wrong": typed,
        "typed": request.form,
    }
    return render_template("secretariat_experts/progress.html", call=found, **page), (
        problem.status if problem else 200
    )


@desk.page("/<call>/rounds/<round_>/chair", permission=OFFICE, methods=("POST",))
def elect(call: str, round_: str) -> ResponseReturnValue:
    """推举组长: recorded with method, votes and witness."""
    round_of(call, round_, _("评审进度"))
    votes = request.form.get("votes", "")
    try:
        elections.elect_chair(
            viewer(),
            round_=round_,
            member=request.form.get("member", ""),
            method=request.form.get("method", ""),
            votes=int(votes) if votes.isascii() and votes.isdigit() and len(votes) < 5 else 0,
            witness=request.form.get("witness", ""),
        )
    except (Conflict, Invalid) as problem:
        return _progress(call, problem, round_)
    flash(_("组长推举结果已登记。"), "good")
    return redirect(url_for("experts.progress", call=call), 303)
