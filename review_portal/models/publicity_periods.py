"""The notice on the official website: when it appeared and was taken down, as the office registered it."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, one_of, public_id_column

KINDS = ("appeared", "taken_down")


class PublicityEvent(Model):
    """An appearance or a takedown of one released edition (`release_id`: the approval that released it).

    `replaces_id` is the registration that this one corrects, `void` whether it says that nothing of the kind
    happened. `last_day` is what an appearance came to when it was registered, `sha256` the screenshot's.
    """

    __tablename__ = "publicity_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    release_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"))
    kind: Mapped[str] = mapped_column(sa.String(10))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    url: Mapped[str] = mapped_column(sa.String(500), default="")
    file_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64), default="")
    last_day: Mapped[date | None]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("publicity_events.id"), unique=True)
    void: Mapped[bool] = mapped_column(default=False)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    registered_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", KINDS),)
