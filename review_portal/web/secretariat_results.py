"""The secretariat's pages after scoring: results, papers, the publicity notice."""

from __future__ import annotations

from flask import render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Permission
from review_portal.services import calls, ranking, report
from review_portal.services.ranking import RankingView
from review_portal.web import results_pages, secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say

desk = Desk("results", __name__, url_prefix="/secretariat")


def _enter(call: str, current: str) -> calls.CallView:
    found = calls.view(viewer(), call=call)
    secretariat_nav.enter(call, current)
    return found


def _frozen(call: str) -> RankingView | None:
    try:
        return ranking.final_view(viewer(), call=call)
    except NotFound:
        return None


@desk.page("/<call>/results", permission=Permission.SECRETARIAT)
def home(call: str) -> ResponseReturnValue:
    """Rounds, the frozen ranking without names of experts, papers, the decision; `verify` recounts."""
    found = _enter(call, _("排名与文书"))
    view = _frozen(call)
    by = say(report.frozen_by(viewer(), call=call)) if view else ""
    checked = ranking.verify(viewer(), call=call) if view and request.args.get("verify") else []
    return render_template("results/home.html", **results_pages.home_page(found, view, by, checked))


@desk.page("/<call>/workbook.xlsx", permission=Permission.OFFICE)
def workbook(call: str) -> ResponseReturnValue:
    """The ranking workbook of the newest version, or of the one asked for."""
    version = request.args.get("version", type=int)
    return send(*report.workbook(viewer(), call=call, version=version))


@desk.page("/<call>/statistics.xlsx", permission=Permission.OFFICE)
def statistics_annex(call: str) -> ResponseReturnValue:
    """The statistical annex to the newest version, or to the one asked for."""
    version = request.args.get("version", type=int)
    return send(*report.statistics_annex(viewer(), call=call, version=version))


@desk.page("/rounds/<round_>/summary.docx", permission=Permission.OFFICE)
def summary(round_: str) -> ResponseReturnValue:
    """评分汇总表 of one round."""
    return send(*report.summary_sheet(viewer(), round_=round_))
