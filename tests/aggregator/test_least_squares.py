import numpy as np
import pytest

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.least_squares import least_squares
from tests.aggregator.cases import panel, ratings_of


def test_effects_and_sigma_are_those_of_an_ordinary_regression():
    ratings = ratings_of({"A": panel(80, 84, 79), "B": panel(71, 70), "C": panel(None, 92, 85)})
    found = least_squares(ratings)
    rows = np.zeros((8, 6))  # dossiers, then the experts' columns; the last row makes severities sum to 0
    rows[np.arange(7), ratings.sheet_dossier] = 1
    rows[np.arange(7), 3 + ratings.sheet_expert] = 1
    rows[7, 3:] = 1
    points = np.append(ratings.total / 100, 0.0)
    solution = np.linalg.lstsq(rows, points, rcond=None)[0]
    rest = points - rows @ solution
    assert np.append(found.adjusted, found.severity) == pytest.approx(solution)
    assert found.sigma == pytest.approx(np.sqrt(rest @ rest / (7 - 3 - 3 + 1)))


def test_design_without_a_rest_has_no_sigma():
    assert np.isnan(least_squares(ratings_of({"A": panel(80, 84), "B": panel(71)})).sigma)


def test_disconnected_round_is_refused():
    with pytest.raises(AggregatorError, match="2个互不连通的部分"):
        least_squares(ratings_of({"A": panel(80), "B": panel(None, 71)}))
