"""A role in another call for an account that exists, and taking a role back."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.accounts import Account, Grant
from review_portal.models.audit import AuditEntry
from review_portal.models.experts import Expert
from review_portal.services import accounts, experts, logins
from review_portal.services.accounts import Person
from tests import factories
from tests.factories import Credential, Office

REASON = "不再参加本批次"


@pytest.fixture
def office(app: Flask, db: SQLAlchemy) -> Office:
    return factories.office(app)


@pytest.fixture
def first(app: Flask, office: Office) -> str:
    return factories.bare_call(app, slug="first")


@pytest.fixture
def second(app: Flask, office: Office) -> str:
    return factories.bare_call(app, slug="second")


@pytest.fixture
def watch(app: Flask, first: str) -> Credential:
    """A supervisor of the first call, in use."""
    return factories.settle(accounts.create_from_host("watch-c", "示例监督丙", "supervisor", first))


def publish(call: str) -> None:
    with transaction() as session:
        row = session.get_one(accounts.Call, factories.call_id(call, session))
        row.state, row.published_at = "receiving", factories.PUBLISHED


def roles(login: str) -> set[tuple[str, int | None]]:
    with transaction() as session:
        rows = session.execute(
            sa.select(Grant.role, Grant.call_id)
            .join(Account, Account.id == Grant.account_id)
            .where(Account.login == login, Grant.revoked_at.is_(None))
        )
        return {(role, call_id) for role, call_id in rows}


def last_entry() -> AuditEntry:
    with transaction() as session:
        return session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()


def of(watch: Credential, role: str = "supervisor") -> Person:
    return Person("watch-c", "示例监督丙", role)


def test_supervisor_of_one_call_gets_the_role_in_another_and_keeps_the_password(
    app: Flask, office: Office, first: str, second: str, watch: Credential
) -> None:
    actor = office.officer.viewer(app)
    assert accounts.open_accounts(actor, call=second, people=[of(watch)]) is None
    assert roles("watch-c") == {
        ("supervisor", factories.call_id(first)),
        ("supervisor", factories.call_id(second)),
    }
    assert logins.log_in(watch.login, watch.password)
    with transaction() as session:
        told = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "grant_role")).one()
        assert (told.object_id, told.detail["role"]) == (watch.public_id, "supervisor")


def test_after_publishing_a_second_person_grants_the_role(
    app: Flask, office: Office, first: str, second: str, watch: Credential
) -> None:
    publish(second)
    actor = office.officer.viewer(app)
    asked = accounts.open_accounts(actor, call=second, people=[of(watch)], reason="两批次同一监督")
    assert asked is not None
    assert roles("watch-c") == {("supervisor", factories.call_id(first))}
    with pytest.raises(NotAllowed):
        accounts.approve_accounts(actor, approval=asked, approve=True)
    accounts.approve_accounts(office.supervisor_a.viewer(app), approval=asked, approve=True)
    assert ("supervisor", factories.call_id(second)) in roles("watch-c")
    assert last_entry().detail["approval"] == asked


def test_expert_of_one_call_gets_the_role_in_another_by_the_pool(
    app: Flask, office: Office, first: str, second: str
) -> None:
    known = factories.expert(app, first, login="expert-1")
    actor = office.officer.viewer(app)
    (line,) = experts.list_experts(actor, call=second)
    assert (line.has_account, line.in_call) == (True, False)
    accounts.open_accounts(
        actor, call=second, people=[Person("19900001001", line.name, "expert", line.public_id)]
    )
    (line,) = experts.list_experts(actor, call=second)
    assert line.in_call
    with transaction() as session:
        assert session.scalars(sa.select(Expert.account_id)).all() == [known.account_id]
    assert ("expert", factories.call_id(second)) in roles("expert-1")


def test_login_of_somebody_else_is_refused_and_tells_what_to_do(
    app: Flask, office: Office, first: str, second: str, watch: Credential
) -> None:
    person = Person("watch-c", "另一示例", "supervisor")
    with pytest.raises(Invalid) as refused:
        accounts.open_accounts(office.officer.viewer(app), call=second, people=[person])
    assert str(refused.value.fields["login"]) == "该账号已被使用。如为同一人，请填写与其账号一致的姓名。"
    assert roles("watch-c") == {("supervisor", factories.call_id(first))}


@pytest.mark.parametrize(
    ("role", "here", "sentence"),
    [
        ("supervisor", True, "该账号已有这一角色"),
        ("expert", True, "不能由一人兼任"),
    ],
)
def test_roles_that_exclude_one_another_are_refused(
    app: Flask, office: Office, first: str, watch: Credential, role: str, here: bool, sentence: str
) -> None:
    with pytest.raises(Invalid, match=sentence):
        accounts.open_accounts(office.officer.viewer(app), call=first, people=[of(watch, role)])


@pytest.mark.parametrize(
    ("held", "role", "call", "allowed"),
    [
        ([("expert", 1)], "expert", 2, True),
        ([("expert", 1)], "supervisor", 2, True),
        ([("expert", 1)], "supervisor", 1, False),
        ([("secretariat", None)], "expert", 2, False),
        ([("expert", 1)], "secretariat", None, False),
        ([("administrator", None)], "expert", 1, False),
        ([("supervisor", 1)], "administrator", None, False),
        ([], "expert", 1, True),
    ],
)
def test_rule_of_roles_that_go_together(
    held: list[tuple[str, int | None]], role: str, call: int | None, allowed: bool
) -> None:
    assert bool(policy.can_hold(held, role, call)) is allowed


def test_role_that_excludes_is_refused_when_it_is_approved_too(
    app: Flask, office: Office, second: str, first: str, watch: Credential
) -> None:
    publish(second)
    actor = office.officer.viewer(app)
    asked = [
        accounts.open_accounts(actor, call=second, people=[of(watch, role)], reason="增补")
        for role in ("supervisor", "expert")
    ]
    approver = office.supervisor_a.viewer(app)
    accounts.approve_accounts(approver, approval=str(asked[0]), approve=True)
    with pytest.raises(Invalid, match="不能由一人兼任"):
        accounts.approve_accounts(approver, approval=str(asked[1]), approve=True)
    assert ("expert", factories.call_id(second)) not in roles("watch-c")


def test_role_is_taken_back_at_once_before_publishing(
    app: Flask, office: Office, first: str, watch: Credential
) -> None:
    actor = office.officer.viewer(app)
    revoked = accounts.revoke_role(
        actor, call=first, account=watch.public_id, role="supervisor", reason=REASON
    )
    assert (revoked, roles("watch-c")) == (None, set())
    told = last_entry()
    assert (told.action, told.detail["reason"], told.detail["role"]) == ("revoke_role", REASON, "supervisor")
    assert not watch.viewer(app).holds("supervisor")


def test_role_is_taken_back_by_two_after_publishing(
    app: Flask, office: Office, first: str, watch: Credential
) -> None:
    publish(first)
    actor = office.officer.viewer(app)
    asked = accounts.revoke_role(actor, call=first, account=watch.public_id, role="supervisor", reason=REASON)
    assert asked is not None
    assert roles("watch-c") == {("supervisor", factories.call_id(first))}
    accounts.decide_revoke_role(office.supervisor_a.viewer(app), approval=asked, approve=True)
    assert roles("watch-c") == set()


def test_refused_revocation_leaves_the_role(
    app: Flask, office: Office, first: str, watch: Credential
) -> None:
    publish(first)
    actor = office.officer.viewer(app)
    asked = accounts.revoke_role(actor, call=first, account=watch.public_id, role="supervisor", reason=REASON)
    accounts.decide_revoke_role(
        office.second_officer.viewer(app), approval=str(asked), approve=False, note="仍需"
    )
    assert roles("watch-c") == {("supervisor", factories.call_id(first))}


def test_last_supervisor_of_a_call_stays(app: Flask, office: Office, first: str, watch: Credential) -> None:
    with transaction() as session:
        session.execute(
            sa.update(Grant)
            .where(Grant.role == "supervisor", Grant.call_id.is_(None))
            .values(revoked_at=factories.PUBLISHED)
        )
    with pytest.raises(Conflict, match="只有这一名监督人员"):
        accounts.revoke_role(
            office.officer.viewer(app), call=first, account=watch.public_id, role="supervisor", reason=REASON
        )


def test_expert_on_the_panel_stays(app: Flask, office: Office, first: str) -> None:
    seated = factories.expert(app, first, login="expert-1")
    with pytest.raises(Conflict, match="在本批次的专家组中"):
        accounts.revoke_role(
            office.officer.viewer(app), call=first, account=seated.public_id, role="expert", reason=REASON
        )


def test_revocation_names_a_reason_and_a_role_that_is_held(
    app: Flask, office: Office, first: str, watch: Credential
) -> None:
    actor = office.officer.viewer(app)
    with pytest.raises(Invalid):
        accounts.revoke_role(actor, call=first, account=watch.public_id, role="supervisor", reason=" ")
    with pytest.raises(NotFound):
        accounts.revoke_role(actor, call=first, account=watch.public_id, role="expert", reason=REASON)
    with pytest.raises(NotAllowed):
        accounts.revoke_role(
            office.administrator.viewer(app),
            call=first,
            account=watch.public_id,
            role="supervisor",
            reason=REASON,
        )
