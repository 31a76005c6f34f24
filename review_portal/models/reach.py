"""Reaching one expert: a later deadline of one's own, a link that lets in once."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, public_id_column


class DeadlineExtension(Model):
    """A later deadline for one member of a panel, and why; the newest counts (`PanelMember.deadline`)."""

    __tablename__ = "deadline_extensions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"))
    ordinal: Mapped[int]
    deadline: Mapped[datetime] = mapped_column(UTCDateTime)
    reason: Mapped[str] = mapped_column(sa.Text)
    granted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    granted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("member_id", "ordinal"),)


class EntryPass(Model):
    """A code that lets an expert in once; only its SHA-256 is kept. `approval_id`: given by two people."""

    __tablename__ = "entry_passes"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    code_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"), index=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    approval_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approvals.id"))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    issued_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    valid_until: Mapped[datetime] = mapped_column(UTCDateTime)
    spent_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    withdrawn_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
