"""Scoring as experts meet it: on a phone, by keyboard, on a bad line, in two windows, in the dark."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect

from tests import factories_reviews as build
from tests import form_documents
from tests.browser.conftest import DESKTOP, PHONE, Open, Site, Watch, assert_accessible, assert_fits
from tests.factories_reviews import OPINION, Scene

SAMPLE = form_documents.SAMPLES[0]
SAVED = re.compile(r"^已暂存 \d\d:\d\d:\d\d$")
POINTS = ("8", "10", "7", "8", "7.5", "7.5", "5", "7", "2.5", "7.5", "7", "4", "2")  # no reason demanded


@pytest.fixture
def scene(site: Site) -> Scene:
    return build.scoring(site.app)


@pytest.fixture
def address(site: Site, scene: Scene) -> str:
    with site.app.app_context():
        _viewer, review = scene.ready("甲示例", SAMPLE)
    return f"/expert/reviews/{review}"


@pytest.fixture
def login(site: Site, scene: Scene) -> tuple[str, str]:
    credential = scene.credential(site.app, "甲示例")
    return credential.login, credential.password


def enter(page: Page, login: tuple[str, str], address: str, *, scripts: bool = True) -> None:
    """Log in and come to the sheet, with its scripts at work unless they are held back."""
    page.goto(address)
    page.get_by_label("账号").fill(login[0])
    page.get_by_label("密码").fill(login[1])
    page.get_by_role("button", name="登录").click()
    expect(page.locator("#score-form")).to_be_visible()
    if scripts:
        page.wait_for_load_state()  # modules have run by then


def allow(watch: Watch, *words: str) -> None:
    """Take complaints that belong to the test out of the watch's list."""
    watch.faults[:] = [fault for fault in watch.faults if not any(word in fault for word in words)]


def test_whole_sheet_by_keyboard_alone(browse: Open, login: tuple[str, str], address: str) -> None:
    page = browse(size=DESKTOP)
    enter(page, login, address)
    assert_accessible(page)
    page.locator("#points\\.C1\\.1").focus()
    for points in POINTS:
        page.keyboard.type(points)
        page.keyboard.press("Enter")
    expect(page.locator("#sum")).to_have_text("83.0")
    expect(page.locator("#done")).to_have_text("13／13")
    page.locator("#opinion").focus()
    page.keyboard.type(OPINION)
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.get_by_role("button", name="提交评分").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("提交回执")
    assert_accessible(page)


def test_phone_has_two_tabs_and_loses_nothing_between_them(
    browse: Open, login: tuple[str, str], address: str
) -> None:
    page = browse(size=PHONE)
    enter(page, login, address)
    assert_fits(page)
    assert_accessible(page)
    page.locator("#points\\.C1\\.1").fill("8")
    page.locator("#i-C1\\.1").get_by_role("link", name="平台任务概述").click()
    expect(page.locator("#d-platform-overview")).to_be_in_viewport()
    expect(page.locator("#d-platform-overview + p")).to_have_class("hit")
    page.get_by_role("tab", name="评分").click()
    expect(page.locator("#points\\.C1\\.1")).to_have_value("8")
    expect(page.locator("#saved")).to_have_text(SAVED)


def test_level_is_marked_and_a_reason_asked_for_but_no_number_filled_in(
    browse: Open, login: tuple[str, str], address: str
) -> None:
    page = browse()
    enter(page, login, address)
    item = page.locator("#i-C1\\.1")
    expect(item.locator("input")).to_have_value("")
    item.locator(".levels li").first.click()
    expect(item.locator("input")).to_have_value("")
    item.locator("input").fill("3")
    expect(item.locator("[aria-current]")).to_contain_text("较差")
    expect(item.get_by_role("textbox", name="评分理由 必填")).to_be_visible()


def test_lost_line_keeps_the_text_and_saves_when_it_is_back(
    browse: Open, login: tuple[str, str], address: str, watch: Watch
) -> None:
    page = browse()
    enter(page, login, address)
    page.context.set_offline(True)
    page.locator("#opinion").fill("断线时写下的意见。")
    expect(page.locator("#saved")).to_have_text("连接中断，内容保留在本页，恢复后自动暂存")
    page.context.set_offline(False)
    expect(page.locator("#saved")).to_have_text(SAVED, timeout=15_000)
    allow(watch, "ERR_INTERNET_DISCONNECTED")
    page.reload()
    expect(page.locator("#opinion")).to_have_value("断线时写下的意见。")


def test_what_is_typed_before_the_scripts_arrive_is_saved(
    browse: Open, login: tuple[str, str], address: str
) -> None:
    page = browse()
    held: list[Route] = []
    # a slow line: the sheet stands, its script is still on the way
    page.route("**/score.js*", lambda route: held.append(route), times=1)
    enter(page, login, address, scripts=False)
    page.locator("#points\\.C1\\.1").fill("8")
    page.locator("#opinion").fill("脚本到达之前写下的意见。")
    held.pop().continue_()
    expect(page.locator("#saved")).to_have_text(SAVED)
    expect(page.locator("#sum")).to_have_text("8.0")
    page.reload()
    expect(page.locator("#opinion")).to_have_value("脚本到达之前写下的意见。")


def test_second_window_is_told_and_both_texts_are_offered(
    browse: Open, login: tuple[str, str], address: str, watch: Watch
) -> None:
    page = browse()
    enter(page, login, address)
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#opinion").fill("另一窗口的意见。")
    expect(other.locator("#saved")).to_have_text(SAVED)
    page.locator("#opinion").fill("本窗口的意见。")
    expect(page.locator("#saved")).to_have_text("另一窗口已暂存过，请按“暂存”选择保留哪一份")
    page.get_by_role("button", name="暂存").click()
    expect(page.locator(".kept")).to_have_text(["本窗口的意见。", "另一窗口的意见。"])
    allow(watch, "409")
    page.get_by_role("button", name="保留我填写的内容").click()
    expect(page.locator("#opinion")).to_have_value("本窗口的意见。")


def test_sheet_is_accessible_in_the_dark(browse: Open, login: tuple[str, str], address: str) -> None:
    page = browse(color_scheme="dark")
    enter(page, login, address)
    assert_accessible(page)
