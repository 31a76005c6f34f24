from itertools import combinations, product

import numpy as np
import pytest
from scipy.stats import ttest_ind

from review_portal.aggregator import affiliation
from review_portal.aggregator.affiliation import overall, own_reviews, per_expert
from tests.aggregator.test_expert_habits import complete


def test_own_reviews_are_those_of_one_affiliation_and_none_is_none():
    residuals = complete(2, 3)
    own = own_reviews(residuals, ["甲", None, "乙"], ["乙", None])
    assert own.tolist() == [False, False, True, False, False, False]


def random_round(dossiers=20, experts=6, seed=1, rate=0.3):
    random = np.random.default_rng(seed)
    residuals = complete(dossiers, experts, random.normal(0, 2, (dossiers, experts)))
    return residuals, random.random(dossiers * experts) < rate


def test_difference_and_chance_are_welchs():
    residuals, own = random_round()
    found, known = (
        overall(residuals, own, 0),
        ttest_ind(residuals.value[own], residuals.value[~own], equal_var=False),
    )
    assert (found.own, found.others) == (own.sum(), (~own).sum())
    assert found.difference == pytest.approx(residuals.value[own].mean() - residuals.value[~own].mean())
    assert found.p == pytest.approx(known.pvalue)


def test_every_expert_with_enough_of_both_kinds_is_compared():
    residuals, own = random_round(rate=0.4)
    own[residuals.expert == 2] = False
    found = per_expert(residuals, own)
    assert 2 not in found.who.tolist()
    for place, who in enumerate(found.who.tolist()):
        mine = residuals.expert == who
        known = ttest_ind(residuals.value[mine & own], residuals.value[mine & ~own], equal_var=False)
        assert found.p[place] == pytest.approx(known.pvalue)
        assert found.reviews[place] == (mine & own).sum()


def test_permutations_agree_with_all_choices_within_experts(monkeypatch):
    monkeypatch.setattr(affiliation, "_PERMUTATIONS", 9999)
    monkeypatch.setattr(affiliation, "LEAST_OWN", 2)
    residuals = complete(5, 2, np.random.default_rng(2).normal(0, 2, (5, 2)))
    own = np.array([[1, 0], [0, 1], [1, 0], [0, 0], [0, 0]], dtype=bool).ravel()
    value = residuals.value.reshape(5, 2) - residuals.value.reshape(5, 2).mean(axis=0)
    sums = [value[list(a), 0].sum() + value[b, 1] for a, b in product(combinations(range(5), 2), range(5))]
    seen = abs(value[[0, 2], 0].sum() + value[1, 1])
    exact = np.mean(np.abs(sums) >= seen - 1e-9)
    assert overall(residuals, own, 7).p_within == pytest.approx(exact, abs=0.02)


def test_normal_limit_agrees_with_the_drawn_permutations(monkeypatch):
    residuals, own = random_round(dossiers=60, experts=10, seed=3)
    drawn = overall(residuals, own, 1).p_within
    monkeypatch.setattr(affiliation, "DRAWN_REVIEWS", 0)
    assert overall(residuals, own, 1).p_within == pytest.approx(drawn, abs=0.05)


def test_permutations_are_those_of_their_seed():
    residuals, own = random_round()
    assert overall(residuals, own, 4) == overall(residuals, own, 4)


def test_expert_whose_own_dossiers_are_all_he_saw_is_no_evidence_within_experts():
    residuals = complete(20, 2, np.random.default_rng(5).normal(0, 2, (20, 2)))
    own = residuals.expert == 0
    assert overall(residuals, own, 0).p_within is None


def test_too_few_own_reviews_claim_nothing():
    residuals, own = random_round()
    own[:] = False
    own[:4] = True
    assert overall(residuals, own, 0) is None
    assert per_expert(residuals, own).who.size == 0


def test_residuals_that_do_not_vary_differ_by_no_chance():
    residuals, own = random_round()
    residuals.value[:] = 0.0
    assert overall(residuals, own, 0).p == 1.0
