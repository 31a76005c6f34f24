"""Reaching the experts of a call, for its secretariat: who owes sheets, until when, how each gets in.

Counts of sheets, never points; whom the officer may not know yet goes by the number of the draw.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now
from review_portal.domain import entry_policy, policy
from review_portal.domain.errors import NotFound
from review_portal.domain.policy import PasswordWay, Viewer
from review_portal.domain.register import masked_email
from review_portal.exports.reminder_letter import text
from review_portal.models.accounts import Account
from review_portal.models.calls import Call, Round
from review_portal.models.jobs import Job, Reminder, ReminderEvent
from review_portal.models.reach import DeadlineExtension, EntryPass
from review_portal.services import approvals, draw_names, own_deadlines, reminder_rows, scopes
from review_portal.services.account_views import standing_of
from review_portal.services.own_deadlines import Owing
from review_portal.services.rules import rules_of

SHUT = ("void", "finished")
TAKEN_UP = timedelta(minutes=2)  # a worker looks every minute


@dataclass(frozen=True, slots=True)
class Person:
    """A member as reached. `account` is empty without one or while the name is not to be known.

    text: the reminder to copy, empty with nothing open; `recent`: reminded lately; entry_until: of a link not
    used yet; asked: the open request for one.
    """

    member: str
    account: str
    name: str
    employer: str
    known: bool
    email: str
    open_sheets: int
    deadline: datetime | None
    extended: bool
    reasons: tuple[tuple[datetime, str], ...]
    reminded_at: datetime | None
    recent: bool
    text: str
    way: PasswordWay | None
    asked: bool
    entry_until: datetime | None
    entered_at: datetime | None


@dataclass(frozen=True, slots=True)
class ReachRound:
    """A round that is not over, with its panel."""

    public_id: str
    name: str
    state: str
    deadline: datetime | None
    people: tuple[Person, ...]

    @property
    def due(self) -> tuple[Person, ...]:
        """Who has sheets open."""
        return tuple(person for person in self.people if person.open_sheets)


@dataclass(frozen=True, slots=True)
class JobLine:
    """A job in a list. `stuck`: nobody has worked on it since its lease ran out; `idle`: nobody takes
    it up, as if no worker ran.
    """

    public_id: str
    round_name: str
    state: str
    done: int
    total: int
    message: str
    queued_at: datetime
    queued_by: str
    finished_at: datetime | None
    stuck: bool
    idle: bool


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of one expert's letter; `kind` is empty while it waits."""

    name: str
    employer: str
    kind: str
    at: datetime | None
    address: str
    open_sheets: int | None
    deadline: datetime | None
    error: str
    reply: int | None


def _call(viewer: Viewer, public_id: str) -> Call:
    found = scopes.office_call(viewer, public_id)
    if not policy.can_run_call(viewer, found.id):
        raise NotFound()
    return found


def list_rounds(viewer: Viewer, *, call: str, address: str) -> list[ReachRound]:
    """The call's rounds with a panel that are not over, the one being scored first.

    `address` of the portal stands in the texts. A fixed number of queries a round. Raises `NotFound`.
    """
    here, session = _call(viewer, call), db.session()
    rounds = session.scalars(
        sa.select(Round)
        .where(Round.call_id == here.id, Round.state.not_in(SHUT))
        .order_by(Round.state != "scoring", Round.position.desc())
    )
    rules = rules_of(here)
    found = [
        ReachRound(
            row.public_id,
            rules.round_name(row.stage, row.panel),
            row.state,
            row.deadline,
            tuple(_people(session, viewer, here, row, address)),
        )
        for row in rounds.all()
    ]
    return [item for item in found if item.people]


def _people(session: Session, viewer: Viewer, call: Call, row: Round, address: str) -> list[Person]:
    panel = own_deadlines.members(session, row)
    if not panel:
        return []
    unknown = draw_names.hidden(session, viewer, row)
    if unknown:  # the order of names would tell, too
        panel = sorted(panel, key=lambda one: unknown.get(one.expert.id, ""))
    ids = [one.member.id for one in panel]
    last = own_deadlines.last_reminded(session, ids)
    since = now() - reminder_rows.AGAIN_AFTER
    given = _extensions(session, ids)
    entries = _Entries(session, viewer, panel)
    found = []
    for one in panel:
        known = one.expert.id not in unknown
        at = last.get(one.member.id)
        counted = one.open_sheets if row.state == "scoring" else 0
        account, way, asked, until, used = entries.of(one) if known else ("", None, False, None, None)
        letter = reminder_rows.letter_of(call, row, one, address)
        found.append(
            Person(
                one.member.public_id,
                account,
                one.expert.name if known else unknown[one.expert.id],
                one.expert.employer if known else "",
                known,
                masked_email(one.expert.email) if known else "",
                counted,
                one.deadline,
                one.member.deadline is not None,
                tuple(given.get(one.member.id, ())) if known else (),
                at,
                at is not None and at > since,
                text(letter) if counted and known else "",
                way,
                asked,
                until,
                used,
            )
        )
    return found


def _extensions(session: Session, members: Sequence[int]) -> dict[int, list[tuple[datetime, str]]]:
    found: dict[int, list[tuple[datetime, str]]] = {}
    for row in session.scalars(
        sa.select(DeadlineExtension)
        .where(DeadlineExtension.member_id.in_(members))
        .order_by(DeadlineExtension.ordinal)
    ):
        found.setdefault(row.member_id, []).append((row.deadline, row.reason))
    return found


