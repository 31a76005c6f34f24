"""Packages of papers: asked for by an officer, made by a worker, kept for a while, removed.

One paper after another is made and the job held in between; the zip is stored whole in the transaction that
closes the job. A worker that dies leaves nothing half: the next one begins anew.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import db, now, transaction
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotFound, PortalError
from review_portal.domain.messages import mark
from review_portal.domain.policy import Viewer
from review_portal.exports.bundle import Entry, write_zip
from review_portal.models.accounts import Account, Grant
from review_portal.models.calls import Call
from review_portal.models.files import StoredFile
from review_portal.models.jobs import Job
from review_portal.services import audit, bundle_views, files, job_queue, pdf_copies, scopes
from review_portal.services.audit import Host
from review_portal.services.bundle_views import KIND, own_call
from review_portal.services.job_queue import Claimed
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import GROUPS, Paper

FORMS = ("docx", "pdf", "both")
WORKER = Host(name="后台任务")


def queue(actor: Viewer, *, call: str, kinds: Collection[str], form: str = "docx", key: str = "") -> str:
    """Ask for a package of these kinds; the same `key` asks once. Returns the job's public id.

    form: docx, pdf (Word papers as PDF) or both. Raises `NotFound`, `NotAllowed`, `Invalid` where nothing is
    chosen, `Conflict` where nothing can be made, one is under way, or this machine makes no PDF.
    """
    chosen = sorted(set(kinds))
    if not chosen or form not in FORMS:
        raise Invalid(mark("请至少选择一种文书。"))
    if form != "docx":
        pdf_copies.require()
    total = len(catalogue.listed(actor, own_call(actor, call), kinds=chosen))
    if not total:
        raise Conflict(mark("所选文书现在没有可以生成的，请重新选择。"))
    once = f"bundle:{actor.account_id}:{key[:40]}" if key else None
    with transaction() as session:
        row = scopes.office_call(actor, call, session=session, lock=True)
        made = None if once is None else session.scalar(sa.select(Job.public_id).where(Job.key == once))
        if made is not None:
            return made
        _refuse_second(session, row, actor)
        job = job_queue.enqueue(
            session,
            KIND,
            call_id=row.id,
            payload={"kinds": chosen, "form": form},
            total=total,
            queued_by=actor.account_id,
            key=once,
        )
        audit.record(
            session,
            actor,
            "ask_bundle",
            object_kind="call",
            object_id=row.public_id,
            call_id=row.id,
            detail={"bundled": total},
        )
        public_id = job.public_id
    job_queue.wake()
    return public_id


def _refuse_second(session: Session, row: Call, actor: Viewer) -> None:
    running = sa.select(Job.id).where(
        Job.kind == KIND,
        Job.call_id == row.id,
        Job.queued_by == actor.account_id,
        Job.state.in_(("queued", "running")),
    )
    if session.scalar(running.limit(1)) is not None:
        raise Conflict(mark("上一个文书包还在生成，请等它完成后再开始。"))


def work(job: Claimed, stopping: Callable[[], bool]) -> bool:
    """A worker's turn: make every paper, then store the zip. False when told to stop before the end.

    Raises `Lost`.
    """
    try:
        viewer, call = _whose(job)
        papers = catalogue.listed(viewer, call, kinds=job.payload["kinds"])
    except NotFound as refused:
        _close(job, "failed", str(refused.message) or "已无权办理。", {})
        return True
    entries: list[Entry] = []
    for count, paper in enumerate(papers, start=1):
        if stopping():
            return False
        entries += _entries(viewer, call, paper, job.payload["form"])
        db.session.rollback()
        with transaction() as session:
            job_queue.hold(session, job.job_id, job.worker, done=count, message="")
    _store(job, viewer, call, entries)
    return True


def _whose(job: Claimed) -> tuple[Viewer, Call]:
    """Who asked, with the roles held now, and the call. Raises `NotFound` when it is no longer theirs."""
    session = db.session()
    account, call = session.execute(
        sa.select(Account, Call)
        .join(Job, Job.queued_by == Account.id)
        .join(Call, Call.id == Job.call_id)
        .where(Job.id == job.job_id)
    ).one()
    grants = session.execute(
        sa.select(Grant.role, Grant.call_id).where(Grant.account_id == account.id, Grant.revoked_at.is_(None))
    )
    viewer = Viewer(account.id, account.public_id, account.name, frozenset((r, c) for r, c in grants))
    if not account.active or not viewer.has("secretariat", call.id):
        raise NotFound()
    return viewer, call


def _entries(viewer: Viewer, call: Call, paper: Paper, form: str) -> list[Entry]:
    """The paper in the forms asked for; one that cannot be made stands with its reason instead."""
    folder = str(GROUPS[paper.kind.group])
    dated = paper.dated.isoformat() if paper.dated else ""
    named = Entry(folder, f"{paper.name}.{paper.kind.suffix}", dated, None)
    try:
        name, data = catalogue.make(viewer, call, paper)
        found = (
            [] if form == "pdf" and paper.kind.suffix == "docx" else [replace(named, name=name, data=data)]
        )
        if form != "docx" and paper.kind.suffix == "docx":
            name, data = pdf_copies.of(name, data)
            found.append(replace(named, name=name, data=data))
    except PortalError as refused:
        return [replace(named, reason=str(refused.message))]
    except Exception as problem:  # noqa: BLE001 - one broken paper does not cost the others
        return [replace(named, reason=f"生成时出错（{type(problem).__name__}），请联系管理员。")]
    return found


def _store(job: Claimed, viewer: Viewer, call: Call, entries: list[Entry]) -> None:
    data = write_zip(f"{call.title}　文书", entries)
    lacking = sum(entry.data is None for entry in entries)
    call_id, public_id, title = call.id, call.public_id, call.title
    with transaction() as session:
        name = f"{title[:60]}_文书_{local_date(now()).isoformat()}.zip"
        row = files.put(session, data, name=name, media_type="application/zip", actor_id=viewer.account_id)
        _close(job, "done", "", {"file": row.public_id, "sha256": row.sha256, "lacking": lacking}, session)
        audit.record(
            session,
            WORKER,
            "make_bundle",
            object_kind="call",
            object_id=public_id,
            call_id=call_id,
            detail={"bundled": len(entries) - lacking, "not_made": lacking, "file": row.sha256},
        )


def _close(
    job: Claimed, state: str, message: str, found: dict[str, object], session: Session | None = None
) -> None:
    if session is None:
        with transaction() as own:
            return _close(job, state, message, found, own)
    row = session.scalars(
        sa.select(Job).where(Job.id == job.job_id, Job.claimed_by == job.worker, Job.state == "running")
    ).first()
    if row is None:
        raise job_queue.Lost()
    row.payload = {**row.payload, **found}
    row.state, row.message, row.finished_at, row.claimed_by = state, message[:200], now(), None


def remove(actor: Viewer, *, call: str, job: str) -> None:
    """Remove a finished package's file; that it was made stays known. Raises `NotFound`."""
    _drop(actor, bundle_views.own_job(actor, call=call, job=job).id)


