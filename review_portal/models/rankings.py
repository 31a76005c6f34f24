"""Frozen rankings: a snapshot with rule, digests and software version."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Hundredths, Model, UTCDateTime, one_of, public_id_column

KINDS = ("shortlist", "final")


class Ranking(Model):
    """`body` is the canonical snapshot; `digest` its SHA-256. A shortlist belongs to one round.

    `panel` is that of the round; empty in a final ranking and where the stage has one panel.
    A re-examination gives another `version` beside the one it replaces; the newest counts, all stay.
    """

    __tablename__ = "rankings"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    panel: Mapped[str] = mapped_column(sa.String(32), default="")
    version: Mapped[int] = mapped_column(default=1)
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rankings.id"))
    reexamination_id: Mapped[int | None]  # no foreign key: the re-examination names the ranking it contests
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rounds.id"))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    input_digest: Mapped[str] = mapped_column(sa.String(64))
    rules_digest: Mapped[str] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    software: Mapped[str] = mapped_column(sa.String(40))
    frozen_at: Mapped[datetime] = mapped_column(UTCDateTime)
    frozen_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("kind", KINDS), sa.UniqueConstraint("call_id", "kind", "panel", "version"))


def newest(call_id: int | sa.SQLColumnExpression[int], kind: str, panel: str = "") -> sa.Select[Ranking]:
    """The version of a ranking that counts, of one of several panels where it has a key; none before it is
    frozen.
    """
    query = sa.select(Ranking).where(Ranking.call_id == call_id, Ranking.kind == kind, Ranking.panel == panel)
    return query.order_by(Ranking.version.desc()).limit(1)


class RankingRow(Model):
    """A dossier's place in a frozen ranking; `outcome` says why one without a place has none."""

    __tablename__ = "ranking_rows"
    __append_only__ = True

    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"), primary_key=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), primary_key=True)
    place: Mapped[int | None]
    score: Mapped[Decimal | None] = mapped_column(Hundredths)
    outcome: Mapped[str] = mapped_column(sa.String(20))
