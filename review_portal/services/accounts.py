"""Accounts: opening them, one-time passwords, lists. Logging in is in `logins`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import ROLES, Account, Grant
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.experts import Expert
from review_portal.services import approvals, audit
from review_portal.services.audit import Host
from review_portal.services.logins import end_sessions, hasher, one_time_password

_OFFICES = frozenset({"supervisor", "secretariat"})  # whose holders agree to two-person acts
ROLE_LABELS = {
    "administrator": mark("管理员").msgid,
    "secretariat": mark("秘书处").msgid,
    "supervisor": mark("监督人员").msgid,
    "expert": mark("专家").msgid,
}


@dataclass(frozen=True, slots=True)
class NewAccount:
    """A login with its one-time password, shown once."""

    login: str
    name: str
    role_label: str
    password: str


@dataclass(frozen=True, slots=True)
class Person:
    """Whom to open an account for; `expert` is the public id of the pool's row."""

    login: str
    name: str
    role: str
    expert: str | None = None


@dataclass(frozen=True, slots=True)
class AccountRow:
    """An account in a list."""

    public_id: str
    login: str
    name: str
    roles: tuple[str, ...]
    active: bool
    must_change: bool


def _add_account(session: Session, login: str, name: str) -> Account:
    login, name = login.strip(), name.strip()
    if not (2 <= len(login) <= 64) or any(mark_.isspace() for mark_ in login):
        raise Invalid(mark("账号须为2至64个字符，不含空格。"), {"login": mark("请改写账号。")})
    if not name:
        raise Invalid(mark("请填写姓名。"), {"name": mark("请填写姓名。")})
    if session.scalar(sa.select(Account.id).where(Account.login == login)):
        raise Invalid(
            mark("账号“%(login)s”已被使用，请换一个。", login=login), {"login": mark("该账号已被使用。")}
        )
    account = Account(login=login, name=name, password_hash="!", created_at=now())
    session.add(account)
    session.flush()
    return account


def _set_one_time(account: Account) -> str:
    password = one_time_password()
    account.password_hash = hasher().hash(password)
    account.must_change, account.failed_logins, account.locked_until = True, 0, None
    return password


def _grant(session: Session, account_id: int, role: str, call_id: int | None, by: int | None) -> None:
    if role not in ROLES:
        raise Invalid(mark("没有“%(role)s”这种角色。", role=role), {"role": mark("请选择角色。")})
    session.add(Grant(account_id=account_id, role=role, call_id=call_id, granted_at=now(), granted_by=by))


def bootstrap() -> list[NewAccount]:
    """At the very first start: an administrator and a secretariat account. Empty when accounts exist."""
    with transaction() as session:
        if session.scalar(sa.select(sa.func.count()).select_from(Account)):
            return []
        return [
            _open_from_host(session, login, name, role)
            for login, name, role in (
                ("admin", "管理员", "administrator"),
                ("office", "秘书处", "secretariat"),
            )
        ]


def _open_from_host(
    session: Session, login: str, name: str, role: str, call_id: int | None = None
) -> NewAccount:
    account = _add_account(session, login, name)
    password = _set_one_time(account)
    _grant(session, account.id, role, call_id, None)
    audit.record(
        session,
        Host(),
        "open_account",
        object_kind="account",
        object_id=account.public_id,
        call_id=call_id,
        detail={"role": role},
    )
    return NewAccount(login, name, ROLE_LABELS[role], password)


def create_from_host(login: str, name: str, role: str, call: str | None = None) -> NewAccount:
    """The way back in, from the machine itself; on the audit chain. `call` is a public id."""
    with transaction() as session:
        call_id = None
        if call is not None:
            call_id = session.scalar(sa.select(Call.id).where(Call.public_id == call))
            if call_id is None:
                raise NotFound(mark("没有编号为 %(call)s 的批次。", call=call))
        if role not in ROLES:
            raise Invalid(mark("没有“%(role)s”这种角色。", role=role))
        return _open_from_host(session, login, name, role, call_id)


def reset_from_host(login: str) -> NewAccount:
    """A new one-time password for `login`; ends its sessions. Raises `NotFound`."""
    with transaction() as session:
        account = session.scalars(sa.select(Account).where(Account.login == login)).first()
        if account is None:
            raise NotFound(mark("没有名为 %(login)s 的账号。", login=login))
        password = _set_one_time(account)
        account.active = True
        end_sessions(session, account.id)
        audit.record(session, Host(), "reset_password", object_kind="account", object_id=account.public_id)
        return NewAccount(account.login, account.name, "", password)


def _call_id(session: Session, call: str | None) -> int | None:
    if call is None:
        return None
    call_id = session.scalar(sa.select(Call.id).where(Call.public_id == call))
    if call_id is None:
        raise NotFound()
    return call_id


