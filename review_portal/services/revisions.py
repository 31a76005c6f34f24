"""Submitted sheets: written once, read back whole, bound by a salted commitment."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import canonical
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.models.reviews import Review, ReviewRevision, RevisionPoint
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Sheet:
    """A filled sheet: points and comments by item, opinion, conclusion."""

    points: Mapping[str, Decimal]
    comments: Mapping[str, str]
    opinion: str
    conclusion: str | None = None

    def _said(self, item: str) -> bool:
        return bool(self.comments.get(item, "").strip())

    def canonical(self) -> dict[str, object]:
        """What the commitment binds. Adding 0 takes the sign from a typed "-0": the database keeps none."""
        return {
            "points": {item: f"{value + 0:.2f}" for item, value in self.points.items()},
            "comments": {item: self.comments[item].strip() for item in self.points if self._said(item)},
            "opinion": self.opinion.strip(),
            "conclusion": self.conclusion,
        }


def add_revision(
    session: Session, review: Review, sheet: Sheet, *, request_key: str, reason: str = ""
) -> ReviewRevision:
    """Store `sheet` as the review's newest revision, in the caller's transaction."""
    last = session.scalar(
        sa.select(sa.func.max(ReviewRevision.ordinal)).where(ReviewRevision.review_id == review.id)
    )
    salt = secrets.token_bytes(32)
    revision = ReviewRevision(
        review_id=review.id,
        ordinal=(last or 0) + 1,
        opinion=sheet.opinion.strip(),
        conclusion=sheet.conclusion,
        reason=reason.strip(),
        salt=salt.hex(),
        commitment=bound(sheet, review.public_id, (last or 0) + 1, salt),
        request_key=request_key,
        submitted_at=now(),
    )
    session.add(revision)
    session.flush()
    session.execute(
        sa.insert(RevisionPoint),
        [
            {
                "revision_id": revision.id,
                "item": item,
                "points": value,
                "comment": sheet.comments.get(item, "").strip(),
            }
            for item, value in sheet.points.items()
        ],
    )
    review.revision_id = revision.id
    return revision


def bound(sheet: Sheet, review: str, ordinal: int, salt: bytes) -> str:
    """The commitment to a sheet as the so manieth submission of a review (its public id)."""
    return canonical.commitment(salt, {**sheet.canonical(), "review": review, "ordinal": ordinal})


def binds(sheet: Sheet, review: str, ordinal: int, salt: str, commitment: str) -> bool:
    """Whether `commitment` binds this sheet; a salt that is none binds nothing."""
    try:
        return bound(sheet, review, ordinal, bytes.fromhex(salt)) == commitment
    except ValueError:
        return False


def sheet_of(session: Session, revision_id: int) -> Sheet:
    """The stored sheet. Raises `NoResultFound` when there is none."""
    revision = session.scalars(sa.select(ReviewRevision).where(ReviewRevision.id == revision_id)).one()
    rows = session.execute(
        sa.select(RevisionPoint.item, RevisionPoint.points, RevisionPoint.comment)
        .where(RevisionPoint.revision_id == revision_id)
        .order_by(RevisionPoint.item)
    ).all()
    return Sheet(
        {row.item: row.points for row in rows},
        {row.item: row.comment for row in rows if row.comment},
        revision.opinion,
        revision.conclusion,
    )


def holds(session: Session, revision: ReviewRevision, review: Review) -> bool:
    """Whether the stored sheet still is what the receipt's commitment binds."""
    sheet = sheet_of(session, revision.id)
    return binds(sheet, review.public_id, revision.ordinal, revision.salt, revision.commitment)


def refuse_faulty(rules: Rules, stage: str, sheet: Sheet) -> None:
    """Raise `Invalid` with a sentence per item (and `opinion`, `conclusion`) unless the sheet is whole."""
    faults = rules.rubric_of(stage).check(
        sheet.points, sheet.comments, sheet.opinion, rules.comments, sheet.conclusion
    )
    if faults:
        raise Invalid(
            mark("还有%(n)s处需要补充或更正，尚未提交。", n=len(faults)),
            {fault.item or fault.kind: Message(fault.msgid, fault.params) for fault in faults},
        )
