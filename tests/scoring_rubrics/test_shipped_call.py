"""What the shipped call says: the notice's own facts, and the working plan's values."""

from __future__ import annotations

import json
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from scoring_rubrics import AffinityRules, Call, CommentRule

RULES = json.loads(
    (Path(__file__).parents[1] / "data/calls/formal_check_rules.json").read_text(encoding="utf-8")
)


def test_notice_facts_stand_as_printed(shipped: Call) -> None:
    assert shipped.document_number == "渝经信节能〔2023〕1号"
    assert shipped.title == "关于申报市级重点绿色制造综合服务平台的通知"
    assert shipped.platform_name == "2023年市级绿色制造综合服务平台"
    assert (shipped.quota, shipped.consortium_max) == (3, 3)
    assert (shipped.goals_min, shipped.goals_any_of) == (4, (1, 2))
    assert (shipped.limits.intro, shipped.limits.overview, shipped.limits.body) == (500, 1000, 6000)


def test_deadline_is_the_first_instant_too_late(shipped: Call) -> None:
    china = timezone(timedelta(hours=8))
    assert shipped.deadline == datetime(2023, 2, 18, tzinfo=china)
    assert shipped.deadline_label == "2023年2月17日"


def test_stages_are_half_open_and_touch(shipped: Call) -> None:
    assert [(stage.label, stage.start, stage.before) for stage in shipped.stages] == [
        ("2023年3月—2023年11月", date(2023, 3, 1), date(2023, 12, 1)),
        ("2023年11月—2024年11月", date(2023, 12, 1), date(2024, 12, 1)),
        ("2024年11月—2025年11月", date(2024, 12, 1), date(2025, 12, 1)),
    ]


def test_districts_stand_in_official_order(shipped: Call) -> None:
    assert len(shipped.districts) == 41
    assert [shipped.districts[i].name for i in (0, 3, 37, 38, 40)] == [
        "万州区",
        "渝中区",
        "彭水苗族土家族自治县",
        "两江新区",
        "万盛经开区",
    ]
    assert [district.seq for district in shipped.districts if district.code is None] == [39, 40, 41]


def test_formal_rules_are_the_31_of_the_office(shipped: Call) -> None:
    rules = [
        {"id": rule.id, "title": rule.title, "mode": rule.mode, "severity": rule.severity}
        for rule in shipped.formal_rules
    ]
    assert rules == RULES


def test_formal_rules_that_blame_the_recommender_wait_for_a_decision(shipped: Call) -> None:
    assert [rule.id for rule in shipped.formal_rules if rule.decide] == ["F24", "F25"]


def test_review_stages_follow_the_notice_and_weights_sum_to_one(shipped: Call) -> None:
    assert [(stage.phase, stage.key, stage.kind, stage.weight) for stage in shipped.review_stages] == [
        ("初审", "expert_prescreen", "check", None),
        ("论证", "panel_demonstration", "opinion", None),
        ("评估", "written_review", "score", Decimal("0.6")),
        ("现场答辩", "onsite_defense", "score", Decimal("0.4")),
    ]


def test_criteria_carry_the_notices_words_and_order(shipped: Call) -> None:
    written = shipped.rubrics["written_review"]
    assert [(criterion.name, criterion.weight) for criterion in written.criteria] == [
        ("服务区域绿色发展效益", Decimal(40)),
        ("目标路径设置科学", Decimal(35)),
        ("可复制推广性", Decimal(25)),
    ]


@pytest.mark.parametrize(
    ("rubric", "maxima"),
    [
        ("written_review", "10 12 8 10 9 9 6 8 3 9 8 5 3"),
        ("onsite_defense", "10 15 15 15 10 20 15"),
        ("annual_acceptance", "12 12 12 8 6 10 8 7 10 5 6 4"),
    ],
)
def test_item_maxima_are_those_of_the_working_plan(shipped: Call, rubric: str, maxima: str) -> None:
    assert [str(item.max_score) for item in shipped.rubrics[rubric].items] == maxima.split()


