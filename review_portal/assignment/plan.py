"""From chosen pairs to a plan: roles, what it reaches, which conditions bind, whether reviews hang
together.
"""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from review_portal.aggregator.connectivity import components

from .model import MICRO, Binding, Index, Plan, Problem, Roles
from .panel_roles import fill
from .verify import violations


def seated(problem: Problem, key: Index) -> tuple[Index, Index]:
    """Dossier and expert of every review: chosen pairs and frozen ones, by dossier, then expert."""
    experts = len(problem.experts)
    kept = np.array([dossier * experts + expert for dossier, expert in problem.frozen], dtype=np.int64)
    every = np.sort(np.concatenate([key, kept]))
    return every // experts, every % experts


def panel_sums(problem: Problem, dossier: Index, expert: Index) -> Index:
    """(dossiers,) affinity sum of each panel in millionths."""
    value = np.rint(problem.affinity[dossier, expert] * MICRO).astype(np.int64)
    sums = np.zeros(len(problem.dossiers), dtype=np.int64)
    np.add.at(sums, dossier, value)
    return sums


def worst_ceiling(problem: Problem) -> int:
    """What the worst dossier cannot exceed: the least sum of a dossier's best offered experts."""
    offered = np.where(
        np.isnan(problem.affinity) | (problem.conflict > 0), -np.inf, np.rint(problem.affinity * MICRO)
    )
    best = [
        np.partition(row, row.size - count)[row.size - count :].sum()
        for row, count in zip(offered, np.minimum(problem.demand, offered.shape[1]), strict=True)
    ]
    return int(min(best))


def broken(problem: Problem, key: Index) -> tuple[str, ...]:
    """Conditions beyond the network that an optimum of the network model does not keep."""
    dossier, expert = seated(problem, key)
    kinds: list[str] = []
    if problem.employer is not None:
        group = problem.employer[expert]
        inside = group >= 0
        panel = dossier[inside] * (int(group.max(initial=0)) + 1) + group[inside]
        if np.unique(panel).size < panel.size:
            kinds.append("employer")
    if problem.apart and _together(problem, dossier, expert):
        kinds.append("apart")
    load = np.bincount(expert, minlength=len(problem.experts))
    if problem.no_single and (load == 1).any():
        kinds.append("single")
    if problem.worst_first and panel_sums(problem, dossier, expert).min() < worst_ceiling(problem):
        kinds.append("worst")
    if problem.connected:
        found = components(dossier, expert, len(problem.dossiers), len(problem.experts))
        if not found.connected:
            kinds.append("connected")
    return tuple(kinds)


def _together(problem: Problem, dossier: Index, expert: Index) -> bool:
    on_panel = np.zeros((len(problem.dossiers), len(problem.experts)), dtype=bool)
    on_panel[dossier, expert] = True
    return any(bool((on_panel[:, first] & on_panel[:, second]).any()) for first, second in problem.apart)


def connection_limit(problem: Problem) -> str:
    """Why the reviews can never hang together, as far as that shows at once: "no_pair", "too_few_seats" or
    "".

    A connected graph of D dossiers, E experts and S reviews has S >= D + E - 1; experts with a least load
    are in.
    """
    offered = ~np.isnan(problem.affinity) & (problem.conflict == 0)
    dossiers = offered.shape[0]
    reached = np.zeros(dossiers, dtype=bool)
    reached[0] = True
    while True:  # one step takes in all dossiers that share an expert with those reached
        wider = offered[:, offered[reached].any(axis=0)].any(axis=1) | reached
        if wider.sum() == reached.sum():
            break
        reached = wider
    if not reached.all():
        return "no_pair"
    if problem.seats < dossiers + max(int((problem.least > 0).sum()), 1) - 1:
        return "too_few_seats"
    return ""


def make_plan(
    problem: Problem,
    key: Index,
    engine: str,
    *,
    settled: bool,
    bound: int | None = None,
    worst_bound: int | None = None,
    forced: tuple[str, ...] = (),
) -> Plan:
    """The plan of chosen pairs; bounds are left out where the optimum is proven. Raises RuntimeError if the
    independent check finds a violation: a plan is never handed out unchecked.
    """
    dossier, expert = seated(problem, key)
    role = _roles(problem, dossier, expert)
    wrong = violations(problem, _triples(dossier, expert, role))
    if wrong:
        raise RuntimeError(f"assignment breaks its own conditions: {wrong[:3]}")
    sums = panel_sums(problem, dossier, expert)
    total, worst = int(sums.sum()), int(sums.min())
    parts = components(dossier, expert, len(problem.dossiers), len(problem.experts)).count
    return Plan(
        dossier=dossier,
        expert=expert,
        role=role,
        micro=total,
        bound_micro=total if bound is None else bound,
        worst_micro=worst,
        worst_bound_micro=worst if worst_bound is None else worst_bound,
        worst_dossier=int(sums.argmin()),
        ties_settled=settled,
        parts=parts,
        reason="" if parts <= 1 else connection_limit(problem) or "not_asked",
        engine=engine,
        binding=(*(Binding(kind) for kind in forced), *_at_limit(problem, dossier, expert, role)),
    )


def _triples(dossier: Index, expert: Index, role: Index) -> list[tuple[int, int, int]]:
    return list(zip(dossier.tolist(), expert.tolist(), role.tolist(), strict=True))


def _roles(problem: Problem, dossier: Index, expert: Index) -> Index:
    """(reviews,) role that each expert fills on the panel; -1 for none."""
    role = np.full(dossier.size, -1)
    if problem.roles is None:
        return role
    held = [tuple(int(one) for one in np.flatnonzero(row)) for row in problem.roles.holds]
    least, most = problem.roles.least.tolist(), problem.roles.most.tolist()
    members = expert.tolist()
    edge = np.searchsorted(dossier, np.arange(len(problem.dossiers) + 1)).tolist()
    for panel, (begin, end) in enumerate(pairwise(edge)):
        filled = fill([held[one] for one in members[begin:end]], least[panel], most[panel])
        if filled is None:
            raise RuntimeError(f"panel {panel} cannot fill its roles")
        role[begin:end] = filled
    return role


def _at_limit(problem: Problem, dossier: Index, expert: Index, role: Index) -> list[Binding]:
    """Loads and mixes at their limits; limits that leave no choice at all bind nobody."""
    load = np.bincount(expert, minlength=len(problem.experts))
    found = [Binding("most", expert=int(one)) for one in np.flatnonzero(load == problem.most)]
    found += [
        Binding("least", expert=int(one))
        for one in np.flatnonzero((load == problem.least) & (problem.least > 0))
    ]
    if problem.roles is None:
        return found
    count = np.zeros(problem.roles.least.shape, dtype=np.int64)
    np.add.at(count, (dossier[role >= 0], role[role >= 0]), 1)
    return found + _mix_at_limit(problem.roles, problem.demand, count)


def _mix_at_limit(roles: Roles, demand: Index, count: Index) -> list[Binding]:
    low = (count == roles.least) & (roles.least > 0)
    high = (count == roles.most) & (roles.most < demand[:, None])
    return [
        Binding(kind, dossier=int(dossier), role=int(role))
        for kind, which in (("role_least", low), ("role_most", high))
        for dossier, role in np.argwhere(which)
    ]
