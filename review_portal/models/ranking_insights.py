"""What a ranking's numbers say beyond its places: computed once from the sheets, kept, never altered."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.models.rankings import KINDS


class RankingInsight(Model):
    """`basis`: digest of what the ranking was made of; another basis or software makes another row.

    `body` is canonical JSON with method, seed and every figure, `digest` its SHA-256. `computed_by`: who
    asked for it; nobody when it followed from the end of reconciliation or from freezing.
    """

    __tablename__ = "ranking_insights"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    basis: Mapped[str] = mapped_column(sa.String(64))
    input_digest: Mapped[str] = mapped_column(sa.String(64))
    rules_digest: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    seed: Mapped[int]
    software: Mapped[str] = mapped_column(sa.String(40))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    computed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    computed_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", KINDS), sa.UniqueConstraint("round_id", "kind", "basis", "software"))
