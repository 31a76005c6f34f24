"""签字件登记 as the office reads it: what each step still waits for, and each paper's way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import Viewer
from review_portal.exports import docx_blanks
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.signatures import SignatureEvent
from review_portal.services import files, scopes, signature_state
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import Paper
from review_portal.services.rules import rules_of
from review_portal.services.signature_state import Key
from scoring_rubrics import SIGNATURE_GATES, SignatureGate


@dataclass(frozen=True, slots=True)
class Line:
    """A paper of the register. `step` is None before it is printed; day and `by` are of the last step.

    `waits`: the step that first needs it still does.
    """

    paper: Paper
    step: str | None
    happened_on: date | None
    by: str
    waits: bool


@dataclass(frozen=True, slots=True)
class Waived:
    """A step that went on without these papers."""

    papers: tuple[str, ...]
    reason: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Section:
    """What a step waits for first. `missing` counts all originals that it still waits for."""

    gate: SignatureGate
    lines: tuple[Line, ...]
    missing: int
    waived: tuple[Waived, ...]


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a paper; `file` where a scan belongs to it."""

    step: str
    happened_on: date
    note: str
    by: str
    at: datetime
    digest: str
    file: bool


@dataclass(frozen=True, slots=True)
class History:
    """A paper's way from print to scan, annulled beginnings, too. `changed`: its text is another by now.

    `open`: labels of what it still leaves to the office.
    """

    paper: Paper
    step: str | None
    steps: tuple[Step, ...]
    changed: bool
    open: tuple[str, ...]


def register(viewer: Viewer, *, call: str) -> Sequence[Section]:
    """The register by the step that first waits for a paper; empty steps are left out. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    found = signature_state.standings(session, viewer, row)
    names = _names(session, row)
    waived, rules = signature_state.waivers(session, row), rules_of(row)
    lacking = {gate: signature_state.lacking(found, waived, rules, gate) for gate in SIGNATURE_GATES}
    waits = {(gate, paper.key) for gate, papers in lacking.items() for paper in papers}
    sections = [
        Section(
            gate,
            tuple(
                Line(
                    item.paper,
                    item.step,
                    item.events[-1].happened_on if item.events else None,
                    names[item.events[-1].recorded_by] if item.events else "",
                    (gate, item.paper.key) in waits,
                )
                for item in found
                if item.gate == gate
            ),
            len(lacking[gate]),
            tuple(
                Waived(
                    tuple(paper[3] for paper in one.papers),
                    one.reason,
                    names[one.recorded_by],
                    one.recorded_at,
                )
                for one in waived
                if one.gate == gate
            ),
        )
        for gate in SIGNATURE_GATES
    ]
    return [section for section in sections if section.lines or section.missing]


def missing(viewer: Viewer, *, call: str, gate: SignatureGate) -> list[Paper]:
    """What a step still waits for. Raises `NotFound`."""
    return signature_state.missing(db.session(), scopes.office_call(viewer, call), gate)


def history(viewer: Viewer, *, call: str, key: Key) -> History:
    """One paper's way. Raises `NotFound`."""
    session = db.session()
    row, item = _item(session, viewer, call, key)
    names = _names(session, row)
    _name, data = catalogue.make(viewer, row, item.paper)
    return History(
        item.paper,
        item.step,
        tuple(
            Step(
                event.step,
                event.happened_on,
                event.note,
                names[event.recorded_by],
                event.recorded_at,
                event.digest,
                event.file_id is not None,
            )
            for event in signature_state.history(session, row, key)
        ),
        item.signed_digest not in (None, signature_state.digest_of(item.paper, data)),
        tuple(docx_blanks.blanks(data)) if item.paper.kind.suffix == "docx" else (),
    )


def scan(viewer: Viewer, *, call: str, key: Key) -> tuple[str, bytes, str]:
    """The newest scan of a paper: name, bytes and media type. Raises `NotFound`."""
    session = db.session()
    _row, item = _item(session, viewer, call, key)
    scans = [event.file_id for event in item.events if event.file_id is not None]
    if not scans:
        raise NotFound()
    stored, data = files.read(scans[-1])
    return stored.name, data, stored.media_type


def _item(session: Session, viewer: Viewer, call: str, key: Key) -> tuple[Call, signature_state.Standing]:
    row = scopes.office_call(viewer, call)
    for item in signature_state.standings(session, viewer, row):
        if item.paper.key == key:
            return row, item
    raise NotFound()


def _names(session: Session, call: Call) -> dict[int, str]:
    hands = sa.select(SignatureEvent.recorded_by).where(SignatureEvent.call_id == call.id)
    waived = {one.recorded_by for one in signature_state.waivers(session, call)}
    query = sa.select(Account.id, Account.name).where(
        sa.or_(Account.id.in_(hands), Account.id.in_(sorted(waived)))
    )
    return {row.id: row.name for row in session.execute(query)}
