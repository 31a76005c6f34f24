"""The defense over HTTP: prepare, draw, call in, record, absence by two, the room's screen."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from review_portal.services import defense_records, defense_room, defenses
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.visitor import Visitor


@pytest.fixture
def drafted(app: Flask) -> Defense:
    return defense_round.shortlisted(app)


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


def officer(app: Flask, made: Defense) -> Visitor:
    return made.office.officer.visit(app)


def rows(app: Flask, made: Defense) -> list[defense_room.SlotRow]:
    viewer = made.officer(app)
    return factories.inside(app, lambda: defense_room.list_slots(viewer, round_=made.round_))


def records(app: Flask, made: Defense, slot: str) -> list[tuple[int, str | None]]:
    viewer = made.officer(app)
    kept = factories.inside(app, lambda: defense_records.view(viewer, slot=slot).records)
    return [(item.ordinal, item.result) for item in kept]


RECORD = {
    "name-0": "甲示例",
    "role-0": "主讲人",
    "checked-0": "y",
    "questions": "首年接入企业如何落实",
    "result": "recommended",
}


def test_secretariat_prepares_the_round_and_draws_the_order(app: Flask, drafted: Defense) -> None:
    visitor = officer(app, drafted)
    page = visitor.get(f"/secretariat/{drafted.call}/defense")
    assert (page.title, page.path) == ("现场答辩", f"/defense/{drafted.round_}")
    visitor.get(page.links["生成答辩名单"])
    page = visitor.submit(f"/defense/{drafted.round_}/prepare")
    assert [row.number for row in rows(app, drafted)] == list(defense_round.SHORTLIST)
    visitor.get(page.links["抽定答辩顺序"])
    page = visitor.post(f"/defense/{drafted.round_}/order", {"method": "system"})
    assert sorted(row.position or 0 for row in rows(app, drafted)) == [1, 2, 3]
    assert page.path == f"/defense/{drafted.round_}"


def test_lots_from_paper_with_a_number_twice_are_refused_and_kept(app: Flask, drafted: Defense) -> None:
    viewer = drafted.officer(app)
    factories.inside(app, lambda: defenses.prepare(viewer, round_=drafted.round_))
    slots = [row.public_id for row in rows(app, drafted)]
    visitor = officer(app, drafted)
    visitor.get(f"/defense/{drafted.round_}/order")
    typed = {f"place-{slot}": number for slot, number in zip(slots, "221", strict=True)}
    page = visitor.post(
        f"/defense/{drafted.round_}/order", {"method": "paper", "witness": "示例监督甲", **typed}
    )
    assert page.status == 422
    assert [page.value(f"place-{slot}") for slot in slots] == ["2", "2", "1"]
    assert page.text.count("请核对每家单位的序号，不重不漏。") == 1
    assert [row.position for row in rows(app, drafted)] == [None, None, None]


def test_lots_from_paper_become_the_order(app: Flask, drafted: Defense) -> None:
    viewer = drafted.officer(app)
    factories.inside(app, lambda: defenses.prepare(viewer, round_=drafted.round_))
    slots = [row.public_id for row in rows(app, drafted)]
    visitor = officer(app, drafted)
    visitor.get(f"/defense/{drafted.round_}/order")
    typed = {f"place-{slot}": number for slot, number in zip(slots, "231", strict=True)}
    visitor.post(f"/defense/{drafted.round_}/order", {"method": "paper", "witness": "示例监督甲", **typed})
    assert [row.public_id for row in rows(app, drafted)] == [slots[2], slots[0], slots[1]]


def test_timetable_without_a_time_is_refused_at_the_field(app: Flask, running: Defense) -> None:
    visitor = officer(app, running)
    visitor.get(f"/defense/{running.round_}/timetable")
    page = visitor.submit(f"/defense/{running.round_}/timetable", first="", break_minutes="x")
    assert (page.status, page.field_error("first"), page.field_error("break_minutes")) == (
        422,
        "请填写第一家的开始日期和时间。",
        "请填写整数分钟数，没有间隔填0。",
    )


def test_timetable_shows_office_time(app: Flask, running: Defense) -> None:
    visitor = officer(app, running)
    visitor.get(f"/defense/{running.round_}/timetable")
    page = visitor.submit(f"/defense/{running.round_}/timetable", first="2023-03-07T09:00", break_minutes="5")
    assert re.findall(r"2023年3月7日 \d\d:\d\d", page.text) == [
        "2023年3月7日 09:00",
        "2023年3月7日 09:25",
        "2023年3月7日 09:50",
    ]


def test_record_is_kept_and_its_result_is_listed(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = officer(app, running)
    visitor.get(f"/defense/turns/{slot}")
    page = visitor.submit(f"/defense/turns/{slot}", **RECORD)
    assert (page.path, records(app, running, slot)) == (
        f"/defense/{running.round_}",
        [(1, "recommended")],
    )


def test_faulty_record_keeps_what_was_typed(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = officer(app, running)
    visitor.get(f"/defense/turns/{slot}")
    page = visitor.submit(f"/defense/turns/{slot}", **{**RECORD, "result": "conditional"})
    assert (page.status, page.value("questions"), page.value("name-0")) == (
        422,
        "首年接入企业如何落实",
        "甲示例",
    )
    assert page.field_error("conditions") == "有条件的结论须写明条件，条件将写入任务书。"
    assert records(app, running, slot) == []


def test_second_officer_with_an_older_page_sees_both_texts_and_may_keep_the_own(
    app: Flask, running: Defense
) -> None:
    slot = running.slots(app)["2023-001"]
    first, second = officer(app, running), running.office.second_officer.visit(app)
    for visitor in (first, second):
        visitor.get(f"/defense/turns/{slot}")
    first.submit(f"/defense/turns/{slot}", **{**RECORD, "result": ""})
    page = second.submit(f"/defense/turns/{slot}", **{**RECORD, "questions": "另一份记录"})
    assert (page.status, page.title) == (409, "该内容刚被修改")
    assert page.text.count("另一份记录") == page.text.count("首年接入企业如何落实") == 1
    second.submit(f"/defense/turns/{slot}")
    assert records(app, running, slot) == [(1, None), (2, "recommended")]


def test_absence_goes_from_the_chair_to_the_supervisor(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    chair = running.chair.visit(app)
    page = chair.get(f"/defense/{running.round_}")
    chair.get(page.links["缺席：重庆示例环保装备有限公司"])
    page = chair.submit(f"/defense/turns/{slot}/absent", reason="规定时间后15分钟未到场")
    assert page.path == f"/defense/{running.round_}"
    supervisor = running.office.supervisor_a.visit(app)
    page = supervisor.get("/approvals/")
    page = supervisor.get(page.links["核对并确认：确认缺席 重庆示例环保装备有限公司"])
    assert page.title == "确认缺席：重庆示例环保装备有限公司"
    supervisor.submit(page.path, decision="agree", confirm="y")
    assert records(app, running, slot) == [(1, "abstained")]
    assert supervisor.get(f"/defense/{running.round_}").text.count("放弃答辩") == 1


def test_absence_without_a_reason_asks_for_it(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    chair = running.chair.visit(app)
    chair.get(f"/defense/turns/{slot}/absent")
    page = chair.submit(f"/defense/turns/{slot}/absent", reason=" ")
    assert (page.status, page.field_error("reason")) == (422, "请写明事由，至少2个字。")


@pytest.mark.parametrize("path", ["/defense/{round}", "/defense/{round}/order", "/defense/turns/{slot}"])
def test_pages_of_the_defense_are_not_for_other_experts(app: Flask, running: Defense, path: str) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = running.expert.visit(app)
    assert visitor.get(path.format(round=running.round_, slot=slot)).status == 404


def test_supervisor_looks_without_forms(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = running.office.supervisor_a.visit(app)
    page = visitor.get(f"/defense/turns/{slot}")
    assert [action for action in page.forms if action.startswith("/defense")] == []
    assert visitor.get(f"/defense/{running.round_}/order").status == 404


def test_room_shows_the_unit_its_clock_and_who_is_next_to_the_panel(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    visitor = officer(app, running)
    page = visitor.get(f"/defense/{running.round_}")
    visitor.submit(f"/defense/turns/{slot}/call")
    page = running.expert.visit(app).get(f"/room/{running.round_}")
    assert (page.title, page.doc.xpath("//p[@class='phase']/text()")) == (
        "重庆示例绿能科技有限公司",
        ["汇报"],
    )
    assert page.doc.xpath("//footer//b/text()") == ["重庆示例汽车能效技术有限公司"]
    assert page.doc.xpath("//div[@class='clock']/@data-run") == ["yes"]


def test_room_answers_unchanged_until_something_happens(app: Flask, running: Defense) -> None:
    visitor = officer(app, running)
    state = f"/room/{running.round_}/state"
    code = f'"{visitor.get(state).response.get_json()["code"]}"'
    assert visitor.get(state, headers={"If-None-Match": code}).status == 304
    visitor.get(f"/defense/{running.round_}")
    visitor.submit(f"/defense/turns/{running.slots(app)['2023-001']}/call")
    assert visitor.get(state, headers={"If-None-Match": code}).status == 200


def test_room_is_missing_for_strangers(app: Flask, running: Defense) -> None:
    visitor = running.office.administrator.visit(app)
    assert visitor.get(f"/room/{running.round_}").status == 404
    assert visitor.get(f"/room/{running.round_}/state").status == 404
