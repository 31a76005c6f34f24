"""What the panel discussed, for reading: the versions of a round or a dossier, who may have been there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Round
from review_portal.models.cases import CaseDiscussion
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import scopes


@dataclass(frozen=True, slots=True)
class Discussion:
    """One version; the newest of a dossier holds."""

    dossier: str
    number: str
    unit: str
    ordinal: int
    present: tuple[str, ...]
    others: str
    substance: str
    outcome: str
    reason: str
    recorded_at: datetime
    recorded_by: str


@dataclass(frozen=True, slots=True)
class DiscussionForm:
    """What the page of recording is given: the dossier, who may have been there, the versions so far."""

    number: str
    unit: str
    members: tuple[str, ...]
    versions: tuple[Discussion, ...]


def paper_of(session: Session, row: Round, dossier: str) -> Dossier:
    """A dossier that is scored in the round. Raises `NotFound`."""
    found = session.scalars(
        sa.select(Dossier)
        .join(Review, Review.dossier_id == Dossier.id)
        .where(Review.round_id == row.id, Dossier.public_id == dossier)
        .limit(1)
    ).first()
    if found is None:
        raise NotFound()
    return found


def members_of(session: Session, row: Round, paper: Dossier) -> tuple[str, ...]:
    """Names of the panel without who has left, in the register's order.

    Once the round has finished also without who stands apart from the dossier; before, a name left out would
    tell whose code the empty cell of the heat map belongs to.
    """
    query = (
        sa.select(Expert.name)
        .join(PanelMember, PanelMember.expert_id == Expert.id)
        .where(PanelMember.round_id == row.id, PanelMember.left_at.is_(None))
        .order_by(Expert.name_key, Expert.id)
    )
    if row.state == "finished":
        apart = sa.select(Recusal.expert_id).where(
            Recusal.call_id == row.call_id, Recusal.dossier_id == paper.id, standing()
        )
        query = query.where(Expert.id.not_in(apart))
    return tuple(session.scalars(query))


def versions_of(
    session: Session, condition: sa.ColumnElement[bool], *, dossier: int | None = None
) -> tuple[Discussion, ...]:
    """Versions by dossier number, oldest first. One query."""
    query = (
        sa.select(CaseDiscussion, Dossier, Account.name)
        .join(Dossier, Dossier.id == CaseDiscussion.dossier_id)
        .join(Account, Account.id == CaseDiscussion.recorded_by)
        .where(condition)
        .order_by(Dossier.number, CaseDiscussion.ordinal)
    )
    if dossier is not None:
        query = query.where(CaseDiscussion.dossier_id == dossier)
    return tuple(
        Discussion(
            paper.public_id,
            paper.number,
            paper.unit_name,
            row.ordinal,
            tuple(row.present),
            row.others,
            row.substance,
            row.outcome,
            row.reason,
            row.recorded_at,
            name,
        )
        for row, paper, name in session.execute(query)
    )


def list_discussions(viewer: Viewer, *, round_: str) -> tuple[Discussion, ...]:
    """All versions of a round by dossier number, oldest first. One query. Raises `NotFound`, `NotAllowed`."""
    row = scopes.known_round(viewer, round_)
    policy.can_see_points(viewer, row).require()
    return discussions_of(db.session(), row)


def discussions_of(session: Session, row: Round) -> tuple[Discussion, ...]:
    """The same inside a caller's session."""
    return versions_of(session, CaseDiscussion.round_id == row.id)


def form_of(viewer: Viewer, *, round_: str, dossier: str) -> DiscussionForm:
    """The page of recording, for the chair. Raises `NotFound`, `NotAllowed` before unsealing."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_chair(viewer, row).require()
    policy.can_see_points(viewer, row).require()
    paper = paper_of(session, row, dossier)
    return DiscussionForm(
        paper.number,
        paper.unit_name,
        members_of(session, row, paper),
        versions_of(session, CaseDiscussion.round_id == row.id, dossier=paper.id),
    )
