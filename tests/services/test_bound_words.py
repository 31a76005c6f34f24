"""Reasons, bases, minutes and elections stand in tables of their own; whoever changes them there is found."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import append_only_tables, db
from review_portal.domain import canonical
from review_portal.migrations.append_only import trigger_names
from review_portal.models.audit import AuditBinding, AuditEntry
from review_portal.services import audit, bindings, calls, publicity, publicity_views, supervision
from review_portal.services.bindings import SUBJECTS
from tests.factories_selection import Selection
from tests.selection_copies import copied


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection to the decision, inside an application context."""
    with copied(request, engine_name, "decided", tmp_path) as found, found.app.app_context():
        yield found


def tamper(statement: str, **values: object) -> None:
    """What somebody could do who owns the database: no trigger fires."""
    db.session.rollback()
    with db.engine.connect() as connection:
        if connection.dialect.name == "sqlite":
            for table in append_only_tables():
                for name in trigger_names(table, "sqlite"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {name}")
        else:
            connection.exec_driver_sql("SET session_replication_role = replica")
        assert connection.execute(sa.text(statement), values).rowcount >= 1
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET session_replication_role = origin")
        connection.commit()
    db.session.expire_all()


def sequences(*actions: str) -> list[int]:
    query = sa.select(AuditEntry.sequence).where(AuditEntry.action.in_(actions)).order_by("sequence")
    return list(db.session.scalars(query))


def test_whole_selection_holds_with_everything_that_is_bound(made: Selection) -> None:
    report = audit.verify()
    assert (report.broken_at, report.changed, report.unbound, report.holds) == (None, (), 0, True)


CHANGES = [
    ("accept_dossier", "UPDATE dossier_acts SET reason = 'x' WHERE action = 'accept'"),
    ("reject_dossier", "UPDATE dossier_acts SET reason = 'x' WHERE action = 'reject'"),
    ("withdraw_dossier", "UPDATE dossier_acts SET reason = 'x' WHERE action = 'withdraw'"),
    ("confirm_findings", "UPDATE finding_answers SET basis = 'x'"),
    ("confirm_findings", "UPDATE finding_answers SET result = 'fail'"),
    ("elect_chair", "UPDATE chair_elections SET method = 'x'"),
    ("elect_chair", "UPDATE chair_elections SET votes = votes - 1"),
    ("elect_chair", "UPDATE chair_elections SET witness = 'x'"),
    ("record_decision", "UPDATE decisions SET meeting = 'x'"),
    ("record_decision", "UPDATE decisions SET held_on = '2001-01-01'"),
    ("record_decision", "UPDATE decisions SET minutes_number = 'x'"),
    ("record_decision", "UPDATE decisions SET outcome = 'adjusted'"),
    ("record_decision", "UPDATE decisions SET conclusion = 'x'"),
    ("record_decision", "UPDATE decisions SET choices = '[]'"),
    ("record_decision", "UPDATE decisions SET selected = '[]'"),
    ("record_decision", "UPDATE decisions SET scan = 'x'"),
    ("record_decision", "UPDATE decisions SET departures = 'x'"),
    ("confirm_scores", "UPDATE score_confirmations SET answer = 'disputed'"),
    ("confirm_scores", "UPDATE score_confirmations SET sheets = '[]'"),
    ("approve_scheme", "UPDATE calls SET scheme_approved_by = 'x'"),
    ("open_case", "UPDATE reconciliation_cases SET question = 'x'"),
    ("answer_case", "UPDATE reconciliation_cases SET reason = 'x'"),
    ("record_defense", "UPDATE defense_records SET conditions = 'x' WHERE result <> 'abstained'"),
    ("record_absence", "UPDATE defense_records SET reason = 'x' WHERE result = 'abstained'"),
    ("sign_in", "UPDATE panel_members SET identity_checked_by = 'x'"),
    ("sign_in", "UPDATE presence_events SET checked_by = 'x'"),
    ("ask_unseal", "UPDATE approvals SET reason = 'x' WHERE action = 'unseal'"),
    ("approve_unseal", "UPDATE approvals SET note = 'x' WHERE action = 'unseal'"),
    ("declare", "UPDATE declarations SET reason = 'x'"),
    ("freeze_ranking", "UPDATE rankings SET body = '{}' WHERE kind = 'final'"),
    ("open_round", "UPDATE rounds SET frozen = '{}'"),
]


def test_every_changed_word_is_found_at_the_entry_that_bound_it(
    request: pytest.FixtureRequest, made: Selection
) -> None:
    """One after another on the same copy: what an earlier change broke stays found beside the new."""
    broken: set[int] = set()
    for action, statement in CHANGES:
        tamper(statement)
        told = set(audit.verify().changed)
        wanted = set(sequences(action))
        assert wanted, action
        assert told - broken <= wanted, statement
        assert told & wanted, statement
        broken |= told


def test_act_that_no_entry_tells_of_is_counted(made: Selection) -> None:
    tamper(
        "INSERT INTO chair_elections (id, round_id, member_id, method, votes, voters, witness, elected_at,"
        " recorded_by) SELECT 1000, round_id, member_id, method, votes, voters, witness, elected_at,"
        " recorded_by FROM chair_elections WHERE id = (SELECT min(id) FROM chair_elections)"
    )
    report = audit.verify()
    assert (report.changed, report.unbound, report.holds) == ((), 1, False)


def test_deleted_row_and_deleted_salt_are_found(made: Selection) -> None:
    tamper("DELETE FROM decisions")
    assert list(audit.verify().changed) == sequences("record_decision")
    tamper("DELETE FROM audit_bindings WHERE subject = 'election'")
    assert set(audit.verify().changed) == set(sequences("record_decision", "elect_chair"))


@pytest.mark.parametrize("salt", ["00" * 32, "no salt"])
def test_exchanged_salt_is_found(made: Selection, salt: str) -> None:
    tamper("UPDATE audit_bindings SET salt = :salt WHERE subject = 'decision'", salt=salt)
    assert list(audit.verify().changed) == sequences("record_decision")


def test_word_that_is_written_again_is_bound_by_the_newest_entry(made: Selection) -> None:
    publicity.draft(made.officer, call=made.call)
    before = publicity_views.get(made.officer, call=made.call)
    facts = {**before.facts, "contact_office": "示例处"}
    publicity.update(made.officer, call=made.call, facts=facts, base_version=before.version)
    assert audit.verify().holds
    tamper("UPDATE notice_drafts SET facts = '{}'")
    assert list(audit.verify().changed) == sequences("edit_notice")


def test_recorded_scheme_may_be_recorded_again(made: Selection) -> None:
    assert SUBJECTS["scheme"].renewed
    assert calls.view(made.officer, call=made.call).scheme_reference == "示例〔2023〕5号"


def exported(made: Selection) -> list[dict[str, Any]]:
    return [body for body, _digest in supervision.export_trail(made.supervisor, call=made.call)]


def test_exported_chain_commits_to_the_words_without_saying_them(made: Selection) -> None:
    text = canonical.dumps(exported(made)).decode()
    assert [
        word for word in ("形式审查通过（示例）", "已核对纸质件（示例）", "来函撤回") if word in text
    ] == []


def test_exported_chain_names_people_and_call_by_public_id(made: Selection) -> None:
    bodies = exported(made)
    assert {body["call"] for body in bodies} == {made.call}
    actors = {body["actor"] for body in bodies if body["actor"] is not None}
    known = set(db.session.scalars(sa.text("SELECT public_id FROM accounts")))
    assert actors <= known and len(actors) > 3


def test_bound_columns_exist_and_are_all_of_a_row_written_once(db: SQLAlchemy) -> None:
    """A column that is added later is bound as well, or says here why not."""
    named = {"id", "public_id"}
    derived = {"rankings": {"round_id", "input_digest", "rules_digest"}}  # all of it stands in the body
    derived["objections"] = {"request_key"}  # tells a form that was sent twice, and nothing of the objection
    for subject in SUBJECTS.values():
        columns = {column.key for column in sa.inspect(subject.table).columns}
        assert set(subject.fields) <= columns
        if getattr(subject.table, "__append_only__", False):
            left = columns - set(subject.fields) - named
            assert left == derived.get(subject.table.__tablename__, set())


def test_salts_are_never_used_twice(made: Selection) -> None:
    salts = list(db.session.scalars(sa.select(AuditBinding.salt)))
    assert len(set(salts)) == len(salts)
    assert bindings.KEY == "words"
