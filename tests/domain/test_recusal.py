"""Recusal: lead and every member, three years back, kin, the recommending unit, the expert's own word."""

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.records import PastRole, Relative
from review_portal.domain.recusal import (
    DossierFacts,
    ExpertFacts,
    UnitFacts,
    conflicts,
    considered,
    same_employer,
    unit_key,
)
from scoring_rubrics import load_call
from scoring_rubrics.recusal_rules import years_before

DATA = Path(__file__).parents[1] / "data"
POOL = json.loads((DATA / "experts" / "experts_recusal.json").read_text("utf-8"))
RULES = load_call(Path(__file__).parents[2] / "scoring_rubrics" / "green_platform_2023").recusal


def expert_facts(record) -> ExpertFacts:
    return ExpertFacts(
        name=record["name"],
        employer=record["employer"],
        past_roles=tuple(
            PastRole(role["org"], role["role"], date.fromisoformat(role["end"]))
            for role in record["past_roles"]
        ),
        relatives=tuple(
            Relative(item["name"], item["relation"], item["org"], item["position"])
            for item in record["relatives"]
        ),
        declared=tuple(record.get("signed_conflict", ())),
    )


def dossier_facts(path: Path) -> DossierFacts:
    values = json.loads(path.read_text("utf-8"))["expected"]
    unit = values["unit"]
    return DossierFacts(
        units=tuple(
            UnitFacts(
                item["name"],
                item["role"],
                unit["legal_representative"] if item["role"] == "lead" else None,
                unit["credit_code"] if item["role"] == "lead" else None,
            )
            for item in values["consortium"]
        ),
        recommender=values["cover"]["recommender"],
        district=values["district"],
    )


EXPERTS = {record["id"]: expert_facts(record) for record in POOL["experts"]}
DOSSIERS = {
    path.name.removesuffix(".expected.json"): dossier_facts(path)
    for path in sorted((DATA / "forms").glob("*.expected.json"))
}
# The pool names one more dossier, of which only a member unit is known.
DOSSIERS["app06_intro_over_500"] = DossierFacts(
    units=(UnitFacts("重庆示例综合能源有限公司", "lead"), UnitFacts("示例大学重庆研究院", "member")),
    recommender="渝北区经济和信息化委员会（示例）",
    district="渝北区",
)
UNIT = "重庆示例绿能科技有限公司"
DOSSIER = DossierFacts(
    (UnitFacts(UNIT, "lead", "吴示例", "91500000MAEXAMP14Y"),), "涪陵区经济和信息化委员会（示例）", "涪陵区"
)


def found(expert: ExpertFacts, dossier: DossierFacts = DOSSIER) -> list[tuple[str, str, str]]:
    return [
        (conflict.rule, conflict.level, str(conflict.reason))
        for conflict in conflicts(expert, dossier, RULES)
    ]


def test_rules_of_the_call_are_those_of_the_pool():
    assert (RULES.reference_date.isoformat(), RULES.years("employment")) == (
        POOL["reference_date"],
        POOL["look_back_years"],
    )


def test_conflicts_are_exactly_those_expected_of_the_pool():
    expected = {
        (case["expert"], case["dossier"]) for case in POOL["expected_conflicts"] if case["result"] == "recuse"
    }
    actual = {
        (expert, dossier)
        for expert in EXPERTS
        for dossier in DOSSIERS
        if conflicts(EXPERTS[expert], DOSSIERS[dossier], RULES)
    }
    assert actual == expected


@pytest.mark.parametrize(
    ("expert", "dossier", "rule", "level", "reason"),
    [
        (
            "X02",
            "app02_consortium_of_four",
            "past_role",
            "automatic",
            "近3年内曾任牵头单位“重庆示例化工节能工程有限公司”技术顾问，2021-06-30离任",
        ),
        (
            "X03",
            "app02_consortium_of_four",
            "employer",
            "automatic",
            "现任职于联合体成员单位“重庆示例检测认证有限公司”",
        ),
        (
            "X04",
            "app06_intro_over_500",
            "employer",
            "automatic",
            "现任职于联合体成员单位“示例大学重庆研究院”",
        ),
        (
            "X05",
            "app01_eligible_single",
            "relative",
            "automatic",
            "配偶吴示例任牵头单位“重庆示例绿能科技有限公司”法定代表人",
        ),
        (
            "X07",
            "app04_kpi_totals_missing",
            "recommender",
            "automatic",
            "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员",
        ),
        (
            "X09",
            "app01_eligible_single",
            "declaration",
            "declared",
            "专家自行申明与“重庆示例绿能科技有限公司”有利害关系：重庆示例绿能科技有限公司（授信业务经办人）",
        ),
        (
            "X11",
            "app03_three_goals_only",
            "past_role",
            "automatic",
            "近3年内曾任牵头单位“重庆示例节能监测中心”职工，2020-03-01离任",
        ),
    ],
)
def test_conflicts_say_rule_level_and_reason(expert, dossier, rule, level, reason):
    assert found(EXPERTS[expert], DOSSIERS[dossier]) == [(rule, level, reason)]


