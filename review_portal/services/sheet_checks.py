"""Submitted sheets recomputed against receipts and chain: which do not hold, and no figure of any."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from review_portal.services import revisions
from review_portal.services.revisions import Sheet

TOLD_BY = (
    "submit_review",
    "answer_case",
    "transcribe_review",
)  # acts whose entries hold a sheet's commitment
BATCH = 2000


@dataclass(frozen=True, slots=True)
class AlteredSheet:
    """A submission by its dossier's number and the number of its receipt; whose it is is not told."""

    number: str
    receipt: str


@dataclass(frozen=True, slots=True)
class SheetReport:
    """`sheets` are no longer what was submitted; `lost` are entries of which the sheet is gone."""

    sheets: tuple[AlteredSheet, ...]
    lost: tuple[int, ...]


def altered(session: Session) -> SheetReport:
    """Recompute every submission that is kept. Two queries a batch of sheets, two for the whole.

    A sheet holds if its receipt's commitment binds what is stored and stands on the chain, and if, of a
    submitted review, it is the newest that counts.
    """
    told = _told(session)
    found = set(_turned_back(session))
    for part, points in _batches(session):
        for row in part:
            sequence = told.pop(row.commitment, None)
            if sequence is None or not _holds(row, points.get(row.id, ())):
                found.add(AlteredSheet(row.number, row.receipt))
    return SheetReport(
        tuple(sorted(found, key=lambda sheet: (sheet.number, sheet.receipt))), tuple(sorted(told.values()))
    )


def _told(session: Session) -> dict[str, int]:
    """Each commitment on the chain and the entry that tells of it."""
    rows = session.execute(
        sa.select(AuditEntry.sequence, AuditEntry.detail).where(AuditEntry.action.in_(TOLD_BY))
    )
    return {detail["commitment"]: sequence for sequence, detail in rows if detail.get("commitment")}


def _batches(session: Session) -> Iterator[tuple[list[Any], Mapping[int, list[Any]]]]:
    """Submissions with their points by submission, in parts, so that their number costs no memory."""
    last = 0
    while True:
        part = session.execute(_submissions().where(ReviewRevision.id > last).limit(BATCH)).all()
        if not part:
            return
        points: dict[int, list[Any]] = {}
        for row in session.execute(
            sa.select(
                RevisionPoint.revision_id, RevisionPoint.item, RevisionPoint.points, RevisionPoint.comment
            ).where(RevisionPoint.revision_id > last, RevisionPoint.revision_id <= part[-1].id)
        ):
            points.setdefault(row.revision_id, []).append(row)
        yield list(part), points
        last = part[-1].id


def _submissions() -> sa.Select[int, str, int, str, str | None, str, str, str, str]:
    return (
        sa.select(
            ReviewRevision.id,
            ReviewRevision.public_id.label("receipt"),
            ReviewRevision.ordinal,
            ReviewRevision.opinion,
            ReviewRevision.conclusion,
            ReviewRevision.salt,
            ReviewRevision.commitment,
            Review.public_id.label("review"),
            Dossier.number,
        )
        .join(Review, Review.id == ReviewRevision.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .order_by(ReviewRevision.id)
    )


def _holds(row: Any, points: Any) -> bool:
    values: dict[str, Decimal] = {item.item: item.points for item in points}
    sheet = Sheet(values, {item.item: item.comment for item in points}, row.opinion, row.conclusion)
    return revisions.binds(sheet, row.review, row.ordinal, row.salt, row.commitment)


def _turned_back(session: Session) -> Iterator[AlteredSheet]:
    """Submitted reviews that count another sheet than their newest. One query."""
    newest = (
        sa.select(sa.func.max(ReviewRevision.ordinal))
        .where(ReviewRevision.review_id == Review.id)
        .correlate(Review)
        .scalar_subquery()
    )
    last = aliased(ReviewRevision)
    for row in session.execute(
        sa.select(Dossier.number, last.public_id)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(last, (last.review_id == Review.id) & (last.ordinal == newest))
        .where(Review.state == "submitted", Review.revision_id.is_distinct_from(last.id))
    ):
        yield AlteredSheet(row.number, row.public_id)
