"""What others computed (TRUTH_DIR), against what the command line prints for the same file.

Every key of every expected.csv is looked up in the JSON of `fit`, `agreement` and `connectivity`, or stands
below with the reason why it is not a figure of theirs.
"""

import json
from decimal import ROUND_HALF_UP, Decimal
from functools import cache

import numpy as np
import pytest

from review_portal.aggregator import read_csv
from review_portal.aggregator.__main__ import main
from review_portal.aggregator.mixed_model import Reviews, fit_mixed
from tests.aggregator.truth import case, expected, rows

# case -> places that the chances of its expected_rank_posterior.csv are about
CASES = {
    "facets_two_subsets": None,
    "insteval_full": 100,
    "irr_anxiety": None,
    "krippendorff_canonical": None,
    "shrout_fleiss_1979": None,
    "wine_randall_1989": 3,
}
COMPLETE = {"irr_anxiety", "shrout_fleiss_1979", "wine_randall_1989"}
FITTED = CASES.keys() - {"facets_two_subsets", "krippendorff_canonical"}
OTHERWISE = {
    "component_of": "words; test_parts_are_those_of_the_facets_manual",
    "portal_must": "words; test_one_ranking_over_both_parts_is_refused",
    "rank_posterior_tolerance": "a tolerance; test_chances_and_rank_ranges_are_reached",
    "confidence_weighted_fixed_ls_sigma": "of another file; test_effects_weighted_by_confidence_are_reached",
}
FILES = {  # beside expected.csv and input.csv
    "expected_blup_dossier.csv", "expected_blup_expert.csv", "expected_lmm_blup_dossier.csv",
    "expected_lmm_blup_expert.csv", "expected_fixed_ls_dossier.csv", "expected_fixed_ls_expert.csv",
    "expected_rank_posterior.csv", "expected_simple_rules.csv", "expected_leave_one_expert_out.csv",
    "input_confidence.csv", "expected_confidence_weighted_fixed_ls_dossier.csv",
    "expected_confidence_weighted_fixed_ls_expert.csv",
}  # fmt: skip


@pytest.fixture
def printed(capsys):
    """The JSON of one subcommand on a case's file."""

    def run(command, name, *options):
        assert main([command, str(case(name) / "input.csv"), *options, "--json"]) == 0
        return json.loads(capsys.readouterr().out)

    return run


def key_of(name, key):
    """The key under which the command prints an expected figure."""
    key = key.partition("_published")[0].removeprefix("lmm_")
    if name in COMPLETE and key.startswith("krippendorff"):
        return f"irr_{key}"  # of R's irr, which leaves out the weights 1/(m-1) where no cell is missing
    return key


@pytest.mark.parametrize("name", CASES)
def test_every_expected_figure_is_printed_within_its_tolerance(printed, name):
    found = {**printed("agreement", name), **printed("connectivity", name)}
    if name in FITTED:
        found |= printed("fit", name, "--fixed")
    checked = set()
    for entry in expected(name):
        if entry.key not in OTHERWISE:
            assert found[key_of(name, entry.key)] == entry.approx(), entry.key
            checked.add(entry.key)
    assert {row["key"] for row in rows(case(name) / "expected.csv")} - checked <= OTHERWISE.keys()


def test_every_file_and_every_exception_is_accounted_for():
    keys = {row["key"] for name in CASES for row in rows(case(name) / "expected.csv")}
    assert OTHERWISE.keys() <= keys
    there = {path.name for name in CASES for path in case(name).iterdir()}
    assert there - {"expected.csv", "input.csv"} == FILES


def test_parts_are_those_of_the_facets_manual(printed):
    table = rows(case("facets_two_subsets") / "expected.csv")
    said = next(row["value"] for row in table if row["key"] == "component_of")
    member = printed("connectivity", "facets_two_subsets")["component_of"]
    for number, part in enumerate(said.split(" and ")):
        experts, dossiers = (set(names.split()) for names in part.strip("{}").split("|"))
        assert {key for key, value in member["experts"].items() if value == number} == experts
        assert {key for key, value in member["dossiers"].items() if value == number} == dossiers


def test_one_ranking_over_both_parts_is_refused(printed, capsys):
    file = str(case("facets_two_subsets") / "input.csv")
    assert main(["rank", file, "--rule", "severity"]) == 2
    assert "2个互不连通的部分，不能作评分校准后共同排名" in capsys.readouterr().err
    assert main(["fit", file, "--fixed"]) == 2
    assert "固定效应不能跨部分比较" in capsys.readouterr().err
    for command in ("fit", "connectivity"):
        codes = [entry["code"] for entry in printed(command, "facets_two_subsets")["notices"]]
        assert "panels_not_connected" in codes


@pytest.mark.parametrize("name", sorted(FITTED))
def test_predictions_are_reached(printed, name):
    found = printed("fit", name)
    prefix = "lmm_blup" if name in {"irr_anxiety", "shrout_fleiss_1979"} else "blup"
    for side in ("dossier", "expert"):
        wanted = {row[side]: row for row in rows(case(name) / f"expected_{prefix}_{side}.csv")}
        own = found[f"{side}s"]
        assert own.keys() == wanted.keys()
        for figure in ("blup", "cond_sd"):
            assert [own[key][figure] for key in wanted] == pytest.approx(
                [float(row[figure]) for row in wanted.values()], abs=1e-4
            )


