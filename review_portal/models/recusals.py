"""What became of recusals: lifted by two people. The rows of `Recusal` stay; their standing is derived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime
from review_portal.models.experts import Recusal


class RecusalLifting(Model):
    """A recusal that two people lifted. `covers` are the keys of the grounds that they looked at."""

    __tablename__ = "recusal_liftings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    recusal_id: Mapped[int] = mapped_column(sa.ForeignKey("recusals.id"), unique=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"))
    covers: Mapped[Any] = mapped_column(CanonicalJSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    lifted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lifted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


def standing() -> sa.ColumnElement[bool]:
    """Recusals that keep expert and dossier apart now."""
    return ~sa.exists().where(RecusalLifting.recusal_id == Recusal.id)


def standing_at(moment: sa.SQLColumnExpression[datetime | None] | datetime | None) -> sa.ColumnElement[bool]:
    """Recusals that kept them apart at a moment: those lifted later count."""
    return ~sa.exists().where(RecusalLifting.recusal_id == Recusal.id, RecusalLifting.lifted_at <= moment)
