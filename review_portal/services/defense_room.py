"""What is read of a defense round: its turns, the screen in the room, the strip on the experts' pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.defense_clock import Clock
from review_portal.domain.defense_results import ABSTAINED
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defense_rooms import DefenseCommitment, DefenseRoom
from review_portal.models.defenses import DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Departure, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.models.reviews import Review
from review_portal.services import defense_turns, scopes
from review_portal.services.defense_slots import SlotRow, slots_of
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class RoundPlace:
    """Where a round belongs: what its pages need to name it."""

    public_id: str
    call: str
    call_title: str
    stage: str
    name: str
    state: str
    position: int
    runs: bool
    chairs: bool


@dataclass(frozen=True, slots=True)
class RoomClock:
    """`phase` as in `defense_clock`; `left` may be negative, then time is up; `running`: it counts down."""

    phase: str
    seconds: int
    left: int
    running: bool


@dataclass(frozen=True, slots=True)
class Room:
    """What the room shows: no scores, nothing that comes from them, no expert's name.

    `code` changes whenever a page has to be shown anew. `current` is the unit that is in, `over` once it is
    done; `absent` are units that gave up. `turns` are all that take part, in order. `commitment` stands for
    an order that is still to be drawn. `done`: the last unit has left.
    """

    name: str
    panel: int
    turns: tuple[SlotRow, ...]
    current: SlotRow | None
    over: bool
    clock: RoomClock | None
    next: SlotRow | None
    absent: tuple[str, ...]
    present_minutes: int
    question_minutes: int
    call_minutes: int
    break_minutes: int
    pauses: tuple[tuple[str, datetime, datetime], ...]
    drawn: bool
    commitment: str | None
    done: bool
    code: str

    @property
    def slots(self) -> int:
        """How many units take part."""
        return len(self.turns)


@dataclass(frozen=True, slots=True)
class OwnTurn:
    """A turn as one expert may know it: of a recused one the unit is not named."""

    number: str
    unit: str | None
    position: int | None
    starts_at: datetime | None
    leaves: bool


@dataclass(frozen=True, slots=True)
class Live:
    """The strip on an expert's pages. `review` is the own sheet of the unit that is in, where there is one.

    `back_at`: when the expert is expected back in the room, None where there is no timetable.
    """

    round_: str
    name: str
    current: OwnTurn | None
    over: bool
    clock: RoomClock | None
    review: str | None
    back_at: datetime | None
    next: OwnTurn | None
    slots: int
    done: bool
    code: str


def place(viewer: Viewer, *, round_: str) -> RoundPlace:
    """The round's name and call, for its offices and its chair. Raises `NotFound`."""
    row = scopes.known_round(viewer, round_)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    return RoundPlace(
        row.public_id,
        call.public_id,
        call.title,
        row.stage,
        rules_of(call).round_name(row.stage, row.panel),
        row.state,
        row.position,
        bool(policy.can_run_call(viewer, row.call_id)),
        bool(policy.can_chair(viewer, row)),
    )


def list_slots(viewer: Viewer, *, round_: str) -> list[SlotRow]:
    """The turns in their order, by number while none is drawn. Raises `NotFound`."""
    return slots_of(scopes.known_round(viewer, round_))


def _in_room(viewer: Viewer, round_: str) -> Round:
    row = db.session.scalars(sa.select(Round).where(Round.public_id == round_)).first()
    if row is None:
        raise NotFound()
    seat = sa.select(PanelMember.id).where(
        PanelMember.round_id == row.id, PanelMember.expert_id == viewer.expert_id
    )
    on_panel = viewer.expert_id is not None and row.state != "draft" and db.session.scalar(seat) is not None
    if not (on_panel or policy.can_see_call(viewer, row.call_id)):
        raise NotFound()
    return row


def code(viewer: Viewer, *, round_: str) -> str:
    """Says whether a page that follows the room is still right. One row, read every two seconds by everybody.

    Raises `NotFound` for who neither sits on the panel nor runs or watches the call.
    """
    found = db.session.execute(
        sa.select(DefenseRoom.version, DefenseRoom.changes, Round.state, Round.call_id, PanelMember.id)
        .join(Round, Round.id == DefenseRoom.round_id)
        .outerjoin(
            PanelMember, (PanelMember.round_id == Round.id) & (PanelMember.expert_id == viewer.expert_id)
        )
        .where(Round.public_id == round_)
    ).first()
    if found is None:
        raise NotFound()
    version, changes, state, call_id, seat = found
    if not ((seat is not None and state != "draft") or policy.can_see_call(viewer, call_id)):
        raise NotFound()
    return _code(version, changes, state)


def _code(version: int, changes: int, state: str) -> str:
    return f"{version}-{changes}-{state}"


def room(viewer: Viewer, *, round_: str) -> Room:
    """The screen in the room, for the offices and the round's panel. Raises `NotFound`."""
    return _room(_in_room(viewer, round_))


