"""A dossier's scanned proofs at the secretariat: added before the review opens, looked at, taken off."""

from __future__ import annotations

from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from flask_wtf.file import MultipleFileField
from wtforms import SelectField

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import attachment_views, dossiers
from review_portal.services.attachment_views import AttachmentRow, OfficeAttachments
from review_portal.web import scans
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_forms import sent_all
from scoring_rubrics import Call as Rules

desk = Desk(
    "secretariat_attachments", __name__, url_prefix="/secretariat/<call>/dossiers/<dossier>/attachments"
)
OFFICE = Permission.SECRETARIAT
FORM = ("GET", "POST")


class ScansForm(FlaskForm):
    proof = SelectField(_l("证明材料类别"), coerce=int)
    files = MultipleFileField(
        _l("扫描件（PDF、PNG、JPG）"),
        description=_l("可一次选择多个文件，文件名作为标题；有一个不能读取，全部不收"),
        render_kw={"accept": ".pdf,.png,.jpg,.jpeg"},
    )


def _found(call: str, dossier: str) -> tuple[Rules, OfficeAttachments]:
    rules = enter(call, _("收件登记")).rules
    found = attachment_views.of_office(viewer(), dossier=dossier)
    if found.call != call:
        abort(404)
    return rules, found


def _scan(call: str, dossier: str, row: AttachmentRow) -> dict[str, Any]:
    at: dict[str, Any] = {"call": call, "dossier": dossier, "attachment": row.public_id}
    return scans.scan(
        row,
        url_for("secretariat_attachments.scan", **at),
        lambda number: url_for("secretariat_attachments.page", number=number, **at),
    ) | {"remove_href": url_for("secretariat_attachments.remove", **at)}


@desk.page("", permission=OFFICE, methods=FORM)
def listed(call: str, dossier: str) -> ResponseReturnValue:
    """What has been scanned, by the headings of the form, and the form to add more."""
    rules, found = _found(call, dossier)
    form, status = ScansForm(), 200
    form.proof.choices = [(proof.number, proof.title) for proof in rules.form.proofs]
    faults: list[tuple[str, str]] = []
    if form.validate_on_submit():
        try:
            count = dossiers.add_attachments(
                viewer(), dossier=dossier, proof=form.proof.data, uploads=sent_all(form.files)
            )
        except (Conflict, Invalid) as problem:
            faults, status = _faults(form, problem), problem.status
        else:
            flash(_("已登记扫描件%(n)s个。", n=count) if count else _("这些扫描件先前已登记。"), "good")
            return redirect(url_for("secretariat_attachments.listed", call=call, dossier=dossier), 303)
    groups = [
        (proof.title, [_scan(call, dossier, row) for row in found.rows if row.proof == proof.number])
        for proof in rules.form.proofs
    ]
    page = render_template(
        "secretariat/attachments.html", found=found, groups=groups, form=form, errors=faults, call=call
    )
    return page, 422 if form.errors and status == 200 else status


def _faults(form: FlaskForm, problem: PortalError) -> list[tuple[str, str]]:
    """What is wrong by file name, for the head of the page; what belongs to a field goes there."""
    take_faults(form, problem)
    rows = [
        ("#files", f"{name}：{say(message)}") for name, message in problem.fields.items() if name not in form
    ]
    return rows or [("", say(problem.message))]


@desk.page("/<attachment>", permission=OFFICE)
def scan(call: str, dossier: str, attachment: str) -> ResponseReturnValue:
    """One proof in a window of its own."""
    _rules, found = _found(call, dossier)
    row = attachment_views.office_scan(viewer(), dossier=dossier, attachment=attachment)
    return render_template(
        "scan.html",
        scan=_scan(call, dossier, row),
        lead=f"{found.number}　{found.unit}",
        back_href=url_for("secretariat_attachments.listed", call=call, dossier=dossier),
    )


@desk.page("/<attachment>/<int:number>.webp", permission=OFFICE)
def page(call: str, dossier: str, attachment: str, number: int) -> ResponseReturnValue:
    """A page of a proof as a picture."""
    _found(call, dossier)
    return scans.picture(
        attachment_views.office_page(viewer(), dossier=dossier, attachment=attachment, page=number)
    )


@desk.page("/<attachment>/remove", permission=OFFICE, methods=FORM)
def remove(call: str, dossier: str, attachment: str) -> ResponseReturnValue:
    """Take a scan off that was added by mistake."""
    _rules, found = _found(call, dossier)
    row = attachment_views.office_scan(viewer(), dossier=dossier, attachment=attachment)
    back = url_for("secretariat_attachments.listed", call=call, dossier=dossier)
    problem: PortalError | None = None
    if request.method == "POST":
        try:
            dossiers.remove_attachment(viewer(), attachment=attachment, reason=request.form.get("reason", ""))
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            flash(_("扫描件已移除，原件留存备查。"), "good")
            return redirect(back, 303)
    body = render_template(
        "act.html",
        title=_("移除扫描件"),
        lead=f"{found.number}　{found.unit}",
        consequences=[_("专家不再看到该扫描件；文件、理由和经办人留存备查。")],
        facts=[(_("扫描件"), row.title)],
        problems=[("", say(problem.message))] if problem and not problem.fields else [],
        reason={
            "label": _("理由"),
            "value": request.form.get("reason", ""),
            "err": say(problem.fields["reason"]) if problem and "reason" in problem.fields else "",
        },
        action=url_for("secretariat_attachments.remove", call=call, dossier=dossier, attachment=attachment),
        act_text=_("移除"),
        grave=True,
        back_href=back,
    )
    return body, problem.status if problem else 200
