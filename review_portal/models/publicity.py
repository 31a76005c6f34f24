"""The publicity draft that a person edits; releasing it is a two-person act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class NoticeDraft(Model):
    """The notice on one version of the ranking; the newest of a call is the one that is worked on."""

    __tablename__ = "notice_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (sa.UniqueConstraint("call_id", "ranking_id"),)
