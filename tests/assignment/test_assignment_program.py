"""Integer programming: its bound, its choice of pairs, and the conditions that are no network."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_portal.assignment import side_constraints
from review_portal.assignment.model import Problem
from review_portal.assignment.network import places
from review_portal.assignment.program import Conditions, Cut, pair_prices, write
from review_portal.assignment.side_constraints import Clock, OutOfTime, choose, relax, solve_whole
from review_portal.assignment.worth import BLOCKED, worth
from tests.assignment.instances import Assignment, every_assignment, problem_from, sums


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """No frozen pairs: the programs are given pairs that are free to choose."""
    return replace(problem_from(lambda low, high: draw(st.integers(low, high))), connected=False, frozen=())


def total(problem: Problem, assignment: Assignment) -> int:
    return sum(sums(problem, assignment))


@settings(max_examples=80, deadline=None)
@given(problems(), st.integers(1, 3))
def test_relaxation_bounds_every_assignment_and_its_losses_every_use_of_a_pair(
    problem: Problem, step: int
) -> None:
    """Started from a part of the pairs; the bound holds on all of them."""
    every = list(every_assignment(problem))
    assume(every)
    micro, entry = worth(problem), places(problem)
    key = np.flatnonzero(micro.ravel() > BLOCKED)[::step]
    relaxed = relax(problem, entry, micro, key, Conditions())
    for assignment in every:
        value = total(problem, assignment)
        assert value <= relaxed.bound + 1e-3
        for dossier, panel in enumerate(assignment):
            for expert in panel:
                assert value <= relaxed.bound - relaxed.loss[dossier, expert] + 1e-3


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 2_000_000))
def test_floor_is_kept_and_the_total_is_the_best_above_it(problem: Problem, floor: int) -> None:
    values = [
        total(problem, assignment)
        for assignment in every_assignment(problem)
        if min(sums(problem, assignment)) >= floor
    ]
    micro, entry = worth(problem), places(problem)
    conditions = Conditions(floor=floor)
    relaxed = relax(problem, entry, micro, np.flatnonzero(micro.ravel() > BLOCKED), conditions)
    found = choose(problem, entry, micro, relaxed, conditions, Clock())
    assert (found and found.value) == (max(values) if values else None)


@settings(max_examples=60, deadline=None)
@given(problems())
def test_lifted_floor_bounds_the_worst_panel_of_every_assignment(problem: Problem) -> None:
    every = list(every_assignment(problem))
    assume(every)
    micro, entry = worth(problem), places(problem)
    relaxed = relax(
        problem, entry, micro, np.flatnonzero(micro.ravel() > BLOCKED), Conditions(floor=0, lift=True)
    )
    assert max(min(sums(problem, assignment)) for assignment in every) <= relaxed.bound + 1e-3


@settings(max_examples=60, deadline=None)
@given(problems(), st.integers(0, 10**6))
def test_price_of_a_pair_is_that_of_its_column(problem: Problem, seed: int) -> None:
    """Row prices at random: `pair_prices` charges every pair of the program what its column does."""
    problem = replace(problem, connected=True)
    rng = np.random.default_rng(seed)
    micro, entry = worth(problem), places(problem)
    key = np.flatnonzero(micro.ravel() > BLOCKED)
    sides = rng.random((2, micro.shape[0])) < 0.5, rng.random((2, micro.shape[1])) < 0.5
    cuts = tuple(Cut(dossier, expert) for dossier, expert in zip(*sides, strict=True))
    program = write(problem, entry, micro, key, Conditions(floor=500_000, cuts=cuts, total=1_000_000))
    price = rng.normal(size=program.right.size)
    by_column = (program.matrix.T @ price)[: key.size]
    charged = pair_prices(program, problem, entry, micro, price).ravel()[key]
    np.testing.assert_allclose(charged, by_column, rtol=1e-9, atol=1e-6)


def table(values: list[list[float]], **options: object) -> Problem:
    affinity = np.array(values)
    rows, columns = affinity.shape
    return Problem(
        tuple(f"E{number}" for number in range(columns)), tuple(f"D{number}" for number in range(rows)),
        affinity, np.zeros((rows, columns), dtype=np.uint8), np.ones(rows, dtype=np.int64),
        np.zeros(columns, dtype=np.int64), np.full(columns, rows), **options,
    )  # type: ignore[arg-type]  # fmt: skip


def test_narrow_choice_of_pairs_is_widened_until_it_is_proven(monkeypatch: pytest.MonkeyPatch) -> None:
    """One pair a seat to begin with and three experts kept apart in a ring: the relaxation is not whole."""
    monkeypatch.setattr(side_constraints, "EVERY_PAIR", 0)
    monkeypatch.setattr(side_constraints, "_FIRST", 1)
    ring = ((0, 1), (1, 2), (0, 2))
    problem = replace(
        table([[0.9, 0.9, 0.9, 0.3, 0.2, 0.1]], apart=ring),
        demand=np.array([3]),
        most=np.ones(6, dtype=np.int64),
    )
    micro, entry = worth(problem), places(problem)
    relaxed = relax(problem, entry, micro, np.arange(6), Conditions())
    assert relaxed.whole is None
    found = choose(problem, entry, micro, relaxed, Conditions(), Clock())
    assert found is not None
    assert (found.value, found.bound) == (1_400_000, 1_400_000)
    assert relaxed.bound == pytest.approx(1_750_000)


def test_cut_forces_a_review_across() -> None:
    problem = table([[0.9, 0.1], [0.1, 0.9]], even_panels=True)
    micro, entry = worth(problem), places(problem)
    inside = np.array([True, False])
    conditions = Conditions(cuts=(Cut(inside, inside),))
    relaxed = relax(problem, entry, micro, np.arange(4), conditions)
    found = choose(problem, entry, micro, relaxed, conditions, Clock())
    assert found is not None
    assert found.value == 1_000_000


def test_time_that_is_up_before_any_solution_is_said() -> None:
    rng = np.random.default_rng(1)
    problem = table(rng.random((40, 30)).tolist(), no_single=True)
    micro = worth(problem)
    program = write(problem, places(problem), micro, np.arange(1200), Conditions())
    with pytest.raises(OutOfTime, match="在给定时间内没有找到"):
        solve_whole(program, program.value, Clock(0.0))


def test_part_of_a_clock_gives_back_what_it_did_not_use() -> None:
    clock = Clock(8.0)
    part = clock.part(0.25)
    assert (clock.left, part.left) == (6.0, 2.0)
    part.left = 0.5
    clock.put_back(part)
    assert (clock.left, clock.up, Clock(0.0).up, Clock().up, Clock().part(0.5).left) == (
        6.5,
        False,
        True,
        False,
        None,
    )


@pytest.mark.parametrize("name", ["linprog", "milp"])
def test_program_that_presolve_gives_up_on_is_solved_without_it(
    monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    solver = getattr(side_constraints, name)
    tried: list[bool] = []

    def capricious(*arguments: object, options: dict[str, object], **named: object) -> object:
        tried.append(bool(options["presolve"]))
        if options["presolve"]:
            return SimpleNamespace(status=4, message="Not Set", x=None)
        return solver(*arguments, options=options, **named)

    monkeypatch.setattr(side_constraints, name, capricious)
    problem = table([[0.9, 0.1], [0.1, 0.9]])
    micro, entry = worth(problem), places(problem)
    relaxed = replace(relax(problem, entry, micro, np.arange(4), Conditions()), whole=None)
    found = choose(problem, entry, micro, relaxed, Conditions(), Clock())
    assert (found and found.value, tried) == (1_800_000, [True, False])


@pytest.mark.parametrize("name", ["linprog", "milp"])
def test_solver_that_fails_is_never_taken_for_an_answer(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    failed = SimpleNamespace(status=4, message="Not Set", x=None)
    problem = table([[0.9, 0.1], [0.1, 0.9]])
    micro, entry = worth(problem), places(problem)
    relaxed = replace(relax(problem, entry, micro, np.arange(4), Conditions()), whole=None)
    monkeypatch.setattr(side_constraints, name, lambda *arguments, **named: failed)
    with pytest.raises(RuntimeError, match="Not Set"):
        relax(problem, entry, micro, np.arange(4), Conditions())
        choose(problem, entry, micro, relaxed, Conditions(), Clock())
