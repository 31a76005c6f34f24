"""What a ranking says, as one canonical body: computed once, shown, printed and frozen as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message
from review_portal.models.calls import Call, Round
from review_portal.models.rankings import Ranking
from review_portal.services import opinion_rows, points, ranking_rounds
from review_portal.services.cut_outcomes import cut_outcomes
from review_portal.services.standings import Standing, absent_codes, before_defense, of_panel, standings
from scoring_rubrics import Call as Rules
from scoring_rubrics import Rule

if TYPE_CHECKING:
    from review_portal.aggregator import Ranking as Ranked
    from review_portal.aggregator import Ratings, StageRatings

EFFECT = "reconciliation_"  # codes of notices that say what reconciliation did to a list


def kind_of(session: Session, round_: Round) -> str:
    """A round before the last gives a shortlist, the last one the final ranking."""
    later = session.scalar(
        sa.select(Round.id)
        .where(Round.call_id == round_.call_id, Round.position > round_.position)
        .where(Round.reexamination_id.is_(None))
        .limit(1)
    )
    return "final" if later is None else "shortlist"


def stage_ratings(
    session: Session,
    rounds: Sequence[Round],
    rules: Rules,
    as_of: datetime | None,
    again: Sequence[Round] = (),
) -> list[StageRatings]:
    """One `StageRatings` per round, in order; weights as the call gives them.

    A final ranking takes `counted` rounds. `again`: see `points.ratings_of`.
    """
    found = []
    for round_ in rounds:
        own = [item for item in again if item.stage == round_.stage]
        groups = ranking_rounds.groups(session, round_, own) if own else None
        found.append(
            _stage(round_, points.ratings_of(session, round_, rules, as_of=as_of, again=own), rules, groups)
        )
    return found


def _stages_around(
    session: Session,
    rounds: Sequence[Round],
    rules: Rules,
    as_of: datetime | None,
    again: Sequence[Round],
) -> tuple[list[StageRatings], list[StageRatings]]:
    """The stages as they count and as they were unsealed; the same list where nothing was revised."""
    now: list[StageRatings] = []
    before: list[StageRatings] = []
    for round_ in rounds:
        own = [item for item in again if item.stage == round_.stage]
        groups = ranking_rounds.groups(session, round_, own) if own else None
        counts, unsealed = points.ratings_around(session, round_, rules, as_of, own)
        now.append(_stage(round_, counts, rules, groups))
        before.append(now[-1] if unsealed is counts else _stage(round_, unsealed, rules, groups))
    same = all(one is other for one, other in zip(now, before, strict=True))
    return now, now if same else before


def _stage(round_: Round, ratings: Ratings, rules: Rules, group_of: Mapping[str, str] | None) -> StageRatings:
    from review_portal.aggregator import StageRatings

    stage = rules.stage(round_.stage)
    return StageRatings(round_.stage, stage.weight or Decimal(0), ratings, stage.rubric, group_of)


def counted(rounds: Sequence[Round]) -> list[Round]:
    """The rounds that make up the final score: what one of several panels scored only sends dossiers on."""
    return [round_ for round_ in rounds if not round_.panel]


def final_body(
    session: Session,
    call: Call,
    rounds: Sequence[Round],
    rules: Rules,
    *,
    as_of: datetime | None = None,
    again: Sequence[Round] = (),
) -> dict[str, Any]:
    """The ranking over all rounds with the other rules beside it. Raises `Conflict` where it cannot be."""
    from review_portal.aggregator import (
        AggregatorError,
        compare_rules,
        rank_ratings,
        reconciliation_effect,
        remarks,
    )

    heard = ranking_rounds.last_heard(session, rounds[-1], again)
    agreed = opinion_rows.agreed_of(session, call, as_of=as_of, heard=heard)
    known = standings(session, call, as_of=as_of, agreed=agreed, again=again)
    stages, earlier = _stages_around(session, counted(rounds), rules, as_of, again)
    judged_before = (number for number, standing in known.items() if standing.shortlist is not None)
    numbers = {number for stage in stages for number in stage.ratings.dossiers}.union(judged_before)
    absent, rule = absent_codes(known, numbers), rules.final_rule
    absent |= {number: ranking_rounds.REPLACED for number in numbers if number not in known}
    try:
        compared = compare_rules(stages, rule, quota=rules.quota, absent=absent)
        unreconciled = (
            compared.ranking
            if earlier is stages
            else rank_ratings(earlier, rule, quota=rules.quota, absent=absent)
        )
    except AggregatorError as problem:
        raise Conflict(Message(problem.msgid, problem.params)) from problem
    ranking = compared.ranking
    references = {
        other.name: {row.dossier: str(row.score) for row in other.ranking.rows}
        for other in compared.others
        if other.ranking is not None
    }
    notices = [
        *remarks(ranking),
        *ranking.notices,
        *(notice for other in compared.others for notice in other.notices),
        *reconciliation_effect(unreconciled, ranking).notices,
    ]
    judged = len(rounds) > 1 or bool(agreed)
    outcomes = cut_outcomes(session, rounds[-1], ranking, known, judged=judged, as_of=as_of)
    return {
        **_head(call, rules, "final", rule, stages),
        "quota": rules.quota,
        "demands_look": compared.demands_look,
        "rows": [
            {
                **_line(known[row.dossier], row.stage_scores),
                "rank": row.rank,
                "final": f"{row.score:.2f}",
                "references": {name: scores.get(row.dossier) for name, scores in references.items()},
                "standing": row.standing,
                "outcome": outcomes.of[row.dossier],
                "shares_score": row.shares_score,
                "shares_rank": row.shares_rank,
            }
            for row in ranking.rows
        ],
        "outside": _outside(ranking, known),
        "tie": outcomes.tie,
        "notices": [*(notice.canonical() for notice in notices), *outcomes.notices],
        "shortlist_notices": shortlist_notices(session, call),
        "ranking": ranking.canonical(),
    }


def shortlist_notices(session: Session, call: Call) -> list[dict[str, Any]]:
    """What reconciliation did to the list of those who went on, as frozen with it, panel by panel."""
    frozen = session.scalars(
        sa.select(Ranking)
        .where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
        .order_by(Ranking.round_id)
    )
    return [
        {**item, **({"panel": one.panel} if one.panel else {})}
        for one in frozen
        for item in one.body["notices"]
        if item["code"].startswith(EFFECT)
    ]


def shortlist_body(
    session: Session,
    call: Call,
    round_: Round,
    rules: Rules,
    *,
    as_of: datetime | None = None,
    again: Sequence[Round] = (),
) -> dict[str, Any]:
    """Who goes on from a round. Dossiers still tied across the last place all go on."""
    from review_portal.aggregator import (
        AggregatorError,
        compare_shortlists,
        reconciliation_effect,
        remarks,
        score_totals,
        shortlist,
    )

    known = before_defense(of_panel(session, round_, standings(session, call, as_of=as_of)))
    rule, threshold = rules.rule, rules.shortlist.threshold
    places = rules.places(round_.stage, round_.panel)
    stages, earlier = _stages_around(session, [round_], rules, as_of, again)
    absent = {number: code for number, code in absent_codes(known, ()).items() if code == "withdrawn"}
    absent |= {
        number: ranking_rounds.REPLACED for number in stages[0].ratings.dossiers if number not in known
    }
    try:
        lists = [
            shortlist(
                stage.scored(score_totals(stage.totals, rule, group_of=stage.group_of)),
                rule,
                places=places,
                threshold=threshold,
                absent=absent,
            )
            for stage in dict.fromkeys((stages[0], earlier[0]))
        ]
    except AggregatorError as problem:
        raise Conflict(Message(problem.msgid, problem.params)) from problem
    now_, before_ = lists[0], lists[-1]
    on = set(now_.going)
    looks = compare_shortlists(stages[0], now_, rule, absent=absent)
    references = _references(now_.ranking)
    return {
        **_head(call, rules, "shortlist", rule, stages, round_),
        "quota": places,
        "threshold": f"{threshold:.2f}",
        "demands_look": bool(looks),
        "rows": [
            {
                **_line(known[row.dossier], row.stage_scores),
                "rank": row.rank,
                "final": f"{row.score:.2f}",
                "references": references[row.dossier],
                "standing": row.standing,
                "outcome": "shortlisted" if row.dossier in on else _left_out(row.dossier in now_.below),
                "shares_score": row.shares_score,
                "shares_rank": row.shares_rank,
            }
            for row in now_.ranking.rows
        ],
        "outside": _outside(now_.ranking, known),
        "notices": [
            notice.canonical()
            for notice in (
                *(item for item in remarks(now_.ranking) if item.code in ("few_dossiers", "few_reviews")),
                *now_.notices,
                *reconciliation_effect(before_, now_).notices,
                *looks,
            )
        ],
        "ranking": now_.ranking.canonical(),
    }


def _left_out(below: bool) -> str:
    return "below_threshold" if below else "not_shortlisted"


def _references(ranking: Ranked) -> dict[str, dict[str, str | None]]:
    """Dossier -> what other rules make of its sheets in the only stage."""
    return {
        row.dossier: {
            name: None if value is None else f"{value:.2f}"
            for name, value in (
                ("mean", row.mean),
                ("drop_high_low", row.drop_high_low),
                ("z_score", row.z_score),
            )
        }
        for row in ranking.stages[0].result.rows()
    }


def _head(
    call: Call,
    rules: Rules,
    kind: str,
    rule: Rule,
    stages: Sequence[StageRatings],
    round_: Round | None = None,
) -> dict[str, Any]:
    """What the list is of; a shortlist of one of several panels names it."""
    panel = round_.panel if round_ else ""
    return {
        "kind": kind,
        **({"panel": panel} if panel else {}),
        "call": call.public_id,
        "rule": rule.canonical(),
        "rules": rules.digest,
        "stages": [
            {"key": stage.key, "name": rules.round_name(stage.key, panel), "weight": str(stage.weight)}
            for stage in stages
        ],
        "inputs": {stage.key: stage.ratings.digest() for stage in stages},
        "software": VERSION,
    }


def _line(standing: Standing, scores: Mapping[str, Decimal]) -> dict[str, Any]:
    admission = {"admission": standing.admission} if standing.admission else {}
    return {
        "dossier": standing.public_id,
        "number": standing.number,
        "unit": standing.unit,
        "members": list(standing.members),
        "recommender": standing.recommender,
        "stage_scores": {key: f"{value:.2f}" for key, value in scores.items()},
        "result": standing.result,
        "conditions": standing.conditions,
        **admission,
    }


def _outside(ranking: Ranked, known: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """Dossiers without a place; the scores that they do have stay visible."""
    scored: dict[str, dict[str, Decimal]] = {}
    for stage in ranking.stages:
        for row in stage.result.rows():
            scored.setdefault(row.dossier, {})[stage.key] = row.score
    return [
        {**_line(known[entry.dossier], scored.get(entry.dossier, {})), "code": entry.code}
        for entry in ranking.absent
        if entry.dossier in known
    ]
