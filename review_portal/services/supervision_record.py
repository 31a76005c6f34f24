"""监督记录 for reading: nodes that the trail itself gives, what supervisors noted, the forms made of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.domain.supervision_nodes import NODES, nodes
from review_portal.exports import supervision_form
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Call, Round
from review_portal.models.defense_papers import DefenseMeeting
from review_portal.models.draws import ExpertDraw
from review_portal.models.supervision import SupervisionForm, SupervisionNote
from review_portal.services import entry_rounds, scopes
from review_portal.services.rules import round_name, rules_of


@dataclass(frozen=True, slots=True)
class Note:
    """One version of what a supervisor noted. `account` tells apart who bears the same name."""

    account: int
    by: str
    mine: bool
    verdict: str
    place: str
    remark: str
    ordinal: int
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the record. `name` is a text where a supervisor has added the node, else a message.

    `place` is what was noted last, else what the portal knows; `offer` also what was last noted in the round,
    to start from. `notes` are each supervisor's newest,
    `versions` all of them, oldest first; `entry` is the number in the trail, None for an added node.
    """

    key: str
    name: Message | str
    at: datetime
    by: str
    place: str
    offer: str
    entry: int | None
    versions: tuple[Note, ...]

    @property
    def notes(self) -> tuple[Note, ...]:
        """The newest of each supervisor, in the order in which they began."""
        return tuple({note.account: note for note in self.versions}.values())

    @property
    def mine(self) -> Note | None:
        """The viewer's own newest note."""
        return next((note for note in reversed(self.versions) if note.mine), None)


@dataclass(frozen=True, slots=True)
class Group:
    """The nodes of a round, or those of the call itself, in the order of time."""

    round_: str
    name: str
    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class FormLine:
    """A form as it was made for signature."""

    public_id: str
    ordinal: int
    digest: str
    made_at: datetime
    made_by: str
    body: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Record:
    """The whole record of a call. `rounds`: public id and name, for adding a node."""

    call: str
    title: str
    groups: tuple[Group, ...]
    rounds: tuple[tuple[str, str], ...]
    forms: tuple[FormLine, ...]

    @property
    def nodes(self) -> tuple[Node, ...]:
        """All of them."""
        return tuple(node for group in self.groups for node in group.nodes)


@dataclass(frozen=True, slots=True)
class _Told:
    """An entry with its round, as `supervision_nodes.nodes` sees it."""

    row: Any
    round_id: int | None

    @property
    def action(self) -> str:
        return str(self.row.action)


Notes = dict[str, list[tuple[SupervisionNote, Note]]]  # by node, oldest first


def record(viewer: Viewer, *, call: str) -> Record:
    """The supervisor's page. A fixed number of queries. Raises `NotFound` for everybody else."""
    row = scopes.office_call(viewer, call)
    if not policy.can_watch_call(viewer, row.id):
        raise NotFound()
    return record_of(db.session(), viewer, row)


def record_of(session: Session, viewer: Viewer, row: Call) -> Record:
    """The record of a call that has been checked."""
    rules = rules_of(row)
    rounds = session.scalars(
        sa.select(Round).where(Round.call_id == row.id).order_by(Round.position, Round.id)
    ).all()
    names = {item.id: round_name(rules, item) for item in rounds}
    notes = _notes(session, viewer, row)
    found = sorted([*_told(session, row, notes), *_added(notes)], key=lambda pair: pair[1].at)
    groups = [
        Group(
            item.public_id if item else "",
            names[item.id] if item else "",
            tuple(node for round_id, node in found if round_id == (item.id if item else None)),
        )
        for item in (None, *rounds)
    ]
    return Record(
        row.public_id,
        row.title,
        tuple(group for group in groups if group.nodes),
        tuple((item.public_id, names[item.id]) for item in rounds),
        tuple(forms_of(session, row)),
    )


def _notes(session: Session, viewer: Viewer, row: Call) -> Notes:
    found: Notes = {}
    for note, name in session.execute(
        sa.select(SupervisionNote, Account.name)
        .join(Account, Account.id == SupervisionNote.written_by)
        .where(SupervisionNote.call_id == row.id)
        .order_by(SupervisionNote.id)
    ):
        line = Note(
            note.written_by,
            name,
            note.written_by == viewer.account_id,
            note.verdict,
            note.place,
            note.remark,
            note.ordinal,
            note.reason,
            note.written_at,
        )
        found.setdefault(note.node, []).append((note, line))
    return found


