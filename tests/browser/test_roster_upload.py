"""The roster's form refuses a file that is too large before anything is sent, and takes the next one."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_portal.services import calls
from tests import factories
from tests.browser.conftest import DESKTOP, PHONE, Open, Site
from tests.browser.test_login import enter
from tests.data_builders import roster_xlsx
from tests.factories import PASSWORD, inside

MEBIBYTE = 1024 * 1024
REFUSAL = "文件合计超过1MB，请压缩图片或分开上传。"


@pytest.fixture
def roster_page(site: Site) -> tuple[str, str]:
    """The officer's login and the address of the form, on a portal that takes one mebibyte at once."""
    people = factories.office(site.app)
    officer = people.officer.viewer(site.app)
    call = inside(site.app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    site.app.config["MAX_CONTENT_LENGTH"] = MEBIBYTE
    return people.officer.login, f"/secretariat/{call}/experts"


def sent_by(page: Page) -> list[str]:
    """Fills with the address of every form that leaves the browser from now on."""
    found: list[str] = []
    page.on("request", lambda request: found.append(request.url) if request.method == "POST" else None)
    return found


@pytest.mark.parametrize("size", [DESKTOP, PHONE])
def test_roster_that_is_too_large_is_not_sent_and_a_smaller_one_is(
    browse: Open, roster_page: tuple[str, str], tmp_path: Path, size: tuple[int, int]
) -> None:
    login, address = roster_page
    page = browse(size=size)
    enter(page, login, PASSWORD)
    page.goto(address)
    sent = sent_by(page)
    field, button = page.get_by_label("专家名单（"), page.get_by_role("button", name="导入", exact=True)
    large, small = tmp_path / "large.xlsx", tmp_path / "small.xlsx"
    large.write_bytes(bytes(MEBIBYTE + 1))
    small.write_bytes(roster_xlsx([]))
    field.set_input_files(large)
    button.click()
    assert field.evaluate("input => input.validationMessage") == REFUSAL
    assert sent == []
    field.set_input_files(small)
    assert field.evaluate("input => input.validationMessage") == ""
    button.click()
    expect(page.get_by_text("专家名单未导入")).to_be_visible()
    assert len(sent) == 1
