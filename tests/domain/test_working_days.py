import json
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from review_portal.domain.errors import Invalid
from review_portal.domain.working_days import (
    OFFICE_ZONE,
    DueDate,
    WorkingCalendar,
    acceptance_due,
    receipt_standing,
)

CASES = json.loads(
    (Path(__file__).parents[1] / "data" / "calendar" / "calendar_cases.json").read_text("utf-8")
)
CALENDAR = WorkingCalendar()
DEADLINE = datetime(2023, 2, 18, tzinfo=timezone(timedelta(hours=8)))
RECEIPTS = [case for case in CASES["deadline_cases"] if case["kind"] == "district_submission"]
APPLICATIONS = [case for case in CASES["deadline_cases"] if case["kind"] == "annual_acceptance_application"]


def test_calendar_knows_the_holidays_and_working_weekends_of_2023():
    assert {
        day for day in CASES["holidays_2023"]["off"] if CALENDAR.is_working(date.fromisoformat(day))
    } == set()
    assert {
        day for day in CASES["holidays_2023"]["work"] if not CALENDAR.is_working(date.fromisoformat(day))
    } == set()


@pytest.mark.parametrize(
    "case", CASES["publicity_cases"], ids=lambda case: f"{case['start']}-{case['n']}-{case['count_start']}"
)
def test_publicity_ends_after_so_many_working_days(case):
    end = CALENDAR.period_end(date.fromisoformat(case["start"]), case["n"], count_start=case["count_start"])
    assert end == date.fromisoformat(case["end"])


def test_demo_publicity_runs_from_wednesday_to_tuesday():
    assert CALENDAR.period_end(date(2023, 3, 15), 5) == date(2023, 3, 21)
    assert CALENDAR.working_days(date(2023, 3, 15), date(2023, 3, 17)) == 3  # 今日第3日


def test_working_days_of_a_span_that_ends_before_it_begins_are_none():
    assert CALENDAR.working_days(date(2023, 3, 17), date(2023, 3, 15)) == 0


def test_period_of_no_days_is_refused():
    with pytest.raises(Invalid) as caught:
        CALENDAR.period_end(date(2023, 3, 6), 0)
    assert str(caught.value) == "期限至少为1个工作日，请改正。"


@pytest.mark.parametrize("case", RECEIPTS, ids=lambda case: case["received"])
def test_receipt_against_the_deadline(case):
    assert receipt_standing(datetime.fromisoformat(case["received"]), DEADLINE) == case["expected"]


@pytest.mark.parametrize(
    ("received", "standing"),
    [
        (datetime(2030, 6, 30, 23, 59, tzinfo=OFFICE_ZONE), "on_time"),
        (datetime(2030, 7, 1, 11, 59, tzinfo=OFFICE_ZONE), "on_time_flag_deadline_day"),
        (datetime(2030, 7, 1, 18, 0, tzinfo=OFFICE_ZONE), "on_time_flag_deadline_day"),
        (datetime(2030, 7, 2, 0, 0, tzinfo=OFFICE_ZONE), "late"),
    ],
)
def test_postmark_of_the_last_day_is_in_time_whatever_its_hour(received, standing):
    noon = datetime(2030, 7, 1, 12, tzinfo=OFFICE_ZONE)
    assert receipt_standing(received, noon, by="postmark") == standing


def test_receipt_without_an_offset_is_a_programming_error():
    with pytest.raises(ValueError, match="offset"):
        receipt_standing(datetime(2023, 2, 17, 12), DEADLINE)  # noqa: DTZ001


def test_receipt_is_compared_as_an_instant_whatever_its_zone():
    assert (
        receipt_standing(datetime(2023, 2, 17, 15, 59, tzinfo=UTC), DEADLINE) == "on_time_flag_deadline_day"
    )
    assert receipt_standing(datetime(2023, 2, 17, 16, 0, tzinfo=UTC), DEADLINE) == "late"


@pytest.mark.parametrize("case", APPLICATIONS, ids=lambda case: case["applied"])
def test_acceptance_application_against_its_due_date_without_rolling(case):
    due = acceptance_due(date.fromisoformat(case["stage_end"]), CALENDAR, roll="none")
    assert due.due == date.fromisoformat(case["due"])
    assert due.standing(date.fromisoformat(case["applied"])) == case["expected"]


def test_acceptance_due_on_a_day_off_moves_to_the_next_working_day_and_says_so():
    due = acceptance_due(date(2023, 11, 30), CALENDAR)
    assert due == DueDate(date(2023, 12, 30), date(2024, 1, 2))
    assert str(due.note) == "到期日2023年12月30日为休假日，顺延至2024年1月2日。"
    assert [
        due.standing(date(2023, 12, 30)),
        due.standing(date(2023, 12, 31)),
        due.standing(date(2024, 1, 2)),
    ] == [
        "on_time",
        "on_time_rolled",
        "on_time_rolled",
    ]
    assert due.standing(date(2024, 1, 3)) == "late"


def test_acceptance_due_on_a_working_day_stays():
    due = acceptance_due(date(2024, 11, 30), CALENDAR)
    assert (due.due, due.note) == (date(2024, 12, 30), None)


def test_acceptance_due_keeps_to_the_end_of_a_shorter_month():
    assert acceptance_due(date(2023, 1, 31), CALENDAR, roll="none").due == date(2023, 2, 28)
    assert acceptance_due(date(2023, 12, 31), CALENDAR, roll="none").due == date(2024, 1, 31)


def test_unknown_year_is_an_error_and_never_a_guess():
    with pytest.raises(Invalid) as caught:
        CALENDAR.is_working(date(2099, 1, 4))
    assert (
        str(caught.value)
        == "2099年的节假日安排尚未录入，请由系统管理员在“工作日表”中录入该年的休假日和调休上班日后再办理。"
    )


def test_override_table_corrects_days_and_adds_years():
    calendar = WorkingCalendar.from_table(
        {"off": ["2023-03-08", "2099-01-01"], "work": [date(2023, 3, 11), "2099-01-03"], "years": [2099]}
    )
    assert calendar.period_end(date(2023, 3, 6), 5) == date(2023, 3, 11)
    assert [calendar.is_working(date(2099, 1, day)) for day in (1, 2, 3, 4, 5)] == [
        False,
        True,
        True,
        False,
        True,
    ]


@pytest.mark.parametrize(
    ("table", "sentence"),
    [
        ({"off": ["2023-02-30"]}, "工作日表有误"),
        ({"years": ["next"]}, "工作日表有误"),
        ({"holidays": []}, "工作日表只有off、work和years三项，不认识“holidays”，请改正。"),
        (
            {"off": ["2023-03-08"], "work": ["2023-03-08"]},
            "工作日表中2023年3月8日既是休假日又是工作日，请只保留一处。",
        ),
    ],
)
def test_bad_override_table_is_refused(table, sentence):
    with pytest.raises(Invalid) as caught:
        WorkingCalendar.from_table(table)
    assert str(caught.value).startswith(sentence)
