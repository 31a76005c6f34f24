"""Alembic's entry: runs on the connection it is handed; never batch mode (it drops triggers)."""

from __future__ import annotations

from typing import Any, Literal

import sqlalchemy as sa
from alembic import context

from review_portal import models
from review_portal.db import CanonicalJSON, Hundredths, UTCDateTime, db

assert models  # the tables register themselves when imported
_PLAIN = {
    UTCDateTime: "sa.DateTime(timezone=True)",
    Hundredths: "sa.Integer()",
    CanonicalJSON: "sa.Text()",
}


def render_item(kind: str, item: Any, _autogen: Any) -> str | Literal[False]:
    """Write our column types as the plain types they store, so that old migrations never import the code."""
    return _PLAIN.get(type(item), False) if kind == "type" else False


def compare_type(_context: Any, _column: Any, _metadata_column: Any, stored: Any, wanted: Any) -> bool | None:
    """Our decorated types are equal to what they store."""
    return False if type(wanted) in _PLAIN and isinstance(stored, type(wanted.impl_instance)) else None


context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=db.metadata,
    render_as_batch=False,
    render_item=render_item,
    compare_type=compare_type,
)
if isinstance(context.config.attributes["connection"], sa.Connection):
    with context.begin_transaction():
        context.run_migrations()
