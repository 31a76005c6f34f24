"""Each expert's word on the own sheets before the list leaves: 确认与本人评分一致, or not, and why."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

ANSWERS = ("confirmed", "disputed", "paper", "absent")


class ScoreConfirmation(Model):
    """A member's newest word on a round counts. `sheets` are (number, receipt code, total), `digest` theirs.

    paper: signed with a pen; absent: the expert could not be asked. Both are the word of two people.
    """

    __tablename__ = "score_confirmations"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    round_id: Mapped[int] = mapped_column(sa.ForeignKey("rounds.id"), index=True)
    member_id: Mapped[int] = mapped_column(sa.ForeignKey("panel_members.id"))
    answer: Mapped[str] = mapped_column(sa.String(10))
    sheets: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text, default="")
    approval_id: Mapped[int | None] = mapped_column(sa.ForeignKey("approvals.id"))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("answer", ANSWERS),)
