"""参评证明 as they were issued when their round ended."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class IssuedCertificate(Model):
    """`body`: what it states; `digest` begins with its check code; `ordinal` counts in the call.

    What is printed later is this row, so that a name corrected in the register leaves a given code genuine.
    """

    __tablename__ = "issued_certificates"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"), unique=True)
    ordinal: Mapped[int]
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    issued_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (sa.UniqueConstraint("call_id", "ordinal"),)
