"""The page of two-person acts: who sees a request, what it says, what either answer does."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.domain import policy
from review_portal.models.approvals import Approval
from review_portal.models.calls import Round
from review_portal.services import accounts, approvals, calls, rounds
from review_portal.services.accounts import Person
from review_portal.web.approval_words import ACTS
from tests import defense_round, factories
from tests.defense_round import Defense

REASON = "评分已全部提交，申请启封"


@pytest.fixture
def sealed(app: Flask) -> Defense:
    """A defense round that is sealed (its sheets are missed), and the chair's request to unseal it."""
    made = defense_round.opened(app)
    chair = made.chair.viewer(app)
    with app.app_context():
        with transaction() as session:
            row = session.scalars(sa.select(Round).where(Round.public_id == made.round_)).one()
            row.state = "sealed"
        rounds.ask_unseal(chair, round_=made.round_, reason=REASON)
    return made


def request_of(app: Flask) -> Approval:
    """The only request there is."""
    return factories.inside(app, lambda: db.session.scalars(sa.select(Approval)).one())


def state_of(app: Flask, made: Defense) -> str:
    query = sa.select(Round.state).where(Round.public_id == made.round_)
    return factories.inside(app, lambda: db.session.execute(query).scalar_one())


def test_request_waits_for_the_supervisor_and_for_nobody_else(app: Flask, sealed: Defense) -> None:
    waiting = {
        name: person.visit(app).get("/approvals/").text.count(REASON)
        for name, person in {
            "supervisor": sealed.office.supervisor_a,
            "second supervisor": sealed.office.supervisor_b,
            "secretariat": sealed.office.officer,
            "chair": sealed.chair,
        }.items()
    }
    assert waiting == {"supervisor": 1, "second supervisor": 1, "secretariat": 0, "chair": 0}


def test_page_says_what_will_happen_who_asked_and_the_check_code(app: Flask, sealed: Defense) -> None:
    asked = request_of(app)
    page = sealed.office.supervisor_a.visit(app).get(f"/approvals/{asked.public_id}")
    assert page.title == "同意启封：现场答辩评分"
    assert page.text.count("示例专家1（组长）") == 1
    assert (
        page.text.count("组长和监督人员可按代号看到全部评分；秘书处可看复议记录，复议结束后取得汇总表。") == 1
    )
    groups = [asked.digest[start : start + 4] for start in range(0, 64, 4)]
    assert page.doc.xpath("//p[@class='digest']/span/text()") == groups


def test_agreeing_without_having_ticked_changes_nothing_and_keeps_the_note(
    app: Flask, sealed: Defense
) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    page = visitor.submit(page.path, decision="agree", note="在场见证")
    assert (page.status, page.value("note"), page.field_error("confirm")) == (
        422,
        "在场见证",
        "请核对后勾选确认。",
    )
    assert state_of(app, sealed) == "sealed"


@pytest.mark.parametrize("answer", ["", "yes"])
def test_answer_that_is_neither_yes_nor_no_settles_nothing(app: Flask, sealed: Defense, answer: str) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    page = visitor.submit(page.path, decision=answer, confirm="y", note="在场见证")
    assert (page.status, request_of(app).outcome, state_of(app, sealed)) == (422, "pending", "sealed")
    assert page.field_error("confirm") == "请按“同意”或“不同意”的按钮答复。"
    assert page.value("note") == "在场见证"


def test_agreeing_does_the_act(app: Flask, sealed: Defense) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    page = visitor.submit(page.path, decision="agree", confirm="y", note="在场见证")
    assert (page.path, page.text.count("已同意：启封评分。")) == ("/approvals/", 1)
    assert (state_of(app, sealed), request_of(app).note) == ("reconciling", "在场见证")


def test_refusing_needs_a_note(app: Flask, sealed: Defense) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    page = visitor.submit(page.path, decision="refuse", note="")
    assert (page.status, page.field_error("note")) == (422, "不同意的，请写明理由。")
    assert request_of(app).outcome == "pending"


