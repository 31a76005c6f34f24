"""A frozen ranking computed again from the stored sheets, as they counted when it was frozen."""

from __future__ import annotations

from typing import Any

from sqlalchemy.orm import Session

from review_portal.models.calls import Call
from review_portal.models.rankings import Ranking
from review_portal.services import ranking_rounds, version_bodies
from review_portal.services.ranking_store import body_of
from scoring_rubrics import Call as Rules


def recomputed(session: Session, call: Call, rules: Rules, frozen: Ranking) -> dict[str, Any]:
    """The body of a frozen version, computed again.

    What people said (`look`) and which software froze it are no result of computing.
    """
    regular = ranking_rounds.regular(session, call.id)
    round_ = next((item for item in regular if item.id == frozen.round_id), regular[-1])
    again = ranking_rounds.again_in(session, frozen)
    body = body_of(session, call, round_, rules, frozen.kind, frozen.frozen_at, again)
    body = {**body, **version_bodies.behind(session, call, rules, frozen, body)}
    return {**body, "look": frozen.body["look"], "software": frozen.software}
