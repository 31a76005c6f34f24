"""Paper score sheets: who said that a sheet is paper, its scan, the two blind entries, what came of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

CLERKS = ("counting_clerk", "checking_clerk")


class PaperSheet(Model):
    """A word on one sheet: it is typed from paper, or no longer (`dropped`). The newest of a review holds.

    A later word starts the two entries again; what was typed under an earlier one counts no more.
    """

    __tablename__ = "paper_sheets"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(8))
    reason: Mapped[str] = mapped_column(sa.Text)
    registered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    registered_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", ("paper", "dropped")), sa.UniqueConstraint("review_id", "ordinal"))


class PaperScan(Model):
    """The signed sheet as a picture or PDF, and who has seen the pen's signature on it. The newest holds.

    `sizes` are the pages' widths and heights.
    """

    __tablename__ = "paper_scans"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    sizes: Mapped[Any] = mapped_column(CanonicalJSON)
    signature_checked_by: Mapped[str] = mapped_column(sa.String(64))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class Transcription(Model):
    """One clerk's entry, sealed: `body` is for its author alone until the round is unsealed.

    `differing` names the cells that the other clerk's newest entry fills otherwise, None while there is none.
    """

    __tablename__ = "transcriptions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_sheets.id"), index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    ordinal: Mapped[int]
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    differing: Mapped[Any | None] = mapped_column(CanonicalJSON)
    request_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    entered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    entered_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("role", CLERKS), sa.UniqueConstraint("paper_id", "role", "ordinal"))


class TranscribedRevision(Model):
    """A revision that two equal entries became: its source is paper, and both clerks stand by it."""

    __tablename__ = "transcribed_revisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("review_revisions.id"), unique=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_sheets.id"), unique=True)
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_scans.id"))
    counting_id: Mapped[int] = mapped_column(sa.ForeignKey("transcriptions.id"))
    checking_id: Mapped[int] = mapped_column(sa.ForeignKey("transcriptions.id"))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
