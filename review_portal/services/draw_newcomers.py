"""Enough new experts whatever a draw gives: a list that could miss the scheme's number is not locked."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.draw import Frozen, seats
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import mark
from review_portal.models.calls import Call, Round
from review_portal.services import both_rounds, draw_state
from review_portal.services.draw_state import Standing
from review_portal.services.rules import rules_of


def refuse_few_new(session: Session, round_: Round, frozen: Frozen, found: Sequence[Standing]) -> None:
    """Refuse a list from which too many experts of an earlier round could come; asked before the draw.

    Afterwards only a second draw would help, which there is not. `found` are the round's earlier draws.
    """
    call = session.scalars(sa.select(Call).where(Call.id == round_.call_id)).one()
    panel = rules_of(call).panel
    before = both_rounds.earlier_members(session, round_) if panel.both_rounds == "some_new" else set()
    if not before:
        return
    experts = draw_state.numbers_of(session, call.id)
    records = [item.record for item in draw_state.in_force(found) if item.record is not None]
    sitting = {seat.id for record in records for seat in seats(record)}
    size = len(sitting) + sum(stratum.quota for stratum in frozen.rules.strata)
    room = size - panel.new_experts - sum(experts[number] in before for number in sitting)
    listed = sum(experts[one.id] in before for one in frozen.drawable if one.id not in sitting)
    if listed > max(room, 0):
        raise Invalid(
            mark(
                "方案规定未参加过前一轮评审的专家不少于%(least)s人。名单中参加过前一轮的有%(listed)s人，"
                "至多可留%(room)s人，其余请排除并写明理由，再锁定名单。",
                least=panel.new_experts,
                listed=listed,
                room=max(room, 0),
            )
        )
