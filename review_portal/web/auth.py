"""Logging in and out, the first password, the language."""

from __future__ import annotations

from flask import current_app, flash, g, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import lazy_gettext as _l
from flask_login import current_user, login_user, logout_user
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import InputRequired, Length

from review_portal.domain.errors import Invalid
from review_portal.domain.policy import Permission
from review_portal.services import logins
from review_portal.web.access import Desk, SignedIn, local_path, viewer, viewer_or_none
from review_portal.web.forms import take_faults
from review_portal.web.limits import limiter

desk = Desk("auth", __name__)
LANGUAGES = ("zh", "en")
KEPT = "kept:"  # prefix of hidden fields that carry what was typed before the login ran out


class LoginForm(FlaskForm):
    login = StringField(_l("账号"), [InputRequired(_l("请填写账号。")), Length(max=64)])
    password = PasswordField(_l("密码"), [InputRequired(_l("请填写密码。")), Length(max=200)])


class PasswordForm(FlaskForm):
    current = PasswordField(_l("当前密码"), [InputRequired(_l("请填写当前密码。"))])
    new = PasswordField(_l("新密码"), [InputRequired(_l("请填写新密码。")), Length(max=200)])
    again = PasswordField(_l("再次输入新密码"), [InputRequired(_l("请再次输入新密码。"))])


def _kept() -> list[tuple[str, str]]:
    return [
        (name.removeprefix(KEPT), value)
        for name, value in request.form.items(multi=True)
        if name.startswith(KEPT)
    ]


def keep_typed() -> ResponseReturnValue:
    """The login page for a form sent after the session ended, with what was typed carried along."""
    skip = {"csrf_token", "password", "current", "new", "again"}
    kept = [(name, value) for name, value in request.form.items(multi=True) if name not in skip]
    form = LoginForm(formdata=None)
    page = render_template("auth/login.html", form=form, next=request.path, kept=kept, expired=True)
    return page, 401


@desk.page("/login", permission=Permission.PUBLIC, methods=("GET", "POST"))
@limiter.limit("30 per minute", methods=["POST"])
def login() -> ResponseReturnValue:
    """Log in; afterwards back to the local page asked for, or to what was being typed."""
    target = local_path(request.values.get("next"))
    form = LoginForm()
    if viewer_or_none() and request.method == "GET":
        return redirect(target or "/", 303)
    if form.validate_on_submit():
        try:
            token = logins.log_in(str(form.login.data), str(form.password.data))
        except Invalid as problem:
            take_faults(form, problem)
        else:
            return _enter(token, target)
    status = 422 if form.errors else 200
    return render_template(
        "auth/login.html", form=form, next=target, kept=_kept(), expired=bool(_kept())
    ), status


def _enter(token: str, target: str | None) -> ResponseReturnValue:
    found = logins.viewer_of(token)
    language = session.get("language")
    session.clear()
    g.pop("csrf_token", None)  # the form above made one for the session that is gone
    if language:
        session["language"] = language
    if found is None or not login_user(SignedIn(token, found)):
        return redirect(url_for("auth.login"), 303)
    kept = _kept()
    if kept and target and not found.must_change:
        return render_template("auth/resume.html", target=target, kept=kept)
    return redirect(target or "/", 303)


@desk.page("/logout", permission=Permission.PUBLIC, methods=("POST",))
def logout() -> ResponseReturnValue:
    """End the session here and in the database."""
    if current_user.is_authenticated:
        logins.log_out(current_user.get_id())
        logout_user()
    return redirect(url_for("auth.login"), 303)


@desk.page("/password", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def password() -> ResponseReturnValue:
    """Choose an own password; after a one-time password nothing else opens."""
    form = PasswordForm()
    if form.validate_on_submit():
        try:
            logins.change_password(
                viewer(),
                current=str(form.current.data),
                new=str(form.new.data),
                again=str(form.again.data),
                token=current_user.get_id(),
            )
        except Invalid as problem:
            take_faults(form, problem)
        else:
            flash(_l("密码已修改。"), "good")
            return redirect("/", 303)
    least = current_app.extensions["settings"].password_min
    return render_template("auth/password.html", form=form, least=least), 422 if form.errors else 200


@desk.page("/language", permission=Permission.PUBLIC, methods=("POST",))
def set_language() -> ResponseReturnValue:
    """Chinese or English, remembered for this browser."""
    language = request.form.get("language")
    if language in LANGUAGES:
        session["language"] = language
    return redirect(local_path(request.form.get("next")) or "/", 303)
