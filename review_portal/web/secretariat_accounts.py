"""Accounts of a call: experts and supervisors opened by its secretariat, one-time passwords on a slip."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from review_portal.domain.errors import Conflict, Invalid, NotAllowed
from review_portal.domain.messages import mark
from review_portal.domain.policy import CLERKS, Permission
from review_portal.domain.register import masked_login
from review_portal.services import account_views, accounts, experts, passwords
from review_portal.services.account_views import AccountRow
from review_portal.services.accounts import Person
from review_portal.services.experts import ExpertLine
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.secretariat import enter
from review_portal.web.secretariat_forms import ClerkAccountForm, ExpertAccountForm, SupervisorAccountForm
from review_portal.web.slips import password_slip

desk = Desk("secretariat_accounts", __name__, url_prefix="/secretariat")
HIDDEN = mark("本批次专家由抽取产生，签到以前由拨打人开通账号。需要换人的，请在“专家抽取”的电话确认页接手。")
OPENS = ("expert", "supervisor", *CLERKS)  # the roles that a secretariat gives


def _labels(row: AccountRow) -> str:
    return "、".join(_(account_views.ROLE_LABELS[role]) for role in row.roles)


@desk.page("/<call>/accounts", permission=Permission.SECRETARIAT)
def listing(call: str) -> ResponseReturnValue:
    """Accounts with a role in this call."""
    found = enter(call, _("账号"))
    rows = [(row, _labels(row)) for row in account_views.list_accounts(viewer(), call=call)]
    waiting = len(_without(call))
    hides = account_views.hides_experts(viewer(), call=call)
    return render_template(
        "secretariat/accounts.html",
        call=found,
        rows=rows,
        without=0 if hides else waiting,
        hides=hides,
        opens=OPENS,
    )


def _without(call: str) -> list[ExpertLine]:
    """Experts who may be invited and have no account of this call yet."""
    lines = experts.list_experts(viewer(), call=call)
    return [line for line in lines if not line.in_call and line.status == "active"]


def _open(call: str, people: list[Person], reason: str) -> ResponseReturnValue:
    asked = accounts.open_accounts(viewer(), call=call, people=people, reason=reason)
    if asked is None:
        flash(_("已办理%(n)s人。新开通的账号请发放一次性密码，已有账号沿用原密码。", n=len(people)), "good")
    else:
        flash(_("%(n)s人开通账号或授予角色的申请已提交，须由另一人确认后生效。", n=len(people)), "info")
    return redirect(url_for("secretariat_accounts.listing", call=call), 303)


def _people(lines: list[ExpertLine], chosen: list[str]) -> list[Person]:
    """Experts log in with the phone number of the register, which the service reads there."""
    picked = [line for line in lines if line.public_id in chosen]
    return [Person("", line.name, "expert", line.public_id) for line in picked]


def _expert_label(line: ExpertLine) -> str:
    if line.has_account:
        return _(
            "%(name)s　%(employer)s（已有账号，只增加本批次角色）", name=line.name, employer=line.employer
        )
    return f"{line.name}　{line.employer}"


@desk.page("/<call>/accounts/experts", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def open_experts(call: str) -> ResponseReturnValue:
    """Open accounts for experts of the pool, several at once."""
    found = enter(call, _("账号"))
    if account_views.hides_experts(viewer(), call=call):
        raise NotAllowed(HIDDEN)
    lines = _without(call)
    form = ExpertAccountForm()
    form.people.choices = [(line.public_id, _expert_label(line)) for line in lines]
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
        notes=[
            _("新账号为专家库中登记的手机号；在其他批次已有账号的，沿用原账号和密码。"),
            _("批次发布后开通账号、授予角色须由另一人确认。"),
        ],
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
        notes=[
            _("监督人员设 A、B 角，各用自己的账号。"),
            _("已有账号的，填写其原账号和姓名，只增加本批次的监督角色，密码不变。"),
            _("批次发布后开通账号、授予角色须由另一人确认。"),
        ],
        form=form,
        act_text=_("开通账号"),
        back_href=url_for("secretariat_accounts.listing", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


@desk.page("/<call>/accounts/clerk", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def open_clerk(call: str) -> ResponseReturnValue:
    """Open a counting or checking clerk's account for this call."""
    found = enter(call, _("账号"))
    form = ClerkAccountForm()
    form.role.choices = [(role, _(account_views.ROLE_LABELS[role])) for role in CLERKS]
    status = 200
    if form.validate_on_submit():
        login, name = str(form.login.data or "").strip(), str(form.name.data or "").strip()
        try:
            return _open(call, [Person(login, name, str(form.role.data))], form.reason.data or "")
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
    page = render_template(
        "secretariat/form.html",
        title=_("开通代录账号"),
        lead=found.title,
        notes=[
            _("计分人、复核人须为两人，各用自己的账号，只能看到待录的评分表。"),
            _("本批次的专家、秘书处和监督人员不能兼任；录入过的人不能再办理启封、冻结排名或公示名单。"),
            _("批次发布后开通账号、授予角色须由另一人确认。"),
        ],
        form=form,
        act_text=_("开通账号"),
        back_href=url_for("secretariat_accounts.listing", call=call),
    )
    return page, 422 if form.errors and status == 200 else status


