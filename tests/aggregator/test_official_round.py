import json
from dataclasses import replace
from decimal import Decimal

import pytest

from review_portal.aggregator import AggregatorError, Notice, Ratings, score_round
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import DATA, panel, published, ratings_of, scored

CASES = {
    case["name"]: case for case in json.loads((DATA / "scoring" / "scoring_cases.json").read_text("utf-8"))
}


def totals_of(case):
    return {
        dossier: {expert: column[dossier] for expert, column in case["scores"].items()}
        for dossier in case["dossiers"]
    }


@pytest.mark.parametrize("name", CASES)
def test_round_gives_the_known_answers(name):
    case = CASES[name]
    result = scored(totals_of(case))
    assert [
        {
            "dossier": row.dossier,
            "n": row.n,
            "mean": str(row.mean),
            "trimmed": str(row.drop_high_low),
            "std_mean": str(row.z_score),
            "range": row.range,
            "outliers_30pct": list(row.outliers),
        }
        for row in result.rows()
    ] == [
        {key: row[key] for key in ("dossier", "n", "mean", "trimmed", "std_mean")}
        | {"range": Decimal(row["range"]), "outliers_30pct": row["outliers_30pct"]}
        for row in case["expected"]["rows"]
    ]


@pytest.mark.parametrize("name", CASES)
def test_severity_gives_the_known_answers(name):
    case = CASES[name]
    result = scored(totals_of(case), "severity")
    assert published(result) == case["expected"]["severity"]["dossier"]
    assert result.effects == {
        expert: Decimal(value) for expert, value in case["expected"]["severity"]["expert_effect"].items()
    }


def test_totals_and_criterion_means_of_a_row_are_plain_sums_and_means():
    row = next(scored({"A": panel("80.5", "81", "83")}).rows())
    assert row.totals == {"E1": Decimal("80.50"), "E2": Decimal("81.00"), "E3": Decimal("83.00")}
    assert row.criterion_means == {"total": Decimal("81.50")}
    assert (row.highest, row.lowest, row.median) == (Decimal("83.00"), Decimal("80.50"), Decimal("81.00"))


# six judges, the highest and the lowest left out, four remain: thirds decimals of exactly 5 are common
@pytest.mark.parametrize(
    ("scores", "score", "binary"),
    [
        (("7.5", "7.6", "7.7", "7.7", "7.7", "7.9"), "7.68", 7.67),
        (("5.0", "5.1", "5.2", "5.2", "5.2", "5.3"), "5.18", 5.17),
        (("9.25", "9.0", "9.0", "9.0", "9.5", "9.25"), "9.13", 9.12),
        (("1.0", "1.0", "1.0", "1.0", "1.02", "1.03"), "1.01", 1.0),
    ],
)
def test_trimmed_mean_is_rounded_half_up_where_binary_floats_go_wrong(scores, score, binary):
    kept = sorted(float(value) for value in scores)[1:-1]
    assert round(sum(kept) / 4, 2) == binary != float(score)
    assert published(scored({"A": panel(*scores)}, "drop_high_low")) == {"A": score}


def test_drop_high_low_leaves_out_exactly_one_copy_of_a_tied_extreme():
    assert published(scored({"A": panel(90, 90, 80, 70, 70)}, "drop_high_low")) == {"A": "80.00"}
    assert published(scored({"A": panel(85, 85, 85, 85, 85)}, "drop_high_low")) == {"A": "85.00"}


FIVE_AND_FOUR = {"A": panel(90, 85, 85, 84, 60), "B": panel(86, 85, 84, 84)}


def test_below_the_threshold_the_whole_round_takes_the_plain_mean():
    result = scored(FIVE_AND_FOUR, "drop_high_low")
    assert published(result) == {"A": "80.80", "B": "84.75"}  # never 84.67 against 84.75
    assert result.combine == "mean"
    assert result.notices == (Notice("below_threshold_all_mean", {"dossiers": ("B",), "minimum": 5}),)


def test_below_the_threshold_a_round_may_be_refused():
    rule = replace(Rule.shorthand("drop_high_low"), below_threshold="refuse")
    with pytest.raises(AggregatorError) as caught:
        score_round(ratings_of(FIVE_AND_FOUR), rule)
    assert str(caught.value) == "B的有效评分少于5份，按评审规则本轮不能去掉最高分和最低分，请补充评审。"


def test_threshold_does_not_concern_a_rule_that_drops_nothing():
    result = scored({"A": panel(80), "B": panel(90, 70)})
    assert published(result) == {"A": "80.00", "B": "80.00"}
    assert result.notices == ()


def test_median_of_an_even_panel_is_the_mean_of_the_middle_two():
    assert published(scored({"A": panel("81", "80.01", "70", "99")}, "median")) == {"A": "80.51"}


def test_severity_equals_the_mean_when_every_expert_scored_every_dossier():
    result = scored({"A": panel(80, 85, 90), "B": panel(70, 71, 84)}, "severity")
    assert result.severity.tolist() == result.mean.tolist()


