import json
import math
from fractions import Fraction

import pytest
from hypothesis import given, settings

from review_portal.aggregator import Notice, contrasts, read_csv
from review_portal.aggregator.connectivity import connectivity
from tests.aggregator import truth
from tests.aggregator.cases import ratings_of
from tests.aggregator.designs import design, designs, panels


def report_on(ratings):
    return connectivity(
        ratings.sheet_dossier, ratings.sheet_expert, len(ratings.dossiers), len(ratings.experts)
    )


def test_two_subsets_of_the_facets_manual_are_told_apart():
    folder = truth.case("facets_two_subsets")
    ratings = read_csv(folder / "input.csv")
    figures = report_on(ratings).figures(ratings.dossiers, ratings.experts)
    for entry in truth.expected("facets_two_subsets"):
        assert figures[entry.key] == entry.approx()
    said = next(row["value"] for row in truth.rows(folder / "expected.csv") if row["key"] == "component_of")
    for number, part in enumerate(said.split(" and ")):
        experts, dossiers = (set(names.split()) for names in part.strip("{}").split("|"))
        member = figures["component_of"]
        assert {key for key, value in member["experts"].items() if value == number} == experts
        assert {key for key, value in member["dossiers"].items() if value == number} == dossiers


def test_report_on_two_panels_joined_by_one_review():
    # A and B were seen by E1 and E2, C and D by E3 and E4; B also by E3
    totals = {
        "A": {"E1": 80, "E2": 90},
        "B": {"E1": 70, "E2": 75, "E3": 60},
        "C": {"E3": 80, "E4": 81},
        "D": {"E3": 82, "E4": 83},
    }
    ratings = ratings_of(totals)
    figures = report_on(ratings).figures(ratings.dossiers, ratings.experts)
    error = figures.pop("between_panel_standard_error")
    # half the current through A-B (resistance 1), all of it through the crossing review, half to C and to D
    assert error == pytest.approx(math.sqrt(1 / 4 + 1 + 2 / 4))
    # resistances A-B 1, C-D 1, B-C and B-D 1 3/4, A-C and A-D 2 3/4: 11/6 on average
    assert figures.pop("a_efficiency") == pytest.approx(float(2 / (Fraction(9, 4) * Fraction(11, 6))))
    assert figures == {
        "n_connected_components": 1,
        "design_rank_dossier_expert": 7,
        "n_dossiers": 4,
        "n_experts": 4,
        "n_reviews": 9,
        "component_of": {
            "dossiers": {"A": 0, "B": 0, "C": 0, "D": 0},
            "experts": {"E1": 0, "E2": 0, "E3": 0, "E4": 0},
        },
        "dossiers_per_component": [4],
        "experts_per_component": [4],
        "reviews_per_component": [9],
        "single_dossier_experts": [],
        "single_review_dossiers": [],
        "articulation_experts": {"E3": 2},
        "articulation_dossiers": {"B": 1},
        "bridges": [{"dossier": "B", "expert": "E3", "dossiers_cut_off": 2}],
        "crossing_reviews_minimum": 0,
        "crossing_reviews_recommended": 0,
        "crossing_reviews_proposed": [],
        "a_efficiency_bound": pytest.approx((1 - 4 / 9) / (1 - 1 / 4)),
        "weakest_link": {
            "crossing_reviews": 1,
            "dossiers_on_each_side": [2, 2],
            "dossiers": ["A", "B"],
            "experts": ["E1", "E2"],
        },
    }


def test_report_on_disconnected_panels_says_what_would_join_them():
    totals = {"A": {"E1": 80, "E2": 90}, "B": {"E3": 70, "E4": 75}, "C": {}}
    ratings = ratings_of(totals)
    report = report_on(ratings)
    assert (report.panel_error, report.efficiency) == (math.inf, 0.0)
    assert report.notices() == (
        Notice("panels_not_connected", {"parts": 2, "crossing": 1, "recommended": 5}),
    )
    figures = report.figures(ratings.dossiers, ratings.experts)
    shown = {
        key: figures[key] for key in figures if key.startswith(("crossing", "between", "weak", "single"))
    }
    assert shown == {
        "single_dossier_experts": ["E1", "E2", "E3", "E4"],
        "single_review_dossiers": [],
        "crossing_reviews_minimum": 1,
        "crossing_reviews_recommended": 5,
        "crossing_reviews_proposed": [
            {"dossier": "A", "expert": "E3"},
            {"dossier": "B", "expert": "E1"},
            {"dossier": "A", "expert": "E4"},
            {"dossier": "B", "expert": "E2"},
        ],
        "between_panel_standard_error": None,
        "weakest_link": None,
    }
    assert figures["component_of"]["dossiers"] == {"A": 0, "B": 1}


@settings(deadline=None, max_examples=60)
@given(designs())
def test_figures_of_any_design_are_plain_json(graph):
    report = connectivity(*graph)
    names = [f"S{i}" for i in range(graph.dossiers)], [f"E{j}" for j in range(graph.experts)]
    figures = report.figures(*names)
    assert json.loads(json.dumps(figures, allow_nan=False)) == figures
    assert figures["n_reviews"] == graph.sheet_dossier.size
    assert sum(figures["dossiers_per_component"]) == len(figures["component_of"]["dossiers"])


def test_round_without_reviews_has_nothing_to_compare():
    report = connectivity(*design([], 3, 2))
    assert (report.components.count, report.rank, report.efficiency, report.panel_error) == (0, 0, None, None)
    assert report.notices(5.0, 8.0) == ()


def test_weak_link_is_told_once_its_error_exceeds_half_the_spread_of_dossiers():
    report = connectivity(*panels((8, 3), (9, 3), crossing=[(8, 0)]))
    error = report.panel_error
    assert report.notices(2 * error * 8 + 1e-9, 8.0) == ()
    (found,) = report.notices(5.0, 8.0)
    assert found == Notice(
        "panels_weakly_linked",
        {
            "reviews": 1, "smaller": 8, "larger": 9, "error": f"{8 * error:.1f}", "half": "2.5",
            "more": math.ceil((8 * error / 2.5) ** 2) - 1,
        },
    )  # fmt: skip
    (mild,) = report.notices(2 * error * 8 - 1e-6, 8.0)
    assert mild.params["more"] == 4  # at least the recommended five in all


def test_nothing_is_said_of_a_link_where_the_spread_is_unknown_or_zero():
    report = connectivity(*panels((8, 3), (9, 3), crossing=[(8, 0)]))
    assert (report.notices(), report.notices(0.0, 8.0)) == ((), ())


def test_error_that_does_not_settle_is_said_and_taken_as_the_least_it_can_be(monkeypatch):
    monkeypatch.setattr(contrasts, "EXACT_LEVELS", 0)
    monkeypatch.setattr(contrasts, "_ITERATIONS", 1)
    report = connectivity(*panels((4, 3), (9, 5), (6, 2), crossing=[(0, 3), (5, 9)]))
    assert report.panel_error is None
    assert report.notices() == (Notice("panel_error_not_settled"),)
    assert [entry.code for entry in report.notices(5.0, 8.0)] == [
        "panel_error_not_settled",
        "panels_weakly_linked",
    ]
    assert report.notices(5.0, 8.0)[1].params["error"] == "8.0"
