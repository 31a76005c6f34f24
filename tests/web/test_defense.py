"""The defense over HTTP: prepare, record, absence by two."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.services import defense_records, defense_room
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
    "question-0": "首年接入企业如何落实",
    "result": "recommended",
}


def test_secretariat_prepares_the_round_and_comes_to_the_draw(app: Flask, drafted: Defense) -> None:
    visitor = officer(app, drafted)
    page = visitor.get(f"/secretariat/{drafted.call}/defense")
    assert (page.title, page.path) == ("现场答辩", f"/defense/{drafted.round_}")
    visitor.get(page.links["生成答辩名单"])
    page = visitor.submit(f"/defense/{drafted.round_}/prepare")
    assert [row.number for row in rows(app, drafted)] == list(defense_round.SHORTLIST)
    page = visitor.get(page.links["抽定答辩顺序"])
    assert page.title == "抽定答辩顺序"


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
    assert (page.status, page.value("question-0"), page.value("name-0")) == (
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
    page = second.submit(f"/defense/turns/{slot}", **{**RECORD, "question-0": "另一份记录"})
    assert (page.status, page.title) == (409, "该内容刚被修改")
    assert page.text.count("另一份记录") == page.text.count("首年接入企业如何落实") == 1
    second.submit(f"/defense/turns/{slot}")
    assert records(app, running, slot) == [(1, None), (2, "recommended")]


def test_absence_goes_from_the_chair_to_the_supervisor(app: Flask, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    chair = running.chair.visit(app)
    page = chair.get(f"/defense/{running.round_}")
    chair.get(page.links["缺席：重庆示例环保装备有限公司"])
    page = chair.submit(f"/defense/turns/{slot}/absent", reason="规定时间后15分钟未到场", early="未排定时间")
    assert (page.path, page.text.count("待监督人员确认")) == (f"/defense/turns/{slot}/absent", 1)
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
    for path in ("order", "timetable", "control", "control/state"):
        assert visitor.get(f"/defense/{running.round_}/{path}").status == 404
    assert visitor.get(f"/defense/{running.round_}/order/record").status == 200
