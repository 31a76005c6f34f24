"""One expert's printed scoring sheet."""

from __future__ import annotations

import dataclasses
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal

import pytest

from review_portal.exports import expert_sheet
from review_portal.exports.expert_sheet import ExpertScoreSheet, SheetItem
from tests.exports.docx_reading import lines, opened, table_texts
from tests.exports.sample_report import CALL, UNITS

D = Decimal


def sheet() -> ExpertScoreSheet:
    """Z1's submitted sheet for S07."""
    items = (
        SheetItem("服务区域绿色发展效益", "服务覆盖面与服务量", D("10"), "服务对象名单", D("9"), ""),
        SheetItem(
            "服务区域绿色发展效益", "节能降碳降耗绩效", D("12"), "分年量化", D("12"), "基准年和核算方法清楚"
        ),
        SheetItem("目标路径设置科学", "目标合理、可考核", D("10"), "三处一致", D("8.25"), ""),
    )
    return ExpertScoreSheet(
        call=CALL,
        title="专家书面评审评分表",
        unit=UNITS["S07"],
        expert_code="Z1",
        items=items,
        prepared_on=date(2023, 3, 1),
        opinion="总体可行，建议细化首年任务。",
        submitted_at=datetime(2023, 3, 2, 10, 32, tzinfo=timezone(timedelta(hours=8))),
        receipt_code="0a1b" * 16,
    )


def blank() -> ExpertScoreSheet:
    """The same sheet to be filled with a pen."""
    items = tuple(dataclasses.replace(item, points=None, comment="") for item in sheet().items)
    return dataclasses.replace(sheet(), items=items, opinion="", submitted_at=None, receipt_code="")


def test_sheet_lists_items_points_reasons_and_the_exact_total() -> None:
    rows = table_texts(opened(expert_sheet.write(sheet())).tables[1])
    first, second = "服务区域绿色发展效益", "目标路径设置科学"
    assert rows == [
        ["序号", "一级指标", "二级指标", "分值", "评分要点", "得分", "评分理由（较差或满分必填）"],
        ["1", first, "服务覆盖面与服务量", "10", "服务对象名单", "9.0", ""],
        ["2", first, "节能降碳降耗绩效", "12", "分年量化", "12.0", "基准年和核算方法清楚"],
        ["3", second, "目标合理、可考核", "10", "三处一致", "8.25", ""],
        ["合计", "合计", "合计", "32", "", "29.25", ""],
    ]


def test_head_names_unit_consortium_expert_code_and_receipt() -> None:
    facts = dict(table_texts(opened(expert_sheet.write(sheet())).tables[0]))
    assert facts == {
        "文号": "渝经信节能〔2023〕1号",
        "申报单位": "S07　重庆示例智慧能源研究院有限公司",
        "联合体成员": "重庆示例电力设计有限公司、重庆示例绿色融资有限公司",
        "推荐单位": "九龙坡区",
        "专家代号": "Z1",
        "提交时间": "2023年3月2日10:32",
        "回执校验码": " ".join(["0a1b"] * 16),
    }


def test_foot_has_opinion_declaration_and_signature_line() -> None:
    assert lines(opened(expert_sheet.write(sheet())))[2:] == [
        "总体意见：总体可行，建议细化首年任务。",
        "本人与该申报单位（含联合体成员）无利害关系，独立评分，对评分负责。",
        "专家签字：　　　　　　　　　　　年　　月　　日",
    ]


@pytest.mark.parametrize(
    ("foot", "printed"),
    [
        ("独立评分，对评分负责。 专家签字：　　　　年　月　日", ["独立评分，对评分负责。", "专家签字："]),
        ("评委签名：", ["评委签名："]),
        ("独立评分。", ["独立评分。", "专家签字："]),
    ],
)
def test_place_for_the_signature_is_printed_once(foot: str, printed: list[str]) -> None:
    shown = lines(opened(expert_sheet.write(dataclasses.replace(sheet(), foot=foot))))[3:]
    assert [line.split("　")[0] for line in shown] == printed
    assert shown[-1].endswith("年　　月　　日")


def test_sheet_prints_what_was_locked_at_the_opening_beside_the_receipt() -> None:
    locked = dataclasses.replace(sheet(), opening_code="cd34" * 16)
    document = opened(expert_sheet.write(locked))
    facts = dict(table_texts(document.tables[0]))
    assert facts["开启时锁定内容校验码"] == " ".join(["cd34"] * 16)
    assert facts["回执校验码"] == " ".join(["0a1b"] * 16)
    assert document.sections[0].footer.paragraphs[0].text.startswith("回执校验码 0a1b")
    pen = opened(expert_sheet.write(dataclasses.replace(blank(), opening_code="cd34" * 16)))
    assert pen.sections[0].footer.paragraphs[0].text.startswith("开启时锁定内容校验码 cd34")


def test_conclusion_of_a_defense_stands_below_the_opinion() -> None:
    shown = lines(opened(expert_sheet.write(dataclasses.replace(sheet(), conclusion="有条件推荐"))))
    assert shown[3] == "结论：有条件推荐"


def test_blank_sheet_leaves_points_and_total_empty_and_has_no_receipt() -> None:
    document = opened(expert_sheet.write(blank()))
    assert [row[5] for row in table_texts(document.tables[1])[1:]] == ["", "", "", ""]
    assert [row[0] for row in table_texts(document.tables[0])] == [
        "文号",
        "申报单位",
        "联合体成员",
        "推荐单位",
        "专家代号",
    ]


def test_sheet_that_lacks_an_item_has_no_total() -> None:
    items = (dataclasses.replace(sheet().items[0], points=None), *sheet().items[1:])
    assert dataclasses.replace(sheet(), items=items).total is None


def test_criterion_is_written_once_over_its_items() -> None:
    table = opened(expert_sheet.write(sheet())).tables[1]
    assert table.cell(1, 1)._tc is table.cell(2, 1)._tc
    assert len(table.cell(1, 1).paragraphs) == 1


def test_control_characters_in_an_opinion_do_not_damage_the_file() -> None:
    hurt = dataclasses.replace(sheet(), opinion="好\x00\x0b坏\x1f")
    assert lines(opened(expert_sheet.write(hurt)))[2] == "总体意见：好\ufffd\n坏\ufffd"


def test_same_sheet_gives_the_same_bytes() -> None:
    assert expert_sheet.write(sheet()) == expert_sheet.write(sheet())


def test_blank_sheet_leaves_room_for_the_opinion_and_offers_the_conclusions() -> None:
    offered = dataclasses.replace(blank(), choices=("推荐", "有条件推荐", "不推荐"))
    found = [paragraph.text for paragraph in opened(expert_sheet.write(offered)).paragraphs]
    assert found[-7:-2] == ["总体意见：", "", "", "结论（请在□内打√）：□推荐　□有条件推荐　□不推荐", ""]


def test_signature_stays_on_one_page_with_total_and_opinion() -> None:
    document = opened(expert_sheet.write(sheet()))
    texts = [paragraph.text for paragraph in document.paragraphs]
    start = next(place for place, text in enumerate(texts) if text.startswith("总体意见"))
    *before, signature = document.paragraphs[start:]
    assert [paragraph.paragraph_format.keep_with_next for paragraph in before] == [True] * len(before)
    assert signature.text.startswith("专家签字：")
    assert document.tables[1].rows[-1].cells[0].paragraphs[0].paragraph_format.keep_with_next
