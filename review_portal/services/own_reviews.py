"""What an expert reads of own work beside the sheet: stored draft, earlier review, a receipt's check."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import ReconciliationCase, Review, ReviewDraft, ReviewRevision
from review_portal.services import recusals, revisions, scopes
from review_portal.services.own_sheets import StoredDraft
from review_portal.services.revisions import Sheet
from review_portal.services.rules import rules_of
from review_portal.services.sheet_checks import TOLD_BY
from review_portal.services.sheets import locked_by
from scoring_rubrics import Rubric


@dataclass(frozen=True, slots=True)
class DraftState:
    """What is stored of a sheet now, None before the first save, and why it can no longer be changed."""

    stored: StoredDraft | None
    locked: Message


@dataclass(frozen=True, slots=True)
class EarlierReview:
    """The viewer's own submitted review of the same dossier in an earlier round."""

    round_name: str
    receipt: str
    submitted_at: datetime
    sheet: Sheet
    rubric: Rubric


@dataclass(frozen=True, slots=True)
class ReceiptCheck:
    """An own receipt against what is kept.

    `holds`: the stored sheet is what the check code binds. `recorded`: the code stands on the audit
    chain. `code_agrees`: the code that was typed is the receipt's, None when none was typed.
    """

    receipt: str
    number: str
    unit: str
    round_name: str
    ordinal: int
    submitted_at: datetime
    commitment: str
    holds: bool
    recorded: bool
    code_agrees: bool | None
    current: bool

    @property
    def agrees(self) -> bool:
        """Whether everything says the same."""
        return self.holds and self.recorded and self.code_agrees is not False


def draft_state(viewer: Viewer, *, review: str) -> DraftState:
    """For a page that comes back to view: whether another window has stored anything. Raises `NotFound`."""
    session = db.session()
    row = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(Round, PanelMember.left_at, Dossier.state.label("standing"), ReviewDraft)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .outerjoin(ReviewDraft, ReviewDraft.review_id == Review.id)
        .where(Review.public_id == review)
    ).first()
    if row is None or recusals.kept_apart(
        session, row.Round.call_id, (row.Review.expert_id, row.Review.dossier_id)
    ):
        raise NotFound()
    draft = row.ReviewDraft
    return DraftState(
        StoredDraft(draft.content, draft.saved_at, draft.version) if draft else None,
        locked_by(viewer, row.Review, row.Round, left=row.left_at is not None, standing=row.standing),
    )


def earlier_review(viewer: Viewer, *, review: str) -> EarlierReview | None:
    """The viewer's own review of this dossier in the round before, if one was submitted. Four queries.

    Raises `NotFound` for a sheet that is not the viewer's.
    """
    session = db.session()
    here = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(Round, Call)
        .join(Call, Call.id == Round.call_id)
        .where(Review.public_id == review)
    ).first()
    if here is None:
        raise NotFound()
    row = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(ReviewRevision, Round)
        .join(ReviewRevision, ReviewRevision.id == Review.revision_id)
        .where(
            Review.dossier_id == here.Review.dossier_id,
            Review.state == "submitted",
            Round.call_id == here.Round.call_id,
            Round.position < here.Round.position,
        )
        .order_by(Round.position.desc())
    ).first()
    if row is None:
        return None
    _review, revision, round_ = row
    rules = rules_of(here.Call)
    return EarlierReview(
        rules.round_name(round_.stage, round_.panel),
        revision.public_id,
        revision.submitted_at,
        revisions.sheet_of(session, revision.id),
        rules.rubric_of(round_.stage),
    )


def check_receipt(viewer: Viewer, *, receipt: str, code: str) -> ReceiptCheck | None:
    """An own receipt, found by its number or by its check code (its beginning is enough).

    None when the viewer has no such receipt: foreign, recused and never issued are one.
    """
    session = db.session()
    query = _own_receipts(viewer)
    if receipt:
        query = query.where(ReviewRevision.public_id == receipt)
    elif code:
        query = query.where(ReviewRevision.commitment.startswith(code, autoescape=True))
    else:
        return None
    row = session.execute(query).first()
    if row is None:
        return None
    review, revision, round_, call, dossier = row
    return ReceiptCheck(
        revision.public_id,
        dossier.number,
        dossier.unit_name,
        rules_of(call).round_name(round_.stage, round_.panel),
        revision.ordinal,
        revision.submitted_at,
        revision.commitment,
        revisions.holds(session, revision, review),
        _recorded(session, review, revision),
        revision.commitment.startswith(code) if code else None,
        review.revision_id == revision.id,
    )


def _own_receipts(viewer: Viewer) -> sa.Select[Any]:
    apart = sa.select(Recusal.id).where(
        Recusal.call_id == Round.call_id,
        Recusal.expert_id == Review.expert_id,
        Recusal.dossier_id == Review.dossier_id,
        standing(),
    )
    return (
        scopes.visible_reviews(viewer)
        .add_columns(ReviewRevision, Round, Call, Dossier)
        .join(ReviewRevision, ReviewRevision.review_id == Review.id)
        .join(Call, Call.id == Round.call_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(~apart.exists())
        .order_by(ReviewRevision.id.desc())
    )


def _recorded(session: Session, review: Review, revision: ReviewRevision) -> bool:
    """Whether the audit chain tells of this commitment: as a submission, or as the answer to a case."""
    case = aliased(ReconciliationCase)
    cases = sa.select(case.public_id).where(case.review_id == review.id)
    details = session.scalars(
        sa.select(AuditEntry.detail).where(
            AuditEntry.action.in_(TOLD_BY),
            sa.or_(AuditEntry.object_id == review.public_id, AuditEntry.object_id.in_(cases)),
        )
    )
    return any(detail.get("commitment") == revision.commitment for detail in details)
