"""Scoring stages put side by side: who has a score in each, the weighted final score and the tie keys."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property

import numpy as np

from .exact import Index, half_up, widened
from .notices import AggregatorError, Notice
from .official import RoundResult
from .ratings import Ratings
from .totals import RoundTotals


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One scored stage. Tie keys name its criteria as "<key or rubric>.<criterion>", its score as
    "stage.<key>".
    """

    key: str
    weight: Decimal
    result: RoundResult
    rubric: str | None = None

    def canonical(self) -> dict[str, object]:
        """The stage as strings, lists and maps, for freezing."""
        return {"key": self.key, "weight": str(self.weight), "result": self.result.canonical()}


@dataclass(frozen=True, eq=False)
class StageRatings:
    """One scoring stage before it is scored: its key, its weight in the final score and its ratings.

    group_of: dossier -> group, where its dossiers were scored in groups that need not hang together (see
    `score_totals`).
    """

    key: str
    weight: Decimal
    ratings: Ratings
    rubric: str | None = None
    group_of: Mapping[str, str] | None = None

    @cached_property
    def totals(self) -> RoundTotals:
        """The totals that every rule applied to this stage shares."""
        return RoundTotals(self.ratings)

    def scored(self, result: RoundResult) -> Stage:
        """The same stage with its result."""
        return Stage(self.key, self.weight, result, self.rubric)


def ranked_dossiers(stages: Sequence[Stage], apart: Mapping[str, str]) -> tuple[str, ...]:
    """The dossiers that every stage scored, without those listed apart; AggregatorError if a stage lacks one
    without a reason.
    """
    listed = stages[0].result.dossiers
    if all(stage.result.dossiers == listed for stage in stages):
        return tuple(dossier for dossier in listed if dossier not in apart) if apart else listed
    scored = [set(stage.result.dossiers) for stage in stages]
    for stage, present in zip(stages, scored, strict=True):
        missing = set().union(*scored) - present - set(apart)
        if missing:
            raise AggregatorError(
                "%(dossier)s没有“%(stage)s”环节的得分，请先登记其未参加的原因。",
                dossier=min(missing),
                stage=stage.key,
            )
    return tuple(dossier for dossier in listed if dossier not in apart)


def places_of(listed: Sequence[str], wanted: Sequence[str]) -> Index:
    """Where each wanted name stands among the listed ones."""
    if listed is wanted:
        return np.arange(len(listed))
    place = {dossier: number for number, dossier in enumerate(listed)}
    return np.fromiter(map(place.__getitem__, wanted), dtype=np.int64, count=len(wanted))


def weighted(weights: Sequence[Decimal], scores: Sequence[Index] | Index, places: int) -> Index:
    """Half up of sum(weight x score), weights as whole numbers over one power of ten.

    scores: one array of any shape for each weight, hundredths.
    """
    digits = max(0, *(-int(weight.as_tuple().exponent) for weight in weights))
    scale = 10**digits
    whole = [int(weight * scale) for weight in weights]
    total = sum(
        widened(column, scale * len(whole)) * factor for column, factor in zip(scores, whole, strict=True)
    )
    return half_up(np.asarray(total), scale, unit=10 ** (2 - places))


def tie_source(key: str, stages: Sequence[Stage]) -> tuple[int, int | None]:
    """What a tie key compares: the number of a stage, and that of its criterion or None for its score."""
    head, _, tail = key.partition(".")
    for number, stage in enumerate(stages):
        if head == "stage" and tail == stage.key:
            return number, None
        if head in {stage.key, stage.rubric} and tail in stage.result.criteria:
            return number, stage.result.criteria.index(tail)
    raise AggregatorError("并列规则中的“%(key)s”在本次排名的环节里找不到，请核对评审规则。", key=key)


def key_column(key: str, stages: Sequence[Stage], places: Sequence[Index]) -> Index:
    """The published values (hundredths) that a tie key compares."""
    number, criterion = tie_source(key, stages)
    result = stages[number].result
    column: Index = (
        result.score[places[number]]
        if criterion is None
        else result.criterion_means[places[number], criterion]
    )
    return column


def stage_notices(stages: Sequence[Stage]) -> tuple[Notice, ...]:
    """What the stages have to say, each naming its stage."""
    return tuple(
        Notice(entry.code, {**entry.params, "stage": stage.key})
        for stage in stages
        for entry in stage.result.notices
    )
