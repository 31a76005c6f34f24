"""Roles of one panel against every choice of roles."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.assignment.panel_roles import fill


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.sets(st.integers(0, 3)).map(sorted), max_size=6),
    st.lists(st.tuples(st.integers(0, 2), st.integers(0, 3)), min_size=4, max_size=4),
)
def test_mix_is_filled_exactly_when_some_choice_of_roles_fills_it(
    holds: list[list[int]], bounds: list[tuple[int, int]]
) -> None:
    least = [low for low, _ in bounds]
    most = [low + span for low, span in bounds]

    def allowed(choice: list[int]) -> bool:
        return all(least[role] <= choice.count(role) <= most[role] for role in range(4))

    possible = any(allowed(list(choice)) for choice in product(*(held or [-1] for held in holds)))
    found = fill(holds, least, most)
    assert (found is not None) == possible
    if found is not None:
        assert allowed(found)
        assert all(role in held if held else role == -1 for role, held in zip(found, holds, strict=True))


def test_expert_of_two_roles_leaves_the_scarce_one_to_itself() -> None:
    assert fill([[0, 1], [0]], [1, 1], [1, 1]) == [1, 0]
    assert fill([[0], [0, 1], [1]], [0, 2], [1, 2]) == [0, 1, 1]


def test_panel_without_roles_asks_for_nothing() -> None:
    assert fill([[], []], [], []) == [-1, -1]
    assert fill([[]], [1], [1]) is None
