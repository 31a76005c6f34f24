"""Scoring as experts meet it: on a phone, by keyboard, on a bad line, in two windows, in the dark."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
import sqlalchemy as sa
from playwright.sync_api import Page, Route, expect

from review_portal.db import transaction
from review_portal.models.accounts import LoginSession
from tests import factories_reviews as build
from tests import form_documents
from tests.browser.conftest import DESKTOP, PHONE, Open, Site, Watch, assert_accessible, assert_fits
from tests.factories_reviews import OPINION, REASON, Scene

WECHAT = (
    "Mozilla/5.0 (Linux; Android 13; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/116.0.0.0 Mobile Safari/537.36 MicroMessenger/8.0.44 NetType/WIFI Language/zh_CN"
)
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
    """Log in (no address: its page is open) and come to the sheet, scripts at work unless held back."""
    if address:
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
    expect(page.get_by_role("heading", level=1)).to_have_text("核对后提交")
    expect(page.get_by_role("row", name="合计")).to_contain_text("83.00")
    assert_accessible(page)
    page.get_by_role("button", name="确认提交").first.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("提交回执")
    assert_accessible(page)
    page.get_by_role("link", name="核对这份回执").click()
    expect(page.get_by_role("heading", name="一致", exact=True)).to_be_visible()
    assert_accessible(page)


def test_phone_in_an_in_app_browser_has_two_tabs_and_loses_nothing_between_them(
    browse: Open, login: tuple[str, str], address: str
) -> None:
    page = browse(size=PHONE, user_agent=WECHAT, has_touch=True, is_mobile=True)
    enter(page, login, address)
    assert_fits(page)
    assert_accessible(page)
    page.locator("#points\\.C1\\.1").fill("8")
    page.locator("#i-C1\\.1").get_by_role("link", name="平台任务概述").tap()
    expect(page.locator("#d-platform-overview")).to_be_in_viewport()
    expect(page.locator("#d-platform-overview + p")).to_have_class("hit")
    page.get_by_role("tab", name="评分").tap()
    expect(page.locator("#points\\.C1\\.1")).to_have_value("8")
    page.locator("#i-C3\\.4").scroll_into_view_if_needed()
    page.get_by_role("tab", name="材料").tap()
    expect(page.locator("#d-platform-overview")).to_be_in_viewport()
    page.get_by_role("tab", name="评分").tap()
    expect(page.locator("#i-C3\\.4")).to_be_in_viewport()
    expect(page.locator("#saved")).to_have_text(SAVED)
    page.get_by_role("button", name="提交评分").tap()
    page.get_by_role("link", name="尚未评分，请填写0至12分").first.tap()
    expect(page.locator("#points\\.C1\\.2")).to_be_in_viewport()
    assert_fits(page)


def test_level_is_marked_and_a_reason_asked_for_but_no_number_filled_in(
    browse: Open, login: tuple[str, str], address: str
) -> None:
    page = browse()
    enter(page, login, address)
    item = page.locator("#i-C1\\.1")
    expect(item.locator("input")).to_have_value("")
    item.locator(".levels li").first.click()
    item.locator("input").press("ArrowDown")
    expect(item.locator("input")).to_have_value("")
    item.locator("input").fill("11")
    item.locator("input").blur()
    expect(item.get_by_text("请填0至10的数字，按0.5分递进")).to_be_visible()
    item.locator("input").press("ArrowDown")  # by the step, and not beyond what the item has
    expect(item.locator("input")).to_have_value("10.0")
    item.locator("input").fill("８。５")  # as a Chinese keyboard writes it
    expect(page.locator("#sum")).to_have_text("8.5")
    expect(item.locator("[aria-current]")).to_contain_text("良好")
    item.locator("input").fill("3")
    expect(item.get_by_text("请填0至10的数字，按0.5分递进")).to_be_hidden()
    expect(item.locator("[aria-current]")).to_contain_text("较差")
    expect(item.get_by_role("textbox", name="评分理由 必填")).to_be_visible()
    for key, most in (("C1\\.1", "10"), ("C1\\.2", "12"), ("C1\\.3", "8"), ("C1\\.4", "10")):
        page.locator(f"#points\\.{key}").fill(most)
    reason = page.locator("#i-C1\\.4").get_by_role("textbox", name="各项均为满分，须写明理由")
    expect(reason).to_be_visible()  # at the item that made the criterion full
    expect(page.get_by_role("link", name="1项须写理由")).to_be_visible()
    reason.fill(REASON)
    expect(page.locator("#why-hint")).to_be_hidden()


def test_lost_line_keeps_the_text_through_a_crash_and_saves_when_it_is_back(
    browse: Open, login: tuple[str, str], address: str, watch: Watch
) -> None:
    page = browse()
    enter(page, login, address)
    page.context.set_offline(True)
    page.locator("#opinion").fill("断线时写下的意见。")
    expect(page.locator("#saved")).to_have_text("连接中断，内容保留在本机，恢复后自动暂存")
    kept = page.evaluate("JSON.stringify(localStorage)")
    assert ("keep:" in kept, "断线" in kept) == (True, False)
    page.close()  # as if the browser had been killed
    again = page.context.new_page()
    page.context.set_offline(False)
    again.goto(address)
    expect(again.locator("#opinion")).to_have_value("")
    expect(again.get_by_role("cell", name="断线时写下的意见。")).to_be_visible()
    assert_accessible(again)
    again.get_by_role("button", name="恢复本机未暂存的内容").click()
    expect(again.locator("#saved")).to_have_text(SAVED)
    assert again.evaluate("localStorage.length") == 0
    again.context.set_offline(True)
    again.locator("#opinion").fill("断线时写下的意见，又改过。")
    expect(again.locator("#saved")).to_have_text("连接中断，内容保留在本机，恢复后自动暂存")
    again.context.set_offline(False)
    expect(again.locator("#saved")).to_have_text(SAVED)
    allow(watch, "ERR_INTERNET_DISCONNECTED")
    again.reload()
    expect(again.locator("#opinion")).to_have_value("断线时写下的意见，又改过。")


def test_login_in_another_window_after_an_idle_logout_saves_what_was_typed_meanwhile(
    site: Site, browse: Open, login: tuple[str, str], address: str, watch: Watch
) -> None:
    page = browse()
    enter(page, login, address)
    with site.app.app_context(), transaction() as session:
        for row in session.scalars(sa.select(LoginSession)):
            row.last_seen_at -= timedelta(minutes=481)
    page.locator("#opinion").fill("登录超时之后写的意见。")
    with page.expect_popup() as opened:
        page.get_by_role("link", name="在新窗口登录").click()
    enter(opened.value, login, "")
    opened.value.close()
    page.evaluate("dispatchEvent(new Event('focus'))")
    expect(page.locator("#saved")).to_have_text(SAVED)
    allow(watch, "401")
    page.reload()
    expect(page.locator("#opinion")).to_have_value("登录超时之后写的意见。")


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


def test_second_window_is_told_and_both_texts_are_offered_on_the_page(
    browse: Open, login: tuple[str, str], address: str, watch: Watch
) -> None:
    page = browse()
    enter(page, login, address)
    other = page.context.new_page()
    other.goto(page.url)
    other.locator("#opinion").fill("另一窗口的意见。")
    expect(other.locator("#saved")).to_have_text(SAVED)
    page.locator("#opinion").fill("本窗口的意见。")
    expect(page.locator("#saved")).to_have_text("另一窗口或设备暂存过，请选择保留哪一份")
    allow(watch, "409")
    expect(page.locator(".versions td")).to_have_text(["本窗口的意见。", "另一窗口的意见。"])
    assert_accessible(page)
    page.get_by_role("button", name="保留本页").click()
    expect(page.locator("#saved")).to_have_text(SAVED)
    other.evaluate("dispatchEvent(new Event('focus'))")  # comes back to view, nothing typed since
    expect(other.locator(".versions td")).to_have_text(["另一窗口的意见。", "本窗口的意见。"])
    other.get_by_role("button", name="改用另一处").click()
    expect(other.locator("#opinion")).to_have_value("本窗口的意见。")
    expect(other.locator("#saved")).to_have_text(SAVED)


def test_sheet_is_accessible_in_the_dark(browse: Open, login: tuple[str, str], address: str) -> None:
    page = browse(color_scheme="dark")
    enter(page, login, address)
    assert_accessible(page)
