"""Leading the room over HTTP, and the pages that follow it."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from lxml import html

from review_portal.clock import now
from review_portal.db import db, transaction
from review_portal.models.accounts import LoginSession
from review_portal.models.calls import Round
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.engines import on_sqlite
from tests.visitor import Page, Visitor
from tests.web.test_auth import move_sessions_back

pytestmark = on_sqlite  # pages over services that have their tests on both engines


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def leading(app: Flask, running: Defense) -> Visitor:
    """The officer with the page of buttons open."""
    visitor = running.office.officer.visit(app)
    visitor.get(f"/defense/{running.round_}/control")
    return visitor


def buttons(page: Page) -> list[str]:
    return [node.text.strip() for node in page.doc.xpath("//fieldset[@class='control']//button")]


def press(visitor: Visitor, made: Defense, act: str) -> Page:
    path = f"/defense/{made.round_}/control/press"
    return visitor.post(path, {**visitor.page.forms[path], "act": act})


def call_in(visitor: Visitor) -> Page:
    (path,) = [action for action in visitor.page.forms if action.endswith("/call")]
    return visitor.submit(path)


def test_page_offers_only_what_makes_sense_now(leading: Visitor, running: Defense) -> None:
    seen = [buttons(leading.page), buttons(call_in(leading))]
    seen += [buttons(press(leading, running, act)) for act in ("start", "pause", "resume")]
    seen += [buttons(press(leading, running, act)) for act in ("end_presentation", "ask", "finish")]
    assert seen == [
        ["请进场"],
        ["开始汇报", "退回候场"],
        ["结束汇报", "暂停计时", "加1分钟"],
        ["结束汇报", "继续计时", "加1分钟"],
        ["结束汇报", "暂停计时", "加1分钟"],
        ["开始提问", "本家结束"],
        ["本家结束", "暂停计时", "加1分钟"],
        ["恢复提问", "请下一家进场"],
    ]


def test_second_controller_is_told_and_nothing_jumps(app: Flask, leading: Visitor, running: Defense) -> None:
    call_in(leading)
    chair = running.chair.visit(app)
    chair.get(f"/defense/{running.round_}/control")
    press(leading, running, "start")
    page = press(chair, running, "start")
    assert page.text.count("会场状态刚有变化，本次操作未执行。请按页面上的最新状态办理。") == 1
    assert buttons(page) == ["结束汇报", "暂停计时", "加1分钟"]


@pytest.mark.parametrize("sent", [{}, {"act": "start"}, {"act": "x" * 9999, "version": "9" * 30}])
def test_broken_press_changes_nothing(
    app: Flask, leading: Visitor, running: Defense, sent: dict[str, str]
) -> None:
    call_in(leading)
    page = leading.post(f"/defense/{running.round_}/control/press", sent)
    assert (page.status, buttons(page)) == (200, ["开始汇报", "退回候场"])


@pytest.mark.parametrize("path", ["control", "control/state", "control/press", "order/record", "schedule"])
def test_leading_is_not_for_other_experts(app: Flask, running: Defense, path: str) -> None:
    visitor = running.expert.visit(app)
    address = f"/defense/{running.round_}/{path}"
    page = visitor.post(address) if path.endswith("press") else visitor.get(address)
    assert page.status == 404


def test_screen_shows_the_unit_its_clock_and_who_is_next_and_no_expert(
    app: Flask, leading: Visitor, running: Defense
) -> None:
    call_in(leading)
    press(leading, running, "start")
    page = running.expert.visit(app).get(f"/room/{running.round_}")
    assert (page.title, page.doc.xpath("//*[@class='phase']/text()")) == (
        "重庆示例绿能科技有限公司",
        ["汇报"],
    )
    assert page.doc.xpath("//div[@class='room-foot']//b/text()") == ["重庆示例汽车能效技术有限公司"]
    assert page.doc.xpath("//*[@data-clock]/@data-run") == ["yes"]
    assert "请相关专家离场" not in page.text


def test_screen_asks_to_leave_without_saying_whom(app: Flask, leading: Visitor, running: Defense) -> None:
    slot = running.slots(app)["2023-003"]
    leading.post(f"/defense/turns/{slot}/call")
    page = leading.get(f"/room/{running.round_}")
    assert (page.text.count("请相关专家离场"), page.text.count("示例专家")) == (1, 0)
    assert leading.get(f"/defense/{running.round_}/control").text.count("须离场：示例专家2") == 1


def test_screen_says_that_the_round_is_over(app: Flask, leading: Visitor, running: Defense) -> None:
    for _unit in range(3):
        call_in(leading)
        for act in ("start", "end_presentation", "finish"):
            press(leading, running, act)
    assert leading.get(f"/room/{running.round_}").title == "本轮答辩结束"


def test_screen_without_scripts_loads_itself_anew_where_asked(app: Flask, running: Defense) -> None:
    visitor = running.office.officer.visit(app)
    page = visitor.get(f"/room/{running.round_}")
    assert page.response.headers.get("Refresh") is None
    page = visitor.get(page.doc.xpath("string(//noscript/a/@href)"))
    assert page.response.headers["Refresh"] == "5"


@pytest.mark.parametrize("path", ["/room/{}/state", "/room/{}/strip", "/defense/{}/control/state"])
def test_follower_is_answered_304_until_something_happens(
    app: Flask, leading: Visitor, running: Defense, path: str
) -> None:
    state = path.format(running.round_)
    told = leading.get(state).response.get_json()
    code = {"If-None-Match": f'"{told["code"]}"'}
    assert (leading.get(state, headers=code).status, leading.get(state, headers=code).body) == (304, b"")
    call_in(leading)
    assert leading.get(state, headers=code).response.get_json()["code"] != told["code"]


SESSION = ("login_sessions", "grants", "chair_elections", "strftime", "clock_timestamp", "BEGIN", "SELECT 1")


def test_unchanged_answer_costs_one_row_besides_the_check_of_the_session(
    app: Flask, leading: Visitor, running: Defense
) -> None:
    state = f"/room/{running.round_}/strip"
    visitor = running.expert.visit(app)
    code = visitor.get(state).response.get_json()["code"]
    with app.app_context():
        engine = db.engine
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(engine, "before_cursor_execute", note)
    visitor.get(state, headers={"If-None-Match": f'"{code}"'})
    sa.event.remove(engine, "before_cursor_execute", note)
    besides = [statement for statement in seen if not any(word in statement for word in SESSION)]
    assert ["FROM defense_rooms JOIN rounds" in " ".join(statement.split()) for statement in besides] == [
        True
    ]


def test_strip_stands_on_the_worklist_of_the_panel_alone(
    app: Flask, leading: Visitor, running: Defense
) -> None:
    call_in(leading)
    page = running.expert.visit(app).get("/expert/")
    (strip,) = page.doc.xpath("//section[@data-live]")
    words = " ".join(strip.text_content().split())
    assert words.startswith("现场答辩 第1家 2023-001 重庆示例绿能科技有限公司 已入场，待汇报 10:00")
    assert strip.xpath(".//a[starts-with(@href, '/expert/reviews/')]/text()") == ["打开2023-001评分表"]
    assert "下一家 2023-003 与您有回避情形，届时请离场" in words
    assert "重庆示例汽车能效技术有限公司" not in words


def test_strip_on_a_sheet_links_to_other_sheets_alone(app: Flask, leading: Visitor, running: Defense) -> None:
    call_in(leading)
    visitor = running.expert.visit(app)
    strip = f"/room/{running.round_}/strip"
    (link,) = links(visitor, strip)
    review = link.rsplit("/", 1)[-1]
    assert links(visitor, f"{strip}?sheet=another") == [link]
    assert links(visitor, f"{strip}?sheet={review}") == []


def links(visitor: Visitor, strip: str) -> list[str]:
    words = html.fragment_fromstring(visitor.get(strip).response.get_json()["html"], create_parent="div")
    return [str(link) for link in words.xpath(".//a/@href[starts-with(., '/expert/reviews/')]")]


@pytest.mark.parametrize(
    ("path", "kept"),
    [("/room/{}/state", True), ("/room/{}/strip", False), ("/defense/{}/control/state", False)],
)
def test_following_keeps_nobody_logged_in_but_the_projector(
    app: Flask, leading: Visitor, running: Defense, path: str, kept: bool
) -> None:
    move_sessions_back(app, minutes=300)
    assert leading.get(path.format(running.round_), follow=False).status == 200
    seen = factories.inside(
        app, lambda: db.session.scalars(sa.select(sa.func.max(LoginSession.last_seen_at))).one()
    )
    assert (now() - seen < timedelta(minutes=5)) is kept


def test_strip_is_gone_once_scoring_has_ended(app: Flask, running: Defense) -> None:
    visitor = running.expert.visit(app)
    assert len(visitor.get("/expert/").doc.xpath("//section[@data-live]")) == 1
    factories.inside(app, lambda: seal(running.round_))
    assert visitor.get("/expert/").doc.xpath("//section[@data-live]") == []
    assert visitor.get(f"/room/{running.round_}/strip").response.get_json()["html"].strip() == ""


def seal(round_: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Round).where(Round.public_id == round_)).one().state = "sealed"


def test_room_is_missing_for_strangers(app: Flask, running: Defense) -> None:
    visitor = running.office.administrator.visit(app)
    for path in ("", "/state", "/strip", "/schedule"):
        assert visitor.get(f"/room/{running.round_}{path}").status == 404
