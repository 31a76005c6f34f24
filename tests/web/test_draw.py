"""The draw over HTTP: locked, both give a number, drawn, printed, telephoned, on the panel."""

from __future__ import annotations

import io
import zipfile

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy import event

from review_portal.db import db
from review_portal.domain.draw import read_record, seats, verify_record
from review_portal.models.draws import DrawNumber
from review_portal.models.experts import Expert
from review_portal.services import draw_views, draws, experts
from tests import factories
from tests import factories_reviews as build
from tests.data_builders import roster_xlsx
from tests.engines import on_sqlite
from tests.factories_draw import PLAN, THROWS, committed, drawn, valued
from tests.factories_reviews import POOL, Scene
from tests.journeys.steps import Hand

LOCK = {
    "quota-不分专业": "5",
    "standby-不分专业": "2",
    "抽取地点": "示例会议室",
    "参加抽取的人员": "示例秘书\n示例监督甲",
    "评审会时间地点": "2月27日上午9时，示例会议室",
}


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app, panel=())


def hand(app: Flask, who: factories.Credential) -> Hand:
    made = Hand(app)
    made.log_in(who.login, who.password)
    return made


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Hand:
    return hand(app, scene.office.officer)


@pytest.fixture
def supervisor(app: Flask, scene: Scene) -> Hand:
    return hand(app, scene.office.supervisor_a)


def rows(made: Hand) -> list[list[str]]:
    return [
        [" ".join(cell.text_content().split()) for cell in row]
        for row in made.page.doc.xpath(
            "(//table[.//td[@data-label='姓名' or @data-label='签到']])[last()]/tbody/tr"
        )
    ]


def test_whole_draw_by_links_and_buttons(app: Flask, scene: Scene, officer: Hand, supervisor: Hand) -> None:
    officer.get(f"/secretariat/{scene.call}/")
    officer.follow("专家抽取")
    officer.sees("填好名额和不参加抽取的人，锁定后双方都不能再改。")
    officer.follow("锁定名单")
    officer.press("锁定名单", {**LOCK, f"out-{scene.experts['甲示例']}": "会议当日出差（示例）"})
    officer.sees("名单已锁定。请双方各提交一个数。", "会议当日出差（示例）", "有须回避的利害关系")
    officer.press("提交我的数", {"您的数": "20231107"})
    officer.sees("您的数已提交并封存，抽取时公开：20231107")
    officer.get(officer.page.path)
    assert "20231107" not in officer.page.text
    supervisor.get(f"/supervisor/{scene.call}/")
    supervisor.follow("专家抽取")
    assert "20231107" not in supervisor.page.text
    supervisor.press("由系统掷一个数")
    supervisor.sees("您的数已提交并封存")
    officer.get(officer.page.path)
    officer.press("核对公开数", {"读出的公开数": THROWS.replace(" ", "")})
    officer.sees(THROWS, "记录后不能更改")
    officer.press("与现场一致，记录")
    officer.press("公开我的数")
    officer.sees("您的数已公开。等待对方公开。", "所出的数：20231107")
    supervisor.get(supervisor.page.path)
    supervisor.press("公开我的数")
    supervisor.sees("下载抽取记录表", "选中", "候补1", "候补2")
    archive = zipfile.ZipFile(io.BytesIO(supervisor.download("下载记录包")))
    record = archive.read("抽取记录.json")
    assert verify_record(record) == []
    assert supervisor.download("下载抽取记录表")[:2] == b"PK"
    officer.get(officer.page.path)
    assert [row[0] for row in rows(officer)][:5] == [seat.id for seat in seats(read_record(record))]
    officer.follow("电话确认")
    officer.sees("间隔10分钟以上再拨一次", "您经随机抽取入选")
    spoken = "".join(officer.page.doc.xpath("string(//div[@class='two'])"))
    assert [word for word in ("绿色制造", "示例节能服务", "S01", "批次") if word in spoken] == []
    first = seats(read_record(record))[0].id
    officer.follow("登记通话", first)
    officer.press("登记通话", {"outcome": "declined", "备注": "出差（示例）"})
    officer.sees("按抽取顺序由", "号递补，请联系。")
    now = seats(read_record(package(officer, scene)))
    for seat in now:
        officer.get(f"/draw/{scene.round}/phone")
        officer.follow("登记通话", seat.id)
        officer.press("登记通话", {"outcome": "agreed"})
    officer.press("同意的人列入专家组")
    officer.sees("同意参加的5人已列入专家组。")
    officer.get(f"/secretariat/{scene.call}/rounds/{scene.round}/panel")
    listed = [row[0] for row in rows(officer)]
    with app.app_context():
        known = dict(
            db.session.execute(
                sa.select(DrawNumber.number, Expert.name).join(Expert, Expert.id == DrawNumber.expert_id)
            ).all()
        )
    assert sorted(listed) == sorted(known[seat.id] for seat in now)


def package(officer: Hand, scene: Scene) -> bytes:
    officer.get(f"/draw/{scene.round}")
    return zipfile.ZipFile(io.BytesIO(officer.download("下载记录包"))).read("抽取记录.json")


