"""The office's own facts for letters, the letters it issued on dossiers, and how each was delivered."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

LETTER_KINDS = ("correction", "rejection")
DELIVERY_WAYS = ("direct", "leaving", "post", "entrusted", "electronic", "public")


class OfficeFacts(Model):
    """One version of the call's office facts (办公信息); the newest counts."""

    __tablename__ = "office_facts"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    ordinal: Mapped[int]
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("call_id", "ordinal"),)


class IssuedLetter(Model):
    """A letter as it was issued (签发): `body` is all it says, `digest` that of the body.

    `source` is what it tells: the act of returning or rejecting.
    """

    __tablename__ = "issued_letters"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"), index=True)
    kind: Mapped[str] = mapped_column(sa.String(12))
    source: Mapped[int]  # the act's id: one letter each
    number: Mapped[str] = mapped_column(sa.String(60))
    issued_on: Mapped[date]
    signed_by: Mapped[str] = mapped_column(sa.String(64))
    body: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("kind", LETTER_KINDS),
        sa.UniqueConstraint("call_id", "number"),
        sa.UniqueConstraint("kind", "source"),
    )


class LetterDelivery(Model):
    """When, how and to whom a letter was delivered (送达): once; what it decides takes effect with it."""

    __tablename__ = "letter_deliveries"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    letter_id: Mapped[int] = mapped_column(sa.ForeignKey("issued_letters.id"), unique=True)
    delivered_on: Mapped[date]
    way: Mapped[str] = mapped_column(sa.String(12))
    receiver: Mapped[str] = mapped_column(sa.String(64))
    note: Mapped[str] = mapped_column(sa.Text, default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("way", DELIVERY_WAYS),)
