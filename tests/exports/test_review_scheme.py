"""The review scheme: every assumed value is listed before it is approved."""

from __future__ import annotations

import dataclasses
from datetime import date
from decimal import Decimal

from review_portal.exports import review_scheme
from review_portal.exports.review_scheme import ReviewScheme, SchemeApproval, SchemeRound, SchemeValue
from tests.exports.docx_reading import chinese_font, heads_repeat, lines, opened, table_texts
from tests.exports.sample_report import CALL


def scheme() -> ReviewScheme:
    """A short scheme, not yet approved."""
    criteria = (
        ("服务区域绿色发展效益", Decimal("40")),
        ("目标路径设置科学", Decimal("35")),
        ("可复制推广性", Decimal("25.0")),
    )
    return ReviewScheme(
        call=CALL,
        basis="《示例通知》（渝经信节能〔2023〕1号）",
        prepared_on=date(2023, 2, 24),
        process=(("形式审查", "由秘书处核对材料。"), ("书面评审", "专家独立评分。"), ("现场答辩", "")),
        panel=("专家组7人，从专家库随机抽取。",),
        rule=("缺项的评分表不计入。", "得分保留两位小数，四舍五入。"),
        rounds=(SchemeRound("书面评审", "专家书面评审评分表", Decimal("0.6"), criteria, "d" * 64),),
        stated=(SchemeValue("拟遴选数量", "3个左右", "通知一"),),
        assumed=(
            SchemeValue("最少评审份数", "5份", key="rule.min_reviews"),
            SchemeValue("极差提示", "大于25分", key="triggers.range"),
        ),
        discipline=("专家独立评分，不得透露评审情况。",),
        digest="e" * 64,
    )


def test_scheme_has_numbered_sections_in_the_order_of_the_work() -> None:
    shown = lines(opened(review_scheme.write(scheme())))
    heads = [line for line in shown if line[1:2] == "、"]
    assert heads == [
        "一、评审程序",
        "二、专家组",
        "三、评审轮次和指标体系",
        "四、计分和排序规则",
        "五、参数",
        "六、评审纪律",
        "七、批准",
    ]
    assert shown[:2] == [CALL.title, "评审工作方案"]
    assert [line for line in shown if line.startswith("（")] == [
        "（一）形式审查",
        "（二）书面评审",
        "（三）现场答辩",
    ]


def test_section_without_sentences_is_left_out_and_the_rest_renumbered() -> None:
    shown = lines(opened(review_scheme.write(dataclasses.replace(scheme(), panel=()))))
    assert [line for line in shown if line[1:2] == "、"][1] == "二、评审轮次和指标体系"


def test_every_assumed_value_is_listed_with_its_place_in_the_rules() -> None:
    document = opened(review_scheme.write(scheme()))
    assert table_texts(document.tables[2]) == [
        ["序号", "事项", "取值", "规则位置"],
        ["1", "最少评审份数", "5份", "rule.min_reviews"],
        ["2", "极差提示", "大于25分", "triggers.range"],
    ]
    said = lines(document)
    assert "另有2项参数通知未规定，按本方案执行，列在附件，请逐项审定。" in said
    signed = next(at for at, line in enumerate(said) if "批准人签字" in line)
    assert said.index("通知未规定、按本方案执行的参数") > signed
    assert [heads_repeat(table) for table in document.tables] == [True, True, True]


def test_stated_values_carry_their_clause() -> None:
    assert table_texts(opened(review_scheme.write(scheme())).tables[1])[1] == [
        "拟遴选数量",
        "3个左右",
        "通知一",
    ]


def test_round_lists_criteria_that_sum_to_the_total_with_the_rubric_check_code() -> None:
    document = opened(review_scheme.write(scheme()))
    assert table_texts(document.tables[0])[1:] == [
        ["服务区域绿色发展效益", "40"],
        ["目标路径设置科学", "35"],
        ["可复制推广性", "25"],
        ["合计", "100"],
    ]
    assert "指标体系校验码 " + " ".join(["dddd"] * 16) in lines(document)
    assert "书面评审：专家书面评审评分表，权重0.6。" in lines(document)


def test_unapproved_scheme_leaves_the_approval_to_be_filled() -> None:
    document = opened(review_scheme.write(scheme()))
    marked = [run.text for part in document.paragraphs for run in part.runs if run.font.highlight_color]
    assert marked == ["【待填：批准人】", "【待填：批准日期】", "【待填：纪要号】"]
    assert lines(document)[-3] == "方案校验码 " + " ".join(["eeee"] * 16)


def test_approved_scheme_names_who_when_and_minutes() -> None:
    approval = SchemeApproval("主任办公会（示例）", date(2023, 2, 25), "示例纪要〔2023〕3号")
    shown = lines(opened(review_scheme.write(dataclasses.replace(scheme(), approval=approval))))
    assert "批准人：主任办公会（示例）　批准日期：2023年2月25日　纪要号：示例纪要〔2023〕3号" in shown


def test_headings_use_the_fonts_of_the_standard() -> None:
    document = opened(review_scheme.write(scheme()))
    fonts = {part.text: chinese_font(part.runs[0]) for part in document.paragraphs if part.runs}
    assert (fonts["一、评审程序"], fonts["（一）形式审查"]) == ("黑体", "楷体_GB2312")


def test_more_than_ten_steps_are_counted_on() -> None:
    steps = tuple((f"步骤{number}", "") for number in range(1, 22))
    shown = lines(opened(review_scheme.write(dataclasses.replace(scheme(), process=steps))))
    counted = [line for line in shown if line.startswith("（")]
    assert [counted[index] for index in (9, 10, 19, 20)] == [
        "（十）步骤10",
        "（十一）步骤11",
        "（二十）步骤20",
        "（二十一）步骤21",
    ]


def test_same_scheme_gives_the_same_bytes() -> None:
    assert review_scheme.write(scheme()) == review_scheme.write(scheme())
