"""The administrator opens accounts of the secretariat, hands out passwords, and sees nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from flask import Flask

from review_portal.services import accounts, approvals
from tests import factories
from tests.visitor import Page, Visitor

NEW = "/admin/accounts/new"


@pytest.fixture
def office(app: Flask) -> factories.Office:
    return factories.office(app)


@pytest.fixture
def administrator(app: Flask, office: factories.Office) -> Visitor:
    return office.administrator.visit(app)


def logins(page: Page) -> list[str]:
    return [str(cell.text_content()) for cell in page.doc.xpath("//tbody/tr/td[1]")]


def slip(page: Page) -> dict[str, str]:
    names = [str(node.text_content()) for node in page.doc.xpath("//dl/dt")]
    values = [str(node.text_content()) for node in page.doc.xpath("//dl/dd")]
    return dict(zip(names, values, strict=True))


def password_page(office: factories.Office) -> str:
    return f"/admin/accounts/{office.second_officer.public_id}/password"


def test_accounts_of_the_house_are_listed(administrator: Visitor) -> None:
    page = administrator.get("/admin/accounts")
    assert logins(page) == ["admin", "office", "office-b", "watch-a", "watch-b"]


def test_only_accounts_of_the_secretariat_get_a_password_here(administrator: Visitor) -> None:
    page = administrator.get("/admin/accounts")
    assert [name for name in page.links if name.startswith("发放")] == [
        "发放一次性密码：秘书处",
        "发放一次性密码：示例乙",
    ]


def test_account_is_opened_at_once_before_the_first_call_is_published(administrator: Visitor) -> None:
    page = administrator.post(NEW, {"login": "office-c", "name": "示例丙", "reason": ""})
    assert page.path == "/admin/accounts"
    assert logins(page) == ["admin", "office", "office-b", "office-c", "watch-a", "watch-b"]
    assert "已开通示例丙的账号。请发放一次性密码。" in page.text


def test_account_becomes_a_request_after_the_first_call_is_published(
    app: Flask, office: factories.Office, administrator: Visitor
) -> None:
    factories.bare_call(app, published=True)
    page = administrator.post(NEW, {"login": "office-c", "name": "示例丙", "reason": "新到岗人员"})
    assert "开通示例丙账号的申请已提交，须由另一人确认后生效。" in page.text
    assert "office-c" not in logins(page)
    second = office.officer.viewer(app)
    (waiting,) = factories.inside(app, lambda: approvals.list_waiting(second))
    factories.inside(app, lambda: accounts.approve_accounts(second, approval=waiting.public_id, approve=True))
    assert "office-c" in logins(administrator.get("/admin/accounts"))


def test_request_without_a_reason_keeps_what_was_typed(app: Flask, administrator: Visitor) -> None:
    factories.bare_call(app, published=True)
    page = administrator.post(NEW, {"login": "office-c", "name": "示例丙", "reason": ""})
    assert (page.status, page.value("login"), page.value("name")) == (422, "office-c", "示例丙")
    assert page.field_error("reason") == "请写明事由，至少2个字。"


def test_login_that_is_taken_is_said_at_its_field(administrator: Visitor) -> None:
    page = administrator.post(NEW, {"login": "office-b", "name": "示例丙", "reason": ""})
    assert (page.status, page.field_error("login")) == (
        422,
        "该账号已被使用。如为同一人，请填写与其账号一致的姓名。",
    )
    assert logins(administrator.get("/admin/accounts")) == [
        "admin",
        "office",
        "office-b",
        "watch-a",
        "watch-b",
    ]


def test_empty_form_opens_nothing(administrator: Visitor) -> None:
    page = administrator.post(NEW, {"login": "", "name": "", "reason": ""})
    assert page.status == 422
    assert page.field_error("login") == "请填写账号。"
    assert page.field_error("name") == "请填写姓名。"


def test_password_is_issued_on_a_slip_and_works_once(
    app: Flask, office: factories.Office, administrator: Visitor
) -> None:
    asked = administrator.get(password_page(office))
    assert asked.title == "发放一次性密码"
    given = slip(administrator.post(password_page(office)))
    assert (given["账号"], given["姓名"]) == ("office-b", "示例乙")
    newcomer = Visitor(app)
    assert newcomer.log_in("office-b", given["一次性密码"]).path == "/password"


def test_password_is_not_shown_again(office: factories.Office, administrator: Visitor) -> None:
    given = slip(administrator.post(password_page(office)))
    assert given["一次性密码"] not in administrator.get(password_page(office)).text
    assert given["一次性密码"] not in administrator.get("/admin/accounts").text


@pytest.mark.parametrize("holder", ["administrator", "supervisor_a"])
def test_password_of_another_office_is_not_issued_here(
    office: factories.Office, administrator: Visitor, holder: str
) -> None:
    account = getattr(office, holder).public_id
    assert administrator.post(f"/admin/accounts/{account}/password").status == 404


@pytest.mark.parametrize("path", ["/admin/accounts", NEW])
def test_desk_is_closed_to_the_secretariat(app: Flask, office: factories.Office, path: str) -> None:
    assert office.officer.visit(app).get(path).status in (403, 404)


def test_administrator_sees_no_call(app: Flask, administrator: Visitor) -> None:
    call = factories.bare_call(app)
    assert administrator.get(f"/calls/{call}").status == 404


def test_slip_names_the_public_address_where_there_is_one(
    app: Flask, administrator: Visitor, office: factories.Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(app.extensions["settings"], public_url="https://review.example")
    monkeypatch.setitem(app.extensions, "settings", settings)
    page = administrator.post(password_page(office))
    assert "https://review.example" in page.text
    assert "http://localhost" not in page.text
