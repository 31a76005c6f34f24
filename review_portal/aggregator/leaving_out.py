"""One round's published scores without each expert in turn.

What the official layer would publish without expert j (`score_round` of `Ratings.without(experts=[j])`), for
all experts at once:

    none      only the dossiers he scored change: exact, in whole numbers, one pass over the sheets
    z_score   the others' standard scores stay, grand mean and spread change: G_j + S_j combine(z_ik, k != j)
    severity  the effects of the others move: `normal_equations`; a dossier that everybody else scored too has
              the plain mean under severity and mean, as the effects sum to 0

The last two are computed in floats, at any size. Where one lies too near to a half to be rounded for sure (a
millionth of a hundredth, standard scores a hundredth of that), or where the error of the effects is not shown
to be ten times smaller, the expert's absence is computed by `score_round` itself: every score is the official
one. Only in rounds of more than EXACT_EXPERTS experts, where that could happen hundreds of times, is a float
near a half rounded as a half, on the grid on which the official layer rounds its own iterative effects there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scoring_rubrics.rule import Rule

from .additive import EXACT_EXPERTS, ITERATIVE_SNAP, Floats
from .connectivity import components
from .cut_points import cut_points
from .exact import Groups, Index, half_up, times
from .normal_equations import TRUSTED, Effects, NormalEquations
from .notices import AggregatorError
from .official import RoundResult, score_round
from .ratings import Ratings
from .variants import (
    STANDARD_SNAP,
    Truths,
    Variants,
    combine_columns,
    combine_without,
    half_up_floats,
    repeated,
    unit_of,
)

Words = NDArray[np.str_]


@dataclass(frozen=True, slots=True, eq=False)
class _Spread:
    """Standard scores: combinations per dossier and per sheet left out, and G_j, S_j per expert."""

    base: Floats
    own: Floats
    grand: Floats
    spread: Floats


@dataclass(frozen=True, slots=True, eq=False)
class LeavingOut:
    """A round prepared for leaving out one expert at a time.

    groups, group, seat: the dossiers' sheets, and each sheet's dossier and expert numbered without gaps.
    by_expert, load: sheets in order of their experts, and how many each has.
    normalize, combine: what decides without each expert. refused: the rule gives no scores without him.
    afresh: his absence changes what the preparation rests on, `score_round` has to answer.
    plain, standard: scores per way to combine; levelled: effects without the expert of each column, `column`
    that of each expert (-1: none). equations: of the round as it is, where severity decides.
    """

    result: RoundResult
    groups: Groups
    group: Index
    seat: Index
    by_expert: Index
    load: Index
    normalize: Words
    combine: Words
    refused: Truths
    afresh: Truths
    plain: Mapping[str, tuple[Index, Index]]
    standard: Mapping[str, _Spread]
    levelled: Effects | None
    column: Index
    equations: NormalEquations | None

    @classmethod
    def of(cls, result: RoundResult) -> LeavingOut:
        """Prepare a scored round; O(sheets log sheets), severity also O(experts^3)."""
        ratings, rule = result.ratings, result.rule
        experts = len(ratings.experts)
        groups = result.totals.groups
        group = np.repeat(np.arange(groups.count.size), groups.count)
        load = np.bincount(ratings.sheet_expert, minlength=experts)
        few = _short_without(groups, group, ratings.sheet_expert, load, rule.min_reviews)
        refused = (load == group.size) | (
            few & (rule.combine == "drop_high_low") & (rule.below_threshold == "refuse")
        )
        combine = np.where(few & (rule.combine == "drop_high_low"), "mean", rule.combine)
        normalize, afresh, equations = _normalization_without(rule, ratings, groups, group, load)
        column = np.full(experts, -1)
        levelled = None
        wanted = np.flatnonzero((normalize == "severity") & ~afresh & ~refused & (load > 0))
        if equations is not None and wanted.size:
            used = np.flatnonzero(load)
            column[wanted] = np.arange(wanted.size)
            levelled = equations.without_each(ratings.total / ratings.scale, np.searchsorted(used, wanted))
        ways = {str(how) for how in combine[~refused]}
        return cls(
            result=result,
            groups=groups,
            group=group,
            seat=np.searchsorted(np.flatnonzero(load), ratings.sheet_expert),
            by_expert=np.argsort(ratings.sheet_expert, kind="stable"),
            load=load,
            normalize=normalize,
            combine=combine,
            refused=refused,
            afresh=afresh,
            plain={how: _plain(ratings, groups, how, unit_of(rule)) for how in ways},
            standard={how: _standard(ratings, groups, how, load) for how in ways}
            if "z_score" in normalize
            else {},
            levelled=levelled,
            column=column,
            equations=equations,
        )

    def scores(self, experts: Index) -> Variants:
        """The published scores without each of `experts` (who have sheets), one row each."""
        rows, sheets = self._sheets_of(experts)
        shape = (experts.size, self.groups.count.size)
        score, gone = np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.bool_)
        gone[rows, self.group[sheets]] = self.groups.count[self.group[sheets]] == 1
        refused, afresh = self.refused[experts], self.afresh[experts]
        open_ = ~refused & ~afresh
        for normalize in np.unique(self.normalize[experts[open_]]).tolist():
            for how in np.unique(self.combine[experts[open_]]).tolist():
                which = np.flatnonzero(
                    open_ & (self.normalize[experts] == normalize) & (self.combine[experts] == how)
                )
                if which.size:
                    score[which], afresh[which] = self._rows(normalize, how, experts[which], gone[which])
        for row in np.flatnonzero(afresh).tolist():
            found = self._officially(int(experts[row]))
            refused[row] = found is None
            if found is not None:
                score[row] = found
        return Variants(score, gone, refused)

    def changes_method(self, expert: int) -> bool:
        """Without this expert another method decides than with everybody."""
        return (str(self.normalize[expert]), str(self.combine[expert])) != (
            self.result.normalize,
            self.result.combine,
        )

    def criterion_means(self, criterion: int, experts: Index) -> Index:
        """Plain means of one criterion without each of `experts`, (experts, scored dossiers)."""
        points = self.result.ratings.criterion_total[:, criterion]
        unit = unit_of(self.result.rule)
        base, count = self.groups.total(points), self.groups.count
        own = half_up(base[self.group] - points, np.maximum(count[self.group] - 1, 1), unit=unit)
        return self._scattered(half_up(base, count, unit=unit), own, experts)

    def _rows(self, normalize: str, how: str, experts: Index, gone: Truths) -> tuple[Index, Truths]:
        """Scores of experts without whom the same method decides, and whose need a second look."""
        if normalize == "none":
            return self._scattered(*self.plain[how], experts), np.zeros(experts.size, dtype=np.bool_)
        if normalize == "z_score":
            part = self.standard[how]
            combined = self._scattered(part.base, part.own, experts)
            value = part.grand[experts, None] + part.spread[experts, None] * combined
            error = np.zeros(experts.size)
        else:
            assert self.levelled is not None, "effects have been computed where severity decides"
            value = self._levelled_values(how, experts)
            error = self.levelled.error[self.column[experts]]
        snap = ITERATIVE_SNAP if normalize == "severity" else STANDARD_SNAP
        score, unsure = half_up_floats(np.where(gone, 0.0, value), unit_of(self.result.rule), snap)
        if normalize == "severity" and how == "mean":
            self._settle_full_dossiers(experts, score, unsure)
        few = np.count_nonzero(self.load) - 1 <= EXACT_EXPERTS
        return score, ~(error <= TRUSTED) | (few & unsure.any(axis=1))

    def _levelled_values(self, how: str, experts: Index) -> Floats:
        """Combinations of y_ik - b_k without each expert, (experts, dossiers), in float hundredths."""
        assert self.levelled is not None, "effects have been computed where severity decides"
        rows, sheets = self._sheets_of(experts)
        columns = self.column[experts]
        total = self.result.ratings.total / self.result.ratings.scale
        if how == "mean":
            summed = repeated(np.add.reduceat(total, self.groups.start), experts.size)
            summed -= self.levelled.dossier_sum[:, columns].T
            count = repeated(self.groups.count, experts.size)
            summed[rows, self.group[sheets]] -= total[sheets]
            count[rows, self.group[sheets]] -= 1
            result: Floats = summed / np.maximum(count, 1)
            return result
        value = total[:, None] - self.levelled.effect[self.seat][:, columns]
        above, below = combine_columns(value, self.groups, how, (sheets, rows))
        quotient: Floats = (above / np.maximum(below, 1)).T
        return quotient

    def _settle_full_dossiers(self, experts: Index, score: Index, unsure: Truths) -> None:
        """Where everybody who is left scored a dossier, the effects cancel: the plain mean, exactly."""
        everybody = int(np.count_nonzero(self.load)) - 1
        full = np.flatnonzero(self.groups.count >= everybody)
        if full.size == 0:
            return
        count = repeated(self.groups.count, experts.size)
        rows, sheets = self._sheets_of(experts)
        count[rows, self.group[sheets]] -= 1
        settled = count == everybody
        score[settled] = self._scattered(*self.plain["mean"], experts)[settled]
        unsure[settled] = False

    def _officially(self, expert: int) -> Index | None:
        """The same by `score_round`; None where it refuses."""
        try:
            result = score_round(
                self.result.ratings.without(experts=[self.result.ratings.experts[expert]]),
                self.result.rule,
                beside=False,
            )
        except AggregatorError:
            return None
        left = np.flatnonzero(np.isin(self.groups.label, result.ratings.sheet_dossier))
        score = np.zeros(self.groups.count.size, dtype=np.int64)
        score[left] = result.score
        return score

    def _sheets_of(self, experts: Index) -> tuple[Index, Index]:
        """Row in `experts` and number of each of their sheets."""
        count = self.load[experts]
        start = np.cumsum(self.load) - self.load
        begin = np.cumsum(count) - count
        rows = np.repeat(np.arange(experts.size), count)
        return rows, self.by_expert[np.repeat(start[experts] - begin, count) + np.arange(rows.size)]

    def _scattered(self, base: NDArray[Any], own: NDArray[Any], experts: Index) -> NDArray[Any]:
        """`base` for every dossier, replaced by `own` where the expert scored it."""
        rows, sheets = self._sheets_of(experts)
        found = repeated(base, experts.size)
        found[rows, self.group[sheets]] = own[sheets]
        return found


def _short_without(groups: Groups, group: Index, expert: Index, load: Index, minimum: int) -> Truths:
    """Without which experts some dossier that still has a sheet has fewer than `minimum`."""
    count = groups.count[group]
    falls = np.bincount(expert[count == minimum], minlength=load.size)
    vanishes = np.bincount(expert[count == 1], minlength=load.size)
    short: Truths = np.count_nonzero(groups.count < minimum) + falls - vanishes > 0
    return short


def _normalization_without(
    rule: Rule, ratings: Ratings, groups: Groups, group: Index, load: Index
) -> tuple[Words, Truths, NormalEquations | None]:
    """What normalizes without each expert, whose absence only `score_round` can answer, and the equations."""
    normalize = np.full(load.size, rule.normalize, dtype="<U8")
    afresh = np.zeros(load.size, dtype=np.bool_)
    if rule.normalize != "severity":
        return normalize, afresh, None
    parts = components(ratings.sheet_dossier, ratings.sheet_expert, len(ratings.dossiers), load.size)
    if not parts.connected:
        # only where one of two panels is a single expert does his absence leave a connected round
        normalize[:] = rule.fallback
        alone = np.bincount(parts.expert[parts.expert >= 0], minlength=parts.count) == 1
        afresh |= (parts.count == 2) & (parts.expert >= 0) & alone[parts.expert]
        normalize[afresh] = "severity"
        return normalize, afresh, None
    used = np.flatnonzero(load)
    seat = np.searchsorted(used, ratings.sheet_expert)
    if used.size > 1:
        normalize[used[_holding_together(groups, group, seat)]] = rule.fallback
    return normalize, afresh, NormalEquations.of(group, seat)


def _holding_together(groups: Groups, group: Index, expert: Index) -> Index:
    """Experts of a connected round without whom the others' reviews fall into parts.

    A dossier that an expert scored alone leaves with him and is no part: only the others are looked at.
    """
    shared = groups.count[group] > 1
    dossier = np.unique(group[shared], return_inverse=True)[1].astype(np.int64)
    return cut_points(
        dossier, expert[shared], int(dossier.max()) + 1, int(expert.max()) + 1, np.zeros(1, dtype=np.int64)
    ).expert


def _plain(ratings: Ratings, groups: Groups, how: str, unit: int) -> tuple[Index, Index]:
    """Published combinations of the totals as they are: per dossier, and per sheet of what stays without."""
    total = ratings.total
    above, below = combine_columns(total[:, None], groups, how)
    own, left = combine_without(total, groups, how)
    # a denominator below 1 stands where nothing or too little is left; nobody reads that number
    return (
        half_up(above[:, 0], times(np.maximum(np.broadcast_to(below, above.shape)[:, 0], 1), ratings.scale),
                unit=unit),
        half_up(own, times(np.maximum(left, 1), ratings.scale), unit=unit),
    )  # fmt: skip


def _standard(ratings: Ratings, groups: Groups, how: str, load: Index) -> _Spread:
    """Standard scores (see `normalize.z_scores`) combined, and the scale they get without each expert."""
    total, expert = ratings.total, ratings.sheet_expert
    seen = np.maximum(load, 1)
    off = seen[expert] * total - _summed(total, expert, load.size)[expert]
    mean_square = np.bincount(expert, weights=np.square(off / seen[expert]), minlength=load.size) / seen
    score = np.divide(off / seen[expert], np.sqrt(mean_square)[expert],
                      out=np.zeros(total.size), where=mean_square[expert] > 0)  # fmt: skip
    above, below = combine_columns(score[:, None], groups, how)
    own, left = combine_without(score, groups, how)
    centre = int(total.mean())
    far = total - centre
    rest = np.maximum(total.size - load, 1)
    sums = (int(far.sum()) - _summed(far, expert, load.size)) / rest
    square = np.square(far.astype(np.float64))
    squares = (square.sum() - np.bincount(expert, weights=square, minlength=load.size)) / rest
    return _Spread(
        base=(above / np.maximum(below, 1))[:, 0],
        own=own / np.maximum(left, 1),
        grand=(centre + sums) / ratings.scale,
        spread=np.sqrt(np.maximum(squares - np.square(sums), 0.0)) / ratings.scale,
    )


def _summed(values: Index, expert: Index, experts: int) -> Index:
    sums = np.zeros(experts, dtype=np.int64)
    np.add.at(sums, expert, values)
    return sums
