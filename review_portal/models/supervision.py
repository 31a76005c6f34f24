"""监督记录: what each supervisor noted of each node, version by version, and the forms made of it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

VERDICTS = ("normal", "remark")


class SupervisionNote(Model):
    """One supervisor's note on a node; a correction is the next `ordinal`, with its reason.

    node: "e" and the number of the entry of the trail that the node is, or "o" and a random id for a node
    of a supervisor's own, which alone has `title` and `happened_at`.
    """

    __tablename__ = "supervision_notes"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    round_id: Mapped[int | None] = mapped_column(sa.ForeignKey("rounds.id"))
    node: Mapped[str] = mapped_column(sa.String(16))
    title: Mapped[str] = mapped_column(sa.String(60), default="")
    happened_at: Mapped[datetime | None] = mapped_column(UTCDateTime)
    place: Mapped[str] = mapped_column(sa.String(100), default="")
    verdict: Mapped[str] = mapped_column(sa.String(8))
    remark: Mapped[str] = mapped_column(sa.Text, default="")
    ordinal: Mapped[int]
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    written_at: Mapped[datetime] = mapped_column(UTCDateTime)
    written_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("verdict", VERDICTS),
        sa.UniqueConstraint("call_id", "node", "written_by", "ordinal"),
    )


class SupervisionForm(Model):
    """监督记录表 as it was made for signature: `body` is what it prints, `digest` its check code."""

    __tablename__ = "supervision_forms"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    ordinal: Mapped[int]
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    made_at: Mapped[datetime] = mapped_column(UTCDateTime)
    made_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("call_id", "ordinal"),)
