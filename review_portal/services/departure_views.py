"""Who has left a round under way and who follows, for pages and papers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session, aliased

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.experts import Departure, Expert, PanelMember, Substitute
from review_portal.services import draw_names, scopes, substitutes


@dataclass(frozen=True, slots=True)
class Change:
    """A departure as it is shown: by names for the offices, by codes in the papers."""

    name: str
    code: str
    at: datetime
    rule: str
    reason: str
    kept: int
    void: int
    substitute: str
    substitute_code: str
    substitute_id: int | None = None
    leaver_id: int | None = None


def list_changes(viewer: Viewer, *, call: str) -> Mapping[str, Sequence[Change]]:
    """Departures by round (public id), for the offices of the call. Queries do not grow with rows.

    Whoever was drawn and has not signed in stands there by number for those who may not know the name.
    """
    row = scopes.office_call(viewer, call)
    unknown = draw_names.hidden_in_call(db.session(), viewer, row.id)
    found: dict[str, list[Change]] = {}
    for round_, change in changes_of(db.session(), call_id=row.id):
        found.setdefault(round_, []).append(
            replace(
                change,
                name=unknown.get(change.leaver_id or 0, change.name),
                substitute=unknown.get(change.substitute_id or 0, change.substitute),
            )
        )
    return found


def changes_of(session: Session, *, call_id: int) -> list[tuple[str, Change]]:
    """(round's public id, departure) of a call, oldest first. One query."""
    sat, who = aliased(PanelMember), aliased(Expert)
    next_, instead = aliased(PanelMember), aliased(Expert)
    rows: Sequence[Any] = session.execute(
        sa.select(
            Round.public_id, Departure, who.name, sat.code, instead.name, next_.code, instead.id, who.id
        )
        .select_from(Departure)
        .join(Round, Round.id == Departure.round_id)
        .join(sat, sat.id == Departure.member_id)
        .join(who, who.id == sat.expert_id)
        .outerjoin(Substitute, Substitute.departure_id == Departure.id)
        .outerjoin(next_, next_.id == Substitute.member_id)
        .outerjoin(instead, instead.id == next_.expert_id)
        .where(Round.call_id == call_id)
        .order_by(Departure.id)
    ).all()
    return [
        (
            public_id,
            Change(
                name,
                code or "",
                left.left_at,
                left.rule,
                left.reason,
                len(left.kept),
                len(left.voided),
                follower or "",
                follower_code or "",
                follower_id,
                leaver_id,
            ),
        )
        for public_id, left, name, code, follower, follower_code, follower_id, leaver_id in rows
    ]


def to_seat(viewer: Viewer, *, round_: str) -> int:
    """How many drawn substitutes have agreed and wait to be seated."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_call(viewer, row.call_id).require()
    if row.state != "scoring":
        return 0
    empty, ready = substitutes.waiting(session, row)
    return min(len(empty), len(ready))