def test_refusing_with_a_note_leaves_everything_sealed(app: Flask, sealed: Defense) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    visitor.submit(page.path, decision="refuse", note="签字件未齐")
    assert (state_of(app, sealed), request_of(app).outcome) == ("sealed", "refused")


def test_person_who_asked_sees_the_request_without_buttons(app: Flask, sealed: Defense) -> None:
    visitor = sealed.chair.visit(app)
    page = visitor.get(f"/approvals/{request_of(app).public_id}")
    assert page.text.count("双人办理事项须由另一人确认，申请人不能自行确认。") == 1
    assert [action for action in page.forms if action.startswith("/approvals")] == []
    page = visitor.post(page.path, {"decision": "agree", "confirm": "y"})
    assert (page.status, state_of(app, sealed)) == (403, "sealed")


def test_request_is_missing_for_strangers(app: Flask, sealed: Defense) -> None:
    path = f"/approvals/{request_of(app).public_id}"
    assert sealed.expert.visit(app).get(path).status == 404
    assert sealed.office.officer.visit(app).post(path, {"decision": "agree", "confirm": "y"}).status == 404
    assert state_of(app, sealed) == "sealed"


def test_settled_request_stays_readable_and_cannot_be_settled_again(app: Flask, sealed: Defense) -> None:
    visitor = sealed.office.supervisor_a.visit(app)
    path = f"/approvals/{request_of(app).public_id}"
    visitor.get(path)
    visitor.submit(path, decision="agree", confirm="y")
    page = visitor.get(path)
    assert page.text.count("该申请已办结或已过期，不能再确认。") == 1
    assert visitor.post(path, {"decision": "agree", "confirm": "y"}).status == 409


def test_accounts_are_opened_by_a_second_person(app: Flask) -> None:
    office = factories.office(app)
    officer = office.officer.viewer(app)

    def ask() -> str | None:
        call = calls.create_call(officer, folder="green_platform_2023")
        calls.publish(officer, call=call)
        person = Person("expert-9", "示例专家九", "expert")
        return accounts.open_accounts(officer, call=call, people=[person], reason="替补专家")

    approval = factories.inside(app, ask)
    visitor = office.second_officer.visit(app)
    page = visitor.get(f"/approvals/{approval}")
    assert page.text.count("示例专家九（账号expert-9，专家）") == 1
    visitor.submit(page.path, decision="agree", confirm="y")
    opened = factories.inside(app, lambda: factories.account_row("expert-9").name)
    assert opened == "示例专家九"


def reject(app: Flask, made: Defense) -> str:
    """A request as the formal check makes it."""
    officer = made.officer(app)
    payload = {"number": "2023-002", "unit": "重庆示例循环利用科技有限公司", "version": "0" * 64}
    with app.app_context(), transaction() as session:
        row = approvals.ask(
            session,
            officer,
            "reject_dossier",
            object_kind="dossier",
            object_id="nothing-here",
            call_id=factories.call_id(made.call, session),
            payload={**payload, "failed": [["F07", "联合体成员4家，超过3家"]]},
            reason="联合体成员超过规定数量",
        )
        return str(row.public_id)


def test_rejection_names_unit_and_confirmed_failures(app: Flask) -> None:
    made = defense_round.shortlisted(app)
    approval = reject(app, made)
    page = made.office.second_officer.visit(app).get(f"/approvals/{approval}")
    assert page.title == "同意不予受理：重庆示例循环利用科技有限公司"
    assert page.text.count("F07：联合体成员4家，超过3家") == 1


LATER = frozenset({"void_round"})  # nothing asks for these yet


@pytest.mark.parametrize("act", sorted(set(policy.APPROVERS) - LATER))
def test_every_two_person_act_has_a_page_and_somebody_who_does_it(act: str) -> None:
    decide: Callable[..., None] = ACTS[act].decide
    assert callable(decide)
