"""What is judged: dossiers, their immutable versions, the formal check, the districts' lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain import states


class Dossier(Model):
    __tablename__ = "dossiers"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    number: Mapped[str] = mapped_column(sa.String(20))
    unit_name: Mapped[str] = mapped_column(sa.String(200))
    name_key: Mapped[str] = mapped_column(sa.String(400))
    recommender: Mapped[str] = mapped_column(sa.String(200))
    district: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(12), default="received")
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # where `received_at` is a postmark's
    current_version_id: Mapped[
        int | None
    ]  # no foreign key: the version points back, and SQLite adds none later
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("state", states.DOSSIER), sa.UniqueConstraint("call_id", "number"))


class DossierVersion(Model):
    """One file as handed in and as read; never changed, later rows refer to it."""

    __tablename__ = "dossier_versions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    ordinal: Mapped[int]
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    form: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    units_digest: Mapped[str] = mapped_column(sa.String(64))
    overall: Mapped[str] = mapped_column(sa.String(40))
    paper_copies: Mapped[int | None]  # what came with it; None where nobody counted
    discs: Mapped[int | None]
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    created_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("dossier_id", "ordinal"),)


class DossierUnit(Model):
    """The lead and every member of a version: what recusal looks at."""

    __tablename__ = "dossier_units"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_versions.id"), index=True)
    position: Mapped[int]
    name: Mapped[str] = mapped_column(sa.String(200))
    role: Mapped[str] = mapped_column(sa.String(10))
    credit_code: Mapped[str | None] = mapped_column(sa.String(18))
    legal_representative: Mapped[str | None] = mapped_column(sa.String(64))

    __table_args__ = (one_of("role", ("lead", "member")),)


class Finding(Model):
    """What the formal check found on a version: a suggestion, never an act."""

    __tablename__ = "findings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    version_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_versions.id"), index=True)
    rule: Mapped[str] = mapped_column(sa.String(20))
    title: Mapped[str] = mapped_column(sa.String(200))
    mode: Mapped[str] = mapped_column(sa.String(20))
    severity: Mapped[str] = mapped_column(sa.String(20))
    result: Mapped[str] = mapped_column(sa.String(20))
    note: Mapped[str] = mapped_column(sa.Text)
    place: Mapped[str] = mapped_column(sa.String(200))


class FindingAnswer(Model):
    """An officer's confirmation of a finding; the latest counts, earlier ones stay."""

    __tablename__ = "finding_answers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    finding_id: Mapped[int] = mapped_column(sa.ForeignKey("findings.id"), index=True)
    result: Mapped[str] = mapped_column(sa.String(10))
    basis: Mapped[str] = mapped_column(sa.Text)
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)
    answered_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("result", ("pass", "fail")),)


class DossierAct(Model):
    """Accepted, returned, rejected, withdrawn, supplemented: who, why, by which letter."""

    __tablename__ = "dossier_acts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    version_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dossier_versions.id"))
    action: Mapped[str] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text)
    due_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    letter_id: Mapped[int | None] = mapped_column(sa.ForeignKey("stored_files.id"))
    acted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    acted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class RecommendationList(Model):
    """附件1 of one recommending unit."""

    __tablename__ = "recommendation_lists"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    recommender: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str] = mapped_column(sa.String(64))
    phone: Mapped[str] = mapped_column(sa.String(40))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    arrived_at: Mapped[datetime | None] = mapped_column(UTCDateTime)  # as in a dossier


class RecommendationEntry(Model):
    __tablename__ = "recommendation_entries"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("recommendation_lists.id"), index=True)
    seq: Mapped[int]
    unit: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str] = mapped_column(sa.String(64))
    mobile: Mapped[str] = mapped_column(sa.String(40))
