"""The recommendation table (附件1) as districts send it: by words, in any order, all faults at once."""

import dataclasses
import json
from pathlib import Path

import pytest

from review_portal.domain.errors import Invalid
from review_portal.domain.records import Recommendation, RecommendationEntry
from review_portal.intake.recommendation_summary import read_recommendation
from tests.data_builders import altered, sheet_xlsx, table_docx

DATA = Path(__file__).parents[1] / "data" / "recommendations"
EXPECTED = json.loads((DATA / "annex1_liangjiang.expected.json").read_text("utf-8"))
HEAD_LINE = (
    "推荐单位（盖章）：重庆两江新区经济运行局（示例）          联系人：何示例          联系电话：023-00000100"
)
HEADS = ["序号", "申报单位名称", "联系人", "手机"]
ROW = ["1", "重庆示例绿能科技有限公司", "周示例", "19900000001"]

STRAY_CELL = altered(
    sheet_xlsx([["申报单位名称", "联系人"], ["", "远"]]),
    replace={"xl/worksheets/sheet1.xml": (b'<c r="B2"', b'<c r="XFD1048576"')},
)


def refusal(data: bytes, file_name: str) -> tuple[str, dict[str, str]]:
    with pytest.raises(Invalid) as refused:
        read_recommendation(data, file_name)
    return str(refused.value.message), {place: str(text) for place, text in refused.value.fields.items()}


@pytest.mark.parametrize("name", EXPECTED["files"])
def test_read_recommendation_gives_the_expected_values(name):
    found = dataclasses.asdict(read_recommendation((DATA / name).read_bytes(), name))
    for entry in found["entries"]:
        del entry["place"]
    assert {**found, "entries": list(found["entries"])} == EXPECTED["expected"]


def test_read_recommendation_says_where_each_entry_stands():
    docx = read_recommendation((DATA / "annex1_liangjiang.docx").read_bytes(), "a.docx")
    xlsx = read_recommendation((DATA / "annex1_liangjiang.xlsx").read_bytes(), "a.xlsx")
    assert [entry.place for entry in docx.entries] == ["表1第2行", "表1第3行", "表1第4行"]
    assert [entry.place for entry in xlsx.entries] == [f"工作表“推荐汇总表”第{row}行" for row in (5, 6, 7)]


def test_read_recommendation_finds_columns_in_any_order_and_values_in_cells():
    data = sheet_xlsx(
        [
            ["推荐单位（盖章）", "重庆两江新区经济运行局（示例）", "", ""],
            ["联系人", "何示例", "联系电话：", "023-00000100"],
            [],
            ["手 机", "联系人", "申报单位名称（全称）", "序号"],
            [19900000001, "周示例", "重庆示例绿能科技有限公司", 1],
            ["……", "……", "……", "……"],
            ["", "", "", 2],
            [],
            ["19900000022", "曹示例", "重庆示例低碳检测有限公司", ""],
        ]
    )
    assert read_recommendation(data, "汇总表.xlsx") == Recommendation(
        recommender="重庆两江新区经济运行局（示例）",
        contact="何示例",
        phone="023-00000100",
        entries=(
            RecommendationEntry(
                1, "重庆示例绿能科技有限公司", "周示例", "19900000001", "工作表“Sheet1”第5行"
            ),
            RecommendationEntry(
                None, "重庆示例低碳检测有限公司", "曹示例", "19900000022", "工作表“Sheet1”第9行"
            ),
        ),
        ignored_placeholder_rows=1,
    )


def test_read_recommendation_reads_a_table_that_goes_on_in_a_second_one():
    second = [HEADS, ["2", "重庆示例低碳检测有限公司", "曹示例", "19900000022"]]
    found = read_recommendation(table_docx([HEAD_LINE], [HEADS, ROW], second), "a.docx")
    assert [(entry.seq, entry.place) for entry in found.entries] == [(1, "表1第2行"), (2, "表2第2行")]


def test_read_recommendation_takes_sixty_rows_in_order():
    rows = [[str(number), f"重庆示例第{number}有限公司", "周示例", "19900000001"] for number in range(1, 61)]
    found = read_recommendation(table_docx([HEAD_LINE], [HEADS, *rows]), "a.docx")
    assert [entry.seq for entry in found.entries] == list(range(1, 61))


def test_read_recommendation_keeps_blank_head_values_and_contacts_as_missing():
    found = read_recommendation(
        table_docx(
            ["推荐单位（盖章）：          联系人：          联系电话："], [HEADS, ["1", ROW[1], "", ""]]
        ),
        "a.docx",
    )
    assert (found.recommender, found.contact, found.phone) == (None, None, None)
    assert found.entries == (RecommendationEntry(1, ROW[1], None, None, "表1第2行"),)


def test_read_recommendation_shows_every_fault_at_once():
    data = table_docx([HEAD_LINE], [HEADS, ROW, ["2", "", "孔示例", "19900000021"], ["3", *ROW[1:]]])
    assert refusal(data, "a.docx") == (
        "推荐汇总表有 2 处需要修改，未导入任何内容。请修改后重新上传。",
        {
            "表1第3行 申报单位名称": "此行填了联系人或手机，但没有申报单位名称。请补上，或清空此行。",
            "表1第4行 申报单位名称": "“重庆示例绿能科技有限公司”已在表1第2行出现。"
            "请与推荐单位核对，只保留一行。",
        },
    )


def test_read_recommendation_names_a_missing_column():
    assert refusal(table_docx([HEAD_LINE], [HEADS[:3], ROW[:3]]), "a.docx") == (
        "推荐汇总表有 1 处需要修改，未导入任何内容。请修改后重新上传。",
        {"表1第1行 手机": "缺少“手机”列。请按附件1补上此列。"},
    )


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (
            (DATA / "annex1_blank.docx").read_bytes(),
            "a.docx",
            "推荐汇总表没有填写任何申报单位。请填写后重新上传。",
        ),
        (
            table_docx(["会议通知"], [["时间", "地点"], ["九点", "会议室"]]),
            "a.docx",
            "没有找到推荐汇总表：表头须有“申报单位名称”“联系人”“手机”。请使用附件1的格式填写后重新上传。",
        ),
        (
            (DATA.parent / "forms" / "app01_eligible_single.docx").read_bytes(),
            "a.docx",
            "这是申报书（附件2），不是推荐汇总表（附件1）。请在“登记收件”页面上传。",
        ),
        (
            "序号,申报单位名称\n".encode(),
            "a.csv",
            "推荐汇总表须是 Word（.docx）或 Excel（.xlsx）文件。请另存后重新上传。",
        ),
        (
            STRAY_CELL,
            "a.xlsx",
            "表格占用的区域过大。请删除多余的空行和空列，另存一份后重新上传。",
        ),
    ],
    ids=["blank", "other document", "application form", "csv", "stray cell"],
)
def test_read_recommendation_refuses(data, name, message):
    assert refusal(data, name) == (message, {})
