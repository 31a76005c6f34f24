"""The newest lines of a call's trail, as the desk's home shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.db import db
from review_portal.domain.policy import Viewer
from review_portal.services import audit, scopes
from review_portal.services.trail_lines import withheld


@dataclass(frozen=True, slots=True)
class RecentRecord:
    """Who did what and when; `number` names the dossier where the act was on one.

    `actor` is empty where whoever acted is not told before the round has finished.
    """

    at: datetime
    actor: str
    action: str
    number: str


def recent_records(viewer: Viewer, *, call: str, limit: int = 6) -> list[RecentRecord]:
    """The newest acts of a call, newest first. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    entries = audit.newest(row.id)[:limit]
    unnamed = withheld(db.session(), entries)
    return [
        RecentRecord(
            entry.at,
            "" if entry.sequence in unnamed else entry.actor_name,
            entry.action,
            str(entry.detail.get("number", "")),
        )
        for entry in entries
    ]
