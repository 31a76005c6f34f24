"""F01 to F31 on the published forms, and on the same forms with one thing changed."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from docx.document import Document

from review_portal.domain.errors import Invalid
from review_portal.domain.formal_check import CHECKS, Finding, check_form, overall
from review_portal.domain.formal_check_codes import code_is_valid, region_of
from review_portal.domain.records import Recommendation, RecommendationEntry
from review_portal.domain.working_days import OFFICE_ZONE
from review_portal.intake.application_form import read_application_form
from review_portal.intake.dossier_reading import read_dossier
from tests import form_documents as forms

APP01, APP02, APP03, APP04 = forms.SAMPLES
RECEIVED = datetime.fromisoformat("2023-02-16T10:05:00+08:00")
LIANGJIANG = Recommendation(
    recommender="重庆两江新区经济运行局（示例）",
    contact="何示例",
    phone="023-00000100",
    entries=(RecommendationEntry(1, "重庆示例绿能科技有限公司", "周示例", "19900000001", "第2行"),),
    ignored_placeholder_rows=5,
)


def findings_of(
    data: bytes,
    recommendation: Recommendation | None = LIANGJIANG,
    received_at: datetime | None = RECEIVED,
) -> tuple[Finding, ...]:
    call = forms.green_call()
    return check_form(read_application_form(data, call), call, recommendation, received_at)


def changed_results(findings: tuple[Finding, ...], name: str = APP01) -> dict[str, str]:
    """The rules whose result differs from the unchanged sample's."""
    before = {check["rule"]: check["result"] for check in forms.expected(name)["rule_checks"]}
    return {f.rule: f.result for f in findings if f.result != before[f.rule]}


@pytest.mark.parametrize("name", forms.SAMPLES)
def test_findings_of_a_published_form_are_exact(name: str) -> None:
    printed = forms.expected(name)
    received = datetime.fromisoformat(printed["received_at"])
    reading = read_dossier(forms.data(name), f"{name}.docx", forms.green_call(), LIANGJIANG, received)
    keys = ("rule", "title", "mode", "severity", "result")
    shown: Any = reading["findings"]
    assert [{key: row[key] for key in keys} for row in shown] == [
        {key: row[key] for key in keys} for row in printed["rule_checks"]
    ]
    assert reading["overall"] == printed["overall"]
    assert (reading["file"], reading["received_at"]) == (printed["file"], printed["received_at"])


@pytest.mark.parametrize("name", [*forms.SAMPLES, "blank_application_form"])
def test_every_finding_that_is_no_pass_says_what_to_do(name: str) -> None:
    notes = [str(f.note) for f in findings_of(forms.data(name)) if f.result != "pass"]
    assert all(note.endswith("。") and "%" not in note for note in notes)


def value(label: str, written: str) -> Callable[[Document], None]:
    return lambda opened: forms.set_value(opened, label, written)


def text(old: str, new: str) -> Callable[[Document], None]:
    return lambda opened: forms.replace_text(opened, old, new)


def indicator(row: int, *texts: str) -> Callable[[Document], None]:
    """Write the three stages and the total of a row of the indicator table, counted from 1."""

    def change(opened: Document) -> None:
        for cell, written in zip(opened.tables[1].rows[row + 1].cells[1:], texts, strict=True):
            cell.text = written

    return change


def without_indicator(row: int) -> Callable[[Document], None]:
    def change(opened: Document) -> None:
        tr = opened.tables[1].rows[row + 1]._tr
        tr.getparent().remove(tr)

    return change


def without_part(first: str, last: str) -> Callable[[Document], None]:
    return lambda opened: forms.remove_paragraphs(opened, first, last)


def goals_text(written: str) -> Callable[[Document], None]:
    def change(opened: Document) -> None:
        paragraph = next(p for p in opened.paragraphs if p.text.startswith("总体目标："))
        paragraph.text = written

    return change


def no_goals(opened: Document) -> None:
    goals_text("总体目标：到2025年建成服务量居全市前列的平台。")(opened)


JOINT = (
    "申报联合体由重庆示例绿能科技有限公司（牵头单位）、重庆示例检测有限公司、示例大学重庆研究院三家单位组成。"
)
FIVE = JOINT.replace("三家", "五家").replace("、示例", "、重庆示例设计有限公司、重庆示例租赁有限公司、示例")
INTRO_LONG = "本单位独立申报。" + "绿色制造服务经验丰富" * 50
GOALS = (
    "达到以下目标：（三）优化能源供给；（四）绿色生产水平诊断评估；"
    "（五）市级绿色项目支持；（六）绿色技术产品推广。"
)


