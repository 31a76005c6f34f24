"""The administrator's desk: accounts of the secretariat and one-time passwords. No dossiers, no scores."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as _l
from flask_wtf import FlaskForm
from wtforms import StringField, TextAreaField
from wtforms.validators import InputRequired, Length, Optional

from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.policy import Permission
from review_portal.domain.register import masked_login
from review_portal.services import account_views, accounts, passwords
from review_portal.services.account_views import AccountRow
from review_portal.services.accounts import Person
from review_portal.web.access import Desk, viewer
from review_portal.web.forms import say, take_faults
from review_portal.web.frame import set_desk
from review_portal.web.slips import password_slip

desk = Desk("admin", __name__, url_prefix="/admin")
OPENS = "secretariat"  # the one role that administrators give


class AccountForm(FlaskForm):
    login = StringField(
        _l("账号"),
        [InputRequired(_l("请填写账号。")), Length(2, 64, _l("账号须为2至64个字符，不含空格。"))],
        description=_l("2至64个字符，不含空格；登录时使用"),
    )
    name = StringField(_l("姓名"), [InputRequired(_l("请填写姓名。")), Length(max=64)])
    reason = TextAreaField(
        _l("事由"),
        [Optional(), Length(max=500)],
        description=_l("首个批次发布后开通账号须由另一人确认，届时必填"),
    )


def enter(current: str) -> None:
    """Put the administrator's frame around a page."""
    set_desk(
        _("管理员"),
        [
            (_("账号"), url_for("admin.accounts_list")),
            (_("开通秘书处账号"), url_for("admin.account_new")),
            (_("工作日表"), url_for("working_days.listing")),
        ],
        current=current,
        label=_("管理员"),
    )


def _issuable(row: AccountRow) -> bool:
    return row.roles == (OPENS,)


def _labels(row: AccountRow) -> str:
    return "、".join(_(account_views.ROLE_LABELS[role]) for role in row.roles)


@desk.page("/accounts", permission=Permission.ADMINISTRATOR)
def accounts_list() -> ResponseReturnValue:
    """Accounts with a role for the whole house."""
    enter(_("账号"))
    rows = account_views.list_accounts(viewer(), call=None)
    return render_template("admin/accounts.html", rows=rows, labels=_labels, issuable=_issuable)


@desk.page("/accounts/new", permission=Permission.ADMINISTRATOR, methods=("GET", "POST"))
def account_new() -> ResponseReturnValue:
    """Open an account of the secretariat: at once, or as a request to a second person."""
    enter(_("开通秘书处账号"))
    form = AccountForm()
    status = 200
    if form.validate_on_submit():
        person = Person(str(form.login.data).strip(), str(form.name.data).strip(), OPENS)
        try:
            asked = accounts.open_accounts(
                viewer(), call=None, people=[person], reason=form.reason.data or ""
            )
        except (Conflict, Invalid) as problem:
            take_faults(form, problem)
            status = problem.status
        else:
            flash(*_told(person.name, asked is not None))
            return redirect(url_for("admin.accounts_list"), 303)
    return render_template("admin/account_new.html", form=form), 422 if form.errors else status


def _told(name: str, waits: bool) -> tuple[str, str]:
    if waits:
        return _("开通%(name)s账号的申请已提交，须由另一人确认后生效。", name=name), "info"
    return _("已开通%(name)s的账号。请发放一次性密码。", name=name), "good"


@desk.page("/accounts/<account>/password", permission=Permission.ADMINISTRATOR, methods=("GET", "POST"))
def account_password(account: str) -> ResponseReturnValue:
    """Ask first; then the one-time password on a slip, shown this once."""
    enter(_("账号"))
    row = next((r for r in account_views.list_accounts(viewer(), call=None) if r.public_id == account), None)
    if row is None or not _issuable(row):
        abort(404)
    if request.method == "POST":
        issued = passwords.issue_password(viewer(), account=account)
        return password_slip(issued, url_for("admin.accounts_list"))
    return render_template("act.html", **_password_page(row))


def _password_page(row: AccountRow) -> dict[str, object]:
    back = url_for("admin.accounts_list")
    return {
        "title": _("发放一次性密码"),
        "lead": row.name,
        "consequences": [
            _("原密码立即失效，该账号在各处的登录即时退出。"),
            _("一次性密码只显示这一次，可打印成密码条当面交付。"),
            _("首次登录后须设置自己的密码。"),
        ],
        "facts": [(_("账号"), masked_login(row.login)), (_("姓名"), row.name), (_("角色"), _labels(row))],
        "problems": [] if row.way.kind == "alone" else [(back, say(row.way.reason))],
        "action": url_for("admin.account_password", account=row.public_id),
        "act_text": _("发放一次性密码"),
        "back_href": back,
        "back_text": _("返回"),
    }
