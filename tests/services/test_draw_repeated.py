"""Several draws for one round: nobody sits twice, no employer twice, no open seat is forgotten."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pytest
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.domain.draw import verify_record
from review_portal.domain.errors import Conflict
from review_portal.exports.standalone import verify_draw
from review_portal.services import audit, draw_calls, draw_package, draw_phones, draw_pool, draw_views, draws
from tests import factories_reviews as build
from tests.factories_draw import PLAN, THROWS, drawn
from tests.factories_reviews import Scene

NEW = "储能"


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    made = build.prepared(app, panel=())
    db.session.rollback()
    return made


def put(scene: Scene, people: Sequence[dict[str, object]]) -> None:
    build.experts.import_roster(
        scene.officer, call=scene.call, name="专家.xlsx", data=build.roster_xlsx(people)
    )


def newcomer(number: int, employer: str = "") -> dict[str, object]:
    return {
        **build.POOL["experts"][0],
        "name": f"新{number}示例",
        "phone": f"199000010{number}",
        "employer": employer or f"示例新院{number}",
        "field": NEW,
    }


def decline(scene: Scene, draw: str, number: str) -> str | None:
    return draw_calls.log_call(scene.officer, draw=draw, expert=number, outcome="declined", note="忙")


def lines(scene: Scene, draw: str) -> list[draw_phones.PhoneLine]:
    lists = draw_phones.phone_list(scene.officer, round_=scene.round)
    return list(next(item for item in lists if item.draw == draw).lines)


def seat_of(scene: Scene, draw: str, stratum: str) -> str:
    return next(line.number for line in lines(scene, draw) if line.stratum == stratum)


def strangers(scene: Scene) -> dict[str, str]:
    """Who is left out so that nobody of the roster is passed over for a colleague, whatever is drawn."""
    return {scene.experts["辛示例"]: "与甲示例同单位"}


def first_with_open_seat(scene: Scene) -> str:
    """One seat of a specialty that a newcomer alone holds, four others; the newcomer declines."""
    put(scene, [newcomer(21)])
    plan = build.replace(PLAN, seats=[(NEW, 1, 0), (draw_pool.ANY, 4, 2)], left_out=strangers(scene))
    draw = drawn(scene, plan)
    assert decline(scene, draw, seat_of(scene, draw, NEW)) is None
    return draw


def reserve(scene: Scene, draw: str) -> str:
    """Name of the next in order for the other seats."""
    current = next(
        item
        for item in draw_views.round_draws(scene.officer, round_=scene.round).draws
        if item.public_id == draw
    )
    return current.standby[0].name


def supplement(scene: Scene) -> draws.Plan:
    return build.replace(PLAN, seats=[(NEW, 1, 0)], reason="无人可递补（示例）", left_out=strangers(scene))


def everybody(scene: Scene) -> list[str]:
    lists = draw_phones.phone_list(scene.officer, round_=scene.round)
    return [line.name for item in lists for line in item.lines]


def test_who_sits_by_a_supplement_is_not_seated_again_by_the_first_draw(scene: Scene) -> None:
    first = first_with_open_seat(scene)
    name = reserve(scene, first)
    row = next(one for one in build.POOL["experts"] if one["name"] == name)
    put(scene, [{**row, "field": NEW}])
    second = drawn(scene, supplement(scene))
    assert [line.name for line in lines(scene, second)] == [name]
    other = seat_of(scene, first, draw_pool.ANY)
    assert decline(scene, first, other) is not None
    assert len(everybody(scene)) == len(set(everybody(scene))) == 5
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=first)))
    record = archive.read("抽取记录.json")
    assert (verify_record(record), verify_draw.verify(record).faults) == ([], [])
    assert "已在本轮另一次抽取中选中" in record.decode()
    assert audit.verify().holds


def test_colleague_of_who_sits_by_a_supplement_is_passed_over(scene: Scene) -> None:
    first = first_with_open_seat(scene)
    row = next(one for one in build.POOL["experts"] if one["name"] == reserve(scene, first))
    put(scene, [newcomer(22, str(row["employer"]))])
    second = drawn(scene, supplement(scene))
    assert [line.name for line in lines(scene, second)] == ["新22示例"]
    following = decline(scene, first, seat_of(scene, first, draw_pool.ANY))
    assert following is not None
    assert row["name"] not in everybody(scene)


def test_seat_is_not_given_away_while_a_supplement_is_locked(scene: Scene) -> None:
    first = first_with_open_seat(scene)
    put(scene, [newcomer(23)])
    draws.lock(scene.officer, round_=scene.round, plan=supplement(scene))
    with pytest.raises(Conflict, match="补抽的名单已经锁定"):
        decline(scene, first, seat_of(scene, first, draw_pool.ANY))
    assert {line.attempts for line in lines(scene, first)} == {0}


def test_third_draw_takes_up_what_the_first_lost_after_the_second(scene: Scene) -> None:
    first = first_with_open_seat(scene)
    put(scene, [newcomer(24)])
    second = drawn(scene, supplement(scene))
    while decline(scene, first, seat_of(scene, first, draw_pool.ANY)) is not None:
        pass
    assert draw_views.round_draws(scene.officer, round_=scene.round).open_seats == 1
    assert decline(scene, second, seat_of(scene, second, NEW)) is None
    put(scene, [newcomer(25), newcomer(26)])
    plan = build.replace(PLAN, seats=[(NEW, 1, 0), (draw_pool.ANY, 1, 0)], reason="名单用尽（示例）")
    third = drawn(scene, plan)
    assert draw_views.round_draws(scene.officer, round_=scene.round).open_seats == 0
    assert len(set(everybody(scene))) == 5
    archive = zipfile.ZipFile(io.BytesIO(draw_package.package(scene.officer, draw=third)))
    record = archive.read("抽取记录.json")
    before = [archive.read("前次抽取记录.json"), archive.read("更早抽取记录1.json")]
    assert (verify_record(record, previous=before), verify_draw.verify(record, before).faults) == ([], [])
    assert verify_record(record, previous=before[:1]) != []
    assert verify_draw.verify(record, before[:1]).faults != []


def test_second_supplement_cannot_be_drawn_before_the_first_is_complete(scene: Scene) -> None:
    first_with_open_seat(scene)
    put(scene, [newcomer(27)])
    draws.lock(scene.officer, round_=scene.round, plan=supplement(scene))
    with pytest.raises(Conflict, match="已经锁定"):
        draws.lock(scene.officer, round_=scene.round, plan=supplement(scene))
    draws.commit(scene.officer, round_=scene.round, number="1")
    draws.commit(scene.supervisor, round_=scene.round, number="2")
    draws.fix_value(scene.officer, round_=scene.round, value=THROWS)
