"""The ranking workbook read back: what the office opens, prints and signs."""

from __future__ import annotations

import dataclasses
import io
from decimal import Decimal

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from review_portal.exports import ranking_workbook, workbook_layout
from review_portal.exports.figures import RoundScores
from review_portal.exports.plain_text import wrapped_lines
from review_portal.exports.ranking_report import RankingReport
from review_portal.exports.workbook_formulas import HOLDS
from tests.exports import sample_report
from tests.exports.spreadsheet import Sheet, differences

SHEETS = [
    "封面",
    "排名",
    "排名图",
    "得分热力图",
    "评分汇总（书面评审）",
    "评分汇总（现场答辩）",
    "逐项得分",
    "评分校准（书面评审）",
    "评分校准（现场答辩）",
    "指标均值（书面评审）",
    "指标均值（现场答辩）",
    "核对（书面评审）",
    "核对（现场答辩）",
    "名次复算",
    "方法说明",
]


def opened(report: RankingReport) -> openpyxl.Workbook:
    """As a program shows it that does not calculate: formulas by the values that they carry."""
    return openpyxl.load_workbook(io.BytesIO(ranking_workbook.write(report)), data_only=True)


def values(sheet: Worksheet, row: int) -> list[object]:
    return [cell.value for cell in sheet[row]]


def rows_by_number(sheet: Worksheet, first: int, column: int = 0) -> dict[object, list[object]]:
    return {row[column]: list(row) for row in sheet.iter_rows(min_row=first, values_only=True)}


@pytest.fixture(scope="module")
def book() -> openpyxl.Workbook:
    return opened(sample_report.report())


