"""Builds what tests start from, through the services that the office uses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar

import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import Session

from review_portal.db import db, transaction
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round, RuleSet
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import account_views, accounts, closing, logins
from scoring_rubrics import load_call
from tests.kept_scenes import kept
from tests.visitor import Visitor

PASSWORD = "示例-password-2023"
TEA_GARDEN = Path(__file__).parent / "data/calls/tea_garden_2030"
PUBLISHED = datetime(2023, 1, 10, 1, 0, tzinfo=UTC)
Result = TypeVar("Result")


@dataclass(frozen=True, slots=True)
class Credential:
    """An account with a password of its own."""

    login: str
    password: str
    account_id: int
    public_id: str

    def visit(self, app: Flask) -> Visitor:
        """A browser in which this person is logged in."""
        visitor = Visitor(app)
        visitor.log_in(self.login, self.password)
        return visitor

    def viewer(self, app: Flask) -> Viewer:
        """The person as services know them, with the roles they hold now."""
        return inside(app, lambda: _viewer(self.login, self.password))


@dataclass(frozen=True, slots=True)
class Office:
    """The people of an office before any call."""

    administrator: Credential
    officer: Credential
    second_officer: Credential
    supervisor_a: Credential
    supervisor_b: Credential


def inside(app: Flask, act: Callable[[], Result]) -> Result:
    """Run `act` in an application context of its own."""
    with app.app_context():
        return act()


def _viewer(login: str, password: str) -> Viewer:
    found = logins.viewer_of(logins.log_in(login, password))
    assert found is not None
    return found


def settle(account: account_views.NewAccount, password: str = PASSWORD) -> Credential:
    """Exchange a one-time password for an own one, as its holder does. Needs an application context."""
    token = logins.log_in(account.login, account.password)
    viewer = logins.viewer_of(token)
    assert viewer is not None
    logins.change_password(viewer, current=account.password, new=password, again=password, token=token)
    return Credential(account.login, password, viewer.account_id, viewer.public_id)


@kept
def office(app: Flask) -> Office:
    """Administrator, two officers of the secretariat, supervisors A and B."""
    with app.app_context():
        administrator, officer = accounts.bootstrap()
        return Office(
            administrator=settle(administrator),
            officer=settle(officer),
            second_officer=settle(accounts.create_from_host("office-b", "示例乙", "secretariat")),
            supervisor_a=settle(accounts.create_from_host("watch-a", "示例监督甲", "supervisor")),
            supervisor_b=settle(accounts.create_from_host("watch-b", "示例监督乙", "supervisor")),
        )


def bare_call(app: Flask, *, slug: str = "example", published: bool = False) -> str:
    """A call with the fictional tea garden's rules and nothing in it; its public id."""
    with app.app_context():
        with transaction() as session:
            call = Call(
                rule_set_id=_tea_rules(session).id,
                title=f"示例批次 {slug}",
                state="receiving" if published else "draft",
                created_at=PUBLISHED,
                published_at=PUBLISHED if published else None,
            )
            session.add(call)
            session.flush()
            public_id: str = call.public_id
        return public_id


def _tea_rules(session: Session) -> RuleSet:
    rules = load_call(TEA_GARDEN)
    found = session.scalars(sa.select(RuleSet).where(RuleSet.digest == rules.digest)).first()
    if found is None:
        files = {name: data.decode() for name, data in rules.files.items()}
        found = RuleSet(digest=rules.digest, slug=rules.slug, files=files, stored_at=PUBLISHED)
        session.add(found)
        session.flush()
    return found


def call_id(public_id: str, session: Session | None = None) -> int:
    """The key of a call behind its public id. Needs an application context."""
    query = sa.select(Call.id).where(Call.public_id == public_id)
    if session is None:
        db.session.rollback()  # an open read does not see what was written since
    return (session or db.session()).scalars(query).one()


def expert(app: Flask, call: str, *, login: str, name: str = "示例专家") -> Credential:
    """An expert with an account for `call`, on the panel of its round."""
    with app.app_context():
        credential = settle(accounts.create_from_host(login, name, "expert", call))
        with transaction() as session:
            round_ = Round(
                call_id=call_id(call, session), stage=login, position=1, state="scoring", frozen={}
            )
            person = Expert(
                account_id=credential.account_id,
                name=name,
                name_key=login,
                employer=f"{name}所在大学",
                title="教授",
                field="能源",
                phone=login,
                email=f"{login}@example.org",
                district="示例区",
            )
            session.add_all((round_, person))
            session.flush()
            session.add(PanelMember(round_id=round_.id, expert_id=person.id, order_key=login))
        return credential


def close_round(chair: Viewer, supervisor: Viewer, *, round_: str, reason: str = "评分结束（示例）") -> None:
    """The chair asks to end scoring, the supervisor agrees. Needs an application context."""
    asked = closing.ask_close(chair, round_=round_, reason=reason)
    closing.decide_close(supervisor, approval=asked, approve=True)


def account_row(login: str) -> Account:
    """An account as stored. Needs an application context."""
    found: Account = db.session.scalars(sa.select(Account).where(Account.login == login)).one()
    return found
