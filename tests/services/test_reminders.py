"""Reminders: who gets one, what it says, once only whatever breaks off, and what is told of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db as database
from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.models.audit import AuditEntry
from review_portal.models.calls import Round
from review_portal.models.experts import Expert
from review_portal.models.jobs import Job
from review_portal.services import (
    audit,
    extensions,
    holds,
    job_queue,
    jobs,
    mail,
    reach_views,
    reminders,
    reviews,
)
from review_portal.worker import Worker
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.factories_reviews import OPEN_UNTIL, Scene
from tests.posting import ADDRESS, at, set_up_mail
from tests.smtp_server import Mailbox, mail_server

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
FIRST, SECOND = "甲示例", "丁示例"


@pytest.fixture
def box() -> Iterator[Mailbox]:
    with mail_server() as found:
        yield found


@pytest.fixture
def scene(app: Flask, box: Mailbox) -> Scene:
    """A round with two experts and two dossiers, and a mail server."""
    found = build.scoring(app, panel=(FIRST, SECOND, "己示例", "癸示例", "丑示例"))
    set_up_mail(app, box)
    with app.app_context(), transaction() as session:
        for expert in session.scalars(sa.select(Expert)):
            expert.email = f"expert-{expert.id}@example.org"
    return found


def address_of(name: str) -> str:
    with transaction() as session:
        return session.scalars(sa.select(Expert.email).where(Expert.name == name)).one()


def results(scene: Scene, job: str) -> dict[str, tuple[str, str]]:
    """Name -> (result, error) as the secretariat's page has it."""
    database.session.rollback()  # an open read does not see what the worker has written since
    _line, sent = reach_views.view_job(scene.officer, call=scene.call, job=job)
    return {item.name: (item.kind, item.error) for item in sent}


def line(scene: Scene, job: str) -> tuple[str, int, int]:
    database.session.rollback()
    found, _sent = reach_views.view_job(scene.officer, call=scene.call, job=job)
    return found.state, found.done, found.total


def hand_in(scene: Scene, name: str, sample: str) -> None:
    viewer, review = scene.ready(name, sample)
    reviews.submit_review(
        viewer,
        review=review,
        sheet=build.full_sheet(build.rubric_of(scene)),
        base_version=0,
        request_key=f"{name}{sample}",
    )


def entries(action: str) -> list[dict[str, object]]:
    with transaction() as session:
        found = session.execute(
            sa.select(AuditEntry.actor_name, AuditEntry.detail)
            .where(AuditEntry.action == action)
            .order_by(AuditEntry.sequence)
        ).all()
    return [{"by": name, **detail} for name, detail in found]


