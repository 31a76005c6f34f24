"""The defense: the order drawn, and what happened, correction by new version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

RESULTS = ("recommended", "conditional", "not_recommended", "abstained")


class DefenseSlot(Model):
    """A unit's turn: `position` as drawn, `starts_at` as planned, `called_at` and `over_at` as held."""

    __tablename__ = "defense_slots"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"))
    position: Mapped[int | None]
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    called_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    over_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        sa.UniqueConstraint("round_id", "dossier_id"),
        sa.UniqueConstraint("round_id", "position"),
    )


class DefenseRecord(Model):
    """Attendance, questions, commitments, result; a correction is a new ordinal with a reason.

    `attendees` are lists of name, role, identity checked, belongs to the unit; `exchanges` of asker,
    question, answer. Experts stand in them by their part, never by name or code.
    """

    __tablename__ = "defense_records"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("defense_slots.id"), index=True)
    ordinal: Mapped[int]
    attendees: Mapped[Any] = mapped_column(CanonicalJSON)
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    exchanges: Mapped[Any] = mapped_column(CanonicalJSON, default=list)
    opinion: Mapped[str] = mapped_column(sa.Text, default="")
    commitments: Mapped[str] = mapped_column(sa.Text, default="")
    result: Mapped[str | None] = mapped_column(sa.String(20))
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("result", RESULTS), sa.UniqueConstraint("slot_id", "ordinal"))
