"""The pool of experts, a round's panel, and why someone does not judge something."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain.register import STATUSES


class Expert(Model):
    """A person of the register. `field` holds the specialties; `load_limit` is the most dossiers a round.

    `merged_into_id`: the row turned out to be somebody who stands there already; it stays for its history.
    """

    __tablename__ = "experts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    account_id: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"), unique=True)
    name: Mapped[str] = mapped_column(sa.String(64))
    name_key: Mapped[str] = mapped_column(sa.String(200), index=True)
    search_key: Mapped[str] = mapped_column(sa.Text, default="")
    employer: Mapped[str] = mapped_column(sa.String(200))
    employer_since: Mapped[date | None]
    title: Mapped[str] = mapped_column(sa.String(100))
    field: Mapped[str] = mapped_column(sa.String(100))
    phone: Mapped[str] = mapped_column(sa.String(40))
    email: Mapped[str] = mapped_column(sa.String(200))
    district: Mapped[str] = mapped_column(sa.String(40))
    load_limit: Mapped[int | None]
    status: Mapped[str] = mapped_column(sa.String(8), default="active")
    status_reason: Mapped[str] = mapped_column(sa.String(200), default="")
    merged_into_id: Mapped[int | None] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("status", STATUSES), sa.UniqueConstraint("name", "phone"))


class ExpertTie(Model):
    """What binds an expert to an organisation: posts, relatives, own declarations, control, cooperation.

    Of control `post` says who holds whom, of cooperation what is shared.
    """

    __tablename__ = "expert_ties"

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    organisation: Mapped[str] = mapped_column(sa.String(200))
    post: Mapped[str] = mapped_column(sa.String(100), default="")
    since: Mapped[date | None]
    until: Mapped[date | None]
    relative: Mapped[str] = mapped_column(sa.String(64), default="")
    relation: Mapped[str] = mapped_column(sa.String(40), default="")

    __table_args__ = (one_of("kind", ("past_role", "relative", "declared", "control", "cooperation")),)


class ExpertAbsence(Model):
    """Days on which an expert cannot come, the first and the last included."""

    __tablename__ = "expert_absences"

    id: Mapped[int] = mapped_column(primary_key=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    first_day: Mapped[date]
    last_day: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(100), default="")


class PanelMember(Model):
    """An expert on a round's panel. The code is drawn when the round opens.

    `signed_in_at` stays when the member leaves the room at `signed_out_at`; both follow from the events in
    `models.meetings`. `left_at`: the member has left the round.
    `deadline`: a later one of the expert's own, the newest of `models.reach.DeadlineExtension`.
    """

    __tablename__ = "panel_members"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    code: Mapped[str | None] = mapped_column(sa.String(8))
    order_key: Mapped[str] = mapped_column(sa.String(32))
    pledged_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    signed_in_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    identity_checked_by: Mapped[str] = mapped_column(sa.String(64), default="")
    signed_out_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    deadline: Mapped[datetime | None] = mapped_column(UTCDateTime)
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (sa.UniqueConstraint("round_id", "expert_id"), sa.UniqueConstraint("round_id", "code"))

    @property
    def is_present(self) -> bool:
        """Signed in and still in the room."""
        return self.signed_in_at is not None and self.signed_out_at is None and self.left_at is None


def present() -> sa.ColumnElement[bool]:
    """The same as a condition."""
    return sa.and_(
        PanelMember.signed_in_at.is_not(None),
        PanelMember.signed_out_at.is_(None),
        PanelMember.left_at.is_(None),
    )


class Departure(Model):
    """An expert leaves a round that is under way: what becomes of the sheets by the rule frozen with it."""

    __tablename__ = "panel_departures"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"), unique=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    reason: Mapped[str] = mapped_column(sa.Text)
    kept: Mapped[Any] = mapped_column(CanonicalJSON)  # public ids of sheets
    voided: Mapped[Any] = mapped_column(CanonicalJSON)
    left_at: Mapped[datetime] = mapped_column(UTCDateTime)
    asked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    approved_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))


class Substitute(Model):
    """Who takes the place of an expert that has left, and scores every dossier of the panel."""

    __tablename__ = "panel_substitutes"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    departure_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_departures.id"), unique=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"), unique=True)
    source: Mapped[str] = mapped_column(sa.String(10))
    basis: Mapped[str] = mapped_column(sa.Text)
    seated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    seated_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("source", ("draw", "register")),)


class Declaration(Model):
    """An expert's word on one dossier's names; void when its units change."""

    __tablename__ = "declarations"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    units_digest: Mapped[str] = mapped_column(sa.String(64))
    answer: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    declared_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (one_of("answer", ("clear", "recuse")),)


class Recusal(Model):
    """Expert and dossier kept apart for the whole call, until two people lift it (`models.recusals`)."""

    __tablename__ = "recusals"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    expert_id: Mapped[int] = mapped_column(sa.ForeignKey("experts.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    rule: Mapped[str] = mapped_column(sa.String(40))
    level: Mapped[str] = mapped_column(sa.String(12))
    reason: Mapped[str] = mapped_column(sa.Text)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int | None] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("level", ("automatic", "declared", "decided")),)