def test_considered_shows_a_post_that_ended_too_long_ago():
    expert, dossier = EXPERTS["X06"], DOSSIERS["app04_kpi_totals_missing"]
    assert found(expert, dossier) == []
    (note,) = considered(expert, dossier, RULES)
    assert str(note.reason) == (
        "曾任牵头单位“重庆示例能源服务股份有限公司”独立董事，2019-12-31离任，已超过3年，不需回避"
    )
    assert note.evidence == "重庆示例能源服务股份有限公司/独立董事/2019-12-31"


def test_same_employer_warns_of_the_two_from_one_university():
    pairs = same_employer(list(EXPERTS.values()))
    assert [(list(EXPERTS)[pair.first], list(EXPERTS)[pair.second], str(pair.reason)) for pair in pairs] == [
        ("X01", "X08", "甲示例与辛示例同在“重庆示例大学”，同一专家组不宜超过1人")
    ]


@pytest.mark.parametrize(("end", "is_conflict"), [("2020-02-20", True), ("2020-02-19", False)])
def test_conflicts_count_the_first_day_of_the_look_back(end, is_conflict):
    expert = ExpertFacts(
        "甲示例", "重庆示例大学", past_roles=(PastRole(UNIT, "顾问", date.fromisoformat(end)),)
    )
    assert bool(conflicts(expert, DOSSIER, RULES)) is is_conflict
    assert bool(considered(expert, DOSSIER, RULES)) is not is_conflict


def test_years_before_on_a_leap_day_counts_a_day_more():
    assert years_before(date(2024, 2, 29), 3) == date(2021, 2, 28)
    assert years_before(date(2023, 2, 20), 3) == date(2020, 2, 20)


def test_conflicts_count_a_post_that_lasts():
    expert = ExpertFacts("甲示例", "重庆示例大学", past_roles=(PastRole(UNIT, "独立董事", None),))
    assert found(expert) == [("past_role", "automatic", f"现任牵头单位“{UNIT}”独立董事")]


def test_conflicts_check_every_member_and_keep_every_ground():
    dossier = DossierFacts(
        (UnitFacts(UNIT, "lead"), UnitFacts("重庆示例融资租赁有限公司", "member", "郑示例"))
    )
    expert = ExpertFacts(
        "郑示例",
        "重庆示例融资租赁有限责任公司",
        declared=("重庆示例融资租赁有限公司",),
    )
    assert found(expert, dossier) == [
        ("employer", "automatic", "现任职于联合体成员单位“重庆示例融资租赁有限公司”"),
        (
            "legal_representative",
            "automatic",
            "本人与联合体成员单位“重庆示例融资租赁有限公司”法定代表人同名，须核实是否同一人",
        ),
        (
            "declaration",
            "declared",
            "专家自行申明与“重庆示例融资租赁有限公司”有利害关系：重庆示例融资租赁有限公司",
        ),
    ]


@pytest.mark.parametrize(
    "employer",
    [
        "重庆示例绿能科技有限公司",
        " 重庆 示例绿能科技有限公司",
        "重庆市示例绿能科技有限公司",
        "重庆示例绿能科技有限责任公司",
        "重庆示例绿能（科技）有限公司",
        "重庆示例绿能(科技)有限公司",
    ],
)
def test_conflicts_recuse_by_variants_of_the_same_name(employer):
    assert found(ExpertFacts("甲示例", employer)) == [("employer", "automatic", f"现任职于牵头单位“{UNIT}”")]


@pytest.mark.parametrize(
    "employer",
    [
        "重庆示例绿能科技",
        "示例绿能科技有限公司",
        "重庆示例绿能科技股份有限公司",
        "重庆示例绿能科技有限公司渝北分公司",
    ],
)
def test_conflicts_hand_similar_names_to_people(employer):
    assert found(ExpertFacts("甲示例", employer)) == [
        ("employer", "to_decide", f"工作单位“{employer}”与牵头单位“{UNIT}”名称相近，须核实")
    ]


