"""Accounts of a call: experts and supervisors opened by its secretariat, one-time passwords on a slip."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.clock import now
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.services import accounts, experts
from review_portal.services.accounts import AccountRow, Person
from review_portal.services.experts import ExpertLine
from review_portal.web.access import Desk, viewer
from review_portal.web.filters import office_time
from review_portal.web.forms import take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_forms import ExpertAccountForm, SupervisorAccountForm

desk = Desk("secretariat_accounts", __name__, url_prefix="/secretariat")
OPENS = ("expert", "supervisor")  # the roles that a secretariat gives


def _labels(row: AccountRow) -> str:
    return "、".join(_(accounts.ROLE_LABELS[role]) for role in row.roles)


@desk.page("/<call>/accounts", permission=Permission.SECRETARIAT)
def listing(call: str) -> ResponseReturnValue:
    """Accounts with a role in this call."""
    found = enter(call, _("账号"))
    rows = [(row, _labels(row)) for row in accounts.list_accounts(viewer(), call=call)]
    waiting = sum(not line.has_account for line in experts.list_experts(viewer(), call=call))
    return render_template("secretariat/accounts.html", call=found, rows=rows, without=waiting)


def _open(call: str, people: list[Person], reason: str) -> ResponseReturnValue:
    asked = accounts.open_accounts(viewer(), call=call, people=people, reason=reason)
    if asked is None:
        flash(_("已开通%(n)s个账号。请发放一次性密码。", n=len(people)), "good")
    else:
        flash(_("开通%(n)s个账号的申请已提交，须由另一人确认后生效。", n=len(people)), "info")
    return redirect(url_for("secretariat_accounts.listing", call=call), 303)


def _people(lines: list[ExpertLine], chosen: list[str]) -> list[Person]:
    """Experts log in with the phone number of the register, which is theirs alone."""
    picked = [line for line in lines if line.public_id in chosen and not line.has_account]
    return [Person(line.phone.replace(" ", ""), line.name, "expert", line.public_id) for line in picked]


@desk.page("/<call>/accounts/experts", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def open_experts(call: str) -> ResponseReturnValue:
    """Open accounts for experts of the pool, several at once."""
    found = enter(call, _("账号"))
    lines = [line for line in experts.list_experts(viewer(), call=call) if not line.has_account]
    form = ExpertAccountForm()
    form.people.choices = [(line.public_id, f"{line.name}　{line.employer}") for line in lines]
    status = 200
    if form.validate_on_submit():
        try:
            return _open(call, _people(lines, form.people.data or []), form.reason.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
    page = render_template(
        "secretariat/form.html",
        title=_("开通专家账号"),
        lead=found.title,
        notes=[_("账号为专家库中登记的手机号。"), _("批次发布后开通账号须由另一人确认。")],
        form=form if lines else None,
        act_text=_("开通账号"),
        back_href=url_for("secretariat_accounts.listing", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


@desk.page("/<call>/accounts/supervisor", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def open_supervisor(call: str) -> ResponseReturnValue:
    """Open a supervisor's account for this call."""
    found = enter(call, _("账号"))
    form = SupervisorAccountForm()
    status = 200
    if form.validate_on_submit():
        person = Person(str(form.login.data or "").strip(), str(form.name.data or "").strip(), "supervisor")
        try:
            return _open(call, [person], form.reason.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
    page = render_template(
        "secretariat/form.html",
        title=_("开通监督账号"),
        lead=found.title,
        notes=[_("监督人员设 A、B 角，各用自己的账号。"), _("批次发布后开通账号须由另一人确认。")],
        form=form,
        act_text=_("开通账号"),
        back_href=url_for("secretariat_accounts.listing", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


@desk.page("/<call>/accounts/<account>/password", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def password(call: str, account: str) -> ResponseReturnValue:
    """Ask first; then the one-time password on a slip, shown this once."""
    enter(call, _("账号"))
    listed = accounts.list_accounts(viewer(), call=call)
    row = next((item for item in listed if item.public_id == account), None)
    if row is None or not set(row.roles) <= set(OPENS):
        abort(404)
    back = url_for("secretariat_accounts.listing", call=call)
    if request.method == "POST":
        issued = accounts.issue_password(viewer(), account=account)
        return render_template(
            "admin/slip.html",
            issued=issued,
            address=request.url_root,
            printed_at=office_time(now()),
            back_href=back,
        )
    return render_template(
        "act.html",
        title=_("发放一次性密码"),
        lead=row.name,
        consequences=[
            _("原密码立即失效，该账号在各处的登录即时退出。"),
            _("一次性密码只显示这一次，可打印成密码条当面交付。"),
            _("首次登录后须设置自己的密码。"),
        ],
        facts=[(_("账号"), row.login), (_("姓名"), row.name), (_("角色"), _labels(row))],
        action=url_for("secretariat_accounts.password", call=call, account=account),
        act_text=_("发放一次性密码"),
        back_href=back,
        back_text=_("返回"),
    )
