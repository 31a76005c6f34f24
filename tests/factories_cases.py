"""Cases of 复议 as chair and supervisor open them together."""

from __future__ import annotations

from review_portal.domain.policy import Viewer
from review_portal.services import approvals, case_acts, reconciliation
from review_portal.services.flags import OWN

GROUNDS = "评语提到的数据与申报书不一致，需要专家说明（示例）。"


def opened(
    chair: Viewer,
    supervisor: Viewer,
    *,
    round_: str,
    dossier: str,
    code: str,
    question: str,
    trigger: str = OWN,
) -> str:
    """One case that its expert sees; outside of the triggers with the countersign. Its public id."""
    (case,) = reconciliation.open_cases(
        chair,
        round_=round_,
        dossier=dossier,
        codes=[code],
        question=question,
        trigger=trigger,
        grounds=GROUNDS,
    )
    asked = request_of(supervisor, case)
    if asked:
        case_acts.decide_countersign(supervisor, approval=asked, approve=True)
    return case


def request_of(supervisor: Viewer, object_id: str) -> str:
    """The request on an object that waits for the supervisor, or ''."""
    return next(
        (item.public_id for item in approvals.list_waiting(supervisor) if item.object_id == object_id), ""
    )
