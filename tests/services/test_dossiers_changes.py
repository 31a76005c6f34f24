"""What a corrected form may change after the deadline, cell by cell."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from docx.document import Document

from review_portal.domain.records import ApplicationForm, ConsortiumUnit, KpiRow
from review_portal.intake.application_form import read_application_form
from review_portal.services.dossiers.changes import changes, name_key
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


def found(old: ApplicationForm, new: ApplicationForm, kind: str = "fixed") -> dict[str, str]:
    """Place -> sentence of the changes of one kind."""
    listed = changes(old, new, form_documents.green_call())
    return {change.place: str(change.sentence()) for change in listed if change.kind == kind}


def after(change: Callable[[Document], object], sample: str = SINGLE) -> ApplicationForm:
    """The form read from the sample's file with one edit."""
    return read_application_form(form_documents.edited(change, sample), form_documents.green_call())


def replaced(old: str, new: str, sample: str = SINGLE) -> ApplicationForm:
    return after(lambda opened: form_documents.replace_text(opened, old, new), sample)


def kinds(old: ApplicationForm, new: ApplicationForm) -> list[tuple[str, str]]:
    return [(change.place, change.kind) for change in changes(old, new, form_documents.green_call())]


def row(sample: str = SINGLE, number: int = 0) -> KpiRow:
    return form(sample).kpi[number]


@pytest.mark.parametrize("sample", form_documents.SAMPLES)
def test_same_form_differs_in_nothing(sample: str) -> None:
    assert changes(form(sample), form(sample), form_documents.green_call()) == ()


def test_trail_keeps_where_a_contact_changed_but_not_what_it_was() -> None:
    contact = form(SINGLE).unit.contact
    assert contact.mobile is not None
    moved = changes(form(SINGLE), replaced(contact.mobile, "13800000000"), form_documents.green_call())
    assert (moved[0].place, moved[0].new) == ("手机", "13800000000")  # the officer sees it
    assert moved[0].to_json() == {"place": "手机", "kind": "open"}
    assert "13800000000" not in str([change.to_json() for change in moved])


def test_trail_keeps_no_passage_outside_the_fields() -> None:
    new = after(lambda opened: opened.add_paragraph("补充联系人：示例乙 13900000000"))
    kept = [change.to_json() for change in changes(form(SINGLE), new, form_documents.green_call())]
    assert kept and "13900000000" not in str(kept)


def test_trail_keeps_both_numbers_of_a_target() -> None:
    new = with_row(0, raw_total="999", total=Decimal(999))
    (moved,) = [c for c in changes(form(SINGLE), new, form_documents.green_call()) if c.kind == "fixed"]
    assert (moved.to_json()["old"], moved.to_json()["new"]) == (row().raw_total, "999")


def test_filled_blank_total_is_a_correction() -> None:
    new = with_row(2, NO_TOTALS, total=Decimal(45), raw_total="45", consistent=True)
    assert kinds(form(NO_TOTALS), new) == [(f"指标“{row(NO_TOTALS, 2).name}”总目标", "filled")]


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
    assert kinds(wrong, form(SINGLE)) == [(f"{FIRST}总目标", "open")]
    other = with_row(0, total=total + 2, raw_total=str(total + 2), consistent=False)
    assert list(found(wrong, other)) == [f"{FIRST}总目标"]


def test_rows_are_neither_added_nor_removed() -> None:
    shorter = replace(form(SINGLE), kpi=form(SINGLE).kpi[:-1])
    name = f"指标“{form(SINGLE).kpi[-1].name}”"
    cells = "　".join((*form(SINGLE).kpi[-1].raw_stages, form(SINGLE).kpi[-1].raw_total))
    assert found(form(SINGLE), shorter) == {name: f"原为“{cells}”，补正件为“空白”。"}
    assert found(shorter, form(SINGLE)) == {name: f"原为“空白”，补正件为“{cells}”。"}
    named = replace(form(SINGLE), kpi=form(SINGLE).kpi[1:])
    assert (FIRST, "filled") in kinds(named, form(SINGLE))


