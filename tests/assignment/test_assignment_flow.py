"""The network, its labels, and the price of pairs that the solver never saw."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.assignment import flow as flow_module
from review_portal.assignment import worth as worth_module
from review_portal.assignment.flow import Missing, potentials, solve_flow
from review_portal.assignment.model import Problem, Roles
from review_portal.assignment.network import build, disjoint_groups, places
from review_portal.assignment.pricing import gains
from review_portal.assignment.worth import BLOCKED, reaching, rough_prices, strongest_pairs, worth


def random_problem(seed: int, dossiers: int, experts: int, **options: object) -> Problem:
    """Six-decimal affinities, tight loads."""
    rng = np.random.default_rng(seed)
    mean = 3 * dossiers / experts
    values: dict[str, object] = {
        "affinity": rng.random((dossiers, experts)).round(6),
        "conflict": (rng.random((dossiers, experts)) < 0.1).astype(np.uint8),
        "demand": np.full(dossiers, 3),
        "least": np.full(experts, int(mean)),
        "most": np.full(experts, int(mean) + 1),
    }
    names = [
        tuple(f"{kind}{number}" for number in range(count))
        for kind, count in (("E", experts), ("D", dossiers))
    ]
    return Problem(names[0], names[1], **(values | options))  # type: ignore[arg-type]


def specialties(seed: int, dossiers: int, experts: int) -> Roles:
    rng = np.random.default_rng(seed)
    holds = rng.random((experts, 3)) < 0.5
    return Roles(
        ("能源", "财务", "制造"), holds, np.tile([1, 1, 0], (dossiers, 1)), np.full((dossiers, 3), 2)
    )


def test_dropped_pair_that_would_gain_is_taken_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Starting from three pairs a dossier the optimum of all pairs is reached, in more than one round."""
    problem = random_problem(1, 60, 40)
    full = solve_flow(problem)
    monkeypatch.setattr(worth_module, "EVERY_PAIR", 0)
    monkeypatch.setattr(worth_module, "WIDTH", 0)
    pruned = solve_flow(problem)
    assert (full.rounds, full.pairs.size) == (1, int((problem.conflict == 0).sum()))
    assert pruned.rounds > 1
    assert pruned.pairs.size < full.pairs.size / 2
    assert pruned.key.tolist() == full.key.tolist()


