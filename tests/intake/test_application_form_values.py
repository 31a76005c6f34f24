"""What applicants write in single places of the form: amounts, dates, options, indicators."""

from datetime import date
from decimal import Decimal

import pytest
from docx.document import Document
from hypothesis import given
from hypothesis import strategies as st

from review_portal.domain.records import KpiRow
from review_portal.intake import field_values
from review_portal.intake.application_form import OWNERSHIP, read_application_form
from review_portal.intake.field_suggestions import recognise_consortium, recognise_goals
from tests import form_documents as forms

LEAD = "重庆示例绿能科技有限公司"


def unit_with(label: str, value: str):  # type: ignore[no-untyped-def]
    data = forms.edited(lambda opened: forms.set_value(opened, label, value))
    return read_application_form(data, forms.green_call()).unit


@pytest.mark.parametrize(
    ("written", "amount"),
    [
        ("5000", "5000"),
        ("5,000", "5000"),
        ("5，000.50", "5000.5"),
        ("１２３４．５", "1234.5"),
        ("500 万", "500"),
        ("1,234.5万元", "1234.5"),
        ("1.2亿元", "12000"),
        ("2.5 亿", "25000"),
        ("50000000元", "5000"),
        ("人民币5000万元整", "5000"),
        ("伍仟万元整", "5000"),
        ("一亿二千万元", "12000"),
        ("2022年度：12860.5万元", "12860.5"),
        ("2021年9000万元，2022年12860.5万元", "12860.5"),
        ("指上一个财年 12860.5 （提供证明材料）", "12860.5"),
        ("0", "0"),
        ("", None),
        ("/", None),
        ("见审计报告", None),
        ("500万美元", None),
        ("5000至6000", None),
    ],
)
def test_amount_is_read_in_its_own_unit(written: str, amount: str | None) -> None:
    expected = None if amount is None else Decimal(amount)
    assert field_values.money_wan(written, "整体业务收入（万元）", 2022) == expected


def test_amount_without_a_unit_takes_the_one_of_its_label() -> None:
    assert field_values.money_wan("50000000", "注册资本（元）") == Decimal(5000)
    assert field_values.money_wan("1.5", "注册资本（亿元）") == Decimal(15000)
    assert field_values.money_wan("5000", "注册资本") == Decimal(5000)


@given(st.decimals(min_value=0, max_value=10**9, places=2, allow_nan=False))
def test_an_amount_is_the_same_in_any_notation(amount: Decimal) -> None:
    plain = field_values.exact(amount)
    wide = f"{amount}".translate(str.maketrans("0123456789.", "０１２３４５６７８９．"))
    for written in (f"{amount}", f"{amount:,}", f" {amount} 万元", wide, f"{amount * 10_000:.0f}元"):
        assert field_values.money_wan(written) == plain


@given(st.decimals(min_value=0, max_value=10**15, places=4, allow_nan=False))
def test_an_exact_amount_has_no_exponent(amount: Decimal) -> None:
    exact = field_values.exact(amount)
    assert exact == amount
    assert exact == 0 or "E" not in str(exact) or exact < Decimal("0.001")


@given(st.text(max_size=40))
def test_no_text_makes_the_readers_fail(text: str) -> None:
    field_values.money_wan(text, text, 2022)
    field_values.count(text)
    field_values.written_date(text)
    field_values.credit_code(text)
    field_values.ticked(text, OWNERSHIP)
    recognise_consortium(LEAD, [text], text)
    recognise_goals([text], forms.green_call().goals)


@pytest.mark.parametrize(
    ("written", "persons"),
    [
        ("126", 126),
        ("126人", 126),
        ("１２６ 人", 126),
        ("约126人", 126),
        ("一百二十六人", 126),
        ("若干", None),
    ],
)
def test_headcount_is_a_whole_number(written: str, persons: int | None) -> None:
    assert unit_with("单位人数", written).headcount == persons


@pytest.mark.parametrize(
    ("written", "day", "year"),
    [
        ("2023年2月8日", date(2023, 2, 8), 2023),
        ("2023-02-08", date(2023, 2, 8), 2023),
        ("2023.2.8", date(2023, 2, 8), 2023),
        ("2023/2/8", date(2023, 2, 8), 2023),
        ("２０２３ 年 ２ 月 ８ 日", date(2023, 2, 8), 2023),
        ("二〇二三年二月八日", date(2023, 2, 8), 2023),
        ("二○二三年十二月二十一日", date(2023, 12, 21), 2023),
        ("二零二三年十月三十日", date(2023, 10, 30), 2023),
        ("2023年    月    日", None, 2023),
        ("2023年2月", None, 2023),
        ("2023年2月30日", None, 2023),
    ],
)
def test_date_is_read_in_both_kinds_of_numerals(written: str, day: date | None, year: int) -> None:
    found = field_values.written_date(written)
    assert found is not None
    assert (found.complete, found.year) == (day, year)


