"""Reminders to experts with open sheets: queued by an officer or by the rules' days, sent by a worker.

Each expert is a row that is claimed before the letter goes out. What broke off in between is told as unknown
and not sent again: at most one letter, never two.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.clock import OFFICE_ZONE
from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Conflict
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_email
from review_portal.exports.reminder_letter import subject, text
from review_portal.models.calls import Call, Round
from review_portal.models.jobs import Job, Reminder, ReminderEvent
from review_portal.services import audit, held, job_queue, mail, own_deadlines, scopes
from review_portal.services.audit import Host
from review_portal.services.job_queue import Claimed
from review_portal.services.mail import Outcome
from review_portal.services.own_deadlines import Owing
from review_portal.services.reminder_rows import AGAIN_AFTER, RESULTS, letter_of, standing_result
from review_portal.services.rules import rules_of

FROM_HOUR = time(9)  # office time; nobody is written to at night
WORKER = Host(name="后台任务")


@dataclass(frozen=True, slots=True)
class Letter:
    """A claimed reminder, ready to be sent."""

    reminder_id: int
    to: str
    subject: str
    text: str
    identity: str


def queue(actor: Viewer, *, round_: str, again: bool = False, request_key: str = "") -> str:
    """Queue a letter to every expert with open sheets who has had none lately; `again`: to all of them.

    The same `request_key` queues once. Returns the job's public id. Raises `NotFound`, `NotAllowed`,
    `Conflict` when not scoring, without a mail server, while a job runs, with nobody to write to.
    """
    with transaction() as session:
        row = scopes.known_round(actor, round_, session=session, lock=True)
        policy.can_run_call(actor, row.call_id).require()
        key = f"click:{request_key[:64]}" if request_key else None
        if key is not None:
            made = session.scalar(sa.select(Job.public_id).where(Job.key == key, Job.call_id == row.call_id))
            if made is not None:
                return made
        _refuse_unready(session, row)
        found = own_deadlines.members(session, row)
        due = _not_lately(session, [one for one in found if one.open_sheets], again)
        if not due:
            raise Conflict(mark("没有需要提醒的专家：评分均已提交，或20小时内已提醒过。"))
        job = _enqueue(session, row, due, queued_by=actor.account_id, key=key)
        audit.record(
            session,
            actor,
            "send_reminders",
            object_kind="round",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={"people": len(due)},
        )
        public_id = job.public_id
    job_queue.wake()
    return public_id


def _refuse_unready(session: Session, row: Round) -> None:
    if not mail.configured():
        raise Conflict(mark("未设置邮件服务器，不能发送。请复制下面的文字，用短信或微信发送。"))
    if row.state != "scoring":
        raise Conflict(mark("本轮不在评分中，没有需要提醒的评分。"))
    unfinished = session.scalars(
        sa.select(Job.payload).where(
            Job.call_id == row.call_id, Job.kind == "remind", Job.state.in_(("queued", "running"))
        )
    )
    if any(payload["round"] == row.public_id for payload in unfinished):
        raise Conflict(mark("本轮的提醒正在发送，请等待发送完毕。"))


def _not_lately(session: Session, found: list[Owing], again: bool) -> list[Owing]:
    if again:
        return found
    last = own_deadlines.last_reminded(session, [one.member.id for one in found])
    since = now() - AGAIN_AFTER
    return [one for one in found if one.member.id not in last or last[one.member.id] <= since]


def _enqueue(
    session: Session, row: Round, due: list[Owing], *, queued_by: int | None, key: str | None
) -> Job:
    job = job_queue.enqueue(
        session,
        "remind",
        call_id=row.call_id,
        payload={"round": row.public_id},
        total=len(due),
        queued_by=queued_by,
        key=key,
    )
    session.add_all(Reminder(job_id=job.id, member_id=one.member.id) for one in due)
    session.flush()
    return job


def queue_due() -> int:
    """Queue today's automatic reminders, each round's once a day. How many jobs were made.

    `[reminders] days_before` of the call counts back from each expert's own deadline.
    """
    at = now()
    if not mail.configured() or at.astimezone(OFFICE_ZONE).time() < FROM_HOUR:
        return 0
    session = db.session()
    scoring = session.execute(
        sa.select(Round, Call).join(Call, Call.id == Round.call_id).where(Round.state == "scoring")
    ).all()
    due = [
        row.id for row, call in scoring if not held.stands(session, row) and _due_on(session, row, call, at)
    ]
    return sum(_queue_day(round_id, at) for round_id in due)


def _key(row: Round, at: datetime) -> str:
    return f"day:{row.public_id}:{at.astimezone(OFFICE_ZONE).date().isoformat()}"


def _due_on(session: Session, row: Round, call: Call, at: datetime) -> list[Owing]:
    """Who is to be written to on this day by the rules, unless that has been done."""
    days, today = rules_of(call).reminder_days, at.astimezone(OFFICE_ZONE).date()
    if not days or session.scalar(sa.select(Job.id).where(Job.key == _key(row, at))) is not None:
        return []
    found = [
        one
        for one in own_deadlines.members(session, row)
        if one.open_sheets and one.deadline is not None and one.deadline > at
        if (one.deadline.astimezone(OFFICE_ZONE).date() - today).days in days
    ]
    return _not_lately(session, found, again=False)


def _queue_day(round_id: int, at: datetime) -> int:
    with transaction() as session:
        row = session.scalars(sa.select(Round).where(Round.id == round_id).with_for_update()).one()
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        due = _due_on(session, row, call, at) if row.state == "scoring" else []
        if not due:  # another worker was faster, or the round has ended
            return 0
        _enqueue(session, row, due, queued_by=None, key=_key(row, at))
        audit.record(
            session,
            WORKER,
            "send_reminders",
            object_kind="round",
            object_id=row.public_id,
            call_id=row.call_id,
            detail={"people": len(due)},
        )
        return 1


def next_letter(job: Claimed) -> Letter | None:
    """Claim the job's next expert and say how far it is; None when all are done, then the job is closed.

    Who has nothing open any more, no address, or has left is skipped with the reason. Raises `Lost`.
    """
    with transaction() as session:
        _tell_broken_off(session, job.job_id)
        pending = session.scalars(
            sa.select(Reminder)
            .where(Reminder.job_id == job.job_id, ~_events().exists())
            .order_by(Reminder.id)
        ).all()
        row = session.scalars(sa.select(Round).where(Round.public_id == job.payload["round"])).one()
        call = session.scalars(sa.select(Call).where(Call.id == row.call_id)).one()
        by_member = {one.member.id: one for one in own_deadlines.members(session, row)}
        letter = None
        for reminder in pending:
            owing = by_member.get(reminder.member_id)
            why = _why_not(row, owing)
            if why:
                _note(session, reminder.id, Outcome("skipped", why))
                continue
            assert owing is not None
            letter = _claim(session, reminder, call, row, owing)
            break
        done = _results(session, job.job_id)
        words = mark("正在逐人发送").msgid if letter else ""
        job_queue.hold(session, job.job_id, job.worker, done=sum(done.values()), message=words)
        if letter is None:
            _close(session, job, row, done)
        return letter


def _events() -> sa.Select[Any]:
    return sa.select(ReminderEvent.id).where(ReminderEvent.reminder_id == Reminder.id)


def _why_not(row: Round, owing: Owing | None) -> str:
    if row.state != "scoring":
        return "closed"
    if owing is None:
        return "left"
    if not owing.open_sheets:
        return "nothing_open"
    return "" if owing.expert.email.strip() else "no_address"


def _claim(session: Session, reminder: Reminder, call: Call, row: Round, owing: Owing) -> Letter:
    letter = letter_of(call, row, owing, current_app.extensions["settings"].public_url)
    to = owing.expert.email.strip()
    session.add(
        ReminderEvent(
            reminder_id=reminder.id,
            kind="claimed",
            at=now(),
            address=masked_email(to)[:200],
            open_sheets=owing.open_sheets,
            deadline=owing.deadline,
        )
    )
    session.flush()
    identity = f"reminder-{row.public_id}-{reminder.id}"
    return Letter(reminder.id, to, subject(letter), text(letter), identity)


def _note(session: Session, reminder_id: int, outcome: Outcome) -> None:
    session.add(
        ReminderEvent(
            reminder_id=reminder_id,
            kind=outcome.kind,
            at=now(),
            error=outcome.error,
            reply=outcome.reply,
        )
    )
    session.flush()


def _tell_broken_off(session: Session, job_id: int) -> None:
    """Claimed by an earlier worker of this job, and nothing said since."""
    ended = _events().where(ReminderEvent.kind != "claimed")
    claimed = _events().where(ReminderEvent.kind == "claimed")
    for reminder_id in session.scalars(
        sa.select(Reminder.id).where(Reminder.job_id == job_id, claimed.exists(), ~ended.exists())
    ).all():
        _note(session, reminder_id, Outcome("unknown", "broken_off"))


def record(letter: Letter, outcome: Outcome) -> None:
    """Keep what the mail server said; the truth is kept even when the job is somebody else's by now."""
    with transaction() as session:
        _note(session, letter.reminder_id, outcome)


