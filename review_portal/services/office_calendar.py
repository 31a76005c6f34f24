"""The office's calendar: the library's years under the tables that administrators entered.

The one way in which services come by a calendar.
"""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.working_days import WorkingCalendar
from review_portal.models.working_day_tables import WorkingDayTable


def newest_tables(session: Session) -> dict[int, WorkingDayTable]:
    """Year -> its newest table. One query."""
    rows = session.scalars(sa.select(WorkingDayTable).order_by(WorkingDayTable.year, WorkingDayTable.version))
    return {row.year: row for row in rows}


def calendar(session: Session | None = None) -> WorkingCalendar:
    """The calendar that holds now: a year with a table is as its newest version says, whole."""
    tables = newest_tables(session or db.session())
    return WorkingCalendar(
        off=frozenset(date.fromisoformat(day) for row in tables.values() for day in row.off),
        work=frozenset(date.fromisoformat(day) for row in tables.values() for day in row.work),
        years=frozenset(tables),
    )
