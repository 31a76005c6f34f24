"""The publicity draft that a person edits, and every state it was in; releasing it is a two-person act."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, public_id_column


class NoticeDraft(Model):
    """The notice on one version of the ranking; the newest of a call is the one that is worked on.

    `texts`: part -> (text, reason, excuse, what it leaves out) of the sentences that a person has put
    otherwise. A later `edition` on the same ranking corrects a released one, `correction` says why.
    """

    __tablename__ = "notice_drafts"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    ranking_id: Mapped[int] = mapped_column(sa.ForeignKey("rankings.id"))
    edition: Mapped[int] = mapped_column(default=1)
    correction: Mapped[str] = mapped_column(sa.Text, default="")
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    texts: Mapped[Any] = mapped_column(CanonicalJSON, default=dict)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (sa.UniqueConstraint("call_id", "ranking_id", "edition"),)


class NoticeEdit(Model):
    """The draft as it was kept at one time: what stood before an edit can always be seen again."""

    __tablename__ = "notice_edits"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(sa.ForeignKey("notice_drafts.id"), index=True)
    ordinal: Mapped[int]
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    texts: Mapped[Any] = mapped_column(CanonicalJSON)
    edited_at: Mapped[datetime] = mapped_column(UTCDateTime)
    edited_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("draft_id", "ordinal"),)
