"""A unit that is late or does not come: what chair and supervisor say of it, on one page."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.defense_notices import due_at, is_early, waited_minutes
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.approvals import Approval
from review_portal.models.calls import Round
from review_portal.models.defense_papers import LateArrival
from review_portal.services import defense_minutes
from review_portal.services.rules import rules_of


@dataclass(frozen=True, slots=True)
class Statement:
    """The chair's statement that a unit did not come, and what the supervisor answered.

    `outcome` is pending, approved, refused or lapsed; `waited` counts the minutes waited when it was made.
    """

    approval: str
    reason: str
    early: str
    asked_by: str
    asked_at: datetime
    waited: int
    outcome: str
    decided_by: str | None
    decided_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class LateNote:
    """What one side says of a unit that came late."""

    public_id: str
    side: str
    arrived_at: datetime
    admitted: bool
    note: str
    noted_at: datetime
    noted_by: str


@dataclass(frozen=True, slots=True)
class Absence:
    """The facts of a turn whose unit is waited for. `side` is the viewer's own part in confirming, or None.

    `due` is from when it is waited for, `waited` and `early` are as of `at`; `notes` the newest of each side,
    `admitted` what both said, None while they differ or one is missing. `open`: something may still be said.
    """

    at: datetime
    due: datetime | None
    called_at: datetime | None
    starts_at: datetime | None
    waited: int
    early: bool
    side: str | None
    statements: tuple[Statement, ...]
    notes: tuple[LateNote, ...]
    admitted: bool | None
    open: bool


def notes_of(session: Session, slots: Sequence[int]) -> list[LateArrival]:
    """The newest note of each side for these turns, the chair's first."""
    rows = session.scalars(
        sa.select(LateArrival).where(LateArrival.slot_id.in_(slots)).order_by(LateArrival.id)
    )
    newest = {(row.slot_id, row.side): row for row in rows}
    return [newest[key] for key in sorted(newest)]


def agreed(notes: Sequence[LateArrival]) -> bool | None:
    """Whether both sides let the unit in; None while one has said nothing or they differ."""
    said = {note.side: note.admitted for note in notes}
    return said["chair"] if len(said) == 2 and len(set(said.values())) == 1 else None


def side_of(viewer: Viewer, round_: Round) -> str | None:
    """The viewer's part; whoever runs the call confirms nothing, and nobody takes both parts."""
    if policy.can_chair(viewer, round_):
        return "chair"
    return "supervisor" if viewer.has("supervisor", round_.call_id) else None


def view(viewer: Viewer, *, slot: str) -> Absence:
    """What chair and supervisor look at, for the offices and the chair. Raises `NotFound`."""
    session = db.session()
    row, round_, call, dossier = defense_minutes.slot_of(session, viewer, slot, lock=False)
    due, at = due_at(row.starts_at, row.called_at), now()
    notes = notes_of(session, [row.id])
    able = round_.state == "scoring" and row.position is not None and dossier.state == "eligible"
    return Absence(
        at,
        due,
        row.called_at,
        row.starts_at,
        waited_minutes(due, at),
        is_early(due, at, rules_of(call).defense.late_minutes),
        side_of(viewer, round_),
        _statements(session, row.public_id, at),
        _named(session, notes),
        agreed(notes),
        able and defense_minutes.latest(session, row) is None,
    )


def _statements(session: Session, slot: str, at: datetime) -> tuple[Statement, ...]:
    asker, decider = sa.orm.aliased(Account), sa.orm.aliased(Account)
    rows = session.execute(
        sa.select(Approval, asker.name, decider.name)
        .join(asker, asker.id == Approval.asked_by)
        .outerjoin(decider, decider.id == Approval.decided_by)
        .where(Approval.action == "absent", Approval.object_id == slot)
        .order_by(Approval.id)
    ).all()
    return tuple(_statement(row, asked_by, decided_by, at) for row, asked_by, decided_by in rows)


def _statement(row: Approval, asked_by: str, decided_by: str | None, at: datetime) -> Statement:
    starts, called = (
        datetime.fromisoformat(text) if (text := row.payload.get(name)) else None
        for name in ("starts_at", "called_at")
    )
    lapsed = row.outcome == "pending" and row.expires_at <= at
    return Statement(
        row.public_id,
        row.reason,
        row.payload.get("early", ""),
        asked_by,
        row.asked_at,
        waited_minutes(due_at(starts, called), row.asked_at),
        "lapsed" if lapsed else row.outcome,
        decided_by,
        row.decided_at,
        row.note or "",
    )


def _named(session: Session, notes: Sequence[LateArrival]) -> tuple[LateNote, ...]:
    names: dict[int, str] = dict(
        session.execute(
            sa.select(Account.id, Account.name).where(Account.id.in_([note.noted_by for note in notes]))
        ).all()
    )
    return tuple(
        LateNote(
            note.public_id,
            note.side,
            note.arrived_at,
            note.admitted,
            note.note,
            note.noted_at,
            names[note.noted_by],
        )
        for note in notes
    )
