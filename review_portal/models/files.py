"""What was handed in, by content: the bytes lie under their SHA-256, the row says who and when."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, public_id_column


class StoredFile(Model):
    __tablename__ = "stored_files"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    sha256: Mapped[str] = mapped_column(sa.String(64), index=True)
    size: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(200))
    media_type: Mapped[str] = mapped_column(sa.String(100))
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)
    stored_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))
