"""Packages of papers: everything chosen, safe names, nothing half after a crash, only for who asked."""

from __future__ import annotations

import hashlib
import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db, now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.messages import mark
from review_portal.models.audit import AuditEntry
from review_portal.models.jobs import Job
from review_portal.services import bundle_views, bundles, files, jobs, scopes
from review_portal.services.papers import catalogue
from review_portal.worker import Worker
from tests.factories_selection import PANEL, Selection
from tests.selection_copies import copied

KINDS = ("scheme", "summary", "cases")


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        Worker(made.app).work_off()  # the analyses that the ranking queued
        yield made


def opened(data: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert packed.testzip() is None
        return {name: packed.read(name) for name in packed.namelist()}


def packed(
    made: Selection, kinds: tuple[str, ...], form: str = "docx"
) -> tuple[str, dict[str, bytes], bytes]:
    job = bundles.queue(made.officer, call=made.call, kinds=kinds, form=form)
    assert Worker(made.app).work_off() == 1
    _name, data = bundle_views.file(made.officer, call=made.call, job=job)
    return job, opened(data), data


def test_package_holds_the_chosen_papers_and_equal_ones_are_equal(
    ranked: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = catalogue.listed(ranked.officer, scopes.office_call(ranked.officer, ranked.call), kinds=KINDS)
    job, files, data = packed(ranked, KINDS)
    call = scopes.office_call(ranked.officer, ranked.call)
    made = dict(catalogue.make(ranked.officer, call, paper) for paper in papers)
    assert {name.split("/")[-1]: content for name, content in files.items() if "/" in name} == made
    assert next(iter(files)) == "目录.txt"
    assert list(files)[1:] == sorted(list(files)[1:])
    index = files["目录.txt"].decode("utf-8-sig")
    assert all(hashlib.sha256(content).hexdigest() in index for content in made.values())

    row = bundle_views.package(ranked.officer, call=ranked.call, job=job)
    assert (row.state, row.done, row.total, row.lacking) == ("done", len(papers), len(papers), 0)
    assert row.sha256 == hashlib.sha256(data).hexdigest()
    assert packed(ranked, KINDS)[2] == data

    def refuse(*_given: object) -> None:
        raise Conflict(mark("缺少一项事实，请先填写。"))

    monkeypatch.setattr(catalogue, "make", refuse)
    files = packed(ranked, ("summary",))[1]
    assert list(files) == ["目录.txt"]
    assert "缺少一项事实，请先填写。" in files["目录.txt"].decode("utf-8-sig")
    with transaction() as session:
        actions = session.scalars(
            sa.select(AuditEntry.action).order_by(AuditEntry.sequence.desc()).limit(2)
        ).all()
    assert actions == ["make_bundle", "ask_bundle"]


def test_package_is_made_anew_after_a_crash_and_is_its_officers_alone(
    ranked: Selection, monkeypatch: pytest.MonkeyPatch
) -> None:
    officer, call = ranked.officer, ranked.call
    job = bundles.queue(officer, call=call, kinds=KINDS, key="once")
    assert bundles.queue(officer, call=call, kinds=KINDS, key="once") == job
    with pytest.raises(Conflict):
        bundles.queue(officer, call=call, kinds=KINDS)
    claimed = jobs.claim("dead")
    assert claimed is not None
    stops = iter((False, True))
    assert bundles.work(claimed, lambda: next(stops)) is False
    assert bundle_views.package(officer, call=call, job=job).done == 1
    with pytest.raises(NotFound):
        bundle_views.file(officer, call=call, job=job)
    jobs.release(claimed)
    assert Worker(ranked.app).work_off() == 1
    assert bundle_views.package(officer, call=call, job=job).ready

    for other, refusal in ((ranked.supervisor, NotAllowed), (ranked.expert(PANEL[0]), NotFound)):
        with pytest.raises(refusal):
            bundle_views.file(other, call=call, job=job)
    with pytest.raises(Invalid):
        bundles.queue(officer, call=call, kinds=())
    bundles.remove(officer, call=call, job=job)
    with pytest.raises(NotFound):
        bundle_views.file(officer, call=call, job=job)
    with transaction() as session:
        assert session.scalar(sa.select(Job.state).where(Job.public_id == job)) == "done"


def test_package_is_removed_by_itself_after_a_week_and_once(ranked: Selection) -> None:
    job, _files, data = packed(ranked, KINDS)
    row = bundle_views.package(ranked.officer, call=ranked.call, job=job)
    assert row.finished_at is not None and row.kept_until == row.finished_at + timedelta(days=7)
    assert bundles.remove_old() == 0

    def aged(**by: int) -> None:
        with transaction() as session:
            session.execute(sa.update(Job).values(finished_at=now() - timedelta(days=7, **by)))

    aged(seconds=-60)
    assert bundles.remove_old() == 0
    aged(seconds=60)
    assert bundles.remove_old() == 1
    assert bundles.remove_old() == 0
    assert not bundle_views.package(ranked.officer, call=ranked.call, job=job).ready
    with pytest.raises(NotFound):
        files.place_of(hashlib.sha256(data).hexdigest())
    assert db.session.scalars(sa.select(AuditEntry.action).order_by(AuditEntry.sequence.desc())).first() == (
        "remove_bundle"
    )


def test_package_of_an_officer_who_left_is_not_made(ranked: Selection) -> None:
    job = bundles.queue(ranked.officer, call=ranked.call, kinds=KINDS)
    with transaction() as session:
        session.execute(
            sa.text("UPDATE accounts SET active = false WHERE id = :id"), {"id": ranked.officer.account_id}
        )
    assert Worker(ranked.app).work_off() == 1
    assert db.session.scalar(sa.select(Job.state).where(Job.public_id == job)) == "failed"
