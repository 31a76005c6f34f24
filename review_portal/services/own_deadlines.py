"""Who still owes sheets and until when; an expert's own later deadline goes before the round's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.jobs import Reminder, ReminderEvent
from review_portal.models.reviews import Review
from review_portal.services import scopes
from review_portal.services.points import in_the_running

OPEN = ("assigned", "draft", "returned")


@dataclass(frozen=True, slots=True)
class Owing:
    """A member who has not left, with the sheets still open and the deadline that holds for this one."""

    member: PanelMember
    expert: Expert
    open_sheets: int
    deadline: datetime | None


def members(session: Session, round_: Round, *, staying: bool = True) -> list[Owing]:
    """The panel in the order of names, without those who left unless asked. Counts sheets. One query."""
    running = sa.select(Dossier.id).where(Dossier.call_id == round_.call_id, in_the_running(None))
    rows = session.execute(
        sa.select(PanelMember, Expert, sa.func.count(Review.id))
        .join(Expert, Expert.id == PanelMember.expert_id)
        .outerjoin(
            Review,
            (Review.round_id == PanelMember.round_id)
            & (Review.expert_id == PanelMember.expert_id)
            & Review.state.in_(OPEN)
            & Review.dossier_id.in_(running),
        )
        .where(PanelMember.round_id == round_.id, PanelMember.left_at.is_(None) if staying else sa.true())
        .group_by(PanelMember.id, Expert.id)
        .order_by(Expert.name_key, PanelMember.id)
    )
    return [
        Owing(member, expert, count, member.deadline or round_.deadline) for member, expert, count in rows
    ]


def last_reminded(session: Session, members_: Sequence[int]) -> dict[int, datetime]:
    """Member id -> when a reminder was sent last, or may have been. One query."""
    rows = session.execute(
        sa.select(Reminder.member_id, sa.func.max(ReminderEvent.at))
        .join(ReminderEvent, ReminderEvent.reminder_id == Reminder.id)
        .where(Reminder.member_id.in_(members_), ReminderEvent.kind.in_(("sent", "unknown")))
        .group_by(Reminder.member_id)
    )
    return dict(rows.all())


def running(session: Session, round_: Round) -> list[datetime]:
    """Own deadlines that have not passed yet, the latest last; whose they are is not told."""
    return sorted(
        session.scalars(
            sa.select(PanelMember.deadline).where(
                PanelMember.round_id == round_.id,
                PanelMember.left_at.is_(None),
                PanelMember.deadline > now(),
            )
        )
    )


def list_running(viewer: Viewer, *, round_: str) -> list[datetime]:
    """The same for the chair's page. By codes it would tell who is behind one. Raises `NotFound`."""
    return running(db.session(), scopes.known_round(viewer, round_))


def reason_to_close(session: Session, round_: Round, reason: str) -> str | None:
    """The reason for closing while an extension runs; None where none does. Raises `Invalid` without it."""
    left = running(session, round_)
    if not left:
        return None
    if len(reason.strip()) < 5:
        raise Invalid(
            mark("有%(n)s位专家的评分时限已延长且尚未到期，提前结束须写明理由。", n=len(left)),
            {"reason": mark("请写明提前结束的理由，至少5个字。")},
        )
    return reason.strip()
