"""Registered paper sheets as the offices see them: states, receipts, the source of a revision; no content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.models.transcriptions import PaperScan, PaperSheet, TranscribedRevision, Transcription
from review_portal.services import approvals, draw_names, paper_state, scopes
from review_portal.services.paper_state import DROP, Entries, Paper
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Registered:
    """A registered sheet for the offices. `state`: waiting, half, differs, stuck, same (the scan is missing),
    done, dropped, moot (handed in online, recused, left or withdrawn). `asked`: an open request to drop it.
    """

    public_id: str
    round_: str
    expert: str
    number: str
    unit: str
    reason: str
    registered_at: datetime
    scanned_at: datetime | None
    signature_checked_by: str
    state: str
    asked: str


@dataclass(frozen=True, slots=True)
class Source:
    """That a revision was typed from paper, and by whom."""

    counting: str
    checking: str
    signature_checked_by: str
    made_at: datetime


@dataclass(frozen=True, slots=True)
class PaperReceipt:
    """The receipt of a typed sheet, for print: no points stand on it."""

    public_id: str
    call_title: str
    round_name: str
    number: str
    unit: str
    expert: str
    submitted_at: datetime
    ordinal: int
    commitment: str
    source: Source


def list_registered(viewer: Viewer, *, call: str) -> list[Registered]:
    """Every sheet of the call that was ever registered, by its newest word. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    later = aliased(PaperSheet)
    newest = ~sa.exists().where(later.review_id == PaperSheet.review_id, later.ordinal > PaperSheet.ordinal)
    found = session.execute(
        paper_state.papers()
        .add_columns(Expert.name, paper_state.countable())
        .join(Expert, Expert.id == Review.expert_id)
        .where(Round.call_id == row.id, newest)
        .order_by(None)
        .order_by(Round.position, Expert.name_key, Expert.id, Dossier.number)
    ).all()
    unknown = draw_names.hidden_in_call(session, viewer, row.id)
    entries = paper_state.entries_on(session, [item[0].id for item in found])
    scans = paper_state.scans_of(session, [item[1].id for item in found])
    asked = approvals.open_on(session, DROP, [item[1].public_id for item in found])
    ids = [item[0].id for item in found]
    typed = set(
        session.scalars(sa.select(TranscribedRevision.paper_id).where(TranscribedRevision.paper_id.in_(ids)))
    )
    rows = [
        _registered(Paper(*item[:6]), item[6], item[7], unknown, entries, scans, asked, typed)
        for item in found
    ]
    # the order of names would tell who is behind a number
    return sorted(rows, key=lambda row: (row.expert, row.number)) if unknown else rows


def _registered(
    found: Paper,
    name: str,
    countable: bool,
    unknown: Mapping[int, str],
    entries: Mapping[int, Entries],
    scans: Mapping[int, PaperScan],
    asked: Mapping[str, str],
    typed: set[int],
) -> Registered:
    scan_ = scans.get(found.review.id)
    state = entries.get(found.paper.id, Entries()).state
    if found.paper.id in typed:
        state = "done"
    elif found.paper.kind == "dropped":
        state = "dropped"
    elif found.review.state in ("submitted", "recused", "void") or not countable:
        state = "moot"
    return Registered(
        found.paper.public_id,
        found.round.public_id,
        unknown.get(found.review.expert_id) or name,
        found.dossier.number,
        found.dossier.unit_name,
        found.paper.reason,
        found.paper.registered_at,
        scan_.received_at if scan_ else None,
        scan_.signature_checked_by if scan_ else "",
        state,
        asked.get(found.review.public_id, ""),
    )


def registered(viewer: Viewer, *, call: str, paper: str) -> Registered:
    """One of `list_registered`. Raises `NotFound`."""
    for row in list_registered(viewer, call=call):
        if row.public_id == paper:
            return row
    raise NotFound()


