"""A real portal on a loopback port and the system's Chromium in front of it.

Every page is watched: a violation of the content security policy, an error in a script or on the console
fails the test in which it happened.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from flask import Flask
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright
from werkzeug.serving import WSGIRequestHandler, make_server

from tests.conftest import build_app, close, unavailable

CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
]
DESKTOP, PHONE = (1280, 900), (390, 844)
GRAVE = ("serious", "critical")
WATCH = """
addEventListener("securitypolicyviolation", event => report(
    `${event.violatedDirective} refused ${event.blockedURI} at ${event.sourceFile}:${event.lineNumber}`))
"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what is in this folder, so that `-m "not browser"` leaves it out."""
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("browser")


class Quiet(WSGIRequestHandler):
    """Serves without a line per request."""

    def log_request(self, *_given: Any) -> None:
        """Say nothing."""


@dataclass
class Site:
    """A served portal."""

    app: Flask
    url: str


@pytest.fixture
def site(sqlite_template: Path, tmp_path: Path) -> Iterator[Site]:
    """The portal on a free port of this machine, with an empty database."""
    shutil.copy(sqlite_template, tmp_path / "portal.db")
    app = build_app(tmp_path, "", styleguide=True)
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Quiet)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield Site(app, f"http://127.0.0.1:{server.server_port}")
    server.shutdown()
    thread.join()
    server.server_close()
    close(app)


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for the run; every test gets a context of its own."""
    path = next((found for name in CHROMIUM if (found := shutil.which(name))), None)
    if path is None:
        unavailable("没有 Chromium，不能在浏览器中测试：apt-get install chromium fonts-wqy-microhei。")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@dataclass
class Watch:
    """What went wrong on the watched pages."""

    faults: list[str] = field(default_factory=list)

    def console(self, message: ConsoleMessage) -> None:
        """Keep errors; that a page itself answers 404 or 422 is what the test looks at."""
        page_itself = message.page is not None and message.location.get("url") == message.page.url
        if message.type == "error" and not (
            page_itself and message.text.startswith("Failed to load resource")
        ):
            self.faults.append(message.text)

    def over(self, page: Page) -> None:
        """Watch a page before it loads anything."""
        page.expose_function("report", lambda text: self.faults.append(text))
        page.add_init_script(WATCH)
        page.on("console", self.console)
        page.on("pageerror", lambda error: self.faults.append(str(error)))


Open = Callable[..., Page]


@pytest.fixture
def watch() -> Watch:
    """What this test's pages complained about."""
    return Watch()


@pytest.fixture
def browse(chromium: Browser, site: Site, watch: Watch) -> Iterator[Open]:
    """Opens a page: `browse()`, `browse(size=PHONE)`, `browse(java_script_enabled=False)`."""
    contexts: list[BrowserContext] = []

    def open_page(size: tuple[int, int] = DESKTOP, **options: Any) -> Page:
        context = chromium.new_context(
            base_url=site.url,
            viewport={"width": size[0], "height": size[1]},
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
            **options,
        )
        contexts.append(context)
        page = context.new_page()
        watch.over(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert watch.faults == []


@pytest.fixture
def page(browse: Open) -> Page:
    """A watched page at desktop size."""
    return browse()


def assert_accessible(page: Page) -> None:
    """Fail on what axe calls serious or critical; the message names rule and elements."""
    found = Axe().run(page).response["violations"]
    grave = {
        rule["id"]: [node["html"] for node in rule["nodes"]] for rule in found if rule["impact"] in GRAVE
    }
    assert grave == {}


def assert_fits(page: Page) -> None:
    """Fail when the page is wider than its window: tables scroll inside themselves, the page never does."""
    wide, window = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= window


@pytest.fixture
def shoot(tmp_path: Path) -> Callable[..., Path]:
    """Photographs a page, or one screen of it, into PORTAL_SCREENSHOTS or into a folder of its own."""
    folder = Path(os.environ.get("PORTAL_SCREENSHOTS") or tmp_path / "screenshots")

    def take(page: Page, name: str, *, full_page: bool = True) -> Path:
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{name}.png"
        page.screenshot(path=path, full_page=full_page)
        return path

    return take
