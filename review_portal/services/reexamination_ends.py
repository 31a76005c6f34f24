"""终止重新评审: a new round that cannot be held is given up by two people, before anybody knows its points.

The other kinds end by a version that says what it changed, if only that it changed nothing.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, Round
from review_portal.models.reexaminations import Reexamination
from review_portal.services import approvals, audit, paper_state, reexamination_state, scopes
from review_portal.services.rules import round_name, rules_of

END = "end_reexam"
LEAST, MOST = 10, 1000


def ask_end(actor: Viewer, *, reexamination: str, reason: str) -> str:
    """Ask to give up the new round. Returns the approval's public id.

    Raises `Invalid`, `NotFound`, `Conflict` once its points are known, or where the kind has no round.
    """
    with transaction() as session:
        row, call = reexamination_state.known(session, actor, reexamination, lock=True)
        scopes.office_call(actor, call.public_id, session=session, lock=True)
        policy.can_run_call(actor, call.id).require()
        paper_state.refuse_typist(session, actor, call.id)
        round_ = _sealed_round(session, row)
        if not LEAST <= len(reason.strip()) <= MOST:
            fault = mark("请写明不能继续重新评审的原因，%(least)s至%(most)s个字。", least=LEAST, most=MOST)
            raise Invalid(fault, {"reason": fault})
        return approvals.ask(
            session,
            actor,
            END,
            object_kind="reexamination",
            object_id=row.public_id,
            call_id=call.id,
            payload=_payload(row, round_, call),
            reason=reason.strip(),
        ).public_id


def _sealed_round(session: Session, row: Reexamination) -> Round:
    """The new round while nobody knows its points: what would come out may not be a reason to stop."""
    found = session.scalars(
        sa.select(Round).where(Round.reexamination_id == row.id).with_for_update()
    ).first()
    if row.state != "open" or found is None:
        raise Conflict(mark("只有办理中的重新评审可以终止；其他方式由组长冻结新一版，写明是否改变。"))
    if not states.may(states.ROUND, found.state, "void"):
        raise Conflict(mark("重新评审的评分已启封，不能终止，请按结果办结。"))
    return found


def _payload(row: Reexamination, round_: Round, call: Call) -> dict[str, object]:
    return {
        "reexamination": row.public_id,
        "reference": row.reference,
        "round": round_name(rules_of(call), round_),
        "round_id": round_.public_id,
    }


def decide_end(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the new round is void and the ranking goes on counting."""
    with transaction() as session:
        asked = session.scalars(
            sa.select(Approval).where(Approval.public_id == approval, Approval.action == END)
        ).first()
        if asked is None:
            raise NotFound()
        row, call = reexamination_state.known(session, actor, asked.object_id, lock=True)
        if not approve:
            approvals.settle(
                session, actor, approval, END, approve=False, payload_now=asked.payload, note=note
            )
            return
        round_ = _sealed_round(session, row)
        approvals.settle(
            session,
            actor,
            approval,
            END,
            approve=True,
            payload_now=_payload(row, round_, call),
            note=note,
        )
        round_.state = states.advance(states.ROUND, round_.state, "void")
        row.state, row.settled_at = "ended", now()
        audit.record(
            session,
            actor,
            "end_reexamination",
            object_kind="reexamination",
            object_id=row.public_id,
            call_id=call.id,
            detail={"round": round_.public_id},
        )