def test_levels_cover_every_half_point_of_every_item(shipped: Call) -> None:
    for rubric in shipped.rubrics.values():
        for item in rubric.items:
            if item.scoring == "levels":
                grid = [item.step * n for n in range(int(item.max_score / item.step) + 1)]
                names = [item.level_of(points).name for points in grid]
                assert names == sorted(names, key="差中良优".index)


def test_levels_print_a_single_point_as_one_number(shipped: Call) -> None:
    levels = shipped.rubrics["written_review"].item("C2.5").levels
    assert [(level.label, level.band) for level in levels] == [
        ("优秀", "2.5–3.0"),
        ("良好", "2.0"),
        ("一般", "1.5"),
        ("较差", "0.0–1.0"),
    ]


def test_goals_are_recognised_by_their_printed_names(shipped: Call) -> None:
    for goal in shipped.goals:
        others = [other for other in shipped.goals if other != goal]
        assert any(pattern in goal.name for pattern in goal.patterns)
        assert not any(pattern in goal.name for other in others for pattern in other.patterns)


def test_working_plan_values(shipped: Call) -> None:
    assert (shipped.panel.size, shipped.recusal.years("employment")) == (7, 3)
    assert (shipped.shortlist.places, shipped.shortlist.threshold) == (6, Decimal(70))
    assert (shipped.defense.present_minutes, shipped.defense.question_minutes) == (10, 10)
    assert (shipped.defense.attendees_max, shipped.defense.late_minutes) == (3, 15)
    assert (shipped.defense.call_minutes, shipped.defense.order) == (20, "fewest_departures")
    assert (shipped.ties.quorum_text, shipped.ties.majority, shipped.ties.ballots) == ("2/3", "votes", 2)
    assert [shipped.ties.needed(voters) for voters in (1, 5, 6, 7)] == [1, 4, 4, 5]
    assert (shipped.publicity.working_days, shipped.publicity.count_start) == (5, True)
    triggers = shipped.triggers
    assert (triggers.deviation_percent, triggers.range_points) == (30, 25)
    assert (triggers.severity_points, triggers.noise_times, triggers.chance_percent) == (5, Decimal("1.5"), 5)
    assert triggers.low_levels == ("差",)
    assert shipped.comments == CommentRule(("差",), "criterion", 10, 10, 300)
    assert shipped.dropout.rule == "keep_submitted_complete"
    assert (shipped.panel.both_rounds, shipped.panel.new_experts) == ("allow", 0)
    assert shipped.affinity == AffinityRules(Decimal("0.6"), Decimal("0.3"), Decimal("0.1"))


def test_rule_is_severity_then_mean_with_ties_by_criteria(shipped: Call) -> None:
    assert shipped.rule.canonical() == {
        "normalize": "severity",
        "combine": "mean",
        "min_reviews": "5",
        "below_threshold": "all_mean",
        "fallback": "none",
        "tie_keys": "written_review.C1,written_review.C2,stage.onsite_defense",
        "places": "2",
    }
    assert shipped.rule.label == "宽严度校准后取算术平均"


def test_signed_sheet_says_what_the_office_signs(shipped: Call) -> None:
    written = shipped.rubrics["written_review"]
    assert written.sheet_title == "专家书面评审评分表"
    assert written.columns[-1] == "评分理由（较差或满分必填）"
    assert written.foot == (
        "本人与该申报单位（含联合体成员）无利害关系，独立评分，对评分负责。 专家签字：　　　　年　月　日"
    )


def test_acceptance_passes_only_at_the_full_rate_and_rectification_is_off(shipped: Call) -> None:
    rules = shipped.rubrics["annual_acceptance"].acceptance
    assert rules is not None
    assert (rules.pass_rate, rules.rectify, rules.due_months) == (Decimal(100), False, 1)
    assert (rules.due_roll, rules.redistribute) == ("next_working_day", True)
