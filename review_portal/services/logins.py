"""Logging in and out: sessions, passwords, the lock after wrong ones."""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime, timedelta

import sqlalchemy as sa
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.config import Settings
from review_portal.db import db, now, transaction
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account, Grant, LoginSession
from review_portal.models.calls import ChairElection, Round
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.services import account_views, audit

_WRONG = mark("账号或密码不正确。连续输错多次将暂时锁定，忘记密码请联系秘书处。")


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def hasher() -> PasswordHasher:
    """Argon2id at the library's recommended cost."""
    if _settings().testing:  # the real cost would make every test a second longer
        return PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return PasswordHasher()


def one_time_password() -> str:
    """Twelve characters that can be read aloud: no 0, o, 1, l."""
    alphabet = "abcdefghjkmnpqrstuvwxyz23456789"
    return "-".join("".join(secrets.choice(alphabet) for _ in range(4)) for _ in range(3))


def set_one_time(account: Account) -> str:
    """Give `account` a new one-time password and lift its lock; its sessions are the caller's to end."""
    password = one_time_password()
    account.password_hash = hasher().hash(password)
    account.must_change, account.failed_logins, account.locked_until = True, 0, None
    return password


def _hash_token(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def end_sessions(session: Session, account_id: int) -> None:
    """Log an account out everywhere."""
    session.execute(
        sa.update(LoginSession)
        .where(LoginSession.account_id == account_id, LoginSession.ended_at.is_(None))
        .values(ended_at=now())
    )


def log_in(login: str, password: str) -> str:
    """A session token for the right password; wrong ones count towards a lock kept in the database.

    Raises `Invalid` with the same sentence for unknown, wrong, locked and closed accounts.
    """
    with transaction() as session:
        account = session.scalars(sa.select(Account).where(Account.login == login.strip())).first()
        at = now()
        checker = hasher()
        if account is None or not account.active or (account.locked_until and account.locked_until > at):
            checker.hash(password)  # takes as long as a check: an unknown login cannot be told by time
            accepted = False
        else:
            accepted = _check_password(checker, account, password, at)
            if account.locked_until is not None and account.locked_until > at:
                audit.record(
                    session,
                    as_actor(account),
                    "lock_account",
                    object_kind="account",
                    object_id=account.public_id,
                )
        token = ""
        if accepted and account is not None:
            token = begin(session, account, way="password")
            audit.record(
                session, as_actor(account), "log_in", object_kind="account", object_id=account.public_id
            )
    if not accepted:
        raise Invalid(_WRONG, {"password": _WRONG})
    return token


def begin(session: Session, account: Account, *, way: str) -> str:
    """A new login of `account`; its token, of which only the hash is kept."""
    token, at = secrets.token_urlsafe(32), now()
    session.add(
        LoginSession(
            token_hash=_hash_token(token), account_id=account.id, created_at=at, last_seen_at=at, way=way
        )
    )
    return token


def _check_password(checker: PasswordHasher, account: Account, password: str, at: datetime) -> bool:
    try:
        checker.verify(account.password_hash, password)
    except (VerifyMismatchError, InvalidHashError):
        account.failed_logins += 1
        if account.failed_logins >= _settings().lock_after:
            account.locked_until = at + timedelta(minutes=_settings().lock_minutes)
            account.failed_logins = 0
        return False
    account.failed_logins, account.locked_until = 0, None
    return True


def as_actor(account: Account) -> Viewer:
    """The account as the trail names whoever acts."""
    return Viewer(account.id, account.public_id, account.name)


def viewer_of(token: str, *, in_use: bool = True) -> Viewer | None:
    """Who holds this token; None when it has ended or been idle too long. Three queries at most, and one more
    for a login by a link that was given early: it ends once scores are at stake.

    A one-time password still to be changed holds up only whoever came with it. `in_use`: somebody is there,
    which keeps the login alive.
    """
    row = db.session.execute(
        sa.select(Account, LoginSession, Expert.id.label("expert_id"))
        .join(LoginSession, LoginSession.account_id == Account.id)
        .outerjoin(Expert, Expert.account_id == Account.id)
        .where(LoginSession.token_hash == _hash_token(token), LoginSession.ended_at.is_(None), Account.active)
    ).first()
    if row is None:
        return None
    account, login, expert_id = row
    at = now()
    idle = at - login.last_seen_at
    if idle > timedelta(minutes=_settings().idle_minutes):
        return None
    if login.way == "early_entry" and account_views.at_stake(db.session(), account.id):
        return None
    account_id, public_id, name, must_change = (
        account.id,
        account.public_id,
        account.name,
        account.must_change and login.way == "password",
    )
    if in_use and idle > timedelta(minutes=5):
        _touch(login.id, at)
    grants = db.session.execute(
        sa.select(Grant.role, Grant.call_id).where(Grant.account_id == account_id, Grant.revoked_at.is_(None))
    ).all()
    return Viewer(
        account_id,
        public_id,
        name,
        frozenset((role, call_id) for role, call_id in grants),
        expert_id,
        _chaired(expert_id) if expert_id is not None else frozenset(),
        must_change,
    )


def earlier(viewer: Viewer, *, token: str) -> tuple[datetime, str] | None:
    """When and in which way (password, entry, early_entry) the account was entered before this login."""
    row = db.session.execute(
        sa.select(LoginSession.created_at, LoginSession.way)
        .where(LoginSession.account_id == viewer.account_id, LoginSession.token_hash != _hash_token(token))
        .order_by(LoginSession.id.desc())
        .limit(1)
    ).first()
    return None if row is None else (row[0], row[1])


def _touch(login_id: int, at: datetime) -> None:
    with transaction() as session:
        session.execute(sa.update(LoginSession).where(LoginSession.id == login_id).values(last_seen_at=at))


def _chaired(expert_id: int) -> frozenset[int]:
    latest = (
        sa.select(sa.func.max(ChairElection.id).label("id"))
        .group_by(ChairElection.round_id)
        .subquery("latest")
    )
    # who was recused after the election is no chair any more: the panel elects another
    recused = (
        sa.select(Recusal.id)
        .join(Round, Round.call_id == Recusal.call_id)
        .where(Recusal.expert_id == expert_id, standing())
        .where(Round.id == ChairElection.round_id, Round.state == "scoring")
    )
    return frozenset(
        db.session.scalars(
            sa.select(ChairElection.round_id)
            .join(latest, latest.c.id == ChairElection.id)
            .join(PanelMember, PanelMember.id == ChairElection.member_id)
            .where(PanelMember.expert_id == expert_id, ~recused.exists())
        )
    )


def log_out(token: str) -> None:
    """End this session; unknown tokens are already out."""
    with transaction() as session:
        session.execute(
            sa.update(LoginSession)
            .where(LoginSession.token_hash == _hash_token(token), LoginSession.ended_at.is_(None))
            .values(ended_at=now())
        )


def check_new_password(new: str, again: str) -> dict[str, Message]:
    """Faults of a new password by field; the same rule for the form and the service."""
    least = _settings().password_min
    faults = {}
    kinds = sum(any(test(c) for c in new) for test in (str.isdigit, str.isalpha, lambda c: not c.isalnum()))
    if len(new) < least or kinds < 2:
        faults["new"] = mark("新密码至少%(least)d位，并含字母、数字、符号中的两类。", least=least)
    if new != again:
        faults["again"] = mark("两次输入的新密码不一致，请重新输入。")
    return faults


def change_password(actor: Viewer, *, current: str, new: str, again: str, token: str) -> None:
    """Set an own password; other sessions of the account end. Raises `Invalid` by field."""
    faults = check_new_password(new, again)
    with transaction() as session:
        account = session.scalars(sa.select(Account).where(Account.id == actor.account_id)).one()
        try:
            hasher().verify(account.password_hash, current)
        except (VerifyMismatchError, InvalidHashError):
            faults["current"] = mark("当前密码不正确。")
        if faults:
            raise Invalid(mark("密码未修改，请按提示更正。"), faults)
        account.password_hash, account.must_change = hasher().hash(new), False
        session.execute(
            sa.update(LoginSession)
            .where(
                LoginSession.account_id == account.id,
                LoginSession.ended_at.is_(None),
                LoginSession.token_hash != _hash_token(token),
            )
            .values(ended_at=now())
        )
        audit.record(session, actor, "change_password", object_kind="account", object_id=account.public_id)
