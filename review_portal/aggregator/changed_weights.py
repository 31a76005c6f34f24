"""Other weights of the criteria: one criterion at a time, or all of them together."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal

import numpy as np

from .influences import Influence, JointWeights
from .normal_equations import NormalEquations
from .notices import AggregatorError
from .weight_variants import FACTOR_PLACES, Factors, reweighted_scores, with_weight, with_weights
from .what_if import ListEffect, WhatIf

Maxima = Mapping[str, Factors]  # stage key -> criterion -> the most points it can add to a total
Equations = Sequence[NormalEquations | None]  # of each stage, where they are at hand

A_FIFTH = Decimal("0.2")
SEED = 20230217
MOST_COMBINATIONS = 243  # all there are for up to five criteria


def refuse_bad_weights(base: WhatIf, maxima: Maxima, factors: Sequence[Decimal]) -> None:
    """AggregatorError unless every criterion has a maximum and no factor is negative or too long."""
    for stage in base.ranking.stages:
        own = maxima.get(stage.key, {})
        missing = [key for key in stage.result.criteria if own.get(key, Decimal(0)) <= 0]
        if missing or len(own) != len(stage.result.criteria):
            raise AggregatorError(
                "“%(stage)s”环节各指标的满分与评分不一致（%(criteria)s），请核对后再算。",
                stage=stage.key,
                criteria="、".join(missing or sorted(set(own) - set(stage.result.criteria))),
            )
    for factor in factors:
        if not factor.is_finite() or factor < 0 or factor != round(factor, FACTOR_PLACES):
            raise AggregatorError(
                "权重的倍数“%(factor)s”应为不小于0、最多%(places)s位小数的数，请改正。",
                factor=str(factor),
                places=FACTOR_PLACES,
            )


def refuse_bad_share(share: Decimal) -> None:
    """AggregatorError unless a weight can go down as well as up by this share of itself."""
    if not 0 < share < 1:
        raise AggregatorError("权重的增减幅度“%(share)s”应大于0、小于1，请改正。", share=str(share))


def one_by_one(
    base: WhatIf, equations: Equations, maxima: Maxima, factors: Sequence[Decimal]
) -> tuple[Influence, ...]:
    """Every criterion of every stage with several, counting each of `factors` times."""
    asked: list[tuple[str, Decimal]] = []
    changes: list[Sequence[Factors]] = []
    refused: set[int] = set()
    for number, stage in enumerate(base.ranking.stages):
        own = maxima[stage.key]
        for criterion, factor in itertools.product(own if len(own) > 1 else (), factors):
            change = with_weight(own, criterion, factor)
            asked.append((f"{stage.key}.{criterion}", factor))
            if change is None:
                refused.add(len(changes))
            others: list[Factors] = [{} for _ in equations]
            others[number] = change or {}
            changes.append(others)
    effects = _effects_of_weights(base, equations, changes)
    return tuple(
        Influence(key, factor, None if row in refused else effect)
        for row, ((key, factor), effect) in enumerate(zip(asked, effects, strict=True))
    )


def together(base: WhatIf, equations: Equations, maxima: Maxima, share: Decimal, seed: int) -> JointWeights:
    """Every combination of lowered, unchanged and raised weights, or a sample of them."""
    levels = (1 - share, Decimal(1), 1 + share)
    free = [
        (number, criterion)
        for number, stage in enumerate(base.ranking.stages)
        for criterion in maxima[stage.key]
        if len(maxima[stage.key]) > 1
    ]
    every = len(levels) ** len(free)
    drawn = every > MOST_COMBINATIONS
    if drawn:
        picks = np.random.default_rng(seed).integers(0, len(levels), (MOST_COMBINATIONS, len(free)))
        chosen: Iterator[tuple[int, ...]] = (tuple(row) for row in picks.tolist())
    else:
        chosen = itertools.product(range(len(levels)), repeat=len(free))
    changes: dict[tuple[tuple[Decimal, ...], ...], list[Factors]] = {}
    for pick in chosen:
        level = {place: levels[at] for place, at in zip(free, pick, strict=True)}
        change: list[Factors] = [
            with_weights(
                maxima[stage.key],
                {criterion: level.get((number, criterion), Decimal(1)) for criterion in maxima[stage.key]},
            )
            for number, stage in enumerate(base.ranking.stages)
        ]
        changes.setdefault(tuple(tuple(own.values()) for own in change), change)
    for key in [key for key in changes if all(factor == 1 for own in key for factor in own)]:
        del changes[key]  # all weights changed alike: as they are
    effects = [
        effect
        for effect in _effects_of_weights(base, equations, list(changes.values()))
        if effect.changes_list
    ]
    return JointWeights(
        share=share,
        combinations=len(changes),
        drawn=drawn,
        changing=len(effects),
        entered=dict(Counter(dossier for effect in effects for dossier in effect.entered).most_common()),
        left=dict(Counter(dossier for effect in effects for dossier in effect.left).most_common()),
        undecided=tuple(dict.fromkeys(dossier for effect in effects for dossier in effect.undecided)),
    )


def _effects_of_weights(
    base: WhatIf, equations: Equations, changes: Sequence[Sequence[Factors]]
) -> list[ListEffect]:
    """Effects of changed weights, for each stage the factors of its criteria ({}: as they are)."""
    scores = []
    for number, stage in enumerate(base.ranking.stages):
        distinct: dict[tuple[tuple[str, Decimal], ...], int] = {}
        which = [distinct.setdefault(tuple(change[number].items()), len(distinct)) for change in changes]
        found = reweighted_scores(stage.result, [dict(key) for key in distinct], equations[number])
        scores.append(found[:, base.places[number]][which])
    means = base.means(base.criterion_means)
    effects: list[ListEffect] = []
    for begin in range(0, len(changes), base.batch):
        effects += base.effects([score[begin : begin + base.batch] for score in scores], means)
    return effects
