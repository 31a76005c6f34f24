"""The secretariat's intake: register, upload, recommendation tables, the formal check."""

from __future__ import annotations

from io import BytesIO

from flask import abort, flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import dossiers
from review_portal.services.dossiers import DossierView
from review_portal.web import secretariat_dossier_page, secretariat_register
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_forms import (
    RecommendationForm,
    UploadForm,
    sent,
    sent_all,
)

desk = Desk("secretariat_dossiers", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT


@desk.page("/<call>/dossiers", permission=OFFICE)
def register(call: str) -> ResponseReturnValue:
    """收件登记: sort and filter stand in the address."""
    found = enter(call, _("收件登记"))
    return render_template("secretariat/register.html", **secretariat_register.page(found))


@desk.page("/<call>/intake", permission=OFFICE, methods=("GET", "POST"))
def upload(call: str) -> ResponseReturnValue:
    """Application forms, several at once, all or nothing."""
    found = enter(call, _("收件登记"))
    form = UploadForm()
    form.ask_as_counted(found.rules.receipt)
    faults: list[tuple[str, str]] = []
    status = 200
    if form.validate_on_submit():
        try:
            filed = dossiers.add_dossiers(
                viewer(), call=call, uploads=sent_all(form.files), copies=form.copies, **form.times
            )
        except (Conflict, Invalid) as problem:
            faults, status = _file_faults(form, problem), problem.status
        else:
            flash(
                _("已收件%(n)s份：%(which)s。", n=len(filed), which="、".join(f.number for f in filed)),
                "good",
            )
            return redirect(url_for("secretariat_dossiers.register", call=call), 303)
    page = render_template(
        "secretariat/form.html",
        title=_("登记收件"),
        lead=found.title,
        notes=[_("有一个文件不能读取，全部文件均不收件。"), _("系统识别仅供参考，须人工确认。")],
        errors=faults,
        form=form,
        act_text=_("上传并识别"),
        back_href=url_for("secretariat_dossiers.register", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


def _file_faults(form: FlaskForm, problem: PortalError) -> list[tuple[str, str]]:
    """Faults by file name for the head of the page; what belongs to a field goes there."""
    take_faults(form, problem)
    return [
        ("#files", f"{name}：{say(message)}") for name, message in problem.fields.items() if name not in form
    ]


@desk.page("/<call>/recommendations", permission=OFFICE, methods=("GET", "POST"))
def recommendations(call: str) -> ResponseReturnValue:
    """附件1 of the recommending units, each unit beside its dossier."""
    found = enter(call, _("推荐汇总表"))
    form = RecommendationForm()
    form.ask_as_counted(found.rules.receipt)
    faults: list[tuple[str, str]] = []
    status = 200
    if form.validate_on_submit():
        chosen = sent(form.file)
        try:
            if chosen is None:
                raise Invalid(secretariat_register.NO_FILE, {"file": secretariat_register.NO_FILE})
            dossiers.add_recommendation(viewer(), call=call, name=chosen.name, data=chosen.data, **form.times)
        except (Conflict, Invalid) as problem:
            faults, status = _file_faults(form, problem), problem.status
        else:
            flash(_("推荐汇总表已登记，有关材料已重新核对。"), "good")
            return redirect(url_for("secretariat_dossiers.recommendations", call=call), 303)
    tables = dossiers.list_recommendations(viewer(), call=call)
    page = render_template(
        "secretariat/recommendations.html", call=found, form=form, errors=faults, tables=tables
    )
    return page, 422 if form.errors and status == 200 else status


@desk.page("/<call>/files/<file>", permission=OFFICE)
def file(call: str, file: str) -> ResponseReturnValue:
    """A form, letter or table as it was handed in; always a download, never shown in the browser."""
    found = dossiers.download_file(viewer(), file=file)
    answer = send_file(
        BytesIO(found.data), mimetype=found.media_type, as_attachment=True, download_name=found.name
    )
    answer.headers["X-Content-Type-Options"] = "nosniff"
    return answer


def open_dossier(call: str, dossier: str) -> DossierView:
    """One dossier of this call for its pages; 404 where there is none for this viewer."""
    enter(call, _("收件登记"))
    found = dossiers.get_dossier(viewer(), dossier=dossier, version=request.args.get("version"))
    if found.call != call:
        abort(404)
    return found


@desk.page("/<call>/dossiers/<dossier>", permission=OFFICE, methods=("GET", "POST"))
def check(call: str, dossier: str) -> ResponseReturnValue:
    """The formal check: text at the left, findings at the right; answers are saved together."""
    found = open_dossier(call, dossier)
    problem: PortalError | None = None
    if request.method == "POST":
        answers = secretariat_dossier_page.answers(request.form)
        try:
            count = dossiers.confirm_findings(viewer(), dossier=dossier, answers=answers)
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("已保存%(n)s项人工确认。", n=count), "good")
            return redirect(url_for("secretariat_dossiers.check", call=call, dossier=dossier), 303)
    page = secretariat_dossier_page.page(found, problem, request.form if problem else {})
    return render_template("secretariat/dossier.html", **page), problem.status if problem else 200
