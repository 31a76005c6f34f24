from dataclasses import replace
from decimal import Decimal

import pytest

from review_portal.aggregator import (
    AggregatorError,
    Notice,
    Ratings,
    Stage,
    hundredths,
    rank,
    rank_ratings,
    score_round,
    shortlist,
)
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import TIE_KEYS, demo_stages, panel, ratings_of, scored, single_stage

MEAN = Rule.shorthand("mean")
THREE_CRITERIA = {"C1": "C1", "C2": "C2", "C3": "C3"}


def criterion_ratings(sheets):
    """{dossier: {expert: (C1, C2, C3)}} as ratings."""
    rows = [
        (dossier, expert, item, points)
        for dossier, column in sheets.items()
        for expert, sheet in column.items()
        for item, points in zip(THREE_CRITERIA, sheet, strict=True)
    ]
    columns = list(zip(*rows, strict=True))
    return Ratings.from_columns(*columns[:3], hundredths(columns[3]), criterion_of=THREE_CRITERIA)


def ranked(sheets, quota=1, keys=("written.C1", "written.C2")):
    stage = Stage("written", Decimal(1), score_round(criterion_ratings(sheets), MEAN))
    return rank([stage], replace(MEAN, tie_keys=keys), quota=quota)


def lines(ranking):
    return [(row.rank, row.dossier, str(row.score), row.standing) for row in ranking.rows]


def test_ranking_is_a_competition_ranking():
    totals = {"A": panel(90), "B": panel(80), "C": panel(80), "D": panel(70)}
    assert lines(rank([single_stage(totals)], MEAN, quota=4)) == [
        (1, "A", "90.00", "within"),
        (2, "B", "80.00", "within"),
        (2, "C", "80.00", "within"),
        (4, "D", "70.00", "within"),
    ]


def test_tie_that_straddles_the_cut_leaves_the_tied_undecided():
    totals = {"A": panel(90), "B": panel(80), "C": panel(80), "D": panel(70)}
    ranking = rank([single_stage(totals)], MEAN, quota=2)
    assert ranking.within == ("A",)
    assert ranking.undecided == ("B", "C")
    assert (ranking.straddles, ranking.open_places) == (True, 1)
    assert [row.standing for row in ranking.rows] == ["within", "undecided", "undecided", "beyond"]
    assert ranking.notices == (
        Notice("tie_undecided", {"dossiers": ("B", "C"), "score": "80.00"}),
        Notice("tie_straddles_cut", {"dossiers": ("B", "C"), "places": 1, "quota": 2}),
    )


def test_tie_key_resolves_on_published_values_and_explains_itself():
    ranking = ranked({"Y": {"E1": ("33.80", "30", "21.2")}, "X": {"E1": ("34.10", "29.6", "21.3")}})
    assert lines(ranking) == [(1, "X", "85.00", "within"), (2, "Y", "85.00", "beyond")]
    (tie,) = ranking.ties
    assert (tie.places, tie.at_cut, tie.resolved, tie.order) == ((1, 2), True, True, (("X",), ("Y",)))
    (step,) = tie.steps
    assert (step.key, step.dossiers, step.separates) == ("written.C1", ("X", "Y"), True)
    assert step.values == (Decimal("34.10"), Decimal("33.80"))


def test_tie_keys_equal_after_rounding_do_not_separate():
    # C1 means 10.0033.. and 10.00 are both published as 10.00: a difference nobody can see decides nothing
    ranking = ranked(
        {
            "X": {"E1": ("10.01", "20", "30"), "E2": ("10", "20", "30"), "E3": ("10", "20", "29.99")},
            "Y": {"E1": ("10", "20", "30"), "E2": ("10", "20", "30"), "E3": ("10", "20", "30")},
        }
    )
    assert ranking.undecided == ("X", "Y")
    assert [step.separates for step in ranking.ties[0].steps] == [False, False]


def test_tie_of_three_separates_step_by_step():
    ranking = ranked(
        {
            "X": {"E1": ("30", "20", "10")},
            "Y": {"E1": ("30", "21", "9")},
            "Z": {"E1": ("31", "19", "10")},
        },
        quota=2,
    )
    assert [row.dossier for row in ranking.rows] == ["Z", "Y", "X"]
    assert [(step.key, step.dossiers) for step in ranking.ties[0].steps] == [
        ("written.C1", ("Z", "Y", "X")),
        ("written.C2", ("Y", "X")),
    ]
    assert ranking.within == ("Z", "Y")


def test_order_of_input_and_identifiers_never_decides():
    sheets = {"X": {"E1": ("30", "20", "10")}, "Y": {"E1": ("30", "20", "10")}}
    for order in (("X", "Y"), ("Y", "X")):
        ranking = ranked({dossier: sheets[dossier] for dossier in order})
        assert {(row.rank, row.standing) for row in ranking.rows} == {(1, "undecided")}


