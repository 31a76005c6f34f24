"""The chair's desk: drafting the panel's opinion on a dossier, and ending the asking about it."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import opinion_reading, opinions
from review_portal.services.opinion_reading import OpinionView, Versioned
from review_portal.web import panel_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.chair_nav import enter
from review_portal.web.forms import say

desk = Desk("chair_opinions", __name__, url_prefix="/chair")
DOSSIER = "/<round_>/opinions/<dossier>"
FORM = ("GET", "POST")


@desk.page(DOSSIER, permission=Permission.EXPERT, methods=FORM)
def draft(round_: str, dossier: str) -> ResponseReturnValue:
    """The opinion beside what the experts wrote; saving is a new version that everybody is asked about."""
    enter(round_, _("专家组意见"))
    view = opinion_reading.view(viewer(), round_=round_, dossier=dossier)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            _save(view)
        except Conflict as refused:
            if isinstance(refused.theirs, Versioned):
                return _two_texts(view, refused.theirs)
            problem = refused
        except Invalid as refused:
            problem = refused
        else:
            flash(_("专家组意见已保存，请各位专家确认。"), "good")
            return redirect(url_for("panel.opinion", round_=round_, dossier=dossier), 303)
    return render_template("chair/opinion.html", **_page(view, problem)), problem.status if problem else 200


def _save(view: OpinionView) -> None:
    opinions.draft(
        viewer(),
        round_=view.round_,
        dossier=view.dossier,
        text=panel_pages.typed_text(),
        reason=request.form.get("reason", ""),
        after=panel_pages.draft_values(view)["version"],
    )


def _page(view: OpinionView, problem: PortalError | None) -> dict[str, Any]:
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    return {
        "view": view,
        "values": panel_pages.draft_values(view),
        "faults": {name: say(text) for name, text in problem.fields.items()} if problem else {},
        "recorded": view.words.get(view.recorded or "", ""),
    }


def _two_texts(view: OpinionView, theirs: Versioned) -> ResponseReturnValue:
    here = url_for("chair_opinions.draft", round_=view.round_, dossier=view.dossier)
    typed = [(name, text) for name, text in request.form.items() if name not in ("csrf_token", "version")]
    page = render_template(
        "errors/conflict.html",
        what=f"{view.number}　{view.unit}",
        fields=panel_pages.both(view, theirs.text),
        theirs_when="",
        keep={"action": here, "version": theirs.ordinal, "hidden": typed},
        back_href=here,
    )
    return page, 409


@desk.page(f"{DOSSIER}/settle", permission=Permission.EXPERT, methods=FORM)
def settle(round_: str, dossier: str) -> ResponseReturnValue:
    """End the asking: who has not answered could not, and why."""
    enter(round_, _("专家组意见"))
    view = opinion_reading.view(viewer(), round_=round_, dossier=dossier)
    if view.latest is None:
        abort(404)
    problem: PortalError | None = None
    back = url_for("panel.opinion", round_=round_, dossier=dossier)
    if request.method == "POST":
        typed = request.form.get("version", "")
        seen = int(typed) if typed.isdecimal() and len(typed) < 9 else 0
        reason = request.form.get("reason", "")
        try:
            opinions.settle(viewer(), round_=round_, dossier=dossier, reason=reason, after=seen)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("专家组意见的确认已结束。"), "good")
            return redirect(back, 303)
    if problem is not None and not problem.fields:
        flash(say(problem.message), "bad")
    return render_template(
        "act.html", **_settle_page(view, problem, back)
    ), problem.status if problem else 200


def _settle_page(view: OpinionView, problem: PortalError | None, back: str) -> dict[str, Any]:
    latest = view.latest
    standing = latest.standing if latest else None
    waiting = "、".join(person.name for person in standing.waiting) if standing else ""
    return {
        "title": _("结束确认"),
        "lead": f"{view.number}　{view.unit}",
        "consequences": [
            _("这一版意见不再征求答复；同意的专家须超过应答复人数的半数。"),
            _("未答复的专家和原因印在评审意见表上。"),
            _("此后仍可修改意见，修改后须重新征求全体专家的意见。"),
        ],
        "facts": [
            (_("同意"), standing.confirmed if standing else 0),
            (_("有异议"), standing.dissented if standing else 0),
            (_("未答复"), waiting or "—"),
        ],
        "hidden": [("version", latest.ordinal if latest else 0)],
        "reason": {
            "label": _("未答复的专家为何不能答复"),
            "value": request.form.get("reason", ""),
            "err": say(problem.fields["reason"]) if problem and "reason" in problem.fields else "",
        }
        if waiting
        else None,
        "act_text": _("结束确认"),
        "action": url_for("chair_opinions.settle", round_=view.round_, dossier=view.dossier),
        "back_href": back,
        "back_text": _("返回"),
    }
