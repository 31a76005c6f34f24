"""Reaching an expert: the office's page, the slip, the link in a phone's chat program, the own deadline."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from playwright.sync_api import Page, expect

from review_portal.db import transaction
from review_portal.models.experts import Expert
from review_portal.services import extensions, panels
from review_portal.worker import Worker
from tests import factories_reviews as build
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories import inside
from tests.posting import set_up_mail
from tests.smtp_server import mail_server
from tests.web.test_entry_page import WECHAT

Shoot = Callable[[Page, str], Path]
FIRST = "甲示例"


def extended(site: Site) -> build.Scene:
    """A round that is scoring, with addresses and more time for the first expert."""
    scene = build.scoring(site.app)

    def grant() -> None:
        with transaction() as session:
            for expert in session.scalars(sa.select(Expert)):
                expert.email = f"expert-{expert.id}@example.org"
        rows = panels.list_members(scene.officer, round_=scene.round)
        extensions.extend_deadline(
            scene.officer,
            member=next(row.public_id for row in rows if row.name == FIRST),
            deadline=build.OPEN_UNTIL + timedelta(days=2),
            reason="出差期间无法登录，来电申请（示例）",
        )

    inside(site.app, grant)
    return scene


def photographed(page: Page, shoot: Shoot, name: str) -> None:
    """On a desk's screen and on a phone: accessible, nothing wider than the window."""
    for width, height in ((1440, 900), PHONE):
        page.set_viewport_size({"width": width, "height": height})
        assert_accessible(page)
        assert_fits(page)
        shoot(page, f"{name}-{width}")


def test_officer_reminds_and_hands_out_a_link_that_a_chat_program_opens(
    site: Site, browse: Open, shoot: Shoot
) -> None:
    scene, page = extended(site), browse(size=(1440, 900))
    enter(page, scene.office.officer.login, scene.office.officer.password)
    page.goto(f"/secretariat/{scene.call}/reach")
    expect(page.get_by_role("heading", name="未设置邮件服务器")).to_be_visible()
    photographed(page, shoot, "reach-without-mail")
    with mail_server() as box:
        set_up_mail(site.app, box)
        page.reload()
        photographed(page, shoot, "reach")
        page.get_by_role("button", name="发送提醒").click()
        photographed(page, shoot, "reminder-waiting")
        Worker(site.app).work_off()
        expect(page.get_by_text("发送完毕。")).to_be_visible()  # the page looks by itself
        photographed(page, shoot, "reminder-done")
    page.goto(f"/secretariat/{scene.call}/reach")
    page.get_by_role("link", name=re.compile(f"延长时限.*{FIRST}")).click()
    photographed(page, shoot, "extension")
    page.go_back()
    page.get_by_role("link", name=re.compile(f"发放入口.*{FIRST}")).click()
    photographed(page, shoot, "entry-act")
    page.get_by_role("button", name="生成入口").click()
    address = page.get_by_text("/enter/").inner_text()
    photographed(page, shoot, "entry-slip")
    page.emulate_media(media="print")
    shoot(page, "entry-slip-print")
    phone = browse(size=PHONE, user_agent=WECHAT, has_touch=True, is_mobile=True)
    phone.goto("/enter/" + address.rpartition("/")[2])
    assert_accessible(phone)
    assert_fits(phone)
    shoot(phone, "entry-phone")
    phone.get_by_role("button", name="进入").tap()
    expect(phone.get_by_role("heading", name="我的评审任务")).to_be_visible()
    shoot(phone, "entered-phone")
    phone.get_by_role("link", name="截止时间与日历提醒").tap()
    expect(phone.get_by_text("2123年3月5日 18:00")).to_be_visible()
    assert_accessible(phone)
    assert_fits(phone)
    shoot(phone, "deadline-phone")
