"""The formal check as an officer uses it: the document beside the findings, on a screen and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from review_portal.clock import OFFICE_ZONE
from review_portal.services import calls, dossiers
from review_portal.services.dossiers import Upload
from tests import factories, form_documents
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories import PASSWORD, inside

Shoot = Callable[..., Path]
RECEIVED_AT = datetime(2023, 2, 16, 10, 0, tzinfo=OFFICE_ZONE)


@pytest.fixture
def desk(site: Site) -> tuple[str, str, str]:
    """The officer's login, a published call and a dossier in it."""
    people = factories.office(site.app)
    officer = people.officer.viewer(site.app)
    call = inside(site.app, lambda: calls.create_call(officer, folder="green_platform_2023"))
    inside(site.app, lambda: calls.publish(officer, call=call))
    sample = form_documents.SAMPLES[0]
    (filed,) = inside(
        site.app,
        lambda: dossiers.add_dossiers(
            officer,
            call=call,
            uploads=[Upload(f"{sample}.docx", form_documents.data(sample))],
            received_at=RECEIVED_AT,
        ),
    )
    return people.officer.login, call, filed.public_id


@pytest.mark.parametrize("size", [(1440, 900), PHONE])
def test_place_of_a_finding_opens_the_row_that_it_speaks_of(
    browse: Open, shoot: Shoot, desk: tuple[str, str, str], size: tuple[int, int]
) -> None:
    login, call, dossier = desk
    page = browse(size=size)
    enter(page, login, PASSWORD)
    page.goto(f"/secretariat/{call}/dossiers/{dossier}")
    assert_accessible(page)
    assert_fits(page)
    page.locator("#i-F04").get_by_role("link", name="申报表 第7行").click()
    row = page.locator("#t1r7")
    expect(row).to_be_in_viewport()
    expect(row).to_contain_text("91500000MAEXAMP14Y")
    assert shoot(page, f"formal-check-{size[0]}", full_page=False).exists()


def test_file_that_is_too_large_is_refused_before_anything_typed_is_lost(
    page: Page, site: Site, desk: tuple[str, str, str], tmp_path: Path
) -> None:
    login, call, _dossier = desk
    site.app.config["MAX_CONTENT_LENGTH"] = 1024 * 1024
    enter(page, login, PASSWORD)
    page.goto(f"/secretariat/{call}/intake")
    page.get_by_label("收件时间").fill("2023-02-16T10:00")
    large = tmp_path / "large.docx"
    large.write_bytes(bytes(1024 * 1024 + 1))
    page.get_by_label("申报书（附件2，.docx）").set_input_files(large)
    page.get_by_role("button", name="上传并识别").click()
    refused = page.get_by_label("申报书（附件2，.docx）").evaluate("input => input.validationMessage")
    assert refused == "文件合计超过1MB，请压缩图片或分开上传。"
    expect(page.get_by_label("收件时间")).to_have_value("2023-02-16T10:00")
