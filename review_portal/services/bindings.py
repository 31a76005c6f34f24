"""Words that stand in rows and not on the chain: each row is bound to its entry by a salted commitment.

The chain is exported and never altered, so reasons and minutes, which may name people, stay in their tables.
What is bound cannot be changed there without the chain's verification telling.
"""

from __future__ import annotations

import secrets
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import canonical
from review_portal.models.audit import AuditBinding, AuditEntry
from review_portal.services.binding_subjects import SUBJECTS

KEY: Final = "words"  # in an entry's detail: the commitments, in the order of subject and row


@dataclass(frozen=True, slots=True)
class Bound:
    """A row to be bound to the entry that is being written. It has been flushed."""

    subject: str
    row: Any


def content(subject: str, values: Mapping[str, object]) -> dict[str, object]:
    """What is committed to."""
    return {"subject": subject, **{name: said(value) for name, value in values.items()}}


def said(value: object) -> object:
    """A value as it is committed to: a time in UTC, however it was typed."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds")
    return value


def commit(bound: Sequence[Bound]) -> tuple[list[str], list[dict[str, object]]]:
    """Commitments for an entry's detail, and what `keep` stores once the entry has its number."""
    found, kept = [], []
    for item in sorted(bound, key=lambda item: (item.subject, item.row.id)):
        salt = secrets.token_bytes(32)
        values = {name: getattr(item.row, name) for name in SUBJECTS[item.subject].fields}
        found.append(canonical.commitment(salt, content(item.subject, values)))
        kept.append({"subject": item.subject, "row_id": item.row.id, "salt": salt.hex()})
    return found, kept


def keep(session: Session, sequence: int, kept: Sequence[Mapping[str, object]]) -> None:
    """Store the salts beside the entry."""
    if kept:
        session.execute(sa.insert(AuditBinding), [{**row, "sequence": sequence} for row in kept])


def of_entries(session: Session, sequences: Sequence[int]) -> dict[int, list[AuditBinding]]:
    """The bindings of these entries, in the order of their commitments. One query."""
    rows = session.scalars(
        sa.select(AuditBinding)
        .where(AuditBinding.sequence.in_(sequences))
        .order_by(AuditBinding.sequence, AuditBinding.subject, AuditBinding.row_id)
        .execution_options(populate_existing=True)
    )
    found: dict[int, list[AuditBinding]] = {}
    for row in rows:
        found.setdefault(row.sequence, []).append(row)
    return found


def rows_of(session: Session, bindings: Sequence[AuditBinding]) -> dict[tuple[str, int], dict[str, Any]]:
    """The bound columns as they stand now: (subject, row id) -> values. One query a subject."""
    wanted: dict[str, set[int]] = {}
    for item in bindings:
        wanted.setdefault(item.subject, set()).add(item.row_id)
    found: dict[tuple[str, int], dict[str, Any]] = {}
    for name in sorted(set(wanted) & set(SUBJECTS)):
        table, fields = SUBJECTS[name].table, SUBJECTS[name].fields
        columns = [getattr(table, field) for field in fields]
        for row in session.execute(sa.select(table.id, *columns).where(table.id.in_(sorted(wanted[name])))):
            found[name, row[0]] = dict(zip(fields, row[1:], strict=True))
    return found


def newest(session: Session) -> dict[tuple[str, int], int]:
    """Of rows that are written again, the entry that binds what stands there now."""
    again = [name for name, subject in SUBJECTS.items() if subject.renewed]
    rows = session.execute(
        sa.select(AuditBinding.subject, AuditBinding.row_id, sa.func.max(AuditBinding.sequence))
        .where(AuditBinding.subject.in_(again))
        .group_by(AuditBinding.subject, AuditBinding.row_id)
    )
    return {(subject, row_id): sequence for subject, row_id, sequence in rows}


def changed(
    session: Session, entries: Sequence[AuditEntry], latest: Mapping[tuple[str, int], int]
) -> Iterator[int]:
    """Sequence numbers of entries whose rows no longer say what was bound, of those given."""
    by_entry = of_entries(session, [entry.sequence for entry in entries])
    rows = rows_of(session, [item for items in by_entry.values() for item in items])
    for entry in entries:
        promised, kept = entry.detail.get(KEY, []), by_entry.get(entry.sequence, [])
        if len(promised) != len(kept) or not all(
            _holds(item, rows.get((item.subject, item.row_id)), commitment, latest)
            for item, commitment in zip(kept, promised, strict=True)
        ):
            yield entry.sequence


def _holds(
    item: AuditBinding,
    values: Mapping[str, Any] | None,
    commitment: str,
    latest: Mapping[tuple[str, int], int],
) -> bool:
    if latest.get((item.subject, item.row_id), item.sequence) != item.sequence:
        return True  # written again since: what stands there is bound by a later entry
    if values is None:
        return False
    try:
        salt = bytes.fromhex(item.salt)
        return canonical.commitment(salt, content(item.subject, values)) == commitment
    except ValueError:  # a salt that is none
        return False


def unbound(session: Session) -> int:
    """How many rows stand in the tables of acts without an entry that tells of them. One query a table."""
    count = 0
    for name, subject in SUBJECTS.items():
        if subject.every:
            told = sa.select(AuditBinding.row_id).where(
                AuditBinding.subject == name, AuditBinding.row_id == subject.table.id
            )
            query = sa.select(sa.func.count()).select_from(subject.table).where(~told.exists())
            count += session.scalar(query) or 0
    return count
