"""Counting an open vote on tied units: who is chosen, what stays open; equal votes decide nothing."""

from __future__ import annotations

import pytest

from review_portal.domain.tie_counting import contest_of, count

A, B, C, D = ("甲",), ("乙",), ("丙",), ()


@pytest.mark.parametrize(
    ("standing", "places", "choices", "of", "chosen", "left"),
    [
        ("甲乙", 1, [A] * 5 + [B] * 2, "votes", "甲", ""),
        ("甲乙", 1, [A] * 3 + [B] * 3, "votes", "", "甲乙"),
        ("甲乙", 1, [A] * 2 + [B] + [D] * 4, "votes", "甲", ""),  # abstentions are no votes
        ("甲乙", 1, [A] * 3 + [B] + [D] * 3, "voters", "", "甲乙"),  # but they are voters
        ("甲乙", 1, [D] * 7, "votes", "", "甲乙"),
        ("甲乙", 1, [], "votes", "", "甲乙"),
        ("甲乙丙", 1, [A] * 3 + [B] * 2 + [C] * 2, "votes", "", "甲乙丙"),  # most, but not more than half
        ("甲乙丙", 2, ["甲乙"] * 4 + ["甲丙"] * 3, "votes", "甲乙", ""),
        ("甲乙丙", 2, ["甲乙", "甲丙", "乙丙"], "votes", "", "甲乙丙"),  # all carried, none before another
        ("甲乙丙", 2, ["甲乙", "甲丙", "甲"], "votes", "甲", "乙丙"),  # one place stays open
    ],
)
def test_count(
    standing: str, places: int, choices: list[tuple[str, ...] | str], of: str, chosen: str, left: str
) -> None:
    found = count(tuple(standing), places, [tuple(choice) for choice in choices], voters=7, of=of)
    assert ("".join(found.chosen), "".join(found.left)) == (chosen, left)
    assert (found.places, found.settled) == (places - len(chosen), len(chosen) == places)


def test_choice_that_names_others_or_too_many_is_an_error() -> None:
    for choice in (("丁",), ("甲", "乙")):
        with pytest.raises(ValueError, match="names others"):
            count(("甲", "乙"), 1, [choice], voters=3, of="votes")


def test_contest_is_bound_to_units_and_places_in_any_order() -> None:
    assert contest_of(["b", "a"], 1) == contest_of(["a", "b"], 1)
    assert (
        len({contest_of(["a", "b"], 1), contest_of(["a", "b", "c"], 1), contest_of(["a", "b", "c"], 2)}) == 3
    )