@desk.page("/<call>/accounts/<account>/password", permission=Permission.SECRETARIAT, methods=("GET", "POST"))
def password(call: str, account: str) -> ResponseReturnValue:
    """Ask first; then the one-time password on a slip, or a request to the supervisor."""
    enter(call, _("账号"))
    listed = account_views.list_accounts(viewer(), call=call)
    row = next((item for item in listed if item.public_id == account), None)
    if row is None or not set(row.roles) <= set(OPENS):
        abort(404)
    back = url_for("secretariat_accounts.listing", call=call)
    if request.method == "POST" and row.way.kind == "two":
        return _ask_password(call, row, back)
    if request.method == "POST":
        return password_slip(passwords.issue_password(viewer(), account=account), back)
    return render_template("act.html", **_password_page(call, row, back))


@desk.page(
    "/<call>/accounts/<account>/<role>/revoke", permission=Permission.SECRETARIAT, methods=("GET", "POST")
)
def revoke(call: str, account: str, role: str) -> ResponseReturnValue:
    """Take a role of this call from an account, with the reason."""
    enter(call, _("账号"))
    listed = account_views.list_accounts(viewer(), call=call)
    row = next((item for item in listed if item.public_id == account and role in item.roles), None)
    if row is None or role not in OPENS:
        abort(404)
    back = url_for("secretariat_accounts.listing", call=call)
    fault, status, problems = "", 200, []
    reason = request.form.get("reason", "")
    if request.method == "POST":
        try:
            asked = accounts.revoke_role(viewer(), call=call, account=account, role=role, reason=reason)
        except (Conflict, Invalid) as problem:
            status, fields = problem.status, getattr(problem, "fields", {})
            fault = say(fields["reason"]) if "reason" in fields else ""
            problems = [] if fault else [(back, say(problem.message))]
        else:
            flash(*_revoked(row, asked is not None))
            return redirect(back, 303)
    facts = [
        (_("账号"), masked_login(row.login)),
        (_("姓名"), row.name),
        (_("角色"), _(account_views.ROLE_LABELS[role])),
    ]
    page = render_template(
        "act.html",
        title=_("收回角色"),
        lead=row.name,
        consequences=[
            _("该账号不能再以这一角色进入本批次；账号本身、在其他批次的角色和已有记录不变。"),
            _("批次发布后须由另一人确认，确认之前角色照常有效。"),
        ],
        facts=facts,
        problems=problems,
        reason={"name": "reason", "label": _("事由"), "value": reason, "err": fault},
        action=url_for("secretariat_accounts.revoke", call=call, account=account, role=role),
        act_text=_("收回角色"),
        grave=True,
        back_href=back,
        back_text=_("返回"),
    )
    return page, status


def _revoked(row: AccountRow, waits: bool) -> tuple[str, str]:
    if waits:
        return _("收回%(name)s角色的申请已提交，须由另一人确认后生效。", name=row.name), "info"
    return _("已收回%(name)s的角色。", name=row.name), "good"


def _ask_password(call: str, row: AccountRow, back: str) -> ResponseReturnValue:
    reason = request.form.get("reason", "")
    try:
        passwords.ask_password(viewer(), call=call, account=row.public_id, reason=reason)
    except Invalid as problem:
        page = _password_page(call, row, back, reason=reason, fault=say(problem.fields["reason"]))
        return render_template("act.html", **page), problem.status
    except Conflict as problem:
        flash(say(problem.message), "bad")
    else:
        flash(_("已申请为%(name)s重发密码，请监督人员在“待确认事项”中办理。", name=row.name), "info")
    return redirect(back, 303)


def _password_page(
    call: str, row: AccountRow, back: str, *, reason: str = "", fault: str = ""
) -> dict[str, object]:
    two = row.way.kind == "two"
    consequences = [
        _("原密码立即失效，该账号在各处的登录即时退出。"),
        _("一次性密码只显示这一次，可打印成密码条当面交付。"),
        _("首次登录后须设置自己的密码。"),
    ]
    if two:
        consequences = [
            say(row.way.reason),
            _("监督人员同意后，一次性密码显示在监督人员的页面上，由其当面交给本人；经办人看不到。"),
            _("同意之前原密码照常使用；同意后原密码失效，该账号在各处的登录即时退出。"),
        ]
    return {
        "title": _("申请重发密码") if two else _("发放一次性密码"),
        "lead": row.name,
        "consequences": consequences,
        "facts": [(_("账号"), masked_login(row.login)), (_("姓名"), row.name), (_("角色"), _labels(row))],
        "problems": [(back, say(row.way.reason))] if row.way.kind == "host" else [],
        "reason": {
            "name": "reason",
            "label": _("事由"),
            "hint": _("例如：本人忘记密码，已到场核对身份"),
            "value": reason,
            "err": fault,
        }
        if two
        else None,
        "action": url_for("secretariat_accounts.password", call=call, account=row.public_id),
        "act_text": _("提交申请") if two else _("发放一次性密码"),
        "back_href": back,
        "back_text": _("返回"),
    }
