"""Days off and make-up days of a year as an administrator entered them; the newest version counts."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class WorkingDayTable(Model):
    """One version of a whole year. `off`, `work`: ISO dates in order; `source`: number of the notice."""

    __tablename__ = "working_day_tables"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    year: Mapped[int]
    version: Mapped[int]
    off: Mapped[Any] = mapped_column(CanonicalJSON)
    work: Mapped[Any] = mapped_column(CanonicalJSON)
    source: Mapped[str] = mapped_column(sa.String(100))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entered_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("year", "version"),)
