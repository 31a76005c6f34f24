"""What the chair reads beside a ranking: chances where the numbers allow them, and nothing that only looks
exact."""

from dataclasses import replace
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import Notice, StageRatings, compare_rules
from review_portal.aggregator.explain import explain, remarks, usual_fluctuation
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from review_portal.aggregator.posterior import Part, Posterior
from review_portal.aggregator.uncertainty import expected_overlap, rank_uncertainty, swap_chance
from review_portal.domain.wording import sentence
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import demo_stages, panel, ratings_of
from tests.aggregator.rounds import MAXIMA, sparse_round

MEAN = Rule.shorthand("mean")


def single(ratings):
    return [StageRatings("written", Decimal(1), ratings)]


def codes(notices):
    return [entry.code for entry in notices]


def test_large_round_says_how_sure_each_place_is():
    found = explain(single(sparse_round(40, 12, 6, seed=1)), MEAN, quota=8, maxima={"written": MAXIMA})
    ranking = found.comparison.ranking
    assert not found.small
    assert [entry.dossier for entry in found.advice] == [row.dossier for row in ranking.rows]
    assert sum(entry.percent for entry in found.advice) == pytest.approx(800, abs=20)
    assert all(1 <= entry.rank_low <= entry.rank_high <= 40 for entry in found.advice)
    assert found.advice[0].percent > found.advice[-1].percent
    assert 4 < found.overlap < 8
    said = {entry.code: entry for entry in found.notices}
    assert said["overlap_expected"].params == {"quota": 8, "kept": round(found.overlap)}
    assert "不作为排序依据" in str(sentence(said["overlap_expected"]))


def test_neighbours_tell_the_published_margin_and_the_chance_of_the_other_order():
    ratings = sparse_round(40, 12, 6, seed=1)
    found = explain(single(ratings), MEAN, quota=8)
    rows = found.comparison.ranking.rows
    fit = fit_mixed(Reviews.of(ratings))
    index = {key: place for place, key in enumerate(ratings.dossiers)}
    for pair, upper, lower in zip(found.neighbours, rows, rows[1:], strict=False):
        chance = swap_chance(fit, np.array([index[upper.dossier]]), np.array([index[lower.dossier]]))
        assert (pair.upper, pair.lower) == (upper.dossier, lower.dossier)
        assert pair.margin == upper.score - lower.score
        assert pair.close == (float(pair.margin) < found.usual)
        assert pair.percent == round(100 * float(chance[0]))
    assert len(found.neighbours) == 39


def test_likely_change_across_the_cut_is_said_once():
    found = explain(single(sparse_round(40, 12, 6, seed=1)), MEAN, quota=8)
    pair = found.neighbours[7]
    assert pair.percent >= 25
    likely = [entry for entry in found.notices if entry.code == "swap_likely"]
    assert likely == [
        Notice("swap_likely", {"place": 8, "next": 9, "tenths": round(pair.percent / 10)}),
    ]


def test_tie_across_the_cut_is_left_to_the_people_who_decide_it():
    totals = {
        f"S{number:02}": panel(*(90 - 3 * number + step for step in (-2, -1, 0, 1, 2)))
        for number in range(12)
    }
    totals["S05"] = totals["S04"]
    found = explain(single(ratings_of(totals)), MEAN, quota=5)
    assert found.comparison.ranking.straddles
    assert found.overlap is None
    assert {"swap_likely", "overlap_expected"}.isdisjoint(codes(found.notices))
    assert "tie_straddles_cut" in codes(found.notices)


@pytest.mark.parametrize(
    ("dossiers", "each", "code"),
    [(9, 6, "few_dossiers"), (12, 4, "few_reviews")],
    ids=["dossiers", "reviews"],
)
def test_small_round_has_no_chance_no_range_and_no_coefficient(dossiers, each, code):
    found = explain(single(sparse_round(dossiers, 8, each, seed=5)), MEAN, quota=3)
    assert found.small
    assert (found.advice, found.overlap) == ((), None)
    assert {pair.percent for pair in found.neighbours} == {None}
    assert found.notices[0].code == code
    assert {"swap_likely", "overlap_expected", "advice_not_computed"}.isdisjoint(codes(found.notices))
    assert not any("成" in str(sentence(entry)) or "%" in str(sentence(entry)) for entry in found.notices)


