"""The signed sheet of a draw, read back from the Word file."""

from __future__ import annotations

import dataclasses

from docx import Document

from review_portal.domain import draw
from review_portal.exports import draw_record
from review_portal.exports.draw_record import DrawSheet, PhoneCall
from tests.domain.draw.draws import RULES, at, drawn, following, locked, replaced, thrown
from tests.exports.docx_reading import heads_repeat, lines, opened, table_texts
from tests.exports.sample_report import CALL

LAST = "9cff cbc3 3700 489a 2e24 7989 c99c 398b 8aa6 b715 336e 7170 f908 8dc7 282d 6c80"
CODE = "9dc2 31cc 3715 5816 3b84 7a6a be0a 5614 8b8d 38e4 834a 3cb4 bf05 87f5 6b8b 1f2e"


def sheet(**changes: object) -> DrawSheet:
    """The sample draw after two replacements, names hidden."""
    base = DrawSheet(CALL, replaced(), at(8), "示例会议室", ("经办人甲示例", "监督人乙示例", "公证员丙示例"))
    return dataclasses.replace(base, **changes)  # type: ignore[arg-type]


def read(given: DrawSheet) -> Document:
    return opened(draw_record.write(given))


def tables(given: DrawSheet) -> list[list[list[str]]]:
    return [table_texts(table) for table in read(given).tables]


def section(given: DrawSheet, title: str) -> list[str]:
    """The paragraphs of one section, without its tables."""
    shown = lines(read(given))
    start = next(place for place, line in enumerate(shown) if line[1:] == f"、{title}")
    ends = (
        place for place in range(start + 1, len(shown)) if shown[place][1:2] == "、" or "属实" in shown[place]
    )
    return shown[start + 1 : next(ends)]


def test_head_tells_event_time_place_persons_and_pool() -> None:
    shown = read(sheet())
    assert lines(shown)[:2] == [CALL.title, "评审专家抽取记录表"]
    assert table_texts(shown.tables[0]) == [
        ["文号", "渝经信节能〔2023〕1号"],
        ["抽取事项", "2023年示例批次书面评审专家抽取（2023-01-written）"],
        ["抽取时间", "2023年2月27日14:08"],
        ["抽取地点", "示例会议室"],
        ["参加人员", "经办人甲示例、监督人乙示例、公证员丙示例"],
        ["名单锁定时间", "2023年2月27日14:00"],
        ["名单人数", "20人，排除2人，可抽取18人"],
        ["抽取校验码", CODE],
    ]


def test_rules_are_told_in_plain_words() -> None:
    assert section(sheet(), "抽取规则") == [
        "1．按以下次序抽取，前面专业组选中的人不再参加后面专业组的抽取：节能与能源4人（候补2人），"
        "财务与金融2人（候补1人）。同一单位最多选1人。",
        "2．公开数来源：当场掷6面骰子25次，逐次读出并记录（约有2的64次方种可能，事先无法算好）。"
        "备用来源（原定来源不能使用时）：以公布的数为准：2023年2月27日某市公布的示例数，见当日晚报第一版。",
        "3．一方不公开密数的，以公开数和另一方的密数抽取，并如实记录。",
        "4．各专业组的先后顺序由抽取参数和专家编号逐人计算得出，任何一方不能单独决定。选中的人退出时，"
        "由本组顺序中下一名符合规则的人递补；无人可递补的，另立事项补抽。同一事项只抽取一次。",
    ]


def test_pool_is_listed_by_stratum_and_exclusions_with_rule_and_reason() -> None:
    assert section(sheet(), "名单和排除人员") == [
        "节能与能源，可抽取13人：E001、E002、E003、E004、E006、E008、E009、E010、E011、E012、E013、E014、E015",
        "财务与金融，可抽取8人：E013、E014、E015、E016、E017、E018、E019、E020",
    ]
    assert tables(sheet())[1] == [
        ["排除人员", "依据", "理由"],
        ["E005", "亲属关系", "配偶为S01法定代表人"],
        ["E007", "推荐单位工作人员", "在S04的推荐单位任职"],
    ]


