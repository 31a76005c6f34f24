"""Reaching the experts, for the secretariat: reminders, a later deadline for one, links that let in once."""

from __future__ import annotations

import secrets
from typing import Any

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import Length

from review_portal.clock import OFFICE_ZONE
from review_portal.domain.entry_policy import HOURS, USUAL_HOURS
from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import entry_passes, extensions, mail, reach_views, reminders
from review_portal.services.reach_views import Person
from review_portal.web import reach_pages
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_forms import OfficeTimeField
from review_portal.web.slips import entry_slip, public_address

desk = Desk("reach", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT


class ExtensionForm(FlaskForm):
    deadline = OfficeTimeField(_l("新的截止时间（北京时间）"), needed=True)
    reason = TextAreaField(
        _l("事由"),
        [Length(max=500, message=_l("事由请不超过500个字。"))],
        description=_l("例如：出差期间无法登录，本人来电申请；监督人员可见"),
    )


class EntryForm(FlaskForm):
    hours = SelectField(_l("有效时间"), coerce=int, default=USUAL_HOURS)
    reason = TextAreaField(_l("事由"), [Length(max=500, message=_l("事由请不超过500个字。"))])


@desk.page("/<call>/reach", permission=OFFICE)
def index(call: str) -> ResponseReturnValue:
    """Who owes how many sheets until when, what was sent, how each gets in."""
    return _index(call)


def _index(call: str, problem: PortalError | None = None) -> ResponseReturnValue:
    found = enter(call, _("提醒与入口"))
    page = render_template(
        "secretariat/reach.html",
        call=found,
        rounds=reach_views.list_rounds(viewer(), call=call, address=public_address()),
        jobs=[reach_pages.job_line(job) for job in reach_views.list_jobs(viewer(), call=call)],
        paused=reach_pages.paused(found),
        mail=mail.configured(),
        days=found.rules.reminder_days,
        key=secrets.token_hex(16),
        state_words=reach_pages.round_state,
        problem=say(problem.message) if problem else "",
    )
    return page, problem.status if problem else 200


@desk.page("/<call>/reach/<round_>/reminders", permission=OFFICE, methods=("POST",))
def remind(call: str, round_: str) -> ResponseReturnValue:
    """Queue the letters; the page of the job shows how far they are."""
    found = enter(call, _("提醒与入口"))
    if round_ not in {row.public_id for row in found.rounds}:
        raise NotFound()
    try:
        job = reminders.queue(
            viewer(),
            round_=round_,
            again=bool(request.form.get("again")),
            request_key=request.form.get("key", ""),
        )
    except Conflict as problem:
        return _index(call, problem)
    return redirect(url_for("reach.job", call=call, job=job), 303)


@desk.page("/<call>/reach/jobs/<job>", permission=OFFICE)
def job(call: str, job: str) -> ResponseReturnValue:
    """How far a job is and what became of each letter; can be left and come back to."""
    found = enter(call, _("提醒与入口"))
    line, sent = reach_views.view_job(viewer(), call=call, job=job)
    rows = [reach_pages.sent_row(item) for item in sent]
    return render_template("secretariat/reminder.html", call=found, job=reach_pages.job_line(line), rows=rows)


@desk.page("/<call>/reach/jobs/<job>/state", permission=OFFICE)
def job_state(call: str, job: str) -> ResponseReturnValue:
    """The same in few words, for the page that looks again."""
    line, _sent = reach_views.view_job(viewer(), call=call, job=job)
    return jsonify(state=line.state, done=line.done, total=line.total, idle=line.idle)


@desk.page("/<call>/reach/members/<member>/deadline", permission=OFFICE, methods=("GET", "POST"))
def extend(call: str, member: str) -> ResponseReturnValue:
    """A later deadline for one expert, with the reason."""
    found = enter(call, _("提醒与入口"))
    row, person = reach_views.person_of(viewer(), call=call, member=member)
    known = person.deadline.astimezone(OFFICE_ZONE).replace(tzinfo=None) if person.deadline else None
    form, status = ExtensionForm(deadline=known), 200
    if form.validate_on_submit():
        try:
            extensions.extend_deadline(
                viewer(), member=member, deadline=form.deadline.at, reason=form.reason.data or ""
            )
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("%(name)s的评分时限已延长。", name=person.name), "good")
            return redirect(url_for("reach.index", call=call), 303)
    page = reach_pages.extend_page(call, row, person)
    status = 422 if form.errors and status == 200 else status
    return render_template("act.html", lead=found.title, form=form, **page), status


@desk.page("/<call>/reach/members/<member>/entry", permission=OFFICE, methods=("GET", "POST"))
def entry(call: str, member: str) -> ResponseReturnValue:
    """A link that lets in once: alone while nothing is at stake, else with the supervisor."""
    enter(call, _("提醒与入口"))
    row, person = reach_views.person_of(viewer(), call=call, member=member)
    if not person.account or person.way is None:
        raise NotFound()
    form, status = EntryForm(), 200
    form.hours.choices = [(hours, _("%(n)s小时", n=hours)) for hours in HOURS]
    if person.way.kind != "two":
        del form.reason
    if form.validate_on_submit():
        try:
            return _issue(call, person, form)
        except PortalError as problem:
            take_faults(form, problem)
            status = problem.status
    status = 422 if form.errors and status == 200 else status
    return render_template("act.html", form=form, **reach_pages.entry_page(call, row, person)), status


def _issue(call: str, person: Person, form: Any) -> ResponseReturnValue:
    back, asked = url_for("reach.index", call=call), {"call": call, "account": person.account}
    if "reason" in form:
        entry_passes.ask_entry(viewer(), **asked, hours=form.hours.data, reason=form.reason.data or "")
        flash(_("已申请为%(name)s发放一次性入口，请监督人员在“待确认事项”中办理。", name=person.name), "info")
        return redirect(back, 303)
    return entry_slip(entry_passes.issue_entry(viewer(), **asked, hours=form.hours.data), back)
