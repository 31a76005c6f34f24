"""A two-person request as its page shows it: whose call, which object, until when."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.policy import Verdict, Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.cases import VoidRequest
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Recusal
from review_portal.models.recusals import FoundConflict
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import approvals, draw_names
from review_portal.services.approvals import OpenApproval
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class RequestView:
    """`about` names the object in words; `verdict` says whether this viewer may decide now, and why not.

    `hidden`: drawn experts (public ids) among the people of the request whom the viewer may not know yet.
    """

    request: OpenApproval
    call: str | None
    call_title: str
    about: str
    expires_at: datetime
    open: bool
    decided_by: str
    decided_at: datetime | None
    note: str
    verdict: Verdict
    hidden: frozenset[str]


def view(viewer: Viewer, *, approval: str) -> RequestView:
    """One request, for who asked and who may decide. Raises `NotFound`."""
    asked = approvals.get(viewer, approval)
    row = db.session.scalars(sa.select(Approval).where(Approval.public_id == approval)).one()
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).first() if row.call_id else None
    decider = (
        db.session.scalar(sa.select(Account.name).where(Account.id == row.decided_by))
        if row.decided_by
        else None
    )
    people = [expert for *_, expert, _account in asked.payload.get("people", ()) if expert]
    hidden = draw_names.hidden_people(db.session(), viewer, row.call_id, people)
    verdict = policy.can_approve(viewer, row.action, row.call_id, row.asked_by)
    return RequestView(
        asked,
        call.public_id if call else None,
        call.title if call else "",
        _about(asked, call),
        row.expires_at,
        row.outcome == "pending" and row.expires_at > now(),
        decider or "",
        row.decided_at,
        row.note,
        policy.can_approve_unknown() if hidden and verdict else verdict,
        hidden,
    )


def _about(asked: OpenApproval, call: Call | None) -> str:
    if asked.object_kind == "round" and call is not None:
        row = db.session.scalars(sa.select(Round).where(Round.public_id == asked.object_id)).first()
        return rules_of(call).round_name(row.stage, row.panel) if row else ""
    query = sa.select(Dossier.number, Dossier.unit_name)
    if asked.object_kind == "dossier":
        found = db.session.execute(query.where(Dossier.public_id == asked.object_id)).first()
    elif asked.object_kind == "recusal":
        query = query.join(Recusal, Recusal.dossier_id == Dossier.id)
        found = db.session.execute(query.where(Recusal.public_id == asked.object_id)).first()
    elif asked.object_kind == "conflict":
        query = query.join(Review, Review.dossier_id == Dossier.id)
        query = query.join(FoundConflict, FoundConflict.review_id == Review.id)
        found = db.session.execute(query.where(FoundConflict.public_id == asked.object_id)).first()
    elif asked.object_kind == "case":
        query = query.join(Review, Review.dossier_id == Dossier.id)
        query = query.join(ReconciliationCase, ReconciliationCase.review_id == Review.id)
        found = db.session.execute(query.where(ReconciliationCase.public_id == asked.object_id)).first()
    elif asked.object_kind == "void_request":
        query = query.join(Review, Review.dossier_id == Dossier.id)
        query = query.join(VoidRequest, VoidRequest.review_id == Review.id)
        found = db.session.execute(query.where(VoidRequest.public_id == asked.object_id)).first()
    elif asked.object_kind == "defense_slot":
        query = query.join(DefenseSlot, DefenseSlot.dossier_id == Dossier.id)
        found = db.session.execute(query.where(DefenseSlot.public_id == asked.object_id)).first()
    else:
        return call.title if call else ""
    return f"{found.number}　{found.unit_name}" if found else ""
