"""复议 on the trail: the words of question and answer are bound there, and none of them stands there."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from review_portal.db import transaction
from review_portal.domain import canonical
from review_portal.models.audit import AuditEntry
from review_portal.models.reviews import Review
from review_portal.services import reconciliation, rounds
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied

QUESTION = "请说明该项评分的主要依据（示例）。"
REASON = "已重新核对证明材料，维持原评分（示例）。"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """An unsealed round, inside an application context."""
    with copied(request, engine_name, "sealed", tmp_path) as selection, selection.app.app_context():
        asked = rounds.ask_unseal(
            selection.expert(CHAIR), round_=selection.written, reason="评分已结束（示例）"
        )
        rounds.decide_unseal(selection.supervisor, approval=asked, approve=True)
        yield selection


def detail(action: str) -> Any:
    with transaction() as session:
        return session.scalars(sa.select(AuditEntry.detail).where(AuditEntry.action == action)).one()


def test_words_of_a_case_are_bound_on_the_chain(made: Selection) -> None:
    case = reconciliation.open_case(
        made.expert(CHAIR),
        round_=made.written,
        dossier=made.numbers["2023-004"],
        code=made.codes(made.written)[PANEL[4]],
        question=QUESTION,
    )
    reconciliation.answer_case(made.expert(PANEL[4]), case=case, answer="keep", reason=REASON)
    asked, answered = detail("open_case"), detail("answer_case")
    with transaction() as session:
        review = session.scalars(sa.select(Review.public_id).where(Review.public_id == asked["review"])).one()
    assert asked == {"review": review, "trigger": "own", "content": canonical.digest(QUESTION)}
    assert answered == {"answer": "keep", "commitment": None, "content": canonical.digest(REASON)}
