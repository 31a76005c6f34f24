"""Two-person acts: nobody supplies both halves, and nobody agrees to something else than what was asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.approvals import Approval
from review_portal.services import approvals, audit
from tests import factories

ROUND = "exampleround"
PAYLOAD = {"round": ROUND, "sheets": 40}


@pytest.fixture
def people(app: Flask, db: SQLAlchemy) -> dict[str, Viewer]:
    made = factories.office(app)
    return {name: getattr(made, name).viewer(app) for name in made.__slots__}


def ask(actor: Viewer, *, reason: str = "评分已全部提交，申请启封", action: str = "unseal") -> str:
    with transaction() as session:
        return approvals.ask(
            session,
            actor,
            action,
            object_kind="round",
            object_id=ROUND,
            call_id=None,
            payload=PAYLOAD,
            reason=reason,
        ).public_id


def settle(actor: Viewer, public_id: str, *, approve: bool = True, payload: object = PAYLOAD) -> str:
    with transaction() as session:
        return approvals.settle(
            session, actor, public_id, "unseal", approve=approve, payload_now=payload, note="示例说明"
        ).outcome


def row(public_id: str) -> Approval:
    with transaction() as session:
        return session.scalars(sa.select(Approval).where(Approval.public_id == public_id)).one()


def expire(public_id: str) -> None:
    with transaction() as session:
        found = session.scalars(sa.select(Approval).where(Approval.public_id == public_id)).one()
        found.expires_at = now() - timedelta(seconds=1)


def test_second_person_approves(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    assert settle(people["supervisor_a"], public_id) == "approved"
    stored = row(public_id)
    assert (stored.asked_by, stored.decided_by, stored.note) == (
        people["officer"].account_id,
        people["supervisor_a"].account_id,
        "示例说明",
    )


def test_request_and_approval_are_two_entries_by_two_people(people: dict[str, Viewer]) -> None:
    before = audit.verify().entries
    settle(people["supervisor_a"], ask(people["officer"]))
    with transaction() as session:
        found = session.scalars(
            sa.select(audit.AuditEntry).where(audit.AuditEntry.sequence > before).order_by("sequence")
        ).all()
    acts = [(entry.action, entry.actor_id) for entry in found]
    assert acts == [
        ("ask_unseal", people["officer"].account_id),
        ("approve_unseal", people["supervisor_a"].account_id),
    ]
    assert found[0].detail["digest"] == found[1].detail["digest"]


def test_second_person_refuses(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    assert settle(people["supervisor_a"], public_id, approve=False) == "refused"


def test_refused_request_cannot_be_approved_later(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    settle(people["supervisor_a"], public_id, approve=False)
    with pytest.raises(Conflict, match="该申请已办结或已过期，请重新申请。"):
        settle(people["supervisor_b"], public_id)


def test_person_who_asked_cannot_decide(people: dict[str, Viewer]) -> None:
    public_id = ask(people["supervisor_a"])
    with pytest.raises(NotAllowed, match="申请人不能自行确认"):
        settle(people["supervisor_a"], public_id)
    assert row(public_id).outcome == "pending"


@pytest.mark.parametrize("role", ["administrator", "second_officer"])
def test_person_of_another_office_cannot_decide(people: dict[str, Viewer], role: str) -> None:
    public_id = ask(people["officer"])
    with pytest.raises(NotAllowed, match="您不是该事项的确认人。"):
        settle(people[role], public_id)


def test_expired_request_cannot_be_approved(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    expire(public_id)
    with pytest.raises(Conflict, match="已过期"):
        settle(people["supervisor_a"], public_id)


def test_request_whose_content_changed_cannot_be_approved(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    with pytest.raises(Conflict, match="申请提出后内容已有变化"):
        settle(people["supervisor_a"], public_id, payload={**PAYLOAD, "sheets": 39})
    assert row(public_id).outcome == "pending"


def test_request_whose_content_changed_can_be_refused(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    changed = {**PAYLOAD, "sheets": 39}
    assert settle(people["supervisor_a"], public_id, approve=False, payload=changed) == "refused"


@pytest.mark.parametrize("reason", ["", " ", "好"])
def test_request_without_a_reason_is_refused_at_the_field(people: dict[str, Viewer], reason: str) -> None:
    with pytest.raises(Invalid) as refusal:
        ask(people["officer"], reason=reason)
    assert {name: str(text) for name, text in refusal.value.fields.items()} == {
        "reason": "请写明事由，至少2个字。"
    }


def test_reason_or_note_that_nobody_could_read_through_is_refused_at_the_field(
    people: dict[str, Viewer],
) -> None:
    long = "长" * 2001
    with pytest.raises(Invalid) as refusal:
        ask(people["officer"], reason=long)
    assert list(refusal.value.fields) == ["reason"]
    public_id = ask(people["officer"], reason=long[:2000])
    with transaction() as session, pytest.raises(Invalid) as refusal:
        approvals.settle(session, people["supervisor_a"], public_id, "unseal", approve=False, note=long)
    assert list(refusal.value.fields) == ["note"]


def test_same_request_twice_is_a_conflict(people: dict[str, Viewer]) -> None:
    ask(people["officer"])
    with pytest.raises(Conflict, match="正等待另一人确认"):
        ask(people["second_officer"])


def test_expired_request_lapses_when_asked_again(people: dict[str, Viewer]) -> None:
    first = ask(people["officer"])
    expire(first)
    second = ask(people["officer"])
    assert (row(first).outcome, row(second).outcome) == ("lapsed", "pending")


def test_request_is_decided_under_its_own_action_only(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"], action="void_round")
    with pytest.raises(NotFound):
        settle(people["supervisor_a"], public_id)


def test_database_itself_refuses_one_person_for_both_halves(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    with pytest.raises(Conflict), transaction() as session:
        found = session.scalars(sa.select(Approval).where(Approval.public_id == public_id)).one()
        found.decided_by = found.asked_by


def test_waiting_list_shows_what_the_viewer_may_decide(people: dict[str, Viewer]) -> None:
    public_id = ask(people["supervisor_a"])
    shown = {
        name: [item.public_id for item in approvals.list_waiting(viewer)] for name, viewer in people.items()
    }
    assert shown == {name: [public_id] if name == "supervisor_b" else [] for name in people}


def test_waiting_list_leaves_out_expired_requests(people: dict[str, Viewer]) -> None:
    expire(ask(people["officer"]))
    assert approvals.list_waiting(people["supervisor_a"]) == []


def test_request_is_shown_to_who_asked_and_who_decides(people: dict[str, Viewer]) -> None:
    public_id = ask(people["officer"])
    assert approvals.get(people["officer"], public_id).reason == "评分已全部提交，申请启封"
    assert approvals.get(people["supervisor_b"], public_id).asked_by_name == "秘书处"
    with pytest.raises(NotFound):
        approvals.get(people["administrator"], public_id)
    with pytest.raises(NotFound):
        approvals.get(people["officer"], "a" * 12)
