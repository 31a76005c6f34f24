"""The meeting day as secretariat, supervisor and expert have it on their screens, and on paper."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories import PASSWORD
from tests.factories_meeting import gather, scored_on_site
from tests.factories_reviews import PANEL
from tests.form_documents import SAMPLES

Shoot = Callable[..., Path]


def look(page: Page, shoot: Shoot, name: str) -> None:
    """The page is accessible, fits and has its picture."""
    assert_accessible(page)
    assert_fits(page)
    assert shoot(page, name).exists()


def press(page: Page, words: str, row: str) -> None:
    """The button or link with these words in the row of a person or step."""
    page.locator("tbody tr", has=page.locator("th", has_text=row)).locator(".act").get_by_text(words).click()


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_day_begins_with_signing_in_and_is_ticked_by_two(
    site: Site, browse: Open, shoot: Shoot, tmp_path: Path, size: tuple[int, int]
) -> None:
    scene = scored_on_site(site.app, tmp_path / "rules")
    with site.app.app_context():
        _viewer, review = scene.ready(PANEL[0], SAMPLES[0])
        gather(scene, *PANEL[1:4])
    person, width = scene.credential(site.app, PANEL[0]), size[0]
    officer, supervisor, expert = browse(size=size), browse(size=size), browse(size=size)
    enter(officer, scene.office.officer.login, PASSWORD)
    enter(supervisor, scene.office.supervisor_a.login, PASSWORD)
    enter(expert, person.login, person.password)
    look(expert, shoot, f"meeting-worklist-{width}")
    expert.goto(f"/expert/reviews/{review}")
    expect(expert.get_by_role("heading", level=1)).to_have_text("请先签到")
    look(expert, shoot, f"meeting-closed-{width}")
    officer.goto(f"/meeting/{scene.round}")
    officer.get_by_role("link", name="签到", exact=True).click()
    press(officer, "签到", PANEL[0])
    press(officer, "离场", PANEL[1])
    look(officer, shoot, f"meeting-out-{width}")
    officer.get_by_label("理由").fill("临时取材料（示例）")
    officer.get_by_role("button", name="登记离场").click()
    look(officer, shoot, f"meeting-presence-{width}")
    expert.get_by_role("link", name="已签到，打开评分表").click()
    expect(expert.get_by_role("heading", level=1)).to_contain_text("S01")
    with site.app.app_context():
        gather(scene, PANEL[4])
    officer.goto(f"/meeting/{scene.round}")
    press(officer, "勾选", "签到并核验身份")
    press(officer, "勾选", "通讯工具保管")
    supervisor.goto(f"/supervisor/{scene.call}/")
    look(supervisor, shoot, f"meeting-supervisor-home-{width}")
    supervisor.get_by_role("link", name="打开清单").click()
    press(supervisor, "确认：正常", "签到并核验身份")
    press(supervisor, "备注", "宣读纪律")
    supervisor.get_by_label("备注").fill("1名专家在宣读后到场，已单独告知（示例）")
    look(supervisor, shoot, f"meeting-step-{width}")
    supervisor.get_by_role("button", name="确认", exact=True).click()
    expect(supervisor.locator("#step-3")).to_contain_text("已单独告知")
    look(supervisor, shoot, f"meeting-checklist-supervisor-{width}")
    officer.reload()
    look(officer, shoot, f"meeting-checklist-{width}")
    officer.emulate_media(media="print")
    assert shoot(officer, f"meeting-checklist-print-{width}").exists()
