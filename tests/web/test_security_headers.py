"""Headers that every answer carries."""

from __future__ import annotations

import re
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, send_file
from flask.typing import ResponseReturnValue

from review_portal.domain.policy import Permission
from review_portal.web.access import Desk
from tests.conftest import build_app, close
from tests.engines import on_sqlite
from tests.visitor import Visitor

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
ANSWERS = ["/login", "/", "/nothing-here", "/static/portal.css", "/download"]
pytestmark = on_sqlite


@pytest.fixture
def site(app: Flask) -> Visitor:
    """The portal and one download."""
    desk = Desk("example", __name__)

    @desk.page("/download", permission=Permission.PUBLIC)
    def download() -> ResponseReturnValue:
        return send_file(BytesIO(b"example"), as_attachment=True, download_name="示例.docx")

    app.register_blueprint(desk)
    return Visitor(app)


@pytest.fixture
def secure(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The portal as it is served over https."""
    made = build_app(tmp_path, database_url, public_url="https://review.example.org")
    yield made
    close(made)


@pytest.mark.parametrize("path", ANSWERS)
def test_every_answer_carries_the_headers(site: Visitor, path: str) -> None:
    headers = site.get(path, follow=False).response.headers
    named = ("X-Content-Type-Options", "Referrer-Policy", "Permissions-Policy", "Cross-Origin-Opener-Policy")
    assert [headers[name] for name in named] == [
        "nosniff",
        "same-origin",
        "camera=(), geolocation=(), microphone=()",
        "same-origin",
    ]


@pytest.mark.parametrize("path", [path for path in ANSWERS if path != "/download"])
def test_pages_may_load_from_this_site_only(site: Visitor, path: str) -> None:
    assert site.get(path, follow=False).response.headers["Content-Security-Policy"] == CSP


def test_download_is_sandboxed_and_never_shown(site: Visitor) -> None:
    headers = site.get("/download").response.headers
    assert headers["Content-Security-Policy"] == f"sandbox; {CSP}"
    assert headers["Content-Disposition"].startswith("attachment")


@pytest.mark.parametrize("path", ["/login", "/", "/download"])
def test_pages_and_downloads_are_not_kept_by_browsers(site: Visitor, path: str) -> None:
    assert "no-store" in site.get(path, follow=False).response.headers["Cache-Control"]


def test_refusals_carry_the_headers(site: Visitor) -> None:
    page = site.post("/language", token="forged")
    assert (page.status, page.response.headers["Content-Security-Policy"]) == (400, CSP)


def test_https_is_remembered_by_browsers(secure: Flask) -> None:
    headers = Visitor(secure).get("/login").response.headers
    assert headers["Strict-Transport-Security"] == "max-age=31536000"


def test_http_on_loopback_promises_no_https(site: Visitor) -> None:
    assert "Strict-Transport-Security" not in site.get("/login").response.headers


def test_cookie_over_https_is_bound_to_the_host(secure: Flask) -> None:
    response = secure.test_client().get("/login", base_url="https://review.example.org")
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("__Host-portal=")
    flags = set(cookie.split("; ")[1:])
    assert {"Secure", "HttpOnly", "Path=/", "SameSite=Lax"} <= flags
    assert not any(flag.startswith("Domain") for flag in flags)


def test_pages_name_no_other_site(site: Visitor) -> None:
    page = site.get("/login")
    named = page.doc.xpath("//@src | //link/@href | //@action")
    assert [found for found in named if re.match(r"(https?:)?//", found)] == []
