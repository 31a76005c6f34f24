"""Lifting a recusal: the secretariat asks with a reason, the supervisor agrees; the recusal's row stays."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain import recusal as recusal_rules
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, Recusal
from review_portal.models.recusals import RecusalLifting
from review_portal.models.reviews import Review
from review_portal.services import approvals, audit, recusals, scopes
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

ACTION = "lift_recusal"
REASON_MIN = 4


@dataclass(frozen=True, slots=True)
class LiftView:
    """A recusal that may be lifted: who and what, why it was recorded, what else the rules find."""

    public_id: str
    call: str
    expert: str
    expert_id: str
    dossier: str
    reason: str
    recorded_at: datetime
    grounds: tuple[Message, ...]


def _find(session: Session, recusal: str, *, lock: bool = False) -> tuple[Recusal, Expert, Dossier, Call]:
    query = (
        sa.select(Recusal, Expert, Dossier, Call)
        .join(Expert, Expert.id == Recusal.expert_id)
        .join(Dossier, Dossier.id == Recusal.dossier_id)
        .join(Call, Call.id == Recusal.call_id)
        .where(Recusal.public_id == recusal)
    )
    row = session.execute(query.with_for_update(of=Recusal) if lock else query).first()
    if row is None:
        raise NotFound()
    found, expert, dossier, call = row
    return found, expert, dossier, call


def view(viewer: Viewer, *, recusal: str) -> LiftView:
    """What its page shows. Raises `NotFound` for strangers and for what is lifted already."""
    session = db.session()
    row, expert, dossier, call = _find(session, recusal)
    scopes.office_call(viewer, call.public_id)
    if _lifted(session, row):
        raise NotFound()
    return LiftView(
        row.public_id,
        call.public_id,
        expert.name,
        expert.public_id,
        f"{dossier.number}　{dossier.unit_name}",
        row.reason,
        row.recorded_at,
        tuple(item.reason for item in _conflicts(session, row, call)),
    )


def _lifted(session: Session, row: Recusal) -> bool:
    query = sa.select(RecusalLifting.id).where(RecusalLifting.recusal_id == row.id)
    return session.scalar(query) is not None


def _conflicts(session: Session, row: Recusal, call: Call) -> tuple[recusal_rules.Conflict, ...]:
    pair = (row.expert_id, row.dossier_id)
    said = recusals.grounds(session, [row.expert_id], [row.dossier_id], rules_of(call).recusal).get(pair)
    return said.conflicts if said else ()


def _payload(
    session: Session, row: Recusal, expert: Expert, dossier: Dossier, call: Call
) -> dict[str, object]:
    found = _conflicts(session, row, call)
    return {
        "recusal": row.public_id,
        "expert": expert.name,
        "number": dossier.number,
        "unit": dossier.unit_name,
        "recorded": row.reason,
        "grounds": [str(item.reason) for item in found],
        "covers": [item.key for item in found],
    }


def _refuse_late(session: Session, row: Recusal, call: Call) -> None:
    if call.state not in ("draft", "receiving", "reviewing"):
        raise Conflict(mark("排名已冻结，不能再解除回避。"))
    if _lifted(session, row):
        raise Conflict(mark("该回避已经解除。"))


def ask_lift(actor: Viewer, *, recusal: str, reason: str) -> str:
    """Ask for a recusal to be lifted. Returns the approval's public id. Raises `Invalid`, `Conflict`."""
    if len(reason.strip()) < REASON_MIN:
        sentence = mark("请写明解除回避的理由，至少%(n)s个字。", n=REASON_MIN)
        raise Invalid(sentence, {"reason": sentence})
    with transaction() as session:
        row, expert, dossier, call = _find(session, recusal, lock=True)
        scopes.office_call(actor, call.public_id, session=session)
        policy.can_run_call(actor, call.id).require()
        _refuse_late(session, row, call)
        return approvals.ask(
            session,
            actor,
            ACTION,
            object_kind="recusal",
            object_id=row.public_id,
            call_id=call.id,
            payload=_payload(session, row, expert, dossier, call),
            reason=reason,
        ).public_id


def decide_lift(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor agrees or not; agreed, the pair may be assigned again in rounds not yet open.

    What the two looked at binds no more; any other ground that is found later does.
    """
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval.object_id).where(Approval.public_id == approval, Approval.action == ACTION)
        ).first()
        if asked is None:
            raise NotFound()
        row, expert, dossier, call = _find(session, asked, lock=True)
        payload = _payload(session, row, expert, dossier, call)
        settled = approvals.settle(
            session, actor, approval, ACTION, approve=approve, payload_now=payload, note=note
        )
        if not approve:
            return
        _refuse_late(session, row, call)
        lifting = RecusalLifting(
            recusal_id=row.id,
            approval_id=settled.id,
            covers=payload["covers"],
            reason=settled.reason,
            lifted_at=now(),
            lifted_by=actor.account_id,
        )
        session.add(lifting)
        _reopen(session, row)
        session.flush()
        audit.record(
            session,
            actor,
            "lift_recusal",
            object_kind="recusal",
            object_id=row.public_id,
            call_id=call.id,
            detail={"approval": settled.public_id},
            bound=[Bound("recusal_lifting", lifting)],
        )


def _reopen(session: Session, row: Recusal) -> None:
    """In rounds that are not open yet the pair may be assigned again; what an open round froze stays."""
    drafts = sa.select(Round.id).where(Round.call_id == row.call_id, Round.state == "draft")
    session.execute(
        sa.delete(Review).where(
            Review.round_id.in_(drafts),
            Review.expert_id == row.expert_id,
            Review.dossier_id == row.dossier_id,
            Review.state == "recused",
        )
    )
