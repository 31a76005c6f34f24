"""The whole panel on one page: a row for each own dossier, a column for each item, the sheets' own drafts."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import PortalError
from review_portal.domain.policy import Permission
from review_portal.services import reviews
from review_portal.services.own_round import OwnRound, own_round
from review_portal.web import expert_nav, matrix_form
from review_portal.web.access import Desk, viewer
from review_portal.web.matrix_form import Refused

desk = Desk("expert_matrix", __name__, url_prefix="/expert")


@desk.page("/rounds/<round_>/matrix", permission=Permission.EXPERT, methods=("GET", "POST"))
def show(round_: str) -> ResponseReturnValue:
    """All own sheets of a round; POST saves each row that somebody typed in.

    A row is a sheet: what can be saved is saved, a refused row stays as typed beside what is stored.
    """
    own = own_round(viewer(), round_=round_)  # missing, foreign: 404 before a form is read
    if request.method == "GET":
        if not own.pledged and own.state == "scoring":
            return redirect(url_for("expert.pledge", round_=round_), 303)
        return _page(own, {})
    typed = matrix_form.sent(request.form, own)
    refused: dict[str, Refused] = {}
    for review, row in typed.items():
        try:
            reviews.save_draft(viewer(), review=review, content=row.content, base_version=row.version)
        except PortalError as problem:
            refused[review] = Refused(row, problem)
    if refused:
        status = 409 if any(row.theirs for row in refused.values()) else 422
        return _page(own_round(viewer(), round_=round_), refused, status)
    flash(_("已暂存%(n)s份评分。", n=len(typed)) if typed else _("没有新的修改，内容均已暂存。"), "good")
    return redirect(url_for("expert_matrix.show", round_=round_), 303)


def _page(own: OwnRound, refused: dict[str, Refused], status: int = 200) -> ResponseReturnValue:
    expert_nav.enter(own.call, _("我的评审任务"), own.code)
    return render_template("expert/matrix.html", **matrix_form.page(own, refused)), status
