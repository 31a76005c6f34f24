"""What an expert has done for the calls of the viewer's offices: seats, sheets, recusals, draws, calls.

It counts sheets and never reads a point. Who was drawn and what was said on the telephone is told by the
draw's own rule: caller and supervisor until the expert has signed in, everybody once the round is over.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.draw import seats
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.draws import DrawNumber, ExpertDraw
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import draw_state, scopes
from review_portal.services.draw_state import Standing
from review_portal.services.experts.profile import find
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Seat:
    """A round on whose panel the expert sits; counts are of sheets."""

    call: str
    round: str
    state: str
    assigned: int
    submitted: int


@dataclass(frozen=True, slots=True)
class RecusalCount:
    """In one call, from how many dossiers the expert is kept apart."""

    call: str
    dossiers: int


@dataclass(frozen=True, slots=True)
class DrawLine:
    """A draw whose pool held the expert; `drawn` and `outcome` (of the last call) only where `told`."""

    call: str
    round: str
    at: datetime
    told: bool
    drawn: bool
    calls: int
    outcome: str


@dataclass(frozen=True, slots=True)
class ServiceHistory:
    """The newest call last."""

    seats: tuple[Seat, ...]
    recusals: tuple[RecusalCount, ...]
    draws: tuple[DrawLine, ...]

    @property
    def declined(self) -> int:
        """How many of the draws that may be known ended with a no."""
        return sum(line.outcome == "declined" for line in self.draws)


def history_of(viewer: Viewer, *, call: str, expert: str) -> ServiceHistory:
    """An expert's service in calls of the viewer's offices, rows merged into this one included.

    Queries do not grow with rounds or sheets; rules are read once a set of rules. Raises `NotFound`.
    """
    scopes.office_call(viewer, call)
    session = db.session()
    person = find(session, expert)
    ids = session.scalars(
        sa.select(Expert.id).where((Expert.id == person.id) | (Expert.merged_into_id == person.id))
    ).all()
    known = {row.id: row for row in session.scalars(scopes.office_calls(viewer))}
    draws, secret = _draws(session, viewer, known, ids)
    told = known.keys() - set(session.scalars(sa.select(Round.call_id).where(Round.id.in_(secret))))
    return ServiceHistory(_seats(session, known, ids, secret), _recusals(session, known, told, ids), draws)


def _seats(
    session: Session, known: dict[int, Call], ids: Collection[int], secret: Collection[int]
) -> tuple[Seat, ...]:
    """Seats but for those of `secret` rounds, where a seat would tell who was drawn."""
    counted = sa.func.count(sa.case((Review.state.not_in(("recused", "void")), 1)))
    submitted = sa.func.count(sa.case((Review.state == "submitted", 1)))
    rows = session.execute(
        sa.select(Round, counted, submitted)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .outerjoin(
            Review,
            (Review.round_id == PanelMember.round_id) & (Review.expert_id == PanelMember.expert_id),
        )
        .where(PanelMember.expert_id.in_(ids), Round.call_id.in_(list(known)))
        .group_by(Round.id)
        .order_by(Round.call_id, Round.position)
    ).all()
    return tuple(
        Seat(known[row.call_id].title, _name(known, row), row.state, assigned, done)
        for row, assigned, done in rows
        if row.id not in secret
    )


def _name(known: dict[int, Call], row: Round) -> str:
    return rules_of(known[row.call_id]).round_name(row.stage, row.panel)


def _recusals(
    session: Session, known: dict[int, Call], told: Collection[int], ids: Collection[int]
) -> tuple[RecusalCount, ...]:
    """Recusals but for those of calls with a secret round: an assignment records those of the drawn only."""
    rows = session.execute(
        sa.select(Recusal.call_id, sa.func.count(sa.distinct(Recusal.dossier_id)))
        .where(Recusal.expert_id.in_(ids), Recusal.call_id.in_(list(told)), standing())
        .group_by(Recusal.call_id)
        .order_by(Recusal.call_id)
    )
    return tuple(RecusalCount(known[call_id].title, count) for call_id, count in rows)


def _draws(
    session: Session, viewer: Viewer, known: dict[int, Call], ids: Collection[int]
) -> tuple[tuple[DrawLine, ...], set[int]]:
    """The draws, and the rounds of those that are not told."""
    held = session.execute(
        sa.select(DrawNumber.call_id, DrawNumber.number).where(
            DrawNumber.expert_id.in_(ids), DrawNumber.call_id.in_(list(known))
        )
    ).all()
    numbers = {(row.call_id, row.number) for row in held}
    rounds = {
        row.id: row
        for row in session.scalars(
            sa.select(Round).where(Round.call_id.in_({call_id for call_id, _number in numbers}))
        )
    }
    rows = session.scalars(
        sa.select(ExpertDraw).where(ExpertDraw.round_id.in_(list(rounds))).order_by(ExpertDraw.id)
    ).all()
    found = [item for item in draw_state.standings(session, rows) if item.cancelled is None]
    draws = [item.row.id for item in found]
    callers = draw_state.callers_of(session, draws)
    calls = [one for one in draw_state.calls_of(session, draws) if one.expert_id in set(ids)]
    present = set(
        session.scalars(
            sa.select(PanelMember.round_id).where(
                PanelMember.expert_id.in_(ids), PanelMember.signed_in_at.is_not(None)
            )
        )
    )
    lines: list[DrawLine] = []
    secret: set[int] = set()
    for item in found:
        row = rounds[item.row.round_id]
        own = {number for call_id, number in numbers if call_id == row.call_id}
        if not own & {one.id for one in item.draw.frozen.pool}:
            continue
        told = bool(
            policy.can_know_drawn(
                viewer,
                row.call_id,
                callers.get(item.row.id),
                row.id in present or row.state == "finished",
            )
        )
        if not told:
            secret.add(row.id)
        mine = [one for one in calls if one.draw_id == item.row.id] if told else []
        lines.append(
            DrawLine(
                known[row.call_id].title,
                _name(known, row),
                item.row.frozen_at,
                told,
                told and (bool(mine) or _holds_seat(item, own)),
                len(mine),
                mine[-1].outcome if mine else "",
            )
        )
    return tuple(lines), secret


def _holds_seat(item: Standing, own: Collection[str]) -> bool:
    """Whether one of the numbers holds a seat now; who has given it back was called before."""
    return item.record is not None and any(seat.id in own for seat in seats(item.record))
