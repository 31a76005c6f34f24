"""The audit chain: each entry carries the hash of the one before it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime


class AuditEntry(Model):
    __tablename__ = "audit_entries"
    __append_only__ = True

    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    actor_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    actor_name: Mapped[str] = mapped_column(sa.String(64))
    action: Mapped[str] = mapped_column(sa.String(48), index=True)
    object_kind: Mapped[str] = mapped_column(sa.String(32))
    object_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    detail: Mapped[Any] = mapped_column(CanonicalJSON)
    previous: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)


class AuditBinding(Model):
    """A row whose words an entry binds, and the salt of the commitment in that entry's detail."""

    __tablename__ = "audit_bindings"
    __append_only__ = True

    sequence: Mapped[int] = mapped_column(sa.ForeignKey("audit_entries.sequence"), primary_key=True)
    subject: Mapped[str] = mapped_column(sa.String(32), primary_key=True)
    row_id: Mapped[int] = mapped_column(primary_key=True)
    salt: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (sa.Index("ix_audit_bindings_subject_row_id", "subject", "row_id"),)
