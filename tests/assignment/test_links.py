"""How an assignment hangs together: known designs with figures that can be worked out by hand."""

from __future__ import annotations

import math

from review_portal.assignment.links import links

EXPERTS, DOSSIERS = ("甲", "乙", "丙"), ("S01", "S02", "S03")


def test_complete_design_loses_nothing_to_severity() -> None:
    said = links([(e, d) for e in range(3) for d in range(3)], EXPERTS, DOSSIERS)
    assert said is not None
    assert (said.parts, said.reviews, said.weak, said.hubs) == ((("S01", "S02", "S03"),), 9, None, ())
    assert said.efficiency is not None and said.difference is not None
    assert math.isclose(said.efficiency, 1.0)
    assert math.isclose(said.difference, math.sqrt(2 / 3))  # two means of three sheets each


def test_parts_without_a_common_expert_are_told_apart() -> None:
    said = links([(0, 0), (0, 1), (1, 0), (1, 1), (2, 2)], EXPERTS, DOSSIERS)
    assert said is not None
    assert said.parts == (("S01", "S02"), ("S03",))
    assert (said.efficiency, said.difference) == (None, None)
    assert (said.singles, said.thin) == (("丙",), ("S03",))


def test_expert_on_whom_the_design_hangs_is_named() -> None:
    said = links([(0, 0), (0, 1), (0, 2), (1, 0), (2, 2)], EXPERTS, DOSSIERS)
    assert said is not None
    assert (said.hubs, said.singles, said.thin) == (("甲",), ("乙", "丙"), ("S02",))


def test_nothing_assigned_has_no_report() -> None:
    assert links([], EXPERTS, DOSSIERS) is None