class _Entries:
    """How each member with an account gets in, loaded at once."""

    def __init__(self, session: Session, viewer: Viewer, panel: Sequence[Owing]) -> None:
        ids = [one.expert.account_id for one in panel if one.expert.account_id is not None]
        rows = session.execute(sa.select(Account.id, Account.public_id).where(Account.id.in_(ids)))
        self.accounts: dict[int, str] = dict(rows.all())
        self.ways = {
            key: entry_policy.entry_way(viewer, standing)
            for key, standing in standing_of(session, ids).items()
        }
        self.asked = approvals.open_on(session, entry_policy.ISSUE, list(self.accounts.values()))
        at = now()
        self.until: dict[int, datetime] = {}
        self.used: dict[int, datetime] = {}
        for row in session.scalars(
            sa.select(EntryPass).where(EntryPass.account_id.in_(ids)).order_by(EntryPass.id)
        ):
            if row.spent_at is not None:
                self.used[row.account_id] = row.spent_at
            elif row.withdrawn_at is None and row.valid_until > at:
                self.until[row.account_id] = row.valid_until

    def of(self, one: Owing) -> tuple[str, PasswordWay | None, bool, datetime | None, datetime | None]:
        """Account, way, whether asked, until when a link is good, when one was used last."""
        key = one.expert.account_id
        account = self.accounts.get(key, "") if key is not None else ""
        if key is None or not account:
            return "", None, False, None, None
        return account, self.ways[key], account in self.asked, self.until.get(key), self.used.get(key)


def person_of(viewer: Viewer, *, call: str, member: str, address: str = "") -> tuple[ReachRound, Person]:
    """One member whom the officer may know, and the round. Raises `NotFound`."""
    for row in list_rounds(viewer, call=call, address=address):
        for person in row.people:
            if person.member == member and person.known:
                return row, person
    raise NotFound()


def list_jobs(viewer: Viewer, *, call: str) -> list[JobLine]:
    """The call's reminders, the newest first, at most twenty. Raises `NotFound`."""
    here, session = _call(viewer, call), db.session()
    rows = session.execute(
        sa.select(Job, Account.name)
        .outerjoin(Account, Account.id == Job.queued_by)
        .where(Job.call_id == here.id, Job.kind == "remind")
        .order_by(Job.id.desc())
        .limit(20)
    ).all()
    names = _round_names(session, here)
    return [_line(job, by, names) for job, by in rows]


def _round_names(session: Session, call: Call) -> dict[str, str]:
    rules = rules_of(call)
    rows = session.scalars(sa.select(Round).where(Round.call_id == call.id))
    return {row.public_id: rules.round_name(row.stage, row.panel) for row in rows}


def _line(job: Job, by: str | None, names: dict[str, str]) -> JobLine:
    at = now()
    stuck = job.state == "running" and job.lease_until is not None and job.lease_until < at
    idle = stuck or job.state == "queued"
    since = job.lease_until if stuck and job.lease_until is not None else job.queued_at
    return JobLine(
        job.public_id,
        names.get(job.payload["round"], ""),
        job.state,
        job.done,
        job.total,
        job.message,
        job.queued_at,
        by or "",
        job.finished_at,
        stuck,
        idle and since + TAKEN_UP < at,
    )


def view_job(viewer: Viewer, *, call: str, job: str) -> tuple[JobLine, list[Sent]]:
    """One job and what became of each letter, in the order of names. Raises `NotFound`.

    Where names are not to be known yet, in that of the numbers: the order of names would tell, too.
    """
    here, session = _call(viewer, call), db.session()
    found = session.execute(
        sa.select(Job, Account.name)
        .outerjoin(Account, Account.id == Job.queued_by)
        .where(Job.public_id == job, Job.call_id == here.id, Job.kind == "remind")
    ).first()
    if found is None:
        raise NotFound()
    row = session.scalars(sa.select(Round).where(Round.public_id == found[0].payload["round"])).one()
    events: dict[int, dict[str, ReminderEvent]] = {}
    for event in session.scalars(
        sa.select(ReminderEvent)
        .join(Reminder, Reminder.id == ReminderEvent.reminder_id)
        .where(Reminder.job_id == found[0].id)
    ):
        events.setdefault(event.reminder_id, {})[event.kind] = event
    people = {one.member.id: one for one in own_deadlines.members(session, row, staying=False)}
    unknown = draw_names.hidden(session, viewer, row)
    sent = [
        _sent(people[item.member_id], unknown, events.get(item.id, {}))
        for item in session.scalars(
            sa.select(Reminder).where(Reminder.job_id == found[0].id).order_by(Reminder.id)
        )
    ]
    shown = sorted(sent, key=lambda item: item.name) if unknown else sent
    return _line(*found, _round_names(session, here)), shown


def _sent(one: Owing, unknown: dict[int, str], events: dict[str, ReminderEvent]) -> Sent:
    kind = reminder_rows.standing_result(set(events))
    last, claimed = events.get(kind), events.get("claimed")
    hidden = unknown.get(one.expert.id)
    return Sent(
        hidden or one.expert.name,
        "" if hidden else one.expert.employer,
        kind,
        last.at if last else None,
        claimed.address if claimed and not hidden else "",
        claimed.open_sheets if claimed else None,
        claimed.deadline if claimed else None,
        last.error if last else "",
        last.reply if last else None,
    )
