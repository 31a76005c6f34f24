import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.aggregator.false_discovery import Comparisons, adjusted

# Benjamini, Hochberg 1995, section 4.1: fifteen comparisons, of which the first four are rejected at 0.05
PUBLISHED = [
    0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528,
    0.7590, 1.0000,
]  # fmt: skip
CHANCES = st.lists(st.floats(0, 1), min_size=1, max_size=30).map(np.array)


def test_published_example_names_the_first_four():
    q = adjusted(np.array(PUBLISHED))
    assert (q < 0.05).tolist() == [True] * 4 + [False] * 11
    assert q[3] == pytest.approx(0.0095 * 15 / 4)
    assert q[5] == pytest.approx(0.0298 * 15 / 7)  # not 0.0278 x 15 / 6: the next one is smaller


def test_two_comparisons_by_hand():
    assert adjusted(np.array([0.04, 0.03])).tolist() == [0.04, 0.04]
    assert adjusted(np.array([0.04, 0.01])).tolist() == [0.04, 0.02]


def test_no_comparison_gives_none():
    assert adjusted(np.zeros(0)).tolist() == []


@given(CHANCES, st.floats(0.001, 0.999))
def test_named_are_exactly_those_of_the_step_up_procedure(p, level):
    ordered = np.sort(p)
    passed = np.flatnonzero(ordered <= level * np.arange(1, p.size + 1) / p.size)
    limit = ordered[passed[-1]] if passed.size else -1.0
    q = adjusted(p)
    close = np.isclose(q, level)  # either side of a rounding error
    assert ((q <= level) == (p <= limit))[~close].all()


@given(CHANCES, st.randoms(use_true_random=False))
def test_adjustment_follows_its_comparison_when_they_are_reordered(p, random):
    order = np.array(random.sample(range(p.size), p.size))
    assert adjusted(p[order]).tolist() == adjusted(p)[order].tolist()


def test_found_are_small_and_telling_with_the_surest_first():
    p = np.array([0.001, 0.9, 0.0005, 0.0001])
    telling = np.array([True, True, True, False])
    zeros = np.zeros(4)
    compared = Comparisons(np.array([7, 8, 9, 6]), np.ones(4, dtype=np.int64), zeros, zeros, p, telling)
    assert compared.found(0.05).tolist() == [2, 0]
