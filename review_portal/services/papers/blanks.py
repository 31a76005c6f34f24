"""What the office has filled in for a paper's 【待填：…】, by the paper's key."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call
from review_portal.models.paper_facts import PaperFacts
from review_portal.services.papers.kinds import Paper


def latest(session: Session, call: Call, paper: Paper) -> PaperFacts | None:
    """The version that counts; None before anything was filled in."""
    kind, of, edition = paper.key
    query = sa.select(PaperFacts).where(
        PaperFacts.call_id == call.id,
        PaperFacts.kind == kind,
        PaperFacts.of == of,
        PaperFacts.edition == edition,
    )
    return session.scalars(query.order_by(PaperFacts.ordinal.desc()).limit(1)).first()


def facts_of(session: Session, call: Call, paper: Paper) -> dict[str, str]:
    """Label to text; empty before anything was filled in. The caller has let the viewer in."""
    row = latest(session, call, paper)
    return dict(row.facts) if row is not None else {}
