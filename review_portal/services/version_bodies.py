"""The body of a later version: the ranking as it comes out now, why there is another, what it changes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.models.reexaminations import Reexamination
from review_portal.services import ranking_rounds
from review_portal.services.ranking_body import shortlist_body
from review_portal.services.ranking_versions import differences, same_list
from scoring_rubrics import Call as Rules


def behind(
    session: Session, call: Call, rules: Rules, version: Ranking, body: Mapping[str, Any]
) -> dict[str, Any]:
    """What a later version says beside its ranking; a first version says nothing."""
    if version.replaces_id is None or version.reexamination_id is None:
        return {}
    replaced = session.scalars(sa.select(Ranking).where(Ranking.id == version.replaces_id)).one()
    cause = session.scalars(
        sa.select(Reexamination).where(Reexamination.id == version.reexamination_id)
    ).one()
    again = ranking_rounds.again_in(session, version)
    return words(session, call, rules, replaced, cause, body, again, version.frozen_at)


def words(
    session: Session,
    call: Call,
    rules: Rules,
    replaced: Ranking,
    cause: Reexamination,
    body: Mapping[str, Any],
    again: Sequence[Round],
    as_of: datetime | None = None,
) -> dict[str, Any]:
    """Why there is this version, which one it replaces and what it changes, as the body keeps them.

    `unheard`: units that should have gone on to the later stage by the scores of now and have not been heard.
    """
    unheard = _unheard(session, call, rules, body, again, as_of)
    return {
        "version": replaced.version + 1,
        "replaces": replaced.digest,
        "reexamination": {
            "id": cause.public_id,
            "kind": cause.kind,
            "reference": cause.reference,
            "received_on": cause.received_on.isoformat(),
            "grounds": cause.grounds,
            "dossiers": list(cause.dossiers),
            "beside": list(cause.beside),
            "beside_reason": cause.beside_reason,
            "stage": cause.stage,
        },
        "changes": [
            {
                "number": item.number,
                "unit": item.unit,
                "rank": list(item.rank),
                "score": list(item.score),
                "outcome": list(item.outcome),
            }
            for item in differences(replaced.body, body)
        ],
        "unheard": unheard,
        "list_changed": bool(unheard) or not same_list(replaced.body, body),
    }


def _unheard(
    session: Session,
    call: Call,
    rules: Rules,
    body: Mapping[str, Any],
    again: Sequence[Round],
    as_of: datetime | None,
) -> list[str]:
    left_out = {line["number"] for line in body["outside"] if line["code"] == "not_shortlisted"}
    if not left_out:
        return []
    found: set[str] = set()
    for round_ in ranking_rounds.regular(session, call.id)[:-1]:
        now_ = shortlist_body(session, call, round_, rules, as_of=as_of, again=again)
        found |= {line["number"] for line in now_["rows"] if line["outcome"] == "shortlisted"}
    return sorted(found & left_out)
