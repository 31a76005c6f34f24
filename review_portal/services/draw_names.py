"""Whom a viewer may not know yet: experts drawn for a round who have not signed in.

Until an expert has signed in, only who telephones and the supervisors know the name. Pages that would tell it
show the number in its place, or are that caller's to work with.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.domain import policy
from review_portal.domain.draw import seats
from review_portal.domain.errors import NotAllowed
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.draws import ExpertDraw
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.services import draw_state, recusals
from review_portal.services.recusals import Grounds

GATHERING = ("draft", "scoring")  # once a round is sealed everybody has been there


def hidden(session: Session, viewer: Viewer, round_: Round) -> dict[int, str]:
    """Expert id -> number of this round's drawn experts whose names the viewer may not know.

    One query where nothing was drawn, at most six.
    """
    return _hidden(session, viewer, round_.call_id, [round_])


def hidden_in_call(session: Session, viewer: Viewer, call_id: int) -> dict[int, str]:
    """The same for all rounds of a call, with one query more."""
    rounds = session.scalars(
        sa.select(Round).where(Round.call_id == call_id, Round.state.in_(GATHERING))
    ).all()
    return _hidden(session, viewer, call_id, rounds)


def hidden_people(
    session: Session, viewer: Viewer, call_id: int | None, people: Iterable[str]
) -> frozenset[str]:
    """Which of these experts (public ids) the viewer may not know yet."""
    asked = list(people)
    found = hidden_in_call(session, viewer, call_id) if call_id is not None and asked else {}
    if not found:
        return frozenset()
    query = sa.select(Expert.public_id).where(Expert.id.in_(list(found)), Expert.public_id.in_(asked))
    return frozenset(session.scalars(query))


def refuse_hidden(session: Session, viewer: Viewer, round_: Round) -> None:
    """NotAllowed: the round's experts were drawn and this officer may not know them yet."""
    if hidden(session, viewer, round_):
        raise NotAllowed(
            mark(
                "本轮专家由抽取产生，签到以前姓名只向拨打人和监督人员显示，专家组、分派和开启评审由拨打人办理。"
                "需要换人的，请在“专家抽取”的电话确认页接手。"
            )
        )


def recusals_told(
    session: Session, viewer: Viewer, call_id: int, said: Mapping[tuple[int, int], Grounds]
) -> dict[tuple[int, int], Recusal]:
    """The call's standing recusals by pair, without those that would tell who was drawn.

    An assignment records what the rules say of the drawn experts only: for whoever may not know them, such a
    pair looks as the rules alone have it.
    """
    unknown = hidden_in_call(session, viewer, call_id)
    return {
        pair: row
        for pair, row in recusals.recorded(session, call_id).items()
        if not (pair[0] in unknown and row.level != "decided" and pair in said and said[pair].binds)
    }


def _hidden(session: Session, viewer: Viewer, call_id: int, rounds: Iterable[Round]) -> dict[int, str]:
    gathering = [row.id for row in rounds if row.state in GATHERING]
    if not gathering or policy.can_watch_call(viewer, call_id):
        return {}
    rows = session.scalars(
        sa.select(ExpertDraw).where(ExpertDraw.round_id.in_(gathering)).order_by(ExpertDraw.id)
    ).all()
    if not rows:
        return {}
    numbers = draw_state.numbers_of(session, call_id)
    callers = draw_state.callers_of(session, [row.id for row in rows])
    members = session.execute(
        sa.select(PanelMember.round_id, PanelMember.expert_id, PanelMember.signed_in_at).where(
            PanelMember.round_id.in_(gathering)
        )
    ).all()
    present = {(one.round_id, one.expert_id) for one in members if one.signed_in_at is not None}
    found: dict[int, str] = {}
    for item in draw_state.standings(session, rows):
        for seat in seats(item.record) if item.record is not None else ():
            expert, caller = numbers[seat.id], callers.get(item.row.id)
            signed_in = (item.row.round_id, expert) in present
            if not policy.can_know_drawn(viewer, call_id, caller, signed_in):
                found[expert] = seat.id
    # who has given the seat back is on no list of the draw any more, yet was drawn and has not been there
    number_of = {expert: number for number, expert in numbers.items()}
    known = {row.round_id: policy.can_know_drawn(viewer, call_id, callers.get(row.id), False) for row in rows}
    found.update(
        (one.expert_id, number_of[one.expert_id])
        for one in members
        if one.signed_in_at is None and one.expert_id in number_of and not known.get(one.round_id, True)
    )
    return found
