"""The pages of offline scoring: from the link on the first page to drafts, on a desk and on a phone."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import expect

from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.browser.conftest import PHONE, Open, Site, assert_accessible, assert_fits
from tests.browser.test_login import enter
from tests.factories_reviews import OPINION, REASON
from tests.offline_files import Filling

ONE, TWO, THREE = form_documents.SAMPLES[0], form_documents.SAMPLES[3], form_documents.SAMPLES[1]
WIDE = (1440, 900)


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["desk", "phone"])
def test_workbook_goes_out_and_comes_back(
    browse: Open, site: Site, tmp_path: Path, shoot: Callable[..., Path], size: tuple[int, int]
) -> None:
    scene = build.scoring(site.app, samples=(ONE, TWO, THREE))
    with site.app.app_context():
        for sample in (ONE, TWO, THREE):
            viewer, review = scene.ready("甲示例", sample)
        points = {item.key: float(item.max_score - 1) for item in build.rubric_of(scene).items}
    credential = scene.credential(site.app, "甲示例")
    page = browse(size=size)
    enter(page, credential.login, credential.password)
    page.goto("/expert/")
    page.get_by_role("link", name="离线评分（Excel）").click()
    assert_accessible(page)
    assert_fits(page)
    shoot(page, f"offline-{size[0]}")
    with page.expect_download() as sent:
        page.get_by_role("link", name="下载离线评分表").click()
    file = Filling(Path(sent.value.path()).read_bytes())
    file.fill("S01", points, reason=REASON, opinion=OPINION)
    file.fill("S02", {"C1.1": 8.5, "C1.2": 10})
    file.reason("S02", "C1.1").value = "服务对象名单较全，覆盖所在区县主要行业。\n与产业规模基本匹配。"
    file.fill("S03", {"C1.1": 7})
    file.level("S03", "C2.1").value = "良好"
    (tmp_path / "评分.xlsx").write_bytes(file.saved())
    with site.app.app_context():
        typed = {"points": {"C1.1": "6", "C1.3": "5"}, "opinion": OPINION}
        reviews.save_draft(viewer, review=review, content=typed, base_version=0)
    page.get_by_label("填好的离线评分表").set_input_files(tmp_path / "评分.xlsx")
    page.get_by_role("button", name="核对差别").click()
    expect(page.get_by_role("heading", name="离线评分：核对差别")).to_be_visible()
    assert_accessible(page)
    assert_fits(page)
    page.get_by_role("button", name="确认，存为草稿").click()
    expect(page.get_by_text("有1份材料两边都改过")).to_be_visible()
    shoot(page, f"offline-preview-{size[0]}")
    page.get_by_label("用文件中的").check()
    page.get_by_role("button", name="确认，存为草稿").click()
    expect(page.get_by_text("已存入3份草稿。草稿尚未提交。")).to_be_visible()
    expect(page.get_by_text("S01已填写齐全，可提交。")).to_be_visible()
    assert_accessible(page)
    shoot(page, f"offline-done-{size[0]}")
