"""The checker finds every kind of broken condition, and nothing in a plan that keeps them."""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from review_portal.assignment import verify
from review_portal.assignment.model import Problem, Roles
from review_portal.assignment.verify import Violation, violations

GOOD = [(0, 0, 0), (0, 1, 1), (0, 2, -1), (1, 0, 0), (1, 1, 1), (1, 3, -1)]


def complete() -> Problem:
    """Two dossiers, five experts, every condition at once; GOOD keeps them all."""
    affinity = np.full((2, 5), 0.5)
    affinity[1, 2] = np.nan
    conflict = np.zeros((2, 5), dtype=np.uint8)
    conflict[0, 3] = 2
    holds = np.zeros((5, 2), dtype=bool)
    holds[0, 0] = holds[1, 1] = holds[4, 0] = True
    return Problem(
        ("E0", "E1", "E2", "E3", "E4"), ("D0", "D1"), affinity, conflict,
        demand=np.array([3, 3]), least=np.array([2, 0, 0, 0, 0]), most=np.array([2, 2, 2, 2, 2]),
        employer=np.array([0, 1, 2, 3, 1]),
        roles=Roles(("能源", "财务"), holds, np.array([[1, 1], [1, 1]]), np.array([[1, 1], [1, 1]])),
        apart=((2, 3),), frozen=((0, 0),), connected=True,
    )  # fmt: skip


def test_good_plan_has_no_violation() -> None:
    assert violations(complete(), GOOD) == []


def swapped(index: int, triple: tuple[int, int, int]) -> list[tuple[int, int, int]]:
    return [*GOOD[:index], triple, *GOOD[index + 1 :]]


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        (swapped(2, (0, 3, -1)), Violation("conflict", "D0", "E3", 2)),
        (swapped(5, (1, 2, -1)), Violation("not_offered", "D1", "E2")),
        (swapped(5, (1, 1, 1)), Violation("repeated", "D1", "E1", 2, 1)),
        (GOOD[:-1], Violation("demand", "D1", "", 2, 3)),
        ([*GOOD, (1, 4, 0)], Violation("demand", "D1", "", 4, 3)),
        (swapped(3, (1, 2, -1)), Violation("least", "", "E0", 1, 2)),
        (swapped(2, (0, 4, 0)), Violation("employer", "D0", "E4", 2, 1)),
        ([*GOOD, (0, 3, -1)], Violation("apart", "D0", "E2|E3", 2, 1)),
        (swapped(0, (0, 4, 0)), Violation("frozen", "D0", "E0")),
        (swapped(1, (0, 1, 0)), Violation("role_held", "D0", "E1", 0)),
        (swapped(1, (0, 1, -1)), Violation("role_held", "D0", "E1", -1)),
        (swapped(2, (0, 2, 1)), Violation("role_held", "D0", "E2", 1)),
        (swapped(1, (0, 3, -1)), Violation("role_least", "D0", "财务", 0, 1)),
        ([*GOOD, (0, 4, 0)], Violation("role_most", "D0", "能源", 2, 1)),
        ([(0, 9, -1)], Violation("unknown")),
        ([(0, 0, 0), (1, 3, -1)], Violation("connected", "", "", 1, 2)),
    ],
)
def test_every_kind_of_violation_is_found(pairs: list[tuple[int, int, int]], found: Violation) -> None:
    assert found in violations(complete(), pairs)


def test_load_above_the_limit_and_a_single_dossier_are_found() -> None:
    problem = replace(complete(), most=np.array([2, 1, 2, 2, 2]))
    assert Violation("most", "", "E1", 2, 1) in violations(problem, GOOD)
    found = violations(replace(complete(), no_single=True), GOOD)
    assert found == [Violation("single", "", "E2", 1, 2), Violation("single", "", "E3", 1, 2)]


def test_checker_shares_no_code_with_the_solvers() -> None:
    """It imports the problem's type and the standard library, nothing else."""
    tree = ast.parse(Path(verify.__file__).read_text(encoding="utf-8"))
    imported = {(node.level, node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)} | {
        (0, alias.name) for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    }
    assert imported == {
        (0, "__future__"), (0, "collections"), (0, "collections.abc"), (0, "dataclasses"), (1, "model"),
    }  # fmt: skip