def test_person_of_another_specialty_is_listed_apart() -> None:
    pool = (*locked().pool, draw.Candidate("E030", ("法律",)))
    shown = section(sheet(record=drawn(pool=pool, exclusions=())), "名单和排除人员")
    assert shown[2:] == ["在名单中、不属于以上专业组的1人：E030", "没有排除人员。"]


def test_acts_stand_with_their_times_and_codes_in_groups_of_four() -> None:
    rows = tables(sheet())[2]
    assert [(row[0], row[2]) for row in rows] == [
        ("事项", "时间"),
        ("锁定校验码（名单、规则、排除人员）", ""),
        ("组织方密数校验码", "2023年2月27日14:01"),
        ("监督方密数校验码", "2023年2月27日14:02"),
        ("公开数", "2023年2月27日14:05"),
        ("组织方密数", "2023年2月27日14:06"),
        ("监督方密数", "2023年2月27日14:07"),
        ("抽取参数", ""),
        ("抽取校验码", ""),
    ]
    assert rows[4][1] == "3 5 1 6 2 2 4 6 1 3 5 5 2 4 1 6 3 3 2 5 4 1 6 2 4"
    assert rows[5][1] == " ".join(["0f0f"] * 16) + "\n自选内容：381902"
    assert rows[-1][1] == CODE


def test_result_is_told_in_order_with_who_is_passed_over_and_why() -> None:
    assert tables(sheet())[3:5] == [
        [
            ["顺序", "专家", "结果", "说明"],
            ["1", "E009", "选中", ""],
            ["2", "E011", "选中", ""],
            ["3", "E006", "选中", ""],
            ["4", "E014", "选中", ""],
            ["5", "E008", "顺延", "同单位已有人选中；其退出后按本顺序递补"],
            ["6", "E013", "候补1", ""],
            ["7", "E001", "候补2", ""],
        ],
        [
            ["顺序", "专家", "结果", "说明"],
            ["1", "E019", "选中", ""],
            ["2", "E016", "选中", ""],
            ["3", "E013", "候补1", ""],
        ],
    ]
    assert section(sheet(), "抽取结果") == [
        "节能与能源：",
        "其后顺序：E015、E004、E002、E012、E010、E003",
        "财务与金融：",
        "其后顺序：E014、E020、E015、E017、E018",
    ]


def test_replacements_are_told_with_reason_and_the_panel_that_results() -> None:
    assert tables(sheet())[5] == [
        ["序号", "时间", "专业组", "退出人员", "情形和原因", "递补人员"],
        ["1", "2023年2月27日14:20", "节能与能源", "E009", "婉拒：出差", "E008"],
        ["2", "2023年2月27日14:21", "节能与能源", "E008", "未接通：两次未接通", "E013"],
    ]
    assert section(sheet(), "递补记录") == [
        "递补后的人选，节能与能源：E013、E011、E006、E014",
        "递补后的人选，财务与金融：E019、E016",
        f"最近一次递补的校验码：{LAST}",
    ]
    assert section(sheet(record=drawn()), "递补记录") == ["截至制表，没有递补。"]


def test_skipped_persons_and_an_exhausted_order_are_told() -> None:
    record = drawn()
    for _ in range(7):
        leaver = next(seat.id for seat in draw.seats(record) if seat.stratum == "finance")
        record = draw.replace_member(record, leaver, "recused", "与S04有关", at(30))
    taken = [row[5] for row in tables(sheet(record=record))[5][1:]]
    assert taken[1] == "E020\n（E014：已在其他专业组，未递补）"
    assert taken[-1].startswith("无人可递补，须补抽")


def test_call_log_is_a_section_of_its_own_where_there_is_one() -> None:
    made = PhoneCall("E009", at(15), "甲示例", 1, "婉拒", "出差")
    assert tables(sheet(calls=(made,)))[6] == [
        ["专家", "时间", "拨打人", "次数", "结果", "备注"],
        ["E009", "2023年2月27日14:15", "甲示例", "1", "婉拒", "出差"],
    ]
    heads = [line for line in lines(read(sheet(calls=(made,)))) if line[1:2] == "、"]
    assert heads[-2:] == ["七、电话确认记录", "八、复核方法"]
    assert [line for line in lines(read(sheet())) if line[1:2] == "、"][-1] == "七、复核方法"


