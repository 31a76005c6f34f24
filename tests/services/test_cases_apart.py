"""复议 outside of the triggers, its times, discussion, voided sheets, minutes; on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.calls import Call, RuleSet
from review_portal.models.reviews import ReconciliationCase
from review_portal.services import (
    approvals,
    case_acts,
    case_discussions,
    case_minutes,
    case_views,
    discussion_views,
    overviews,
    ranking,
    reconciliation,
    report,
    review_voids,
    rounds,
    sheets,
    verifications,
    void_views,
)
from review_portal.services.case_rows import CaseRow
from scoring_rubrics import digest_of
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_cases import GROUNDS, request_of
from tests.factories_selection import CHAIR, PANEL, Selection
from tests.selection_copies import copied

QUESTION = "请说明该项评分的主要依据（示例）。"
REASON = "已重新核对证明材料，维持原评分（示例）。"
NUMBER, ASKED, OTHER = "2023-004", PANEL[4], PANEL[1]
FACT = "经核实，该份评分由其助理代为填写（示例）。"


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """An unsealed round in which nothing fires, inside an application context."""
    with copied(request, engine_name, "sealed", tmp_path) as selection, selection.app.app_context():
        asked = rounds.ask_unseal(
            selection.expert(CHAIR), round_=selection.written, reason="评分已结束（示例）"
        )
        rounds.decide_unseal(selection.supervisor, approval=asked, approve=True)
        yield selection


def ask(made: Selection, *names: str, grounds: str = GROUNDS) -> list[str]:
    codes = made.codes(made.written)
    return reconciliation.open_cases(
        made.expert(CHAIR),
        round_=made.written,
        dossier=made.numbers[NUMBER],
        codes=[codes[name] for name in names],
        question=QUESTION,
        grounds=grounds,
    )


def ledger(made: Selection) -> list[CaseRow]:
    return case_views.list_cases(made.supervisor, round_=made.written)


def countersign(made: Selection, case: str, *, approve: bool = True, note: str = "") -> None:
    asked = request_of(made.supervisor, case)
    case_acts.decide_countersign(made.supervisor, approval=asked, approve=approve, note=note)


def pass_time(case: str) -> None:
    """The case's time to answer is over."""
    with transaction() as session:
        row = session.scalars(sa.select(ReconciliationCase).where(ReconciliationCase.public_id == case)).one()
        row.due_at = now() - timedelta(minutes=1)


def finish(made: Selection) -> None:
    rounds.finish_round(made.expert(CHAIR), round_=made.written)


def test_case_outside_of_the_triggers_waits_for_the_countersign_of_another(made: Selection) -> None:
    with pytest.raises(Invalid) as refused:
        ask(made, ASKED, grounds="想问一下。")
    assert set(refused.value.fields) == {"grounds"}
    assert ledger(made) == []
    first, second = ask(made, ASKED, OTHER)
    assert [(row.state, row.outside, row.grounds) for row in ledger(made)] == [("waiting", True, GROUNDS)] * 2
    # nothing of it reaches the expert before
    assert case_views.list_own_cases(made.expert(ASKED)) == []
    with pytest.raises(NotFound):
        sheets.case_sheet(made.expert(ASKED), case=first)
    with pytest.raises(NotFound):
        reconciliation.answer_case(made.expert(ASKED), case=first, answer="keep", reason=REASON)
    with pytest.raises(NotAllowed):
        case_acts.decide_countersign(made.officer, approval=request_of(made.supervisor, first), approve=True)
    with pytest.raises(Conflict, match="还有2件规则外的复议等待监督人员会签"):
        finish(made)
    countersign(made, first)
    countersign(made, second, approve=False, note="理由不充分（示例）")
    assert [row.state for row in ledger(made)] == ["open", "refused"]
    assert [row.public_id for row in case_views.list_own_cases(made.expert(ASKED))] == [first]
    assert case_views.list_own_cases(made.expert(OTHER)) == []
    (own,) = case_views.list_own_cases(made.expert(ASKED))
    assert (own.grounds, own.acts, own.reasons) == ("", (), ())
    reconciliation.answer_case(made.expert(ASKED), case=first, answer="keep", reason=REASON)
    finish(made)
    assert verifications.verify_chain(made.supervisor, call=made.call).holds