def test_severity_over_disconnected_panels_falls_back_and_says_so():
    totals = {"A": {"E1": 80, "E2": 90}, "B": {"E3": 70, "E4": 75}}
    result = scored(totals, "severity")
    assert published(result) == {"A": "85.00", "B": "72.50"}
    assert (result.normalize, result.severity) == ("none", None)
    params = {"parts": 2, "fallback": "none", "crossing": 1, "recommended": 5}
    assert result.notices == (Notice("severity_not_connected", params),)
    assert result.effects == {
        "E1": Decimal(-5),
        "E2": Decimal(5),
        "E3": Decimal("-2.5"),
        "E4": Decimal("2.5"),
    }


def test_fallback_of_the_rule_decides_over_disconnected_panels():
    rule = replace(Rule.shorthand("severity"), fallback="z_score")
    result = score_round(ratings_of({"A": {"E1": 80, "E2": 90}, "B": {"E3": 70, "E4": 75}}), rule)
    assert result.normalize == "z_score"
    assert [entry.code for entry in result.notices] == ["severity_not_connected", "z_score_few_reviews"]


def test_z_score_warns_when_an_expert_has_fewer_than_ten_reviews():
    totals = {f"S{number}": {"E1": 60 + number} for number in range(10)}
    totals["S0"]["E2"] = 70
    assert scored(totals, "z_score").notices == (
        Notice("z_score_few_reviews", {"experts": ("E2",), "minimum": 10}),
    )


def test_z_score_of_equal_totals_is_the_grand_mean():
    assert published(scored({"A": panel(80, 80), "B": panel(80, 80)}, "z_score")) == {
        "A": "80.00",
        "B": "80.00",
    }


def test_z_score_rounds_a_true_half_up():
    # both experts gave the same three totals, so rescaling changes nothing: the mean of A is 80.125
    totals = {"A": panel("80.12", "80.13"), "B": panel("80.13", "80.12"), "C": panel(90, 90)}
    assert published(scored(totals, "z_score")) == {"A": "80.13", "B": "80.13", "C": "90.00"}


def test_outlier_and_range_triggers_are_strict_and_exact():
    exactly = {"A": panel(70, 130, 100)}  # 30 percent of the mean of 100 on either side
    assert scored(exactly).outliers == ()
    beyond = scored({"A": panel("69.99", "130.01", 100)})
    assert [(one.expert, str(one.deviation_percent)) for one in beyond.outliers] == [
        ("E1", "-30.0"),
        ("E2", "30.0"),
    ]
    assert scored({"A": panel(60, 85)}).range_exceeded == ()
    assert scored({"A": panel(60, "85.01")}).range_exceeded == ("A",)


def test_triggers_are_parameters_of_the_call():
    ratings = ratings_of({"A": panel(80, 90)})
    tight = score_round(
        ratings, Rule.shorthand("mean"), deviation_percent=Decimal(5), range_points=Decimal("9.5")
    )
    assert [one.expert for one in tight.outliers] == ["E1", "E2"]
    assert tight.range_exceeded == ("A",)


def test_dossier_without_a_complete_sheet_is_unscored_and_not_zero():
    result = scored({"A": panel(80), "B": {}})
    assert (result.dossiers, result.unscored) == (("A",), ("B",))


def test_rule_may_round_to_fewer_places_and_never_to_more_than_are_stored():
    ratings = ratings_of({"A": panel("85.25", "85.24")})
    assert published(score_round(ratings, replace(Rule.shorthand("mean"), places=1))) == {"A": "85.20"}
    assert published(score_round(ratings, replace(Rule.shorthand("mean"), places=0))) == {"A": "85.00"}
    with pytest.raises(AggregatorError) as caught:
        score_round(ratings, replace(Rule.shorthand("mean"), places=3))
    assert str(caught.value) == "得分最多保留2位小数，请修改评审规则。"


def test_round_without_any_complete_sheet_is_refused():
    ratings = Ratings.from_columns(["A"], ["E1"], ["C1"], [800], criterion_of={"C1": "C1", "C2": "C2"})
    with pytest.raises(AggregatorError) as caught:
        score_round(ratings, Rule.shorthand("mean"))
    assert str(caught.value) == "本轮没有完整的评分，无法计算得分。"


def test_references_may_be_left_out_of_a_very_large_round():
    result = score_round(ratings_of({"A": panel(80, 90)}), Rule.shorthand("mean"), beside=False)
    assert (published(result), result.severity, result.z_score, result.effects) == (
        {"A": "85.00"},
        None,
        None,
        {},
    )
    deciding = score_round(ratings_of({"A": panel(80, 90)}), Rule.shorthand("severity"), beside=False)
    assert (published(deciding), deciding.z_score) == ({"A": "85.00"}, None)


def test_severity_that_does_not_settle_stops_only_the_rule_that_needs_it(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.totals.fit_additive", _never_settles)
    result = scored({"A": panel(80, 90)})
    assert (result.severity, result.notices) == (None, (Notice("severity_not_settled"),))
    with pytest.raises(AggregatorError, match="未能收敛"):
        scored({"A": panel(80, 90)}, "severity")


def _never_settles(*_, **__):
    raise AggregatorError("评分校准未能收敛")
