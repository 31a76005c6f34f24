"""Mixed-integer programming (HiGHS in scipy) where a condition is no network, and wherever nothing else is
installed.

    relax:  linear program over few pairs -> row prices -> dropped pairs that would gain -> again, until
    none does choose: whole solution over the pairs that lose least at these prices prove:  a solution that
    uses a pair losing more than  bound - total  cannot beat the total; if pairs within
            that gap were left out, choose again among all of them.

The bound is the one of `program`: it holds on the full matrix for any row prices, so neither the choice of
pairs nor the linear solver's tolerances can make a total look better proven than it is.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from scipy.optimize import Bounds, LinearConstraint, linprog, milp

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark

from .model import Flags, Index, Problem, Real
from .network import Places
from .pricing import most_promising
from .program import Conditions, Program, pair_prices, write
from .ties import weights
from .worth import BLOCKED, EVERY_PAIR, Micro, frozen_worth

TIE_NODES = 2_000  # branchings spent on equal optima
_GAIN = 0.01  # millionths; what dropped pairs would gain below this only widens the bound by its sum
_SHORT = 50.0  # price of an unfilled unit in the relaxation, as a multiple of the largest affinity
_FIRST = 6  # pairs per seat in the first choice
_WHOLE = 1e-6  # of a unit
_SOLVED, _LIMIT, _INFEASIBLE = 0, 1, 2  # scipy's status
ROUNDING = 1e-3  # millionths: rounding of a bound in binary


@dataclass(frozen=True, slots=True, eq=False)
class Relaxed:
    """Optimum of the linear relaxation, priced on the full matrix.

    bound: no assignment has a larger total (a higher floor). loss: (dossiers, experts) by how much any
    solution that takes the pair stays below the bound; inf for pairs that are no choice. key: pairs of the
    last program. whole: those that its solution takes, if it is in whole numbers and leaves nothing
    unfilled.
    """

    bound: float
    loss: Real
    key: Index
    whole: Index | None


@dataclass(frozen=True, slots=True, eq=False)
class Choice:
    """Chosen pairs (without the frozen ones, ascending), their total, the bound of all assignments' totals,
    and the keys of all pairs that an assignment of this total may use.
    """

    key: Index
    value: int
    bound: int
    free: Index


class OutOfTime(Invalid):
    """The time was up before any assignment was found."""


@dataclass(slots=True)
class Clock:
    """Processor seconds that are left; None for no limit."""

    left: float | None = None

    @property
    def up(self) -> bool:
        """Whether nothing is left."""
        return self.left is not None and self.left <= 0.0

    def charge(self, begin: float) -> None:
        """Take off what was used since `begin`."""
        if self.left is not None:
            self.left = max(self.left - (time.process_time() - begin), 0.0)

    def part(self, share: float) -> Clock:
        """A clock over a share of what is left, taken off this one until `put_back`."""
        if self.left is None:
            return Clock()
        given = self.left * share
        self.left -= given
        return Clock(given)

    def put_back(self, rest: Clock) -> None:
        """Add what a part did not use."""
        if self.left is not None and rest.left is not None:
            self.left += rest.left


def relax(problem: Problem, entry: Places, micro: Micro, key: Index, conditions: Conditions) -> Relaxed:
    """Solve the linear relaxation, starting with the pairs of `key`."""
    worth = np.zeros_like(micro) if conditions.lift else micro
    offered = micro > BLOCKED
    short = _SHORT * max(float(np.abs(micro[offered]).max(initial=1)), 1.0)
    while True:
        program = write(problem, entry, micro, key, conditions)
        objective = program.value - program.shortage * short
        high = np.where(program.shortage, np.inf, program.high)
        solved = _linear(program, -objective, high)
        price = -np.asarray(solved.eqlin.marginals)
        rest = np.where(offered, worth - pair_prices(program, problem, entry, micro, price), -np.inf)
        dropped = offered.copy()
        dropped.ravel()[key] = False
        better = dropped & (rest > _GAIN)
        if not better.any():
            break
        key = np.union1d(key, most_promising(0, np.where(better, rest, -1.0)))
    reduced = program.value - program.matrix.T @ price
    bound = price @ program.right + np.maximum(reduced * program.low, reduced * program.high).sum()
    bound += rest[dropped & (rest > 0)].sum()
    return Relaxed(float(bound), np.maximum(-rest, 0.0), key, _taken(program, np.asarray(solved.x)))


def _linear(program: Program, cost: Real, high: Real) -> Any:
    """The linear program's optimum. HiGHS gives up on a rare program in presolve; then it does without."""
    bounds = np.stack([program.low, high], axis=1)
    for presolve in (True, False):
        solved = linprog(
            cost, A_eq=program.matrix, b_eq=program.right, bounds=bounds, options={"presolve": presolve}
        )  # fmt: skip
        if solved.status == _SOLVED:
            return solved
    raise RuntimeError(f"linear solver: {solved.message}")


