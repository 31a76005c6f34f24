"""Plans against every assignment that there is, on both engines."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from review_portal.assignment import solving, worth
from review_portal.assignment.model import Infeasible, NotInstalled, Plan, Problem, Roles
from review_portal.assignment.solving import Engine, solve
from review_portal.assignment.verify import violations
from review_portal.domain.errors import Invalid
from tests.assignment.instances import best_value, every_assignment, problem_from, sums

ENGINES: tuple[Engine, ...] = ("flow", "milp")


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    return problem_from(lambda low, high: draw(st.integers(low, high)))


def answer(problem: Problem, engine: Engine) -> Plan | None:
    try:
        return solve(problem, engine=engine)
    except Infeasible:
        return None


def triples(plan: Plan) -> list[tuple[int, int, int]]:
    return list(zip(plan.dossier.tolist(), plan.expert.tolist(), plan.role.tolist(), strict=True))


def square(values: list[list[float]], *, demand: int = 1, **options: object) -> Problem:
    """A problem with free loads from a table of affinities, a row per dossier."""
    affinity = np.array(values)
    rows, columns = affinity.shape
    given: dict[str, object] = {
        "conflict": np.zeros((rows, columns), dtype=np.uint8),
        "demand": np.full(rows, demand),
        "least": np.zeros(columns, dtype=np.int64),
        "most": np.full(columns, rows),
    }
    experts = tuple(f"E{number}" for number in range(columns))
    dossiers = tuple(f"D{number}" for number in range(rows))
    return Problem(experts, dossiers, affinity, **(given | options))  # type: ignore[arg-type]


@settings(max_examples=200, deadline=None)
@given(problems(), st.sampled_from(ENGINES))
def test_plan_is_the_best_of_all_assignments(problem: Problem, engine: Engine) -> None:
    plan, wanted = answer(problem, engine), best_value(problem)
    if plan is None:
        assert wanted is None
        return
    assert violations(problem, triples(plan)) == []
    assert (plan.worst_micro if problem.worst_first else 0, plan.micro) == wanted
    assert plan.proven


@settings(max_examples=60, deadline=None)
@given(problems())
def test_engines_choose_the_same_pairs_among_equal_totals(problem: Problem) -> None:
    assume(best_value(problem) is not None)
    flow, whole = solve(problem, engine="flow"), solve(problem, engine="milp")
    assert triples(flow) == triples(whole)
    assert flow.ties_settled and whole.ties_settled


@settings(max_examples=60, deadline=None)
@given(problems(), st.sampled_from(ENGINES))
def test_pruning_changes_nothing(problem: Problem, engine: Engine) -> None:
    """The smallest choice of pairs to start with leads to the same plan as all pairs."""
    whole = answer(problem, engine)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(worth, "EVERY_PAIR", 0)
        patch.setattr(worth, "WIDTH", 0)
        patch.setattr("review_portal.assignment.pricing.ADDED", 1)
        patch.setattr("review_portal.assignment.side_constraints.EVERY_PAIR", 0)
        patch.setattr("review_portal.assignment.side_constraints._FIRST", 1)
        pruned = answer(problem, engine)
    assert (whole is None) == (pruned is None)
    if whole is not None and pruned is not None:
        assert triples(whole) == triples(pruned)


@pytest.mark.parametrize("engine", ENGINES)
def test_tie_is_decided_by_the_seed_and_not_by_the_order_of_names(engine: Engine) -> None:
    """All pairs are worth the same: each seed picks its own assignment, the same one from any order."""
    equal = square([[0.5] * 6] * 4, demand=3, most=np.full(6, 2))
    order = [3, 0, 5, 1, 4, 2]
    turned = replace(equal, experts=tuple(equal.experts[number] for number in order))
    named = set()
    for seed in ("a", "b", "c"):
        plan = solve(replace(equal, seed=seed), engine=engine)
        other = solve(replace(turned, seed=seed), engine=engine)
        pairs = {
            (d, equal.experts[e]) for d, e in zip(plan.dossier.tolist(), plan.expert.tolist(), strict=True)
        }
        assert pairs == {
            (d, turned.experts[e]) for d, e in zip(other.dossier.tolist(), other.expert.tolist(), strict=True)
        }
        named.add(frozenset(pairs))
    assert len(named) == 3


@settings(max_examples=40, deadline=None)
@given(problems(), st.text("ab", max_size=2))
def test_seed_never_costs_affinity(problem: Problem, seed: str) -> None:
    first, second = answer(problem, "flow"), answer(replace(problem, seed=seed), "flow")
    assert (first and first.micro) == (second and second.micro)


@pytest.mark.parametrize("engine", ENGINES)
def test_smallest_difference_of_six_decimals_decides_against_the_seed(engine: Engine) -> None:
    for seed in "abcdefgh":
        plan = solve(square([[0.5, 0.500001, 0.5]], seed=seed), engine=engine)
        assert (plan.expert.tolist(), plan.total) == ([1], 0.500001)


@pytest.mark.parametrize("engine", ENGINES)
def test_worst_dossier_comes_first(engine: Engine) -> None:
    """The best total leaves the second dossier with 0.1; the best floor is 0.4 and its best total 0.8."""
    table = [[0.9, 0.4], [0.4, 0.1]]
    problem = square(table, most=np.array([1, 1]))
    total = solve(problem, engine=engine)
    assert (total.total, total.worst, total.worst_dossier) == (1.0, 0.1, 1)
    fair = solve(replace(problem, worst_first=True), engine=engine)
    assert (fair.total, fair.worst, fair.proven) == (0.8, 0.4, True)
    assert [one.kind for one in fair.binding if one.expert < 0] == (["worst"] if engine == "flow" else [])


def test_worst_first_reaches_a_floor_that_no_single_dossier_sets() -> None:
    """Bisection: the highest floor (0.5) lies below every dossier's own best (0.9)."""
    table = [[0.9, 0.5, 0.2], [0.9, 0.2, 0.5], [0.9, 0.5, 0.5]]
    plan = solve(square(table, most=np.array([1, 1, 1]), worst_first=True))
    assert (plan.worst, plan.total, plan.proven) == (0.5, 1.9, True)