def test_goals_and_members_stay() -> None:
    fewer = replace(form(SINGLE), goals=form(SINGLE).goals[1:])
    assert list(found(form(SINGLE), fewer)) == ["服务目标"]
    joined = replace(
        form(SINGLE),
        consortium=(*form(SINGLE).consortium, ConsortiumUnit("重庆示例新伙伴有限公司", "member")),
    )
    assert found(form(SINGLE), joined) == {"联合体成员": "原为“独立申报”，补正件为“重庆示例新伙伴有限公司”。"}


def test_other_unit_is_told_apart_and_another_spelling_is_not() -> None:
    assert "申报单位" in found(form(SINGLE), form(FOUR))
    assert name_key("重庆示例绿能科技有限公司") == name_key("重庆市示例绿能科技有限责任公司 ")
    assert name_key("重庆示例绿能科技有限公司") != name_key("重庆示例绿能（集团）科技有限公司")


def test_unit_of_a_target_is_part_of_the_target() -> None:
    assert list(found(with_row(0, unit="家"), with_row(0, unit="万家"))) == [f"{FIRST}单位"]


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("接入企业50家", "接入企业55家", "（二）任务实施计划。"),
        ("服务量居全市前列", "服务量居全市第一", "（一）2025年预期目标。"),
        ("两江新区经济运行局", "渝中区经济信息委", "推荐单位"),
        ("91500000MAEXAMP14Y", "91500107MAEXAMP25N", "统一社会信用代码"),
    ],
)
def test_what_the_call_settles_stays(old: str, new: str, place: str) -> None:
    assert place in found(form(SINGLE), replaced(old, new))


def test_figure_in_the_overview_stays_and_its_other_words_are_for_a_person() -> None:
    overview = form(SINGLE).platform.overview
    figure = next(part for part in re.findall(r"\d+家", overview))
    moved = replace(form(SINGLE).platform, overview=overview.replace(figure, "9" + figure, 1))
    assert list(found(form(SINGLE), replace(form(SINGLE), platform=moved))) == ["平台任务概述（数字）"]
    worded = replace(form(SINGLE).platform, overview=overview.replace("平台", "本平台", 1))
    assert kinds(form(SINGLE), replace(form(SINGLE), platform=worded)) == [("平台任务概述", "open")]


@pytest.mark.parametrize(
    ("old", "new", "places"),
    [
        ("吴示例", "吴另例", ["法定代表人", "承诺书法定代表人"]),
        ("12860.5", "13000", ["整体业务收入"]),
        ("组长的平台", "组员的平台", ["（三）组织保障机制。"]),
        ("确认无误", "确认", ["其他文字（正文第63段）"]),
        ("1-1 营业执照", "1-1 执照", ["证明材料 第1类"]),
    ],
)
def test_everything_else_that_changes_waits_for_an_officer(old: str, new: str, places: list[str]) -> None:
    assert kinds(form(SINGLE), replaced(old, new)) == [(place, "open") for place in places]


def test_text_added_outside_every_section_is_seen() -> None:
    new = after(lambda opened: opened.add_paragraph("我单位承诺额外服务一千家企业。"))
    assert list(found(form(SINGLE), new, "open").values()) == [
        "原为“空白”，补正件为“我单位承诺额外服务一千家企业。”。"
    ]


def test_missing_date_and_missing_proof_are_filled_in() -> None:
    blank = replaced("申报日期：2023年2月8日", "申报日期：2023年  月  日")
    assert kinds(blank, form(SINGLE)) == [("申报日期", "filled")]
    fewer = after(lambda opened: form_documents.remove_paragraphs(opened, "1-3 纳税", "2."))
    assert kinds(fewer, form(SINGLE)) == [("证明材料 第1类", "filled")]


def test_mistyped_credit_code_may_be_put_right() -> None:
    wrong = replaced("91500000MAEXAMP14Y", "91500000MAEXAMP14X")
    assert kinds(wrong, form(SINGLE)) == [("统一社会信用代码", "open")]


def test_long_texts_are_shown_around_what_differs() -> None:
    (change,) = changes(form(SINGLE), replaced("组长的平台", "组员的平台"), form_documents.green_call())
    assert (len(change.old) < 80, "组长" in change.old, "组员" in change.new) == (True, True, True)
