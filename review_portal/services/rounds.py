"""A round's life: opening, unseal by two, finish. Panel: see `panels`; the end of scoring: see `closing`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import canonical, policy, states
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import (
    approvals,
    audit,
    case_rows,
    certificates,
    insight_jobs,
    job_queue,
    opening,
    overviews,
    paper_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.points import in_the_running
from review_portal.services.rules import round_name, rules_of
from scoring_rubrics import Call as Rules


@dataclass(frozen=True, slots=True)
class Progress:
    """Submissions only: nothing here comes from points. Of those missed at the end of scoring `papers` wait
    for the clerks."""

    submitted: int
    open: int
    missed: int
    papers: int = 0


@dataclass(frozen=True, slots=True)
class RoundView:
    """A round for its chair and offices: times and states, nothing from points."""

    public_id: str
    name: str
    state: str
    call: str
    call_title: str
    deadline: datetime | None
    opened_at: datetime | None
    closed_at: datetime | None
    unsealed_at: datetime | None
    finished_at: datetime | None
    frozen_digest: str | None
    rules: Rules
    stage: str
    position: int
    is_last: bool
    again: bool = False  # scores some dossiers anew after an objection


def _run(session: Session, actor: Viewer, round_: str) -> tuple[Round, Call]:
    row = scopes.known_round(actor, round_, session=session, lock=True)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return row, call


def open_round(actor: Viewer, *, round_: str, deadline: datetime | None, reason: str = "") -> None:
    """Start scoring: draw the codes, freeze rules, panel, assignments and triggers under one digest.

    `reason`: why the first round does not wait for a rejection to be delivered, from which it is in force.
    Raises `Conflict` with the reason while the scheme is not approved, the panel is not as the scheme says or
    a conflict waits to be decided; `Invalid` on a deadline that has passed, and without a wanted reason.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        policy.can_run_call(actor, row.call_id).require()
        rules = rules_of(call)
        opening.refuse_unready(session, row, call, rules)
        opening.refuse_past(deadline)
        early = opening.undelivered(session, row, call, reason)
        members = list(session.scalars(sa.select(PanelMember).where(PanelMember.round_id == row.id)))
        order = secrets.SystemRandom().sample(members, len(members))
        for number, member in enumerate(order, start=1):
            member.code = f"{opening.code_head(session, row)}{number:02d}"
        row.state = states.advance(states.ROUND, row.state, "open")
        row.opened_at, row.deadline = now(), deadline
        row.frozen = {**opening.frozen(session, row, rules, members), **early}
        row.frozen_digest = canonical.digest(row.frozen)
        audit.record(
            session,
            actor,
            "open_round",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail={"frozen": row.frozen_digest, "deadline": deadline},
            bound=[Bound("frozen_round", row)],
        )


def _unseal_payload(session: Session, row: Round) -> dict[str, object]:
    """What is opened: all that is sealed, counted as progress counts it, without withdrawn units."""
    counted = session.scalar(
        sa.select(sa.func.count())
        .select_from(Review)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Review.round_id == row.id, Review.state == "submitted", in_the_running(None))
    )
    commitments = session.scalars(
        sa.select(ReviewRevision.commitment)
        .join(Review, Review.revision_id == ReviewRevision.id)
        .where(Review.round_id == row.id, Review.state == "submitted")
        .order_by(ReviewRevision.commitment)
    ).all()
    return {
        "round": row.public_id,
        "frozen": row.frozen_digest,
        "sheets": counted or 0,
        "sealed": canonical.digest(list(commitments)),
    }


def ask_unseal(actor: Viewer, *, round_: str, reason: str) -> str:
    """The chair asks to open the sealed sheets. Returns the approval's public id."""
    with transaction() as session:
        row, call = _run(session, actor, round_)
        policy.can_chair(actor, row).require()
        if row.state != "sealed":
            raise Conflict(mark("本轮未处于封存状态，无需启封。"))
        paper_state.refuse_typist(session, actor, call.id)
        paper_state.refuse_unfinished(session, row)
        return approvals.ask(
            session,
            actor,
            "unseal",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            payload=_unseal_payload(session, row),
            reason=reason,
        ).public_id


