"""How much a list hangs on single experts, criteria and weights: who enters, who leaves, because of whom.

Every answer is what the deciding rule itself gives for the changed input: `rank_ratings` without the expert,
or of `Ratings.reweighted`. All are found at once: see `leaving_out`, `weight_variants` and `what_if`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import numpy as np

from scoring_rubrics.rule import Rule

from .changed_weights import A_FIFTH, SEED, Maxima, one_by_one, refuse_bad_share, refuse_bad_weights, together
from .comparison import Comparison, RuleComparison, compare_rules
from .exact import Index
from .influences import (
    Influence,
    JointWeights,
    changing,
    criterion_notices,
    expert_notices,
    joint_notices,
    weight_notices,
)
from .leaving_out import LeavingOut
from .notices import AggregatorError, Notice, notice
from .ranking import Stage, StageRatings, rank_ratings
from .variants import Truths, repeated
from .what_if import ListEffect, WhatIf

Persons = Mapping[str, Mapping[str, str]]  # stage key -> expert of that stage -> person

MOST_EXPERTS = 4_000  # beyond it, or beyond MOST_CELLS, nobody waits for every expert in turn
MOST_CELLS = 20_000_000  # experts x dossiers


@dataclass(frozen=True, slots=True)
class Stability:
    """Who enters and leaves the list, and because of whom or what.

    experts: one each; criteria: each left out; weights: each raised and lowered by a share; joint: all at
    once; rules: the list under other rules. Without maxima criteria and weights are empty and joint is None.
    notices: what a chair reads of it (rules have their own in `rules`).
    """

    quota: int
    within: tuple[str, ...]
    undecided: tuple[str, ...]
    experts: tuple[Influence, ...]
    criteria: tuple[Influence, ...]
    weights: tuple[Influence, ...]
    joint: JointWeights | None
    rules: tuple[RuleComparison, ...]
    notices: tuple[Notice, ...]

    @property
    def swing_experts(self) -> tuple[str, ...]:
        """Experts without whom the list is another one."""
        return changing(self.experts)

    @property
    def swing_criteria(self) -> tuple[str, ...]:
        """Criteria without which, or with a changed weight of which, the list is another one."""
        return changing((*self.criteria, *self.weights))

    @property
    def swing_rules(self) -> tuple[str, ...]:
        """Rules under which the list is another one."""
        return tuple(other.name for other in self.rules if other.changes_list)


def list_stability(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    absent: Mapping[str, str] | None = None,
    persons: Persons | None = None,
    maxima: Maxima | None = None,
    share: Decimal = A_FIFTH,
    seed: int = SEED,
    comparison: Comparison | None = None,
) -> Stability:
    """Everything at once, quick enough for a page up to a few thousand dossiers (benchmarks/stability.py).

    persons: see `leave_one_expert_out`. maxima, share, seed: see `change_weights` and `change_all_weights`.
    comparison: what `compare_rules` gave for the same input, if it is at hand. Raises what `rank_ratings`
    and these raise.
    """
    if comparison is None:
        comparison = compare_rules(stages, rule, quota=quota, absent=absent)
    base = WhatIf.of(comparison.ranking)
    plans = _plans(base)
    experts = _without_each_expert(base, plans, persons)
    equations = [plan.equations for plan in plans]
    notices = [*expert_notices(experts, quota)]
    criteria: tuple[Influence, ...] = ()
    weights: tuple[Influence, ...] = ()
    joint = None
    if maxima is not None:
        refuse_bad_share(share)
        refuse_bad_weights(base, maxima, [1 + share, 1 - share])
        criteria = one_by_one(base, equations, maxima, [Decimal(0)])
        weights = one_by_one(base, equations, maxima, [1 + share, 1 - share])
        joint = together(base, equations, maxima, share, seed)
        notices += criterion_notices(criteria, quota)
        notices += weight_notices(weights, share, quota)
        notices += joint_notices(joint, quota)
    return Stability(
        quota=quota,
        within=base.ranking.within,
        undecided=base.ranking.undecided,
        experts=experts,
        criteria=criteria,
        weights=weights,
        joint=joint,
        rules=comparison.others,
        notices=tuple(notices),
    )


def levelled_in_parts(stage: Stage) -> bool:
    """Severity decides although the reviews fall into parts: each group was levelled by itself."""
    fit = stage.result.totals.severity
    if stage.result.normalize != "severity" or isinstance(fit, AggregatorError):
        return False
    return not fit.components.connected


def untried(comparison: Comparison) -> Stability:
    """The list and the other rules alone: what one group's reviews would change does not hold for another."""
    ranking = comparison.ranking
    return Stability(
        quota=ranking.quota,
        within=ranking.within,
        undecided=ranking.undecided,
        experts=(),
        criteria=(),
        weights=(),
        joint=None,
        rules=comparison.others,
        notices=(notice("stability_not_in_groups"),),
    )


def leave_one_expert_out(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    absent: Mapping[str, str] | None = None,
    persons: Persons | None = None,
) -> tuple[Influence, ...]:
    """What the list would be without each expert who has a complete sheet, in order of first appearance.

    An expert leaves every stage where he occurs. Where codes are drawn anew for each stage, `persons` says
    who is who, and what it calls him is the key of the answer; without it one code is one person.
    Raises AggregatorError beyond MOST_EXPERTS experts or MOST_CELLS experts x dossiers (`effect_of_removal`
    answers for single ones), if `persons` misses or repeats somebody, and what `rank_ratings` raises for the
    list as it is.
    """
    base = WhatIf.of(rank_ratings(stages, rule, quota=quota, absent=absent, beside=False))
    return _without_each_expert(base, _plans(base), persons)


