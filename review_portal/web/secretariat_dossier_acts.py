"""The acts on one dossier: accept, return, take in a correction, accept its changes, reject, withdraw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_wtf import FlaskForm

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import dossiers
from review_portal.services.dossiers import DossierView, Upload
from review_portal.web import secretariat_dossier_page
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_dossiers import open_dossier
from review_portal.web.secretariat_forms import ReasonForm, ReturnForm, SupplementForm, WithdrawForm, sent
from review_portal.web.secretariat_register import NO_FILE

desk = Desk("secretariat_dossier_acts", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT


def _refusal(act: Callable[[], object]) -> PortalError | None:
    """Run an act; why it was refused, or None when it is done."""
    try:
        act()
    except (Conflict, Invalid) as refused:
        return refused
    return None


def _act(
    found: DossierView, form: FlaskForm, problem: PortalError | None, **page: Any
) -> ResponseReturnValue:
    """An act's page: what will happen, the facts, the form; a refusal keeps what was typed."""
    if problem is not None:
        take_faults(form, problem)
    at: dict[str, Any] = {"call": found.call, "dossier": found.public_id}
    body = render_template(
        "secretariat/form.html",
        lead=f"{found.number}　{found.unit_name}",
        facts=[*secretariat_dossier_page.facts(found), *page.pop("facts", [])],
        code=found.version.digest,
        hidden=[("seen", found.version.public_id)],
        form=form,
        back_href=url_for("secretariat_dossiers.check", **at),
        **page,
    )
    if problem is None:
        return body, 422 if form.errors else 200
    return body, problem.status


def _done(found: DossierView, sentence: str) -> ResponseReturnValue:
    flash(sentence, "good")
    at: dict[str, Any] = {"call": found.call, "dossier": found.public_id}
    return redirect(url_for("secretariat_dossiers.check", **at), 303)


@desk.page("/<call>/dossiers/<dossier>/accept", permission=OFFICE, methods=("GET", "POST"))
def accept(call: str, dossier: str) -> ResponseReturnValue:
    """Accept for review."""
    found, form, problem = open_dossier(call, dossier), ReasonForm(), None
    if form.validate_on_submit():
        problem = _refusal(
            lambda: dossiers.accept(
                viewer(), dossier=dossier, reason=form.reason.data or "", seen=request.form.get("seen")
            )
        )
        if problem is None:
            return _done(found, _("已受理。"))
    return _act(
        found,
        form,
        problem,
        title=_("受理"),
        consequences=[_("形式审查通过，受理结束后进入评审。"), _("此后不再接收补正件。")],
        act_text=_("受理"),
    )


@desk.page("/<call>/dossiers/<dossier>/return", permission=OFFICE, methods=("GET", "POST"))
def return_(call: str, dossier: str) -> ResponseReturnValue:
    """退回补正: what is missing and until when."""
    found, form, problem = open_dossier(call, dossier), ReturnForm(), None
    if request.method == "GET":
        form.items.data = "\n".join(
            f"{row.rule} {row.title}：{row.note}" for row in found.failed if row.severity == "correctable"
        )
    if form.validate_on_submit():
        problem = _refusal(
            lambda: dossiers.return_for_correction(
                viewer(),
                dossier=dossier,
                items=(form.items.data or "").splitlines(),
                due_at=form.due_at.at,
                seen=request.form.get("seen"),
            )
        )
        if problem is None:
            return _done(found, _("已退回补正。请通知推荐单位和申报单位。"))
    return _act(
        found,
        form,
        problem,
        title=_("退回补正"),
        consequences=[
            _("材料退回，待收到补正件后重新审查，已作的人工确认须重作。"),
            _("截止后只可补正形式、签章、计算错误和缺少的证明；目标、服务目标和联合体成员不得变更。"),
        ],
        act_text=_("退回补正"),
    )


