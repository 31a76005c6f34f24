"""异议与投诉: the register, its acts, and apart from both who complained; dossiers held because of one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain.objection_rules import ACTS, IDENTITIES, OUTCOMES, ROUTES, WAYS


class Objection(Model):
    """One entry of a call's register as it came in; what was done with it stands in `ObjectionAct`.

    `dossiers` are public ids, empty where it is about the procedure. `facts` never names who complained.
    `late`: it is about the publicity and came after its last day. `proposed`: the route that the rule named.
    """

    __tablename__ = "objections"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    ordinal: Mapped[int]
    way: Mapped[str] = mapped_column(sa.String(10))
    received_at: Mapped[datetime] = mapped_column(UTCDateTime)
    received_by: Mapped[str] = mapped_column(sa.String(64))
    dossiers: Mapped[Any] = mapped_column(CanonicalJSON)
    facts: Mapped[str] = mapped_column(sa.Text)
    identity: Mapped[str] = mapped_column(sa.String(10))
    signed: Mapped[bool]
    checkable: Mapped[bool]
    on_publicity: Mapped[bool]
    late: Mapped[bool]
    proposed: Mapped[str] = mapped_column(sa.String(10))
    request_key: Mapped[str] = mapped_column(sa.String(64), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        sa.UniqueConstraint("call_id", "ordinal"),
        one_of("way", WAYS),
        one_of("identity", IDENTITIES),
        one_of("proposed", ROUTES),
    )


class Complainant(Model):
    """Who complained; read by a supervisor alone, with a reason, each time on the trail."""

    __tablename__ = "complainants"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(sa.ForeignKey("objections.id"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(100))
    unit: Mapped[str] = mapped_column(sa.String(200))
    contact: Mapped[str] = mapped_column(sa.String(200))


class ObjectionFile(Model):
    """Evidence under a neutral name; `guarded` files would name who complained: the supervisor's alone."""

    __tablename__ = "objection_files"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    objection_id: Mapped[int] = mapped_column(sa.ForeignKey("objections.id"), index=True)
    file_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    sha256: Mapped[str] = mapped_column(sa.String(64))
    guarded: Mapped[bool]


class ObjectionAct(Model):
    """One step in the handling of an objection.

    `choice`: route of a classification, outcome of a conclusion. `due_on`: the day by which the next step is
    due since. `linked`: the re-examination (public id) that an adjustment rests on, or the decision's number
    of a cancellation. `letter`: the facts of the letter that went out with it (fields of `LETTER_FIELDS`).
    `approval_id`: of what two people did.
    """

    __tablename__ = "objection_acts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    objection_id: Mapped[int] = mapped_column(sa.ForeignKey("objections.id"), index=True)
    act: Mapped[str] = mapped_column(sa.String(12))
    choice: Mapped[str] = mapped_column(sa.String(10), default="")
    text: Mapped[str] = mapped_column(sa.Text, default="")
    due_on: Mapped[date | None]
    linked: Mapped[str] = mapped_column(sa.String(100), default="")
    letter: Mapped[Any] = mapped_column(CanonicalJSON, default=dict)
    approval_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approvals.id"))
    acted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    acted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("act", ACTS),
        one_of("choice", ("", *ROUTES, *OUTCOMES)),
    )


class DossierHold(Model):
    """暂缓: a dossier that may not be announced until a `DossierRelease` names the hold; scores stay."""

    __tablename__ = "dossier_holds"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    objection_id: Mapped[int | None] = mapped_column(sa.ForeignKey("objections.id"))
    reason: Mapped[str] = mapped_column(sa.Text)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    held_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    agreed_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class DossierRelease(Model):
    """The end of a dossier's hold, once, with what was found."""

    __tablename__ = "dossier_releases"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    hold_id: Mapped[int] = mapped_column(sa.ForeignKey("dossier_holds.id"), unique=True)
    finding: Mapped[str] = mapped_column(sa.Text)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    released_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    agreed_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class LaterDecision(Model):
    """另行审定: what the leaders decided later on one dossier that a decision had put off."""

    __tablename__ = "later_decisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decisions.id"))
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"))
    meeting: Mapped[str] = mapped_column(sa.String(100))
    held_on: Mapped[date]
    minutes_number: Mapped[str] = mapped_column(sa.String(100))
    answer: Mapped[str] = mapped_column(sa.String(8))
    reason: Mapped[str] = mapped_column(sa.Text)
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    scan: Mapped[str] = mapped_column(sa.String(64))
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    checked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("answer", ("approve", "reject")),
        sa.UniqueConstraint("decision_id", "dossier_id"),
    )
