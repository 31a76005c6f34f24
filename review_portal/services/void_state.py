"""Whether somebody has asked for a submitted sheet to be voided, for every act that has to wait for it."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.models.approvals import Approval
from review_portal.models.calls import Round
from review_portal.models.cases import VoidRequest

ACTION = "void_review"


def _waiting() -> sa.ColumnElement[bool]:
    return (Approval.action == ACTION) & (Approval.outcome == "pending") & (Approval.expires_at > now())


def asked(session: Session, review_id: int) -> bool:
    """Whether a request to void this sheet waits for its second person."""
    query = sa.select(Approval.id).join(VoidRequest, VoidRequest.public_id == Approval.object_id)
    return session.scalar(query.where(_waiting(), VoidRequest.review_id == review_id).limit(1)) is not None


def waiting(session: Session, condition: sa.ColumnElement[bool]) -> int:
    """How many such requests wait in the rounds that `condition` names."""
    query = (
        sa.select(sa.func.count())
        .select_from(Approval)
        .join(VoidRequest, VoidRequest.public_id == Approval.object_id)
        .join(Round, Round.id == VoidRequest.round_id)
    )
    return session.scalar(query.where(_waiting(), condition)) or 0
