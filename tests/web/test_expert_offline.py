"""Scoring offline over HTTP: the workbook downloaded, returned, previewed and confirmed, without scripts."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.engines import on_sqlite
from tests.factories_reviews import OPINION, REASON, Scene
from tests.offline_files import Filling
from tests.visitor import Page, Visitor

pytestmark = on_sqlite  # pages over services that have their tests on both engines

ONE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
NAME = "离线评分表.xlsx"


@pytest.fixture
def scene(app: Flask) -> Scene:
    made = build.scoring(app)
    with app.app_context():
        made.ready("甲示例", ONE)
        made.ready("甲示例", TWO)
    return made


@pytest.fixture
def expert(app: Flask, scene: Scene) -> Visitor:
    return scene.credential(app, "甲示例").visit(app)


def here(scene: Scene) -> str:
    return f"/expert/rounds/{scene.round}/offline"


def download(expert: Visitor, scene: Scene) -> Filling:
    sent = expert.get(f"{here(scene)}.xlsx")
    assert sent.response.headers["Content-Disposition"].startswith("attachment")
    return Filling(sent.body)


def upload(expert: Visitor, scene: Scene, data: bytes, name: str = NAME) -> Page:
    expert.get(here(scene))
    return expert.post(here(scene), files={"file": (name, data)})


def alert(page: Page) -> list[str]:
    (box,) = page.doc.xpath("//div[@role='alert']")
    return [" ".join(node.text_content().split()) for node in box.xpath(".//h2 | .//p | .//li")]


def keep(app: Flask, scene: Scene, points: dict[str, str]) -> str:
    """Something typed in the portal; the sheet's public id."""
    with app.app_context():
        review = scene.review("甲示例", ONE)
        viewer = scene.expert("甲示例")
        reviews.save_draft(viewer, review=review, content={"points": points}, base_version=0)
        return review


def test_home_leads_to_the_workbook_and_its_return_to_the_drafts(app: Flask, expert: Visitor, scene: Scene):
    page = expert.get(expert.get("/expert/").links["离线评分（Excel）"])
    assert page.title == "离线评分"
    file = download(expert, scene)
    points = {item: float(value) for item, value in full(app, scene).items()}
    file.fill("S01", points, reason=REASON, opinion=OPINION)
    file.fill("S02", {"C1.1": 8.5})
    page = upload(expert, scene, file.saved())
    assert (page.status, page.title) == (200, "离线评分：核对差别")
    assert "填写齐全，存入后可提交" in page.text
    page = expert.submit(f"{here(scene)}/apply")
    assert page.path == here(scene)
    assert "已存入2份草稿。草稿尚未提交。" in page.text
    assert "S01已填写齐全，可提交。" in page.text
    sheet = expert.get(page.doc.xpath("//tr[contains(., 'S01')]//a/@href")[0])
    assert (sheet.value("points.C1.1"), sheet.value("opinion")) == ("9", OPINION)


def full(app: Flask, scene: Scene) -> dict[str, object]:
    with app.app_context():
        return {item.key: item.max_score - 1 for item in build.rubric_of(scene).items}


def test_every_fault_stands_on_the_page_with_its_cell(expert: Visitor, scene: Scene):
    file = download(expert, scene)
    file.fill("S01", {"C1.1": 99, "C1.2": "很好"})
    page = upload(expert, scene, file.saved())
    assert (page.status, alert(page)) == (
        422,
        [
            "离线评分表有2处需要修改，未作任何改动。请按下列位置修改后重新上传。",
            "S01 表 G6：得分99分超出0至10分。请改正。",
            "S01 表 G7：“很好”不是得分。请填0至12的数字，不评的留空。",
        ],
    )


def test_what_is_no_workbook_is_refused_with_a_sentence(expert: Visitor, scene: Scene):
    for name, data in (
        ("", b""),
        (NAME, b""),
        (NAME, b"PK\x03\x04 none"),
        ("评分.txt", b"x"),
        (NAME, b"\xd0\xcf\x11\xe0" * 9),
    ):
        page = upload(expert, scene, data, name)
        assert (page.status, len(alert(page))) == (422, 1)


def test_clash_asks_for_a_choice_and_keeps_the_others(app: Flask, expert: Visitor, scene: Scene):
    file = download(expert, scene)
    file.fill("S01", {"C1.1": 8})
    file.fill("S02", {"C1.1": 7})
    review = keep(app, scene, {"C1.2": "6"})
    page = upload(expert, scene, file.saved())
    action = f"{here(scene)}/apply"
    assert "空白，存入后清空" in page.text
    page = expert.submit(action)
    assert (page.status, alert(page)[0]) == (422, "有1份材料两边都改过，请逐份选择保留哪一份。")
    page = expert.submit(action, **{f"choice.{review}": "portal"})
    assert "已存入1份草稿，其余1份未作改动。草稿尚未提交。" in page.text
    assert expert.get(f"/expert/reviews/{review}").value("points.C1.2") == "6"


def test_stale_preview_is_shown_anew(app: Flask, expert: Visitor, scene: Scene):
    file = download(expert, scene)
    file.fill("S01", {"C1.1": 8})
    upload(expert, scene, file.saved())
    review = keep(app, scene, {"C1.2": "6"})
    page = expert.submit(f"{here(scene)}/apply")
    assert page.status == 409
    assert alert(page)[0].startswith("预览以后，系统中的内容已有变化")
    page = expert.submit(f"{here(scene)}/apply", **{f"choice.{review}": "file"})
    assert "已存入1份草稿" in page.text
    assert [expert.get(f"/expert/reviews/{review}").value(f"points.C1.{n}") for n in (1, 2)] == ["8", ""]


def test_forged_confirmation_changes_nothing(expert: Visitor, scene: Scene):
    for sealed in ("", "x", "eJw=.00", "签"):
        expert.get(here(scene))
        page = expert.post(f"{here(scene)}/apply", {"sealed": sealed, "digest": "x"})
        said = ["预览内容不完整或已被改动，未作任何改动。请重新上传文件。"]
        assert (page.status, alert(page)) == (422, said)


def test_closed_round_says_so_on_the_page(app: Flask, expert: Visitor, scene: Scene):
    file = download(expert, scene).saved()
    with app.app_context():
        build.set_round_state(scene.round, "sealed")
    page = expert.get(here(scene))
    assert (page.status, "本轮评分未在进行" in page.text) == (200, True)
    assert page.doc.xpath("//input[@type='file']") == []
    refused = expert.post(here(scene), files={"file": (NAME, file)})
    assert (refused.status, alert(refused)) == (409, ["本轮评分未在进行，不能下载或上传离线评分表。"])
    assert expert.get(f"{here(scene)}.xlsx").status == 409
    assert "离线评分（Excel）" not in expert.get("/expert/").links


def test_round_of_others_is_not_found_before_the_form_is_read(app: Flask, scene: Scene):
    outsider = scene.credential(app, "辛示例").visit(app)
    for page in (
        outsider.get(here(scene)),
        outsider.get(f"{here(scene)}.xlsx"),
        outsider.post(here(scene), files={"file": ("x.txt", b"x")}),
        outsider.post(f"{here(scene)}/apply", {"sealed": ""}),
    ):
        assert page.status == 404