def test_workbook_has_the_sheets_of_the_office_in_order(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_cover_names_call_rule_check_codes_and_signers(book: openpyxl.Workbook) -> None:
    sheet = book["封面"]
    facts = {row[0]: row[1] for row in sheet.iter_rows(min_row=4, max_col=2, values_only=True) if row[0]}
    assert facts["文号"] == "渝经信节能〔2023〕1号"
    assert facts["排序规则"] == "评分校准后算术平均（通知未规定，按评审工作方案执行）"
    assert facts["评审轮次"] == "书面评审（专家书面评审评分表） 权重0.6；现场答辩（现场答辩评分表） 权重0.4"
    assert facts["排名校验码"] == " ".join(["0123", "4567", "89ab", "cdef"] * 4)
    assert facts["输入数据校验码"] == " ".join(["bbbb"] * 16)
    assert facts["指标体系校验码（现场答辩）"] == " ".join(["aaaa"] * 16)
    assert facts["冻结时间"] == "2023年3月7日16:20"
    assert (facts["申请冻结"], facts["确认"]) == ("专家组组长 Z1", "监督人员 监督甲示例")
    signers = [label for label in facts if str(label).endswith("签字：")]
    assert signers == ["专家组组长签字：", "计分人签字：", "复核人签字：", "监督人员签字："]


def test_ranking_row_has_place_unit_scores_references_and_tie_note(book: openpyxl.Workbook) -> None:
    sheet = book["排名"]
    assert values(sheet, 4) == [
        "名次",
        "编号",
        "申报单位（牵头）",
        "联合体成员",
        "推荐单位",
        "书面评审",
        "现场答辩",
        "最终得分",
        "算术平均",
        "去最高最低",
        "专家组意见",
        "状态",
        "并列说明",
    ]
    assert values(sheet, 5) == [
        1,
        "S07",
        "重庆示例智慧能源研究院有限公司",
        "重庆示例电力设计有限公司、重庆示例绿色融资有限公司",
        "九龙坡区",
        88.5,
        87.57,
        88.13,
        88.13,
        88.14,
        "推荐",
        "拟入选",
        None,
    ]
    assert sheet["M7"].value == "同分，比较目标路径设置科学：29.00高于28.71"


def test_reference_columns_stand_under_their_warning(book: openpyxl.Workbook) -> None:
    sheet = book["排名"]
    assert sheet["I3"].value == "参考，不作为排序依据"
    assert "I3:J3" in [str(area) for area in sheet.merged_cells.ranges]


def test_line_is_drawn_under_the_last_place_within_the_quota(book: openpyxl.Workbook) -> None:
    sheet = book["排名"]
    assert [sheet.cell(row, 1).border.bottom.style for row in range(5, 10)] == [
        "thin",
        "thin",
        "medium",
        "thin",
        "thin",
    ]


def test_dossiers_outside_the_ranking_are_listed_apart_with_their_reason(book: openpyxl.Workbook) -> None:
    sheet = book["排名"]
    assert sheet["A11"].value == "未列入排名"
    outside = [values(sheet, row) for row in range(13, 17)]
    assert [(row[0], row[1], row[5], row[6], row[7]) for row in outside] == [
        ("—", "S09", 81.64, "—", "放弃答辩"),
        ("—", "S04", 80.5, "—", "未进入答辩"),
        ("—", "S11", 67.21, "—", "未进入答辩"),
        ("—", "S10", "—", "—", "已撤回"),
    ]
    assert outside[0][8] == "3月7日10:40未到，组长、监督人员确认"
    assert sheet["A18"].value == sample_report.report().remarks[0]


def test_summary_shows_recusal_as_a_word_and_missing_as_a_dash_never_zero(book: openpyxl.Workbook) -> None:
    sheet = book["评分汇总（书面评审）"]
    assert values(sheet, 3)[3:] == [
        *sample_report.EXPERTS,
        "有效份数",
        "最高",
        "最低",
        "算术平均",
        "去最高最低",
        "极差",
        "本轮得分",
        "备注",
    ]
    rows = rows_by_number(sheet, 4)
    assert rows["S01"][3:] == [88, 86.5, 85, "回避", 89, 84, 87, 6, 89, 84, 86.58, 86.63, 5, 86.77, None]
    assert rows["S10"][3:] == [79, "—", 76.5, "—", "—", 75, "—", 0, *"——————", "已撤回，评分留存，不参与计算"]


def test_every_item_of_every_expert_is_listed_and_sums_to_the_total(book: openpyxl.Workbook) -> None:
    sheet = book["逐项得分"]
    lines = list(sheet.iter_rows(min_row=3, values_only=True))
    for scores in (sample_report.written_round(), sample_report.defense_round()):
        for dossier in scores.dossiers:
            for expert, total in zip(scores.experts, dossier.totals, strict=True):
                mine = [
                    row
                    for row in lines
                    if (row[0], row[1], row[3]) == (scores.title, dossier.unit.number, expert)
                ]
                items = [row for row in mine if row[5] != "总体意见"]
                if isinstance(total, Decimal):
                    assert (len(items), sum(row[7] for row in items)) == (len(scores.items), float(total))
                else:
                    assert [row[7] for row in mine] == [total.value]


def test_item_line_carries_points_maximum_and_comment(book: openpyxl.Workbook) -> None:
    lines = list(book["逐项得分"].iter_rows(min_row=3, values_only=True))
    assert lines[2] == (
        "书面评审",
        "S07",
        "重庆示例智慧能源研究院有限公司",
        "Z1",
        "可复制推广性",
        "C3.1 市场化商业模式可持续",
        25,
        22.5,
        "较充分",
    )


def test_criterion_means_show_the_keys_that_decide_ties(book: openpyxl.Workbook) -> None:
    sheet = book["指标均值（书面评审）"]
    assert values(sheet, 3)[2:5] == [
        "服务区域绿色发展效益（40分）",
        "目标路径设置科学（35分）",
        "可复制推广性（25分）",
    ]
    rows = rows_by_number(sheet, 4)
    assert rows["S05"][2:] == [33.21, 29, 21.21, 7]
    assert rows["S08"][2:] == [33.21, 28.71, 21.5, 7]


def test_method_page_marks_assumed_values_and_repeats_check_codes(book: openpyxl.Workbook) -> None:
    rows = list(book["方法说明"].iter_rows(max_col=3, values_only=True))
    assert ("轮次权重", "书面0.6，答辩0.4", "通知未规定，按评审工作方案执行") in rows
    assert ("拟遴选数量", "3个左右", "通知一") in rows
    assert ("软件版本", "0.1.0", "计算所用的程序") in rows
    assert rows[1][0] == "每位专家逐项打分，相加得总分；缺项的评分表不计入。"


def test_points_have_two_decimals_and_places_none(book: openpyxl.Workbook) -> None:
    sheet = book["排名"]
    assert {sheet.cell(5, column).number_format for column in range(6, 11)} == {"0.00"}
    assert sheet["A5"].number_format == "0"
    assert book["评分汇总（书面评审）"]["D4"].number_format == "0.00"


def test_every_sheet_prints_on_a4_landscape_with_check_code_and_page_numbers(book: openpyxl.Workbook) -> None:
    code = " ".join(["0123", "4567", "89ab", "cdef"] * 4)
    for sheet in book.worksheets:
        setup = sheet.page_setup
        assert (sheet.title, setup.orientation, setup.paperSize) == (sheet.title, "landscape", 9)
        pages_high = 1 if sheet.title in ("封面", "排名图") else 0  # signatures and chart stand on one page
        assert (
            setup.fitToWidth or 1,
            1 if setup.fitToHeight is None else setup.fitToHeight,
            sheet.sheet_properties.pageSetUpPr.fitToPage,
        ) == (
            1,
            pages_high,
            True,
        )
        assert sheet.oddFooter.left.text == f"排名校验码 {code}"
        assert sheet.oddFooter.right.text == "第&P页 共&N页"


def test_rows_are_as_high_as_their_longest_text(book: openpyxl.Workbook) -> None:
    wrapped = 0
    for sheet in book.worksheets:
        merged = {place for span in sheet.merged_cells.ranges for place in span.cells}
        spans = list(sheet.column_dimensions.values())  # equal neighbours are one
        for row in sheet.iter_rows():
            for cell in row:
                if not isinstance(cell.value, str) or (cell.row, cell.column) in merged:
                    continue
                (width,) = {part.width for part in spans if part.min <= cell.column <= part.max}
                needed = wrapped_lines(cell.value, int(width))
                if cell.alignment.wrap_text and needed > 1:
                    wrapped += 1
                    height = sheet.row_dimensions[cell.row].height or 15
                    assert height >= 14 * needed, (sheet.title, cell.coordinate, cell.value, height)
    assert wrapped > 3


def test_head_of_the_page_names_the_call_in_small_type_though_it_begins_with_a_year(
    book: openpyxl.Workbook,
) -> None:
    head = book["排名"].oddHeader.left
    assert (head.size, head.text.strip()) == (9, f"{sample_report.CALL.title}　渝经信节能〔2023〕1号")


def test_heads_repeat_on_paper_and_stay_on_screen(book: openpyxl.Workbook) -> None:
    expected = {
        "排名": ("$3:$4", "D5", "A4:M9"),
        "评分汇总（书面评审）": ("$3:$3", "C4", "A3:R12"),
        "评分汇总（现场答辩）": ("$3:$3", "C4", "A3:R8"),
        "逐项得分": ("$2:$2", "E3", None),
        "指标均值（书面评审）": ("$3:$3", "C4", "A3:F12"),
    }
    for name, (repeated, frozen, filtered) in expected.items():
        sheet = book[name]
        assert (name, sheet.print_title_rows, sheet.freeze_panes) == (name, repeated, frozen)
        assert filtered is None or sheet.auto_filter.ref == filtered
    last = book["逐项得分"].max_row
    assert book["逐项得分"].auto_filter.ref == f"A2:I{last}"


def test_fonts_are_named_chinese_fonts(book: openpyxl.Workbook) -> None:
    assert book["封面"]["A1"].font.name == "方正小标宋简体"
    assert book["排名"]["A4"].font.name == "黑体"
    assert book["排名"]["C5"].font.name == "宋体"


@pytest.mark.parametrize(
    "text", ["=1+1", "@x", "+1", "-1", "=cmd|' /C calc'!A0", "http://example.com", "007", "{=1}"]
)
def test_text_that_looks_like_a_formula_link_or_number_stays_text(text: str) -> None:
    report = sample_report.report()
    unit = dataclasses.replace(report.rows[0].unit, lead_unit=text, members=(text,))
    row = dataclasses.replace(report.rows[0], unit=unit, tie_note=text)
    sheet = opened(dataclasses.replace(report, rows=(row, *report.rows[1:])))["排名"]
    for cell in ("C5", "D5", "M5"):
        assert (sheet[cell].value, sheet[cell].data_type, sheet[cell].hyperlink) == (text, "s", None)


@pytest.mark.parametrize("text", ["=1+1", "@SUM(A1)", "+1", "-1", "=cmd|' /C calc'!A0", "\t=1", "\n=1"])
def test_text_never_adds_a_formula_wherever_it_stands(text: str) -> None:
    report = sample_report.report()

    def hostile(scores: RoundScores) -> RoundScores:
        dossiers = tuple(
            dataclasses.replace(
                dossier,
                unit=dataclasses.replace(dossier.unit, lead_unit=text, recommender=text, members=(text,)),
                note=text,
                sheets=tuple(
                    dataclasses.replace(
                        sheet,
                        opinion=text,
                        points=tuple(dataclasses.replace(each, comment=text) for each in sheet.points),
                    )
                    for sheet in dossier.sheets
                ),
            )
            for dossier in scores.dossiers
        )
        items = tuple(
            dataclasses.replace(item, name=text, criterion=f"{text}{item.code}") for item in scores.items
        )
        return dataclasses.replace(scores, dossiers=dossiers, items=items, rubric_title=text)

    rows = tuple(
        dataclasses.replace(row, unit=dataclasses.replace(row.unit, lead_unit=text), tie_note=text)
        for row in report.rows
    )
    rounds = tuple(hostile(scores) for scores in report.rounds)
    spoiled = dataclasses.replace(report, rows=rows, rounds=rounds, remarks=(text,), method=(text,))
    plain, hard = formulas_of(report), formulas_of(spoiled)
    assert len(plain) > 300
    assert hard == plain  # not one more, not one changed


def formulas_of(report: RankingReport) -> dict[tuple[str, str], str]:
    book = openpyxl.load_workbook(io.BytesIO(ranking_workbook.write(report)))
    return {
        (sheet.title, cell.coordinate): cell.value
        for sheet in book
        for row in sheet.iter_rows()
        for cell in row
        if cell.data_type == "f"
    }


def test_characters_that_a_file_cannot_hold_are_shown_as_replaced() -> None:
    report = dataclasses.replace(sample_report.report(), remarks=("前\x00中\x1b后\ud800尾\ufffe_x0041_",))
    assert opened(report)["排名"]["A18"].value == "前\ufffd中\ufffd后\ufffd尾\ufffd_x0041_"


def test_text_beyond_a_cell_is_cut_with_a_note() -> None:
    text = opened(dataclasses.replace(sample_report.report(), remarks=("长" * 40_000,)))["排名"]["A18"].value
    assert (len(text), text[-18:]) == (32_767, "长" + "……（超过单元格容量，全文见系统）"[-17:])


def test_ampersand_in_the_call_title_is_printed_in_the_head() -> None:
    call = dataclasses.replace(sample_report.CALL, title="节能&环保 &P")
    raw = opened(dataclasses.replace(sample_report.report(), call=call))["排名"].oddHeader.left.text.strip()
    assert raw == "节能&&环保 &&P　渝经信节能〔2023〕1号"


def test_same_report_gives_the_same_bytes() -> None:
    assert ranking_workbook.write(sample_report.report()) == ranking_workbook.write(sample_report.report())


def test_very_long_workbook_is_written_row_by_row_with_the_same_cells(
    book: openpyxl.Workbook, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ranking_workbook, "_MOST_IN_MEMORY", 0)
    data = ranking_workbook.write(sample_report.report())
    assert ranking_workbook.write(sample_report.report()) == data
    other = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    assert other.sheetnames == book.sheetnames
    for sheet in book.worksheets:
        twin = other[sheet.title]
        assert [[(cell.value, cell.number_format) for cell in row] for row in sheet.iter_rows()] == [
            [(cell.value, cell.number_format) for cell in row] for row in twin.iter_rows()
        ]
        heights = [
            {row: each.height for row, each in one.row_dimensions.items() if each.height}
            for one in (sheet, twin)
        ]
        assert heights[0] == heights[1], sheet.title


def test_items_go_on_on_another_sheet_where_excel_has_no_more_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook_layout, "MOST_ROWS", 100)
    data = ranking_workbook.write(sample_report.report())
    book = openpyxl.load_workbook(io.BytesIO(data))
    pages = [name for name in book.sheetnames if name.startswith("逐项得分")]
    assert pages[:2] == ["逐项得分", "逐项得分（续2）"]
    assert all(book[name].max_row <= 100 for name in pages)
    sheet = Sheet(data)
    assert differences(sheet, data) == []  # formulas point at the page where the items stand
    assert sheet.value("封面", "B4") == HOLDS