def change_weights(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    maxima: Maxima,
    factors: Sequence[Decimal],
    absent: Mapping[str, str] | None = None,
) -> tuple[Influence, ...]:
    """What the list would be if one criterion counted `factor` times: for each criterion and each factor.

    factors: Decimal(0) leaves a criterion out, Decimal("1.2") raises its weight by a fifth. The others of its
    stage are rescaled by one common factor so that the sum of the maxima stays what it is and the stage keeps
    its weight; a stage with a single criterion stays as it is. Raises AggregatorError if `maxima` do not fit
    the criteria, and what `rank_ratings` raises for the list as it is.
    """
    base = WhatIf.of(rank_ratings(stages, rule, quota=quota, absent=absent, beside=False))
    refuse_bad_weights(base, maxima, factors)
    return one_by_one(base, [None] * len(stages), maxima, factors)


def change_all_weights(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    maxima: Maxima,
    share: Decimal = A_FIFTH,
    seed: int = SEED,
    absent: Mapping[str, str] | None = None,
) -> JointWeights:
    """Who ever enters or leaves when all weights change at once, each to 1 - share, 1 or 1 + share of itself.

    The criteria of a stage are then rescaled in common, as in `change_weights`. All combinations are
    compared, or above MOST_COMBINATIONS as many drawn ones, which `seed` alone decides. Raises as
    `change_weights`.
    """
    base = WhatIf.of(rank_ratings(stages, rule, quota=quota, absent=absent, beside=False))
    refuse_bad_share(share)
    refuse_bad_weights(base, maxima, [1 + share, 1 - share])
    return together(base, [None] * len(stages), maxima, share, seed)


def _plans(base: WhatIf) -> list[LeavingOut]:
    """Every stage prepared, if leaving out each expert in turn can be waited for."""
    for stage in base.ranking.stages:
        dossiers, experts = len(stage.result.dossiers), len(stage.result.ratings.experts)
        if experts > MOST_EXPERTS or experts * dossiers > MOST_CELLS:
            raise AggregatorError(
                "参评单位%(dossiers)s家、专家%(experts)s名，逐一不计每名专家的计算量过大，请改为核对指定的专家。",
                dossiers=dossiers,
                experts=experts,
            )
    return [LeavingOut.of(stage.result) for stage in base.ranking.stages]


def _without_each_expert(
    base: WhatIf, plans: Sequence[LeavingOut], persons: Persons | None
) -> tuple[Influence, ...]:
    names, seats = _seats(base, plans, persons)
    found: list[Influence] = []
    for begin in range(0, len(names), base.batch):
        block = seats[begin : begin + base.batch]
        effects, refused = _effects_without(base, plans, block)
        for row, effect in enumerate(effects):
            own = [(plan, int(seat)) for plan, seat in zip(plans, block[row], strict=True) if seat >= 0]
            found.append(
                Influence(
                    names[begin + row],
                    None,
                    None if refused[row] else effect,
                    not refused[row] and any(plan.changes_method(seat) for plan, seat in own),
                )
            )
    return tuple(found)


def _effects_without(
    base: WhatIf, plans: Sequence[LeavingOut], seats: Index
) -> tuple[list[ListEffect], Truths]:
    """Effects of leaving out the persons with these seats, (persons, stages), and who cannot be left out."""
    shape = (seats.shape[0], len(base.names))
    gone, refused = np.zeros(shape, dtype=np.bool_), np.zeros(shape[0], dtype=np.bool_)
    scores = []
    for stage, plan in enumerate(plans):
        there = np.flatnonzero(seats[:, stage] >= 0)
        score = repeated(base.scores(stage), shape[0])
        variants = plan.scores(seats[there, stage])
        score[there] = variants.score[:, base.places[stage]]
        gone[there] |= variants.gone[:, base.places[stage]]
        refused[there] |= variants.refused
        scores.append(score)

    def means(stage: int, criterion: int) -> Index:
        there = np.flatnonzero(seats[:, stage] >= 0)
        mean = repeated(base.criterion_means(stage, criterion), shape[0])
        without = plans[stage].criterion_means(criterion, seats[there, stage])
        mean[there] = without[:, base.places[stage]]
        return mean

    return base.effects(scores, base.means(means), gone), refused


def _seats(base: WhatIf, plans: Sequence[LeavingOut], persons: Persons | None) -> tuple[list[str], Index]:
    """Who has complete sheets, and (persons, stages) as which expert of each stage; -1 where not."""
    seats: dict[str, list[int]] = {}
    for number, (stage, plan) in enumerate(zip(base.ranking.stages, plans, strict=True)):
        for expert in np.flatnonzero(plan.load).tolist():
            code = plan.result.ratings.experts[expert]
            person = code if persons is None else persons.get(stage.key, {}).get(code)
            if person is None:
                raise AggregatorError(
                    "没有说明“%(stage)s”环节的专家%(expert)s是哪一位，请补充后再算。",
                    stage=stage.key,
                    expert=code,
                )
            own = seats.setdefault(person, [-1] * len(plans))
            if own[number] >= 0:
                raise AggregatorError(
                    "“%(stage)s”环节有两个代号都指%(person)s，请核对。", stage=stage.key, person=person
                )
            own[number] = expert
    return list(seats), np.array(list(seats.values()), dtype=np.int64)
