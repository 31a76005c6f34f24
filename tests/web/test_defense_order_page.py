"""Drawing the order over HTTP, its record, and the timetable."""

from __future__ import annotations

import json
import re

import pytest
from flask import Flask

from review_portal.domain import defense_order
from review_portal.services import defense_room, defenses
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.engines import on_sqlite
from tests.visitor import Page, Visitor

pytestmark = on_sqlite  # pages over services that have their tests on both engines

CALLED = {"method": "number", "number": "0317", "caller": "甲单位代表", "witness": "示例监督甲"}


@pytest.fixture
def drafted(app: Flask) -> Defense:
    made = defense_round.shortlisted(app)
    viewer = made.officer(app)
    factories.inside(app, lambda: defenses.prepare(viewer, round_=made.round_))
    return made


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


def officer(app: Flask, made: Defense, path: str) -> Visitor:
    """The officer's browser with a page of the defense open."""
    visitor = made.office.officer.visit(app)
    visitor.get(f"/defense/{made.round_}/{path}")
    return visitor


def rows(app: Flask, made: Defense) -> list[defense_room.SlotRow]:
    viewer = made.officer(app)
    return factories.inside(app, lambda: defense_room.list_slots(viewer, round_=made.round_))


def spoken(page: Page) -> str:
    """The code as the page shows it, without its groups."""
    return re.sub(r"\s", "", page.doc.xpath("string(//p[@class='digest'])"))


def test_code_is_shown_to_the_room_before_the_number_is_called(app: Flask, drafted: Defense) -> None:
    visitor = officer(app, drafted, "order")
    page = visitor.post(f"/defense/{drafted.round_}/order", {"method": "commit"})
    screen = drafted.office.supervisor_a.visit(app).get(f"/room/{drafted.round_}")
    assert (len(spoken(page)), spoken(screen)) == (64, spoken(page))
    page = visitor.post(f"/defense/{drafted.round_}/order", CALLED)
    assert (page.path, sorted(row.position or 0 for row in rows(app, drafted))) == (
        f"/defense/{drafted.round_}",
        [1, 2, 3],
    )


def test_secret_is_on_no_page_before_the_draw_and_on_the_record_after_it(
    app: Flask, drafted: Defense
) -> None:
    visitor = officer(app, drafted, "order")
    before = visitor.post(f"/defense/{drafted.round_}/order", {"method": "commit"})
    assert visitor.get(f"/defense/{drafted.round_}/order/record").status == 404
    visitor.get(f"/defense/{drafted.round_}/order")
    visitor.post(f"/defense/{drafted.round_}/order", CALLED)
    assert visitor.get(f"/defense/{drafted.round_}/order").path.endswith("/order/record")
    file = json.loads(visitor.get(f"/defense/{drafted.round_}/order/record.json").body)
    sheet = visitor.get(f"/defense/{drafted.round_}/order/record")
    assert (file["commitment"], defense_order.faults(file)) == (spoken(before), [])
    assert file["secret"] in re.sub(r"\s", "", sheet.text)
    assert file["secret"] not in re.sub(r"\s", "", before.text)
    assert "示例专家" not in sheet.text


def test_number_without_digits_is_refused_at_the_field_and_kept(app: Flask, drafted: Defense) -> None:
    visitor = officer(app, drafted, "order")
    visitor.post(f"/defense/{drafted.round_}/order", {"method": "commit"})
    page = visitor.post(f"/defense/{drafted.round_}/order", {**CALLED, "number": "三百"})
    assert (page.status, page.value("number"), page.value("caller")) == (422, "三百", "甲单位代表")
    assert page.field_error("number") == "请填写现场报出的数字，1至12位。"


def test_number_before_the_code_is_a_conflict_and_says_what_to_do(app: Flask, drafted: Defense) -> None:
    page = officer(app, drafted, "order").post(f"/defense/{drafted.round_}/order", CALLED)
    assert (page.status, page.text.count("请先公布抽签校验码，再在现场报数。")) == (409, 1)


def test_empty_form_draws_nothing(app: Flask, drafted: Defense) -> None:
    page = officer(app, drafted, "order").post(f"/defense/{drafted.round_}/order", {})
    assert (page.status, {row.position for row in rows(app, drafted)}) == (409, {None})


