"""What an expert reads of own work beside the sheet: the earlier review, and receipts checked later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import NotFound
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import own_reviews
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied
from tests.services.test_bound_words import tamper


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection with both rounds scored, inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as found, found.app.app_context():
        yield found


def own(made: Selection, round_: str, name: str) -> tuple[str, str]:
    """An expert's sheet in a round for the first dossier of the defense, and the receipt that counts."""
    second = sa.select(Review.dossier_id).join(Round).where(Round.public_id == made.defense)
    row = db.session.execute(
        sa.select(Review.public_id, ReviewRevision.public_id)
        .join(Round, Round.id == Review.round_id)
        .join(Expert, Expert.id == Review.expert_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .join(ReviewRevision, ReviewRevision.id == Review.revision_id)
        .where(Round.public_id == round_, Expert.name == name, Review.state == "submitted")
        .where(Review.dossier_id.in_(second))
        .order_by(Dossier.number)
    ).first()
    assert row is not None
    return str(row[0]), str(row[1])


def test_second_round_offers_the_own_written_review_and_the_first_none(made: Selection) -> None:
    viewer = made.expert(PANEL[1])
    written, receipt = own(made, made.written, PANEL[1])
    later, _receipt = own(made, made.defense, PANEL[1])
    found = own_reviews.earlier_review(viewer, review=later)
    assert found is not None
    assert (found.receipt, found.round_name, set(found.sheet.points)) == (
        receipt,
        "专家书面评审",
        {item.key for item in found.rubric.items},
    )
    assert own_reviews.earlier_review(viewer, review=written) is None


def test_review_of_another_expert_is_never_beside_a_sheet(made: Selection) -> None:
    theirs, _receipt = own(made, made.defense, PANEL[2])
    with pytest.raises(NotFound):
        own_reviews.earlier_review(made.expert(PANEL[1]), review=theirs)


def test_receipt_agrees_until_somebody_changes_what_is_kept(made: Selection) -> None:
    viewer = made.expert(PANEL[1])
    _review, receipt = own(made, made.written, PANEL[1])
    found = own_reviews.check_receipt(viewer, receipt=receipt, code="")
    assert found is not None
    assert (found.agrees, found.current, found.code_agrees) == (True, True, None)
    by_code = own_reviews.check_receipt(viewer, receipt="", code=found.commitment[:16])
    assert (by_code and by_code.receipt) == receipt
    which = f"(SELECT id FROM review_revisions WHERE public_id = '{receipt}')"
    tamper(f"UPDATE revision_points SET points = 0 WHERE revision_id = {which}")
    changed = own_reviews.check_receipt(viewer, receipt=receipt, code=found.commitment)
    assert changed is not None
    assert (changed.agrees, changed.holds, changed.recorded, changed.code_agrees) == (
        False,
        False,
        True,
        True,
    )


def test_receipt_that_the_record_does_not_tell_of_disagrees(made: Selection) -> None:
    viewer = made.expert(PANEL[1])
    review, receipt = own(made, made.written, PANEL[1])
    tamper(
        f"UPDATE audit_entries SET detail = '{{}}' WHERE action = 'submit_review' AND object_id = '{review}'"
    )
    found = own_reviews.check_receipt(viewer, receipt=receipt, code="")
    assert found is not None
    assert (found.agrees, found.holds, found.recorded) == (False, True, False)


@pytest.mark.parametrize("code", ["", "%", "_" * 16])
def test_receipt_that_is_not_the_viewers_does_not_exist(made: Selection, code: str) -> None:
    _review, receipt = own(made, made.written, PANEL[2])
    assert own_reviews.check_receipt(made.expert(CHAIR), receipt="" if code else receipt, code=code) is None
