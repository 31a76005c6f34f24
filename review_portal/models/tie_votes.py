"""并列表决: a tie across the cut that the keys leave open, put to an open vote or sent up to the leaders."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column


class TieVote(Model):
    """One ballot. `contest` binds it to the tied dossiers and the places: it says nothing of any other tie.

    `standing` (dossier public ids) is what this ballot is among, `places` what it gives away; `voters` are
    the public ids of the panel members who may vote.
    """

    __tablename__ = "tie_votes"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    contest: Mapped[str] = mapped_column(sa.String(64))
    ballot: Mapped[int]
    standing: Mapped[Any] = mapped_column(CanonicalJSON)
    places: Mapped[int]
    voters: Mapped[Any] = mapped_column(CanonicalJSON)
    note: Mapped[str] = mapped_column(sa.Text, default="")
    opened_at: Mapped[datetime] = mapped_column(UTCDateTime)
    opened_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("round_id", "contest", "ballot"),)


class TieChoice(Model):
    """Whom a panel member names; nobody is an abstention. The newest counts until the ballot is closed."""

    __tablename__ = "tie_choices"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    vote_id: Mapped[int] = mapped_column(sa.ForeignKey("tie_votes.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"))
    ordinal: Mapped[int]
    named: Mapped[Any] = mapped_column(CanonicalJSON)
    cast_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (sa.UniqueConstraint("vote_id", "member_id", "ordinal"),)


class TieClosing(Model):
    """The end of a ballot. `body` is the canonical record of who voted how and what came out of it.

    `kind` void: the tie was another one by then, or the quorum was missing when the matter was sent up.
    """

    __tablename__ = "tie_closings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    vote_id: Mapped[int] = mapped_column(sa.ForeignKey("tie_votes.id"), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(8))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    closed_at: Mapped[datetime] = mapped_column(UTCDateTime)
    closed_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", ("counted", "void")),)


class TieReferral(Model):
    """并列提请审定: the leaders' meeting decides among `standing`, with the reason why the panel does not."""

    __tablename__ = "tie_referrals"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    contest: Mapped[str] = mapped_column(sa.String(64))
    standing: Mapped[Any] = mapped_column(CanonicalJSON)
    places: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text)
    referred_at: Mapped[datetime] = mapped_column(UTCDateTime)
    referred_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("round_id", "contest"),)
