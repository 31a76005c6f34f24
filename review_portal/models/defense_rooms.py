"""The defense as it is held: the order's draw, moved turns, and what the room shows now."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.orm import Mapped, Session, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain.defense_clock import PHASES
from review_portal.models.calls import Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, Recusal
from review_portal.models.recusals import RecusalLifting


class DefenseCommitment(Model):
    """What was fixed before a number was called; the secret is shown with the order and not before.

    Another ordinal only when who defends or who must leave has changed since.
    """

    __tablename__ = "defense_commitments"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    ordinal: Mapped[int]
    frozen: Mapped[Any] = mapped_column(CanonicalJSON)
    secret: Mapped[str] = mapped_column(sa.String(64))
    commitment: Mapped[str] = mapped_column(sa.String(64))
    committed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    committed_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("round_id", "ordinal"),)


class DefenseOrder(Model):
    """The order as drawn: by a called number against a commitment, or by lots on paper without one.

    `body` holds order, departures, way and seed; `caller` called the number.
    """

    __tablename__ = "defense_orders"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    commitment_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defense_commitments.id"))
    number: Mapped[str] = mapped_column(sa.String(12))
    caller: Mapped[str] = mapped_column(sa.String(64))
    witness: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    drawn_at: Mapped[datetime] = mapped_column(UTCDateTime)
    drawn_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class DefenseMove(Model):
    """One turn's planned start changed, with its reason; `following`: those after it moved along."""

    __tablename__ = "defense_moves"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    slot_id: Mapped[int] = mapped_column(sa.ForeignKey("defense_slots.id"), index=True)
    before: Mapped[datetime] = mapped_column(UTCDateTime)
    after: Mapped[datetime] = mapped_column(UTCDateTime)
    following: Mapped[bool]
    reason: Mapped[str] = mapped_column(sa.Text)
    moved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    moved_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class DefenseRoom(Model):
    """What the room shows now, in one row that is cheap to look at.

    `version` counts the acts of those who control it, `changes` everything else that a screen shows (a
    conclusion, an absence, a unit that withdraws, a recusal): together they say whether a page still holds.
    `clock_left` seconds stood on the clock at `clock_since`, None while it stands. `pauses` are lists of
    name, begin and end.
    """

    __tablename__ = "defense_rooms"

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), unique=True)
    version: Mapped[int] = mapped_column(default=0)
    changes: Mapped[int] = mapped_column(default=0)
    slot_id: Mapped[int | None] = mapped_column(sa.ForeignKey("defense_slots.id"))
    phase: Mapped[str] = mapped_column(sa.String(12), default="idle")
    clock_planned: Mapped[int] = mapped_column(default=0)
    clock_left: Mapped[int] = mapped_column(default=0)
    clock_since: Mapped[datetime | None] = mapped_column(UTCDateTime)
    call_minutes: Mapped[int] = mapped_column(default=0)
    break_minutes: Mapped[int] = mapped_column(default=0)
    pauses: Mapped[Any] = mapped_column(CanonicalJSON, default=list)

    __table_args__ = (one_of("phase", PHASES),)


def _note_changes(session: Session, _context: Any) -> None:
    """Whatever a screen in the room shows was changed elsewhere: those who follow it must look again."""
    slots = {row.slot_id for row in session.new if isinstance(row, DefenseRecord)}
    lifted = {row.recusal_id for row in session.new if isinstance(row, RecusalLifting)}
    calls = {row.call_id for row in session.new if isinstance(row, Recusal)}
    calls |= {row.call_id for row in session.dirty if isinstance(row, Dossier) and _state_changed(row)}
    left = {row.round_id for row in session.new if isinstance(row, Departure)}
    if not (calls or slots or lifted or left):
        return
    rounds = sa.or_(
        Round.call_id.in_(calls),
        Round.call_id.in_(sa.select(Recusal.call_id).where(Recusal.id.in_(lifted))),
        Round.id.in_(sa.select(DefenseSlot.round_id).where(DefenseSlot.id.in_(slots))),
        Round.id.in_(left),
    )
    session.execute(
        sa.update(DefenseRoom)
        .where(DefenseRoom.round_id.in_(sa.select(Round.id).where(rounds)))
        .values(changes=DefenseRoom.changes + 1)
        .execution_options(synchronize_session=False)
    )


def _state_changed(row: Dossier) -> bool:
    return bool(sa.inspect(row).attrs.state.history.has_changes())


event.listen(Session, "after_flush", _note_changes)
