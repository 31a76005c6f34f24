from dataclasses import replace
from decimal import Decimal

import pytest

from review_portal.aggregator import AggregatorError, Notice, StageRatings, rank_ratings
from review_portal.aggregator.panels import rank_panels
from review_portal.domain.wording import sentence
from scoring_rubrics.rule import Rule
from tests.aggregator.cases import TIE_KEYS, demo_stages, panel, ratings_of

MEAN = Rule.shorthand("mean")
SEVERITY = Rule.shorthand("severity")
TOTALS = {"A": panel(90), "B": panel(80), "C": panel(80), "D": panel(70), "E": panel(95), "F": panel(60)}
GROUPS = {"A": "甲", "B": "甲", "C": "甲", "D": "甲", "E": "乙", "F": "乙"}


def stages_of(totals):
    return [StageRatings("written", Decimal(1), ratings_of(totals))]


def lines(ranking):
    return [(row.rank, row.dossier, str(row.score), row.standing) for row in ranking.rows]


def refusal(*arguments, **options):
    with pytest.raises(AggregatorError) as caught:
        rank_panels(*arguments, **options)
    return str(caught.value)


def test_each_group_has_ranks_ties_and_a_cut_of_its_own():
    result = rank_panels(stages_of(TOTALS), MEAN, GROUPS, quotas={"甲": 2, "乙": 1})
    assert [entry.group for entry in result.panels] == ["乙", "甲"]
    assert lines(result.panel("甲")) == [
        (1, "A", "90.00", "within"),
        (2, "B", "80.00", "undecided"),
        (2, "C", "80.00", "undecided"),
        (4, "D", "70.00", "beyond"),
    ]
    assert lines(result.panel("乙")) == [(1, "E", "95.00", "within"), (2, "F", "60.00", "beyond")]
    (tie,) = result.panel("甲").ties
    assert (tie.places, tie.at_cut, tie.order) == ((2, 3), True, (("B", "C"),))
    assert (result.within, result.undecided) == (("E", "A"), ("B", "C"))
    assert (result.panel("甲").open_places, result.panel("乙").open_places) == (1, 0)


def test_notices_say_that_groups_are_not_compared_and_whose_tie_it_is():
    result = rank_panels(stages_of(TOTALS), MEAN, GROUPS, quotas=2)
    assert result.notices == (
        Notice("panels_ranked_apart", {"groups": ("乙", "甲")}),
        Notice("tie_undecided", {"dossiers": ("B", "C"), "score": "80.00", "group": "甲"}),
        Notice("tie_straddles_cut", {"dossiers": ("B", "C"), "places": 1, "quota": 2, "group": "甲"}),
    )
    assert [str(sentence(entry)) for entry in result.notices[:2]] == [
        "本次按乙、甲分组排名，名额按组计算，不同组的得分不作比较。",
        "B、C得分均为80.00，各项并列规则比较后仍相同，并列待定。",
    ]


def test_one_group_of_all_gives_the_common_ranking():
    rule = replace(SEVERITY, tie_keys=TIE_KEYS)
    absent = {"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted"}
    common = rank_ratings(demo_stages(), rule, quota=3, absent=absent)
    everybody = dict.fromkeys(common.dossiers, "全体")
    result = rank_panels(demo_stages(), rule, everybody, quotas=3, absent=absent)
    assert result.panel("全体").rows == common.rows
    assert result.panel("全体").ties == common.ties
    assert result.within == common.within
    assert result.absent == common.absent  # none of them has a group


def test_absent_dossiers_stand_with_their_group():
    totals = TOTALS | {"G": {}}
    result = rank_panels(stages_of(totals), MEAN, GROUPS | {"G": "乙"}, quotas=1, absent={"D": "withdrawn"})
    assert [(entry.dossier, entry.code) for entry in result.panel("甲").absent] == [("D", "withdrawn")]
    assert [(entry.dossier, entry.code) for entry in result.panel("乙").absent] == [("G", "unscored")]
    assert result.absent == ()