def test_names_stay_hidden_unless_they_are_given() -> None:
    given = sheet(names={"E009": "戊示例", "E011": "己示例"})
    assert [row[1] for row in tables(given)[3][1:4]] == ["E009 戊示例", "E011 己示例", "E006"]
    assert "可抽取13人：E001、" in section(given, "名单和排除人员")[0]
    assert "E009 戊示例" in section(given, "名单和排除人员")[0]


def test_supplement_tells_what_it_follows_and_what_has_changed() -> None:
    second = draw.read_record(following()[1])
    given = sheet(record=second, held_at=at(123))
    assert lines(read(given))[1] == "评审专家补抽记录表"
    shown = dict(tables(given)[2])
    first = draw.read_record(following()[0])
    code = first.last_code
    assert shown == {
        "前次抽取事项": "2023-01-written",
        "前次记录校验码": " ".join(code[start : start + 4] for start in range(0, 64, 4)),
        "名单新增": "E03",
        "名单减少": "—",
        "专业或单位变更": "—",
        "新列入排除": "E01、E02、F01",
        "不再排除": "—",
        "规则变更": "专业组和名额",
        "补抽原因": "候补用尽",
        "已在组人员": "E02",
        "已退出人员": "E01、F01",
        "空缺": "能源1人、财务1人",
    }
    assert section(sheet(), "与前次抽取的差异") == ["本次抽取没有承接的前次抽取。"]


def test_void_draw_prints_the_refusal_and_no_result() -> None:
    current = thrown(locked(rules=dataclasses.replace(RULES, on_refusal="void")))
    for party in draw.PARTIES:
        current = draw.refuse_to_reveal(current, party, "当场离席", at(6))
    given = sheet(record=draw.draw_record(current))
    assert section(given, "抽取结果") == ["因一方未公开密数，按规则本次抽取作废，没有结果。"]
    assert [row[:2] for row in tables(given)[2] if "未公开" in row[0]] == [
        ["组织方未公开密数", "当场离席"],
        ["监督方未公开密数", "当场离席"],
    ]
    assert section(given, "抽取规则")[2] == "3．一方不公开密数的，本次抽取作废，另立事项补抽。"


def test_fallback_is_printed_with_its_reason() -> None:
    current = draw.fix_public_value(thrown_without_value(), "03 11 27", at(5), fallback_reason="骰子遗失")
    for party in draw.PARTIES:
        current = draw.refuse_to_reveal(current, party, "未到场", at(6))
    rows = tables(sheet(record=draw.draw_record(current)))[2]
    assert ["公开数（备用来源，原因：骰子遗失）", "03 11 27", "2023年2月27日14:05"] in rows


def thrown_without_value() -> draw.Draw:
    """Both have committed."""
    return dataclasses.replace(thrown(locked()), public_value=None)


def test_sheet_tells_how_to_recompute_and_who_signs() -> None:
    assert section(sheet(), "复核方法")[0].startswith(
        "1．抽取记录文件和独立复核程序 verify_draw.py 随卷归档。"
    )
    assert section(sheet(), "复核方法")[1].endswith("校验算法为SHA-256。")
    assert [line.split("：")[0] for line in lines(read(sheet()))[-4:]] == [
        "以上抽取过程和结果属实。",
        "经办人签字",
        "监督人签字",
        "公证（见证）人签字",
    ]
    footer = read(sheet()).sections[0].footer.paragraphs[0].text
    assert footer.startswith(f"校验码 {LAST}　　第")


def test_tables_repeat_their_heads() -> None:
    assert all(heads_repeat(table) for table in read(sheet()).tables[1:])


def test_words_of_the_laboratory_stand_nowhere() -> None:
    text = "\n".join(lines(read(sheet()))) + str(tables(sheet()))
    assert [word for word in ("随机种子", "哈希", "摘要", "承诺值", "令牌") if word in text] == []


def test_same_sheet_gives_the_same_bytes() -> None:
    assert draw_record.write(sheet()) == draw_record.write(sheet())
