"""The supervisor's share of the register: who complained, guarded evidence, what he found himself."""

from __future__ import annotations

from flask import abort, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import objection_acts, objection_identity, objection_views
from review_portal.services.objection_identity import Identity
from review_portal.services.objection_views import ObjectionRow
from review_portal.web import objection_pages, office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import take_faults
from review_portal.web.objection_forms import ReadForm, StepForm

desk = Desk("objection_watch", __name__, url_prefix="/supervisor/objections")


def _enter(objection: str) -> ObjectionRow:
    row = objection_views.one(viewer(), objection=objection)
    if not office_frame.enter(row.call, _("异议登记")):
        abort(404)
    return row


@desk.page("/<objection>/complainant", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def complainant(objection: str) -> ResponseReturnValue:
    """Who complained, for a reason; shown once, kept by no cache."""
    row, form, status = _enter(objection), ReadForm(), 200
    if row.identity == "anonymous":
        abort(404)
    shown: Identity | None = None
    if form.validate_on_submit():
        try:
            shown = objection_identity.read_complainant(
                viewer(), objection=objection, reason=form.reason.data or ""
            )
        except Invalid as problem:
            take_faults(form, problem)
            status = problem.status
    page = make_response(
        render_template("objections/complainant.html", row=row, form=form, shown=shown), status
    )
    page.headers["Cache-Control"] = "no-store"
    return page


@desk.page("/<objection>/files/<file>", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def guarded(objection: str, file: str) -> ResponseReturnValue:
    """Evidence that names who complained, for a reason."""
    row, form, status = _enter(objection), ReadForm(), 200
    if not any(item.public_id == file and item.guarded for item in row.files):
        abort(404)
    if form.validate_on_submit():
        try:
            name, _media_type, data = objection_identity.guarded_file(
                viewer(), file=file, reason=form.reason.data or ""
            )
        except Invalid as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            page = send(name, data)
            page.headers["Cache-Control"] = "no-store"
            return page
    return render_template(
        "act.html",
        title=_("打开写有异议人身份的材料：%(number)s", number=row.number),
        lead=_("只有监督人员可以打开"),
        consequences=[_("每次打开连同理由记入监督记录。")],
        form=form,
        action=url_for("objection_watch.guarded", objection=objection, file=file),
        act_text=_("打开材料"),
        back_href=url_for("objections.one", objection=objection),
    ), 422 if form.errors and status == 200 else status


@desk.page("/<objection>/find", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def find(objection: str) -> ResponseReturnValue:
    """登记核查结果 of what was handed to the supervisor; it ends the entry."""
    row, form, status = _enter(objection), StepForm(), 200
    del form.linked, form.document_number, form.contact_office, form.contact_phone
    if request.method == "POST" and form.validate():
        try:
            objection_acts.take_step(viewer(), objection=objection, act="find", text=form.text.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("核查结果已登记，该件办结。"), "good")
            return redirect(url_for("objections.one", objection=objection), 303)
    return render_template(
        "act.html",
        title=_("登记核查结果：%(number)s", number=row.number),
        lead=objection_pages.units(row),
        consequences=[_("该件办结；需要暂缓材料或复核的，另行办理。"), _("核查结果秘书处可以看到。")],
        facts=[(_("反映的内容"), row.facts)],
        form=form,
        action=url_for("objection_watch.find", objection=objection),
        act_text=_("登记核查结果"),
        back_href=url_for("objections.one", objection=objection),
    ), 422 if form.errors and status == 200 else status