def to_register(viewer: Viewer, *, round_: str) -> list[tuple[str, list[tuple[str, str]]]]:
    """Who has sheets that may be registered as paper: (expert, [(review, number and unit)])."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_run_call(viewer, row.call_id).require()
    unknown = draw_names.hidden(session, viewer, row)
    found: dict[str, list[tuple[str, str]]] = {}
    for review, expert_id, name, number, unit in session.execute(
        sa.select(Review.public_id, Expert.id, Expert.name, Dossier.number, Dossier.unit_name)
        .select_from(Review)
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.round_id == row.id, Review.state.in_(("assigned", "draft", "returned", "missed")))
        .where(paper_state.countable(), ~paper_state.on_paper())
        .order_by(Expert.name_key, Expert.id, Dossier.number)
    ):
        found.setdefault(unknown.get(expert_id) or name, []).append((review, f"{number}　{unit}"))
    # the order of names would tell who is behind a number
    return sorted(found.items()) if unknown else list(found.items())


def waiting(viewer: Viewer, *, call: str) -> tuple[int, int]:
    """Sheets of a sealed round that wait for the clerks, and registered ones without a signed scan."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    open_ = paper_state.open_papers().where(Round.call_id == row.id).order_by(None).subquery()
    typing = session.scalar(sa.select(sa.func.count()).select_from(open_)) or 0
    live = (Review.state.in_(("assigned", "draft", "returned", "missed"))) & Round.state.in_(
        ("scoring", "sealed")
    )
    bare = (
        paper_state.papers()
        .where(Round.call_id == row.id, paper_state.holds(), paper_state.countable(), live)
        .where(~sa.exists().where(PaperScan.review_id == Review.id))
        .order_by(None)
        .subquery()
    )
    return typing, session.scalar(sa.select(sa.func.count()).select_from(bare)) or 0


def source_of(session: Session, revision_id: int) -> Source | None:
    """Who typed a revision from paper; None for one that the expert submitted."""
    counting, checking = aliased(Transcription), aliased(Transcription)
    counter, checker = aliased(Account), aliased(Account)
    row = session.execute(
        sa.select(counter.name, checker.name, PaperScan.signature_checked_by, TranscribedRevision.made_at)
        .select_from(TranscribedRevision)
        .join(PaperScan, PaperScan.id == TranscribedRevision.scan_id)
        .join(counting, counting.id == TranscribedRevision.counting_id)
        .join(checking, checking.id == TranscribedRevision.checking_id)
        .join(counter, counter.id == counting.entered_by)
        .join(checker, checker.id == checking.entered_by)
        .where(TranscribedRevision.revision_id == revision_id)
    ).first()
    return Source(*row) if row is not None else None


def receipt(viewer: Viewer, *, call: str, paper: str) -> PaperReceipt:
    """The receipt of a typed sheet for the secretariat to print and hand over. Raises `NotFound`."""
    session = db.session()
    here = scopes.office_call(viewer, call)
    policy.can_run_call(viewer, here.id).require()
    row = session.execute(
        paper_state.papers()
        .add_columns(ReviewRevision, Expert.name)
        .join(TranscribedRevision, TranscribedRevision.paper_id == PaperSheet.id)
        .join(ReviewRevision, ReviewRevision.id == TranscribedRevision.revision_id)
        .join(Expert, Expert.id == Review.expert_id)
        .where(PaperSheet.public_id == paper, Call.id == here.id)
    ).first()
    source = source_of(session, row[6].id) if row is not None else None
    if row is None or source is None:
        raise NotFound()
    found, revision = Paper(*row[:6]), row[6]
    return PaperReceipt(
        revision.public_id,
        here.title,
        rules_of(here).round_name(found.round.stage, found.round.panel),
        found.dossier.number,
        found.dossier.unit_name,
        row[7],
        revision.submitted_at,
        revision.ordinal,
        revision.commitment,
        source,
    )


def count_typed(viewer: Viewer, *, round_: str, dossier: str) -> int:
    """How many of a dossier's unsealed sheets were typed from paper; whose is not told."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return (
        session.scalar(
            sa.select(sa.func.count())
            .select_from(TranscribedRevision)
            .join(PaperSheet, PaperSheet.id == TranscribedRevision.paper_id)
            .join(Review, Review.id == PaperSheet.review_id)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Review.round_id == row.id, Review.state == "submitted", Dossier.public_id == dossier)
        )
        or 0
    )
