"""The audit chain: written in the transaction of the act it tells, verifiable by anyone who can read it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, serialize_chain
from review_portal.domain import canonical
from review_portal.models.audit import AuditEntry

START = "0" * 64


class Actor(Protocol):
    """Who acts: a viewer, or the host."""

    @property
    def name(self) -> str: ...


@dataclass(frozen=True, slots=True)
class Host:
    """Somebody at the command line of the machine itself."""

    name: str = "主机命令行"
    account_id: int | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the trail, for reading."""

    sequence: int
    at: datetime
    actor: str
    action: str
    object_kind: str
    object_id: str
    detail: Mapping[str, Any]
    digest: str


def body(entry: Any) -> dict[str, object]:
    """What an entry's digest is taken over; anybody can take it again from an exported trail."""
    return {
        "sequence": entry.sequence,
        "at": entry.at.isoformat(timespec="microseconds"),
        "actor": entry.actor_id,
        "actor_name": entry.actor_name,
        "action": entry.action,
        "object_kind": entry.object_kind,
        "object_id": entry.object_id,
        "call": entry.call_id,
        "detail": entry.detail,
        "previous": entry.previous,
    }


def record(
    session: Session,
    actor: Actor,
    action: str,
    *,
    object_kind: str,
    object_id: str,
    call_id: int | None = None,
    detail: Mapping[str, object] | None = None,
) -> AuditEntry:
    """Append one entry inside the caller's transaction. `detail` never holds points, secrets or texts."""
    serialize_chain(session)
    head = session.execute(
        sa.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).limit(1)
    ).first()
    entry = AuditEntry(
        sequence=(head.sequence if head else 0) + 1,
        at=now(),
        actor_id=getattr(actor, "account_id", None),
        actor_name=actor.name,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        call_id=call_id,
        detail=dict(detail or {}),
        previous=head.digest if head else START,
    )
    entry.digest = canonical.digest(body(entry))
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`broken_at` is the first sequence number that does not hold, None when all do."""

    entries: int
    head: str
    broken_at: int | None


def verify() -> ChainReport:
    """Recompute the whole chain from its first entry."""
    previous, count = START, 0
    query = sa.select(AuditEntry).order_by(AuditEntry.sequence).execution_options(yield_per=1000)
    with closing(
        db.session.scalars(query)
    ) as rows:  # left early on a break: the server's cursor must not stay
        for count, entry in enumerate(rows, start=1):
            holds = entry.sequence == count and entry.previous == previous
            if not holds or canonical.digest(body(entry)) != entry.digest:
                return ChainReport(count, previous, entry.sequence)
            previous = entry.digest
    return ChainReport(count, previous, None)


PAGE = 100


def list_entries(call_id: int, *, before: int | None = None) -> list[Entry]:
    """The newest entries of a call (at most `PAGE`), before sequence number `before` if given."""
    query = sa.select(AuditEntry).where(AuditEntry.call_id == call_id)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    rows = db.session.scalars(query.order_by(AuditEntry.sequence.desc()).limit(PAGE))
    return [
        Entry(
            row.sequence,
            row.at,
            row.actor_name,
            row.action,
            row.object_kind,
            row.object_id,
            row.detail,
            row.digest,
        )
        for row in rows
    ]
