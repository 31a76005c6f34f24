"""Conflicts found after assignment: a submitted sheet stands apart until two people void or keep it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.recusals import ConflictDecision, FoundConflict
from review_portal.models.reviews import ReconciliationCase, Review
from review_portal.services import (
    approvals,
    audit,
    draw_names,
    found_conflicts,
    recusals,
    reexamination_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.rules import rules_of

ACTION = "settle_conflict"
OUTCOMES = ("void", "keep")
REASON_MIN = 4


@dataclass(frozen=True, slots=True)
class FoundRow:
    """A conflict found late. `scored`: a submitted sheet stands apart; `waits`: nobody has asked to decide.

    `asked` is the request that waits; `outcome` and `decided` are the decision and its reason.
    """

    public_id: str
    expert: str
    expert_id: str
    dossier: str
    round_: str
    scored: bool
    reason: str
    found_at: datetime
    waits: bool
    asked: str
    outcome: str
    decided: str
    decided_at: datetime | None


@dataclass(frozen=True, slots=True)
class _Case:
    conflict: FoundConflict
    review: Review
    round: Round
    expert: Expert
    dossier: Dossier
    call: Call


def list_found(viewer: Viewer, *, call: str) -> list[FoundRow]:
    """Every conflict found late in the call, those that wait first. Raises `NotFound`.

    A drawn expert whom the viewer may not know yet goes by the number of the draw. Queries do not grow with
    rows.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    rules, unknown = rules_of(row), draw_names.hidden_in_call(session, viewer, row.id)
    found = session.execute(
        sa.select(FoundConflict, Review.state, Round, Expert, Dossier, ConflictDecision)
        .join(Review, Review.id == FoundConflict.review_id)
        .join(Round, Round.id == Review.round_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .outerjoin(ConflictDecision, ConflictDecision.conflict_id == FoundConflict.id)
        .where(Round.call_id == row.id)
        .order_by(ConflictDecision.id.is_not(None), FoundConflict.id)
    ).all()
    asked = approvals.open_on(session, ACTION, [item[0].public_id for item in found])
    return [
        FoundRow(
            conflict.public_id,
            unknown.get(expert.id) or expert.name,
            "" if expert.id in unknown else expert.public_id,
            f"{dossier.number}　{dossier.unit_name}",
            rules.round_name(round_.stage, round_.panel),
            state in ("submitted", "void"),
            conflict.reason,
            conflict.found_at,
            decision is None and conflict.public_id not in asked and state not in ("void", "recused"),
            asked.get(conflict.public_id, ""),
            decision.outcome if decision else "",
            decision.reason if decision else "",
            decision.decided_at if decision else None,
        )
        for conflict, state, round_, expert, dossier, decision in found
    ]


def waiting(viewer: Viewer, *, call: str) -> int:
    """How many wait for the secretariat to ask for a decision."""
    return sum(row.waits for row in list_found(viewer, call=call))


def _refuse_short(reason: str) -> None:
    if len(reason.strip()) < REASON_MIN:
        sentence = mark("请写明理由，至少%(n)s个字。", n=REASON_MIN)
        raise Invalid(sentence, {"reason": sentence})


def _refuse_frozen(session: Session, call: Call, dossier: int) -> None:
    """Once the ranking is frozen only a re-examination of the contested dossiers opens this way again."""
    if call.state in ("draft", "receiving", "reviewing"):
        return
    if not reexamination_state.allows_void(session, call.id, dossier):
        raise Conflict(mark("排名已冻结，评分不能再改动。请按异议处理程序办理。"))


def report_conflict(actor: Viewer, *, call: str, expert: str, dossier: str, reason: str) -> int:
    """An officer learns of a ground after assignment. Returns how many submitted sheets now stand apart.

    Without a submitted sheet the pair is recused at once; with one, two people decide about it. Raises
    `Conflict` where nothing is assigned or it is recorded already, `Invalid` without a reason.
    """
    _refuse_short(reason)
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        person = session.scalars(sa.select(Expert).where(Expert.public_id == expert)).first()
        paper = session.scalars(
            sa.select(Dossier).where(Dossier.public_id == dossier, Dossier.call_id == row.id)
        ).first()
        if person is None or paper is None:
            raise NotFound()
        _refuse_frozen(session, row, paper.id)
        pair = (person.id, paper.id)
        reviews = found_conflicts.live_reviews(session, row.id, [paper.id]).get(pair, [])
        unknown = draw_names.hidden_in_call(session, actor, row.id)
        if not reviews or pair[0] in unknown or recusals.kept_apart(session, row.id, pair):
            raise Conflict(mark("该材料没有分派给该专家，或已登记回避，无须登记。"))
        scored = [review for review in reviews if review.state == "submitted"]
        if any(recusals.is_undecided(session, review.id) for review in scored):
            raise Conflict(mark("该评分表已登记发现利害关系，正等待处理。"))
        if scored:
            found_conflicts.record_found(session, actor, row, scored, "report", reason.strip(), ())
        else:
            found_conflicts.recuse_now(session, actor, row, pair, "report", "decided", reason.strip())
        return len(scored)


def _case(session: Session, conflict: str, *, lock: bool = False) -> _Case:
    query = (
        sa.select(FoundConflict, Review, Round, Expert, Dossier, Call)
        .join(Review, Review.id == FoundConflict.review_id)
        .join(Round, Round.id == Review.round_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(Call, Call.id == Round.call_id)
        .where(FoundConflict.public_id == conflict)
    )
    row = session.execute(query.with_for_update(of=(Review, Call)) if lock else query).first()
    if row is None:
        raise NotFound()
    return _Case(*row)


def view(viewer: Viewer, *, call: str, conflict: str) -> FoundRow:
    """One of `list_found`. Raises `NotFound`."""
    for row in list_found(viewer, call=call):
        if row.public_id == conflict:
            return row
    raise NotFound()


def _payload(found: _Case, outcome: str) -> dict[str, object]:
    return {
        "conflict": found.conflict.public_id,
        "outcome": outcome,
        "expert": found.expert.name,
        "number": found.dossier.number,
        "unit": found.dossier.unit_name,
        "round": rules_of(found.call).round_name(found.round.stage, found.round.panel),
        "finding": found.conflict.reason,
        "state": found.review.state,
    }


def _refuse_settled(session: Session, found: _Case, outcome: str) -> None:
    _refuse_frozen(session, found.call, found.dossier.id)
    decided = sa.select(ConflictDecision.id).where(ConflictDecision.conflict_id == found.conflict.id)
    if session.scalar(decided) is not None:
        raise Conflict(mark("该事项已经处理。"))
    open_case = sa.select(ReconciliationCase.id).where(
        ReconciliationCase.review_id == found.review.id, ReconciliationCase.state.in_(("waiting", "open"))
    )
    if outcome == "void" and session.scalar(open_case) is not None:
        raise Conflict(mark("该评分有复议尚未答复，请待专家答复后再申请作废。"))


def ask_settle(actor: Viewer, *, conflict: str, outcome: str, reason: str) -> str:
    """Ask for a sheet to be voided or kept. Returns the approval's public id.

    Raises `Invalid` by field, `Conflict`, `NotFound`, `NotAllowed`.
    """
    if outcome not in OUTCOMES:
        raise Invalid(mark("请选择一项。"), {"outcome": mark("请选择作废或保留。")})
    _refuse_short(reason)
    with transaction() as session:
        found = _case(session, conflict, lock=True)
        scopes.office_call(actor, found.call.public_id, session=session)
        policy.can_run_call(actor, found.call.id).require()
        _refuse_settled(session, found, outcome)
        return approvals.ask(
            session,
            actor,
            ACTION,
            object_kind="conflict",
            object_id=found.conflict.public_id,
            call_id=found.call.id,
            payload=_payload(found, outcome),
            reason=reason,
        ).public_id


def decide_settle(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor agrees or not. Void: the sheet counts no more and the pair is recused from now on."""
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval).where(Approval.public_id == approval, Approval.action == ACTION)
        ).first()
        if asked is None:
            raise NotFound()
        outcome = str(asked.payload["outcome"])
        found = _case(session, asked.object_id, lock=True)
        settled = approvals.settle(
            session,
            actor,
            approval,
            ACTION,
            approve=approve,
            payload_now=_payload(found, outcome),
            note=note,
        )
        if not approve:
            return
        _refuse_settled(session, found, outcome)
        decision = ConflictDecision(
            conflict_id=found.conflict.id,
            approval_id=settled.id,
            outcome=outcome,
            reason=settled.reason,
            decided_at=now(),
            decided_by=actor.account_id,
        )
        session.add(decision)
        session.flush()
        if outcome == "void":
            _void(session, actor, found)
        audit.record(
            session,
            actor,
            "settle_conflict",
            object_kind="conflict",
            object_id=found.conflict.public_id,
            call_id=found.call.id,
            detail={"sheet_outcome": outcome, "sheets": [found.review.public_id]},
            bound=[Bound("conflict_decision", decision)],
        )


def _void(session: Session, actor: Viewer, found: _Case) -> None:
    if found.review.state == "submitted":
        found.review.state = states.advance(states.REVIEW, found.review.state, "void")
    pair = (found.review.expert_id, found.review.dossier_id)
    found_conflicts.recuse_now(
        session, actor, found.call, pair, found.conflict.rule, "decided", found.conflict.reason
    )