def decide_unseal(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the round is open for reconciliation and points are visible."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call = _run(session, actor, asked.object_id)
        if approve:
            paper_state.refuse_typist(session, actor, call.id)
            paper_state.refuse_unfinished(session, row)
        approvals.settle(
            session,
            actor,
            approval,
            "unseal",
            approve=approve,
            payload_now=_unseal_payload(session, row),
            note=note,
        )
        if not approve:
            return
        row.state = states.advance(states.ROUND, row.state, "unseal")
        row.unsealed_at = now()
        audit.record(
            session,
            actor,
            "unseal",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            detail=_unseal_payload(session, row),
        )


def finish_round(actor: Viewer, *, round_: str, reason: str = "") -> None:
    """End reconciliation; refused while a case or a void waits for somebody. From here on ranks may be seen.

    What the triggers flag and nobody was asked about is set aside only with the panel's `reason`, which is
    kept with the round. Raises `Invalid` without it, `Conflict`.
    """
    with transaction() as session:
        row, call = _run(session, actor, round_)
        policy.can_chair(actor, row).require()
        row.state = states.advance(states.ROUND, row.state, "finish")
        case_rows.refuse_unfinished(session, row)
        row.set_aside = _set_aside(overviews.overview_of(session, row, call), reason.strip())
        row.finished_at = now()
        audit.record(
            session,
            actor,
            "finish_round",
            object_kind="round",
            object_id=row.public_id,
            call_id=call.id,
            bound=[Bound("set_aside", row)] * bool(row.set_aside) + certificates.issue(session, call, row),
        )
        insight_jobs.queue(session, row)
    job_queue.wake()


def _set_aside(found: overviews.Overview, reason: str) -> dict[str, Any] | None:
    unasked = found.unasked()
    if not unasked:
        return None
    if len(reason) < 10:
        raise Invalid(
            mark("有%(n)s处触发复议条件而未提请复议，请逐一提请，或写明不提请的理由。", n=len(unasked)),
            {"reason": mark("请写明不提请复议的理由，至少10个字。")},
        )
    if len(reason) > approvals.REASON_MAX:
        long = mark("最多%(most)s个字，请改短。", most=approvals.REASON_MAX)
        raise Invalid(long, {"reason": long})
    return {
        "reason": reason,
        "flags": [
            {"number": row.number, "unit": row.unit, "code": flag.code, "why": str(flag.reason)}
            for row, flag in unasked
        ],
    }


def progress(viewer: Viewer, *, round_: str) -> Progress:
    """How many of the sheets owed are in; never anything from points. Raises `NotFound`.

    Sheets on a unit that withdrew before the round ended are owed by nobody and count neither way.
    """
    row = scopes.known_round(viewer, round_)
    counts = dict(
        db.session.execute(
            sa.select(Review.state, sa.func.count())
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Review.round_id == row.id, in_the_running(row.finished_at))
            .group_by(Review.state)
        ).all()
    )
    open_count = sum(counts.get(state, 0) for state in ("assigned", "draft", "returned"))
    papers = paper_state.unfinished(db.session(), row) if row.state == "sealed" else 0
    return Progress(counts.get("submitted", 0), open_count, counts.get("missed", 0), papers)


def _view(row: Round, call: Call, last: int) -> RoundView:
    rules = rules_of(call)
    return RoundView(
        row.public_id,
        round_name(rules, row),
        row.state,
        call.public_id,
        call.title,
        row.deadline,
        row.opened_at,
        row.closed_at,
        row.unsealed_at,
        row.finished_at,
        row.frozen_digest,
        rules,
        row.stage,
        row.position,
        row.position == last,
        row.reexamination_id is not None,
    )


def _last_position(call_id: int) -> int:
    query = sa.select(sa.func.max(Round.position)).where(Round.call_id == call_id)
    return db.session.scalar(query) or 0


def view(viewer: Viewer, *, round_: str) -> RoundView:
    """One round. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return _view(row, call, _last_position(call.id))


def list_chaired(viewer: Viewer) -> list[RoundView]:
    """Rounds of which the viewer is chair, newest first."""
    rows = db.session.execute(
        sa.select(Round, Call)
        .join(Call, Call.id == Round.call_id)
        .where(Round.id.in_(viewer.chairs))
        .order_by(Round.id.desc())
    ).all()
    return [_view(row, call, _last_position(call.id)) for row, call in rows]
