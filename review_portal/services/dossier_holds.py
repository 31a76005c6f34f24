"""暂缓 of one dossier and its end: one person asks, a supervisor agrees; its scores stay as they are.

A held dossier stays in scoring and in the ranking; it may not be announced or stand on the final list.
"""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.objection_rules import CALL_STATES, number_text
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import DossierHold, DossierRelease, Objection
from review_portal.services import approvals, audit, objection_rows, objection_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.objection_input import check_reason

HOLD, RELEASE = "hold_dossier", "release_dossier"


def ask_hold(actor: Viewer, *, dossier: str, objection: str, reason: str) -> str:
    """Ask for a dossier to be held; `objection` (public id) may be empty. Returns the approval's public id.

    Raises `Invalid` by field, `Conflict` where it is held already or the list is final, `NotFound`.
    """
    with transaction() as session:
        row, call = _dossier(session, actor, dossier)
        if call.state not in CALL_STATES:
            raise Conflict(mark("最终名单已公布，不能再暂缓。"))
        if row.public_id in objection_state.held_dossiers(session, call.id):
            raise Conflict(mark("该材料已经暂缓，无须再次申请。"))
        told = check_reason("reason", reason, least=10)
        known = objection_rows.known(session, actor, objection)[0] if objection else None
        if known is not None:
            _refuse_foreign(known, call)
            objection_rows.refuse_naming(session, actor, known, "reason", told)
        return approvals.ask(
            session,
            actor,
            HOLD,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            payload={
                "number": row.number,
                "unit": row.unit_name,
                "objection": number_text(known.ordinal) if known else "",
                "entry": known.public_id if known else "",
                "because": told,
            },
            reason=told,
        ).public_id


def _refuse_foreign(known: Objection, call: Call) -> None:
    if known.call_id != call.id:
        said = mark("请选择本批次的异议。")
        raise Invalid(said, {"objection": said})


def _dossier(session: Session, actor: Viewer, dossier: str) -> tuple[Dossier, Call]:
    row = scopes.office_dossier(actor, dossier, session=session)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id).with_for_update()).one()
    return row, call


def decide_hold(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the dossier is held from now on."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call = _dossier(session, actor, asked.object_id)
        if approve and row.public_id in objection_state.held_dossiers(session, call.id):
            raise Conflict(mark("该材料已经暂缓，无须再次申请。"))
        settled = approvals.settle(session, actor, approval, HOLD, approve=approve, note=note)
        if not approve:
            return
        entry = settled.payload["entry"]
        known = session.scalar(sa.select(Objection.id).where(Objection.public_id == entry))
        made = DossierHold(
            call_id=call.id,
            dossier_id=row.id,
            objection_id=known,
            reason=settled.payload["because"],
            approval_id=settled.id,
            held_at=now(),
            asked_by=settled.asked_by,
            agreed_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            HOLD,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            detail={"entry": settled.payload["objection"], "approval": approval},
            bound=[Bound("dossier_hold", made)],
        )


def ask_release(actor: Viewer, *, dossier: str, finding: str) -> str:
    """Ask for a hold to end, with what was found. Raises as `ask_hold`, `Conflict` where none stands."""
    with transaction() as session:
        row, call = _dossier(session, actor, dossier)
        held = objection_state.held_dossiers(session, call.id).get(row.public_id)
        if held is None:
            raise Conflict(mark("该材料没有暂缓，无须解除。"))
        told = check_reason("finding", finding, least=10)
        return approvals.ask(
            session,
            actor,
            RELEASE,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            payload={"number": row.number, "unit": row.unit_name, "hold": held.hold, "found": told},
            reason=told,
        ).public_id


def decide_release(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The supervisor's answer; with yes the hold is over, and the finding stays beside it."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row, call = _dossier(session, actor, asked.object_id)
        settled = approvals.settle(session, actor, approval, RELEASE, approve=approve, note=note)
        if not approve:
            return
        hold = session.scalars(
            sa.select(DossierHold).where(DossierHold.public_id == settled.payload["hold"])
        ).first()
        if hold is None:
            raise NotFound()
        ended = sa.select(DossierRelease.id).where(DossierRelease.hold_id == hold.id)
        if session.scalar(ended) is not None:
            raise Conflict(mark("该次暂缓已经解除。"))
        made = DossierRelease(
            hold_id=hold.id,
            finding=settled.payload["found"],
            approval_id=settled.id,
            released_at=now(),
            asked_by=settled.asked_by,
            agreed_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            RELEASE,
            object_kind="dossier",
            object_id=row.public_id,
            call_id=call.id,
            detail={"approval": approval},
            bound=[Bound("dossier_release", made)],
        )
