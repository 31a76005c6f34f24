"""The secretariat's desk: calls and their rules, what is to be done in a call, the scheme's approval."""

from __future__ import annotations

import secrets
from datetime import date
from typing import cast

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import HiddenField, SelectField, StringField
from wtforms.validators import InputRequired, Length

from review_portal.domain.errors import Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import calls, report
from review_portal.services.calls import CallView
from review_portal.web import secretariat_home, secretariat_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.downloads import send
from review_portal.web.forms import say, take_faults
from review_portal.web.frame import set_desk
from review_portal.web.secretariat_forms import OfficeDateField
from review_portal.web.secretariat_words import CALL_STATES, SEVERITIES, named, word
from scoring_rubrics import AssumedValue

desk = Desk("secretariat", __name__, url_prefix="/secretariat")


class NewCallForm(FlaskForm):
    folder = SelectField(
        _l("规则文件夹"), description=_l("批次的指标、分值、期限和规则都取自该文件夹，建立后不再随文件夹变动")
    )
    key = HiddenField(default=lambda: secrets.token_hex(16))


class SchemeForm(FlaskForm):
    reference = StringField(
        _l("审批文号或会议纪要号"), [InputRequired(_l("请填写审批文号或会议纪要号。")), Length(max=200)]
    )
    approved_by = StringField(
        _l("批准人或批准会议"), [InputRequired(_l("请填写批准人或批准会议。")), Length(max=100)]
    )
    approved_on = OfficeDateField(_l("批准日期"), [InputRequired(_l("请填写批准日期。"))])


def enter(call: str, current: str) -> CallView:
    """The call behind a page, with the desk's frame around it."""
    found = calls.view(viewer(), call=call)
    secretariat_nav.enter(call, current)
    return found


