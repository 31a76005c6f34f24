"""One-time passwords: who may hand one out alone, who needs the supervisor's agreement, the host's way.

Whoever holds an account's password is that person to the portal. So nobody gets at an account in use
alone while something sealed could be read or changed through it.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account, Grant
from review_portal.services import approvals, scopes
from review_portal.services.account_acts import load, payload_of, tell
from review_portal.services.account_views import ISSUE, ROLE_LABELS, NewAccount
from review_portal.services.audit import Host
from review_portal.services.logins import end_sessions, set_one_time


def _issue(session: Session, row: Account) -> NewAccount:
    role = session.scalar(
        sa.select(Grant.role)
        .where(Grant.account_id == row.id, Grant.revoked_at.is_(None))
        .order_by(Grant.id)
        .limit(1)
    )
    password = set_one_time(row)
    end_sessions(session, row.id)
    return NewAccount(row.login, row.name, ROLE_LABELS[role] if role else "", password)


def issue_password(actor: Viewer, *, account: str) -> NewAccount:
    """Hand out a one-time password alone; see `policy.password_way` for when. Own one: `change_password`.

    Raises `NotFound`, and `NotAllowed` saying which other way leads to it.
    """
    with transaction() as session:
        row, standing = load(session, actor, account)
        way = policy.password_way(actor, standing)
        if way.kind != "alone":
            raise NotAllowed(way.reason)
        tell(session, actor, "issue_password", row, {})
        return _issue(session, row)


def ask_password(actor: Viewer, *, call: str, account: str, reason: str) -> str:
    """Ask the call's supervisor to let an account in use have a new password. The approval's public id.

    Raises `NotFound`, `NotAllowed` where two people are not enough, `Conflict` where one person may do it,
    `Invalid` without a reason.
    """
    with transaction() as session:
        here = scopes.office_call(actor, call, session=session)
        row, standing = load(session, actor, account)
        if not any(held_in in (here.id, None) for _role, held_in in standing.grants):
            raise NotFound()
        way = policy.password_way(actor, standing)
        if way.kind == "host":
            raise NotAllowed(way.reason)
        if way.kind == "alone":
            raise Conflict(mark("该账号可以直接发放一次性密码，无须另一人确认。请刷新页面后办理。"))
        return approvals.ask(
            session,
            actor,
            ISSUE,
            object_kind="account",
            object_id=row.public_id,
            call_id=here.id,
            payload=payload_of(session, row, standing),
            reason=reason,
        ).public_id


def decide_password(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> NewAccount | None:
    """The supervisor's answer; with yes the new password, shown to the supervisor once.

    Old password and sessions of the account end at once. Raises `Conflict` when the account has changed
    since it was asked.
    """
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, standing = load(session, actor, asked.object_id)
        payload = payload_of(session, row, standing)
        approvals.settle(session, actor, approval, ISSUE, approve=approve, payload_now=payload, note=note)
        if not approve:
            return None
        tell(session, actor, "issue_password", row, {"approval": approval})
        return _issue(session, row)


def reset_from_host(login: str) -> NewAccount:
    """A new one-time password for `login`; ends its sessions. Raises `NotFound`."""
    with transaction() as session:
        row = session.scalars(sa.select(Account).where(Account.login == login)).first()
        if row is None:
            raise NotFound(mark("没有名为 %(login)s 的账号。", login=login))
        row.active = True
        tell(session, Host(), "reset_password", row, {})
        return _issue(session, row)
