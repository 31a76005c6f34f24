"""Accounts: who opens which, alone or with a second person, and the host's way back in."""

from __future__ import annotations

import re

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account, Grant
from review_portal.services import account_views, accounts, approvals, audit, logins, passwords
from review_portal.services.accounts import Person
from tests import factories

EXPERT = Person("expert-1", "示例专家", "expert")
SUPERVISOR = Person("watch-1", "示例监督", "supervisor")
OFFICER = Person("office-1", "示例干事", "secretariat")


@pytest.fixture
def office(app: Flask, db: SQLAlchemy) -> factories.Office:
    return factories.office(app)


def roles(login: str) -> list[tuple[str, int | None]]:
    with transaction() as session:
        rows = session.execute(
            sa.select(Grant.role, Grant.call_id)
            .join(Account, Account.id == Grant.account_id)
            .where(Account.login == login)
        )
        return [(role, call_id) for role, call_id in rows]


def last_entries(count: int) -> list[audit.AuditEntry]:
    with transaction() as session:
        newest = sa.select(audit.AuditEntry).order_by(audit.AuditEntry.sequence.desc()).limit(count)
        return list(reversed(session.scalars(newest).all()))


def test_first_start_opens_administrator_and_secretariat(db: SQLAlchemy) -> None:
    made = accounts.bootstrap()
    assert [(account.login, account.role_label) for account in made] == [
        ("admin", "管理员"),
        ("office", "秘书处"),
    ]
    assert all(re.fullmatch(r"([a-km-z2-9]{4}-){2}[a-km-z2-9]{4}", account.password) for account in made)
    assert made[0].password != made[1].password


def test_first_start_happens_once(db: SQLAlchemy) -> None:
    accounts.bootstrap()
    assert accounts.bootstrap() == []
    assert roles("admin") == [("administrator", None)]


def test_one_time_password_leads_to_choosing_an_own_one(db: SQLAlchemy) -> None:
    administrator, _officer = accounts.bootstrap()
    viewer = logins.viewer_of(logins.log_in(administrator.login, administrator.password))
    assert viewer is not None and viewer.must_change


def test_password_is_stored_as_argon2(db: SQLAlchemy) -> None:
    administrator, _officer = accounts.bootstrap()
    assert factories.account_row("admin").password_hash.startswith("$argon2id$")
    assert administrator.password not in factories.account_row("admin").password_hash


@pytest.mark.parametrize(("person", "role"), [(EXPERT, "expert"), (SUPERVISOR, "supervisor")])
def test_secretariat_opens_accounts_of_its_call_alone_before_publishing(
    app: Flask, office: factories.Office, person: Person, role: str
) -> None:
    call = factories.bare_call(app)
    actor = office.officer.viewer(app)
    assert accounts.open_accounts(actor, call=call, people=[person]) is None
    assert roles(person.login) == [(role, factories.call_id(call))]
    assert (last_entries(1)[0].action, last_entries(1)[0].actor_id) == ("open_account", actor.account_id)


def test_administrator_opens_secretariat_accounts(app: Flask, office: factories.Office) -> None:
    assert accounts.open_accounts(office.administrator.viewer(app), call=None, people=[OFFICER]) is None
    assert roles("office-1") == [("secretariat", None)]


@pytest.mark.parametrize(
    ("who", "person", "with_call"),
    [
        ("officer", OFFICER, False),
        ("officer", EXPERT, False),
        ("administrator", EXPERT, True),
        ("administrator", Person("admin-2", "示例", "administrator"), False),
        ("supervisor_a", SUPERVISOR, True),
        ("supervisor_a", OFFICER, False),
    ],
)
def test_others_open_no_accounts(
    app: Flask, office: factories.Office, who: str, person: Person, with_call: bool
) -> None:
    call = factories.bare_call(app) if with_call else None
    with pytest.raises(NotAllowed, match="秘书处可开通本批次专家、监督和代录账号"):
        accounts.open_accounts(getattr(office, who).viewer(app), call=call, people=[person])
    assert roles(person.login) == []


def test_account_for_a_call_that_is_not_there_is_not_found(app: Flask, office: factories.Office) -> None:
    with pytest.raises(NotFound):
        accounts.open_accounts(office.officer.viewer(app), call="a" * 12, people=[EXPERT])


def test_secretariat_of_one_call_opens_none_for_another(app: Flask, office: factories.Office) -> None:
    here, there = factories.bare_call(app, slug="here"), factories.bare_call(app, slug="there")
    own = factories.settle(accounts.create_from_host("office-1", "示例干事", "secretariat", here))
    with pytest.raises(NotAllowed):
        accounts.open_accounts(own.viewer(app), call=there, people=[EXPERT])


