"""The end of scoring: the chair asks, the supervisor agrees, the round is sealed. Nothing from points."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy, states
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review
from review_portal.services import approvals, audit, own_deadlines, paper_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.points import in_the_running

CLOSE = "close"  # the two-person act
OPEN = own_deadlines.OPEN


@dataclass(frozen=True, slots=True)
class Waiting:
    """The chair's request that nobody has answered; `stale`: things have changed, nobody can agree to it."""

    reason: str
    asked_at: datetime
    stale: bool


def _run(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    row = scopes.known_round(actor, round_, session=session, lock=True)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def _sheets(row: Round, states_: Collection[str]) -> sa.Select[int]:
    """Ids of a round's sheets in these states: none on a unit that has withdrawn."""
    return (
        sa.select(Review.id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Review.round_id == row.id, Review.state.in_(states_), in_the_running(None))
    )


def _owed(row: Round) -> sa.Select[int]:
    """Ids of the open sheets that somebody owes."""
    return _sheets(row, OPEN)


def _count(session: Session, query: sa.Select[int]) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(query.subquery())) or 0


def _payload(session: Session, row: Round) -> dict[str, object]:
    """What would happen: which sheets would be missed, and what later deadlines experts were given."""
    ids = sa.select(Review.public_id).where(Review.round_id == row.id).order_by(Review.public_id)
    later = session.scalars(
        sa.select(PanelMember.deadline).where(
            PanelMember.round_id == row.id, PanelMember.left_at.is_(None), PanelMember.deadline.is_not(None)
        )
    ).all()
    return {
        "round": row.public_id,
        "frozen": row.frozen_digest,
        "sheets": _count(session, _sheets(row, ("submitted",))),
        "missed": _count(session, _owed(row)),
        "papers": _count(session, _owed(row).where(paper_state.on_paper())),
        "open": canonical.digest(list(session.scalars(ids.where(Review.state.in_(OPEN))))),
        "later": sorted(at.isoformat() for at in later if at is not None),
    }


def _refuse_own_open(session: Session, row: Round, actor: Viewer) -> None:
    own = _owed(row).where(
        Review.expert_id == actor.expert_id,
        ~paper_state.on_paper(),  # handed in on paper, typed by the clerks once sealed
    )
    own_open = _count(session, own)
    if own_open:
        raise Conflict(mark("您本人还有%(n)s份评分未提交，请先提交再结束评分。", n=own_open))


def ask_close(actor: Viewer, *, round_: str, reason: str) -> str:
    """The chair, whose own sheets are in, asks to end scoring. Returns the approval's public id.

    A request of the chair's that has become stale gives way to the new one. Raises `Invalid` without a
    reason; while an expert's own later deadline runs it must say why that is not waited for.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        policy.can_chair(actor, row).require()
        states.advance(states.ROUND, row.state, "close")
        _refuse_own_open(session, row, actor)
        own_deadlines.reason_to_close(session, row, reason)
        return approvals.ask(
            session,
            actor,
            CLOSE,
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            payload=_payload(session, row),
            reason=reason,
            renew=True,
        ).public_id


def decide_close(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes scoring ends, the round is sealed, open sheets become missed.

    Raises `Conflict` where a sheet was handed in or taken back, or a deadline moved, since the chair asked.
    """
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call = _run(session, actor, asked.object_id)
        settled = approvals.settle(
            session,
            actor,
            approval,
            CLOSE,
            approve=approve,
            payload_now=_payload(session, row),
            note=note,
        )
        if approve:
            _close(session, actor, row, call, settled.reason)


def _close(session: Session, actor: Viewer, row: Round, call: Call, reason: str) -> None:
    row.state = states.advance(states.ROUND, row.state, "close")
    row.close_reason = own_deadlines.reason_to_close(session, row, reason)
    missed = session.scalars(sa.select(Review).where(Review.round_id == row.id, Review.state.in_(OPEN))).all()
    for review in missed:
        review.state = states.advance(states.REVIEW, review.state, "miss")
    row.closed_at = now()
    audit.record(
        session,
        actor,
        "close_round",
        object_kind="round",
        object_id=row.public_id,
        call_id=call.id,
        detail={"missed": sorted(review.public_id for review in missed)},
        bound=[Bound("close_reason", row)] if row.close_reason else [],
    )


def waiting(viewer: Viewer, *, round_: str) -> Waiting | None:
    """The open request to end scoring, for the chair's desk. Raises `NotFound`, `NotAllowed`."""
    row = scopes.known_round(viewer, round_)
    policy.can_chair(viewer, row).require()
    found = db.session.scalars(
        sa.select(Approval).where(
            Approval.action == CLOSE,
            Approval.object_id == row.public_id,
            Approval.outcome == "pending",
            Approval.expires_at > now(),
        )
    ).first()
    if found is None:
        return None
    return Waiting(
        found.reason, found.asked_at, found.digest != canonical.digest(_payload(db.session(), row))
    )
