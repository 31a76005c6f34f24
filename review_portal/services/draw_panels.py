"""Draws for several panels of one stage: nobody is drawn for two of them."""

from __future__ import annotations

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain.draw import seats
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.models.calls import Round
from review_portal.models.draws import ExpertDraw
from review_portal.services import draw_state, panel_parts
from review_portal.services.draw_state import Standing


def _beside(session: Session, round_: Round) -> list[Standing]:
    """The draws that count of the other panels of the stage."""
    if not round_.panel:
        return []
    rows = session.scalars(
        sa.select(ExpertDraw)
        .join(Round, Round.id == ExpertDraw.round_id)
        .where(panel_parts.beside(round_))
        .order_by(ExpertDraw.id)
    ).all()
    return draw_state.in_force(draw_state.standings(session, rows))


def refuse_running(session: Session, round_: Round) -> None:
    """Raise `Conflict` while another panel's draw is under way: both could draw the same person."""
    if any(item.running for item in _beside(session, round_)):
        raise Conflict(mark("另一评审组的抽取正在进行。请在其完成后再锁定本组名单。"))


def taken(session: Session, round_: Round) -> set[int]:
    """Experts who sit on another panel of the stage or hold a drawn seat of it."""
    if not round_.panel:
        return set()
    numbers = draw_state.numbers_of(session, round_.call_id)
    drawn = {
        numbers[seat.id]
        for item in _beside(session, round_)
        if item.record is not None
        for seat in seats(item.record)
    }
    return drawn | set(panel_parts.seated_elsewhere(session, round_))
