"""What an infeasible request is told: whom which seat lacks, and what alone would help."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_portal.assignment import diagnosis as diagnosis_module
from review_portal.assignment.diagnosis import Diagnosis, Relaxation, diagnose, sentences, shortage
from review_portal.assignment.flow import Missing, solve_flow
from review_portal.assignment.model import Infeasible, Problem, Roles
from review_portal.assignment.solving import solve
from tests.assignment.instances import best_value, problem_from


def plain(dossiers: int, experts: int, *, demand: int = 3, **options: object) -> Problem:
    """Everybody fits everything equally well; three dossiers each at most."""
    values: dict[str, object] = {
        "affinity": np.full((dossiers, experts), 0.5),
        "conflict": np.zeros((dossiers, experts), dtype=np.uint8),
        "demand": np.full(dossiers, demand),
        "least": np.zeros(experts, dtype=np.int64),
        "most": np.full(experts, 3),
    }
    names = [
        tuple(f"{kind}{number}" for number in range(count))
        for kind, count in (("E", experts), ("D", dossiers))
    ]
    return Problem(names[0], names[1], **(values | options))  # type: ignore[arg-type]


def kinds(problem: Problem) -> dict[str, Relaxation]:
    found = diagnose(problem)
    assert len({one.kind for one in found.relaxations}) == len(found.relaxations)
    return {one.kind: one for one in found.relaxations}


def test_too_little_capacity_asks_for_the_smallest_extra_load() -> None:
    """Four experts with at most three dossiers write 12 of the 15 reviews that five dossiers need."""
    problem = plain(5, 4)
    found = diagnose(problem)
    assert sum(one.units for one in found.missing if one.kind == "seat") == 3
    advice = {one.kind: one for one in found.relaxations}
    assert advice["more_load"] == Relaxation("more_load", 1)
    assert set(advice) == {"more_load", "panel"}
    assert solve(replace(problem, most=np.full(4, 4))).micro == 15 * 500_000


def test_missing_specialty_names_dossier_and_role_and_the_only_way_out() -> None:
    """Nobody holds the finance role that D1 asks for."""
    roles = Roles(
        ("能源", "财务"),
        np.array([[True, False]] * 4),
        np.array([[1, 0], [1, 1]]),
        np.array([[3, 3], [3, 3]]),
    )
    problem = plain(2, 4, roles=roles)
    found = diagnose(problem)
    assert found.missing == (Missing("role", 1, 1, 1),)
    assert found.relaxations == (Relaxation("role_least", 1, 1),)
    assert [str(line) for line in sentences(problem, found)] == [
        "材料 D1 缺 1 名财务专家。",
        "单独放宽以下任一项即可分派：",
        "财务专家的人数下限减少 1 名",
    ]


def test_conflicts_in_the_way_ask_for_the_lowest_level_that_is_enough() -> None:
    conflict = np.array([[1, 2, 3, 3]], dtype=np.uint8)
    assert kinds(plain(1, 4, conflict=conflict))["conflict"] == Relaxation("conflict", 3)
    conflict = np.array([[1, 2, 0, 3]], dtype=np.uint8)
    advice = kinds(plain(1, 4, conflict=conflict))
    assert advice["conflict"] == Relaxation("conflict", 2)
    assert advice["panel"] == Relaxation("panel", 2, dossiers=(0,))


def test_employer_cap_in_the_way_is_named() -> None:
    advice = kinds(plain(1, 3, employer=np.array([1, 1, 2])))
    assert set(advice) == {"employer", "panel"}


def test_pair_kept_apart_in_the_way_is_named() -> None:
    assert set(kinds(plain(1, 3, apart=((0, 2),)))) == {"apart", "panel"}


def test_frozen_pair_in_the_way_is_named() -> None:
    """E0 must score two dossiers, but the frozen pairs fill both panels without him."""
    problem = plain(2, 3, demand=1, least=np.array([2, 0, 0]), frozen=((0, 1), (1, 2)))
    found = diagnose(problem)
    assert found.missing == (Missing("load", 0, -1, 2),)
    assert {one.kind for one in found.relaxations} == {"less_load", "frozen"}
    assert str(sentences(problem, found)[0]) == "专家 E0 按下限应评 2 份，还差 2 份。"


def test_single_review_forbidden_is_named() -> None:
    """One dossier for one expert each: nobody can score two."""
    advice = kinds(plain(1, 3, no_single=True))
    assert set(advice) == {"single"}


def test_upper_limit_of_a_role_in_the_way_is_named() -> None:
    roles = Roles(("能源",), np.ones((3, 1), dtype=bool), np.array([[0]]), np.array([[1]]))
    advice = kinds(plain(1, 3, roles=roles))
    assert advice["role_most"] == Relaxation("role_most", 2, 0)


def test_connection_that_is_impossible_is_named_with_its_reason() -> None:
    affinity = np.array([[0.5, np.nan], [np.nan, 0.5]])
    problem = plain(2, 2, demand=1, affinity=affinity, connected=True)
    found = diagnose(problem)
    assert (found.missing, found.unconnected) == ((), "no_pair")
    assert found.relaxations == (Relaxation("connected"),)
    assert str(sentences(problem, found)[-1]) == "取消连通要求"


def test_request_that_needs_two_changes_says_so() -> None:
    """No experts for two panels of three: neither capacity nor conflicts alone are the reason."""
    problem = plain(2, 3, most=np.array([1, 1, 1]), conflict=np.array([[1, 1, 1], [0, 0, 0]], dtype=np.uint8))
    found = diagnose(problem)
    assert found.relaxations == ()
    assert str(sentences(problem, found)[-1]) == "没有哪一项单独放宽就足够，需要同时放宽几项条件。"


@settings(max_examples=40, deadline=None)
@given(st.data())
def test_every_advice_is_enough_by_itself(data: st.DataObject) -> None:
    """Applied alone, each relaxation makes an assignment possible by enumeration; one step less does not."""
    problem = problem_from(lambda low, high: data.draw(st.integers(low, high)), dossiers=3, experts=5)
    problem = replace(problem, worst_first=False)
    assume(best_value(problem) is None)
    for one in diagnose(problem).relaxations:
        assert best_value(applied(problem, one)) is not None, one
        if one.kind in ("more_load", "role_least", "role_most") and one.amount > 1:
            assert best_value(applied(problem, replace(one, amount=one.amount - 1))) is None, one


def applied(problem: Problem, one: Relaxation) -> Problem:
    """The relaxation written out again, without the module under test."""
    roles = problem.roles
    if one.kind in ("role_least", "role_most"):
        assert roles is not None
        least, most = roles.least.copy(), roles.most.copy()
        if one.kind == "role_least":
            least[:, one.role] = np.maximum(least[:, one.role] - one.amount, 0)
        else:
            most[:, one.role] += one.amount
        return replace(problem, roles=replace(roles, least=least, most=most))
    demand = problem.demand.copy()
    demand[list(one.dossiers)] -= one.amount
    lower = np.where(problem.conflict <= one.amount, 0, problem.conflict).astype(np.uint8)
    changes: dict[str, dict[str, object]] = {
        "more_load": {"most": problem.most + one.amount},
        "less_load": {"least": np.zeros_like(problem.least)},
        "single": {"no_single": False},
        "employer": {"employer": None},
        "apart": {"apart": ()},
        "frozen": {"frozen": ()},
        "panel": {"demand": demand},
        "conflict": {"conflict": lower},
        "connected": {"connected": False},
    }
    return replace(problem, **changes[one.kind])  # type: ignore[arg-type]


@settings(max_examples=60, deadline=None)
@given(st.data())
def test_both_engines_count_the_same_shortage(data: st.DataObject) -> None:
    """Without conditions beyond the network the elastic program and the penalised flow agree."""
    problem = problem_from(lambda low, high: data.draw(st.integers(low, high)))
    problem = replace(problem, employer=None, apart=(), no_single=False, connected=False)
    program, flow = shortage(problem), solve_flow(problem).missing
    assert sum(one.units for one in program) == sum(one.units for one in flow)
    assert (program == ()) == (flow == ())


def test_large_problem_is_diagnosed_by_the_flow(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(diagnosis_module, "SCIPY_PAIRS", 0)
    problem = plain(5, 4)
    assert sum(one.units for one in diagnose(problem).missing) == 3
    with pytest.raises(Infeasible):
        solve(problem)


def test_smaller_panels_are_named_one_by_one_unless_all_are_meant() -> None:
    problem = plain(2, 4)
    said = [
        str(sentences(problem, Diagnosis((), "", (Relaxation("panel", 2, dossiers=which),)))[-1])
        for which in ((1,), (0, 1))
    ]
    assert said == ["材料 D1 的评审专家各减少 2 名", "每份材料的评审专家各减少 2 名"]
