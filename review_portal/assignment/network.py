"""The assignment as a flow network: what loads, panels, mixes and disjoint exclusions need.

    pool -> expert -> [group of the panel] -> [role or set of roles of the panel] -> dossier

An expert enters a panel at one node: that of his employer group (capacity 1), else that of the set of roles
he holds, from where the unit chooses its role, else the dossier itself. So nobody can fill two roles of one
panel, and no node per pair is needed. Lower bounds are supplies at the nodes behind them. Arcs at the price
`penalty`, larger than any chain of exchanges can gain, make every network feasible: their flow is the least
number of seats, roles and loads that cannot be met.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from .model import MICRO, Index, Problem
from .worth import BLOCKED, Micro

Node = NDArray[np.int32]


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where experts enter a panel. of: (experts,) place, -1 for the dossier itself. A place below `roles` is
    that role, one from there on a set of roles, `sets`: (count - roles, roles).
    """

    of: Index
    roles: int
    sets: NDArray[np.bool_]

    @property
    def count(self) -> int:
        """Places per panel."""
        return self.roles + int(self.sets.shape[0])


def places(problem: Problem) -> Places:
    """The places of every panel of the problem."""
    experts = len(problem.experts)
    if problem.roles is None:
        return Places(np.full(experts, -1), 0, np.zeros((0, 0), dtype=bool))
    holds = problem.roles.holds
    held = holds.sum(axis=1)
    of = np.where(held == 1, holds.argmax(axis=1), -1)
    sets, number = np.unique(holds[held > 1], axis=0, return_inverse=True)
    of[held > 1] = holds.shape[1] + number.ravel()
    return Places(of, holds.shape[1], sets)


def disjoint_groups(problem: Problem, entry: Places) -> Index | None:
    """(experts,) groups of which a panel takes at most one, as far as they are disjoint; -1 for none.

    Employers are such groups; a pair kept apart is one more if neither has an employer group nor stands in
    another pair. None where groups overlap or mix places: these are no network.
    """
    experts = len(problem.experts)
    group = np.full(experts, -1) if problem.employer is None else problem.employer.copy()
    if group.max(initial=-1) >= 0:
        members = np.bincount(group[group >= 0])
        group[(group >= 0) & (members[group] < 2)] = -1
    following = int(group.max(initial=-1)) + 1
    for first, second in problem.apart:
        if group[first] >= 0 and group[first] == group[second]:
            continue
        if group[first] >= 0 or group[second] >= 0:
            return None
        group[[first, second]] = following
        following += 1
    inside = group >= 0
    mixed = np.unique(np.stack([group[inside], entry.of[inside]]), axis=1).shape[1]
    return group if mixed == np.unique(group[inside]).size else None


@dataclass(frozen=True, slots=True, eq=False)
class Network:
    """Arcs, supplies and where the nodes of a panel lie.

    The first key.size arcs are the pairs dossier * experts + expert of `key` (ascending); the last ones,
    from `elastic` on, are the penalised arcs: seats (dossiers), loads (experts), roles unfilled (dossier by
    dossier), roles missing on a full panel (likewise). Nodes: experts, dossiers, the pool, from `place_node`
    the places dossier by dossier, from `group_node` the groups of a panel listed in `group_key` (dossier *
    groups + group, ascending), each before its node `group_parent`.
    """

    key: Index
    tail: Node
    head: Node
    capacity: Index
    cost: Index
    supply: Index
    elastic: int
    place_node: int
    group_node: int
    group_key: Index
    group_parent: Index


def frame(problem: Problem) -> tuple[Index, Index, Index]:
    """What frozen pairs leave: (experts,) least and most further loads, (dossiers,) seats that they take."""
    kept = np.array(problem.frozen, dtype=np.int64).reshape(-1, 2)
    load = np.bincount(kept[:, 1], minlength=len(problem.experts))
    taken = np.bincount(kept[:, 0], minlength=len(problem.dossiers))
    least, most = problem.load_bounds()
    return np.maximum(least - load, 0), most - load, taken


def build(problem: Problem, entry: Places, group: Index, micro: Micro, key: Index) -> Network:
    """The network over the pairs of `key`."""
    experts = micro.shape[1]
    layout = _Layout(problem, entry, group, key)
    dossier, expert = key // experts, key % experts
    least, most, _ = frame(problem)
    pool, own = np.int64(layout.pool), np.arange(experts)
    parts = [
        (expert, layout.head(dossier, expert), np.ones(key.size, dtype=np.int64),
        -micro.ravel()[key].astype(np.int64)), (np.full(experts, pool), own, most - least, np.zeros(experts,
        dtype=np.int64)), *layout.inner_arcs(),
    ]  # fmt: skip
    elastic = sum(part[0].size for part in parts)
    parts += _elastic_arcs(problem, layout, least, penalty(micro))
    tail, head, capacity, cost = (np.concatenate(column) for column in zip(*parts, strict=True))
    return Network(
        key, tail.astype(np.int32), head.astype(np.int32), capacity, cost, layout.supply(least),
        elastic, layout.place_node, layout.group_node, layout.group_key, layout.group_parent(),
    )  # fmt: skip