def test_refused_lock_keeps_what_was_typed(officer: Hand, scene: Scene) -> None:
    officer.get(f"/draw/{scene.round}/lock")
    reason = f"out-{scene.experts['甲示例']}"
    page = officer.press("锁定名单", {"quota-不分专业": "40", "抽取地点": "示例会议室", reason: "出差"})
    assert page.status == 422
    assert page.value("quota-不分专业") == "40"
    assert page.value(reason) == "出差"
    assert page.field_error("meeting") == "请填写。"


@pytest.mark.parametrize("typed", ["x", "-1", "1.5", "9999", "１２３４"])
def test_quota_that_is_no_number_is_a_sentence(officer: Hand, scene: Scene, typed: str) -> None:
    officer.get(f"/draw/{scene.round}/lock")
    page = officer.press("锁定名单", {**LOCK, "quota-不分专业": typed})
    assert page.status == 422
    officer.sees("名额和候补须为整数")


def test_wrong_throws_are_told_and_kept(app: Flask, officer: Hand, scene: Scene) -> None:
    with app.app_context():
        committed(scene)
    officer.get(f"/draw/{scene.round}")
    page = officer.press("核对公开数", {"读出的公开数": "3 5 1"})
    assert (page.status, page.value("value")) == (422, "3 5 1")
    officer.sees("规则规定骰子正好掷25次，现记录了3次")


def test_supervisor_neither_locks_nor_writes_the_public_value(
    app: Flask, supervisor: Hand, scene: Scene
) -> None:
    assert supervisor.get(f"/draw/{scene.round}/lock").status == 404
    assert supervisor.post(f"/draw/{scene.round}/lock").status == 404
    assert supervisor.get(f"/draw/{scene.round}/cancel").status == 404
    with app.app_context():
        committed(scene)
    assert supervisor.post(f"/draw/{scene.round}/value", {"value": THROWS}).status == 403


def test_refusal_page_tells_the_rule_that_was_locked(app: Flask, supervisor: Hand, scene: Scene) -> None:
    with app.app_context():
        valued(scene, build.replace(PLAN, on_refusal="void"))
    supervisor.get(f"/draw/{scene.round}")
    supervisor.follow("登记未公开")
    supervisor.sees("本次抽取作废，没有结果，须另行补抽。")
    assert supervisor.press("登记未公开").status == 422
    supervisor.press("登记未公开", {"原因": "忘记（示例）"})
    supervisor.sees("未公开的情况已登记。", "忘记（示例）")


def test_lock_is_taken_back_with_a_reason(app: Flask, officer: Hand, scene: Scene) -> None:
    with app.app_context():
        draws.lock(scene.officer, round_=scene.round, plan=PLAN)
    officer.get(f"/draw/{scene.round}")
    officer.follow("填错了，撤销锁定")
    officer.press("撤销锁定", {"原因": "名额填错（示例）"})
    officer.sees("锁定已撤销，可重新锁定名单。", "名额填错（示例）", "填好名额")


def names_on(made: Hand, scene: Scene, path: str) -> list[str]:
    made.get(path)
    body = made.page.body.decode()
    return [word for name, key in scene.experts.items() for word in (name, key) if word in body]


@pytest.mark.parametrize("page", ["", "/phone", "/live"])
def test_second_officer_reads_no_name_nor_id(app: Flask, scene: Scene, page: str) -> None:
    with app.app_context():
        drawn(scene)
    second = hand(app, scene.office.second_officer)
    assert names_on(second, scene, f"/draw/{scene.round}{page}") == []


@pytest.mark.parametrize("who", ["officer", "supervisor_a"])
def test_screen_in_the_room_shows_numbers_to_everybody_and_names_to_nobody(
    app: Flask, scene: Scene, who: str
) -> None:
    with app.app_context():
        drawn(scene)
        view = draw_views.round_draws(scene.officer, round_=scene.round).current
    assert view is not None
    made = hand(app, getattr(scene.office, who))
    assert names_on(made, scene, f"/draw/{scene.round}/live") == []
    made.sees(*(seat.number for seat in (*view.seats, *view.standby)))


def test_screen_is_asked_whether_it_changed(app: Flask, scene: Scene, officer: Hand) -> None:
    address = f"/draw/{scene.round}/state"
    first = officer.client.get(address)
    tag = first.headers["ETag"]
    again = officer.client.get(address, headers={"If-None-Match": tag})
    assert (first.status_code, again.status_code) == (200, 304)
    with app.app_context():
        draws.lock(scene.officer, round_=scene.round, plan=PLAN)
    moved = officer.client.get(address, headers={"If-None-Match": tag})
    assert (moved.status_code, moved.headers["ETag"] != tag) == (200, True)


