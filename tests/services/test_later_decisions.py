"""暂缓: a held dossier is not selected, its scores stay, and what was put off is decided by itself later."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from review_portal import clock
from review_portal.db import db
from review_portal.domain.errors import Conflict, NotAllowed, NotFound
from review_portal.models.calls import Call
from review_portal.services import (
    audit,
    decision_views,
    decisions,
    dossier_holds,
    final_list_views,
    final_lists,
    later_decision_state,
    later_decisions,
    list_notices,
    list_papers,
    objection_state,
    objection_views,
    objections,
    public_notice,
    vacancies,
)
from tests import factories_lists as lists
from tests.archive_checks import assert_archive_holds
from tests.factories_objections import ANONYMOUS, file
from tests.factories_papers import pdf
from tests.factories_selection import RANKED, Selection
from tests.later_entries import FIRST, REASON, decided_later, later, put_before
from tests.posting import at
from tests.selection_copies import copied


@pytest.fixture
def made(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Selection]:
    with copied(request, "sqlite", "ranked", tmp_path) as found, found.app.app_context():
        yield found


def call_of(made: Selection) -> Call:
    return db.session.query(Call).filter_by(public_id=made.call).one()


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
    (enters,) = later_decision_state.to_enter(db.session(), call_of(made), ())
    assert enters.dossier == dossier
    assert dossier not in decision_views.get(made.officer, call=made.call).selected
    with pytest.raises(Conflict):
        later(made, "reject")  # once
    assert audit.verify().holds


def test_unit_approved_later_enters_the_list_after_a_full_publicity_of_its_own(
    made: Selection, tmp_path: Path
) -> None:
    dossier = made.numbers[FIRST]
    decided_later(made)
    lists.publish(made)
    lists.drafted(made)
    with at(lists.SETTLED):
        shown = final_list_views.overview(made.officer, call=made.call)
        assert ([one.number for one in shown.entering], shown.entered) == ([FIRST], ())
        assert refused(made) == f"{FIRST}已另行审定同意，尚未列入名单。请先提请列入，另行公示。"
        asked = vacancies.ask_enter(made.officer, call=made.call, dossier=dossier)
        with pytest.raises(NotAllowed):
            vacancies.decide_fill(made.officer, approval=asked, approve=True)
        vacancies.decide_fill(made.second, approval=asked, approve=True)
        with pytest.raises(Conflict, match="没有在等待列入名单"):
            vacancies.ask_enter(made.officer, call=made.call, dossier=dossier)
        assert refused(made) == "名单变更（第1号）须另行公示，公示稿尚未发布。请起草并提请发布。"
        paper = list_papers.draft(made.officer, call=made.call, kind="newcomer", ordinal=1)
        lists.fill(made, paper, change_note="一家单位经核查属实", issued_on="2023-03-23")
        words = final_list_views.paper(made.officer, call=made.call, paper=paper).words
        assert "".join(words.title).endswith("拟增列单位的公示") and len(words.rows) == 1
        assert "，一家单位经核查属实，经会议另行审定，拟将" in words.paragraphs[0]
        assert "递补" not in "".join(words.paragraphs)
        asked = list_notices.ask_release(made.officer, call=made.call, paper=paper, reason="核对（示例）")
        list_notices.decide_release_change(made.second, approval=asked, approve=True)
        with pytest.raises(NotFound):
            public_notice.public_change(call=made.call, paper=paper)
        assert late(made, dossier, "a")  # the list's own period is over, and no other notice stands
        list_notices.record_appearance(
            made.officer,
            call=made.call,
            paper=paper,
            url="https://office.example/notice/1",
            appeared_on=lists.SETTLED.date(),
            scan_name="截图.pdf",
            scan=pdf(1),
        )
        assert "公示期至2023年3月29日届满" in refused(made)
        public = public_notice.public_change(call=made.call, paper=paper)
        assert (public.words, public.today, public.last_day) == (words, 1, date(2023, 3, 29))
        assert words.list_title in public_notice.public_change_text(call=made.call, paper=paper)[1].decode()
        assert [late(made, one, key) for one, key in ((dossier, "b"), ("", "c"))] == [False, False]
        assert late(made, made.numbers[RANKED[1]], "d")  # of a unit whose publicity is over
    with at(datetime(2023, 3, 29, 16, tzinfo=UTC)), pytest.raises(NotFound):
        public_notice.public_change(call=made.call, paper=paper)  # 24:00 of the last day
    lists.drafted(made)
    lists.settle(made, datetime(2023, 3, 30, 1, tzinfo=UTC))
    shown = final_list_views.overview(made.officer, call=made.call)
    assert (shown.entering, shown.entered, shown.state) == ((), (FIRST,), "listed")
    assert FIRST in [number for number, *_ in shown.units]
    assert audit.verify().holds
    assert_archive_holds(made.call, tmp_path / "archive")


def late(made: Selection, dossier: str, key: str) -> bool:
    """Whether an objection to the publicity that comes in now is registered as late."""
    found = file(
        made.officer,
        made.call,
        ANONYMOUS,
        key=key,
        received_at=clock.now(),
        on_publicity=True,
        dossiers=(dossier,) if dossier else (),
    )
    objections.classify(made.officer, objection=found, route="decline", reason="匿名（示例）")  # and closed
    return objection_views.one(made.officer, objection=found).late


def refused(made: Selection) -> str:
    with pytest.raises(Conflict) as problem:
        final_lists.ask_settle(made.officer, call=made.call, reason="核对无误（示例）")
    return str(problem.value)