def test_dossier_listed_apart_with_few_reviews_silences_nobody():
    whole = sparse_round(12, 8, 6, seed=5)
    own = [key for key in whole.sheet_keys() if key[0] == "S0003"]
    ratings = whole.without(sheets=own[2:])
    ranked = explain(single(ratings), MEAN, quota=3)
    assert ranked.small
    assert ranked.notices[0].code == "few_reviews"
    apart = explain(single(ratings), MEAN, quota=3, absent={"S0003": "withdrawn"})
    assert not apart.small
    assert len(apart.advice) == 11
    assert "few_reviews" not in codes(apart.notices)


def test_demonstration_call_gets_the_sentences_of_a_small_round():
    found = explain(
        demo_stages(),
        Rule.shorthand("severity"),
        quota=3,
        absent={"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted"},
    )
    assert found.small
    assert found.notices[0] == Notice("few_dossiers", {"minimum": 10})


def test_round_without_a_model_keeps_its_ranking_and_says_that_chances_are_missing():
    """Experts that agree to the point leave no chance variation to estimate."""
    totals = {f"S{number:02}": panel(*(90 - number + step for step in range(5))) for number in range(12)}
    found = explain(single(ratings_of(totals)), MEAN, quota=4)
    assert found.fits == ()
    assert "没有偶然波动" in str(found.problem)
    assert found.advice == ()
    assert codes(found.notices).count("advice_not_computed") == 1
    assert len(found.comparison.ranking.rows) == 12


def test_parts_that_cannot_be_compared_are_said_once():
    """Two stages over the same two panels make one remark, not two."""
    totals = {
        f"S{number:02}": {
            f"E{expert + 5 * (number % 2)}": Decimal(80 - number + expert * (number % 3))
            for expert in range(5)
        }
        for number in range(12)
    }
    ratings = ratings_of(totals)
    stages = [StageRatings("one", Decimal("0.5"), ratings), StageRatings("two", Decimal("0.5"), ratings)]
    found = explain(stages, MEAN, quota=4)
    assert codes(found.notices).count("panels_not_connected") == 1


def test_groups_levelled_each_by_itself_get_no_changes_tried_out():
    """Severity decides in each group; what leaving out an expert of one would do is said by no equations."""
    totals = {
        f"S{number:02}": {
            f"{'RE'[number % 2]}{expert}": Decimal(80 - number + expert * (number % 3)) for expert in range(5)
        }
        for number in range(12)
    }
    group_of = {dossier: str(number % 2) for number, dossier in enumerate(totals)}
    ratings = ratings_of(totals)
    stages = [StageRatings("written", Decimal(1), ratings, None, group_of)]
    found = explain(stages, Rule.shorthand("severity"), quota=4)
    assert found.comparison.ranking.stages[0].result.normalize == "severity"
    assert codes(found.stability.notices) == ["stability_not_in_groups"]
    assert (found.stability.experts, found.stability.joint) == ((), None)
    assert found.stability.within == found.comparison.ranking.within


def test_other_rules_and_stability_are_those_of_their_own_functions():
    stages = single(sparse_round(15, 8, 6, seed=3))
    found = explain(stages, MEAN, quota=4, maxima={"written": MAXIMA})
    alone = compare_rules(stages, MEAN, quota=4)
    assert [entry.notices for entry in found.comparison.others] == [entry.notices for entry in alone.others]
    assert len(found.stability.experts) == 8
    assert len(found.stability.weights) == 4
    for entry in found.stability.notices:
        assert entry in found.notices


def test_first_screen_of_a_large_round_stays_short():
    """Many changes under a rule are counted, of many ties only the one at the cut is told."""
    ratings = sparse_round(400, 40, 5, seed=4, step=1000)
    found = explain(single(ratings), MEAN, quota=60)
    ranking = found.comparison.ranking
    assert len(ranking.ties) > 5
    at_cut = {name for tie in ranking.ties if tie.at_cut for part in tie.order for name in part}
    for entry in found.notices:
        if entry.code.startswith("tie_"):
            assert at_cut.issuperset(entry.params["dossiers"])
    (median,) = [other for other in found.comparison.others if other.name == "median"]
    changes = {"entering": len(median.entered), "leaving": len(median.left)}
    assert Notice("rule_many_changes", {"rule": "median", "quota": 60, **changes}) in found.notices
    assert len(found.notices) < 30


