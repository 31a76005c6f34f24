"""What the office reads of a call's archives: those that were made, one under way, one to download."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.errors import Conflict, NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.accounts import Account
from review_portal.models.archives import Archive
from review_portal.models.files import StoredFile
from review_portal.models.jobs import Job
from review_portal.services import archive_building, files, scopes

IDLE = timedelta(minutes=2)


@dataclass(frozen=True, slots=True)
class ArchiveLine:
    """One archive. `may_fetch`: whether this viewer may download it."""

    public_id: str
    profile: str
    final: bool
    made_at: datetime
    made_by: str
    size: int
    files: int
    left_out: int
    manifest: str
    entries: int
    label: str
    may_fetch: bool


@dataclass(frozen=True, slots=True)
class ArchiveJob:
    """How far the newest archive is. `idle`: nobody takes it up."""

    public_id: str
    profile: str
    state: str
    done: int
    total: int
    message: Message
    queued_at: datetime
    finished_at: datetime | None
    idle: bool


@dataclass(frozen=True, slots=True)
class ArchivePage:
    """`refusal`: why none can be made now, None when one can. `final`: what is made now is the final one."""

    archives: tuple[ArchiveLine, ...]
    job: ArchiveJob | None
    refusal: Message | None
    final: bool
    may_ask: bool


def page(viewer: Viewer, *, call: str) -> ArchivePage:
    """Everything that the page of archives shows. Raises `NotFound`."""
    session = db.session()
    row = scopes.office_call(viewer, call)
    refusal = None
    try:
        archive_building.refuse_unready(session, row)
    except Conflict as problem:
        refusal = problem.message
    runs = bool(policy.can_run_call(viewer, row.id))
    found = session.execute(
        sa.select(Archive, Account.name, StoredFile.size)
        .join(Account, Account.id == Archive.made_by)
        .join(StoredFile, StoredFile.id == Archive.file_id)
        .where(Archive.call_id == row.id)
        .order_by(Archive.id.desc())
    )
    lines = tuple(
        ArchiveLine(
            item.public_id,
            item.profile,
            item.final,
            item.made_at,
            name,
            size,
            item.files,
            item.left_out,
            item.manifest,
            item.entries,
            item.label,
            runs or item.profile == "masked",
        )
        for item, name, size in found
    )
    newest = session.scalars(
        sa.select(Job).where(Job.call_id == row.id, Job.kind == "archive").order_by(Job.id.desc()).limit(1)
    ).first()
    final = row.state in archive_building.FINAL
    return ArchivePage(lines, _job(newest) if newest else None, refusal, final, runs)


def job(viewer: Viewer, *, call: str, job: str) -> ArchiveJob:
    """How far one archive is. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.scalars(
        sa.select(Job).where(Job.call_id == row.id, Job.kind == "archive", Job.public_id == job)
    ).first()
    if found is None:
        raise NotFound()
    return _job(found)


def _job(row: Job) -> ArchiveJob:
    at = now()
    idle = row.state == "queued" and at - row.queued_at > IDLE
    return ArchiveJob(
        row.public_id,
        row.payload["profile"],
        row.state,
        row.done,
        row.total,
        Message(row.message),
        row.queued_at,
        row.finished_at,
        idle or (row.state == "running" and row.lease_until is not None and row.lease_until < at),
    )


def fetch(viewer: Viewer, *, call: str, archive: str) -> tuple[Path, str]:
    """Where an archive lies and what it is called. The whole one is the secretariat's. Raises `NotFound`."""
    row = scopes.office_call(viewer, call)
    found = db.session.execute(
        sa.select(Archive, StoredFile)
        .join(StoredFile, StoredFile.id == Archive.file_id)
        .where(Archive.call_id == row.id, Archive.public_id == archive)
    ).first()
    if found is None or (found[0].profile == "full" and not policy.can_run_call(viewer, row.id)):
        raise NotFound()
    return files.place_of(found[1].sha256), found[1].name
