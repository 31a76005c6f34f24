"""补齐待填事项 as a page: one field a fact, what was typed stays, only the office fills."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.factories_selection import Selection
from tests.selection_copies import copied


@pytest.fixture
def ranked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    """The final ranking is frozen."""
    with copied(request, "sqlite", "ranked", tmp_path) as made:
        yield made


def test_office_fills_in_a_request_field_by_field(ranked: Selection) -> None:
    office = ranked.office.officer.visit(ranked.app)
    page = office.get(f"/secretariat/{ranked.call}/documents")
    address = f"/secretariat/{ranked.call}/documents/request/{ranked.call}/1/facts"
    assert address in page.body.decode()
    page = office.get(address)
    assert "7项待填" in page.text
    assert "联系处室、联系人、联系电话由各文书共用" in page.text
    long = {"seen": "0", "fact0": "号" * 101, "fact1": "示例 <签发人>"}
    page = office.post(address, long)
    assert page.status == 422
    assert "号" * 101 in page.body.decode()
    assert "示例 &lt;签发人&gt;" in page.body.decode()
    page = office.post(address, long | {"fact0": "示例请〔2023〕9号"})
    assert "已保存" in page.text
    assert "5项待填" in page.text
    page = office.post(address, {"seen": "0", "fact0": "另一文号"})
    assert page.status == 409
    assert "已被他人修改" in page.text
    assert "另一文号" in page.body.decode()

    register = f"/secretariat/{ranked.call}/signatures"
    paper = f"{register}/request/{ranked.call}/1"
    assert "还有5项待填" in office.get(paper).text
    ticked = {"papers": f"request/{ranked.call}/1", "step": "printed", "happened_on": "2023-03-10"}
    page = office.post(f"{register}/record", ticked)
    assert page.status == 409
    assert "请先在各文书的“补齐待填事项”页填写" in page.text


def test_nobody_else_fills_in_and_no_other_paper_has_the_page(ranked: Selection) -> None:
    address = f"/secretariat/{ranked.call}/documents/request/{ranked.call}/1/facts"
    assert ranked.office.supervisor_a.visit(ranked.app).get(address).status == 404
    office = ranked.office.officer.visit(ranked.app)
    assert office.get(address.replace("/1/facts", "/7/facts")).status == 404
    page = office.get(f"/secretariat/{ranked.call}/documents/report/{ranked.call}/1/facts")
    assert "这份文书没有待填的事项" in page.text


def test_scheme_page_offers_what_is_on_record(ranked: Selection) -> None:
    office = ranked.office.officer.visit(ranked.app)
    page = office.get(f"/secretariat/{ranked.call}/documents/scheme/{ranked.call}/1/facts")
    assert "形式审查完成日期" in page.text and "按已有记录预填，请核对、补全后保存" in page.text
    assert any("年" in page.value(f"fact{place}") for place in range(4))