@pytest.mark.parametrize("engine", ENGINES)
def test_parts_are_joined_when_that_is_asked(engine: Engine) -> None:
    """Two blocks of one field each: the optimum falls apart, joining them costs 0.8."""
    high, low = 0.9, 0.1
    table = [[high] * 3 + [low] * 3] * 2 + [[low] * 3 + [high] * 3] * 2
    apart = solve(square(table, demand=3), engine=engine)
    assert (apart.parts, apart.connected, apart.reason) == (2, False, "not_asked")
    joined = solve(square(table, demand=3, connected=True), engine=engine)
    assert (joined.parts, joined.reason, joined.proven) == (1, "", True)
    assert joined.total == pytest.approx(apart.total - 0.8)
    assert [one.kind for one in joined.binding if one.expert < 0] == (
        ["connected"] if engine == "flow" else []
    )


def test_reason_tells_what_keeps_parts_apart() -> None:
    split = square([[0.5, np.nan], [np.nan, 0.5]])
    assert solve(split).reason == "no_pair"
    with pytest.raises(Infeasible):
        solve(replace(split, connected=True))
    few = square([[0.9, 0.1], [0.1, 0.9]], least=np.array([1, 1]))
    assert solve(few).reason == "too_few_seats"
    with pytest.raises(Infeasible):
        solve(replace(few, connected=True))


@pytest.mark.parametrize("engine", ENGINES)
def test_too_many_experts_at_work_for_a_connection_are_noticed_at_once(engine: Engine) -> None:
    """Six dossiers with one expert each hang together only through one expert, who may not take all six."""
    problem = square([[0.5, 0.4]] * 6, most=np.array([5, 5]), connected=True)
    with pytest.raises(Infeasible):
        solve(problem, engine=engine)
    plan = solve(replace(problem, most=np.array([5, 6])), engine=engine)
    assert (plan.expert.tolist(), plan.parts) == ([1] * 6, 1)


@pytest.mark.parametrize("engine", ENGINES)
def test_frozen_pair_stays_though_it_costs(engine: Engine) -> None:
    problem = square([[0.9, 0.1], [0.8, 0.7]], most=np.array([2, 1]), frozen=((0, 1),))
    plan = solve(problem, engine=engine)
    assert list(zip(plan.dossier.tolist(), plan.expert.tolist(), strict=True)) == [(0, 1), (1, 0)]


@pytest.mark.parametrize("engine", ENGINES)
def test_expert_with_two_specialties_fills_one_role_of_a_panel(engine: Engine) -> None:
    """The first expert holds both roles, yet another must sit for the second one."""
    holds = np.array([[True, True], [True, False], [False, True], [False, False]])
    least = np.array([[1, 1]])
    roles = Roles(("能源", "财务"), holds, least, np.array([[3, 3]]))
    plan = solve(square([[0.9, 0.1, 0.2, 0.8]], demand=3, roles=roles), engine=engine)
    assert (plan.expert.tolist(), plan.role.tolist()) == ([0, 2, 3], [0, 1, -1])


