"""What many tests start from, built once per worker, engine and kind, and put back for each later test.

Playing a scene through the services takes most of a second; copying a SQLite file, or a PostgreSQL database
from a template, does not. A builder that is decorated with `kept` is called as before.
"""

from __future__ import annotations

import dataclasses
import functools
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import sqlalchemy as sa
from flask import Flask, has_app_context

from review_portal import clock
from review_portal.db import db

Made = TypeVar("Made")
SECRET = "5e" * 32  # scenes hold what is signed with the instance's key: all instances of tests share one
PARSED = "parsed_rules"  # what an application that has played the scene would have read by now
_kept: dict[Any, tuple[Any, bytes | str, dict[Path, bytes], dict[int, Any]]] = {}
_began, _counted = datetime.now(UTC), time.monotonic()


def share_secret(instance: Path) -> None:
    """Give an instance the key of all tests before its application makes one of its own."""
    if not (instance / "secret_key").exists():
        (instance / "secret_key").write_text(SECRET)


def kept(build: Callable[..., Made]) -> Callable[..., Made]:
    """Let `build(app, ...)` play its scene once; later calls with equal arguments and settings get its copy.

    A database that holds something already, an own key, a moved clock: the scene is played again.
    """

    @functools.wraps(build)
    def built(app: Flask, **chosen: Any) -> Made:
        if not _plain(app):
            return build(app, **chosen)
        settings = dataclasses.replace(app.extensions["settings"], instance=Path(), database_url="")
        key = (build, _server(app) is None, repr(settings), repr(sorted(chosen.items())))
        if key not in _kept:
            made = build(app, **chosen)
            copy, files = _copy(app, f"kept_{len(_kept)}"), _files(Path(app.instance_path))
            _kept[key] = (made, copy, files, dict(app.extensions.get(PARSED, {})))
            return made
        made, copy, files, parsed = _kept[key]
        _put_back(app, copy)
        app.extensions[PARSED] = dict(parsed)
        for path, data in files.items():
            place = Path(app.instance_path) / path
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
        return made

    return built


def _plain(app: Flask) -> bool:
    """Whether the application is on an empty database, with the shared key, in the present."""
    passed = (clock.now() - _began).total_seconds()
    if app.config["SECRET_KEY"] != SECRET or abs(passed - (time.monotonic() - _counted)) > 60:
        return False
    with app.app_context():
        return not db.session.scalar(sa.text("SELECT count(*) FROM audit_entries"))


def _copy(app: Flask, name: str) -> bytes | str:
    if _server(app) is None:
        with app.app_context(), db.engine.connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        _let_go(app)
        return (Path(app.instance_path) / "portal.db").read_bytes()
    own = _url(app).database
    _renew(app, f"{own}_{name}", str(own))
    return f"{own}_{name}"


def _files(instance: Path) -> dict[Path, bytes]:
    """What the scene has stored beside the database, by its place in the instance."""
    found = (path for path in instance.rglob("*") if path.is_file())
    kept = (path for path in found if not path.name.startswith("portal.db") and path.name != "secret_key")
    return {path.relative_to(instance): path.read_bytes() for path in kept}


def _put_back(app: Flask, copy: bytes | str) -> None:
    if isinstance(copy, str):
        _renew(app, str(_url(app).database), copy)
        return
    _let_go(app)
    place = Path(app.instance_path) / "portal.db"
    for old in place.parent.glob("portal.db-*"):
        old.unlink()
    place.write_bytes(copy)


def _url(app: Flask) -> sa.URL:
    with app.app_context():
        return db.engine.url


def _server(app: Flask) -> sa.URL | None:
    """Where databases are made and dropped; None on SQLite."""
    url = _url(app)
    return url.set(database="postgres") if url.get_backend_name() == "postgresql" else None


def _renew(app: Flask, name: str, template: str) -> None:
    """Make the database `name` anew, equal to `template`."""
    _let_go(app)
    server = _server(app)
    assert server is not None
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.exec_driver_sql(f"CREATE DATABASE {name} TEMPLATE {template}")
    engine.dispose()


def _let_go(app: Flask) -> None:
    """Close every connection to the application's database."""
    if has_app_context():
        db.session.remove()
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
