"""Two-person acts: asked by one, decided by another, bound to the digest of what will happen."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

OUTCOMES = ("pending", "approved", "refused", "lapsed")


class Approval(Model):
    __tablename__ = "approvals"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    action: Mapped[str] = mapped_column(sa.String(48))
    object_kind: Mapped[str] = mapped_column(sa.String(32))
    object_id: Mapped[str] = mapped_column(sa.String(64), index=True)
    digest: Mapped[str] = mapped_column(sa.String(64))
    payload: Mapped[Any] = mapped_column(CanonicalJSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    expires_at: Mapped[datetime] = mapped_column(UTCDateTime)
    outcome: Mapped[str] = mapped_column(sa.String(10), default="pending")
    decided_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        one_of("outcome", OUTCOMES),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> asked_by", name="two_people"),
    )