@pytest.mark.parametrize("written", ["", "年 月 日", "另行通知"])
def test_a_date_without_a_year_is_no_date(written: str) -> None:
    assert field_values.written_date(written) is None


@pytest.mark.parametrize(
    ("written", "chosen", "other"),
    [
        ("□国有企业 ☑民营企业 □外资企业 □事业单位\n其他（请注明）：", ("民营企业",), None),
        ("□国有企业 √民营企业 □外资企业 □事业单位 □其他（请注明）：", ("民营企业",), None),
        ("○国有企业 ●民营企业 ○外资企业 ○事业单位 ○其他", ("民营企业",), None),
        ("□国有企业 ■民营企业 □外资企业 □事业单位 □其他", ("民营企业",), None),
        ("（ ）国有企业（√）民营企业（ ）外资企业（ ）事业单位（ ）其他", ("民营企业",), None),
        ("国有企业[ ] 民营企业[√] 外资企业[ ] 事业单位[ ] 其他[ ]", ("民营企业",), None),
        ("国有企业□ 民营企业☑ 外资企业□ 事业单位□ 其他□", ("民营企业",), None),
        ("国有企业 民营企业✓ 外资企业 事业单位 其他", ("民营企业",), None),
        ("国 有 企 业□ 民 营 企 业☒ 外资企业□", ("民营企业",), None),
        ("民营企业", ("民营企业",), None),
        ("□民营企业", ("民营企业",), None),
        ("民营", ("民营企业",), None),
        ("☑国有企业 ☑民营企业 □外资企业 □事业单位", ("国有企业", "民营企业"), None),
        ("□国有企业 □民营企业 □外资企业 □事业单位\n其他（请注明）：", (), None),
        ("□国有企业 □民营企业 □外资企业 □事业单位\n其他（请注明）：社会团体", ("其他",), "社会团体"),
        ("□国有企业 □民营企业 □外资企业 □事业单位 ☑其他（请注明）：社会团体", ("其他",), "社会团体"),
        ("其他：集体企业", ("其他",), "集体企业"),
        ("", (), None),
    ],
)
def test_ownership_is_read_however_it_is_marked(
    written: str, chosen: tuple[str, ...], other: str | None
) -> None:
    unit = unit_with("单位性质", written)
    assert (unit.ownership_marks, unit.ownership_other) == (chosen, other)
    assert unit.ownership == (chosen[0] if len(chosen) == 1 else None)


@pytest.mark.parametrize(
    ("written", "listed"),
    [
        ("☑否\n□是", False),
        ("□否\n☑是（示例股票代码：000000）", True),
        ("否", False),
        ("是", True),
        ("是□ 否√", False),
        ("（√）是 （ ）否", True),
        ("未上市", False),
        ("□否 □是", None),
        ("☑否 ☑是", None),
        ("", None),
    ],
)
def test_listing_is_read_however_it_is_marked(written: str, listed: bool | None) -> None:
    assert unit_with("是否上市公司", written).listed is listed


@pytest.mark.parametrize(
    ("written", "code", "valid"),
    [
        ("91500000MAEXAMP14Y", "91500000MAEXAMP14Y", True),
        ("９１５０００００ｍａｅｘａｍｐ１４ｙ", "91500000MAEXAMP14Y", True),
        ("9150 0000 MAEX AMP1 4Y", "91500000MAEXAMP14Y", True),
        ("91500000MAEXAMP14X", "91500000MAEXAMP14X", False),
        ("91500000MAEXAMP14", "91500000MAEXAMP14", False),
        ("组织机构代码：20286061-2", "20286061-2", False),
        ("", None, False),
    ],
)
def test_credit_code_is_read_and_checked(written: str, code: str | None, valid: bool) -> None:
    unit = unit_with("组织机构代码/三证合一码", written)
    assert (unit.credit_code, unit.credit_code_valid) == (code, valid)


