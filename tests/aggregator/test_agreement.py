import json
import math

import numpy as np
import pytest

from review_portal.aggregator import AggregatorError, Notice, Ratings, read_csv
from review_portal.aggregator.agreement import agreement
from review_portal.aggregator.generalizability import Generalizability
from review_portal.domain.wording import sentence
from tests.aggregator.cases import demo_ratings, panel, ratings_of
from tests.aggregator.truth import case, expected

COMPLETE = ("shrout_fleiss_1979", "irr_anxiety", "wine_randall_1989")
OTHER_METHODS = ("lmm_", "var_", "mu", "se_mu", "reml_", "n_obs", "fixed_ls_", "confidence_weighted_")

ROUND = {"A": panel(80, 84, 79), "B": panel(71, 70, 80), "C": panel(90, 92, 85), "D": panel(65, 75, 70)}


def codes(result):
    """The notices' codes, after each has been said in words."""
    assert all(str(sentence(entry)) for entry in result.notices)
    return [entry.code for entry in result.notices]


def two_criteria(rows):
    """Ratings from (dossier, expert, points for C1, points for C2)."""
    long = [(d, e, c, p) for d, e, *points in rows for c, p in zip(("C1", "C2"), points, strict=True)]
    return Ratings.from_columns(*(list(column) for column in zip(*long, strict=True)))


@pytest.mark.parametrize("name", [*COMPLETE, "krippendorff_canonical"])
def test_every_published_agreement_figure_is_met_under_its_own_name(name):
    figures = agreement(read_csv(case(name) / "input.csv")).figures()
    wanted = [entry for entry in expected(name) if not entry.key.startswith(OTHER_METHODS)]
    assert len(wanted) >= 8
    for entry in wanted:
        key = entry.key.partition("_published")[0]
        if name in COMPLETE and key.startswith("krippendorff"):
            key = f"irr_{key}"  # these references come from irr, which weights complete tables differently
        assert figures[key] == entry.approx(), entry.key


def test_complete_round_has_every_coefficient_and_nothing_to_excuse():
    result = agreement(ratings_of(ROUND))
    assert (result.dossiers, result.experts, result.reviews) == (4, 3, 12)
    assert (result.complete, result.reviews_per_dossier) == (True, 3)
    assert codes(result) == ["agreement_one_criterion"]
    figures = result.figures()
    assert {"ICC(2,k)_ci95_lo", "ICC(1,1)_p", "kendall_p", "krippendorff_alpha_ratio"} < set(figures)
    assert figures["ICC(3,1)_df2"] == 6
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures


def test_mean_squares_are_in_points_and_not_in_hundredths():
    figures = agreement(ratings_of({"A": panel(80, 82), "B": panel(84, 86), "C": panel(88, 90)})).figures()
    assert (figures["MS_between_targets"], figures["MS_between_judges"], figures["MS_residual"]) == (32, 6, 0)


def test_mean_squares_of_averaged_items_stay_in_points():
    ratings = two_criteria(
        [("A", "E1", 40, 44), ("A", "E2", 38, 45), ("B", "E1", 30, 41), ("B", "E2", 33, 36),
         ("C", "E1", 45, 50), ("C", "E2", 41, 48)]
    )  # fmt: skip
    summed, averaged = agreement(ratings).figures(), agreement(ratings.averaged()).figures()
    assert averaged["MS_residual"] == pytest.approx(summed["MS_residual"] / 4)
    assert averaged["ICC(2,1)"] == pytest.approx(summed["ICC(2,1)"])


def test_level_of_the_limits_is_part_of_their_name():
    figures = agreement(ratings_of(ROUND), level=0.9).figures()
    assert figures["ICC(1,1)_ci90_lo"] < figures["ICC(1,1)"] < figures["ICC(1,1)_ci90_hi"]
    assert not [key for key in figures if "ci95" in key]


def test_irr_weights_units_as_krippendorff_does_where_a_cell_is_missing():
    assert "irr_krippendorff_alpha_nominal" in agreement(ratings_of(ROUND)).figures()
    figures = agreement(ratings_of(ROUND | {"D": panel(65, 75)})).figures()
    assert not [key for key in figures if key.startswith("irr_")]


