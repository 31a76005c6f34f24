from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from review_portal.aggregator import (
    AggregatorError,
    StageRatings,
    compare_rules,
    effect_of_removal,
    rank_ratings,
    read_csv,
)
from review_portal.aggregator.stability import leave_one_expert_out, list_stability
from review_portal.domain.wording import sentence
from scoring_rubrics.rule import Rule
from tests.aggregator import truth
from tests.aggregator.cases import TIE_KEYS, demo_stages, panel, ratings_of
from tests.aggregator.rounds import rounds, rules, sparse_round

SHIPPED = replace(Rule.shorthand("severity"), tie_keys=TIE_KEYS)
DEMO_ABSENT = {"S09": "abstained", "S04": "not_shortlisted", "S11": "not_shortlisted"}
DEMO_MAXIMA = {
    "written_review": {"C1": Decimal(40), "C2": Decimal(35), "C3": Decimal(25)},
    "onsite_defense": {
        "D1": Decimal(10),
        "D2": Decimal(30),
        "D3": Decimal(25),
        "D4": Decimal(20),
        "D5": Decimal(15),
    },
}
MEAN = Rule.shorthand("mean")
RULES = ["mean", "drop_high_low", "median", "severity", "z_score"]


def single(totals):
    return [StageRatings("written", Decimal(1), ratings_of(totals))]


def two_stages(one, two):
    return [StageRatings("one", Decimal("0.6"), one), StageRatings("two", Decimal("0.4"), two)]


def without(stages, expert):
    return [
        replace(stage, ratings=stage.ratings.without(experts={expert}.intersection(stage.ratings.experts)))
        for stage in stages
    ]


def ranks_among(ranking, kept):
    """Competition ranks of some dossiers among themselves."""
    ranks = {row.dossier: row.rank for row in ranking.rows if row.dossier in kept}
    return {dossier: 1 + sum(other < own for other in ranks.values()) for dossier, own in ranks.items()}


def compare_with_ranking_again(stages, rule, quota, absent=None):
    """Every answer against the ranking of the same stages without that expert."""
    before = rank_ratings(stages, rule, quota=quota, absent=absent, beside=False)
    found = leave_one_expert_out(stages, rule, quota=quota, absent=absent)
    for each in found:
        reduced = without(stages, each.key)
        try:
            after = rank_ratings(reduced, rule, quota=quota, absent=absent, beside=False)
        except AggregatorError:
            assert each.effect is None
            continue
        compare_effect(each.effect, before, after)
        methods = [
            [(stage.result.normalize, stage.result.combine) for stage in ranking.stages]
            for ranking in (before, after)
        ]
        assert each.changes_method == (methods[0] != methods[1])
    return found


def compare_effect(effect, before, after):
    kept = {row.dossier for row in after.rows}
    old, new = ranks_among(before, kept), ranks_among(after, kept)
    assert set(effect.entered) == set(after.within) - set(before.within)
    assert set(effect.left) == set(before.within) - set(after.within)
    assert (set(effect.undecided), effect.open_places) == (set(after.undecided), after.open_places)
    assert set(effect.unscored) == {row.dossier for row in before.rows} - kept
    assert effect.order_changed == (old != new)
    assert (effect.largest_move is None) == (old == new)
    if effect.largest_move is not None:
        move = effect.largest_move
        assert (move.before, move.after) == (old[move.dossier], new[move.dossier])
        assert abs(move.after - move.before) == max(abs(new[key] - old[key]) for key in kept)


def test_demo_list_hangs_on_two_experts_and_on_the_weight_of_two_criteria():
    found = list_stability(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT, maxima=DEMO_MAXIMA)
    assert (found.within, found.undecided) == (("S07", "S01", "S05"), ())
    assert found.swing_experts == ("Z1", "Z3")
    assert found.swing_criteria == ("written_review.C2", "written_review.C3")
    assert found.swing_rules == ("median", "z_score")
    assert [str(sentence(each)) for each in found.notices] == [
        "不计专家Z1的评分，前3名名单有变化：列入S08，不再列入S05。此为参考，不作为排序依据。",
        "不计专家Z3的评分，前3名名单有变化：列入S08，不再列入S05。此为参考，不作为排序依据。",
        "不计“written_review.C2”的得分（其他指标按比例放大），前3名名单有变化：列入S08，不再列入S05。"
        "此为参考，不作为排序依据。",
        "“written_review.C2”的权重减少20%（其他指标相应调整），前3名名单有变化：列入S08，不再列入S05。"
        "此为参考，不作为排序依据。",
        "“written_review.C3”的权重增加20%（其他指标相应调整），前3名名单有变化：列入S08，不再列入S05。"
        "此为参考，不作为排序依据。",
        "各项指标的权重同时增减20%或不变，共比较235种组合，其中76种的前3名名单有变化，涉及S05、S08等2家。"
        "此为参考，不作为排序依据。",
    ]