def indicators_of(rows: list[list[str]]) -> tuple[KpiRow, ...]:
    def change(opened: Document) -> None:
        forms.put_table(opened, opened.tables[1], rows)

    return read_application_form(forms.edited(change), forms.green_call()).kpi


HEAD = ["参考指标", "2023年3月—2023年11月", "2023年11月—2024年11月", "2024年11月—2025年11月", "总目标"]
NAMED = [indicator.name for indicator in forms.green_call().indicators]


@pytest.mark.parametrize(
    "rows",
    [
        [HEAD, [NAMED[0], "40", "60", "70", "170"]],
        [["阶段目标"] * 5, HEAD, [NAMED[0], "40", "60", "70", "170"]],
        [[HEAD[4], *HEAD[3:0:-1], HEAD[0]], ["170", "70", "60", "40", NAMED[0]]],
        [["序号", *HEAD], ["1", NAMED[0], "40", "60", "70", "170"]],
        [["序号", HEAD[0], "单位", *HEAD[1:]], ["1", NAMED[0], "家", "40", "60", "70", "170"]],
        [
            ["指标名称", "第一阶段", "第二阶段", "第三阶段", "合计"],
            [NAMED[0], "40家", "60家", "70家", "170家"],
        ],
        [["指标", "2023年", "2024年", "2025年", "总计"], [f"1.{NAMED[0]}", "４０", "６０", "７０", "１７０"]],
        [
            ["参考指标", "2023年3月—\n11月", "阶段二", "2024.11-2025.11（阶段目标）", "2025年总目标"],
            [f"{NAMED[0]}", "40", "60", "70", "170"],
        ],
        [
            ["参考指标", "2023.3-2023.11", "2023.11~2024.11", "2024.11至2025.11", "三年总目标"],
            [f"{NAMED[0]}（家）", "40", "60", "70", "170"],
        ],
        [[HEAD[0], NAMED[0]], [HEAD[1], "40"], [HEAD[2], "60"], [HEAD[3], "70"], [HEAD[4], "170"]],
    ],
)
def test_indicator_is_read_from_any_order_of_columns(rows: list[list[str]]) -> None:
    (row,) = indicators_of(rows)
    assert (row.index, row.name, row.unit) == (1, NAMED[0], "家")
    assert (row.stages, row.total, row.consistent) == ((40, 60, 70), 170, True)


def test_slash_blank_and_zero_are_three_things() -> None:
    slash, blank, zero = indicators_of(
        [HEAD, [NAMED[0], "/", "/", "/", "/"], [NAMED[1], "", "", "", ""], [NAMED[2], "0", "0", "0", "0"]]
    )
    assert (slash.raw_stages, slash.stages, slash.computed_sum) == (("/",) * 3, (None,) * 3, None)
    assert (blank.raw_stages, blank.stages, blank.computed_sum) == (("",) * 3, (None,) * 3, None)
    assert (zero.stages, zero.total, zero.consistent) == ((0, 0, 0), 0, True)


@pytest.mark.parametrize(
    ("stages", "total", "aggregation", "consistent"),
    [
        (("50", "130", "220"), "220", "cumulative", True),
        (("50", "80", "90"), "220", "sum", True),
        (("50", "80", "90"), "230", "sum", False),
        (("90", "80", "50"), "50", "sum", False),
        (("0", "0", "5"), "5", "sum", True),
        (("50", "80", "90"), "", "sum", None),
        (("50", "", "90"), "140", "sum", None),
        (("/", "80", "90"), "170", "sum", True),
    ],
)
def test_total_is_a_sum_or_a_last_stock(
    stages: tuple[str, str, str], total: str, aggregation: str, consistent: bool | None
) -> None:
    (row,) = indicators_of([HEAD, [NAMED[1], *stages, total]])
    assert (row.aggregation, row.consistent) == (aggregation, consistent)


def test_table_broken_over_two_pages_is_one_table() -> None:
    def change(opened: Document) -> None:
        first = forms.put_table(opened, opened.tables[1], [HEAD, [NAMED[0], "1", "2", "3", "6"]])
        second = forms.put_table(opened, opened.add_table(1, 1), [[NAMED[1], "4", "5", "6", "15"]])
        first._tbl.addnext(second._tbl)
        first._tbl.addnext(opened.add_paragraph("")._p)

    rows = read_application_form(forms.edited(change), forms.green_call()).kpi
    assert [(row.index, row.total) for row in rows] == [(1, 6), (2, 15)]
