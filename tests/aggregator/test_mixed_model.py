"""The calibrated layer: variances, effects and their spread against definitions and published fits."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import AggregatorError, mixed_model, mixed_reml, read_csv
from review_portal.aggregator.connectivity import components
from review_portal.aggregator.mixed_equations import equations
from review_portal.aggregator.mixed_model import Engine, MixedFit, Reviews, fit_mixed
from review_portal.aggregator.mixed_reml import Observed, Variances, evaluate
from review_portal.aggregator.mixed_solver import ExactSolver, IterativeSolver
from review_portal.aggregator.mixed_spread import dossier_covariance
from tests.aggregator import truth
from tests.aggregator.dense import dense, posterior
from tests.aggregator.rounds import sparse_round

# Six dossiers by four experts: Shrout, Fleiss 1979, table 2.
SHROUT_FLEISS = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
# Five yields of six batches, simulated so that the batches do not differ: Box, Tiao 1973, table 5.1.4.
BOX_TIAO = (
    (7.298, 3.846, 2.434, 9.566, 7.990), (5.220, 6.556, 0.608, 11.788, -0.892),
    (0.110, 10.386, 13.434, 5.510, 8.166), (2.212, 4.852, 7.092, 9.288, 4.980),
    (0.282, 9.014, 4.458, 9.446, 7.198), (1.722, 4.782, 8.106, 0.758, 3.758),
)  # fmt: skip
START = Variances(2.0, 5.0, 0.5, 1.2)


def complete(table: tuple[tuple[float, ...], ...]) -> Reviews:
    """A table of points, one row a dossier."""
    points = np.array(table, dtype=float)
    rows, columns = points.shape
    return Reviews(
        np.repeat(np.arange(rows), columns), np.tile(np.arange(columns), rows), points.ravel(), rows, columns
    )


def simulated(
    dossiers: int,
    experts: int,
    each: int,
    seed: int,
    *,
    dossier: float = 5,
    expert: float = 4,
    noise: float = 8,
) -> Reviews:
    """Random reviews: `each` experts per dossier, normal effects."""
    random = np.random.default_rng(seed)
    chosen = np.sort(np.stack([random.permutation(experts)[:each] for _ in range(dossiers)]), axis=1)
    row, column = np.repeat(np.arange(dossiers), each), chosen.ravel()
    quality, severity = random.normal(0, dossier, dossiers), random.normal(0, expert, experts)
    points = 70 + quality[row] + severity[column] + random.normal(0, noise, row.size)
    return Reviews(row, column, points, dossiers, experts)


def system_of(reviews: Reviews, noise: np.ndarray | None = None) -> tuple[object, Observed]:
    """Equations and observed sums about zero."""
    system = equations(
        reviews.dossier, reviews.expert, dossiers=reviews.dossiers, experts=reviews.experts,
        group=reviews.group, noise=noise,
    )  # fmt: skip
    weighted = reviews.points if noise is None else reviews.points / noise[reviews.expert]
    data = system.of_reviews(weighted, reviews.dossier, reviews.expert)
    return system, Observed(data, float(reviews.points @ weighted))


designs = st.builds(  # at least 18 reviews and at most 16 levels
    simulated,
    dossiers=st.integers(6, 9),
    experts=st.integers(4, 7),
    each=st.integers(3, 4),
    seed=st.integers(0, 2**32 - 1),
)


@settings(max_examples=30, deadline=None)
@given(designs, st.booleans(), st.booleans(), st.integers(0, 2**32 - 1))
def test_criterion_score_and_information_follow_their_definitions(
    reviews: Reviews, panels: bool, noisy: bool, seed: int
) -> None:
    if panels:
        reviews = replace(reviews, group=np.arange(reviews.dossiers) % 2)
    noise = np.random.default_rng(seed).uniform(0.5, 2.0, reviews.experts) if noisy else None
    variances = START if panels else replace(START, group=0.0)
    system, observed = system_of(reviews, noise)
    point = evaluate(ExactSolver(system, variances.ratios), variances, observed)
    wanted = dense(reviews, variances, noise)
    assert point.criterion == pytest.approx(wanted.criterion, rel=1e-9)
    assert point.score == pytest.approx(wanted.score, rel=1e-7, abs=1e-9)
    assert point.information == pytest.approx(wanted.information, rel=1e-7, abs=1e-9)


@settings(max_examples=20, deadline=None)
@given(designs, st.booleans())
def test_predictions_and_their_covariance_are_the_posterior(reviews: Reviews, panels: bool) -> None:
    if panels:
        reviews = replace(reviews, group=np.arange(reviews.dossiers) % 2)
    fit = fit_mixed(reviews)
    mean, covariance = posterior(reviews, fit.variances)
    assert isinstance(fit.solver, ExactSolver)
    found = dossier_covariance(fit.solver, fit.variances.residual)
    assert fit.calibrated == pytest.approx(mean, abs=1e-6)
    assert found == pytest.approx(covariance, abs=1e-6)
    assert fit.spread.calibrated == pytest.approx(np.sqrt(np.diag(covariance)), abs=1e-6)


def test_complete_table_has_the_anova_estimates() -> None:
    fit = fit_mixed(complete(SHROUT_FLEISS))
    # mean squares 11.2417, 32.4861, 1.0194: (MSB - MSE) / 4, (MSJ - MSE) / 6, MSE
    assert fit.variances.dossier == pytest.approx(2.5555556, abs=1e-7)
    assert fit.variances.expert == pytest.approx(5.2444444, abs=1e-7)
    assert fit.variances.residual == pytest.approx(1.0194444, abs=1e-7)
    assert (fit.engine, fit.mu) == ("exact", pytest.approx(127 / 24))


def test_variance_on_the_boundary_is_exactly_zero() -> None:
    fit = fit_mixed(complete(BOX_TIAO))
    assert fit.variances.dossier == 0.0
    assert np.array_equal(fit.dossier_effect, np.zeros(6))
    assert [entry.code for entry in fit.notices] == ["model_few_levels", "model_dossier_zero"]
    assert np.isnan(fit.se_variances.dossier)
    assert fit.se_variances.residual > 0


def test_experts_who_scored_once_each_have_no_severity_of_their_own() -> None:
    table = complete(BOX_TIAO)
    fit = fit_mixed(replace(table, expert=np.arange(30), experts=30))
    assert (fit.variances.dossier, fit.variances.expert) == (0.0, 0.0)
    assert fit.variances.residual == pytest.approx(np.var(table.points, ddof=1))
    assert fit.reml_criterion == pytest.approx(161.8283, abs=5e-5)
    assert "model_expert_not_separable" in [entry.code for entry in fit.notices]


@pytest.mark.parametrize("case", ["shrout_fleiss_1979", "irr_anxiety", "wine_randall_1989", "insteval_full"])
def test_published_fit_is_reached(case: str) -> None:
    fit = fit_mixed(Reviews.of(read_csv(truth.case(case) / "input.csv")))
    found = {
        "var_dossier": fit.variances.dossier,
        "var_expert": fit.variances.expert,
        "var_residual": fit.variances.residual,
        "mu": fit.mu,
        "se_mu": fit.se_mu,
        "reml_criterion": fit.reml_criterion,
    }
    prefix = "" if case in {"wine_randall_1989", "insteval_full"} else "lmm_"
    wanted = {entry.key.removeprefix(prefix): entry.approx() for entry in truth.expected(case)}
    assert found == {key: wanted[key] for key in found}


@pytest.mark.parametrize(
    ("case", "prefix"),
    [("shrout_fleiss_1979", "lmm_blup"), ("irr_anxiety", "lmm_blup"), ("wine_randall_1989", "blup"),
     ("insteval_full", "blup")],
)  # fmt: skip
def test_published_predictions_are_reached(case: str, prefix: str) -> None:
    ratings = read_csv(truth.case(case) / "input.csv")
    fit = fit_mixed(Reviews.of(ratings))
    sides = (
        ("dossier", ratings.dossiers, fit.dossier_effect, fit.spread.dossier_given_mu),
        ("expert", ratings.experts, fit.expert_effect, fit.spread.expert_given_mu),
    )
    for side, names, effect, sd in sides:
        wanted = {row[side]: row for row in truth.rows(truth.case(case) / f"expected_{prefix}_{side}.csv")}
        assert effect == pytest.approx([float(wanted[name]["blup"]) for name in names], abs=1e-4)
        assert sd == pytest.approx([float(wanted[name]["cond_sd"]) for name in names], abs=1e-4)


def test_posterior_sd_includes_the_unknown_mean() -> None:
    case = truth.case("insteval_full")
    ratings = read_csv(case / "input.csv")
    wanted = {
        row["dossier"]: float(row["post_sd_with_mu"])
        for row in truth.rows(case / "expected_rank_posterior.csv")
    }
    found = fit_mixed(Reviews.of(ratings)).spread.dossier
    assert found == pytest.approx([wanted[name] for name in ratings.dossiers], abs=1e-6)


def test_both_engines_agree_on_a_large_round() -> None:
    reviews = simulated(1500, 400, 5, seed=3)
    exact, iterative = fit_mixed(reviews), fit_mixed(reviews, engine="iterative", probes=16)
    for name in ("dossier", "expert", "residual"):
        own, other = getattr(exact.variances, name), getattr(iterative.variances, name)
        assert other == pytest.approx(own, rel=0.1 * getattr(exact.se_variances, name) / own)
    assert iterative.dossier_effect == pytest.approx(exact.dossier_effect, abs=0.05)
    assert iterative.spread.dossier == pytest.approx(exact.spread.dossier, rel=0.01)
    assert iterative.leverage == pytest.approx(exact.leverage, abs=0.02)
    assert (iterative.reml_criterion, iterative.spread.exact, exact.spread.exact) == (None, False, True)


def test_same_seed_gives_the_same_bytes() -> None:
    reviews = simulated(600, 350, 4, seed=5)
    first, second = (fit_mixed(reviews, engine="iterative", seed=7) for _ in range(2))
    assert first.variances == second.variances
    assert first.dossier_effect.tobytes() == second.dossier_effect.tobytes()


@pytest.mark.parametrize("weak", ["dossier", "expert", "noise"])
def test_small_rounds_settle_wherever_their_variances_lie(weak: str) -> None:
    spreads = {"dossier": 5.0, "expert": 4.0, "noise": 6.0, weak: 0.3}
    for seed in range(40):
        reviews = simulated(7 + seed % 5, 5, 3, seed, **spreads)
        group = np.arange(reviews.dossiers) % 3 if seed % 2 else None
        fit = fit_mixed(replace(reviews, group=group))
        assert len(fit.track) < 60


@pytest.mark.parametrize(
    ("sizes", "engine", "weak", "seeds"),
    [
        ((300, 60, 5), "iterative", {"expert": 0.2}, (4, 26, 32, 36)),
        ((60, 20, 4), "iterative", {"expert": 0.3}, (6, 27, 28)),
        ((600, 320, 5), "iterative", {"dossier": 0.5}, (2, 3, 11, 39)),
        ((600, 320, 5), None, {"expert": 0.2}, (39,)),
        ((600, 320, 5), None, {"expert": 0.3}, (4,)),
    ],
)
def test_small_variance_settles_from_random_vectors(
    sizes: tuple[int, int, int], engine: Engine | None, weak: dict[str, float], seeds: tuple[int, ...]
) -> None:
    """What rough traces leave open once kept it moving; the exact engine starts large rounds from them."""
    for seed in seeds:
        fit = fit_mixed(simulated(*sizes, seed, **weak), engine=engine)
        assert len(fit.track) < 40
        assert min(fit.variances.dossier, fit.variances.expert) < 0.05 * fit.variances.residual


@pytest.mark.parametrize("engine", ["exact", "iterative"])
def test_fit_that_does_not_settle_is_refused_with_its_history(
    monkeypatch: pytest.MonkeyPatch, engine: Engine
) -> None:
    monkeypatch.setattr(mixed_reml, "STEPS", 2)
    with pytest.raises(AggregatorError, match="未能收敛") as refused:
        fit_mixed(simulated(20, 6, 4, seed=1), engine=engine)
    history = str(refused.value.params["history"]).split("；")
    assert len(history) == 3  # the start and both steps: dossiers, experts, groups, chance
    assert {line.count("，") for line in history} == {3}
    assert len(set(history)) == 3


def test_side_that_is_eliminated_does_not_matter() -> None:
    reviews = simulated(12, 30, 4, seed=1)
    order = np.lexsort((reviews.dossier, reviews.expert))
    turned = Reviews(reviews.expert[order], reviews.dossier[order], reviews.points[order], 30, 12)
    one, other = fit_mixed(reviews), fit_mixed(turned)
    assert one.variances.dossier == pytest.approx(other.variances.expert, rel=1e-6)
    assert one.spread.dossier == pytest.approx(other.spread.expert, abs=1e-6)
    assert one.reml_criterion == pytest.approx(other.reml_criterion, abs=1e-8)
    assert one.leverage[order] == pytest.approx(other.leverage, abs=1e-8)


@settings(max_examples=15, deadline=None)
@given(designs, st.floats(-50, 50), st.floats(0.1, 10))
def test_shift_and_scale_carry_through(reviews: Reviews, shift: float, scale: float) -> None:
    fit = fit_mixed(reviews)
    moved = fit_mixed(replace(reviews, points=scale * reviews.points + shift))
    assert moved.mu == pytest.approx(scale * fit.mu + shift, abs=1e-4 * scale)
    assert moved.dossier_effect == pytest.approx(scale * fit.dossier_effect, abs=1e-4 * scale)
    assert moved.variances.residual == pytest.approx(scale**2 * fit.variances.residual, rel=1e-4)


def test_noisy_expert_gets_a_noise_of_his_own() -> None:
    reviews = simulated(120, 8, 4, seed=2, noise=4)
    wild = np.random.default_rng(9).normal(0, 15, reviews.points.size) * (reviews.expert == 3)
    fit = fit_mixed(replace(reviews, points=reviews.points + wild), expert_noise=True)
    assert int(np.argmax(fit.noise)) == 3
    assert fit.noise[3] > 4
    assert np.delete(fit.noise, 3).max() < 2


def test_parts_of_a_round_are_found_once_however_often_it_is_fitted(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []

    def counted(*round_: object) -> object:
        found.append(round_)
        return components(*round_)  # type: ignore[arg-type]

    monkeypatch.setattr(mixed_model, "components", counted)
    fit = fit_mixed(simulated(30, 8, 4, seed=2), expert_noise=True)
    assert (len(found), fit.reviews.parts.count) == (1, 1)


def test_panels_take_their_share_of_the_quality() -> None:
    reviews = simulated(60, 12, 5, seed=4, noise=3)
    group = np.arange(60) % 3
    lifted = replace(reviews, group=group, points=reviews.points + 20.0 * group[reviews.dossier])
    fit = fit_mixed(lifted)
    assert fit.variances.group > fit.variances.dossier
    assert np.diff(fit.group_effect) == pytest.approx([20, 20], abs=4)
    assert fit_mixed(replace(lifted, group=None)).variances.dossier > 4 * fit.variances.dossier


def test_disconnected_panels_are_said() -> None:
    table = complete(SHROUT_FLEISS)
    keep = (table.dossier < 3) == (table.expert < 2)
    fit = fit_mixed(
        replace(table, dossier=table.dossier[keep], expert=table.expert[keep], points=table.points[keep])
    )
    assert ("panels_not_connected", 2) in [(e.code, e.params.get("parts")) for e in fit.notices]


def test_points_are_totals_in_points_whatever_an_item_counts() -> None:
    ratings = sparse_round(12, 5, 4, seed=7)
    assert Reviews.of(ratings.averaged()).points == pytest.approx(Reviews.of(ratings).points / 3)


def test_dossier_without_a_review_has_no_calibrated_score() -> None:
    fit: MixedFit = fit_mixed(replace(complete(SHROUT_FLEISS), dossiers=7))
    assert np.isnan(fit.calibrated[6])
    assert np.isfinite(fit.calibrated[:6]).all()


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        (((8, 9, 7),), "至少要有两份有评分的材料"),
        (((8,), (9,), (7,)), "每份材料只有一名专家的评分"),
        (((8, 8), (8, 8)), "所有评分完全相同"),
        (((8, 9), (6, 7), (1, 2)), "评分完全由材料和专家决定"),
    ],
)
def test_hopeless_round_is_refused(table: tuple[tuple[float, ...], ...], sentence: str) -> None:
    with pytest.raises(AggregatorError, match=sentence):
        fit_mixed(complete(table))


def test_round_with_nothing_left_over_is_refused() -> None:
    chain = Reviews(np.array([0, 0, 1, 1, 2, 2]), np.array([0, 1, 1, 2, 2, 3]), np.arange(6.0) ** 2, 3, 4)
    with pytest.raises(AggregatorError, match="有效评分仅6份"):
        fit_mixed(chain)


def test_conjugate_gradients_solve_the_equations() -> None:
    reviews = simulated(300, 120, 5, seed=6)
    system, observed = system_of(reviews)
    variances = Variances(25.0, 16.0, 0.0, 64.0)
    signs = np.ones((1, 120), dtype=np.int8)
    exact = ExactSolver(system, variances.ratios).solve(observed.data)
    near = IterativeSolver(system, variances.ratios, signs, {}).solve(observed.data)
    assert near.border == pytest.approx(exact.border, abs=1e-5)
    assert near.dossier == pytest.approx(exact.dossier, abs=1e-5)
