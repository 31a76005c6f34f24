"""The chain tells who did what, and tells when somebody rewrote it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import now, transaction
from review_portal.domain import canonical
from review_portal.services import audit
from review_portal.services.audit import Host
from tests import factories

COUNT = 5


def write(count: int = COUNT, *, call_id: int | None = None) -> None:
    for number in range(1, count + 1):
        with transaction() as session:
            audit.record(
                session,
                Host(),
                "example_act",
                object_kind="test",
                object_id=f"object-{number}",
                call_id=call_id,
                detail={"number": number, "text": "示例"},
            )


@contextmanager
def unguarded(db: SQLAlchemy) -> Iterator[sa.Connection]:
    """What somebody could do who owns the database file: a connection on which no trigger fires."""
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            for name in ("audit_entries_no_update", "audit_entries_no_delete"):
                connection.exec_driver_sql(f"DROP TRIGGER {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        yield connection
        connection.commit()
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = origin")
            connection.commit()


def tamper(db: SQLAlchemy, statement: str, **values: object) -> None:
    db.session.rollback()
    with unguarded(db) as connection:
        assert connection.execute(sa.text(statement), values).rowcount == 1
    db.session.expire_all()


def test_empty_chain_holds(db: SQLAlchemy) -> None:
    assert audit.verify() == audit.ChainReport(entries=0, head=audit.START, broken_at=None)


def test_written_chain_holds_and_names_its_head(db: SQLAlchemy) -> None:
    write()
    report = audit.verify()
    head = db.session.execute(
        sa.text(f"SELECT digest FROM audit_entries WHERE sequence = {COUNT}")
    ).scalar_one()
    assert report == audit.ChainReport(entries=COUNT, head=head, broken_at=None)


def test_first_entry_follows_the_start_and_each_the_one_before(db: SQLAlchemy) -> None:
    write(3)
    rows = db.session.execute(sa.text("SELECT previous, digest FROM audit_entries ORDER BY sequence")).all()
    assert [row.previous for row in rows] == [audit.START, rows[0].digest, rows[1].digest]


def test_entry_says_who_when_and_what(db: SQLAlchemy) -> None:
    before = now()
    with transaction() as session:
        entry = audit.record(session, Host(), "example_act", object_kind="test", object_id="object-1")
    assert (entry.actor_id, entry.actor_name, entry.action) == (None, "主机命令行", "example_act")
    assert before <= entry.at <= now()


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("actor_name", "别人"),
        ("action", "another_act"),
        ("object_id", "object-9"),
        ("detail", '{"number":9,"text":"示例"}'),
        ("previous", "f" * 64),
        ("digest", "f" * 64),
    ],
)
def test_changed_entry_is_found_at_its_sequence(db: SQLAlchemy, column: str, value: str) -> None:
    write()
    tamper(db, f"UPDATE audit_entries SET {column} = :value WHERE sequence = 3", value=value)
    assert audit.verify().broken_at == 3


def test_changed_time_is_found_at_its_sequence(db: SQLAlchemy) -> None:
    write()
    at = datetime(2023, 1, 1, tzinfo=UTC)
    tamper(db, "UPDATE audit_entries SET at = :at WHERE sequence = 2", at=stored_time(db, at))
    assert audit.verify().broken_at == 2


def stored_time(db: SQLAlchemy, at: datetime) -> object:
    return at.strftime("%Y-%m-%d %H:%M:%S.%f") if db.engine.dialect.name == "sqlite" else at


def test_entry_rewritten_with_a_fresh_digest_is_found_at_the_next(db: SQLAlchemy) -> None:
    write()
    (third,) = [e for e in entries(db) if e["sequence"] == 3]
    third["detail"] = {"number": 9}
    digest = canonical.digest(third)
    tamper(
        db,
        "UPDATE audit_entries SET detail = :detail, digest = :digest WHERE sequence = 3",
        detail='{"number":9}',
        digest=digest,
    )
    assert audit.verify().broken_at == 4


def entries(db: SQLAlchemy) -> list[dict[str, object]]:
    """What each entry's digest covers, put together as the stand-alone script does it."""
    rows = db.session.scalars(sa.select(audit.AuditEntry).order_by(audit.AuditEntry.sequence))
    return [
        {
            "sequence": row.sequence,
            "at": row.at.isoformat(timespec="microseconds"),
            "actor": row.actor_id,
            "actor_name": row.actor_name,
            "action": row.action,
            "object_kind": row.object_kind,
            "object_id": row.object_id,
            "call": row.call_id,
            "detail": row.detail,
            "previous": row.previous,
        }
        for row in rows
    ]


def test_removed_entry_is_found_at_the_gap(db: SQLAlchemy) -> None:
    write()
    tamper(db, "DELETE FROM audit_entries WHERE sequence = 3")
    assert audit.verify().broken_at == 4


def test_removed_end_shows_as_another_head_and_count(db: SQLAlchemy) -> None:
    write()
    whole = audit.verify()
    tamper(db, f"DELETE FROM audit_entries WHERE sequence = {COUNT}")
    cut = audit.verify()
    assert (cut.broken_at, cut.entries) == (None, COUNT - 1)
    assert cut.head != whole.head  # why checkpoints are handed to the supervisor


def test_entry_is_gone_with_the_act_that_failed(db: SQLAlchemy) -> None:
    with pytest.raises(KeyError), transaction() as session:
        audit.record(session, Host(), "example_act", object_kind="test", object_id="object-1")
        raise KeyError
    assert audit.verify().entries == 0


def test_entry_with_a_float_is_refused(db: SQLAlchemy) -> None:
    with pytest.raises(TypeError, match="float has no canonical form"), transaction() as session:
        audit.record(
            session, Host(), "example_act", object_kind="test", object_id="object-1", detail={"points": 87.5}
        )
    assert audit.verify().entries == 0


def test_trail_of_a_call_is_newest_first_in_pages(app: Flask, db: SQLAlchemy) -> None:
    call = factories.call_id(factories.bare_call(app))
    write(audit.PAGE + 2, call_id=call)
    first = audit.list_entries(call)
    assert [e.object_id for e in first[:2]] == [f"object-{audit.PAGE + 2}", f"object-{audit.PAGE + 1}"]
    rest = audit.list_entries(call, before=first[-1].sequence)
    assert (len(first), [e.object_id for e in rest]) == (audit.PAGE, ["object-2", "object-1"])


def test_trail_of_a_call_is_its_own_alone(app: Flask, db: SQLAlchemy) -> None:
    here, there = (factories.call_id(factories.bare_call(app, slug=slug)) for slug in ("here", "there"))
    write(2, call_id=here)
    assert audit.list_entries(there) == []


def test_times_on_the_chain_do_not_run_backwards(db: SQLAlchemy) -> None:
    write()
    times = [entry.at for entry in db.session.scalars(sa.select(audit.AuditEntry).order_by("sequence"))]
    assert times == sorted(times)
    assert times[-1] - times[0] < timedelta(minutes=5)
