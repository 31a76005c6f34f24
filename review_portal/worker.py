"""Works jobs off: a thread beside the embedded server, or `./portal jobs run` on a node of its own.

It sleeps until something is queued in this process, and looks seldom for what other nodes queued or left.
"""

from __future__ import annotations

import atexit
import contextlib
import json
import logging
import secrets
import signal
import threading
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from review_portal.services import (
    archives,
    bundles,
    job_queue,
    jobs,
    mail,
    ranking_insight,
    reminders,
    result_letters,
)
from review_portal.services.job_queue import Claimed

if TYPE_CHECKING:
    from flask import Flask

POLL = 60.0  # seconds between looks; what is queued here wakes it at once
log = logging.getLogger("review_portal")


class Worker:
    """One worker of an application. Nothing runs until `start` or `work_off`."""

    def __init__(self, app: Flask, poll: float = POLL) -> None:
        self.app, self.poll = app, poll
        self.name = secrets.token_hex(8)
        self._awake = threading.Event()
        self._stopping = threading.Event()
        self._thread: threading.Thread | None = None
        app.extensions[job_queue.WAKE] = self._awake

    def start(self) -> None:
        """Work in a thread until `stop`."""
        self._thread = threading.Thread(target=self.run, name="jobs", daemon=True)
        self._thread.start()

    def stop(self, *_given: object) -> None:
        """End after the letter under way; a job begun is given back and goes on at the next start."""
        self._stopping.set()
        self._awake.set()
        if self._thread is not None:
            self._thread.join(job_queue.LEASE.total_seconds())
            self._thread = None

    def run(self) -> None:
        """Work and sleep in turn until told to stop."""
        while not self._stopping.is_set():
            self._awake.clear()
            for turn in (self._look, self.work_off):
                try:
                    turn()
                except Exception as problem:  # noqa: BLE001 - outlives a database that is busy or away
                    _log("worker_broken", problem)
            self._awake.wait(self.poll)

    def _look(self) -> None:
        """What is due by the clock: reminders to queue, packages that have been kept long enough."""
        with self.app.app_context():
            reminders.queue_due()
            bundles.remove_old()

    def work_off(self) -> int:
        """Work on what is there until nothing is left or `stop`. How many jobs were taken up."""
        count = 0
        while not self._stopping.is_set():
            with self.app.app_context():
                job = jobs.claim(self.name)
                if job is None:
                    break
                count += 1
                self._work(job)
        return count

    def _work(self, job: Claimed) -> None:
        """One job; what breaks it is logged, and once its lease runs out it is taken up again."""
        try:
            HANDLERS[job.kind](job, self._stopping.is_set)
        except Exception as problem:  # noqa: BLE001 - after some attempts the job is put aside
            _log("job_broken", problem)


def _remind(job: Claimed, stopping: Callable[[], bool]) -> None:
    """Send letter after letter; each is claimed before and recorded after."""
    while not stopping():
        letter = reminders.next_letter(job)
        if letter is None:
            return
        reminders.record(letter, mail.send(letter.to, letter.subject, letter.text, identity=letter.identity))
    jobs.release(job)


def _notify(job: Claimed, stopping: Callable[[], bool]) -> None:
    """Tell applicant after applicant the result; each letter is claimed before and recorded after."""
    while not stopping():
        letter = result_letters.next_letter(job)
        if letter is None:
            return
        outcome = mail.send(letter.to, letter.subject, letter.text, identity=letter.identity)
        result_letters.record(letter, outcome)
    jobs.release(job)


def _analyse(job: Claimed, stopping: Callable[[], bool]) -> None:
    """The analysis of one ranking: a matter of seconds, not to be broken off."""
    ranking_insight.work(job)


def _archive(job: Claimed, stopping: Callable[[], bool]) -> None:
    """An archive is written whole or not at all; one that is broken off begins anew."""
    archives.work(job, stopping)
    if stopping():
        jobs.release(job)


def _pack(job: Claimed, stopping: Callable[[], bool]) -> None:
    """A package of papers; told to stop, it is given back and begun anew later."""
    if not bundles.work(job, stopping):
        jobs.release(job)


def attached(app: Flask) -> Flask:
    """`app` with a worker of its own, for a server that forks: call it in the serving process."""
    worker = Worker(app)
    worker.start()
    atexit.register(worker.stop)
    return app


@contextlib.contextmanager
def beside(app: Flask) -> Iterator[Worker]:
    """A worker for as long as the block serves."""
    worker = Worker(app)
    worker.start()
    try:
        yield worker
    finally:
        worker.stop()


def run_alone(app: Flask, *, once: bool, say: Callable[[str], None]) -> None:
    """Work in this process until SIGTERM or Ctrl+C, or only until nothing is left."""
    worker = Worker(app)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, worker.stop)
    if once:
        with app.app_context():
            reminders.queue_due()
        say(f"已办理后台任务 {worker.work_off()} 项。")
        return
    say("正在办理后台任务（按 Ctrl+C 停止）。")
    worker.run()
    say("后台任务已停止。")


HANDLERS: Mapping[str, Callable[[Claimed, Callable[[], bool]], None]] = {
    "remind": _remind,
    "insight": _analyse,
    "archive": _archive,
    "notify": _notify,
    "bundle": _pack,
}


def _log(event: str, problem: Exception) -> None:
    """The kind of a fault, never its text: it may hold an address."""
    told = {"at": datetime.now(UTC).isoformat(), "event": event, "kind": type(problem).__name__}
    log.info(json.dumps(told))
