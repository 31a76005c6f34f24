"""What every act of a draw does: find the draw, keep the act, tell the chain; in the caller's transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain import draw as core
from review_portal.domain.draw import Leaving, Record
from review_portal.domain.errors import Conflict
from review_portal.domain.frozen_json import encoded
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Round
from review_portal.models.draws import DrawAct, DrawnRecord, ExpertDraw
from review_portal.services import audit, draw_panels, draw_state, scopes
from review_portal.services.bindings import Bound
from review_portal.services.draw_state import Standing

KIND = "expert_draw"


def running(session: Session, actor: Viewer, round_: str) -> tuple[Round, Standing]:
    """The round, locked, and its draw that is under way. Conflict: none is."""
    row = scopes.known_round(actor, round_, session=session, lock=True)
    found = draw_state.of_round(session, row)
    if not found or not found[-1].running:
        raise Conflict(mark("本轮没有正在进行的抽取，请刷新页面查看。"))
    return row, found[-1]


def act(
    session: Session,
    actor: Viewer,
    action: str,
    row: Round,
    found: Standing,
    step: str,
    party: str,
    body: object,
) -> None:
    """Keep one act of the protocol and tell the chain."""
    done = DrawAct(
        draw_id=found.row.id,
        step=step,
        party=party,
        body=body,
        acted_at=now(),
        acted_by=actor.account_id,
    )
    session.add(done)
    session.flush()
    tell(session, actor, action, row, found.row, {"party": party}, [Bound("draw_act", done)])


def tell(
    session: Session,
    actor: Viewer,
    action: str,
    row: Round,
    drawn: ExpertDraw,
    detail: Mapping[str, object],
    bound: Sequence[Bound],
) -> None:
    """Write the entry that binds what has been done."""
    audit.record(
        session,
        actor,
        action,
        object_kind=KIND,
        object_id=drawn.public_id,
        call_id=row.call_id,
        detail={"round": row.public_id, "event": drawn.event, **detail},
        bound=bound,
    )


Drawn = tuple[ExpertDraw, Round, Record, int]


def replace_seat(
    session: Session, actor: Viewer, drawn: Drawn, leaver: str, leaving: Leaving, reason: str
) -> str | None:
    """A seat is given up: the next in order takes it; each step is kept. Returns the successor's number.

    Who sits by another draw of the round is passed by, with why. Conflict: another draw is under way.
    """
    row, round_, record, ordinal = drawn
    others = [
        item for item in draw_state.in_force(draw_state.of_round(session, round_)) if item.row.id != row.id
    ]
    if any(item.running for item in others):
        raise Conflict(mark("补抽的名单已经锁定，请在补抽完成后再登记。"))
    elsewhere = draw_panels.taken(session, round_)
    held = {
        number for number, one in draw_state.numbers_of(session, round_.call_id).items() if one in elsewhere
    }
    while True:
        record, ordinal = core.replace_member(record, leaver, leaving, reason, now()), ordinal + 1
        _keep(session, actor, row, round_, record, ordinal)
        successor = record.replacements[-1].successor
        taken = "" if successor is None else _taken(record, successor, others)
        if successor in held:
            taken = "已在同一环节另一评审组，每位专家只参加一组"
        if successor is None or not taken:
            return successor
        leaver, leaving, reason = successor, "withdrew", taken


def _taken(record: Record, person: str, others: Sequence[Standing]) -> str:
    """Why a person cannot take a seat for what another draw of the round gave, as it is recorded."""
    employer = {one.id: one.employer for one in record.frozen.pool}[person]
    for item in others:
        for seat in core.seats(item.record) if item.record is not None else ():
            if seat.id == person:
                return f"已在本轮另一次抽取中选中（抽取事项{item.row.event}），不重复占名额"
            if record.frozen.rules.one_per_employer and employer is not None and seat.employer == employer:
                return f"同单位已有人在本轮另一次抽取中选中（抽取事项{item.row.event}）"
    return ""


def _keep(
    session: Session, actor: Viewer, row: ExpertDraw, round_: Round, record: Record, ordinal: int
) -> None:
    """Keep the record with its newest replacement and tell the chain."""
    entry = record.replacements[-1]
    kept = DrawnRecord(
        draw_id=row.id,
        ordinal=ordinal,
        record=encoded(record),
        code=record.last_code,
        recorded_at=now(),
        recorded_by=actor.account_id,
    )
    session.add(kept)
    tell(
        session,
        actor,
        "substitute",
        round_,
        row,
        {
            "leaver": entry.leaver,
            "leaving": entry.leaving,
            "successor": entry.successor,
            "code": entry.code,
        },
        [Bound("drawn_record", kept)],
    )


def step_down(session: Session, actor: Viewer, round_: Round, expert: int, reason: str) -> str | None:
    """A drawn expert leaves a round under way, in the caller's transaction: the next in order gets the seat.

    Returns the successor's number; None where nobody is left or the expert holds no drawn seat.
    """
    found = draw_state.in_force(draw_state.of_round(session, round_))
    numbers = {person: number for number, person in draw_state.numbers_of(session, round_.call_id).items()}
    for item in found:
        if item.record is None or numbers.get(expert) not in {seat.id for seat in core.seats(item.record)}:
            continue
        last = session.scalar(
            sa.select(sa.func.max(DrawnRecord.ordinal)).where(DrawnRecord.draw_id == item.row.id)
        )
        drawn = (item.row, round_, item.record, last or 0)
        return replace_seat(session, actor, drawn, numbers[expert], "withdrew", reason)
    return None
