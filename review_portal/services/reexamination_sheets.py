"""The contested dossiers' sheets, where one of them may have been scored against a rule of recusal."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.recusals import ConflictDecision, FoundConflict
from review_portal.models.reviews import Review
from review_portal.services import reexamination_state
from review_portal.services.rules import round_name, rules_of


@dataclass(frozen=True, slots=True)
class SheetRow:
    """A sheet that counts, or did: whose, and whether a conflict was found on it. `dossier`: public id.

    `state`: counts, found (waits for two people), void or kept.
    """

    round_: str
    dossier: str
    number: str
    unit: str
    code: str
    expert: str
    name: str
    state: str


def list_contested(viewer: Viewer, *, reexamination: str) -> list[SheetRow]:
    """Every sheet handed in on the contested dossiers, for the secretariat; the rounds have ended.

    Raises `NotFound`, `NotAllowed`.
    """
    session = db.session()
    row, call = reexamination_state.known(session, viewer, reexamination)
    policy.can_run_call(viewer, call.id).require()
    rules = rules_of(call)
    found = session.execute(
        sa.select(
            Review, Round, Dossier, PanelMember.code, Expert, FoundConflict.id, ConflictDecision.outcome
        )
        .join(Round, Round.id == Review.round_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(
            PanelMember,
            (PanelMember.round_id == Review.round_id) & (PanelMember.expert_id == Review.expert_id),
        )
        .outerjoin(FoundConflict, FoundConflict.review_id == Review.id)
        .outerjoin(ConflictDecision, ConflictDecision.conflict_id == FoundConflict.id)
        .where(Round.call_id == call.id, Round.state == "finished", Dossier.public_id.in_(row.dossiers))
        .where(Review.state.in_(("submitted", "void")), Review.revision_id.is_not(None))
        .order_by(Dossier.number, Round.position, Round.id, PanelMember.code, FoundConflict.id)
    )
    rows: dict[int, SheetRow] = {}  # the latest conflict of a sheet tells
    for review, round_, dossier, code, expert, conflict, outcome in found:
        rows[review.id] = SheetRow(
            round_name(rules, round_),
            dossier.public_id,
            dossier.number,
            dossier.unit_name,
            code or "",
            expert.public_id,
            expert.name,
            _state(review.state, conflict, outcome),
        )
    return list(rows.values())


def _state(state: str, conflict: int | None, outcome: str | None) -> str:
    if state == "void":
        return "void"
    if conflict is None:
        return "counts"
    return "kept" if outcome == "keep" else "found"
