"""The register as the call's offices read it: of who complained only real name, unit or anonymous."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import db
from review_portal.domain import objection_rules, policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message
from review_portal.domain.objection_rules import CALL_STATES, number_text
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call
from review_portal.models.dossiers import Dossier
from review_portal.models.objections import (
    DossierHold,
    DossierRelease,
    Objection,
    ObjectionAct,
    ObjectionFile,
)
from review_portal.services import (
    approvals,
    later_decision_state,
    objection_rows,
    objection_state,
    office_calendar,
    publicity_facts,
    scopes,
)
from review_portal.services.later_decision_state import PutOff
from review_portal.services.objection_state import CONCLUDE
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class ActRow:
    """A step as it is read; `choice` is a key of `ROUTES` or `OUTCOMES`, or empty."""

    act: str
    choice: str
    text: str
    due_on: date | None
    linked: str
    letter: dict[str, str]
    at: datetime
    by: str
    agreed_by: str


@dataclass(frozen=True, slots=True)
class FileRow:
    """A piece of evidence; a `guarded` one is the supervisor's alone."""

    public_id: str
    name: str
    guarded: bool


@dataclass(frozen=True, slots=True)
class ObjectionRow:
    """An entry of the register. `state` is a key of `STATES`; `overdue`: the next step's day has passed."""

    public_id: str
    number: str
    call: str
    way: str
    received_at: datetime
    received_by: str
    dossiers: tuple[tuple[str, str, str], ...]
    facts: str
    identity: str
    signed: bool
    checkable: bool
    on_publicity: bool
    late: bool
    proposed: str
    because: Message
    state: str
    due_on: date | None
    overdue: bool
    recorded_at: datetime
    recorded_by: str
    acts: tuple[ActRow, ...]
    files: tuple[FileRow, ...]
    waiting: str | None
    next: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class HoldRow:
    """暂缓 of a dossier, standing or over."""

    dossier: str
    number: str
    unit: str
    objection: str
    reason: str
    held_at: datetime
    asked_by: str
    finding: str
    released_at: datetime | None


@dataclass(frozen=True, slots=True)
class Register:
    """Everything of a call: its objections by number, holds newest first, dossiers put off."""

    call: str
    title: str
    state: str
    takes: bool
    rows: tuple[ObjectionRow, ...]
    holds: tuple[HoldRow, ...]
    put_off: tuple[PutOff, ...]

    @property
    def open(self) -> tuple[ObjectionRow, ...]:
        """Those that are not closed."""
        return tuple(row for row in self.rows if row.state != "closed")


def register(viewer: Viewer, *, call: str) -> Register:
    """The call's register, for its offices. Raises `NotFound`. A fixed number of queries."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    found = session.scalars(
        sa.select(Objection).where(Objection.call_id == row.id).order_by(Objection.ordinal)
    ).all()
    return Register(
        row.public_id,
        row.title,
        row.state,
        row.state in CALL_STATES,
        _rows(session, row, list(found)),
        _holds(session, row),
        later_decision_state.put_off(session, row),
    )


def one(viewer: Viewer, *, objection: str) -> ObjectionRow:
    """One entry, for the call's offices. Raises `NotFound`."""
    session = db.session()
    row, call = objection_rows.known(session, viewer, objection)
    return _rows(session, call, [row])[0]


def _rows(session: Session, call: Call, found: list[Objection]) -> tuple[ObjectionRow, ...]:
    ids = [row.id for row in found]
    acts = objection_state.acts_of(session, ids)
    names: dict[int, str] = dict(session.execute(sa.select(Account.id, Account.name)).all())
    dossiers = {
        key: (key, number or "", unit)
        for key, number, unit in session.execute(
            sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name).where(Dossier.call_id == call.id)
        )
    }
    files: dict[int, list[ObjectionFile]] = {key: [] for key in ids}
    for item in session.scalars(
        sa.select(ObjectionFile).where(ObjectionFile.objection_id.in_(ids)).order_by(ObjectionFile.id)
    ):
        files[item.objection_id].append(item)
    agreed: dict[int, int | None] = dict(
        session.execute(
            sa.select(Approval.id, Approval.decided_by).where(
                Approval.action == CONCLUDE, Approval.call_id == call.id
            )
        ).all()
    )
    waiting = approvals.open_on(session, CONCLUDE, [row.public_id for row in found])
    return tuple(
        _row(session, call, row, acts[row.id], names, dossiers, files[row.id], waiting, agreed)
        for row in found
    )


