"""归档: asked for by the secretariat, written by a worker, kept with its check codes; or by the host."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain import policy
from review_portal.domain.errors import Invalid, NotFound, PortalError
from review_portal.domain.messages import Message, mark
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.archives import PROFILES, Archive
from review_portal.models.calls import Call
from review_portal.models.jobs import Job
from review_portal.services import archive_building, audit, files, job_queue, scopes
from review_portal.services.archive_building import Built
from review_portal.services.audit import Actor, Host
from review_portal.services.bindings import Bound
from review_portal.services.job_queue import Claimed

KIND = "archive"
CANCELLED = mark("已取消，没有留下文件。")
_BEAT = timedelta(seconds=2)  # between two notes of how far the work is


def ask(actor: Viewer, *, call: str, profile: str) -> str:
    """Queue an archive; the job's public id. One at a time for a call: a second asking gives the first.

    Raises `NotFound`, `NotAllowed`, `Invalid`, `Conflict` before anything is frozen, while a round is
    under way and, once the call has ended, while signed originals are missing without a recorded reason.
    """
    with transaction() as session:
        row = _office_call(session, actor, call)
        policy.can_run_call(actor, row.id).require()
        if profile not in PROFILES:
            raise Invalid(mark("请选择归档种类。"), {"profile": mark("请选择归档种类。")})
        archive_building.refuse_unready(session, row)
        running = session.scalar(
            sa.select(Job.public_id).where(
                Job.call_id == row.id, Job.kind == KIND, Job.state.in_(("queued", "running"))
            )
        )
        if running is not None:
            return running
        payload = {"profile": profile, "by": actor.account_id}
        job = job_queue.enqueue(
            session, KIND, call_id=row.id, payload=payload, total=1, queued_by=actor.account_id
        )
        audit.record(
            session,
            actor,
            "ask_archive",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"profile": profile},
        )
        public_id = job.public_id
    job_queue.wake()
    return public_id


def cancel(actor: Viewer, *, call: str, job: str) -> None:
    """Stop a job; what it has written goes, one that has ended stays. Raises `NotFound`, `NotAllowed`."""
    with transaction() as session:
        row = _office_call(session, actor, call)
        policy.can_run_call(actor, row.id).require()
        stopped = session.scalar(
            sa.update(Job)
            .where(Job.public_id == job, Job.call_id == row.id, Job.kind == KIND)
            .where(Job.state.in_(("queued", "running")))
            .values(state="failed", message=CANCELLED.msgid, finished_at=now(), claimed_by=None)
            .returning(Job.public_id)
        )
        if stopped is None:
            return
        audit.record(
            session,
            actor,
            "cancel_archive",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={},
        )


def work(job: Claimed, stopping: Callable[[], bool]) -> None:
    """A worker's turn: write the archive, keep it, close the job. Raises `Lost` where it was cancelled."""
    session = db.session()
    row = session.scalars(sa.select(Call).join(Job, Job.call_id == Call.id).where(Job.id == job.job_id)).one()
    beat = _beat(job, stopping)
    try:
        with archive_building.built(session, row, job.payload["profile"], files.draft_folder(), beat) as made:
            _keep(job, row.id, made)
    except _Stopped:
        return  # given back by the worker: the next one begins anew
    except job_queue.Lost:
        raise
    except PortalError as problem:
        _fail(job, problem.message)


class _Stopped(Exception):
    """The portal stops."""


def _beat(job: Claimed, stopping: Callable[[], bool]) -> Callable[[int, int], None]:
    """Notes progress from a session of its own, so that the archive goes on reading one state."""
    app = current_app._get_current_object()  # type: ignore[attr-defined]
    last = [now() - _BEAT]

    def told(done: int, of: int) -> None:
        if stopping():
            raise _Stopped
        with app.app_context():
            if now() - last[0] < _BEAT:
                return
            last[0] = now()
            with transaction() as session:
                job_queue.hold(session, job.job_id, job.worker, done=done, message="")
                session.execute(sa.update(Job).where(Job.id == job.job_id).values(total=of))

    return told


def _keep(job: Claimed, call_id: int, made: Built) -> None:
    with transaction() as session:
        job_queue.hold(session, job.job_id, job.worker, done=1, message="")
        call = session.scalars(sa.select(Call).where(Call.id == call_id).with_for_update()).one()
        account = session.scalars(sa.select(Account).where(Account.id == job.payload["by"])).one()
        stored = files.adopt(
            session,
            made.place,
            sha256=made.sha256,
            size=made.size,
            name=file_name(call, job.payload["profile"], made),
            media_type="application/zip",
            actor_id=account.id,
        )
        row = Archive(
            call_id=call.id,
            profile=job.payload["profile"],
            final=made.final,
            file_id=stored.id,
            manifest=made.manifest,
            entries=made.entries,
            head=made.head,
            files=made.files,
            left_out=made.left_out,
            label=made.label,
            made_at=now(),
            made_by=account.id,
        )
        session.add(row)
        session.flush()
        who = Viewer(account.id, account.public_id, account.name)
        _record(session, who, call, row.profile, made, [Bound("archive", row)])
        session.execute(
            sa.update(Job)
            .where(Job.id == job.job_id)
            .values(state="done", finished_at=now(), claimed_by=None, done=Job.total)
        )


def _record(
    session: Session, actor: Actor, call: Call, profile: str, made: Built, bound: list[Bound]
) -> None:
    audit.record(
        session,
        actor,
        "make_archive",
        object_kind="call",
        object_id=call.public_id,
        call_id=call.id,
        detail={
            "profile": profile,
            "final": made.final,
            "digest": made.sha256,
            "manifest": made.manifest,
            "entries": made.entries,
            "files": made.files,
            "left_out": made.left_out,
        },
        bound=bound,
    )


def _fail(job: Claimed, message: Message) -> None:
    with transaction() as session:
        session.execute(
            sa.update(Job)
            .where(Job.id == job.job_id, Job.claimed_by == job.worker)
            .values(state="failed", message=message.msgid[:200], finished_at=now(), claimed_by=None)
        )


def file_name(call: Call, profile: str, made: Built) -> str:
    """What the zip is called."""
    kind = "归档" if made.final else "阶段归档"
    return f"{kind}_{call.public_id}_{'完整' if profile == 'full' else '遮盖'}_{made.entries}.zip"


def write_from_host(*, call: str, profile: str, folder: Path) -> tuple[Path, Built]:
    """Write the archive into a folder of the host; nothing half-written stays. Raises `NotFound`, `Conflict`,
    `Busy`.
    """
    session = db.session()
    row = session.scalars(sa.select(Call).where(Call.public_id == call)).first()
    if row is None:
        raise NotFound(mark("没有编号为%(call)s的批次。", call=call))
    with archive_building.built(session, row, profile, folder, lambda _done, _of: None) as made:
        target = folder / file_name(row, profile, made)
        made.place.replace(target)
        with transaction() as writing:
            _record(writing, Host(), row, profile, made, [])
    return target, made


def _office_call(session: Session, actor: Viewer, call: str) -> Call:
    found = session.scalars(
        scopes.office_calls(actor).where(Call.public_id == call).with_for_update()
    ).first()
    if found is None:
        raise NotFound()
    row: Call = found
    return row
