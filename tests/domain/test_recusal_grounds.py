"""The rule set decides how a ground binds; control and cooperation; what the dossier's own text says."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.records import Control, Cooperation, PastRole, Relative
from review_portal.domain.recusal import (
    DossierFacts,
    ExpertFacts,
    Record,
    UnitFacts,
    aliases_of,
    check,
    unit_key,
)
from scoring_rubrics import GroundRule, load_call

RULES = load_call(Path(__file__).parents[2] / "scoring_rubrics" / "green_platform_2023").recusal
UNIT = "重庆示例绿能科技有限公司"
DOSSIER = DossierFacts((UnitFacts(UNIT, "lead", "吴示例"),), "涪陵区经济和信息化委员会（示例）", "涪陵区")
EXPERT = ExpertFacts("甲示例", "重庆示例大学")


def with_ground(ground: str, level: str, years: int | None = None):
    return replace(RULES, grounds=MappingProxyType({**RULES.grounds, ground: GroundRule(level, years)}))


def found(expert: ExpertFacts, dossier: DossierFacts = DOSSIER, rules=RULES) -> list[tuple[str, str, str]]:
    return [(item.rule, item.level, str(item.reason)) for item in check(expert, dossier, rules).conflicts]


def noted(expert: ExpertFacts, dossier: DossierFacts = DOSSIER, rules=RULES) -> list[str]:
    return [str(item.reason) for item in check(expert, dossier, rules).considered]


def saying(*texts: str) -> DossierFacts:
    return replace(DOSSIER, record=Record.of((f"正文第{n}段", text) for n, text in enumerate(texts, 1)))


@pytest.mark.parametrize(
    ("ground", "expert"),
    [
        ("employment", ExpertFacts("甲示例", UNIT)),
        ("posts", replace(EXPERT, past_roles=(PastRole(UNIT, "独立董事", None),))),
        ("kinship", replace(EXPERT, relatives=(Relative("钱示例", "子女", UNIT, "职工"),))),
        ("control", replace(EXPERT, controls=(Control(UNIT, "本人持股5%", None),))),
        ("cooperation", replace(EXPERT, cooperations=(Cooperation(UNIT, "示例课题", None),))),
        ("recommender", ExpertFacts("甲示例", "涪陵区经信委")),
        ("district", ExpertFacts("甲示例", "涪陵区生态环境局")),
    ],
)
def test_level_of_a_ground_decides_how_it_binds(ground, expert):
    years = RULES.grounds[ground].years
    levels = {
        level: [item.level for item in check(expert, DOSSIER, with_ground(ground, level, years)).conflicts]
        for level in ("automatic", "to_decide", "off")
    }
    assert levels == {"automatic": ["automatic"], "to_decide": ["to_decide"], "off": []}
    (note,) = check(expert, DOSSIER, with_ground(ground, "off", years)).considered
    assert str(note.reason).endswith("；评审工作方案不以此为回避情形") and note.ground == ground


def test_similar_name_stays_for_people_however_strict_the_ground():
    expert = ExpertFacts("甲示例", "示例绿能科技")
    assert [level for _rule, level, _reason in found(expert)] == ["to_decide"]


def test_look_back_is_the_grounds_own():
    left = replace(EXPERT, past_roles=(PastRole(UNIT, "技术顾问", date(2019, 5, 1)),))
    assert (found(left), len(noted(left))) == ([], 1)
    assert [rule for rule, _level, _reason in found(left, rules=with_ground("posts", "automatic", 5))] == [
        "past_role"
    ]
    assert found(left, rules=with_ground("employment", "automatic", 5)) == []


@pytest.mark.parametrize("relation", ["工作单位持有该单位60%股权", "该单位为工作单位的控股股东"])
def test_control_counts_in_both_directions(relation):
    expert = replace(EXPERT, controls=(Control("重庆示例绿能科技有限责任公司", relation, None),))
    assert found(expert) == [
        ("control", "automatic", f"本人或工作单位与牵头单位“{UNIT}”有控制关系：{relation}")
    ]


def test_control_that_ended_long_ago_is_shown_and_does_not_bind():
    expert = replace(EXPERT, controls=(Control(UNIT, "工作单位曾控股该单位", date(2019, 12, 31)),))
    assert (found(expert), noted(expert)) == (
        [],
        [
            f"与牵头单位“{UNIT}”的控制关系（工作单位曾控股该单位）2019-12-31结束，已超过3年，不需回避",
        ],
    )


@pytest.mark.parametrize(("end", "binds"), [(date(2020, 2, 20), True), (date(2020, 2, 19), False)])
def test_cooperation_counts_within_its_look_back(end, binds):
    expert = replace(EXPERT, cooperations=(Cooperation(UNIT, "合著论文", end),))
    assert bool(found(expert)) is binds
    assert bool(noted(expert)) is not binds
    assert all(level == "to_decide" for _rule, level, _reason in found(expert))


def test_unit_that_belongs_to_the_employer_by_name_is_handed_to_people():
    dossier = replace(DOSSIER, units=(UnitFacts("重庆示例大学产业技术研究院有限公司", "lead"),))
    assert [(rule, level) for rule, level, _reason in found(EXPERT, dossier)] == [("employer", "to_decide")]


def test_short_name_that_the_dossier_gives_itself_is_handed_to_people():
    dossier = saying(f"{UNIT}（以下简称“绿能股份”）成立于2010年。本公司（以下简称“公司”）位于涪陵。")
    assert aliases_of(dossier.record, UNIT) == ("绿能股份",)
    unit = replace(dossier.units[0], aliases=aliases_of(dossier.record, UNIT))
    dossier = replace(dossier, units=(unit,), record=Record())
    assert [(rule, level) for rule, level, _reason in found(ExpertFacts("甲示例", "绿能股份"), dossier)] == [
        ("employer", "to_decide")
    ]
    declared = replace(EXPERT, declared=("近年为绿能股份提供咨询",))
    assert [(rule, level) for rule, level, _reason in found(declared, dossier)] == [
        ("declaration", "to_decide")
    ]


@pytest.mark.parametrize(
    "text",
    [
        "项目负责人：甲示例",
        "甲示例",
        "技术团队由甲示例教授领衔",
        "成员包括乙示例、甲示例、丙示例",
        "负责人甲 示例，高级工程师",
    ],
)
def test_record_that_names_the_expert_is_handed_to_people(text):
    ((rule, level, reason),) = found(EXPERT, saying("无关段落", text))
    assert (rule, level) == ("record", "to_decide")
    assert reason == "申报材料正文第2段出现与专家同名的“甲示例”，须核实"


def test_name_inside_other_words_is_no_name():
    expert = ExpertFacts("高新", "重庆示例大学")
    assert found(expert, saying("公司是高新技术企业，入驻重庆高新区。")) == []


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("公司与重庆示例大学签订产学研合作协议。", "提到与专家工作单位“重庆示例大学”合作"),
        ("公司由重庆 示例大学全资控股。", "提到与专家工作单位“重庆示例大学”的控制关系"),
    ],
)
def test_record_that_ties_the_employer_is_handed_to_people(text, kind):
    ((rule, level, reason),) = found(EXPERT, saying("公司概况。", text))
    assert (rule, level, reason) == ("record", "to_decide", f"申报材料正文第2段{kind}，须核实")


def test_bare_mention_of_the_employer_is_considered_only():
    dossier = saying("张示例毕业于重庆示例大学热能专业。与重庆示例协会开展合作。")
    assert found(EXPERT, dossier) == []
    assert noted(EXPERT, dossier) == ["申报材料正文第1段提到专家工作单位“重庆示例大学”，未见合作或控制关系"]


def test_evidence_of_the_record_is_the_passage():
    dossier = saying("为落实任务，公司与重庆示例大学签订产学研合作协议，共建实验室，联合培养研究生若干名。")
    (conflict,) = check(EXPERT, dossier, RULES).conflicts
    assert conflict.evidence == "正文第1段：为落实任务,公司与重庆示例大学签订产学研合作协议,共建实验室,联合…"


def test_record_does_not_repeat_what_other_grounds_say():
    dossier = saying(f"{UNIT}与涪陵区经济和信息化委员会（示例）签订协议，法定代表人吴示例。")
    assert [rule for rule, _level, _reason in found(ExpertFacts("吴示例", UNIT), dossier)] == [
        "employer",
        "legal_representative",
    ]
    officer = ExpertFacts("乙示例", "涪陵区经济和信息化委员会（示例）")
    assert [rule for rule, _level, _reason in found(officer, dossier)] == ["recommender"]


CORE = st.text(alphabet="甲乙丙丁示例绿能环保", min_size=3, max_size=10)
FORMS = st.sampled_from(["有限公司", "股份有限公司", "研究院", "（集团）有限公司"])


@given(core=CORE, form=FORMS, data=st.data())
def test_every_way_of_writing_a_unit_recuses_its_people(core, form, data):
    """Full width, spaces, brackets, 有限责任公司 and 股份公司, the city with or without 市."""
    name = f"重庆{core}{form}"
    other = {"有限公司": "有限责任公司", "股份有限公司": "股份公司"}.get(form, form)
    written = (
        f"{data.draw(st.sampled_from(['重庆', '重庆市']))}{core}{data.draw(st.sampled_from([form, other]))}"
    )
    written = written.replace("（", data.draw(st.sampled_from(["（", "("])))
    places = data.draw(st.lists(st.integers(0, len(written)), max_size=3))
    for place in sorted(places, reverse=True):
        written = f"{written[:place]}{data.draw(st.sampled_from([' ', '　']))}{written[place:]}"
    dossier = DossierFacts((UnitFacts(name, "member"),))
    assert unit_key(written) == unit_key(name)
    assert [(rule, level) for rule, level, _reason in found(ExpertFacts("甲某", written), dossier)] == [
        ("employer", "automatic")
    ]


@given(first=CORE, second=CORE, form=FORMS)
def test_units_of_different_names_never_recuse_by_themselves(first, second, form):
    expert = ExpertFacts("甲某", f"重庆{first}{form}")
    dossier = DossierFacts((UnitFacts(f"重庆{second}{form}", "lead"),))
    levels = {level for _rule, level, _reason in found(expert, dossier)}
    assert ("automatic" in levels) is (first == second)
