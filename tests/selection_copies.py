"""A played selection for many tests: built once per engine and phase, copied for each test.

Playing it takes seconds; copying a database file, or a PostgreSQL database from a template, does not.
"""

from __future__ import annotations

import dataclasses
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.conftest import _run, build_app, close, migrate
from tests.factories_selection import Selection, selection
from tests.tied_selection import tied

_built: dict[tuple[str, str], tuple[Path, str, Selection]] = {}


@contextmanager
def copied(
    request: pytest.FixtureRequest, engine: str, phase: str, folder: Path, **settings: object
) -> Iterator[Selection]:
    """A selection at `phase` on a database of this test's own; its files lie in `folder`."""
    place, url, made = _original(request, engine, phase)
    target = folder / "copy"
    shutil.copytree(place, target)
    own = _copied_database(request, _name(phase)) if url else ""
    app = build_app(target, own, **settings)
    try:
        yield dataclasses.replace(made, app=app, tokens=dict(made.tokens))
    finally:
        close(app)


def _original(request: pytest.FixtureRequest, engine: str, phase: str) -> tuple[Path, str, Selection]:
    if (engine, phase) not in _built:
        place = request.getfixturevalue("tmp_path_factory").mktemp(f"selection-{engine}-{phase}")
        url = "" if engine == "sqlite" else _new_database(request, _name(phase))
        migrate(place, url)
        app = build_app(place, url)
        made = tied(app) if phase == "tied" else selection(app, phase)
        close(app)
        _built[engine, phase] = (place, url, made)
    return _built[engine, phase]


def _name(phase: str) -> str:
    return f"selection_{phase}_{os.environ.get('PYTEST_XDIST_WORKER', 'alone')}"


def _server_url(request: pytest.FixtureRequest, name: str | None = None) -> str:
    server = request.getfixturevalue("postgresql_server")
    uri: str = server.get_uri(name) if name else server.get_uri()
    return uri


def _home(request: pytest.FixtureRequest) -> str:
    return _server_url(request).replace("postgresql://", "postgresql+psycopg://")


def _new_database(request: pytest.FixtureRequest, name: str) -> str:
    _run(_home(request), f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    return _server_url(request, name)


def _copied_database(request: pytest.FixtureRequest, name: str) -> str:
    copy = f"{name}_copy"
    _run(
        _home(request),
        f"DROP DATABASE IF EXISTS {copy} WITH (FORCE)",
        f"CREATE DATABASE {copy} TEMPLATE {name}",
    )
    return _server_url(request, copy)
