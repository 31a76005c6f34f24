"""确认本人评分: after reconciliation an expert confirms the own sheets as they enter the ranking."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import confirmations
from review_portal.web import expert_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.confirmation_words import STATES
from review_portal.web.forms import say

CHOOSE = mark("请选择“一致”或“不一致”。")

desk = Desk("expert_confirm", __name__, url_prefix="/expert")


@desk.page("/rounds/<round_>/confirm", permission=Permission.EXPERT, methods=("GET", "POST"))
def confirm(round_: str) -> ResponseReturnValue:
    """This is what I scored, or it is not and why. Nothing of anybody else stands here."""
    own = confirmations.own(viewer(), round_=round_)
    if request.method == "GET":
        return _page(own, None)
    said = request.form.get("answer", "")
    if said not in ("agree", "differ"):
        problem: PortalError = Invalid(CHOOSE, {"answer": CHOOSE})
        return _page(own, problem)
    try:
        confirmations.answer(
            viewer(),
            round_=round_,
            digest=request.form.get("digest", ""),
            agrees=said == "agree",
            reason=request.form.get("reason", ""),
        )
    except (Conflict, Invalid) as refused:
        return _page(confirmations.own(viewer(), round_=round_), refused)
    words = _("已确认与本人评分一致。") if said == "agree" else _("已登记不一致，组长和监督人员将核实。")
    flash(words, "good")
    return redirect(url_for("expert_confirm.confirm", round_=round_), 303)


def _page(own: confirmations.OwnConfirmation, problem: PortalError | None) -> ResponseReturnValue:
    expert_nav.enter(own.call, _("我的评审任务"), own.code)
    kind, state = STATES[own.state]
    faults = {name: say(text) for name, text in problem.fields.items()} if problem else {}
    page = render_template(
        "expert/confirm_scores.html",
        own=own,
        kind=kind,
        state=say(state),
        faults=faults,
        problem=say(problem.message) if problem and not faults else "",
        answer=request.form.get("answer", ""),
        reason=request.form.get("reason", own.reason if own.state == "disputed" else ""),
    )
    return page, problem.status if problem else 200