def test_file_is_dated_by_the_freezing(book: openpyxl.Workbook) -> None:
    assert book.properties.created.isoformat() == "2023-03-07T08:20:00"
    assert book.properties.creator == "重庆市经济和信息化委员会（示例）"


def test_empty_ranking_says_so() -> None:
    report = dataclasses.replace(sample_report.report(), rows=(), outside=(), remarks=())
    assert opened(report)["排名"]["A5"].value == "没有列入排名的单位。"


def test_rounds_with_awkward_or_equal_titles_get_sheets_of_their_own() -> None:
    written, defense = sample_report.written_round(), sample_report.defense_round()
    title = "第[1]轮/书面:评审*?" + "很长的轮次名称" * 4
    rounds = (dataclasses.replace(written, title=title), dataclasses.replace(defense, title=title))
    names = opened(dataclasses.replace(sample_report.report(), rounds=rounds)).sheetnames
    assert len({name.casefold() for name in names}) == len(names) == 15
    assert max(len(name) for name in names) == 31


def test_report_whose_row_does_not_fit_its_rounds_is_refused() -> None:
    report = sample_report.report()
    with pytest.raises(ValueError, match="S07: 1 scores for 2 rounds"):
        dataclasses.replace(report, rows=(dataclasses.replace(report.rows[0], round_scores=(None,)),))


def test_round_whose_totals_do_not_fit_its_experts_is_refused() -> None:
    written = sample_report.written_round()
    with pytest.raises(ValueError, match="S07: 7 totals for 2 experts"):
        RoundScores("书面评审", "评分表", "a" * 64, ("Z1", "Z2"), written.items, written.dossiers[:1])


def test_sixty_dossiers_by_forty_experts_are_written_whole() -> None:
    scores = sample_report.big_round(60, 40, 13)
    report = dataclasses.replace(sample_report.report(), rounds=(scores,), rows=(), outside=())
    data = ranking_workbook.write(report)
    sheet = openpyxl.load_workbook(io.BytesIO(data), read_only=True)["逐项得分"]
    assert sum(1 for _ in sheet.iter_rows(values_only=True)) == 2 + 60 * 40 * (13 + 1)