@pytest.mark.parametrize("name", ["shrout_fleiss_1979", "wine_randall_1989"])
def test_fixed_effects_are_reached(printed, name):
    found = printed("fit", name, "--fixed")
    for side, figure in (("dossier", "adjusted"), ("expert", "severity")):
        wanted = {row[side]: float(row[figure]) for row in rows(case(name) / f"expected_fixed_ls_{side}.csv")}
        assert {key: row[figure] for key, row in found[f"{side}s"].items()} == pytest.approx(wanted, abs=1e-8)


def test_effects_weighted_by_confidence_are_reached(capsys):
    folder = case("wine_randall_1989")
    assert main(["fit", str(folder / "input_confidence.csv"), "--fixed", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    sigma = next(one for one in expected("wine_randall_1989") if one.key.startswith("confidence_weighted"))
    assert found[sigma.key] == sigma.approx()
    for side, figure in (("dossier", "adjusted"), ("expert", "severity")):
        table = rows(folder / f"expected_confidence_weighted_fixed_ls_{side}.csv")
        wanted = {row[side]: float(row[figure]) for row in table}
        own = {key: row[f"confidence_weighted_{figure}"] for key, row in found[f"{side}s"].items()}
        assert own == pytest.approx(wanted, abs=1e-8)


@pytest.mark.parametrize("name", [name for name, top in CASES.items() if top])
def test_chances_and_rank_ranges_are_reached(printed, name):
    top = CASES[name]
    own = printed("fit", name, "--top", str(top))["dossiers"]
    published = {row["dossier"]: row for row in rows(case(name) / "expected_rank_posterior.csv")}
    assert own.keys() == published.keys()

    def pair(ours, theirs):
        return (
            np.array([own[key][ours] for key in published]),
            np.array([float(row[theirs]) for row in published.values()]),
        )

    large = name == "insteval_full"
    assert pair("blup", "blup")[0] == pytest.approx(pair("blup", "blup")[1], abs=1e-4)
    found, wanted = pair("post_sd", "post_sd_with_mu" if large else "post_sd")
    assert found == pytest.approx(wanted, abs=1e-4)
    found, wanted = pair("p_top_k", "p_top100" if large else "p_topk")
    assert found == pytest.approx(wanted, abs=0.015 if large else 0.003)
    assert found.sum() == pytest.approx(top)
    off = [np.abs(np.subtract(*pair(edge, edge))) for edge in ("rank_p05", "rank_p95")]
    # the large reference's quantiles rest on 2,000 draws: a few of 2,256 are off by more than 30 ranks
    allowed = 30 if large else 1
    assert int((np.concatenate(off) > allowed).sum()) <= (3 if large else 0)
    found, wanted = pair("mean_rank", "mean_rank")
    if large:  # the reference's mean of 20,000 draws has a sampling error of its own, in part above 2 ranks
        spread = (pair("rank_p95", "rank_p95")[1] - pair("rank_p05", "rank_p05")[1]) / 3.29
        away = (found - wanted) / np.maximum(spread / np.sqrt(20_000), 0.2)
        assert np.abs(away).max() < 4.5
        assert np.std(away) < 1.1
    else:
        assert found == pytest.approx(wanted, abs=0.01)


def test_chance_of_the_very_first_place_is_reached(printed):
    own = printed("fit", "wine_randall_1989", "--top", "1")["dossiers"]
    for row in rows(case("wine_randall_1989") / "expected_rank_posterior.csv"):
        assert own[row["dossier"]]["p_top_k"] == pytest.approx(float(row["p_top1"]), abs=0.003)


@pytest.mark.parametrize("name", ["shrout_fleiss_1979", "wine_randall_1989"])
def test_ranks_by_the_plain_mean_are_reached(printed, name):
    found = {row["dossier"]: row for row in printed("rank", name, "--rule", "mean")["rows"]}
    for row in rows(case(name) / "expected_simple_rules.csv"):
        own = found[row["dossier"]]
        assert own["score"] == str(Decimal(row["mean"]).quantize(Decimal("0.01"), ROUND_HALF_UP))
        assert own["rank"] == row["rank_mean"]


def test_predictions_without_each_judge_are_reached():
    ratings = read_csv(case("wine_randall_1989") / "input.csv")
    wanted = rows(case("wine_randall_1989") / "expected_leave_one_expert_out.csv")

    @cache
    def refitted(expert):
        return fit_mixed(Reviews.of(ratings.without(experts=[expert]))).calibrated

    for row in wanted:
        calibrated = refitted(row["dropped_expert"])
        at = ratings.dossiers.index(row["dossier"])
        assert calibrated[at] == pytest.approx(float(row["blup"]), abs=1e-4)
        assert int((calibrated > calibrated[at]).sum()) + 1 == int(row["rank"])
    assert {row["dropped_expert"] for row in wanted} == set(ratings.experts)
