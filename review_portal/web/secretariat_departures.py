"""An expert leaves a round under way: the page that asks for it, and the seating of a drawn substitute."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import SelectField, TextAreaField
from wtforms.validators import InputRequired, Length

from review_portal.domain.errors import Conflict, Invalid, PortalError
from review_portal.domain.policy import Permission
from review_portal.services import departures
from review_portal.services.departures import Leaver
from review_portal.web.access import Desk, viewer
from review_portal.web.departure_words import rule_sentence
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter

desk = Desk("departures", __name__, url_prefix="/secretariat")
OFFICE = Permission.SECRETARIAT


class LeaveForm(FlaskForm):
    reason = TextAreaField(
        _l("退出事由"), [InputRequired(_l("请写明退出事由。")), Length(max=500)], render_kw={"rows": 2}
    )
    substitute = SelectField(_l("递补专家"), description=_l("须已开通本批次账号；递补后评审本组全部材料"))
    basis = TextAreaField(
        _l("递补专家利害关系的核实依据"),
        [Length(max=500)],
        description=_l("只在有“须核实”的利害关系时填写"),
        render_kw={"rows": 2},
    )


@desk.page("/<call>/members/<member>/leave", permission=OFFICE, methods=("GET", "POST"))
def leave(call: str, member: str) -> ResponseReturnValue:
    """登记退出: what becomes of the sheets, who follows, and why; the supervisor agrees or does not."""
    found = enter(call, _("评审进度"))
    who, form = departures.leaver(viewer(), member=member), LeaveForm()
    form.substitute.choices = [("", _("不递补")), *who.choices]
    if not who.choices:
        del form.substitute, form.basis
    problem: PortalError | None = None
    if form.validate_on_submit():
        try:
            departures.ask_departure(
                viewer(),
                member=member,
                reason=form.reason.data or "",
                substitute=form.substitute.data or "" if who.choices else "",
                basis=form.basis.data or "" if who.choices else "",
            )
        except Invalid as refused:
            take_faults(form, refused)
        except Conflict as refused:
            problem = refused
            form.form_errors = [say(refused.message)]
        else:
            flash(_("已提交，等待监督人员同意。"), "good")
            return redirect(url_for("experts.progress", call=call), 303)
    page = _page(who, form, call, member)
    status = problem.status if problem else 422 if form.errors else 200
    return render_template("act.html", lead=found.title, **page), status


def _page(who: Leaver, form: LeaveForm, call: str, member: str) -> dict[str, Any]:
    return {
        "title": _("登记专家退出：%(name)s", name=who.name),
        "consequences": _consequences(who),
        "facts": [
            (_("轮次"), who.round_name),
            (_("已提交的评分表"), _("%(n)s份保留", n=who.kept)),
            (_("作废的评分表"), _("%(n)s份", n=who.void)),
        ],
        "form": form,
        "action": url_for("departures.leave", call=call, member=member),
        "act_text": _("提交监督人员"),
        "grave": True,
        "back_href": url_for("experts.progress", call=call),
    }


def _consequences(who: Leaver) -> Sequence[str]:
    lines = [_("监督人员同意后生效，记入监督记录和评审报告。"), rule_sentence(who.rule)]
    if who.sealed:
        return [*lines, _("评分已封存，不再递补。")]
    if who.drawn:
        return [*lines, _("本轮专家由抽取产生：按抽取顺序递补，电话确认同意后入组。")]
    return [*lines, _("递补专家的代号顺延，签到、承诺和回避声明与其他专家相同。")]


@desk.page("/<call>/rounds/<round_>/substitutes", permission=OFFICE, methods=("POST",))
def seat(call: str, round_: str) -> ResponseReturnValue:
    """Seat the drawn substitutes who have agreed."""
    enter(call, _("评审进度"))
    try:
        count = departures.seat_drawn(viewer(), round_=round_, basis=request.form.get("basis", ""))
    except (Conflict, Invalid) as problem:
        flash(say(problem.message), "bad")
    else:
        flash(_("递补专家%(n)s人已入组。", n=count), "good")
    return redirect(url_for("experts.progress", call=call), 303)
