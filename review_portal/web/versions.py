"""排名版本: every version of the final ranking, what it changed, its page and workbook; for both offices."""

from __future__ import annotations

from flask import abort, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.policy import Permission
from review_portal.services import calls, ranking, ranking_versions, rounds, supervision, version_words
from review_portal.web import chair_ranking, secretariat_nav, supervisor_nav
from review_portal.web import reexamination_pages as pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say

desk = Desk("versions", __name__, url_prefix="/versions")


def _enter(call: str) -> calls.CallView:
    found = calls.view(viewer(), call=call)
    if supervision.may_watch(viewer(), call=call):
        supervisor_nav.enter(call, _("排名版本"))
    else:
        secretariat_nav.enter(call, _("异议复核"))
    return found


@desk.page("/<call>", permission=Permission.OFFICE)
def listing(call: str) -> ResponseReturnValue:
    """The versions, newest first, each with its differences from the one before."""
    found = _enter(call)
    rows = ranking_versions.list_versions(viewer(), call=call)
    return render_template(
        "reexaminations/versions.html", title=found.title, versions=pages.versions(rows, call), trial=None
    )


@desk.page("/<call>/<int:version>", permission=Permission.OFFICE)
def one(call: str, version: int) -> ResponseReturnValue:
    """One version as it was frozen."""
    found = _enter(call)
    view = ranking.final_view(viewer(), call=call, version=version)
    regular = [row for row in found.rounds if not row.again]
    if not regular:
        abort(404)
    page = chair_ranking.ranking_page(rounds.view(viewer(), round_=regular[-1].public_id), view)
    said = [say(line) for line in version_words.lines(view.body, view.rules)]
    page["heading"] = _("第%(n)s版排名", n=version)
    page["lines"] = [*said, *page["lines"]]
    page["acts"] = [
        {"href": url_for("versions.listing", call=call), "text": _("全部版本"), "main": False},
        {
            "href": url_for("results.workbook", call=call, version=version),
            "text": _("下载排名工作簿"),
            "main": True,
        },
    ]
    return render_template("chair/ranking.html", **page)
