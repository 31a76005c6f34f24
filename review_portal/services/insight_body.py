"""A ranking's analysis as canonical JSON: from the same sheets and the same rule, with a fixed seed.

The model is fitted to each stage by itself and, where several count, joined by the call's weights: severity
belongs to an expert in one stage, and the stages' chance is independent. Only dossiers with a place are
compared; what the others' sheets say of the experts is used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.config import VERSION
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.services import insight_figures as figures
from review_portal.services.ranking_body import stage_ratings
from review_portal.services.ranking_rounds import REPLACED
from scoring_rubrics import Call as Rules

if TYPE_CHECKING:
    from review_portal.aggregator import MixedFit, Posterior, StageRatings
    from review_portal.aggregator.explain import Explanation
    from scoring_rubrics.rule import Rule

SEED = 20230217  # of draws, probes and simulated rounds; the same input gives the same bytes
METHOD = "crossed-reml-1"  # changes with the model, so that figures of two methods are never taken for one


def basis(body: Mapping[str, Any]) -> str:
    """Digest of what the analysis of a ranking depends on."""
    return canonical.digest(
        {
            "kind": body["kind"],
            "inputs": body["inputs"],
            "rules": body["rules"],
            "quota": body["quota"],
            "outside": sorted([row["number"], row["code"]] for row in body["outside"]),
            "method": METHOD,
        }
    )


def insight_body(
    session: Session, call: Call, rounds: Sequence[Round], rules: Rules, body: Mapping[str, Any],
    as_of: datetime | None, again: Sequence[Round] = (),
) -> dict[str, Any]:  # fmt: skip
    """Everything about the ranking `body`, which was made of these rounds as they stood at `as_of`.

    What the rounds `again` have scored anew counts for their dossiers, as in the ranking. Raises `Conflict`
    if it does not come out of their sheets.
    """
    from review_portal.aggregator import AggregatorError
    from review_portal.aggregator.explain import explain

    stages = stage_ratings(session, rounds, rules, as_of, again)
    if {stage.key: stage.ratings.digest() for stage in stages} != body["inputs"]:
        raise Conflict(mark("计算时评分已变化，请重新计算。"))
    if body["kind"] == "shortlist":
        stages = [replace(stage, weight=Decimal(1)) for stage in stages]  # no other stage counts there
    head = {
        "kind": body["kind"],
        "method": METHOD,
        "basis": basis(body),
        "seed": SEED,
        "software": VERSION,
        "inputs": body["inputs"],
        "rules": body["rules"],
        "quota": body["quota"],
        "stages": [{"key": stage.key, "weight": str(stage.weight)} for stage in stages],
    }
    try:
        found = explain(
            stages,
            _own_rule(rules, stages, body["kind"]),
            quota=body["quota"],
            absent=_absent(body, stages),
            persons=_persons(session, [*rounds, *again], rounds[-1].stage),
            maxima=_maxima(stages, rules),
            seed=SEED,
        )
    except AggregatorError as problem:
        return {**head, "problem": figures.refusal(problem)}
    return {**head, "problem": None, **_found(found, stages)}


def _own_rule(rules: Rules, stages: Sequence[StageRatings], kind: str) -> Rule:
    """A shortlist is made before later stages exist: only its own tie keys compare."""
    if kind == "final":
        return rules.final_rule
    own = {key for stage in stages for key in (stage.key, stage.rubric)}
    keys = (key for key in rules.rule.tie_keys if key.split(".", 1)[0] in own)
    return replace(rules.rule, tie_keys=tuple(keys))


def _absent(body: Mapping[str, Any], stages: Sequence[StageRatings]) -> dict[str, str]:
    """Who has sheets but no place in the ranking, and why; earlier sheets that others replaced among them."""
    listed = {row["number"] for row in [*body["rows"], *body["outside"]]}
    scored = {number for stage in stages for number in stage.ratings.dossiers}
    apart = {row["number"]: row["code"] for row in body["outside"] if row["code"] != "unscored"}
    return apart | dict.fromkeys(scored - listed, REPLACED)


def _maxima(stages: Sequence[StageRatings], rules: Rules) -> dict[str, Any]:
    """The most points of each criterion that was scored."""
    return {
        stage.key: {
            criterion.key: sum(item.max_score for item in criterion.items)
            for criterion in rules.rubric_of(stage.key).criteria
            if criterion.key in stage.ratings.criteria
        }
        for stage in stages
    }


def _persons(session: Session, rounds: Sequence[Round], last: str) -> dict[str, dict[str, str]]:
    """Who is who over the stages, under the code of the `last` one; one who was not there keeps the own.

    Whoever sat in two rounds of one stage has a code in each, and each stands for itself there.
    """
    rows = session.execute(
        sa.select(Round.stage, Round.position, PanelMember.code, PanelMember.expert_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(Round.id.in_([round_.id for round_ in rounds]), PanelMember.code.is_not(None))
        .order_by(Round.position.desc(), Round.id.desc(), PanelMember.code)
    ).all()
    known = {expert: code for stage, _, code, expert in rows if stage == last}
    taken = {code for stage, _, code, _expert in rows if stage == last}
    found: dict[str, dict[str, str]] = {}
    for stage, position, code, expert in rows:
        assert code is not None  # by the condition above
        own = found.setdefault(stage, {})
        name = known.get(expert)
        if name is None or name in own.values():
            name = code if code not in taken or stage == last else f"{code}（{position}）"
            known.setdefault(expert, name)
            taken.add(name)
        own[code] = name
    return found


def _found(found: Explanation, stages: Sequence[StageRatings]) -> dict[str, Any]:
    ranking, posterior = found.comparison.ranking, _posterior(found, stages)
    order = [row.dossier for row in ranking.rows]
    known = None
    if posterior is not None and order and ranking.quota > 0:
        known = figures.dossiers(posterior, ranking.dossiers, ranking.quota, SEED)
    return {
        "model_problem": None if found.problem is None else figures.refusal(found.problem),
        "small": found.small,
        "connected": all(one.components.connected for one in found.connectivity),
        "usual": figures.number(found.usual, 2),
        "notices": [entry.canonical() for entry in found.notices],
        "order": order,
        "dossiers": known,
        "advised": bool(found.advice),
        "neighbours": [
            [pair.place, pair.upper, pair.lower, str(pair.margin), pair.close, pair.percent]
            for pair in found.neighbours
        ],
        "experts": figures.influences(found.stability.experts),
        "criteria": figures.influences(found.stability.criteria),
        "weights": figures.influences(found.stability.weights),
        "joint": figures.together(found.stability.joint),
        "others": figures.rules(found.comparison.others),
        "statistics": [_stage(found, stages, at) for at in range(len(stages))],
    }


def _posterior(found: Explanation, stages: Sequence[StageRatings]) -> Posterior | None:
    """What the stages say together of the ranked dossiers; None where they cannot be told apart."""
    from review_portal.aggregator import Posterior
    from review_portal.aggregator.posterior import Part
    from review_portal.aggregator.stages import places_of

    if not found.fits:
        return None
    ranked = found.comparison.ranking.dossiers
    parts = [
        Part(float(stage.weight), fit, places_of(stage.ratings.dossiers, ranked))
        for stage, fit in zip(stages, found.fits, strict=True)
    ]
    whole = Posterior(tuple(parts))
    return whole if whole.tells_dossiers_apart else None


def _stage(found: Explanation, stages: Sequence[StageRatings], at: int) -> dict[str, Any]:
    stage = stages[at]
    fit: MixedFit | None = found.fits[at] if found.fits else None
    return {
        "key": stage.key,
        "agreement": figures.agreement_of(stage, fit),
        "links": figures.links(found.connectivity[at], stage),
        "fit": None if fit is None else _fit(fit, stage, found.comparison.ranking.quota),
    }


def _fit(fit: MixedFit, stage: StageRatings, quota: int) -> dict[str, Any]:
    return {
        "engine": fit.engine,
        "mean": figures.number(fit.mu, 2),
        "error": figures.number(fit.se_mu, 2),
        "variances": figures.variances(fit),
        "experts": figures.experts(fit, stage.ratings.experts),
        "notices": [entry.canonical() for entry in fit.notices],
        "coverage": figures.coverage(fit, max(quota, 1), SEED),
    }
