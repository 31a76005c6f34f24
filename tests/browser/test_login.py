"""The way in, as people meet it: by keyboard, on a phone, without scripts, in English, in the dark."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_portal.services import accounts
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, Open, Site, Watch, assert_accessible, assert_fits
from tests.factories import PASSWORD, inside

Shoot = Callable[[Page, str], Path]


def enter(page: Page, login: str, password: str) -> None:
    """Fill in the login page and send it."""
    page.goto("/login")
    page.get_by_label("账号").fill(login)
    page.get_by_label("密码").fill(password)
    page.get_by_role("button", name="登录").click()


@pytest.mark.parametrize(("size", "name"), [(DESKTOP, "login"), (PHONE, "login-phone")])
def test_login_page_is_accessible_and_fits(
    browse: Open, shoot: Shoot, size: tuple[int, int], name: str
) -> None:
    page = browse(size=size)
    page.goto("/login")
    expect(page.get_by_role("heading", level=1)).to_have_text("专家评审系统")
    assert_accessible(page)
    assert_fits(page)
    assert shoot(page, name).exists()


def test_login_page_is_accessible_in_the_dark(browse: Open, shoot: Shoot) -> None:
    page = browse(color_scheme="dark")
    page.goto("/login")
    assert_accessible(page)
    assert shoot(page, "login-dark").exists()


def test_newcomer_chooses_a_password_and_lands_on_the_desk(site: Site, page: Page, shoot: Shoot) -> None:
    administrator, _officer = inside(site.app, accounts.bootstrap)
    enter(page, administrator.login, administrator.password)
    expect(page).to_have_url(f"{site.url}/password")
    assert_accessible(page)
    assert shoot(page, "first-password").exists()
    page.get_by_label("当前密码").fill(administrator.password)
    page.get_by_label("新密码", exact=True).fill(PASSWORD)
    page.get_by_label("再次输入新密码").fill(PASSWORD)
    page.get_by_role("button", name="保存密码").click()
    expect(page.get_by_text("密码已修改。")).to_be_visible()
    assert_accessible(page)
    page.get_by_role("button", name="退出").click()
    expect(page).to_have_url(f"{site.url}/login")


def test_keyboard_alone_gets_in(site: Site, page: Page) -> None:
    officer = factories.office(site.app).officer
    page.goto("/login")
    page.get_by_label("账号").focus()
    page.keyboard.type(officer.login)
    page.keyboard.press("Tab")
    page.keyboard.type(officer.password)
    page.keyboard.press("Enter")
    expect(page).not_to_have_url(f"{site.url}/login")


def test_first_tab_stop_leads_past_the_bar(page: Page) -> None:
    page.goto("/login")
    page.keyboard.press("Tab")
    expect(page.locator(":focus")).to_have_text("跳到正文")


def test_wrong_password_stands_at_its_field_and_in_a_summary(page: Page, shoot: Shoot) -> None:
    enter(page, "nobody", "wrong")
    expect(page.get_by_label("密码")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("账号")).to_have_value("nobody")
    expect(page.get_by_role("link", name="账号或密码不正确")).to_be_visible()
    assert_accessible(page)
    assert shoot(page, "login-wrong").exists()


def test_login_works_without_scripts(site: Site, browse: Open) -> None:
    officer = factories.office(site.app).officer
    page = browse(java_script_enabled=False)
    enter(page, officer.login, officer.password)
    expect(page.get_by_role("button", name="退出")).to_be_visible()


def test_language_switch_shows_english(page: Page) -> None:
    page.goto("/login")
    page.get_by_role("button", name="English").click()
    expect(page.locator("html")).to_have_attribute("lang", "en")
    page.get_by_role("button", name="中文").click()
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")


def test_page_that_does_not_exist_offers_the_way_back(page: Page, shoot: Shoot) -> None:
    page.goto("/nothing-here")
    expect(page.get_by_role("link", name="返回首页")).to_be_visible()
    assert_accessible(page)
    assert shoot(page, "not-found").exists()


def test_inline_style_is_refused_and_noticed(page: Page, watch: Watch) -> None:
    page.goto("/login")
    page.evaluate("document.body.setAttribute('style', 'color: red')")
    expect(page.locator("body")).not_to_have_css("color", "rgb(255, 0, 0)")
    page.wait_for_function("document.readyState === 'complete'")
    assert any("style-src" in fault for fault in watch.faults)
    watch.faults.clear()
