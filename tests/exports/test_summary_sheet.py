"""The printed score summary of one round."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta, timezone
from decimal import Decimal

import pytest
from docx.oxml.ns import qn

from review_portal.exports import summary_sheet
from review_portal.exports.ranking_report import DEFAULT_SIGNERS
from review_portal.exports.summary_sheet import SummarySheet
from tests.exports.docx_reading import heads_repeat, lines, opened, table_texts
from tests.exports.sample_report import CALL, EXPERTS, big_round, written_round

RANKS = {"S07": 1, "S01": 2, "S05": 3, "S08": 4, "S06": 5, "S09": 6, "S04": 7, "S11": 8}
FIGURES = ["有效份数", "最高", "最低", "算术平均", "去极值平均", "极差", "标准分"]


def sheet() -> SummarySheet:
    """The written round's summary."""
    made = datetime(2023, 3, 3, 17, 5, tzinfo=timezone(timedelta(hours=8)))
    return SummarySheet(
        CALL, written_round(), "评分校准后算术平均", made, "ab12" * 16, ranks=RANKS, ranked_by="排名说明。"
    )


def many(dossiers: int, experts: int) -> SummarySheet:
    """A full round of that size, not ranked."""
    return dataclasses.replace(sheet(), scores=big_round(dossiers, experts, 13), ranks={})


def test_summary_lists_ranks_expert_codes_and_figures_marked_as_reference() -> None:
    scores = written_round()
    scored = dataclasses.replace(scores.dossiers[1], standard=Decimal("86.70"))
    given = dataclasses.replace(scores, dossiers=(scores.dossiers[0], scored, *scores.dossiers[2:]))
    rows = table_texts(opened(summary_sheet.write(dataclasses.replace(sheet(), scores=given))).tables[0])
    assert rows[0] == [
        *("排名", "编号", "申报单位", "推荐单位"),
        *["专家评分"] * 7,
        "本轮得分",
        *["参考，不作为排序依据"] * 7,
        "备注",
    ]
    assert rows[1] == ["排名", "编号", "申报单位", "推荐单位", *EXPERTS, "本轮得分", *FIGURES, "备注"]
    assert rows[3] == [
        *("2", "S01", "重庆示例绿能科技有限公司", "两江新区"),
        *("88.00", "86.50", "85.00", "回避", "89.00", "84.00", "87.00"),
        *("86.77", "6", "89.00", "84.00", "86.58", "86.63", "5.00", "86.70", ""),
    ]


def test_dossiers_stand_by_place_and_those_without_one_last() -> None:
    rows = table_texts(opened(summary_sheet.write(sheet())).tables[0])[2:]
    assert [row[:2] for row in rows] == [*([str(place), code] for code, place in RANKS.items()), ["—", "S10"]]


def test_withdrawn_dossier_keeps_its_sheets_and_has_no_figures() -> None:
    row = table_texts(opened(summary_sheet.write(sheet())).tables[0])[-1]
    assert row[4:11] == ["79.00", "—", "76.50", "—", "—", "75.00", "—"]
    assert row[11:] == ["—", "0", *"——————", "已撤回，评分留存，不参与计算"]


def test_summary_is_landscape_with_repeated_head_check_code_and_signature_lines() -> None:
    document = opened(summary_sheet.write(sheet()))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == (297, 210)
    assert heads_repeat(document.tables[0]) is True
    code = " ".join(["ab12"] * 16)
    assert section.footer.paragraphs[0].text == f"校验码 {code}　　第1页 共1页"
    signatures = lines(document)[-2:]
    assert [part.split("签字")[0] for line in signatures for part in line.split("\t")] == list(
        DEFAULT_SIGNERS
    )
    assert len({line.index("年") for line in signatures}) == 1
    assert lines(document)[2] == (
        "文号：渝经信节能〔2023〕1号　指标体系：专家书面评审评分表　计分规则：评分校准后算术平均"
        "　制表：2023年3月3日17:05"
    )


@pytest.mark.parametrize(
    ("experts", "paper"),
    [(3, (297, 210)), (7, (297, 210)), (8, (420, 297)), (13, (420, 297)), (16, (420, 297))],
)
def test_up_to_sixteen_experts_stand_in_one_table_on_paper_that_holds_them(
    experts: int, paper: tuple[int, int]
) -> None:
    document = opened(summary_sheet.write(many(12, experts)))
    section = document.sections[0]
    assert (round(section.page_width.mm), round(section.page_height.mm)) == paper
    (table,) = document.tables
    assert len(table.rows) == 14
    assert table_texts(table)[1][4 : 4 + experts] == [f"Z{number:02}" for number in range(1, experts + 1)]
    assert round(sum(column.width.mm for column in table.columns)) == paper[0] - 40


def test_with_more_experts_the_signed_table_holds_the_result_and_an_annex_their_points() -> None:
    document = opened(summary_sheet.write(many(60, 40)))
    main, *annexes = document.tables
    assert table_texts(main)[1] == ["排名", "编号", "申报单位", "推荐单位", "本轮得分", *FIGURES, "备注"]
    heads = [[cell.text for cell in table.rows[0].cells][3:] for table in annexes]
    assert heads == [[f"Z{number:02}" for number in range(start, start + 20)] for start in (1, 21)]
    assert [len(table.rows) for table in document.tables] == [62, 61, 61]
    widths = [sum(column.width.mm for column in table.columns) for table in document.tables]
    assert {round(width) for width in widths} == {380}
    said = lines(document)
    assert said.index("附表：专家评分（1／2）") > max(
        place for place, line in enumerate(said) if "签字：" in line
    )


@pytest.mark.parametrize("experts", [5, 7, 8, 9, 12, 13, 15, 16, 17, 25])
def test_no_column_is_too_narrow_for_the_longest_figure(experts: int) -> None:
    longest = (
        (5 * 0.5 + 0.25) * 9 / 72 * 25.4
    )  # "100.00" at 9 pt in mm: a figure is half an em, a point a quarter
    for table in opened(summary_sheet.write(many(3, experts))).tables:
        (margin,) = {int(side.get(qn("w:w"))) / 56.7 for side in table._tbl.tblPr.find(qn("w:tblCellMar"))}
        points = [
            column.width.mm
            for column, head in zip(table.columns, table_texts(table)[-4], strict=True)
            if head != "排名"
        ]
        assert min(points) - 2 * margin >= longest, points


def test_same_summary_gives_the_same_bytes() -> None:
    assert summary_sheet.write(sheet()) == summary_sheet.write(sheet())


def test_summary_says_what_its_codes_are_of_and_what_reconciliation_did() -> None:
    told = dataclasses.replace(
        sheet(), check_label="入围名单校验码", opening_code="cd34" * 16, remarks=("名单未因复议改变。",)
    )
    document = opened(summary_sheet.write(told))
    assert document.sections[0].footer.paragraphs[0].text.startswith("入围名单校验码 ab12")
    assert lines(document)[3] == f"开启时锁定内容校验码：{' '.join(['cd34'] * 16)}"
    assert lines(document)[-3] == "名单未因复议改变。"
    assert lines(document)[-4].endswith("为参考，不作为排序依据。")
