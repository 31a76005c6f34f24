"""Typing a paper sheet as a clerk does: by keyboard alone, the scan beside, on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import factories_papers as build
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.factories import Credential
from tests.factories_papers import Papers
from tests.factories_reviews import OPINION, REASON, rubric_of


@pytest.fixture
def made(site: Site) -> Papers:
    return build.sealed(site.app)


def enter(page: Page, who: Credential, address: str) -> None:
    """Log in and come to the sheet, with its scripts at work."""
    page.goto(address)
    page.get_by_label("账号").fill(who.login)
    page.get_by_label("密码").fill(who.password)
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#entry-form")).to_be_visible()
    page.wait_for_load_state()


def test_whole_paper_sheet_by_keyboard_alone(
    browse: Open, site: Site, made: Papers, shoot: Callable[..., Path]
) -> None:
    with site.app.app_context():
        build.enter(made, made.checking)
        typed, rubric = build.sheet(made), rubric_of(made.scene)
    page = browse(size=(1440, 900))
    enter(page, made.counting, f"/transcription/{made.first}")
    assert_accessible(page)
    expect(page.locator(f"#points\\.{rubric.items[0].key.replace('.', chr(92) + '.')}")).to_be_focused()
    for item in rubric.items:
        page.keyboard.type(f"{typed.points[item.key].normalize():f}")
        page.keyboard.press("Enter")
        page.keyboard.type(REASON)
        page.keyboard.press("Enter")
    page.keyboard.type(OPINION)
    page.keyboard.press("Enter")
    expect(page.locator("#total")).to_be_focused()
    page.keyboard.type("1")
    expect(page.locator("#match")).to_have_text("与纸质表合计不符")
    page.keyboard.press("Backspace")
    page.keyboard.type(f"{sum(typed.points.values()).normalize():f}")
    expect(page.locator("#match")).to_have_text("与纸质表合计一致")
    shoot(page, "transcription-1440", full_page=False)
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(page.get_by_text("两人录入一致，评分表已提交封存")).to_be_visible()
    assert_accessible(page)
    shoot(page, "transcription-list-1440")


def test_differing_cells_on_a_phone(
    browse: Open, site: Site, made: Papers, shoot: Callable[..., Path]
) -> None:
    with site.app.app_context():
        build.enter(made, made.checking)
        build.enter(made, made.counting, build.sheet(made, C1_1="2.5"))
    page = browse(size=PHONE)
    enter(page, made.counting, f"/transcription/{made.first}")
    expect(page.get_by_text("与另一遍不一致，请对照纸质表").first).to_be_visible()
    assert_fits(page)
    assert_accessible(page)
    shoot(page, "transcription-390")
    page.get_by_role("tab", name="扫描件").click()
    expect(page.locator("figure img")).to_be_visible()
    shoot(page, "transcription-scan-390", full_page=False)
