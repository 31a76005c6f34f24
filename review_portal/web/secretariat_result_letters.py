"""结果告知书: the letters as files, sending mails, how each letter was delivered."""

from __future__ import annotations

from datetime import date
from typing import cast

from flask import flash, jsonify, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import RadioField, StringField

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import result_letter_views, result_letters
from review_portal.services.result_letter_facts import WAYS
from review_portal.web import office_frame
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_forms import OfficeDateField

desk = Desk("result_letters", __name__, url_prefix="/secretariat")


class DeliveryForm(FlaskForm):
    way = RadioField(_l("送达方式"), validate_choice=False)
    on = OfficeDateField(_l("送达日期"))
    receiver = StringField(_l("签收人或邮件单号"))
    note = StringField(_l("备注"))


@desk.page("/<call>/final-list/letters.docx", permission=Permission.OFFICE)
def every(call: str) -> ResponseReturnValue:
    """All letters in one file, each on a new page."""
    return send(*result_letter_views.document(viewer(), call=call))


@desk.page("/<call>/final-list/letters/<dossier>.docx", permission=Permission.OFFICE)
def one(call: str, dossier: str) -> ResponseReturnValue:
    """One applicant's letter."""
    return send(*result_letter_views.document(viewer(), call=call, dossier=dossier))


@desk.page("/<call>/final-list/letters/send", permission=Permission.SECRETARIAT, methods=("POST",))
def mail(call: str) -> ResponseReturnValue:
    """Queue the mails to whoever has not been told."""
    try:
        result_letters.queue(viewer(), call=call, request_key=request.form.get("key", ""))
    except Conflict as problem:
        flash(say(problem.message), "bad")
    else:
        flash(_("已开始发送，可以离开本页。"), "good")
    return redirect(url_for("final_list.page", call=call) + "#letters", 303)


@desk.page("/<call>/final-list/jobs/<job>/state", permission=Permission.OFFICE)
def job_state(call: str, job: str) -> ResponseReturnValue:
    """How far a sending is, for the page that looks again."""
    line = result_letter_views.sending(viewer(), call=call, job=job)
    return jsonify(state=line.state, done=line.done, total=line.total, idle=line.idle)


@desk.page(
    "/<call>/final-list/letters/<dossier>/delivery",
    permission=Permission.SECRETARIAT,
    methods=("GET", "POST"),
)
def delivery(call: str, dossier: str) -> ResponseReturnValue:
    """登记送达 of one letter."""
    office_frame.enter(call, _("名单公布"))
    letters = result_letter_views.overview(viewer(), call=call)
    row = next((item for item in letters.rows if item.dossier == dossier), None)
    if row is None:
        raise NotFound()
    form, problem = DeliveryForm(), cast(PortalError | None, None)
    form.way.choices = [(key, say(text)) for key, text in WAYS.items()]
    back = url_for("final_list.page", call=call) + "#letters"
    if request.method == "POST":
        form.validate()
        try:
            result_letters.record_delivery(
                viewer(),
                call=call,
                dossier=dossier,
                way=form.way.data or "",
                on=cast(date | None, form.on.data),
                receiver=form.receiver.data or "",
                note=form.note.data or "",
            )
        except (Conflict, Invalid) as refused:
            problem = refused
            take_faults(form, refused)
        else:
            flash(_("已登记送达。"), "good")
            return redirect(back, 303)
    page = render_template(
        "final_list/form.html",
        form=form,
        fields=[form[name] for name in ("way", "on", "receiver", "note")],
        title=_("登记送达"),
        lead=f"{row.number} {row.unit}",
        consequences=[_("送达情况记入监督记录；登记有误的，可以重新登记，以最后一次为准。")],
        act_text=_("登记"),
        back_href=back,
    )
    return page, problem.status if problem else 200
