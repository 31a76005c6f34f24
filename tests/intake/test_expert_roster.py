"""The expert roster: all rows or none, every fault with row and column."""

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from review_portal.domain.errors import Invalid
from review_portal.domain.records import Absence, ExpertRow, PastRole, Relative
from review_portal.exports.roster_template import HEADS, write_roster, write_template
from review_portal.intake.expert_roster import read_roster
from review_portal.intake.office_xml import xlsx_tables
from tests.data_builders import ROSTER_HEADS, roster_xlsx, sheet_xlsx

DATA = Path(__file__).parents[1] / "data" / "experts"
POOL = json.loads((DATA / "experts_recusal.json").read_text("utf-8"))["experts"]


def refusal(data: bytes, file_name: str = "专家.xlsx") -> tuple[str, dict[str, str]]:
    with pytest.raises(Invalid) as refused:
        read_roster(data, file_name)
    return str(refused.value.message), {place: str(text) for place, text in refused.value.fields.items()}


def test_read_roster_gives_every_expert_of_the_pool():
    expected = tuple(
        ExpertRow(
            name=expert["name"],
            employer=expert["employer"],
            title=expert["title"],
            field=expert["field"],
            phone=expert["phone"],
            email=None,
            district=None,
            past_roles=tuple(
                PastRole(role["org"], role["role"], date.fromisoformat(role["end"]))
                for role in expert["past_roles"]
            ),
            relatives=tuple(
                Relative(item["name"], item["relation"], item["org"], item["position"])
                for item in expert["relatives"]
            ),
            declared=tuple(expert.get("signed_conflict", ())),
            place=f"工作表“专家名单”第{number}行",
        )
        for number, expert in enumerate(POOL, 2)
    )
    assert read_roster(roster_xlsx(POOL), "专家.xlsx") == expected


def test_read_roster_finds_heads_in_any_order_by_synonyms():
    data = sheet_xlsx(
        [
            ["2023年评审专家名单"],
            ["备注", "手机号码", "专家 姓名", "所在单位（全称）", "电子邮箱", "近三年任职"],
            [
                "",
                19900001001,
                "甲 示例",
                "重庆示例大学",
                "ａ@example.com",
                "某示例公司/顾问/2021年6月\n某示例学会/理事/至今",
            ],
            [],
            ["", "+86 199-0000-1002", "乙示例", "重庆示例设计院", "", "无"],
        ]
    )
    assert read_roster(data, "专家.xlsx") == (
        ExpertRow(
            "甲示例",
            "重庆示例大学",
            None,
            None,
            "19900001001",
            "a@example.com",
            None,
            (PastRole("某示例公司", "顾问", date(2021, 6, 30)), PastRole("某示例学会", "理事", None)),
            (),
            (),
            "工作表“Sheet1”第3行",
        ),
        ExpertRow(
            "乙示例",
            "重庆示例设计院",
            None,
            None,
            "19900001002",
            None,
            None,
            (),
            (),
            (),
            "工作表“Sheet1”第5行",
        ),
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_read_roster_reads_csv_in_the_usual_encodings(encoding):
    text = "姓名,工作单位,手机\n甲示例,重庆示例大学,19900001001\n"
    (expert,) = read_roster(text.encode(encoding), "专家.csv")
    assert (expert.name, expert.employer, expert.phone, expert.place) == (
        "甲示例",
        "重庆示例大学",
        "19900001001",
        "第2行",
    )


def test_read_roster_shows_every_fault_with_row_and_column():
    rows = [
        [
            "甲示例",
            "重庆示例大学",
            "",
            "",
            "1990000100",
            "a(at)example",
            "",
            "示例公司/顾问",
            "吴示例/配偶",
            "",
        ],
        ["", "", "", "", "", "", "", "示例公司/顾问/去年", "", ""],
        ["丙示例", "示例所", "", "", "19900001003", "", "", "", "", ""],
        ["丙示例", "示例所", "", "", "19900001003", "", "", "示例公司/顾问/2021-02-30", "", ""],
    ]
    assert refusal(sheet_xlsx([ROSTER_HEADS, *rows])) == (
        "专家名单有 11 处需要修改，未导入任何一行。请按下列位置修改后重新上传。",
        {
            "第2行 手机": "“1990000100”不是11位手机号码。请核对后修改。",
            "第2行 邮箱": "“a(at)example”不是邮箱地址。请核对后修改，没有可留空。",
            "第2行 任职经历": "“示例公司/顾问”须写成“单位/职务/结束日期”，仍在任的写“至今”，多段用“；”分开。",
            "第2行 亲属任职": "“吴示例/配偶”须写成“姓名/关系/单位/职务”，多人用“；”分开。",
            "第3行 姓名": "不能为空。请填写姓名。",
            "第3行 工作单位": "不能为空。请填写工作单位。",
            "第3行 手机": "不能为空。请填写手机。",
            "第3行 任职经历": "“去年”不是日期。请写成 2021-06-30，仍在任的写“至今”。",
            "第5行 手机": "与第4行的手机号码相同。请核对，每位专家只填一行。",
            "第5行 姓名": "与第4行的姓名、单位相同。请核对，每位专家只填一行。",
            "第5行 任职经历": "“2021-02-30”不是日期。请写成 2021-06-30，仍在任的写“至今”。",
        },
    )


def test_read_roster_names_a_missing_column_once():
    assert refusal(sheet_xlsx([["姓名", "工作单位"], ["甲示例", "重庆示例大学"], ["乙示例", "示例所"]])) == (
        "专家名单有 1 处需要修改，未导入任何一行。请按下列位置修改后重新上传。",
        {"第1行 手机": "缺少“手机”列。请下载模板，按模板的表头填写。"},
    )


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (write_template(), "专家.xlsx", "专家名单没有内容。请在表头下逐行填写专家后重新上传。"),
        (
            sheet_xlsx([["时间", "地点"]]),
            "专家.xlsx",
            "没有找到专家名单：表头须有“姓名”“工作单位”“手机”。请下载模板填写后重新上传。",
        ),
        (sheet_xlsx([["姓名", "专家姓名", "手机"]]), "专家.xlsx", "表头中“姓名”出现了两次。请只保留一列。"),
        (
            b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n",
            "专家.pdf",
            "专家名单须是 Excel（.xlsx）或 CSV（.csv）文件。请另存后重新上传。",
        ),
    ],
    ids=["empty template", "other table", "column twice", "pdf"],
)
def test_read_roster_refuses(data, name, message):
    assert refusal(data, name) == (message, {})


