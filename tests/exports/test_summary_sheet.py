"""The printed score summary of one round."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone

import pytest
from docx.oxml.ns import qn

from review_portal.exports import summary_sheet
from review_portal.exports.ranking_report import DEFAULT_SIGNERS
from review_portal.exports.summary_sheet import SummarySheet
from tests.exports.docx_reading import heads_repeat, lines, opened, table_texts
from tests.exports.sample_report import CALL, EXPERTS, big_round, written_round


def sheet() -> SummarySheet:
    """The written round's summary."""
    made = datetime(2023, 3, 3, 17, 5, tzinfo=timezone(timedelta(hours=8)))
    return SummarySheet(CALL, written_round(), "评分校准后算术平均", made, "ab12" * 16)


def test_summary_lists_expert_codes_and_figures() -> None:
    rows = table_texts(opened(summary_sheet.write(sheet())).tables[0])
    assert rows[0] == [
        *("编号", "申报单位", "推荐单位"),
        *EXPERTS,
        *("本轮得分", "有效份数", "最高", "最低", "算术平均", "去极值平均", "极差", "备注"),
    ]
    assert rows[2] == [
        *("S01", "重庆示例绿能科技有限公司", "两江新区"),
        *("88.00", "86.50", "85.00", "回避", "89.00", "84.00", "87.00"),
        *("86.77", "6", "89.00", "84.00", "86.58", "86.63", "5.00", ""),
    ]


def test_withdrawn_dossier_keeps_its_sheets_and_has_no_figures() -> None:
    row = table_texts(opened(summary_sheet.write(sheet())).tables[0])[-1]
    assert row[3:10] == ["79.00", "—", "76.50", "—", "—", "75.00", "—"]
    assert row[10:] == ["—", "0", *"—————", "已撤回，评分留存，不参与计算"]


def test_summary_is_landscape_with_repeated_head_check_code_and_signature_lines() -> None:
    document = opened(summary_sheet.write(sheet()))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert heads_repeat(document.tables[0]) is True
    code = " ".join(["ab12"] * 16)
    assert section.footer.paragraphs[0].text == f"校验码 {code}　　第1页 共1页"
    signatures = lines(document)[-4:]
    assert [line.split("签字")[0] for line in signatures] == list(DEFAULT_SIGNERS)
    assert len({line.index("年") for line in signatures}) == 1
    assert lines(document)[2] == (
        "文号：渝经信节能〔2023〕1号　指标体系：专家书面评审评分表　计分规则：评分校准后算术平均"
        "　制表：2023年3月3日17:05"
    )


def test_sixty_dossiers_by_forty_experts_are_parted_into_tables_that_fit_the_page() -> None:
    big = dataclasses.replace(sheet(), scores=big_round(60, 40, 13))
    document = opened(summary_sheet.write(big))
    heads = [[cell.text for cell in table.rows[0].cells] for table in document.tables]
    assert [head[3:] for head in heads[:-1]] == [
        [f"Z{number:02}" for number in range(start, start + 10)] for start in (1, 11, 21, 31)
    ]
    assert heads[-1][3:] == ["本轮得分", "有效份数", "最高", "最低", "算术平均", "去极值平均", "极差", "备注"]
    assert {len(table.rows) for table in document.tables} == {61}
    widths = [sum(column.width.mm for column in table.columns) for table in document.tables]
    assert {round(width) for width in widths} == {257}


@pytest.mark.parametrize("experts", [5, 7, 8, 9, 12, 13])
def test_no_column_is_too_narrow_for_the_longest_figure(experts: int) -> None:
    longest = (
        (5 * 0.5 + 0.25) * 9 / 72 * 25.4
    )  # "100.00" at 9 pt in mm: a figure is half an em, a point a quarter
    for table in opened(
        summary_sheet.write(dataclasses.replace(sheet(), scores=big_round(3, experts, 13)))
    ).tables:
        (margin,) = {int(side.get(qn("w:w"))) / 56.7 for side in table._tbl.tblPr.find(qn("w:tblCellMar"))}
        rooms = [column.width.mm - 2 * margin for column in table.columns]
        assert min(rooms) >= longest, rooms


def test_same_summary_gives_the_same_bytes() -> None:
    assert summary_sheet.write(sheet()) == summary_sheet.write(sheet())


def test_summary_says_what_its_codes_are_of_and_what_reconciliation_did() -> None:
    told = dataclasses.replace(
        sheet(), check_label="入围名单校验码", opening_code="cd34" * 16, remarks=("名单未因复议改变。",)
    )
    document = opened(summary_sheet.write(told))
    assert document.sections[0].footer.paragraphs[0].text.startswith("入围名单校验码 ab12")
    assert lines(document)[3] == f"开启时锁定内容校验码：{' '.join(['cd34'] * 16)}"
    assert lines(document)[-5] == "名单未因复议改变。"
    assert lines(document)[-6].endswith("为参考，不作为排序依据。")
