"""What a viewer may know of: filter before sorting and counting."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember


def visible_calls(viewer: Viewer) -> sa.Select[Any]:
    """Calls of the viewer's offices, and those on whose panels the viewer sits."""
    office = viewer.calls_of("secretariat", "supervisor")
    query = sa.select(Call)
    if None in office:
        return query
    known: sa.ColumnElement[bool] = Call.id.in_(sorted(call for call in office if call is not None))
    if viewer.expert_id is not None:
        seats = (
            sa.select(Round.call_id)
            .join(PanelMember, PanelMember.round_id == Round.id)
            .where(PanelMember.expert_id == viewer.expert_id, Round.state != "draft")
        )
        known = known | Call.id.in_(seats)
    return query.where(known)
