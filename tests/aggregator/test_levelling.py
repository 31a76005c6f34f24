"""Lines that level totals in a spreadsheet, held against the exact scores."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest

from review_portal.aggregator.levelling import EXACT_PLACES, SNAPPED_PLACES, level_lines
from review_portal.aggregator.notices import AggregatorError

D = Decimal


def test_severity_is_what_an_expert_gives_too_much_where_a_recusal_left_a_hole():
    totals = {
        "A": {"E1": D(90), "E2": D(80)},
        "B": {"E1": D(70), "E2": D(60)},
        "C": {"E1": D(50)},
    }
    found = level_lines(totals, "severity")
    assert found is not None and found.places == EXACT_PLACES
    assert {expert: (line.factor, line.shift) for expert, line in found.lines.items()} == {
        "E1": (1.0, -5.0),
        "E2": (1.0, 5.0),
    }


def test_severity_is_the_binary_number_next_to_the_exact_fraction():
    totals = {
        "A": {"E1": D("90.01"), "E2": D("80.50"), "E3": D("71.99")},
        "B": {"E1": D("70.33"), "E2": D("60.10")},
        "C": {"E2": D("50.25"), "E3": D("40.04")},
    }
    found = level_lines(totals, "severity")
    assert found is not None
    shifts = {expert: Fraction(line.shift) for expert, line in found.lines.items()}
    assert abs(sum(shifts.values())) < Fraction(1, 10**13)  # effects sum to nothing


def test_z_scores_put_every_expert_on_the_grand_mean_and_spread():
    totals = {"A": {"E1": D(90), "E2": D(60)}, "B": {"E1": D(70), "E2": D(50)}}
    found = level_lines(totals, "z_score")
    assert found is not None
    mean, spread = 67.5, 14.790199457749
    for expert, own in (("E1", (90, 70)), ("E2", (60, 50))):
        line = found.lines[expert]
        assert [line.factor * value + line.shift for value in own] == pytest.approx(
            [mean + spread, mean - spread]
        )


def test_expert_whose_totals_are_all_equal_gives_the_grand_mean():
    found = level_lines({"A": {"E1": D(90), "E2": D(60)}, "B": {"E1": D(90), "E2": D(50)}}, "z_score")
    assert found is not None
    assert (found.lines["E1"].factor, found.lines["E1"].shift) == (0.0, 72.5)


def test_nothing_is_levelled_where_the_rule_levels_nothing():
    assert level_lines({"A": {"E1": D(90)}}, "none") is None


def test_iterated_effects_are_rounded_to_what_they_are_good_for():
    many = {
        f"D{number}": {
            f"E{(number + step) % 70:02}": D(60 + (number * 7 + step * 5) % 30) for step in range(3)
        }
        for number in range(140)
    }
    found = level_lines(many, "severity")
    assert found is not None and found.places == SNAPPED_PLACES
    assert {
        len(f"{abs(line.shift):.12f}".rstrip("0").partition(".")[2]) <= 9 for line in found.lines.values()
    } == {True}


def test_round_without_a_sheet_has_no_severity():
    with pytest.raises(AggregatorError):
        level_lines({}, "severity")
