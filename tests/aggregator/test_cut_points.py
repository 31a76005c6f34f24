import numpy as np
from hypothesis import given, settings

from review_portal.aggregator.connectivity import connectivity
from tests.aggregator.designs import design, designs, panels, parts


def dossiers_in(part):
    return sum(kind == "dossier" for kind, _ in part)


def by_removal(graph):
    """Every dossier, expert and review whose removal leaves more parts, with the dossiers then cut off."""
    pairs = list(zip(graph.sheet_dossier.tolist(), graph.sheet_expert.tolist(), strict=True))
    dossiers, experts = {i for i, _ in pairs}, {j for _, j in pairs}
    before = parts(pairs, dossiers, experts)

    def loss(node, rest, dossiers, experts):
        whole = next(part for part in before if node in part)
        left = [part for part in parts(rest, dossiers, experts) if part < whole]
        held = sorted(dossiers_in(part) for part in left)
        return sum(held[:-1]) if len(left) > 1 else None

    of_dossier = {
        i: loss(("dossier", i), [pair for pair in pairs if pair[0] != i], dossiers - {i}, experts)
        for i in dossiers
    }
    of_expert = {
        j: loss(("expert", j), [pair for pair in pairs if pair[1] != j], dossiers, experts - {j})
        for j in experts
    }
    of_review = {
        row: loss(("dossier", pair[0]), pairs[:row] + pairs[row + 1 :], dossiers, experts)
        for row, pair in enumerate(pairs)
    }
    return [
        {key: value for key, value in sorted(found.items()) if value is not None}
        for found in (of_dossier, of_expert, of_review)
    ]


def found_in(graph):
    cut = connectivity(*graph).cut_points
    columns = (
        (cut.dossier, cut.dossier_cut_off),
        (cut.expert, cut.expert_cut_off),
        (cut.review, cut.review_cut_off),
    )
    return [dict(zip(key.tolist(), value.tolist(), strict=True)) for key, value in columns]


@settings(deadline=None, max_examples=150)
@given(designs())
def test_cut_points_are_those_whose_removal_leaves_more_parts(graph):
    assert found_in(graph) == by_removal(graph)


def test_long_chain_hangs_on_everything_between_its_ends():
    # D0 - E0 - D1 - E1 - ... - D999 - E999
    links = [(i, i) for i in range(1000)] + [(i + 1, i) for i in range(999)]
    dossiers, experts, reviews = found_in(design(links))
    assert dossiers == {i: min(i, 999 - i) for i in range(1, 1000)}
    assert experts == {i: min(i + 1, 999 - i) for i in range(999)}
    assert reviews == {
        **{i: min(i + 1, 999 - i) for i in range(1000)},
        **{1000 + i: min(i + 1, 999 - i) for i in range(999)},
    }


def test_one_expert_who_alone_saw_everything_holds_it_together():
    star = design([(i, 0) for i in range(5000)])
    dossiers, experts, reviews = found_in(star)
    assert (dossiers, experts) == ({}, {0: 4999})
    assert reviews == dict.fromkeys(range(5000), 1)


def test_only_crossing_review_its_expert_and_its_dossier_are_cut_points():
    # panels of 3 dossiers x 2 experts and 4 x 3; expert 1 of the first also sees dossier 3 of the second
    graph = panels((3, 2), (4, 3), crossing=[(3, 1)])
    assert found_in(graph) == [{3: 3}, {1: 3}, {6 + 12: 3}]


def test_two_crossing_reviews_of_one_expert_hang_on_him_alone():
    assert found_in(panels((3, 2), (4, 3), crossing=[(3, 1), (4, 1)])) == [{}, {1: 3}, {}]


def test_complete_panel_hangs_on_nothing():
    cut = connectivity(*panels((4, 3))).cut_points
    assert [part.size for part in (cut.dossier, cut.expert, cut.review)] == [0, 0, 0]
    assert cut.review.dtype == np.int64