def _row(
    session: Session,
    call: Call,
    row: Objection,
    acts: list[ObjectionAct],
    names: dict[int, str],
    dossiers: dict[str, tuple[str, str, str]],
    files: list[ObjectionFile],
    waiting: dict[str, str],
    agreed: dict[int, int | None],
) -> ObjectionRow:
    state = objection_rules.state_of(row.identity, acts)
    due = _due(session, call, row, acts, state)
    because = objection_rules.propose(
        way=row.way, identity=row.identity, signed=row.signed, checkable=row.checkable, late=row.late
    )
    number = number_text(row.ordinal)
    return ObjectionRow(
        row.public_id,
        number,
        call.public_id,
        row.way,
        row.received_at,
        row.received_by,
        tuple(dossiers[key] for key in row.dossiers if key in dossiers),
        row.facts,
        row.identity,
        row.signed,
        row.checkable,
        row.on_publicity,
        row.late,
        row.proposed,
        because.reason,
        state,
        due,
        due is not None and due < local_date(clock.now()),
        row.recorded_at,
        names.get(row.recorded_by, ""),
        tuple(_act(item, names, agreed) for item in acts),
        tuple(
            FileRow(item.public_id, f"{number}-{place}", item.guarded)
            for place, item in enumerate(files, start=1)
        ),
        waiting.get(row.public_id),
        objection_rules.NEXT[state],
    )


def _act(item: ObjectionAct, names: dict[int, str], agreed: dict[int, int | None]) -> ActRow:
    return ActRow(
        item.act,
        item.choice,
        item.text,
        item.due_on,
        item.linked,
        dict(item.letter or {}),
        item.acted_at,
        names.get(item.acted_by, ""),
        names.get(agreed.get(item.approval_id or 0) or 0, ""),
    )


def _due(session: Session, call: Call, row: Objection, acts: list[ObjectionAct], state: str) -> date | None:
    """The next step's day; None where none is set, or a year's days off are not known yet."""
    if state == "closed":
        return None
    days = [item.due_on for item in acts if item.due_on is not None]
    if days:
        return days[-1]
    if state not in ("registered", "accepted", "declined", "transferred"):
        return None
    rules = rules_of(call).objections
    length = rules.investigate_days if state == "transferred" else rules.acknowledge_days
    try:
        return office_calendar.calendar(session).period_end(
            local_date(row.received_at), length, count_start=False
        )
    except Invalid:
        return None


def _holds(session: Session, call: Call) -> tuple[HoldRow, ...]:
    rows = session.execute(
        sa.select(DossierHold, DossierRelease, Dossier, Objection.ordinal, Account.name)
        .join(Dossier, Dossier.id == DossierHold.dossier_id)
        .join(Account, Account.id == DossierHold.asked_by)
        .outerjoin(DossierRelease, DossierRelease.hold_id == DossierHold.id)
        .outerjoin(Objection, Objection.id == DossierHold.objection_id)
        .where(DossierHold.call_id == call.id)
        .order_by(DossierHold.id.desc())
    )
    return tuple(
        HoldRow(
            dossier.public_id,
            dossier.number or "",
            dossier.unit_name,
            number_text(ordinal) if ordinal else "",
            hold.reason,
            hold.held_at,
            name,
            end.finding if end else "",
            end.released_at if end else None,
        )
        for hold, end, dossier, ordinal, name in rows
    )


def dossiers_of(viewer: Viewer, *, call: str) -> list[tuple[str, str]]:
    """Dossiers that an objection may be about: public id, number with unit."""
    row = scopes.office_call(viewer, call)
    found = db.session.execute(
        sa.select(Dossier.public_id, Dossier.number, Dossier.unit_name)
        .where(Dossier.call_id == row.id)
        .order_by(Dossier.number, Dossier.id)
    )
    return [(key, f"{number or ''}　{unit}".strip()) for key, number, unit in found]


def held_numbers(viewer: Viewer, *, call: str) -> tuple[str, ...]:
    """Numbers of the dossiers under 暂缓, for the call's offices. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    return tuple(one.number for one in objection_state.held_dossiers(db.session(), row.id).values())


def letter_contacts(viewer: Viewer, *, call: str) -> dict[str, str]:
    """What the notice's draft knows of the office that answers; empty where it does not."""
    row = scopes.office_call(viewer, call)
    found = publicity_facts.draft_of(db.session(), row)
    facts = found.facts if found is not None else {}
    return {name: str(facts.get(name) or "") for name in ("contact_office", "contact_phone")}


@dataclass(frozen=True, slots=True)
class Waiting:
    """What the desk's home says: open ones for this viewer to act on, and those past their day."""

    open: int
    overdue: int
    first_due: date | None


def waiting(viewer: Viewer, *, call: str) -> Waiting:
    """Of the register; the supervisor's share are those handed to him. Raises `NotFound`."""
    found = register(viewer, call=call)
    watches = bool(policy.can_watch_call(viewer, scopes.office_call(viewer, call).id))
    own = [row for row in found.open if watches or row.state != "transferred"]
    days = [row.due_on for row in own if row.due_on is not None]
    return Waiting(len(own), sum(row.overdue for row in own), min(days, default=None))
