import math

import numpy as np
import pytest
from hypothesis import assume, given, settings

from review_portal.aggregator import contrasts
from review_portal.aggregator.connectivity import components
from review_portal.aggregator.contrasts import precision
from tests.aggregator.designs import Design, design, designs, panels


def information(graph):
    """C of the reviewed dossiers, dense."""
    incidence = np.zeros((graph.dossiers, graph.experts))
    incidence[graph.sheet_dossier, graph.sheet_expert] = 1.0
    incidence = incidence[incidence.any(axis=1)][:, incidence.any(axis=0)]
    return np.diag(incidence.sum(axis=1)) - incidence / incidence.sum(axis=0) @ incidence.T


def effective_resistance(graph, one, other):
    """Between two dossiers, from the whole Laplacian of the review graph."""
    size = graph.dossiers + graph.experts
    laplacian = np.zeros((size, size))
    for i, j in zip(graph.sheet_dossier, graph.sheet_expert + graph.dossiers, strict=True):
        laplacian[[i, j], [i, j]] += 1
        laplacian[[i, j], [j, i]] -= 1
    unit = np.zeros(size)
    unit[one], unit[other] = 1, -1
    return unit @ np.linalg.pinv(laplacian) @ unit


@settings(deadline=None, max_examples=80)
@given(designs())
def test_figures_are_those_of_the_dense_information_matrix(graph):
    assume(components(*graph).count == 1 and np.unique(graph.sheet_dossier).size > 1)
    found, matrix = precision(*graph), information(graph)
    n = len(matrix)
    positive = np.linalg.eigvalsh(matrix)[1:]
    replication = graph.sheet_dossier.size / n
    assert found.efficiency == pytest.approx((n - 1) / (1 / positive).sum() / replication)
    if found.weakest is not None:
        side = found.weakest.dossiers[np.unique(graph.sheet_dossier)]
        contrast = np.where(side, 1 / side.sum(), -1 / (~side).sum())
        assert found.weakest.standard_error == pytest.approx(
            math.sqrt(contrast @ np.linalg.pinv(matrix) @ contrast)
        )
        assert found.weakest.standard_error > found.weakest.least_error - 1e-9
        crossing = found.weakest.dossiers[graph.sheet_dossier] != found.weakest.experts[graph.sheet_expert]
        assert found.weakest.reviews == crossing.sum()
        assert found.weakest.sizes == (side.sum(), (~side).sum())


def test_contrast_variance_is_the_effective_resistance():
    graph = panels((3, 2), (4, 3), crossing=[(3, 1)])
    inverse = np.linalg.pinv(information(graph))
    assert inverse[0, 0] + inverse[6, 6] - 2 * inverse[0, 6] == pytest.approx(
        effective_resistance(graph, 0, 6)
    )


def test_complete_panel_is_fully_efficient_and_has_no_weakest_link():
    found = precision(*panels((6, 4)))
    assert (found.efficiency, found.bound, found.weakest) == (pytest.approx(1), 1, None)


def test_balanced_incomplete_blocks_reach_the_bound():
    # 7 dossiers, 7 experts with 3 each, every two dossiers share one (the Fano plane): v (k-1) / k (v-1)
    fano = design([((i + shift) % 7, i) for i in range(7) for shift in (0, 1, 3)])
    found = precision(*fano)
    assert found.efficiency == pytest.approx(7 * 2 / (3 * 6))
    assert found.bound == pytest.approx(7 * 2 / (3 * 6))


def test_weakest_link_is_where_two_panels_meet():
    link = precision(*panels((4, 3), (9, 3), crossing=[(0, 3), (5, 1)])).weakest
    assert (link.sizes, link.reviews) == ((4, 9), 2)
    assert link.dossiers.tolist() == [True] * 4 + [False] * 9
    assert link.experts.tolist() == [True] * 3 + [False] * 3
    assert link.least_error == pytest.approx(math.sqrt(0.5))


@pytest.mark.parametrize("turned", [False, True])
def test_iteration_gives_what_elimination_gives(monkeypatch, turned):
    random = np.random.default_rng(20230217)
    dossier = np.repeat(np.arange(200), 4)
    expert = dossier // 50 * 20 + random.integers(0, 20, dossier.size)
    expert[::40] = random.integers(0, 80, expert[::40].size)
    pairs = np.unique(dossier * 80 + expert)
    graph = Design(pairs // 80, pairs % 80, 200, 80)
    if turned:
        graph = Design(graph.sheet_expert, graph.sheet_dossier, 80, 200)
    exact = precision(*graph)
    monkeypatch.setattr(contrasts, "EXACT_LEVELS", 0)
    iterative = precision(*graph)
    assert iterative.efficiency is None
    assert iterative.weakest.dossiers.tolist() == exact.weakest.dossiers.tolist()
    assert iterative.weakest.standard_error == pytest.approx(exact.weakest.standard_error, rel=1e-8)


def test_iteration_that_does_not_settle_gives_no_error(monkeypatch):
    monkeypatch.setattr(contrasts, "EXACT_LEVELS", 0)
    monkeypatch.setattr(contrasts, "_ITERATIONS", 1)
    link = precision(*panels((4, 3), (9, 5), (6, 2), crossing=[(0, 3), (5, 9)])).weakest
    assert link.standard_error is None
    assert link.least_error == 1.0


def test_single_dossier_has_no_contrast():
    found = precision(*panels((1, 5)))
    assert (found.efficiency, found.bound, found.weakest) == (None, None, None)
