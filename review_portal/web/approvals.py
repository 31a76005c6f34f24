"""Two-person acts: the requests that wait for this person, and the page on which one is decided."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission
from review_portal.services import approval_views, approvals
from review_portal.services.account_views import NewAccount
from review_portal.services.approval_views import RequestView
from review_portal.services.approvals import OpenApproval
from review_portal.services.entry_passes import IssuedEntry
from review_portal.web import secretariat_nav, supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.approval_words import ACTS, Words
from review_portal.web.filters import office_time
from review_portal.web.forms import say
from review_portal.web.frame import set_desk
from review_portal.web.slips import slip

desk = Desk("approvals", __name__, url_prefix="/approvals")


def _frame(call: str | None, call_id: int | None) -> None:
    """The frame of the office that the viewer holds in the request's call."""
    here, person = _("待确认事项"), viewer()
    if call is not None and person.has("supervisor", call_id):
        supervisor_nav.enter(call, here)
    elif call is not None and person.has("secretariat", call_id):
        secretariat_nav.enter(call, here)
    else:
        set_desk(here, [(here, url_for("approvals.index"))], current=here, call=call)


@desk.page("/", permission=Permission.SIGNED_IN)
def index() -> ResponseReturnValue:
    """What waits for this person, oldest first."""
    waiting = [_line(item) for item in approvals.list_waiting(viewer()) if item.action in ACTS]
    first = approval_views.view(viewer(), approval=waiting[0]["id"]) if waiting else None
    _frame(first.call if first else None, first.request.call_id if first else None)
    return render_template("approvals/list.html", waiting=waiting)


def _line(item: OpenApproval) -> dict[str, Any]:
    return {
        "id": item.public_id,
        "name": ACTS[item.action].name(),
        "about": item.payload.get("unit") or "",
        "reason": item.reason,
        "asked_by": item.asked_by_name,
        "asked_at": item.asked_at,
    }


@desk.page("/<approval>", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def decide(approval: str) -> ResponseReturnValue:
    """One request: what will happen, who asked and why, and the answer."""
    found = approval_views.view(viewer(), approval=approval)
    if found.request.action not in ACTS:
        raise NotFound()
    faults: dict[str, str] = {}
    status = 200
    if request.method == "POST":
        faults = _faults()
        problem, issued = (None, None) if faults else _settle(found)
        if issued is not None:
            return slip(issued, url_for("approvals.index"))
        if not faults and problem is None:
            return redirect(url_for("approvals.index"), 303)
        status = problem.status if problem else 422
        found = approval_views.view(viewer(), approval=approval)
    _frame(found.call, found.request.call_id)
    return render_template("act.html", **_page(found, faults)), status


def _faults() -> dict[str, str]:
    answer = request.form.get("decision")
    if answer == "refuse":
        short = len(request.form.get("note", "").strip()) < 2
        return {"note": _("不同意的，请写明理由。")} if short else {}
    if answer != "agree":  # a form sent without its button would else be a refusal without a reason
        return {"confirm": _("请按“同意”或“不同意”的按钮答复。")}
    return {} if request.form.get("confirm") else {"confirm": _("请核对后勾选确认。")}


def _settle(found: RequestView) -> tuple[PortalError | None, NewAccount | IssuedEntry | None]:
    """What refused, or what the act made to be shown once, if it made anything."""
    agree = request.form.get("decision") == "agree"
    act = ACTS[found.request.action]
    try:
        issued = act.decide(
            viewer(),
            approval=found.request.public_id,
            approve=agree,
            note=request.form.get("note", ""),
        )
    except PortalError as refused:
        flash(say(refused.message), "bad")
        return refused, None
    done = _("已同意：%(what)s。") if agree else _("已登记不同意：%(what)s。")
    if issued is None:
        flash(done % {"what": act.name()}, "good")
    return None, issued


def _page(found: RequestView, faults: dict[str, str]) -> dict[str, Any]:
    words = ACTS[found.request.action].words(found)
    return {
        "title": words.title,
        "lead": words.lead,
        "people": _people(found, words),
        "consequences": words.consequences,
        "facts": [*words.facts, (_("申请事由"), found.request.reason)],
        "code": found.request.digest,
        "code_note": _("申请内容的校验码。内容如有变化，申请自动失效，须重新申请。"),
        "problems": _problems(found),
        "reason": {
            "name": "note",
            "label": _("监督记录") if words.decides == _("监督人员") else _("复核意见"),
            "hint": _("同意时选填，不同意时必填；记入评审报告。"),
            "value": request.form.get("note", ""),
            "err": faults.get("note", ""),
            "optional": True,
        },
        "confirm": words.confirm,
        "confirm_err": faults.get("confirm", ""),
        "action": url_for("approvals.decide", approval=found.request.public_id),
        "act_text": words.agree,
        "grave": words.grave,
        "refuse_text": _("不同意"),
        "back_href": url_for("approvals.index"),
    }


def _problems(found: RequestView) -> list[tuple[str, str]]:
    here = url_for("approvals.index")
    if not found.open:
        return [(here, _("该申请已办结或已过期，不能再确认。"))]
    return [] if found.verdict else [(here, say(found.verdict.reason))]


_OUTCOMES = {
    "approved": ("done", mark("已同意")),
    "refused": ("out", mark("不同意")),
    "lapsed": ("out", mark("已失效")),
}


def _people(found: RequestView, words: Words) -> list[dict[str, Any]]:
    asked = {
        "role": _("申请人"),
        "who": _("%(name)s（%(role)s）", name=found.request.asked_by_name, role=words.asks),
        "when": _("%(at)s申请", at=office_time(found.request.asked_at)),
        "kind": "done",
        "state": _("已申请"),
    }
    kind, state = _OUTCOMES.get(found.request.outcome, ("part", mark("等待确认")))
    if found.request.outcome == "pending" and not found.open:
        kind, state = _OUTCOMES["lapsed"]
    until = _("申请有效至%(at)s", at=office_time(found.expires_at))
    decided = {
        "role": _("确认人"),
        "who": found.decided_by or (viewer().name if found.verdict else words.decides),
        "when": office_time(found.decided_at) if found.decided_at else until,
        "kind": kind,
        "state": say(state),
    }
    return [asked, decided]
