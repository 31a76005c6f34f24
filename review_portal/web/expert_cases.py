"""The expert's side of 复议: what the chair asks about own sheets, and the answer; own sheets voided."""

from __future__ import annotations

from dataclasses import replace

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import Message
from review_portal.domain.policy import Permission
from review_portal.services import case_views, reconciliation, sheets, void_views
from review_portal.services.flags import TRIGGER_NAMES
from review_portal.services.void_views import BREACHES
from review_portal.services.worklist import worklist
from review_portal.web import expert_nav, score_form
from review_portal.web.access import viewer
from review_portal.web.chair_pages import CASE_WORDS
from review_portal.web.expert import beside, desk
from review_portal.web.filters import office_time
from review_portal.web.forms import say
from review_portal.web.kept_here import keep_key
from review_portal.web.score_form import Typed


@desk.page("/cases", permission=Permission.EXPERT)
def cases() -> ResponseReturnValue:
    """What the chair asks about own sheets."""
    work = worklist(viewer())
    expert_nav.enter(work[0].call if work else None, _("复议"), work[0].code if work else None)
    own = case_views.list_own_cases(viewer())
    done = {case.public_id for case in own if case.state == "answered"}
    return render_template(
        "expert/cases.html",
        cases=own,
        triggers=TRIGGER_NAMES,
        states=CASE_WORDS,
        voids=[(item, say(BREACHES[item.breach])) for item in void_views.list_own_voids(viewer())],
        answered="".join(done & {request.args.get("answered", "")}),
    )


@desk.page("/cases/<case>", permission=Permission.EXPERT, methods=("GET", "POST"))
def case(case: str) -> ResponseReturnValue:
    """Keep the own score or revise it, each with a reason; the earlier sheet stays."""
    asked = sheets.case_sheet(viewer(), case=case)
    if request.method == "GET":
        return _case_page(asked)
    answer, reason = request.form.get("answer", ""), request.form.get("reason", "")
    typed = score_form.read(request.form, asked.view.rubric, asked.view.rules.comments)
    if answer != "revise":
        typed = replace(typed, faults={})  # the points are not asked for, only kept on the page
    if typed.faults:
        return _case_page(asked, typed, Invalid(Message(""), {}))
    try:
        reconciliation.answer_case(
            viewer(),
            case=case,
            answer=answer,
            reason=reason,
            sheet=typed.sheet if answer == "revise" else None,
            request_key=f"case:{case}"[:64],
        )
    except Invalid as problem:
        return _case_page(asked, typed, problem)
    except Conflict as problem:
        flash(say(problem.message), "bad")
        return _case_page(sheets.case_sheet(viewer(), case=case), typed, problem)
    flash(_("复议已答复。原评分保留。"), "good")
    return redirect(url_for("expert.cases", answered=case), 303)


def _case_page(
    asked: sheets.CaseView, typed: Typed | None = None, problem: PortalError | None = None
) -> ResponseReturnValue:
    expert_nav.enter(asked.view.gate.call, _("复议"), asked.view.gate.code)
    page = score_form.page(asked.view, typed=typed, locked=not asked.may_answer)
    page["deadline"] = _("%(at)s 以前答复", at=office_time(asked.due_at)) if asked.may_answer else ""
    faults = {name: say(sentence) for name, sentence in problem.fields.items()} if problem else {}
    page["errors"] += [(f"#{name}", text) for name, text in faults.items() if name in ("reason", "answer")]
    return render_template(
        "expert/sheet.html",
        **page,
        locked="",
        asked=asked,
        asked_faults=faults,
        asked_typed=request.form,
        keep_review=asked.public_id,
        keep_key=keep_key(viewer(), asked.public_id),
        action=url_for("expert.case", case=asked.public_id),
        autosave="",
        recuse_href="",
        back_href=url_for("expert.cases"),
        **beside(asked.view.gate.review),
    ), problem.status if problem else 200
