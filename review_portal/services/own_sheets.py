"""One expert's own sheet inside a transaction: found, locked, allowed to be filled, its draft kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import PanelMember, present
from review_portal.models.recusals import units_digest
from review_portal.models.reviews import Review, ReviewDraft
from review_portal.services import recusals, scopes
from review_portal.services.revisions import Sheet
from review_portal.services.rules import rules_of
from scoring_rubrics import Rubric

GONE = mark("该单位已撤回申报，不需再评。已填内容留存，不计入评审。")
LEFT = mark("您已退出本轮评审，评分表不能再改。")
DRAFT_LIMIT = 60_000  # characters of a whole draft; a sheet with every comment filled has a tenth of it


@dataclass(frozen=True, slots=True)
class StoredDraft:
    """What another window has stored: `Conflict.theirs`."""

    content: Mapping[str, Any]
    saved_at: datetime
    version: int


@dataclass(frozen=True, slots=True)
class Own:
    """The sheet, its round (locked against closing), its call and the rubric it is scored by."""

    review: Review
    round: Round
    call: Call
    rubric: Rubric


def own_sheet(session: Session, actor: Viewer, review: str) -> Own:
    """The actor's own sheet, locked after its round, so that closing waits for it. Raises `NotFound`."""
    found = session.scalars(scopes.visible_reviews(actor).where(Review.public_id == review)).first()
    if found is None:
        raise NotFound()
    round_ = session.scalars(
        sa.select(Round).where(Round.id == found.round_id).with_for_update(read=True)
    ).one()
    row = session.scalars(
        sa.select(Review)
        .where(Review.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    ).one()
    apart = recusals.kept_apart(session, round_.call_id, (row.expert_id, row.dossier_id))
    if row.state == "recused" or apart:
        raise NotFound()
    _refuse_left(session, row)
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    return Own(row, round_, call, rules_of(call).rubric_of(round_.stage))


def _refuse_left(session: Session, review: Review) -> None:
    """Who has left the round leaves the sheets as they are."""
    left = session.scalar(
        sa.select(PanelMember.left_at).where(
            PanelMember.round_id == review.round_id, PanelMember.expert_id == review.expert_id
        )
    )
    if left is not None:
        raise Conflict(LEFT)


def require_open(session: Session, actor: Viewer, own: Own) -> None:
    """The sheet may be filled: it is open, the texts may be read, the dossier is still in."""
    policy.can_score(actor, own.review, own.round.state).require()
    require_present(session, own)
    row = session.execute(
        sa.select(PanelMember.pledged_at, units_digest().label("units"), Dossier.state)
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(DossierVersion, DossierVersion.id == Review.dossier_version_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.id == own.review.id)
    ).one()
    declared = recusals.has_declared(
        session, own.call.id, (own.review.expert_id, own.review.dossier_id), row.units
    )
    policy.can_read_dossier(
        actor, is_own=True, declared=declared, recused=False, pledged=row.pledged_at is not None
    ).require()
    if row.state != "eligible":
        raise Conflict(GONE)


def require_present(session: Session, own: Own) -> None:
    """In a stage scored on site nothing is filled from outside the room. Raises `NotAllowed`."""
    here = session.scalar(
        sa.select(PanelMember.id).where(
            PanelMember.round_id == own.round.id, PanelMember.expert_id == own.review.expert_id, present()
        )
    )
    mode = rules_of(own.call).stage(own.round.stage).mode
    policy.can_open_in_mode(mode, here is not None).require()


def content_of(rubric: Rubric, given: Mapping[str, Any]) -> dict[str, object]:
    """What a draft keeps: texts as typed, also those that are no points yet, and only the sheet's fields.

    Raises `Invalid` when there is more than a sheet can need.
    """
    items = [item.key for item in rubric.items]
    points = _texts(given.get("points"), items)
    comments = _texts(given.get("comments"), items)
    opinion, conclusion = str(given.get("opinion") or ""), str(given.get("conclusion") or "")
    if sum(len(text) for text in (*points.values(), *comments.values(), opinion)) > DRAFT_LIMIT:
        raise Invalid(mark("填写的文字过长，未能暂存。请缩短评分理由后再试。"))
    return {"points": points, "comments": comments, "opinion": opinion, "conclusion": conclusion}


def typed_texts(sheet: Sheet) -> dict[str, object]:
    """A stored sheet as the texts of a form."""
    return {
        "points": {item: f"{value:f}" for item, value in sheet.points.items()},
        "comments": dict(sheet.comments),
        "opinion": sheet.opinion,
        "conclusion": sheet.conclusion or "",
    }


def _texts(given: Mapping[str, Any] | None, keys: Sequence[str]) -> dict[str, str]:
    return {key: str(given[key]) for key in keys if given and given.get(key)}


def store_draft(
    session: Session, review: Review, content: dict[str, object], base_version: int
) -> ReviewDraft:
    """Put the draft; refused when another window stored something else since `base_version`."""
    draft = session.scalars(sa.select(ReviewDraft).where(ReviewDraft.review_id == review.id)).first()
    if draft is None:
        draft = ReviewDraft(review_id=review.id, content=content, saved_at=now())
        session.add(draft)
    elif draft.content != content:
        if draft.version != base_version:
            raise Conflict(theirs=StoredDraft(draft.content, draft.saved_at, draft.version))
        draft.content, draft.saved_at = content, now()
    session.flush()
    return draft