@pytest.mark.parametrize(
    "employer",
    [
        "重庆示例绿能科技发展有限公司",
        "重庆示例绿能有限公司",
        "重庆示例绿能科技集团有限公司",
        "成都示例绿能科技有限公司",
        "",
    ],
)
def test_conflicts_never_merge_different_companies(employer):
    assert found(ExpertFacts("甲示例", employer)) == []


def test_conflicts_recuse_by_equal_credit_code_under_another_name():
    expert = ExpertFacts("甲示例", "示例新能源公司", employer_code="91500000maexamp14y")
    assert found(expert) == [("employer", "automatic", f"现任职于牵头单位“{UNIT}”")]


def test_conflicts_ask_about_a_retired_expert_of_the_unit():
    assert found(ExpertFacts("甲示例", f"退休（原{UNIT}）")) == [
        ("employer", "to_decide", f"原任职于牵头单位“{UNIT}”，离任时间不明，须核实")
    ]


@pytest.mark.parametrize(
    ("relative", "rule", "level", "reason"),
    [
        (
            Relative("钱示例", "子女", UNIT, "职工"),
            "relative",
            "automatic",
            f"子女钱示例任牵头单位“{UNIT}”职工",
        ),
        (
            Relative("钱示例", "表弟", UNIT, "职工"),
            "relative",
            "to_decide",
            f"表弟钱示例任牵头单位“{UNIT}”职工",
        ),
        (
            Relative("钱示例", "表弟", UNIT, "总经理"),
            "relative",
            "automatic",
            f"表弟钱示例任牵头单位“{UNIT}”总经理",
        ),
        (
            Relative("吴 示例", "配偶", "示例医院", "医生"),
            "legal_representative",
            "to_decide",
            f"配偶吴 示例与牵头单位“{UNIT}”法定代表人同名，须核实是否同一人",
        ),
    ],
)
def test_conflicts_weigh_relatives_by_kinship_and_post(relative, rule, level, reason):
    assert found(ExpertFacts("甲示例", "重庆示例大学", relatives=(relative,))) == [(rule, level, reason)]


def test_conflicts_ask_about_an_expert_who_bears_the_legal_representatives_name():
    assert found(ExpertFacts("吴示例", "重庆示例大学")) == [
        ("legal_representative", "to_decide", f"本人与牵头单位“{UNIT}”法定代表人同名，须核实是否同一人")
    ]


@pytest.mark.parametrize(
    "employer",
    [
        "涪陵区经济和信息化委员会",
        "重庆市涪陵区经济信息委",
        "涪陵区经信委（示例）",
        "涪陵区经济信息化委员会(示例)",
    ],
)
def test_conflicts_know_the_recommending_unit_by_its_short_forms(employer):
    assert found(ExpertFacts("甲示例", employer)) == [
        ("recommender", "automatic", "推荐单位“涪陵区经济和信息化委员会（示例）”工作人员")
    ]


def test_conflicts_ask_about_other_offices_of_the_district_only():
    assert found(ExpertFacts("甲示例", "重庆市涪陵区生态环境局")) == [
        ("district", "to_decide", "“重庆市涪陵区生态环境局”是申报单位所在区县的机关，须核实")
    ]
    assert found(ExpertFacts("甲示例", "涪陵区示例职业学院")) == []
    assert found(ExpertFacts("甲示例", "长寿区经济和信息化委员会（示例）")) == []


def test_conflicts_ask_about_a_recent_post_in_the_recommending_unit():
    post = PastRole("涪陵区经信委", "科长", date(2022, 5, 1))
    assert found(ExpertFacts("甲示例", "重庆示例大学", past_roles=(post,))) == [
        ("recommender", "to_decide", "近年曾在推荐单位“涪陵区经济和信息化委员会（示例）”任科长，须核实")
    ]


def test_conflicts_ask_when_a_declaration_names_the_unit_in_short():
    assert found(ExpertFacts("甲示例", "重庆示例大学", declared=("与示例绿能科技有合作课题",))) == [
        ("declaration", "to_decide", f"专家申明的利害关系可能涉及“{UNIT}”，须核实：与示例绿能科技有合作课题")
    ]


def test_unit_key_keeps_groups_and_legal_forms_apart():
    names = ["示例有限公司", "示例（集团）有限公司", "示例股份有限公司", "示例公司", "示例（重庆）有限公司"]
    assert len({unit_key(name) for name in names}) == len(names)


@given(st.text(alphabet="重庆市示例（）() 有限责任股份公司ＡA", max_size=24))
def test_unit_key_is_stable(name):
    assert unit_key(unit_key(name)) == unit_key(name)
