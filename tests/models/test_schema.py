"""The schema: migration and models are one, history cannot be rewritten, both engines are set up safely."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import pytest
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from flask import Flask
from flask_sqlalchemy import SQLAlchemy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from review_portal import db as database
from review_portal.factory import prepare_database
from review_portal.migrations import runner
from review_portal.migrations.append_only import trigger_names
from tests.engines import on_postgresql, on_sqlite

HISTORY = database.append_only_tables()
NOON = datetime(2023, 2, 17, 12, 0, tzinfo=timezone(timedelta(hours=8)))


def table(name: str) -> sa.Table:
    return database.db.metadata.tables[name]


def words(column: sa.Column[Any]) -> list[str]:
    """The words that a CHECK allows in a column."""
    for constraint in column.table.constraints:
        if isinstance(constraint, sa.CheckConstraint) and str(constraint.sqltext).startswith(
            f"{column.name} IN"
        ):
            return re.findall(r"'([^']*)'", str(constraint.sqltext))
    return []


def sample(column: sa.Column[Any]) -> object:
    """Some value that the column takes."""
    kind = column.type
    if isinstance(kind, database.Hundredths):
        return Decimal("87.50")
    if isinstance(kind, database.UTCDateTime):
        return NOON
    if isinstance(kind, database.CanonicalJSON):
        return {}
    if isinstance(kind, sa.Date):
        return date(2023, 2, 17)
    if isinstance(kind, sa.Boolean):
        return True
    if isinstance(kind, sa.Integer | sa.Numeric):
        return 1
    return (words(column) or ["x"])[0]


@contextmanager
def one_row(db: SQLAlchemy, name: str) -> Iterator[sa.Connection]:
    """A connection on which `name` holds one row; what the row refers to is not needed here."""
    with db.engine.connect() as connection:
        sqlite = connection.dialect.name == "sqlite"
        relaxed, strict = (
            ("PRAGMA foreign_keys=OFF", "PRAGMA foreign_keys=ON")
            if sqlite
            else ("SET session_replication_role = replica", "SET session_replication_role = origin")
        )
        if sqlite:
            connection.connection.dbapi_connection.execute(relaxed)  # takes effect outside a transaction only
        else:
            connection.exec_driver_sql(relaxed)
        connection.execute(sa.insert(table(name)).values({c.name: sample(c) for c in table(name).columns}))
        if not sqlite:
            connection.exec_driver_sql(strict)
        yield connection
        connection.rollback()
        if sqlite:
            connection.connection.dbapi_connection.execute(strict)


def test_migration_and_models_describe_the_same_tables(db: SQLAlchemy) -> None:
    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []


def test_migration_and_models_have_the_same_checks(db: SQLAlchemy) -> None:
    inspector = sa.inspect(db.engine)
    stored = {check["name"] for name in db.metadata.tables for check in inspector.get_check_constraints(name)}
    wanted = {
        str(constraint.name)
        for found in db.metadata.tables.values()
        for constraint in found.constraints
        if isinstance(constraint, sa.CheckConstraint)
    }
    assert stored == wanted


@on_sqlite
def test_checks_allow_the_same_words_in_migration_and_models(db: SQLAlchemy) -> None:
    inspector = sa.inspect(db.engine)
    for name, found in db.metadata.tables.items():
        stored = {check["name"]: check["sqltext"] for check in inspector.get_check_constraints(name)}
        wanted = {
            str(constraint.name): str(constraint.sqltext)
            for constraint in found.constraints
            if isinstance(constraint, sa.CheckConstraint)
        }
        assert stored == wanted


def test_history_is_append_only_where_the_design_says_so() -> None:
    assert {"audit_entries", "review_revisions", "revision_points", "dossier_versions", "rankings"} <= set(
        HISTORY
    )


@pytest.mark.parametrize("name", HISTORY)
def test_history_row_cannot_be_changed_or_deleted(db: SQLAlchemy, name: str) -> None:
    key = next(iter(table(name).primary_key)).name
    attempts = [f"UPDATE {name} SET {key} = {key}", f"DELETE FROM {name}"]
    if db.engine.dialect.name == "sqlite":
        attempts.append(f"REPLACE INTO {name} SELECT * FROM {name}")
        attempts.append(f"INSERT OR REPLACE INTO {name} SELECT * FROM {name}")
    else:
        attempts.append(f"TRUNCATE {name} CASCADE")
        upsert = f"ON CONFLICT ({keys(name)}) DO UPDATE SET {key} = {name}.{key}"
        attempts.append(f"INSERT INTO {name} SELECT * FROM {name} {upsert}")
    with one_row(db, name) as connection:
        for attempt in attempts:
            with pytest.raises(DBAPIError, match=f"append-only: {name}"), connection.begin_nested():
                connection.exec_driver_sql(attempt)
        assert connection.execute(sa.select(sa.func.count()).select_from(table(name))).scalar_one() == 1


def keys(name: str) -> str:
    return ", ".join(column.name for column in table(name).primary_key)


@contextmanager
def without_trigger(db: SQLAlchemy, name: str, on: str) -> Iterator[None]:
    """The database while a trigger is missing; put back afterwards, since others use it too."""
    sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.begin() as connection:
        definition = connection.execute(
            sa.text("SELECT sql FROM sqlite_master WHERE name = :name")
            if sqlite
            else sa.text("SELECT pg_get_triggerdef(oid) FROM pg_trigger WHERE tgname = :name"),
            {"name": name},
        ).scalar_one()
        connection.exec_driver_sql(f"DROP TRIGGER {name}" + ("" if sqlite else f" ON {on}"))
    try:
        yield
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(definition)


def test_start_up_accepts_a_whole_database(app: Flask, db: SQLAlchemy) -> None:
    assert runner.missing_triggers(db.engine, HISTORY) == []
    prepare_database(app)


@pytest.mark.parametrize("position", [0, 1])
def test_start_up_refuses_a_database_without_a_trigger(app: Flask, db: SQLAlchemy, position: int) -> None:
    name = trigger_names("revision_points", db.engine.dialect.name)[position]
    with without_trigger(db, name, "revision_points"):
        assert runner.missing_triggers(db.engine, HISTORY) == [name]
        with pytest.raises(RuntimeError, match=f"缺少只增保护：{name}"):
            prepare_database(app)


@on_postgresql
def test_start_up_refuses_a_switched_off_trigger(db: SQLAlchemy) -> None:
    name = "audit_entries_no_change"
    with db.engine.begin() as connection:
        connection.exec_driver_sql(f"ALTER TABLE audit_entries DISABLE TRIGGER {name}")
    try:
        assert runner.missing_triggers(db.engine, HISTORY) == [name]
    finally:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"ALTER TABLE audit_entries ENABLE TRIGGER {name}")


@on_sqlite
@pytest.mark.parametrize(
    ("pragma", "value"),
    [
        ("journal_mode", "wal"),
        ("synchronous", 2),
        ("foreign_keys", 1),
        ("recursive_triggers", 1),
        ("busy_timeout", 5000),
        ("trusted_schema", 0),
    ],
)
def test_sqlite_connection_is_told_what_safety_needs(db: SQLAlchemy, pragma: str, value: object) -> None:
    assert db.session.execute(sa.text(f"PRAGMA {pragma}")).scalar_one() == value


@on_postgresql
@pytest.mark.parametrize(("name", "value"), [("synchronous_commit", "on"), ("TimeZone", "UTC")])
def test_postgresql_connection_is_told_what_safety_needs(db: SQLAlchemy, name: str, value: str) -> None:
    assert db.session.execute(sa.text(f"SHOW {name}")).scalar_one() == value


def test_sqlite_in_use_is_new_enough_for_several_writers() -> None:
    module = database.engine_options("sqlite:///portal.db")["module"]
    assert module.sqlite_version_info >= (3, 51, 3)


def test_sqlite_too_old_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "SQLITE_NEEDED", (99, 0, 0))
    with pytest.raises(RuntimeError, match=r"需要 99\.0\.0 以上：请重新运行 \./portal run"):
        database.engine_options("sqlite:///portal.db")


def test_foreign_key_to_nothing_is_refused(db: SQLAlchemy) -> None:
    row = {"account_id": 1, "role": "expert", "granted_at": NOON}
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(table("grants")).values(row))
        db.session.commit()


def test_word_outside_the_state_table_is_refused(db: SQLAlchemy) -> None:
    rules = {"id": 1, "digest": "0" * 64, "slug": "example", "files": {}, "stored_at": NOON}
    call = {
        "id": 1,
        "public_id": "a" * 12,
        "rule_set_id": 1,
        "title": "示例",
        "created_at": NOON,
        "version": 1,
    }
    db.session.execute(sa.insert(table("rule_sets")).values(rules))
    with pytest.raises(IntegrityError):
        db.session.execute(sa.insert(table("calls")).values(**call, state="finished"))


def stored(db: SQLAlchemy, value: object, kind: sa.types.TypeEngine[Any]) -> object:
    """A value after a round trip through the database."""
    return db.session.execute(sa.select(sa.literal(value, kind))).scalar_one()


def test_time_without_a_zone_is_refused(db: SQLAlchemy) -> None:
    with pytest.raises(StatementError, match="a time without a zone cannot be stored"):
        stored(db, NOON.replace(tzinfo=None), database.UTCDateTime())


def test_time_comes_back_as_the_same_instant_in_utc(app: Flask, db: SQLAlchemy) -> None:
    row = {"digest": "0" * 64, "slug": "example", "files": {}, "stored_at": NOON.replace(microsecond=123456)}
    db.session.execute(sa.insert(table("rule_sets")).values(row))
    found = db.session.execute(sa.select(table("rule_sets").c.stored_at)).scalar_one()
    assert (found, found.tzinfo) == (NOON.replace(microsecond=123456), UTC)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(points=st.decimals(min_value=0, max_value=1000, places=2))
def test_points_come_back_exactly(db: SQLAlchemy, points: Decimal) -> None:
    assert stored(db, points, database.Hundredths()) == points


@pytest.mark.parametrize("points", ["87.505", "0.001"])
def test_points_with_three_places_are_refused(db: SQLAlchemy, points: str) -> None:
    with pytest.raises(StatementError, match="points have at most two places"):
        stored(db, Decimal(points), database.Hundredths())


def test_missing_points_stay_missing(db: SQLAlchemy) -> None:
    assert database.Hundredths().process_bind_param(None, db.engine.dialect) is None
    assert database.Hundredths().process_result_value(None, db.engine.dialect) is None


def test_stored_json_keeps_its_canonical_bytes(db: SQLAlchemy) -> None:
    row = {
        "digest": "0" * 64,
        "slug": "example",
        "files": {"b": Decimal("1.50"), "a": "示例"},
        "stored_at": NOON,
    }
    db.session.execute(sa.insert(table("rule_sets")).values(row))
    assert (
        db.session.execute(sa.text("SELECT files FROM rule_sets")).scalar_one() == '{"a":"示例","b":"1.50"}'
    )


def test_stored_json_refuses_floats(db: SQLAlchemy) -> None:
    with pytest.raises(StatementError, match="float has no canonical form"):
        stored(db, {"points": 87.5}, database.CanonicalJSON())


def test_public_ids_are_twelve_random_base32_characters() -> None:
    made = {database.new_public_id() for _ in range(1000)}
    assert len(made) == 1000
    assert all(re.fullmatch(r"[a-z2-7]{12}", public_id) for public_id in made)


def test_every_column_named_public_id_is_unique() -> None:
    addressed = [found for found in database.db.metadata.tables.values() if "public_id" in found.columns]
    assert [found.name for found in addressed if not found.columns["public_id"].unique] == []
