"""The draw as two people use it side by side, and the screen that a room watches meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests import factories_reviews as build
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories import PASSWORD
from tests.factories_draw import THROWS

Shoot = Callable[..., Path]


def look(page: Page, shoot: Shoot, name: str) -> None:
    """The page is accessible, fits and has its picture."""
    assert_accessible(page)
    assert_fits(page)
    assert shoot(page, name).exists()


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_official_and_supervisor_draw_while_the_room_watches(
    site: Site, browse: Open, shoot: Shoot, size: tuple[int, int]
) -> None:
    scene = build.prepared(site.app, panel=())
    address, width = f"/draw/{scene.round}", size[0]
    officer, supervisor, room = browse(size=size), browse(size=size), browse(size=(1440, 900))
    enter(officer, scene.office.officer.login, PASSWORD)
    enter(room, scene.office.second_officer.login, PASSWORD)
    enter(supervisor, scene.office.supervisor_a.login, PASSWORD)
    room.goto(f"{address}/live")
    expect(room.get_by_role("heading", level=1)).to_have_text("等待锁定名单")
    officer.goto(address)
    officer.get_by_role("link", name="锁定名单").click()
    officer.get_by_label("不分专业名额").fill("5")
    officer.get_by_label("抽取地点").fill("示例会议室")
    officer.get_by_label("参加抽取的人员").fill("示例秘书\n示例监督甲")
    officer.get_by_label("评审会时间地点").fill("2月27日上午9时，示例会议室")
    officer.get_by_label("甲示例不参加的理由").fill("会议当日出差（示例）")
    look(officer, shoot, f"draw-lock-{width}")
    officer.get_by_role("button", name="锁定名单").click()
    expect(room.get_by_role("heading", level=1)).to_have_text("请双方各提交一个数")
    look(officer, shoot, f"draw-numbers-{width}")
    officer.get_by_label("您的数").fill("20231107")
    officer.get_by_role("button", name="提交我的数").click()
    supervisor.goto(address)
    look(supervisor, shoot, f"draw-supervisor-{width}")
    supervisor.get_by_role("button", name="由系统掷一个数").click()
    officer.get_by_label("读出的公开数").fill(THROWS)  # the page has noticed by itself
    look(officer, shoot, f"draw-value-{width}")
    officer.get_by_role("button", name="核对公开数").click()
    look(officer, shoot, f"draw-compare-{width}")
    officer.get_by_role("button", name="与现场一致，记录").click()
    officer.get_by_role("button", name="公开我的数").click()
    expect(supervisor.get_by_text("所出的数：20231107")).to_be_visible()
    look(supervisor, shoot, f"draw-open-{width}")
    supervisor.get_by_role("button", name="公开我的数").click()
    look(supervisor, shoot, f"draw-result-{width}")
    expect(room.get_by_role("heading", level=1)).to_have_text("抽取结果")
    look(room, shoot, "draw-room")
    officer.get_by_role("link", name="电话确认").click()
    look(officer, shoot, f"draw-phone-{width}")
    officer.get_by_role("link", name="登记通话").first.click()
    officer.get_by_label("未接通").check()
    look(officer, shoot, f"draw-call-{width}")
    officer.get_by_role("button", name="登记通话").click()
    expect(officer.get_by_text("通话已登记。")).to_be_visible()
    look(officer, shoot, f"draw-called-{width}")
