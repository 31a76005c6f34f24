"""签字件登记: how far each paper that is signed by hand has come, and what went on without an original."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

STEPS = ("printed", "signed", "returned", "scanned")
GATES = ("freeze", "publicity", "archive")


class SignatureEvent(Model):
    """One step of one paper: its kind, what it is about (public id) and edition tell which.

    `digest` is that of what the paper said then; `annulled` begins anew, for a sheet that was spoilt or
    whose content has changed. `sha256` is the scan's.
    """

    __tablename__ = "signature_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(24))
    of: Mapped[str] = mapped_column(sa.String(12))
    edition: Mapped[int]
    step: Mapped[str] = mapped_column(sa.String(10))
    happened_on: Mapped[date]
    note: Mapped[str] = mapped_column(sa.Text, default="")
    digest: Mapped[str] = mapped_column(sa.String(64))
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("step", (*STEPS, "annulled")),)


class SignatureWaiver(Model):
    """That a step went on without some originals, and why. `papers`: (kind, of, edition, name) of each."""

    __tablename__ = "signature_waivers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    gate: Mapped[str] = mapped_column(sa.String(10))
    papers: Mapped[Any] = mapped_column(CanonicalJSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("gate", GATES),)
