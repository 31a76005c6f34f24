from dataclasses import replace
from decimal import Decimal

import pytest

from review_portal.aggregator import (
    AggregatorError,
    Notice,
    Stage,
    StageRatings,
    compare_rules,
    compare_shortlists,
    effect_of_removal,
    reconciliation_effect,
    remarks,
    score_round,
    shortlist,
)
from review_portal.aggregator.additive import fit_additive
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import TIE_KEYS, demo_stages, panel, ratings_of

SHIPPED = replace(Rule.shorthand("severity"), tie_keys=TIE_KEYS)
DEMO_ABSENT = {"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted"}
MEAN = Rule.shorthand("mean")


def single(totals):
    return [StageRatings("written", Decimal(1), ratings_of(totals))]


def demo_shortlist(name, rule):
    stage = demo_stages(name)[0]
    ratings = stage.ratings.without(dossiers=["S10"] if "S10" in stage.ratings.dossiers else [])
    scored = Stage(stage.key, stage.weight, score_round(ratings, rule), stage.rubric)
    return shortlist(scored, rule, places=6, threshold=Decimal(70))


def test_demo_list_is_the_same_under_the_office_rules_and_differs_under_z_score():
    comparison = compare_rules(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT)
    by_name = {other.name: other for other in comparison.others}
    assert list(by_name) == ["mean", "drop_high_low", "median", "z_score"]
    assert by_name["mean"].notices == (Notice("rule_list_same", {"rule": "mean", "quota": 3}),)
    assert by_name["drop_high_low"].notices == (
        Notice("rule_list_same", {"rule": "drop_high_low", "quota": 3}),
    )
    assert by_name["z_score"].notices == (
        Notice(
            "rule_place_changes",
            {"rule": "z_score", "place": 3, "before": "S05", "after": "S08", "margin": "0.01"},
        ),
    )
    assert (by_name["z_score"].entered, by_name["z_score"].left) == (("S08",), ("S05",))
    assert not comparison.demands_look


def test_another_list_under_an_office_rule_demands_a_look():
    totals = {"A": panel(90, 90, 90, 90, 40), "B": panel(85, 85, 85, 85, 85)}
    comparison = compare_rules(single(totals), MEAN, quota=1)
    assert comparison.ranking.within == ("B",)
    dropped = comparison.others[0]
    assert (dropped.name, dropped.changes_list, dropped.demands_look) == ("drop_high_low", True, True)
    assert dropped.notices == (
        Notice(
            "rule_place_changes",
            {"rule": "drop_high_low", "place": 1, "before": "B", "after": "A", "margin": "5.00"},
        ),
    )
    assert comparison.demands_look


def test_first_that_falls_out_is_not_said_to_have_changed_places_with_who_comes_in():
    totals = {"A": panel(70, 70, 100), "B": panel(79, 79, 79), "C": panel(78, 78, 78)}
    median = compare_rules(single(totals), MEAN, ["median"], quota=2).others[0]
    assert median.notices == (
        Notice(
            "rule_list_changes",
            {"rule": "median", "place": 1, "quota": 2, "before": "A", "after": "C", "margin": "8.00"},
        ),
    )


def test_another_shortlist_under_an_office_rule_is_said():
    totals = {"A": panel(90, 90, 90, 90, 40), "B": panel(85, 85, 85, 85, 85)}
    stage = single(totals)[0]
    chosen = shortlist(
        Stage(stage.key, stage.weight, score_round(stage.ratings, MEAN)),
        MEAN,
        places=1,
        threshold=Decimal(60),
    )
    assert compare_shortlists(stage, chosen, MEAN) == (
        Notice("rule_shortlist_changes", {"rule": "drop_high_low", "entered": ("A",), "left": ("B",)}),
    )


def test_tie_across_the_cut_under_another_rule_is_a_change():
    totals = {"A": panel(90, 80, 80), "B": panel(84, 80, 79)}
    median = compare_rules(single(totals), MEAN, ["median"], quota=1).others[0]
    assert median.changes_list
    assert median.notices == (
        Notice("rule_undecided", {"rule": "median", "dossiers": ("A", "B"), "places": 1}),
    )


def test_rule_that_cannot_be_applied_is_reported_and_not_replaced():
    comparison = compare_rules(single({"A": {"E1": 80}, "B": {"E2": 70}}), MEAN, quota=1)
    by_name = {other.name: other for other in comparison.others}
    for name in ("drop_high_low", "severity"):
        assert by_name[name].ranking is None
        assert by_name[name].notices == (Notice("rule_not_applicable", {"rule": name}),)