@pytest.mark.parametrize(
    ("change", "results", "suggestion"),
    [
        (without_part("承诺书", "不存在"), {"F01": "fail", "F22": "fail"}, "needs_correction"),
        (without_part("申报单位相关证明材料", "承诺书"), {"F01": "fail", "F21": "fail"}, "needs_correction"),
        (
            text("申报单位：重庆示例绿能科技有限公司", "申报单位：重庆示例绿能有限公司"),
            {"F02": "fail"},
            "needs_correction",
        ),
        (text("申报单位：重庆示例", "申报单位： 重庆 示例"), {}, "eligible"),
        (value("组织机构代码/三证合一码", "91500000MAEXAMP14X"), {"F03": "fail"}, "needs_correction"),
        (
            value("组织机构代码/三证合一码", "91510000MAEXAMP14T"),
            {"F03": "fail", "F04": "fail"},
            "ineligible",
        ),
        (
            value("组织机构代码/三证合一码", "20286061-6"),
            {"F04": "manual", "F03": "fail"},
            "needs_correction",
        ),
        (value("手机", "1990000000"), {"F05": "fail", "F24": "fail"}, "ineligible"),
        (value("邮箱", "zhou.example.com"), {"F05": "fail"}, "needs_correction"),
        (value("传真", ""), {}, "eligible"),
        (value("注册资本（万元）", "见营业执照"), {"F06": "fail"}, "needs_correction"),
        (value("注册资本（万元）", "0.5亿元"), {}, "eligible"),
        (value("单位人数", "若干"), {"F07": "fail"}, "needs_correction"),
        (value("单位性质", "☑国有企业 ☑民营企业 □外资企业 □事业单位"), {"F08": "fail"}, "needs_correction"),
        (
            value("单位性质", "□国有企业 □民营企业 □外资企业 □事业单位 ☑其他（请注明）："),
            {"F08": "warn"},
            "eligible",
        ),
        (value("是否上市公司", "□否 □是"), {"F09": "fail"}, "needs_correction"),
        (value("申报单位简介", INTRO_LONG), {"F10": "fail"}, "needs_correction"),
        (value("申报单位简介", "本单位独立申报。" + "服务 1 家" * 120), {}, "eligible"),
        (value("申报单位简介", "本单位独立申报。" + "服务企业1234567家" * 45), {"F10": "warn"}, "eligible"),
        (value("平台任务概述", "绿色" * 501), {"F11": "fail"}, "needs_correction"),
        (value("平台任务概述", "绿色" * 500), {}, "eligible"),
        (
            text("成立由法定代表人任组长", "绿色" * 3000 + "成立由法定代表人任组长"),
            {"F12": "warn"},
            "eligible",
        ),
        (no_goals, {"F13": "warn", "F14": "warn"}, "eligible_after_manual_confirmation"),
        (goals_text(GOALS), {"F14": "fail"}, "ineligible"),
        (goals_text(GOALS + "（一）智慧能源优化管控服务。"), {}, "eligible"),
        (value("申报单位简介", JOINT), {}, "eligible"),
        (value("申报单位简介", FIVE), {"F15": "fail"}, "ineligible"),
        (
            value("申报单位简介", JOINT.replace("三家", "两家")),
            {"F15": "warn"},
            "eligible_after_manual_confirmation",
        ),
        (
            value("申报单位简介", JOINT.replace("检测有限公司", "检测有限公司（牵头单位）")),
            {"F16": "fail"},
            "ineligible",
        ),
        (indicator(3, "15", "", "30", "70"), {"F17": "fail"}, "needs_correction"),
        (indicator(4, "/", "/", "/", "/"), {"F17": "warn"}, "eligible_after_manual_confirmation"),
        (indicator(4, "0", "0", "0", "0"), {}, "eligible"),
        (indicator(4, "", "", "", ""), {"F17": "fail", "F18": "fail"}, "needs_correction"),
        (without_indicator(5), {"F17": "fail", "F20": "warn"}, "needs_correction"),
        (indicator(3, "15", "25", "30", ""), {"F18": "fail"}, "needs_correction"),
        (indicator(3, "15", "25", "30", "75"), {"F19": "fail"}, "needs_correction"),
        (indicator(2, "50", "130", "220", "220"), {"F19": "warn"}, "eligible_after_manual_confirmation"),
        (indicator(2, "50家", "80家", "90家", "220家"), {}, "eligible"),
        (indicator(1, "0", "0", "0", "0"), {"F20": "warn"}, "eligible"),
        (without_part("3-1", "承诺书"), {"F21": "fail"}, "needs_correction"),
        (text("二〇二三年二月八日", "二〇二三年    月    日"), {"F22": "fail"}, "needs_correction"),
        (text("二〇二三年二月八日", "2023年2月8日"), {}, "eligible"),
        (text("联系电话：19900000001", "联系电话："), {"F22": "fail"}, "needs_correction"),
        (text("平台立足两江新区", "平台任务简介。\n平台立足两江新区"), {"F27": "warn"}, "eligible"),
        (value("平台名称", "2023年市级重点绿色制造综合服务平台"), {"F28": "fail"}, "needs_correction"),
        (text("申报日期：2023年2月8日", "申报日期：2023年  月  日"), {"F31": "fail"}, "needs_correction"),
        (text("申报日期：2023年2月8日", "申报日期：2023年2月17日"), {"F31": "fail"}, "needs_correction"),
    ],
)
def test_one_change_to_a_form_changes_its_findings(
    change: Callable[[Document], None], results: dict[str, str], suggestion: str
) -> None:
    findings = findings_of(forms.edited(change))
    assert (changed_results(findings), overall(findings)) == (results, suggestion)