def _room(row: Round) -> Room:
    session = db.session()
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    shown = defense_turns.room_of(session, row)
    rules = rules_of(call)
    listed = slots_of(row)
    slots = [slot for slot in listed if not slot.withdrawn]
    current = _current(session, shown, slots)
    over = current is not None and _is_over(current)
    waiting = [slot for slot in slots if slot.position is not None and not _is_over(slot) and slot != current]
    panel = session.scalar(
        sa.select(sa.func.count())
        .select_from(PanelMember)
        .where(PanelMember.round_id == row.id, ~sa.exists().where(Departure.member_id == PanelMember.id))
    )
    drawn = any(slot.position is not None for slot in slots)
    return Room(
        rules.round_name(row.stage, row.panel),
        panel or 0,
        tuple(slots),
        current,
        over,
        _clock(defense_turns.clock_of(shown), rules.defense.present_minutes * 60, over)
        if current or waiting
        else None,
        waiting[0] if waiting else None,
        tuple(slot.unit for slot in slots if slot.result == ABSTAINED),
        rules.defense.present_minutes,
        rules.defense.question_minutes,
        shown.call_minutes,
        shown.break_minutes,
        tuple((name, datetime.fromisoformat(a), datetime.fromisoformat(b)) for name, a, b in shown.pauses),
        drawn,
        None if drawn else _commitment(session, row),
        drawn and not waiting and (current is None or over),
        _code(shown.version, shown.changes, row.state),
    )


def _is_over(slot: SlotRow) -> bool:
    """Ended by whoever controls the room, or a conclusion or an absence is on record."""
    return slot.over_at is not None or slot.result is not None


def _current(session: Session, shown: DefenseRoom, slots: Sequence[SlotRow]) -> SlotRow | None:
    """The unit that is in the room; one that withdrew or gave up is not."""
    if shown.slot_id is None:
        return None
    public_id = session.scalar(sa.select(DefenseSlot.public_id).where(DefenseSlot.id == shown.slot_id))
    return next((slot for slot in slots if slot.public_id == public_id and slot.result != ABSTAINED), None)


def _clock(clock: Clock, present: int, over: bool) -> RoomClock:
    if over:
        return RoomClock("over", clock.planned, 0, False)
    if clock.phase == "idle":
        return RoomClock("idle", present, present, False)
    return RoomClock(clock.phase, clock.planned, clock.remaining(now()), clock.since is not None)


def _commitment(session: Session, row: Round) -> str | None:
    return session.scalar(
        sa.select(DefenseCommitment.commitment)
        .where(DefenseCommitment.round_id == row.id)
        .order_by(DefenseCommitment.ordinal.desc())
        .limit(1)
    )


def live(viewer: Viewer, *, round_: str) -> Live | None:
    """The room as an expert of its panel follows it; None while nothing is to be followed.

    Raises `NotFound` for who does not sit on the panel.
    """
    row = _in_room(viewer, round_)
    if viewer.expert_id is None or row.state != "scoring":
        return None
    shown = _room(row)
    if not shown.drawn:
        return None
    own = _own(viewer.expert_id, row, shown.turns)
    at = shown.turns.index(shown.current) if shown.current else -1
    review = _own_review(viewer.expert_id, row, shown.current) if shown.current else None
    return Live(
        row.public_id,
        shown.name,
        own[at] if shown.current else None,
        shown.over,
        shown.clock,
        review,
        _back_at(shown, own, at) if shown.current and own[at].leaves else None,
        own[shown.turns.index(shown.next)] if shown.next else None,
        shown.slots,
        shown.done,
        shown.code,
    )


def live_round(viewer: Viewer) -> str | None:
    """The defense that is being held and on whose panel the viewer sits, the newest; None without one."""
    if viewer.expert_id is None:
        return None
    return db.session.scalar(
        sa.select(Round.public_id)
        .join(DefenseRoom, DefenseRoom.round_id == Round.id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.expert_id == viewer.expert_id, Round.state == "scoring")
        .order_by(Round.id.desc())
        .limit(1)
    )


def own_turns(viewer: Viewer, *, round_: str) -> tuple[Room, tuple[OwnTurn, ...]]:
    """The timetable as an expert of the panel may know it. Raises `NotFound`."""
    row = _in_room(viewer, round_)
    if viewer.expert_id is None:
        raise NotFound()
    shown = _room(row)
    return shown, _own(viewer.expert_id, row, shown.turns)


def _own(expert_id: int, row: Round, turns: Sequence[SlotRow]) -> tuple[OwnTurn, ...]:
    recused = set(
        db.session.scalars(
            sa.select(Dossier.public_id)
            .join(Recusal, Recusal.dossier_id == Dossier.id)
            .where(Recusal.call_id == row.call_id, Recusal.expert_id == expert_id, standing())
        )
    )
    return tuple(
        OwnTurn(
            slot.number,
            None if slot.dossier in recused else slot.unit,
            slot.position,
            slot.starts_at,
            slot.dossier in recused,
        )
        for slot in turns
    )


def _own_review(expert_id: int, row: Round, current: SlotRow) -> str | None:
    return db.session.scalar(
        sa.select(Review.public_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Review.round_id == row.id, Review.expert_id == expert_id)
        .where(Dossier.public_id == current.dossier, Review.state.not_in(("recused", "void")))
    )


def _back_at(shown: Room, own: Sequence[OwnTurn], at: int) -> datetime | None:
    """The start of the next turn that the expert hears, else the planned end of the last one missed."""
    missed = own[at].starts_at
    for turn, slot in zip(own[at + 1 :], shown.turns[at + 1 :], strict=True):
        if slot.result is not None or slot.over_at is not None:
            continue
        if not turn.leaves:
            return turn.starts_at
        missed = turn.starts_at
    length = timedelta(minutes=shown.present_minutes + shown.question_minutes)
    return missed + length if missed else None
