import json

import pytest

from review_portal.aggregator.__main__ import main
from review_portal.aggregator.agreement import agreement
from review_portal.aggregator.generalizability import Generalizability
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from tests.aggregator.score_files import rows_of, write
from tests.aggregator.simulated import simulated_round


@pytest.fixture
def given(tmp_path):
    """Writes a score file and gives its path as text."""
    return lambda rows: write(tmp_path / "scores.csv", rows)


def agreed(capsys, *arguments):
    assert main(["agreement", *arguments, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


RATINGS = simulated_round(3, dossiers=9, experts=4, each=4, criteria=3)


def test_agreement_prints_what_the_functions_give(given, capsys):
    found = agreed(capsys, given(rows_of(RATINGS)))
    variances = fit_mixed(Reviews.of(RATINGS)).variances
    parts = Generalizability(variances.dossier, variances.expert, variances.residual)
    figures = agreement(RATINGS, generalizability=parts).figures()
    assert {key: found[key] for key in figures} == figures
    assert {"ICC(2,k)", "phi_k", "kendall_p", "cronbach_alpha", "krippendorff_alpha_ratio"} <= figures.keys()
    assert (found["n_reviews"], found["complete"], found["notices"]) == (36, True, [])
    one = agreement(RATINGS, RATINGS.criteria[1]).figures()
    assert {key: found[f"criterion.{RATINGS.criteria[1]}.{key}"] for key in one} == one


def test_mean_of_the_items_changes_squares_and_nothing_else(given, capsys):
    file = given(rows_of(RATINGS))
    total, mean = (agreed(capsys, file, "--composite", kind) for kind in ("sum", "mean"))
    assert total["MS_residual"] == pytest.approx(9 * mean["MS_residual"])
    assert total["ICC(2,1)"] == pytest.approx(mean["ICC(2,1)"])
    assert total["phi_k"] == pytest.approx(mean["phi_k"])


def test_scores_below_zero_have_no_ratio_alpha_and_it_is_said(given, capsys):
    rows = rows_of(RATINGS.of_criterion(RATINGS.criteria[0]))
    moved = [(*row[:3], f"{(float(row[3]) - 30) / 1000:.6f}") for row in rows]
    found, shifted = agreed(capsys, given(rows)), agreed(capsys, given(moved))
    assert shifted["MS_residual"] == pytest.approx(found["MS_residual"] / 1e6)
    for key in ("ICC(3,k)", "kendall_W_tie_corrected", "krippendorff_alpha_interval", "mean_spearman"):
        assert shifted[key] == pytest.approx(found[key])
    assert "krippendorff_alpha_ratio" in found
    assert "krippendorff_alpha_ratio" not in shifted
    assert "agreement_no_ratio" in [entry["code"] for entry in shifted["notices"]]


def test_coefficients_are_listed_with_limits_and_the_experts_that_would_do(given, capsys):
    assert main(["agreement", given(rows_of(RATINGS.of_criterion(RATINGS.criteria[0])))]) == 0
    shown = capsys.readouterr()
    lines = shown.out.splitlines()
    assert lines[0] == "总分：材料9份，专家4名，评分36份；每名专家都评审了每份材料"
    assert [line.split()[0] for line in lines[2:8]] == [
        f"组内相关ICC({model},{of})" for of in "1k" for model in "123"
    ]
    assert lines[2].split()[3:5] == ["–", lines[2].split()[4]]
    assert [line.split()[1].isdecimal() for line in lines if line.startswith("概化系数（绝对）达0.8")] == [
        True
    ]
    assert shown.err.split()[0] == "agreement_one_criterion"


def test_design_that_leaves_no_variances_still_has_its_other_figures(given, capsys):
    file = given([("A", "E1", "C", 5), ("B", "E1", "C", 6), ("A", "E2", "C", 6)])
    found = agreed(capsys, file)
    assert "phi_1" not in found
    assert (found["n_reviews"], found["krippendorff_alpha_nominal"]) == (3, 0)
    reasons = {entry["code"]: entry["params"] for entry in found["notices"]}
    assert reasons["variance_components_missing"]["reason"].startswith("有效评分仅3份")
    assert main(["agreement", file]) == 0
    assert (
        "variance_components_missing 未能估计方差分量，不列概化系数：有效评分仅3份" in capsys.readouterr().err
    )


def test_incomplete_round_says_why_coefficients_are_missing(given, capsys):
    found = agreed(capsys, given(rows_of(simulated_round(3, dossiers=9, experts=4, each=2, criteria=1))))
    assert [key for key in found if key.startswith(("ICC", "kendall"))] == []
    assert found["complete"] is False
    assert "agreement_incomplete" in [entry["code"] for entry in found["notices"]]