@pytest.mark.parametrize(
    ("login", "name", "field"),
    [
        ("", "示例", "login"),
        ("a", "示例", "login"),
        ("a b", "示例", "login"),
        ("x" * 65, "示例", "login"),
        ("office", "示例", "login"),
        ("expert-1", " ", "name"),
    ],
)
def test_faulty_account_is_refused_at_its_field(
    app: Flask, office: factories.Office, login: str, name: str, field: str
) -> None:
    call = factories.bare_call(app)
    with pytest.raises(Invalid) as refusal:
        accounts.open_accounts(office.officer.viewer(app), call=call, people=[Person(login, name, "expert")])
    assert list(refusal.value.fields) == [field]


def test_several_accounts_are_opened_all_or_none(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app)
    taken = Person("office", "示例专家", "expert")
    with pytest.raises(Invalid, match="账号“office”已被使用"):
        accounts.open_accounts(office.officer.viewer(app), call=call, people=[EXPERT, taken])
    assert roles("expert-1") == []


def test_after_publishing_a_second_person_must_agree(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app, published=True)
    asked = accounts.open_accounts(office.officer.viewer(app), call=call, people=[EXPERT], reason="增补专家")
    assert asked is not None
    assert roles("expert-1") == []
    accounts.approve_accounts(office.supervisor_a.viewer(app), approval=asked, approve=True)
    assert roles("expert-1") == [("expert", factories.call_id(call))]
    approved, opened = last_entries(2)
    assert (approved.action, opened.action, opened.detail["approval"]) == (
        "approve_open_accounts",
        "open_account",
        asked,
    )


def test_after_publishing_the_asker_cannot_agree(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app, published=True)
    actor = office.officer.viewer(app)
    asked = accounts.open_accounts(actor, call=call, people=[EXPERT], reason="增补专家")
    assert asked is not None
    with pytest.raises(NotAllowed, match="申请人不能自行确认"):
        accounts.approve_accounts(actor, approval=asked, approve=True)
    assert roles("expert-1") == []


def test_after_publishing_a_refusal_opens_nothing(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app, published=True)
    asked = accounts.open_accounts(office.officer.viewer(app), call=call, people=[EXPERT], reason="增补专家")
    assert asked is not None
    accounts.approve_accounts(office.second_officer.viewer(app), approval=asked, approve=False)
    assert roles("expert-1") == []
    assert approvals.list_waiting(office.supervisor_a.viewer(app)) == []


def test_publishing_any_call_asks_for_two_people_in_the_whole_house(
    app: Flask, office: factories.Office
) -> None:
    factories.bare_call(app, slug="published", published=True)
    asked = accounts.open_accounts(
        office.administrator.viewer(app), call=None, people=[OFFICER], reason="新同事"
    )
    assert asked is not None


def test_after_publishing_the_same_request_waits_only_once(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app, published=True)
    actor = office.officer.viewer(app)
    accounts.open_accounts(actor, call=call, people=[EXPERT], reason="增补专家")
    with pytest.raises(Conflict, match="正等待另一人确认"):
        accounts.open_accounts(actor, call=call, people=[EXPERT], reason="再次申请")
    assert accounts.open_accounts(actor, call=call, people=[SUPERVISOR], reason="增补监督") is not None


def test_host_opens_an_account_and_the_chain_says_so(db: SQLAlchemy) -> None:
    made = accounts.create_from_host("office-1", "示例干事", "secretariat")
    assert (made.login, made.role_label) == ("office-1", "秘书处")
    (entry,) = last_entries(1)
    assert (entry.actor_name, entry.actor_id, entry.action) == ("主机命令行", None, "open_account")
    assert entry.detail == {"role": "secretariat"}


@pytest.mark.parametrize(("role", "call", "error"), [("king", None, Invalid), ("expert", "a" * 12, NotFound)])
def test_host_names_what_it_cannot_open(
    db: SQLAlchemy, role: str, call: str | None, error: type[Exception]
) -> None:
    with pytest.raises(error):
        accounts.create_from_host("office-1", "示例干事", role, call)
    assert audit.verify().entries == 0


def test_host_reset_lets_in_again_and_the_chain_says_so(app: Flask, office: factories.Office) -> None:
    token = logins.log_in(office.officer.login, office.officer.password)
    reset = passwords.reset_from_host("office")
    (entry,) = last_entries(1)
    assert (entry.actor_name, entry.action, entry.object_id) == (
        "主机命令行",
        "reset_password",
        office.officer.public_id,
    )
    assert logins.viewer_of(token) is None
    with pytest.raises(Invalid):
        logins.log_in(office.officer.login, office.officer.password)
    viewer = logins.viewer_of(logins.log_in("office", reset.password))
    assert viewer is not None and viewer.must_change


def test_host_reset_opens_a_locked_account(app: Flask, office: factories.Office) -> None:
    for _attempt in range(5):
        with pytest.raises(Invalid):
            logins.log_in("office", "wrong")
    assert factories.account_row("office").locked_until is not None
    assert logins.log_in("office", passwords.reset_from_host("office").password)


def test_host_reset_of_nobody_is_not_found(db: SQLAlchemy) -> None:
    with pytest.raises(NotFound, match="没有名为 nobody 的账号。"):
        passwords.reset_from_host("nobody")


