"""The database: column types, the one way to write, and what both engines must be told.

Reads run in deferred transactions; `transaction()` is the only door to writing.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column
from sqlalchemy.orm.exc import StaleDataError

from review_portal.clock import moved
from review_portal.domain import canonical
from review_portal.domain.errors import Busy, Conflict, Invalid
from review_portal.domain.messages import mark

SQLITE_NEEDED = (3, 51, 3)  # earlier versions can corrupt a WAL database with several writers

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """All tables: constraint names by one convention."""

    metadata = sa.MetaData(naming_convention=NAMES)


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})
if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def append_only_tables() -> list[str]:
    """Tables whose class says `__append_only__`: rows are written once."""
    return sorted(
        mapper.local_table.name
        for mapper in Model.registry.mappers
        if getattr(mapper.class_, "__append_only__", False) and isinstance(mapper.local_table, sa.Table)
    )


class UTCDateTime(sa.types.TypeDecorator[datetime]):
    """An aware instant; naive values are refused. Stored in UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Hundredths(sa.types.TypeDecorator[Decimal]):
    """Points: Decimal with two places outside, an integer in the database."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: Decimal | None, dialect: sa.Dialect) -> int | None:
        if value is None:
            return None
        scaled = Decimal(value) * 100
        if scaled != scaled.to_integral_value():
            raise ValueError("points have at most two places")
        return int(scaled)

    def process_result_value(self, value: int | None, dialect: sa.Dialect) -> Decimal | None:
        return None if value is None else Decimal(value) / 100


class CanonicalJSON(sa.types.TypeDecorator[Any]):
    """JSON kept as canonical text, so that its bytes can be hashed again years later."""

    impl = sa.Text
    cache_ok = True

    def process_bind_param(self, value: Any, dialect: sa.Dialect) -> str | None:
        return None if value is None else canonical.dumps(value).decode()

    def process_result_value(self, value: str | None, dialect: sa.Dialect) -> Any:
        return None if value is None else json.loads(value)


_ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"


def new_public_id() -> str:
    """Twelve random base32 characters: what URLs, files and exports call a thing."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(12))


def one_of(column: str, values: Any) -> sa.CheckConstraint:
    """A CHECK that holds `column` to a set of words."""
    words = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({words})", name=column)


def public_id_column() -> Mapped[str]:
    """The column every addressable table has."""
    return mapped_column(sa.String(12), unique=True, default=new_public_id)


def configure(engine: sa.Engine) -> None:
    """Tell an engine what safety needs; called once per engine, before its first connection."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _prepare_sqlite)
        event.listen(engine, "begin", _begin_sqlite)
    else:
        event.listen(engine, "connect", _prepare_postgresql)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not begin on its own: `_begin_sqlite` does
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "recursive_triggers=ON",
        "busy_timeout=5000",
        "trusted_schema=OFF",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_sqlite(connection: sa.Connection) -> None:
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _prepare_postgresql(connection: Any, _record: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET timezone = 'UTC'")
        cursor.execute("SET lock_timeout = '5s'")  # as SQLite's busy_timeout: then 503, not a hanging page
    connection.commit()


def _refuse_long_text(session: Session, _context: Any, _instances: Any) -> None:
    """A text longer than its column, before the database sees it: PostgreSQL fails on it, SQLite keeps it."""
    for row in (*session.new, *session.dirty):
        state = sa.inspect(row)
        for attribute in state.mapper.column_attrs:
            most = getattr(attribute.columns[0].type, "length", None)
            text = state.dict.get(attribute.key)  # what was not loaded was not changed
            if most is not None and isinstance(text, str) and len(text) > most:
                raise Invalid(
                    mark(
                        "“%(text)s…”过长，未作任何改动。请改为%(most)s个字以内后重新提交。",
                        text=text[:10],
                        most=most,
                    ),
                    {attribute.key: mark("请改为%(most)s个字以内。", most=most)},
                )


event.listen(Session, "before_flush", _refuse_long_text)


@contextmanager
def transaction() -> Iterator[Session]:
    """Begin a writing transaction, commit at the end, roll back on any error. Does not nest.

    The open read is ended first: on SQLite a transaction that has read cannot become a writer once
    another writer was faster. Load what you change inside.

    Raises `Conflict` when another writer changed the same thing, `Busy` when the database cannot take it.
    """
    session = db.session()
    if session.info.get("writing"):
        raise RuntimeError(
            "transactions do not nest: a service calls audit, approvals, scopes and files only"
        )
    session.rollback()
    session.info["writing"] = True
    try:
        session.connection(execution_options={"immediate": True})
        yield session
        session.commit()
    except BaseException as problem:
        session.rollback()
        if isinstance(problem, StaleDataError):
            raise Conflict() from problem
        if isinstance(problem, OperationalError):
            raise Busy() from problem
        if isinstance(problem, IntegrityError):
            raise Conflict(mark("该内容与已有记录冲突，未作任何改动。请刷新页面后再试。")) from problem
        raise
    finally:
        session.info.pop("writing", None)


def now() -> datetime:
    """Database time, aware: for deadlines, closing and audit, the same on every node."""
    if db.engine.dialect.name == "sqlite":
        text = db.session.execute(sa.text("SELECT strftime('%Y-%m-%dT%H:%M:%f', 'now')")).scalar_one()
        return moved(datetime.fromisoformat(text).replace(tzinfo=UTC))
    value: datetime = db.session.execute(sa.text("SELECT clock_timestamp()")).scalar_one()
    return moved(value.astimezone(UTC))


def serialize_chain(session: Session) -> None:
    """Let one writer at a time read the chain's head; SQLite's write lock does it already."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(sa.text("SELECT pg_advisory_xact_lock(7205759403792794)"))


def engine_options(url: str) -> dict[str, Any]:
    """Driver options for `url`. Raises `RuntimeError` where SQLite is too old to be safe."""
    if not url.startswith("sqlite"):
        return {"pool_pre_ping": True}
    from pysqlite3 import dbapi2

    if dbapi2.sqlite_version_info < SQLITE_NEEDED:
        needed = ".".join(map(str, SQLITE_NEEDED))
        raise RuntimeError(
            f"SQLite {dbapi2.sqlite_version} 过旧，需要 {needed} 以上：请重新运行 ./portal run 安装依赖。"
        )
    return {"module": dbapi2}
