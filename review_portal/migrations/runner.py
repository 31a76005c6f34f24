"""Bring a database to the newest schema, and refuse one whose history could be rewritten."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from review_portal.migrations.append_only import trigger_names

if TYPE_CHECKING:
    from alembic.config import Config


def config(connection: sa.Connection) -> Config:
    """Alembic's configuration bound to an open connection; no ini file, no logging set-up."""
    from alembic.config import Config  # half a second that serving pages does not need

    settings = Config()
    settings.set_main_option("script_location", str(Path(__file__).parent))
    settings.attributes["connection"] = connection
    return settings


def upgrade(engine: sa.Engine) -> None:
    """Migrate to the newest revision. On SQLite this is one exclusive transaction."""
    from alembic import command

    with engine.connect().execution_options(immediate=True) as connection:
        command.upgrade(config(connection), "head")
        connection.commit()


def missing_triggers(engine: sa.Engine, tables: Iterable[str]) -> list[str]:
    """Names of append-only triggers that the database lacks or has switched off; empty when all is well."""
    query = (
        "SELECT name FROM sqlite_master WHERE type = 'trigger'"
        if engine.dialect.name == "sqlite"
        else "SELECT tgname FROM pg_trigger WHERE NOT tgisinternal AND tgenabled IN ('O', 'A')"
    )
    with engine.connect() as connection:
        present = set(connection.execute(sa.text(query)).scalars())
    wanted = {name for table in tables for name in trigger_names(table, engine.dialect.name)}
    return sorted(wanted - present)
