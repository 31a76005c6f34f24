"""An expert's acts: pledge, declaration, draft, submission, withdrawal, recusal. Reading is in `sheets`."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Declaration, PanelMember
from review_portal.models.recusals import units_digest
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import audit, recusals, scopes
from review_portal.services.bindings import Bound
from review_portal.services.own_sheets import (
    Own,
    content_of,
    own_sheet,
    require_open,
    require_present,
    store_draft,
    typed_texts,
)
from review_portal.services.revisions import Sheet, add_revision, sheet_of
from review_portal.services.rules import rules_of
from scoring_rubrics import Fault, Rubric

REASON_MIN = 4


@dataclass(frozen=True, slots=True)
class Saved:
    """A stored draft: when, and the version to name at the next save."""

    saved_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """Proof of a submission: `commitment` is the salted SHA-256 that stands on the audit chain."""

    public_id: str
    commitment: str
    submitted_at: datetime


def sign_pledge(actor: Viewer, *, round_: str) -> None:
    """Confirm the pledge of a round once; the signed paper is registered apart. Raises `NotFound`."""
    with transaction() as session:
        member = session.scalars(
            sa.select(PanelMember)
            .join(Round, Round.id == PanelMember.round_id)
            .where(
                Round.public_id == round_, Round.state != "draft", PanelMember.expert_id == actor.expert_id
            )
            .with_for_update(of=PanelMember)
        ).first()
        if member is None:
            raise NotFound()
        if member.pledged_at is not None:
            return
        member.pledged_at = now()
        call_id = session.scalar(sa.select(Round.call_id).where(Round.id == member.round_id))
        audit.record(
            session,
            actor,
            "sign_pledge",
            object_kind="panel_member",
            object_id=member.public_id,
            call_id=call_id,
        )


def declare(actor: Viewer, *, dossier: str, answer: str, reason: str = "") -> None:
    """The expert's word on a dossier's names: `clear` opens the texts, `recuse` keeps them shut for good.

    Raises `NotFound` unless the dossier is assigned to the actor, `Invalid` without answer or reason.
    """
    if answer not in ("clear", "recuse"):
        raise Invalid(mark("请选择一项。"), {"answer": mark("请选择有无利害关系。")})
    _require_reason(reason, needed=answer == "recuse")
    with transaction() as session:
        found = session.scalars(
            scopes.visible_reviews(actor)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Dossier.public_id == dossier)
            .order_by(Round.position.desc())
        ).first()
        if found is None:
            raise NotFound()
        own = own_sheet(session, actor, found.public_id)
        digest = session.scalars(
            sa.select(units_digest()).where(DossierVersion.id == own.review.dossier_version_id)
        ).one()
        word = Declaration(
            call_id=own.call.id,
            expert_id=own.review.expert_id,
            dossier_id=own.review.dossier_id,
            units_digest=digest,
            answer=answer,
            reason=reason.strip(),
            declared_at=now(),
        )
        session.add(word)
        audit.record(
            session,
            actor,
            "declare",
            object_kind="dossier",
            object_id=dossier,
            call_id=own.call.id,
            detail={"answer": answer, "units": digest},
            bound=[Bound("declaration", word)],
        )
        if answer == "recuse":
            _recuse(session, actor, own, reason)


def request_recusal(actor: Viewer, *, review: str, reason: str) -> None:
    """Ask to be recused after reading: at once, for all rounds of the call. Raises `Invalid`, `Conflict`."""
    _require_reason(reason, needed=True)
    with transaction() as session:
        own = own_sheet(session, actor, review)
        _recuse(session, actor, own, reason)


def _require_reason(reason: str, *, needed: bool) -> None:
    if needed and len(reason.strip()) < REASON_MIN:
        sentence = mark("请填写回避事由，至少%(n)s个字。", n=REASON_MIN)
        raise Invalid(sentence, {"reason": sentence})


def _recuse(session: Session, actor: Viewer, own: Own, reason: str) -> None:
    if own.review.state == "submitted":
        raise Conflict(mark("该评分已提交。请先撤回修改，再申请回避。"))
    states.advance(states.REVIEW, own.review.state, "recuse")
    recusals.record(
        session,
        call_id=own.call.id,
        pair=(own.review.expert_id, own.review.dossier_id),
        rule="declaration",
        level="declared",
        reason=reason.strip(),
        by=actor.account_id,
    )
    rows = session.scalars(
        sa.select(Review)
        .join(Round, Round.id == Review.round_id)
        .where(
            Round.call_id == own.call.id,
            Review.expert_id == own.review.expert_id,
            Review.dossier_id == own.review.dossier_id,
        )
    )
    for row in rows:
        if states.may(states.REVIEW, row.state, "recuse"):
            row.state = states.advance(states.REVIEW, row.state, "recuse")
            recusals.forget_draft(session, row)
    audit.record(
        session,
        actor,
        "request_recusal",
        object_kind="review",
        object_id=own.review.public_id,
        call_id=own.call.id,
        detail={"reason": reason.strip()},
    )


def save_draft(actor: Viewer, *, review: str, content: Mapping[str, Any], base_version: int) -> Saved:
    """Keep what has been typed. `content`: points and comments by key, opinion, conclusion, all texts.

    Scratch: not on the audit chain. Saving the same again is no conflict. Raises `NotFound`,
    `NotAllowed`, `Conflict` with `theirs` (`StoredDraft`) when another window was faster.
    """
    with transaction() as session:
        own = own_sheet(session, actor, review)
        require_open(session, actor, own)
        draft = store_draft(session, own.review, content_of(own.rubric, content), base_version)
        if own.review.state != "draft":
            own.review.state = states.advance(states.REVIEW, own.review.state, "save")
        return Saved(draft.saved_at, draft.version)


def submit_review(
    actor: Viewer, *, review: str, sheet: Sheet, base_version: int, request_key: str
) -> Receipt:
    """Submit a filled sheet as a new immutable revision.

    The same key with the same sheet gives the same receipt, however often it arrives. Raises `Invalid`
    with `fields` (points.<item>, comments.<item or criterion>, opinion, conclusion), `Conflict`,
    `NotAllowed`, `NotFound`.
    """
    with transaction() as session:
        own = own_sheet(session, actor, review)
        key = hashlib.sha256(f"{own.review.public_id}:{request_key}".encode()).hexdigest()
        sheet = _on_items(own.rubric, sheet)
        earlier = _repeated(session, own.review, key, sheet)
        if earlier is not None:
            return _receipt(earlier)
        require_open(session, actor, own)
        _check(own, sheet)
        store_draft(session, own.review, content_of(own.rubric, typed_texts(sheet)), base_version)
        if own.review.state != "draft":
            own.review.state = states.advance(states.REVIEW, own.review.state, "save")
        own.review.state = states.advance(states.REVIEW, own.review.state, "submit")
        revision = add_revision(session, own.review, sheet, request_key=key)
        audit.record(
            session,
            actor,
            "submit_review",
            object_kind="review",
            object_id=own.review.public_id,
            call_id=own.call.id,
            detail={
                "revision": revision.public_id,
                "ordinal": revision.ordinal,
                "commitment": revision.commitment,
            },
        )
        return _receipt(revision)


def _on_items(rubric: Rubric, sheet: Sheet) -> Sheet:
    """A reason given for a whole criterion joins its first item's: a stored row is an item's."""
    comments = dict(sheet.comments)
    for criterion in rubric.criteria:
        whole = comments.pop(criterion.key, "").strip()
        if whole:
            first = criterion.items[0].key
            comments[first] = "\n".join(filter(None, (comments.get(first, "").strip(), whole)))
    return replace(sheet, comments=comments)


def _repeated(session: Session, review: Review, key: str, sheet: Sheet) -> ReviewRevision | None:
    earlier = session.scalars(sa.select(ReviewRevision).where(ReviewRevision.request_key == key)).first()
    if earlier is None:
        return None
    if sheet_of(session, earlier.id).canonical() != sheet.canonical():
        raise Conflict(mark("该评分表已提交。如需修改，请先撤回，再重新提交。"))
    return earlier


def _receipt(revision: ReviewRevision) -> Receipt:
    return Receipt(revision.public_id, revision.commitment, revision.submitted_at)


def _check(own: Own, sheet: Sheet) -> None:
    faults = own.rubric.check(
        sheet.points, sheet.comments, sheet.opinion, rules_of(own.call).comments, sheet.conclusion
    )
    if faults:
        raise Invalid(
            mark("评分尚未提交：有%(n)s处需要补填或改正，所填内容已保留。", n=len(faults)),
            {_field(fault): mark(fault.msgid, **fault.params) for fault in faults},
        )


def _field(fault: Fault) -> str:
    if fault.item is None:
        return fault.kind
    return f"{'comments' if fault.kind == 'comment' else 'points'}.{fault.item}"


def withdraw_review(actor: Viewer, *, review: str) -> None:
    """Take an own submission back until the round closes; the revision stays. Raises `NotAllowed`."""
    with transaction() as session:
        own = own_sheet(session, actor, review)
        policy.can_withdraw(actor, own.review, own.round.state).require()
        require_present(session, own)
        commitment = session.scalar(
            sa.select(ReviewRevision.commitment).where(ReviewRevision.id == own.review.revision_id)
        )
        own.review.state = states.advance(states.REVIEW, own.review.state, "withdraw")
        own.review.revision_id = None  # nothing counts until it is submitted again
        audit.record(
            session,
            actor,
            "withdraw_review",
            object_kind="review",
            object_id=own.review.public_id,
            call_id=own.call.id,
            detail={"commitment": commitment},
        )
