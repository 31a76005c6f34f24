"""Chances, ranges of ranks and simulated promises: against the joint posterior and published draws."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import ndtr

from review_portal.aggregator import AggregatorError, read_csv
from review_portal.aggregator.calibration import simulated_calibration
from review_portal.aggregator.mixed_model import MixedFit, Reviews, fit_mixed
from review_portal.aggregator.mixed_solver import ExactSolver
from review_portal.aggregator.mixed_spread import dossier_covariance
from review_portal.aggregator.uncertainty import expected_overlap, open_pairs, rank_uncertainty, swap_chance
from tests.aggregator import truth
from tests.aggregator.test_mixed_model import BOX_TIAO, SHROUT_FLEISS, complete, simulated


def covariance_of(fit: MixedFit) -> np.ndarray:
    """Joint posterior covariance of the dossiers' qualities."""
    assert isinstance(fit.solver, ExactSolver)
    return dossier_covariance(fit.solver, fit.variances.residual)


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32 - 1), st.integers(1, 8), st.integers(3, 5))
def test_chances_sum_to_the_places(seed: int, top: int, each: int) -> None:
    found = rank_uncertainty(
        fit_mixed(simulated(12, 6, each, seed, dossier=20, noise=4)), top=top, values=20_000
    )
    assert found.chance.sum() == pytest.approx(top)
    assert ((found.rank_low <= found.mean_rank + 0.5) & (found.mean_rank - 0.5 <= found.rank_high)).all()
    assert found.mean_rank.sum() == pytest.approx(12 * 13 / 2)


def test_everybody_is_in_with_as_many_places_as_dossiers() -> None:
    fit = fit_mixed(complete(SHROUT_FLEISS))
    assert rank_uncertainty(fit, top=9).chance == pytest.approx(np.ones(6))


