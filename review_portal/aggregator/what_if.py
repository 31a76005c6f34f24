"""What other scores would make of a list: many sets of scores ranked at once by the deciding rule.

Everything here is in whole numbers and follows `ranking.rank`: weighted final score, tie keys on published
values, competition ranks, a tie across the cut decides for nobody.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from scoring_rubrics.rule import Rule

from .comparison import Move
from .exact import Index
from .ranking import Ranking
from .stages import Stage, places_of, tie_source, weighted
from .variants import Truths

CELLS = 200_000  # variants x dossiers ranked at a time: they stay in the processor's cache
_LIMIT = 2**62
_ABSENT = -1  # below every packed score: a dossier that is not ranked in a variant


@dataclass(frozen=True, slots=True)
class ListEffect:
    """What one change does to the list, beside the deciding one.

    entered, left: dossiers within the quota only then, only now. undecided: tied across the cut then, for
    `open_places`. changes_list: somebody else would be selected or would have to be decided on.
    order_changed: some pair of those ranked then stands the other way round, or is tied in only one of the
    two. largest_move: the largest change of a rank among those ranked then, None if there is none. unscored:
    dossiers that would have no score.
    """

    entered: tuple[str, ...]
    left: tuple[str, ...]
    undecided: tuple[str, ...]
    open_places: int
    changes_list: bool
    order_changed: bool
    largest_move: Move | None
    unscored: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class WhatIf:
    """The deciding ranking and what is needed to rank its dossiers by other scores.

    names: the ranked dossiers, best first. places: for each stage where they stand among its scored dossiers.
    sources: for each tie key its stage and criterion (None: the stage's score). within, undecided, position:
    (dossiers,) of the deciding ranking. code: (dossiers,) all that it compares, packed into one number each.
    """

    ranking: Ranking
    names: tuple[str, ...]
    places: tuple[Index, ...]
    sources: tuple[tuple[int, int | None], ...]
    within: Truths
    undecided: Truths
    position: Index
    code: Index

    @classmethod
    def of(cls, ranking: Ranking) -> WhatIf:
        """Prepare a ranking."""
        scored, rule = ranking.stages, ranking.rule
        names = tuple(ranking.dossiers[at] for at in ranking.order.tolist())
        places = [places_of(stage.result.dossiers, names) for stage in scored]
        sources = tuple(tie_source(key, scored) for key in rule.tie_keys)
        scores = [stage.result.score[None, at] for stage, at in zip(scored, places, strict=True)]
        means = [
            scored[number].result.criterion_means[None, places[number], criterion]
            for number, criterion in sources
            if criterion is not None
        ]
        code = _packed(_final(scored, rule, scores), _keys(sources, scores, means))
        line, clear = np.arange(len(names)), len(ranking.within)
        return cls(
            ranking=ranking,
            names=names,
            places=tuple(places),
            sources=sources,
            within=line < clear,
            undecided=(line >= clear) & (line < clear + len(ranking.undecided)),
            position=_positions(code)[0],
            code=code[0],
        )

    @property
    def batch(self) -> int:
        """How many variants to ask about at a time."""
        return max(1, CELLS // max(1, *(len(stage.result.dossiers) for stage in self.ranking.stages)))

    def scores(self, stage: int) -> Index:
        """Published scores of a stage for `names`."""
        score: Index = self.ranking.stages[stage].result.score[self.places[stage]]
        return score

    def means(self, mean_of: Callable[[int, int], Index]) -> list[Index]:
        """The criterion means that tie keys compare, in their order, from mean_of(stage, criterion)."""
        return [mean_of(stage, criterion) for stage, criterion in self.sources if criterion is not None]

    def criterion_means(self, stage: int, criterion: int) -> Index:
        """Published means of a criterion for `names`."""
        means: Index = self.ranking.stages[stage].result.criterion_means[self.places[stage], criterion]
        return means

    def effects(
        self, scores: Sequence[Index], means: Sequence[Index], gone: Truths | None = None
    ) -> list[ListEffect]:
        """The effect of each variant.

        scores: for each stage (variants, dossiers) hundredths in the order of `names`; means: as from
        `means`, each (variants, dossiers) or one row for all. gone: dossiers that have no score in a variant.
        """
        final = _final(self.ranking.stages, self.ranking.rule, scores)
        code = _packed(final, _keys(self.sources, scores, means))
        before = np.broadcast_to(self.position, code.shape)
        if gone is not None and gone.any():
            code[gone] = _ABSENT
            fewer = np.flatnonzero(gone.any(axis=1))
            before = before.copy()
            before[fewer] = _positions(np.where(gone[fewer], _ABSENT, self.code))
        moved = np.where(code == _ABSENT, 0, _positions(code) - before)
        within, undecided = _standing(code, self.ranking.quota)
        places = self.ranking.quota - np.count_nonzero(within, axis=1)
        changed = (within != self.within).any(axis=1) | (undecided != self.undecided).any(axis=1)
        columns = (
            self._named(within & ~self.within),
            self._named(self.within & ~within),
            self._named(undecided),
            self._named(np.zeros_like(within) if gone is None else gone),
            (places * undecided.any(axis=1)).tolist(),
            changed.tolist(),
            self._largest_moves(before, moved),
        )
        return [
            ListEffect(entered, left, tied, open_places, changes, move is not None, move, unscored)
            for entered, left, tied, unscored, open_places, changes, move in zip(*columns, strict=True)
        ]

    def _named(self, which: Truths) -> list[tuple[str, ...]]:
        """The dossiers of each row, best first."""
        rows, columns = np.nonzero(which)
        bounds = np.searchsorted(rows, np.arange(which.shape[0] + 1)).tolist()
        named = [self.names[at] for at in columns.tolist()]
        return [tuple(named[begin:end]) for begin, end in itertools.pairwise(bounds)]

    def _largest_moves(self, before: Index, moved: Index) -> list[Move | None]:
        """Who moves furthest in each row, the best placed of several; None where nobody moves."""
        if not self.names:
            return [None] * moved.shape[0]
        each = np.arange(moved.shape[0])
        furthest = np.abs(moved).argmax(axis=1)
        start, step = before[each, furthest].tolist(), moved[each, furthest].tolist()
        return [
            Move(self.names[at], place, place + way) if way else None
            for at, place, way in zip(furthest.tolist(), start, step, strict=True)
        ]


def _final(stages: Sequence[Stage], rule: Rule, scores: Sequence[Index]) -> Index:
    if len(stages) == 1:  # a published score that counts alone is the final one
        return scores[0]
    return weighted([stage.weight for stage in stages], scores, rule.places)


def _keys(
    sources: Sequence[tuple[int, int | None]], scores: Sequence[Index], means: Sequence[Index]
) -> list[Index]:
    """The tie keys' values in order: scores of stages, and the means of criteria one after another."""
    following = iter(means)
    return [scores[stage] if criterion is None else next(following) for stage, criterion in sources]


def _packed(final: Index, keys: Sequence[Index]) -> Index:
    """One number >= 0 for each dossier of each variant, ordered as the final score, then each key in turn."""
    code: Index = final - final.min(initial=0)
    for key in keys:
        low = int(key.min(initial=0))
        span = int(key.max(initial=0)) - low + 1
        if int(code.max(initial=0)) >= _LIMIT // span:
            code = np.unique(code, return_inverse=True)[1].reshape(code.shape)
        code = code * span + (key - low)
    return code


def _positions(code: Index) -> Index:
    """Competition ranks (1, 2, 2, 4) along each row, highest code first."""
    order = np.argsort(-code, axis=1)
    arranged = np.take_along_axis(code, order, axis=1)
    place = np.broadcast_to(np.arange(code.shape[1]), code.shape).copy()
    place[:, 1:][arranged[:, 1:] == arranged[:, :-1]] = 0
    np.maximum.accumulate(place, axis=1, out=place)
    position = np.empty_like(place)
    np.put_along_axis(position, order, place + 1, axis=1)
    return position


def _standing(code: Index, quota: int) -> tuple[Truths, Truths]:
    """Who is within the quota, and who is tied across the cut (see `ranking.rank`)."""
    present = code != _ABSENT
    size = code.shape[1]
    if quota >= size:
        return present, np.zeros_like(present)
    if quota == 0:
        return np.zeros_like(present), np.zeros_like(present)
    ascending = np.partition(code, (size - quota - 1, size - quota), axis=1)
    last, next_ = ascending[:, size - quota, None], ascending[:, size - quota - 1, None]
    within = present & (code > next_)
    return within, present & ~within & (code >= last)
