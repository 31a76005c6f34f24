import itertools
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.krippendorff import METRICS, krippendorff

NONE = math.nan
# Krippendorff 2011, Computing Krippendorff's Alpha-Reliability: four observers, twelve units, holes
CANONICAL = [
    [1, 2, 3, 3, 2, 1, 4, 1, 2, NONE, NONE, NONE],
    [1, 2, 3, 3, 2, 2, 4, 1, 2, 5, NONE, 3],
    [NONE, 3, 3, 3, 2, 3, 4, 2, 2, 5, 1, NONE],
    [1, 2, 3, 3, 2, 4, 4, 1, 2, 5, 1, NONE],
]


def columns(table):
    """Unit and value columns of a table observers x units with its holes."""
    values = np.array(table, dtype=np.float64)
    return np.tile(np.arange(values.shape[1]), values.shape[0]), values.ravel()


def by_definition(unit, value):
    """alpha by metric from the definition, pair by pair."""
    units = {}
    for place, number in zip(unit, value, strict=True):
        units.setdefault(place, []).append(number)
    units = [numbers for numbers in units.values() if len(numbers) > 1]
    everything = [number for numbers in units for number in numbers]
    n = len(everything)

    def ordinal(a, b):
        low, high = min(a, b), max(a, b)
        between = sum(low <= x <= high for x in everything)
        return (between - (everything.count(a) + everything.count(b)) / 2) ** 2 if a != b else 0

    metrics = {
        "nominal": lambda a, b: a != b,
        "ordinal": ordinal,
        "interval": lambda a, b: (a - b) ** 2,
        "ratio": lambda a, b: ((a - b) / (a + b)) ** 2 if a != b else 0,
    }
    result = {}
    for metric, delta in metrics.items():
        observed = sum(
            sum(delta(a, b) for a, b in itertools.permutations(numbers, 2)) / (len(numbers) - 1)
            for numbers in units
        )
        expected = sum(delta(a, b) for a, b in itertools.permutations(everything, 2))
        result[metric] = 1 - (n - 1) * observed / expected
    return result


@st.composite
def reliability_data(draw):
    """Sparse columns with at least one pairable unit and two values that differ."""
    rows = draw(
        st.lists(
            st.tuples(st.integers(0, 6), st.integers(0, 9).map(lambda x: x / 2)), min_size=3, max_size=25
        )
    )
    low = draw(st.integers(0, 3))
    rows += [(6, low), (6, low + 1)]
    return np.array([row[0] for row in rows]), np.array([row[1] for row in rows])


def test_published_alphas_of_the_canonical_reliability_data():
    found = krippendorff(*columns(CANONICAL))
    assert {metric: round(value, 3) for metric, value in found.alpha.items()} == {
        "nominal": 0.743,
        "ordinal": 0.815,
        "interval": 0.849,
        "ratio": 0.797,
    }
    assert (found.units, found.values) == (11, 40)


@pytest.mark.parametrize(
    ("table", "alpha"),
    [  # the same paper: two observers, binary and nominal data
        ([[0, 1, 0, 0, 0, 0, 0, 0, 1, 0], [1, 1, 1, 0, 0, 1, 0, 0, 0, 0]], 0.095),
        ([[1, 1, 2, 2, 4, 3, 3, 3, 5, 4, 4, 1], [2, 1, 2, 2, 2, 3, 3, 3, 5, 4, 4, 4]], 0.692),
    ],
)
def test_published_alphas_of_two_observers(table, alpha):
    assert round(krippendorff(*columns(table), ["nominal"]).alpha["nominal"], 3) == alpha


@settings(deadline=None, max_examples=80)
@given(reliability_data())
def test_every_metric_equals_its_definition_over_pairs(data):
    unit, value = data
    assert krippendorff(unit, value).alpha == pytest.approx(by_definition(unit, value), rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(reliability_data(), st.randoms(use_true_random=False))
def test_alpha_is_blind_to_the_order_of_rows_and_the_numbers_of_units(data, random):
    unit, value = data
    order = list(range(unit.size))
    random.shuffle(order)
    names = np.array(random.sample(range(1000), 7))
    found = krippendorff(names[unit][order], value[order])
    assert found.alpha == pytest.approx(krippendorff(unit, value).alpha, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=40)
@given(reliability_data(), st.integers(0, 80), st.sampled_from([0.25, 3.0, 100.0]))
def test_alpha_does_not_change_with_what_its_metric_does_not_measure(data, shift, scale):
    unit, value = data
    before = krippendorff(unit, value).alpha
    moved = krippendorff(unit, scale * (value + shift)).alpha
    for metric in ("nominal", "ordinal", "interval"):
        assert moved[metric] == pytest.approx(before[metric], rel=1e-8, abs=1e-8)
    scaled, cubed = krippendorff(unit, scale * value).alpha, krippendorff(unit, value**3).alpha
    assert scaled["ratio"] == pytest.approx(before["ratio"], rel=1e-9, abs=1e-9)
    for metric in ("nominal", "ordinal"):
        assert cubed[metric] == pytest.approx(before[metric], rel=1e-9, abs=1e-9)


def test_values_without_a_partner_and_missing_cells_do_not_count():
    unit, value = [0, 0, 1, 1, 2], [3.0, 4.0, 5.0, 5.0, 9.0]
    found = krippendorff(unit, value)
    assert (found.units, found.values) == (2, 4)
    assert krippendorff(unit[:4], value[:4]) == found
    assert krippendorff([*unit, 0, 2, 7], [*value, NONE, NONE, NONE]) == found


def test_identical_ratings_of_different_dossiers_have_alpha_one():
    unit = np.repeat(np.arange(5), 3)
    assert krippendorff(unit, np.array([0.1, 0.7, 0.7, 85.37, 90.0])[unit]).alpha == dict.fromkeys(METRICS, 1)


def test_ratings_that_are_all_equal_have_no_alpha():
    found = krippendorff([0, 0, 1, 1], [7, 7, 7, 7])
    assert list(found.alpha) == list(METRICS)
    assert all(math.isnan(value) for value in found.alpha.values())


def test_only_the_metrics_that_were_asked_for_are_computed():
    unit, value = [0, 0, 1, 1], [-1.0, 2.0, 3.0, 3.0]
    assert list(krippendorff(unit, value, ["interval"]).alpha) == ["interval"]
    with pytest.raises(AggregatorError, match="比率度量只适用于不小于0的分数"):
        krippendorff(unit, value)


@pytest.mark.parametrize(
    ("unit", "value", "options", "sentence"),
    [
        ([], [], {}, "没有一份材料有两名专家的评分"),
        ([0, 1, 2], [1.0, 2.0, 3.0], {}, "没有一份材料有两名专家的评分"),
        ([0, 0], [1.0, NONE], {}, "没有一份材料有两名专家的评分"),
        ([0, 0, 1], [1.0, 2.0], {}, "行数相同"),
        ([[0, 0]], [[1.0, 2.0]], {}, "一维"),
        ([0.0, 0.0], [1.0, 2.0], {}, "不小于0的整数序号"),
        ([-1, -1], [1.0, 2.0], {}, "不小于0的整数序号"),
        ([0, 0], [1.0, math.inf], {}, "无穷大"),
        ([0, 0], [1.0, 2.0], {"metrics": ["polar"]}, "没有名为“polar”的度量"),
    ],
)
def test_columns_that_cannot_be_used_are_refused(unit, value, options, sentence):
    with pytest.raises(AggregatorError, match=sentence):
        krippendorff(unit, value, **options)