def penalty(micro: Micro) -> int:
    """More than any chain of exchanges can gain: every node once, at the largest difference of two pairs."""
    offered = micro[micro > BLOCKED] if micro.size <= 10**6 else micro
    spread = int(offered.max(initial=0)) - int(offered.min(initial=0, where=offered > BLOCKED))
    return (sum(micro.shape) + 2) * (max(spread, MICRO) + 1)


Arcs = tuple[Index, Index, Index, Index]


class _Layout:
    """Node numbers of one network."""

    def __init__(self, problem: Problem, entry: Places, group: Index, key: Index) -> None:
        self.problem, self.entry, self.group = problem, entry, group
        self.experts, self.dossiers = len(problem.experts), len(problem.dossiers)
        self.pool = self.experts + self.dossiers
        self.place_node = self.pool + 1
        self.group_node = self.place_node + self.dossiers * entry.count
        self.groups = int(group.max(initial=-1)) + 1
        kept = np.array(problem.frozen, dtype=np.int64).reshape(-1, 2)
        self.kept_dossier, self.kept_expert = kept[:, 0], kept[:, 1]
        self.frozen_key = self._group_keys(self.kept_dossier, self.kept_expert)
        listed = np.concatenate([self._group_keys(key // self.experts, key % self.experts), self.frozen_key])
        found, count = np.unique(listed, return_counts=True)
        self.group_key = found[count > 1]

    def _group_keys(self, dossier: Index, expert: Index) -> Index:
        group = self.group[expert]
        return (dossier * self.groups + group)[group >= 0]

    def entry_node(self, dossier: Index, expert: Index) -> Index:
        """Where an expert comes in behind the node of his group."""
        place = self.entry.of[expert]
        inner = self.place_node + dossier * self.entry.count + place
        return np.where(place >= 0, inner, self.experts + dossier)

    def head(self, dossier: Index, expert: Index) -> Index:
        """Head of each pair's arc."""
        node = self.entry_node(dossier, expert)
        if self.group_key.size == 0:
            return node
        group = self.group[expert]
        wanted = dossier * self.groups + group
        index = np.minimum(np.searchsorted(self.group_key, wanted), self.group_key.size - 1)
        inside = (group >= 0) & (self.group_key[index] == wanted)
        return np.where(inside, self.group_node + index, node)

    def group_parent(self) -> Index:
        """The node behind each group: the place that its members share, or the dossier."""
        member = np.zeros(self.groups, dtype=np.int64)
        member[self.group[self.group >= 0]] = np.flatnonzero(self.group >= 0)
        return self.entry_node(
            self.group_key // max(self.groups, 1), member[self.group_key % max(self.groups, 1)]
        )

    def inner_arcs(self) -> list[Arcs]:
        """Arcs inside the panels: groups to places, sets of roles to roles, roles to dossiers."""
        arcs: list[Arcs] = []
        if self.group_key.size:
            room = 1 - np.isin(self.group_key, self.frozen_key).astype(np.int64)
            tail = self.group_node + np.arange(self.group_key.size)
            arcs.append(_free(tail, self.group_parent(), room))
        if self.problem.roles is None:
            return arcs
        every = np.arange(self.dossiers)
        for number, roles in enumerate(self.entry.sets):
            for role in np.flatnonzero(roles).tolist():
                tail = self.role_node(every, self.entry.roles + number)
                arcs.append(_free(tail, self.role_node(every, role), self.problem.demand))
        for role in range(self.entry.roles):
            room = self.problem.roles.most[:, role] - self.problem.roles.least[:, role]
            arcs.append(_free(self.role_node(every, role), self.experts + every, room))
        return arcs

    def role_node(self, dossier: Index, place: int) -> Index:
        """Node of one place of each dossier."""
        return self.place_node + dossier * self.entry.count + place

    def supply(self, least: Index) -> Index:
        """What every node gives (takes, below 0)."""
        result = np.zeros(self.group_node + self.group_key.size, dtype=np.int64)
        result[: self.experts] = least
        result[self.experts : self.pool] = -self.problem.demand
        if self.problem.roles is not None:
            result[self.experts : self.pool] += self.problem.roles.least.sum(axis=1)
            for role in range(self.entry.roles):
                node = self.role_node(np.arange(self.dossiers), role)
                result[node] = -self.problem.roles.least[:, role]
        np.add.at(result, self.entry_node(self.kept_dossier, self.kept_expert), 1)
        result[self.pool] = -result.sum()
        return result


def _free(tail: Index, head: Index, capacity: Index) -> Arcs:
    return tail, head, capacity, np.zeros(tail.size, dtype=np.int64)


def _elastic_arcs(problem: Problem, layout: _Layout, least: Index, price: int) -> list[Arcs]:
    """Seats and roles filled by nobody, roles missing on a full panel, loads without work."""
    every, own = layout.experts + np.arange(layout.dossiers), np.arange(layout.experts)
    arcs = [
        _free(np.full(every.size, layout.pool), every, problem.demand),
        _free(own, np.full(own.size, layout.pool), least),
    ]
    if problem.roles is not None:
        roles = np.arange(layout.entry.roles)
        node = layout.place_node + np.arange(layout.dossiers)[:, None] * layout.entry.count + roles
        for tail in (np.full(node.size, layout.pool), np.repeat(every, layout.entry.roles)):
            arcs.append(_free(tail, node.ravel(), problem.roles.least.ravel()))
    return [(tail, head, capacity, cost + price) for tail, head, capacity, cost in arcs]
