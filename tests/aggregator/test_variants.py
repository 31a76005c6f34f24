from fractions import Fraction
from statistics import mean, median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator.exact import Groups
from review_portal.aggregator.variants import combine_columns, combine_without, half_up_floats

WAYS = {"mean": mean, "median": median, "drop_high_low": lambda values: mean(sorted(values)[1:-1])}


@st.composite
def grouped(draw):
    """Groups of 3-6 sheets and totals for two variants, equal ones among them."""
    counts = draw(st.lists(st.integers(3, 6), min_size=1, max_size=4))
    size = sum(counts)
    values = st.lists(st.integers(0, 12), min_size=size, max_size=size)
    groups = Groups.of(np.repeat(np.arange(len(counts)), counts))
    return groups, np.array([draw(values), draw(values)], dtype=np.int64).T


def members(groups, column):
    return [
        [Fraction(int(value)) for value in column[start : start + count]]
        for start, count in zip(groups.start, groups.count, strict=True)
    ]


@pytest.mark.parametrize("how", WAYS)
@settings(deadline=None, max_examples=30)
@given(grouped())
def test_columns_are_combined_as_each_alone(how, given_):
    groups, value = given_
    above, below = combine_columns(value, groups, how)
    below = np.broadcast_to(below, above.shape)
    found = [
        [Fraction(int(a), int(b)) for a, b in zip(above[:, column], below[:, column], strict=True)]
        for column in range(2)
    ]
    assert found == [[WAYS[how](own) for own in members(groups, column)] for column in value.T]


@pytest.mark.parametrize("how", WAYS)
@settings(deadline=None, max_examples=30)
@given(grouped(), st.data())
def test_sheets_that_do_not_count_are_as_if_they_were_not_there(how, given_, data):
    groups, value = given_
    sheets = [
        data.draw(st.integers(int(start), int(start + count - 1)))
        for start, count in zip(groups.start, groups.count, strict=True)
        if count > 3
    ]
    gone = np.array(sheets, dtype=np.int64), np.ones(len(sheets), dtype=np.int64)
    above, below = combine_columns(value.astype(float), groups, how, gone)
    expected = []
    for start, own in zip(groups.start, members(groups, value[:, 1]), strict=True):
        expected.append(float(WAYS[how]([v for at, v in enumerate(own) if int(start) + at not in sheets])))
    below = np.broadcast_to(below, above.shape)
    assert (above / below)[:, 1].tolist() == pytest.approx(expected)
    untouched = [float(WAYS[how](own)) for own in members(groups, value[:, 0])]
    assert (above / below)[:, 0].tolist() == pytest.approx(untouched)


@pytest.mark.parametrize("how", WAYS)
def test_group_of_which_nothing_is_left_gives_a_number_and_no_warning(how):
    groups = Groups.of(np.array([0, 1, 1, 1]))
    value = np.array([[8.0], [1.0], [2.0], [4.0]])
    above, _ = combine_columns(value, groups, how, (np.array([0]), np.array([0])))
    assert np.isfinite(above).all()


@pytest.mark.parametrize("how", WAYS)
@settings(deadline=None, max_examples=30)
@given(grouped())
def test_each_sheet_is_left_out_in_turn(how, given_):
    groups, value = given_
    own = value[:, 0]
    above, below = combine_without(own, groups, how)
    for sheet, (start, all_) in enumerate(
        (start, group) for start, group in zip(groups.start, members(groups, own), strict=True) for _ in group
    ):
        rest = all_[: sheet - int(start)] + all_[sheet - int(start) + 1 :]
        if len(rest) > 2 or how != "drop_high_low":
            assert Fraction(int(above[sheet]), int(below[sheet])) == WAYS[how](rest)
        else:
            assert below[sheet] == 0


def test_whole_numbers_of_any_size_are_combined_exactly():
    value = np.array([[10**30], [10**30 + 1], [10**30 + 5]], dtype=object)
    groups = Groups.of(np.zeros(3, dtype=np.int64))
    sums = {"mean": 3 * 10**30 + 6, "drop_high_low": 10**30 + 1, "median": 2 * 10**30 + 2}
    for how, expected in sums.items():
        assert combine_columns(value, groups, how)[0].tolist() == [[expected]]


@pytest.mark.parametrize(
    ("value", "unit", "rounded", "unsure"),
    [
        (8124.4, 1, 8124, False),
        (8124.5, 1, 8125, True),
        (8124.5 - 4e-7, 1, 8125, True),  # within half a millionth: taken for the half it may be
        (8124.5 - 8e-7, 1, 8124, True),
        (8124.5 - 2e-6, 1, 8124, False),
        (8124.5 + 2e-6, 1, 8125, False),
        (-3.5, 1, -4, True),  # away from zero, as everywhere
        (-3.4, 1, -3, False),
        (8145.0, 10, 8150, True),
        (8149.9, 100, 8100, False),
        (0.0, 1, 0, False),
    ],
)
def test_floats_are_rounded_half_up_and_say_where_they_cannot_tell(value, unit, rounded, unsure):
    score, near = half_up_floats(np.array([[value]]), unit, 10**6)
    assert (score.tolist(), near.tolist()) == ([[rounded]], [[unsure]])
