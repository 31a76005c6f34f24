"""A worker's side of jobs: take one, give it back, close it."""

from __future__ import annotations

import sqlalchemy as sa

from review_portal.db import now, transaction
from review_portal.domain.messages import mark
from review_portal.models.jobs import Job
from review_portal.services.job_queue import LEASE, Claimed

ATTEMPTS = 5  # a job that breaks its worker again and again is put aside


def claim(worker: str) -> Claimed | None:
    """The oldest job that waits or whose worker has died, now this worker's. None when there is none.

    The update repeats the condition, so that of two workers one gets the job.
    """
    with transaction() as session:
        at = now()
        free = sa.or_(Job.state == "queued", sa.and_(Job.state == "running", Job.lease_until < at))
        for job in session.execute(
            sa.select(Job.id, Job.kind, Job.payload, Job.attempts).where(free).order_by(Job.id)
        ).all():
            mine = sa.update(Job).where(Job.id == job.id, free)
            if job.attempts >= ATTEMPTS:
                words = mark("多次中断，已停止。").msgid
                session.execute(mine.values(state="failed", message=words, finished_at=at, claimed_by=None))
                continue
            taken = session.scalar(
                mine.values(
                    state="running",
                    claimed_by=worker,
                    attempts=Job.attempts + 1,
                    heartbeat_at=at,
                    lease_until=at + LEASE,
                ).returning(Job.id)
            )
            if taken is not None:
                return Claimed(job.id, job.kind, job.payload, worker)
    return None


def release(job: Claimed) -> None:
    """Give a job back unfinished, when the portal stops: the next worker goes on with it at once."""
    with transaction() as session:
        session.execute(
            sa.update(Job)
            .where(Job.id == job.job_id, Job.state == "running", Job.claimed_by == job.worker)
            .values(state="queued", claimed_by=None, lease_until=None, attempts=Job.attempts - 1)
        )