@desk.page("/", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def index() -> ResponseReturnValue:
    """The calls one runs; a new one from a rubric folder."""
    set_desk(_("秘书处"), [(_("批次"), url_for("secretariat.index"))], current=_("批次"), label=_("秘书处"))
    form = NewCallForm()
    form.folder.choices = [(name, name) for name in calls.available_folders()]
    if form.validate_on_submit():
        try:
            made = calls.create_call(
                viewer(), folder=str(form.folder.data), request_key=(form.key.data or "")[:64]
            )
        except Invalid as problem:
            take_faults(form, problem)
        else:
            flash(_("批次已建立，尚未发布。请核对规则后发布。"), "good")
            return redirect(url_for("secretariat.rules", call=made), 303)
    mine = calls.list_for_switcher(viewer())
    page = render_template(
        "secretariat/calls.html", form=form, calls=[(row, *word(CALL_STATES[row.state])) for row in mine]
    )
    return page, 422 if form.errors or form.form_errors else 200


@desk.page("/<call>/", permission=Permission.SECRETARIAT)
def home(call: str) -> ResponseReturnValue:
    """What is to be done, by deadline."""
    found = enter(call, _("待办"))
    return render_template("secretariat/home.html", **secretariat_home.page(found))


@desk.page("/<call>/rules", permission=Permission.SECRETARIAT)
def rules(call: str) -> ResponseReturnValue:
    """Every rule of the call; what the notice does not give is marked."""
    found = enter(call, _("批次与规则"))
    kind, state = word(CALL_STATES[found.state])
    return render_template(
        "secretariat/rules.html",
        call=found,
        rules=found.rules,
        kind=kind,
        state=state,
        formal=[(rule, named(SEVERITIES, rule.severity)) for rule in found.rules.formal_rules],
        assumed=_assumed(found),
    )


def _assumed(call: CallView) -> list[dict[str, object]]:
    """What the notice does not give, by the file that gives it instead; keys open with the file's name."""
    titles = {"call": _("批次"), **{key: rubric.name for key, rubric in call.rules.rubrics.items()}}
    groups: dict[str, list[AssumedValue]] = {}
    for value in call.rules.assumed:
        groups.setdefault(value.key.partition(".")[0], []).append(value)
    return [{"title": titles.get(file, file), "values": values} for file, values in groups.items()]


def _act(call: CallView, page: dict[str, object], problem: PortalError | None) -> ResponseReturnValue:
    if problem is not None:
        flash(say(problem.message), "bad")
    back = {"back_href": url_for("secretariat.rules", call=call.public_id), "back_text": _("返回")}
    return render_template("act.html", **page, **back), problem.status if problem else 200


@desk.page("/<call>/publish", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def publish(call: str) -> ResponseReturnValue:
    """Open the call for dossiers."""
    found, problem = enter(call, _("批次与规则")), None
    if request.method == "POST":
        try:
            calls.publish(viewer(), call=call)
        except PortalError as refused:
            problem = refused
        else:
            flash(_("批次已发布，可以收件。"), "good")
            return redirect(url_for("secretariat.rules", call=call), 303)
    page: dict[str, object] = {
        "title": _("发布批次"),
        "lead": found.title,
        "consequences": [
            _("开始受理申报材料。"),
            _("本批次的规则固定，不再随规则文件夹变动。"),
            _("此后开通账号须由另一人确认。"),
        ],
        "facts": [
            (_("截止"), found.rules.deadline_label),
            (_("未规定事项"), _("%(n)s项，列入评审工作方案", n=len(found.rules.assumed))),
        ],
        "code": found.rules.digest,
        "code_note": _("规则文件的校验码"),
        "action": url_for("secretariat.publish", call=call),
        "act_text": _("发布"),
    }
    return _act(found, page, problem)


@desk.page("/<call>/close-intake", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def close_intake(call: str) -> ResponseReturnValue:
    """End intake; refused while a dossier waits for a decision."""
    found, problem = enter(call, _("批次与规则")), None
    if request.method == "POST":
        try:
            calls.close_intake(viewer(), call=call)
        except PortalError as refused:
            problem = refused
        else:
            flash(_("受理已结束，进入评审。"), "good")
            return redirect(url_for("secretariat.home", call=call), 303)
    page: dict[str, object] = {
        "title": _("结束受理"),
        "lead": found.title,
        "consequences": [
            _("不再收件，形式审查通过的材料进入评审。"),
            _("不能恢复受理。"),
        ],
        "facts": secretariat_home.counts(found.public_id),
        "action": url_for("secretariat.close_intake", call=call),
        "act_text": _("结束受理"),
        "grave": True,
    }
    return _act(found, page, problem)


@desk.page("/<call>/scheme.docx", permission=Permission.SECRETARIAT)
def scheme_file(call: str) -> ResponseReturnValue:
    """评审工作方案 with every assumed value, to be approved."""
    return send(*report.scheme(viewer(), call=call))


@desk.page("/<call>/scheme", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def scheme(call: str) -> ResponseReturnValue:
    """Record that the scheme was approved."""
    found = enter(call, _("批次与规则"))
    form = SchemeForm()
    status = 200
    if form.validate_on_submit():
        try:
            calls.record_scheme(
                viewer(),
                call=call,
                reference=form.reference.data or "",
                approved_by=form.approved_by.data or "",
                approved_on=cast(date | None, form.approved_on.data),
            )
        except PortalError as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("方案审批已登记。"), "good")
            return redirect(url_for("secretariat.rules", call=call), 303)
    page = render_template(
        "secretariat/form.html",
        title=_("登记方案审批"),
        lead=found.title,
        consequences=[
            _("评审工作方案经批准后，各轮评审方可开启。"),
            _("登记的批准对应下列校验码；规则如有变动须重新审批。"),
        ],
        facts=[(_("未规定事项"), _("%(n)s项", n=len(found.rules.assumed)))],
        code=found.scheme_digest,
        form=form,
        act_text=_("登记"),
        back_href=url_for("secretariat.rules", call=call),
    )
    return page, 422 if form.errors else status
