"""Proofs that came with a dossier, scanned, for reading beside it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class DossierAttachment(Model):
    """One proof as it was scanned; `sizes` are the pages' widths and heights."""

    __tablename__ = "dossier_attachments"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    proof: Mapped[int]  # the number of the form's heading it belongs under
    title: Mapped[str] = mapped_column(sa.String(100))
    sizes: Mapped[Any] = mapped_column(CanonicalJSON)
    added_at: Mapped[datetime] = mapped_column(UTCDateTime)
    added_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class AttachmentRemoval(Model):
    """A proof that was added by mistake: it stays in the archive and is shown to nobody who scores."""

    __tablename__ = "attachment_removals"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    attachment_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_attachments.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    removed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    removed_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
