"""Puts the application together. What can be wrong is refused here, before the first request."""

from __future__ import annotations

import logging
import sys
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from flask import Flask, request, session
from flask.json.provider import DefaultJSONProvider
from flask_babel import Babel, get_locale
from flask_bootstrap import Bootstrap5
from flask_wtf import CSRFProtect
from werkzeug.middleware.proxy_fix import ProxyFix

from review_portal import models
from review_portal.config import ROOT, Settings, load_settings, secret_key
from review_portal.db import append_only_tables, configure, db, engine_options
from review_portal.migrations.runner import missing_triggers, upgrade
from review_portal.web import access, desks, errors, filters, frame, security_headers
from review_portal.web.limits import limiter

assert models  # tables register themselves when imported


class OfficeJSON(DefaultJSONProvider):
    """Times as ISO 8601 with offset, Decimals as strings; Flask's own writes HTTP dates."""

    @staticmethod
    def default(value: Any) -> Any:
        if isinstance(value, (date, datetime)):
            return value.isoformat()
        if isinstance(value, Decimal):
            return str(value)
        return DefaultJSONProvider.default(value)


def build(**overrides: Any) -> Flask:
    """The application for these settings; creates the instance folder and its key at the first start."""
    settings = load_settings(**overrides)
    settings.instance.mkdir(parents=True, exist_ok=True)
    app = Flask(
        "review_portal",
        root_path=str(ROOT / "review_portal"),
        template_folder=str(ROOT / "templates"),
        instance_path=str(settings.instance.resolve()),
    )
    app.json = OfficeJSON(app)
    app.extensions["settings"] = settings
    app.config.from_mapping(_flask_config(settings))
    _log_to_stderr()
    _believe_proxies(app, settings.trusted_proxies)
    db.init_app(app)
    with app.app_context():
        configure(db.engine)
    CSRFProtect(app)
    Bootstrap5(app)
    limiter.init_app(app)
    Babel(app, default_locale="zh_Hans_CN", default_timezone="Asia/Shanghai", locale_selector=_locale)
    app.jinja_env.globals["get_locale"] = get_locale
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    access.register(app)
    frame.register(app)
    filters.register(app)
    errors.register(app)
    security_headers.register(app, secure=settings.secure)
    desks.register(app)
    access.refuse_open_views(app)
    return app


def _flask_config(settings: Settings) -> dict[str, Any]:
    return {
        "SECRET_KEY": secret_key(settings.instance),
        "TESTING": settings.testing,
        "SQLALCHEMY_DATABASE_URI": settings.url,
        "SQLALCHEMY_ENGINE_OPTIONS": engine_options(settings.url),
        "MAX_CONTENT_LENGTH": settings.upload_limit_mb * 1024 * 1024,
        "MAX_FORM_MEMORY_SIZE": 4 * 1024 * 1024,
        "BOOTSTRAP_SERVE_LOCAL": True,
        "WTF_CSRF_TIME_LIMIT": None,  # a professor scores for hours
        "WTF_I18N_ENABLED": True,
        "RATELIMIT_ENABLED": not settings.testing,
        "SESSION_COOKIE_NAME": "__Host-portal" if settings.secure else "portal",
        "SESSION_COOKIE_SECURE": settings.secure,
        "SESSION_COOKIE_HTTPONLY": True,
        "SESSION_COOKIE_SAMESITE": "Lax",
        "BABEL_TRANSLATION_DIRECTORIES": str(ROOT / "review_portal" / "translations"),
    }


def _believe_proxies(app: Flask, count: int) -> None:
    """Take the visitor's address and protocol from so many proxies; from nobody where there are none.

    Each proxy adds an address, but the protocol is one word, passed on from the outermost. Without it the
    login brake would hold back everybody behind the proxy for one who guesses; believed unasked, anybody
    could call himself somebody else. The host stays the one that the proxy passes on.
    """
    if count > 0:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]  # as Flask documents it
            app.wsgi_app, x_for=count, x_proto=1, x_host=0, x_port=0, x_prefix=0
        )


def _locale() -> str:
    if not request:
        return "zh_Hans_CN"
    return "en" if session.get("language") == "en" else "zh_Hans_CN"


def _log_to_stderr() -> None:
    log = logging.getLogger("review_portal")
    if not log.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        log.addHandler(handler)
        log.setLevel(logging.INFO)
        log.propagate = False


def prepare_database(app: Flask) -> None:
    """Migrate, then refuse a database in which history could be rewritten."""
    with app.app_context():
        upgrade(db.engine)
        lacking = missing_triggers(db.engine, append_only_tables())
        if lacking:
            raise RuntimeError(f"数据库缺少只增保护：{'、'.join(lacking)}。请从备份恢复或联系管理员。")
