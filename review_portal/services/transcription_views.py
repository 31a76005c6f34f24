"""Paper sheets for the clerks: their list, the blank form with the scan beside it, the own entry."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import clerks, policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import CLERKS, Viewer
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision, Transcription
from review_portal.services import files, page_images, paper_state
from review_portal.services.paper_state import MOST_ENTRIES, Entries, Paper
from review_portal.services.rules import rules_of
from scoring_rubrics import Call as Rules
from scoring_rubrics import Rubric


@dataclass(frozen=True, slots=True)
class ClerkRow:
    """A sheet as a clerk's list has it: what the paper's head says, and how the own entry stands.

    `state`: blank, entered (the other is not in), differs, stuck, same, done, taken (another of the same role
    has begun). Before the own entry nothing tells of the other's.
    """

    public_id: str
    call_title: str
    round_name: str
    number: str
    unit: str
    code: str
    role: str
    state: str
    differing: int


@dataclass(frozen=True, slots=True)
class EntryForm:
    """The form of one sheet. `content` is the own newest entry, empty before it; `cells` differ from the
    other's; `left` counts the entries that may still be made. `scan`: each page's (width, height)."""

    row: ClerkRow
    rules: Rules
    rubric: Rubric
    content: Mapping[str, Any]
    cells: frozenset[str]
    left: int
    scan: tuple[tuple[int, int], ...]
    signature_checked_by: str


def _own_state(entries: Entries, viewer: Viewer, role: str) -> str:
    """What this clerk may be told."""
    if entries.by.get(role) is None:
        return "blank"
    if entries.by[role] != viewer.account_id:
        return "taken"
    return {"half": "entered"}.get(entries.state, entries.state)


def _clerk_row(found: Paper, viewer: Viewer, entries: Entries) -> ClerkRow:
    role = clerks.clerk_role(viewer, found.call.id) or ""
    state = "done" if found.review.state == "submitted" else _own_state(entries, viewer, role)
    own = state in ("differs", "stuck")
    return ClerkRow(
        found.paper.public_id,
        found.call.title,
        rules_of(found.call).round_name(found.round.stage, found.round.panel),
        found.dossier.number,
        found.dossier.unit_name,
        found.member.code or "",
        role,
        state,
        len(entries.differing or ()) if own else 0,
    )


def list_for_clerk(viewer: Viewer) -> list[ClerkRow]:
    """Sheets of sealed rounds that wait for this clerk or have been typed. Queries do not grow with rows."""
    session = db.session()
    calls = [call for role in CLERKS for call in viewer.calls_of(role) if call is not None]
    mine = [call for call in calls if clerks.clerk_role(viewer, call) is not None]
    typed = sa.exists().where(TranscribedRevision.paper_id == PaperSheet.id)
    rows = session.execute(
        paper_state.papers()
        .where(Round.call_id.in_(mine), Round.state == "sealed", paper_state.holds())
        .where(((Review.state == "missed") & paper_state.countable()) | typed)
        .order_by(None)
        .order_by(Round.id, PanelMember.code, Dossier.number)
    ).all()
    found = [Paper(*row) for row in rows]
    seats = {(member.round_id, member.expert_id) for member in _seats(session, {p.round.id for p in found})}
    kept = [p for p in found if viewer.expert_id is None or (p.round.id, viewer.expert_id) not in seats]
    entries = paper_state.entries_on(session, [p.paper.id for p in kept])
    return [_clerk_row(p, viewer, entries.get(p.paper.id, Entries())) for p in kept]


def _seats(session: Session, rounds: set[int]) -> Sequence[PanelMember]:
    return session.scalars(sa.select(PanelMember).where(PanelMember.round_id.in_(rounds))).all()


def entry_form(viewer: Viewer, *, paper: str) -> EntryForm:
    """One sheet to be typed, for its clerks while the round is sealed. Raises `NotFound`."""
    session = db.session()
    found = paper_state.for_clerk(session, viewer, paper)
    stands = session.scalar(
        sa.select(PaperSheet.id).where(PaperSheet.id == found.paper.id, paper_state.holds())
    )
    if found.round.state != "sealed" or stands is None:
        raise NotFound()
    entries = paper_state.entries_on(session, [found.paper.id]).get(found.paper.id, Entries())
    row, rules = _clerk_row(found, viewer, entries), rules_of(found.call)
    own = _own_entry(session, viewer, found.paper.id, row.role)
    scan = _scan(session, found.review.id)
    return EntryForm(
        row,
        rules,
        rules.rubric_of(found.round.stage),
        own.body if own is not None and row.state != "done" else {},
        frozenset(entries.differing or ()) if row.state in ("differs", "stuck") else frozenset(),
        MOST_ENTRIES - entries.counts.get(row.role, 0),
        tuple((width, height) for width, height in scan.sizes) if scan else (),
        scan.signature_checked_by if scan else "",
    )


def _own_entry(session: Session, viewer: Viewer, paper_id: int, role: str) -> Transcription | None:
    return session.scalars(
        sa.select(Transcription)
        .where(Transcription.paper_id == paper_id, Transcription.entered_by == viewer.account_id)
        .where(Transcription.role == role)
        .order_by(Transcription.id.desc())
        .limit(1)
    ).first()


def _scan(session: Session, review_id: int) -> PaperScan | None:
    return paper_state.scans_of(session, [review_id]).get(review_id)


def scan(viewer: Viewer, *, paper: str) -> tuple[str, bytes]:
    """Media type and bytes of the signed sheet, for the supervisor once the round has finished: until then
    the signature would stand beside the code. Raises `NotFound`.
    """
    session = db.session()
    row = session.execute(paper_state.papers().where(PaperSheet.public_id == paper)).first()
    if row is None:
        raise NotFound()
    found = Paper(*row)
    if found.round.state != "finished" or not policy.can_watch_call(viewer, found.call.id):
        raise NotFound()
    kept = _scan(session, found.review.id)
    if kept is None:
        raise NotFound()
    stored, data = files.read(kept.file_id)
    return stored.media_type, data


def scan_page(viewer: Viewer, *, paper: str, page: int) -> bytes:
    """A page (from 1) of the signed sheet as WebP, for its clerks while the round is sealed.

    Raises `NotFound`.
    """
    session = db.session()
    found = paper_state.for_clerk(session, viewer, paper)
    kept = _scan(session, found.review.id) if found.round.state == "sealed" else None
    if kept is None or not 1 <= page <= len(kept.sizes):
        raise NotFound()
    return page_images.picture(kept.file_id, kept.sha256, page)