def test_comparison_finds_the_effects_once_for_all_rules(monkeypatch):
    calls = []

    def counted(*columns, **options):
        calls.append(columns)
        return fit_additive(*columns, **options)

    monkeypatch.setattr("review_portal.aggregator.totals.fit_additive", counted)
    comparison = compare_rules(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT)
    assert remarks(comparison.ranking)
    assert len(calls) == len(demo_stages())


def test_removal_of_an_expert_shows_who_moves():
    totals = {"A": panel(90, 60), "B": panel(80, 80), "C": panel(70, 71)}
    effect = effect_of_removal(single(totals), MEAN, experts=["E2"], quota=1)
    assert effect.order_changed
    assert (effect.entered, effect.left) == (("A",), ("B",))
    assert [(move.dossier, move.before, move.after) for move in effect.moves] == [("A", 2, 1), ("B", 1, 2)]


def test_removal_of_a_dossier_compares_only_the_others():
    totals = {"A": panel(90, 90), "B": panel(80, 80), "C": panel(70, 71)}
    effect = effect_of_removal(single(totals), Rule.shorthand("severity"), dossiers=["A"], quota=1)
    assert not effect.order_changed
    assert (effect.moves, effect.entered, effect.left) == ((), ("B",), ())


def test_removal_of_a_sheet_may_change_the_others_under_severity():
    totals = {"A": {"E1": 80}, "B": {"E1": 79, "E2": 81}, "C": {"E1": 70, "E2": 99}}
    effect = effect_of_removal(single(totals), Rule.shorthand("severity"), sheets=[("C", "E2")], quota=1)
    assert [str(effect.before.row(key).score) for key in "ABC"] == ["87.75", "80.00", "84.50"]
    assert [str(effect.after.row(key).score) for key in "ABC"] == ["81.00", "80.00", "71.00"]
    assert [(move.dossier, move.before, move.after) for move in effect.moves] == [("B", 3, 2), ("C", 2, 3)]


def test_removal_of_an_unknown_key_is_refused():
    with pytest.raises(AggregatorError) as caught:
        effect_of_removal(single({"A": panel(80)}), MEAN, experts=["E9"], quota=1)
    assert str(caught.value) == "各环节的评分中都没有编号“E9”，请核对。"


def test_demo_shortlist_changes_by_reconciliation_under_the_shipped_rule():
    change = reconciliation_effect(
        demo_shortlist("written.csv", SHIPPED), demo_shortlist("written_reconciled.csv", SHIPPED)
    )
    assert (change.changed, change.entered, change.left) == (True, ("S06",), ("S04",))
    assert change.notices == (
        Notice("reconciliation_entered", {"dossier": "S06", "before": "79.07", "after": "81.57"}),
        Notice("reconciliation_left_same", {"dossier": "S04", "after": "80.50"}),
    )


def test_demo_shortlist_does_not_change_under_drop_high_low():
    rule = replace(Rule.shorthand("drop_high_low"), tie_keys=TIE_KEYS)
    before, after = (demo_shortlist(name, rule) for name in ("written.csv", "written_reconciled.csv"))
    change = reconciliation_effect(before, after)
    assert not change.changed
    assert change.notices == (Notice("reconciliation_list_same", {}),)
    assert before.ranking.row("S06").score == after.ranking.row("S06").score == Decimal("82.70")


def test_small_round_says_so_and_shows_no_chance():
    ranking = compare_rules(demo_stages(), SHIPPED, [], quota=3, absent=DEMO_ABSENT).ranking
    assert remarks(ranking) == (Notice("few_dossiers", {"minimum": 10}),)


def test_few_reviews_and_as_many_dossiers_as_places_are_said():
    ranking = compare_rules(single({"A": panel(80, 90), "B": panel(70, 75)}), MEAN, [], quota=3).ranking
    assert [remark.code for remark in remarks(ranking)] == ["few_dossiers", "few_reviews", "as_many_as_quota"]


def test_margin_at_the_cut_below_the_usual_fluctuation_is_said():
    totals = {
        f"S{number:02}": panel(
            *(80 - number + step * (1 if number % 2 else -1) for step in (-4, -2, 0, 2, 4))
        )
        for number in range(9)
    }
    totals["S09"] = panel("71.4", "71.6", "71.5", "71.5", "71.5")
    totals["S10"] = panel("71.4", "71.6", "71.5", "71.5", "71.4")
    ranking = compare_rules(single(totals), MEAN, [], quota=10).ranking
    (remark,) = remarks(ranking)
    assert remark.code == "margin_below_usual"
    assert {key: remark.params[key] for key in ("place", "next", "margin")} == {
        "place": 10,
        "next": 11,
        "margin": "0.02",
    }
