"""Small problems from a stream of choices, and their answers by trying every assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import combinations, product
from typing import Any

import numpy as np

from review_portal.assignment.model import MICRO, Problem, Roles
from review_portal.domain.errors import Invalid

Pick = Callable[[int, int], int]  # a whole number between two others, both included

Assignment = tuple[tuple[int, ...], ...]  # the panel of every dossier


def problem_from(pick: Pick, *, dossiers: int = 4, experts: int = 6, levels: int = 9) -> Problem:
    """A problem with any mixture of conditions; not every one can be met."""
    rows, columns = pick(1, dossiers), pick(1, experts)
    affinity = np.array([[pick(0, levels) / 10 for _ in range(columns)] for _ in range(rows)])
    conflict = np.array([[pick(0, 7) // 7 for _ in range(columns)] for _ in range(rows)], dtype=np.uint8)
    affinity[np.array([[pick(0, 15) == 15 for _ in range(columns)] for _ in range(rows)])] = np.nan
    demand = np.array([2 * pick(0, min(columns - 1, 4) // 2) + 1 for _ in range(rows)])
    least = np.array([max(pick(-8, 2), 0) for _ in range(columns)])
    most = np.maximum(least + [pick(0, 6) for _ in range(columns)], 1)
    employer = np.array([pick(-1, 2) for _ in range(columns)]) if pick(0, 2) == 0 else None
    roles = _roles(pick, rows, columns, demand) if pick(0, 2) == 0 else None
    no_single = pick(0, 3) == 0
    if no_single:
        most = np.maximum(most, 2)
    problem = Problem(
        tuple(f"E{number:02d}" for number in range(columns)),
        tuple(f"D{number:02d}" for number in range(rows)),
        affinity, conflict, demand, least, most,
        no_single=no_single,
        employer=employer,
        roles=roles,
        apart=_apart(pick, columns),
        worst_first=pick(0, 3) == 0,
        connected=pick(0, 3) == 0,
        seed=str(pick(0, 9)),
    )  # fmt: skip
    return _with_frozen(pick, problem)


def _with_frozen(pick: Pick, problem: Problem) -> Problem:
    """The problem with up to two frozen pairs, if they are possible at all."""
    offered = np.argwhere((problem.conflict == 0) & ~np.isnan(problem.affinity)).tolist()
    if not offered or pick(0, 2):
        return problem
    chosen = {tuple(offered[pick(0, len(offered) - 1)]) for _ in range(2)}
    try:
        return replace(problem, frozen=tuple(sorted(chosen)))
    except Invalid:
        return problem


def _roles(pick: Pick, rows: int, columns: int, demand: np.ndarray[Any, Any]) -> Roles:
    holds = np.array([[pick(0, 1) == 1 for _ in range(2)] for _ in range(columns)])
    least = np.array([[pick(0, 1), 0] for _ in range(rows)])
    most = np.array([[max(pick(0, int(size)), 1), pick(0, int(size))] for size in demand])
    return Roles(("能源", "财务"), holds, least, most)


def _apart(pick: Pick, columns: int) -> tuple[tuple[int, int], ...]:
    if columns < 2 or pick(0, 2):
        return ()
    first = pick(0, columns - 2)
    return ((first, pick(first + 1, columns - 1)),)


def every_assignment(problem: Problem) -> Iterator[Assignment]:
    """All assignments that meet the conditions, by enumeration."""
    panels = [list(_panels(problem, dossier)) for dossier in range(len(problem.dossiers))]
    for chosen in product(*panels):
        load = Counter(expert for panel in chosen for expert in panel)
        if all(_load_allowed(problem, expert, load[expert]) for expert in range(len(problem.experts))) and (
            not problem.connected or _hangs_together(chosen)
        ):
            yield chosen


def sums(problem: Problem, assignment: Assignment) -> list[int]:
    """Affinity sum of every panel in millionths."""
    return [
        sum(round(float(problem.affinity[dossier, expert]) * MICRO) for expert in panel)
        for dossier, panel in enumerate(assignment)
    ]


def best_value(problem: Problem) -> tuple[int, int] | None:
    """(worst panel where it comes first, else 0; total) of the best assignment; None if there is none."""
    values = (sums(problem, assignment) for assignment in every_assignment(problem))
    ranked = [(min(value) if problem.worst_first else 0, sum(value)) for value in values]
    return max(ranked, default=None)


def _panels(problem: Problem, dossier: int) -> Iterator[tuple[int, ...]]:
    kept = {expert for other, expert in problem.frozen if other == dossier}
    offered = [
        expert
        for expert in range(len(problem.experts))
        if not problem.conflict[dossier, expert] and not np.isnan(problem.affinity[dossier, expert])
    ]
    for panel in combinations(offered, int(problem.demand[dossier])):
        together = any(first in panel and second in panel for first, second in problem.apart)
        if together or not kept <= set(panel):
            continue
        groups = [] if problem.employer is None else [int(problem.employer[expert]) for expert in panel]
        groups = [group for group in groups if group >= 0]
        if len(set(groups)) == len(groups) and _mix_possible(problem, dossier, panel):
            yield panel


def _mix_possible(problem: Problem, dossier: int, panel: tuple[int, ...]) -> bool:
    """Whether the panel's experts can fill its roles: every choice of a role each is tried."""
    roles = problem.roles
    if roles is None:
        return True
    held = [[int(role) for role in np.flatnonzero(roles.holds[expert])] or [-1] for expert in panel]
    return any(
        all(
            roles.least[dossier, role] <= choice.count(role) <= roles.most[dossier, role]
            for role in range(len(roles.names))
        )
        for choice in product(*held)
    )


def _load_allowed(problem: Problem, expert: int, load: int) -> bool:
    within = bool(problem.least[expert] <= load <= problem.most[expert])
    return within and not (problem.no_single and load == 1)


def _hangs_together(assignment: Assignment) -> bool:
    group = [set(panel) for panel in assignment]
    while len(group) > 1:
        first = group.pop()
        joined = [other for other in group if other & first]
        if not joined:
            return False
        group = [other for other in group if not other & first] + [first.union(*joined)]
    return True