@pytest.mark.parametrize("engine", ENGINES)
def test_expert_gets_none_or_at_least_two(engine: Engine) -> None:
    table = [[0.9, 0.8, 0.1], [0.2, 0.8, 0.1]]
    assert np.bincount(solve(square(table), engine=engine).expert).tolist() == [1, 1]
    plan = solve(square(table, no_single=True), engine=engine)
    assert (plan.expert.tolist(), plan.total) == ([1, 1], 1.6)


def test_binding_names_loads_at_their_limits() -> None:
    plan = solve(square([[0.9, 0.8], [0.7, 0.1]], least=np.array([0, 1]), most=np.array([1, 2])))
    assert [(one.kind, one.expert) for one in plan.binding] == [("most", 0), ("least", 1)]


def test_role_at_its_limit_is_named() -> None:
    roles = Roles(("能源",), np.array([[False], [True]]), np.array([[1]]), np.array([[1]]))
    plan = solve(square([[0.9, 0.1]], roles=roles, most=np.array([2, 2])))
    assert [(one.kind, one.dossier, one.role) for one in plan.binding] == [("role_least", 0, 0)]


def test_small_problem_needs_no_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(solving, "installed", lambda: False)
    assert solve(square([[0.5]])).engine == "milp"


def test_large_problem_without_the_extra_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("solving", "flow"):
        monkeypatch.setattr(f"review_portal.assignment.{module}.installed", lambda: False)
    monkeypatch.setattr(solving, "SCIPY_PAIRS", 0)
    with pytest.raises(NotInstalled, match=r"pip install -r requirements-assign\.txt"):
        solve(square([[0.5]]))


def test_time_that_is_up_leaves_a_bound_instead_of_a_proof() -> None:
    """No time at all for raising the floor: the best total stands, its worst dossier is not proven."""
    rng = np.random.default_rng(3)
    table = rng.random((12, 9)).round(6).tolist()
    problem = square(table, demand=3, least=np.full(9, 3), most=np.full(9, 5), worst_first=True)
    plan = solve(problem, engine="flow", limit=0.0)
    best = solve(problem)
    assert best.proven
    assert not plan.proven
    assert plan.worst_micro <= best.worst_micro <= plan.worst_bound_micro


def test_every_assignment_of_a_tiny_problem_is_known() -> None:
    """The yardstick itself: two dossiers, two experts with one dossier each."""
    problem = square([[0.9, 0.4], [0.4, 0.1]], most=np.array([1, 1]))
    found = {assignment: sum(sums(problem, assignment)) for assignment in every_assignment(problem)}
    assert found == {((0,), (1,)): 1_000_000, ((1,), (0,)): 800_000}


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"demand": np.array([2])}, "材料 D0 的评审专家数 2 不是单数。专家组须为单数，请修改。"),
        ({"demand": np.array([0])}, "材料 D0 的评审专家数须至少为 1。"),
        (
            {"least": np.array([2, 0, 0]), "most": np.array([1, 1, 1])},
            "专家 E0 的评审份数下限 2 与上限 1 不符：下限须不小于 0，且不大于上限。",
        ),
        ({"affinity": np.array([[101.0, 0, 0]])}, "匹配度须在 -100 到 100 之间，请检查。"),
        ({"experts": ("E0", "E0", "E1")}, "专家编号重复，请检查名单。"),
        ({"experts": ("E0", "E|1", "E2")}, "专家编号“E|1”不能为空，也不能含有“|”。"),
        ({"frozen": ((0, 0), (0, 1))}, "材料 D0 已定的专家多于评审专家数 1，请先解除一部分。"),
        (
            {"frozen": ((0, 0),), "conflict": np.array([[1, 0, 0]], dtype=np.uint8)},
            "已定的分派不能保留（专家须回避）：专家 E0，材料 D0。请先解除。",
        ),
        (
            {"frozen": ((0, 0),), "most": np.array([0, 1, 1])},
            "专家 E0 已定的材料多于上限 0，请先解除一部分。",
        ),
        (
            {"demand": np.array([3]), "frozen": ((0, 0), (0, 1)), "employer": np.array([7, 7, -1])},
            "已定的分派不能保留（同一单位已有专家在组）：专家 E1，材料 D0。请先解除。",
        ),
        (
            {"no_single": True, "least": np.array([1, 0, 0]), "most": np.array([1, 1, 1])},
            "专家 E0 的评审份数只能是 1，与“不得只评一份”相矛盾，请修改其中一项。",
        ),
    ],
)
def test_problem_that_contradicts_itself_is_refused(options: dict[str, object], sentence: str) -> None:
    with pytest.raises(Invalid) as refusal:
        replace(square([[0.5, 0.4, 0.3]]), **options)  # type: ignore[arg-type]
    assert str(refusal.value.message) == sentence
