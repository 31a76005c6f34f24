"""Acts on a case beside question and answer: countersign, taking back, a later time, no answer in time."""

from __future__ import annotations

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Round
from review_portal.models.cases import CaseAct
from review_portal.services import approvals, audit, case_rows
from review_portal.services.bindings import Bound
from review_portal.services.case_rows import ANSWER_DAYS_MAX, COUNTERSIGN, Known

REASON_MIN, REASON_MAX = 4, 1000


def decide_countersign(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's word on a case outside of the triggers. Agreed, the expert sees it and time runs."""
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval.object_id).where(
                Approval.public_id == approval, Approval.action == COUNTERSIGN
            )
        ).first()
        if asked is None:
            raise NotFound()
        found = case_rows.known(session, actor, asked)
        approvals.settle(
            session,
            actor,
            approval,
            COUNTERSIGN,
            approve=approve,
            payload_now=case_rows.countersign_payload(found),
            note=note,
        )
        if approve:
            _refuse_ended(found.round)
            found.case.due_at = now() + (found.case.due_at - found.case.opened_at)
        _record(session, actor, found, "release" if approve else "refuse", note)


def ask_countersign_again(actor: Viewer, *, case: str) -> str:
    """The chair asks once more where the request has lapsed. Returns the approval's public id."""
    with transaction() as session:
        found = _chaired(session, actor, case)
        if found.case.state != "waiting":
            raise Conflict(mark("该复议不在等待会签，无须再次申请。"))
        return approvals.ask(
            session,
            actor,
            COUNTERSIGN,
            object_kind="case",
            object_id=found.case.public_id,
            call_id=found.round.call_id,
            payload=case_rows.countersign_payload(found),
            reason=found.case.grounds,
        ).public_id


def withdraw_case(actor: Viewer, *, case: str, reason: str) -> None:
    """The chair takes back a case that waits for the countersign; it stays in the ledger as taken back."""
    _refuse_short(reason)
    with transaction() as session:
        found = _chaired(session, actor, case)
        for request in session.scalars(
            sa.select(Approval).where(
                Approval.action == COUNTERSIGN,
                Approval.object_id == found.case.public_id,
                Approval.outcome == "pending",
            )
        ):
            request.outcome = "lapsed"
        _record(session, actor, found, "withdraw", reason)


def extend_case(actor: Viewer, *, case: str, due_at: datetime | None, reason: str) -> None:
    """The chair gives a later time to answer, also after the first has passed. Raises `Invalid` by field."""
    with transaction() as session:
        found = _chaired(session, actor, case)
        if found.case.state != "open":
            raise Conflict(mark("只有等待专家答复的复议可以延长期限。"))
        faults = {}
        at = now()
        if due_at is None or due_at <= max(found.case.due_at, at):
            faults["due_at"] = mark("新的期限须晚于现在和原期限。")
        elif due_at > at + timedelta(days=ANSWER_DAYS_MAX):
            faults["due_at"] = mark("答复期限最长%(days)s天，请改早。", days=ANSWER_DAYS_MAX)
        if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
            faults["reason"] = _short().fields["reason"]
        if due_at is None or faults:
            raise Invalid(mark("期限未延长，请按提示更正。"), faults)
        found.case.due_at = due_at
        _record(session, actor, found, "extend", reason)


def lapse_case(actor: Viewer, *, case: str, reason: str) -> None:
    """After the time is over the chair records that no answer came; the score stays as it was submitted."""
    _refuse_short(reason)
    with transaction() as session:
        found = _chaired(session, actor, case)
        if found.case.state == "open" and now() < found.case.due_at:
            raise Conflict(mark("答复期限尚未届满，不能登记为逾期未答复。"))
        _record(session, actor, found, "lapse", reason)


def _short() -> Invalid:
    sentence = mark("请写明理由，至少%(n)s个字。", n=REASON_MIN)
    return Invalid(sentence, {"reason": sentence})


def _refuse_short(reason: str) -> None:
    if not REASON_MIN <= len(reason.strip()) <= REASON_MAX:
        raise _short()


def _refuse_ended(round_: Round) -> None:
    if round_.state != "reconciling":
        raise Conflict(mark("本轮不在复议期间，不能办理。"))


def _chaired(session: Session, actor: Viewer, case: str) -> Known:
    found = case_rows.known(session, actor, case)
    policy.can_chair(actor, found.round).require()
    _refuse_ended(found.round)
    return found


def _record(session: Session, actor: Viewer, found: Known, act: str, reason: str) -> None:
    case = found.case
    if act != "extend":
        case.state = states.advance(states.CASE, case.state, act)
    timed = act in ("release", "extend")
    row = CaseAct(
        case_id=case.id,
        act=act,
        reason=reason.strip(),
        due_at=case.due_at if timed else None,
        acted_at=now(),
        acted_by=actor.account_id,
    )
    session.add(row)
    session.flush()
    audit.record(
        session,
        actor,
        f"{act}_case",
        object_kind="case",
        object_id=case.public_id,
        call_id=found.round.call_id,
        detail={"answer_by": row.due_at} if timed else {},
        bound=[Bound("case_act", row)],
    )
