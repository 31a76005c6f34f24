"""The draw of experts: what was locked, what each party did, what came of it, and the calls made since.

Every table is append-only: how far a draw has come is read from its acts, and a replacement is a new record.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

STEPS = ("cancel", "commit", "value", "open")
WHO = ("organiser", "supervisor", "room")
OUTCOMES = ("agreed", "declined", "unreached", "recused")


class ExpertDraw(Model):
    """A locked list with its rules and exclusions; `meeting` is what an expert is told of time and place."""

    __tablename__ = "expert_draws"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    event: Mapped[str] = mapped_column(sa.String(64), unique=True)
    frozen: Mapped[Any] = mapped_column(CanonicalJSON)
    code: Mapped[str] = mapped_column(sa.String(64))
    place: Mapped[str] = mapped_column(sa.String(200))
    present: Mapped[str] = mapped_column(sa.Text)
    meeting: Mapped[str] = mapped_column(sa.String(200))
    frozen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frozen_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class DrawNumber(Model):
    """The number under which an expert is drawn in a call: nobody can tell from it who it is."""

    __tablename__ = "draw_numbers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(12))

    __table_args__ = (sa.UniqueConstraint("call_id", "expert_id"), sa.UniqueConstraint("call_id", "number"))


class DrawAct(Model):
    """One act of the protocol; each party does each step once."""

    __tablename__ = "draw_acts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_draws.id"))
    step: Mapped[str] = mapped_column(sa.String(8))
    party: Mapped[str] = mapped_column(sa.String(12))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    acted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    acted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("step", STEPS),
        one_of("party", WHO),
        sa.UniqueConstraint("draw_id", "step", "party"),
    )


class DrawSecret(Model):
    """What a party has committed to, kept for it until it reveals."""

    __tablename__ = "draw_secrets"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_draws.id"))
    party: Mapped[str] = mapped_column(sa.String(12))
    nonce: Mapped[str] = mapped_column(sa.String(64))
    words: Mapped[str] = mapped_column(sa.String(200))

    __table_args__ = (one_of("party", WHO[:2]), sa.UniqueConstraint("draw_id", "party"))


class DrawnRecord(Model):
    """The record of a complete draw; each replacement adds the record with it."""

    __tablename__ = "drawn_records"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_draws.id"))
    ordinal: Mapped[int]
    record: Mapped[Any] = mapped_column(CanonicalJSON)
    code: Mapped[str] = mapped_column(sa.String(64))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("draw_id", "ordinal"),)


class DrawCaller(Model):
    """Who telephones the drawn experts and knows their names; the latest counts."""

    __tablename__ = "draw_callers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_draws.id"), index=True)
    account_id: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    since: Mapped[datetime] = mapped_column(UTCDateTime)


class PhoneCall(Model):
    """One attempt to reach a drawn expert."""

    __tablename__ = "phone_calls"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draw_id: Mapped[int] = mapped_column(sa.ForeignKey("expert_draws.id"), index=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"))
    attempt: Mapped[int]
    outcome: Mapped[str] = mapped_column(sa.String(10))
    note: Mapped[str] = mapped_column(sa.Text)
    called_at: Mapped[datetime] = mapped_column(UTCDateTime)
    called_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("outcome", OUTCOMES),
        sa.UniqueConstraint("draw_id", "expert_id", "attempt"),
    )