PATHS = ("", "/lock", "/refuse", "/cancel", "/phone", "/live", "/state")


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("who", ["expert", "administrator", "other call"])
def test_nobody_else_finds_the_draw(app: Flask, scene: Scene, path: str, who: str) -> None:
    with app.app_context():
        drawn(scene)
    if who == "other call":
        other = factories.bare_call(app, slug="other", published=True)
        made = hand(
            app,
            factories.inside(
                app,
                lambda: factories.settle(
                    build.accounts.create_from_host("other-1", "示例外人", "supervisor", other)
                ),
            ),
        )
    elif who == "expert":
        made = hand(app, scene.credential(app, "甲示例"))
    else:
        made = hand(app, scene.office.administrator)
    assert made.get(f"/draw/{scene.round}{path}").status == 404


@pytest.mark.parametrize("file", ["sheet", "package"])
def test_papers_are_for_the_offices_of_the_call(app: Flask, scene: Scene, officer: Hand, file: str) -> None:
    with app.app_context():
        public_id = drawn(scene)
    stranger = hand(app, scene.credential(app, "甲示例"))
    assert stranger.get(f"/draw/records/{public_id}/{file}").status == 404
    assert officer.get(f"/draw/records/{public_id}/{file}").status == 200


def test_unfinished_draw_has_no_papers(app: Flask, scene: Scene, officer: Hand) -> None:
    with app.app_context():
        public_id = committed(scene)
    assert officer.get(f"/draw/records/{public_id}/sheet").status == 409


def test_wrong_call_is_told_at_its_field(app: Flask, scene: Scene, officer: Hand) -> None:
    with app.app_context():
        drawn(scene)
    officer.get(f"/draw/{scene.round}/phone")
    officer.follow("登记通话", rows(officer)[0][0])
    page = officer.press("登记通话", {"outcome": "declined", "备注": " "})
    assert (page.status, page.title[:5]) == (422, "登记通话：")
    officer.sees("请填写原因，不写单位名称。")


def test_panel_by_boxes_is_refused_once_experts_are_drawn(app: Flask, scene: Scene, officer: Hand) -> None:
    with app.app_context():
        drawn(scene)
    address = f"/secretariat/{scene.call}/rounds/{scene.round}/panel"
    officer.get(address)
    page = officer.post(address, {"expert": [scene.experts["甲示例"]]})
    assert page.status == 409
    officer.sees("本轮专家由抽取产生")


@on_sqlite
@pytest.mark.parametrize("path", ["", "/lock", "/phone", "/live"])
def test_queries_do_not_grow_with_the_pool(app: Flask, scene: Scene, officer: Hand, path: str) -> None:
    with app.app_context():
        drawn(scene)
    before = queries(app, officer, f"/draw/{scene.round}{path}")
    more = [
        {**POOL["experts"][0], "name": f"新{n}示例", "phone": f"1990000{2000 + n}", "employer": f"示例院{n}"}
        for n in range(20)
    ]
    with app.app_context():
        experts.import_roster(scene.officer, call=scene.call, name="专家.xlsx", data=roster_xlsx(more))
    assert queries(app, officer, f"/draw/{scene.round}{path}") == before


def queries(app: Flask, made: Hand, path: str) -> int:
    seen: list[str] = []

    def count(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    with app.app_context():
        engine = db.engine
    made.get(path)
    event.listen(engine, "before_cursor_execute", count)
    try:
        assert made.get(path).status == 200
    finally:
        event.remove(engine, "before_cursor_execute", count)
    return len(seen)


def test_second_officer_takes_the_telephone_over_and_records_a_withdrawal(app: Flask, scene: Scene) -> None:
    with app.app_context():
        drawn(scene)
    second = hand(app, scene.office.second_officer)
    second.get(f"/draw/{scene.round}/phone")
    second.sees("您不是本次抽取的拨打人，看不到姓名和电话。")
    second.follow("接手电话确认")
    assert second.press("接手电话确认").status == 422
    second.press("接手电话确认", {"原因": "原拨打人请假（示例）"})
    number, name = rows(second)[0][:2]
    assert name in scene.experts
    second.follow("登记通话", number)
    second.press("登记通话", {"outcome": "agreed"})
    second.follow("登记退出", number)
    second.press("登记退出", {"原因": "因病（示例）"})
    second.sees("按抽取顺序由")
    assert number not in [row[0] for row in rows(second)[:5]]


def test_supervisor_reads_the_calls_and_makes_none(app: Flask, scene: Scene, supervisor: Hand) -> None:
    with app.app_context():
        public_id = drawn(scene)
    supervisor.get(f"/draw/{scene.round}/phone")
    number, name = rows(supervisor)[0][:2]
    assert name in scene.experts
    assert [link for link in supervisor.page.links if link.startswith(("登记", "接手"))] == []
    address = f"/draw/{scene.round}/phone/{public_id}"
    assert supervisor.get(f"{address}/{number}/call").status == 404
    assert supervisor.post(f"{address}/{number}/call", {"outcome": "agreed"}).status == 403
    assert supervisor.post(f"{address}/caller", {"reason": "接手"}).status == 404
    assert supervisor.post(f"/draw/{scene.round}/panel").status == 403
