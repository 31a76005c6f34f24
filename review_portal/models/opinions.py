"""专家组意见: what the panel says of a dossier, version by version, and who stands by which version."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column
from review_portal.domain.defense_results import CONCLUSIONS


class PanelOpinion(Model):
    """One version of a dossier's opinion; the newest is the one that is agreed on, and asks everybody again.

    `recorded` is the defense's conclusion as it stood, None without one; `reason` says why this one differs.
    """

    __tablename__ = "panel_opinions"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    ordinal: Mapped[int]
    strengths: Mapped[str] = mapped_column(sa.Text)
    problems: Mapped[str] = mapped_column(sa.Text)
    advice: Mapped[str] = mapped_column(sa.Text)
    conclusion: Mapped[str] = mapped_column(sa.String(20))
    conditions: Mapped[str] = mapped_column(sa.Text, default="")
    recorded: Mapped[str | None] = mapped_column(sa.String(20))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    drafted_at: Mapped[datetime] = mapped_column(UTCDateTime)
    drafted_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("conclusion", CONCLUSIONS),
        sa.UniqueConstraint("round_id", "dossier_id", "ordinal"),
    )


class OpinionAnswer(Model):
    """A panel member confirms a version or dissents with a reason; the newest answer counts."""

    __tablename__ = "opinion_answers"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_opinions.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"))
    ordinal: Mapped[int]
    answer: Mapped[str] = mapped_column(sa.String(10))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    answered_at: Mapped[datetime] = mapped_column(UTCDateTime)

    __table_args__ = (
        one_of("answer", ("confirm", "dissent")),
        sa.UniqueConstraint("opinion_id", "member_id", "ordinal"),
    )


class OpinionSettlement(Model):
    """The asking about a version has ended: all have answered, or the chair says who could not and why.

    `agreed`: more than half of the `voters` (member public ids) confirm it. What a ranking takes from an
    opinion is read here, so that nothing that comes later changes what was frozen.
    """

    __tablename__ = "opinion_settlements"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    opinion_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_opinions.id"), unique=True)
    agreed: Mapped[bool]
    voters: Mapped[Any] = mapped_column(CanonicalJSON)
    absent: Mapped[Any] = mapped_column(CanonicalJSON)
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    settled_at: Mapped[datetime] = mapped_column(UTCDateTime)
    settled_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
