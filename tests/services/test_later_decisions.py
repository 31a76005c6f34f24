"""暂缓: a held dossier is not selected, its scores stay, and what was put off is decided by itself later."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from review_portal import clock
from review_portal.db import db
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.decision_rules import Choice
from review_portal.domain.errors import Conflict, NotAllowed
from review_portal.models.calls import Call
from review_portal.services import (
    audit,
    decision_views,
    decisions,
    dossier_holds,
    later_decision_state,
    later_decisions,
    objection_state,
)
from review_portal.services.decisions import Minutes
from review_portal.services.later_decisions import LaterMinutes
from tests.factories_papers import pdf
from tests.factories_selection import RANKED, Selection
from tests.selection_copies import copied

REASON = "有异议正在核查，须先核实（示例）"
FIRST = RANKED[0]


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, "sqlite", "ranked", tmp_path) as found, found.app.app_context():
        yield found


def call_of(made: Selection) -> Call:
    return db.session.query(Call).filter_by(public_id=made.call).one()


def put_before(made: Selection, answer: str) -> str:
    """The meeting approves what the ranking proposes, and of the first dossier says `answer`."""
    found = decision_views.docket(made.officer, call=made.call)
    assert found is not None
    choices = {one.dossier: Choice(one.expected or "approve", REASON) for one in found.candidates}
    choices[made.numbers[FIRST]] = Choice(answer, REASON)
    day = local_date(clock.now())
    outcome = "adjusted" if answer == "hold" else "agreed"
    minutes = Minutes("主任办公会（示例）", day, "示例会纪〔2023〕6号", outcome, "同意（示例）", REASON)
    return decisions.ask_decision(
        made.officer,
        call=made.call,
        digest=found.digest,
        minutes=minutes,
        choices=choices,
        scan_name="会议纪要.pdf",
        scan=pdf(1),
    )


def later(made: Selection, answer: str = "approve") -> str:
    day = local_date(clock.now())
    minutes = LaterMinutes("主任办公会（示例）", day, "示例会纪〔2023〕9号", answer, "核查属实（示例）")
    return later_decisions.ask_later(
        made.officer, dossier=made.numbers[FIRST], minutes=minutes, scan_name="纪要.pdf", scan=pdf(1)
    )


def test_held_dossier_is_put_off_and_decided_by_itself_later(made: Selection) -> None:
    dossier = made.numbers[FIRST]
    before = decision_views.docket(made.officer, call=made.call)
    asked = dossier_holds.ask_hold(made.officer, dossier=dossier, objection="", reason=REASON)
    with pytest.raises(NotAllowed):
        dossier_holds.decide_hold(made.officer, approval=asked, approve=True)
    dossier_holds.decide_hold(made.supervisor, approval=asked, approve=True)
    assert list(objection_state.held_dossiers(db.session(), call_of(made).id)) == [dossier]
    after = decision_views.docket(made.officer, call=made.call)
    assert before is not None and after is not None
    assert (after.lines, after.digest) == (before.lines, before.digest)  # it stays in the ranking
    with pytest.raises(Conflict) as refused:
        put_before(made, "approve")
    assert FIRST in str(refused.value.message)
    asked = put_before(made, "hold")
    decisions.decide_decision(made.second, approval=asked, approve=True)
    assert [one.number for one in later_decision_state.undecided(db.session(), call_of(made))] == [FIRST]
    with pytest.raises(Conflict):
        later(made)  # still held
    asked = dossier_holds.ask_release(made.officer, dossier=dossier, finding="核查属实，可以继续（示例）")
    dossier_holds.decide_release(made.supervisor, approval=asked, approve=True)
    assert not objection_state.held_dossiers(db.session(), call_of(made).id)
    asked = later(made)
    with pytest.raises(NotAllowed):
        later_decisions.decide_later(made.officer, approval=asked, approve=True)
    later_decisions.decide_later(made.second, approval=asked, approve=True)
    assert later_decision_state.later_selected(db.session(), call_of(made)) == (dossier,)
    assert dossier not in decision_views.get(made.officer, call=made.call).selected
    with pytest.raises(Conflict):
        later(made, "reject")  # once
    assert audit.verify().holds