def _taken(program: Program, x: Real) -> Index | None:
    """The pairs of a linear solution that happens to be a whole one."""
    decided = x[program.whole > 0]
    if np.abs(decided - np.rint(decided)).max(initial=0.0) > _WHOLE or x[program.shortage].max() > _WHOLE:
        return None
    return program.key[x[: program.key.size] > 0.5]


def choose(
    problem: Problem, entry: Places, micro: Micro, relaxed: Relaxed, conditions: Conditions, clock: Clock
) -> Choice | None:
    """The assignment of the largest total, or None if no assignment meets the conditions."""
    known = relaxed.loss[np.isfinite(relaxed.loss)]
    wanted = min(max(_FIRST * problem.seats, EVERY_PAIR), known.size)
    width = float(np.partition(known, wanted - 1)[wanted - 1]) if wanted else 0.0
    ceiling = math.floor(relaxed.bound + ROUNDING)
    if relaxed.whole is not None and _total(problem, micro, relaxed.whole) == ceiling:
        return Choice(relaxed.whole, ceiling, ceiling, _within(relaxed, ceiling))
    while True:
        key = np.flatnonzero(relaxed.loss.ravel() <= width)
        program = write(problem, entry, micro, key, conditions)
        found = solve_whole(program, program.value, clock)
        complete = key.size == known.size
        if found is None and complete:
            return None
        if found is None:
            width = float(known.max()) if key.size * 4 >= known.size else float(np.sort(known)[key.size * 4])
            continue
        chosen = key[found.chosen]
        value = _total(problem, micro, chosen)
        outside = -math.inf if complete else math.floor(relaxed.bound - width + ROUNDING)
        if outside <= value or clock.up:
            inside = math.floor(min(found.bound, relaxed.bound) + ROUNDING)
            bound = int(min(ceiling, max(inside, outside, value)))
            return Choice(chosen, value, bound, _within(relaxed, value))
        width = relaxed.bound - value


def _total(problem: Problem, micro: Micro, key: Index) -> int:
    return int(micro.ravel()[key].sum(dtype=np.int64) + frozen_worth(problem).sum())


def _within(relaxed: Relaxed, value: int) -> Index:
    return np.flatnonzero(relaxed.loss.ravel() <= relaxed.bound - value + ROUNDING)


def choose_by_seed(
    problem: Problem, entry: Places, micro: Micro, choice: Choice, conditions: Conditions, clock: Clock
) -> tuple[Index, bool]:
    """The assignment of the largest tie weight among those of the same total, and whether that is certain."""
    key = choice.free
    program = write(problem, entry, micro, key, replace(conditions, total=choice.value))
    objective = np.zeros(program.low.size)
    objective[: key.size] = weights(problem, key)
    try:
        found = solve_whole(program, objective, clock, nodes=TIE_NODES)
    except OutOfTime:
        return choice.key, False
    if found is None:  # the total is met within the solver's tolerance only: the first solution stands
        return choice.key, False
    chosen = key[found.chosen]
    if _total(problem, micro, chosen) != choice.value:
        return choice.key, False
    return chosen, bool(found.bound - objective[: key.size][found.chosen].sum() < 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class Whole:
    """Values of a program's variables, which pairs are chosen, and what no solution of it exceeds."""

    values: Real
    chosen: Flags
    bound: float


def solve_whole(program: Program, objective: Real, clock: Clock, nodes: int | None = None) -> Whole | None:
    """The whole solution of largest objective; None if there is none. Raises OutOfTime when the time is up
    before any solution is found.
    """
    options: dict[str, float] = {"mip_rel_gap": 0.0}
    if nodes is not None:
        options["node_limit"] = nodes
    for presolve in (True, False):  # see _linear
        if clock.left is not None:
            options["time_limit"] = clock.left
        begin = time.process_time()
        solved = milp(
            -objective,
            integrality=program.whole,
            bounds=Bounds(program.low, program.high),
            constraints=LinearConstraint(program.matrix, program.right, program.right),
            options=options | {"presolve": presolve},
        )
        clock.charge(begin)
        if solved.status in (_SOLVED, _LIMIT, _INFEASIBLE):
            break
    else:
        raise RuntimeError(f"integer solver: {solved.message}")
    if solved.status == _INFEASIBLE:
        return None
    if solved.x is None:
        raise OutOfTime(mark("在给定时间内没有找到可行的分派，请延长时间或放宽条件后重试。"))
    bound = solved.fun if solved.mip_dual_bound is None else solved.mip_dual_bound  # None: nothing to decide
    return Whole(solved.x, solved.x[: program.key.size] > 0.5, -float(bound))