def test_two_dossiers_stand_as_their_difference_says() -> None:
    reviews = simulated(2, 9, 9, seed=3, dossier=6, noise=5)
    fit = fit_mixed(reviews)
    covariance = covariance_of(fit)
    sd = np.sqrt(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
    wanted = ndtr((fit.calibrated[0] - fit.calibrated[1]) / sd)
    assert swap_chance(fit, np.array([1]), np.array([0])) == pytest.approx([wanted], abs=1e-9)
    assert rank_uncertainty(fit, top=1).chance[0] == pytest.approx(wanted, abs=0.004)


@pytest.mark.parametrize(("dossiers", "experts"), [(8, 20), (20, 8)])
def test_difference_of_two_dossiers_takes_what_they_share(dossiers: int, experts: int) -> None:
    fit = fit_mixed(simulated(dossiers, experts, 4, seed=8))
    covariance = covariance_of(fit)
    first, second = np.triu_indices(dossiers, 1)
    variance = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
    wanted = ndtr((fit.calibrated[second] - fit.calibrated[first]) / np.sqrt(variance))
    assert swap_chance(fit, first, second) == pytest.approx(wanted, abs=1e-9)


def test_open_pairs_are_those_whose_difference_may_have_either_sign() -> None:
    fit = fit_mixed(simulated(14, 7, 4, seed=8, dossier=9))
    covariance, quality = covariance_of(fit), fit.calibrated
    wanted = {}
    for one in range(14):
        for other in range(14):
            sd = np.sqrt(covariance[one, one] + covariance[other, other] - 2 * covariance[one, other])
            if one != other and 0 < quality[one] - quality[other] < 1.6448536 * sd:
                wanted[one, other] = ndtr((quality[other] - quality[one]) / sd)
    found = open_pairs(fit)
    assert dict(zip(zip(found.first, found.second, strict=True), found.chance, strict=True)) == (
        pytest.approx(wanted)
    )
    assert 10 < len(wanted) < 80
    assert found.chance.tolist() == sorted(found.chance, reverse=True)
    assert found.of_dossier.tolist() == [sum(at in pair for pair in wanted) for at in range(14)]
    stricter = open_pairs(fit, level=0.99)
    assert set(zip(found.first, found.second, strict=True)) < set(
        zip(stricter.first, stricter.second, strict=True)
    )


def test_dossiers_alike_in_everything_are_an_open_pair_in_the_order_of_the_input() -> None:
    found = open_pairs(fit_mixed(complete([[60, 62, 61], [60, 62, 61], [90, 91, 93], [20, 22, 24]])))
    assert (found.first.tolist(), found.second.tolist()) == ([0], [1])
    assert found.chance == pytest.approx([0.5])


def test_dossier_without_a_review_stands_in_no_pair() -> None:
    reviews = simulated(12, 6, 4, seed=2)
    found = open_pairs(fit_mixed(replace(reviews, dossiers=13)))
    assert 12 not in {*found.first.tolist(), *found.second.tolist()}
    assert np.isnan(found.of_dossier[12])


def test_formula_for_large_rounds_agrees_with_joint_draws() -> None:
    reviews = simulated(290, 60, 5, seed=11)
    drawn = rank_uncertainty(fit_mixed(reviews), top=30, values=6_000_000)
    formula = rank_uncertainty(fit_mixed(reviews, engine="iterative", probes=64), top=30)
    assert (drawn.draws, formula.draws) == (20688, 0)
    assert formula.chance.sum() == pytest.approx(30)
    assert formula.chance == pytest.approx(drawn.chance, abs=0.03)
    assert formula.mean_rank == pytest.approx(drawn.mean_rank, abs=2.5)
    assert formula.rank_low == pytest.approx(drawn.rank_low, abs=6)
    assert formula.rank_high == pytest.approx(drawn.rank_high, abs=6)


def test_order_of_the_input_does_not_matter() -> None:
    reviews = simulated(30, 8, 5, seed=2)
    turn = np.random.default_rng(0).permutation(30)  # dossier i becomes turn[i]
    order = np.lexsort((reviews.expert, turn[reviews.dossier]))
    turned = replace(
        reviews,
        dossier=turn[reviews.dossier][order],
        expert=reviews.expert[order],
        points=reviews.points[order],
    )
    one, other = (rank_uncertainty(fit_mixed(r), top=5) for r in (reviews, turned))
    assert other.chance[turn] == pytest.approx(one.chance, abs=0.01)


def test_overlap_lies_between_chance_and_certainty() -> None:
    clear = fit_mixed(simulated(20, 10, 10, seed=4, dossier=20, noise=1))
    blurred = fit_mixed(simulated(20, 10, 10, seed=4, dossier=3, noise=12))
    best = [np.argsort(-fit.calibrated)[:5].tolist() for fit in (clear, blurred)]
    assert 4.5 < expected_overlap(clear, best[0]) <= 5
    assert 1.25 < expected_overlap(blurred, best[1]) < 4


def test_overlap_of_a_large_round_agrees_with_draws() -> None:
    reviews = simulated(290, 60, 5, seed=11)
    fit = fit_mixed(reviews)
    best = np.argsort(-fit.calibrated)[:30].tolist()
    large = fit_mixed(reviews, engine="iterative", probes=64)
    assert expected_overlap(large, best) == pytest.approx(expected_overlap(fit, best), abs=0.3)


def test_round_without_differences_in_quality_has_no_chances() -> None:
    with pytest.raises(AggregatorError, match="看不出材料之间的质量差别"):
        rank_uncertainty(fit_mixed(complete(BOX_TIAO)), top=2)


def test_no_places_are_refused() -> None:
    with pytest.raises(AggregatorError, match="名额至少为1"):
        rank_uncertainty(fit_mixed(complete(SHROUT_FLEISS)), top=0)


def test_dossier_without_a_review_has_no_chance() -> None:
    found = rank_uncertainty(fit_mixed(replace(complete(SHROUT_FLEISS), dossiers=7)), top=2)
    assert np.isnan([found.chance[6], found.rank_low[6], found.rank_high[6]]).all()
    assert found.chance[:6].sum() == pytest.approx(2)


def test_published_chances_of_a_small_tasting_are_reached() -> None:
    case = truth.case("wine_randall_1989")
    ratings = read_csv(case / "input.csv")
    fit = fit_mixed(Reviews.of(ratings))
    wanted = {row["dossier"]: row for row in truth.rows(case / "expected_rank_posterior.csv")}
    best, first = rank_uncertainty(fit, top=3), rank_uncertainty(fit, top=1)
    for number, name in enumerate(ratings.dossiers):
        row = wanted[name]
        assert best.chance[number] == pytest.approx(float(row["p_topk"]), abs=0.003)
        assert first.chance[number] == pytest.approx(float(row["p_top1"]), abs=0.003)
        assert best.rank_low[number] == pytest.approx(float(row["rank_p05"]), abs=1)
        assert best.rank_high[number] == pytest.approx(float(row["rank_p95"]), abs=1)
        assert fit.spread.dossier[number] == pytest.approx(float(row["post_sd"]), abs=1e-4)


def test_published_chances_of_a_large_survey_are_reached() -> None:
    case = truth.case("insteval_full")
    ratings = read_csv(case / "input.csv")
    found = rank_uncertainty(fit_mixed(Reviews.of(ratings)), top=100)
    rows = {row["dossier"]: row for row in truth.rows(case / "expected_rank_posterior.csv")}

    def wanted(key: str) -> np.ndarray:
        return np.array([float(rows[name][key]) for name in ratings.dossiers])

    assert found.chance == pytest.approx(wanted("p_top100"), abs=0.015)
    assert found.mean_rank == pytest.approx(wanted("mean_rank"), abs=5)
    low, high = abs(found.rank_low - wanted("rank_p05")), abs(found.rank_high - wanted("rank_p95"))
    # the reference's quantiles rest on 2,000 draws: a few of 2,256 lie off by more than 30 ranks by chance
    assert np.concatenate((low, high)).max() < 45
    assert (np.concatenate((low, high)) > 30).sum() <= 3


def test_promises_are_kept_on_a_simulated_round() -> None:
    fit = fit_mixed(simulated(60, 12, 5, seed=1))
    kept = simulated_calibration(fit, top=6, repetitions=60)
    assert (kept.repetitions, kept.failed, int(kept.count.sum())) == (60, 0, 3600)
    assert 0.88 < kept.coverage < 0.95
    filled = kept.count > 100
    assert kept.held[filled] == pytest.approx(kept.promised[filled], abs=0.1)
    assert kept.brier < 0.1 * 0.9  # better than giving everybody the same chance


def test_same_seed_simulates_the_same_promises() -> None:
    fit = fit_mixed(simulated(20, 6, 4, seed=1))
    one, other = (simulated_calibration(fit, top=3, repetitions=5, seed=3) for _ in range(2))
    assert (one.coverage, one.brier) == (other.coverage, other.brier)
