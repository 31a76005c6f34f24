"""The meeting day for reading: the checklist, one step's history, who is there, what waits for the viewer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import meeting_steps, policy, presence
from review_portal.domain.errors import NotFound
from review_portal.domain.meeting_steps import SECRETARIAT, SUPERVISOR, Facts, Known
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.meetings import MeetingMark, PresenceEvent
from review_portal.services import draw_names, meeting_facts, scopes
from review_portal.services.rules import rules_of
from scoring_rubrics import MeetingStep


@dataclass(frozen=True, slots=True)
class MarkLine:
    """One mark as it stands in the list: kind `tick`, `back` or `remark`."""

    step: str
    side: str
    kind: str
    note: str
    at: datetime
    name: str
    own: bool


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step with what the portal knows of it and the ticks that stand.

    refused: why the viewer may not tick now, None where he may or where his column is ticked. `wanted`: the
    step takes the viewer's tick. `lines` is the whole history, also of what was taken back.
    """

    number: int
    step: MeetingStep
    known: Known | None
    secretariat: MarkLine | None
    supervisor: MarkLine | None
    wanted: bool
    refused: Message | None
    lines: tuple[MarkLine, ...]

    @property
    def remarks(self) -> tuple[str, ...]:
        """What the supervisor remarked, apart from the words of the tick that stands."""
        return tuple(line.note for line in self.lines if line.kind == "remark")


@dataclass(frozen=True, slots=True)
class RoundLink:
    """Another round of the call that has a checklist."""

    public_id: str
    name: str


@dataclass(frozen=True, slots=True)
class Checklist:
    """A round's day. `side` is the viewer's column, None for the chair, who only reads.

    next: number of the step whose turn it is in the viewer's column, 0 where none waits.
    """

    public_id: str
    call: str
    call_title: str
    name: str
    mode: str
    state: str
    side: str | None
    facts: Facts
    steps: tuple[StepLine, ...]
    next: int
    rounds: tuple[RoundLink, ...]

    def line(self, number: int) -> StepLine:
        """A step by its number. Raises `NotFound`."""
        if not 0 < number <= len(self.steps):
            raise NotFound()
        return self.steps[number - 1]


@dataclass(frozen=True, slots=True)
class PresenceLine:
    """One event as told: `in`, `out` or `undo`, by whom recorded; `void`: taken back since."""

    kind: str
    at: datetime
    by: str
    checked_by: str
    reason: str
    void: bool


@dataclass(frozen=True, slots=True)
class SeatLine:
    """A panel member and where he is; a drawn one whom the viewer may not know goes by the number."""

    public_id: str
    name: str
    employer: str
    signed_in_at: datetime | None
    signed_out_at: datetime | None
    checked_by: str
    left: bool
    is_present: bool
    may_undo: bool
    events: tuple[PresenceLine, ...]


@dataclass(frozen=True, slots=True)
class Due:
    """What of a round's day waits for the viewer: the first step and how many there are."""

    round_: str
    round_name: str
    step: str
    count: int


