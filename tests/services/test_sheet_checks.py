"""Whoever changes a submitted sheet past the triggers is found, and which sheet it is; on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from click.testing import CliRunner

from review_portal import cli
from review_portal.db import db
from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import audit, sheet_checks
from review_portal.services.sheet_checks import AlteredSheet
from tests.factories_selection import Selection
from tests.selection_copies import copied
from tests.services.test_bound_words import tamper

ONE = "(SELECT min(revision_id) FROM reviews WHERE state = 'submitted')"
FIRST_ITEM = f"(SELECT min(item) FROM revision_points WHERE revision_id = {ONE})"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection with both rounds scored, inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as found, found.app.app_context():
        yield found


def sheet() -> AlteredSheet:
    """How the sheet that the statements change is called."""
    found = db.session.execute(
        sa.select(Dossier.number, ReviewRevision.public_id)
        .join(Review, Review.dossier_id == Dossier.id)
        .join(ReviewRevision, ReviewRevision.id == Review.revision_id)
        .where(Review.state == "submitted")
        .order_by(Review.revision_id)
        .limit(1)
    ).one()
    return AlteredSheet(*found)


def test_untouched_sheets_all_hold(made: Selection) -> None:
    report = audit.verify()
    assert (report.sheets, report.changed, report.holds) == ((), (), True)


@pytest.mark.parametrize(
    "statement",
    [
        f"UPDATE revision_points SET points = points + 50 WHERE revision_id = {ONE} AND item = {FIRST_ITEM}",
        f"UPDATE revision_points SET comment = 'x' WHERE revision_id = {ONE} AND item = {FIRST_ITEM}",
        f"DELETE FROM revision_points WHERE revision_id = {ONE} AND item = {FIRST_ITEM}",
        f"DELETE FROM revision_points WHERE revision_id = {ONE}",
        f"UPDATE review_revisions SET opinion = 'x' WHERE id = {ONE}",
        f"UPDATE review_revisions SET conclusion = 'x' WHERE id = {ONE}",
        f"UPDATE review_revisions SET salt = 'no salt' WHERE id = {ONE}",
        f"UPDATE review_revisions SET commitment = salt WHERE id = {ONE}",
    ],
)
def test_altered_sheet_is_found_and_named(made: Selection, statement: str) -> None:
    wanted = sheet()
    tamper(statement)
    report = audit.verify()
    assert (report.sheets, report.holds) == ((wanted,), False)


def test_sheet_that_was_bound_anew_is_no_longer_the_one_on_the_chain(made: Selection) -> None:
    """Points, salt and commitment may agree with one another: the chain has another commitment."""
    wanted, row = (
        sheet(),
        db.session.scalars(sa.select(ReviewRevision).where(ReviewRevision.id == sa.text(ONE))),
    )
    kept = row.one()
    entry = next(e for e in submissions() if e.detail["commitment"] == kept.commitment)
    review = db.session.scalars(sa.select(Review).where(Review.id == kept.review_id)).one()
    points = dict(sheet_checks.revisions.sheet_of(db.session(), kept.id).points)
    first = min(points)
    sheet_ = sheet_checks.revisions.sheet_of(db.session(), kept.id)
    points[first] -= 1
    changed = sheet_checks.revisions.Sheet(points, sheet_.comments, sheet_.opinion, sheet_.conclusion)
    anew = sheet_checks.revisions.bound(changed, review.public_id, kept.ordinal, bytes.fromhex(kept.salt))
    tamper(
        f"UPDATE revision_points SET points = points - 100 WHERE revision_id = {ONE} AND item = {FIRST_ITEM}"
    )
    tamper(f"UPDATE review_revisions SET commitment = :anew WHERE id = {ONE}", anew=anew)
    report = audit.verify()
    assert (report.sheets, report.changed) == ((wanted,), (entry.sequence,))


def submissions() -> list[AuditEntry]:
    return list(db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "submit_review")))


def test_sheet_that_is_made_to_count_as_it_was_before_reconciliation_is_named(made: Selection) -> None:
    """No append-only row changes: the review is turned back to an earlier sheet of its own."""
    revised = "(SELECT review_id FROM review_revisions WHERE ordinal = 2)"
    newest = f"(SELECT revision_id FROM reviews WHERE id = {revised})"
    wanted = db.session.execute(
        sa.select(Dossier.number, ReviewRevision.public_id)
        .join(Review, Review.dossier_id == Dossier.id)
        .join(ReviewRevision, ReviewRevision.review_id == Review.id)
        .where(ReviewRevision.id == sa.text(newest))
    ).one()
    tamper(
        "UPDATE reviews SET revision_id = (SELECT min(r.id) FROM review_revisions r WHERE r.review_id ="
        f" reviews.id) WHERE id = {revised}"
    )
    assert audit.verify().sheets == (AlteredSheet(*wanted),)


def test_deleted_sheet_is_found_at_the_entry_that_tells_of_it(made: Selection) -> None:
    kept = db.session.scalars(
        sa.select(ReviewRevision.commitment).where(ReviewRevision.id == sa.text(ONE))
    ).one()
    entry = next(e.sequence for e in submissions() if e.detail["commitment"] == kept)
    tamper(f"DELETE FROM revision_points WHERE revision_id = {ONE}")
    tamper(f"UPDATE reviews SET state = 'missed', revision_id = NULL WHERE revision_id = {ONE}")
    tamper("DELETE FROM review_revisions WHERE id NOT IN (SELECT revision_id FROM revision_points)")
    assert (audit.verify().changed, audit.verify().sheets) == ((entry,), ())


def test_command_line_names_the_sheet_and_fails(made: Selection, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted = sheet()
    tamper(
        f"UPDATE revision_points SET points = points + 50 WHERE revision_id = {ONE} AND item = {FIRST_ITEM}"
    )
    monkeypatch.setattr(cli, "application", lambda: made.app.app_context())
    result = CliRunner().invoke(cli.main, ["audit", "verify"])
    assert result.exit_code == 1
    assert f"{wanted.number}（回执编号 {wanted.receipt}）" in result.output


def test_number_of_queries_does_not_grow_with_sheets(made: Selection) -> None:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            seen.append(statement)

    sa.event.listen(db.engine, "before_cursor_execute", note)
    try:
        assert sheet_checks.altered(db.session()).sheets == ()
    finally:
        sa.event.remove(db.engine, "before_cursor_execute", note)
    assert len(seen) == 5  # what the chain tells, what counts, one batch of sheets and points, its end
