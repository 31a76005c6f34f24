"""What stands before an own sheet's text: whose it is, pledge, declaration, presence. One way for all."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotAllowed, NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier, DossierUnit, DossierVersion
from review_portal.models.experts import PanelMember
from review_portal.models.recusals import units_digest
from review_portal.models.reviews import Review
from review_portal.services import recusals, scopes
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class UnitName:
    """A unit of the applicant, as far as a declaration needs it."""

    name: str
    role: str
    legal_representative: str | None


@dataclass(frozen=True, slots=True)
class Gate:
    """What is shown before a text opens: names only, and what is still to be done first."""

    review: str
    state: str
    round: str
    round_name: str
    round_state: str
    deadline: datetime | None
    call: str
    dossier: str
    number: str
    unit: str
    recommender: str
    units: tuple[UnitName, ...]
    pledged: bool
    declared: bool
    code: str | None
    away: Message  # why the text opens only after signing in; empty where it does not wait for that


@dataclass(frozen=True, slots=True)
class Found:
    """An own sheet with everything it belongs to; `left`: its expert has left the round."""

    review: Review
    left: bool
    round: Round
    call: Call
    dossier: Dossier
    version: DossierVersion
    gate: Gate


def find(session: Session, viewer: Viewer, review: str) -> Found:
    """An own sheet, not yet its text. Missing, foreign, recused: `NotFound`."""
    row = session.execute(
        scopes.visible_reviews(viewer)
        .add_columns(Round, Call, Dossier, DossierVersion, PanelMember, units_digest())
        .join(Call, Call.id == Round.call_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(DossierVersion, DossierVersion.id == Review.dossier_version_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .where(Review.public_id == review)
    ).first()
    if row is None:
        raise NotFound()
    found, round_, call, dossier, version, member, digest = row
    pair = (found.expert_id, dossier.id)
    if recusals.kept_apart(session, call.id, pair):
        raise NotFound()
    units = session.execute(
        sa.select(DossierUnit.name, DossierUnit.role, DossierUnit.legal_representative)
        .where(DossierUnit.version_id == version.id)
        .order_by(DossierUnit.position)
    )
    head = recusals.heads(session, [version.id])[version.id]
    rules = rules_of(call)
    gate = Gate(
        found.public_id,
        found.state,
        round_.public_id,
        rules.round_name(round_.stage, round_.panel),
        round_.state,
        member.deadline or round_.deadline,
        call.public_id,
        dossier.public_id,
        dossier.number,
        dossier.unit_name,
        dossier.recommender,
        tuple(
            UnitName(unit.name, unit.role, head if unit.role == "lead" else unit.legal_representative)
            for unit in units
        ),
        member.pledged_at is not None,
        recusals.has_declared(session, call.id, pair, digest),
        member.code,
        policy.can_open_in_mode(rules.stage(round_.stage).mode, member.is_present).reason,
    )
    return Found(found, member.left_at is not None, round_, call, dossier, version, gate)


def gate(viewer: Viewer, *, review: str) -> Gate:
    """Names and what is to be done before the text opens. Missing, foreign, recused: `NotFound`."""
    return find(db.session(), viewer, review).gate


def require_present(found: Found) -> None:
    """In on-site mode nothing opens before signing in, nor after leaving. Raises `NotAllowed`."""
    if found.gate.away.msgid:
        raise NotAllowed(found.gate.away)


def readable(session: Session, viewer: Viewer, review: str) -> Found:
    """An own sheet whose texts are open. Raises `NotFound`; `NotAllowed` says what is to be done first."""
    found = find(session, viewer, review)
    policy.can_read_dossier(
        viewer, is_own=True, declared=found.gate.declared, recused=False, pledged=found.gate.pledged
    ).require()
    require_present(found)
    return found
