"""A new password for an account in use: by whom alone, by whom together, and never into what is sealed."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.services import account_views, accounts, approvals, logins, passwords
from review_portal.services.account_views import NewAccount
from tests import factories
from tests.factories import Credential, Office

REASON = "本人忘记密码，已到场"


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


def set_states(call: str, *, round_: str | None = None, call_state: str | None = None) -> None:
    with transaction() as session:
        row = session.scalars(sa.select(Call).where(Call.public_id == call)).one()
        row.state = call_state or row.state
        for item in session.scalars(sa.select(Round).where(Round.call_id == row.id)):
            item.state = round_ or item.state


def ask(app: Flask, office: Office, call: str, expert: Credential) -> str:
    return passwords.ask_password(
        office.officer.viewer(app), call=call, account=expert.public_id, reason=REASON
    )


def way(app: Flask, office: Office, call: str, login: str) -> str:
    rows = account_views.list_accounts(office.officer.viewer(app), call=call)
    return next(row.way.kind for row in rows if row.login == login)


def entries(action: str) -> list[tuple[str, int | None]]:
    with transaction() as session:
        rows = session.execute(
            sa.select(AuditEntry.object_id, AuditEntry.call_id).where(AuditEntry.action == action)
        ).all()
    return [(object_id, call_id) for object_id, call_id in rows]


@pytest.mark.parametrize("state", ["scoring", "sealed", "reconciling", "finished"])
def test_one_officer_cannot_step_into_an_expert_once_the_round_is_open(
    app: Flask, office: Office, call: str, expert: Credential, state: str
) -> None:
    set_states(call, round_=state)
    token = logins.log_in(expert.login, expert.password)
    with pytest.raises(NotAllowed, match="须经监督人员同意"):
        passwords.issue_password(office.officer.viewer(app), account=expert.public_id)
    assert way(app, office, call, "expert-1") == "two"
    assert logins.viewer_of(token) is not None  # nothing has happened to the expert
    assert entries("issue_password") == []


@pytest.mark.parametrize(
    "before",
    [
        lambda call: set_states(call, round_="draft"),
        lambda call: set_states(call, round_="void"),
        lambda call: set_states(call, round_="finished", call_state="listed"),
    ],
)
def test_one_officer_is_enough_where_no_scores_are_at_stake(
    app: Flask, office: Office, call: str, expert: Credential, before: Callable[[str], None]
) -> None:
    before(call)
    assert way(app, office, call, "expert-1") == "alone"
    made = passwords.issue_password(office.officer.viewer(app), account=expert.public_id)
    assert logins.log_in(expert.login, made.password)


def test_seat_in_another_call_with_an_open_round_is_at_stake_too(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    """The role belongs to a call without rounds; the sheets lie in the other."""
    other = factories.bare_call(app, slug="other")
    with transaction() as session:
        session.execute(
            sa.update(accounts.Grant)
            .where(accounts.Grant.account_id == expert.account_id)
            .values(call_id=factories.call_id(other, session))
        )
    assert way(app, office, other, "expert-1") == "two"
    approval = ask(app, office, other, expert)
    made = passwords.decide_password(office.supervisor_a.viewer(app), approval=approval, approve=True)
    assert made is not None
    told = {call_id for _account, call_id in entries("issue_password")}
    assert told == {factories.call_id(call), factories.call_id(other)}


def test_never_used_account_gets_its_password_from_one_officer(app: Flask, office: Office, call: str) -> None:
    factories.expert(app, call, login="expert-2")  # opens a round
    accounts.create_from_host("expert-3", "示例专家", "expert", call)
    assert way(app, office, call, "expert-3") == "alone"
    account = factories.account_row("expert-3").public_id
    assert passwords.issue_password(office.officer.viewer(app), account=account).login == "expert-3"


def test_two_people_give_a_password_that_the_supervisor_sees_once(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    token = logins.log_in(expert.login, expert.password)
    approval = ask(app, office, call, expert)
    assert logins.viewer_of(token) is not None
    made = passwords.decide_password(office.supervisor_a.viewer(app), approval=approval, approve=True)
    assert isinstance(made, NewAccount)
    assert logins.viewer_of(token) is None
    with pytest.raises(Invalid):
        logins.log_in(expert.login, expert.password)
    viewer = logins.viewer_of(logins.log_in(expert.login, made.password))
    assert viewer is not None and viewer.must_change
    assert entries("issue_password") == [(expert.public_id, factories.call_id(call))]
    with pytest.raises(Conflict):
        passwords.decide_password(office.supervisor_b.viewer(app), approval=approval, approve=True)


@pytest.mark.parametrize("who", ["officer", "second_officer", "administrator"])
def test_nobody_but_the_supervisor_agrees(
    app: Flask, office: Office, call: str, expert: Credential, who: str
) -> None:
    approval = ask(app, office, call, expert)
    with pytest.raises((NotAllowed, NotFound)):
        passwords.decide_password(getattr(office, who).viewer(app), approval=approval, approve=True)
    assert logins.log_in(expert.login, expert.password)


def test_refusal_leaves_the_old_password(app: Flask, office: Office, call: str, expert: Credential) -> None:
    approval = ask(app, office, call, expert)
    supervisor = office.supervisor_a.viewer(app)
    assert passwords.decide_password(supervisor, approval=approval, approve=False, note="未到场") is None
    assert logins.log_in(expert.login, expert.password)
    assert entries("issue_password") == []


def test_a_password_given_by_two_does_not_make_the_account_new_again(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    approval = ask(app, office, call, expert)
    passwords.decide_password(office.supervisor_a.viewer(app), approval=approval, approve=True)
    with pytest.raises(NotAllowed, match="须经监督人员同意"):
        passwords.issue_password(office.officer.viewer(app), account=expert.public_id)


def test_account_that_changed_since_it_was_asked_gets_no_password(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    approval = ask(app, office, call, expert)
    with transaction() as session:
        row = session.scalars(sa.select(Account).where(Account.public_id == expert.public_id)).one()
        row.name = "另一示例"
    with pytest.raises(Conflict, match="内容已有变化"):
        passwords.decide_password(office.supervisor_a.viewer(app), approval=approval, approve=True)


def test_request_needs_a_reason_waits_once_and_shows_in_the_list(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    officer = office.officer.viewer(app)
    with pytest.raises(Invalid):
        passwords.ask_password(officer, call=call, account=expert.public_id, reason=" ")
    approval = ask(app, office, call, expert)
    with pytest.raises(Conflict, match="正等待另一人确认"):
        ask(app, office, call, expert)
    assert [row.asked for row in account_views.list_accounts(officer, call=call)] == [approval]
    waiting = approvals.list_waiting(office.supervisor_a.viewer(app))
    assert [item.public_id for item in waiting] == [approval]


def test_no_request_where_one_officer_may_do_it_or_only_the_host(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    watch = factories.settle(accounts.create_from_host("watch-c", "示例监督丙", "supervisor", call))
    with pytest.raises(NotAllowed, match="在主机上重置"):
        ask(app, office, call, watch)
    set_states(call, round_="draft")
    with pytest.raises(Conflict, match="可以直接发放"):
        ask(app, office, call, expert)


def test_request_through_a_call_without_the_account_is_not_found(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    other = factories.bare_call(app, slug="other", published=True)
    with pytest.raises(NotFound):
        ask(app, office, other, expert)


def test_host_reset_of_an_expert_stands_on_the_trail_of_the_call(
    app: Flask, office: Office, call: str, expert: Credential
) -> None:
    passwords.reset_from_host("expert-1")
    assert entries("reset_password") == [(expert.public_id, factories.call_id(call))]


def test_ways_of_many_accounts_take_no_more_queries(
    app: Flask, office: Office, call: str, db: SQLAlchemy
) -> None:
    officer = office.officer.viewer(app)

    def queries() -> int:
        seen: list[str] = []
        listener = lambda _c, _cu, statement, *_rest: seen.append(statement)  # noqa: E731
        sa.event.listen(db.engine, "before_cursor_execute", listener)
        account_views.list_accounts(officer, call=call)
        sa.event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    factories.expert(app, call, login="expert-1")
    few = queries()
    for number in range(2, 6):
        accounts.create_from_host(f"expert-{number}", "示例专家", "expert", call)
    assert queries() == few
