"""Telling applicants the result: mail queued by an officer, sent by a worker; how each letter was delivered.

As with reminders each applicant is a row that is claimed before the mail goes out: at most one, never two.
Nothing is sent before the list is final. The mail says the outcome in words; what the sealed letter says
beyond it, scores and opinion, is not sent by mail.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal import clock
from review_portal.db import now, transaction
from review_portal.domain import policy
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Held, Invalid, NotFound
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.domain.register import masked_email
from review_portal.exports import result_letter as export
from review_portal.models.calls import Call
from review_portal.models.final_lists import FinalList, ResultDelivery, ResultNotice, ResultNoticeEvent
from review_portal.models.jobs import Job
from review_portal.services import (
    audit,
    held,
    job_queue,
    mail,
    result_letter_facts,
    result_letter_rows,
    scopes,
)
from review_portal.services.audit import Host
from review_portal.services.bindings import Bound
from review_portal.services.job_queue import Claimed
from review_portal.services.mail import Outcome
from review_portal.services.result_letter_facts import WAYS, Letter
from review_portal.services.rules import rules_of

WORKER = Host(name="后台任务")
RECEIVER_MAX, NOTE_MAX = 100, 200


@dataclass(frozen=True, slots=True)
class ResultMail:
    """A claimed mail, ready to be sent."""

    notice_id: int
    to: str
    subject: str
    text: str
    identity: str


def queue(actor: Viewer, *, call: str, request_key: str = "") -> str:
    """Queue a mail to every applicant who has not been told this outcome. The job's public id.

    The same `request_key` queues once. Raises `Conflict` before the list is final, without a mail server,
    while a job runs, with facts missing or with nobody left to write to.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        key = f"result:{row.public_id}:{request_key[:32]}" if request_key else None
        if key is not None:
            known = session.scalar(sa.select(Job.public_id).where(Job.key == key))
            if known is not None:
                return known
        last = result_letter_rows.final(session, row)
        if not mail.configured():
            raise Conflict(mark("未设置邮件服务器，不能发送邮件。请打印告知书送达，或请管理员设置。"))
        if result_letter_rows.running(session, row) is not None:
            raise Conflict(mark("结果告知邮件正在发送，请等发送完毕。"))
        found = result_letter_facts.letters(session, row, rules_of(row), last)
        refuse_missing(found)
        due = result_letter_rows.due(session, row, found)
        if not due:
            raise Conflict(mark("没有需要发送的邮件：各单位均已告知，或申报书没有留邮箱。"))
        job = job_queue.enqueue(
            session,
            "notify",
            call_id=row.id,
            payload={"list": last.public_id},
            total=len(due),
            queued_by=actor.account_id,
            key=key,
        )
        session.add_all(
            ResultNotice(
                job_id=job.id,
                list_id=last.id,
                dossier_id=one.dossier_id,
                outcome=one.outcome,
                letter=hashlib.sha256(export.write_docx([one.letter])).hexdigest(),
            )
            for one in due
        )
        session.flush()
        audit.record(
            session,
            actor,
            "send_results",
            object_kind="final_list",
            object_id=last.public_id,
            call_id=row.id,
            detail={"people": len(due), "list": last.digest},
        )
        public_id = job.public_id
    job_queue.wake()
    return public_id


def refuse_missing(found: list[Letter]) -> None:
    """Raise `Conflict` naming the facts that the letters still lack."""
    lacking = dict.fromkeys(label for one in found for label in one.letter.missing())
    if lacking:
        raise Conflict(
            mark(
                "结果告知书还有待填事项：%(names)s。请登记“更正文字”的名单变更，补齐后另出一版。",
                names="、".join(lacking),
            )
        )


def next_letter(job: Claimed) -> ResultMail | None:
    """Claim the job's next applicant; None when all are done, then the job is closed. Raises `Lost`.

    Who has no address, has left the list's letters, or whose outcome is another by now is skipped.
    """
    with transaction() as session:
        _tell_broken_off(session, job.job_id)
        row, last = _of_job(session, job)
        pending = session.scalars(
            sa.select(ResultNotice)
            .where(ResultNotice.job_id == job.job_id, ~result_letter_rows.events().exists())
            .order_by(ResultNotice.id)
        ).all()
        made = None
        if pending:
            known = {
                one.dossier_id: one for one in result_letter_facts.letters(session, row, rules_of(row), last)
            }
            paused = _held(session, row, last)
            for notice in pending:
                one = known.get(notice.dossier_id)
                why = "held" if paused else _why_not(session, row, last, notice, one)
                if why or one is None:
                    _note(session, notice.id, Outcome("skipped", why))
                    continue
                made = _claim(session, notice, one, last)
                break
        done = result_letter_rows.results_of(session, job.job_id)
        words = mark("正在逐家发送").msgid if made else ""
        job_queue.hold(session, job.job_id, job.worker, done=sum(done.values()), message=words)
        if made is None:
            _close(session, job, row, last, done)
        return made


def _of_job(session: Session, job: Claimed) -> tuple[Call, FinalList]:
    last = session.scalars(sa.select(FinalList).where(FinalList.public_id == job.payload["list"])).one()
    return session.scalars(sa.select(Call).where(Call.id == last.call_id)).one(), last


