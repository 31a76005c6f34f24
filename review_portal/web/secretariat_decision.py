"""会议审定: what lies before the meeting, the form of the officer who records it, what was decided."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import FileField
from wtforms import RadioField, StringField, TextAreaField

from review_portal.domain.decision_rules import OUTCOMES, Choice
from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.messages import Message
from review_portal.domain.policy import Permission
from review_portal.services import calls, confirmations, decision_views, decisions, objection_views
from review_portal.services.decision_views import Docket
from review_portal.services.decisions import Minutes
from review_portal.web import decision_pages, office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import show
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_forms import OfficeDateField, sent

desk = Desk("decision", __name__, url_prefix="/secretariat")


class DecisionForm(FlaskForm):
    """The meeting and its resolution; the dossiers stand in a table of their own."""

    meeting = StringField(_l("会议名称"))
    held_on = OfficeDateField(_l("会议日期"))
    minutes_number = StringField(_l("纪要号"))
    outcome = RadioField(_l("结论"), validate_choice=False)
    conclusion = TextAreaField(_l("决定事项"), description=_l("照会议纪要填写，例如：同意3家单位入选"))
    departures = TextAreaField(
        _l("数量不一致或暂缓的理由"),
        description=_l("同意入选的家数与拟遴选数量不一致（含入选不足、空缺），或结论为暂缓的，必填"),
    )
    scan = FileField(
        _l("会议纪要扫描件"),
        description=_l("PDF 或图片（PNG、JPG），不超过20MB；退回更正的，须重新选择文件"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )


@desk.page("/<call>/decision", permission=Permission.OFFICE)
def page(call: str) -> ResponseReturnValue:
    """What lies before the meeting and what was decided; reads well on paper."""
    watches = office_frame.enter(call, _("会议审定"))
    docket = decision_views.docket(viewer(), call=call)
    return render_template(
        "results/decision.html",
        call=calls.view(viewer(), call=call),
        docket=docket,
        rows=decision_pages.form_rows(docket, None, {}) if docket else [],
        lines=[say(text) for text in docket.sentences] if docket else [],
        blocked=say(docket.blocked) if docket and docket.blocked else "",
        seats=decision_pages.seats_line(confirmations.standing(viewer(), call=call)),
        decided=[decision_pages.decision(item, call) for item in decision_views.history(viewer(), call=call)],
        acts=not watches,
        held=objection_views.held_numbers(viewer(), call=call),
    )


@desk.page("/<call>/decision/record", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def record(call: str) -> ResponseReturnValue:
    """登记会议审定结果: put before a second officer what the meeting decided."""
    office_frame.enter(call, _("会议审定"))
    docket = decision_views.docket(viewer(), call=call)
    if docket is None:
        abort(404)
    form = DecisionForm()
    form.outcome.choices = [(key, say(text)) for key, text in OUTCOMES.items()]
    problem: PortalError | None = None
    if request.method == "POST":
        form.validate()  # a day that is none is told beside the other faults
        problem = _ask(call, form, docket)
        if problem is None:
            flash(_("已提交，请另一名经办人员对照会议纪要复核。"), "good")
            return redirect(url_for("decision.page", call=call), 303)
        take_faults(form, problem)
    typed = request.form if request.method == "POST" else None
    return _form_page(call, docket, form, typed, problem), problem.status if problem else 200


def _ask(call: str, form: DecisionForm, docket: Docket) -> PortalError | None:
    given = sent(form.scan)
    minutes = Minutes(
        form.meeting.data or "",
        cast(date | None, form.held_on.data),
        form.minutes_number.data or "",
        form.outcome.data or "",
        form.conclusion.data or "",
        form.departures.data or "",
    )
    choices = {
        one.dossier: Choice(
            request.form.get(f"answer-{one.dossier}", ""), request.form.get(f"reason-{one.dossier}", "")
        )
        for one in docket.candidates
    }
    try:
        decisions.ask_decision(
            viewer(),
            call=call,
            digest=request.form.get("digest", ""),
            minutes=minutes,
            choices=choices,
            scan_name=given.name if given else "",
            scan=given.data if given else b"",
        )
    except (Conflict, Invalid) as problem:
        return problem
    return None


def _form_page(
    call: str,
    docket: Docket,
    form: DecisionForm,
    typed: Mapping[str, str] | None,
    problem: PortalError | None,
) -> str:
    faults: Mapping[str, Message] = problem.fields if isinstance(problem, Invalid) else {}
    page: dict[str, Any] = {
        "form": form,
        "call": calls.view(viewer(), call=call),
        "docket": docket,
        "rows": decision_pages.form_rows(docket, typed, faults),
        "lines": [say(text) for text in docket.sentences],
        "faults": [(f"#{name}", say(text)) for name, text in faults.items()],
        "problem": say(problem.message) if problem and not faults else "",
        "blocked": say(docket.blocked) if docket.blocked else "",
        "held": objection_views.held_numbers(viewer(), call=call),
    }
    return render_template("results/decide.html", **page)


@desk.page("/<call>/decision/scans/<file>", permission=Permission.OFFICE)
def scan(call: str, file: str) -> ResponseReturnValue:
    """The minutes' scan in a tab of its own."""
    return show(*decision_views.scan(viewer(), call=call, file=file))
