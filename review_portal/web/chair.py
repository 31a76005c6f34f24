"""The chair's desk: progress, close, unseal, overview, reconciliation, ranking, freeze."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import (
    case_views,
    closing,
    freeze_gates,
    overviews,
    own_deadlines,
    panels,
    paper_views,
    points,
    ranking,
    ranking_insight,
    rounds,
)
from review_portal.web import (
    chair_close,
    chair_overview,
    chair_pages,
    chair_ranking,
    chair_sheets,
    chair_vacant,
    overview_choice,
)
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.forms import say

desk = Desk("chair", __name__, url_prefix="/chair")


def _act(problem: PortalError | None, **page: Any) -> ResponseReturnValue:
    """An act page; after a refusal it shows the sentence and keeps what was typed."""
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    return render_template("act.html", **page), problem.status if problem else 200


@desk.page("/", permission=Permission.EXPERT)
def index() -> ResponseReturnValue:
    """The newest round one chairs."""
    chaired = rounds.list_chaired(viewer())
    if not chaired:
        abort(404)
    return redirect(url_for("chair.home", round_=chaired[0].public_id), 303)


@desk.page("/<round_>/", permission=Permission.EXPERT)
def home(round_: str) -> ResponseReturnValue:
    """What is next; before unsealing only who has submitted and who is late."""
    found = enter(round_, _("组长工作台"))
    panel = panels.list_codes(viewer(), round_=round_)
    progress = rounds.progress(viewer(), round_=round_)
    asked = closing.waiting(viewer(), round_=round_) if found.state == "scoring" else None
    step = chair_close.asked_to_close(found, asked) if asked else chair_pages.next_step(found, progress)
    return render_template("chair/home.html", round=found, panel=panel, progress=progress, step=step)


@desk.page("/<round_>/close", permission=Permission.EXPERT, methods=("GET", "POST"))
def close(round_: str) -> ResponseReturnValue:
    """Ask to end scoring and seal; the supervisor answers."""
    found, problem, reason = enter(round_, _("组长工作台")), None, request.form.get("reason")
    if request.method == "POST":
        try:
            closing.ask_close(viewer(), round_=round_, reason=reason or "")
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("结束评分的申请已提交，请监督人员确认；确认以前专家仍可评分。"), "good")
            return redirect(url_for("chair.home", round_=round_), 303)
    progress = rounds.progress(viewer(), round_=round_)
    later = own_deadlines.list_running(viewer(), round_=round_) if found.state == "scoring" else []
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return _act(problem, **chair_close.close_page(found, progress, later, reason, fault))


@desk.page("/<round_>/unseal", permission=Permission.EXPERT, methods=("GET", "POST"))
def unseal(round_: str) -> ResponseReturnValue:
    """Ask for the sealed sheets to be opened; the supervisor answers."""
    found, problem, reason = enter(round_, _("组长工作台")), None, request.form.get("reason", "")
    if request.method == "POST":
        try:
            rounds.ask_unseal(viewer(), round_=round_, reason=reason)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("启封申请已提交，请监督人员确认。"), "good")
            return redirect(url_for("chair.home", round_=round_), 303)
    progress = rounds.progress(viewer(), round_=round_)
    fault = say(problem.fields["reason"]) if problem and "reason" in problem.fields else ""
    return _act(problem, **chair_pages.unseal_page(found, progress, reason, fault))


@desk.page("/<round_>/overview", permission=Permission.EXPERT)
def overview(round_: str) -> ResponseReturnValue:
    """The heat map by codes, with what the frozen triggers flag."""
    found = enter(round_, _("评分概览"))
    data = overviews.overview(viewer(), round_=round_)
    cases, choice = case_views.list_cases(viewer(), round_=round_), overview_choice.asked_for()
    here = [row.dossier for row in overview_choice.part_of(data, cases, choice).rows]
    said = points.opinions_of(viewer(), round_=round_, dossiers=here)
    own = case_views.own_code(viewer(), round_=round_)
    page = chair_overview.overview_page(found, data, cases, choice, said, own)
    return render_template("chair/overview.html", **page)


@desk.page("/<round_>/dossiers/<dossier>", permission=Permission.EXPERT)
def sheets(round_: str, dossier: str) -> ResponseReturnValue:
    """What one dossier's totals are made of: items by code, with comments."""
    found = enter(round_, _("评分概览"))
    lines = points.sheets_of(viewer(), round_=round_, dossier=dossier)
    data = overviews.overview(viewer(), round_=round_)
    row = next((item for item in data.rows if item.dossier == dossier), None)
    if row is None:
        abort(404)
    typed = paper_views.count_typed(viewer(), round_=round_, dossier=dossier)
    said = points.opinions_of(viewer(), round_=round_, dossiers=[dossier]).get(dossier, [])
    own = panels.list_codes(viewer(), round_=round_).own
    page = chair_sheets.sheets_page(found, data, row, lines, said, own)
    return render_template("chair/sheets.html", typed=typed, **page)


@desk.page("/<round_>/ranking", permission=Permission.EXPERT)
def rank(round_: str) -> ResponseReturnValue:
    """The frozen rule's ranking with the other rules beside it."""
    found = enter(round_, _("排名与说明"))
    view = ranking.view(viewer(), round_=round_)
    composites = ranking.composites(viewer(), round_=round_, body=view.body)
    insight = ranking_insight.get(viewer(), round_=round_, body=view.body)
    page = chair_ranking.chair_page(found, view, composites, insight)
    page["acts"] += chair_vacant.acts(round_)
    return render_template("chair/ranking.html", **page)


@desk.page("/<round_>/freeze", permission=Permission.EXPERT, methods=("GET", "POST"))
def freeze(round_: str) -> ResponseReturnValue:
    """Freeze exactly what was looked at."""
    found, problem, look = enter(round_, _("排名与说明")), None, request.form.get("look", "")
    if request.method == "POST":
        try:
            ranking.freeze(viewer(), round_=round_, digest=request.form.get("digest", ""), look=look)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("排名已冻结。"), "good")
            return redirect(url_for("chair.rank", round_=round_), 303)
    view = ranking.view(viewer(), round_=round_)
    if problem is None and view.frozen_at is not None:
        return redirect(url_for("chair.rank", round_=round_), 303)
    awaited = freeze_gates.awaited(viewer(), round_=round_, body=view.body)
    fault = say(problem.fields["look"]) if problem and "look" in problem.fields else ""
    return _act(problem, **chair_ranking.freeze_page(found, view, awaited, look, fault))
