"""Both databases for every test that asks for one.

`app` comes twice: on SQLite (a copy of a template that is migrated once per worker) and on PostgreSQL
(one server a run, one database a worker, emptied before each test). Nothing is mocked.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient
from flask_sqlalchemy import SQLAlchemy
from jinja2.bccache import Bucket, BytecodeCache

from review_portal import create_app
from review_portal import db as database
from review_portal.factory import prepare_database
from tests import catalogue, kept_scenes, shared_routes
from tests.engines import ENGINES
from tests.visitor import Visitor


class CompiledTemplates(BytecodeCache):
    """Templates compiled by any application of this process, by name and content."""

    def __init__(self) -> None:
        self._kept: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        """Fill the bucket where the template was compiled before."""
        if bucket.key in self._kept:
            bucket.bytecode_from_string(self._kept[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep what was compiled."""
        self._kept[bucket.key] = bucket.bytecode_to_string()


_templates = CompiledTemplates()
shared_routes.share()
SERVER_FOLDER = "PORTAL_TEST_POSTGRESQL"  # set by the process that starts the run, read by its workers


def pytest_configure(config: pytest.Config) -> None:
    """Compile English and choose one folder for PostgreSQL before the workers, who share both, start."""
    if not hasattr(config, "workerinput"):
        catalogue.compile_english()
        os.environ[SERVER_FOLDER] = tempfile.mkdtemp(prefix="portal-tests-")


def pytest_unconfigure(config: pytest.Config) -> None:
    """Take the folder away; the last worker has stopped its server."""
    if not hasattr(config, "workerinput"):
        shutil.rmtree(os.environ.pop(SERVER_FOLDER), ignore_errors=True)


def required() -> bool:
    """Whether what cannot run must fail instead of being skipped."""
    return os.environ.get("PORTAL_REQUIRE_ALL") == "1"


def unavailable(reason: str) -> None:
    """Skip with `reason`, or fail where everything is required."""
    if required():
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def build_app(instance: Path, url: str, **settings: Any) -> Flask:
    """An application for tests on an instance folder and a database of its own.

    All applications of a process share their compiled templates and routes: compiling them takes longer than
    most tests.
    """
    kept_scenes.share_secret(instance)
    app = create_app(instance=instance, testing=True, database_url=url, **settings)
    app.jinja_env.bytecode_cache = _templates
    return app


def close(app: Flask) -> None:
    """Give the connections back: an engine left open is a ResourceWarning, which is an error."""
    with app.app_context():
        database.db.session.remove()
        database.db.engine.dispose()


def migrate(folder: Path, url: str) -> None:
    """Migrate a database through an application that is thrown away."""
    app = build_app(folder, url)
    prepare_database(app)
    close(app)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty SQLite file."""
    folder = tmp_path_factory.mktemp("template")
    migrate(folder, "")
    return folder / "portal.db"


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Any]:
    """The run's PostgreSQL server; started by the first worker, stopped by the last."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the package warns about a missing XDG_RUNTIME_DIR
        try:
            import pgserver
        except ImportError:
            unavailable("没有 pgserver，不能在 PostgreSQL 上测试：pip install pgserver。")
        folder = Path(os.environ[SERVER_FOLDER]) / "data"
        folder.mkdir(exist_ok=True)
        server = pgserver.get_server(folder)
    _run(_with_driver(server.get_uri()), "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")
    yield server
    server.cleanup()
    atexit.unregister(server._cleanup)  # or it would look for a folder that is gone by then


def _with_driver(uri: str) -> str:
    return uri.replace("postgresql://", "postgresql+psycopg://")


def _run(url: str, *statements: str) -> None:
    engine = sa.create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.exec_driver_sql(statement)
    engine.dispose()


@pytest.fixture(scope="session")
def postgresql_url(postgresql_server: Any, tmp_path_factory: pytest.TempPathFactory) -> str:
    """This worker's database, migrated."""
    name = "portal_" + os.environ.get("PYTEST_XDIST_WORKER", "alone")
    home = _with_driver(postgresql_server.get_uri())
    _run(home, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)", f"CREATE DATABASE {name}")
    url: str = postgresql_server.get_uri(name)
    migrate(tmp_path_factory.mktemp("postgresql"), url)
    return url


def empty(url: str) -> None:
    """Delete every row, also of append-only tables: a replica's session fires no trigger."""
    engine = sa.create_engine(_with_driver(url))
    tables = reversed(database.db.metadata.sorted_tables)
    with engine.begin() as connection:
        connection.exec_driver_sql("SET session_replication_role = replica")
        connection.exec_driver_sql(";".join(f"DELETE FROM {table.name}" for table in tables))
    engine.dispose()


@pytest.fixture(params=ENGINES)
def engine_name(request: pytest.FixtureRequest) -> str:
    """Which database this test runs on."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(engine_name: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """A migrated database without rows. Empty means the SQLite file of `tmp_path`."""
    if engine_name == "sqlite":
        shutil.copy(request.getfixturevalue("sqlite_template"), tmp_path / "portal.db")
        return ""
    url: str = request.getfixturevalue("postgresql_url")
    empty(url)
    return url


@pytest.fixture
def app(database_url: str, tmp_path: Path) -> Iterator[Flask]:
    """The application on both engines. No context is pushed: requests make their own."""
    made = build_app(tmp_path, database_url)
    yield made
    close(made)


@pytest.fixture
def db(app: Flask) -> Iterator[SQLAlchemy]:
    """The database inside an application context, for calling services. Not together with `visitor`."""
    with app.app_context():
        yield database.db


@pytest.fixture
def client(app: Flask) -> FlaskClient:
    """Werkzeug's client; `visitor` is the one that keeps pages and tokens."""
    return app.test_client()


@pytest.fixture
def visitor(app: Flask) -> Visitor:
    """Somebody with a browser, nobody logged in."""
    return Visitor(app)
