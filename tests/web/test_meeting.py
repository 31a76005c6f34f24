"""The meeting day over HTTP: ticks and remarks in two columns, the list of presence, the closed sheet."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from review_portal.services import accounts
from tests import factories, form_documents
from tests.engines import on_sqlite
from tests.factories_meeting import gather, member, scored_on_site
from tests.factories_reviews import Scene
from tests.factories_selection import Selection
from tests.journeys.steps import Hand
from tests.selection_copies import copied
from tests.visitor import Page

pytestmark = on_sqlite  # the services that these pages call have tests on both engines
NAME, SAMPLE = "甲示例", form_documents.SAMPLES[0]


@pytest.fixture
def scene(app: Flask, tmp_path: Path) -> Scene:
    """A written round that is scored on site; nobody has signed in."""
    return scored_on_site(app, tmp_path / "rules")


@pytest.fixture
def gathered(app: Flask, scene: Scene) -> Scene:
    """The same with the panel in the room."""
    with app.app_context():
        gather(scene)
    return scene


def hand(app: Flask, person: factories.Credential) -> Hand:
    made = Hand(app)
    made.log_in(person.login, person.password)
    return made


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Hand:
    return hand(app, scene.office.officer)


@pytest.fixture
def supervisor(app: Flask, scene: Scene) -> Hand:
    return hand(app, scene.office.supervisor_a)


def cells(page: Page, step: int) -> list[str]:
    """What the row of a step shows."""
    return [" ".join(cell.text_content().split()) for cell in page.doc.xpath(f"//tr[@id='step-{step}']/*")]


def test_two_people_go_through_the_steps_from_their_home_pages(
    gathered: Scene, officer: Hand, supervisor: Hand
) -> None:
    officer.get(f"/secretariat/{gathered.call}/")
    officer.follow("勾选", "会议日清单：签到并核验身份")
    assert officer.page.title == "会议日清单"
    officer.press("勾选", row="签到并核验身份")
    assert officer.page.status == 200
    assert cells(officer.page, 1)[2].startswith(gathered.officer.name)
    supervisor.get(f"/supervisor/{gathered.call}/")
    supervisor.follow("打开清单")
    supervisor.press("确认：正常", row="签到并核验身份")
    assert cells(supervisor.page, 1)[3].endswith("正常")
    supervisor.follow("备注", "宣读纪律")
    supervisor.press("确认", {"备注": "1名专家迟到5分钟（示例）"})
    assert cells(supervisor.page, 3)[3].endswith("1名专家迟到5分钟（示例）")
    supervisor.follow("备注", "封存")
    supervisor.press("只记备注", {"备注": "封存前有人离席（示例）"})
    supervisor.sees("备注已记入。", "备注：封存前有人离席（示例）")


def test_step_that_may_not_be_ticked_has_no_button_and_says_why(gathered: Scene, officer: Hand) -> None:
    page = officer.get(f"/meeting/{gathered.round}")
    ticks = page.doc.xpath("//tr[.//button[starts-with(normalize-space(), '勾选')]]/@id")
    assert ticks == ["step-1", "step-2", "step-6", "step-11", "step-12"]
    assert cells(page, 8)[1] == "尚未封存"
    officer.follow("查看", "封存")
    officer.sees("暂不能勾选", "本轮评分仍在进行，尚未封存，不能勾选。", "秘书处勾选，监督人员确认")


def test_stale_page_is_told_with_409_and_shows_how_things_stand(
    app: Flask, gathered: Scene, officer: Hand
) -> None:
    second = hand(app, gathered.office.second_officer)
    second.get(f"/meeting/{gathered.round}")
    officer.get(f"/meeting/{gathered.round}")
    officer.press("勾选", row="通讯工具保管")
    second.press("勾选", row="通讯工具保管")
    assert second.page.status == 409
    second.sees(f"“通讯工具保管”已由{gathered.officer.name}勾选。")
    sealed = officer.post(f"/meeting/{gathered.round}/steps/8/tick")
    assert sealed.status == 409
    officer.sees("本轮评分仍在进行，尚未封存，不能勾选。")


def test_taking_back_keeps_what_was_typed_until_the_reason_is_right(gathered: Scene, officer: Hand) -> None:
    officer.get(f"/meeting/{gathered.round}")
    officer.press("勾选", row="通讯工具保管")
    officer.follow("查看", "通讯工具保管")
    officer.press("撤回勾选")
    assert (officer.page.status, officer.page.field_error("reason")) == (422, "请填写撤回的理由。")
    officer.press("撤回勾选", {"理由": "长" * 501})
    assert (officer.page.status, officer.page.value("reason").strip()) == (422, "长" * 501)
    officer.press("撤回勾选", {"理由": "少收1部（示例）"})
    officer.sees("已撤回，原勾选和理由均保留。")
    assert cells(officer.page, 2)[2] == "待勾选"
    officer.follow("查看", "通讯工具保管")
    officer.sees("秘书处勾选", "秘书处撤回", "少收1部（示例）")


def test_panel_signs_in_leaves_and_a_mistake_is_taken_back(
    app: Flask, scene: Scene, officer: Hand, supervisor: Hand
) -> None:
    officer.get(f"/meeting/{scene.round}")
    officer.follow("签到")
    officer.press("签到", {"checked_by": ""}, row=NAME)
    assert officer.page.status == 422
    officer.sees("请填写核验人。")
    officer.press("签到", {"checked_by": "示例会务"}, row=NAME)
    officer.sees(f"{NAME}已签到。", "已签到1／5人，在场1人")
    officer.follow("离场", NAME)
    officer.press("登记离场")
    assert (officer.page.status, officer.page.field_error("reason")) == (422, "请填写理由。")
    officer.press("登记离场", {"理由": "午间休会（示例）"})
    officer.sees(f"{NAME}已离场。", "已签到1／5人，在场0人", "午间休会（示例）")
    officer.follow("撤销", NAME)
    officer.sees(f"撤销离场登记：{NAME}")
    officer.press("撤销登记", {"理由": "登错了人（示例）"})
    officer.sees("已撤销，原登记和理由均保留。", "在场1人")
    watched = supervisor.get(f"/meeting/{scene.round}/presence")
    supervisor.sees("登错了人（示例）", "示例会务")
    assert watched.doc.xpath("//main//form") == []
    with app.app_context():
        one = member(scene, NAME)
    assert supervisor.get(f"/meeting/members/{one}/out").status == 404
    stale = officer.post(f"/meeting/members/{one}/undo", {"reason": "示例", "seen": "1"})
    assert stale.status == 409


def test_expert_is_told_to_sign_in_and_then_goes_on(app: Flask, scene: Scene) -> None:
    with app.app_context():
        _viewer, review = scene.ready(NAME, SAMPLE)
    expert = hand(app, scene.credential(app, NAME))
    expert.get("/expert/")
    expert.sees("请先签到", "由工作人员登记")
    address = f"/expert/reviews/{review}"
    assert (expert.get(address).status, expert.page.title) == (403, "请先签到")
    typed = {"act": "save", "opinion": "一段已写好的意见（示例）", "version": "0"}
    assert expert.post(address, typed).status == 403
    expert.sees("请先签到", "一段已写好的意见（示例）")
    draft = expert.post(f"{address}/draft", typed)
    assert draft.status == 403
    assert "请先签到" in draft.response.get_json()["sentence"]
    with app.app_context():
        gather(scene, NAME)
    expert.get(address)
    assert expert.page.title.startswith("S01")


@pytest.fixture
def addresses(app: Flask, gathered: Scene) -> dict[str, tuple[str, ...]]:
    """Every address of the day, by method."""
    with app.app_context():
        one = member(gathered, NAME)
    day = f"/meeting/{gathered.round}"
    members = tuple(f"/meeting/members/{one}/{act}" for act in ("out", "undo"))
    return {
        "GET": (day, f"{day}/steps/2", f"{day}/presence", f"/meeting/calls/{gathered.call}", *members),
        "POST": (f"{day}/steps/2/tick", f"{day}/steps/2", f"/meeting/members/{one}/sign-in", *members),
    }


@pytest.mark.parametrize("who", ["expert", "officer of another call", "supervisor of another call"])
def test_whom_the_day_does_not_concern_finds_nothing(
    app: Flask, gathered: Scene, addresses: dict[str, tuple[str, ...]], who: str
) -> None:
    if who == "expert":
        person = gathered.credential(app, "丁示例")
    else:
        other = factories.bare_call(app, slug="other", published=True)
        role = "secretariat" if who.startswith("officer") else "supervisor"
        with app.app_context():
            person = factories.settle(accounts.create_from_host("other-1", "示例外人", role, other))
    stranger = hand(app, person)
    found = {stranger.get(path, follow=False).status for path in addresses["GET"]}
    found |= {stranger.post(path, {"reason": "示例"}, follow=False).status for path in addresses["POST"]}
    assert found == {404}


def test_addresses_without_a_step_are_not_found(gathered: Scene, officer: Hand) -> None:
    for number in ("0", "13", "x", "-1", "99999999999"):
        assert officer.get(f"/meeting/{gathered.round}/steps/{number}").status == 404
        assert officer.post(f"/meeting/{gathered.round}/steps/{number}/tick").status == 404


@pytest.fixture
def played(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, engine_name, "finished", tmp_path) as made:
        yield made


def test_chair_reads_the_checklist_and_nothing_else(played: Selection) -> None:
    chair = hand(played.app, played.experts[NAME])
    chair.get(f"/chair/{played.written}/")
    chair.follow("会议日清单")
    assert chair.page.doc.xpath("//main//form") == []
    chair.sees("到会专家已签署5／5人", "已结束，复议2件")
    assert chair.get(f"/meeting/{played.written}/presence").status == 404
    assert chair.post(f"/meeting/{played.written}/steps/2/tick").status == 403
