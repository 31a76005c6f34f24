"""归档 on the page: asking for one, how far it is, the download, and whose it is."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services.papers import catalogue
from review_portal.worker import Worker
from tests.factories_selection import Selection
from tests.selection_copies import copied
from tests.visitor import Page


@pytest.fixture
def ranked(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Selection]:
    """Both rankings are frozen; papers are left out, because making them takes seconds."""
    with copied(request, "sqlite", "ranked", tmp_path) as found:
        # not before: the played selection is kept for others, and its papers are signed while it is played
        monkeypatch.setattr(catalogue, "listed", lambda _viewer, _call, **_kinds: [])
        yield found


def files_of(page: Page) -> list[str]:
    return re.findall(r'href="(/secretariat/[^"]+/file)"', page.body.decode())


def test_archive_is_asked_for_followed_and_fetched(ranked: Selection) -> None:
    office = ranked.office.officer.visit(ranked.app)
    watch = ranked.office.supervisor_a.visit(ranked.app)
    place = f"/secretariat/{ranked.call}/archives"
    page = office.get(place)
    assert "现在制作的是阶段包" in page.text
    wrong = office.post(place, {"profile": ""})
    assert (wrong.status, "请选择归档种类" in wrong.text) == (422, True)
    for profile in ("full", "masked"):
        page = office.post(place, {"profile": profile})
        assert "取消制作" in page.text and "等待制作" in page.text
        assert "取消制作" not in watch.get(place).text
        Worker(ranked.app).work_off()
    page = office.get(place)
    masked, full = files_of(page)
    assert "光盘标签" in page.text
    for path in (masked, full):
        answer = office.get(path)
        assert answer.response.headers["Content-Disposition"].startswith("attachment")
        with zipfile.ZipFile(io.BytesIO(answer.body)) as packed:
            assert "MANIFEST.sha256" in packed.namelist()
    assert files_of(watch.get(place)) == [masked]
    assert (watch.get(full).status, watch.get(masked).status) == (404, 200)
    assert watch.post(place, {"profile": "full"}, token="").status in (400, 404)


def test_cancelled_archive_is_told(ranked: Selection) -> None:
    office = ranked.office.officer.visit(ranked.app)
    place = f"/secretariat/{ranked.call}/archives"
    page = office.get(place)
    page = office.post(place, {"profile": "full"})
    (path,) = (action for action in page.forms if action.endswith("/cancel"))
    assert office.client.get(path.replace("/cancel", "/state")).get_json()["state"] == "queued"
    office.get(place)
    page = office.post(path)
    assert "已取消，没有留下文件。" in page.text and "开始制作" in page.text
