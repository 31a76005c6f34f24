"""Affinities as whole millionths, and the pairs worth looking at first.

Almost every pair of a large matrix is far too weak to be chosen. Which ones are not depends on how sought
after an expert is, so pairs are compared after subtracting a rough price per expert: a subgradient method on
the dual of  max sum W x,  sum_e x = demand,  least <= sum_d x <= most, each step on a stride of the rows. The
choice only saves time: `flow` and `side_constraints` price every dropped pair afterwards.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import MICRO, Index, Problem

Micro = NDArray[np.int32]

BLOCKED = -(2**30)  # below every possible price difference of an offered pair
BLOCK = 512  # rows at a time: temporaries stay in the processor's cache instead of doubling the memory
EVERY_PAIR = 8_000  # below this pruning costs more than it saves
WIDTH = 20  # pairs kept per dossier beyond its demand
_STEPS, _ROWS = 60, 500
_FIRST_STEP, _LAST_STEP = MICRO / 10, MICRO / 300


def worth(problem: Problem) -> Micro:
    """(dossiers, experts) affinity in millionths; BLOCKED where a pair is not offered or already frozen."""
    size = problem.affinity.shape
    result = np.empty(size, dtype=np.int32)
    for begin in range(0, size[0], BLOCK):
        rows = slice(begin, begin + BLOCK)
        affinity = problem.affinity[rows]
        shut = np.isnan(affinity) | (problem.conflict[rows] > 0)
        result[rows] = np.rint(np.where(shut, 0.0, affinity) * MICRO)
        result[rows][shut] = BLOCKED
    for dossier, expert in problem.frozen:
        result[dossier, expert] = BLOCKED
    return result


def frozen_worth(problem: Problem) -> Index:
    """Affinities of the frozen pairs in millionths."""
    kept = [problem.affinity[pair] for pair in problem.frozen]
    return np.rint(np.array(kept, dtype=np.float64) * MICRO).astype(np.int64)


def reaching(micro: Micro, problem: Problem, floor: int) -> Micro:
    """`micro` without pairs whose panel stays below `floor` even beside the dossier's best other experts."""
    result = micro.copy()
    sums = np.zeros(len(problem.dossiers), dtype=np.int64)
    left = problem.demand.copy()
    for (dossier, _), value in zip(problem.frozen, frozen_worth(problem), strict=True):
        sums[dossier] += value
        left[dossier] -= 1
    for dossier, seats in enumerate(left):
        row = result[dossier]
        if seats < 1 or row.size < seats:
            continue
        best = np.sort(np.partition(row, row.size - seats)[row.size - seats :].astype(np.int64))
        others = best[1:].sum()  # an expert outside the best takes the place of the last of them
        row[(row < best[0]) & (sums[dossier] + others + row < floor)] = BLOCKED
    return result


def rough_prices(micro: Micro, problem: Problem) -> Index:
    """(experts,) prices in millionths: high for experts whom too many dossiers want, below 0 for those who
    must be given work. 0 where the load bounds do not bite.
    """
    dossiers, experts = micro.shape
    stride = max(1, dossiers // _ROWS)
    price = np.zeros(experts, dtype=np.int64)
    middle = np.maximum((problem.least + problem.most) / 2, 1.0)
    for step in range(_STEPS):
        rows = slice(step % stride, None, stride)
        demand = problem.demand[rows]
        priced = micro[rows] - price.astype(np.int32)
        wants = (priced >= _thresholds(priced, demand)[:, None]).sum(axis=0)
        load = wants * (
            problem.seats / wants.sum()
        )  # equal experts share a seat, a stride stands for all rows
        wanted = np.where(price > 0, problem.most, np.where(price < 0, problem.least, load))
        wanted = np.clip(wanted, problem.least, problem.most)
        size = _FIRST_STEP * (_LAST_STEP / _FIRST_STEP) ** (step / (_STEPS - 1))
        price += np.rint(size * np.clip((load - wanted) / middle, -2.0, 2.0)).astype(np.int64)
    return price


def strongest_pairs(micro: Micro, problem: Problem, price: Index) -> Index:
    """Keys dossier * experts + expert of the pairs to start with, ascending: the best after price."""
    dossiers, experts = micro.shape
    if micro.size <= EVERY_PAIR:
        return np.flatnonzero(micro.ravel() > BLOCKED)
    width = min(int(problem.demand.max()) + WIDTH, experts)
    kept: list[Index] = []
    for begin in range(0, dossiers, BLOCK):
        block = micro[begin : begin + BLOCK]
        best = np.argpartition(block - price.astype(np.int32), experts - width, axis=1)[:, experts - width :]
        key = (np.arange(begin, begin + block.shape[0])[:, None] * experts + best).ravel()
        kept.append(key[np.take_along_axis(block, best, axis=1).ravel() > BLOCKED])
    return np.sort(np.concatenate(kept))


def thresholds(micro: Micro, problem: Problem, price: Index) -> Index:
    """(dossiers,) what the last seat of each dossier is worth at these prices."""
    found = [
        _thresholds(
            micro[begin : begin + BLOCK] - price.astype(np.int32), problem.demand[begin : begin + BLOCK]
        )
        for begin in range(0, micro.shape[0], BLOCK)
    ]
    return np.concatenate(found).astype(np.int64)


def _thresholds(priced: NDArray[Any], demand: Index) -> NDArray[Any]:
    """Each row's demand-th largest value."""
    experts = priced.shape[1]
    place = np.maximum(experts - demand, 0)
    ordered = np.partition(priced, np.unique(place), axis=1)
    return np.take_along_axis(ordered, place[:, None], axis=1)[:, 0]
