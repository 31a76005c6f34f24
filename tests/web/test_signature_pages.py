"""签字件登记 and 文书 as pages: ticking, scans, going on without an original, who may do what."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories_papers import pdf
from tests.factories_selection import CHAIR, Selection
from tests.selection_copies import copied
from tests.visitor import Page, Visitor


@pytest.fixture
def finished(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended; nothing is signed."""
    with copied(request, "sqlite", "finished", tmp_path) as made:
        yield made


def register(visitor: Visitor, made: Selection) -> Page:
    return visitor.get(f"/secretariat/{made.call}/signatures")


def boxes(page: Page) -> list[str]:
    return re.findall(r'name="papers" value="([^"]+)"', page.body.decode())


def test_officer_registers_ticked_papers_scans_one_and_begins_another_anew(finished: Selection) -> None:
    office = finished.office.officer.visit(finished.app)
    page = register(office, finished)
    first, second, *_more = boxes(page)
    base = f"/secretariat/{finished.call}/signatures"
    page = office.post(
        f"{base}/record", {"papers": [first, second], "step": "returned", "happened_on": "2023-02-30"}
    )
    assert page.status == 422
    assert "请填写日期" in page.text
    assert (
        len(re.findall(r'name="papers"[^>]* checked', page.body.decode())) == 2
    )  # what was ticked is still there
    page = office.post(
        f"{base}/record", {"papers": [first, second], "step": "returned", "happened_on": "2023-03-01"}
    )
    assert "已登记2份。" in page.text
    upload = {"happened_on": "2023-03-02", "scan": (io.BytesIO(pdf(1)), "签字.pdf")}
    page = office.post(f"{base}/{first}/scan", upload)
    assert "已登记扫描件。" in page.text
    assert office.get(f"{base}/{first}/scan").status == 200
    bad = {"happened_on": "2023-03-02", "scan": (io.BytesIO(b"MZ"), "签字.exe")}
    page = office.post(f"{base}/{second}/scan", bad)
    assert page.status == 422
    page = office.post(f"{base}/{second}/annul", {"reason": "打印件污损，须重新打印签字（示例）"})
    assert "已作废原登记" in page.text


def test_going_on_without_an_original_takes_a_reason(finished: Selection) -> None:
    office = finished.office.officer.visit(finished.app)
    address = f"/secretariat/{finished.call}/signatures/waive/publicity"
    page = office.get(address)
    assert "专家评分清单" in page.text
    page = office.post(address, {"reason": "急"})
    assert page.status == 422
    assert "不少于10字" in page.text
    page = office.post(address, {"reason": "专家已离渝，原件邮寄途中（示例）"})
    assert "缺件而继续" in page.text
    assert "原件邮寄途中" in page.text
    assert office.get(f"/secretariat/{finished.call}/signatures/waive/nothing").status == 404


def test_supervisor_reads_and_registers_nothing(finished: Selection) -> None:
    watcher = finished.office.supervisor_a.visit(finished.app)
    page = register(watcher, finished)
    assert page.status == 200
    assert boxes(page) == []
    assert "写明理由，缺件而继续" not in page.text
    assert watcher.post(f"/secretariat/{finished.call}/signatures/record", {}).status == 404
    assert (
        finished.experts[CHAIR].visit(finished.app).get(f"/secretariat/{finished.call}/signatures").status
        == 404
    )


def test_papers_of_the_call_stand_by_step_and_come_down(finished: Selection) -> None:
    office = finished.office.officer.visit(finished.app)
    page = office.get(f"/secretariat/{finished.call}/documents")
    links = re.findall(r'href="(/secretariat/[^"]+/documents/[^"]+)"', page.body.decode())
    assert links
    for link in links:
        answer = office.get(link)
        if link.endswith("/facts"):
            assert "补齐待填事项" in answer.text
            continue
        assert (answer.status, answer.response.headers["Content-Disposition"].split(";")[0]) == (
            200,
            "attachment",
        )
    assert office.get(f"/secretariat/{finished.call}/documents/summary/{'a' * 12}/1").status == 404