def _results(session: Session, job_id: int) -> dict[str, int]:
    kinds: dict[int, set[str]] = {}
    for reminder_id, kind in session.execute(
        sa.select(ReminderEvent.reminder_id, ReminderEvent.kind)
        .join(Reminder, Reminder.id == ReminderEvent.reminder_id)
        .where(Reminder.job_id == job_id)
    ):
        kinds.setdefault(reminder_id, set()).add(kind)
    found = [standing_result(given) for given in kinds.values()]
    return {kind: found.count(kind) for kind in RESULTS}


def _close(session: Session, job: Claimed, row: Round, done: Mapping[str, int]) -> None:
    bad = done["failed"] + done["unknown"]
    words = mark("发送完毕，有未确认送达的，见下表。") if bad else mark("发送完毕。")
    state = "failed" if bad and not done["sent"] else "done"
    session.execute(
        sa.update(Job)
        .where(Job.id == job.job_id)
        .values(state=state, message=words.msgid, finished_at=now(), claimed_by=None, lease_until=None)
    )
    audit.record(
        session,
        WORKER,
        "finish_reminders",
        object_kind="round",
        object_id=row.public_id,
        call_id=row.call_id,
        detail={"reminded": done["sent"], "unsent": done["failed"], "unsure": done["unknown"]},
    )
