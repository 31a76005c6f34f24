"""The meeting day: who came and went, and which steps of the day were ticked by whom."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, one_of
from review_portal.domain.meeting_steps import KINDS, SIDES
from review_portal.domain.presence import EVENTS


class PresenceEvent(Model):
    """A panel member signs in, leaves, or the last of these is taken back; `PanelMember` has what follows."""

    __tablename__ = "presence_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(4))
    checked_by: Mapped[str] = mapped_column(sa.String(64), default="")
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", EVENTS),)


class MeetingMark(Model):
    """A tick, its taking back with the reason, or a remark, on one step of a round's meeting day.

    `step` is the step's name as the call's rules have it.
    """

    __tablename__ = "meeting_marks"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    step: Mapped[str] = mapped_column(sa.String(40))
    side: Mapped[str] = mapped_column(sa.String(12))
    kind: Mapped[str] = mapped_column(sa.String(6))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("side", SIDES), one_of("kind", KINDS))