def test_final_score_weights_published_scores_and_rounds_half_up():
    written, defense = scored({"A": panel("85.11", "85.12")}), scored({"A": panel("80.01", "80")})
    stages = [Stage("w", Decimal("0.5"), written), Stage("d", Decimal("0.5"), defense)]
    (row,) = rank(stages, MEAN, quota=1).rows
    assert row.stage_scores == {"w": Decimal("85.12"), "d": Decimal("80.01")}
    assert row.score == Decimal("82.57")  # 82.565; over unrounded scores it would be 82.56


def test_demo_final_under_the_shipped_rule():
    rule = replace(Rule.shorthand("severity"), tie_keys=TIE_KEYS)
    absent = {"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted", "S10": "withdrawn"}
    ranking = rank_ratings(demo_stages(), rule, quota=3, absent=absent)
    assert lines(ranking) == [
        (1, "S07", "88.13", "within"),
        (2, "S01", "87.28", "within"),
        (3, "S05", "83.40", "within"),
        (4, "S08", "83.40", "beyond"),
        (5, "S06", "81.17", "beyond"),
    ]
    (tie,) = ranking.ties
    assert [(step.key, tuple(map(str, step.values))) for step in tie.steps] == [
        ("written_review.C1", ("33.57", "33.57")),
        ("written_review.C2", ("29.36", "29.07")),
    ]
    assert (tie.places, tie.at_cut, tie.resolved) == ((3, 4), True, True)
    assert [(entry.dossier, entry.code) for entry in ranking.absent] == sorted(absent.items())
    assert [{key: str(score) for key, score in row.stage_scores.items()} for row in ranking.rows] == [
        {"written_review": "88.50", "onsite_defense": "87.57"},
        {"written_review": "86.77", "onsite_defense": "88.05"},
        {"written_review": "83.43", "onsite_defense": "83.36"},
        {"written_review": "83.43", "onsite_defense": "83.36"},
        {"written_review": "81.57", "onsite_defense": "80.57"},
    ]


DEMO_ABSENT = {"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted"}


@pytest.mark.parametrize(
    ("name", "finals"),
    [
        ("drop_high_low", {"S07": "88.14", "S01": "87.08", "S05": "83.56", "S08": "83.56", "S06": "81.86"}),
        ("mean", {"S07": "88.13", "S01": "87.05", "S05": "83.40", "S08": "83.40", "S06": "81.17"}),
        ("z_score", {"S07": "88.44", "S01": "87.39", "S08": "83.32", "S05": "83.31", "S06": "81.10"}),
    ],
)
def test_demo_final_under_other_rules(name, finals):
    rule = replace(Rule.shorthand(name), tie_keys=TIE_KEYS)
    ranking = rank_ratings(demo_stages(), rule, quota=3, absent=DEMO_ABSENT)
    assert {row.dossier: str(row.score) for row in ranking.rows} == finals
    assert [row.dossier for row in ranking.rows] == list(finals)


def test_demo_shortlist_takes_six_of_at_least_seventy():
    written = demo_stages()[0]
    rule = replace(Rule.shorthand("severity"), tie_keys=TIE_KEYS)
    stage = Stage("written_review", Decimal("0.6"), score_round(written.ratings, rule), "written_review")
    result = shortlist(stage, rule, places=6, threshold=Decimal(70))
    assert result.within == ("S07", "S01", "S05", "S08", "S09", "S06")
    assert (result.undecided, result.beyond, result.below) == ((), ("S04",), ("S11",))


def test_shortlist_reports_a_tie_across_its_last_place_as_undecided():
    totals = {"A": panel(90), "B": panel(80), "C": panel(80), "D": panel(60)}
    result = shortlist(single_stage(totals), MEAN, places=2, threshold=Decimal(70))
    assert (result.within, result.undecided, result.open_places) == (("A",), ("B", "C"), 1)
    assert (result.straddles, result.beyond, result.below) == (True, (), ("D",))
    assert result.notices == (
        Notice("tie_shared", {"dossiers": ("B", "C"), "score": "80.00"}),
        Notice("shortlist_tie_goes_on", {"dossiers": ("B", "C"), "places": 2, "going": 3}),
    )


def test_tie_across_the_last_place_below_the_threshold_sends_nobody_on():
    totals = {"A": panel(90), "B": panel(60), "C": panel(60), "D": panel(50)}
    result = shortlist(single_stage(totals), MEAN, places=2, threshold=Decimal(70))
    assert (result.going, result.undecided, result.below) == (("A",), (), ("B", "C", "D"))
    assert result.notices == (
        Notice("tie_shared", {"dossiers": ("B", "C"), "score": "60.00"}),
        Notice("shortlist_not_full", {"places": 2, "going": 1}),
    )


