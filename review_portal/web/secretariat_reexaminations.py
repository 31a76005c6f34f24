"""异议复核 at the secretariat's desk: asking for one, what is to be done, sheets put right from the paper."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from datetime import date
from typing import Any, cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import Message
from review_portal.domain.policy import Permission
from review_portal.services import (
    calls,
    ranking,
    reexamination_ends,
    reexamination_sheets,
    reexamination_versions,
    reexaminations,
    sheet_corrections,
)
from review_portal.services.ranking_words import OUTCOMES
from review_portal.services.reexamination_state import CALL_STATES
from review_portal.services.version_words import KINDS, RULES
from review_portal.web import reexamination_pages as pages
from review_portal.web import score_form, secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat_forms import OfficeDateField

desk = Desk("reexaminations", __name__, url_prefix="/secretariat")
FORM = ("GET", "POST")


class AskForm(FlaskForm):
    key = HiddenField()
    kind = RadioField(_l("复核方式"), validate_choice=False)
    reference = StringField(
        _l("异议编号或来文名称"), [InputRequired(_l("请填写异议编号或来文名称。")), Length(max=100)]
    )
    received_on = OfficeDateField(_l("收到异议的日期"), [InputRequired(_l("请填写收到异议的日期。"))])
    grounds = TextAreaField(
        _l("异议的主要内容和复核理由"), [InputRequired(_l("请写明异议的主要内容和复核的理由。"))]
    )
    dossiers = SelectMultipleField(
        _l("有争议的材料"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    stage = RadioField(_l("重新评审的环节"), [Optional()], validate_choice=False)
    beside = SelectMultipleField(
        _l("一并重新评审的材料"),
        description=_l("仅“重新评审”适用。已勾选紧邻界线上下的材料；专家组另行确定的，改勾选并写明理由"),
        widget=ListWidget(prefix_label=False),
        option_widget=CheckboxInput(),
        validate_choice=False,
    )
    beside_reason = TextAreaField(_l("另行确定的理由"), [Optional(), Length(max=1000)])


def _enter(call: str) -> calls.CallView:
    found = calls.view(viewer(), call=call)
    secretariat_nav.enter(call, _("异议复核"))
    return found


def _one(call: str, reexamination: str) -> reexamination_versions.ReexaminationRow:
    row = reexamination_versions.get(viewer(), reexamination=reexamination)
    if row.call != call:
        raise NotFound()
    return row


@desk.page("/<call>/reexaminations", permission=Permission.SECRETARIAT)
def listing(call: str) -> ResponseReturnValue:
    """Every re-examination of the call, newest first."""
    found = _enter(call)
    rows = reexamination_versions.list_of(viewer(), call=call)
    may_ask = found.state in CALL_STATES and not any(row.state in ("asked", "open") for row in rows)
    return render_template(
        "reexaminations/list.html",
        call=call,
        rows=[pages.line(row) for row in rows],
        may_ask=may_ask,
        ranked=found.state in CALL_STATES,
    )


@desk.page("/<call>/reexaminations/new", permission=Permission.SECRETARIAT, methods=FORM)
def new(call: str) -> ResponseReturnValue:
    """Ask the supervisor to agree to a re-examination."""
    found, view = _enter(call), ranking.final_view(viewer(), call=call)
    form, status = _form(found, view), 200
    if form.validate_on_submit():
        problem = _ask(call, form)
        if problem is None:
            flash(_("已提交复核申请，等待监督人员同意。"), "good")
            return redirect(url_for("reexaminations.listing", call=call), 303)
        status = problem.status
    elif request.method == "POST":
        status = 422
    return render_template("act.html", **_ask_page(call, view, form)), status


def _form(found: calls.CallView, view: ranking.RankingView) -> AskForm:
    form = AskForm()
    names = {row["dossier"]: f"{row['number']} {row['unit']}" for row in [*view.rows, *view.outside]}
    states = {row["dossier"]: row.get("outcome") or row["code"] for row in [*view.rows, *view.outside]}
    running = [dossier for dossier in names if states[dossier] != "withdrawn"]
    form.kind.choices = [(kind, f"{say(word)}：{say(RULES[kind])}") for kind, word in KINDS.items()]
    form.dossiers.choices = [(one, f"{names[one]}（{say(OUTCOMES[states[one]])}）") for one in running]
    form.beside.choices = [(row["dossier"], names[row["dossier"]]) for row in view.rows]
    form.stage.choices = [(stage.key, stage.name) for stage in found.rules.scored_stages]
    form.stage.description = _("仅“重新评审”适用")
    if request.method == "GET":
        form.beside.data = reexaminations.neighbours(view.body)
        form.key.data = secrets.token_hex(16)
    return form


def _ask(call: str, form: AskForm) -> PortalError | None:
    try:
        reexaminations.ask(
            viewer(),
            call=call,
            kind=form.kind.data or "",
            reference=form.reference.data or "",
            received_on=cast(date | None, form.received_on.data),
            grounds=form.grounds.data or "",
            dossiers=list(form.dossiers.data or []),
            stage=form.stage.data or "",
            beside=list(form.beside.data or []),
            beside_reason=form.beside_reason.data or "",
            request_key=form.key.data or "",
        )
    except PortalError as problem:
        take_faults(form, problem)
        return problem
    return None


def _ask_page(call: str, view: ranking.RankingView, form: AskForm) -> dict[str, Any]:
    return {
        "title": _("申请异议复核"),
        "lead": _("须监督人员同意；办结后在原排名旁另出一版，原排名留存"),
        "consequences": [
            _("监督人员同意后开始办理；办结前不能登记会议审定结果或发布公示。"),
            _("任何方式都不由工作人员或组长直接改分。"),
            _("拟入选名单改变的，须重新会议审定并另行公示；未改变的，新版写明“排名未变”。"),
        ],
        "what_title": _("针对的排名"),
        "facts": [(_("排名"), _("第%(n)s版", n=view.version))],
        "code": view.digest,
        "code_note": _("排名校验码"),
        "form": form,
        "action": url_for("reexaminations.new", call=call),
        "act_text": _("提交申请"),
        "back_href": url_for("reexaminations.listing", call=call),
    }


@desk.page("/<call>/reexaminations/<reexamination>", permission=Permission.SECRETARIAT)
def one(call: str, reexamination: str) -> ResponseReturnValue:
    """What is on record, what is to be done next, what the new version would be."""
    found = _enter(call)
    row = _one(call, reexamination)
    heard = {stage.name for stage in found.rules.scored_stages if stage.mode == "onsite"}
    kind, word = pages.STATES[row.state]
    typed = (
        sheet_corrections.list_typed(viewer(), reexamination=reexamination) if row.kind == "correct" else []
    )
    contested = (
        reexamination_sheets.list_contested(viewer(), reexamination=reexamination)
        if row.kind == "void"
        else []
    )
    return render_template(
        "reexaminations/one.html",
        row=row,
        kind=kind,
        state=say(word),
        facts=pages.facts(row),
        rule=say(RULES[row.kind]),
        heard=row.stage in heard,
        typed=[pages.typed_row(row, sheet) for sheet in typed],
        contested=contested,
        sheet_states={key: (item[0], say(item[1])) for key, item in pages.SHEET_STATES.items()},
        trial=pages.trial(reexamination_versions.trial(viewer(), reexamination=reexamination))
        if row.state == "open"
        else None,
    )


class EndForm(FlaskForm):
    reason = TextAreaField(
        _l("不能继续重新评审的原因"), [InputRequired(_l("请写明不能继续重新评审的原因。")), Length(max=1000)]
    )


@desk.page("/<call>/reexaminations/<reexamination>/end", permission=Permission.SECRETARIAT, methods=FORM)
def end(call: str, reexamination: str) -> ResponseReturnValue:
    """Ask the supervisor to give up a new round that cannot be held."""
    _enter(call)
    row, form, status = _one(call, reexamination), EndForm(), 200
    if form.validate_on_submit():
        try:
            reexamination_ends.ask_end(viewer(), reexamination=reexamination, reason=form.reason.data or "")
        except Invalid as problem:
            take_faults(form, problem)
            status = 422
        else:
            flash(_("已申请终止，等待监督人员同意。"), "good")
            return redirect(url_for("reexaminations.one", call=call, reexamination=reexamination), 303)
    elif request.method == "POST":
        status = 422
    return render_template("act.html", **_end_page(row, form)), status


def _end_page(row: reexamination_versions.ReexaminationRow, form: EndForm) -> dict[str, Any]:
    return {
        "title": _("申请终止重新评审"),
        "lead": _("只限启封以前；须监督人员同意"),
        "consequences": [
            _("该轮作废，已填的评分留存，不启封、不计入。"),
            _("现行排名不变；异议仍须处理的，另行申请复核。"),
        ],
        "facts": pages.facts(row),
        "form": form,
        "action": url_for("reexaminations.end", call=row.call, reexamination=row.public_id),
        "act_text": _("提交申请"),
        "grave": True,
        "back_href": url_for("reexaminations.one", call=row.call, reexamination=row.public_id),
    }


@desk.page(
    "/<call>/reexaminations/<reexamination>/sheets/<review>",
    permission=Permission.SECRETARIAT,
    methods=FORM,
)
def sheet(call: str, reexamination: str, review: str) -> ResponseReturnValue:
    """Put a sheet right that was typed wrongly: what the paper says, item by item, and why."""
    found = _enter(call)
    row = _one(call, reexamination)
    typed_sheet = sheet_corrections.get(viewer(), reexamination=reexamination, review=review)
    typed: Mapping[str, Any] = {}
    faults: dict[str, str] = {}
    status, reason = 200, request.form.get("reason", "")
    if request.method == "POST":
        sent = score_form.read(request.form, typed_sheet.rubric, found.rules.comments)
        typed, faults = sent.content, _point_faults(sent.faults)
        problem = None if faults else _correct(reexamination, review, sent, reason)
        if not faults and problem is None:
            flash(_("已提交更正申请，请监督人员对照扫描件确认。"), "good")
            return redirect(url_for("reexaminations.one", call=call, reexamination=reexamination), 303)
        faults = faults or _named(problem)
        status = problem.status if problem else 422
    page = pages.sheet_page(row, typed_sheet, typed, faults, reason)
    return render_template("reexaminations/sheet.html", **page), status


def _point_faults(faults: Mapping[str, Message]) -> dict[str, str]:
    """Of the form's faults those of what can be put right here: opinion and conclusion stay as typed."""
    return {
        name: say(message) for name, message in faults.items() if name.startswith(("points.", "comments."))
    }


def _correct(
    reexamination: str, review: str, sent: score_form.Typed, reason: str
) -> Conflict | Invalid | None:
    try:
        sheet_corrections.ask_correction(
            viewer(),
            reexamination=reexamination,
            review=review,
            points=sent.sheet.points,
            comments=sent.sheet.comments,
            reason=reason,
        )
    except (Conflict, Invalid) as problem:
        return problem
    return None


def _named(problem: Conflict | Invalid | None) -> dict[str, str]:
    if problem is None:
        return {}
    if not problem.fields:
        return {"": say(problem.message)}
    plain = {"reason", "opinion", "conclusion"}
    return {
        name if name in plain else f"points.{name}": say(message) for name, message in problem.fields.items()
    }
