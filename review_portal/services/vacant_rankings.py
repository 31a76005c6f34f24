"""Nobody goes on: where no dossier is on a shortlist any more, the final ranking is an empty one.

There is no defense then, and yet the meeting decides (本批次空缺) on a frozen ranking like any other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.db import db
from review_portal.domain import canonical, policy
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.services import scopes
from review_portal.services.ranking_body import shortlist_notices
from review_portal.services.rules import rules_of
from review_portal.services.standings import Standing, standings
from scoring_rubrics import Call as Rules


def body_of(
    session: Session, call: Call, rounds: Sequence[Round], rules: Rules, *, as_of: datetime | None = None
) -> dict[str, Any] | None:
    """The body of the empty ranking; None unless every shortlist is frozen and nobody on one is left."""
    last = max(round_.position for round_ in rounds)
    before = [round_ for round_ in rounds if round_.position < last]
    if not before or any(round_.state != "draft" for round_ in rounds if round_.position == last):
        return None
    shortlists = session.scalars(
        sa.select(Ranking)
        .where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
        .order_by(Ranking.round_id)
    ).all()
    if {round_.id for round_ in before} != {frozen.round_id for frozen in shortlists}:
        return None
    known = standings(session, call, as_of=as_of)
    if any(one.shortlist == "shortlisted" and one.state == "eligible" for one in known.values()):
        return None
    stages = {round_.id: round_ for round_ in before}
    outside = _outside(known, shortlists, stages)
    return {
        "kind": "final",
        "vacant": True,
        "call": call.public_id,
        "rule": rules.final_rule.canonical(),
        "rules": rules.digest,
        "stages": [],
        "inputs": {frozen.public_id: frozen.digest for frozen in shortlists},
        "software": VERSION,
        "quota": rules.quota,
        "demands_look": False,
        "rows": [],
        "outside": outside,
        "notices": [],
        "shortlist_notices": shortlist_notices(session, call),
        "ranking": {"stages": [], "ties": [], "rows": []},
    }


def _outside(
    known: Mapping[str, Standing], shortlists: Sequence[Ranking], rounds: Mapping[int, Round]
) -> list[dict[str, Any]]:
    """Every dossier with what it reached in the round before; of one panel among several its place there."""
    scores: dict[str, dict[str, str]] = {}
    for frozen in shortlists:
        if frozen.round_id is not None and not frozen.panel:
            stage = rounds[frozen.round_id].stage
            scores |= {line["number"]: {stage: line["final"]} for line in frozen.body["rows"]}
    return [
        {
            "dossier": one.public_id,
            "number": number,
            "unit": one.unit,
            "members": list(one.members),
            "recommender": one.recommender,
            "stage_scores": scores.get(number, {}),
            "result": None,
            "conditions": "",
            **({"admission": one.admission} if one.admission else {}),
            "code": "withdrawn" if one.state == "withdrawn" else "not_shortlisted",
        }
        for number, one in known.items()
    ]


def _of_call(session: Session, call: Call) -> dict[str, Any] | None:
    rounds = session.scalars(sa.select(Round).where(Round.call_id == call.id)).all()
    if call.state != "reviewing" or not rounds:
        return None
    return body_of(session, call, rounds, rules_of(call))


def awaited(viewer: Viewer, *, call: str) -> bool:
    """Whether nobody goes on and the chair has still to freeze that. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return _of_call(db.session(), row) is not None


def offered(viewer: Viewer, *, round_: str) -> dict[str, Any] | None:
    """The empty ranking that the chair of a finished round may freeze, with its digest; else None."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    if not policy.can_see_ranks(viewer, row):
        return None
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    body = _of_call(session, call)
    return None if body is None else {**body, "digest": canonical.digest(body)}
