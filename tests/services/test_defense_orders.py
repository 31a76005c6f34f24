"""The order drawn in public: a code first, a number called out, the order from both; or lots on paper."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain import defense_order
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.defense_rooms import DefenseCommitment, DefenseOrder
from review_portal.models.dossiers import Dossier
from review_portal.services import audit, defense_orders, defense_room, defenses
from tests import defense_round
from tests.defense_round import SHORTLIST, Defense, viewer_of

CALLED = {"number": "0317", "caller": "甲单位代表", "witness": "示例监督甲"}


@pytest.fixture
def drafted(app: Flask, db: SQLAlchemy) -> Defense:
    return defense_round.shortlisted(app)


@pytest.fixture
def officer(app: Flask, drafted: Defense) -> Viewer:
    """The officer, with the turns made."""
    viewer = viewer_of(drafted.office.officer)
    defenses.prepare(viewer, round_=drafted.round_)
    return viewer


def entries(db: SQLAlchemy, action: str) -> list[AuditEntry]:
    rows = db.session.scalars(
        sa.select(AuditEntry).where(AuditEntry.action == action).order_by(AuditEntry.sequence)
    )
    return list(rows)


def withdraw(number: str) -> None:
    with transaction() as session:
        session.scalars(sa.select(Dossier).where(Dossier.number == number)).one().state = "withdrawn"


def positions(viewer: Viewer, made: Defense) -> list[tuple[int | None, str]]:
    rows = defense_room.list_slots(viewer, round_=made.round_)
    return [(row.position, row.number) for row in rows]


def test_order_follows_from_the_code_shown_and_the_number_called(
    officer: Viewer, drafted: Defense, db: SQLAlchemy
) -> None:
    code = defense_orders.commit(officer, round_=drafted.round_)
    numbers = defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    shown = defense_orders.order_record(officer, round_=drafted.round_)
    assert shown.record is not None
    assert (shown.record["commitment"], defense_order.faults(shown.record)) == (code, [])
    assert shown.record["frozen"]["turns"] == [
        {"number": "2023-001", "leaving": []},
        {"number": "2023-003", "leaving": ["R1"]},
        {"number": "2023-004", "leaving": []},
    ]
    assert [number for number, _unit, _leaving in shown.order] == numbers
    assert (shown.departures, shown.orders, shown.number, shown.caller) == (1, 6, "0317", "甲单位代表")
    assert positions(officer, drafted) == list(enumerate(numbers, start=1))


def test_draw_and_its_code_stand_on_the_chain_without_the_secret(
    officer: Viewer, drafted: Defense, db: SQLAlchemy
) -> None:
    code = defense_orders.commit(officer, round_=drafted.round_)
    numbers = defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    (promised,), (drawn,) = entries(db, "commit_defense_order"), entries(db, "draw_defense_order")
    secret = db.session.scalars(sa.select(DefenseCommitment.secret)).one()
    assert (promised.detail["order_code"], drawn.detail["order"]) == (code, numbers)
    assert (drawn.detail["called_number"], drawn.detail["witness"]) == ("0317", "示例监督甲")
    assert secret not in str(promised.detail) + str(drawn.detail)
    report = audit.verify()
    assert (report.broken_at, report.changed, report.unbound) == (None, (), 0)


@pytest.mark.parametrize("table", [DefenseCommitment, DefenseOrder])
def test_what_the_draw_was_made_of_cannot_be_rewritten(
    officer: Viewer, drafted: Defense, db: SQLAlchemy, table: type[DefenseOrder]
) -> None:
    defense_orders.commit(officer, round_=drafted.round_)
    defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    with pytest.raises(sa.exc.DBAPIError):
        db.session.execute(sa.delete(table))
    db.session.rollback()


def test_number_called_before_a_code_is_shown_draws_nothing(officer: Viewer, drafted: Defense) -> None:
    with pytest.raises(Conflict) as refused:
        defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    assert str(refused.value) == "请先公布抽签校验码，再在现场报数。"


def test_second_code_for_the_same_units_is_refused(officer: Viewer, drafted: Defense) -> None:
    defense_orders.commit(officer, round_=drafted.round_)
    with pytest.raises(Conflict) as refused:
        defense_orders.commit(officer, round_=drafted.round_)
    assert str(refused.value) == "抽签校验码已公布，请在现场报数。"


def test_unit_that_withdraws_after_the_code_takes_a_new_code(officer: Viewer, drafted: Defense) -> None:
    first = defense_orders.commit(officer, round_=drafted.round_)
    withdraw("2023-001")
    promise = defense_orders.promise(officer, round_=drafted.round_)
    assert promise is not None and not promise.holds
    with pytest.raises(Conflict):
        defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    assert defense_orders.commit(officer, round_=drafted.round_) != first
    drawn = defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    assert sorted(drawn) == ["2023-003", "2023-004"]


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"number": "十七"}, "number"),
        ({"number": "1" * 13}, "number"),
        ({"caller": " "}, "caller"),
        ({"witness": ""}, "witness"),
    ],
)
def test_number_needs_digits_a_caller_and_a_witness(
    officer: Viewer, drafted: Defense, changes: dict[str, str], field: str
) -> None:
    defense_orders.commit(officer, round_=drafted.round_)
    with pytest.raises(Invalid) as refused:
        defense_orders.draw(officer, round_=drafted.round_, **{**CALLED, **changes})
    assert list(refused.value.fields) == [field]
    assert {place for place, _number in positions(officer, drafted)} == {None}


def test_full_width_digits_are_the_number_that_was_called(officer: Viewer, drafted: Defense) -> None:
    defense_orders.commit(officer, round_=drafted.round_)
    defense_orders.draw(officer, round_=drafted.round_, **{**CALLED, "number": "０３１７ "})
    assert defense_orders.order_record(officer, round_=drafted.round_).number == "0317"


def test_order_is_drawn_once(officer: Viewer, drafted: Defense) -> None:
    defense_orders.commit(officer, round_=drafted.round_)
    numbers = defense_orders.draw(officer, round_=drafted.round_, **CALLED)
    for again in (
        lambda: defense_orders.draw(officer, round_=drafted.round_, **{**CALLED, "number": "9"}),
        lambda: defense_orders.commit(officer, round_=drafted.round_),
        lambda: defense_orders.record_lots(officer, round_=drafted.round_, order=[], witness="示例监督甲"),
    ):
        with pytest.raises(Conflict) as refused:
            again()
        assert str(refused.value) == "答辩顺序已抽定，不能重抽。"
    assert [number for _place, number in positions(officer, drafted)] == numbers


def test_draw_is_the_secretariats(officer: Viewer, drafted: Defense) -> None:
    with pytest.raises(NotAllowed):
        defense_orders.commit(viewer_of(drafted.office.supervisor_a), round_=drafted.round_)
    with pytest.raises(NotFound):
        defense_orders.commit(viewer_of(drafted.expert), round_=drafted.round_)


def test_lots_drawn_on_paper_are_taken_as_drawn(officer: Viewer, drafted: Defense, db: SQLAlchemy) -> None:
    slots = {r.number: r.public_id for r in defense_room.list_slots(officer, round_=drafted.round_)}
    drawn = ["2023-004", "2023-001", "2023-003"]
    order = [slots[number] for number in drawn]
    lots = defense_orders.record_lots(officer, round_=drafted.round_, order=order, witness=" 示例监督甲 ")
    assert lots == drawn
    (entry,) = entries(db, "draw_defense_order")
    assert (entry.detail["method"], entry.detail["witness"]) == ("paper", "示例监督甲")
    shown = defense_orders.order_record(officer, round_=drafted.round_)
    assert (shown.record, shown.departures) == (None, 1)


@pytest.mark.parametrize(("count", "witness", "field"), [(2, "示例监督甲", "order"), (3, " ", "witness")])
def test_lots_on_paper_need_every_unit_and_a_witness(
    officer: Viewer, drafted: Defense, count: int, witness: str, field: str
) -> None:
    rows = defense_room.list_slots(officer, round_=drafted.round_)
    order = [row.public_id for row in rows][:count]
    with pytest.raises(Invalid) as refused:
        defense_orders.record_lots(officer, round_=drafted.round_, order=order, witness=witness)
    assert list(refused.value.fields) == [field]
    assert positions(officer, drafted) == [(None, number) for number in SHORTLIST]
