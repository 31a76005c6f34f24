"""The one door to writing: it does not nest, it waits its turn, it leaves nothing half done."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal import db as database
from review_portal.db import now, transaction
from review_portal.domain.errors import Busy, Conflict, Invalid, NotFound
from review_portal.models.accounts import Account
from review_portal.models.audit import AuditEntry
from review_portal.services import audit
from review_portal.services.audit import Host
from tests.engines import on_sqlite
from tests.factories import account_row, inside


def add_account(login: str) -> None:
    with transaction() as session:
        session.add(
            Account(login=login, name="示例", password_hash="!", created_at=datetime(2023, 1, 1, tzinfo=UTC))
        )


def logins() -> list[str]:
    with transaction() as session:
        return list(session.scalars(sa.select(Account.login).order_by(Account.login)))


def elsewhere(app: Flask, act: Callable[[], None]) -> None:
    """Let `act` happen on a connection of its own, as another request would."""
    with ThreadPoolExecutor(1) as other:
        other.submit(inside, app, act).result()


def test_transaction_commits_at_its_end(app: Flask, db: SQLAlchemy) -> None:
    add_account("example")
    elsewhere(app, lambda: add_account("second"))
    assert logins() == ["example", "second"]


def test_transaction_within_a_transaction_is_refused(db: SQLAlchemy) -> None:
    with pytest.raises(RuntimeError, match="transactions do not nest"), transaction():
        add_account("example")
    assert logins() == []


def test_transaction_after_a_refused_one_works(db: SQLAlchemy) -> None:
    with pytest.raises(NotFound), transaction():
        raise NotFound()
    add_account("example")
    assert logins() == ["example"]


def test_error_takes_back_everything(db: SQLAlchemy) -> None:
    with pytest.raises(NotFound), transaction() as session:
        session.add(
            Account(
                login="example", name="示例", password_hash="!", created_at=datetime(2023, 1, 1, tzinfo=UTC)
            )
        )
        session.flush()
        audit.record(session, Host(), "example", object_kind="account", object_id="example")
        raise NotFound()
    assert logins() == []
    assert audit.verify().entries == 0


def test_read_then_write_works_though_another_wrote_in_between(app: Flask, db: SQLAlchemy) -> None:
    add_account("example")
    assert account_row("example").name == "示例"  # the read that stays open
    elsewhere(app, lambda: rename("example", "示例甲"))
    rename("example", "示例乙")
    assert account_row("example").name == "示例乙"


def rename(login: str, name: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Account).where(Account.login == login)).one().name = name


def test_what_was_loaded_before_is_loaded_again_inside(app: Flask, db: SQLAlchemy) -> None:
    add_account("example")
    before = account_row("example")
    elsewhere(app, lambda: rename("example", "示例甲"))
    with transaction() as session:
        inside_name = session.scalars(sa.select(Account).where(Account.login == "example")).one().name
    assert (before.name, inside_name) == ("示例甲", "示例甲")


def test_row_changed_by_another_is_a_conflict(app: Flask, db: SQLAlchemy) -> None:
    add_account("example")
    with pytest.raises(Conflict), transaction() as session:
        row = session.scalars(sa.select(Account).where(Account.login == "example")).one()
        session.execute(sa.update(sa.table("accounts", sa.column("version"))).values(version=7))
        row.name = "示例甲"
    assert (account_row("example").name, account_row("example").version) == ("示例", 1)


def test_second_row_under_the_same_name_is_a_conflict(db: SQLAlchemy) -> None:
    add_account("example")
    with pytest.raises(Conflict, match="该内容与已有记录冲突，未作任何改动。"):
        add_account("example")
    assert logins() == ["example"]


def test_text_longer_than_its_column_is_refused_alike_on_both_engines(db: SQLAlchemy) -> None:
    add_account("x" * 64)
    with pytest.raises(Invalid) as refused:
        add_account("长" * 65)
    assert str(refused.value) == "“长长长长长长长长长长…”过长，未作任何改动。请改为64个字以内后重新提交。"
    assert {name: str(text) for name, text in refused.value.fields.items()} == {"login": "请改为64个字以内。"}
    assert logins() == ["x" * 64]


def test_text_made_too_long_later_is_refused_too(db: SQLAlchemy) -> None:
    add_account("example")
    with pytest.raises(Invalid, match="过长"), transaction() as session:
        session.scalars(sa.select(Account)).one().name = "长" * 65
    add_account("second")
    assert logins() == ["example", "second"]


@on_sqlite
def test_database_held_by_another_is_busy(app: Flask, db: SQLAlchemy) -> None:
    def write() -> None:
        db.session.execute(sa.text("PRAGMA busy_timeout=1"))
        with pytest.raises(Busy, match="您填写的内容已保留"):
            add_account("second")

    with transaction():
        elsewhere(app, write)
    assert logins() == []


@on_sqlite
def test_readers_do_not_wait_for_a_writer(app: Flask, db: SQLAlchemy) -> None:
    seen: list[int] = []
    add_account("example")
    with transaction() as session:
        session.execute(sa.delete(Account))
        elsewhere(app, lambda: seen.append(account_row("example").id))
    assert seen == [1]


def test_writers_on_the_chain_never_collide(app: Flask) -> None:
    writers, each = 4, 5
    together = Barrier(writers)

    def write(writer: int) -> None:
        together.wait()
        for number in range(each):
            with app.app_context(), transaction() as session:
                audit.record(session, Host(), "example", object_kind="test", object_id=f"{writer}-{number}")

    with ThreadPoolExecutor(writers) as pool:
        for done in [pool.submit(write, writer) for writer in range(writers)]:
            done.result()
    with app.app_context():
        assert audit.verify().broken_at is None
        sequence = list(database.db.session.scalars(sa.select(AuditEntry.sequence).order_by("sequence")))
    assert sequence == list(range(1, writers * each + 1))


def test_database_time_is_aware_and_in_utc(db: SQLAlchemy) -> None:
    assert now().tzinfo == UTC


def test_database_time_does_not_stand_still_in_a_transaction(db: SQLAlchemy) -> None:
    with transaction():
        first = now()
        while now() == first:
            continue
        assert now() > first
