"""签发和送达 as pages: a refused form keeps what was typed, issuing, delivery, who may do what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.clock import now
from review_portal.domain.chinese_dates import local_date
from review_portal.services import office_facts
from tests import factories
from tests.factories_selection import REJECTED, Selection
from tests.selection_copies import copied

FACTS = {
    "contact_office": "节能与综合利用处（示例）",
    "contact_phone": "023-00000000",
    "contact_address": "示例路1号",
    "supervision_office": "机关纪委（示例）",
    "supervision_phone": "023-00000001",
}


@pytest.fixture
def sealed(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    """Two dossiers are rejected."""
    with copied(request, "sqlite", "sealed", tmp_path) as made:
        yield made


def test_officer_issues_and_delivers_a_letter_and_the_supervisor_only_reads(sealed: Selection) -> None:
    office = sealed.office.officer.visit(sealed.app)
    base = f"/secretariat/{sealed.call}/letters"
    assert "有待填事项" in office.get(base).text
    dossier = f"/secretariat/{sealed.call}/dossiers/{sealed.numbers[REJECTED[0]]}"
    assert "未送达，尚未生效" in office.get(dossier).text
    assert office.get(f"/secretariat/{sealed.call}/dossiers").text.count("未送达，尚未生效") == 2
    assert "不予受理待送达（送达后生效）" in office.get(f"/secretariat/{sealed.call}/").text
    address = f"{base}/rejection/{sealed.numbers[REJECTED[0]]}/1"
    today = local_date(now()).isoformat()
    form = {"number": "示例〔2023〕8号", "issued_on": today, "signed_by": "示例主任"}
    page = office.post(f"{address}/issue", form)
    assert page.status == 409
    assert "联系电话" in page.text
    assert "示例〔2023〕8号" in page.body.decode()  # what was typed is still there
    officer = sealed.office.officer.viewer(sealed.app)
    factories.inside(sealed.app, lambda: office_facts.record(officer, call=sealed.call, facts=FACTS))
    page = office.post(f"{address}/issue", form | {"issued_on": ""})
    assert page.status == 422
    assert "已签发，内容已固定" in office.post(f"{address}/issue", form).text
    page = office.get(address)
    assert "尚未送达，不予受理尚未生效。" in page.text
    watcher = sealed.office.supervisor_a.visit(sealed.app)
    assert "登记送达" not in watcher.get(address).text
    assert watcher.post(f"{address}/delivery", {}).status == 404
    told = {"delivered_on": today, "way": "direct", "receiver": ""}
    page = office.post(f"{address}/delivery", told)
    assert page.status == 422
    page = office.post(f"{address}/delivery", told | {"receiver": "示例收件人"})
    assert "已登记送达。" in page.text
    assert "起生效" in page.text
    assert "未送达" not in office.get(dossier).text
    assert office.get(f"/secretariat/{sealed.call}/dossiers").text.count("未送达，尚未生效") == 1
    for link in (
        f"rejection/{sealed.numbers[REJECTED[0]]}/1",
        f"delivery/{sealed.numbers[REJECTED[0]]}/1000",
    ):
        assert office.get(f"/secretariat/{sealed.call}/documents/{link}").status == 200
    assert office.get(f"{base}/rejection/{'a' * 12}/1").status == 404


def test_pages_of_dossier_register_and_recommendations_lead_to_their_papers(sealed: Selection) -> None:
    office = sealed.office.officer.visit(sealed.app)
    dossier = sealed.numbers[REJECTED[0]]
    base = f"/secretariat/{sealed.call}"
    page = office.get(f"{base}/dossiers/{dossier}").body.decode()
    assert f"{base}/documents/receipt/{dossier}/1" in page
    assert f"{base}/letters" in page
    assert f"{base}/documents/checks/{sealed.call}/1" in office.get(f"{base}/dossiers").body.decode()
    progress = office.get(f"{base}/progress").body.decode()
    for kind in ("discipline", "chair"):
        assert office.get(f"{base}/documents/{kind}/{sealed.written}/1").status == 200
        assert f"{base}/documents/{kind}/{sealed.written}/1" in progress
