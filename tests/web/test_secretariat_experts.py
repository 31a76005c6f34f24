"""The secretariat's experts over HTTP: from the roster to a round that is open and has a chair."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.calls import Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import calls
from tests import factories_reviews as build
from tests import form_documents
from tests.data_builders import roster_xlsx
from tests.factories_reviews import POOL, Scene
from tests.visitor import Page, Visitor

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app)


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def messages(page: Page) -> list[str]:
    return [" ".join(node.text_content().split()) for node in page.doc.xpath("//div[@role='status']")]


def rows(page: Page) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.doc.xpath("(//table)[1]/tbody/tr")
    ]


def test_roster_is_imported_and_its_phones_are_masked(officer: Visitor, scene: Scene) -> None:
    address = f"/secretariat/{scene.call}/experts"
    officer.get(address)
    new = {**POOL["experts"][0], "name": "新示例", "phone": "19900001099"}
    page = officer.post(address, files={"file": ("专家.xlsx", roster_xlsx([new]))})
    assert (page.path, messages(page)) == (address, ["专家名单已导入：新增1人，更新0人。"])
    assert ("19900001099" in page.body.decode(), "199****1099" in page.text) == (False, True)


def test_panel_sent_empty_is_asked_about_and_kept(app: Flask, officer: Visitor, scene: Scene) -> None:
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/panel"
    officer.get(address)
    page = officer.post(address, {})
    assert page.status == 422
    assert "请至少选择一位专家，原有专家组未改动。" in page.text
    with app.app_context(), transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(PanelMember)) == 5


def test_refused_roster_shows_every_fault_with_its_place(app: Flask, officer: Visitor, scene: Scene) -> None:
    address = f"/secretariat/{scene.call}/experts"
    officer.get(address)
    wrong = [{**POOL["experts"][0], "phone": "1"}, {**POOL["experts"][1], "name": ""}]
    page = officer.post(address, files={"file": ("专家.xlsx", roster_xlsx(wrong))})
    assert (page.status, [row[:2] for row in rows(page)]) == (422, [["第2行", "手机"], ["第3行", "姓名"]])
    with app.app_context(), transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Expert)) == 12


@pytest.mark.parametrize("files", [{}, {"file": ("名单.docx", b"no roster")}])
def test_file_that_is_no_roster_is_a_sentence(
    officer: Visitor, scene: Scene, files: dict[str, tuple[str, bytes]]
) -> None:
    address = f"/secretariat/{scene.call}/experts"
    officer.get(address)
    page = officer.post(address, files=files)
    assert (page.status, page.title, len(rows(page))) == (422, "专家与分派", 1)


def test_template_downloads(officer: Visitor, scene: Scene) -> None:
    answer = officer.get(f"/secretariat/{scene.call}/experts/template.xlsx")
    assert (answer.status, answer.body[:2]) == (200, b"PK")


def test_conflicts_are_told_in_words(officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"/secretariat/{scene.call}/experts/conflicts")
    told = {row[0][:3]: row[2:] for row in rows(page)}
    assert told["己示例"] == [
        "不需回避",
        "曾任牵头单位“重庆示例能源服务股份有限公司”独立董事，2019-12-31离任，已超过3年，不需回避",
    ]
    assert told["庚示例"] == ["须回避", "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员"]


def test_round_is_opened_after_panel_and_assignment(app: Flask, officer: Visitor, scene: Scene) -> None:
    base = f"/secretariat/{scene.call}/rounds/{scene.round}"
    page = officer.get(f"{base}/open")
    assert page.doc.xpath("//div[@role='alert']//a/text()") == ["尚未分派评审任务。"]
    names = (*build.PANEL[:4], "庚示例")
    officer.get(f"{base}/panel")
    page = officer.post(f"{base}/panel", {"expert": [scene.experts[name] for name in names]})
    assert (page.path, messages(page)) == (f"{base}/assignments", ["专家组已保存。"])
    page = officer.post(f"{base}/assignments", {"act": "all"})
    assert "庚示例 — S02" in page.text and "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员" in page.text
    page = officer.get(f"{base}/open")
    assert page.doc.xpath("//div[@role='alert']") == []
    page = officer.submit(f"{base}/open", deadline="")
    assert page.status == 422
    page = officer.submit(f"{base}/open", deadline="2023-03-03T18:00")
    assert (page.status, page.field_error("deadline")) == (422, "请填写现在以后的时间。")
    page = officer.submit(f"{base}/open", deadline="2123-03-03T18:00")
    assert page.path == f"/secretariat/{scene.call}/progress"
    with app.app_context(), transaction() as session:
        row = session.scalars(sa.select(Round).where(Round.public_id == scene.round)).one()
        assert (row.state, row.deadline) == ("scoring", build.OPEN_UNTIL)


def test_likely_conflict_keeps_the_round_shut(app: Flask, officer: Visitor, scene: Scene) -> None:
    with app.app_context(), transaction() as session:
        build.rename_head(session, scene.dossiers[SINGLE], SINGLE, "甲示例")
    base = f"/secretariat/{scene.call}/rounds/{scene.round}"
    officer.get(f"{base}/assignments")
    officer.post(f"{base}/assignments", {"act": "all"})
    page = officer.get(f"{base}/open")
    assert page.doc.xpath("//div[@role='alert']//a/text()") == ["有1对利害关系尚待核实。"]
    pair = {"expert": scene.experts["甲示例"], "dossier": scene.dossiers[SINGLE]}
    page = officer.post(f"{base}/assignments", {"act": "recuse", "reason": "", **pair})
    assert page.status == 422
    page = officer.post(f"{base}/assignments", {"act": "assign", "reason": "身份证号不同", **pair})
    assert (messages(page), officer.get(f"{base}/open").doc.xpath("//div[@role='alert']")) == (
        ["已分派1项。"],
        [],
    )


def test_chair_is_elected_after_sign_in(app: Flask) -> None:
    scene = build.scoring(app)
    officer = scene.office.officer.visit(app)
    address = f"/secretariat/{scene.call}/progress"
    page = officer.get(address)
    assert "E01" not in page.text
    presence = officer.get(page.doc.xpath("string(//a[starts-with(., '签到')]/@href)"))
    signs = [action for action in presence.forms if action.endswith("/sign-in")]
    for action in signs[:4]:
        officer.submit(action, checked_by="核验人示例")
    page = officer.get(address)
    chair = f"/secretariat/{scene.call}/rounds/{scene.round}/chair"
    (member,) = page.doc.xpath("//select[@name='member']/option[2]/@value")
    few = officer.submit(chair, member=member, votes="3", witness="监督甲示例")
    assert (few.status, few.value("witness")) == (409, "监督甲示例")
    assert "到会专家4人，方案规定不少于5人方可评审，不能推举组长。" in few.text
    officer.get(presence.path)
    for action in signs[4:]:
        officer.submit(action, checked_by="核验人示例")
    officer.get(address)
    refused = officer.submit(chair, member=member, votes="1", witness="监督甲示例")
    assert (refused.status, refused.field_error("votes"), refused.value("witness")) == (
        422,
        "请核对票数。",
        "监督甲示例",
    )
    page = officer.submit(chair, member=member, votes="3", witness="监督甲示例")
    assert messages(page) == ["组长推举结果已登记。"]


def test_pages_are_shut_for_experts_and_supervisors(app: Flask, scene: Scene) -> None:
    expert = scene.credential(app, "甲示例").visit(app)
    watcher = scene.office.supervisor_a.visit(app)
    base = f"/secretariat/{scene.call}"
    for path in ("/experts", "/experts/conflicts", f"/rounds/{scene.round}/assignments", "/progress"):
        assert (expert.get(base + path).status, watcher.get(base + path).status) == (404, 404)


def test_opened_rounds_assignment_cannot_be_posted(app: Flask) -> None:
    scene = build.scoring(app)
    officer = scene.office.officer.visit(app)
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/assignments"
    officer.get(address)
    page = officer.post(address, {"act": "all"})
    assert (page.status, "本轮已开启，分派已冻结，不能再改。" in page.text) == (409, True)


def test_panel_page_says_what_the_scheme_says_of_both_rounds(
    app: Flask, officer: Visitor, scene: Scene
) -> None:
    with app.app_context():
        later = calls.view(scene.officer, call=scene.call).rounds[1].public_id
    sentence = "方案规定：参加过前一轮评审的专家可以参加后一轮。"
    first = officer.get(f"/secretariat/{scene.call}/rounds/{scene.round}/panel")
    page = officer.get(f"/secretariat/{scene.call}/rounds/{later}/panel")
    sat = {row[1]: row[5] for row in rows(page)}
    assert (sentence in page.text, sentence in first.text) == (True, False)
    assert {name for name, word in sat.items() if word == "参加过"} == set(build.PANEL)