def _held(session: Session, call: Call, last: FinalList) -> bool:
    """Whether a supervisor holds the call: then no letter goes out."""
    try:
        held.refuse_held(
            session,
            "send_results",
            object_kind="final_list",
            object_id=last.public_id,
            call_id=call.id,
            detail={},
        )
    except Held:
        return True
    return False


def _why_not(session: Session, call: Call, last: FinalList, notice: ResultNotice, one: Letter | None) -> str:
    newer = sa.select(FinalList.id).where(FinalList.call_id == call.id, FinalList.ordinal > last.ordinal)
    if call.state == "publicity" or session.scalar(newer.limit(1)) is not None:
        return "outdated"
    if one is None or one.outcome != notice.outcome:
        return "left"
    return "" if one.email else "no_address"


def _claim(session: Session, notice: ResultNotice, one: Letter, last: FinalList) -> ResultMail:
    session.add(
        ResultNoticeEvent(
            notice_id=notice.id, kind="claimed", at=now(), address=masked_email(one.email)[:200]
        )
    )
    session.flush()
    identity = f"result-{last.public_id}-{notice.id}"
    return ResultMail(
        notice.id, one.email, export.mail_subject(one.letter), export.mail_text(one.letter), identity
    )


def _note(session: Session, notice_id: int, outcome: Outcome) -> None:
    session.add(
        ResultNoticeEvent(
            notice_id=notice_id, kind=outcome.kind, at=now(), error=outcome.error, reply=outcome.reply
        )
    )
    session.flush()


def _tell_broken_off(session: Session, job_id: int) -> None:
    """Claimed by an earlier worker of this job, and nothing said since: it may have arrived."""
    events = result_letter_rows.events()
    claimed = events.where(ResultNoticeEvent.kind == "claimed")
    ended = events.where(ResultNoticeEvent.kind != "claimed")
    query = sa.select(ResultNotice.id).where(ResultNotice.job_id == job_id, claimed.exists(), ~ended.exists())
    for notice_id in session.scalars(query).all():
        _note(session, notice_id, Outcome("unknown", "broken_off"))


def record(letter: ResultMail, outcome: Outcome) -> None:
    """Keep what the mail server said; the truth is kept even when the job is somebody else's by now."""
    with transaction() as session:
        _note(session, letter.notice_id, outcome)


def _close(session: Session, job: Claimed, call: Call, last: FinalList, done: Mapping[str, int]) -> None:
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
        "finish_results",
        object_kind="final_list",
        object_id=last.public_id,
        call_id=call.id,
        detail={"reminded": done["sent"], "unsent": done["failed"], "unsure": done["unknown"]},
    )


def record_delivery(
    actor: Viewer, *, call: str, dossier: str, way: str, on: date | None, receiver: str, note: str = ""
) -> None:
    """登记送达: how the sealed letter reached its applicant; recorded again where it was wrong.

    Raises `Invalid` by field, `Conflict` before the list is final, `NotFound` for whoever gets no letter.
    """
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        policy.can_run_call(actor, row.id).require()
        last = result_letter_rows.final(session, row)
        found = {one.dossier: one for one in result_letter_facts.letters(session, row, rules_of(row), last)}
        if dossier not in found:
            raise NotFound()
        _refuse(way, on, receiver, note, last)
        assert on is not None
        one = found[dossier]
        before = sa.select(sa.func.max(ResultDelivery.ordinal)).where(
            ResultDelivery.list_id == last.id, ResultDelivery.dossier_id == one.dossier_id
        )
        made = ResultDelivery(
            list_id=last.id,
            dossier_id=one.dossier_id,
            ordinal=(session.scalar(before) or 0) + 1,
            way=way,
            delivered_on=on,
            receiver=receiver.strip(),
            note=note.strip(),
            recorded_at=now(),
            recorded_by=actor.account_id,
        )
        session.add(made)
        session.flush()
        audit.record(
            session,
            actor,
            "record_delivery",
            object_kind="dossier",
            object_id=dossier,
            call_id=row.id,
            detail={"way": made.way, "on": made.delivered_on, "ordinal": made.ordinal},
            bound=[Bound("result_delivery", made)],
        )


def _refuse(way: str, on: date | None, receiver: str, note: str, last: FinalList) -> None:
    faults: dict[str, Message] = {}
    if way not in WAYS:
        faults["way"] = mark("请选择送达方式。")
    if on is None:
        faults["on"] = mark("请填写送达日期。")
    elif on > local_date(clock.now()):
        faults["on"] = mark("送达日期晚于今天，请核对。")
    elif on < local_date(last.released_at):
        faults["on"] = mark("送达日期早于名单公布之日，请核对。")
    if not receiver.strip():
        faults["receiver"] = mark("请填写签收人或邮件单号。")
    elif len(receiver.strip()) > RECEIVER_MAX:
        faults["receiver"] = mark("最多%(most)s个字，请改短。", most=RECEIVER_MAX)
    if len(note.strip()) > NOTE_MAX:
        faults["note"] = mark("最多%(most)s个字，请改短。", most=NOTE_MAX)
    if faults:
        raise Invalid(mark("未登记，请更正标出的内容。"), faults)
