"""The scores that the panel's opinion is printed with: of every round and, of several, the final."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sqlalchemy.orm import Session

from review_portal.domain.errors import Conflict
from review_portal.models.calls import Call, Round
from review_portal.services import frozen_rankings, ranking_rounds, ranking_store
from review_portal.services.ranking_body import kind_of
from scoring_rubrics import Call as Rules


def scores_of(session: Session, call: Call, round_: Round, rules: Rules) -> dict[str, str]:
    """Dossier number to the scores in words, as the ranking that counts this round gives or would give them.

    Freezing that ranking changes none of them. Empty while the round cannot be ranked yet.
    """
    body = _body(session, call, round_, rules)
    stages = {stage["key"]: stage["name"] for stage in body.get("stages", ())}
    return {
        line["number"]: _words(line, stages) for line in (*body.get("rows", ()), *body.get("outside", ()))
    }


def _body(session: Session, call: Call, round_: Round, rules: Rules) -> Mapping[str, Any]:
    frozen, again = frozen_rankings.frozen_for(session, call, round_), round_.reexamination_id is not None
    counted = frozen and (
        not again or round_.id in {row.id for row in ranking_rounds.again_in(session, frozen)}
    )
    if frozen is not None and counted:
        return frozen.body
    kind = "final" if again else kind_of(session, round_)
    try:
        return ranking_store.body_of(session, call, round_, rules, kind, again=[round_] if again else ())
    except Conflict:
        return {}


def _words(line: Mapping[str, Any], stages: Mapping[str, str]) -> str:
    scores = {name: line["stage_scores"].get(key) for key, name in stages.items()}
    parts = [f"{name}{score}分" for name, score in scores.items() if score is not None]
    final = line.get("final")
    return "，".join([*parts, f"最终得分{final}分"] if final and len(stages) > 1 else parts)
