"""The audit chain in an archive: every entry up to the checkpoint, and the words that entries bind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call
from review_portal.services import archive_tables, audit, bindings
from review_portal.services.audit import START, Named
from review_portal.services.binding_subjects import SUBJECTS
from review_portal.services.sheet_checks import TOLD_BY

BATCH = 1000


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The chain's head when the archive was asked for."""

    entries: int
    head: str
    at: datetime | None


def checkpoint(session: Session) -> Checkpoint:
    """Where the chain stands."""
    row = session.execute(
        sa.select(AuditEntry.sequence, AuditEntry.digest, AuditEntry.at)
        .order_by(AuditEntry.sequence.desc())
        .limit(1)
    ).first()
    return Checkpoint(row[0], row[1], row[2]) if row else Checkpoint(0, START, None)


def entries(session: Session, until: int, *, whole: bool) -> Iterator[bytes]:
    """One canonical line an entry, from the first to `until`; not `whole`: without who and why."""
    for item in _named(session, until):
        entry = item.entry
        if whole:
            body = {**item.body(), "digest": entry.digest}
        else:
            told = item.body()
            body = {key: told[key] for key in ("sequence", "at", "action", "object_kind", "call", "previous")}
            body["digest"] = entry.digest
            receipt = entry.detail.get("commitment") if entry.action in TOLD_BY else None
            body |= {"commitment": receipt} if receipt else {}
        yield canonical.dumps(body) + b"\n"


def _named(session: Session, until: int) -> Iterator[Named]:
    last = 0
    while last < until:
        query = audit.named(AuditEntry.sequence > last, AuditEntry.sequence <= until).limit(BATCH)
        part = [Named(*row) for row in session.execute(query)]
        if not part:
            return
        last = part[-1].entry.sequence
        for item in part:
            yield item
            session.expunge(item.entry)  # the chain's length costs no memory


def words(session: Session, call: Call, until: int) -> Iterator[bytes]:
    """One line a bound row of the call's entries: entry, place, salt and the words, None where they stay out.

    Words that were written again are bound by a later entry; who complained stays with the supervisor.
    """
    latest = bindings.newest(session)
    last = 0
    query = sa.select(AuditEntry.sequence).where(AuditEntry.call_id == call.id)
    while True:
        numbers = list(
            session.scalars(
                query.where(AuditEntry.sequence > last, AuditEntry.sequence <= until)
                .order_by(AuditEntry.sequence)
                .limit(BATCH)
            )
        )
        if not numbers:
            return
        last = numbers[-1]
        kept = bindings.of_entries(session, numbers)
        rows = bindings.rows_of(session, [item for items in kept.values() for item in items])
        for sequence in sorted(kept):
            for place, item in enumerate(kept[sequence]):
                now_ = latest.get((item.subject, item.row_id), sequence) == sequence
                told: dict[str, Any] = {"sequence": sequence, "place": place, "salt": item.salt}
                table = getattr(SUBJECTS[item.subject].table, "__tablename__", "")
                values = rows.get((item.subject, item.row_id))
                if now_ and values is not None and not archive_tables.sealed(table):
                    told["words"] = bindings.content(item.subject, values)
                else:
                    told["words"] = None
                yield canonical.dumps(told) + b"\n"
