from decimal import Decimal
from fractions import Fraction
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator.exact import Groups, decimals, half_up, in_hundredths, order_of
from review_portal.aggregator.notices import AggregatorError
from tests.aggregator.cases import half_up as exact_half_up

SMALL = st.integers(-3, 3)
WIDE = st.integers(-(2**61), 2**61)


@settings(deadline=None, max_examples=80)
@given(st.lists(st.tuples(SMALL, WIDE, SMALL, st.integers(0, 2**40)), max_size=40), st.permutations(range(4)))
def test_order_is_that_of_a_stable_sort_whatever_fits_into_a_word(rows, arrangement):
    rows = [tuple(row[at] for at in arrangement) for row in rows]
    columns = [np.array(column, dtype=np.int64) for column in zip(*rows, strict=True)] or [np.zeros(0, int)]
    assert order_of(*columns).tolist() == sorted(range(len(rows)), key=rows.__getitem__)


def test_order_takes_narrow_types_and_python_integers():
    first = np.array([2**30, 0, 2**30, 5], dtype=np.int32)
    huge = np.array([3, 2**80, 1, -(2**80)], dtype=object)
    assert order_of(first, huge).tolist() == [1, 3, 2, 0]
    assert order_of(huge, first).tolist() == [3, 2, 0, 1]
    assert order_of(np.array([7])).tolist() == [0]
    assert order_of(np.array([7, 7, 7])).tolist() == [0, 1, 2]


@settings(deadline=None, max_examples=60)
@given(st.lists(st.lists(st.integers(-(2**50), 2**50), min_size=1, max_size=6), min_size=1, max_size=6))
def test_grouped_figures_are_those_of_each_group_alone(lists):
    values = np.array([value for group in lists for value in group])
    groups = Groups.of(np.repeat(np.arange(len(lists)), [len(group) for group in lists]))
    assert groups.total(values).tolist() == [sum(group) for group in lists]
    assert groups.highest(values).tolist() == [max(group) for group in lists]
    assert groups.lowest(values).tolist() == [min(group) for group in lists]
    pairs = groups.middle_pair(values).tolist()
    assert [Fraction(pair, 2) for pair in pairs] == [Fraction(median(map(Fraction, g))) for g in lists]


@settings(deadline=None, max_examples=60)
@given(st.integers(-(2**62), 2**62), st.integers(1, 2**62))
def test_half_up_is_exact_at_any_size(numerator, denominator):
    exact = exact_half_up(Fraction(numerator, denominator) / 100)
    if abs(exact) < Decimal(2) ** 60:
        assert decimals(half_up(np.array([numerator]), denominator)) == [exact]


@pytest.mark.parametrize(
    ("numerator", "rounded"), [(1, 1), (-1, -1), (3, 2), (-3, -2), (4, 2), (5, 3), (0, 0)]
)
def test_half_goes_away_from_zero(numerator, rounded):
    assert half_up(np.array([numerator]), 2).tolist() == [rounded]


def test_decimals_of_a_column_are_its_hundredths_with_two_places():
    assert [str(value) for value in decimals(np.array([8500, 1, 8500, -5]))] == [
        "85.00",
        "0.01",
        "85.00",
        "-0.05",
    ]
    assert decimals(np.zeros(0, dtype=np.int64)) == []


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("12.34", 1234),
        ("-0.5", -50),
        ("1E+3", 100_000),
        ("0.010", 1),
        ("12345678901234567890123456.78", None),
    ],
)
def test_points_become_whole_hundredths_with_every_digit(text, whole):
    assert in_hundredths(Decimal(text), "界限") == (whole or int(text.replace(".", "")))


@pytest.mark.parametrize(
    "text",
    ["0.001", "NaN", "Infinity", "1E+27", "123456789012345678901234567.89", "1.0000000000000000000000000001"],
)
def test_points_that_hundredths_cannot_hold_to_the_digit_are_refused(text):
    with pytest.raises(AggregatorError, match="最多两位小数"):
        in_hundredths(Decimal(text), "界限")
