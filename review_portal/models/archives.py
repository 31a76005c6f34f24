"""Archives that were made of a call: which file, of what profile, up to which entry of the trail."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import Model, UTCDateTime, one_of, public_id_column

PROFILES = ("full", "masked")


class Archive(Model):
    """`manifest` is the SHA-256 of its MANIFEST.sha256, `head` the check code of entry number `entries`.

    `final`: made after the call had ended; an interim one otherwise. `label`: the text of the disc's label.
    `left_out` counts what stays out.
    """

    __tablename__ = "archives"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    profile: Mapped[str] = mapped_column(sa.String(6))
    final: Mapped[bool]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    manifest: Mapped[str] = mapped_column(sa.String(64))
    entries: Mapped[int]
    head: Mapped[str] = mapped_column(sa.String(64))
    files: Mapped[int]
    left_out: Mapped[int]
    label: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("profile", PROFILES),)
