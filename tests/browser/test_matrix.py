"""A whole panel on one page: by arrow keys alone, on a phone, on a bad line, beside another window."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.browser.conftest import DESKTOP, PHONE, Open, Site, Watch, assert_accessible, assert_fits
from tests.factories_reviews import OPINION, REASON, Scene

SAMPLES = (form_documents.SAMPLES[0], form_documents.SAMPLES[3])
NAME = "甲示例"
SAVED = re.compile(r"^已暂存 \d\d:\d\d:\d\d$")
OTHER = "另一窗口已暂存过，请按“暂存”选择保留哪一份"
POINTS = ("8", "10", "7", "8", "7.5", "7.5", "5", "7", "2.5", "7.5", "7", "4", "2")  # no reason demanded


@pytest.fixture
def scene(site: Site) -> Scene:
    return build.scoring(site.app, samples=SAMPLES)


@pytest.fixture
def sheets(site: Site, scene: Scene) -> list[str]:
    """The expert's sheets, declared for, in reading order."""
    with site.app.app_context():
        for sample in SAMPLES:
            scene.ready(NAME, sample)
        return [row.review for row in build.worklist(scene.expert(NAME))[0].rows]


@pytest.fixture
def enter(site: Site, scene: Scene, sheets: list[str]) -> Callable[[Page], None]:
    credential = scene.credential(site.app, NAME)

    def log_in(page: Page) -> None:
        page.goto(f"/expert/rounds/{scene.round}/matrix")
        page.get_by_label("账号").fill(credential.login)
        page.get_by_label("密码").fill(credential.password)
        page.get_by_role("button", name="登录").click()
        expect(page.locator("#matrix-form")).to_be_visible()
        page.wait_for_load_state()  # modules have run by then

    return log_in


def row(page: Page, review: str) -> Locator:
    return page.locator(f"#row-{review}")


def saved(page: Page, review: str) -> Locator:
    return row(page, review).locator("[data-saved]")


def focused(page: Page) -> str:
    return str(page.evaluate("document.activeElement.id"))


def test_panel_by_arrow_keys_alone(
    browse: Open, enter: Callable[[Page], None], sheets: list[str], shoot: Callable[..., Path]
) -> None:
    first, second = sheets
    page = browse(size=(1440, 900))
    enter(page)
    page.locator(f"[id='{first}.points.C1.1']").focus()
    for points in POINTS:  # down, back up, on to the right: both dossiers item by item
        page.keyboard.type(points)
        page.keyboard.press("Enter")
        assert focused(page).startswith(second)
        page.keyboard.type(points)
        page.keyboard.press("ArrowUp")
        page.keyboard.press("ArrowRight")
    for review in sheets:
        expect(row(page, review).locator("[data-total]")).to_have_text("83.0")
        expect(row(page, review).locator("[data-missing]")).to_have_text("还缺1处")
    page.keyboard.press("ArrowLeft")
    page.keyboard.type("0.5")  # C3.3 of the first: poor, so a reason is asked for where one is
    expect(row(page, first).locator("[data-missing]")).to_have_text("还缺2处")
    expect(page.locator(".mx-item:visible [aria-current]")).to_contain_text("较差")
    shoot(page, "matrix_1440", full_page=False)
    assert_accessible(page)
    page.keyboard.press("F2")
    page.keyboard.type(REASON)
    page.keyboard.press("Tab")
    page.keyboard.type(OPINION)
    expect(row(page, first).locator("[data-missing]")).to_have_text("可提交")
    page.keyboard.press("Escape")
    assert focused(page) == f"{first}.points.C3.3"
    for review in sheets:
        expect(saved(page, review)).to_have_text(SAVED)
    row(page, first).get_by_role("link", name="去提交").click()
    expect(page.locator("[id='points.C3.3']")).to_have_value("0.5")
    expect(page.locator("#opinion")).to_have_value(OPINION)


def test_phone_has_one_dossier_a_card_with_the_levels_at_the_field(
    browse: Open, enter: Callable[[Page], None], sheets: list[str], shoot: Callable[..., Path]
) -> None:
    page = browse(size=PHONE)
    enter(page)
    cell = page.locator(f"[id='{sheets[1]}.points.C1.1']")
    cell.fill("3")
    expect(row(page, sheets[1]).locator(".mx-item [aria-current]")).to_contain_text("较差")
    row(page, sheets[1]).get_by_label("总体意见").fill(OPINION)
    expect(saved(page, sheets[1])).to_have_text(SAVED)
    assert_fits(page)
    assert_accessible(page)
    shoot(page, "matrix_390")
    page.reload()
    expect(cell).to_have_value("3")
    expect(row(page, sheets[1]).get_by_label("总体意见")).to_have_value(OPINION)


def test_lost_line_and_other_window_are_told_row_by_row(
    browse: Open,
    site: Site,
    scene: Scene,
    enter: Callable[[Page], None],
    sheets: list[str],
    watch: Watch,
    shoot: Callable[..., Path],
) -> None:
    first, second = sheets
    page = browse(size=DESKTOP)
    enter(page)
    page.context.set_offline(True)
    page.locator(f"[id='{first}.points.C1.1']").fill("8")
    expect(saved(page, first)).to_have_text("连接中断，内容保留在本页，恢复后自动暂存")
    with site.app.app_context():  # meanwhile the sheet's own page in another window
        elsewhere = {"points": {"C1.1": "6"}, "opinion": "另一窗口的意见。"}
        reviews.save_draft(scene.expert(NAME), review=second, content=elsewhere, base_version=0)
    page.locator(f"[id='{second}.points.C1.1']").fill("9")
    page.context.set_offline(False)
    expect(saved(page, first)).to_have_text(SAVED, timeout=15_000)
    expect(saved(page, second)).to_have_text(OTHER)
    page.get_by_role("button", name="暂存").click()
    number = row(page, second).get_by_role("rowheader").get_by_role("link").inner_text()
    expect(page.get_by_role("alert")).to_contain_text(f"{number}　另一窗口或设备已暂存过")
    card = page.locator(f".mx-row[data-row='{second}']")
    expect(card.locator(".kept")).to_have_text(["9", "6", "—", "另一窗口的意见。"])
    shoot(page, "matrix_conflict", full_page=False)
    assert_accessible(page)
    card.get_by_label("保留我填写的内容").check()
    page.get_by_role("button", name="暂存").click()
    expect(page.locator(f"[id='{second}.points.C1.1']")).to_have_value("9")
    expect(saved(page, second)).to_have_text(SAVED)
    expect(page.locator(f"[id='{first}.points.C1.1']")).to_have_value("8")
    watch.faults[:] = [
        fault for fault in watch.faults if "ERR_INTERNET_DISCONNECTED" not in fault and "409" not in fault
    ]