def open_accounts(
    actor: Viewer, *, call: str | None, people: Sequence[Person], reason: str = ""
) -> str | None:
    """Open accounts with roles: at once until the first call is published, as a two-person act afterwards.

    Returns the approval's public id when a second person must agree, else None. Passwords are handed
    out apart (`issue_password`). Raises `Invalid`, `NotAllowed`.
    """
    with transaction() as session:
        call_id = _call_id(session, call)
        for person in people:
            policy.can_open_accounts(actor, person.role, call_id).require()
        payload = {"people": [[p.login, p.name, p.role, p.expert] for p in people], "call": call}
        if not _published(session):
            _open_all(session, actor, call_id, people)
            return None
        _refuse_taken(session, [person.login for person in people])
        return approvals.ask(
            session,
            actor,
            "open_accounts",
            object_kind="accounts",
            object_id=canonical.digest(payload)[:12],
            call_id=call_id,
            payload=payload,
            reason=reason,
        ).public_id


def _published(session: Session) -> bool:
    """Whether a call has ever been published: from then on roles are a matter of two people."""
    return session.scalar(sa.select(Call.id).where(Call.published_at.is_not(None)).limit(1)) is not None


def _refuse_taken(session: Session, logins: Iterable[str]) -> None:
    taken = session.scalars(sa.select(Account.login).where(Account.login.in_(list(logins)))).all()
    if taken:
        raise Invalid(mark("账号已被使用：%(logins)s。请换一个。", logins="、".join(taken)))


def approve_accounts(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second person's answer to `open_accounts`."""
    with transaction() as session:
        row = approvals.settle(session, actor, approval, "open_accounts", approve=approve, note=note)
        if approve:
            _open_all(session, actor, row.call_id, [Person(*person) for person in row.payload["people"]], row)


def _open_all(
    session: Session,
    actor: Viewer,
    call_id: int | None,
    people: Iterable[Person],
    approval: Approval | None = None,
) -> None:
    for person in people:
        account = _add_account(session, person.login, person.name)
        _grant(session, account.id, person.role, call_id, actor.account_id)
        if person.expert is not None:
            expert = session.scalars(sa.select(Expert).where(Expert.public_id == person.expert)).first()
            if expert is None or expert.account_id is not None:
                raise Conflict(mark("专家%(name)s已有账号或不在专家库中。", name=person.name))
            expert.account_id = account.id
        audit.record(
            session,
            actor,
            "open_account",
            object_kind="account",
            object_id=account.public_id,
            call_id=call_id,
            detail={"role": person.role, "approval": approval.public_id if approval else None},
        )


def issue_password(actor: Viewer, *, account: str) -> NewAccount:
    """Hand out a one-time password, by whoever may open such an account. Own password: `change_password`.

    An office account that is in use gets a new one from the host only, once a call is published.
    """
    with transaction() as session:
        row = session.scalars(sa.select(Account).where(Account.public_id == account)).first()
        grants = session.execute(
            sa.select(Grant.role, Grant.call_id)
            .join(Account, Account.id == Grant.account_id)
            .where(Account.public_id == account, Grant.revoked_at.is_(None))
        ).all()
        if row is None or row.id == actor.account_id or not grants:
            raise NotFound()
        if not all(policy.can_open_accounts(actor, role, call_id) for role, call_id in grants):
            raise NotAllowed(mark("该账号还有其他角色，请由管理员在主机上重置。"))
        in_use = not row.must_change and any(role in _OFFICES for role, _call in grants)
        if in_use and _published(session):  # else one person could supply both halves of a two-person act
            raise NotAllowed(mark("已启用的监督、秘书处账号不能在页面上重发密码。请由管理员在主机上重置。"))
        password = _set_one_time(row)
        end_sessions(session, row.id)
        audit.record(
            session,
            actor,
            "issue_password",
            object_kind="account",
            object_id=row.public_id,
            call_id=grants[0].call_id,
        )
        return NewAccount(row.login, row.name, ROLE_LABELS[grants[0].role], password)


def list_accounts(viewer: Viewer, *, call: str | None) -> list[AccountRow]:
    """Accounts with a role of this call (secretariat) or of the house (administrator)."""
    call_id = _call_id(db.session(), call)
    allowed = (
        policy.can_run_call(viewer, call_id)
        if call_id is not None
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
    grouped: dict[int, tuple[Account, list[str]]] = {}
    for account, role in rows:
        grouped.setdefault(account.id, (account, []))[1].append(role)
    return [
        AccountRow(a.public_id, a.login, a.name, tuple(roles), a.active, a.must_change)
        for a, roles in grouped.values()
    ]