@pytest.mark.parametrize("name", RULES)
def test_demo_answers_are_those_of_ranking_again(name):
    rule = replace(Rule.shorthand(name), tie_keys=TIE_KEYS)
    compare_with_ranking_again(demo_stages(), rule, 3, DEMO_ABSENT)


def test_answer_agrees_with_the_effect_of_removing_that_expert():
    found = leave_one_expert_out(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT)
    removal = effect_of_removal(demo_stages(), SHIPPED, experts=["Z3"], quota=3, absent=DEMO_ABSENT)
    answer = found[2].effect
    assert (found[2].key, answer.entered, answer.left) == ("Z3", removal.entered, removal.left)
    assert answer.largest_move in removal.moves
    assert {move.dossier for move in removal.moves} == {"S05", "S08"}


@pytest.mark.parametrize("name", RULES)
def test_answers_of_a_real_call_are_those_of_ranking_again(name):
    # 60 dossiers, 40 experts, two stages, each expert in turn
    stages = two_stages(sparse_round(60, 40, 6, seed=1), sparse_round(60, 40, 7, seed=2))
    rule = replace(Rule.shorthand(name), tie_keys=("one.C1", "stage.two", "two.C2"))
    assert len(compare_with_ranking_again(stages, rule, 12)) == 40


@pytest.mark.parametrize("name", ["severity", "z_score"])
def test_answers_of_a_large_panel_are_those_of_ranking_again(name):
    # more than 60 experts: effects are iterated there, updated here
    stages = [StageRatings("one", Decimal(1), sparse_round(100, 64, 5, seed=3))]
    compare_with_ranking_again(stages, replace(Rule.shorthand(name), tie_keys=("one.C1",)), 30)


@settings(deadline=None, max_examples=40)
@given(rounds(), rules(), st.integers(0, 5))
def test_answers_of_any_round_are_those_of_ranking_again(ratings, rule, quota):
    stages = [StageRatings("one", Decimal(1), ratings, "written")]
    rule = replace(rule, tie_keys=("written.C2", "stage.one"))
    try:
        rank_ratings(stages, rule, quota=quota)
    except AggregatorError:
        return  # the rule refuses the round as it is
    compare_with_ranking_again(stages, rule, quota)


@settings(deadline=None, max_examples=30)
@given(rounds(dossiers=4, experts=4), rounds(dossiers=4, experts=4), rules(), st.integers(0, 3))
def test_answers_over_two_stages_are_those_of_ranking_again(one, two, rule, quota):
    stages = two_stages(one, two)
    rule = replace(rule, tie_keys=("one.C1", "stage.two"))
    listed = [set(stage.ratings.dossiers) for stage in stages]
    absent = dict.fromkeys(listed[0] ^ listed[1], "not_shortlisted")
    try:
        rank_ratings(stages, rule, quota=quota, absent=absent)
    except AggregatorError:
        return  # the rule refuses one of the rounds as it is
    compare_with_ranking_again(stages, rule, quota, absent)


def test_dossier_on_one_experts_shoulders_leaves_with_him():
    (first, second) = leave_one_expert_out(
        single({"A": {"E1": 80, "E2": 70}, "B": {"E1": 90}, "C": {"E2": 60}}), MEAN, quota=1
    )
    assert (first.key, first.effect.left, first.effect.unscored) == ("E1", ("B",), ("B",))
    assert (first.effect.entered, first.effect.order_changed) == (("A",), False)
    assert (second.key, second.effect.changes_list, second.effect.unscored) == ("E2", False, ("C",))


def test_rule_that_refuses_without_an_expert_is_reported_and_not_raised():
    totals = {"A": panel(90, 85, 85, 84, 60), "B": panel(86, 85, 84, 84, 80)}
    rule = replace(Rule.shorthand("drop_high_low"), below_threshold="refuse")
    found = list_stability(single(totals), rule, quota=1)
    assert [each.effect for each in found.experts] == [None] * 5
    assert [str(sentence(each)) for each in found.notices] == [
        "逐一不计专家E1、E2、E3、E4、E5等5名的评分时，按评审规则不能计算得分，未作比较。"
    ]


def test_only_expert_of_a_round_cannot_be_left_out():
    (alone,) = leave_one_expert_out(single({"A": panel(80), "B": panel(70)}), MEAN, quota=1)
    assert (alone.key, alone.effect, alone.changes_list) == ("E1", None, False)


def test_method_that_changes_with_an_expert_is_said():
    totals = {"A": {"E1": 80, "E2": 90}, "B": {"E2": 70, "E3": 75}}
    found = list_stability(single(totals), Rule.shorthand("severity"), quota=1)
    assert [each.changes_method for each in found.experts] == [False, True, False]
    assert "逐一不计专家E2等1名的评分时，有效评分不足或专家组不再连通" in str(sentence(found.notices[-1]))


def test_expert_without_a_complete_sheet_is_not_asked_about():
    ratings = ratings_of({"A": panel(80, 70), "B": panel(60, 70)})
    ratings = replace(ratings, experts=(*ratings.experts, "E3"))
    found = leave_one_expert_out([StageRatings("one", Decimal(1), ratings)], MEAN, quota=1)
    assert [each.key for each in found] == ["E1", "E2"]