@desk.page("/<call>/dossiers/<dossier>/supplement", permission=OFFICE, methods=("GET", "POST"))
def supplement(call: str, dossier: str) -> ResponseReturnValue:
    """The corrected form of a returned dossier."""
    found, form, problem = open_dossier(call, dossier), SupplementForm(), None
    if form.validate_on_submit():
        chosen = sent(form.file) or Upload("", b"")
        try:
            if not chosen.name:
                raise Invalid(NO_FILE, {"file": NO_FILE})
            dossiers.supplement(
                viewer(),
                dossier=dossier,
                name=chosen.name,
                data=chosen.data,
                received_at=form.received_at.at,
                copies=form.copies,
                reason=form.reason.data or "",
            )
        except (Conflict, Invalid) as refused:
            problem = refused
        else:
            return _done(found, _("补正件已收到，请重新审查。"))
    return _act(
        found,
        form,
        problem,
        title=_("登记补正件"),
        consequences=[
            _("生成新的版本，原版本保留。"),
            _("与原版本比对，改动了不得变更的内容则不收；其他改动须核对后决定。"),
        ],
        errors=_differences(form, problem),
        act_text=_("上传并比对"),
    )


def _differences(form: FlaskForm, problem: PortalError | None) -> list[tuple[str, str]]:
    if problem is None:
        return []
    return [
        ("#file", f"{place}：{say(message)}")
        for place, message in problem.fields.items()
        if place not in form
    ]


@desk.page("/<call>/dossiers/<dossier>/changes", permission=OFFICE, methods=("GET", "POST"))
def accept_changes(call: str, dossier: str) -> ResponseReturnValue:
    """同意改动: what a correction changes beside what was asked for, old beside new."""
    found, form, problem = open_dossier(call, dossier), ReasonForm(), None
    if form.validate_on_submit():
        problem = _refusal(
            lambda: dossiers.accept_changes(
                viewer(), dossier=dossier, reason=form.reason.data or "", seen=request.form.get("seen")
            )
        )
        if problem is None:
            return _done(found, _("已同意补正件的改动。"))
    undecided = found.comparison.undecided if found.comparison else ()
    return _act(
        found,
        form,
        problem,
        title=_("同意改动"),
        consequences=[
            _("记入监督记录，此后该版本可以受理。"),
            _("不同意的，请退回补正，由申报单位恢复原内容。"),
        ],
        facts=[(change.place, say(change.sentence())) for change in undecided]
        or [(_("待决定的改动"), _("无"))],
        act_text=_("同意改动"),
    )


@desk.page("/<call>/dossiers/<dossier>/reject", permission=OFFICE, methods=("GET", "POST"))
def reject(call: str, dossier: str) -> ResponseReturnValue:
    """拟不予受理: asked here, agreed to by a second officer."""
    found, form, problem = open_dossier(call, dossier), ReasonForm(), None
    if form.validate_on_submit():
        problem = _refusal(
            lambda: dossiers.ask_rejection(
                viewer(), dossier=dossier, reason=form.reason.data or "", seen=request.form.get("seen")
            )
        )
        if problem is None:
            return _done(found, _("已提交复核，须另一人确认后生效。"))
    confirmed = [f"{row.rule} {row.title}" for row in found.findings if row.confirmed_failure]
    return _act(
        found,
        form,
        problem,
        title=_("拟不予受理"),
        consequences=[
            _("由另一名秘书处人员复核同意后生效。"),
            _("生效后该材料不再进入评审，须书面告知申报单位理由。"),
        ],
        facts=[(_("经确认的不符合项"), "；".join(confirmed) or _("无，须先作人工确认"))],
        act_text=_("提交复核"),
        grave=True,
    )


@desk.page("/<call>/dossiers/<dossier>/withdraw", permission=OFFICE, methods=("GET", "POST"))
def withdraw(call: str, dossier: str) -> ResponseReturnValue:
    """撤回申报, on a stamped letter."""
    found, form, problem = open_dossier(call, dossier), WithdrawForm(), None
    if form.validate_on_submit():
        problem = _refusal(
            lambda: dossiers.withdraw(
                viewer(), dossier=dossier, reason=form.reason.data or "", letter=sent(form.letter)
            )
        )
        if problem is None:
            return _done(found, _("撤回已登记。"))
    return _act(
        found,
        form,
        problem,
        title=_("撤回申报（凭盖章函件）"),
        consequences=[
            _("该材料退出评审和排名，在登记中保留并标明已撤回。"),
            _("已提交的评分留存，不参与计算。"),
            _("不能恢复。"),
        ],
        act_text=_("登记撤回"),
        grave=True,
    )
