"""An expert's own sheet for reading: who is to be judged, the dossier beside the rubric, the receipt."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.domain.records import ApplicationForm
from review_portal.models.calls import Round
from review_portal.models.experts import PanelMember
from review_portal.models.recusals import sheet_counts
from review_portal.models.reviews import (
    ReconciliationCase,
    Review,
    ReviewDraft,
    ReviewRevision,
    RevisionPoint,
)
from review_portal.services import attachment_views, paper_views, revisions, scopes
from review_portal.services.attachment_views import AttachmentRow
from review_portal.services.case_rows import TOLD_EXPERT, why_late
from review_portal.services.own_gates import Found, Gate, find, readable, require_present
from review_portal.services.own_sheets import GONE, LEFT, typed_texts
from review_portal.services.paper_views import Source
from review_portal.services.revisions import Sheet
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from scoring_rubrics import CommentRule, Rubric


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One submission of the sheet; every one is kept."""

    public_id: str
    ordinal: int
    submitted_at: datetime
    current: bool


@dataclass(frozen=True, slots=True)
class SheetView:
    """The whole page. `content` holds texts as typed (points, comments, opinion, conclusion).

    `version` is what the next save names, 0 before the first. `locked` says why nothing can be typed,
    empty while it can. `passages` maps an evidence path to whether the dossier has something there.
    """

    gate: Gate
    form: ApplicationForm
    rules: Rules
    rubric: Rubric
    content: Mapping[str, Any]
    version: int
    saved_at: datetime | None
    locked: Message
    passages: Mapping[str, bool]
    scans: tuple[AttachmentRow, ...]
    receipts: tuple[ReceiptLine, ...]


@dataclass(frozen=True, slots=True)
class ReceiptView:
    """A submission as kept: `holds` says that the stored sheet still is what `commitment` binds."""

    gate: Gate
    public_id: str
    ordinal: int
    submitted_at: datetime
    commitment: str
    holds: bool
    current: bool
    may_withdraw: bool
    sheet: Sheet
    rubric: Rubric
    receipts: tuple[ReceiptLine, ...]
    source: Source | None  # who typed it from paper


@dataclass(frozen=True, slots=True)
class CaseView:
    """A reconciliation case for the expert it asks: the own sheet alone, nothing of others.

    `others`: code and total of the other experts, where the call's rule shows them. `late` says why no answer
    is taken any more, empty while one is. `lapsed`: why it was recorded that no answer came.
    """

    public_id: str
    question: str
    opened_at: datetime
    answer: str | None
    reason: str
    answered_at: datetime | None
    may_answer: bool
    due_at: datetime
    late: Message
    others: tuple[tuple[str, Decimal], ...]
    before: ReceiptLine
    after: ReceiptLine | None
    view: SheetView


def blank_form(viewer: Viewer, *, review: str) -> tuple[Rubric, CommentRule]:
    """What a sent form is read by, without the dossier. Raises `NotFound`."""
    found = find(db.session(), viewer, review)
    rules = rules_of(found.call)
    return rules.rubric_of(found.round.stage), rules.comments


def open_sheet(viewer: Viewer, *, review: str) -> SheetView:
    """The dossier beside the rubric, with the own draft. Raises `NotFound`, `NotAllowed` before pledge
    and declaration."""
    session = db.session()
    found = readable(session, viewer, review)
    draft = session.execute(
        sa.select(ReviewDraft.content, ReviewDraft.saved_at, ReviewDraft.version).where(
            ReviewDraft.review_id == found.review.id
        )
    ).first()
    return _view(
        session,
        found,
        draft.content if draft else {},
        draft.version if draft else 0,
        draft.saved_at if draft else None,
        locked_by(viewer, found.review, found.round, left=found.left, standing=found.dossier.state),
    )


def locked_by(viewer: Viewer, review: Review, round_: Round, *, left: bool, standing: str) -> Message:
    """Why nothing can be typed, empty while it can: what saving would be refused with."""
    if left:
        return LEFT
    may = policy.can_score(viewer, review, round_.state)
    return GONE if may and standing == "withdrawn" else may.reason


