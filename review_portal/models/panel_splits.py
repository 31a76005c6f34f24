"""Which panel of a stage scores which dossiers, where the stage has several panels."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of

METHODS = ("dealt", "chosen")


class PanelSplit(Model):
    """The dossiers of a call shared out among the panels of a stage; the latest counts.

    `shares`: round -> its dossiers, public ids. "dealt" in turn by number, as anybody can repeat, or "chosen"
    by an officer, with the reason.
    """

    __tablename__ = "panel_splits"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    stage: Mapped[str] = mapped_column(sa.String(64))
    method: Mapped[str] = mapped_column(sa.String(8))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    shares: Mapped[Any] = mapped_column(CanonicalJSON)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("method", METHODS),)