def test_case_that_waits_can_be_taken_back_and_its_request_dies(made: Selection) -> None:
    (case,) = ask(made, ASKED)
    asked = request_of(made.supervisor, case)
    with pytest.raises(Conflict, match="正等待另一人确认"):
        case_acts.ask_countersign_again(made.expert(CHAIR), case=case)
    case_acts.withdraw_case(made.expert(CHAIR), case=case, reason="专家已口头说明（示例）")
    with pytest.raises(Conflict):
        case_acts.decide_countersign(made.supervisor, approval=asked, approve=True)
    assert [(row.state, row.last.reason if row.last else "") for row in ledger(made)] == [
        ("withdrawn", "专家已口头说明（示例）")
    ]
    (again,) = ask(made, ASKED)  # it stands in nobody's way
    countersign(made, again)
    with pytest.raises(Conflict):
        case_acts.withdraw_case(made.expert(CHAIR), case=again, reason="不再需要（示例）")


def test_answer_has_a_time_after_which_the_score_stays(made: Selection) -> None:
    chair = made.expert(CHAIR)
    (case,) = ask(made, ASKED)
    countersign(made, case)
    (row,) = ledger(made)
    assert timedelta(hours=23) < row.due_at - now() <= timedelta(hours=24)  # the call's rule
    with pytest.raises(Conflict, match="答复期限尚未届满"):
        case_acts.lapse_case(chair, case=case, reason="电话未接通（示例）")
    pass_time(case)
    with pytest.raises(Conflict, match="答复期限已过"):
        reconciliation.answer_case(made.expert(ASKED), case=case, answer="keep", reason=REASON)
    with pytest.raises(Invalid) as refused:
        case_acts.extend_case(chair, case=case, due_at=now() - timedelta(hours=1), reason="短")
    assert set(refused.value.fields) == {"due_at", "reason"}
    case_acts.extend_case(chair, case=case, due_at=now() + timedelta(hours=2), reason="专家在途中（示例）")
    assert sheets.case_sheet(made.expert(ASKED), case=case).may_answer
    pass_time(case)
    for other in (made.officer, made.supervisor):
        with pytest.raises(NotAllowed):
            case_acts.lapse_case(other, case=case, reason="电话未接通（示例）")
    case_acts.lapse_case(chair, case=case, reason="电话未接通（示例）")
    (row,) = ledger(made)
    assert (row.state, row.answer, row.after, row.stands) == ("lapsed", None, None, row.before)
    assert [act.act for act in row.acts] == ["release", "extend", "lapse"]
    finish(made)
    _name, data = report.summary_sheet(made.officer, round_=made.written)
    table = "".join(cell for line in table_texts(opened(data).tables[-1]) for cell in line)
    assert f"未在期限内答复，原评分{row.before:.2f}保留" in table


def test_revised_sheet_has_to_differ(made: Selection) -> None:
    (case,) = ask(made, ASKED)
    countersign(made, case)
    before = sheets.case_sheet(made.expert(ASKED), case=case).view.content
    same = reconciliation.Sheet(
        {item: Decimal(text) for item, text in before["points"].items()},
        before["comments"],
        before["opinion"],
        before["conclusion"] or None,
    )
    with pytest.raises(Invalid) as refused:
        reconciliation.answer_case(
            made.expert(ASKED), case=case, answer="revise", reason=REASON, sheet=same, request_key="same"
        )
    assert str(refused.value.fields["answer"]) == "评分没有改动。不修改的，请选择“维持原评分”。"


