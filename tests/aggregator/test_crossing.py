from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings

from review_portal.aggregator.connectivity import components, connectivity
from review_portal.aggregator.crossing import RECOMMENDED_PER_PAIR, crossing_required
from tests.aggregator.designs import Design, design, designs, panels


def proposed(graph):
    join = connectivity(*graph).crossing
    return list(zip(join.dossier.tolist(), join.expert.tolist(), strict=True))


def with_reviews(graph, pairs):
    return Design(
        np.append(graph.sheet_dossier, [pair[0] for pair in pairs]).astype(np.int64),
        np.append(graph.sheet_expert, [pair[1] for pair in pairs]).astype(np.int64),
        graph.dossiers,
        graph.experts,
    )


@settings(deadline=None, max_examples=100)
@given(designs(9, 7))
def test_proposal_joins_every_panel_with_new_reviews_between_panels_only(graph):
    parts, join, pairs = components(*graph), connectivity(*graph).crossing, proposed(graph)
    assert len(set(pairs)) == len(pairs)
    assert not set(pairs) & set(zip(graph.sheet_dossier.tolist(), graph.sheet_expert.tolist(), strict=True))
    assert all(parts.dossier[i] != parts.expert[j] for i, j in pairs)
    assert all(parts.dossier[i] >= 0 and parts.expert[j] >= 0 for i, j in pairs)
    assert join.minimum == max(parts.count - 1, 0)
    assert components(*with_reviews(graph, pairs[: join.minimum])).connected
    joined = Counter(frozenset((int(parts.dossier[i]), int(parts.expert[j]))) for i, j in pairs)
    assert len(joined) == join.minimum
    assert set(joined.values()) <= set(range(1, RECOMMENDED_PER_PAIR + 1))


def test_fewest_reviews_come_first_and_nobody_twice_before_all_were_asked():
    # one panel: experts 0, 1 and dossiers 0-2, expert 0 without dossier 2; the other: 2-4 and 3-6, complete
    second = [(i, j) for i in range(3, 7) for j in (2, 3, 4)]
    graph = design([(0, 0), (1, 0), (0, 1), (1, 1), (2, 1), *second])
    join = connectivity(*graph).crossing
    assert (join.minimum, join.recommended) == (1, 5)
    # expert 0 has 2 reviews, the others of the second panel 4; dossier 2 has one review
    assert proposed(graph) == [(3, 0), (2, 2), (4, 1), (0, 3), (5, 0)]


def test_small_panels_are_joined_by_the_pairs_there_are():
    graph = panels((1, 1), (1, 1))
    assert connectivity(*graph).crossing.recommended == 5
    assert sorted(proposed(graph)) == [(0, 1), (1, 0)]


def test_many_panels_are_joined_without_piling_reviews_on_one():
    graph = panels(*[(5, 5)] * 64)
    added = Counter(expert for _, expert in proposed(graph))
    assert (sum(added.values()), max(added.values())) == (63 * 5, 3)


@pytest.mark.parametrize(("count", "numbers"), [(0, (0, 0)), (1, (0, 0)), (2, (1, 5)), (4, (3, 15))])
def test_required_numbers_of_crossing_reviews(count, numbers):
    assert crossing_required(count) == numbers
