"""What a form says only in running text: members of a consortium, service goals, the district."""

import pytest

from review_portal.domain.records import ConsortiumUnit
from review_portal.intake.field_suggestions import (
    recognise_consortium,
    recognise_district,
    recognise_goals,
)
from tests import form_documents as forms

LEAD = "重庆示例绿能科技有限公司"


@pytest.mark.parametrize(
    ("text", "members", "stated"),
    [
        ("本单位独立申报，未组建联合体。", (), None),
        (f"申报联合体由{LEAD}（牵头单位）和重庆示例检测有限公司组成。", ("重庆示例检测有限公司",), None),
        (
            f"申报单位为联合体，由{LEAD}（牵头单位）、重庆示例检测有限公司、示例大学重庆研究院三家单位组成。",
            ("重庆示例检测有限公司", "示例大学重庆研究院"),
            3,
        ),
        (
            f"本项目由{LEAD}牵头，联合重庆示例检测有限公司、示例大学重庆研究院共同申报。",
            ("重庆示例检测有限公司", "示例大学重庆研究院"),
            None,
        ),
        (
            "联合体成员单位包括：重庆示例检测有限公司，示例大学重庆研究院。",
            ("重庆示例检测有限公司", "示例大学重庆研究院"),
            None,
        ),
        ("联合体共有技术人员420人，获得高新技术企业、市级工程研究中心等称号。", (), None),
        ("公司由重庆示例集团和重庆示例大学共同出资组建，2018年建成数据中心。", (), None),
        ("公司由张示例等3家股东出资组建，累计服务企业420家。", (), None),
    ],
)
def test_members_are_recognised_from_the_introduction(
    text: str, members: tuple[str, ...], stated: int | None
) -> None:
    found = recognise_consortium(LEAD, [text])
    assert found.units[0] == ConsortiumUnit(LEAD, "lead")
    assert tuple(unit.name for unit in found.units[1:]) == members
    assert members == () or found.stated == stated


def test_another_lead_than_the_applicant_is_seen() -> None:
    text = f"申报联合体由重庆示例检测有限公司（牵头单位）、{LEAD}组成。"
    assert {unit.name: unit.role for unit in recognise_consortium(LEAD, [text]).units} == {
        LEAD: "member",
        "重庆示例检测有限公司": "lead",
    }


@pytest.mark.parametrize(
    ("text", "committed", "excluded"),
    [
        ("达到：（一）{1}；（二）{2}；（四）{4}；（六）{6}。", (1, 2, 4, 6), ()),
        ("达到{1}、{2}、{4}、{6}四种服务目标，不涉及高耗能项目。", (1, 2, 4, 6), ()),
        ("达到{1}、{2}、{4}，不含{6}。", (1, 2, 4), (6,)),
        (
            "达到{1}、{4}、{5}。{6}受限，暂不纳入本次申报目标；{2}以对接为主，不作为承诺目标。",
            (1, 4, 5),
            (2, 6),
        ),
        ("服务目标包括{1}、{2}、{3}、{4}。其中{3}暂不承诺。", (1, 2, 4), (3,)),
        ("达到全部六种服务目标。", (1, 2, 3, 4, 5, 6), ()),
        ("达到服务目标中的（一）（二）（四）（六）四种。", (1, 2, 4, 6), ()),
        ("除{3}外，{1}、{2}、{4}均达到目标要求。", (1, 2, 4), (3,)),
        ("（三）{3}（不含存量光伏），新增30兆瓦；{1}不涉及生产数据外传。", (1, 3), ()),
        ("除{3}外，还提供{1}、{2}、{4}四种服务目标。", (1, 2, 3, 4), ()),
        ("（一）总体目标：2025年前完成全部目标。", (), ()),
        ("建成区域平台，服务企业不少于200家。", (), ()),
    ],
)
def test_goals_named_only_to_exclude_them_do_not_count(
    text: str, committed: tuple[int, ...], excluded: tuple[int, ...]
) -> None:
    goals = forms.green_call().goals
    names = ["", *(goal.name for goal in goals)]
    found = recognise_goals([text.format(*names)], goals)
    assert (found.committed, found.excluded) == (committed, excluded)


@pytest.mark.parametrize(
    ("text", "district"),
    [
        ("重庆两江新区经济运行局（示例）", "两江新区"),
        ("涪陵区经济和信息化委员会", "涪陵区"),
        ("沙坪坝经信委", "沙坪坝区"),
        ("重庆高新区改革发展局", "西部科学城重庆高新区"),
        ("涪陵高新区管委会", "涪陵区"),
        ("酉阳县经济信息委", "酉阳土家族苗族自治县"),
        ("万盛经开区经信局", "万盛经开区"),
        ("重庆市经济和信息化委员会", None),
        (None, None),
    ],
)
def test_district_is_recognised_from_the_recommender(text: str | None, district: str | None) -> None:
    assert recognise_district([text], forms.green_call().districts) == district