def test_shortlist_threshold_counts_the_published_score_and_includes_itself():
    totals = {"A": panel("69.99", "70"), "B": panel("69.99", "69.99")}
    result = shortlist(single_stage(totals), MEAN, places=6, threshold=Decimal(70))
    assert (result.within, result.below) == (("A",), ("B",))  # 69.995 is published as 70.00
    assert result.notices == (Notice("shortlist_places_suffice", {"dossiers": 2, "places": 6, "going": 1}),)


def test_shortlist_may_end_empty():
    result = shortlist(single_stage({"A": panel(50)}), MEAN, places=6, threshold=Decimal(70))
    assert (result.within, result.undecided, result.below) == ((), (), ("A",))
    assert result.notices == (Notice("shortlist_empty", {"threshold": "70"}),)


def test_withdrawn_dossier_is_listed_apart_without_a_rank():
    totals = {"A": panel(90), "B": panel(80)}
    ranking = rank([single_stage(totals)], MEAN, quota=1, absent={"A": "withdrawn"})
    assert lines(ranking) == [(1, "B", "80.00", "within")]
    assert [(entry.dossier, entry.code) for entry in ranking.absent] == [("A", "withdrawn")]


def test_dossier_without_a_sheet_is_listed_as_unscored():
    ranking = rank([single_stage({"A": panel(90), "B": {}})], MEAN, quota=1)
    assert [(entry.dossier, entry.code) for entry in ranking.absent] == [("B", "unscored")]


def test_notices_of_a_stage_name_the_stage():
    stage = single_stage({"A": {"E1": 80}, "B": {"E2": 70}}, "severity")
    params = {"parts": 2, "fallback": "none", "crossing": 1, "recommended": 5, "stage": "written_review"}
    assert rank([stage], Rule.shorthand("severity"), quota=1).notices == (
        Notice("severity_not_connected", params),
    )


def test_fewer_dossiers_than_places_are_all_within():
    assert rank([single_stage({"A": panel(90)})], MEAN, quota=3).within == ("A",)


@pytest.mark.parametrize(
    ("weights", "keys", "quota", "sentence"),
    [
        (("0.6", "0.3"), (), 1, "各评审环节的权重之和应为1，请修改后再排名。"),
        (("0.6", "0.4"), ("w.C9",), 1, "并列规则中的“w.C9”在本次排名的环节里找不到，请核对评审规则。"),
        (("0.6", "0.4"), (), -1, "拟遴选数量不能为负数。"),
    ],
)
def test_ranking_refuses_what_does_not_fit_together(weights, keys, quota, sentence):
    result = scored({"A": panel(80)})
    stages = [Stage(key, Decimal(weight), result) for key, weight in zip("wd", weights, strict=True)]
    with pytest.raises(AggregatorError) as caught:
        rank(stages, replace(MEAN, tie_keys=keys), quota=quota)
    assert str(caught.value) == sentence


def test_dossier_missing_in_a_stage_needs_a_recorded_reason():
    stages = [
        Stage("w", Decimal("0.6"), scored({"A": panel(80), "B": panel(70)})),
        Stage("d", Decimal("0.4"), scored({"A": panel(80)})),
    ]
    with pytest.raises(AggregatorError) as caught:
        rank(stages, MEAN, quota=1)
    assert str(caught.value) == "B没有“d”环节的得分，请先登记其未参加的原因。"


def test_canonical_ranking_holds_only_text_lists_and_maps():
    def leaves(value):
        if isinstance(value, dict):
            return {type(key) for key in value} | {kind for entry in value.values() for kind in leaves(entry)}
        return (
            {kind for entry in value for kind in leaves(entry)} if isinstance(value, list) else {type(value)}
        )

    rule = replace(Rule.shorthand("severity"), tie_keys=TIE_KEYS)
    canonical = rank_ratings(demo_stages(), rule, quota=3, absent=DEMO_ABSENT).canonical()
    assert leaves(canonical) == {str}
    assert canonical["rows"][0] == {
        "rank": "1",
        "dossier": "S07",
        "score": "88.13",
        "stage_scores": {"written_review": "88.50", "onsite_defense": "87.57"},
        "standing": "within",
    }
    assert canonical["stages"][0]["result"]["input"] == demo_stages()[0].ratings.digest()
    assert canonical["rule"] == rule.canonical()


def test_canonical_row_says_null_where_a_method_has_no_value():
    stage = Stage("w", Decimal(1), score_round(ratings_of({"A": {"E1": 80}, "B": {"E2": 70}}), MEAN))
    (first, _) = rank([stage], MEAN, quota=1).canonical()["stages"][0]["result"]["rows"]
    assert (first["severity"], first["mean"]) == (None, "80.00")
