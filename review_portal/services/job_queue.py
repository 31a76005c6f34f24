"""Queueing inside the transaction of the act that wants the work done, and holding on to a claimed job.

A row and a thread, no task queue: the row alone survives a crash, is seen by every node and shows how far the
work has come; waking a sleeping thread is one event. A library that only wakes would be one more part to run.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from flask import current_app
from sqlalchemy.orm import Session

from review_portal.db import now
from review_portal.domain.errors import Conflict
from review_portal.models.jobs import Job

LEASE = timedelta(minutes=3)  # longer than one letter can take with every step at its time limit
WAKE = "jobs_wake"  # in app.extensions: the event that a worker of this process sleeps on


@dataclass(frozen=True, slots=True)
class Claimed:
    """A job that this worker alone works on, until its lease runs out."""

    job_id: int
    kind: str
    payload: Mapping[str, Any]
    worker: str


class Lost(Conflict):
    """The job is no longer this worker's: its lease ran out and another has taken it up."""


def enqueue(
    session: Session,
    kind: str,
    *,
    call_id: int | None,
    payload: Mapping[str, object],
    total: int,
    queued_by: int | None,
    key: str | None = None,
) -> Job:
    """A job that exists once the caller's transaction commits; the caller then wakes the worker."""
    job = Job(
        kind=kind,
        call_id=call_id,
        key=key,
        payload=dict(payload),
        total=total,
        queued_at=now(),
        queued_by=queued_by,
    )
    session.add(job)
    session.flush()
    return job


def wake() -> None:
    """Tell this process's worker, if it has one; others find the row when they next look."""
    event: threading.Event | None = current_app.extensions.get(WAKE)
    if event is not None:
        event.set()


def hold(session: Session, job_id: int, worker: str, *, done: int, message: str) -> None:
    """Say how far the work is and keep the job for another while. Raises `Lost`."""
    at = now()
    held = session.scalar(
        sa.update(Job)
        .where(Job.id == job_id, Job.state == "running", Job.claimed_by == worker)
        .values(done=done, message=message, heartbeat_at=at, lease_until=at + LEASE)
        .returning(Job.id)
    )
    if held is None:
        raise Lost()
