"""The letters with the result for reading: who gets one, what became of mail and delivery, the papers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_email
from review_portal.exports import result_letter as export
from review_portal.models.accounts import Account
from review_portal.models.calls import Call
from review_portal.models.final_lists import FinalList, ResultDelivery
from review_portal.models.jobs import Job
from review_portal.services import mail, result_letter_facts, result_letter_rows, scopes
from review_portal.services.reminder_rows import standing_result
from review_portal.services.rules import rules_of

TAKEN_UP = timedelta(minutes=2)  # a worker looks every minute
Paper = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Delivery:
    """How the sealed letter reached its applicant."""

    way: str
    on: date
    receiver: str
    note: str


@dataclass(frozen=True, slots=True)
class LetterRow:
    """One applicant: `kind` what became of the mail ('' none, claimed, sent, …), `told` the outcome it told.

    `withheld`: the panel's opinion names others and does not go with the letter.
    """

    dossier: str
    number: str
    unit: str
    outcome: str
    email: str
    withheld: bool
    kind: str
    told: str
    error: str
    reply: int | None
    at: datetime | None
    delivery: Delivery | None


@dataclass(frozen=True, slots=True)
class Sending:
    """One sending of mails; `idle`: nobody takes it up, as if no worker ran."""

    public_id: str
    state: str
    done: int
    total: int
    message: str
    queued_at: datetime
    queued_by: str
    idle: bool


@dataclass(frozen=True, slots=True)
class Letters:
    """`blocked`: why there are no letters yet; `missing`: facts that they still lack; `due`: to be mailed."""

    blocked: Message | None
    missing: tuple[str, ...] = ()
    rows: tuple[LetterRow, ...] = ()
    due: int = 0
    mail: bool = False
    jobs: tuple[Sending, ...] = ()


def overview(viewer: Viewer, *, call: str) -> Letters:
    """The letters of the newest version of the list. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    try:
        last = result_letter_rows.final(session, row)
    except Conflict as problem:
        return Letters(problem.message, jobs=_jobs(session, row))
    found = result_letter_facts.letters(session, row, rules_of(row), last)
    known, delivered = result_letter_rows.newest(session, row), _deliveries(session, last)
    rows = []
    for one in found:
        notice, events = known.get(one.dossier_id, (None, {}))
        kind = standing_result(set(events))
        event = events.get(kind)
        rows.append(
            LetterRow(
                one.dossier,
                one.number,
                one.unit,
                one.outcome,
                masked_email(one.email),
                one.letter.withheld,
                kind,
                notice.outcome if notice else "",
                event.error if event else "",
                event.reply if event else None,
                event.at if event else None,
                delivered.get(one.dossier_id),
            )
        )
    return Letters(
        None,
        tuple(dict.fromkeys(label for one in found for label in one.letter.missing())),
        tuple(rows),
        len(result_letter_rows.due(session, row, found)),
        mail.configured(),
        _jobs(session, row),
    )


def _deliveries(session: Session, last: FinalList) -> dict[int, Delivery]:
    rows = session.scalars(
        sa.select(ResultDelivery).where(ResultDelivery.list_id == last.id).order_by(ResultDelivery.ordinal)
    )
    return {row.dossier_id: Delivery(row.way, row.delivered_on, row.receiver, row.note) for row in rows}


def _jobs(session: Session, call: Call) -> tuple[Sending, ...]:
    rows = session.execute(
        sa.select(Job, Account.name)
        .outerjoin(Account, Account.id == Job.queued_by)
        .where(Job.call_id == call.id, Job.kind == "notify")
        .order_by(Job.id.desc())
    ).all()
    at = now()
    return tuple(
        Sending(
            job.public_id,
            job.state,
            job.done,
            job.total,
            job.message,
            job.queued_at,
            name or "",
            job.state == "queued" and at - job.queued_at > TAKEN_UP,
        )
        for job, name in rows
    )


def sending(viewer: Viewer, *, call: str, job: str) -> Sending:
    """One sending, for the page that looks again. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = next((one for one in _jobs(db.session(), row) if one.public_id == job), None)
    if found is None:
        raise NotFound()
    return found


def document(viewer: Viewer, *, call: str, dossier: str | None = None) -> Paper:
    """One letter as .docx, or all of them in one file, each on a new page.

    Raises `NotFound`, `Conflict` before the list is final.
    """
    session = db.session()
    row = scopes.office_call(viewer, call)
    last = result_letter_rows.final(session, row)
    found = [
        one
        for one in result_letter_facts.letters(session, row, rules_of(row), last)
        if dossier in (None, one.dossier)
    ]
    if not found:
        raise NotFound()
    name = f"结果告知书_{found[0].number}_{found[0].unit}" if dossier else f"结果告知书_{row.public_id}"
    return f"{name}.docx", export.write_docx([one.letter for one in found])
