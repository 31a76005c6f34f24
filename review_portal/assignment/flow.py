"""Minimum-cost flow on few pairs, proven on all of them.

The solver (OR-Tools, cost scaling) sees only the pairs of `worth.strongest_pairs`. Bellman-Ford sweeps over
the residual network of its flow give node labels pi; a pair that was left out can improve the result only
if its reduced cost  -W[d, e] + pi[expert] - pi[entry to the panel]  is negative. Such pairs are added and
the flow is solved again until there is none. Then every residual arc and every dropped pair has a reduced
cost >= 0 in whole numbers, which proves the flow optimal on the full matrix, whoever computed it.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib.util import find_spec

import numpy as np

from review_portal.domain.messages import mark

from .model import Index, NotInstalled, Problem
from .network import Network, Node, Places, build, disjoint_groups, places
from .pricing import MOST_TIED, gains, most_promising, tied
from .ties import weights
from .worth import rough_prices, strongest_pairs, thresholds, worth


@dataclass(frozen=True, slots=True)
class Missing:
    """Units that no assignment can fill: seat (of a dossier), role (of a dossier) or load (of an expert)."""

    kind: str
    index: int
    role: int
    units: int


@dataclass(frozen=True, slots=True, eq=False)
class FlowAnswer:
    """The optimum of the network model, proven on the full matrix.

    key: chosen pairs dossier * experts + expert without the frozen ones, ascending. missing: what cannot be
    filled, least in sum; then `key` fills the rest. pairs: those that the solver saw. rounds: flows that were
    solved for the total.
    """

    key: Index
    pairs: Index
    missing: tuple[Missing, ...]
    ties_settled: bool
    rounds: int


def installed() -> bool:
    """Whether the flow solver is on this machine."""
    return find_spec("ortools") is not None


def solve_flow(problem: Problem) -> FlowAnswer:
    """The best assignment under loads, panel sizes, mix and, where they are disjoint, exclusions."""
    if not installed():
        raise NotInstalled(
            mark("这样规模的分派需要求解工具：请执行 pip install -r requirements-assign.txt 后重试。")
        )
    micro, entry = worth(problem), places(problem)
    groups = disjoint_groups(problem, entry)
    if groups is None:
        groups = np.full(len(problem.experts), -1)
    price = rough_prices(micro, problem)
    key = strongest_pairs(micro, problem, price)
    start = _start_labels(price, thresholds(micro, problem, price), entry)
    rounds, label = 0, start
    while True:
        rounds += 1
        network = build(problem, entry, groups, micro, key)
        flow = _solve(network)
        label = potentials(network, flow, label)
        blocks = gains(network, micro, entry, groups, label)
        better = np.concatenate([most_promising(*block) for block in blocks])
        if better.size == 0:
            break
        key = np.union1d(key, better)
        if flow[network.elastic :].any():
            label = start  # penalties have left their mark on the labels
    missing = _missing(problem, network, flow)
    if missing:
        return FlowAnswer(key[flow[: key.size] > 0], key, missing, True, rounds)
    equal = np.concatenate([tied(*block) for block in gains(network, micro, entry, groups, label)])
    settled = equal.size <= MOST_TIED
    if equal.size and settled:
        key = np.union1d(key, equal)
        network = build(problem, entry, groups, micro, key)
        flow = _solve(network)
        label = potentials(network, flow, label)
    flow = _settle_ties(problem, network, flow, label)
    return FlowAnswer(key[flow[: key.size] > 0], key, (), settled, rounds)


def _start_labels(price: Index, threshold: Index, entry: Places) -> Index:
    """Labels from rough prices: an expert costs his price, every node of a panel its threshold."""
    return np.concatenate([price, -threshold, [0], np.repeat(-threshold, entry.count)])


def _solve(network: Network) -> Index:
    return _minimum_cost(network.tail, network.head, network.capacity, network.cost, network.supply)


def _minimum_cost(tail: Node, head: Node, capacity: Index, cost: Index, supply: Index) -> Index:
    """The flow of least cost on every arc."""
    from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

    solver = SimpleMinCostFlow()
    arcs = solver.add_arcs_with_capacity_and_unit_cost(tail, head, capacity, cost)
    solver.set_nodes_supplies(np.arange(supply.size, dtype=np.int32), supply)
    status = solver.solve()
    if status != SimpleMinCostFlow.OPTIMAL:  # the flows of an unsolved network must not be read
        raise RuntimeError(f"flow solver: {status.name}")
    return np.asarray(solver.flows(arcs), dtype=np.int64)


def potentials(network: Network, flow: Index, label: Index) -> Index:
    """(nodes,) labels under which every residual arc has reduced cost cost + pi[tail] - pi[head] >= 0.

    Bellman-Ford from given labels: each sweep lowers heads to the cheapest way in. Any start is valid, a good
    one needs few sweeps and stays close to the prices of the full matrix. Raises RuntimeError if labels keep
    falling, which means a cycle of negative cost: the flow was not optimal.
    """
    nodes = network.supply.size
    parent = network.group_parent
    pi = np.concatenate([label[: network.group_node], label[parent]])
    forward, backward = flow < network.capacity, flow > 0
    tail = np.concatenate([network.tail[forward], network.head[backward]])
    head = np.concatenate([network.head[forward], network.tail[backward]])
    cost = np.concatenate([network.cost[forward], -network.cost[backward]])
    order = np.argsort(head, kind="stable")
    tail, head, cost = tail[order], head[order], cost[order]
    first = np.flatnonzero(np.diff(head, prepend=-1))
    into = head[first]
    for _ in range(nodes + 1):
        reached = np.minimum.reduceat(pi[tail] + cost, first)
        if not (reached < pi[into]).any():
            # an empty group may cost no more than what lies behind it: dropped members see the lower price
            pi[network.group_node :] = np.minimum(pi[network.group_node :], pi[parent])
            return pi
        pi[into] = np.minimum(pi[into], reached)
    raise RuntimeError("residual network with a cycle of negative cost")


def _missing(problem: Problem, network: Network, flow: Index) -> tuple[Missing, ...]:
    """The penalised flow in words: seats, roles (unfilled, or missing on a full panel) and loads."""
    dossiers, experts = len(problem.dossiers), len(problem.experts)
    unmet = flow[network.elastic :]
    seats, loads = unmet[:dossiers], unmet[dossiers : dossiers + experts]
    found = [Missing("seat", int(index), -1, int(seats[index])) for index in np.flatnonzero(seats)]
    if problem.roles is not None:
        roles = unmet[dossiers + experts :].reshape(2, dossiers, -1).sum(axis=0)
        found += [
            Missing("role", int(row), int(role), int(roles[row, role])) for row, role in np.argwhere(roles)
        ]
    return (
        *found,
        *(Missing("load", int(index), -1, int(loads[index])) for index in np.flatnonzero(loads)),
    )


def _settle_ties(problem: Problem, network: Network, flow: Index, label: Index) -> Index:
    """Flow of the largest tie weight among all flows of the same cost.

    By complementary slackness an arc of negative reduced cost is full in every optimum and one of positive
    reduced cost empty: only arcs of reduced cost 0 are free, and any feasible flow on them is optimal.
    """
    reduced = network.cost + label[network.tail] - label[network.head]
    free = reduced == 0
    free[network.elastic :] = False
    fixed = np.where(free, 0, flow)
    supply = network.supply.copy()
    np.subtract.at(supply, network.tail, fixed)
    np.add.at(supply, network.head, fixed)
    pairs = network.key.size
    cost = np.zeros(flow.size, dtype=np.int64)
    choice = free[:pairs]
    cost[:pairs][choice] = -weights(problem, network.key[choice])
    fixed[free] = _minimum_cost(
        network.tail[free], network.head[free], network.capacity[free], cost[free], supply
    )
    return fixed