def test_complete_table_has_alpha_as_defined_and_beside_it_what_irr_prints():
    """Shrout and Fleiss 1979, Table 2. irr: kripp.alpha of R's irr 0.84.1, which counts every one of the
    m (m - 1) pairs of a unit as a whole value where no cell is missing; by Krippendorff's definition each
    counts 1 / (m - 1), with a cell missing or not, and irr does so, too, once one is.
    """
    table = ((9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7))
    figures = agreement(ratings_of({f"S{at}": panel(*row) for at, row in enumerate(table)})).figures()
    pairs = [(a, b) for row in table for i, a in enumerate(row) for j, b in enumerate(row) if i != j]
    everything = [value for row in table for value in row]
    for copies, key in ((1 / 3, "krippendorff_alpha_interval"), (1, "irr_krippendorff_alpha_interval")):
        n = copies * len(pairs)
        observed = copies * sum((a - b) ** 2 for a, b in pairs) / n
        counted = sum((a - b) ** 2 for a in everything for b in everything) * (n / len(everything)) ** 2
        assert figures[key] == pytest.approx(1 - observed / (counted / (n * (n - 1))))
    assert figures["irr_krippendorff_alpha_interval"] == pytest.approx(0.122592135909, abs=1e-9)
    assert figures["krippendorff_alpha_interval"] == pytest.approx(0.147307850390, abs=1e-9)


def test_irr_and_krippendorff_weight_two_experts_alike():
    figures = agreement(ratings_of({"A": panel(80, 84), "B": panel(70, 71), "C": panel(92, 90)})).figures()
    assert figures["irr_krippendorff_alpha_interval"] == figures["krippendorff_alpha_interval"]


def test_incomplete_round_keeps_what_needs_no_complete_table_and_says_what_is_missing():
    result = agreement(ratings_of(ROUND | {"D": {"E1": 65, "E3": 70}}))
    assert (result.complete, result.intraclass, result.kendall) == (False, None, None)
    assert result.notices[0] == Notice("agreement_incomplete", {"holes": 1})
    assert result.reviews_per_dossier == pytest.approx(4 / (3 / 3 + 1 / 2))
    assert {"krippendorff_alpha_interval", "mean_pearson", "mean_spearman"} <= set(result.figures())
    assert result.correlations is not None
    assert result.correlations.pearson.pairs == 3


def test_dossier_without_any_review_is_no_hole():
    ratings = ratings_of(ROUND | {"E": {"E1": None}})
    assert agreement(ratings).figures() == agreement(ratings_of(ROUND)).figures()


def test_pairs_of_experts_with_too_few_common_dossiers_are_counted():
    result = agreement(
        ratings_of({"A": panel(80, 84), "B": panel(71, 70), "C": panel(90, 85), "D": {"E1": 60, "E3": 70}})
    )
    assert result.notices[1] == Notice("agreement_pairs_left_out", {"left": 2, "pairs": 3, "minimum": 3})


def test_experts_without_a_common_dossier_have_no_agreement():
    result = agreement(ratings_of({"A": {"E1": 80}, "B": {"E2": 70}, "C": {"E1": 75}}))
    assert codes(result)[0] == "agreement_no_common_dossier"
    assert (result.krippendorff, result.intraclass) == (None, None)
    assert result.figures() == {}


def test_single_expert_has_no_agreement():
    result = agreement(ratings_of({"A": {"E1": 80}, "B": {"E1": 70}}))
    assert (result.complete, codes(result)) == (
        True,
        ["agreement_no_common_dossier", "agreement_one_criterion"],
    )
    assert result.figures() == {}


def test_single_dossier_has_alpha_but_no_intraclass_correlation():
    result = agreement(ratings_of({"A": panel(80, 84, 79)}))
    assert codes(result)[0] == "agreement_one_dossier"
    assert result.intraclass is None
    assert result.figures()["krippendorff_alpha_nominal"] == 0


def test_perfect_agreement_names_the_tests_that_have_no_finite_value():
    result = agreement(ratings_of({"A": panel(80, 80), "B": panel(70, 70), "C": panel(90, 90)}))
    figures = result.figures()
    assert {figures[f"ICC({model},{size})"] for model in "123" for size in "1k"} == {1}
    assert (figures["kendall_W_tie_corrected"], figures["krippendorff_alpha_interval"]) == (1, 1)
    assert (figures["mean_pearson_plain"], figures["ICC(2,1)_p"]) == (1, 0)
    missing = {entry.code: entry.params for entry in result.notices}["agreement_no_value"]["figures"]
    assert set(missing) == {f"ICC({m},{s})_F" for m in "123" for s in "1k"} | {
        "mean_pearson",
        "mean_spearman",
    }
    assert Notice("agreement_perfect_pairs", {"pairs": 1}) in result.notices


