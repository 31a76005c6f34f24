"""Dealing dossiers to panels in turn by number."""

from __future__ import annotations

import pytest

from review_portal.domain.panel_split import dealt


@pytest.mark.parametrize(
    ("places", "panels"),
    [
        ((3, 3), [0, 1, 0, 1, 0, 1]),
        ((2, 2, 2), [0, 1, 2, 0, 1, 2]),
        ((4, 2), [0, 1, 0, 0, 1, 0]),  # parts as the places
    ],
)
def test_dossiers_are_dealt_in_turn_and_in_proportion_to_the_places(
    places: tuple[int, ...], panels: list[int]
) -> None:
    assert dealt([f"2030-{number:03d}" for number in range(6)], places) == panels


def test_dealing_follows_the_numbers_and_not_the_order_of_input() -> None:
    assert dealt(["2030-003", "2030-001", "2030-002"], (1, 1)) == [0, 0, 1]