def test_write_template_example_is_read_as_written():
    notes = xlsx_tables(write_template())[1]
    example = [row.cells for row in notes.rows][-1]
    (expert,) = read_roster(sheet_xlsx([HEADS, example]), "专家.xlsx")
    assert expert == ExpertRow(
        "甲示例",
        "重庆示例大学",
        "教授",
        "热能工程、自动化",
        "19900001001",
        "jia@example.com",
        "沙坪坝区",
        (
            PastRole("重庆示例设计院", "技术顾问", date(2021, 6, 30), date(2018, 3, 1)),
            PastRole("重庆示例学会", "理事", None),
        ),
        (Relative("吴示例", "配偶", "重庆示例绿能科技有限公司", "法定代表人"),),
        ("重庆示例绿能科技有限公司（授信业务经办人）",),
        "工作表“Sheet1”第2行",
        date(2010, 7, 1),
        (Absence(date(2023, 3, 6), date(2023, 3, 10), "出国"),),
        8,
        "active",
    )


def test_read_roster_shows_faults_of_dates_limits_and_states():
    heads = ["姓名", "工作单位", "手机", *HEADS[7:8], *HEADS[10:]]
    rows = [
        [
            "甲示例",
            "示例所",
            "19900001001",
            "某所/顾问/2021-06/2020-06；某所/顾问/去年/至今",
            "2010年13月",
            "2023-03-06",
            "0",
            "暂停",
            "",
        ],
        ["乙示例", "示例所", "19900001002", "", "", "2023-03-10/2023-03-06/出国", "八份", "在岗", ""],
    ]
    assert refusal(sheet_xlsx([heads, *rows]))[1] == {
        "第2行 任职经历": "“某所/顾问/2021-06/2020-06”的结束日期早于开始日期。请核对。",
        "第2行 到任日期": "“2010年13月”不是日期。请写成 2015-07-01，不清楚可留空。",
        "第2行 不能参加的时间": "“2023-03-06”须写成“开始日期/结束日期/事由”，事由可不写，多段用“；”分开。",
        "第2行 评审份数上限": "“0”须是1至999的整数，不限可留空。",
        "第2行 状态说明": "暂停或移出的，请写明理由，至少2个字。",
        "第3行 不能参加的时间": "“2023-03-10/2023-03-06/出国”的结束日期早于开始日期。请核对。",
        "第3行 评审份数上限": "“八份”须是1至999的整数，不限可留空。",
        "第3行 在库状态": "“在岗”须是在库、暂停或移出。",
    }


def test_roster_that_was_written_is_read_back_as_it_was():
    data = (
        ExpertRow(
            "甲示例",
            "重庆示例大学（=1+1）",
            None,
            "热能工程、自动化",
            "19900001001",
            None,
            "渝北区",
            (PastRole("某所", "顾问", None, date(2020, 2, 29)), PastRole("某会", "理事", date(2021, 12, 31))),
            (Relative("吴示例", "配偶", "某公司", ""),),
            ("甲公司", "乙公司（股东）"),
            "",
            date(2010, 7, 1),
            (Absence(date(2023, 3, 6), date(2023, 3, 6)), Absence(date(2023, 4, 1), date(2023, 4, 2), "会")),
            8,
            "paused",
            "出国一年",
        ),
        ExpertRow("Adam Li", "=1+1", None, None, "19900001002", None, None, (), (), (), "", status="active"),
    )
    read = read_roster(write_roster(data), "专家.xlsx")
    assert tuple(replace(row, place="") for row in read) == data