def test_codes_drawn_for_each_stage_are_told_apart_by_person():
    one = {"A": {"E1": 90, "E2": 70}, "B": {"E1": 70, "E2": 80}}
    two = {"A": {"E1": 70, "E2": 90}, "B": {"E1": 80, "E2": 71}}  # E1 and E2 have changed their codes
    stages = two_stages(ratings_of(one), ratings_of(two))
    persons = {"one": {"E1": "甲", "E2": "乙"}, "two": {"E1": "乙", "E2": "甲"}}
    by_person = leave_one_expert_out(stages, MEAN, quota=1, persons=persons)
    assert [(each.key, each.effect.entered) for each in by_person] == [("甲", ("B",)), ("乙", ())]
    same = two_stages(
        ratings_of(one),
        ratings_of({key: dict(zip(("E2", "E1"), own.values(), strict=True)) for key, own in two.items()}),
    )
    by_code = leave_one_expert_out(same, MEAN, quota=1)
    assert [each.effect for each in by_code] == [each.effect for each in by_person]


@pytest.mark.parametrize(
    ("persons", "message"),
    [
        ({"one": {"E1": "甲"}}, "没有说明“one”环节的专家E2是哪一位，请补充后再算。"),
        ({"one": {"E1": "甲", "E2": "甲"}}, "“one”环节有两个代号都指甲，请核对。"),
    ],
)
def test_persons_must_name_every_expert_once(persons, message):
    stages = [StageRatings("one", Decimal(1), ratings_of({"A": panel(80, 70)}))]
    with pytest.raises(AggregatorError) as caught:
        leave_one_expert_out(stages, MEAN, quota=1, persons=persons)
    assert str(caught.value) == message


def test_national_round_is_not_asked_expert_by_expert(monkeypatch):
    monkeypatch.setattr("review_portal.aggregator.stability.MOST_CELLS", 3)
    with pytest.raises(AggregatorError) as caught:
        leave_one_expert_out(single({"A": panel(80, 70), "B": panel(60, 70)}), MEAN, quota=1)
    assert str(caught.value) == ("参评单位2家、专家2名，逐一不计每名专家的计算量过大，请改为核对指定的专家。")


def test_answers_do_not_depend_on_how_many_are_computed_at_a_time(monkeypatch):
    stages = [StageRatings("one", Decimal(1), sparse_round(12, 6, 3, seed=4))]
    rule = Rule.shorthand("severity", tie_keys=("one.C1",))
    maxima = {"one": {"C1": Decimal(60), "C2": Decimal(40)}}
    at_once = list_stability(stages, rule, quota=3, maxima=maxima)
    monkeypatch.setattr("review_portal.aggregator.what_if.CELLS", 1)
    one_by_one = list_stability(stages, rule, quota=3, maxima=maxima)
    assert one_by_one.experts == at_once.experts
    assert (one_by_one.criteria, one_by_one.weights, one_by_one.joint) == (
        at_once.criteria, at_once.weights, at_once.joint,
    )  # fmt: skip


def test_comparison_at_hand_is_used_and_gives_the_same():
    comparison = compare_rules(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT)
    with_it, alone = (
        list_stability(demo_stages(), SHIPPED, quota=3, absent=DEMO_ABSENT, comparison=given_)
        for given_ in (comparison, None)
    )
    assert with_it.rules is comparison.others
    assert (with_it.experts, with_it.notices) == (alone.experts, alone.notices)
    assert (with_it.criteria, with_it.weights, with_it.joint) == ((), (), None)


def test_published_ranks_without_each_judge_come_out_again():
    # a complete table: shrinking means towards their mean keeps their order, so these are the means' ranks
    folder = truth.case("wine_randall_1989")
    ratings = read_csv(folder / "input.csv")
    stages = [StageRatings("one", Decimal(1), ratings)]
    published = {}
    for row in truth.rows(folder / "expected_leave_one_expert_out.csv"):
        published.setdefault(row["dropped_expert"], {})[row["dossier"]] = int(row["rank"])
    before = {row.dossier: row.rank for row in rank_ratings(stages, MEAN, quota=3).rows}
    found = leave_one_expert_out(stages, MEAN, quota=3)
    assert {each.key for each in found} == published.keys()
    for each in found:
        after = published[each.key]
        assert each.effect.order_changed == (after != before)
        assert set(each.effect.entered) == {d for d in after if after[d] <= 3 < before[d]}
        assert set(each.effect.left) == {d for d in after if before[d] <= 3 < after[d]}
        steps = [abs(after[dossier] - before[dossier]) for dossier in after]
        move = each.effect.largest_move
        assert (move is None) == (max(steps) == 0)
        if move is not None:
            assert (after[move.dossier], before[move.dossier]) == (move.after, move.before)
            assert abs(move.after - move.before) == max(steps)