def test_every_expert_with_open_sheets_gets_one_letter_about_own_sheets(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    hand_in(scene, FIRST, SINGLE)
    job = reminders.queue(scene.officer, round_=scene.round)
    assert line(scene, job) == ("queued", 0, 5)
    Worker(app).work_off()
    assert line(scene, job) == ("done", 5, 5)
    assert sorted(box.to()) == sorted(map(address_of, (FIRST, SECOND, "己示例", "癸示例", "丑示例")))
    (letter,) = [item for item in box.letters if item["To"] == address_of(FIRST)]
    words = letter.get_content()
    assert letter["Subject"].endswith("您还有1份评分未提交")
    assert (f"{FIRST}专家" in words, ADDRESS in words, "2123年3月3日18时00分" in words) == (True,) * 3
    assert not any(unit in words for unit in ("示例公司", "S01", "S02"))
    assert entries("send_reminders") == [{"by": scene.officer.name, "people": 5}]
    assert entries("finish_reminders") == [{"by": "后台任务", "reminded": 5, "unsent": 0, "unsure": 0}]
    assert audit.verify().holds


def test_nobody_is_written_to_twice_within_a_day_unless_confirmed(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    reminders.queue(scene.officer, round_=scene.round)
    with pytest.raises(Conflict, match="正在发送"):
        reminders.queue(scene.officer, round_=scene.round, again=True)
    Worker(app).work_off()
    with pytest.raises(Conflict, match="没有需要提醒的专家"):
        reminders.queue(scene.officer, round_=scene.round)
    again = reminders.queue(scene.officer, round_=scene.round, again=True, request_key="press")
    assert reminders.queue(scene.officer, round_=scene.round, again=True, request_key="press") == again
    Worker(app).work_off()
    assert len(box.letters) == 10
    assert reminders.queue(scene.officer, round_=scene.round, again=True, request_key="press") == again
    with at(now() + timedelta(hours=21)):
        assert reminders.queue(scene.officer, round_=scene.round)


def test_who_has_handed_in_meanwhile_or_has_no_address_is_skipped_with_the_reason(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    job = reminders.queue(scene.officer, round_=scene.round)
    hand_in(scene, FIRST, SINGLE)
    hand_in(scene, FIRST, TWO)
    with transaction() as session:
        session.execute(sa.update(Expert).where(Expert.name == SECOND).values(email=""))
        session.execute(sa.update(Expert).where(Expert.name == "己示例").values(email="keine"))
    box.refused.add(address_of("癸示例"))
    Worker(app).work_off()
    assert results(scene, job) == {
        FIRST: ("skipped", "nothing_open"),
        SECOND: ("skipped", "no_address"),
        "己示例": ("failed", "address"),
        "癸示例": ("failed", "recipient"),
        "丑示例": ("sent", ""),
    }
    assert line(scene, job) == ("done", 5, 5)
    assert box.to() == [address_of("丑示例")]


def test_worker_that_dies_between_claim_and_result_sends_nobody_a_second_letter(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    """kill -9 leaves exactly this: a claimed letter without a result and a job whose lease runs."""
    job = reminders.queue(scene.officer, round_=scene.round)
    dead = jobs.claim("dead")
    assert dead is not None
    first = reminders.next_letter(dead)
    assert first is not None
    mail.send(first.to, first.subject, first.text, identity=first.identity)  # and then the power fails
    assert jobs.claim("next") is None  # the lease still runs
    with at(now() + job_queue.LEASE + timedelta(seconds=1)):
        assert reach_views.list_jobs(scene.officer, call=scene.call)[0].stuck
        Worker(app).work_off()
        assert line(scene, job) == ("done", 5, 5)
        assert sorted(kind for kind, _error in results(scene, job).values()) == ["sent"] * 4 + ["unknown"]
        assert len(set(box.to())) == len(box.to()) == 5
        with pytest.raises(job_queue.Lost):  # should the dead one wake up, it does not go on
            reminders.next_letter(dead)
        reminders.record(first, mail.Outcome("sent"))  # what it still knows is kept
        assert {kind for kind, _error in results(scene, job).values()} == {"sent"}


def test_one_of_two_workers_gets_the_job(app: Flask, db: SQLAlchemy, scene: Scene) -> None:
    reminders.queue(scene.officer, round_=scene.round)
    assert [jobs.claim("one") is None, jobs.claim("two") is None] == [False, True]


def test_job_given_back_at_a_stop_goes_on_at_once(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    job = reminders.queue(scene.officer, round_=scene.round)
    begun = jobs.claim("first")
    assert begun is not None
    letter = reminders.next_letter(begun)
    assert letter is not None
    reminders.record(letter, mail.Outcome("sent"))
    jobs.release(begun)
    assert Worker(app).work_off() == 1
    assert line(scene, job) == ("done", 5, 5)
    assert len(box.letters) == 4


def test_job_that_breaks_its_worker_five_times_is_put_aside(app: Flask, db: SQLAlchemy, scene: Scene) -> None:
    job = reminders.queue(scene.officer, round_=scene.round)
    with transaction() as session:
        session.execute(sa.update(Job).values(attempts=jobs.ATTEMPTS))
    assert jobs.claim("sixth") is None
    assert line(scene, job)[0] == "failed"
    assert reminders.queue(scene.officer, round_=scene.round)  # and another can be made


def test_unreachable_server_fails_every_letter_and_the_job(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    box.greeting = b"421 not now\r\n"
    job = reminders.queue(scene.officer, round_=scene.round)
    Worker(app).work_off()
    assert set(results(scene, job).values()) == {("failed", "server")}
    assert line(scene, job) == ("failed", 5, 5)
    box.greeting = b"220 example\r\n"
    assert reminders.queue(scene.officer, round_=scene.round)  # nobody had a letter


def test_only_the_calls_secretariat_reminds_while_the_round_scores(
    app: Flask, db: SQLAlchemy, scene: Scene
) -> None:
    with pytest.raises(NotAllowed):
        reminders.queue(scene.supervisor, round_=scene.round)
    with pytest.raises(NotFound):
        reminders.queue(scene.expert(FIRST), round_=scene.round)
    other = factories.bare_call(app, slug="other", published=True)
    job = reminders.queue(scene.officer, round_=scene.round)
    with pytest.raises(NotFound):
        reach_views.view_job(scene.officer, call=other, job=job)
    build.set_round_state(scene.round, "sealed")
    Worker(app).work_off()
    assert set(results(scene, job).values()) == {("skipped", "closed")}
    with pytest.raises(Conflict, match="不在评分中"):
        reminders.queue(scene.officer, round_=scene.round)


def test_automatic_reminder_goes_out_once_on_the_rules_days_by_each_ones_own_deadline(
    app: Flask, db: SQLAlchemy, scene: Scene, box: Mailbox
) -> None:
    members = {
        person.name: person.member
        for person in reach_views.list_rounds(scene.officer, call=scene.call, address="")[0].people
    }
    later = OPEN_UNTIL + timedelta(days=2)
    extensions.extend_deadline(scene.officer, member=members[FIRST], deadline=later, reason="出差")

    def letters_on(moment: datetime) -> int:
        with at(moment):
            before = len(box.letters)
            reminders.queue_due()
            reminders.queue_due()
            Worker(app).work_off()
            return len(box.letters) - before

    morning = datetime(2123, 3, 3, 1, 30, tzinfo=UTC)  # 9:30 in the office, on the last day
    held = holds.hold(scene.supervisor, call=scene.call, reason="有反映须核查，先停一停（示例）")
    assert letters_on(morning - timedelta(days=3)) == 0
    holds.lift(scene.supervisor, call=scene.call, hold=held, finding="核查完毕，可以继续（示例）")
    days = {before: letters_on(morning - timedelta(days=before)) for before in (4, 3, 2, 1, 0, -1)}
    assert days == {4: 0, 3: 4, 2: 0, 1: 5, 0: 0, -1: 1}
    assert letters_on(morning - timedelta(days=1, hours=1)) == 0  # before nine
    assert {entry["by"] for entry in entries("send_reminders")} == {"后台任务"}


def test_without_a_mail_server_nothing_is_queued(app: Flask, db: SQLAlchemy) -> None:
    scene = build.scoring(app)
    with pytest.raises(Conflict, match="未设置邮件服务器"):
        reminders.queue(scene.officer, round_=scene.round)
    with at(OPEN_UNTIL - timedelta(days=3, hours=5)):
        assert reminders.queue_due() == 0
    with transaction() as session:
        assert session.scalars(sa.select(Round.state)).all().count("scoring") == 1
        assert session.scalar(sa.select(sa.func.count()).select_from(Job)) == 0
