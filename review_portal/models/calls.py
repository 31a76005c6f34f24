"""A call, its rules as they were filed, its rounds, the election of their chairs, the decision."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain import states

DECISION_OUTCOMES = ("agreed", "adjusted", "deferred")


class RuleSet(Model):
    """The rubric folder's files as filed: a later change of the folder changes no running call."""

    __tablename__ = "rule_sets"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(sa.String(64), unique=True)
    slug: Mapped[str] = mapped_column(sa.String(64))
    files: Mapped[Any] = mapped_column(CanonicalJSON)
    stored_at: Mapped[datetime] = mapped_column(UTCDateTime)


class Call(Model):
    __tablename__ = "calls"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    rule_set_id: Mapped[int] = mapped_column(sa.ForeignKey("rule_sets.id"))
    title: Mapped[str] = mapped_column(sa.String(200))
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    request_key: Mapped[str | None] = mapped_column(sa.String(64), unique=True)
    created_at: Mapped[datetime] = mapped_column(UTCDateTime)
    published_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    intake_closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    scheme_digest: Mapped[str | None] = mapped_column(sa.String(64))
    scheme_reference: Mapped[str | None] = mapped_column(sa.String(200))
    scheme_approved_by: Mapped[str | None] = mapped_column(sa.String(100))
    scheme_approved_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("state", states.CALL),)


class Round(Model):
    """One scoring exercise with one rubric; `stage` is the review stage's key in call.toml.

    `panel` is the key of its panel where the stage has several, each with a round of its own; else empty.
    """

    __tablename__ = "rounds"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    stage: Mapped[str] = mapped_column(sa.String(64))
    panel: Mapped[str] = mapped_column(sa.String(32), default="")
    position: Mapped[int]
    state: Mapped[str] = mapped_column(sa.String(12), default="draft")
    deadline: Mapped[datetime | None] = mapped_column(UTCDateTime)
    opened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    unsealed_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    finished_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    frozen: Mapped[Any] = mapped_column(CanonicalJSON, nullable=True)
    frozen_digest: Mapped[str | None] = mapped_column(sa.String(64))
    set_aside: Mapped[Any] = mapped_column(CanonicalJSON, nullable=True)  # flags not asked about, and why
    close_reason: Mapped[str | None] = mapped_column(sa.Text)  # closed before an expert's own deadline
    # scored again after an objection: no foreign key, the re-examination comes to rounds through its ranking
    reexamination_id: Mapped[int | None]
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (
        one_of("state", states.ROUND),
        sa.UniqueConstraint("call_id", "stage", "reexamination_id"),
        sa.Index(  # NULLs are never equal: one regular round of a stage's panel
            "ix_rounds_regular",
            "call_id",
            "stage",
            "panel",
            unique=True,
            sqlite_where=sa.text("reexamination_id IS NULL"),
            postgresql_where=sa.text("reexamination_id IS NULL"),
        ),
    )


class ChairElection(Model):
    """The panel's election of one of its experts; the latest of a round counts."""

    __tablename__ = "chair_elections"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"))
    method: Mapped[str] = mapped_column(sa.String(40))
    votes: Mapped[int]
    voters: Mapped[int]
    witness: Mapped[str] = mapped_column(sa.String(64))
    elected_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class Decision(Model):
    """会议审定: what the leaders decided, recorded with its minutes by two officers; leaders have no account.

    `choices` are (dossier, answer, reason) in the ranking's order, `selected` the approved ones. `departures`
    says why the number is not the quota, or why the matter was put off. `scan` is the SHA-256 of the file.
    """

    __tablename__ = "decisions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    meeting: Mapped[str] = mapped_column(sa.String(100))
    held_on: Mapped[date]
    minutes_number: Mapped[str] = mapped_column(sa.String(100))
    outcome: Mapped[str] = mapped_column(sa.String(10))
    conclusion: Mapped[str] = mapped_column(sa.Text)
    choices: Mapped[Any] = mapped_column(CanonicalJSON)
    selected: Mapped[Any] = mapped_column(CanonicalJSON)
    departures: Mapped[str] = mapped_column(sa.Text, default="")
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    scan: Mapped[str] = mapped_column(sa.String(64))
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    checked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("outcome", DECISION_OUTCOMES),)
