"""归档: one zip that recounts and verifies itself, whole or without a person's name."""

from __future__ import annotations

import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal.services import archives
from tests.factories_selection import Selection
from tests.selection_copies import copied


@pytest.fixture
def ranked(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    """Shortlist and final ranking are frozen; inside an application context."""
    with copied(request, "sqlite", "ranked", tmp_path) as made, made.app.app_context():
        yield made


def test_archive(ranked: Selection, tmp_path: Path) -> None:
    place, made = archives.write_from_host(call=ranked.call, profile="full", folder=tmp_path)
    with zipfile.ZipFile(place) as packed:
        print("\n".join(f"{i.file_size:9} {i.filename}" for i in packed.infolist()))
        packed.extractall("/tmp/arch_full")
    place, made = archives.write_from_host(call=ranked.call, profile="masked", folder=tmp_path)
    with zipfile.ZipFile(place) as packed:
        packed.extractall("/tmp/arch_masked")
        print(packed.read("未收录.csv").decode())
