"""The defense as it is held: one leads, projector and experts' pages follow, nothing typed is lost."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_portal.services import defenses, reviews, worklist
from tests import defense_round, factories
from tests.browser.conftest import PHONE, Open, Site, Watch, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.defense_round import Defense
from tests.factories import Credential

Shoot = Callable[..., Path]
PROJECTOR = (1920, 1080)
TYPED = "问答切题，数据与申报书一致。"


def look(page: Page, shoot: Shoot, name: str) -> None:
    """The page is accessible, fits and has its picture."""
    assert_accessible(page)
    assert_fits(page)
    assert shoot(page, name, full_page=False).exists()


def sheet_of(site: Site, made: Defense, expert: Credential, number: str) -> str:
    """The expert has signed and declared; the address of the sheet of one unit."""
    viewer = expert.viewer(site.app)

    def ready() -> str:
        reviews.sign_pledge(viewer, round_=made.round_)
        (row,) = [row for row in worklist.worklist(viewer)[0].rows if row.number == number]
        reviews.declare(viewer, dossier=row.dossier, answer="clear", reason="")
        return f"/expert/reviews/{row.review}"

    return factories.inside(site.app, ready)


def press(page: Page, *names: str) -> None:
    for name in names:
        page.get_by_role("button", name=name).click()


def signed_in(browse: Open, who: Credential, size: tuple[int, int] = (1440, 900)) -> Page:
    page = browse(size=size)
    enter(page, who.login, who.password)
    return page


def test_secretary_leads_and_screen_and_sheets_follow(site: Site, browse: Open, shoot: Shoot) -> None:
    made = defense_round.opened(site.app, readable=True)
    address = sheet_of(site, made, made.expert, "2023-001")
    officer = signed_in(browse, made.office.officer)
    screen = signed_in(browse, made.office.second_officer, PROJECTOR)
    expert = signed_in(browse, made.expert)
    phone = signed_in(browse, made.chair, PHONE)
    screen.goto(f"/room/{made.round_}")
    phone.goto("/expert/")
    expert.goto(address)
    strip = expert.get_by_role("region", name="答辩现场")
    expect(strip).to_contain_text("等候下一家入场")
    expert.locator("#opinion").fill(TYPED)
    officer.goto(f"/defense/{made.round_}/control")
    press(officer, "请进场", "开始汇报")
    expect(screen.get_by_role("heading", level=1)).to_have_text("重庆示例绿能科技有限公司")
    expect(screen.get_by_text("汇报", exact=True)).to_be_visible()
    expect(strip).to_contain_text("第1家 本页单位")
    look(officer, shoot, "defense-control")
    look(screen, shoot, "defense-screen-presenting")
    look(expert, shoot, "defense-sheet-strip")
    look(phone, shoot, "defense-worklist-phone")
    press(officer, "结束汇报", "开始提问", "本家结束", "请下一家进场")
    expect(strip).to_contain_text("本家（2023-003）与您有回避情形，请离场，本家结束后返回。")
    expect(screen.get_by_text("请相关专家离场")).to_be_visible()
    expect(expert.locator("#opinion")).to_have_value(TYPED)
    expect(expert).to_have_url(f"{site.url}{address}")
    expect(screen.locator("body")).not_to_contain_text("示例专家")
    look(screen, shoot, "defense-screen-leave")
    look(expert, shoot, "defense-sheet-leave")


def test_second_controller_is_told_and_lost_line_is_said(
    site: Site, browse: Open, watch: Watch, shoot: Shoot
) -> None:
    made = defense_round.opened(site.app)
    slots = made.slots(site.app)
    officer = signed_in(browse, made.office.officer)
    officer.goto(f"/defense/{made.round_}/control")
    chair = made.chair.viewer(site.app)
    factories.inside(site.app, lambda: defenses.call_in(chair, slot=slots["2023-001"]))
    expect(officer.get_by_text("会场状态已有变化")).to_be_visible()
    expect(officer.get_by_role("button", name="请进场")).to_be_disabled()
    look(officer, shoot, "defense-control-stale")
    officer.context.set_offline(True)
    expect(officer.get_by_text("连接中断，正在重新连接，时间照常走动")).to_be_visible()
    officer.context.set_offline(False)
    expect(officer.get_by_text("连接中断，正在重新连接，时间照常走动")).to_be_hidden()
    watch.faults[:] = [fault for fault in watch.faults if "ERR_INTERNET_DISCONNECTED" not in fault]


@pytest.mark.parametrize("scripts", [True, False])
def test_order_is_drawn_before_everybodys_eyes(site: Site, browse: Open, shoot: Shoot, scripts: bool) -> None:
    made = defense_round.shortlisted(site.app)
    officer_view = made.officer(site.app)
    factories.inside(site.app, lambda: defenses.prepare(officer_view, round_=made.round_))
    officer = browse(size=(1440, 900), java_script_enabled=scripts)
    enter(officer, made.office.officer.login, made.office.officer.password)
    screen = browse(size=PROJECTOR, java_script_enabled=scripts)
    enter(screen, made.office.second_officer.login, made.office.second_officer.password)
    screen.goto(f"/room/{made.round_}" if scripts else f"/room/{made.round_}?again=1")
    officer.goto(f"/defense/{made.round_}/order")
    press(officer, "公布校验码")
    expect(screen.get_by_role("heading", level=1)).to_have_text("答辩顺序 请当场报数", timeout=15_000)
    if scripts:
        look(screen, shoot, "defense-screen-code")
        look(officer, shoot, "defense-order")
    officer.get_by_label("所报的数").fill("0317")
    officer.get_by_label("报数人").fill("甲单位代表")
    officer.get_by_label("见证人").first.fill("示例监督甲")
    press(officer, "抽定顺序")
    expect(screen.get_by_role("listitem")).to_have_count(3, timeout=15_000)
    officer.get_by_role("link", name="抽签记录").click()
    expect(officer.get_by_role("heading", level=1)).to_have_text("答辩顺序抽签记录")
    if scripts:
        look(screen, shoot, "defense-screen-order")
        look(officer, shoot, "defense-order-record")
