"""A sealed round with paper sheets for many tests: built once per engine, copied for each test."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask

from tests import factories_papers
from tests.conftest import build_app, close, migrate
from tests.factories_papers import Papers
from tests.selection_copies import _copied_database, _name, _new_database

_built: dict[str, tuple[Path, str, Papers]] = {}


@contextmanager
def sealed(request: pytest.FixtureRequest, engine: str, folder: Path) -> Iterator[tuple[Flask, Papers]]:
    """The application on a database of this test's own, and who is in it."""
    if engine not in _built:
        _built[engine] = _original(request, engine)
    place, url, made = _built[engine]
    target = folder / "copy"
    shutil.copytree(place, target)
    app = build_app(target, _copied_database(request, _name("papers")) if url else "")
    try:
        yield app, made
    finally:
        close(app)


def _original(request: pytest.FixtureRequest, engine: str) -> tuple[Path, str, Papers]:
    place = request.getfixturevalue("tmp_path_factory").mktemp(f"papers-{engine}")
    url = "" if engine == "sqlite" else _new_database(request, _name("papers"))
    migrate(place, url)
    app = build_app(place, url)
    made = factories_papers.sealed(app)
    close(app)
    return place, url, made
