"""A later deadline for one expert, with the reason; the round's own stays as it is."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.experts import PanelMember
from review_portal.models.reach import DeadlineExtension
from review_portal.services import audit, draw_names
from review_portal.services.bindings import Bound


def extend_deadline(actor: Viewer, *, member: str, deadline: datetime | None, reason: str) -> None:
    """Give one member a deadline after the round's. Again: the newest holds, the earlier ones are kept.

    Raises `NotFound` (also for whom the officer may not know yet), `NotAllowed`, `Conflict` while the round
    is not scoring or has no deadline, `Invalid` by field.
    """
    with transaction() as session:
        found = session.execute(
            sa.select(PanelMember, Round)
            .join(Round, Round.id == PanelMember.round_id)
            .where(PanelMember.public_id == member)
            .with_for_update()
        ).first()
        if found is None or not policy.can_see_call(actor, found[1].call_id):
            raise NotFound()
        row, round_ = found
        policy.can_run_call(actor, round_.call_id).require()
        if row.expert_id in draw_names.hidden(session, actor, round_):
            raise NotFound()
        if round_.state != "scoring" or row.left_at is not None or round_.deadline is None:
            raise Conflict(mark("只有评分中的轮次、尚未退出的专家可以延长时限，且该轮次须已定截止时间。"))
        _refuse_fields(round_, row, deadline, reason)
        assert deadline is not None
        last = session.scalar(
            sa.select(sa.func.max(DeadlineExtension.ordinal)).where(DeadlineExtension.member_id == row.id)
        )
        extension = DeadlineExtension(
            round_id=round_.id,
            member_id=row.id,
            ordinal=(last or 0) + 1,
            deadline=deadline,
            reason=reason.strip(),
            granted_at=now(),
            granted_by=actor.account_id,
        )
        row.deadline = deadline
        session.add(extension)
        session.flush()
        audit.record(
            session,
            actor,
            "extend_deadline",
            object_kind="panel_member",
            object_id=row.public_id,
            call_id=round_.call_id,
            detail={"deadline": deadline},
            bound=[Bound("extension", extension)],
        )


def _refuse_fields(round_: Round, row: PanelMember, deadline: datetime | None, reason: str) -> None:
    faults = {}
    if deadline is None:
        faults["deadline"] = mark("请填写新的截止时间。")
    elif deadline <= now():
        faults["deadline"] = mark("新的截止时间已过，请另填。")
    elif round_.deadline is not None and deadline <= round_.deadline:
        faults["deadline"] = mark("新的截止时间须晚于本轮的截止时间。")
    elif deadline == row.deadline:
        faults["deadline"] = mark("与现有的时限相同。")
    if len(reason.strip()) < 2:
        faults["reason"] = mark("请写明事由，至少2个字。")
    elif len(reason.strip()) > 500:
        faults["reason"] = mark("事由请不超过500个字。")
    if faults:
        raise Invalid(mark("时限未延长，请按提示更正。"), faults)
