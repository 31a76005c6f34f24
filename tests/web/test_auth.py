"""Logging in and out, the lock, the first password, and what happens to text when a login runs out."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import now, transaction
from review_portal.models.accounts import Account, LoginSession
from review_portal.services import account_views, accounts
from tests import factories
from tests.conftest import build_app, close
from tests.factories import PASSWORD, Credential, inside
from tests.visitor import Visitor

WRONG = "账号或密码不正确。连续输错多次将暂时锁定，忘记密码请联系秘书处。"


@pytest.fixture
def officer(app: Flask) -> Credential:
    return factories.office(app).officer


def move_sessions_back(app: Flask, **past: float) -> None:
    """As if nobody had done anything for a while."""

    def act() -> None:
        with transaction() as session:
            session.execute(sa.update(LoginSession).values(last_seen_at=now() - timedelta(**past)))

    inside(app, act)


def change_account(app: Flask, login: str, **values: object) -> None:
    def act() -> None:
        with transaction() as session:
            session.execute(sa.update(Account).where(Account.login == login).values(**values))

    inside(app, act)


def test_right_password_lands_on_the_own_desk(app: Flask, officer: Credential, visitor: Visitor) -> None:
    page = visitor.log_in(officer.login, officer.password)
    assert (page.status, page.path) == (200, "/")


def test_login_name_may_carry_spaces_around_it(officer: Credential, visitor: Visitor) -> None:
    assert visitor.log_in(f" {officer.login} ", officer.password).path == "/"


@pytest.mark.parametrize(
    ("login", "password"), [("office", "wrong"), ("nobody", "wrong"), ("nobody", PASSWORD), ("office", " ")]
)
def test_wrong_and_unknown_get_the_same_sentence(
    officer: Credential, visitor: Visitor, login: str, password: str
) -> None:
    page = visitor.log_in(login, password)
    assert (page.status, page.path, page.field_error("password")) == (422, "/login", WRONG)


def test_wrong_password_keeps_the_login_name_and_not_the_password(
    officer: Credential, visitor: Visitor
) -> None:
    page = visitor.log_in(officer.login, "wrong-secret")
    assert page.value("login") == officer.login
    assert b"wrong-secret" not in page.body


@pytest.mark.parametrize(
    ("login", "password", "field", "sentence"),
    [("", "x", "login", "请填写账号。"), ("office", "", "password", "请填写密码。")],
)
def test_empty_field_says_so_at_the_field(
    visitor: Visitor, login: str, password: str, field: str, sentence: str
) -> None:
    page = visitor.log_in(login, password)
    assert (page.status, page.field_error(field)) == (422, sentence)


def test_five_wrong_passwords_lock_the_account_in_the_database(
    app: Flask, officer: Credential, visitor: Visitor
) -> None:
    for _attempt in range(5):
        visitor.log_in(officer.login, "wrong")
    page = visitor.log_in(officer.login, officer.password)
    assert (page.status, page.field_error("password")) == (422, WRONG)
    locked_for = inside(app, lambda: factories.account_row(officer.login).locked_until - now())
    assert timedelta(minutes=29) < locked_for <= timedelta(minutes=30)


def test_lock_holds_in_another_process(app: Flask, officer: Credential, visitor: Visitor) -> None:
    for _attempt in range(5):
        visitor.log_in(officer.login, "wrong")
    settings = app.extensions["settings"]
    other = build_app(settings.instance, settings.database_url)
    assert Visitor(other).log_in(officer.login, officer.password).status == 422
    close(other)


def test_lock_ends_after_its_time(app: Flask, officer: Credential, visitor: Visitor) -> None:
    past = inside(app, now) - timedelta(seconds=1)
    change_account(app, officer.login, locked_until=past)
    assert visitor.log_in(officer.login, officer.password).path == "/"


def test_right_password_clears_the_count_of_wrong_ones(
    app: Flask, officer: Credential, visitor: Visitor
) -> None:
    for _attempt in range(4):
        visitor.log_in(officer.login, "wrong")
    visitor.log_in(officer.login, officer.password)
    assert inside(app, lambda: factories.account_row(officer.login).failed_logins) == 0


def test_closed_account_gets_the_same_sentence(app: Flask, officer: Credential, visitor: Visitor) -> None:
    change_account(app, officer.login, active=False)
    assert visitor.log_in(officer.login, officer.password).field_error("password") == WRONG


def test_closing_an_account_ends_its_session_at_once(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    change_account(app, officer.login, active=False)
    assert visitor.get("/", follow=False).location == "/login"


def test_session_ends_after_idle_hours(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    move_sessions_back(app, minutes=481)
    assert visitor.get("/", follow=False).location == "/login"


def test_session_lives_on_while_it_is_used(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    for _hour in range(3):
        move_sessions_back(app, minutes=479)
        assert visitor.get("/", follow=False).status == 200


def test_logout_ends_the_session_in_the_database(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    stolen = visitor.client.get_cookie("portal")
    assert stolen is not None
    visitor.log_out()
    thief = Visitor(app)
    thief.client.set_cookie("portal", stolen.value)
    assert thief.get("/", follow=False).location == "/login"


def test_logout_of_nobody_leads_to_the_login(visitor: Visitor) -> None:
    assert visitor.log_out().path == "/login"


def test_session_cookie_is_closed_to_scripts_and_other_sites(officer: Credential, visitor: Visitor) -> None:
    visitor.get("/login")
    page = visitor.submit("/login", login=officer.login, password=officer.password, follow=False)
    assert "HttpOnly" in page.response.headers["Set-Cookie"]
    assert "SameSite=Lax" in page.response.headers["Set-Cookie"]


def test_login_starts_a_fresh_session(officer: Credential, visitor: Visitor) -> None:
    visitor.get("/login")
    before = visitor.page.token
    visitor.log_in(officer.login, officer.password)
    page = visitor.post("/language", {"language": "en"}, token=before)
    assert page.status == 400


def test_language_chosen_before_the_login_stays(officer: Credential, visitor: Visitor) -> None:
    visitor.post("/language", {"language": "en"})
    visitor.log_in(officer.login, officer.password)
    assert visitor.page.doc.get("lang") == "en"


@pytest.fixture
def newcomer(app: Flask) -> account_views.NewAccount:
    return inside(app, accounts.bootstrap)[0]


def test_one_time_password_leads_to_the_password_page(
    newcomer: account_views.NewAccount, visitor: Visitor
) -> None:
    assert visitor.log_in(newcomer.login, newcomer.password).path == "/password"


def test_own_password_opens_the_desk(newcomer: account_views.NewAccount, visitor: Visitor) -> None:
    visitor.log_in(newcomer.login, newcomer.password)
    page = visitor.post("/password", {"current": newcomer.password, "new": PASSWORD, "again": PASSWORD})
    assert (page.status, page.path) == (200, "/")
    assert "密码已修改。" in page.text


@pytest.mark.parametrize(
    ("changes", "field", "sentence"),
    [
        ({"current": "wrong"}, "current", "当前密码不正确。"),
        ({"new": "short1", "again": "short1"}, "new", "新密码至少10位，并含字母、数字、符号中的两类。"),
        (
            {"new": "onlyletters", "again": "onlyletters"},
            "new",
            "新密码至少10位，并含字母、数字、符号中的两类。",
        ),
        ({"again": "different-2023"}, "again", "两次输入的新密码不一致，请重新输入。"),
    ],
)
def test_faulty_password_is_refused_at_its_field(
    app: Flask, officer: Credential, changes: dict[str, str], field: str, sentence: str
) -> None:
    visitor = officer.visit(app)
    visitor.get("/password")
    given = {"current": officer.password, "new": "another-2023", "again": "another-2023", **changes}
    page = visitor.post("/password", given)
    assert (page.status, page.field_error(field)) == (422, sentence)
    assert Visitor(app).log_in(officer.login, officer.password).path == "/"


def test_new_password_ends_other_sessions_and_keeps_this_one(app: Flask, officer: Credential) -> None:
    here, elsewhere = officer.visit(app), officer.visit(app)
    here.post("/password", {"current": officer.password, "new": "another-2023", "again": "another-2023"})
    assert elsewhere.get("/", follow=False).location == "/login"
    assert here.get("/", follow=False).status == 200


def test_person_who_is_logged_in_needs_no_login_page(app: Flask, officer: Credential) -> None:
    assert officer.visit(app).get("/login", follow=False).location == "/"


TYPED = {"reason": "示例理由：指标口径须说明", "points": "87.5"}


def test_text_sent_after_the_login_ran_out_is_given_back(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    visitor.get("/password")
    move_sessions_back(app, minutes=481)
    page = visitor.post("/password", {**TYPED, "new": "secret-2023"})
    assert page.status == 401
    assert "登录已超时，内容已为您保存" in page.text
    assert b"secret-2023" not in page.body
    page = visitor.submit("/login", login=officer.login, password=officer.password)
    form = page.forms["/password"]
    assert (page.status, {name: form[name] for name in TYPED}) == (200, TYPED)
    assert "new" not in form
    assert visitor.submit("/password").status == 422  # it is read and checked again, not refused unread


def test_text_survives_a_wrong_password_on_the_way(app: Flask, officer: Credential) -> None:
    visitor = officer.visit(app)
    move_sessions_back(app, minutes=481)
    visitor.post("/password", TYPED)
    page = visitor.submit("/login", login=officer.login, password="wrong")
    assert page.status == 422
    page = visitor.submit("/login", login=officer.login, password=officer.password)
    assert {name: page.forms["/password"][name] for name in TYPED} == TYPED


def test_login_page_carries_nothing_into_an_ordinary_login(officer: Credential, visitor: Visitor) -> None:
    assert visitor.log_in(officer.login, officer.password).path == "/"
    assert "/password" not in visitor.page.forms
