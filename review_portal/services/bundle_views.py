"""An officer's own packages of papers: what can be chosen, how far each is, the finished file.

A package is made with its officer's eyes (a draw hides names from some), so nobody else is given it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa

from review_portal.db import db, now
from review_portal.domain import policy
from review_portal.domain.errors import NotFound
from review_portal.domain.messages import Message
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call
from review_portal.models.files import StoredFile
from review_portal.models.jobs import Job
from review_portal.services import files, scopes
from review_portal.services.papers import catalogue
from review_portal.services.papers.kinds import GROUPS

KIND = "bundle"
KEPT = timedelta(days=7)  # after it a package is removed by itself: it holds names, and can be made again
_TAKEN_UP = timedelta(minutes=2)  # a worker looks every minute


@dataclass(frozen=True, slots=True)
class Choice:
    """A step of the call and the kinds of papers that it has now: key, title, how many."""

    key: str
    title: Message
    kinds: tuple[tuple[str, str, int], ...]


@dataclass(frozen=True, slots=True)
class Package:
    """One package. `lacking`: papers not made; `idle`: no worker takes it up; `ready`: its file is there."""

    public_id: str
    state: str
    done: int
    total: int
    message: str
    form: str
    queued_at: datetime
    finished_at: datetime | None
    sha256: str
    lacking: int
    idle: bool
    ready: bool
    kept_until: datetime | None


def own_call(viewer: Viewer, call: str) -> Call:
    """The call, for its secretariat alone. Raises `NotFound`, `NotAllowed`."""
    row = scopes.office_call(viewer, call)
    policy.can_run_call(viewer, row.id).require()
    return row


def choices(viewer: Viewer, *, call: str) -> Sequence[Choice]:
    """What can be packed now. Raises `NotFound`, `NotAllowed`."""
    found = catalogue.listed(viewer, own_call(viewer, call))
    counts: dict[str, dict[str, tuple[str, int]]] = {}
    for paper in found:
        kinds = counts.setdefault(paper.kind.group, {})
        kinds[paper.kind.key] = (paper.kind.title, kinds.get(paper.kind.key, ("", 0))[1] + 1)
    return [
        Choice(group, title, tuple((key, name, count) for key, (name, count) in counts[group].items()))
        for group, title in GROUPS.items()
        if group in counts
    ]


def packages(viewer: Viewer, *, call: str) -> Sequence[Package]:
    """The viewer's packages of a call, the newest first."""
    row = own_call(viewer, call)
    mine = sa.select(Job).where(Job.kind == KIND, Job.call_id == row.id, Job.queued_by == viewer.account_id)
    return [_package(job) for job in db.session.scalars(mine.order_by(Job.id.desc()))]


def package(viewer: Viewer, *, call: str, job: str) -> Package:
    """One of them. Raises `NotFound`."""
    return _package(own_job(viewer, call=call, job=job))


def own_job(viewer: Viewer, *, call: str, job: str) -> Job:
    """The row of the viewer's package. Raises `NotFound`."""
    row = own_call(viewer, call)
    found: Job | None = db.session.scalars(
        sa.select(Job).where(
            Job.public_id == job,
            Job.kind == KIND,
            Job.call_id == row.id,
            Job.queued_by == viewer.account_id,
        )
    ).first()
    if found is None:
        raise NotFound()
    return found


def file(viewer: Viewer, *, call: str, job: str) -> tuple[str, bytes]:
    """Name and bytes of a finished package. Raises `NotFound` before it is done and once it is removed."""
    public_id = own_job(viewer, call=call, job=job).payload.get("file")
    row_id = db.session.scalar(sa.select(StoredFile.id).where(StoredFile.public_id == public_id))
    if row_id is None:
        raise NotFound()
    row, data = files.read(row_id)
    return row.name, data


def _package(job: Job) -> Package:
    waiting = job.state == "queued" or (job.state == "running" and job.lease_until is not None)
    since = job.queued_at if job.state == "queued" else job.lease_until
    return Package(
        job.public_id,
        job.state,
        job.done,
        job.total,
        job.message,
        job.payload.get("form", "docx"),
        job.queued_at,
        job.finished_at,
        job.payload.get("sha256", ""),
        job.payload.get("lacking", 0),
        waiting and since is not None and now() > since + _TAKEN_UP,
        job.state == "done" and bool(job.payload.get("file")),
        job.finished_at + KEPT if job.finished_at else None,
    )
