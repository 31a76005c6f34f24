"""The defense round: who defends before whom, in which order, what happened, and who did not come."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.defenses import DefenseRecord
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, PanelMember
from review_portal.models.reviews import Review
from review_portal.services import approvals, defense_records, defense_room, defenses
from tests import defense_round
from tests.defense_round import SHORTLIST, Defense, viewer_of

TEAM = [("甲示例", "主讲人", True), ("乙示例", "技术负责人", True)]
LATE = "规定时间后15分钟未到场"
ASKED = [("expert", "首年接入企业如何落实", "名单会后补充")]


@pytest.fixture
def drafted(app: Flask, db: SQLAlchemy) -> Defense:
    return defense_round.shortlisted(app)


@pytest.fixture
def running(app: Flask, db: SQLAlchemy) -> Defense:
    return defense_round.opened(app)


@pytest.fixture
def officer(app: Flask, request: pytest.FixtureRequest) -> Viewer:
    made = "running" if "running" in request.fixturenames else "drafted"
    return viewer_of(request.getfixturevalue(made).office.officer)


def sheets(db: SQLAlchemy, number: str) -> dict[str, str]:
    """Expert's name -> state of the sheet for one dossier in the defense round."""
    rows = db.session.execute(
        sa.select(Expert.name, Review.state)
        .join(Expert, Expert.id == Review.expert_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
        .where(Dossier.number == number)
    )
    return dict(rows.all())


def entries(db: SQLAlchemy, action: str) -> list[AuditEntry]:
    rows = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence)
    )
    return list(rows)


def test_preparing_gives_each_shortlisted_unit_a_turn(officer: Viewer, drafted: Defense) -> None:
    defenses.prepare(officer, round_=drafted.round_)
    rows = defense_room.list_slots(officer, round_=drafted.round_)
    assert [(row.number, row.position, row.result) for row in rows] == [(n, None, None) for n in SHORTLIST]


def test_preparing_seats_the_previous_panel_without_its_pledges(
    officer: Viewer, drafted: Defense, db: SQLAlchemy
) -> None:
    defenses.prepare(officer, round_=drafted.round_)
    seats = db.session.execute(
        sa.select(PanelMember.expert_id, PanelMember.pledged_at, PanelMember.code)
    ).all()
    experts = [seat.expert_id for seat in seats]
    assert sorted(experts[5:]) == sorted(experts[:5])
    assert [(seat.pledged_at, seat.code) for seat in seats[5:]] == [(None, None)] * 5


def test_preparing_assigns_nobody_what_he_is_recused_from(
    officer: Viewer, drafted: Defense, db: SQLAlchemy
) -> None:
    defenses.prepare(officer, round_=drafted.round_)
    assert sorted(sheets(db, "2023-001")) == [f"示例专家{n}" for n in range(1, 6)]
    assert sorted(sheets(db, "2023-003")) == [f"示例专家{n}" for n in (1, 3, 4, 5)]
    assert sheets(db, "2023-002") == {}


def test_list_says_who_leaves_the_room(officer: Viewer, drafted: Defense) -> None:
    defenses.prepare(officer, round_=drafted.round_)
    rows = defense_room.list_slots(officer, round_=drafted.round_)
    assert {row.number: row.leaving for row in rows} == {
        "2023-001": (),
        "2023-003": ("示例专家2",),
        "2023-004": (),
    }


def test_preparing_twice_is_a_conflict(officer: Viewer, drafted: Defense) -> None:
    defenses.prepare(officer, round_=drafted.round_)
    with pytest.raises(Conflict) as refused:
        defenses.prepare(officer, round_=drafted.round_)
    assert str(refused.value) == "答辩名单已生成。"


def test_preparing_without_a_frozen_shortlist_says_who_must_act(
    officer: Viewer, drafted: Defense, db: SQLAlchemy
) -> None:
    other = defense_round.calls.create_call(officer, folder="green_platform_2023")
    round_ = defense_round.calls.view(officer, call=other).rounds[1].public_id
    with pytest.raises(Conflict) as refused:
        defenses.prepare(officer, round_=round_)
    assert str(refused.value) == "尚未冻结入围名单。请组长先冻结上一环节的入围名单。"


