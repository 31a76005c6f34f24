"""A link that lets an expert in once: who issues it, until when it lets in, never into what is sealed."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.reach import EntryPass
from review_portal.services import accounts, approvals, entry_passes, logins, passwords
from review_portal.services.entry_passes import IssuedEntry
from tests import factories
from tests.factories import Credential, Office
from tests.posting import at

REASON = "本人在场，手机登录（示例）"


@pytest.fixture
def office(app: Flask, db: SQLAlchemy) -> Office:
    return factories.office(app)


@pytest.fixture
def call(app: Flask, office: Office) -> str:
    return factories.bare_call(app, published=True)


@pytest.fixture
def expert(app: Flask, call: str) -> Credential:
    """In use, and on the panel of a round that is scoring."""
    return factories.expert(app, call, login="expert-1")


@pytest.fixture
def officer(app: Flask, office: Office) -> Viewer:
    return office.officer.viewer(app)


def set_round(call: str, state: str) -> None:
    with transaction() as session:
        row = session.scalars(sa.select(Call).where(Call.public_id == call)).one()
        for item in session.scalars(sa.select(Round).where(Round.call_id == row.id)):
            item.state = state


def issue(officer: Viewer, call: str, account: str, hours: int = 24) -> IssuedEntry:
    return entry_passes.issue_entry(officer, call=call, account=account, hours=hours)


def by_two(app: Flask, office: Office, officer: Viewer, call: str, account: str) -> IssuedEntry:
    asked = entry_passes.ask_entry(officer, call=call, account=account, hours=2, reason=REASON)
    made = entry_passes.decide_entry(office.supervisor_a.viewer(app), approval=asked, approve=True)
    assert made is not None
    return made


def inside(token: str) -> bool:
    with transaction():  # an open read does not see what was written since
        pass
    return logins.viewer_of(token) is not None


def entries(action: str) -> list[str]:
    with transaction() as session:
        query = sa.select(AuditEntry.object_id).where(AuditEntry.action == action)
        return list(session.scalars(query))


def test_link_lets_in_once_without_a_password_and_ends_other_logins(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    set_round(call, "draft")
    elsewhere = logins.log_in(expert.login, expert.password)
    made = issue(officer, call, expert.public_id)
    assert [entry_passes.look(made.code) for _again in range(3)] == ["示例批次 example"] * 3
    assert inside(elsewhere)  # looking changes nothing
    token = entry_passes.spend(made.code)
    viewer = logins.viewer_of(token)
    assert viewer is not None
    assert (viewer.account_id, viewer.must_change, inside(elsewhere)) == (expert.account_id, False, False)
    for use in (entry_passes.look, entry_passes.spend):
        with pytest.raises(NotFound) as dead:
            use(made.code)
        assert dead.value.message == entry_passes.DEAD
    assert logins.log_in(expert.login, expert.password)  # the password is as it was
    assert (entries("issue_entry"), entries("use_entry")) == ([expert.public_id],) * 2


def test_code_is_kept_as_a_hash_and_read_with_or_without_hyphens(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    set_round(call, "draft")
    made = issue(officer, call, expert.public_id)
    with transaction() as session:
        kept = [str(column) for column in session.execute(sa.select(EntryPass.__table__)).one()]
    assert not any(made.code in column for column in kept)
    groups = [made.code[start : start + 4] for start in range(0, len(made.code), 4)]
    assert entry_passes.look("-".join(groups).upper())


def test_expired_withdrawn_and_wrong_links_are_one_answer(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    set_round(call, "draft")
    first = issue(officer, call, expert.public_id, hours=2)
    second = issue(officer, call, expert.public_id, hours=2)  # the first ends
    with at(now() + timedelta(hours=2, seconds=1)):
        told = []
        for code in (first.code, second.code, "a" * 16, "", "长" * 5000):
            with pytest.raises(NotFound) as dead:
                entry_passes.spend(code)
            told.append(dead.value.message)
    assert told == [entry_passes.DEAD] * 5
    assert entries("use_entry") == []


def test_link_of_an_account_that_has_been_closed_or_given_an_office_is_dead(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    set_round(call, "draft")
    made = issue(officer, call, expert.public_id)
    with transaction() as session:
        session.add(
            accounts.Grant(account_id=expert.account_id, role="supervisor", call_id=None, granted_at=now())
        )
    with pytest.raises(NotFound):
        entry_passes.spend(made.code)
    with pytest.raises(NotAllowed):
        issue(officer, call, expert.public_id)


@pytest.mark.parametrize("state", ["scoring", "sealed", "reconciling"])
def test_one_officer_cannot_step_into_an_expert_once_the_round_is_open(
    app: Flask, call: str, expert: Credential, officer: Viewer, state: str
) -> None:
    set_round(call, state)
    with pytest.raises(NotAllowed, match="须经监督人员同意"):
        issue(officer, call, expert.public_id)
    assert entries("issue_entry") == []


def test_link_that_one_officer_gave_early_dies_when_the_round_opens(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    """Else an officer could keep it, or the login it opened, and read what the expert scores."""
    set_round(call, "draft")
    token = entry_passes.spend(issue(officer, call, expert.public_id).code)
    unused = issue(officer, call, expert.public_id)
    assert inside(token)
    set_round(call, "scoring")
    assert not inside(token)
    with pytest.raises(NotFound):
        entry_passes.spend(unused.code)


def test_unused_account_gets_its_link_from_one_officer_and_an_older_one_is_no_second_key(
    app: Flask, call: str, expert: Credential, officer: Viewer
) -> None:
    accounts.create_from_host("expert-2", "示例专家", "expert", call)
    account = factories.account_row("expert-2").public_id
    set_round(call, "scoring")
    with transaction() as session:
        row = session.scalars(sa.select(accounts.Account).where(accounts.Account.login == "expert-2")).one()
        other = session.scalars(sa.select(Round)).first()
        assert other is not None
        person = factories.Expert(
            account_id=row.id,
            name="示例专家",
            name_key="y",
            employer="示例",
            title="教授",
            field="能源",
            phone="y",
            email="",
            district="",
        )
        session.add(person)
        session.flush()
        session.add(factories.PanelMember(round_id=other.id, expert_id=person.id, order_key="y"))
    kept = issue(officer, call, account)
    password = passwords.issue_password(officer, account=account)
    logins.log_in("expert-2", password.password)  # the expert comes by password and begins to score
    with pytest.raises(NotFound):
        entry_passes.spend(kept.code)


def test_two_people_give_a_link_that_the_supervisor_sees_once(
    app: Flask, office: Office, call: str, expert: Credential, officer: Viewer
) -> None:
    with pytest.raises(Invalid):
        entry_passes.ask_entry(officer, call=call, account=expert.public_id, hours=2, reason=" ")
    asked = entry_passes.ask_entry(officer, call=call, account=expert.public_id, hours=2, reason=REASON)
    with pytest.raises(Conflict, match="正等待另一人确认"):
        entry_passes.ask_entry(officer, call=call, account=expert.public_id, hours=2, reason=REASON)
    for other in (office.officer, office.second_officer, office.administrator):
        with pytest.raises((NotAllowed, NotFound)):
            entry_passes.decide_entry(other.viewer(app), approval=asked, approve=True)
    supervisor = office.supervisor_a.viewer(app)
    assert [item.public_id for item in approvals.list_waiting(supervisor)] == [asked]
    made = entry_passes.decide_entry(supervisor, approval=asked, approve=True)
    assert made is not None
    token = entry_passes.spend(made.code)
    set_round(call, "sealed")
    assert inside(token)
    with pytest.raises(Conflict):
        entry_passes.decide_entry(supervisor, approval=asked, approve=True)


def test_refused_request_makes_no_link(
    app: Flask, office: Office, call: str, expert: Credential, officer: Viewer
) -> None:
    asked = entry_passes.ask_entry(officer, call=call, account=expert.public_id, hours=2, reason=REASON)
    supervisor = office.supervisor_a.viewer(app)
    assert entry_passes.decide_entry(supervisor, approval=asked, approve=False, note="未到场") is None
    assert entries("issue_entry") == []


def test_links_are_for_experts_of_the_call_alone(
    app: Flask, office: Office, call: str, expert: Credential, officer: Viewer
) -> None:
    other = factories.bare_call(app, slug="other", published=True)
    for account in (office.second_officer.public_id, office.supervisor_a.public_id, "a" * 12):
        with pytest.raises(NotFound):
            issue(officer, call, account)
    with pytest.raises(NotFound):
        issue(officer, other, expert.public_id)
    with pytest.raises(NotFound):
        issue(expert.viewer(app), call, office.officer.public_id)
    set_round(call, "draft")
    with pytest.raises(NotAllowed):
        issue(office.supervisor_a.viewer(app), call, expert.public_id)
    with pytest.raises(Invalid):
        issue(officer, call, expert.public_id, hours=1000)
    with pytest.raises(Conflict, match="可以直接发放"):
        entry_passes.ask_entry(officer, call=call, account=expert.public_id, hours=2, reason=REASON)


def test_link_by_two_ends_whoever_else_is_logged_in(
    app: Flask, office: Office, call: str, expert: Credential, officer: Viewer
) -> None:
    elsewhere = logins.log_in(expert.login, expert.password)
    token = entry_passes.spend(by_two(app, office, officer, call, expert.public_id).code)
    assert (inside(token), inside(elsewhere)) == (True, False)
