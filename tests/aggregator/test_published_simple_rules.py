"""Rules against results that others computed (expected_simple_rules.csv, expected_fixed_ls_*.csv)."""

from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import numpy as np
import pytest

from review_portal.aggregator import Stage, rank, read_csv, score_round
from review_portal.aggregator.additive import fit_additive
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import panel, ratings_of
from tests.aggregator.truth import case, expected, rows

CASES = ["shrout_fleiss_1979", "wine_randall_1989"]


# Shrout and Fleiss 1979, Psychological Bulletin 86, table 2: six targets, four judges
SIX_BY_FOUR = {
    "S1": panel(9, 2, 5, 8),
    "S2": panel(6, 1, 3, 2),
    "S3": panel(8, 4, 6, 8),
    "S4": panel(7, 1, 2, 6),
    "S5": panel(10, 5, 6, 9),
    "S6": panel(6, 2, 4, 7),
}


def test_printed_table_gives_the_means_and_effects_that_a_hand_computes():
    rule = replace(Rule.shorthand("severity"), min_reviews=4)
    result = score_round(ratings_of(SIX_BY_FOUR), rule)
    assert [(str(row.mean), str(row.drop_high_low), str(row.severity)) for row in result.rows()] == [
        ("6.00", "6.50", "6.00"),
        ("3.00", "2.50", "3.00"),
        ("6.50", "7.00", "6.50"),
        ("4.00", "4.00", "4.00"),
        ("7.50", "7.50", "7.50"),
        ("4.75", "5.00", "4.75"),
    ]
    # 46, 15, 26 and 40 points over six targets against the grand mean of 127/24, the halves away from 0
    assert {expert: str(effect) for expert, effect in result.effects.items()} == {
        "E1": "2.38", "E2": "-2.79", "E3": "-0.96", "E4": "1.38",
    }  # fmt: skip


def result_of(name, shorthand):
    rule = replace(Rule.shorthand(shorthand), min_reviews=4)  # the smaller panel has four judges
    return score_round(read_csv(case(name) / "input.csv"), rule)


def column_of(name, column):
    return {row["dossier"]: row[column] for row in rows(case(name) / "expected_simple_rules.csv")}


def two_places(values):
    """The references carry twelve digits: a third is not cut before it is rounded."""
    exact = {key: Fraction(value).limit_denominator(1000) for key, value in values.items()}
    return {
        key: (Decimal(value.numerator) / value.denominator).quantize(Decimal("0.01"), ROUND_HALF_UP)
        for key, value in exact.items()
    }


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(
    ("rule", "column"), [("mean", "mean"), ("median", "median"), ("drop_high_low", "drop_hi_lo")]
)
def test_scores_are_the_published_ones_rounded_to_two_places(name, rule, column):
    found = {row.dossier: row.score for row in result_of(name, rule).rows()}
    assert found == two_places(column_of(name, column))


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize(("rule", "column"), [("mean", "rank_mean"), ("drop_high_low", "rank_drop")])
def test_ranks_are_the_published_ones(name, rule, column):
    ranking = rank([Stage("scores", Decimal(1), result_of(name, rule))], Rule.shorthand(rule), quota=1)
    assert ranking.rank_of() == {dossier: int(value) for dossier, value in column_of(name, column).items()}


@pytest.mark.parametrize("name", CASES)
def test_z_scores_are_the_published_ones_on_the_scale_of_the_round(name):
    """The reference divides by the sample deviation and is not rescaled: ours is G + S sqrt(n/(n-1)) z."""
    result = result_of(name, "z_score")
    total = result.ratings.total / 100
    dossiers = len(result.dossiers)
    stretch = total.std() * np.sqrt(dossiers / (dossiers - 1))
    z = np.array([float(value) for value in column_of(name, "z_mean").values()])
    assert list(column_of(name, "z_mean")) == list(result.dossiers)
    assert np.abs(result.score / 100 - (total.mean() + stretch * z)).max() < 0.005 + 1e-9


@pytest.mark.parametrize("name", CASES)
def test_severity_is_the_published_least_squares_solution(name):
    result = result_of(name, "severity")
    ratings = result.ratings
    sizes = len(ratings.dossiers), len(ratings.experts)
    fit = fit_additive(ratings.sheet_dossier, ratings.sheet_expert, ratings.total, *sizes)
    effects = {row["expert"]: row["severity"] for row in rows(case(name) / "expected_fixed_ls_expert.csv")}
    assert {expert: pytest.approx(float(value), abs=1e-9) for expert, value in effects.items()} == dict(
        zip(ratings.experts, (fit.numerator / fit.denominator / 100).astype(float), strict=True)
    )
    assert result.effects == two_places(effects)
    adjusted = {row["dossier"]: row["adjusted"] for row in rows(case(name) / "expected_fixed_ls_dossier.csv")}
    assert {row.dossier: row.score for row in result.rows()} == two_places(adjusted)


def test_two_panels_without_a_common_judge_are_found_and_not_ranked_by_severity():
    result = score_round(read_csv(case("facets_two_subsets") / "input.csv"), Rule.shorthand("severity"))
    (parts,) = [entry for entry in expected("facets_two_subsets") if entry.key == "n_connected_components"]
    assert (result.normalize, result.severity) == ("none", None)
    (said,) = [entry for entry in result.notices if entry.code == "severity_not_connected"]
    assert said.params["parts"] == parts.approx()
