"""Accounts: opening them, one-time passwords, lists. Logging in is in `logins`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import canonical, clerks, policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_login
from review_portal.models.accounts import ROLES, Account, Grant
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.experts import Expert
from review_portal.services import approvals, audit, draw_names, paper_state
from review_portal.services.account_views import ROLE_LABELS, NewAccount, published, seats
from review_portal.services.audit import Host
from review_portal.services.logins import set_one_time


@dataclass(frozen=True, slots=True)
class Person:
    """Who is to have a role; `expert` is the public id of the pool's row, whose phone is an empty `login`.

    `account` (public id) is an account that exists and only gets the role; None opens a new one.
    """

    login: str
    name: str
    role: str
    expert: str | None = None
    account: str | None = None


def _add_account(session: Session, login: str, name: str) -> Account:
    login, name = login.strip(), name.strip()
    if not (2 <= len(login) <= 64) or any(mark_.isspace() for mark_ in login):
        raise Invalid(mark("账号须为2至64个字符，不含空格。"), {"login": mark("请改写账号。")})
    if not name:
        raise Invalid(mark("请填写姓名。"), {"name": mark("请填写姓名。")})
    _refuse_taken(session, login)
    account = Account(login=login, name=name, password_hash="!", created_at=now())
    session.add(account)
    session.flush()
    return account


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
    password = set_one_time(account)
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
            raise Invalid(
                mark("没有“%(role)s”这种角色。可填：%(roles)s。", role=role, roles="、".join(ROLES))
            )
        return _open_from_host(session, login, name, role, call_id)


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
    """Give people roles: at once until the first call is published, as a two-person act afterwards.

    Whoever has an account already (the pool's expert, or this login under this name) keeps it with its
    password and gets the role; for the others an account is opened. Returns the approval's public id when
    a second person must agree, else None. Passwords are handed out apart (`passwords`). Raises `Invalid`,
    `NotAllowed`.
    """
    with transaction() as session:
        call_id = _call_id(session, call)
        for person in people:
            policy.can_open_accounts(actor, person.role, call_id).require()
        known = [_known(session, person) for person in people]
        for person in known:
            _refuse_unfit(session, person, call_id)
        payload = {"people": [[p.login, p.name, p.role, p.expert, p.account] for p in known], "call": call}
        if not published(session):
            _open_all(session, actor, call_id, known)
            return None
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


def _known(session: Session, person: Person) -> Person:
    """The person with the account that they have already, if they have one."""
    query = sa.select(Account).where(Account.login == person.login.strip())
    if person.expert is not None:
        linked = sa.select(Expert.account_id).where(Expert.public_id == person.expert)
        query = sa.select(Account).where(Account.id == linked.scalar_subquery())
        if not person.login:  # pages show the number masked: it is read here
            phone = session.scalar(sa.select(Expert.phone).where(Expert.public_id == person.expert))
            person = replace(person, login=phone or "")
    account = session.scalars(query).first()
    if account is None or (person.expert is None and account.name != person.name.strip()):
        return person
    return replace(person, login=account.login, account=account.public_id)


def _refuse_unfit(session: Session, person: Person, call_id: int | None) -> None:
    """A login that is somebody else's, or a role that does not go with those already held."""
    if person.account is None:
        _refuse_taken(session, person.login)
        return
    held = session.execute(
        sa.select(Grant.role, Grant.call_id)
        .join(Account, Account.id == Grant.account_id)
        .where(Account.public_id == person.account, Grant.revoked_at.is_(None))
    ).all()
    verdict = policy.can_hold([(role, call) for role, call in held], person.role, call_id)
    if verdict and call_id is not None:
        verdict = clerks.stays_clerk(person.role, paper_state.roles_typed(session, person.account, call_id))
    if not verdict:
        message = mark("%(name)s：%(reason)s", name=person.name, reason=verdict.reason)
        raise Invalid(message, {"login": verdict.reason})


def _refuse_taken(session: Session, login: str) -> None:
    if session.scalar(sa.select(Account.id).where(Account.login == login.strip())):
        raise Invalid(
            mark("账号“%(login)s”已被使用，请换一个。", login=masked_login(login.strip())),
            {"login": mark("该账号已被使用。如为同一人，请填写与其账号一致的姓名。")},
        )


def approve_accounts(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second person's answer to `open_accounts`."""
    with transaction() as session:
        row = approvals.settle(session, actor, approval, "open_accounts", approve=approve, note=note)
        people = [Person(*person) for person in row.payload["people"]]
        asked = [person.expert for person in people if person.expert is not None]
        if draw_names.hidden_people(session, actor, row.call_id, asked):
            policy.can_approve_unknown().require()
        if approve:
            _open_all(session, actor, row.call_id, people, row)


def _open_all(
    session: Session,
    actor: Viewer,
    call_id: int | None,
    people: Iterable[Person],
    approval: Approval | None = None,
) -> None:
    for person in people:
        if person.account is None:
            account = _add_account(session, person.login, person.name)
            _link(session, person, account)
        else:
            query = sa.select(Account).where(Account.public_id == person.account)
            account = session.scalars(query.with_for_update()).one()  # two grants at once see one another
            _refuse_unfit(session, person, call_id)
        _grant(session, account.id, person.role, call_id, actor.account_id)
        audit.record(
            session,
            actor,
            "grant_role" if person.account else "open_account",
            object_kind="account",
            object_id=account.public_id,
            call_id=call_id,
            detail={"role": person.role, "approval": approval.public_id if approval else None},
        )


def _link(session: Session, person: Person, account: Account) -> None:
    if person.expert is None:
        return
    expert = session.scalars(sa.select(Expert).where(Expert.public_id == person.expert)).first()
    if expert is None or expert.account_id is not None:
        raise Conflict(mark("专家%(name)s已有账号或不在专家库中。", name=person.name))
    expert.account_id = account.id


def revoke_role(actor: Viewer, *, call: str, account: str, role: str, reason: str) -> str | None:
    """Take a role of this call from an account: at once until the first call is published, then by two.

    The account and what was done with it stay. Returns the approval's public id when a second person must
    agree. Raises `Invalid` without a reason, `Conflict` where the call could not go on without the role.
    """
    if len(reason.strip()) < 2:
        raise Invalid(mark("请写明事由。"), {"reason": mark("请写明事由，至少2个字。")})
    with transaction() as session:
        call_id = _call_id(session, call)
        policy.can_open_accounts(actor, role, call_id).require()
        grant, row = _held(session, call_id, account, role)
        if not published(session):
            _revoke(session, actor, grant, row, reason.strip(), None)
            return None
        return approvals.ask(
            session,
            actor,
            "revoke_role",
            object_kind="account",
            object_id=row.public_id,
            call_id=call_id,
            payload=_revocation(row, role),
            reason=reason,
        ).public_id


def _revocation(row: Account, role: str) -> dict[str, object]:
    return {"account": row.public_id, "login": row.login, "name": row.name, "role": role}


def _held(session: Session, call_id: int | None, account: str, role: str) -> tuple[Grant, Account]:
    """The grant and its account, both locked, unless the call needs it. Raises `NotFound`, `Conflict`."""
    found = session.execute(
        sa.select(Grant, Account)
        .join(Account, Account.id == Grant.account_id)
        .where(
            Account.public_id == account,
            Grant.role == role,
            Grant.call_id == call_id,
            Grant.revoked_at.is_(None),
        )
        .with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    grant, row = found
    seated = seats(call_id).where(Expert.account_id == row.id)
    if role == "expert" and session.scalar(seated.limit(1)) is not None:
        raise Conflict(
            mark(
                "%(name)s在本批次的专家组中，不能收回专家角色。本轮尚未开启的，请先调整专家组。",
                name=row.name,
            )
        )
    others = sa.select(Grant.id).where(
        Grant.role == role,
        (Grant.call_id == call_id) | Grant.call_id.is_(None),
        Grant.revoked_at.is_(None),
        Grant.account_id != row.id,
    )
    if role == "supervisor" and session.scalar(others.limit(1)) is None:
        raise Conflict(mark("本批次只有这一名监督人员。请先开通另一名，再收回角色。"))
    return grant, row


def _revoke(
    session: Session, actor: Viewer, grant: Grant, row: Account, reason: str, approval: str | None
) -> None:
    grant.revoked_at = now()
    audit.record(
        session,
        actor,
        "revoke_role",
        object_kind="account",
        object_id=row.public_id,
        call_id=grant.call_id,
        detail={"role": grant.role, "reason": reason, "approval": approval},
    )


def decide_revoke_role(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second person's answer to `revoke_role`. Raises `Conflict` where the role is needed by now."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        role = str(asked.payload["role"])
        if not approve:
            approvals.settle(session, actor, approval, "revoke_role", approve=False, note=note)
            return
        grant, row = _held(session, asked.call_id, asked.object_id, role)
        payload = _revocation(row, role)
        approvals.settle(
            session, actor, approval, "revoke_role", approve=True, payload_now=payload, note=note
        )
        _revoke(session, actor, grant, row, asked.reason, approval)
