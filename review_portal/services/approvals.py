"""Two-person acts: one asks, another decides; the act itself is done by the service that owns it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain import canonical, policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.services import audit
from review_portal.services.bindings import Bound

VALID_FOR = timedelta(days=7)
REASON_MAX = 2000


@dataclass(frozen=True, slots=True)
class OpenApproval:
    """A request waiting for its second person."""

    public_id: str
    action: str
    object_kind: str
    object_id: str
    call_id: int | None
    digest: str
    payload: Mapping[str, Any]
    reason: str
    asked_by: int
    asked_by_name: str
    asked_at: datetime
    outcome: str


def ask(
    session: Session,
    actor: Viewer,
    action: str,
    *,
    object_kind: str,
    object_id: str,
    call_id: int | None,
    payload: Mapping[str, object],
    reason: str,
    renew: bool = False,
) -> Approval:
    """Put a request, bound to the digest of `payload` (what will happen); one at a time per act and object.

    `renew`: an open request about what no longer is so, to which nobody can agree, gives way to this one.
    Raises `Invalid` without a reason or on too long a one, `Conflict` when the same request is already open.
    """
    if len(reason.strip()) < 2:
        raise Invalid(mark("请写明事由。"), {"reason": mark("请写明事由，至少2个字。")})
    _refuse_long("reason", reason)
    at = now()
    open_already = session.scalars(
        sa.select(Approval).where(
            Approval.action == action, Approval.object_id == object_id, Approval.outcome == "pending"
        )
    ).all()
    for earlier in open_already:
        stale = renew and earlier.digest != canonical.digest(payload)
        if earlier.expires_at > at and not stale:
            raise Conflict(mark("该事项已提交申请，正等待另一人确认。"))
        earlier.outcome = "lapsed"
    approval = Approval(
        call_id=call_id,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        digest=canonical.digest(payload),
        payload=dict(payload),
        reason=reason.strip(),
        asked_by=actor.account_id,
        asked_at=at,
        expires_at=at + VALID_FOR,
    )
    session.add(approval)
    session.flush()
    audit.record(
        session,
        actor,
        f"ask_{action}",
        object_kind=object_kind,
        object_id=object_id,
        call_id=call_id,
        detail={"approval": approval.public_id, "digest": approval.digest, "reason": approval.reason},
        bound=[Bound("request", approval)],
    )
    return approval


def _refuse_long(field: str, text: str) -> None:
    if len(text.strip()) > REASON_MAX:
        said = mark("最多%(most)s个字，请改短。", most=REASON_MAX)
        raise Invalid(said, {field: said})


def settle(
    session: Session,
    actor: Viewer,
    public_id: str,
    action: str,
    *,
    approve: bool,
    payload_now: Mapping[str, object] | None = None,
    note: str = "",
) -> Approval:
    """Decide a request as the second person and record it; the caller then does the act.

    `payload_now` is what would happen at this moment: when it differs from what was asked, nobody
    agreed to it. Raises `NotFound`, `NotAllowed`, `Conflict`, `Invalid` on too long a note.
    """
    _refuse_long("note", note)
    approval = session.scalars(
        sa.select(Approval)
        .where(Approval.public_id == public_id, Approval.action == action)
        .with_for_update()
    ).first()
    if approval is None:
        raise NotFound()
    policy.can_approve(actor, action, approval.call_id, approval.asked_by).require()
    if approval.outcome != "pending" or approval.expires_at <= now():
        raise Conflict(mark("该申请已办结或已过期，请重新申请。"))
    if approve and payload_now is not None and canonical.digest(payload_now) != approval.digest:
        raise Conflict(mark("申请提出后内容已有变化，请由申请人重新申请。"))
    approval.outcome = "approved" if approve else "refused"
    approval.decided_by, approval.decided_at, approval.note = actor.account_id, now(), note.strip()
    audit.record(
        session,
        actor,
        f"{'approve' if approve else 'refuse'}_{action}",
        object_kind=approval.object_kind,
        object_id=approval.object_id,
        call_id=approval.call_id,
        detail={"approval": approval.public_id, "digest": approval.digest, "note": approval.note},
        bound=[Bound("settlement", approval)],
    )
    return approval


def _open(row: Approval, name: str) -> OpenApproval:
    return OpenApproval(
        row.public_id,
        row.action,
        row.object_kind,
        row.object_id,
        row.call_id,
        row.digest,
        row.payload,
        row.reason,
        row.asked_by,
        name,
        row.asked_at,
        row.outcome,
    )


def open_on(session: Session, action: str, objects: Collection[str]) -> dict[str, str]:
    """Object id -> public id of the open request for `action` on it."""
    rows = session.execute(
        sa.select(Approval.object_id, Approval.public_id).where(
            Approval.action == action,
            Approval.object_id.in_(objects),
            Approval.outcome == "pending",
            Approval.expires_at > now(),
        )
    )
    return dict(rows.all())


def list_waiting(viewer: Viewer) -> list[OpenApproval]:
    """Open requests that this viewer may decide, oldest first."""
    rows = db.session.execute(
        sa.select(Approval, Account.name)
        .join(Account, Account.id == Approval.asked_by)
        .where(Approval.outcome == "pending", Approval.expires_at > now())
        .order_by(Approval.asked_at, Approval.id)
    ).all()
    return [
        _open(row, name)
        for row, name in rows
        if policy.can_approve(viewer, row.action, row.call_id, row.asked_by)
    ]


def get(viewer: Viewer, public_id: str) -> OpenApproval:
    """One request, for who asked and who may decide. Raises `NotFound`."""
    row = db.session.execute(
        sa.select(Approval, Account.name)
        .join(Account, Account.id == Approval.asked_by)
        .where(Approval.public_id == public_id)
    ).first()
    if row is None:
        raise NotFound()
    approval, name = row
    own = approval.asked_by == viewer.account_id
    if not own and not policy.can_approve(viewer, approval.action, approval.call_id, approval.asked_by):
        raise NotFound()
    return _open(approval, name)
