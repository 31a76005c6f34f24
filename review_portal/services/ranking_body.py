"""What a ranking says, as one canonical body: computed once, shown, printed and frozen as it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import Message
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier, DossierUnit
from review_portal.models.rankings import Ranking, RankingRow
from review_portal.services import points
from scoring_rubrics import Call as Rules

if TYPE_CHECKING:
    from review_portal.aggregator import Ranking as Ranked
    from review_portal.aggregator import StageRatings

EFFECT = "reconciliation_"  # codes of notices that say what reconciliation did to a list
PROPOSABLE = ("recommended", "conditional")


def kind_of(session: Session, round_: Round) -> str:
    """A round before the last gives a shortlist, the last one the final ranking."""
    later = session.scalar(
        sa.select(Round.id).where(Round.call_id == round_.call_id, Round.position > round_.position).limit(1)
    )
    return "final" if later is None else "shortlist"


@dataclass(frozen=True, slots=True)
class Standing:
    """What the office knows of a dossier beside its points."""

    public_id: str
    number: str
    unit: str
    members: tuple[str, ...]
    recommender: str
    state: str
    shortlist: str | None
    result: str | None
    conditions: str


def standings(session: Session, call: Call, *, as_of: datetime | None = None) -> dict[str, Standing]:
    """Every dossier that was ever accepted or withdrawn, by number, as it stood at `as_of`. Four queries."""
    dossiers = session.execute(
        sa.select(Dossier, points.in_the_running(as_of).label("runs"))
        .where(Dossier.call_id == call.id, Dossier.state.in_(("eligible", "withdrawn")))
        .order_by(Dossier.number)
    ).all()
    members: dict[int, list[str]] = {}
    for dossier_id, name in session.execute(
        sa.select(Dossier.id, DossierUnit.name)
        .join(DossierUnit, DossierUnit.version_id == Dossier.current_version_id)
        .where(Dossier.call_id == call.id, DossierUnit.role == "member")
        .order_by(DossierUnit.position)
    ):
        members.setdefault(dossier_id, []).append(name)
    chosen: dict[int, str] = dict(
        session.execute(
            sa.select(RankingRow.dossier_id, RankingRow.outcome)
            .join(Ranking, Ranking.id == RankingRow.ranking_id)
            .where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
        ).all()
    )
    results = _panel_results(session, call)
    return {
        row.number: Standing(
            row.public_id,
            row.number,
            row.unit_name,
            tuple(members.get(row.id, ())),
            row.recommender,
            "eligible" if runs else "withdrawn",
            chosen.get(row.id),
            *results.get(row.id, (None, "")),
        )
        for row, runs in dossiers
    }


def _panel_results(session: Session, call: Call) -> dict[int, tuple[str | None, str]]:
    """The latest record of each defense: its result and conditions."""
    latest = (
        sa.select(sa.func.max(DefenseRecord.id).label("id"))
        .group_by(DefenseRecord.slot_id)
        .subquery("latest")
    )
    rows = session.execute(
        sa.select(DefenseSlot.dossier_id, DefenseRecord.result, DefenseRecord.conditions)
        .join(DefenseSlot, DefenseSlot.id == DefenseRecord.slot_id)
        .join(latest, latest.c.id == DefenseRecord.id)
        .join(Round, Round.id == DefenseSlot.round_id)
        .where(Round.call_id == call.id)
    )
    return {dossier: (result, conditions) for dossier, result, conditions in rows}


def _before_defense(known: Mapping[str, Standing]) -> dict[str, Standing]:
    """What a shortlist may say: a defense that came later must not change what it is verified against."""
    return {number: replace(standing, result=None, conditions="") for number, standing in known.items()}


def absent_codes(known: Mapping[str, Standing], numbers: Sequence[str]) -> dict[str, str]:
    """Why a dossier is listed apart: withdrawn, not shortlisted, abstained."""
    found, scored = {}, set(numbers)
    for number, standing in known.items():
        if standing.state == "withdrawn":
            found[number] = "withdrawn"
        elif number not in scored:
            continue
        elif standing.result == "abstained":
            found[number] = "abstained"
        elif standing.shortlist not in (None, "shortlisted"):
            found[number] = "not_shortlisted"
    return found


def stage_ratings(
    session: Session, rounds: Sequence[Round], rules: Rules, as_of: datetime | None, *, before: bool = False
) -> list[StageRatings]:
    """One `StageRatings` per round, in order; weights as the call gives them."""
    from review_portal.aggregator import StageRatings

    return [
        StageRatings(
            round_.stage,
            rules.stage(round_.stage).weight or 0,  # type: ignore[arg-type]
            points.ratings_of(session, round_, rules, before=before, as_of=as_of),
            rules.stage(round_.stage).rubric,
        )
        for round_ in rounds
    ]


def final_body(
    session: Session, call: Call, rounds: Sequence[Round], rules: Rules, *, as_of: datetime | None = None
) -> dict[str, Any]:
    """The ranking over all rounds with the other rules beside it. Raises `Conflict` where it cannot be."""
    from review_portal.aggregator import (
        AggregatorError,
        compare_rules,
        rank_ratings,
        reconciliation_effect,
        remarks,
    )

    known = standings(session, call, as_of=as_of)
    stages = stage_ratings(session, rounds, rules, as_of)
    earlier = stage_ratings(session, rounds, rules, as_of, before=True)
    numbers = sorted({number for stage in stages for number in stage.ratings.dossiers})
    absent = absent_codes(known, numbers)
    try:
        compared = compare_rules(stages, rules.rule, quota=rules.quota, absent=absent)
        unreconciled = rank_ratings(earlier, rules.rule, quota=rules.quota, absent=absent)
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
    judged = len(rounds) > 1
    return {
        **_head(call, rules, "final", stages),
        "quota": rules.quota,
        "demands_look": compared.demands_look,
        "rows": [
            {
                **_line(known[row.dossier], ranking, row.dossier),
                "rank": row.rank,
                "final": f"{row.score:.2f}",
                "references": {name: scores.get(row.dossier) for name, scores in references.items()},
                "standing": row.standing,
                "outcome": _outcome(row.standing, known[row.dossier].result, judged),
                "shares_score": row.shares_score,
                "shares_rank": row.shares_rank,
            }
            for row in ranking.rows
        ],
        "outside": _outside(ranking, known),
        "notices": [notice.canonical() for notice in notices],
        "shortlist_notices": _shortlist_notices(session, call),
        "ranking": ranking.canonical(),
    }


def _shortlist_notices(session: Session, call: Call) -> list[dict[str, Any]]:
    """What reconciliation did to the list of those who went on, as frozen with it."""
    frozen = session.scalars(
        sa.select(Ranking).where(Ranking.call_id == call.id, Ranking.kind == "shortlist")
    ).first()
    return [item for item in frozen.body["notices"] if item["code"].startswith(EFFECT)] if frozen else []


def _outcome(standing: str, result: str | None, judged: bool) -> str:
    """Only what the panel recommends may be proposed; a tie across the cut is decided by people."""
    if standing == "undecided":
        return "tied"
    if standing == "within" and (not judged or result in PROPOSABLE):
        return "proposed"
    return "ranked"


def shortlist_body(
    session: Session, call: Call, round_: Round, rules: Rules, *, as_of: datetime | None = None
) -> dict[str, Any]:
    """Who goes on from a round. Dossiers still tied across the last place all go on."""
    from review_portal.aggregator import (
        AggregatorError,
        Stage,
        compare_shortlists,
        reconciliation_effect,
        remarks,
        score_round,
        shortlist,
    )

    known = _before_defense(standings(session, call, as_of=as_of))
    rule, places, threshold = rules.rule, rules.shortlist.places, rules.shortlist.threshold
    stages = stage_ratings(session, [round_], rules, as_of)
    earlier = stage_ratings(session, [round_], rules, as_of, before=True)
    absent = {number: code for number, code in absent_codes(known, ()).items() if code == "withdrawn"}
    try:
        lists = [
            shortlist(
                Stage(stage.key, stage.weight, score_round(stage.ratings, rule), stage.rubric),
                rule,
                places=places,
                threshold=threshold,
                absent=absent,
            )
            for stage in (stages[0], earlier[0])
        ]
    except AggregatorError as problem:
        raise Conflict(Message(problem.msgid, problem.params)) from problem
    now_, before_ = lists
    on = {*now_.within, *now_.undecided}
    looks = compare_shortlists(stages[0], now_, rule, absent=absent)
    return {
        **_head(call, rules, "shortlist", stages),
        "quota": places,
        "threshold": f"{threshold:.2f}",
        "demands_look": bool(looks),
        "rows": [
            {
                **_line(known[row.dossier], now_.ranking, row.dossier),
                "rank": row.rank,
                "final": f"{row.score:.2f}",
                "references": _references(now_.ranking, row.dossier),
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
                *now_.ranking.notices,
                *reconciliation_effect(before_, now_).notices,
                *looks,
            )
        ],
        "ranking": now_.ranking.canonical(),
    }


def _left_out(below: bool) -> str:
    return "below_threshold" if below else "not_shortlisted"


def _references(ranking: Ranked, dossier: str) -> dict[str, str | None]:
    row = next(item for item in ranking.stages[0].result.rows() if item.dossier == dossier)
    values = {"mean": row.mean, "drop_high_low": row.drop_high_low, "z_score": row.z_score}
    return {name: None if value is None else f"{value:.2f}" for name, value in values.items()}


def _head(call: Call, rules: Rules, kind: str, stages: Sequence[StageRatings]) -> dict[str, Any]:
    return {
        "kind": kind,
        "call": call.public_id,
        "rule": rules.rule.canonical(),
        "rules": rules.digest,
        "stages": [
            {"key": stage.key, "name": rules.stage(stage.key).name, "weight": str(stage.weight)}
            for stage in stages
        ],
        "inputs": {stage.key: stage.ratings.digest() for stage in stages},
        "software": VERSION,
    }


def _line(standing: Standing, ranking: Ranked, number: str) -> dict[str, Any]:
    try:
        scores = ranking.row(number).stage_scores
    except KeyError:  # listed apart
        scores = {}
    return {
        "dossier": standing.public_id,
        "number": standing.number,
        "unit": standing.unit,
        "members": list(standing.members),
        "recommender": standing.recommender,
        "stage_scores": {key: f"{value:.2f}" for key, value in scores.items()},
        "result": standing.result,
        "conditions": standing.conditions,
    }


def _outside(ranking: Ranked, known: Mapping[str, Standing]) -> list[dict[str, Any]]:
    """Dossiers without a place; the scores that they do have stay visible."""
    scored: dict[str, dict[str, str]] = {}
    for stage in ranking.stages:
        for row in stage.result.rows():
            scored.setdefault(row.dossier, {})[stage.key] = f"{row.score:.2f}"
    return [
        {
            **_line(known[entry.dossier], ranking, entry.dossier),
            "stage_scores": scored.get(entry.dossier, {}),
            "code": entry.code,
        }
        for entry in ranking.absent
        if entry.dossier in known
    ]
