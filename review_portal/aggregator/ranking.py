"""Ranks: weighted rounds, ordered tie keys on published values, competition ranking, the cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from scoring_rubrics.rule import Rule

from .exact import Groups, Index, half_up, points_of, widened
from .notices import AggregatorError, Notice
from .official import RoundResult, score_round
from .ratings import Ratings
from .ties import Tie, canonical_tie, explain_ties, tie_notices

Standing = Literal["within", "undecided", "beyond"]


@dataclass(frozen=True, slots=True, eq=False)
class StageRatings:
    """One scoring stage before it is scored: its key, its weight in the final score and its ratings."""

    key: str
    weight: Decimal
    ratings: Ratings
    rubric: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Stage:
    """One scored stage. Tie keys name its criteria as "<key or rubric>.<criterion>", its score as
    "stage.<key>".
    """

    key: str
    weight: Decimal
    result: RoundResult
    rubric: str | None = None


@dataclass(frozen=True, slots=True)
class RankRow:
    """One ranked dossier; rank is a competition rank (1, 2, 2, 4), shared only where no key could
    separate.
    """

    rank: int
    dossier: str
    score: Decimal
    stage_scores: dict[str, Decimal]
    standing: Standing
    shares_score: bool
    shares_rank: bool


@dataclass(frozen=True, slots=True)
class Absent:
    """A dossier that is listed apart, without a rank, and why (withdrawn, abstained, not_shortlisted,
    unscored ...).
    """

    dossier: str
    code: str


@dataclass(frozen=True, slots=True)
class Ranking:
    """The order of a call: rows best first, who is within the quota, ties and how they were resolved.

    undecided: dossiers tied across the cut, for the `open_places` that the clear ones leave; nobody of them
    is in or out.
    """

    rule: Rule
    quota: int
    stages: tuple[Stage, ...]
    rows: tuple[RankRow, ...]
    within: tuple[str, ...]
    undecided: tuple[str, ...]
    open_places: int
    ties: tuple[Tie, ...]
    absent: tuple[Absent, ...]
    notices: tuple[Notice, ...]

    @property
    def straddles(self) -> bool:
        """The tie straddles the cut."""
        return bool(self.undecided)

    def row(self, dossier: str) -> RankRow:
        """The line of one dossier; KeyError if it is not ranked."""
        for entry in self.rows:
            if entry.dossier == dossier:
                return entry
        raise KeyError(dossier)

    def canonical(self) -> dict[str, object]:
        """Everything that is frozen, as strings, lists and maps; no floats."""
        return {
            "rule": self.rule.canonical(),
            "quota": str(self.quota),
            "stages": [
                {"key": stage.key, "weight": str(stage.weight), "result": stage.result.canonical()}
                for stage in self.stages
            ],
            "rows": [_canonical_row(row) for row in self.rows],
            "within": list(self.within),
            "undecided": list(self.undecided),
            "open_places": str(self.open_places),
            "ties": [canonical_tie(tie) for tie in self.ties],
            "absent": [{"dossier": entry.dossier, "code": entry.code} for entry in self.absent],
            "notices": [entry.canonical() for entry in self.notices],
        }


def rank(
    stages: Sequence[Stage], rule: Rule, *, quota: int, absent: Mapping[str, str] | None = None
) -> Ranking:
    """Rank the dossiers over their scored stages.

    final = half up of sum over stages of weight x published score; equal finals are compared by
    `rule.tie_keys` in order, on published values; dossiers that stay equal share a rank and, if the cut
    runs through them, are undecided: neither an identifier nor a rounding rest ever decides. quota: the
    soft number of places.
    absent: dossier -> code for those listed apart; a dossier without any sheet in a stage is "unscored".
    Raises AggregatorError if weights do not sum to 1, a tie key is unknown, or a dossier lacks a stage
    without a reason.
    """
    if not stages or sum((stage.weight for stage in stages), Decimal(0)) != 1:
        raise AggregatorError("各评审环节的权重之和应为1，请修改后再排名。")
    if quota < 0:
        raise AggregatorError("拟遴选数量不能为负数。")
    apart = dict(absent or {})
    for stage in stages:
        for dossier in stage.result.unscored:
            apart.setdefault(dossier, "unscored")
    names = _ranked_dossiers(stages, apart)
    places = [_places(stage.result.dossiers, names) for stage in stages]
    scores = np.stack([stage.result.score[at] for stage, at in zip(stages, places, strict=True)])
    final = weighted([stage.weight for stage in stages], scores, rule.places)
    keys = [_key_column(key, stages, places) for key in rule.tie_keys]
    order, position, group_size = _order(final, keys)
    shared = _share(final)
    standings = [_standing(int(p), int(size), quota) for p, size in zip(position, group_size, strict=True)]
    rows = tuple(
        RankRow(
            rank=int(position[row]) + 1,
            dossier=names[at],
            score=points_of(final[at]),
            stage_scores={stage.key: points_of(scores[number, at]) for number, stage in enumerate(stages)},
            standing=standings[row],
            shares_score=bool(shared[at]),
            shares_rank=int(group_size[row]) > 1,
        )
        for row, at in enumerate(order.tolist())
    )
    undecided = tuple(row.dossier for row in rows if row.standing == "undecided")
    within = tuple(row.dossier for row in rows if row.standing == "within")
    ties = explain_ties(order, final, keys, names, rule.tie_keys, quota)
    return Ranking(
        rule=rule,
        quota=quota,
        stages=tuple(stages),
        rows=rows,
        within=within,
        undecided=undecided,
        open_places=quota - len(within) if undecided else 0,
        ties=ties,
        absent=tuple(Absent(dossier, code) for dossier, code in sorted(apart.items())),
        notices=(*_stage_notices(stages), *tie_notices(ties, undecided, quota - len(within), quota)),
    )


def rank_ratings(
    stages: Sequence[StageRatings],
    rule: Rule,
    *,
    quota: int,
    absent: Mapping[str, str] | None = None,
    deviation_percent: Decimal = Decimal(30),
    range_points: Decimal = Decimal(25),
    beside: bool = True,
) -> Ranking:
    """Score every stage by `rule` and rank (see `score_round` and `rank`)."""
    scored = [
        Stage(
            stage.key,
            stage.weight,
            score_round(
                stage.ratings,
                rule,
                deviation_percent=deviation_percent,
                range_points=range_points,
                beside=beside,
            ),
            stage.rubric,
        )
        for stage in stages
    ]
    return rank(scored, rule, quota=quota, absent=absent)


def _ranked_dossiers(stages: Sequence[Stage], apart: Mapping[str, str]) -> tuple[str, ...]:
    scored = [set(stage.result.dossiers) for stage in stages]
    for dossier in sorted(set().union(*scored) - set(apart)):
        for stage, present in zip(stages, scored, strict=True):
            if dossier not in present:
                raise AggregatorError(
                    "%(dossier)s没有“%(stage)s”环节的得分，请先登记其未参加的原因。",
                    dossier=dossier,
                    stage=stage.key,
                )
    return tuple(dossier for dossier in stages[0].result.dossiers if dossier not in apart)


def _places(listed: Sequence[str], wanted: Sequence[str]) -> Index:
    place = {dossier: number for number, dossier in enumerate(listed)}
    return np.array([place[dossier] for dossier in wanted], dtype=np.int64)


def weighted(weights: Sequence[Decimal], scores: Sequence[Index] | Index, places: int) -> Index:
    """Final scores: half up of sum(weight x score), weights as whole numbers over one power of ten.

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


