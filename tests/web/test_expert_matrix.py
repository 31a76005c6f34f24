"""The matrix of a round over HTTP: rows that may be typed in, saving row by row, both texts at a refusal."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.models.accounts import LoginSession
from review_portal.models.reviews import Review, ReviewDraft
from review_portal.services import reviews
from review_portal.services.own_round import own_round
from review_portal.web import matrix_form
from tests import factories_reviews as build
from tests import form_documents
from tests.engines import on_sqlite
from tests.factories import Credential
from tests.factories_meeting import gather, scored_on_site
from tests.factories_reviews import OPINION, REASON, Scene
from tests.services.counting import queries
from tests.visitor import Page, Visitor

ONE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
NAME = "甲示例"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.scoring(app)


@pytest.fixture
def credential(app: Flask, scene: Scene) -> Credential:
    return scene.credential(app, NAME)


@pytest.fixture
def expert(app: Flask, credential: Credential) -> Visitor:
    return credential.visit(app)


@pytest.fixture
def sheets(app: Flask, scene: Scene) -> Iterator[tuple[str, str]]:
    """The two sheets, both declared for."""
    with app.app_context():
        found = scene.ready(NAME, ONE)[1], scene.ready(NAME, TWO)[1]
    yield found


@pytest.fixture
def address(scene: Scene) -> str:
    return f"/expert/rounds/{scene.round}/matrix"


def drafts(app: Flask) -> dict[str, Any]:
    with app.app_context():
        rows = db.session.execute(
            sa.select(Review.public_id, ReviewDraft.content).join(Review, Review.id == ReviewDraft.review_id)
        ).all()
        return {row.public_id: row.content for row in rows}


def cells(page: Page, review: str) -> list[str]:
    return [str(node) for node in page.doc.xpath(f"//tr[@data-row='{review}']//input[@data-item]/@name")]


def words(page: Page, review: str) -> str:
    (node,) = page.doc.xpath(f"//tr[@data-row='{review}']")
    return " ".join(node.text_content().split())


@on_sqlite
def test_matrix_leads_to_the_pledge_first(expert: Visitor, scene: Scene, address: str) -> None:
    assert expert.get(address).path == f"/expert/rounds/{scene.round}/pledge"


@on_sqlite
def test_matrix_on_site_takes_points_only_from_who_is_in_the_room(app: Flask, tmp_path: Path) -> None:
    scene = scored_on_site(app, tmp_path / "rules")
    expert = scene.credential(app, NAME).visit(app)
    with app.app_context():
        _viewer, review = scene.ready(NAME, ONE)
    address = f"/expert/rounds/{scene.round}/matrix"
    page = expert.get(address)
    assert ("请先签到" in page.text, cells(page, review)) == (True, [])
    typed = expert.submit(address, **{f"{review}.version": "0", f"{review}.points.C1.1": "8"})
    assert (typed.status, drafts(app)) == (422, {})
    kept = [str(node.text_content()).strip() for node in typed.doc.xpath("//*[@class='kept']")]
    assert kept == ["8", "—"]
    assert expert.get(f"/expert/rounds/{scene.round}/offline.xlsx").status == 409
    with app.app_context():
        gather(scene, NAME)
    assert len(cells(expert.get(address), review)) == 13


@on_sqlite
def test_row_without_declaration_leads_to_it_and_takes_no_points(
    app: Flask, expert: Visitor, scene: Scene, address: str
) -> None:
    with app.app_context():
        _viewer, ready = scene.ready(NAME, ONE)
        waiting = scene.review(NAME, TWO)
    page = expert.get(address)
    assert (len(cells(page, ready)), cells(page, waiting)) == (13, [])
    assert f"/expert/reviews/{waiting}/declare" in page.doc.xpath("//tr//a/@href")
    forced = {f"{waiting}.version": "0", f"{waiting}.points.C1.1": "8"}
    assert expert.submit(address, **forced).status == 422
    assert drafts(app) == {}


@on_sqlite
def test_recused_dossier_shows_its_number_alone(
    app: Flask, expert: Visitor, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    with app.app_context():
        viewer = scene.expert(NAME)
        unit = next(row.unit for row in own_round(viewer, round_=scene.round).rows if row.review == sheets[1])
        reviews.request_recusal(viewer, review=sheets[1], reason="与该单位有合作")
    page = expert.get(address)
    (row,) = page.doc.xpath("//tr[@class='is-off']")
    assert " ".join(row.text_content().split()) == "S02（已回避，不再显示）回避回避"
    assert (unit in page.text, sheets[1] in page.body.decode()) == (False, False)


@on_sqlite
def test_saving_without_scripts_stores_touched_rows_alone(
    app: Flask, expert: Visitor, sheets: tuple[str, str], address: str
) -> None:
    one, _two = sheets
    expert.get(address)
    page = expert.submit(address, **{f"{one}.points.C1.1": "８.5", f"{one}.opinion": "第一行\r\n第二行"})
    assert (page.path, page.status) == (address, 200)
    assert "已暂存1份评分。" in page.text
    assert {review: kept["opinion"] for review, kept in drafts(app).items()} == {one: "第一行\n第二行"}
    assert "8.51／13" in words(page, one)  # a full-width figure is a figure
    again = expert.submit(address)
    assert "没有新的修改，内容均已暂存。" in again.text


@on_sqlite
def test_row_says_what_is_missing_by_the_rules_of_the_sheet(
    expert: Visitor, sheets: tuple[str, str], address: str
) -> None:
    one, two = sheets
    expert.get(address)
    poor = {f"{one}.points.C1.1": "1", f"{one}.points.C1.2": "12.3", f"{two}.points.C1.1": "8"}
    page = expert.submit(address, **poor)
    assert "还缺14处" in words(page, one)  # eleven blank, one off the step, a reason, the opinion
    assert page.value(f"{one}.comments.C1.1") == ""  # the field for the reason is there now
    assert page.doc.xpath("//input[@aria-invalid]/@name") == [f"{one}.points.C1.2"]
    rubric = form_documents.green_call().rubric_of("written_review")
    full = {f"{two}.points.{item.key}": f"{item.max_score - 1:f}" for item in rubric.items}
    reasons = {f"{two}.comments.{item.key}": REASON for item in rubric.items}
    page = expert.submit(address, **full, **reasons, **{f"{two}.opinion": OPINION})
    assert "可提交" in words(page, two)


@on_sqlite
def test_refused_row_keeps_both_texts_while_the_others_are_saved(
    app: Flask, expert: Visitor, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    one, two = sheets
    expert.get(address)
    with app.app_context():
        elsewhere = {"points": {"C1.1": "6"}, "opinion": "另一窗口"}
        reviews.save_draft(scene.expert(NAME), review=two, content=elsewhere, base_version=0)
    typed = {f"{one}.points.C1.1": "8", f"{two}.points.C1.1": "9", f"{two}.points.C1.2": "十分"}
    page = expert.submit(address, **typed)
    assert page.status == 409
    assert [node.text for node in page.doc.xpath("//p[@class='kept']")] == [
        "9",
        "6",
        "十分",
        "—",
        "—",
        "另一窗口",
    ]
    assert (page.value(f"{two}.points.C1.1"), page.value(f"{two}.points.C1.2")) == ("9", "十分")
    assert {review: kept["points"] for review, kept in drafts(app).items()} == {
        one: {"C1.1": "8"},
        two: {"C1.1": "6"},
    }
    undecided = expert.submit(address)
    assert (undecided.status, undecided.value(f"{two}.points.C1.2")) == (409, "十分")
    kept = expert.submit(address, **{f"{two}.keep": "mine"})
    assert (kept.status, drafts(app)[two]["points"]) == (200, {"C1.1": "9", "C1.2": "十分"})


@on_sqlite
def test_choosing_the_stored_text_drops_the_typed_one(
    app: Flask, expert: Visitor, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    one, _two = sheets
    expert.get(address)
    with app.app_context():
        reviews.save_draft(scene.expert(NAME), review=one, content={"opinion": "另一窗口"}, base_version=0)
    assert expert.submit(address, **{f"{one}.opinion": "本页"}).status == 409
    page = expert.submit(address, **{f"{one}.keep": "theirs"})
    assert (page.status, page.value(f"{one}.opinion")) == (200, "另一窗口")


@on_sqlite
def test_stale_row_that_nobody_touched_is_no_conflict(
    app: Flask, expert: Visitor, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    one, two = sheets
    expert.get(address)
    with app.app_context():
        reviews.save_draft(scene.expert(NAME), review=two, content={"opinion": "另一窗口"}, base_version=0)
    page = expert.submit(address, **{f"{one}.points.C1.1": "8"})
    assert (page.status, page.value(f"{two}.opinion")) == (200, "另一窗口")


@on_sqlite
def test_row_submitted_elsewhere_tells_so_beside_what_was_typed(
    app: Flask, expert: Visitor, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    one, _two = sheets
    expert.get(address)
    with app.app_context():
        whole = build.full_sheet(build.rubric_of(scene))
        viewer = scene.expert(NAME)
        reviews.submit_review(viewer, review=one, sheet=whole, base_version=0, request_key="elsewhere")
    page = expert.submit(address, **{f"{one}.opinion": "来不及暂存的意见"})
    assert page.status == 422
    assert "来不及暂存的意见" in page.text
    assert cells(page, one) == []


@on_sqlite
def test_rows_of_other_experts_and_rounds_are_not_there(
    app: Flask, scene: Scene, sheets: tuple[str, str], address: str
) -> None:
    other = scene.credential(app, "丁示例").visit(app)
    with app.app_context():
        foreign = scene.ready("丁示例", ONE)[1]
    other.get(address)
    page = other.submit(address, **{f"{sheets[0]}.version": "0", f"{sheets[0]}.opinion": "别人的"})
    assert (page.status, drafts(app)) == (200, {})
    assert len(cells(page, foreign)) == 13
    assert other.get(f"/expert/rounds/{'a' * 12}/matrix").status == 404


@on_sqlite
def test_matrix_reads_with_eight_queries(app: Flask) -> None:
    scene = build.scoring(app, samples=form_documents.SAMPLES[:1])
    with app.app_context():
        viewer, _review = scene.ready(NAME, form_documents.SAMPLES[0])
        assert queries(lambda: own_round(viewer, round_=scene.round)) <= 8


def test_touched_row_is_told_by_its_content_alone() -> None:
    blank = {"points": {}, "comments": {}, "opinion": "", "conclusion": ""}
    sent = {"points": {"C1.1": " "}, "comments": {"C1.1": ""}, "opinion": "", "conclusion": ""}
    assert matrix_form.fingerprint(blank) == matrix_form.fingerprint(sent) == matrix_form.fingerprint({})
    assert matrix_form.fingerprint(sent | {"opinion": "x"}) != matrix_form.fingerprint(blank)


@on_sqlite
def test_text_too_long_to_keep_is_told_and_stays_on_the_page(
    app: Flask, expert: Visitor, sheets: tuple[str, str], address: str
) -> None:
    one, two = sheets
    expert.get(address)
    long = "长" * 60_001
    page = expert.submit(address, **{f"{one}.opinion": long, f"{two}.points.C1.1": "8"})
    assert (page.status, page.value(f"{one}.opinion"), list(drafts(app))) == (422, long, [two])
    assert "S01 填写的文字过长，未能暂存。" in page.text


@on_sqlite
def test_sending_the_page_twice_is_no_conflict(
    app: Flask, expert: Visitor, sheets: tuple[str, str], address: str
) -> None:
    form = {**expert.get(address).forms[address], f"{sheets[0]}.points.C1.1": "8"}
    assert [expert.post(address, form).status for _ in range(2)] == [200, 200]
    assert drafts(app)[sheets[0]]["points"] == {"C1.1": "8"}


@on_sqlite
def test_login_that_ran_out_gives_back_what_was_typed(
    app: Flask, credential: Credential, expert: Visitor, sheets: tuple[str, str], address: str
) -> None:
    one, _two = sheets
    form = {**expert.get(address).forms[address], f"{one}.opinion": "超时以前写下的意见"}
    with app.app_context(), transaction() as session:
        session.execute(sa.delete(LoginSession))
    assert "登录已超时，内容已为您保存" in expert.post(address, form).text
    expert.submit("/login", login=credential.login, password=credential.password)
    page = expert.submit(address)
    assert (page.status, page.value(f"{one}.opinion")) == (200, "超时以前写下的意见")