def test_others_are_shown_only_where_the_calls_rule_says_so(made: Selection) -> None:
    (case,) = ask(made, ASKED)
    countersign(made, case)
    assert sheets.case_sheet(made.expert(ASKED), case=case).others == ()
    with transaction() as session:
        call = session.scalars(sa.select(Call).where(Call.public_id == made.call)).one()
        rules = session.scalars(sa.select(RuleSet).where(RuleSet.id == call.rule_set_id)).one()
        text = rules.files["call.toml"].replace("show_others = false", "show_others = true")
        files = {**rules.files, "call.toml": text}
        told = RuleSet(
            digest=digest_of({name: data.encode() for name, data in files.items()}),
            slug=rules.slug,
            files=files,
            stored_at=now(),
        )
        session.add(told)
        session.flush()
        call.rule_set_id = told.id
    rows = overviews.overview(made.supervisor, round_=made.written).rows
    totals = dict(next(row.totals for row in rows if row.number == NUMBER))
    del totals[made.codes(made.written)[ASKED]]
    assert dict(sheets.case_sheet(made.expert(ASKED), case=case).others) == totals


def discuss(made: Selection, *, known: int = 0, reason: str = "", actor: Viewer | None = None) -> int:
    return case_discussions.record(
        actor or made.expert(CHAIR),
        round_=made.written,
        dossier=made.numbers[NUMBER],
        present=[CHAIR, ASKED],
        others="示例监督甲",
        substance="核对了服务对象名单和减排量测算边界（示例）。",
        outcome="各专家维持独立评分（示例）。",
        reason=reason,
        known=known,
    )


def test_discussion_is_kept_in_versions(made: Selection) -> None:
    assert discuss(made) == 1
    with pytest.raises(Conflict) as newer:
        discuss(made)
    assert isinstance(newer.value.theirs, discussion_views.Discussion)
    with pytest.raises(Invalid) as refused:
        discuss(made, known=1)
    assert set(refused.value.fields) == {"reason"}
    assert discuss(made, known=1, reason="补记在场的监督人员（示例）") == 2
    with pytest.raises(NotAllowed):
        discuss(made, known=2, reason="更正一处（示例）", actor=made.supervisor)
    versions = discussion_views.list_discussions(made.officer, round_=made.written)
    assert [(item.ordinal, set(item.present)) for item in versions] == [
        (1, {CHAIR, ASKED}),
        (2, {CHAIR, ASKED}),
    ]
    form = discussion_views.form_of(made.expert(CHAIR), round_=made.written, dossier=made.numbers["2023-001"])
    assert set(form.members) == set(PANEL)  # a name left out would tell whose the empty cell is
    finish(made)
    form = discussion_views.form_of(made.expert(CHAIR), round_=made.written, dossier=made.numbers["2023-001"])
    assert set(form.members) == set(PANEL) - {"壬示例"}  # recused there


def test_sheet_is_voided_by_two_people_and_counts_no_more(made: Selection) -> None:
    chair, code = made.expert(CHAIR), made.codes(made.written)[ASKED]
    at = {"round_": made.written, "dossier": made.numbers[NUMBER]}
    with pytest.raises(Invalid) as refused:
        review_voids.ask_void(chair, **at, who="", breach="", reason="代评")
    assert set(refused.value.fields) == {"who", "breach", "reason"}
    with pytest.raises(NotAllowed):
        review_voids.ask_void(made.officer, **at, who=code, breach="proxy", reason=FACT)
    with pytest.raises(NotFound):  # a name is the supervisor's way, a code the chair's
        review_voids.ask_void(made.supervisor, **at, who=code, breach="proxy", reason=FACT)
    asked = review_voids.ask_void(chair, **at, who=code, breach="proxy", reason=FACT)
    with pytest.raises(Conflict, match="已申请作废"):
        ask(made, ASKED)
    with pytest.raises(Conflict, match="已申请作废"):
        review_voids.ask_void(chair, **at, who=code, breach="proxy", reason=FACT)
    with pytest.raises(Conflict, match="还有1份评分表的作废申请未办结"):
        finish(made)
    with pytest.raises(NotAllowed):
        review_voids.decide_void(chair, approval=asked, approve=True)
    before = len(line_totals(made))
    review_voids.decide_void(made.supervisor, approval=asked, approve=True)
    assert len(line_totals(made)) == before - 1
    (own,) = void_views.list_own_voids(made.expert(ASKED))
    assert (own.number, own.breach) == (NUMBER, "proxy")
    assert void_views.list_own_voids(made.expert(OTHER)) == []
    finish(made)
    _name, data = report.summary_sheet(made.officer, round_=made.written)
    assert any(FACT in line and f"专家{code}的评分因由他人代评" in line for line in lines(opened(data)))
    shown = ranking.view(made.expert(CHAIR), round_=made.written)
    ranking.freeze(
        made.expert(CHAIR), round_=made.written, digest=shown.digest, look="专家组已查看，维持原规则。"
    )
    with pytest.raises(Conflict, match="请按异议处理程序办理"):
        review_voids.ask_void(
            made.expert(CHAIR), **at, who=made.codes(made.written)[OTHER], breach="contact", reason=FACT
        )
    assert verifications.verify_chain(made.supervisor, call=made.call).holds


