"""The application's clock: one place, so that tests can move it. Deadlines and audit use `db.now`.

A demonstration lives in its own time: `run_from` lets the clock of this process go on from another moment,
for the machine's clock and the database's alike.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

OFFICE_ZONE = ZoneInfo("Asia/Shanghai")

_away = timedelta(0)


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return moved(datetime.now(UTC))


def moved(instant: datetime) -> datetime:
    """What a clock that shows `instant` shows in this process's time."""
    return instant + _away


def run_from(moment: datetime | None) -> None:
    """Let the clock go on from `moment` (aware); None sets it right again."""
    global _away
    _away = timedelta(0) if moment is None else moment - datetime.now(UTC)