def _view(
    session: Session,
    found: Found,
    content: Mapping[str, Any],
    version: int,
    saved_at: datetime | None,
    locked: Message,
) -> SheetView:
    rules = rules_of(found.call)
    rubric = rules.rubric_of(found.round.stage)
    form = ApplicationForm.from_json(found.version.form)
    paths = {evidence.path for item in rubric.items for evidence in item.evidence}
    return SheetView(
        found.gate,
        form,
        rules,
        rubric,
        content,
        version,
        saved_at,
        locked,
        {path: bool(form.at(path)) for path in paths},
        attachment_views.of_dossiers(session, [found.dossier.id])[found.dossier.id],
        _receipts(session, found.review),
    )


def case_sheet(viewer: Viewer, *, case: str) -> CaseView:
    """The own sheet that a case asks about, with its points as submitted. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(ReconciliationCase)
        .join(ReconciliationCase, ReconciliationCase.review_id == Review.id)
        .where(
            ReconciliationCase.public_id == case,
            ReconciliationCase.state.in_(TOLD_EXPERT),  # nothing is known of one that waits for a countersign
            Review.state == "submitted",
        )
    ).first()
    if row is None:
        raise NotFound()
    review, asked = row
    found = find(session, viewer, review.public_id)
    require_present(found)
    stands = revisions.sheet_of(session, asked.after_revision_id or asked.before_revision_id)
    late = why_late(asked, found.round)
    view = _view(session, found, typed_texts(stands), 0, None, Message(""))
    order = {
        line: place
        for place, line in session.execute(
            sa.select(ReviewRevision.ordinal, ReviewRevision.id).where(ReviewRevision.review_id == review.id)
        )
    }
    by_ordinal = {line.ordinal: line for line in view.receipts}
    after = by_ordinal[order[asked.after_revision_id]] if asked.after_revision_id else None
    return CaseView(
        asked.public_id,
        asked.question,
        asked.opened_at,
        asked.answer,
        asked.reason,
        asked.answered_at,
        not late.msgid,
        asked.due_at,
        late if asked.state != "answered" else Message(""),
        _others(session, found, review) if view.rules.reconciliation.show_others else (),
        by_ordinal[order[asked.before_revision_id]],
        after,
        view,
    )


def _others(session: Session, found: Found, review: Review) -> tuple[tuple[str, Decimal], ...]:
    """Code and total of the dossier's other sheets, by code. The round is unsealed: a case stands in it."""
    rows = session.execute(
        sa.select(PanelMember.code, sa.func.sum(RevisionPoint.points))
        .select_from(Review)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .join(RevisionPoint, RevisionPoint.revision_id == Review.revision_id)
        .where(
            Review.round_id == review.round_id,
            Review.dossier_id == found.dossier.id,
            Review.id != review.id,
            sheet_counts(None),
        )
        .group_by(PanelMember.code)
        .order_by(PanelMember.code)
    )
    return tuple((code or "", total) for code, total in rows)


def _receipts(session: Session, review: Review) -> tuple[ReceiptLine, ...]:
    rows = session.execute(
        sa.select(
            ReviewRevision.id, ReviewRevision.public_id, ReviewRevision.ordinal, ReviewRevision.submitted_at
        )
        .where(ReviewRevision.review_id == review.id)
        .order_by(ReviewRevision.ordinal)
    )
    return tuple(
        ReceiptLine(row.public_id, row.ordinal, row.submitted_at, row.id == review.revision_id)
        for row in rows
    )


def receipt(viewer: Viewer, *, revision: str) -> ReceiptView:
    """An own submission as it is kept, checked against its commitment. Raises `NotFound`."""
    session = db.session()
    row = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(ReviewRevision)
        .join(ReviewRevision, ReviewRevision.review_id == Review.id)
        .where(ReviewRevision.public_id == revision)
    ).first()
    if row is None:
        raise NotFound()
    review, stored = row
    found = find(session, viewer, review.public_id)
    current = review.revision_id == stored.id
    return ReceiptView(
        found.gate,
        stored.public_id,
        stored.ordinal,
        stored.submitted_at,
        stored.commitment,
        revisions.holds(session, stored, review),
        current,
        current
        and found.dossier.state != "withdrawn"  # nothing could be submitted in its place
        and bool(policy.can_withdraw(viewer, review, found.round.state)),
        revisions.sheet_of(session, stored.id),
        rules_of(found.call).rubric_of(found.round.stage),
        _receipts(session, review),
        paper_views.source_of(session, stored.id),
    )
