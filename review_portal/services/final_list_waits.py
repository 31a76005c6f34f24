"""Everything that a version of the final list waits for, in the order in which it is done."""

from __future__ import annotations

from sqlalchemy.orm import Session

from review_portal.domain.messages import mark
from review_portal.models.calls import Call
from review_portal.services import final_list_facts, final_list_gates, later_decision_state, list_notice_facts
from review_portal.services.final_list_gates import Gate
from scoring_rubrics import Call as Rules


def gates(session: Session, call: Call, rules: Rules) -> list[Gate]:
    """What must be done before the list is final; empty when it may be."""
    if call.state not in final_list_facts.STATES:
        return [Gate("notice_page", mark("公示发布、公示期满后方可确定名单。请先办理公示稿。"))]
    found = final_list_facts.places(session, call, rules)
    before = final_list_facts.latest(session, call.id)
    waiting: list[Gate] = []
    if call.state == "publicity":
        period = final_list_gates.of_period(session, call)
        waiting += [period] if period else []
    waiting += final_list_gates.of_objections(session, call, [place.dossier for place in found.listed])
    waiting += [
        Gate(
            "later",
            mark("%(number)s已另行审定同意，尚未列入名单。请先提请列入，另行公示。", number=one.number),
        )
        for one in later_decision_state.to_enter(session, call, found.known)
    ]
    if call.state == "publicity":
        waiting += list_notice_facts.gates(session, call, found)
    elif before is not None and before.upto >= found.upto:
        waiting.append(Gate("change", mark("名单公布后没有变更。需要变更的，请先登记名单变更。")))
    return waiting
