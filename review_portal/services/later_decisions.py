"""另行审定: the leaders' later decision on one dossier that was put off (暂缓) while others were approved.

Recorded as the first one is: by an officer with the minutes' scan, checked by a second one. It changes
nothing of the first decision, of the list that was announced, or of any score.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Decision
from review_portal.models.dossiers import Dossier
from review_portal.models.files import StoredFile
from review_portal.models.objections import LaterDecision
from review_portal.services import (
    approvals,
    audit,
    files,
    later_decision_state,
    objection_state,
    paper_state,
    reexamination_state,
    scopes,
)
from review_portal.services.bindings import Bound
from review_portal.services.decision_facts import check_scan
from review_portal.services.later_decision_state import PutOff
from review_portal.services.objection_input import check_reason

LATER = "decide_later"
CALL_STATES = ("decided", "publicity", "listed")


@dataclass(frozen=True, slots=True)
class LaterMinutes:
    """What is typed of the meeting; `answer` is approve or reject, `reason` as the minutes give it."""

    meeting: str
    held_on: date | None
    minutes_number: str
    answer: str
    reason: str


def ask_later(actor: Viewer, *, dossier: str, minutes: LaterMinutes, scan_name: str, scan: bytes) -> str:
    """Put a later decision on one dossier before a second officer. Returns the approval's public id.

    Raises `Invalid` by field, `Conflict` where the dossier was not put off, is held, or is decided already.
    """
    with transaction() as session:
        row, call, decision = _ground(session, actor, dossier)
        policy.can_run_call(actor, call.id).require()
        paper_state.refuse_typist(session, actor, call.id)
        _waiting(session, call, row)
        _check(minutes, decision, scan)
        told = check_reason("reason", minutes.reason)
        stored = files.put(
            session,
            scan,
            name=scan_name,
            media_type=check_scan(scan_name, scan),
            actor_id=actor.account_id,
        )
        assert minutes.held_on is not None  # it is checked
        return approvals.ask(
            session,
            actor,
            LATER,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            payload={
                "number": row.number,
                "unit": row.unit_name,
                "decision": decision.public_id,
                "meeting": minutes.meeting.strip(),
                "on": minutes.held_on.isoformat(),
                "minutes_number": minutes.minutes_number.strip(),
                "answer": minutes.answer,
                "because": told,
                "scan": stored.sha256,
                "scan_file": stored.public_id,
            },
            reason=told,
        ).public_id


def _ground(session: Session, actor: Viewer, dossier: str) -> tuple[Dossier, Call, Decision]:
    row = scopes.office_dossier(actor, dossier, session=session)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id).with_for_update()).one()
    decision = later_decision_state.decision_in_force(session, call)
    if decision is None or call.state not in CALL_STATES:
        raise Conflict(mark("会议审定登记后，方可对暂缓的材料另行登记审定结果。"))
    return row, call, decision


def _waiting(session: Session, call: Call, row: Dossier) -> PutOff:
    """The dossier as one that waits. Raises `Conflict`."""
    reexamination_state.refuse_running(session, call.id)
    waits = {one.dossier: one for one in later_decision_state.undecided(session, call)}
    if row.public_id not in waits:
        raise Conflict(mark("该材料没有在等待另行审定：未被审定为“暂缓”，或已经另行审定。"))
    if row.public_id in objection_state.held_dossiers(session, call.id):
        raise Conflict(mark("该材料因异议正在暂缓，请先解除暂缓再登记审定结果。"))
    return waits[row.public_id]


def _check(minutes: LaterMinutes, decision: Decision, scan: bytes) -> None:
    faults: dict[str, Message] = {
        name: mark("请填写此项，最多100个字。")
        for name in ("meeting", "minutes_number")
        if not 0 < len(getattr(minutes, name).strip()) <= 100
    }
    if minutes.held_on is None:
        faults["held_on"] = mark("请填写会议日期。")
    elif minutes.held_on > local_date(clock.now()):
        faults["held_on"] = mark("会议日期晚于今天，请核对。")
    elif minutes.held_on < decision.held_on:
        faults["held_on"] = mark("会议日期早于作出“暂缓”的会议，请核对。")
    if minutes.answer not in ("approve", "reject"):
        faults["answer"] = mark("请选择审定意见。")
    if not scan:
        faults["scan"] = mark("请上传会议纪要扫描件。")
    if faults:
        raise Invalid(mark("另行审定未登记，请更正标出的内容。"), faults)


def decide_later(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's check; with yes the dossier is selected, or not."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call, decision = _ground(session, actor, asked.object_id)
        if approve:
            paper_state.refuse_typist(session, actor, call.id)
            _waiting(session, call, row)
            if row.state != "eligible" and asked.payload["answer"] == "approve":
                raise Conflict(mark("该单位已撤回，不能列为入选。请由申请人重新登记。"))
        settled = approvals.settle(
            session,
            actor,
            approval,
            LATER,
            approve=approve,
            payload_now={**asked.payload, "decision": decision.public_id},
            note=note,
        )
        if not approve:
            return
        told = settled.payload
        scan_id = session.scalars(
            sa.select(StoredFile.id).where(StoredFile.public_id == told["scan_file"])
        ).one()
        made = LaterDecision(
            call_id=call.id,
            decision_id=decision.id,
            dossier_id=row.id,
            meeting=told["meeting"],
            held_on=date.fromisoformat(told["on"]),
            minutes_number=told["minutes_number"],
            answer=told["answer"],
            reason=told["because"],
            scan_id=scan_id,
            scan=told["scan"],
            approval_id=settled.id,
            recorded_at=now(),
            recorded_by=settled.asked_by,
            checked_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            LATER,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            detail={
                "meeting": made.meeting,
                "on": made.held_on,
                "minutes_number": made.minutes_number,
                "later": made.answer,
                "file": made.scan,
                "approval": approval,
            },
            bound=[Bound("later_decision", made)],
        )
