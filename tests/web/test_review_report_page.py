"""评审报告 over HTTP: a refused form keeps what was typed; a made edition is one click away."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.factories_selection import PANEL
from tests.selection_copies import copied

NOTE = "会议当日停电五分钟（示例）。"


def test_report_is_made_from_its_page(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    with copied(request, "sqlite", "ranked", tmp_path) as made:
        office = made.office.officer.visit(made.app)
        address = f"/secretariat/{made.call}/report"
        documents = f"/secretariat/{made.call}/documents"
        edition = f"{documents}/report/{made.call}/2"
        results = office.get(f"/secretariat/{made.call}/results").body.decode()
        assert address in results
        assert f"{documents}/request/{made.call}/1" in results
        assert office.get(f"{address}/draft").status == 200
        assert office.get(edition).status == 404
        office.get(address)
        refused = office.post(address, {"place": "", "note": NOTE})
        assert refused.status == 422
        assert "请填写评审地点。" in refused.text
        assert NOTE in refused.body.decode()
        shown = office.post(address, {"place": "示例会议室", "note": NOTE})
        assert "评审报告第2版已生成" in shown.text
        assert edition in shown.body.decode()
        assert office.get(edition).status == 200
        again = office.post(address, {"place": "示例会议室", "note": NOTE})
        assert again.status == 409
        assert "没有变化" in again.text
        assert made.experts[PANEL[0]].visit(made.app).get(address).status in (403, 404)
        assert made.office.supervisor_a.visit(made.app).get(address).status in (403, 404)
