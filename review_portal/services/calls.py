"""Calls: made from a rubric folder, published, closed; their scheme and its approval."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.services import scopes

_STAGE_OF_STATE = {
    "draft": 1,
    "receiving": 2,
    "reviewing": 4,
    "ranked": 6,
    "decided": 7,
    "publicity": 8,
    "listed": 9,
    "delivering": 10,
    "archived": 11,
}


@dataclass(frozen=True, slots=True)
class CallRow:
    """A call in the switcher."""

    public_id: str
    title: str
    state: str
    stage: int | None


def list_for_switcher(viewer: Viewer) -> list[CallRow]:
    """The viewer's calls, newest first."""
    rows = db.session.scalars(scopes.visible_calls(viewer).order_by(sa.desc(Call.id)))
    return [CallRow(row.public_id, row.title, row.state, _STAGE_OF_STATE.get(row.state)) for row in rows]