def test_equal_points_everywhere_leave_only_mean_squares_and_name_each_coefficient_once():
    result = agreement(ratings_of({"A": panel(80, 80), "B": panel(80, 80)}))
    assert {key for key in result.figures() if not key.endswith(("_df", "_df1", "_df2"))} == {
        "MS_between_targets",
        "MS_within_targets",
        "MS_between_judges",
        "MS_residual",
    }
    missing = {entry.code: entry.params for entry in result.notices}["agreement_no_value"]["figures"]
    assert {"ICC(1,1)", "krippendorff_alpha_nominal", "kendall_chisq"} < set(missing)
    assert not [key for key in missing if key.endswith("_F") or key.startswith("irr_")]


def test_one_criterion_is_judged_alone():
    rows = [
        ("A", "E1", 1000, 2000),
        ("A", "E2", 1000, 2500),
        ("B", "E1", 3000, 2500),
        ("B", "E2", 3000, 2000),
    ]
    ratings = two_criteria(rows)
    first = agreement(ratings, "C1")
    assert (first.criterion, first.cronbach) == ("C1", None)
    assert (first.figures()["ICC(1,1)"], first.figures()["krippendorff_alpha_interval"]) == (1, 1)
    assert agreement(ratings, "C2").figures()["ICC(1,1)"] < 0
    assert "agreement_one_criterion" not in codes(first)
    with pytest.raises(AggregatorError, match="没有一级指标“C3”，请从C1、C2中选"):
        agreement(ratings, "C3")


def test_cronbach_alpha_over_criteria_takes_each_review_as_a_case():
    points = np.array([[10, 22], [14, 20], [18, 30], [9, 15], [20, 33], [13, 29]])
    rows = [(f"S{i // 2}", f"E{i % 2}", *(100 * pair).tolist()) for i, pair in enumerate(points)]
    result = agreement(two_criteria(rows))
    textbook = 2 * (1 - points.var(axis=0, ddof=1).sum() / points.sum(axis=1).var(ddof=1))
    assert result.figures()["cronbach_alpha"] == pytest.approx(textbook, rel=1e-12)
    assert "agreement_one_criterion" not in codes(result)


def test_variance_components_add_generalizability_at_the_rounds_own_size():
    given = Generalizability(36.0, 4.0, 12.0)
    result = agreement(ratings_of(ROUND | {"D": panel(65)}), generalizability=given)
    k = 4 / (3 / 3 + 1)
    assert {key: value for key, value in result.figures().items() if key[:3] in ("phi", "e_r", "exp")} == {
        "phi_1": 36 / 52,
        "phi_k": 36 / (36 + 16 / k),
        "e_rho2_1": 36 / 48,
        "e_rho2_k": 36 / (36 + 12 / k),
        "experts_needed": 2,
    }
    hopeless = agreement(ratings_of(ROUND), generalizability=Generalizability(0.0, 4.0, 12.0))
    assert "experts_needed" not in hopeless.figures()
    assert Notice("agreement_no_value", {"figures": ("experts_needed",)}) in hopeless.notices


def test_too_many_pairs_of_reviews_are_said_and_cost_nothing_else(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.concordance.PAIR_LIMIT", 2)
    result = agreement(ratings_of(ROUND))
    assert result.correlations is None
    assert "agreement_too_many_pairs" in codes(result)
    assert math.isfinite(result.figures()["krippendorff_alpha_ordinal"])


def test_round_without_a_complete_sheet_is_refused():
    ratings = Ratings.from_columns(["A"], ["E1"], ["C1"], [100], criterion_of={"C1": "C1", "C2": "C2"})
    with pytest.raises(AggregatorError, match="没有完整的评分表"):
        agreement(ratings)


def test_demonstration_round_agrees_on_the_order_of_its_dossiers():
    result = agreement(demo_ratings("written_reconciled.csv"))
    assert result.figures().keys() >= {"cronbach_alpha", "mean_spearman", "krippendorff_alpha_interval"}
    assert 0 < result.figures()["krippendorff_alpha_interval"] < 1