def checklist(viewer: Viewer, *, round_: str) -> Checklist:
    """The day of a round, for its offices and its chair. Nine queries. Raises `NotFound`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
    rules = rules_of(call)
    side = policy.meeting_side(viewer, call.id)
    facts = meeting_facts.facts_of(session, row, call)
    marks = _lines(session, viewer, row)
    ticked = meeting_steps.standing(marks)
    stage = rules.stage(row.stage)
    waiting = meeting_steps.due(rules.meeting, side, facts, ticked) if side else []
    return Checklist(
        row.public_id,
        call.public_id,
        call.title,
        rules.round_name(row.stage, row.panel),
        stage.mode,
        row.state,
        side,
        facts,
        tuple(
            _step(number, step, facts, side, marks, ticked) for number, step in enumerate(rules.meeting, 1)
        ),
        rules.meeting.index(waiting[0]) + 1 if waiting else 0,
        _rounds(session, viewer, call),
    )


def _lines(session: Session, viewer: Viewer, row: Round) -> list[MarkLine]:
    marks = session.execute(
        sa.select(MeetingMark, Account.name)
        .join(Account, Account.id == MeetingMark.recorded_by)
        .where(MeetingMark.round_id == row.id)
        .order_by(MeetingMark.id)
    )
    return [
        MarkLine(
            item.step, item.side, item.kind, item.note, item.at, name, item.recorded_by == viewer.account_id
        )
        for item, name in marks
    ]


def _step(
    number: int,
    step: MeetingStep,
    facts: Facts,
    side: str | None,
    marks: list[MarkLine],
    ticked: dict[tuple[str, str], MarkLine],
) -> StepLine:
    open_ = side is not None and (step.name, side) not in ticked
    return StepLine(
        number,
        step,
        meeting_steps.known(step, facts),
        ticked.get((step.name, SECRETARIAT)),
        ticked.get((step.name, SUPERVISOR)),
        side is not None and meeting_steps.required(step, side),
        meeting_steps.refusal(step, side, facts, ticked) if side is not None and open_ else None,
        tuple(line for line in marks if line.step == step.name),
    )


def _rounds(session: Session, viewer: Viewer, call: Call) -> tuple[RoundLink, ...]:
    """The rounds whose checklists the viewer may open."""
    rules = rules_of(call)
    rows = session.scalars(
        sa.select(Round).where(Round.call_id == call.id).order_by(Round.position, Round.id)
    )
    return tuple(
        RoundLink(row.public_id, rules.round_name(row.stage, row.panel))
        for row in rows
        if policy.can_see_call(viewer, call.id) or policy.can_chair(viewer, row)
    )


def current_round(viewer: Viewer, *, call: str) -> str:
    """The round whose day it is: the newest that has been opened, else the first. Raises `NotFound`."""
    row = _current(scopes.office_call(viewer, call))
    if row is None:
        raise NotFound()
    return row.public_id


def _current(call: Call) -> Round | None:
    rows = db.session.scalars(
        sa.select(Round).where(Round.call_id == call.id).order_by(Round.position, Round.id)
    ).all()
    opened = [row for row in rows if row.state not in ("draft", "void")]
    return opened[-1] if opened else next(iter(rows), None)


def due(viewer: Viewer, *, call: str) -> Due | None:
    """What waits for the viewer's tick in the call's current round; None where nothing does."""
    found = scopes.office_call(viewer, call)
    row, side = _current(found), policy.meeting_side(viewer, found.id)
    if side is None or row is None or found.state not in ("reviewing", "ranked"):
        return None
    session, rules = db.session(), rules_of(found)
    ticked = meeting_steps.standing(meeting_facts.marks_of(session, row.id))
    facts = meeting_facts.facts_of(session, row, found)
    waiting = meeting_steps.due(rules.meeting, side, facts, ticked)
    if not waiting:
        return None
    return Due(row.public_id, rules.round_name(row.stage, row.panel), waiting[0].name, len(waiting))


def list_presence(viewer: Viewer, *, round_: str) -> tuple[SeatLine, ...]:
    """The panel with each member's events, for the call's offices. Raises `NotFound`, `NotAllowed`."""
    session = db.session()
    row = scopes.known_round(viewer, round_)
    policy.can_see_call(viewer, row.call_id).require()
    unknown = draw_names.hidden(session, viewer, row)
    seats = session.execute(
        sa.select(PanelMember, Expert)
        .join(Expert, Expert.id == PanelMember.expert_id)
        .where(PanelMember.round_id == row.id)
        .order_by(Expert.name_key, Expert.id)
    ).all()
    if unknown:  # the order of names would tell, too
        seats = sorted(seats, key=lambda seat: unknown.get(seat[1].id, ""))
    events = _events(session, [member.id for member, _expert in seats])
    return tuple(
        _seat(member, expert, unknown.get(expert.id), events.get(member.id, [])) for member, expert in seats
    )


def _events(session: Session, members: list[int]) -> dict[int, list[tuple[PresenceEvent, str]]]:
    found: dict[int, list[tuple[PresenceEvent, str]]] = {}
    for event, name in session.execute(
        sa.select(PresenceEvent, Account.name)
        .join(Account, Account.id == PresenceEvent.recorded_by)
        .where(PresenceEvent.member_id.in_(members))
        .order_by(PresenceEvent.id)
    ):
        found.setdefault(event.member_id, []).append((event, name))
    return found


def _seat(
    member: PanelMember, expert: Expert, number: str | None, events: list[tuple[PresenceEvent, str]]
) -> SeatLine:
    stands = presence.standing(event for event, _name in events)
    return SeatLine(
        member.public_id,
        number or expert.name,
        "" if number else expert.employer,
        member.signed_in_at,
        member.signed_out_at,
        member.identity_checked_by,
        member.left_at is not None,
        member.is_present,
        bool(stands) and member.left_at is None,
        tuple(
            PresenceLine(
                event.kind,
                event.at,
                name,
                event.checked_by,
                event.reason,
                event.kind != "undo" and event not in stands,
            )
            for event, name in events
        ),
    )


def seat(viewer: Viewer, *, member: str) -> tuple[str, SeatLine]:
    """One member with the round's public id, for who runs the call. Raises `NotFound`."""
    public_id = db.session.scalar(
        sa.select(Round.public_id)
        .join(PanelMember, PanelMember.round_id == Round.id)
        .where(PanelMember.public_id == member)
    )
    if public_id is None:
        raise NotFound()
    row = scopes.known_round(viewer, public_id)
    if not policy.can_run_call(viewer, row.call_id):
        raise NotFound()
    found = next(line for line in list_presence(viewer, round_=public_id) if line.public_id == member)
    return public_id, found