TWO_PANELS = {
    "A": {"E1": 80, "E2": 90}, "B": {"E1": 70, "E2": 86}, "C": {"E2": 70},
    "D": {"E3": 60, "E4": 50}, "E": {"E3": 60},
}  # fmt: skip


def test_severity_within_groups_needs_no_reviews_across_them():
    """The effects of each group sum to 0: E1 -6.5 and E2 +6.5, E3 +5 and E4 -5."""
    groups = {"A": "甲", "B": "甲", "C": "甲", "D": "乙", "E": "乙"}
    result = rank_panels(stages_of(TWO_PANELS), SEVERITY, groups, quotas=1)
    assert lines(result.panel("甲")) == [
        (1, "A", "85.00", "within"), (2, "B", "78.00", "beyond"), (3, "C", "63.50", "beyond"),
    ]  # fmt: skip
    assert lines(result.panel("乙")) == [(1, "D", "55.00", "undecided"), (1, "E", "55.00", "undecided")]
    (stage,) = result.stages
    assert (stage.result.normalize, stage.result.severity.tolist()) == (
        "severity",
        stage.result.score.tolist(),
    )
    assert [entry.code for entry in result.notices] == [
        "panels_ranked_apart", "tie_undecided", "tie_straddles_cut",
    ]  # fmt: skip


def test_group_whose_reviews_do_not_hang_together_makes_the_fallback_decide_for_all():
    groups = {"A": "甲", "B": "甲", "C": "乙", "D": "乙", "E": "乙"}
    result = rank_panels(stages_of(TWO_PANELS), SEVERITY, groups, quotas=1)
    assert [str(row.score) for row in result.panel("甲").rows] == ["85.00", "78.00"]
    assert [str(row.score) for row in result.panel("乙").rows] == ["70.00", "60.00", "55.00"]
    (entry,) = [entry for entry in result.notices if entry.code == "severity_group_not_connected"]
    assert entry.params == {"groups": ("乙",), "fallback": "none", "stage": "written"}
    assert str(sentence(entry)) == "乙组内的评审互不连通，不能作评分校准，按评审规则改用未校准的评分。"


def test_order_of_dossiers_and_groups_never_decides():
    turned = rank_panels(
        stages_of(dict(reversed(TOTALS.items()))), MEAN, dict(reversed(GROUPS.items())), quotas=2
    )
    straight = rank_panels(stages_of(TOTALS), MEAN, GROUPS, quotas=2)
    assert {
        (p.group, row.rank, row.dossier, row.standing) for p in turned.panels for row in p.ranking.rows
    } == {(p.group, row.rank, row.dossier, row.standing) for p in straight.panels for row in p.ranking.rows}


@pytest.mark.parametrize(
    ("groups", "quotas", "sentence"),
    [
        ({"A": "甲", "C": "甲", "D": "甲", "E": "乙"}, 1, "B、F没有组别，请补上。"),
        (GROUPS | {"A": ""}, 1, "A没有组别，请补上。"),
        (GROUPS, {"甲": 1}, "“乙”组没有名额，请补上。"),
        (GROUPS, {"甲": 1, "乙": 1, "丙": 1}, "本次排名没有“丙”组，请核对名额。"),
        (GROUPS, -1, "拟遴选数量不能为负数。"),
    ],
)
def test_groups_and_places_that_do_not_fit_are_refused(groups, quotas, sentence):
    assert refusal(stages_of(TOTALS), MEAN, groups, quotas=quotas) == sentence


def test_missing_group_is_refused_also_where_severity_has_to_look_at_groups():
    assert refusal(stages_of(TWO_PANELS), SEVERITY, {"A": "甲"}, quotas=1).startswith("B、C、D、E没有组别")


def test_canonical_holds_the_groups_and_the_stages_once():
    canonical = rank_panels(stages_of(TOTALS), MEAN, GROUPS, quotas=1).canonical()
    assert [(entry["group"], entry["quota"], entry["within"]) for entry in canonical["panels"]] == [
        ("乙", "1", ["E"]),
        ("甲", "1", ["A"]),
    ]
    assert (canonical["within"], len(canonical["stages"])) == (["E", "A"], 1)
