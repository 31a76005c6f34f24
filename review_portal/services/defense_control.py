"""Leading the room: each press of a button is an act with its time; only what makes sense now is offered."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.defense_clock import ACTS, after, offered
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseSlot
from review_portal.services import audit, defense_turns, scopes
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Offer:
    """What may be pressed now: acts of `defense_clock.ACTS`, and whether the next unit may be called in.

    `version` goes with every press: when somebody else was faster, nothing happens.
    """

    version: int
    acts: tuple[str, ...]
    calls_next: bool


def _round(viewer: Viewer, round_: str, *, lock: bool = False) -> Round:
    row = scopes.known_round(viewer, round_, session=db.session(), lock=lock)
    if not (policy.can_run_call(viewer, row.call_id) or policy.can_chair(viewer, row)):
        raise NotFound()
    return row


def press(actor: Viewer, *, round_: str, act: str, seen: int) -> None:
    """Do one act of the turn that is in the room; by the secretariat or the chair, while the round scores.

    `seen` is the version on the page. Raises `Conflict` when somebody acted since, or the act makes no sense
    now; nothing is changed then.
    """
    with transaction() as session:
        row = _round(actor, round_, lock=True)
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        room = defense_turns.room_of(session, row)
        slot = session.get(DefenseSlot, room.slot_id) if room.slot_id else None
        if act not in ACTS or slot is None or row.state != "scoring":
            raise Conflict(mark("当前没有单位在场，请先请单位进场。"))
        defense_turns.refuse_stale(room, seen)
        if defense_turns.result_of(session, slot.id) is not None:
            raise Conflict(mark("本家已登记结论，请请下一家进场。"))
        at = now()
        questions = rules_of(call).defense.question_minutes * 60
        clock = after(defense_turns.clock_of(room), act, questions, at)
        defense_turns.set_clock(room, clock)
        slot.over_at = at if act == "finish" else None
        if act == "send_back":
            slot.called_at, room.slot_id = None, None
        audit.record(
            session,
            actor,
            "control_defense",
            object_kind="defense_slot",
            object_id=slot.public_id,
            call_id=call.id,
            detail={"position": slot.position, "control": act, "seconds_left": clock.remaining(at)},
        )


def offer(viewer: Viewer, *, round_: str) -> Offer:
    """What whoever controls the room may press now. Raises `NotFound` for everybody else."""
    row = _round(viewer, round_)
    session = db.session()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    room = defense_turns.room_of(session, row)
    if row.state != "scoring":
        return Offer(room.version, (), False)
    recorded = room.slot_id is not None and defense_turns.result_of(session, room.slot_id) is not None
    questions = rules_of(call).defense.question_minutes * 60
    acts = () if recorded or room.slot_id is None else offered(defense_turns.clock_of(room), questions, now())
    return Offer(room.version, acts, recorded or room.phase in ("idle", "over"))
