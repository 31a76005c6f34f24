"""A round's life: what opening waits for, who is elected, closes, unseals and ends it; on both engines."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
import time_machine

from review_portal.db import db, now, transaction
from review_portal.domain import canonical
from review_portal.domain.chinese_dates import local_date
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.letter_words import OFFICE_FIELDS
from review_portal.models.approvals import Approval
from review_portal.models.calls import Call, ChairElection, Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, ExpertTie
from review_portal.models.reviews import Review
from review_portal.services import (
    assignments,
    audit,
    calls,
    closing,
    elections,
    experts,
    letters,
    office_facts,
    panels,
    reconciliation,
    rounds,
    supervision,
)
from review_portal.services.assignment_grid import list_assignments
from review_portal.services.rounds import Progress
from tests.factories_cases import opened
from tests.factories_selection import CHAIR, PANEL, REJECTED, UNDELIVERED, Selection
from tests.factories_selection import _fill as fill
from tests.factories_selection import _seat as seat
from tests.selection_copies import copied

RECUSED = "壬示例"
OUTDATED = "当前环节不能办理此事项，页面可能已过时，请刷新后再看。"
ONLY_CHAIR = "只有本轮专家组组长可以办理。"
REASON = "评分已结束，申请启封（示例）"


@pytest.fixture
def assigned(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Panel and assignments are complete, the round is not open; inside an application context."""
    with copied(request, engine_name, "assigned", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def scoring(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The round has just been opened: nobody is present, nothing is scored."""
    with copied(request, engine_name, "scoring", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def sealed(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Scoring has ended and every sheet is sealed."""
    with copied(request, engine_name, "sealed", tmp_path) as made, made.app.app_context():
        yield made


def refusal(made: Selection, round_: str | None = None) -> str:
    """Why the round cannot be opened; nothing of it has changed."""
    asked = round_ or made.written
    with pytest.raises(Conflict) as refused:
        rounds.open_round(made.officer, round_=asked, deadline=None)
    assert state_of(made, asked) == "draft"
    return str(refused.value)


def state_of(made: Selection, round_: str) -> str:
    return rounds.view(made.officer, round_=round_).state


def stored(made: Selection) -> Round:
    db.session.rollback()
    return db.session.scalars(sa.select(Round).where(Round.public_id == made.written)).one()


def pool(made: Selection) -> dict[str, str]:
    return {line.name: line.public_id for line in experts.list_experts(made.officer, call=made.call)}


def seats(made: Selection) -> dict[str, str]:
    members = panels.list_members(made.officer, round_=made.written)
    return {member.name: member.public_id for member in members}


def set_panel(made: Selection, *names: str) -> None:
    known = pool(made)
    panels.set_panel(made.officer, round_=made.written, experts=[known[name] for name in names])


def sign_in(made: Selection, *names: str) -> None:
    members = seats(made)
    for name in names:
        panels.sign_in(made.officer, member=members[name], checked_by="示例会务")


def elect(made: Selection, name: str, *, votes: int = 3, witness: str = "示例监督甲") -> None:
    member = seats(made)[name]
    elections.elect_chair(
        made.officer, round_=made.written, member=member, method="举手", votes=votes, witness=witness
    )


def election_count(made: Selection) -> int:
    db.session.rollback()
    return db.session.scalar(sa.select(sa.func.count()).select_from(ChairElection)) or 0


def ask(made: Selection) -> str:
    return rounds.ask_unseal(made.expert(CHAIR), round_=made.written, reason=REASON)


def test_opening_waits_for_the_end_of_intake_and_the_approved_scheme(assigned: Selection) -> None:
    call = calls.create_call(assigned.officer, folder=assigned.story.folder)
    first = calls.view(assigned.officer, call=call).rounds[0].public_id
    assert refusal(assigned, first) == "请先结束受理，再开启评审。"
    calls.publish(assigned.officer, call=call)
    assert refusal(assigned, first) == "请先结束受理，再开启评审。"
    calls.close_intake(assigned.officer, call=call)
    assert refusal(assigned, first) == "评审工作方案尚未批准或规则已变化，请先登记方案审批。"


def test_opening_is_refused_when_another_scheme_was_approved(assigned: Selection) -> None:
    with transaction() as session:
        session.execute(sa.update(Call).values(scheme_digest="0" * 64))
    assert refusal(assigned) == "评审工作方案尚未批准或规则已变化，请先登记方案审批。"


def test_opening_waits_for_the_end_of_the_round_before(assigned: Selection) -> None:
    assert refusal(assigned, assigned.defense) == "上一轮评审尚未结束。"


@pytest.mark.parametrize("size", [0, 3, 4])
def test_opening_is_refused_when_the_panel_is_too_small(assigned: Selection, size: int) -> None:
    set_panel(assigned, *PANEL[:size])
    assert refusal(assigned) == f"专家组现有{size}人，应不少于5人且为单数。"


def test_opening_is_refused_when_the_panel_is_even(assigned: Selection) -> None:
    sixth = next(name for name in sorted(pool(assigned)) if name not in PANEL)
    set_panel(assigned, *PANEL, sixth)
    assert refusal(assigned) == "专家组现有6人，应不少于5人且为单数。"


def test_opening_names_the_experts_without_an_account(assigned: Selection) -> None:
    other = next(name for name in sorted(pool(assigned)) if name not in PANEL)
    set_panel(assigned, *PANEL[:4], other)
    assert refusal(assigned) == f"以下专家尚未开通账号：{other}。"


def test_opening_is_refused_when_nothing_is_assigned(assigned: Selection) -> None:
    set_panel(assigned)
    set_panel(assigned, *PANEL)
    assert refusal(assigned) == "尚未分派评审任务，请先分派。"
    assignments.assign_all(assigned.officer, round_=assigned.written)
    rounds.open_round(assigned.officer, round_=assigned.written, deadline=None, reason=UNDELIVERED)
    assert state_of(assigned, assigned.written) == "scoring"


def test_opening_is_refused_when_two_experts_have_one_employer(assigned: Selection) -> None:
    with transaction() as session:
        names = (PANEL[1], PANEL[2])
        session.execute(sa.update(Expert).where(Expert.name.in_(names)).values(employer="重庆示例设计院"))
    pair = "、".join(sorted(names))
    sentence = f"{pair}同在“重庆示例设计院”，方案规定同一单位不超过1人，请调整专家组。"
    assert refusal(assigned) == sentence


def test_retired_experts_are_no_colleagues_to_an_opening(assigned: Selection) -> None:
    with transaction() as session:
        session.execute(sa.update(Expert).where(Expert.name.in_(PANEL[1:3])).values(employer="退休"))
    rounds.open_round(assigned.officer, round_=assigned.written, deadline=None, reason=UNDELIVERED)
    assert state_of(assigned, assigned.written) == "scoring"


def test_opening_waits_until_doubtful_pairs_are_decided(assigned: Selection) -> None:
    cells = list_assignments(assigned.officer, round_=assigned.written).cells
    pair = next(pair for pair, cell in cells.items() if cell.kind == "assigned")
    with transaction() as session:
        expert = session.scalars(sa.select(Expert.id).where(Expert.public_id == pair[0])).one()
        dossier = session.scalars(sa.select(Dossier).where(Dossier.public_id == pair[1])).one()
        session.execute(sa.delete(Review).where(Review.expert_id == expert, Review.dossier_id == dossier.id))
        session.add(
            ExpertTie(
                expert_id=expert,
                kind="relative",
                relative="示例亲属",
                relation="表弟",
                organisation=dossier.unit_name,
                post="职员",
            )
        )
    found = list_assignments(assigned.officer, round_=assigned.written)
    assert found.cells[pair].kind == "undecided"
    waiting = found.count("undecided")
    assert refusal(assigned) == f"有{waiting}对利害关系尚待核实，请在专家分派页逐一处理。"


def test_opening_with_a_deadline_that_has_passed_is_refused(assigned: Selection) -> None:
    moment = datetime(2123, 3, 1, 9, 0, tzinfo=UTC)
    with time_machine.travel(moment, tick=False):
        with pytest.raises(Invalid) as refused:
            rounds.open_round(assigned.officer, round_=assigned.written, deadline=moment, reason=UNDELIVERED)
        assert str(refused.value.fields["deadline"]) == "请填写现在以后的时间。"
        assert state_of(assigned, assigned.written) == "draft"
        late = moment + timedelta(seconds=1)
        rounds.open_round(assigned.officer, round_=assigned.written, deadline=late, reason=UNDELIVERED)
    assert state_of(assigned, assigned.written) == "scoring"


def test_first_round_waits_for_rejections_to_be_delivered_or_says_why_not(assigned: Selection) -> None:
    def opens(reason: str) -> Invalid:
        with pytest.raises(Invalid) as refused:
            rounds.open_round(assigned.officer, round_=assigned.written, deadline=None, reason=reason)
        return refused.value

    assert "、".join(REJECTED) in str(opens("").fields["reason"])
    assert "请先登记送达" in str(opens("急　").fields["reason"])
    assert "500" in str(opens("长" * 501).fields["reason"])
    assert state_of(assigned, assigned.written) == "draft"
    rounds.open_round(assigned.officer, round_=assigned.written, deadline=None, reason=f" {UNDELIVERED}")
    kept = {"numbers": list(REJECTED), "reason": UNDELIVERED}
    assert stored(assigned).frozen["undelivered"] == kept
    assert audit.verify().broken_at is None


def test_first_round_opens_without_a_word_once_every_rejection_is_delivered(assigned: Selection) -> None:
    office, day = assigned.officer, local_date(now())
    facts = dict.fromkeys(OFFICE_FIELDS, "示例") | {
        "contact_phone": "023-00000000",
        "supervision_phone": "023-00000001",
        "contact_postcode": "400000",
        "contact_email": "office@example.cn",
    }
    office_facts.record(office, call=assigned.call, facts=facts)
    for place, number in enumerate(REJECTED):
        key = {"call": assigned.call, "key": ("rejection", assigned.numbers[number], 1)}
        letters.issue(office, **key, number=f"示例〔2023〕{place}号", issued_on=day, signed_by="示例主任")
        letters.deliver(office, **key, delivered_on=day, way="direct", receiver="示例人")
    rounds.open_round(office, round_=assigned.written, deadline=None)
    assert "undelivered" not in stored(assigned).frozen


def test_only_the_secretariat_opens(assigned: Selection) -> None:
    with pytest.raises(NotAllowed):
        rounds.open_round(assigned.supervisor, round_=assigned.written, deadline=None)
    with pytest.raises(NotFound):
        rounds.open_round(assigned.expert(CHAIR), round_=assigned.written, deadline=None)
    assert state_of(assigned, assigned.written) == "draft"


def test_opening_draws_each_code_once_and_freezes_what_was_agreed(assigned: Selection) -> None:
    rounds.open_round(assigned.officer, round_=assigned.written, deadline=None, reason=UNDELIVERED)
    drawn = assigned.codes(assigned.written)
    assert (set(drawn), sorted(drawn.values())) == (set(PANEL), ["E01", "E02", "E03", "E04", "E05"])
    row = stored(assigned)
    rules = calls.view(assigned.officer, call=assigned.call).rules
    assert row.frozen_digest == canonical.digest(row.frozen)
    assert (row.frozen["stage"], row.frozen["rules"]) == ("written_review", rules.digest)
    assert row.frozen["panel"] == sorted(seats(assigned).values())
    triggers = row.frozen["triggers"]
    limits = ("deviation_percent", "range_points", "severity_points", "noise_times", "chance_percent")
    assert [triggers[name] for name in limits] == ["30", "25", "5", "1.5", "5"]
    assert triggers["low_levels"] == ["差"]
    assert ("充分" in triggers["praise"], "不足" in triggers["faults"]) == (True, True)
    pairs = row.frozen["assignments"]
    assert len(pairs) == 7 * 5 - 1  # seven accepted dossiers; one expert is recused from the first
    assert [drawn[RECUSED], assigned.numbers["2023-001"]] not in pairs


def test_round_is_opened_once(scoring: Selection) -> None:
    drawn, frozen = scoring.codes(scoring.written), stored(scoring).frozen_digest
    with pytest.raises(Conflict) as refused:
        rounds.open_round(scoring.officer, round_=scoring.written, deadline=None, reason=UNDELIVERED)
    assert str(refused.value) == OUTDATED
    assert (scoring.codes(scoring.written), stored(scoring).frozen_digest) == (drawn, frozen)


def test_panel_of_an_opened_round_stays(scoring: Selection) -> None:
    with pytest.raises(Conflict) as refused:
        set_panel(scoring, *PANEL[:4])
    assert str(refused.value) == "本轮已开启，专家组不能再改。"
    assert set(seats(scoring)) == set(PANEL)


def test_nobody_is_elected_before_the_round_opens(assigned: Selection) -> None:
    sign_in(assigned, *PANEL)
    with pytest.raises(Conflict) as refused:
        elect(assigned, CHAIR)
    assert (str(refused.value), election_count(assigned)) == ("本轮评分进行期间方可推举组长。", 0)


def test_only_who_is_present_is_elected(scoring: Selection) -> None:
    sign_in(scoring, *PANEL[1:])
    with pytest.raises(Invalid) as refused:
        elect(scoring, CHAIR)
    assert str(refused.value.fields["member"]) == "请选择已签到的专家。"
    assert election_count(scoring) == 0


def test_recused_expert_is_not_elected(scoring: Selection) -> None:
    sign_in(scoring, *PANEL)
    with pytest.raises(Invalid) as refused:
        elect(scoring, RECUSED)
    assert str(refused.value) == "有回避情形的专家不得担任组长，请另行推举。"
    assert election_count(scoring) == 0


def test_chair_is_not_elected_before_the_quorum_is_there(scoring: Selection) -> None:
    sign_in(scoring, *PANEL[:4])
    with pytest.raises(Conflict) as refused:
        elect(scoring, CHAIR)
    assert str(refused.value) == "到会专家4人，方案规定不少于5人方可评审，不能推举组长。"
    sign_in(scoring, PANEL[4])
    elect(scoring, CHAIR)
    assert election_count(scoring) == 1


@pytest.mark.parametrize("votes", [0, 2, 6])
def test_election_needs_a_majority_of_who_is_present(scoring: Selection, votes: int) -> None:
    sign_in(scoring, *PANEL)
    with pytest.raises(Invalid) as refused:
        elect(scoring, CHAIR, votes=votes)
    assert str(refused.value) == "得票须超过到会专家（5人）的半数且不超过人数。"
    assert (list(refused.value.fields), election_count(scoring)) == (["votes"], 0)


def test_election_needs_a_witness(scoring: Selection) -> None:
    sign_in(scoring, *PANEL)
    with pytest.raises(Invalid) as refused:
        elect(scoring, CHAIR, witness="　")
    assert str(refused.value.fields["witness"]) == "请填写见证人。"
    assert election_count(scoring) == 0


def test_only_the_secretariat_records_an_election(scoring: Selection) -> None:
    sign_in(scoring, *PANEL)
    words = {"member": seats(scoring)[CHAIR], "method": "举手", "witness": "示例监督甲"}
    with pytest.raises(NotAllowed):
        elections.elect_chair(scoring.supervisor, round_=scoring.written, votes=5, **words)
    assert (election_count(scoring), scoring.expert(CHAIR).chairs) == (0, frozenset())


def test_election_sent_twice_is_one_election(scoring: Selection) -> None:
    sign_in(scoring, *PANEL)
    elect(scoring, CHAIR)
    elect(scoring, CHAIR)
    assert election_count(scoring) == 1
    elect(scoring, CHAIR, votes=4)  # counted anew: that is another one
    assert election_count(scoring) == 2


def test_elected_expert_is_chair_of_this_round(scoring: Selection) -> None:
    sign_in(scoring, *PANEL)
    elect(scoring, CHAIR)
    assert scoring.expert(CHAIR).chairs == {stored(scoring).id}
    members = panels.list_members(scoring.officer, round_=scoring.written)
    assert [member.name for member in members if member.is_chair] == [CHAIR]


def fill_alone(made: Selection, name: str = CHAIR) -> None:
    """One expert's sheets are handed in."""
    alone = dataclasses.replace(made.story, panel=(name,), withdrawn="")
    fill(dataclasses.replace(made, story=alone), made.written)


def test_end_of_scoring_is_asked_by_the_chair_alone_with_own_sheets_in_and_a_reason(
    scoring: Selection,
) -> None:
    seat(scoring, scoring.written)
    for office in (scoring.officer, scoring.supervisor):
        with pytest.raises(NotAllowed) as refused:
            closing.ask_close(office, round_=scoring.written, reason=REASON)
        assert str(refused.value) == ONLY_CHAIR
    with pytest.raises(NotFound):
        closing.ask_close(scoring.expert(PANEL[1]), round_=scoring.written, reason=REASON)
    with pytest.raises(Conflict) as owing:
        closing.ask_close(scoring.expert(CHAIR), round_=scoring.written, reason=REASON)
    assert str(owing.value) == "您本人还有7份评分未提交，请先提交再结束评分。"
    fill_alone(scoring)
    with pytest.raises(Invalid) as silent:
        closing.ask_close(scoring.expert(CHAIR), round_=scoring.written, reason=" ")
    assert str(silent.value.fields["reason"]) == "请写明事由，至少2个字。"
    assert state_of(scoring, scoring.written) == "scoring"


def test_scoring_ends_when_the_supervisor_agrees_and_open_sheets_are_missed(scoring: Selection) -> None:
    seat(scoring, scoring.written)
    fill_alone(scoring)
    chair = scoring.expert(CHAIR)
    asked = closing.ask_close(chair, round_=scoring.written, reason=REASON)
    with pytest.raises(Conflict) as twice:
        closing.ask_close(chair, round_=scoring.written, reason=REASON)
    assert str(twice.value) == "该事项已提交申请，正等待另一人确认。"
    for other in (scoring.officer, scoring.expert(PANEL[1])):
        with pytest.raises(NotFound):
            closing.decide_close(other, approval=asked, approve=True)
    with pytest.raises(NotAllowed):
        closing.decide_close(chair, approval=asked, approve=True)
    assert rounds.progress(scoring.officer, round_=scoring.written) == Progress(7, 27, 0)
    closing.decide_close(scoring.supervisor, approval=asked, approve=False, note="再等一等（示例）")
    assert state_of(scoring, scoring.written) == "scoring"
    again = closing.ask_close(chair, round_=scoring.written, reason=REASON)
    closing.decide_close(scoring.supervisor, approval=again, approve=True)
    assert state_of(scoring, scoring.written) == "sealed"
    assert rounds.progress(scoring.officer, round_=scoring.written) == Progress(7, 0, 27)
    acts = [entry.action for entry in supervision.told_trail(scoring.supervisor, call=scoring.call)]
    assert [name for name in acts if "close" in name] == [
        "close_intake",
        *("ask_close", "refuse_close", "ask_close", "approve_close", "close_round"),
    ]


def test_request_to_end_scoring_is_stale_once_a_sheet_was_handed_in(
    scoring: Selection,
) -> None:
    seat(scoring, scoring.written)
    fill_alone(scoring)
    chair = scoring.expert(CHAIR)
    first = closing.ask_close(chair, round_=scoring.written, reason=REASON)
    fill_alone(scoring, PANEL[1])
    with pytest.raises(Conflict) as moved:
        closing.decide_close(scoring.supervisor, approval=first, approve=True)
    assert str(moved.value) == "申请提出后内容已有变化，请由申请人重新申请。"
    waits = closing.waiting(chair, round_=scoring.written)
    assert waits is not None
    assert (waits.stale, waits.reason) == (True, REASON)
    again = closing.ask_close(chair, round_=scoring.written, reason=REASON)  # the stale one gives way
    with pytest.raises(Conflict):
        closing.decide_close(scoring.supervisor, approval=first, approve=False)
    closing.decide_close(scoring.supervisor, approval=again, approve=True)
    assert rounds.progress(scoring.officer, round_=scoring.written) == Progress(14, 0, 20)
    assert closing.waiting(chair, round_=scoring.written) is None


def test_unsealing_is_asked_of_a_sealed_round_only(scoring: Selection) -> None:
    seat(scoring, scoring.written)
    with pytest.raises(Conflict) as refused:
        ask(scoring)
    assert str(refused.value) == "本轮未处于封存状态，无需启封。"


def test_unsealing_is_asked_by_the_chair_with_a_reason(sealed: Selection) -> None:
    with pytest.raises(NotAllowed) as refused:
        rounds.ask_unseal(sealed.officer, round_=sealed.written, reason=REASON)
    assert str(refused.value) == ONLY_CHAIR
    with pytest.raises(Invalid) as incomplete:
        rounds.ask_unseal(sealed.expert(CHAIR), round_=sealed.written, reason=" ")
    assert str(incomplete.value.fields["reason"]) == "请写明事由，至少2个字。"


def test_unsealing_is_asked_once_at_a_time(sealed: Selection) -> None:
    ask(sealed)
    with pytest.raises(Conflict) as refused:
        ask(sealed)
    assert str(refused.value) == "该事项已提交申请，正等待另一人确认。"


def test_supervisor_is_asked_about_as_many_sheets_as_progress_counts(sealed: Selection) -> None:
    asked = ask(sealed)
    counted = rounds.progress(sealed.expert(CHAIR), round_=sealed.written).submitted
    kept = db.session.scalar(
        sa.select(sa.func.count()).select_from(Review).where(Review.state == "submitted")
    )
    payload = db.session.scalars(sa.select(Approval.payload).where(Approval.public_id == asked)).one()
    assert (payload["sheets"], kept) == (counted, counted + 3)  # of the unit that withdrew


def test_only_the_supervisor_agrees_to_unsealing(sealed: Selection) -> None:
    asked = ask(sealed)
    with pytest.raises(NotAllowed) as refused:
        rounds.decide_unseal(sealed.expert(CHAIR), approval=asked, approve=True)
    assert str(refused.value) == "双人办理事项须由另一人确认，申请人不能自行确认。"
    for other in (sealed.officer, sealed.expert(PANEL[1])):
        with pytest.raises(NotFound):
            rounds.decide_unseal(other, approval=asked, approve=True)
    assert state_of(sealed, sealed.written) == "sealed"
    rounds.decide_unseal(sealed.supervisor, approval=asked, approve=True)
    assert state_of(sealed, sealed.written) == "reconciling"


def test_refused_unsealing_leaves_the_seal_and_may_be_asked_again(sealed: Selection) -> None:
    rounds.decide_unseal(sealed.supervisor, approval=ask(sealed), approve=False, note="请先核对（示例）")
    assert state_of(sealed, sealed.written) == "sealed"
    rounds.decide_unseal(sealed.supervisor, approval=ask(sealed), approve=True)
    assert state_of(sealed, sealed.written) == "reconciling"


def test_unsealing_is_refused_when_the_sealed_sheets_changed_since(sealed: Selection) -> None:
    asked = ask(sealed)
    with transaction() as session:
        one = session.scalars(sa.select(Review).where(Review.state == "submitted").order_by(Review.id))
        one.first().state = "void"
    with pytest.raises(Conflict) as refused:
        rounds.decide_unseal(sealed.supervisor, approval=asked, approve=True)
    assert str(refused.value) == "申请提出后内容已有变化，请由申请人重新申请。"
    assert state_of(sealed, sealed.written) == "sealed"


def test_round_does_not_end_before_it_is_unsealed(sealed: Selection) -> None:
    with pytest.raises(Conflict) as refused:
        rounds.finish_round(sealed.expert(CHAIR), round_=sealed.written)
    assert (str(refused.value), state_of(sealed, sealed.written)) == (OUTDATED, "sealed")


def test_round_does_not_end_while_a_case_is_open(sealed: Selection) -> None:
    rounds.decide_unseal(sealed.supervisor, approval=ask(sealed), approve=True)
    case = opened(
        sealed.expert(CHAIR),
        sealed.supervisor,
        round_=sealed.written,
        dossier=sealed.numbers["2023-004"],
        code=sealed.codes(sealed.written)[PANEL[4]],
        question="请说明该项评分的主要依据（示例）。",
    )
    with pytest.raises(Conflict) as refused:
        rounds.finish_round(sealed.expert(CHAIR), round_=sealed.written)
    assert str(refused.value) == (
        "还有1件复议未答复，请待专家答复后再结束复议；期限已过的，请登记未在期限内答复。"
    )
    assert state_of(sealed, sealed.written) == "reconciling"
    reason = "已重新核对证明材料，维持原评分（示例）。"
    reconciliation.answer_case(sealed.expert(PANEL[4]), case=case, answer="keep", reason=reason)
    with pytest.raises(NotAllowed):
        rounds.finish_round(sealed.officer, round_=sealed.written)
    rounds.finish_round(sealed.expert(CHAIR), round_=sealed.written)
    assert state_of(sealed, sealed.written) == "finished"
