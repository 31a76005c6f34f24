"""What the office fills in for one paper: number, signer, days and places that the data do not hold."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class PaperFacts(Model):
    """One version of a paper's facts, label to text; the newest counts. The paper is named by its key."""

    __tablename__ = "paper_facts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(24))
    of: Mapped[str] = mapped_column(sa.String(12))
    edition: Mapped[int]
    ordinal: Mapped[int]
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("call_id", "kind", "of", "edition", "ordinal"),)
