"""复核: a ranking looked at again after an objection, and what was put right on sheets because of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.models.reviews import Review, ReviewRevision

KINDS = ("correct", "void", "rescore")
STATES = ("asked", "open", "settled", "refused", "ended")


class Reexamination(Model):
    """One objection's re-examination of the ranking `ranking_id`; it ends with a new version of it,
    or, before a point of its new round is known, by two people's word.

    `dossiers` (public ids) are the contested ones; `beside` those scored again with them in a new round of
    `stage`, with the panel's reason where they are not the neighbours at the cut.
    """

    __tablename__ = "reexaminations"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    state: Mapped[str] = mapped_column(sa.String(8), default="asked")
    reference: Mapped[str] = mapped_column(sa.String(100))
    received_on: Mapped[date]
    grounds: Mapped[str] = mapped_column(sa.Text)
    dossiers: Mapped[Any] = mapped_column(CanonicalJSON)
    stage: Mapped[str | None] = mapped_column(sa.String(64))
    beside: Mapped[Any] = mapped_column(CanonicalJSON)
    beside_reason: Mapped[str] = mapped_column(sa.Text, default="")
    request_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    decided_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    settled_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("kind", KINDS), one_of("state", STATES))


class CorrectedRevision(Model):
    """A sheet typed wrongly from paper, put right against the signed scan by two people.

    No expert gives another score: `revision_id` says what stands on the paper, `before_revision_id` what was
    typed.
    """

    __tablename__ = "corrected_revisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    revision_id: Mapped[int] = mapped_column(sa.ForeignKey("review_revisions.id"), unique=True)
    before_revision_id: Mapped[int] = mapped_column(sa.ForeignKey("review_revisions.id"))
    reexamination_id: Mapped[int] = mapped_column(sa.ForeignKey("reexaminations.id"), index=True)
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("paper_scans.id"))
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    reason: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)


def revision_at(as_of: datetime | None) -> sa.ColumnElement[int | None]:
    """The revision of a `Review` that counts; as of an earlier moment the one that was corrected later."""
    if as_of is None:
        return sa.type_coerce(Review.revision_id, sa.Integer)
    typed = (
        sa.select(sa.func.min(CorrectedRevision.before_revision_id))
        .join(ReviewRevision, ReviewRevision.id == CorrectedRevision.before_revision_id)
        .where(ReviewRevision.review_id == Review.id, CorrectedRevision.made_at > as_of)
        .correlate(Review)
        .scalar_subquery()
    )
    return sa.func.coalesce(typed, Review.revision_id)
