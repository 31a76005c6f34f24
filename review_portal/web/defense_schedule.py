"""The timetable as a sheet: turns and pauses in the order in which they come."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from flask_babel import gettext as _

from review_portal.clock import OFFICE_ZONE, now
from review_portal.services.defense_room import Room
from review_portal.web.filters import office_date, office_time


def schedule_page(
    shown: Room, leaving: Mapping[str, str], leaving_title: str, *, hidden: Collection[str] = ()
) -> dict[str, Any]:
    """Rows of the sheet: a turn, or a pause (`number` ''). Units whose number is `hidden` are not named."""
    length = timedelta(minutes=shown.present_minutes + shown.question_minutes)
    rows: list[tuple[datetime | None, dict[str, Any]]] = []
    for turn in shown.turns:
        gone = turn.number in hidden
        row = {
            "position": turn.position,
            "number": turn.number,
            "unit": _("（已回避，不再显示）") if gone else turn.unit,
            "recommender": "" if gone else turn.recommender,
            "call": _clock(turn.starts_at and turn.starts_at - timedelta(minutes=shown.call_minutes)),
            "time": _span(turn.starts_at, length),
            "leaving": leaving.get(turn.number, ""),
        }
        rows.append((turn.starts_at, row))
    for name, begins, ends in shown.pauses:
        rows.append((begins, {"number": "", "unit": name or _("休息"), "time": _span(begins, ends - begins)}))
    planned = [at for at, _row in rows if at is not None]
    if len(planned) == len(rows):
        rows.sort(key=lambda pair: pair[0] or now())
    return {
        "title": shown.name,
        "days": "、".join(dict.fromkeys(office_date(at) for at in sorted(planned))),
        "rows": [row for _at, row in rows],
        "early": shown.call_minutes,
        "present": shown.present_minutes,
        "questions": shown.question_minutes,
        "leaving_title": leaving_title,
        "printed_at": office_time(now()),
    }


def _clock(at: datetime | None) -> str:
    return "—" if at is None else f"{at.astimezone(OFFICE_ZONE):%H:%M}"


def _span(at: datetime | None, length: timedelta) -> str:
    return "—" if at is None else f"{_clock(at)}—{_clock(at + length)}"