def test_lots_from_paper_with_a_number_twice_are_refused_and_kept(app: Flask, drafted: Defense) -> None:
    slots = [row.public_id for row in rows(app, drafted)]
    visitor = officer(app, drafted, "order")
    typed = {f"place-{slot}": number for slot, number in zip(slots, "221", strict=True)}
    page = visitor.post(
        f"/defense/{drafted.round_}/order", {"method": "paper", "witness": "示例监督甲", **typed}
    )
    assert page.status == 422
    assert [page.value(f"place-{slot}") for slot in slots] == ["2", "2", "1"]
    assert page.text.count("请核对每家单位的序号，不重不漏。") == 1
    assert [row.position for row in rows(app, drafted)] == [None, None, None]


def test_lots_from_paper_become_the_order(app: Flask, drafted: Defense) -> None:
    slots = [row.public_id for row in rows(app, drafted)]
    visitor = officer(app, drafted, "order")
    typed = {f"place-{slot}": number for slot, number in zip(slots, "231", strict=True)}
    visitor.post(f"/defense/{drafted.round_}/order", {"method": "paper", "witness": "示例监督甲", **typed})
    assert [row.public_id for row in rows(app, drafted)] == [slots[2], slots[0], slots[1]]
    assert visitor.get(f"/defense/{drafted.round_}/order/record").text.count("现场纸质抽签") == 1
    assert visitor.get(f"/defense/{drafted.round_}/order/record.json").status == 404


PLAN = {
    "first": "2023-03-07T09:00",
    "break_minutes": "5",
    "call_minutes": "30",
    "pause-0": "2023-03-07T09:40",
    "until-0": "2023-03-07T13:00",
}


def test_timetable_shows_office_time_around_lunch(app: Flask, running: Defense) -> None:
    visitor = officer(app, running, "timetable")
    page = visitor.submit(f"/defense/{running.round_}/timetable", **PLAN)
    assert re.findall(r"2023年3月7日 \d\d:\d\d", page.text) == [
        "2023年3月7日 09:00",
        "2023年3月7日 13:00",
        "2023年3月7日 13:25",
    ]
    page = visitor.get(f"/defense/{running.round_}/schedule")
    table = [[" ".join(cell.text_content().split()) for cell in row] for row in page.doc.xpath("//tbody/tr")]
    assert [(row[1], row[2], row[4]) for row in table] == [
        ("08:30", "09:00—09:20", "—"),
        ("—", "09:40—13:00", "—"),
        ("12:30", "13:00—13:20", "示例专家2"),
        ("12:55", "13:25—13:45", "—"),
    ]


def test_experts_timetable_tells_the_own_leaving_alone(app: Flask, running: Defense) -> None:
    officer(app, running, "timetable").submit(f"/defense/{running.round_}/timetable", **PLAN)
    page = running.expert.visit(app).get(f"/room/{running.round_}/schedule")
    assert (page.text.count("请离场"), page.text.count("重庆示例汽车能效技术有限公司")) == (1, 0)
    page = running.chair.visit(app).get(f"/room/{running.round_}/schedule")
    assert (page.text.count("请离场"), page.text.count("示例专家")) == (0, 0)


def test_timetable_without_times_is_refused_at_the_fields_and_kept(app: Flask, running: Defense) -> None:
    visitor = officer(app, running, "timetable")
    typed = {**PLAN, "first": "", "break_minutes": "x", "until-0": ""}
    page = visitor.submit(f"/defense/{running.round_}/timetable", **typed)
    assert (page.status, page.field_error("first"), page.field_error("break_minutes")) == (
        422,
        "请填写第一家的开始日期和时间。",
        "请填写整数分钟数，没有间隔填0。",
    )
    assert page.field_error("pause-0") == "请填写休息的开始和结束时间，不休息的两项都留空。"
    assert (page.value("pause-0"), page.value("call_minutes")) == (PLAN["pause-0"], "30")


def test_turn_is_moved_with_a_reason_and_those_after_it_follow(app: Flask, running: Defense) -> None:
    visitor = officer(app, running, "timetable")
    page = visitor.submit(f"/defense/{running.round_}/timetable", first="2023-03-07T09:00")
    path = page.links["调整时间：重庆示例汽车能效技术有限公司"]
    visitor.get(path)
    page = visitor.submit(path, start="2023-03-07T10:00", following="y", reason="")
    assert (page.status, page.field_error("reason"), page.value("start")) == (
        422,
        "请写明事由，至少2个字。",
        "2023-03-07T10:00",
    )
    page = visitor.submit(path, reason="单位路上堵车")
    assert re.findall(r"2023年3月7日 \d\d:\d\d", page.text)[1:] == [
        "2023年3月7日 10:00",
        "2023年3月7日 10:20",
    ]
