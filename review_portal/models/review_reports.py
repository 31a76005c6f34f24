"""评审报告 as it was made for the experts' signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class ReviewReport(Model):
    """One edition: `body` is what it prints, `digest` its check code, `ranking_id` the version it is of."""

    __tablename__ = "review_reports"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    ordinal: Mapped[int]
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("call_id", "ordinal"),)
