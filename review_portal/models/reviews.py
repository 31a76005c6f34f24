"""Scores: one review per round, expert and dossier version; drafts beside an append-only history."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Hundredths, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain import states


class Review(Model):
    __tablename__ = "reviews"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    dossier_version_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_versions.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    state: Mapped[str] = mapped_column(sa.String(12), default="assigned")
    assigned_at: Mapped[datetime] = mapped_column(UTCDateTime)
    assigned_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    revision_id: Mapped[int | None]  # no foreign key: the revision points back, and SQLite adds none later
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        one_of("state", states.REVIEW),
        sa.UniqueConstraint("round_id", "expert_id", "dossier_version_id"),
    )


class ReviewDraft(Model):
    """Scratch: what the expert has typed so far. Not on the audit chain."""

    __tablename__ = "review_drafts"

    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), primary_key=True)
    content: Mapped[Any] = mapped_column(CanonicalJSON)
    saved_at: Mapped[datetime] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}


class ReviewRevision(Model):
    """A submitted sheet, immutable. `commitment` stands on the audit chain and on the receipt."""

    __tablename__ = "review_revisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    ordinal: Mapped[int]
    opinion: Mapped[str] = mapped_column(sa.Text)
    conclusion: Mapped[str | None] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    salt: Mapped[str] = mapped_column(sa.String(64))
    commitment: Mapped[str] = mapped_column(sa.String(64))
    request_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    submitted_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (sa.UniqueConstraint("review_id", "ordinal"),)


class RevisionPoint(Model):
    __tablename__ = "revision_points"
    __append_only__ = True

    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("review_revisions.id"), primary_key=True)
    item: Mapped[str] = mapped_column(sa.String(20), primary_key=True)
    points: Mapped[Decimal] = mapped_column(Hundredths)
    comment: Mapped[str] = mapped_column(sa.Text, default="")


class ReconciliationCase(Model):
    """复议: one expert is asked about one own sheet; the earlier score stays beside the answer.

    `figures` keeps what called for the case when it was opened: an answer changes the scores it came from.
    `grounds` say why it is asked where no trigger calls for it; such a case waits for the supervisor first.
    `due_at` is the first instant too late for an answer.
    """

    __tablename__ = "reconciliation_cases"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    trigger: Mapped[str] = mapped_column(sa.String(40))
    figures: Mapped[Any] = mapped_column(CanonicalJSON)
    question: Mapped[str] = mapped_column(sa.Text)
    grounds: Mapped[str] = mapped_column(sa.Text, default="")
    state: Mapped[str] = mapped_column(sa.String(10), default="open")
    due_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    before_revision_id: Mapped[int] = mapped_column(sa.ForeignKey("review_revisions.id"))
    answer: Mapped[str | None] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    after_revision_id: Mapped[int | None] = mapped_column(sa.ForeignKey("review_revisions.id"))
    answered_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("answer", ("keep", "revise")), one_of("state", states.CASE))
