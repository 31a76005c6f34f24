"""What the leaders decided, for reading; it is recorded by `calls.record_decision`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Decision
from review_portal.services import scopes


@dataclass(frozen=True, slots=True)
class DecisionView:
    """A recorded decision; `selected` are public ids of dossiers."""

    meeting: str
    held_on: date
    minutes_number: str
    outcome: str
    selected: tuple[str, ...]
    departures: str
    recorded_at: datetime


def get(viewer: Viewer, *, call: str) -> DecisionView | None:
    """The decision on this call, None before there is one. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.scalars(
        sa.select(Decision).where(Decision.call_id == row.id).order_by(Decision.id.desc()).limit(1)
    ).first()
    if found is None:
        return None
    return DecisionView(
        found.meeting,
        found.held_on,
        found.minutes_number,
        found.outcome,
        tuple(found.selected),
        found.departures,
        found.recorded_at,
    )
