"""The expert's desk over HTTP, as a browser without scripts has it, and the autosave beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.accounts import LoginSession
from review_portal.models.dossiers import Dossier
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision
from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.factories import Credential
from tests.factories_reviews import OPINION, REASON, Scene
from tests.visitor import Page, Visitor

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
REFUSAL = "未找到该材料，或您没有查看权限。"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.scoring(app)


@pytest.fixture
def login(app: Flask, scene: Scene) -> Credential:
    return scene.credential(app, "甲示例")


@pytest.fixture
def expert(app: Flask, login: Credential) -> Visitor:
    return login.visit(app)


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


def hand_in(expert: Visitor, address: str, fields: dict[str, str]) -> Page:
    """Fill the open sheet, look at what will be submitted, confirm."""
    page = expert.submit(address, act="submit", **fields)
    assert (page.path, page.title) == (f"{address}/submit", "核对后提交")
    return expert.submit(page.path)


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
    receipt = hand_in(expert, address, filled())
    assert (receipt.title, receipt.status) == ("提交回执", 200)
    assert "留存内容与校验码一致" in receipt.text
    assert [text for text in receipt.links if text.startswith("下一份未评材料")] == ["下一份未评材料：S02"]


def test_page_before_submitting_shows_the_whole_sheet_and_submits_nothing(
    app: Flask, expert: Visitor, address: str
) -> None:
    expert.get(address)
    page = expert.submit(address, act="submit", **filled())
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in page.doc.xpath("//tbody/tr")]
    assert (len(rows), rows[0][:3], rows[-1][:3]) == (
        17,
        ["C1 服务区域绿色发展效益", "8.00", "40"],
        ["合计", "26.00", "100"],
    )
    assert rows[1] == ["C1.1 服务覆盖面与服务量", "2.00", "10", "较差", REASON]
    assert (OPINION in page.text, count(app, ReviewRevision)) == (True, 0)
    assert expert.get(page.links["返回修改"]).value("opinion").strip() == OPINION


def test_confirming_twice_gives_one_submission(app: Flask, expert: Visitor, address: str) -> None:
    expert.get(address)
    page = expert.submit(address, act="submit", **filled())
    form = page.forms[page.path]
    first, second = expert.post(page.path, form), expert.post(page.path, form)
    assert (first.path, count(app, ReviewRevision)) == (second.path, 1)
    assert "这份评分表已经提交，只计一次。下面是已提交的内容。" in second.text
    assert expert.get(page.path).path == first.path


def test_what_another_window_changed_is_looked_at_again_before_it_is_submitted(
    app: Flask, expert: Visitor, address: str
) -> None:
    expert.get(address)
    page = expert.submit(address, act="submit", **filled())
    form = page.forms[page.path]
    sheet = expert.get(address).forms[address]
    expert.post(address, {**sheet, "act": "save", "opinion": "另一窗口改过的总体意见。"})
    again = expert.post(page.path, form)
    assert (again.status, "另一窗口改过的总体意见。" in again.text, count(app, ReviewRevision)) == (
        409,
        True,
        0,
    )
    assert expert.submit(again.path).title == "提交回执"


def test_confirming_after_the_round_closed_says_so_and_keeps_the_text(
    app: Flask, expert: Visitor, address: str, scene: Scene
) -> None:
    expert.get(address)
    page = expert.submit(address, act="submit", **filled())
    form = page.forms[page.path]
    with app.app_context():
        build.set_round_state(scene.round, "sealed")
    refused = expert.post(page.path, form)
    assert (refused.status, count(app, ReviewRevision)) == (403, 0)
    assert "本轮评分未在进行，不能修改。" in refused.text and OPINION in refused.text
    assert "确认提交" not in refused.text


def test_withdrawn_dossier_is_told_on_the_sheet_and_cannot_be_submitted(
    app: Flask, expert: Visitor, address: str, scene: Scene
) -> None:
    expert.get(address)
    page = expert.submit(address, act="submit", **filled())
    form = page.forms[page.path]
    with app.app_context(), transaction() as session:
        session.scalars(
            sa.select(Dossier).where(Dossier.public_id == scene.dossiers[SINGLE])
        ).one().state = "withdrawn"
    gone = "该单位已撤回申报，不需再评。已填内容留存，不计入评审。"
    assert (gone in expert.post(page.path, form).text, count(app, ReviewRevision)) == (True, 0)
    assert gone in expert.get(address).text


def test_faults_are_listed_before_submitting_and_stand_at_their_fields(
    app: Flask, expert: Visitor, address: str
) -> None:
    expert.get(address)
    wrong = filled() | {"points.C1.1": "十", "points.C1.2": "12.5", "points.C2.1": "", "comments.C1.3": ""}
    listed = expert.submit(address, act="submit", **wrong)
    assert ("确认提交" in listed.text, "还有4处须补填或改正" in listed.text) == (False, True)
    linked = [
        str(href).partition("#")[2]
        for href in listed.doc.xpath("//div[contains(@class, 'msg-care')]//a/@href")
    ]
    assert linked == ["points.C1.1", "points.C1.2", "comments.C1.3", "points.C2.1"]
    forced = expert.post(listed.path, {"version": "1", "key": "x"})
    assert (forced.status, count(app, ReviewRevision)) == (422, 0)
    page = expert.get(f"{address}?check=1")
    assert [page.field_error(name) for name in ("points.C1.1", "points.C1.2", "points.C2.1")] == [
        "“服务覆盖面与服务量”的得分须填数字，请改正。",
        "“节能降碳降耗绩效”的得分应在0至12分之间，请改正。",
        "“目标合理、可考核”尚未评分，请填写0至9分。",
    ]
    assert page.field_error("comments.C1.3") == (
        "“产业结构、能源结构、能效示范作用”评为较差，请写明评分理由，不少于10字。"
    )
    assert {name: page.value(name) for name in wrong} == wrong


def test_full_marks_of_a_criterion_ask_for_a_reason_at_an_item(expert: Visitor, address: str) -> None:
    rubric = form_documents.green_call().rubric_of("written_review")
    full = {f"points.{item.key}": str(item.max_score) for item in rubric.criteria[0].items}
    expert.get(address)
    page = expert.submit(address, act="save", **full)
    asked = page.doc.xpath(
        "//span[@class='opt'][contains(., '各项均为满分，须写明理由')]/ancestor::section/@id"
    )
    assert (asked, "1项须写理由" in page.text) == (["i-C1.1"], True)
    page = expert.submit(address, act="save", **{"comments.C1.3": REASON})
    asked = page.doc.xpath(
        "//span[@class='opt'][contains(., '各项均为满分，须写明理由')]/ancestor::section/@id"
    )
    assert asked == ["i-C1.3"]


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


def test_page_that_comes_back_is_told_what_another_stored_and_the_token_of_now(
    expert: Visitor, address: str
) -> None:
    expert.get(address)
    autosave(expert, address, opinion="第一个")
    same = json.loads(expert.get(f"{address}/draft?known=1").body)
    other = json.loads(expert.get(f"{address}/draft?known=0").body)
    assert sorted(same) == ["sentence", "token"]
    assert (other["version"], other["theirs"]["opinion"], other["sentence"]) == (1, "第一个", "")
    changed = expert.post(f"{address}/draft", {"opinion": "第二个", "version": "1"}, token=other["token"])
    assert changed.status == 200


def test_login_after_an_idle_logout_leads_back_to_the_sheet_with_what_was_typed(
    app: Flask, expert: Visitor, address: str, login: Credential
) -> None:
    expert.get(address)
    with app.app_context(), transaction() as session:
        for row in session.scalars(sa.select(LoginSession)):
            row.last_seen_at -= timedelta(minutes=481)
    typed = {"points.C1.1": "8.5", "opinion": "写到一半"}
    assert expert.submit(address, act="submit", **typed).status == 401
    page = expert.submit("/login", login=login.login, password=login.password)
    assert page.title == "回到评分表"
    page = expert.submit(address)
    assert (page.path, {name: page.value(name).strip() for name in typed}) == (address, typed)
    assert count(app, ReviewRevision) == 0


def test_autosave_without_token_changes_nothing(app: Flask, expert: Visitor, address: str) -> None:
    expert.get(address)
    answer = expert.post(f"{address}/draft", {"opinion": "x"}, token="")
    assert (answer.status, count(app, ReviewDraft)) == (400, 0)


def test_autosave_after_closing_says_so(app: Flask, expert: Visitor, address: str, scene: Scene) -> None:
    expert.get(address)
    with app.app_context():
        build.set_round_state(scene.round, "sealed")
    assert autosave(expert, address, opinion="迟了") == (403, {"sentence": "本轮评分未在进行，不能修改。"})


@pytest.mark.parametrize("below", ["", "/declare", "/draft", "/recuse", "/submit", "/withdraw"])
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
    receipt = hand_in(expert, address, filled("2.5"))
    page = expert.submit(f"{address}/withdraw")
    assert (page.path, page.value("points.C1.1")) == (address, "2.5")
    again = hand_in(expert, address, filled("3"))
    assert (again.title, again.path == receipt.path) == ("提交回执", False)
    assert "第1次" in again.text and "第2次" in again.text


def test_submitted_sheet_can_be_read_and_not_typed_in(expert: Visitor, address: str) -> None:
    expert.get(address)
    hand_in(expert, address, filled())
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
    receipt = hand_in(expert, address, filled())
    other = scene.credential(app, "丁示例").visit(app)
    officer = scene.office.officer.visit(app)
    assert [visitor.get(receipt.path).status for visitor in (other, officer)] == [404, 404]


def test_own_sheet_comes_as_a_paper_to_sign_and_only_to_its_author(
    app: Flask, expert: Visitor, address: str, scene: Scene
) -> None:
    expert.get(address)
    receipt = hand_in(expert, address, filled())
    paper = next(href for text, href in receipt.links.items() if text == "下载评分表（Word）")
    downloaded = expert.get(paper)
    assert (downloaded.status, downloaded.body[:2]) == (200, b"PK")
    assert downloaded.response.headers["Content-Disposition"].startswith("attachment")
    assert scene.credential(app, "丁示例").visit(app).get(paper).status == 404


def told(page: Page) -> str:
    return " ".join(page.doc.xpath("string(//main//div[contains(@class, 'msg')]/h2)").split())


def test_receipt_can_be_checked_by_number_and_by_code(expert: Visitor, address: str) -> None:
    expert.get(address)
    receipt = hand_in(expert, address, filled())
    number = receipt.path.rpartition("/")[2]
    code = "".join(receipt.doc.xpath("//p[@class='digest']//text()")).strip()
    queries = [
        f"number={number}",
        f"number={number.upper()}&code={code.upper()}",
        f"code={code[:4]}%20{code[4:8]}%20{code[8:16]}",
    ]
    assert [told(expert.get(f"/expert/receipts?{query}")) for query in queries] == ["一致"] * 3
    wrong = expert.get(f"/expert/receipts?number={number}&code={'0' * 16}")
    assert (told(wrong), "填写的校验码不是这份回执的校验码" in wrong.text) == ("不一致", True)
    short = expert.get("/expert/receipts?number=&code=12")
    assert (short.status, short.field_error("code")) == (
        422,
        "校验码由数字0—9和字母a—f组成，请至少填写前16位。",
    )


def test_receipt_of_another_expert_is_none_to_be_checked(
    app: Flask, expert: Visitor, address: str, scene: Scene
) -> None:
    expert.get(address)
    number = hand_in(expert, address, filled()).path.rpartition("/")[2]
    other = scene.credential(app, "丁示例").visit(app)
    answers = [told(other.get(f"/expert/receipts?number={which}")) for which in (number, "a" * 12)]
    assert answers == ["没有这份回执"] * 2


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
    assert "resume" not in page.forms[case]  # an answer that was given is not turned into a draft


def test_keeping_a_score_needs_a_reason(expert: Visitor, case: str) -> None:
    expert.get(case)
    page = expert.submit(case, answer="keep", reason="维持")
    assert (page.status, page.field_error("reason")) == (
        422,
        "请说明维持或修改的理由，至少10个字，最多2000个字。",
    )
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
