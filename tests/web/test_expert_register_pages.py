"""The register over HTTP: masked everywhere, nothing typed is lost, shut for everybody else."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.intake.expert_roster import read_roster
from review_portal.models.audit import AuditEntry
from review_portal.models.experts import Expert
from tests import factories_reviews as build
from tests.data_builders import roster_xlsx
from tests.factories_reviews import POOL, Scene
from tests.visitor import Page, Visitor

MOBILE = re.compile(r"(?<![0-9])1[3-9][0-9]{9}(?![0-9])")
EMAIL = "jia@example.com"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app)


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def address(scene: Scene, name: str = "甲示例", then: str = "") -> str:
    return f"/secretariat/{scene.call}/experts/{scene.experts[name]}{then}"


def given(officer: Visitor, scene: Scene, *people: dict[str, object]) -> None:
    place = f"/secretariat/{scene.call}/experts"
    officer.get(place)
    assert officer.post(place, files={"file": ("专家.xlsx", roster_xlsx(people))}).status == 200


def numbers(page: Page) -> list[str]:
    """Every whole mobile number anywhere in an answer, attributes and hidden fields included."""
    return MOBILE.findall(page.body.decode())


def edit(officer: Visitor, scene: Scene, **typed: str) -> Page:
    place = address(scene, then="/edit")
    officer.get(place)
    return officer.submit(place, **typed)


def second_row(app: Flask, officer: Visitor, scene: Scene) -> str:
    given(officer, scene, {**POOL["experts"][0], "employer": "重庆示例研究院", "phone": "19900001098"})
    with app.app_context(), transaction() as session:
        return session.scalars(sa.select(Expert.public_id).where(Expert.phone == "19900001098")).one()


def entries(app: Flask, action: str) -> list[AuditEntry]:
    with app.app_context(), transaction() as session:
        return list(session.scalars(sa.select(AuditEntry).where(AuditEntry.action == action)))


def test_no_page_of_the_office_shows_a_whole_number(app: Flask, officer: Visitor, scene: Scene) -> None:
    given(officer, scene, {**POOL["experts"][0], "email": EMAIL})
    twin = second_row(app, officer, scene)
    base = f"/secretariat/{scene.call}"
    round_ = f"{base}/rounds/{scene.round}"
    pages = [
        f"{base}/experts",
        f"{base}/experts?q=jia",
        f"{base}/experts/conflicts",
        f"{base}/experts/duplicates",
        f"{base}/experts/export",
        f"{base}/experts/merge/{scene.experts['甲示例']}/{twin}",
        address(scene),
        address(scene, then="/edit"),
        f"{round_}/panel",
        f"{round_}/assignments",
        f"{base}/accounts",
        f"{base}/accounts/experts",
        f"/draw/{scene.round}/lock",
    ]
    for path in pages:
        page = officer.get(path)
        assert (path, page.status, numbers(page), EMAIL in page.body.decode()) == (path, 200, [], False)
    assert "199****1001" in officer.get(address(scene)).text
    assert "j****@example.com" in officer.get(address(scene)).text


def test_accounts_of_phone_logins_are_opened_from_the_register_and_shown_masked(
    app: Flask, officer: Visitor, scene: Scene
) -> None:
    twin = second_row(app, officer, scene)
    place = f"/secretariat/{scene.call}/accounts/experts"
    officer.get(place)
    page = officer.post(place, {"people": twin, "reason": "新入库专家"})
    assert (page.status, numbers(page)) == (200, [])
    second = scene.office.second_officer.visit(app)
    (path,) = {href for href in second.get("/approvals/").links.values() if "/approvals/" in (href or "")} - {
        "/approvals/"
    }
    page = second.get(path)
    assert (numbers(page), "199****1098" in page.text) == ([], True)


def test_search_by_initials_finds_and_says_when_it_finds_nothing(officer: Visitor, scene: Scene) -> None:
    base = f"/secretariat/{scene.call}/experts"
    page = officer.get(f"{base}?q=yanjiuyuan+dingsl")
    assert "没有找到这样的专家。" in page.text
    page = officer.get(f"{base}?q=yanjiuyuan+dsl")
    assert page.doc.xpath("//section[@aria-labelledby='pool']//tbody//th/text()") == ["丁示例"]
    assert page.value("q") == "yanjiuyuan dsl"
    everybody = officer.get(f"{base}?q=%25&page=abc&status=x")
    assert len(everybody.doc.xpath("//section[@aria-labelledby='pool']//tbody/tr")) == 12


def test_number_is_shown_once_for_a_reason(app: Flask, officer: Visitor, scene: Scene) -> None:
    place = address(scene)
    officer.get(place)
    refused = officer.submit(f"{place}/contact", reason=" ")
    assert (refused.status, refused.field_error("reason"), numbers(refused)) == (
        422,
        "请写明事由，2至200个字。",
        [],
    )
    page = officer.submit(f"{place}/contact", reason="通知评审会时间")
    assert (page.status, set(numbers(page))) == (200, {"19900001001"})
    assert numbers(officer.get(place)) == []
    (entry,) = entries(app, "unmask_expert")
    assert (entry.object_id, entry.detail["reason"]) == (scene.experts["甲示例"], "通知评审会时间")
    supervisor = scene.office.supervisor_a.visit(app)
    trail = supervisor.get(f"/supervisor/{scene.call}/trail")
    assert ("查看专家联系方式" in trail.text, "通知评审会时间" in trail.text, numbers(trail)) == (
        True,
        True,
        [],
    )


def test_contact_is_no_page_of_its_own(officer: Visitor, scene: Scene) -> None:
    assert officer.get(address(scene, then="/contact")).status == 405


def test_export_is_a_roster_once_a_reason_is_given(app: Flask, officer: Visitor, scene: Scene) -> None:
    place = f"/secretariat/{scene.call}/experts/export"
    officer.get(place)
    refused = officer.submit(place, reason="")
    assert (refused.status, refused.field_error("reason")) == (422, "请写明事由，2至200个字。")
    answer = officer.submit(place, reason="年度核对")
    rows = read_roster(answer.body, "专家名单.xlsx")
    assert (len(rows), rows[0].phone is not None, len(entries(app, "export_experts"))) == (12, True, 1)


def test_edit_is_saved_and_shown(officer: Visitor, scene: Scene) -> None:
    page = edit(
        officer,
        scene,
        past="某所/顾问/2018-03/2021-06-30\r\n某会/理事/至今",
        kin="吴示例/配偶/某公司/经理",
        status="暂停",
        status_reason="出国一年",
        away="2123-03-06/2123-03-10/出国",
        load="8",
        since="2010-07",
    )
    assert (page.path, page.status) == (address(scene), 200)
    for words in (
        "暂停 出国一年",
        "2010年7月1日起",
        "8份",
        "2123年3月6日至2123年3月10日",
        "2018年3月1日至2021年6月30日",
        "亲属任职：配偶 吴示例",
    ):
        assert words in page.text
    listed = officer.get(f"/secretariat/{scene.call}/experts?status=paused").text
    assert "甲示例暂停不能参加：2123年3月6日至2123年3月10日" in listed


def test_refused_edit_keeps_everything_that_was_typed(officer: Visitor, scene: Scene) -> None:
    typed = {"phone": "123", "past": "某所", "kin": "某人", "load": "零", "title": "研究员", "status": "移出"}
    page = edit(officer, scene, **typed)
    assert page.status == 422
    assert {name: page.value(name) for name in typed if name != "status"} == {
        name: text for name, text in typed.items() if name != "status"
    }
    assert page.doc.xpath("//input[@name='status'][@checked]/@value") == ["移出"]
    assert page.field_error("phone") == "“123”不是11位手机号码。请核对后修改。"
    links = page.doc.xpath("//div[@role='alert']//a/@href")
    assert links == ["#phone", "#past", "#kin", "#load", "#status_reason"]


def test_edit_after_somebody_elses_shows_both_and_keeps_the_own_on_request(
    app: Flask, officer: Visitor, scene: Scene
) -> None:
    place = address(scene, then="/edit")
    second = scene.office.second_officer.visit(app)
    officer.get(place)
    edit(second, scene, title="院士（示例）", kin="吴示例/配偶/某公司/经理")
    page = officer.submit(place, title="研究员", phone="19900001077", declared="某公司\r\n又公司")
    assert (page.status, page.title) == (409, "该内容刚被修改")
    for words in ("研究员", "院士（示例）", "某公司 又公司", "199****1001"):
        assert words in page.text
    page = officer.submit(place)
    assert (page.path, page.status) == (address(scene), 200)
    assert "研究员" in page.text and "又公司" in page.text and "199****1077" in page.text


def test_merge_shows_both_rows_and_keeps_what_was_chosen(app: Flask, officer: Visitor, scene: Scene) -> None:
    twin = second_row(app, officer, scene)
    listing = officer.get(f"/secretariat/{scene.call}/experts/duplicates")
    (place,) = [href for href in listing.links.values() if "/merge/" in (href or "")]
    page = officer.get(place)
    assert "重庆示例大学" in page.text and "重庆示例研究院" in page.text
    refused = officer.submit(place, keep="second", reason="身份证号相同")
    assert (refused.status, refused.value("reason")) == (409, "身份证号相同")
    refused = officer.submit(
        place, keep="first", **{"take-employer": "second", "take-phone": "second"}, reason=""
    )
    assert (refused.status, refused.field_error("reason")) == (422, "请写明事由，2至200个字。")
    chosen = refused.doc.xpath("//input[@name='take-employer'][@checked]/@value")
    assert chosen == ["second"]
    page = officer.submit(place, reason="身份证号相同")
    assert (page.path, page.status) == (address(scene), 200)
    assert "重庆示例研究院" in page.text and "199****1098" in page.text
    assert "该登记已并入另一条" in officer.get(f"/secretariat/{scene.call}/experts/{twin}").text


def test_register_is_shut_for_everybody_else(app: Flask, officer: Visitor, scene: Scene) -> None:
    twin = second_row(app, officer, scene)
    expert = scene.credential(app, "甲示例").visit(app)
    watcher = scene.office.supervisor_a.visit(app)
    base = f"/secretariat/{scene.call}/experts"
    paths = [
        address(scene),
        address(scene, then="/edit"),
        f"{base}/export",
        f"{base}/duplicates",
        f"{base}/merge/{scene.experts['甲示例']}/{twin}",
    ]
    for visitor in (expert, watcher):
        assert {visitor.get(path).status for path in paths} == {404}
        token = visitor.token()
        posts = [address(scene, then="/contact"), *paths[1:3], paths[4]]
        assert {visitor.post(path, {"reason": "看看"}, token=token).status for path in posts} == {404}
    assert entries(app, "unmask_expert") == entries(app, "export_experts") == []


def test_paused_expert_is_not_offered_for_a_panel(officer: Visitor, scene: Scene) -> None:
    place = f"/secretariat/{scene.call}/rounds/{scene.round}/panel"
    out = scene.experts["乙示例"]
    assert officer.get(place).doc.xpath(f"//input[@value='{out}']") != []
    officer.get(address(scene, "乙示例", "/edit"))
    officer.submit(address(scene, "乙示例", "/edit"), status="暂停", status_reason="出国一年")
    page = officer.get(place)
    assert page.doc.xpath(f"//input[@value='{out}']") == []
    assert "专家库中已暂停或移出的专家不列出。" in page.text
    lock = officer.get(f"/draw/{scene.round}/lock")
    assert "暂停：出国一年" in lock.text
    assert lock.doc.xpath(f"//input[@name='out-{out}']") == []
