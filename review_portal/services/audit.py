"""The audit chain: written in the transaction of the act it tells, verifiable by anyone who can read it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, serialize_chain
from review_portal.domain import canonical
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call
from review_portal.services import bindings, held, sheet_checks
from review_portal.services.bindings import Bound
from review_portal.services.sheet_checks import AlteredSheet

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


@dataclass(frozen=True, slots=True)
class Named:
    """An entry with the public ids of who acted and of the call: what leaves the portal holds no other."""

    entry: AuditEntry
    actor: str | None
    call: str | None

    def body(self) -> dict[str, object]:
        """What the entry's digest is taken over; anybody can take it again from an exported trail."""
        entry = self.entry
        return {
            "sequence": entry.sequence,
            "at": entry.at.isoformat(timespec="microseconds"),
            "actor": self.actor,
            "actor_name": entry.actor_name,
            "action": entry.action,
            "object_kind": entry.object_kind,
            "object_id": entry.object_id,
            "call": self.call,
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
    bound: Sequence[Bound] = (),
) -> AuditEntry:
    """Append one entry inside the caller's transaction. `detail` never holds points, secrets or texts.

    The words of `bound` rows stay where they are; the entry commits to them. What a supervisor holds is
    refused here, once for every act: what cannot be told on the chain is not done. Raises `Held`.
    """
    serialize_chain(session)
    session.flush()  # rows that are bound have their ids
    held.refuse_held(
        session,
        action,
        object_kind=object_kind,
        object_id=object_id,
        call_id=call_id,
        detail=detail or {},
    )
    head = session.execute(
        sa.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).limit(1)
    ).first()
    commitments, kept = bindings.commit(bound)
    entry = AuditEntry(
        sequence=(head.sequence if head else 0) + 1,
        at=now(),
        actor_id=getattr(actor, "account_id", None),
        actor_name=actor.name,
        action=action,
        object_kind=object_kind,
        object_id=object_id,
        call_id=call_id,
        detail={**(detail or {}), **({bindings.KEY: commitments} if commitments else {})},
        previous=head.digest if head else START,
    )
    call = session.scalar(sa.select(Call.public_id).where(Call.id == call_id)) if call_id else None
    entry.digest = canonical.digest(Named(entry, getattr(actor, "public_id", None), call).body())
    session.add(entry)
    session.flush()
    bindings.keep(session, entry.sequence, kept)
    return entry


@dataclass(frozen=True, slots=True)
class ChainReport:
    """`broken_at` is the first sequence number that does not hold, None when all do.

    `changed` are entries whose words in other tables are no longer those that were bound, or whose sheet is
    gone; `unbound` counts rows of acts of which no entry tells; `sheets` are no longer what was submitted.
    """

    entries: int
    head: str
    broken_at: int | None
    changed: tuple[int, ...] = ()
    unbound: int = 0
    sheets: tuple[AlteredSheet, ...] = ()

    @property
    def holds(self) -> bool:
        """Whether the chain and everything bound to it is as it was written."""
        return self.broken_at is None and not (self.changed or self.unbound or self.sheets)


def named(*conditions: sa.ColumnElement[bool]) -> sa.Select[AuditEntry, str, str]:
    """Entries with the public ids that their digest covers, oldest first."""
    return (
        sa.select(AuditEntry, Account.public_id, Call.public_id)
        .outerjoin(Account, Account.id == AuditEntry.actor_id)
        .outerjoin(Call, Call.id == AuditEntry.call_id)
        .where(*conditions)
        .order_by(AuditEntry.sequence)
    )


BATCH = 1000


def _batches(session: Session) -> Iterator[list[Named]]:
    """The whole chain in parts, so that its length costs no memory."""
    last = 0
    while True:
        query = named(AuditEntry.sequence > last).limit(BATCH)
        part = [Named(*row) for row in session.execute(query.execution_options(populate_existing=True))]
        if not part:
            return
        yield part
        last = part[-1].entry.sequence


def verify() -> ChainReport:
    """Recompute the whole chain from its first entry, what its entries bind in other tables, every sheet."""
    session = db.session()
    previous, count = START, 0
    changed: list[int] = []
    latest = bindings.newest(session)
    for part in _batches(session):
        for item in part:
            count, entry = count + 1, item.entry
            holds = entry.sequence == count and entry.previous == previous
            if not holds or canonical.digest(item.body()) != entry.digest:
                return ChainReport(count, previous, entry.sequence, tuple(changed))
            previous = entry.digest
        changed += bindings.changed(session, [item.entry for item in part], latest)
    kept = sheet_checks.altered(session)
    changed = sorted({*changed, *kept.lost})
    return ChainReport(count, previous, None, tuple(changed), bindings.unbound(session), kept.sheets)


@dataclass(frozen=True, slots=True)
class Verification:
    """The newest recorded verification: what it found, when and by whom, and how the chain stands to it.

    `moved`: the entry at which it ended no longer carries the check code that was recorded.
    """

    at: datetime
    by: str
    entries: int
    head: str
    whole: bool
    problems: Mapping[str, Any]
    since: int
    moved: bool


def last_verification() -> Verification | None:
    """What the newest verification found, whoever asked for it. Two queries, however long the chain."""
    session = db.session()
    row = session.scalars(
        sa.select(AuditEntry)
        .where(AuditEntry.action == "verify_chain")
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    ).first()
    if row is None:
        return None
    found = row.detail
    at_head = sa.select(AuditEntry.digest).where(AuditEntry.sequence == found["entries"]).scalar_subquery()
    newest_, digest = session.execute(sa.select(sa.func.max(AuditEntry.sequence), at_head)).one()
    moved = bool(found["whole"]) and digest != found["head"]
    return Verification(
        row.at,
        row.actor_name,
        found["entries"],
        found["head"],
        found["whole"],
        found["problems"],
        newest_ - found["entries"] - 1,  # the entry that tells of the verification itself
        moved,
    )


def checkpoint() -> tuple[int, str]:
    """Number and check code of the newest entry: the checkpoint that a paper prints. One query."""
    row = db.session.execute(
        sa.select(AuditEntry.sequence, AuditEntry.digest).order_by(AuditEntry.sequence.desc()).limit(1)
    ).first()
    return (row.sequence, row.digest) if row else (0, START)


PAGE = 100


def newest(call_id: int, *, before: int | None = None) -> list[AuditEntry]:
    """The newest entries of a call (at most `PAGE`), before sequence number `before` if given."""
    query = sa.select(AuditEntry).where(AuditEntry.call_id == call_id)
    if before is not None:
        query = query.where(AuditEntry.sequence < before)
    return list(db.session.scalars(query.order_by(AuditEntry.sequence.desc()).limit(PAGE)))


def list_entries(call_id: int, *, before: int | None = None) -> list[Entry]:
    """What `newest` finds, for reading."""
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
        for row in newest(call_id, before=before)
    ]
