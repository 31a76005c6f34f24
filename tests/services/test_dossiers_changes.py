"""What a corrected form may change after the deadline, cell by cell."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest

from review_portal.domain.records import ApplicationForm, ConsortiumUnit, KpiRow
from review_portal.intake.application_form import read_application_form
from review_portal.services.dossiers.changes import changed_parts, differences, name_key
from tests import form_documents

SINGLE, FOUR, THREE_GOALS, NO_TOTALS = form_documents.SAMPLES
FIRST = "指标“开展企业绿色化水平诊断评估等服务数量”"


@cache
def form(sample: str) -> ApplicationForm:
    return read_application_form(form_documents.data(sample), form_documents.green_call())


def with_row(number: int, sample: str = SINGLE, **cells: Any) -> ApplicationForm:
    """The form with cells of one indicator row exchanged."""
    rows = list(form(sample).kpi)
    rows[number] = replace(rows[number], **cells)
    return replace(form(sample), kpi=tuple(rows))


def found(old: ApplicationForm, new: ApplicationForm) -> dict[str, str]:
    return {place: str(text) for place, text in differences(old, new, form_documents.green_call()).items()}


def row(sample: str = SINGLE, number: int = 0) -> KpiRow:
    return form(sample).kpi[number]


@pytest.mark.parametrize("sample", form_documents.SAMPLES)
def test_same_form_differs_in_nothing(sample: str) -> None:
    assert (found(form(sample), form(sample)), changed_parts(form(sample), form(sample))) == ({}, ())


def test_filled_blank_total_is_a_correction() -> None:
    new = with_row(2, NO_TOTALS, total=Decimal(45), raw_total="45", consistent=True)
    assert found(form(NO_TOTALS), new) == {}
    assert changed_parts(form(NO_TOTALS), new) == ("指标表",)


def test_number_that_was_given_stays() -> None:
    stages = (Decimal(999), *row().stages[1:])
    new = with_row(0, stages=stages, raw_stages=("999", *row().raw_stages[1:]))
    assert found(form(SINGLE), new) == {f"{FIRST}第1阶段": f"原为“{row().raw_stages[0]}”，补正件为“999”。"}


def test_number_written_in_another_way_is_the_same_number() -> None:
    new = with_row(0, raw_total=f" {row().raw_total}.0 ")
    assert found(form(SINGLE), new) == {}


def test_number_may_not_be_taken_back() -> None:
    for raw in ("", "/"):
        new = with_row(0, total=None, raw_total=raw)
        assert found(form(SINGLE), new) == {
            f"{FIRST}总目标": f"原为“{row().raw_total}”，补正件为“{raw or '空白'}”。"
        }


def test_indicator_not_committed_to_may_not_become_a_number() -> None:
    declined = next(n for n, item in enumerate(form(THREE_GOALS).kpi) if item.raw_total == "/")
    new = with_row(declined, THREE_GOALS, total=Decimal(5), raw_total="5")
    assert list(found(form(THREE_GOALS), new)) == ["指标“优化能源供给成果指标”总目标"]


def test_total_that_was_added_up_wrongly_may_become_the_sum_and_nothing_else() -> None:
    total = row().computed_sum
    assert total is not None
    wrong = with_row(0, total=total + 1, raw_total=str(total + 1), consistent=False)
    assert found(wrong, form(SINGLE)) == {}
    other = with_row(0, total=total + 2, raw_total=str(total + 2), consistent=False)
    assert list(found(wrong, other)) == [f"{FIRST}总目标"]


def test_rows_are_neither_added_nor_removed() -> None:
    shorter = replace(form(SINGLE), kpi=form(SINGLE).kpi[:-1])
    name = f"指标“{form(SINGLE).kpi[-1].name}”"
    assert found(form(SINGLE), shorter) == {name: "补正件中没有该行。"}
    assert found(shorter, form(SINGLE)) == {name: "原申报书没有该行。"}


def test_goals_and_members_stay() -> None:
    fewer = replace(form(SINGLE), goals=form(SINGLE).goals[1:])
    assert list(found(form(SINGLE), fewer)) == ["服务目标"]
    joined = replace(
        form(SINGLE),
        consortium=(*form(SINGLE).consortium, ConsortiumUnit("重庆示例新伙伴有限公司", "member")),
    )
    assert found(form(SINGLE), joined) == {"联合体成员": "原为独立申报，补正件为重庆示例新伙伴有限公司。"}


def test_other_unit_is_told_apart_and_another_spelling_is_not() -> None:
    assert "申报单位" in found(form(SINGLE), form(FOUR))
    assert name_key("重庆示例绿能科技有限公司") == name_key("重庆市示例绿能科技有限责任公司 ")
    assert name_key("重庆示例绿能科技有限公司") != name_key("重庆示例绿能（集团）科技有限公司")


def test_changed_text_is_named_for_the_officer() -> None:
    new = replace(form(SINGLE), body=tuple(replace(part, text="另写") for part in form(SINGLE).body[:1]))
    assert changed_parts(form(SINGLE), new)[0] == form(SINGLE).body[0].title
    assert len(changed_parts(form(SINGLE), new)) == len(form(SINGLE).body)
