"""Accounts of a call: what the page offers is what it does, and an account in use takes two people."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.services.account_views import NewAccount
from tests import defense_round, factories
from tests.defense_round import Defense
from tests.visitor import Page, Visitor


@pytest.fixture
def running(app: Flask) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def officer(app: Flask, running: Defense) -> Visitor:
    return running.office.officer.visit(app)


def said(page: Page) -> list[str]:
    return [" ".join(node.text_content().split()) for node in page.doc.xpath("//div[@role='status']")]


def slip(page: Page) -> dict[str, str]:
    names = [str(node.text_content()) for node in page.doc.xpath("//dl/dt")]
    values = [str(node.text_content()) for node in page.doc.xpath("//dl/dd")]
    return dict(zip(names, values, strict=True))


def test_chair_who_forgot_the_password_is_in_again_by_officer_and_supervisor(
    app: Flask, running: Defense, officer: Visitor
) -> None:
    chair = running.chair.visit(app)
    page = officer.get(f"/secretariat/{running.call}/accounts")
    page = officer.get(page.links["申请重发密码：示例专家1"])
    assert "监督人员同意后，一次性密码显示在监督人员的页面上，由其当面交给本人；经办人看不到。" in page.text
    refused = officer.submit(page.path, reason="")
    assert (refused.status, refused.field_error("reason")) == (422, "请写明事由，至少2个字。")
    page = officer.submit(refused.path, reason="本人忘记密码，已到场")
    assert said(page) == ["已申请为示例专家1重发密码，请监督人员在“待确认事项”中办理。"]
    assert page.text.count("等待监督人员同意") == 1
    assert chair.get("/expert/").status == 200  # nothing has happened yet

    supervisor = running.office.supervisor_a.visit(app)
    page = supervisor.get("/approvals/")
    (waiting,) = (href for href in page.links.values() if href.startswith("/approvals/") and href[11:])
    page = supervisor.get(waiting)
    assert (page.title, page.text.count("专家（")) == ("同意重发密码：示例专家1", 1)
    asked = page.path
    given = slip(supervisor.submit(asked, decision="agree", confirm="y"))
    assert (given["账号"], given["姓名"]) == ("expert-1", "示例专家1")
    assert chair.get("/expert/", follow=False).location == "/login?next=/expert/"
    assert Visitor(app).log_in("expert-1", factories.PASSWORD).status == 422
    assert Visitor(app).log_in("expert-1", given["一次性密码"]).path == "/password"
    assert given["一次性密码"] not in supervisor.get(asked).text


def test_page_offers_no_button_that_is_refused(app: Flask, running: Defense, officer: Visitor) -> None:
    def hire(login: str, name: str, role: str) -> NewAccount:
        return factories.accounts.create_from_host(login, name, role, running.call)

    factories.inside(app, lambda: factories.settle(hire("watch-c", "示例监督丙", "supervisor")))
    factories.inside(app, lambda: hire("watch-d", "示例监督丁", "supervisor"))
    page = officer.get(f"/secretariat/{running.call}/accounts")
    offered = {
        name: href for name, href in page.links.items() if name.endswith(("丙", "丁")) and "密码" in name
    }
    assert list(offered) == ["发放一次性密码：示例监督丁"]
    (row,) = page.doc.xpath("//tr[th='示例监督丙']/td[last()]")
    assert " ".join(row.text_content().split()) == "在主机上重置 收回角色：示例监督丙"
    assert slip(officer.post(offered["发放一次性密码：示例监督丁"]))["账号"] == "watch-d"


def test_officer_in_use_gets_no_password_button_once_a_call_is_published(
    app: Flask, running: Defense
) -> None:
    factories.bare_call(app, slug="published", published=True)
    administrator = running.office.administrator.visit(app)
    page = administrator.get("/admin/accounts")
    assert [name for name in page.links if name.startswith("发放")] == []
    assert page.text.count("在主机上重置") == 2
    told = administrator.get(f"/admin/accounts/{running.office.officer.public_id}/password")
    assert told.text.count("请由管理员在主机上重置。") == 1
    assert [action for action in told.forms if action.startswith("/admin")] == []


def test_supervisor_of_another_call_gets_the_role_here_on_the_page(
    app: Flask, running: Defense, officer: Visitor
) -> None:
    other = factories.bare_call(app, slug="other")
    made = factories.inside(
        app,
        lambda: factories.settle(
            factories.accounts.create_from_host("watch-c", "示例监督丙", "supervisor", other)
        ),
    )
    address = f"/secretariat/{running.call}/accounts/supervisor"
    officer.get(address)
    refused = officer.submit(address, login="watch-c", name="示例", reason="同一监督")
    assert (refused.status, refused.value("name")) == (422, "示例")
    assert refused.field_error("login").startswith("该账号已被使用。如为同一人")
    page = officer.submit(address, login="watch-c", name="示例监督丙", reason="同一监督")
    assert said(page) == ["已办理1人。新开通的账号请发放一次性密码，已有账号沿用原密码。"]
    assert made.visit(app).get(f"/supervisor/{running.call}/").status == 200


def test_role_is_taken_back_on_a_page_that_asks_why(app: Flask, running: Defense, officer: Visitor) -> None:
    made = factories.inside(
        app,
        lambda: factories.settle(
            factories.accounts.create_from_host("watch-c", "示例监督丙", "supervisor", running.call)
        ),
    )
    page = officer.get(f"/secretariat/{running.call}/accounts")
    page = officer.get(page.links["收回角色：示例监督丙"])
    refused = officer.submit(page.path, reason="")
    assert (refused.status, refused.field_error("reason")) == (422, "请写明事由，至少2个字。")
    page = officer.submit(page.path, reason="调离")
    assert said(page) == ["已收回示例监督丙的角色。"]
    assert made.visit(app).get(f"/supervisor/{running.call}/").status == 404


def test_expert_on_the_panel_keeps_the_role_and_the_page_says_why(running: Defense, officer: Visitor) -> None:
    page = officer.get(f"/secretariat/{running.call}/accounts")
    assert [name for name in page.links if name.startswith("收回角色")] == []
    page = officer.get(f"/secretariat/{running.call}/accounts/{running.chair.public_id}/expert/revoke")
    page = officer.submit(page.path, reason="不再参加")
    assert page.status == 409
    assert page.text.count("示例专家1在本批次的专家组中，不能收回专家角色。") == 1
