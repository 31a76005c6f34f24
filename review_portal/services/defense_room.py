"""What is read of a defense round: its turns, and the screen in the room, which shows no scores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import canonical, policy
from review_portal.domain.defense_results import ABSTAINED
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, Round
from review_portal.models.defenses import DefenseRecord, DefenseSlot
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember, Recusal
from review_portal.models.recusals import standing
from review_portal.services import scopes
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class SlotRow:
    """A unit's turn. `leaving` are panel members who must leave the room; `result` is a stored code.

    `withdrawn`: the unit took its dossier back after the turns were made; it is passed over.
    """

    public_id: str
    dossier: str
    number: str
    unit: str
    recommender: str
    position: int | None
    starts_at: datetime | None
    called_at: datetime | None
    ordinal: int
    result: str | None
    recorded_at: datetime | None
    leaving: tuple[str, ...]
    withdrawn: bool


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
    """`phase` is waiting, presenting or questions; `left` may be negative, then time is up."""

    phase: str
    seconds: int
    left: int


@dataclass(frozen=True, slots=True)
class Room:
    """What the projector shows: no scores, nothing that comes from them.

    `code` changes whenever the page has to be shown anew; `absent` are (unit, confirmed at).
    """

    name: str
    panel: int
    slots: int
    current: SlotRow | None
    clock: RoomClock | None
    next: SlotRow | None
    absent: tuple[tuple[str, datetime | None], ...]
    present_minutes: int
    question_minutes: int
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
        rules_of(call).stage(row.stage).name,
        row.state,
        row.position,
        bool(policy.can_run_call(viewer, row.call_id)),
        bool(policy.can_chair(viewer, row)),
    )


def list_slots(viewer: Viewer, *, round_: str) -> list[SlotRow]:
    """The turns in their order, by number while none is drawn. Raises `NotFound`."""
    return _slots(scopes.known_round(viewer, round_))


def _slots(row: Round) -> list[SlotRow]:
    last = (
        sa.select(DefenseRecord.slot_id, sa.func.max(DefenseRecord.ordinal).label("ordinal"))
        .group_by(DefenseRecord.slot_id)
        .subquery()
    )
    rows = db.session.execute(
        sa.select(
            DefenseSlot, Dossier, DefenseRecord.ordinal, DefenseRecord.result, DefenseRecord.recorded_at
        )
        .join(Dossier, Dossier.id == DefenseSlot.dossier_id)
        .outerjoin(last, last.c.slot_id == DefenseSlot.id)
        .outerjoin(
            DefenseRecord,
            (DefenseRecord.slot_id == DefenseSlot.id) & (DefenseRecord.ordinal == last.c.ordinal),
        )
        .where(DefenseSlot.round_id == row.id)
        .order_by(sa.func.coalesce(DefenseSlot.position, 0), Dossier.number)
    ).all()
    leaving = _leaving(row)
    return [
        SlotRow(
            slot.public_id,
            dossier.public_id,
            dossier.number,
            dossier.unit_name,
            dossier.recommender,
            slot.position,
            slot.starts_at,
            slot.called_at,
            ordinal or 0,
            result,
            recorded_at,
            leaving.get(dossier.id, ()),
            dossier.state != "eligible",
        )
        for slot, dossier, ordinal, result, recorded_at in rows
    ]


def _leaving(row: Round) -> Mapping[int, tuple[str, ...]]:
    """Dossier id -> panel members who are recused from it, by name."""
    found: dict[int, tuple[str, ...]] = {}
    for dossier, name in db.session.execute(
        sa.select(Recusal.dossier_id, Expert.name)
        .join(Expert, Expert.id == Recusal.expert_id)
        .join(PanelMember, (PanelMember.expert_id == Recusal.expert_id) & (PanelMember.round_id == row.id))
        .where(Recusal.call_id == row.call_id, standing())
        .order_by(Expert.name_key)
    ):
        found[dossier] = (*found.get(dossier, ()), name)
    return found


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


def room(viewer: Viewer, *, round_: str) -> Room:
    """The screen in the room, for the offices and the round's panel. Raises `NotFound`."""
    row = _in_room(viewer, round_)
    call = db.session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    slots = [slot for slot in _slots(row) if slot.position is not None and not slot.withdrawn]
    current = _current(slots)
    waiting = [slot for slot in slots if slot.result is None and slot.called_at is None and slot != current]
    following = waiting[0] if waiting else None
    timing = rules.defense
    clock = _clock(current, timing.present_minutes * 60, timing.question_minutes * 60) if current else None
    absent = tuple((slot.unit, slot.recorded_at) for slot in slots if slot.result == ABSTAINED)
    panel = db.session.scalar(
        sa.select(sa.func.count()).select_from(PanelMember).where(PanelMember.round_id == row.id)
    )
    shown = [
        current.public_id if current else None,
        current.called_at if current else None,
        clock.phase if clock else None,
        following.public_id if following else None,
        len(slots),
        len(absent),
    ]
    return Room(
        rules.stage(row.stage).name,
        panel or 0,
        len(slots),
        current,
        clock,
        following,
        absent,
        timing.present_minutes,
        timing.question_minutes,
        canonical.digest(shown),
    )


def _current(slots: Sequence[SlotRow]) -> SlotRow | None:
    """The unit called in last whose result is not recorded yet, else the first that is to come."""
    unfinished = [slot for slot in slots if slot.result is None]
    called = [(slot.called_at, slot) for slot in unfinished if slot.called_at is not None]
    if called:
        return max(called, key=lambda pair: pair[0])[1]
    return unfinished[0] if unfinished else None


def _clock(slot: SlotRow, present: int, questions: int) -> RoomClock:
    if slot.called_at is None:
        return RoomClock("waiting", present, present)
    elapsed = int((now() - slot.called_at).total_seconds())
    if elapsed < present:
        return RoomClock("presenting", present, present - elapsed)
    return RoomClock("questions", questions, present + questions - elapsed)