def remove_old() -> int:
    """Remove every package that has been kept for `bundle_views.KEPT`; how many. Of two nodes one does it."""
    done = sa.select(Job.id, Job.payload).where(
        Job.kind == KIND, Job.state == "done", Job.finished_at < now() - bundle_views.KEPT
    )
    old = [row.id for row in db.session.execute(done).all() if row.payload.get("file")]
    db.session.rollback()
    removed = 0
    for job_id in old:
        with suppress(NotFound):
            _drop(WORKER, job_id)
            removed += 1
    return removed


def _drop(by: Viewer | Host, job_id: int) -> None:
    with transaction() as session:
        row, call = session.execute(
            sa.select(Job, Call.public_id)
            .join(Call, Call.id == Job.call_id)
            .where(Job.id == job_id)
            .with_for_update(of=Job)
        ).one()
        stored = session.scalars(
            sa.select(StoredFile).where(StoredFile.public_id == row.payload.get("file"))
        ).first()
        if stored is None:
            raise NotFound()
        row.payload = {**row.payload, "file": ""}
        audit.record(
            session,
            by,
            "remove_bundle",
            object_kind="call",
            object_id=call,
            call_id=row.call_id,
            detail={"file": stored.sha256},
        )
        sha256 = stored.sha256
        alone = session.scalar(sa.select(sa.func.count()).where(StoredFile.sha256 == sha256)) == 1
    if alone:
        files.discard(sha256)
