"""The pages of one expert against all dossiers and one dossier against all experts, over HTTP."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene
from tests.visitor import Page, Visitor

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
UNIT = "重庆示例绿能科技有限公司"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app)


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def rows(page: Page) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in page.doc.xpath("(//table)[1]/tbody/tr")
    ]


def address(scene: Scene, name: str) -> str:
    return f"/secretariat/{scene.call}/experts/{scene.experts[name]}/conflicts"


def test_expert_page_is_reached_from_register_and_matrix(officer: Visitor, scene: Scene) -> None:
    for page in ("experts", "experts/conflicts"):
        hrefs = officer.get(f"/secretariat/{scene.call}/{page}").doc.xpath("//a/@href")
        assert address(scene, "戊示例") in hrefs
    found = rows(officer.get(address(scene, "戊示例")))
    assert found[0][1:5] == [
        "须回避",
        "亲属",
        f"配偶吴示例任牵头单位“{UNIT}”法定代表人",
        f"吴示例/配偶/{UNIT}/法定代表人",
    ]
    assert [row[1] for row in found] == ["须回避", "未发现"]
    entries = officer.get(address(scene, "戊示例")).doc.xpath("//nav//a/@href")
    assert f"/secretariat/{scene.call}/experts" in entries  # the desk's frame stands around it


def test_dossier_page_is_reached_from_matrix_and_expert(officer: Visitor, scene: Scene) -> None:
    here = f"/secretariat/{scene.call}/dossiers/{scene.dossiers[TWO]}/conflicts"
    for page in (f"/secretariat/{scene.call}/experts/conflicts", address(scene, "甲示例")):
        assert here in officer.get(page).doc.xpath("//a/@href")
    found = rows(officer.get(here))
    assert [row[1] for row in found[:3]] == ["须回避", "不需回避", "未发现"]
    assert "已超过3年，不需回避" in found[1][3]


def test_relation_is_registered_shown_and_taken_out(officer: Visitor, scene: Scene) -> None:
    officer.get(address(scene, "甲示例"))
    given = {"act": "add", "kind": "control", "organisation": UNIT, "words": "本人持股5%", "until": ""}
    page = officer.post(address(scene, "甲示例"), given)
    assert "关系已登记，核对结果见下表。" in page.text
    assert rows(page)[0][1:4] == [
        "须回避",
        "持股、控制",
        f"本人或工作单位与牵头单位“{UNIT}”有控制关系：本人持股5%",
    ]
    key = page.doc.xpath("//input[@name='key']/@value")[0]
    page = officer.post(address(scene, "甲示例"), {"act": "remove", "key": key})
    assert [row[1] for row in rows(page)] == ["未发现", "未发现"]


def test_refused_relation_keeps_what_was_typed(officer: Visitor, scene: Scene) -> None:
    officer.get(address(scene, "甲示例"))
    given = {"act": "add", "kind": "cooperation", "organisation": UNIT, "words": "", "until": ""}
    page = officer.post(address(scene, "甲示例"), given)
    assert (page.status, page.doc.xpath("//input[@name='organisation']/@value")) == (422, [UNIT])
    page = officer.post(address(scene, "甲示例"), {**given, "words": "示例课题", "until": "去年"})
    assert (page.status, "请选择结束日期；关系仍在的，不填日期。" in page.text) == (422, True)


def test_unknown_expert_and_dossier_are_404(officer: Visitor, scene: Scene) -> None:
    for path in (f"experts/{'a' * 12}/conflicts", f"dossiers/{'a' * 12}/conflicts"):
        assert officer.get(f"/secretariat/{scene.call}/{path}").status == 404


def test_recusal_is_lifted_by_two_people_over_http(app: Flask) -> None:
    scene = build.prepared(app, panel=(*build.PANEL[:4], "庚示例"))
    officer = scene.office.officer.visit(app)
    assignments_page = f"/secretariat/{scene.call}/rounds/{scene.round}/assignments"
    officer.get(assignments_page)
    officer.post(assignments_page, {"act": "all"})
    page = officer.get(address(scene, "庚示例"))
    (lift,) = [href for href in page.doc.xpath("//a/@href") if href.endswith("/lift")]
    officer.get(lift)
    refused = officer.post(lift, {"reason": ""})
    assert (refused.status, "请写明解除回避的理由" in refused.text) == (422, True)
    page = officer.post(lift, {"reason": "已调离推荐单位，有调令"})
    assert (page.path, "等待监督人员同意解除" in page.text) == (address(scene, "庚示例"), True)
    supervisor = scene.office.supervisor_a.visit(app)
    waiting = supervisor.get("/approvals/")
    (asked,) = [href for href in waiting.doc.xpath("//main//a/@href") if href.startswith("/approvals/")]
    page = supervisor.get(asked)
    assert "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员" in page.text
    supervisor.post(asked, {"decision": "agree", "confirm": "y", "note": "已核对调令"})
    page = officer.get(address(scene, "庚示例"))
    assert "回避已解除" in page.text and "等待监督人员同意解除" not in page.text
    trail = supervisor.get(f"/supervisor/{scene.call}/trail")
    assert "解除回避" in trail.text
    assert officer.get(lift).status == 404


def test_late_conflict_is_noted_and_settled_by_two_people_over_http(app: Flask) -> None:
    scene = build.scoring(app)
    with app.app_context():
        viewer, review = scene.ready("甲示例", SINGLE)
        reviews.submit_review(
            viewer,
            review=review,
            sheet=build.full_sheet(build.rubric_of(scene)),
            base_version=0,
            request_key="one",
        )
    officer = scene.office.officer.visit(app)
    page = officer.get(address(scene, "甲示例"))
    (note,) = [h for h in page.doc.xpath("//a/@href") if h.endswith(f"{scene.dossiers[SINGLE]}/conflict")]
    officer.get(note)
    assert officer.post(note, {"reason": ""}).status == 422
    page = officer.post(note, {"reason": "近期受聘于该单位，经查属实"})
    assert (page.path, "评分表暂不计入" in page.text) == (f"/secretariat/{scene.call}/recusals", True)
    assert "分派后发现利害关系，待处理" in officer.get(f"/secretariat/{scene.call}/").text
    (settle,) = [h for h in page.doc.xpath("//a/@href") if h.endswith("/settle")]
    officer.get(settle)
    assert officer.post(settle, {"outcome": "", "reason": "经核实"}).status == 422
    page = officer.post(settle, {"outcome": "void", "reason": "经核实属实，评分作废"})
    assert "等待监督人员同意" in page.text
    supervisor = scene.office.supervisor_a.visit(app)
    waiting = supervisor.get("/approvals/")
    (asked,) = [h for h in waiting.doc.xpath("//main//a/@href") if h.startswith("/approvals/")]
    assert "近期受聘于该单位，经查属实" in supervisor.get(asked).text
    supervisor.post(asked, {"decision": "agree", "confirm": "y", "note": "已核对"})
    assert "评分表作废" in officer.get(f"/secretariat/{scene.call}/recusals").text
    assert "处理评分后发现的利害关系" in supervisor.get(f"/supervisor/{scene.call}/trail").text
    assert officer.get(f"/secretariat/{scene.call}/recusals/{'a' * 12}/settle").status == 404


def test_change_of_head_is_recorded_over_http(officer: Visitor, scene: Scene) -> None:
    here = f"/secretariat/{scene.call}/dossiers/{scene.dossiers[SINGLE]}"
    (link,) = [h for h in officer.get(f"{here}/conflicts").doc.xpath("//a/@href") if h.endswith("/units")]
    page = officer.get(link)
    assert page.doc.xpath("//input[@name='legal_representative']/@value") == ["吴示例"]
    recommender = page.doc.xpath("//input[@name='recommender']/@value")[0]
    given = {"legal_representative": "新示例", "recommender": recommender, "reason": ""}
    assert officer.post(link, given).status == 422
    page = officer.post(link, {**given, "reason": "来函告知法定代表人已变更（示例）"})
    assert (page.path, "变更已登记，未发现新的利害关系" in page.text) == (f"{here}/conflicts", True)
    again = officer.post(link, {**given, "reason": "来函告知法定代表人已变更（示例）"})
    assert (again.status, "与现有登记相同，没有变更。" in again.text) == (422, True)
    assert officer.get(f"/secretariat/{scene.call}/dossiers/{'a' * 12}/units").status == 404