def test_preparing_is_the_secretariats(drafted: Defense) -> None:
    with pytest.raises(NotAllowed):
        defenses.prepare(viewer_of(drafted.office.supervisor_a), round_=drafted.round_)
    with pytest.raises(NotFound):
        defenses.prepare(viewer_of(drafted.expert), round_=drafted.round_)


def record(actor: Viewer, slot: str, **changes: object) -> int:
    values: dict[str, object] = {
        "attendees": TEAM,
        "exchanges": ASKED,
        "commitments": "3月底前补充名单",
        "result": "recommended",
    }
    return defense_records.record(actor, slot=slot, **{**values, **changes})  # type: ignore[arg-type]


def test_record_keeps_attendance_questions_commitments_and_result(
    app: Flask, officer: Viewer, running: Defense
) -> None:
    slot = running.slots(app)["2023-001"]
    assert record(officer, slot) == 1
    (kept,) = defense_records.view(officer, slot=slot).records
    assert (kept.attendees, kept.exchanges, kept.commitments, kept.result, kept.recorded_by) == (
        tuple((*person, True) for person in TEAM),
        tuple(ASKED),
        "3月底前补充名单",
        "recommended",
        officer.name,
    )


def test_correction_is_a_new_version_with_a_reason(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    record(officer, slot)
    with pytest.raises(Invalid) as refused:
        record(officer, slot, result="not_recommended")
    assert list(refused.value.fields) == ["reason"]
    assert record(officer, slot, result="not_recommended", reason="票数登记有误") == 2
    results = [row.result for row in defense_records.view(officer, slot=slot).records]
    assert results == ["recommended", "not_recommended"]


def test_result_may_follow_the_attendance_without_a_reason(
    app: Flask, officer: Viewer, running: Defense
) -> None:
    slot = running.slots(app)["2023-001"]
    record(officer, slot, result=None)
    assert record(officer, slot) == 2


def test_record_on_top_of_somebody_elses_is_a_conflict(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-001"]
    record(officer, slot, result=None, after=0)
    with pytest.raises(Conflict) as refused:
        record(viewer_of(running.office.second_officer), slot, after=0)
    assert isinstance(refused.value.theirs, defense_records.RecordRow)
    assert len(defense_records.view(officer, slot=slot).records) == 1


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"attendees": []}, "attendees"),
        ({"attendees": [*TEAM, ("丙示例", "财务", True), ("丁示例", "陪同", False)]}, "attendees"),
        ({"attendees": [("甲示例", "", True)]}, "attendees"),
        ({"result": "abstained"}, "result"),
        ({"result": "conditional"}, "conditions"),
        ({"conditions": "明确首年接入企业名单"}, "conditions"),
    ],
)
def test_faulty_record_is_refused_at_its_field(
    app: Flask, officer: Viewer, running: Defense, changes: dict[str, object], field: str
) -> None:
    slot = running.slots(app)["2023-001"]
    with pytest.raises(Invalid) as refused:
        record(officer, slot, **changes)
    assert list(refused.value.fields) == [field]
    assert defense_records.view(officer, slot=slot).records == ()


def test_record_is_append_only(app: Flask, officer: Viewer, running: Defense, db: SQLAlchemy) -> None:
    record(officer, running.slots(app)["2023-001"])
    with pytest.raises(sa.exc.DBAPIError):
        db.session.execute(sa.update(DefenseRecord).values(result="recommended"))
    db.session.rollback()


def test_words_of_the_results_come_from_the_rubric(app: Flask, officer: Viewer, running: Defense) -> None:
    assert defense_records.view(officer, slot=running.slots(app)["2023-001"]).words == {
        "recommended": "推荐",
        "conditional": "有条件推荐",
        "not_recommended": "不推荐",
    }


