"""The demonstration's applicants hand in forms that the portal reads and finds complete."""

from __future__ import annotations

import io
import tomllib
from datetime import UTC, datetime
from functools import cache
from typing import Any

import docx
import pytest

from review_portal.demo import documents
from review_portal.domain.formal_check import check_form, overall
from review_portal.domain.records import ApplicationForm
from review_portal.intake.application_form import read_application_form
from review_portal.intake.recommendation_summary import read_recommendation
from tests.form_documents import green_call

WRITTEN = ("S05", "S06", "S07", "S08", "S09", "S10", "S11", "S12")
IN_TIME = datetime(2023, 2, 16, 2, 0, tzinfo=UTC)
LATE = datetime(2023, 2, 20, 2, 0, tzinfo=UTC)
RETURNED = "app04_kpi_totals_missing.docx"
TOTALS = {"绿色化解决方案提供数量": 45, "开展技术推广等公益性活动场次": 12}


def source(story: str) -> dict[str, Any]:
    return tomllib.loads((documents.DATA / "dossiers" / f"{story}.toml").read_text(encoding="utf-8"))


@cache
def form(story: str) -> ApplicationForm:
    return read_application_form(documents.application_form(story)[1], green_call())


def results(read: ApplicationForm, received_at: datetime) -> dict[str, str]:
    return {found.rule: found.result for found in check_form(read, green_call(), None, received_at)}


@pytest.mark.parametrize("story", WRITTEN)
def test_written_form_is_suggested_as_eligible(story: str) -> None:
    findings = check_form(form(story), green_call(), None, IN_TIME)
    assert overall(findings) == "eligible"
    assert {found.rule: found.result for found in findings if found.result != "pass"} == {
        "F23": "manual",
        "F24": "not_evaluated",  # until the district's table is registered
        "F26": "manual",
        "F29": "manual",
        "F30": "manual",
    }


@pytest.mark.parametrize("story", WRITTEN)
def test_written_form_says_what_its_applicant_says(story: str) -> None:
    said, read = source(story), form(story)
    assert (read.lead, read.cover.recommender) == (said["unit"], said["recommender"])
    assert read.cover.apply_date == said["apply_date"]
    assert (read.unit.contact.name, read.unit.contact.mobile) == (
        said["contact"]["name"],
        said["contact"]["mobile"],
    )
    assert read.unit.ownership == said["ownership"]
    assert str(read.unit.registered_capital_wan) == said["registered_capital"]
    assert list(read.goals) == said["goals"]
    assert (read.unit.intro, read.platform.overview) == (said["intro"], said["overview"])
    assert {section.key: section.text for section in read.body} == said["body"]
    assert [list(titles) for titles in read.proofs] == list(said["proofs"].values())
    assert read.commitment.date_raw == said["signed"]


@pytest.mark.parametrize("story", WRITTEN)
def test_totals_of_a_written_form_stand_in_its_overview(story: str) -> None:
    read = form(story)
    totals = [int(row.total) for row in read.kpi if row.index is not None and row.total is not None]
    assert totals == [sum(row) for row in source(story)["indicators"]["rows"]]
    assert [total for total in totals if f"{total}" not in read.platform.overview] == []


def test_consortium_is_recognised_as_told() -> None:
    assert [(unit.name, unit.role) for unit in form("S07").consortium] == [
        ("重庆示例智慧能源研究院有限公司", "lead"),
        ("重庆示例电力设计有限公司", "member"),
        ("重庆示例绿色融资有限公司", "member"),
    ]
    assert [form(story).members for story in WRITTEN if story != "S07"] == [()] * 7


def test_form_that_came_late_fails_the_deadline_alone() -> None:
    in_time, late = results(form("S12"), IN_TIME), results(form("S12"), LATE)
    assert {rule for rule in late if late[rule] != in_time[rule]} == {"F25"}
    assert late["F25"] == "fail"


def test_returned_form_comes_back_with_the_applicant_s_totals_and_nothing_else() -> None:
    before = documents.sample_form(RETURNED)
    after = documents.supplemented(before, TOTALS)
    old, new = (read_application_form(data, green_call()) for data in (before, after))
    assert [row.name for row in old.kpi if row.total is None] == list(TOTALS)
    assert {row.name: row.total for row in new.kpi if row.name in TOTALS} == TOTALS
    assert results(old, IN_TIME)["F18"] == "fail"
    assert results(new, IN_TIME)["F18"] == "pass"
    texts = [[p.text for p in docx.Document(io.BytesIO(data)).paragraphs] for data in (before, after)]
    assert texts[0] == texts[1]


def test_recommendation_table_reads_back() -> None:
    data = documents.recommendation_table(
        "示例推荐汇总表",
        "永川区经济和信息化委员会（示例）",
        "经办示例",
        "023-00000101",
        [("重庆示例园区能源管理有限公司", "魏示例", "19900000024")],
    )
    table = read_recommendation(data, "附件1.xlsx")
    assert (table.recommender, table.contact) == ("永川区经济和信息化委员会（示例）", "经办示例")
    assert [(entry.unit, entry.contact, entry.mobile) for entry in table.entries] == [
        ("重庆示例园区能源管理有限公司", "魏示例", "19900000024")
    ]


def test_every_name_in_the_demonstration_is_marked_as_an_example() -> None:
    for story in WRITTEN:
        said = source(story)
        names = (said["unit"], said["recommender"], said["contact"]["name"], said["legal_representative"])
        assert [name for name in names if "示例" not in name] == []
        assert said["contact"]["mobile"].startswith("199000000")
