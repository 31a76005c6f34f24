import runpy
from collections import defaultdict
from decimal import Decimal
from fractions import Fraction

import pytest

from review_portal.aggregator import score_round
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import DATA, demo_ratings, read_columns

BUILD = runpy.run_path(str(DATA / "demo" / "build.py"))
MAXIMA = BUILD["WRITTEN_ITEMS"] | BUILD["DEFENSE_ITEMS"]
ROWS = {"written.csv": 754, "written_reconciled.csv": 715, "defense.csv": 238}


@pytest.mark.parametrize("name", ROWS)
def test_demo_file_is_what_its_script_writes(name):
    assert read_columns(DATA / "demo" / name) == BUILD["FILES"][name]()
    assert len(read_columns(DATA / "demo" / name)) == ROWS[name]


@pytest.mark.parametrize("name", ROWS)
def test_demo_points_stay_within_their_maxima_on_the_half_point_grid(name):
    for _, _, item, points in read_columns(DATA / "demo" / name):
        assert 0 <= Decimal(points) <= MAXIMA[item]
        assert Decimal(points) % Decimal("0.5") == 0


def test_demo_sheets_add_up_to_the_totals_and_criteria_they_were_spread_from():
    sums = defaultdict(Fraction)
    for dossier, expert, item, points in read_columns(DATA / "demo" / "written.csv"):
        sums[dossier, expert, item.split(".")[0]] += Fraction(points)
    expected = {
        (dossier, expert, criterion): part
        for dossier, totals in BUILD["WRITTEN"].items()
        for expert, total in zip(BUILD["EXPERTS"], totals, strict=True)
        if total is not None
        for criterion, part in BUILD["criteria_of"](dossier, expert, Fraction(total)).items()
    }
    assert sums == expected


def test_demo_written_round_gives_the_figures_of_every_method():
    result = score_round(demo_ratings("written_reconciled.csv"), Rule.shorthand("severity"))
    assert {
        row.dossier: tuple(map(str, (row.drop_high_low, row.mean, row.severity))) for row in result.rows()
    } == {
        "S07": ("88.50", "88.50", "88.50"),
        "S01": ("86.63", "86.58", "86.77"),
        "S05": ("83.60", "83.43", "83.43"),
        "S08": ("83.60", "83.43", "83.43"),
        "S06": ("82.70", "81.57", "81.57"),
        "S09": ("81.60", "81.64", "81.64"),
        "S04": ("80.50", "80.50", "80.50"),
        "S11": ("67.50", "67.21", "67.21"),
    }
    assert (result.outliers, result.range_exceeded) == ((), ())


def test_demo_written_round_before_reconciliation_raises_both_triggers_on_one_sheet():
    ratings = demo_ratings("written.csv").without(dossiers=["S10"])
    result = score_round(ratings, Rule.shorthand("severity"))
    (outlier,) = result.outliers
    assert (outlier.dossier, outlier.expert, str(outlier.total), str(outlier.mean)) == (
        "S06",
        "Z5",
        "55.00",
        "79.07",
    )
    assert str(outlier.deviation_percent) == "-30.4"
    assert result.range_exceeded == ("S06",)
    scores = {row.dossier: str(row.score) for row in result.rows()}
    assert (scores["S06"], scores["S01"]) == ("79.07", "86.83")


def test_demo_defense_round_gives_the_trimmed_means():
    result = score_round(demo_ratings("defense.csv"), Rule.shorthand("drop_high_low"))
    assert {row.dossier: str(row.score) for row in result.rows()} == {
        "S07": "87.60",
        "S01": "87.75",
        "S05": "83.50",
        "S08": "83.50",
        "S06": "80.60",
    }


def test_demo_recused_expert_has_no_cell():
    result = score_round(demo_ratings("written_reconciled.csv"), Rule.shorthand("mean"))
    row = next(row for row in result.rows() if row.dossier == "S01")
    assert (row.n, list(row.totals)) == (6, ["Z1", "Z2", "Z3", "Z5", "Z6", "Z7"])
