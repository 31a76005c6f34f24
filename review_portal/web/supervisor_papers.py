"""Paper sheets as the supervisor sees them: one state per sheet; the scans once a round has finished."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Permission
from review_portal.services import calls, paper_views, supervision, transcription_views
from review_portal.web import supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import show
from review_portal.web.secretariat_papers import STATES

desk = Desk("supervisor_papers", __name__, url_prefix="/supervisor")


@desk.page("/<call>/papers", permission=Permission.SUPERVISOR)
def listing(call: str) -> ResponseReturnValue:
    """待录入、一人已录、两人一致、有差异 of each sheet, and nothing of what stands on it."""
    if not supervision.may_watch(viewer(), call=call):
        abort(404)
    rows = paper_views.list_registered(viewer(), call=call)
    rounds = {row.public_id: row for row in calls.view(viewer(), call=call).rounds}
    supervisor_nav.enter(call, _("纸质评分表"))
    lines = [
        {
            "row": row,
            "round": rounds[row.round_].name,
            "kind": STATES[row.state][0],
            "state": STATES[row.state][1],
            "scan_href": url_for("supervisor_papers.scan", call=call, paper=row.public_id)
            if rounds[row.round_].state == "finished" and row.scanned_at
            else "",
        }
        for row in rows
    ]
    return render_template("papers/watched.html", lines=lines)


@desk.page("/<call>/papers/<paper>/scan", permission=Permission.SUPERVISOR)
def scan(call: str, paper: str) -> ResponseReturnValue:
    """The signed sheet, in a tab of its own."""
    if not supervision.may_watch(viewer(), call=call):
        abort(404)
    if paper not in {row.public_id for row in paper_views.list_registered(viewer(), call=call)}:
        raise NotFound()
    return show(*transcription_views.scan(viewer(), paper=paper))
