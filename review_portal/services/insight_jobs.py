"""Asking for a ranking's analysis in the transaction of the act that makes it due; a worker computes it."""

from __future__ import annotations

from sqlalchemy.orm import Session

from review_portal.models.calls import Round
from review_portal.services import job_queue

KIND = "insight"


def queue(session: Session, round_: Round) -> None:
    """One job for this round's ranking as it stands; the caller wakes the worker after it has committed."""
    job_queue.enqueue(
        session,
        KIND,
        call_id=round_.call_id,
        payload={"round": round_.public_id},
        total=1,
        queued_by=None,
    )
