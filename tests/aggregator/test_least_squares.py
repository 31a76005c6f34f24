import numpy as np
import pytest

from review_portal.aggregator import AggregatorError
from review_portal.aggregator.least_squares import least_squares
from tests.aggregator.cases import panel, ratings_of
from tests.aggregator.rounds import sparse_round

WEIGHTS = np.array([3.0, 0.25, 1.0, 5.0, 0.5, 2.0, 0.01])


@pytest.mark.parametrize("confidence", [None, WEIGHTS, 7 * WEIGHTS], ids=["equal", "weighted", "times seven"])
def test_effects_and_sigma_are_those_of_an_ordinary_regression(confidence):
    ratings = ratings_of({"A": panel(80, 84, 79), "B": panel(71, 70), "C": panel(None, 92, 85)})
    found = least_squares(ratings, confidence=confidence)
    root = np.append(np.sqrt(np.ones(7) if confidence is None else confidence), 1.0)
    rows = np.zeros((8, 6))  # dossiers, then the experts' columns; the last row makes severities sum to 0
    rows[np.arange(7), ratings.sheet_dossier] = 1
    rows[np.arange(7), 3 + ratings.sheet_expert] = 1
    rows[7, 3:] = 1
    points = np.append(ratings.total / 100, 0.0)
    solution = np.linalg.lstsq(root[:, None] * rows, root * points, rcond=None)[0]
    rest = root * (points - rows @ solution)
    assert np.append(found.adjusted, found.severity) == pytest.approx(solution)
    assert found.sigma == pytest.approx(np.sqrt(rest @ rest / (7 - 3 - 3 + 1)))


def test_design_without_a_rest_has_no_sigma():
    assert np.isnan(least_squares(ratings_of({"A": panel(80, 84), "B": panel(71)})).sigma)


def test_equal_confidence_changes_nothing():
    ratings = sparse_round(60, 90, 4, seed=3)
    plain, trusted = least_squares(ratings), least_squares(ratings, confidence=np.full(240, 0.3))
    assert trusted.adjusted == pytest.approx(plain.adjusted, abs=1e-8)
    assert trusted.severity == pytest.approx(plain.severity, abs=1e-8, nan_ok=True)
    assert trusted.sigma == pytest.approx(plain.sigma * np.sqrt(0.3))


def test_disconnected_round_is_refused():
    with pytest.raises(AggregatorError, match="2个互不连通的部分"):
        least_squares(ratings_of({"A": panel(80), "B": panel(None, 71)}))