def honours_none(opened: Document) -> None:
    forms.remove_paragraphs(opened, "3-2", "承诺书")
    forms.replace_text(opened, "3-1 高新技术企业证书", "无")


def test_no_honours_is_an_answer_that_a_person_accepts() -> None:
    findings = findings_of(forms.edited(honours_none))
    assert (changed_results(findings), overall(findings)) == ({"F21": "warn"}, "eligible")


@pytest.mark.parametrize(
    ("received", "result", "suggestion"),
    [
        ("2023-02-17T23:59:59+08:00", "pass", "eligible"),
        ("2023-02-17T15:59:59+00:00", "pass", "eligible"),
        ("2023-02-18T00:00:00+08:00", "fail", "ineligible"),
        ("2023-02-20T09:00:00+08:00", "fail", "ineligible"),
        (None, "not_evaluated", "eligible"),
    ],
)
def test_deadline_is_the_first_instant_too_late(received: str | None, result: str, suggestion: str) -> None:
    at = datetime.fromisoformat(received) if received else None
    findings = findings_of(forms.data(APP01), received_at=at)
    f25 = next(f for f in findings if f.rule == "F25")
    assert (f25.result, f25.decide, overall(findings)) == (result, True, suggestion)


def test_postmark_of_the_last_day_is_in_time_where_the_call_goes_by_it() -> None:
    noon = datetime(2023, 2, 17, 12, tzinfo=OFFICE_ZONE)
    evening = datetime(2023, 2, 17, 18, tzinfo=OFFICE_ZONE)
    results = {}
    for rule in ("arrival", "postmark"):
        call = replace(forms.green_call(), deadline=noon, receipt=rule)
        findings = check_form(read_application_form(forms.data(APP01), call), call, LIANGJIANG, evening)
        results[rule] = next(f.result for f in findings if f.rule == "F25")
    assert results == {"arrival": "fail", "postmark": "pass"}


ENTRY = LIANGJIANG.entries[0]


@pytest.mark.parametrize(
    ("recommendation", "result"),
    [
        (LIANGJIANG, "pass"),
        (None, "not_evaluated"),
        (replace(LIANGJIANG, entries=(replace(ENTRY, unit="重庆示例低碳检测有限公司"),)), "fail"),
        (replace(LIANGJIANG, entries=(replace(ENTRY, mobile="19900000009"),)), "fail"),
        (replace(LIANGJIANG, entries=(replace(ENTRY, contact="郑示例"),)), "fail"),
        (replace(LIANGJIANG, recommender="两江新区经济运行局"), "pass"),
        (replace(LIANGJIANG, recommender="长寿区经济和信息化委员会（示例）"), "fail"),
        (replace(LIANGJIANG, recommender="长寿区经济和信息化委员会（示例）", entries=()), "not_evaluated"),
    ],
)
def test_applicant_must_stand_in_its_recommenders_table(
    recommendation: Recommendation | None, result: str
) -> None:
    findings = findings_of(forms.data(APP01), recommendation)
    assert next(f.result for f in findings if f.rule == "F24") == result


def test_finding_points_to_its_place() -> None:
    findings = findings_of(forms.data(APP04))
    f18 = next(f for f in findings if f.rule == "F18")
    assert f18.place == "指标表 第5行"
    assert str(f18.note) == (
        "“绿色化解决方案提供数量”“开展技术推广等公益性活动场次”总目标为空或不是数值；"
        "按阶段合计应为“绿色化解决方案提供数量”45、“开展技术推广等公益性活动场次”12。请退回补正，不得代填。"
    )


def test_sums_never_become_values() -> None:
    form = read_application_form(forms.data(APP04), forms.green_call())
    assert [row.total for row in form.kpi if row.index in (3, 5)] == [None, None]


def test_every_check_of_the_call_exists() -> None:
    assert {rule.check for rule in forms.green_call().formal_rules} <= set(CHECKS)


def test_unknown_check_is_named() -> None:
    call = forms.green_call()
    odd = replace(call.formal_rules[0], check="no_such_check")
    form = read_application_form(forms.data(APP01), call)
    with pytest.raises(Invalid, match="F01使用了未知的检查“no_such_check”"):
        check_form(form, replace(call, formal_rules=(odd,)))


@pytest.mark.parametrize(
    ("code", "valid", "region"),
    [
        ("91500000MAEXAMP14Y", True, "500000"),
        ("12500106MAEXAMP30M", True, "500106"),
        ("91500000MAEXAMP14X", False, "500000"),
        ("00000000-0", True, None),
        ("00000001X", False, None),
        (None, False, None),
    ],
)
def test_registration_codes_are_checked(code: str | None, valid: bool, region: str | None) -> None:
    assert (code_is_valid(code), region_of(code)) == (valid, region)
