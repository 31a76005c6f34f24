"""The published result: versions of the final list, what changed it, its papers, who was told by letter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from review_portal.db import CanonicalJSON, Model, UTCDateTime, one_of, public_id_column

PAPERS = ("list", "newcomer", "changed")
CHANGES = ("vacate", "fill", "correct")
CAUSES = ("withdrawn", "cancelled", "disqualified", "filled", "corrected", "later")
RESULTS = ("claimed", "sent", "failed", "skipped", "unknown")
OUTCOMES = ("selected", "not_selected", "cancelled")
WAYS = ("handed", "posted", "other")


class ListPaper(Model):
    """A paper that the office still edits: the notice of a version of the list, or one on a change of it.

    `ordinal`: the version of the list, or the number of the change that the notice is about.
    """

    __tablename__ = "list_papers"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    ordinal: Mapped[int]
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    updated_at: Mapped[datetime] = mapped_column(UTCDateTime)
    updated_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    version: Mapped[int] = mapped_column(default=1)

    __mapper_args__ = {"version_id_col": version}
    __table_args__ = (one_of("kind", PAPERS), sa.UniqueConstraint("call_id", "kind", "ordinal"))


class ListChange(Model):
    """A recorded decision that a place falls vacant, is filled, or that the notice's words are put right.

    It counts as long as the decision on the ranking does that it changes. `meeting` names the meeting or the
    letter it rests on, `minutes_number` its number, `scan` the SHA-256 of the file. `replaces_id`: whose
    place a newcomer takes; `departures`: why not the next one in rank.
    """

    __tablename__ = "list_changes"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decisions.id"))
    ordinal: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(8))
    cause: Mapped[str] = mapped_column(sa.String(12))
    dossier_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dossiers.id"))
    replaces_id: Mapped[int | None] = mapped_column(sa.ForeignKey("dossiers.id"))
    meeting: Mapped[str] = mapped_column(sa.String(100))
    held_on: Mapped[date]
    minutes_number: Mapped[str] = mapped_column(sa.String(100))
    reason: Mapped[str] = mapped_column(sa.Text)
    departures: Mapped[str] = mapped_column(sa.Text, default="")
    after_list: Mapped[bool]  # the list was final when it was decided
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    scan: Mapped[str] = mapped_column(sa.String(64))
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    checked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (
        one_of("kind", CHANGES),
        one_of("cause", CAUSES),
        sa.UniqueConstraint("call_id", "ordinal"),
    )


class ListAppearance(Model):
    """When and where a notice on a change appeared, and the period that follows; the newest counts."""

    __tablename__ = "list_appearances"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("list_papers.id"))
    ordinal: Mapped[int]
    url: Mapped[str] = mapped_column(sa.String(500))
    appeared_on: Mapped[date]
    working_days: Mapped[int]
    first_day: Mapped[date]
    last_day: Mapped[date]
    scan_id: Mapped[int] = mapped_column(sa.ForeignKey("stored_files.id"))
    scan: Mapped[str] = mapped_column(sa.String(64))
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("paper_id", "ordinal"),)


class FinalList(Model):
    """One version of the list as two people released it; the newest counts, all stay.

    `units`: (dossier, lead unit, members, recommending unit) in the list's order; `upto`: the number of the
    last change in it, 0 before any.
    """

    __tablename__ = "final_lists"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    call_id: Mapped[int] = mapped_column(sa.ForeignKey("calls.id"))
    ordinal: Mapped[int]
    decision_id: Mapped[int] = mapped_column(sa.ForeignKey("decisions.id"))
    paper_id: Mapped[int] = mapped_column(sa.ForeignKey("list_papers.id"), unique=True)
    upto: Mapped[int]
    number: Mapped[str] = mapped_column(sa.String(100))
    issued_on: Mapped[date]
    facts: Mapped[Any] = mapped_column(CanonicalJSON)
    units: Mapped[Any] = mapped_column(CanonicalJSON)
    digest: Mapped[str] = mapped_column(sa.String(64))
    reason: Mapped[str] = mapped_column(sa.Text)
    approval_id: Mapped[int] = mapped_column(sa.ForeignKey("approvals.id"), unique=True)
    released_at: Mapped[datetime] = mapped_column(UTCDateTime)
    released_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))
    checked_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (sa.UniqueConstraint("call_id", "ordinal"),)


class ResultNotice(Model):
    """One applicant to be written to by one job; `letter` is the SHA-256 of the letter that it tells of."""

    __tablename__ = "result_notices"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    job_id: Mapped[int] = mapped_column(sa.ForeignKey("jobs.id"))
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("final_lists.id"), index=True)
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"))
    outcome: Mapped[str] = mapped_column(sa.String(12))
    letter: Mapped[str] = mapped_column(sa.String(64))

    __table_args__ = (
        one_of("outcome", OUTCOMES),
        sa.UniqueConstraint("job_id", "dossier_id"),
    )


class ResultNoticeEvent(Model):
    """claimed: about to be sent, once only; then how it ended, as with reminders. `address` is masked."""

    __tablename__ = "result_notice_events"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(sa.ForeignKey("result_notices.id"))
    kind: Mapped[str] = mapped_column(sa.String(8))
    at: Mapped[datetime] = mapped_column(UTCDateTime)
    address: Mapped[str] = mapped_column(sa.String(200), default="")
    error: Mapped[str] = mapped_column(sa.String(16), default="")
    reply: Mapped[int | None]

    __table_args__ = (one_of("kind", RESULTS), sa.UniqueConstraint("notice_id", "kind"))


class ResultDelivery(Model):
    """How a signed letter reached its applicant; the newest of a letter counts."""

    __tablename__ = "result_deliveries"
    __append_only__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = public_id_column()
    list_id: Mapped[int] = mapped_column(sa.ForeignKey("final_lists.id"))
    dossier_id: Mapped[int] = mapped_column(sa.ForeignKey("dossiers.id"))
    ordinal: Mapped[int]
    way: Mapped[str] = mapped_column(sa.String(8))
    delivered_on: Mapped[date]
    receiver: Mapped[str] = mapped_column(sa.String(100))
    note: Mapped[str] = mapped_column(sa.String(200), default="")
    recorded_at: Mapped[datetime] = mapped_column(UTCDateTime)
    recorded_by: Mapped[int] = mapped_column(sa.ForeignKey("accounts.id"))

    __table_args__ = (one_of("way", WAYS), sa.UniqueConstraint("list_id", "dossier_id", "ordinal"))
