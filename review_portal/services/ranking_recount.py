"""A ranking's body from the stored sheets: tried out, about to be frozen, or a frozen one computed again."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.services import recusals, vacant_rankings
from review_portal.services.ranking_body import final_body, shortlist_body
from scoring_rubrics import Call as Rules


def body_of(
    session: Session, call: Call, round_: Round, rules: Rules, kind: str, as_of: datetime | None = None
) -> dict[str, Any]:
    """The body of a kind as dossiers stood at `as_of`, now when None. Raises `Conflict` if it cannot be."""
    if as_of is None:
        recusals.refuse_undecided(session, call.id)
    if kind == "shortlist":
        return shortlist_body(session, call, round_, rules, as_of=as_of)
    rounds = session.scalars(
        sa.select(Round).where(Round.call_id == call.id).order_by(Round.position, Round.id)
    ).all()
    if any(item.state != "finished" for item in rounds):
        vacant = vacant_rankings.body_of(session, call, rounds, rules, as_of=as_of)
        if vacant is not None:
            return vacant
        raise Conflict(mark("还有轮次未结束复议，暂不能排名。"))
    return final_body(session, call, rounds, rules, as_of=as_of)


def recomputed(session: Session, call: Call, round_: Round, rules: Rules, frozen: Ranking) -> dict[str, Any]:
    """The body of a frozen ranking computed again from the stored sheets, as dossiers stood then.

    What people said (`look`) and which software froze it are no result of computing.
    """
    body = body_of(session, call, round_, rules, frozen.kind, frozen.frozen_at)
    return {**body, "look": frozen.body["look"], "software": frozen.software}
