"""Two equal entries and a signed scan make a submitted sheet; inside the transaction that brings the last."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import same_text, states
from review_portal.domain.policy import Viewer
from review_portal.models.reviews import ReviewRevision
from review_portal.models.transcriptions import TranscribedRevision, Transcription
from review_portal.services import audit, paper_state
from review_portal.services.bindings import Bound
from review_portal.services.paper_state import Paper
from review_portal.services.revisions import Sheet, add_revision

COUNTING, CHECKING = "counting_clerk", "checking_clerk"


def body_of(sheet: Sheet, total: Decimal) -> dict[str, Any]:
    """What an entry keeps: the sheet as a commitment takes it, and the total written on the paper."""
    return {**sheet.canonical(), "total": f"{total + 0:.2f}"}


def sheet_in(body: Mapping[str, Any]) -> Sheet:
    """The sheet of an entry."""
    points = {item: Decimal(value) for item, value in body["points"].items()}
    return Sheet(points, body["comments"], body["opinion"], body["conclusion"])


def differing(mine: Mapping[str, Any], theirs: Mapping[str, Any]) -> list[str]:
    """Names of the cells that two entries fill differently: points exactly, words as words."""
    cells = [
        f"points.{item}"
        for item in sorted({*mine["points"], *theirs["points"]})
        if mine["points"].get(item) != theirs["points"].get(item)
    ]
    cells += [
        f"comments.{item}"
        for item in sorted({*mine["comments"], *theirs["comments"]})
        if not same_text.same(mine["comments"].get(item, ""), theirs["comments"].get(item, ""))
    ]
    if not same_text.same(mine["opinion"], theirs["opinion"]):
        cells.append("opinion")
    return cells + [name for name in ("conclusion", "total") if mine[name] != theirs[name]]


def newest_entries(session: Session, paper_id: int) -> dict[str, Transcription]:
    """The newest entry of each clerk, by role."""
    rows = session.scalars(
        sa.select(Transcription).where(Transcription.paper_id == paper_id).order_by(Transcription.id)
    )
    return {row.role: row for row in rows}


def complete(session: Session, actor: Viewer, found: Paper) -> ReviewRevision | None:
    """Submit the sheet if both entries say the same and the signed scan is there; else None."""
    entries = paper_state.entries_on(session, [found.paper.id]).get(found.paper.id)
    scan = paper_state.scans_of(session, [found.review.id]).get(found.review.id)
    if entries is None or entries.state != "same" or scan is None:
        return None
    both = newest_entries(session, found.paper.id)
    key = hashlib.sha256(f"paper:{found.paper.public_id}".encode()).hexdigest()
    revision = add_revision(session, found.review, sheet_in(both[COUNTING].body), request_key=key)
    found.review.state = states.advance(states.REVIEW, found.review.state, "transcribe")
    source = TranscribedRevision(
        revision_id=revision.id,
        paper_id=found.paper.id,
        scan_id=scan.id,
        counting_id=both[COUNTING].id,
        checking_id=both[CHECKING].id,
        made_at=now(),
    )
    session.add(source)
    session.flush()
    audit.record(
        session,
        actor,
        "transcribe_review",
        object_kind="review",
        object_id=found.review.public_id,
        call_id=found.round.call_id,
        detail={
            "revision": revision.public_id,
            "ordinal": revision.ordinal,
            "commitment": revision.commitment,
        },
        bound=[Bound("transcribed", source)],
    )
    return revision
