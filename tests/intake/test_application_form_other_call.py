"""A form of another call is read and checked by that call's own words: the code knows none of them."""

import io
from datetime import datetime
from decimal import Decimal

import docx
import pytest

from review_portal.domain.formal_check import check_form, overall
from review_portal.domain.records import ApplicationForm
from review_portal.intake.application_form import read_application_form
from scoring_rubrics import Call, load_call
from tests import form_documents as forms


@pytest.fixture(scope="module")
def tea_call() -> Call:
    return load_call(forms.ROOT / "tests" / "data" / "calls" / "tea_garden_2030")


def tea_form() -> bytes:
    opened = docx.Document()
    for line in (
        "示例茶园申报表",
        "申报单位：示例茶叶合作社",
        "报送乡镇：示例西镇农业站",
        "申报日期：2030年5月20日",
    ):
        opened.add_paragraph(line)
    unit = opened.add_table(rows=0, cols=4)
    for texts in (
        ("单位名称", "示例茶叶合作社", "法定代表人", "茶示例"),
        ("注册资本（元）", "300000", "单位人数", "12"),
        ("茶园简介", "由合作社独立申报，茶园二百亩。", "茶园名称", "2030年示例茶园"),
        ("工作概述", "保存本地品种，传习手工制茶。", "", ""),
    ):
        for cell, text in zip(unit.add_row().cells, texts, strict=True):
            cell.text = text
    opened.add_paragraph("茶园指标表")
    table = opened.add_table(rows=0, cols=4)
    for texts in (
        ("指标", "春茶季", "秋茶季", "总目标"),
        ("保存品种数", "5", "3", "8"),
        ("参训茶农人数（户）", "40", "20", "60"),
        ("自选指标", "", "", ""),
    ):
        for cell, text in zip(table.add_row().cells, texts, strict=True):
            cell.text = text
    for line in (
        "一、茶园现状",
        "茶园位于示例西镇。",
        "二、工作安排",
        "开展师徒传习，品种保护暂不纳入本次目标。",
        "附件材料",
        "1.土地承包合同",
        "1-1 承包合同（示例）",
        "诚信声明",
        "联系人：茶示例",
        "联系电话：19900000031",
        "2030年5月20日",
    ):
        opened.add_paragraph(line)
    target = io.BytesIO()
    opened.save(target)
    return target.getvalue()


@pytest.fixture(scope="module")
def form(tea_call: Call) -> ApplicationForm:
    return read_application_form(tea_form(), tea_call)


def test_parts_are_found_by_the_calls_titles(form: ApplicationForm) -> None:
    assert form.parts == ("cover", "unit_table", "kpi_table", "body", "proofs", "commitment")
    assert [(section.key, section.text) for section in form.body] == [
        ("一", "茶园位于示例西镇。"),
        ("二", "开展师徒传习，品种保护暂不纳入本次目标。"),
    ]
    assert form.proofs == (("承包合同（示例）",),)
    assert form.commitment.date_raw == "2030年5月20日"


def test_recommender_goes_by_the_calls_label(form: ApplicationForm) -> None:
    assert (form.cover.recommender, form.district) == ("示例西镇农业站", "示例西镇")


def test_values_go_by_the_calls_labels(form: ApplicationForm) -> None:
    assert form.unit.intro == "由合作社独立申报，茶园二百亩。"
    assert (form.platform.name, form.platform.overview) == ("2030年示例茶园", "保存本地品种，传习手工制茶。")
    assert form.unit.registered_capital_wan == Decimal(30)


def test_indicators_have_the_calls_stages(form: ApplicationForm) -> None:
    assert [(row.index, row.unit, row.stages, row.total) for row in form.kpi] == [
        (1, "个", (5, 3), 8),
        (2, "户", (40, 20), 60),
    ]


def test_goals_are_the_calls(form: ApplicationForm, tea_call: Call) -> None:
    assert (form.goals, form.goals_excluded) == ((3,), (1,))
    findings = check_form(form, tea_call, None, datetime.fromisoformat("2030-06-30T09:00:00+08:00"))
    assert [(f.rule, f.result) for f in findings] == [
        (tea_call.formal_rules[0].id, "pass"),
        (tea_call.formal_rules[1].id, "manual"),
    ]
    assert overall(findings) == "eligible"
