"""Accounts as the pages of administrator and secretariat list them, with what may be done to each."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import PasswordWay, Viewer
from review_portal.models.accounts import Account, Grant, LoginSession
from review_portal.models.calls import Call, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.services import approvals, draw_names

ISSUE = "issue_password"  # the two-person act
_OVER = ("listed", "delivering", "archived", "void")  # states of calls in which no scores are at stake
_NOT_OPEN = ("draft", "void")


ROLE_LABELS = {
    "administrator": mark("管理员").msgid,
    "secretariat": mark("秘书处").msgid,
    "supervisor": mark("监督人员").msgid,
    "expert": mark("专家").msgid,
    "counting_clerk": mark("计分人").msgid,
    "checking_clerk": mark("复核人").msgid,
}


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A login with its one-time password, shown once."""

    login: str
    name: str
    role_label: str
    password: str


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list. `way`: how it gets a new password; `asked`: the open request for one, if any.

    `revocable`: the roles that the call could do without; an expert on a panel keeps the role.
    """

    public_id: str
    login: str
    name: str
    roles: tuple[str, ...]
    active: bool
    must_change: bool
    way: PasswordWay
    asked: str | None
    revocable: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Standing:
    """An account as `policy.password_way` sees it."""

    account_id: int
    grants: frozenset[tuple[str, int | None]]
    used: bool
    at_stake: bool
    published: bool


def standing_of(session: Session, accounts: Collection[int]) -> dict[int, Standing]:
    """What decides how each account (by id) gets a new password. Three queries whatever their number."""
    grants: dict[int, set[tuple[str, int | None]]] = {}
    for account_id, role, call_id in session.execute(
        sa.select(Grant.account_id, Grant.role, Grant.call_id).where(
            Grant.account_id.in_(accounts), Grant.revoked_at.is_(None)
        )
    ):
        grants.setdefault(account_id, set()).add((role, call_id))
    running = published(session)
    facts = session.execute(
        sa.select(Account.id, Account.must_change, _logged_in(), _round_open()).where(
            Account.id.in_(accounts)
        )
    )
    return {
        account_id: Standing(
            account_id,
            frozenset(grants.get(account_id, ())),
            # a one-time password handed out later does not make an account new again
            logged_in or not must_change,
            at_stake,
            running,
        )
        for account_id, must_change, logged_in, at_stake in facts
    }


def at_stake(session: Session, account_id: int) -> bool:
    """Whether a round has been opened in which the account has a part. One query."""
    return bool(session.scalar(sa.select(_round_open()).where(Account.id == account_id)))


def _logged_in() -> sa.ColumnElement[bool]:
    return sa.exists().where(LoginSession.account_id == Account.id)


def _round_open() -> sa.ColumnElement[bool]:
    """Whether a round has been opened that the account sits in, or in a call where it holds a role."""
    opened = (
        sa.select(Round.id)
        .join(Call, Call.id == Round.call_id)
        .where(Round.state.not_in(_NOT_OPEN), Call.state.not_in(_OVER))
    )
    by_role = opened.join(Grant, (Grant.call_id == Call.id) | Grant.call_id.is_(None)).where(
        Grant.account_id == Account.id, Grant.revoked_at.is_(None)
    )
    by_seat = (
        opened.join(PanelMember, PanelMember.round_id == Round.id)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(Expert.account_id == Account.id)
    )
    return by_role.exists() | by_seat.exists()


def seats(call_id: int | None) -> sa.Select[int | None]:
    """Ids of the accounts whose experts sit on a panel of the call."""
    return (
        sa.select(Expert.account_id)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .join(Round, Round.id == PanelMember.round_id)
        .where(Round.call_id == call_id, Expert.account_id.is_not(None))
    )


def published(session: Session) -> bool:
    """Whether a call has ever been published: from then on roles are a matter of two people."""
    return session.scalar(sa.select(Call.id).where(Call.published_at.is_not(None)).limit(1)) is not None


def list_accounts(viewer: Viewer, *, call: str | None) -> list[AccountRow]:
    """Accounts with a role of this call (secretariat) or of the house (administrator). A fixed number of
    queries. Accounts of drawn experts whom the viewer may not know yet are left out, see `hides_experts`.
    """
    call_id = None
    if call is not None:
        call_id = db.session.scalar(sa.select(Call.id).where(Call.public_id == call))
    allowed = (
        call_id is not None and policy.can_run_call(viewer, call_id)
        if call is not None
        else policy.may_enter(viewer, policy.Permission.ADMINISTRATOR)
    )
    if not allowed:
        raise NotFound()
    rows = db.session.execute(
        sa.select(Account, Grant.role)
        .join(Grant, Grant.account_id == Account.id)
        .where(Grant.call_id == call_id if call_id is not None else Grant.call_id.is_(None))
        .where(Grant.revoked_at.is_(None))
        .order_by(Account.login, Grant.role)
    ).all()
    unknown = _unknown(db.session(), viewer, call_id)
    grouped: dict[int, tuple[Account, list[str]]] = {}
    for account, role in rows:
        if account.id not in unknown:
            grouped.setdefault(account.id, (account, []))[1].append(role)
    standing = standing_of(db.session(), grouped)
    seated = set(db.session.scalars(seats(call_id)))
    asked = approvals.open_on(db.session(), ISSUE, [a.public_id for a, _roles in grouped.values()])
    return [
        AccountRow(
            account.public_id,
            account.login,
            account.name,
            tuple(roles),
            account.active,
            account.must_change,
            policy.password_way(viewer, standing[key]),
            asked.get(account.public_id),
            tuple(role for role in roles if role != "expert" or key not in seated),
        )
        for key, (account, roles) in grouped.items()
    ]


def _unknown(session: Session, viewer: Viewer, call_id: int | None) -> set[int]:
    """Accounts of drawn experts whom the viewer may not know yet."""
    found = {} if call_id is None else draw_names.hidden_in_call(session, viewer, call_id)
    if not found:
        return set()
    ids = sa.select(Expert.account_id).where(Expert.id.in_(list(found)), Expert.account_id.is_not(None))
    return {account for account in session.scalars(ids) if account is not None}


def hides_experts(viewer: Viewer, *, call: str) -> bool:
    """Whether drawn experts of the call are not to be known by this officer yet, nor who has an account."""
    call_id = db.session.scalar(sa.select(Call.id).where(Call.public_id == call))
    return call_id is not None and bool(draw_names.hidden_in_call(db.session(), viewer, call_id))
