"""Headers on every answer, in one place."""

from __future__ import annotations

from flask import Flask, Response
from flask.sessions import SecureCookieSessionInterface, SessionMixin

POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "frame-ancestors 'none'",
        "base-uri 'none'",
    )
)


class Sessions(SecureCookieSessionInterface):
    """Flask's own, but for what any cache may keep for everybody: it carries no cookie, varies by none."""

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not response.cache_control.public:
            super().save_session(app, session, response)


def register(app: Flask, *, secure: bool) -> None:
    """Add the headers; a download is never shown as a page."""
    app.session_interface = Sessions()

    @app.after_request
    def add(response: Response) -> Response:
        headers = response.headers
        download = headers.get("Content-Disposition", "").startswith("attachment")
        headers["Content-Security-Policy"] = f"sandbox; {POLICY}" if download else POLICY
        headers["X-Content-Type-Options"] = "nosniff"
        headers["Referrer-Policy"] = "same-origin"
        headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()"
        headers["Cross-Origin-Opener-Policy"] = "same-origin"
        if download or "Cache-Control" not in headers:  # Flask gives every file "no-cache", which keeps it
            headers["Cache-Control"] = "no-store"
        if secure:
            headers["Strict-Transport-Security"] = "max-age=31536000"
        return response
