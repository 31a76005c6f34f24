"""维持、调整、取消: what came of an objection, written by one officer and agreed to by a second person."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.domain.objection_rules import OUTCOMES, number_text
from review_portal.domain.policy import Viewer
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import Objection, ObjectionAct
from review_portal.services import approvals, audit, objection_rows, objection_state
from review_portal.services.bindings import Bound
from review_portal.services.objection_input import check_reason
from review_portal.services.objection_state import CONCLUDE


def ask_conclude(actor: Viewer, *, objection: str, outcome: str, reason: str) -> str:
    """Put an outcome before a second person. Returns the approval's public id.

    Raises `Invalid` by field, `Conflict` out of turn or while another request waits, `NotFound`.
    """
    with transaction() as session:
        row, call = objection_rows.known(session, actor, objection, lock=True)
        policy.can_run_call(actor, call.id).require()
        objection_rows.refuse_unfit(session, row, "conclude")
        if outcome not in OUTCOMES:
            said = mark("请选择处理结论。")
            raise Invalid(said, {"outcome": said})
        told = check_reason("reason", reason, least=10)
        objection_rows.refuse_naming(session, actor, row, "reason", told)
        return approvals.ask(
            session,
            actor,
            CONCLUDE,
            object_kind="objection",
            object_id=row.public_id,
            call_id=call.id,
            payload=_payload(session, row, outcome, told),
            reason=told,
        ).public_id


def _payload(session: Session, row: Objection, outcome: str, reason: str) -> dict[str, object]:
    named = session.execute(
        sa.select(Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == row.call_id, Dossier.public_id.in_(row.dossiers))
        .order_by(Dossier.number)
    )
    return {
        "objection": number_text(row.ordinal),
        "outcome": outcome,
        "finding": reason,
        "facts": row.facts,
        "dossiers": [[number, unit] for number, unit in named],
        "steps": len(objection_state.acts_of(session, [row.id])[row.id]),
    }


def decide_conclude(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second person's answer; with yes the outcome stands."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call = objection_rows.known(session, actor, asked.object_id, lock=True)
        told = asked.payload
        if approve:
            objection_rows.refuse_unfit(session, row, "conclude")
        settled = approvals.settle(
            session,
            actor,
            approval,
            CONCLUDE,
            approve=approve,
            payload_now=_payload(session, row, str(told["outcome"]), str(told["finding"])),
            note=note,
        )
        if not approve:
            return
        made = ObjectionAct(
            objection_id=row.id,
            act="conclude",
            choice=str(told["outcome"]),
            text=str(told["finding"]),
            approval_id=settled.id,
            acted_at=now(),
            acted_by=settled.asked_by,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            CONCLUDE,
            object_kind="objection",
            object_id=row.public_id,
            call_id=call.id,
            detail={"entry": number_text(row.ordinal), "settled_as": made.choice, "approval": approval},
            bound=[Bound("objection_act", made)],
        )
