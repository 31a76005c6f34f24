"""The chair's desk: a ranking's analysis for the statistician, its tables as files, computing it again."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict
from review_portal.domain.policy import Permission
from review_portal.services import ranking, ranking_insight
from review_portal.services.insight_tables import tables, write_csv
from review_portal.web import chair_insight_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("chair_insight", __name__, url_prefix="/chair")


@desk.page("/<round_>/ranking/statistics", permission=Permission.EXPERT)
def statistics(round_: str) -> ResponseReturnValue:
    """Everything that is stored of the ranking, for the statistician."""
    found = enter(round_, _("排名与说明"))
    view = ranking.view(viewer(), round_=round_)
    insight = ranking_insight.get(viewer(), round_=round_, body=view.body)
    page = chair_insight_pages.statistics_page(found, view, insight)
    return render_template("chair/statistics.html", **page)


@desk.page("/<round_>/ranking/statistics/<table>.csv", permission=Permission.EXPERT)
def table_csv(round_: str, table: str) -> ResponseReturnValue:
    """One of its tables, whole."""
    enter(round_, _("排名与说明"))
    view = ranking.view(viewer(), round_=round_)
    insight = ranking_insight.get(viewer(), round_=round_, body=view.body)
    every = tables(insight.body, view.body, view.rules) if insight.state == "ready" else []
    wanted = next((item for item in every if item.key == table), None)
    if wanted is None:
        abort(404)
    return send(f"{say(wanted.title)}.csv", write_csv(wanted))


@desk.page("/<round_>/ranking/compute", permission=Permission.EXPERT, methods=("POST",))
def compute(round_: str) -> ResponseReturnValue:
    """Compute the analysis of the ranking as it stands; of the same sheets there is one."""
    enter(round_, _("排名与说明"))
    try:
        ranking_insight.recompute(viewer(), round_=round_)
    except Conflict as refused:
        flash(say(refused.message), "bad")
    else:
        flash(_("排名说明已计算。"), "good")
    return redirect(url_for("chair.rank", round_=round_), 303)
