"""What became of recusals, and conflicts that were found late: the rows stay, what holds is derived."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.models.cases import ReviewVoid
from review_portal.models.dossiers import DossierVersion
from review_portal.models.experts import Recusal
from review_portal.models.reviews import Review


class RecusalLifting(Model):
    """A recusal that two people lifted. `covers` are the keys of the grounds that they looked at."""

    __tablename__ = "recusal_liftings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    recusal_id: Mapped[int] = mapped_column(sa.ForeignKey("recusals.id"), unique=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"))
    covers: Mapped[Any] = mapped_column(CanonicalJSON)
    reason: Mapped[str] = mapped_column(sa.Text)
    lifted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    lifted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


def standing() -> sa.ColumnElement[bool]:
    """Recusals that keep expert and dossier apart now."""
    return ~sa.exists().where(RecusalLifting.recusal_id == Recusal.id)


def standing_at(moment: sa.SQLColumnExpression[datetime | None] | datetime | None) -> sa.ColumnElement[bool]:
    """Recusals that kept them apart at a moment: those lifted later count."""
    return ~sa.exists().where(RecusalLifting.recusal_id == Recusal.id, RecusalLifting.lifted_at <= moment)


class FoundConflict(Model):
    """Grounds found once sheets were given out: they keep the sheet apart until two people decide.

    `keys` name the grounds as the rules found them; empty where an officer told of one.
    """

    __tablename__ = "found_conflicts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.Text)
    keys: Mapped[Any] = mapped_column(CanonicalJSON)
    found_at: Mapped[datetime] = mapped_column(UTCDateTime)
    found_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class ConflictDecision(Model):
    """Two people's word on a conflict that was found late: the sheet is void, or it is kept."""

    __tablename__ = "conflict_decisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    conflict_id: Mapped[int] = mapped_column(sa.ForeignKey("found_conflicts.id"), unique=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"))
    outcome: Mapped[str] = mapped_column(sa.String(4))
    reason: Mapped[str] = mapped_column(sa.Text)
    decided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    decided_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("outcome", ("void", "keep")),)


def _decided() -> sa.Exists:
    return sa.exists().where(ConflictDecision.conflict_id == FoundConflict.id)


def conflict_found() -> sa.ColumnElement[bool]:
    """Reviews on which a conflict was found late, decided or not, or that were voided for a breach."""
    found = sa.exists().where(FoundConflict.review_id == Review.id)
    return found | sa.exists().where(ReviewVoid.review_id == Review.id)


def undecided() -> sa.ColumnElement[bool]:
    """Reviews that count or may yet, on which a conflict was found about which nobody has decided."""
    waits = sa.exists().where(FoundConflict.review_id == Review.id, ~_decided())
    return waits & Review.state.not_in(("void", "recused"))


def _voided_after(moment: datetime) -> sa.ColumnElement[bool]:
    conflict = sa.exists().where(
        FoundConflict.review_id == Review.id,
        ConflictDecision.conflict_id == FoundConflict.id,
        ConflictDecision.outcome == "void",
        ConflictDecision.decided_at > moment,
    )
    return conflict | sa.exists().where(ReviewVoid.review_id == Review.id, ReviewVoid.voided_at > moment)


def sheet_counts(as_of: datetime | None) -> sa.ColumnElement[bool]:
    """Submitted sheets that count: none that a conflict keeps apart; as of an earlier moment also those
    that were voided, or came to be doubted, later. Nothing is frozen while a conflict waits.
    """
    if as_of is None:
        return (Review.state == "submitted") & ~undecided()
    return (Review.state == "submitted") | ((Review.state == "void") & _voided_after(as_of))


class UnitChange(Model):
    """A change of head or recommending unit after acceptance: the version stays as handed in, this holds.

    `legal_representative` is the lead's, `units_digest` what declarations refer to from now on.
    """

    __tablename__ = "unit_changes"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_versions.id"), index=True)
    legal_representative: Mapped[str] = mapped_column(sa.String(64))
    recommender: Mapped[str] = mapped_column(sa.String(200))
    units_digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


def units_digest() -> sa.ColumnElement[str]:
    """What declarations on a `DossierVersion` refer to: its own units, or as they were changed last."""
    latest = (
        sa.select(UnitChange.units_digest)
        .where(UnitChange.version_id == DossierVersion.id)
        .order_by(UnitChange.id.desc())
        .limit(1)
        .correlate(DossierVersion)
        .scalar_subquery()
    )
    return sa.func.coalesce(latest, DossierVersion.units_digest)
