"""提请暂停: what is held, holding, and lifting with what was found."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import holds
from review_portal.services.holds import HoldLine
from review_portal.web import supervisor_nav
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import duration, office_time
from review_portal.web.forms import take_faults

desk = Desk("supervisor_holds", __name__, url_prefix="/supervisor")


class HoldForm(FlaskForm):
    round_ = SelectField(_l("暂停的范围"), default="")
    reason = TextAreaField(
        _l("暂停的原因"),
        description=_l("10至500个字。秘书处、组长和专家都会看到，请不要写评分内容和专家姓名"),
    )


class LiftForm(FlaskForm):
    finding = TextAreaField(
        _l("核查情况和处理意见"),
        description=_l("10至500个字。写明核查了什么、结果如何、如何继续；印在监督记录表上"),
    )


def _enter(call: str) -> holds.Holds:
    found = holds.list_holds(viewer(), call=call)
    supervisor_nav.enter(call, _("提请暂停"))
    return found


@desk.page("/<call>/holds", permission=Permission.SUPERVISOR)
def index(call: str) -> ResponseReturnValue:
    """Every hold of the call with its end."""
    return render_template("supervisor/holds.html", found=_enter(call), length=duration)


@desk.page("/<call>/holds/new", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def hold(call: str) -> ResponseReturnValue:
    """Stop the call or a round, with the reason."""
    found, form, status = _enter(call), HoldForm(), 200
    form.round_.choices = {"": _("整个批次"), **{row.public_id: row.name for row in found.rounds}}
    if form.validate_on_submit():
        try:
            holds.hold(viewer(), call=call, round_=form.round_.data, reason=form.reason.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("已提请暂停，即时生效。秘书处、组长和专家的页面均显示暂停提示。"), "good")
            return redirect(url_for("supervisor_holds.index", call=call), 303)
    return render_template(
        "act.html",
        title=_("提请暂停"),
        lead=found.title,
        consequences=[
            _(
                "即时生效：所选范围内的开启、提交、封存、启封、复议、抽签、冻结、审定登记、公示等办理一律不能进行。"
            ),
            _("不改动任何数据：已有的评分、名单、时限都保持原样；专家可以继续暂存，但不能提交。"),
            _("暂停一个轮次的，以各轮为依据的排名、会议审定和公示同时不能办理；其他轮次照常。"),
            _("评分截止时间不因暂停而改变；需要延长的，解除后由秘书处按原有方式延长。"),
            _("提请人、时间和原因记入监督记录，由监督人员写明核查情况后解除。"),
        ],
        form=form,
        action=url_for("supervisor_holds.hold", call=call),
        act_text=_("提请暂停"),
        grave=True,
        back_href=url_for("supervisor_holds.index", call=call),
        back_text=_("返回"),
    ), 422 if form.errors and status == 200 else status


@desk.page("/<call>/holds/<hold_>/lift", permission=Permission.SUPERVISOR, methods=("GET", "POST"))
def lift(call: str, hold_: str) -> ResponseReturnValue:
    """Let it go on, with what was found."""
    found, form, status = _enter(call), LiftForm(), 200
    line = next((line for line in found.lines if line.public_id == hold_), None)
    if line is None:
        abort(404)
    if form.validate_on_submit():
        try:
            holds.lift(viewer(), call=call, hold=hold_, finding=form.finding.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(_("已解除暂停，可以继续办理。"), "good")
            return redirect(url_for("supervisor_holds.index", call=call), 303)
    return render_template("act.html", form=form, **_lift_page(call, found, line)), (
        422 if form.errors and status == 200 else status
    )


def _lift_page(call: str, found: holds.Holds, line: HoldLine) -> dict[str, object]:
    back = url_for("supervisor_holds.index", call=call)
    over = [
        (back, _("该次暂停已于%(at)s由%(who)s解除。", at=office_time(line.lifted_at), who=line.lifted_by))
    ]
    return {
        "title": _("解除暂停"),
        "lead": found.title,
        "consequences": [
            _("所暂停的范围即可继续办理；暂停期间未作任何改动，无须恢复。"),
            _("评分截止时间不变。因暂停耽误的，请秘书处在“提醒与入口”为专家延长时限。"),
            _("解除人、时间和核查情况记入监督记录，并印在监督记录表上。提请人本人解除的，表上如实显示。"),
        ],
        "facts": [
            (_("暂停的范围"), line.round_name or _("整个批次")),
            (_("提请人"), line.held_by),
            (_("提请时间"), office_time(line.held_at)),
            (_("暂停的原因"), line.reason),
        ],
        "problems": over if line.lifted_at else [],
        "action": url_for("supervisor_holds.lift", call=call, hold_=line.public_id),
        "act_text": _("解除暂停"),
        "back_href": back,
        "back_text": _("返回"),
    }