def test_no_password_stands_on_the_chain(app: Flask, office: factories.Office) -> None:
    made = accounts.create_from_host("office-1", "示例干事", "secretariat")
    reset = passwords.reset_from_host("office-1")
    text = str([entry.detail for entry in last_entries(100)])
    assert not any(secret in text for secret in (made.password, reset.password, factories.PASSWORD))


def test_secretariat_hands_out_a_password_to_its_expert(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app)
    actor = office.officer.viewer(app)
    accounts.open_accounts(actor, call=call, people=[EXPERT])
    made = passwords.issue_password(actor, account=factories.account_row("expert-1").public_id)
    assert (made.login, made.name, made.role_label) == ("expert-1", "示例专家", "专家")
    assert logins.log_in("expert-1", made.password)
    assert last_entries(2)[0].action == "issue_password"


def test_new_password_ends_the_old_sessions(app: Flask, office: factories.Office) -> None:
    token = logins.log_in("office-b", factories.PASSWORD)
    passwords.issue_password(office.administrator.viewer(app), account=office.second_officer.public_id)
    assert logins.viewer_of(token) is None


@pytest.mark.parametrize("target", ["administrator", "supervisor_a", "second_officer"])
def test_secretariat_hands_out_no_password_of_the_house(
    app: Flask, office: factories.Office, target: str
) -> None:
    with pytest.raises(NotAllowed):
        passwords.issue_password(office.officer.viewer(app), account=getattr(office, target).public_id)


@pytest.mark.parametrize(("published", "taken_up"), [(False, True), (True, False)])
def test_supervisor_gets_a_password_before_publication_or_before_the_first_login(
    app: Flask, office: factories.Office, published: bool, taken_up: bool
) -> None:
    call = factories.bare_call(app, published=published)
    made = accounts.create_from_host("watch-c", "示例监督丙", "supervisor", call)
    if taken_up:
        factories.settle(made)
    account = factories.account_row("watch-c").public_id
    assert passwords.issue_password(office.officer.viewer(app), account=account).login == "watch-c"


def test_one_officer_cannot_step_into_a_supervisor_in_use(app: Flask, office: factories.Office) -> None:
    call = factories.bare_call(app, published=True)
    watch = factories.settle(accounts.create_from_host("watch-c", "示例监督丙", "supervisor", call))
    with pytest.raises(NotAllowed) as refused:
        passwords.issue_password(office.officer.viewer(app), account=watch.public_id)
    assert str(refused.value) == "已启用的监督、秘书处账号不能在页面上重发密码。请由管理员在主机上重置。"
    assert passwords.reset_from_host("watch-c").login == "watch-c"


@pytest.mark.parametrize("target", ["administrator", "supervisor_a"])
def test_administrator_hands_out_passwords_of_the_secretariat_only(
    app: Flask, office: factories.Office, target: str
) -> None:
    with pytest.raises((NotAllowed, NotFound)):
        passwords.issue_password(office.administrator.viewer(app), account=getattr(office, target).public_id)


def test_account_with_a_role_elsewhere_is_not_taken_over(app: Flask, office: factories.Office) -> None:
    here, there = factories.bare_call(app, slug="here"), factories.bare_call(app, slug="there")
    own = factories.settle(accounts.create_from_host("office-1", "示例干事", "secretariat", here))
    expert = factories.expert(app, here, login="expert-1")
    with transaction() as session:
        session.add(
            Grant(
                account_id=expert.account_id,
                role="expert",
                call_id=factories.call_id(there, session),
                granted_at=factories.PUBLISHED,
            )
        )
    with pytest.raises(NotAllowed, match="该账号还有其他角色"):
        passwords.issue_password(own.viewer(app), account=expert.public_id)


def test_password_for_nobody_is_not_found(app: Flask, office: factories.Office) -> None:
    with pytest.raises(NotFound):
        passwords.issue_password(office.officer.viewer(app), account="a" * 12)


def test_lists_show_the_house_to_the_administrator_and_the_call_to_its_secretariat(
    app: Flask, office: factories.Office
) -> None:
    call = factories.bare_call(app)
    officer: Viewer = office.officer.viewer(app)
    accounts.open_accounts(officer, call=call, people=[EXPERT])
    assert [row.login for row in account_views.list_accounts(officer, call=call)] == ["expert-1"]
    house = account_views.list_accounts(office.administrator.viewer(app), call=None)
    assert [row.login for row in house] == ["admin", "office", "office-b", "watch-a", "watch-b"]


@pytest.mark.parametrize("who", ["officer", "supervisor_a"])
def test_list_of_the_house_is_not_found_for_others(app: Flask, office: factories.Office, who: str) -> None:
    with pytest.raises(NotFound):
        account_views.list_accounts(getattr(office, who).viewer(app), call=None)


@pytest.mark.parametrize("who", ["administrator", "supervisor_a"])
def test_list_of_a_call_is_not_found_for_others(app: Flask, office: factories.Office, who: str) -> None:
    call = factories.bare_call(app)
    with pytest.raises(NotFound):
        account_views.list_accounts(getattr(office, who).viewer(app), call=call)
