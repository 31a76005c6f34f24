"""How many statements an act sends to the database."""

from __future__ import annotations

from collections.abc import Callable

import sqlalchemy as sa

from review_portal.db import db


def queries(act: Callable[[], object]) -> int:
    """Statements that `act` sends."""
    seen: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        act()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    return len(seen)
