"""What was planted is found, what is clean stays unnamed, and below the least sizes nothing is claimed."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError, Notice, anomalies
from review_portal.aggregator.anomalies import find_anomalies
from review_portal.domain.wording import sentence
from tests.aggregator.simulated import fitted, simulated_round

ODD = 3  # the expert in whom something is planted


def looked_at(ratings, **options):
    return find_anomalies(ratings, fitted(ratings), **options)


def of_kind(found, kind):
    return [(*entry.experts, entry.dossier) if entry.dossier else entry.experts for entry in found.findings
            if entry.kind == kind]  # fmt: skip


def much_too_high(draw):
    draw.points[draw.of(ODD) & (draw.dossier == 7)] += 45 / 4


def strict(draw):
    draw.points[draw.of(ODD)] -= 28 / 4


def noisy(draw):
    draw.points[draw.of(ODD)] += draw.random.normal(0, 14 / 2, (60, 4))


def near(draw):
    draw.set_total(draw.of(ODD), draw.level[draw.of(ODD)])


def crowded(draw):
    draw.set_total(draw.of(ODD), 70 + draw.random.normal(0, 1.5, 60))


def haloed(draw):
    own = draw.of(ODD)
    draw.points[own] = draw.points[own].mean(axis=1, keepdims=True)


def to_fives(draw):
    own = draw.of(ODD)
    draw.set_total(own, 5 * np.rint(draw.points[own].sum(axis=1) / 5))
    whole = 5 * np.rint(draw.points[own].sum(axis=1) / 5)
    draw.points[own] = np.rint(draw.points[own])
    draw.points[own, 0] += whole - draw.points[own].sum(axis=1)


def few_figures(draw):
    own = draw.of(ODD)
    total = np.array([62.0, 74.0, 83.0])[np.searchsorted([66, 78], draw.points[own].sum(axis=1))]
    draw.points[own] = np.rint(draw.points[own])
    draw.points[own, 0] += total - draw.points[own].sum(axis=1)


def copied(draw):
    draw.points[draw.of(ODD + 1)] = draw.points[draw.of(ODD)]


@pytest.mark.parametrize(
    ("plant", "kind", "who", "code"),
    [
        (much_too_high, "review", ("E03", "S007"), "anomaly_review"),
        (strict, "severity", ("E03",), "anomaly_strict"),
        (noisy, "noise", ("E03",), "anomaly_noisy"),
        (near, "noise", ("E03",), "anomaly_close"),
        (crowded, "central_tendency", ("E03",), "anomaly_crowded"),
        (haloed, "halo", ("E03",), "anomaly_halo"),
        (to_fives, "round_numbers", ("E03",), "anomaly_round_numbers"),
        (few_figures, "ties", ("E03",), "anomaly_ties"),
        (copied, "agreement", ("E03", "E04"), "anomaly_agreement"),
    ],
    ids=lambda value: value.__name__ if callable(value) else "",
)
def test_planted_anomaly_is_found_before_any_other_of_its_kind(plant, kind, who, code):
    found = looked_at(simulated_round(2023, plant))
    named = of_kind(found, kind)
    assert (named[0], len(named)) in ((who, 1), (who, 2))  # one of its kind may be there by chance
    entry = next(entry for entry in found.findings if entry.kind == kind)
    assert entry.q < 0.05
    assert entry.notice().code == code
    assert "提请关注" in str(sentence(entry.notice()))
    assert found.notices[0] == Notice("anomaly_prompts", {"percent": 5})


def test_clean_rounds_stay_within_the_rate():
    """At a rate of 5 % ten of 60 rounds with a finding of one kind would be a chance of 1 in 1,500."""
    rounds = Counter()
    for seed in range(60):
        rounds.update({entry.kind for entry in looked_at(simulated_round(seed)).findings})
    assert max(rounds.values()) < 10


def test_planted_outliers_are_found_at_the_rate_among_many():
    """Twenty of 1,200 reviews moved by 60 points: nearly all found, few others named."""
    moved = {}

    def scattered(draw):
        rows = draw.random.choice(draw.dossier.size, 20, replace=False)
        draw.points[rows] += draw.random.choice((-15, 15), (20, 1))
        moved.update(dict.fromkeys(zip(draw.expert[rows].tolist(), draw.dossier[rows].tolist(), strict=True)))

    ratings = simulated_round(5, scattered, dossiers=240, experts=30, each=5)
    named = set(of_kind(looked_at(ratings), "review"))
    truth = {(f"E{expert:02d}", f"S{dossier:03d}") for expert, dossier in moved}
    assert len(named & truth) >= 17
    assert len(named - truth) <= 2


def test_review_is_held_against_what_the_others_predict():
    found = looked_at(simulated_round(2023, much_too_high))
    (entry,) = [entry for entry in found.findings if entry.kind == "review"]
    clean = simulated_round(2023)
    row = clean.sheet_keys().index(("S007", "E03"))
    assert entry.figure == pytest.approx(clean.total[row] / 100 + 45, abs=1)
    assert entry.usual == pytest.approx(clean.total[row] / 100, abs=25)
    assert entry.figure - entry.usual > 15


def test_small_residuals_are_not_reported_however_sure():
    ratings = simulated_round(2023, much_too_high)
    assert of_kind(looked_at(ratings, least_points=60.0), "review") == []


def generous_at_home(draw):
    """Experts and dossiers belong to three places by turns; expert ODD favours his own."""
    draw.points[draw.of(ODD) & (draw.dossier % 3 == ODD % 3)] += 16 / 4


PLACES = ("甲区", "乙区", "丙区")


def at_home(ratings):
    return {
        "expert_affiliation": [PLACES[number % 3] for number in range(len(ratings.experts))],
        "dossier_affiliation": [PLACES[number % 3] for number in range(len(ratings.dossiers))],
    }


def test_expert_who_favours_his_own_is_found():
    ratings = simulated_round(2023, generous_at_home)
    found = looked_at(ratings, **at_home(ratings))
    assert of_kind(found, "own_affiliation") == [("E03",)]
    (entry,) = [entry for entry in found.findings if entry.kind == "own_affiliation"]
    assert (entry.reviews, entry.notice().code) == (20, "anomaly_own_higher")


@pytest.mark.parametrize(("shift", "code"), [(5, "affiliation_higher"), (-5, "affiliation_lower")])
def test_common_favour_for_ones_own_is_told_of_all_experts_together(shift, code):
    def shifted(draw):
        draw.points[draw.expert % 3 == draw.dossier % 3] += shift / 4

    ratings = simulated_round(2023, shifted)
    found = looked_at(ratings, **at_home(ratings))
    assert found.affiliation.own == 240
    assert found.affiliation.p_within == 0.001  # beyond all 999 permutations
    assert [entry.code for entry in found.notices[:2]] == ["anomaly_prompts", code]
    assert "提请关注" in str(sentence(found.notices[1]))


def test_unknown_affiliations_claim_nothing():
    ratings = simulated_round(1)
    nobody = {"expert_affiliation": [None] * 12, "dossier_affiliation": [None] * 60}
    found = looked_at(ratings, **nobody)
    assert found.affiliation is None
    assert Notice("anomaly_few_own", {"minimum": 5}) in found.notices


def test_few_dossiers_claim_nothing_at_all():
    found = looked_at(simulated_round(1, dossiers=9))
    assert (found.findings, found.compared) == ((), {})
    assert found.notices == (Notice("anomaly_few_dossiers", {"minimum": 10}),)


def test_few_experts_with_enough_reviews_are_not_compared():
    found = looked_at(simulated_round(1, experts=4, each=4))
    assert set(found.compared) == {"review", "agreement"}
    assert Notice("anomaly_few_experts", {"minimum": 5, "reviews": 10}) in found.notices


def test_experts_with_few_reviews_are_left_out_and_counted():
    ratings = simulated_round(1, dossiers=30, experts=20, each=7)
    reviews = np.bincount(ratings.sheet_expert)
    few = int((reviews < 10).sum())
    assert few > 0
    found = looked_at(ratings)
    assert Notice("anomaly_few_reviews", {"experts": few, "minimum": 10}) in found.notices
    assert set(found.compared["halo"].who.tolist()) == set(np.flatnonzero(reviews >= 10).tolist())


def test_experts_without_common_dossiers_are_not_paired():
    found = looked_at(simulated_round(1, dossiers=60, experts=60, each=3))
    assert Notice("anomaly_few_common", {"minimum": 10}) in found.notices


def test_round_too_large_for_pairs_says_so(monkeypatch):
    monkeypatch.setattr(anomalies, "LARGEST", 100)
    found = looked_at(simulated_round(1))
    assert "agreement" not in found.compared
    assert Notice("anomaly_pairs_too_many") in found.notices


def test_single_criterion_is_not_looked_at_for_halo():
    found = looked_at(simulated_round(1, criteria=1))
    assert "halo" not in found.compared
    assert Notice("anomaly_one_criterion") in found.notices


@pytest.mark.parametrize(("plant", "kind"), [(to_fives, "round_numbers"), (few_figures, "ties")])
def test_habits_of_writing_are_those_of_the_sheet_whatever_an_item_counts(plant, kind):
    ratings = simulated_round(2023, plant)
    assert of_kind(looked_at(ratings.averaged()), kind) == of_kind(looked_at(ratings), kind) != []


def test_every_notice_has_its_sentence():
    for options in ({"dossiers": 9}, {"criteria": 1}, {"experts": 4, "each": 4}, {"experts": 60, "each": 3}):
        for entry in looked_at(simulated_round(1, **options)).notices:
            assert "%(" not in str(sentence(entry))


def test_fit_of_other_ratings_is_refused():
    one, other = simulated_round(1), simulated_round(1, each=6)
    with pytest.raises(AggregatorError, match="不是由这些评分得出的"):
        find_anomalies(one, fitted(other))


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"expert_affiliation": ["甲区"] * 12}, "请补齐"),
        ({"expert_affiliation": ["甲区"] * 11, "dossier_affiliation": ["甲区"] * 60}, "归属共11项，应为12项"),
    ],
)
def test_incomplete_affiliations_are_refused(given, reason):
    with pytest.raises(AggregatorError, match=reason):
        looked_at(simulated_round(1), **given)


@settings(deadline=None, max_examples=6)
@given(st.integers(0, 1000), st.randoms(use_true_random=False))
def test_findings_do_not_depend_on_the_order_of_dossiers_and_experts(seed, random):
    def odd(draw):
        much_too_high(draw)
        haloed(draw)

    ratings = simulated_round(seed, odd)
    dossiers, experts = (random.sample(range(size), size) for size in (60, 12))
    new_dossier, new_expert = np.argsort(dossiers), np.argsort(experts)
    key = new_dossier[ratings.sheet_dossier] * 12 + new_expert[ratings.sheet_expert]
    order = np.argsort(key)
    turned = replace(
        ratings,
        dossiers=tuple(ratings.dossiers[number] for number in dossiers),
        experts=tuple(ratings.experts[number] for number in experts),
        sheet_dossier=key[order] // 12,
        sheet_expert=key[order] % 12,
        points=ratings.points[order],
    )

    def told(found):
        return sorted(
            (entry.kind, *sorted(entry.experts), entry.dossier or "", entry.reviews, round(entry.figure, 6))
            for entry in found.findings
        )

    assert told(looked_at(turned)) == told(looked_at(ratings))
