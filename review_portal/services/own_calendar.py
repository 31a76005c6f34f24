"""An expert's own deadline in a round, for a page and a calendar."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports import calendar_file
from review_portal.models.calls import Call, Round
from review_portal.models.experts import PanelMember
from review_portal.models.reach import DeadlineExtension
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class OwnDeadline:
    """`at` holds for this expert; `round_at` is everybody's. `sequence` counts how often it was moved."""

    uid: str
    call: str
    call_title: str
    stage: str
    code: str | None
    at: datetime
    round_at: datetime | None
    changed_at: datetime
    sequence: int

    @property
    def extended(self) -> bool:
        """Whether the expert has a deadline of one's own."""
        return self.at != self.round_at


def own_deadline(viewer: Viewer, *, round_: str) -> OwnDeadline:
    """The viewer's deadline in an opened round that has one. Raises `NotFound`."""
    row = db.session.execute(
        sa.select(Round, Call, PanelMember)
        .join(Call, Call.id == Round.call_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(
            Round.public_id == round_,
            Round.state.not_in(("draft", "void")),
            PanelMember.expert_id == viewer.expert_id,
        )
    ).first()
    if row is None:
        raise NotFound()
    found, call, member = row
    at = member.deadline or found.deadline
    if at is None or found.opened_at is None:
        raise NotFound()
    count, granted = db.session.execute(
        sa.select(sa.func.count(), sa.func.max(DeadlineExtension.granted_at)).where(
            DeadlineExtension.member_id == member.id
        )
    ).one()
    return OwnDeadline(
        f"{found.public_id}-{member.public_id}",
        call.public_id,
        call.title,
        rules_of(call).round_name(found.stage, found.panel),
        member.code,
        at,
        found.deadline,
        granted or found.opened_at,
        count,
    )


def calendar(viewer: Viewer, *, round_: str, address: str) -> bytes:
    """The same as a calendar file that says where the portal is. Raises `NotFound`."""
    own = own_deadline(viewer, round_=round_)
    return calendar_file.write(
        calendar_file.Deadline(
            f"{own.uid}@review-portal",
            own.sequence,
            own.changed_at,
            own.at,
            f"{own.stage}：评分截止",
            own.call_title,
            address,
        )
    )