def test_every_notice_has_its_sentence():
    for ratings in (sparse_round(40, 12, 6, seed=1), sparse_round(5, 5, 5, seed=2)):
        found = explain(single(ratings), MEAN, quota=3, maxima={"written": MAXIMA})
        assert all(str(sentence(entry)) for entry in found.notices)


@settings(max_examples=10, deadline=None)
@given(st.integers(0, 2**32 - 1), st.sampled_from(["0.3", "0.5", "0.9"]))
def test_stages_add_by_weight_and_their_chances_sum_to_the_places(seed, weight):
    one, two = sparse_round(14, 8, 5, seed), sparse_round(14, 6, 5, seed + 1)
    place, share = np.arange(14), float(weight)
    fits = [fit_mixed(Reviews.of(ratings)) for ratings in (one, two)]
    both = Posterior((Part(share, fits[0], place), Part(1 - share, fits[1], place)))
    alone = [Posterior.of(fit) for fit in fits]
    assert both.mean == pytest.approx(share * alone[0].mean + (1 - share) * alone[1].mean)
    assert both.covariance(place) == pytest.approx(
        share**2 * alone[0].covariance(place) + (1 - share) ** 2 * alone[1].covariance(place)
    )
    covariance = both.covariance(place)
    first, second = np.triu_indices(14, 1)
    assert both.difference_variance(first, second) == pytest.approx(
        covariance[first, first] + covariance[second, second] - 2 * covariance[first, second], abs=1e-9
    )
    if both.tells_dossiers_apart:
        assert rank_uncertainty(both, top=4, values=20_000).chance.sum() == pytest.approx(4)
        assert 0 <= expected_overlap(both, [0, 1, 2], seed=1) <= 3


def test_stage_of_weight_nothing_changes_nothing():
    fits = [fit_mixed(Reviews.of(sparse_round(14, 8, 5, seed))) for seed in (1, 2)]
    place = np.arange(14)
    both = Posterior((Part(1.0, fits[0], place), Part(0.0, fits[1], place)))
    assert rank_uncertainty(both, top=3).chance == pytest.approx(rank_uncertainty(fits[0], top=3).chance)


def test_dossier_without_a_review_in_some_stage_has_no_chance():
    reviews = [Reviews.of(sparse_round(14, 8, 5, seed)) for seed in (1, 2)]
    fits = [fit_mixed(reviews[0]), fit_mixed(replace(reviews[1], dossiers=15))]
    place = np.arange(14)
    place[5] = 14  # the second stage has no review of it
    found = rank_uncertainty(Posterior((Part(0.5, fits[0], np.arange(14)), Part(0.5, fits[1], place))), top=4)
    assert np.flatnonzero(np.isnan(found.chance)).tolist() == [5]
    assert np.nansum(found.chance) == pytest.approx(4)


def test_nobody_to_select_leaves_the_ranking_without_chances():
    found = explain(single(sparse_round(20, 12, 6, seed=1)), MEAN, quota=0)
    assert len(found.comparison.ranking.rows) == 20
    assert (found.advice, found.overlap, found.problem) == ((), None, None)


def test_round_that_shows_no_difference_in_quality_says_that_chances_are_missing():
    totals = {f"S{i:02}": panel(*(80 + (-1) ** (i + j) for j in range(6))) for i in range(12)}
    found = explain(single(ratings_of(totals)), MEAN, quota=3)
    assert (found.problem, found.fits[0].variances.dossier, found.advice) == (None, 0.0, ())
    assert codes(found.notices).count("advice_not_computed") == 1


@pytest.mark.parametrize("step", range(1, 12))
def test_margin_said_to_be_smaller_reads_as_smaller(step):
    """Up to the last hundredth below the usual fluctuation, whichever way its tenths are rounded."""
    off = [np.roll([3 * step, -3 * step, step, -step, 0], 2 * row + row // 3) for row in range(6)]

    def ranked(gap):
        totals = {
            f"S{row}": panel(*(Decimal(int(8000 + 10 * value - gap * (row > 2))).scaleb(-2) for value in own))
            for row, own in enumerate(off)
        }
        return compare_rules(single(ratings_of(totals)), MEAN, quota=3).ranking

    usual = usual_fluctuation(ranked(0).stages[0].result)
    (said,) = (entry for entry in remarks(ranked(int(100 * usual))) if entry.code == "margin_below_usual")
    assert said.params["margin"] == f"{int(100 * usual) / 100:.2f}"
    assert Decimal(str(said.params["margin"])) < Decimal(str(said.params["usual"]))