def test_pruning_alone_would_have_lost_affinity(monkeypatch: pytest.MonkeyPatch) -> None:
    """The check above can fail: without pricing the first choice of pairs is not enough."""
    problem = random_problem(1, 60, 40)
    best = worth(problem).ravel()[solve_flow(problem).key].sum()
    monkeypatch.setattr(worth_module, "EVERY_PAIR", 0)
    monkeypatch.setattr(worth_module, "WIDTH", 0)
    monkeypatch.setattr(flow_module, "most_promising", lambda begin, gain: np.zeros(0, dtype=np.int64))
    monkeypatch.setattr(flow_module, "tied", lambda begin, gain: np.zeros(0, dtype=np.int64))
    pruned = solve_flow(problem)
    assert pruned.missing or worth(problem).ravel()[pruned.key].sum() < best


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10**6), st.booleans(), st.booleans())
def test_labels_prove_the_flow_on_every_arc_and_every_pair(seed: int, mix: bool, employers: bool) -> None:
    """Reduced costs of residual arcs and of dropped pairs are >= 0, recomputed here pair by pair."""
    problem = random_problem(seed, 12, 9, least=np.zeros(9, dtype=np.int64), most=np.full(9, 6))
    if mix:
        problem = replace(problem, roles=specialties(seed, 12, 9))
    if employers and not mix:
        problem = replace(problem, employer=np.arange(9) // 3)
    micro, entry = worth(problem), places(problem)
    groups = disjoint_groups(problem, entry)
    assert groups is not None
    key = np.flatnonzero(micro.ravel() > BLOCKED)[::2]
    network = build(problem, entry, groups, micro, key)
    flow = flow_module._solve(network)
    pi = potentials(network, flow, np.zeros(network.group_node, dtype=np.int64))
    reduced = network.cost + pi[network.tail] - pi[network.head]
    assert (reduced[flow < network.capacity] >= 0).all()
    assert (reduced[flow > 0] <= 0).all()
    gain = np.concatenate([block for _, block in gains(network, micro, entry, groups, pi)])
    for dossier, expert in np.argwhere(micro > BLOCKED):
        if dossier * 9 + expert in key:
            assert gain[dossier, expert] == -1
            continue
        place = entry.of[expert]
        node = network.place_node + dossier * entry.count + place if place >= 0 else 9 + dossier
        count = int(groups.max()) + 1
        listed = (
            np.flatnonzero(network.group_key == dossier * count + groups[expert])
            if groups[expert] >= 0
            else []
        )
        if len(listed):
            node = network.group_node + listed[0]
        assert gain[dossier, expert] == micro[dossier, expert] - pi[expert] + pi[node]


def test_flow_that_is_not_optimal_has_no_labels() -> None:
    """A cycle of negative cost keeps lowering them: noticed, never taken for a proof."""
    problem = random_problem(
        2, 6, 6, least=np.full(6, 3), most=np.full(6, 3), conflict=np.zeros((6, 6), np.uint8)
    )
    micro, entry = worth(problem), places(problem)
    network = build(problem, entry, np.full(6, -1), micro, np.arange(36))
    flow = flow_module._solve(replace(network, cost=-network.cost + 2 * np.abs(network.cost).max()))
    with pytest.raises(RuntimeError, match="negative cost"):
        potentials(network, flow, np.zeros(network.group_node, dtype=np.int64))


def test_groups_that_overlap_are_left_to_integer_programming() -> None:
    problem = random_problem(3, 4, 6, apart=((0, 1), (1, 2)))
    assert disjoint_groups(problem, places(problem)) is None
    chained = replace(problem, apart=((0, 1),), employer=np.array([0, -1, 0, -1, -1, -1]))
    assert disjoint_groups(chained, places(chained)) is None
    mixed = replace(problem, apart=((0, 1),), roles=Roles(
        ("能源", "财务"), np.eye(6, 2, dtype=bool), np.zeros((4, 2), dtype=np.int64), np.full((4, 2), 3)
    ))  # fmt: skip
    assert disjoint_groups(mixed, places(mixed)) is None


def test_pair_within_one_employer_needs_no_group_of_its_own() -> None:
    problem = random_problem(3, 4, 6, apart=((0, 2), (3, 4)), employer=np.array([5, -1, 5, -1, -1, 8]))
    groups = disjoint_groups(problem, places(problem))
    assert groups is not None
    assert (groups[0] == groups[2], groups[3] == groups[4], groups[5], groups[1]) == (True, True, -1, -1)
    assert groups[0] != groups[3]


def test_missing_units_are_counted_where_they_are() -> None:
    """Two dossiers want three experts each, but only three exist, with one dossier each."""
    conflict = np.array([[0, 1, 1], [0, 0, 0]], dtype=np.uint8)
    problem = random_problem(
        0, 2, 3, conflict=conflict, least=np.zeros(3, dtype=np.int64), most=np.array([1, 1, 1])
    )
    missing = solve_flow(problem).missing
    assert sum(one.units for one in missing) == 3
    assert {one.kind for one in missing} == {"seat"}
    lonely = replace(problem, conflict=np.ones((2, 3), dtype=np.uint8), least=np.array([1, 0, 0]))
    assert solve_flow(lonely).missing == (
        Missing("seat", 0, -1, 3),
        Missing("seat", 1, -1, 3),
        Missing("load", 0, -1, 1),
    )


def test_price_is_high_for_those_whom_all_want_and_below_zero_for_those_whom_nobody_wants() -> None:
    affinity = np.random.default_rng(5).uniform(0.3, 0.6, (40, 6))
    affinity[:, 0] += 0.4
    affinity[:, 5] -= 0.3
    problem = random_problem(
        0,
        40,
        6,
        affinity=affinity,
        conflict=np.zeros((40, 6), np.uint8),
        least=np.full(6, 15),
        most=np.full(6, 25),
    )
    price = rough_prices(worth(problem), problem)
    assert price[0] > 0 > price[5]
    assert price[0] > price[1:5].max()
    assert price[1:5].min() > price[5]


def test_strongest_pairs_leave_out_conflicts_and_unknown_pairs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(worth_module, "EVERY_PAIR", 0)
    monkeypatch.setattr(worth_module, "WIDTH", 9)
    problem = random_problem(4, 5, 8)
    affinity = problem.affinity.copy()
    affinity[0, 0] = np.nan
    problem = replace(problem, affinity=affinity)
    key = strongest_pairs(worth(problem), problem, np.zeros(8, dtype=np.int64))
    assert (
        sorted(key.tolist())
        == np.flatnonzero(((problem.conflict == 0) & ~np.isnan(affinity)).ravel()).tolist()
    )


@settings(max_examples=50, deadline=None)
@given(st.integers(0, 10**6), st.integers(0, 3_000_000))
def test_pair_that_cannot_reach_the_floor_is_dropped_and_no_other(seed: int, floor: int) -> None:
    """Against trying every panel of three of six experts, one of them frozen in the first dossier."""
    from itertools import combinations

    problem = random_problem(seed, 3, 6, most=np.full(6, 3), least=np.zeros(6, dtype=np.int64))
    free = np.argwhere(problem.conflict[0] == 0).ravel()
    problem = replace(problem, frozen=((0, int(free[0])),) if free.size else ())
    micro = worth(problem)
    kept = reaching(micro, problem, floor) > BLOCKED
    for dossier in range(3):
        fixed = [expert for other, expert in problem.frozen if other == dossier]
        value = np.rint(problem.affinity[dossier] * 1e6).astype(int)
        offered = np.flatnonzero(problem.conflict[dossier] == 0)
        useful = {
            expert
            for panel in combinations(offered.tolist(), 3)
            if set(fixed) <= set(panel) and value[list(panel)].sum() >= floor
            for expert in panel
        } - set(fixed)
        if len(offered) >= 3:
            assert set(np.flatnonzero(kept[dossier]).tolist()) >= useful
            if useful:
                assert set(np.flatnonzero(kept[dossier]).tolist()) == useful
