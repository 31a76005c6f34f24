"""Ranks: weighted rounds, ordered tie keys on published values, competition ranking, the cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from typing import Literal

import numpy as np

from scoring_rubrics.rule import Rule

from .exact import Groups, Index, decimals, order_of
from .notices import AggregatorError, Notice
from .official import score_totals
from .stages import (
    Stage,
    StageRatings,
    key_column,
    places_of,
    ranked_dossiers,
    stage_notices,
    weighted,
)
from .ties import Tie, canonical_tie, explain_ties, tie_notices

__all__ = ["Absent", "RankRow", "Ranking", "Stage", "StageRatings", "Standing", "rank", "rank_ratings"]

Standing = Literal["within", "undecided", "beyond"]


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


@dataclass(frozen=True, eq=False)
class Ranking:
    """The order of a call: rows best first, who is within the quota, ties and how they were resolved.

    dossiers             the ranked ones, in the order of input; the arrays below refer to it
    final                (dossiers,) final scores, int64 hundredths
    stage_scores         (stages, dossiers) published scores of the stages
    keys                 (dossiers,) the published values of each tie key, in the rule's order
    order                (dossiers,) line by line the dossier that stands there, best first
    position, group_size (dossiers,) for each line: lines above its group, and dossiers equal in everything
    absent               dossiers listed apart

    Lines, names and ties are made when they are first asked for.
    """

    rule: Rule
    quota: int
    stages: tuple[Stage, ...]
    dossiers: tuple[str, ...]
    final: Index
    stage_scores: Index
    keys: tuple[Index, ...]
    order: Index
    position: Index
    group_size: Index
    absent: tuple[Absent, ...]

    @cached_property
    def rows(self) -> tuple[RankRow, ...]:
        """One line for each ranked dossier, best first."""
        stages = [decimals(scores[self.order]) for scores in self.stage_scores]
        keys = [stage.key for stage in self.stages]
        _, which, count = np.unique(self.final[self.order], return_inverse=True, return_counts=True)
        columns = zip(
            (self.position + 1).tolist(),
            self._named(0, self.order.size),
            decimals(self.final[self.order]),
            [dict(zip(keys, scores, strict=True)) for scores in zip(*stages, strict=True)],
            self.standings(),
            (count[which] > 1).tolist(),
            (self.group_size > 1).tolist(),
            strict=True,
        )
        return tuple(RankRow(*line) for line in columns)

    @cached_property
    def within(self) -> tuple[str, ...]:
        """The dossiers that are surely among the first `quota`."""
        return self._named(0, self._clear)

    @cached_property
    def undecided(self) -> tuple[str, ...]:
        """The dossiers tied across the cut, for the `open_places` that the clear ones leave; nobody of them
        is in or out.
        """
        return self._named(self._clear, self._reached)

    @property
    def open_places(self) -> int:
        """Places that people have to give to some of the undecided."""
        return self.quota - self._clear if self._reached > self._clear else 0

    @cached_property
    def ties(self) -> tuple[Tie, ...]:
        """Equal final scores, best first, and how the tie keys ordered them."""
        return explain_ties(self.order, self.final, self.keys, self.dossiers, self.rule.tie_keys, self.quota)

    @cached_property
    def tie_notices(self) -> tuple[Notice, ...]:
        """What the ties and the cut have to say."""
        return tie_notices(self.ties, self.undecided, self.open_places, self.quota)

    @property
    def notices(self) -> tuple[Notice, ...]:
        """What the stages, the ties and the cut have to say."""
        return (*stage_notices(self.stages), *self.tie_notices)

    @property
    def straddles(self) -> bool:
        """The tie straddles the cut."""
        return bool(self.undecided)

    def row(self, dossier: str) -> RankRow:
        """The line of one dossier; KeyError if it is not ranked."""
        return self._row_of[dossier]

    def rank_of(self) -> dict[str, int]:
        """Dossier -> rank, best first."""
        return dict(zip(self._named(0, self.order.size), (self.position + 1).tolist(), strict=True))

    def canonical(self) -> dict[str, object]:
        """Everything that is frozen, as strings, lists and maps; no floats."""
        return {
            "rule": self.rule.canonical(),
            "stages": [stage.canonical() for stage in self.stages],
            **self.canonical_list(),
            "notices": [entry.canonical() for entry in self.notices],
        }

    def canonical_list(self) -> dict[str, object]:
        """The list alone, without the stages and the rule it was made by."""
        return {
            "quota": str(self.quota),
            "rows": [_canonical_row(row) for row in self.rows],
            "within": list(self.within),
            "undecided": list(self.undecided),
            "open_places": str(self.open_places),
            "ties": [canonical_tie(tie) for tie in self.ties],
            "absent": [{"dossier": entry.dossier, "code": entry.code} for entry in self.absent],
        }

    def standings(self) -> list[Standing]:
        """Line by line where it stands to the cut."""
        lines: tuple[tuple[Standing, int], ...] = (
            ("within", self._clear),
            ("undecided", self._reached - self._clear),
            ("beyond", self.order.size - self._reached),
        )
        return [standing for standing, count in lines for _ in range(count)]

    @cached_property
    def _row_of(self) -> dict[str, RankRow]:
        return {row.dossier: row for row in self.rows}

    @cached_property
    def _clear(self) -> int:
        """Lines whose whole group lies above the cut."""
        return int(np.count_nonzero(self.position + self.group_size <= self.quota))

    @cached_property
    def _reached(self) -> int:
        """Lines whose group begins above the cut."""
        return int(np.count_nonzero(self.position < self.quota))

    def _named(self, begin: int, end: int) -> tuple[str, ...]:
        return tuple(map(self.dossiers.__getitem__, self.order[begin:end].tolist()))


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
    names = ranked_dossiers(stages, apart)
    places = [places_of(stage.result.dossiers, names) for stage in stages]
    scores = np.stack([stage.result.score[at] for stage, at in zip(stages, places, strict=True)])
    final = weighted([stage.weight for stage in stages], scores, rule.places)
    keys = tuple(key_column(key, stages, places) for key in rule.tie_keys)
    order, position, group_size = competition_order(final, keys)
    return Ranking(
        rule=rule,
        quota=quota,
        stages=tuple(stages),
        dossiers=names,
        final=final,
        stage_scores=scores,
        keys=keys,
        order=order,
        position=position,
        group_size=group_size,
        absent=tuple(Absent(dossier, code) for dossier, code in sorted(apart.items())),
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
        stage.scored(
            score_totals(
                stage.totals,
                rule,
                deviation_percent=deviation_percent,
                range_points=range_points,
                beside=beside,
                group_of=stage.group_of,
            )
        )
        for stage in stages
    ]
    return rank(scored, rule, quota=quota, absent=absent)


def competition_order(final: Index, keys: Sequence[Index]) -> tuple[Index, Index, Index]:
    """Dossiers best first; for each line the position its group starts at and the size of the group.

    Lines of one group are equal in everything that counts; their order on the page is that of the input.
    """
    order = order_of(-final, *(-column for column in keys))
    changed = np.zeros(order.size, dtype=bool)
    for column in (final, *keys):
        arranged = column[order]
        changed[1:] |= arranged[1:] != arranged[:-1]
    groups = Groups.of(np.cumsum(changed))
    return order, np.repeat(groups.start, groups.count), np.repeat(groups.count, groups.count)


def _canonical_row(row: RankRow) -> dict[str, object]:
    return {
        "rank": str(row.rank),
        "dossier": row.dossier,
        "score": str(row.score),
        "stage_scores": {key: str(value) for key, value in row.stage_scores.items()},
        "standing": row.standing,
    }
