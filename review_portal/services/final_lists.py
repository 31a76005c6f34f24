"""公布名单: the list becomes final, version by version; one officer asks, a second one releases.

The first version takes a call from publicity to listed. A change afterwards makes another version beside the
one that stays; nothing is ever written over.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now, transaction
from review_portal.domain import policy, states
from review_portal.domain.errors import Conflict, Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.exports.final_list_notice import FinalNotice
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.final_lists import FinalList, ListPaper
from review_portal.services import approvals, audit, final_list_facts, final_list_waits, paper_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.final_list_facts import LIST_FIELDS, SETTLE, Places
from review_portal.services.rules import rules_of

REASON_MAX = 1000


def ask_settle(actor: Viewer, *, call: str, reason: str) -> str:
    """Ask a second officer to make the list final and to release its notice. The approval's public id.

    Raises `Conflict` with the first thing that is still to be done, `Invalid` naming every missing fact.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        paper_state.refuse_typist(session, actor, row.id)
        paper, found, notice = _ready(session, row)
        return approvals.ask(
            session,
            actor,
            SETTLE,
            object_kind="list_paper",
            object_id=paper.public_id,
            call_id=row.id,
            payload=_payload(paper, found, notice),
            reason=reason,
            renew=True,
        ).public_id


def _ready(session: Session, call: Call) -> tuple[ListPaper, Places, FinalNotice]:
    """What would be released now, once nothing stands against it."""
    rules = rules_of(call)
    gates = final_list_waits.gates(session, call, rules)
    if gates:
        raise Conflict(gates[0].said)
    found = final_list_facts.places(session, call, rules)
    before = final_list_facts.latest(session, call.id)
    paper = final_list_facts.paper(session, call.id, "list", (before.ordinal if before else 0) + 1)
    if paper is None:
        raise Conflict(mark("尚未起草公布名单的通知。请先起草并补齐待填事项。"))
    notice = final_list_facts.list_notice(session, call, paper.facts, found)
    _refuse_missing(notice)
    return paper, found, notice


def _refuse_missing(notice: FinalNotice) -> None:
    lacking = notice.missing()
    if lacking:
        names = {str(label): name for name, label in LIST_FIELDS.items()}
        faults: dict[str, Message] = {
            names[label]: mark("请填写%(what)s。", what=label) for label in lacking if label in names
        }
        raise Invalid(
            mark(
                "还有%(n)s项待填：%(names)s。补齐后方可提请确定名单。",
                n=len(lacking),
                names="、".join(lacking),
            ),
            faults,
        )


def _payload(paper: ListPaper, found: Places, notice: FinalNotice) -> dict[str, object]:
    """What two people agree to: every fact, every unit, what changes, the code that the list carries."""
    return {
        "facts": dict(paper.facts),
        "units": _units(found),
        "vacant": [[one.number, one.unit, one.cause, one.filled_by] for one in found.vacant],
        "changed": list(notice.changed),
        "ordinal": notice.ordinal,
        "upto": found.upto,
        "decision": found.decision.public_id,
        "list": notice.digest,
    }


def _units(found: Places) -> list[list[Any]]:
    return [
        [place.dossier, place.unit.lead_unit, list(place.unit.members), place.unit.recommender]
        for place in found.listed
    ]


def decide_settle(actor: Viewer, *, approval: str, approve: bool, note: str = "") -> None:
    """The second officer's answer; with yes this version of the list is final."""
    with transaction() as session:
        asked = approvals.get(actor, approval)
        row = session.scalars(
            sa.select(Call)
            .join(ListPaper, ListPaper.call_id == Call.id)
            .where(ListPaper.public_id == asked.object_id)
            .with_for_update(of=Call)
        ).one()
        payload: dict[str, object] | None = None
        ready = None
        if approve:
            paper_state.refuse_typist(session, actor, row.id)
            ready = _ready(session, row)
            payload = _payload(*ready)
        settled = approvals.settle(
            session, actor, approval, SETTLE, approve=approve, payload_now=payload, note=note
        )
        if ready is not None:
            _release(session, actor, row, ready, settled)


def _release(
    session: Session,
    actor: Viewer,
    call: Call,
    ready: tuple[ListPaper, Places, FinalNotice],
    settled: Approval,
) -> None:
    paper, found, notice = ready
    assert notice.issued_on is not None
    if call.state == "publicity":
        call.state = states.advance(states.CALL, call.state, "settle")
    made = FinalList(
        call_id=call.id,
        ordinal=notice.ordinal,
        decision_id=found.decision.id,
        paper_id=paper.id,
        upto=found.upto,
        number=paper.facts["list_number"],
        issued_on=notice.issued_on,
        facts=dict(paper.facts),
        units=_units(found),
        digest=notice.digest,
        reason=settled.reason,
        approval_id=settled.id,
        released_at=now(),
        released_by=settled.asked_by,
        checked_by=actor.account_id,
    )
    session.add(made)
    session.flush()
    audit.record(
        session,
        actor,
        SETTLE,
        object_kind="final_list",
        object_id=made.public_id,
        call_id=call.id,
        detail={
            "ordinal": made.ordinal,
            "reference": made.number,
            "on": made.issued_on,
            "selected": [place.dossier for place in found.listed],
            "list": made.digest,
            "approval": settled.public_id,
        },
        bound=[Bound("final_list", made)],
    )
