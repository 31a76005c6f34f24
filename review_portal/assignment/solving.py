"""From a problem to a checked plan: flow first, integer programming where a condition is no network.

The network model leaves out what it cannot hold. If its optimum keeps those conditions all the same, it is
the optimum of everything; else the conditions that it breaks are named in the plan and the full program
decides.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Literal

from review_portal.aggregator.connectivity import Components, components
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark

from .flow import installed, solve_flow
from .model import Index, Plan, Problem, infeasible
from .network import Places, places
from .plan import broken, connection_limit, make_plan, panel_sums, seated, worst_ceiling
from .program import Conditions, Cut
from .side_constraints import ROUNDING, Choice, Clock, OutOfTime, choose, choose_by_seed, relax
from .worth import BLOCKED, Micro, reaching, rough_prices, strongest_pairs, worth

Engine = Literal["flow", "milp"]

SCIPY_PAIRS = 60_000  # pairs up to which scipy alone serves
CUT_ROUNDS = 60
_TRIAL = 0.25  # share of the time left that one floor may take


def load_solvers() -> None:
    """Load what is used at first use otherwise, so that it is not counted as solving."""
    if installed():
        import_module("ortools.graph.python.min_cost_flow")


def solve(problem: Problem, *, engine: Engine | None = None, limit: float | None = None) -> Plan:
    """The best assignment, its proof and its ties settled.

    engine: what solves the network model; by default the flow solver if it is installed, else scipy up to
    SCIPY_PAIRS pairs. limit: processor seconds for integer programming; when they are up the plan says how
    far it may be from the best. Raises Infeasible if the conditions cannot all be met (`diagnosis.diagnose`
    says why), NotInstalled if this size needs the extra, Invalid if the time was too short for any
    assignment.
    """
    if problem.connected and connection_limit(problem):
        raise infeasible()
    if engine is None:
        engine = "flow" if installed() or problem.affinity.size > SCIPY_PAIRS else "milp"
    forced: tuple[str, ...] = ()
    start: Index | None = None
    if engine == "flow":
        answer = solve_flow(problem)
        if answer.missing:
            raise infeasible()
        forced = broken(problem, answer.key)
        if not forced:
            return make_plan(problem, answer.key, "flow", settled=answer.ties_settled)
        start = answer.pairs
    return _Search(problem, start, Clock(limit)).plan(forced)


class _Search:
    """Integer programming with everything: parts are joined as they appear, floors raised by bisection."""

    def __init__(self, problem: Problem, start: Index | None, clock: Clock) -> None:
        self.problem, self.clock = problem, clock
        self.entry: Places = places(problem)
        self.micro: Micro = worth(problem)
        if start is None:
            start = strongest_pairs(self.micro, problem, rough_prices(self.micro, problem))
        self.start = start
        self.cuts: tuple[Cut, ...] = ()

    def plan(self, forced: tuple[str, ...]) -> Plan:
        """The plan under all conditions."""
        if self.problem.worst_first:
            choice, floor, highest = self.highest_floor()
        else:
            found = self.best(None, self.clock)
            if found is None:
                raise infeasible()
            choice, floor, highest = found, None, None
        key, settled = self.by_seed(choice, floor)
        return make_plan(
            self.problem, key, "milp",
            settled=settled, bound=choice.bound, worst_bound=highest, forced=forced,
        )  # fmt: skip

    def best(self, floor: int | None, clock: Clock) -> Choice | None:
        """The largest total with every panel at `floor` or above, connected if that is asked."""
        micro = self.micro if floor is None else reaching(self.micro, self.problem, floor)
        start = self.start[micro.ravel()[self.start] > BLOCKED]
        for _ in range(CUT_ROUNDS):
            conditions = Conditions(floor=floor, cuts=self.cuts)
            relaxed = relax(self.problem, self.entry, micro, start, conditions)
            choice = choose(self.problem, self.entry, micro, relaxed, conditions, clock)
            if choice is None or not self.cut(choice.key):
                return choice
        raise Invalid(
            mark("经过 %(rounds)d 轮仍未得到连通的分派，请放宽连通要求或其他条件。", rounds=CUT_ROUNDS)
        )

    def by_seed(self, choice: Choice, floor: int | None) -> tuple[Index, bool]:
        """The seed's choice among equal totals; a part that this leaves alone is joined again."""
        for _ in range(CUT_ROUNDS):
            conditions = Conditions(floor=floor, cuts=self.cuts)
            key, settled = choose_by_seed(
                self.problem, self.entry, self.micro, choice, conditions, self.clock
            )
            if not self.cut(key):
                return key, settled
        return choice.key, False

    def cut(self, key: Index) -> bool:
        """Note the parts that `key` leaves alone; whether there are any that matter."""
        if not self.problem.connected:
            return False
        dossier, expert = seated(self.problem, key)
        found = components(dossier, expert, len(self.problem.dossiers), len(self.problem.experts))
        if found.connected:
            return False
        self.cuts += _cuts(found)
        return True

    def highest_floor(self) -> tuple[Choice, int, int]:
        """The best assignment of the highest floor, that floor, and the bound of all floors."""
        found = self.best(None, self.clock)
        if found is None:
            raise infeasible()
        floor = self.worst(found.key)
        ceiling = trial = upper = self.ceiling(floor)
        while floor < upper and not self.clock.up:
            share = self.clock.part(_TRIAL)
            raised, known = self.attempt(trial, share)
            self.clock.put_back(share)
            if raised is not None:
                found, floor = raised, self.worst(raised.key)
            else:
                upper = trial - 1
                ceiling = upper if known else ceiling
            trial = (floor + upper + 1) // 2
        return found, floor, ceiling

    def attempt(self, floor: int, clock: Clock) -> tuple[Choice | None, bool]:
        """The best assignment with every panel at `floor` or above, and whether None means there is none."""
        try:
            raised = self.best(floor, clock)
        except OutOfTime:
            return None, False
        if raised is not None and self.worst(raised.key) < floor:  # met within the solver's tolerance only
            return None, False
        return raised, True

    def worst(self, key: Index) -> int:
        """Affinity sum of the worst panel."""
        return int(panel_sums(self.problem, *seated(self.problem, key)).min())

    def ceiling(self, floor: int) -> int:
        """What no floor exceeds: the worst dossier's best panel, and the relaxation that raises them all."""
        alone = worst_ceiling(self.problem)
        if alone <= floor:
            return floor
        conditions = Conditions(floor=floor, lift=True, cuts=self.cuts)
        lifted = relax(self.problem, self.entry, self.micro, self.start, conditions)
        return max(floor, min(alone, floor + math.floor(lifted.bound + ROUNDING)))


def _cuts(found: Components) -> tuple[Cut, ...]:
    """Each part must be left by a review. Experts without any review may stand on either side: once inside
    and once outside, else one of them could seem to join two parts with a single review.
    """
    parts = range(found.count) if found.count > 2 else range(1)  # leaving one of two is leaving the other
    idle = found.expert < 0
    cuts: list[Cut] = []
    for part in parts:
        dossier, expert = found.dossier == part, found.expert == part
        cuts.append(Cut(dossier, expert))
        if idle.any():
            cuts.append(Cut(dossier, expert | idle))
    return tuple(cuts)
