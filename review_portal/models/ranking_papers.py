"""Check codes of the papers that a frozen ranking makes, as they were on the day it was frozen."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, one_of

KINDS = ("workbook", "summary", "minutes")


class RankingPaper(Model):
    """workbook: SHA-256 of the file; summary, minutes: of what the Word file says.

    `of` is the round's or the turn's public id; `edition` the version of the minutes, 0 for the others.
    """

    __tablename__ = "ranking_papers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    of: Mapped[str] = mapped_column(sa.String(12))
    edition: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (one_of("kind", KINDS), sa.UniqueConstraint("ranking_id", "kind", "of"))
