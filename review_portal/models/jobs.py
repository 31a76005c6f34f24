"""Work that outlives its request: one durable row each, claimed by compare-and-set, resumed after a crash."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

KINDS = ("remind", "insight", "archive", "notify", "bundle")
STATES = ("queued", "running", "done", "failed")


class Job(Model):
    """`key`: what is queued once only, such as a day's automatic reminders. `message`: a msgid."""

    __tablename__ = "jobs"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    kind: Mapped[str] = mapped_column(sa.String(16))
    call_id: Mapped[int | None] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    key: Mapped[str | None] = mapped_column(sa.String(80), unique=True)
    payload: Mapped[Any] = mapped_column(CanonicalJSON)
    state: Mapped[str] = mapped_column(sa.String(8), default="queued", index=True)
    done: Mapped[int] = mapped_column(default=0)
    total: Mapped[int]
    message: Mapped[str] = mapped_column(sa.String(200), default="")
    queued_at: Mapped[datetime] = mapped_column(UTCDateTime)
    queued_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
    heartbeat_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    lease_until: Mapped[datetime | None] = mapped_column(UTCDateTime)
    claimed_by: Mapped[str | None] = mapped_column(sa.String(32))
    attempts: Mapped[int] = mapped_column(default=0)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)

    __table_args__ = (one_of("kind", KINDS), one_of("state", STATES))


class Reminder(Model):
    """One expert to be written to by one job. What became of it is in its events."""

    __tablename__ = "reminders"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(sa.ForeignKey("jobs.id"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"), index=True)

    __table_args__ = (sa.UniqueConstraint("job_id", "member_id"),)


class ReminderEvent(Model):
    """claimed: about to be sent, once only; then how it ended. `address` is masked, `error` a code of ours.

    unknown: the work broke off between claim and result; the letter may have arrived and is not sent again.
    """

    __tablename__ = "reminder_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    reminder_id: Mapped[int] = mapped_column(sa.ForeignKey("reminders.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    open_sheets: Mapped[int | None]
    deadline: Mapped[datetime | None] = mapped_column(UTCDateTime)
    error: Mapped[str] = mapped_column(sa.String(16), default="")
    reply: Mapped[int | None]

    __table_args__ = (
        one_of("kind", ("claimed", "sent", "failed", "skipped", "unknown")),
        sa.UniqueConstraint("reminder_id", "kind"),
    )
