"""The expert's desk over HTTP, as a browser without scripts has it, and the autosave beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision
from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import OPINION, REASON, Scene
from tests.visitor import Visitor

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
REFUSAL = "未找到该材料，或您没有查看权限。"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.scoring(app)


@pytest.fixture
def expert(app: Flask, scene: Scene) -> Visitor:
    return scene.credential(app, "甲示例").visit(app)


@pytest.fixture
def address(app: Flask, scene: Scene) -> Iterator[str]:
    """The sheet of 甲示例 for the single applicant, ready to be filled."""
    with app.app_context():
        _viewer, review = scene.ready("甲示例", SINGLE)
    yield f"/expert/reviews/{review}"


def filled(points: str = "2") -> dict[str, str]:
    rubric = form_documents.green_call().rubric_of("written_review")
    fields = {f"points.{item.key}": points for item in rubric.items}
    fields |= {f"comments.{item.key}": REASON for item in rubric.items}
    return fields | {"opinion": OPINION}


def count(app: Flask, model: type) -> int:
    with app.app_context(), transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def test_first_task_leads_by_pledge_and_declaration_to_the_sheet(expert: Visitor, scene: Scene) -> None:
    home = expert.get("/expert/")
    assert home.title == "我的评审任务"
    expert.get(home.links["签署评审承诺"])
    refused = expert.submit(f"/expert/rounds/{scene.round}/pledge")
    assert (refused.status, refused.field_error("confirm")) == (422, "请勾选后再签署。")
    home = expert.submit(f"/expert/rounds/{scene.round}/pledge", confirm="y")
    start = next(href for text, href in home.links.items() if text.startswith("开始评分"))
    page = expert.get(start)
    assert page.title == "回避声明"
    action = page.path
    incomplete = expert.submit(action, answer="clear")
    assert (incomplete.status, incomplete.field_error("unit0")) == (
        422,
        "请逐一确认；确有利害关系的，请申请回避。",
    )
    boxes = dict.fromkeys(incomplete.doc.xpath("//input[@type='checkbox']/@name"), "y")
    page = expert.submit(action, answer="clear", **boxes)
    assert page.path == action.removesuffix("/declare")
    assert [field.value for field in page.doc.xpath("//span[@class='stepper']/input")] == [""] * 13


def test_sheet_has_no_inline_style_or_script(expert: Visitor, address: str) -> None:
    page = expert.get(address)
    assert page.doc.xpath("//@style | //script[not(@src)] | //*[@onclick]") == []


def test_every_evidence_link_has_its_passage(expert: Visitor, address: str) -> None:
    page = expert.get(address)
    targets = {href.removeprefix("#") for href in page.doc.xpath("//a[@data-see]/@href")}
    assert targets - set(page.doc.xpath("//article//@id")) == set()
    ids = page.doc.xpath("//@id")
    assert len(ids) == len(set(ids))


def test_saving_without_scripts_keeps_what_is_no_number_yet(expert: Visitor, address: str) -> None:
    expert.get(address)
    page = expert.submit(address, act="save", **{"points.C1.1": "8分", "opinion": "待补充"})
    assert (page.path, page.value("points.C1.1"), page.value("opinion")) == (address, "8分", "待补充")


def test_submission_leads_to_a_receipt_and_the_next_task(expert: Visitor, address: str) -> None:
    expert.get(address)
    receipt = expert.submit(address, act="submit", **filled())
    assert (receipt.title, receipt.status) == ("提交回执", 200)
    assert "留存内容与校验码一致" in receipt.text
    assert [text for text in receipt.links if text.startswith("下一份未评材料")] == ["下一份未评材料：S02"]


def test_sending_the_form_twice_gives_one_submission(app: Flask, expert: Visitor, address: str) -> None:
    form = {**expert.get(address).forms[address], "act": "submit", **filled()}
    first, second = expert.post(address, form), expert.post(address, form)
    assert (first.path, count(app, ReviewRevision)) == (second.path, 1)


def test_faults_stand_at_their_fields_and_nothing_is_lost(app: Flask, expert: Visitor, address: str) -> None:
    expert.get(address)
    wrong = filled() | {"points.C1.1": "十", "points.C1.2": "12.5", "points.C2.1": "", "comments.C1.3": ""}
    page = expert.submit(address, act="submit", **wrong)
    assert (page.status, count(app, ReviewRevision)) == (422, 0)
    assert [page.field_error(name) for name in ("points.C1.1", "points.C1.2", "points.C2.1")] == [
        "“服务覆盖面与服务量”的得分须填数字，请改正。",
        "“节能降碳降耗绩效”的得分应在0至12分之间，请改正。",
        "“目标合理、可考核”尚未评分，请填写0至9分。",
    ]
    assert page.field_error("comments.C1.3") == (
        "“产业结构、能源结构、能效示范作用”评为较差，请写明评分理由，不少于10字。"
    )
    assert {name: page.value(name) for name in wrong} == wrong
    linked = page.doc.xpath("//div[@role='alert']//a/@href")
    assert linked == ["#points.C1.1", "#points.C1.2", "#comments.C1.3", "#points.C2.1"]


def test_second_window_gets_both_texts_and_the_choice(expert: Visitor, address: str) -> None:
    form = expert.get(address).forms[address]
    expert.post(address, {**form, "act": "save", "opinion": "第一个窗口"})
    page = expert.post(address, {**form, "act": "save", "opinion": "第二个窗口", "points.C1.1": "7.5"})
    assert page.status == 409
    assert [node.text for node in page.doc.xpath("//p[@class='kept']")] == [
        "7.5",
        "—",
        "第二个窗口",
        "第一个窗口",
    ]
    kept = expert.submit(address)
    assert (kept.path, kept.value("opinion"), kept.value("points.C1.1")) == (address, "第二个窗口", "7.5")


def test_stale_window_cannot_submit(app: Flask, expert: Visitor, address: str) -> None:
    form = expert.get(address).forms[address]
    expert.post(address, {**form, "act": "save", "opinion": "另一窗口"})
    assert expert.post(address, {**form, "act": "submit", **filled()}).status == 409
    assert count(app, ReviewRevision) == 0


def autosave(expert: Visitor, address: str, **changes: str) -> tuple[int, dict[str, object]]:
    answer = expert.post(f"{address}/draft", {**expert.page.forms[address], **changes})
    return answer.status, json.loads(answer.body)


def test_autosave_answers_with_time_and_version(expert: Visitor, address: str) -> None:
    expert.get(address)
    status, first = autosave(expert, address, opinion="写到一半")
    assert (status, sorted(first), first["version"]) == (200, ["at", "saved_at", "version"], 1)
    status, second = autosave(expert, address, opinion="写完了", version="1")
    assert (status, second["version"]) == (200, 2)


def test_autosave_of_a_second_tab_is_told_what_is_stored(expert: Visitor, address: str) -> None:
    expert.get(address)
    autosave(expert, address, opinion="第一个")
    status, told = autosave(expert, address, opinion="第二个")
    assert (status, told["theirs"]["opinion"], told["version"]) == (409, "第一个", 1)  # type: ignore[index]


def test_autosave_without_token_changes_nothing(app: Flask, expert: Visitor, address: str) -> None:
    expert.get(address)
    answer = expert.post(f"{address}/draft", {"opinion": "x"}, token="")
    assert (answer.status, count(app, ReviewDraft)) == (400, 0)


def test_autosave_after_closing_says_so(app: Flask, expert: Visitor, address: str, scene: Scene) -> None:
    expert.get(address)
    with app.app_context():
        build.set_round_state(scene.round, "sealed")
    assert autosave(expert, address, opinion="迟了") == (403, {"sentence": "本轮评分未在进行，不能修改。"})


@pytest.mark.parametrize("below", ["", "/declare", "/draft", "/recuse", "/withdraw"])
def test_foreign_missing_and_recused_are_one_page(
    app: Flask, expert: Visitor, scene: Scene, below: str
) -> None:
    with app.app_context():
        foreign = scene.review("丁示例", SINGLE)
        viewer, recused = scene.ready("甲示例", TWO)
        reviews.request_recusal(viewer, review=recused, reason="曾为其提供咨询")
    send = expert.post if below in ("/draft", "/withdraw") else expert.get
    pages = [send(f"/expert/reviews/{which}{below}") for which in (foreign, "a" * 12, recused)]
    assert [(page.status, page.doc.xpath("string(//p[@class='strong'])")) for page in pages] == [
        (404, REFUSAL)
    ] * 3


def test_text_does_not_open_by_its_address(expert: Visitor, app: Flask, scene: Scene) -> None:
    with app.app_context():
        review = scene.review("甲示例", SINGLE)
    assert expert.get(f"/expert/reviews/{review}").path == f"/expert/rounds/{scene.round}/pledge"
    answer = expert.post(f"/expert/reviews/{review}", {"act": "save", "opinion": "x"})
    assert (answer.status, count(app, ReviewDraft)) == (403, 0)


def test_withdrawing_opens_the_sheet_with_what_was_submitted(expert: Visitor, address: str) -> None:
    expert.get(address)
    receipt = expert.submit(address, act="submit", **filled("2.5"))
    page = expert.submit(f"{address}/withdraw")
    assert (page.path, page.value("points.C1.1")) == (address, "2.5")
    again = expert.submit(address, act="submit", **filled("3"))
    assert (again.title, again.path == receipt.path) == ("提交回执", False)
    assert "第1次" in again.text and "第2次" in again.text


def test_submitted_sheet_can_be_read_and_not_typed_in(expert: Visitor, address: str) -> None:
    expert.get(address)
    expert.submit(address, act="submit", **filled())
    page = expert.get(address)
    assert (
        page.doc.xpath("//main//input[not(@type='hidden')] | //main//textarea | //button[@name='act']") == []
    )


def test_recusal_from_the_sheet_asks_for_its_reason(app: Flask, expert: Visitor, address: str) -> None:
    expert.get(f"{address}/recuse")
    page = expert.submit(f"{address}/recuse", reason="无")
    assert (page.status, page.field_error("reason")) == (422, "请填写回避事由，至少4个字。")
    home = expert.submit(f"{address}/recuse", reason="曾参与该项目论证")
    assert (home.path, "（已回避，不再显示）" in home.text) == ("/expert/", True)
    with app.app_context(), transaction() as session:
        states = session.scalars(sa.select(Review.state).where(Review.state == "recused")).all()
    assert states == ["recused"]


def test_receipt_is_only_its_authors(app: Flask, expert: Visitor, address: str, scene: Scene) -> None:
    expert.get(address)
    receipt = expert.submit(address, act="submit", **filled())
    other = scene.credential(app, "丁示例").visit(app)
    officer = scene.office.officer.visit(app)
    assert [visitor.get(receipt.path).status for visitor in (other, officer)] == [404, 404]


def test_own_sheet_comes_as_a_paper_to_sign_and_only_to_its_author(
    app: Flask, expert: Visitor, address: str, scene: Scene
) -> None:
    expert.get(address)
    receipt = expert.submit(address, act="submit", **filled())
    paper = next(href for text, href in receipt.links.items() if text == "下载评分表（Word）")
    downloaded = expert.get(paper)
    assert (downloaded.status, downloaded.body[:2]) == (200, b"PK")
    assert downloaded.response.headers["Content-Disposition"].startswith("attachment")
    assert scene.credential(app, "丁示例").visit(app).get(paper).status == 404


@pytest.fixture
def case(app: Flask, scene: Scene) -> str:
    with app.app_context():
        return f"/expert/cases/{build.asked(scene, '甲示例', SINGLE)}"


def test_case_is_announced_and_shows_the_own_sheet_alone(expert: Visitor, case: str) -> None:
    home = expert.get("/expert/")
    assert "有1件复议等待您答复" in home.text
    page = expert.get(case)
    assert "该份评分与均值相差较大，请说明。" in page.text
    assert page.value("points.C1.1") == "9"


def test_keeping_a_score_needs_a_reason(expert: Visitor, case: str) -> None:
    expert.get(case)
    page = expert.submit(case, answer="keep", reason="维持")
    assert (page.status, page.field_error("reason")) == (422, "请说明维持或修改的理由，至少10个字。")
    page = expert.submit(case, answer="keep", reason="材料确无基准年，维持原判断。")
    assert (page.path, "维持原评分" in page.text) == ("/expert/cases", True)


def test_revising_a_score_keeps_both(app: Flask, expert: Visitor, case: str) -> None:
    expert.get(case)
    reason = "补读证明材料后，核算方法已有说明。"
    page = expert.submit(case, answer="revise", reason=reason, **{"points.C1.1": "11"})
    assert (page.status, page.field_error("points.C1.1"), page.value("reason")) == (
        422,
        "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。",
        reason,
    )
    page = expert.submit(case, answer="revise", reason=reason, **{"points.C1.1": "8.5"})
    (row,) = page.doc.xpath("//table/tbody/tr")
    assert [cell.text for cell in row.xpath("td[contains(@class, 'num')]")] == ["87.00", "86.50"]
    assert count(app, ReviewRevision) == 2
    again = expert.post(case, {"answer": "keep", "reason": reason})
    assert again.status == 409


def test_case_of_another_expert_does_not_exist(app: Flask, scene: Scene, case: str) -> None:
    other = scene.credential(app, "丁示例").visit(app)
    assert other.get(case).status == 404
