"""A panel member's presence: an event is kept, the member's row says what follows. No use case of its own."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import policy, presence
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.experts import PanelMember
from review_portal.models.meetings import PresenceEvent
from review_portal.services import audit
from review_portal.services.bindings import Bound

KINDS = {"sign_in": "in", "sign_out": "out", "undo_presence": "undo"}
REASON_LIMIT = 500
ENDED = ("finished", "void")


def member_of(session: Session, actor: Viewer, member: str) -> tuple[PanelMember, Round]:
    """The member, locked, and the round, for who runs the call, until the round has ended.

    Raises `NotFound`, `NotAllowed`, `Conflict`.
    """
    row = session.scalars(
        sa.select(PanelMember).where(PanelMember.public_id == member).with_for_update()
    ).first()
    if row is None:
        raise NotFound()
    round_ = session.scalars(sa.select(Round).where(Round.id == row.round_id)).one()
    if not policy.can_see_call(actor, round_.call_id):
        raise NotFound()
    policy.can_run_call(actor, round_.call_id).require()
    if round_.state in ENDED:
        raise Conflict(mark("本轮已结束，不再办理签到。"))
    return row, round_


def reason_given(text: str) -> str:
    """The reason, not empty and not endless. Raises `Invalid`."""
    text = text.strip()
    if not text:
        raise Invalid(mark("请填写理由。"), {"reason": mark("请填写理由。")})
    if len(text) > REASON_LIMIT:
        raise Invalid(
            mark("理由过长，未作任何改动。"),
            {"reason": mark("请改为%(most)s个字以内。", most=REASON_LIMIT)},
        )
    return text


def events_of(session: Session, member_id: int) -> list[PresenceEvent]:
    """All events of a member in their order."""
    query = sa.select(PresenceEvent).where(PresenceEvent.member_id == member_id).order_by(PresenceEvent.id)
    return list(session.scalars(query))


def add_event(
    session: Session,
    actor: Viewer,
    row: PanelMember,
    round_: Round,
    action: str,
    *,
    checked_by: str = "",
    reason: str = "",
) -> None:
    """Keep the event, let the member's row follow from all of them, write the audit entry."""
    event = PresenceEvent(
        member_id=row.id,
        kind=KINDS[action],
        checked_by=checked_by,
        reason=reason,
        at=now(),
        recorded_by=actor.account_id,
    )
    session.add(event)
    session.flush()
    found = presence.presence(events_of(session, row.id))
    row.signed_in_at, row.identity_checked_by = found.since, found.checked_by
    row.signed_out_at = found.left
    audit.record(
        session,
        actor,
        action,
        object_kind="panel_member",
        object_id=row.public_id,
        call_id=round_.call_id,
        detail={"checked_by": checked_by} if checked_by else {},
        bound=[Bound("presence", event), Bound("sign_in", row)],
    )