def test_absence_takes_chair_and_supervisor_and_voids_the_sheets(
    app: Flask, running: Defense, db: SQLAlchemy
) -> None:
    slot = running.slots(app)["2023-004"]
    approval = defense_records.ask_absent(
        viewer_of(running.chair), slot=slot, reason=LATE, early="未排定时间（示例）"
    )
    watcher = viewer_of(running.office.supervisor_a)
    assert [item.action for item in approvals.list_waiting(watcher)] == ["absent"]
    defense_records.decide_absent(watcher, approval=approval, approve=True)
    (kept,) = defense_records.view(watcher, slot=slot).records
    assert (kept.result, kept.reason, kept.attendees) == ("abstained", LATE, ())
    assert set(sheets(db, "2023-004").values()) == {"void"}
    assert set(sheets(db, "2023-001").values()) == {"assigned"}
    assert [entry.actor_name for entry in entries(db, "record_absence")] == ["示例监督甲"]


def test_absence_refused_changes_nothing(app: Flask, running: Defense, db: SQLAlchemy) -> None:
    slot = running.slots(app)["2023-004"]
    approval = defense_records.ask_absent(
        viewer_of(running.chair), slot=slot, reason=LATE, early="未排定时间（示例）"
    )
    watcher = viewer_of(running.office.supervisor_a)
    defense_records.decide_absent(watcher, approval=approval, approve=False, note="尚未满15分钟")
    assert defense_records.view(watcher, slot=slot).records == ()
    assert set(sheets(db, "2023-004").values()) == {"assigned"}


def test_absence_is_stated_by_the_chair_alone(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    with pytest.raises(NotAllowed):
        defense_records.ask_absent(officer, slot=slot, reason=LATE, early="未排定时间（示例）")
    with pytest.raises(NotFound):
        defense_records.ask_absent(
            viewer_of(running.expert), slot=slot, reason=LATE, early="未排定时间（示例）"
        )


def test_absence_is_not_confirmed_by_the_secretariat(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    approval = defense_records.ask_absent(
        viewer_of(running.chair), slot=slot, reason=LATE, early="未排定时间（示例）"
    )
    with pytest.raises(NotFound):
        defense_records.decide_absent(officer, approval=approval, approve=True)


def test_unit_that_came_after_all_is_not_absent(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    approval = defense_records.ask_absent(
        viewer_of(running.chair), slot=slot, reason=LATE, early="未排定时间（示例）"
    )
    record(officer, slot, result=None)
    with pytest.raises(Conflict) as refused:
        defense_records.decide_absent(viewer_of(running.office.supervisor_a), approval=approval, approve=True)
    assert str(refused.value) == "申请提出后内容已有变化，请由申请人重新申请。"


def test_absent_unit_has_no_other_record(app: Flask, officer: Viewer, running: Defense) -> None:
    slot = running.slots(app)["2023-004"]
    approval = defense_records.ask_absent(
        viewer_of(running.chair), slot=slot, reason=LATE, early="未排定时间（示例）"
    )
    defense_records.decide_absent(viewer_of(running.office.supervisor_a), approval=approval, approve=True)
    with pytest.raises(Conflict) as refused:
        record(officer, slot)
    assert str(refused.value) == "该单位已由组长和监督人员确认放弃答辩，不能再登记。"


def test_unit_that_withdrew_is_not_recorded(
    app: Flask, officer: Viewer, running: Defense, db: SQLAlchemy
) -> None:
    slot = running.slots(app)["2023-001"]
    with transaction() as session:
        session.scalars(sa.select(Dossier).where(Dossier.number == "2023-001")).one().state = "withdrawn"
    with pytest.raises(Conflict) as refused:
        record(officer, slot)
    assert str(refused.value) == "该单位已撤回申报。"
    rows = defense_room.list_slots(officer, round_=running.round_)
    assert [row.withdrawn for row in rows] == [True, False, False]


def test_list_of_turns_takes_the_same_queries_however_many(
    app: Flask, officer: Viewer, running: Defense, db: SQLAlchemy
) -> None:
    statements: list[str] = []

    def count(_c: object, _k: object, statement: str, *_rest: object) -> None:
        if statement.startswith("SELECT"):
            statements.append(statement)

    def counted() -> int:
        statements.clear()
        defense_room.list_slots(officer, round_=running.round_)
        return len(statements)

    sa.event.listen(db.engine, "before_cursor_execute", count)
    empty = counted()
    for slot in running.slots(app).values():
        record(officer, slot)
    assert (counted(), empty) == (empty, 3)
    sa.event.remove(db.engine, "before_cursor_execute", count)
