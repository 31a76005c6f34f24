"""文书打包 over HTTP: choose, watch, come back, download."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services import bundle_views
from review_portal.worker import Worker
from tests.factories_selection import Selection
from tests.selection_copies import copied

KINDS = ("scheme", "summary")


@pytest.fixture
def ranked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, "sqlite", "ranked", tmp_path) as made:
        yield made


def test_bundle_pages_show_progress_and_hand_out_the_zip(ranked: Selection) -> None:
    office = ranked.office.officer.visit(ranked.app)
    base = f"/secretariat/{ranked.call}/bundles"
    page = office.get(base)
    assert page.status == 200
    assert office.post(base, {"form": "docx"}).status == 422
    begun = office.post(base, {"kinds": list(KINDS), "form": "docx"})
    assert "等待生成" in begun.body.decode()
    with ranked.app.app_context():
        job = bundle_views.packages(ranked.officer, call=ranked.call)[0].public_id
    here = f"{base}/{job}"
    told = office.get(f"{here}/state")
    assert told.status == 200
    assert Worker(ranked.app).work_off() >= 1
    assert "下载压缩包" in office.get(here).body.decode()
    assert "目录.txt" in zipfile.ZipFile(io.BytesIO(office.get(f"{here}/file").body)).namelist()
