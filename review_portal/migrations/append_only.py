"""Triggers that refuse to change or delete rows of history, for both engines."""

from __future__ import annotations

from typing import Any

REFUSAL = "append-only"


def trigger_names(table: str, dialect: str) -> tuple[str, ...]:
    """The triggers that guard `table` on `dialect`."""
    if dialect == "sqlite":
        return (f"{table}_no_update", f"{table}_no_delete")
    return (f"{table}_no_change", f"{table}_no_truncate")


def protect(op: Any, table: str) -> None:
    """Refuse UPDATE and DELETE (and TRUNCATE) on `table`.

    On SQLite REPLACE deletes without a DELETE trigger unless `recursive_triggers` is on; the
    connection turns it on.
    """
    if op.get_bind().dialect.name == "sqlite":
        for verb in ("UPDATE", "DELETE"):
            op.execute(
                f"CREATE TRIGGER {table}_no_{verb.lower()} BEFORE {verb} ON {table} "
                f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}: {table}'); END"
            )
        return
    op.execute(
        "CREATE OR REPLACE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS "
        f"$$ BEGIN RAISE EXCEPTION '{REFUSAL}: %', TG_TABLE_NAME USING ERRCODE = '23514'; END $$"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_change BEFORE UPDATE OR DELETE ON {table} "
        "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
    )
    op.execute(
        f"CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION refuse_change()"
    )