def _told(session: Session, row: Call, notes: Notes) -> list[tuple[int | None, Node]]:
    """The nodes that the trail gives, oldest first."""
    entries = session.execute(
        sa.select(
            AuditEntry.sequence,
            AuditEntry.at,
            AuditEntry.actor_name,
            AuditEntry.action,
            AuditEntry.object_kind,
            AuditEntry.object_id,
        )
        .where(AuditEntry.call_id == row.id, AuditEntry.action.in_(NODES))
        .order_by(AuditEntry.sequence)
    ).all()
    rounds = entry_rounds.rounds_of(session, {(item.object_kind, item.object_id) for item in entries})
    chosen = nodes([_Told(item, rounds.get(item.object_id)) for item in entries])
    places = _places(session, row, [told.row.object_id for told in chosen])
    noted = _noted_places(notes)
    return [
        (
            told.round_id,
            Node(
                f"e{told.row.sequence}",
                NODES[told.action],
                told.row.at,
                told.row.actor_name,
                (place := _place(told, notes, places)),
                place or noted.get(told.round_id, ""),
                told.row.sequence,
                tuple(line for _row, line in notes.get(f"e{told.row.sequence}", [])),
            ),
        )
        for told in chosen
    ]


def _place(told: _Told, notes: Notes, places: Mapping[Any, str]) -> str:
    noted = notes.get(f"e{told.row.sequence}")
    if noted:
        return noted[-1][1].place
    return places.get(told.row.object_id) or places.get(told.round_id, "")


def _noted_places(notes: Notes) -> dict[int | None, str]:
    """The place that was noted last in each round; of what belongs to the call nothing follows."""
    lines = sorted((pair for pairs in notes.values() for pair in pairs), key=lambda pair: pair[0].id)
    return {note.round_id: note.place for note, _line in lines if note.place and note.round_id is not None}


def _places(session: Session, row: Call, objects: Sequence[str]) -> dict[Any, str]:
    """What is known of places: a draw's by its public id, a defense's by its round."""
    found: dict[Any, str] = dict(
        session.execute(
            sa.select(ExpertDraw.public_id, ExpertDraw.place).where(ExpertDraw.public_id.in_(objects))
        ).all()
    )
    found.update(
        session.execute(
            sa.select(DefenseMeeting.round_id, DefenseMeeting.place)
            .join(Round, Round.id == DefenseMeeting.round_id)
            .where(Round.call_id == row.id)
        ).all()
    )
    return found


def _added(notes: Notes) -> list[tuple[int | None, Node]]:
    """The nodes that supervisors have added; whoever added one says its name and time."""
    found = []
    for key, lines in notes.items():
        if not key.startswith("o"):
            continue
        newest = max(
            (note for note, _line in lines if note.written_by == lines[0][0].written_by),
            key=lambda note: note.ordinal,
        )
        node = Node(
            key,
            newest.title,
            newest.happened_at or newest.written_at,
            lines[0][1].by,
            lines[-1][1].place,
            lines[-1][1].place,
            None,
            tuple(line for _note, line in lines),
        )
        found.append((newest.round_id, node))
    return found


def forms_of(session: Session, row: Call) -> list[FormLine]:
    """The forms of a call, newest first. One query."""
    return [
        FormLine(form.public_id, form.ordinal, form.digest, form.made_at, name, form.body)
        for form, name in session.execute(
            sa.select(SupervisionForm, Account.name)
            .join(Account, Account.id == SupervisionForm.made_by)
            .where(SupervisionForm.call_id == row.id)
            .order_by(SupervisionForm.ordinal.desc())
        )
    ]


@dataclass(frozen=True, slots=True)
class Forms:
    """What somebody may read of a call's forms, as `side`: supervisor, secretariat or chair."""

    call: str
    title: str
    side: str
    lines: tuple[FormLine, ...]


def _forms(viewer: Viewer, row: Call | None) -> Forms:
    """For the offices and the chairs of the rounds: notes are the supervisor's, the form is for all."""
    if row is None:
        raise NotFound()
    side = policy.meeting_side(viewer, row.id)
    if side is None:
        chaired = sa.select(Round.id).where(Round.call_id == row.id, Round.id.in_(viewer.chairs))
        if db.session.scalar(chaired.limit(1)) is None:
            raise NotFound()
    return Forms(row.public_id, row.title, side or "chair", tuple(forms_of(db.session(), row)))


def list_forms(viewer: Viewer, *, call: str) -> Forms:
    """The call's forms, newest first. Raises `NotFound`."""
    return _forms(viewer, db.session.scalars(sa.select(Call).where(Call.public_id == call)).first())


def get_form(viewer: Viewer, *, form: str) -> tuple[Forms, FormLine]:
    """One form among those of its call, for the same. Raises `NotFound`."""
    query = sa.select(Call).join(SupervisionForm, SupervisionForm.call_id == Call.id)
    row = db.session.scalars(query.where(SupervisionForm.public_id == form)).first()
    found = _forms(viewer, row)
    return found, next(line for line in found.lines if line.public_id == form)


def paper(viewer: Viewer, *, form: str) -> tuple[str, bytes]:
    """File name and bytes of a form in Word; the same form gives the same bytes. Raises `NotFound`."""
    _found, line = get_form(viewer, form=form)
    data = supervision_form.write_docx(supervision_form.of_body(line.body, line.digest))
    return f"监督记录表_第{line.ordinal}版.docx", data
