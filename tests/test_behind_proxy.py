"""Behind a reverse proxy: whose attempts the login brake counts, and which addresses people are given."""

from __future__ import annotations

import http.cookiejar
import re
import signal
import subprocess
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask, request

from tests.conftest import build_app, close

ROOT = Path(__file__).resolve().parent.parent
SERVE = """
from review_portal import create_app
from review_portal.factory import prepare_database
from review_portal.server import serve
app = create_app(instance={folder!r}, trusted_proxies={proxies}, public_url={url!r})
prepare_database(app)
serve(app, port=0, trusted_proxies={proxies})
"""
BEHIND = "https://review.example"  # what a portal behind a proxy must be told
LIMIT = 30  # attempts a minute from one address


@contextmanager
def portal(folder: Path, proxies: int) -> Iterator[str]:
    """The portal in a process of its own; gives its address."""
    code = SERVE.format(folder=str(folder), proxies=proxies, url=BEHIND if proxies else "")
    process = subprocess.Popen(
        [sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("门户已启动：").split(" ")[0]
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)


def visitor(address: str) -> Callable[[str], int]:
    """Somebody who tries the login page; each attempt says where it comes from and gets a status."""
    # the proxy in front would speak https; here its plain side is asked, with the very same cookies
    cookies = http.cookiejar.CookieJar(http.cookiejar.DefaultCookiePolicy(secure_protocols=("http", "https")))
    browser = urllib.request.build_opener(
        urllib.request.HTTPCookieProcessor(cookies), urllib.request.ProxyHandler({})
    )
    with browser.open(f"{address}/login") as page:
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.read().decode())
    assert token is not None
    body = urllib.parse.urlencode({"csrf_token": token[1], "login": "somebody", "password": ""}).encode()

    def attempt(said: str) -> int:
        asked = urllib.request.Request(f"{address}/login", body, {"X-Forwarded-For": said})
        try:
            with browser.open(asked) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as refused:
            with refused:
                return refused.code

    return attempt


def test_one_who_guesses_behind_the_proxy_holds_nobody_else_back(tmp_path: Path) -> None:
    with portal(tmp_path, proxies=1) as address:
        attempt = visitor(address)
        assert {attempt("203.0.113.1") for _ in range(LIMIT)} == {422}
        assert attempt("203.0.113.1") == 429
        assert attempt("198.51.100.7, 203.0.113.1") == 429  # what a visitor puts before the proxy's word
        assert attempt("203.0.113.2") == 422


def test_without_a_proxy_nobody_calls_himself_somebody_else(tmp_path: Path) -> None:
    with portal(tmp_path, proxies=0) as address:
        attempt = visitor(address)
        assert {attempt(f"203.0.113.{number}") for number in range(LIMIT)} == {422}
        assert attempt("203.0.113.200") == 429


def seen(app: Flask) -> tuple[str | None, str]:
    """The address and protocol that the application takes a forwarded request to have."""
    found: list[tuple[str | None, str]] = []
    app.before_request(lambda: found.append((request.remote_addr, request.scheme)))
    app.test_client().get(
        "/login", headers={"X-Forwarded-For": "198.51.100.7, 203.0.113.1", "X-Forwarded-Proto": "http, https"}
    )
    close(app)
    return found[0]


@pytest.mark.parametrize(
    ("proxies", "wanted"),
    [(0, ("127.0.0.1", "http")), (1, ("203.0.113.1", "https")), (2, ("198.51.100.7", "https"))],
)
def test_as_many_proxies_are_believed_as_the_setting_says(
    tmp_path: Path, proxies: int, wanted: tuple[str, str]
) -> None:
    url = BEHIND if proxies else ""
    app = build_app(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}", trusted_proxies=proxies, public_url=url)
    assert seen(app) == wanted


def test_host_is_the_one_that_was_asked_for_whatever_is_forwarded(tmp_path: Path) -> None:
    app = build_app(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}", trusted_proxies=1, public_url=BEHIND)
    hosts: list[str] = []
    app.before_request(lambda: hosts.append(request.host))
    app.test_client().get("/login", headers={"X-Forwarded-Host": "evil.example"})
    close(app)
    assert hosts == ["localhost"]


def test_cookies_behind_a_proxy_are_for_https_alone(tmp_path: Path) -> None:
    app = build_app(tmp_path, f"sqlite:///{tmp_path / 'portal.db'}", trusted_proxies=1, public_url=BEHIND)
    page = app.test_client().get("/login", headers={"X-Forwarded-Proto": "https"})
    close(app)
    cookies = [value.split("; ") for name, value in page.headers if name == "Set-Cookie"]
    assert [cookie[0].split("=")[0] for cookie in cookies] == ["__Host-portal"]
    assert {"Secure", "HttpOnly", "Path=/"} <= set(cookies[0])
