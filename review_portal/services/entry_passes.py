"""Links that let an expert in once: issued by one officer or by two people, spent by pressing a button.

Looking changes nothing: chat programs open every link they see. Only a hash of the code is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import entry_policy
from review_portal.domain.entry_policy import HOURS, ISSUE
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.reach import EntryPass
from review_portal.services import approvals, audit, logins, scopes
from review_portal.services.account_acts import load, payload_of, tell
from review_portal.services.account_views import Standing, standing_of

DEAD = mark("该入口不存在、已使用或已过期。请用账号和密码登录，或联系秘书处重新领取。")
ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789"  # can be read aloud: no 0, o, 1, l, i
LENGTH = 16


@dataclass(frozen=True, slots=True)
class IssuedEntry:
    """A code, shown once."""

    code: str
    name: str
    call_title: str
    valid_until: datetime


def _code() -> str:
    return "".join(secrets.choice(ALPHABET) for _ in range(LENGTH))


def _hash(code: str) -> str:
    """Of what was typed: capitals and hyphens make no difference."""
    return hashlib.sha256(code.replace("-", "").strip().lower().encode()).hexdigest()


def _refuse_hours(hours: int) -> None:
    if hours not in HOURS:
        raise Invalid(mark("请选择有效时间。"), {"hours": mark("请选择有效时间。")})


def _load(session: Session, actor: Viewer, call: str, account: str) -> tuple[Call, Account, Standing]:
    here = scopes.office_call(actor, call, session=session)
    row, standing = load(session, actor, account)
    if ("expert", here.id) not in standing.grants:
        raise NotFound()
    return here, row, standing


def issue_entry(actor: Viewer, *, call: str, account: str, hours: int) -> IssuedEntry:
    """Make a link alone; see `entry_policy.entry_way` for when. Earlier unused links of the account end.

    Raises `NotFound`, `Invalid`, `NotAllowed` saying which other way leads to it.
    """
    _refuse_hours(hours)
    with transaction() as session:
        here, row, standing = _load(session, actor, call, account)
        way = entry_policy.entry_way(actor, standing)
        if way.kind != "alone":
            raise NotAllowed(way.reason)
        return _issue(session, actor, here, row, hours, None)


def _issue(
    session: Session, actor: Viewer, call: Call, row: Account, hours: int, approval: Approval | None
) -> IssuedEntry:
    at, code = now(), _code()
    _withdraw(session, row.id, at)
    made = EntryPass(
        code_hash=_hash(code),
        account_id=row.id,
        call_id=call.id,
        approval_id=approval.id if approval else None,
        issued_at=at,
        issued_by=actor.account_id,
        valid_until=at + timedelta(hours=hours),
    )
    session.add(made)
    detail: dict[str, object] = {"valid_until": made.valid_until}
    if approval is not None:
        detail["approval"] = approval.public_id
    tell(session, actor, "issue_entry", row, detail)
    return IssuedEntry(code, row.name, call.title, made.valid_until)


def _withdraw(session: Session, account_id: int, at: datetime) -> None:
    session.execute(
        sa.update(EntryPass)
        .where(
            EntryPass.account_id == account_id,
            EntryPass.spent_at.is_(None),
            EntryPass.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=at)
    )


def _payload(session: Session, row: Account, standing: Standing, hours: int) -> Mapping[str, object]:
    return {**payload_of(session, row, standing), "hours": hours}


def ask_entry(actor: Viewer, *, call: str, account: str, hours: int, reason: str) -> str:
    """Ask the call's supervisor to let an expert in use have a link. The approval's public id.

    Raises `NotFound`, `NotAllowed` where two people are not enough, `Conflict` where one person may do it,
    `Invalid` without a reason.
    """
    _refuse_hours(hours)
    with transaction() as session:
        here, row, standing = _load(session, actor, call, account)
        way = entry_policy.entry_way(actor, standing)
        if way.kind == "host":
            raise NotAllowed(way.reason)
        if way.kind == "alone":
            raise Conflict(mark("该账号可以直接发放一次性入口，无须另一人确认。请刷新页面后办理。"))
        return approvals.ask(
            session,
            actor,
            ISSUE,
            object_kind="account",
            object_id=row.public_id,
            call_id=here.id,
            payload=_payload(session, row, standing, hours),
            reason=reason,
        ).public_id


def decide_entry(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> IssuedEntry | None:
    """The supervisor's answer; with yes the link, shown to the supervisor once and to nobody else.

    Raises `Conflict` when the account has changed since it was asked.
    """
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, standing = load(session, actor, asked.object_id)
        hours = int(asked.payload["hours"])
        payload = _payload(session, row, standing, hours)
        settled = approvals.settle(
            session, actor, approval, ISSUE, approve=approve, payload_now=payload, note=note
        )
        if not approve:
            return None
        call = session.scalars(sa.select(Call).where(Call.id == settled.call_id)).one()
        return _issue(session, actor, call, row, hours, settled)


def _living(session: Session, code: str, *, lock: bool) -> tuple[EntryPass, Account, Standing]:
    """The link behind a code while it may be used. Wrong, used, expired, withdrawn: one `NotFound`."""
    query = (
        sa.select(EntryPass, Account)
        .join(Account, Account.id == EntryPass.account_id)
        .where(EntryPass.code_hash == _hash(code[:100]), Account.active)
    )
    found = session.execute(query.with_for_update() if lock else query).first()
    if found is None:
        raise NotFound(DEAD)
    row, account = found
    gone = row.spent_at is not None or row.withdrawn_at is not None or row.valid_until <= now()
    standing = standing_of(session, [account.id])[account.id]
    if gone or not entry_policy.holds(standing, by_two=row.approval_id is not None):
        raise NotFound(DEAD)
    return row, account, standing


def look(code: str) -> str:
    """The title of the call that a link leads to; changes nothing, however often. Raises `NotFound`."""
    row, _account, _standing = _living(db.session(), code, lock=False)
    return str(db.session.scalar(sa.select(Call.title).where(Call.id == row.call_id)))


def spend(code: str) -> str:
    """Use a link up and log its expert in: a session token. Raises `NotFound`.

    Other logins of the account end, so that whoever held one notices. A login by a link that one officer gave
    before anything was at stake ends once a round opens.
    """
    with transaction() as session:
        row, account, standing = _living(session, code, lock=True)
        row.spent_at = now()
        logins.end_sessions(session, account.id)
        early = row.approval_id is None and not standing.at_stake
        token = logins.begin(session, account, way="early_entry" if early else "entry")
        audit.record(
            session,
            logins.as_actor(account),
            "use_entry",
            object_kind="account",
            object_id=account.public_id,
            call_id=row.call_id,
        )
    return token
