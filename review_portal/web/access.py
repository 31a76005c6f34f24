"""Deny by default: a view registers only with a permission, and nobody enters a desk that is not theirs."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from flask import Blueprint, Flask, abort, current_app, g, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, UserMixin, current_user

from review_portal.domain import policy
from review_portal.domain.errors import Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Permission, Viewer
from review_portal.services import logins

View = Callable[..., ResponseReturnValue]
LIBRARY_ENDPOINTS = frozenset({"static", "bootstrap.static"})


class Desk(Blueprint):
    """A blueprint whose every route names the permission it needs."""

    def page(
        self,
        rule: str,
        *,
        permission: Permission,
        methods: tuple[str, ...] = ("GET",),
        by_itself: bool = False,
        **options: Any,
    ) -> Callable[[View], View]:
        """Register a view; `permission` is what `enforce` checks before the view runs.

        `by_itself`: pages ask for it without anybody doing anything, so it does not keep a login alive.
        """

        def register(view: View) -> View:
            view.permission = permission  # type: ignore[attr-defined]
            view.by_itself = by_itself  # type: ignore[attr-defined]
            self.add_url_rule(rule, view_func=view, methods=list(methods), **options)
            return view

        return register


class SignedIn(UserMixin):
    """Flask-Login's user: the session token and the viewer behind it."""

    def __init__(self, token: str, viewer: Viewer) -> None:
        self.id = token
        self.viewer = viewer


def viewer() -> Viewer:
    """The person of this request; only for views behind a permission."""
    return cast(Viewer, current_user.viewer)


def viewer_or_none() -> Viewer | None:
    """The person of this request, None when nobody is logged in."""
    return current_user.viewer if current_user.is_authenticated else None


def permission_of(app: Flask, endpoint: str) -> Permission | None:
    """What an endpoint asks; None when it asks nothing, which start-up refuses."""
    return getattr(app.view_functions[endpoint], "permission", None)


def local_path(target: str | None) -> str | None:
    """`target` if it is a path on this site, else None: redirects never leave it.

    Browsers drop tabs and line ends from an address, so that `/<tab>/evil.example` would leave the site.
    """
    if not target or not target.startswith("/") or target.startswith("//"):
        return None
    return None if "\\" in target or any(ord(character) < 32 for character in target) else target


def register(app: Flask) -> None:
    """Wire Flask-Login and the check before every view."""
    manager = LoginManager(app)
    manager.session_protection = None  # the token's row decides, not the browser's name

    @manager.user_loader
    def load(token: str) -> SignedIn | None:
        asked = current_app.view_functions.get(request.endpoint or "")
        found = logins.viewer_of(token, in_use=not getattr(asked, "by_itself", False))
        return SignedIn(token, found) if found else None

    @app.before_request
    def enforce() -> ResponseReturnValue | None:
        if request.endpoint is None or request.endpoint in LIBRARY_ENDPOINTS:
            return None
        permission = permission_of(current_app, request.endpoint)
        if permission is None:
            abort(404)
        person = viewer_or_none() if permission is not Permission.PUBLIC or "_user_id" in session else None
        if person is None and permission is not Permission.PUBLIC:
            return _to_login()
        first = person is not None and person.must_change and permission is not Permission.PUBLIC
        if first and request.endpoint != "auth.password":
            return redirect(url_for("auth.password"), 303)
        if not policy.may_enter(person, permission):
            raise NotFound()
        _refuse_nul()
        g.viewer = person
        return None


def _refuse_nul() -> None:
    """No text column of PostgreSQL takes a NUL, and SQLite would keep it: both refuse it here."""
    addressed = [*(request.view_args or {}).values(), *request.args.values()]
    if any("\0" in str(text) for text in addressed):
        raise NotFound()
    typed = [text for texts in request.form.listvalues() for text in texts]
    named = [file.filename or "" for files in request.files.listvalues() for file in files]
    if any("\0" in text for text in (*typed, *named)):
        raise Invalid(mark("所填内容含有无法保存的控制字符，未作任何改动。请删去后重新提交。"))


def _to_login() -> ResponseReturnValue:
    if request.method == "POST":  # what was typed is given back after the login
        from review_portal.web.auth import keep_typed

        return keep_typed()
    target = request.full_path.rstrip("?")
    return redirect(url_for("auth.login", next=target if target != "/" else None), 303)


def refuse_open_views(app: Flask) -> None:
    """Start-up fails on a view that does not say who may open it."""
    silent = sorted(
        endpoint
        for endpoint in app.view_functions
        if endpoint not in LIBRARY_ENDPOINTS and permission_of(app, endpoint) is None
    )
    if silent:
        raise RuntimeError(f"views without a permission: {', '.join(silent)}")
