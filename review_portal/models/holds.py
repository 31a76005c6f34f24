"""提请暂停: a supervisor holds a call or one of its rounds, and what was found when it was lifted."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, public_id_column


class Hold(Model):
    """What may not go on; `round_id` None holds the whole call. It stands until a `HoldLifting` names it."""

    __tablename__ = "holds"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rounds.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    held_at: Mapped[datetime] = mapped_column(UTCDateTime)
    held_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class HoldLifting(Model):
    """The end of a hold, once: what was found."""

    __tablename__ = "hold_liftings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    hold_id: Mapped[int] = mapped_column(sa.ForeignKey("holds.id"), unique=True)
    finding: Mapped[str] = mapped_column(sa.Text)
    lifted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lifted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
