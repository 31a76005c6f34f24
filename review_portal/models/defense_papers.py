"""Paper around the defense: where it is held, who was told of it, and a unit that came late."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, one_of, public_id_column
from review_portal.domain.defense_notices import WAYS

SIDES = ("chair", "supervisor")


class DefenseMeeting(Model):
    """What every unit's notice says of the meeting; an empty text prints as still to be filled."""

    __tablename__ = "defense_meetings"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    place: Mapped[str] = mapped_column(sa.String(200))
    waiting_place: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str] = mapped_column(sa.String(200))
    phone: Mapped[str] = mapped_column(sa.String(200))
    issued_on: Mapped[str] = mapped_column(sa.String(10))
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class DefenseNotification(Model):
    """A unit was told: `starts_at` and `place` as they stood then, so that a later change is seen."""

    __tablename__ = "defense_notifications"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("defense_slots.id"), index=True)
    told_at: Mapped[datetime] = mapped_column(UTCDateTime)
    way: Mapped[str] = mapped_column(sa.String(12))
    told_to: Mapped[str] = mapped_column(sa.String(200))
    note: Mapped[str] = mapped_column(sa.Text)
    starts_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    place: Mapped[str] = mapped_column(sa.String(200))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("way", WAYS),)


class LateArrival(Model):
    """A unit came after the late minutes: what one of the two says of it; the newest of a side counts."""

    __tablename__ = "late_arrivals"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("defense_slots.id"), index=True)
    side: Mapped[str] = mapped_column(sa.String(12))
    arrived_at: Mapped[datetime] = mapped_column(UTCDateTime)
    admitted: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.Text)
    noted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    noted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("side", SIDES),)
