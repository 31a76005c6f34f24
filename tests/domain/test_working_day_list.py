"""A pasted year: forms of dates, the whole table checked, faults by line, nothing in part."""

from __future__ import annotations

from datetime import date

import pytest

from review_portal.domain.errors import Invalid
from review_portal.domain.working_day_list import read
from review_portal.domain.working_days import WorkingCalendar

OFF = """1月1日至3日（元旦）
2月5日至11日放假调休
2027-04-05
2027年5月1日至5月5日
6月9日、9月15日
10/1—10/7"""
WORK = "2027-02-20（星期六）\n9月26日、10月9日"


def test_table_is_read_in_the_forms_that_notices_have() -> None:
    found = read(2027, OFF, WORK)
    assert (len(found.off), len(found.work)) == (3 + 7 + 1 + 5 + 2 + 7, 3)
    assert (found.off[0], found.off[-1]) == (date(2027, 1, 1), date(2027, 10, 7))
    assert found.work == (date(2027, 2, 20), date(2027, 9, 26), date(2027, 10, 9))
    calendar = WorkingCalendar(frozenset(found.off), frozenset(found.work), frozenset({2027}))
    assert calendar.period_end(date(2027, 2, 4), 5) == date(2027, 2, 17)


@pytest.mark.parametrize(
    ("off", "work", "field", "sentence"),
    [
        (OFF + "\n清明节", "", "off", "第7行“清明节”不是日期，请写成2027-02-05、2月5日或2月5日至11日。"),
        (OFF + "\n2月30日", "", "off", "第7行“2月30日”不是日期，请写成2027-02-05、2月5日或2月5日至11日。"),
        (OFF + "\n2026-12-31", "", "off", "第7行2026年12月31日不在2027年，请另在2026年的表中录入。"),
        (OFF + "\n5月3日", "", "off", "第7行5月3日与第4行重复，请只保留一处。"),
        (
            OFF.replace("10/1—10/7", ""),
            "",
            "off",
            "缺少法定节假日10月1日、10月2日、10月3日，请核对是否粘贴完整。",
        ),
        (OFF, "2月6日", "work", "第1行2月6日在休假日第2行也有，请只保留一处。"),
        (OFF, "\n2月22日", "work", "第2行2月22日是星期一，本来就上班，不是调休上班日。"),
    ],
)
def test_fault_names_its_line(off: str, work: str, field: str, sentence: str) -> None:
    with pytest.raises(Invalid) as refused:
        read(2027, off, work)
    assert {name: str(text) for name, text in refused.value.fields.items()} == {field: sentence}


def test_every_fault_of_both_fields_is_told_at_once() -> None:
    with pytest.raises(Invalid) as refused:
        read(2027, OFF + "\n甲\n乙", "丙")
    assert str(refused.value) == "工作日表有3处须更正，整表未录入。"
    assert str(refused.value.fields["off"]).count("不是日期") == 2
    assert list(refused.value.fields) == ["off", "work"]


@pytest.mark.parametrize("text", ["2月11日至2月5日", "1月1日至3月1日", "1月1日至3日至5日", "13月1日", "3日"])
def test_span_that_is_none_is_a_fault(text: str) -> None:
    with pytest.raises(Invalid, match="有1处须更正"):
        read(2027, OFF, text)