def _key_column(key: str, stages: Sequence[Stage], places: Sequence[Index]) -> Index:
    """The published values (hundredths) that a tie key compares."""
    number, criterion = tie_source(key, stages)
    result = stages[number].result
    values = result.score if criterion is None else result.criterion_means[:, criterion]
    column: Index = values[places[number]]
    return column


def _order(final: Index, keys: Sequence[Index]) -> tuple[Index, Index, Index]:
    """Dossiers best first; for each line the position its group starts at and the size of the group.

    Lines of one group are equal in everything that counts; their order on the page is that of the input.
    """
    order = np.lexsort(tuple(-column for column in (*reversed(keys), final)))
    changed = np.zeros(order.size, dtype=np.int64)
    for column in (final, *keys):
        changed[1:] |= column[order][1:] != column[order][:-1]
    groups = Groups.of(np.cumsum(changed))
    return order, np.repeat(groups.start, groups.count), np.repeat(groups.count, groups.count)


def _share(final: Index) -> NDArray[np.bool_]:
    _, which, count = np.unique(final, return_inverse=True, return_counts=True)
    shared: NDArray[np.bool_] = count[which] > 1
    return shared


def _standing(position: int, size: int, quota: int) -> Standing:
    if position + size <= quota:
        return "within"
    return "beyond" if position >= quota else "undecided"


def _stage_notices(stages: Sequence[Stage]) -> tuple[Notice, ...]:
    return tuple(
        Notice(entry.code, {**entry.params, "stage": stage.key})
        for stage in stages
        for entry in stage.result.notices
    )


def _canonical_row(row: RankRow) -> dict[str, object]:
    return {
        "rank": str(row.rank),
        "dossier": row.dossier,
        "score": str(row.score),
        "stage_scores": {key: str(value) for key, value in row.stage_scores.items()},
        "standing": row.standing,
    }
