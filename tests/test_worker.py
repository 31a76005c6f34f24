"""The worker beside the server: sleeps, wakes when something is queued, stops cleanly, outlives a fault."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import now, transaction
from review_portal.models.experts import Expert
from review_portal.models.jobs import Job
from review_portal.services import job_queue, reach_views, reminders
from review_portal.worker import Worker
from tests import factories_reviews as build
from tests.engines import on_sqlite
from tests.factories import inside
from tests.factories_reviews import Scene
from tests.posting import ADDRESS, at, set_up_mail
from tests.smtp_server import Mailbox, mail_server

ROOT = Path(__file__).resolve().parent.parent
NEVER = 3600.0  # a poll that no test waits for


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def scene(app: Flask, box: Mailbox) -> Scene:
    found = build.scoring(app)
    set_up_mail(app, box)

    def give_addresses() -> None:
        with transaction() as session:
            session.execute(sa.update(Expert).values(email="someone@example.org"))

    inside(app, give_addresses)
    return found


def states(app: Flask, scene: Scene) -> list[str]:
    return inside(app, lambda: [job.state for job in reach_views.list_jobs(scene.officer, call=scene.call)])


def test_sleeping_worker_is_woken_by_what_is_queued(app: Flask, scene: Scene, box: Mailbox) -> None:
    worker = Worker(app, poll=NEVER)
    worker.start()
    try:
        inside(app, lambda: reminders.queue(scene.officer, round_=scene.round))
        letters = [box.arrived.get(timeout=180) for _expert in build.PANEL]
    finally:
        worker.stop()  # after the letter under way is recorded
    assert letters == ["someone@example.org"] * 5
    Worker(app).work_off()  # closes the job where the stop came before its last step
    assert (states(app, scene), len(box.letters)) == (["done"], 5)


@on_sqlite
def test_stop_before_the_work_leaves_it_for_the_next_start(app: Flask, scene: Scene, box: Mailbox) -> None:
    worker = Worker(app, poll=NEVER)
    worker.stop()
    inside(app, lambda: reminders.queue(scene.officer, round_=scene.round))
    assert worker.work_off() == 0
    assert (states(app, scene), box.letters) == (["queued"], [])


@on_sqlite
def test_nothing_runs_in_an_application_without_a_worker(app: Flask, scene: Scene, box: Mailbox) -> None:
    assert job_queue.WAKE not in app.extensions
    inside(app, lambda: reminders.queue(scene.officer, round_=scene.round))
    assert (states(app, scene), box.letters) == (["queued"], [])


@on_sqlite
def test_job_that_breaks_leaves_its_worker_alive_and_waits_for_the_next(app: Flask, scene: Scene) -> None:
    inside(app, lambda: reminders.queue(scene.officer, round_=scene.round))

    def break_it() -> None:
        with transaction() as session:
            session.execute(sa.update(Job).values(payload={"round": "gone"}))

    inside(app, break_it)
    assert (Worker(app, poll=NEVER).work_off(), states(app, scene)) == (1, ["running"])


@on_sqlite
def test_killed_process_costs_no_letter_and_sends_none_twice(
    app: Flask, scene: Scene, box: Mailbox, tmp_path: Path
) -> None:
    """kill -9 while the mail server has the letter and has not answered; then another node goes on."""
    inside(app, lambda: reminders.queue(scene.officer, round_=scene.round))
    box.hangs = True
    node = {
        "PORTAL_INSTANCE": str(tmp_path),
        "DATABASE_URL": "",
        "PORTAL_SMTP_HOST": "127.0.0.1",
        "PORTAL_SMTP_PORT": str(box.port),
        "PORTAL_SMTP_SECURITY": "none",
        "PORTAL_MAIL_FROM": "portal@office.example",
        "PORTAL_PUBLIC_URL": ADDRESS,
    }
    with subprocess.Popen(
        [sys.executable, "-m", "review_portal.cli", "jobs", "run"],
        cwd=ROOT,
        env=os.environ | node,
        stdout=subprocess.DEVNULL,
    ) as process:
        box.arrived.get(timeout=180)
        process.kill()
    box.hangs = False
    assert (states(app, scene), Worker(app).work_off()) == (["running"], 0)  # the lease still runs
    with at(inside(app, now) + job_queue.LEASE + timedelta(seconds=1)):
        assert Worker(app).work_off() == 1
        assert states(app, scene) == ["done"]
    _job, sent = inside(
        app,
        lambda: reach_views.view_job(
            scene.officer,
            call=scene.call,
            job=reach_views.list_jobs(scene.officer, call=scene.call)[0].public_id,
        ),
    )
    assert sorted(item.kind for item in sent) == ["sent"] * 4 + ["unknown"]
    assert len({str(letter["Message-ID"]) for letter in box.letters}) == len(box.letters) == 5


def test_node_of_its_own_works_until_sigterm(tmp_path: Path) -> None:
    with subprocess.Popen(
        [sys.executable, "-u", "-m", "review_portal.cli", "jobs", "run"],
        cwd=ROOT,
        env=os.environ | {"PORTAL_INSTANCE": str(tmp_path), "DATABASE_URL": ""},
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "正在办理后台任务（按 Ctrl+C 停止）。\n"
        process.send_signal(signal.SIGTERM)
        assert process.stdout.read() == "后台任务已停止。\n"
    assert process.returncode == 0
