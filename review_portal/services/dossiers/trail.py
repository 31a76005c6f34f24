"""The newest lines of a call's trail, as the desk's home shows them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from review_portal.domain.policy import Viewer
from review_portal.services import audit, scopes


@dataclass(frozen=True, slots=True)
class RecentRecord:
    """Who did what and when; `number` names the dossier where the act was on one."""

    at: datetime
    actor: str
    action: str
    number: str


def recent_records(viewer: Viewer, *, call: str, limit: int = 6) -> list[RecentRecord]:
    """The newest acts of a call, newest first. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return [
        RecentRecord(entry.at, entry.actor, entry.action, str(entry.detail.get("number", "")))
        for entry in audit.list_entries(row.id)[:limit]
    ]
