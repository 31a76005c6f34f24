"""Which further reviews would join panels that have none in common."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .exact import Index

RECOMMENDED_PER_PAIR = 5  # one crossing review joins two panels; its own error stays in every comparison


@dataclass(frozen=True, slots=True, eq=False)
class Crossing:
    """Crossing reviews that would join all panels.

    minimum          how many at least: panels - 1
    recommended      RECOMMENDED_PER_PAIR for each of the panels - 1 pairs that are joined
    dossier, expert  (proposed,) who should review what; the first `minimum` of them already join everything

    proposed is `recommended`, less what a pair of panels lacks that has fewer than RECOMMENDED_PER_PAIR
    pairs of a dossier and the other's expert. Recusals are not known here: check a pair before assigning it.
    """

    minimum: int
    recommended: int
    dossier: Index
    expert: Index


@dataclass(frozen=True, slots=True, eq=False)
class _Side:
    """Dossiers or experts by panel, those with the fewest reviews first (then by index).

    member: indices, panel by panel; start, count: (panels,); load: (panels,) reviews of the first member.
    """

    member: Index
    start: Index
    count: Index
    load: Index


def crossing_required(panels: int) -> tuple[int, int]:
    """Least and recommended number of crossing reviews that join so many panels."""
    pairs = max(panels - 1, 0)
    return pairs, RECOMMENDED_PER_PAIR * pairs


def crossing_reviews(
    dossier_panel: Index, expert_panel: Index, dossier_reviews: Index, expert_reviews: Index
) -> Crossing:
    """A proposal that joins all panels; O(nodes log nodes), deterministic.

    dossier_panel, expert_panel: panel of each (0 .. panels-1, -1 for none; every panel has both);
    dossier_reviews, expert_reviews: how many reviews each has.

    Panels are joined as a binary tree, the one with the most reviews on top: none stands in more than three
    pairs, and two panels are at most 2 log2(panels) pairs apart. Within a pair experts and dossiers with the
    fewest reviews come first and are used once before any is used again; the two directions take turns.
    """
    dossiers, experts = _side(dossier_panel, dossier_reviews), _side(expert_panel, expert_reviews)
    panels = dossiers.start.size
    minimum, recommended = crossing_required(panels)
    weight = np.bincount(
        expert_panel[expert_panel >= 0], weights=expert_reviews[expert_panel >= 0], minlength=panels
    )
    order = np.argsort(-weight, kind="stable")
    pair = np.arange(minimum)
    lower, upper = order[pair + 1], order[pair // 2]
    # where a panel's members start to serve this pair: its own pair upwards first, then those below it
    shift = RECOMMENDED_PER_PAIR * (pair % 2 + (pair // 2 > 0))
    downwards = _fewer_reviews(experts, dossiers, upper, lower)
    give = np.where(downwards, upper, lower)  # the panel whose expert takes the first review
    take = np.where(downwards, lower, upper)
    first_room = np.minimum(experts.count[give] * dossiers.count[take], RECOMMENDED_PER_PAIR)
    second_room = np.minimum(experts.count[take] * dossiers.count[give], RECOMMENDED_PER_PAIR)
    second = np.minimum(second_room, RECOMMENDED_PER_PAIR // 2)
    first = np.minimum(first_room, RECOMMENDED_PER_PAIR - second)
    second = np.minimum(second_room, RECOMMENDED_PER_PAIR - first)
    down, up = np.where(downwards, shift, 0), np.where(downwards, 0, shift)
    one = _pairs(experts, dossiers, give, take, first, (down, up))
    other = _pairs(experts, dossiers, take, give, second, (up, down))
    turn = np.concatenate([2 * one[0], 2 * other[0] + 1])
    sequence = np.lexsort((np.concatenate([np.repeat(pair, first), np.repeat(pair, second)]), turn))
    return Crossing(
        minimum,
        recommended,
        np.concatenate([one[1], other[1]])[sequence],
        np.concatenate([one[2], other[2]])[sequence],
    )


def _side(panel: Index, reviews: Index) -> _Side:
    known = np.flatnonzero(panel >= 0)
    member = known[np.lexsort((known, reviews[known], panel[known]))]
    count = np.bincount(panel[known])
    start = np.cumsum(count) - count
    return _Side(member, start, count, reviews[member[start]])


def _fewer_reviews(experts: _Side, dossiers: _Side, upper: Index, lower: Index) -> NDArray[np.bool_]:
    """Whether the upper panel's expert and the lower one's dossier have fewer reviews than the other way
    round: experts first, then dossiers.
    """
    of_expert = np.sign(experts.load[upper] - experts.load[lower])
    of_dossier = np.sign(dossiers.load[lower] - dossiers.load[upper])
    result: NDArray[np.bool_] = 2 * of_expert + of_dossier < 0
    return result


def _pairs(
    experts: _Side, dossiers: _Side, give: Index, take: Index, wanted: Index, shift: tuple[Index, Index]
) -> tuple[Index, Index, Index]:
    """`wanted` different pairs per pair of panels: the turn of each within it, its dossier and its expert.

    Walking both sides at once meets lcm(experts, dossiers) pairs before it repeats one; then the dossiers
    move on by one.
    """
    row = np.repeat(np.arange(wanted.size), wanted)
    turn = np.arange(row.size) - (np.cumsum(wanted) - wanted)[row]
    many, few = experts.count[give[row]], dossiers.count[take[row]]
    expert = experts.member[experts.start[give[row]] + (turn + shift[0][row]) % many]
    step = turn + turn // np.lcm(many, few) + shift[1][row]
    dossier = dossiers.member[dossiers.start[take[row]] + step % few]
    return turn, dossier, expert