def line_totals(made: Selection) -> dict[str, Decimal]:
    rows = overviews.overview(made.supervisor, round_=made.written).rows
    return dict(next(row.totals for row in rows if row.number == NUMBER))


def test_request_by_name_never_pairs_it_with_a_code_before_the_end(made: Selection) -> None:
    at = {"round_": made.written, "dossier": made.numbers[NUMBER]}
    _about, named = void_views.voidable(made.supervisor, **at)
    key = next(item.key for item in named if item.who == ASKED)
    asked = review_voids.ask_void(made.supervisor, **at, who=key, breach="contact", reason=FACT)
    with pytest.raises(NotAllowed):  # the same person does not agree to it
        review_voids.decide_void(made.supervisor, approval=asked, approve=True)
    second = made.viewer(made.office.supervisor_b)
    payload = approvals.get(second, asked).payload
    assert payload["expert"] == ASKED
    assert made.codes(made.written)[ASKED] not in [str(value) for value in payload.values()]
    (row,) = void_views.list_voids(made.expert(CHAIR), round_=made.written)
    assert (row.code, row.reason) == ("", "")
    review_voids.decide_void(second, approval=asked, approve=False, note="证据不足（示例）")
    finish(made)
    (row,) = void_views.list_voids(made.expert(CHAIR), round_=made.written)
    assert (row.code, row.outcome, row.reason) == (made.codes(made.written)[ASKED], "refused", FACT)


def test_minutes_hold_both_scores_what_stands_apart_and_the_effect(made: Selection) -> None:
    first, second = ask(made, ASKED, OTHER)
    countersign(made, first)
    countersign(made, second, approve=False, note="理由不充分（示例）")
    discuss(made)
    reconciliation.answer_case(made.expert(ASKED), case=first, answer="keep", reason=REASON)
    running = case_minutes.minutes(made.expert(CHAIR), round_=made.written)
    assert running.effects == ("复议结束以前不计算名次，不说明对名单的影响。",)
    finish(made)
    for viewer in (made.officer, made.supervisor, made.expert(CHAIR)):
        name, data = case_minutes.file(viewer, round_=made.written)
        assert (name.startswith("复议记录_"), case_minutes.file(viewer, round_=made.written)) == (
            True,
            (name, data),
        )
    document = opened(data)
    said = "\n".join(lines(document))
    assert "名单未因复议改变。" in said
    outside = next(table for table in document.tables if len(table.columns) == 8)
    rows = table_texts(outside)[1:]
    assert [row[7] for row in rows] == ["维持原评分", "监督人员不同意提请"]
    assert all(GROUNDS in row[2] for row in rows)
    assert (rows[0][4], rows[1][5]) == (rows[0][5], "—")
    assert running.within == ()
    with pytest.raises(NotFound):
        case_minutes.minutes(made.expert(ASKED), round_=made.written)
