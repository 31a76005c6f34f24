"""Around reconciliation: acts on a case, the panel's discussion, sheets voided for a breach of the rules."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

CASE_ACTS = ("release", "refuse", "withdraw", "extend", "lapse")
BREACHES = ("proxy", "contact", "other")


class CaseAct(Model):
    """An act on a case beside its question and its answer. `due_at`: until when an answer is awaited since.

    release, refuse: the supervisor's word on a case outside of the triggers. withdraw: the chair takes such
    a case back before that. extend: a later time to answer. lapse: no answer came in time, the score stays.
    """

    __tablename__ = "case_acts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(sa.ForeignKey("reconciliation_cases.id"), index=True)
    act: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    acted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    acted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("act", CASE_ACTS),)


class CaseDiscussion(Model):
    """One version of what the panel discussed about a dossier; a correction is a version with its reason.

    `present` holds names as recorded, in the order of the register; never codes.
    """

    __tablename__ = "case_discussions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    ordinal: Mapped[int]
    present: Mapped[Any] = mapped_column(CanonicalJSON)
    others: Mapped[str] = mapped_column(sa.String(200))
    substance: Mapped[str] = mapped_column(sa.Text)
    outcome: Mapped[str] = mapped_column(sa.Text)
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("round_id", "dossier_id", "ordinal"),)


class VoidRequest(Model):
    """Somebody asks for a submitted sheet to be voided for a breach; two people decide by an approval.

    It has an id of its own: the sheet's stands beside its author's name on the trail, and a request `by_code`
    beside the code.
    """

    __tablename__ = "void_requests"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), index=True)
    by_code: Mapped[bool]
    breach: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text)
    asked_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("breach", BREACHES),)


class ReviewVoid(Model):
    """A submitted sheet that two people voided for a breach; what was submitted stays stored."""

    __tablename__ = "review_voids"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    request_id: Mapped[int] = mapped_column(sa.ForeignKey("void_requests.id"), unique=True)
    review_id: Mapped[int] = mapped_column(sa.ForeignKey("reviews.id"), unique=True)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"))
    voided_at: Mapped[datetime] = mapped_column(UTCDateTime)
    voided_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
