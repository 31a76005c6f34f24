"""复议: who asks and who answers, what stays of both scores, what stands on the trail; on both engines."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.orm import Session

from review_portal.db import transaction
from review_portal.domain import canonical
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditBinding, AuditEntry
from review_portal.models.calls import Round
from review_portal.models.certificates import IssuedCertificate
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import ReconciliationCase, Review, ReviewRevision, RevisionPoint
from review_portal.services import calls, case_views, overviews, panels, reconciliation, rounds
from review_portal.services.binding_subjects import SUBJECTS
from review_portal.services.bindings import content
from review_portal.services.case_rows import CaseRow
from review_portal.services.overviews import OverviewRow
from review_portal.services.revisions import Sheet, add_revision
from tests.factories_cases import opened
from tests.factories_selection import CHAIR, PANEL, Selection, sheet
from tests.selection_copies import copied

QUESTION = "请说明该项评分的主要依据（示例）。"
REASON = "已重新核对证明材料，维持原评分（示例）。"
ASKED, NUMBER = PANEL[4], "2023-004"  # the expert who is asked and the dossier that the sheet is about
CODES = ["E01", "E02", "E03", "E04", "E05"]


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
    case = open_case(made)
    reconciliation.answer_case(made.expert(PANEL[4]), case=case, answer="keep", reason=REASON)
    asked, answered = detail("open_case"), detail("answer_case")
    with transaction() as session:
        kept = session.scalars(sa.select(ReconciliationCase)).one()
        words = [commitment(session, "case_question", kept)]
        assert (asked["trigger"], asked["words"]) == ("own", words)
        said = commitment(session, "case_answer", kept)
    assert answered == {"answer": "keep", "commitment": None, "words": [said]}


def commitment(session: Session, subject: str, row: Any) -> str:
    """What the chain must hold of a row's words, from the salt that is kept beside it."""
    kept = sa.select(AuditBinding.salt).where(AuditBinding.subject == subject, AuditBinding.row_id == row.id)
    salt = session.scalars(kept).one()
    values = {name: getattr(row, name) for name in SUBJECTS[subject].fields}
    return canonical.commitment(bytes.fromhex(salt), content(subject, values))


def open_case(made: Selection, *, actor: Viewer | None = None, question: str = QUESTION) -> str:
    return opened(
        actor or made.expert(CHAIR),
        made.supervisor,
        round_=made.written,
        dossier=made.numbers[NUMBER],
        code=made.codes(made.written)[ASKED],
        question=question,
    )


def revised(made: Selection, *, share: str | None = None, less: str = "0.5") -> Sheet:
    """The sheet of who is asked, a little lower or at another share of every maximum."""
    shown = calls.view(made.officer, call=made.call)
    rubric = shown.rules.rubric_of(shown.rounds[0].stage)
    return sheet(rubric, NUMBER, share or made.story.shares[NUMBER], PANEL.index(ASKED), less=Decimal(less))


def revise(made: Selection, case: str, given: Sheet) -> None:
    reconciliation.answer_case(
        made.expert(ASKED), case=case, answer="revise", reason=REASON, sheet=given, request_key=case
    )


def ledger(made: Selection) -> list[CaseRow]:
    return case_views.list_cases(made.officer, round_=made.written)


def line_of(made: Selection) -> OverviewRow:
    """The overview's line of the dossier the case is about."""
    rows = overviews.overview(made.officer, round_=made.written).rows
    return next(row for row in rows if row.number == NUMBER)


def total_of(given: Sheet) -> Decimal:
    return sum(given.points.values(), Decimal(0))


def revisions(case: str) -> list[tuple[int, Decimal]]:
    """Ordinal and total of each stored revision of the sheet that the case is about."""
    with transaction() as session:
        review = session.scalars(
            sa.select(ReconciliationCase.review_id).where(ReconciliationCase.public_id == case)
        ).one()
        rows = session.execute(
            sa.select(ReviewRevision.ordinal, sa.func.sum(RevisionPoint.points))
            .join(RevisionPoint, RevisionPoint.revision_id == ReviewRevision.id)
            .where(ReviewRevision.review_id == review)
            .group_by(ReviewRevision.ordinal)
            .order_by(ReviewRevision.ordinal)
        ).all()
        return [(ordinal, total) for ordinal, total in rows]


def test_totals_within_the_triggers_are_not_flagged(made: Selection) -> None:
    rows = overviews.overview(made.officer, round_=made.written).rows
    assert [row.flags for row in rows] == [()] * 6
    assert max(row.spread for row in rows) == Decimal("10.00")


def test_totals_outside_of_the_triggers_are_flagged_with_their_figures(made: Selection) -> None:
    revise(made, open_case(made), revised(made, share="0.20"))
    line, code = line_of(made), made.codes(made.written)[ASKED]
    with transaction() as session:
        frozen = session.scalars(sa.select(Round.frozen).where(Round.public_id == made.written)).one()
    assert (frozen["triggers"]["deviation_percent"], frozen["triggers"]["range_points"]) == ("30", "25")
    total, mean = line.totals[code], line.mean
    assert [(flag.kind, flag.code, str(flag.reason)) for flag in line.flags] == [
        ("deviation", code, f"{code}评分{total}，偏离均值{mean}超过30%。"),
        ("range", "", f"极差{line.spread}分，超过25分。"),
    ]
    assert sum(bool(row.flags) for row in overviews.overview(made.officer, round_=made.written).rows) == 1


def test_case_records_a_trigger_only_where_it_fires(made: Selection) -> None:
    code, dossier = made.codes(made.written), made.numbers[NUMBER]

    def asked(name: str, trigger: str) -> str:
        case = opened(
            made.expert(CHAIR),
            made.supervisor,
            round_=made.written,
            dossier=dossier,
            code=code[name],
            question=QUESTION,
            trigger=trigger,
        )
        return next(row.trigger for row in ledger(made) if row.public_id == case)

    revise(made, open_case(made), revised(made, share="0.20"))
    assert [asked(ASKED, "deviation"), asked(PANEL[1], "deviation")] == ["deviation", "own"]
    assert asked(PANEL[2], "range") == "range"


def flagged(made: Selection) -> list[str]:
    """A sheet that sets off both triggers, and their words before anybody is asked."""
    revise(made, open_case(made), revised(made, share="0.20"))
    return [str(flag.reason) for flag in line_of(made).flags]


def test_case_keeps_its_triggers_and_their_figures_when_the_answer_ends_them(made: Selection) -> None:
    words = flagged(made)
    case = open_case(made)  # the chair came from the sheet, not from the flag
    revise(made, case, revised(made))
    assert line_of(made).flags == ()
    row = next(row for row in ledger(made) if row.public_id == case)
    assert (row.trigger, [str(reason) for reason in row.reasons]) == ("deviation", words)
    (own, last) = case_views.list_own_cases(made.expert(ASKED))
    assert (last.trigger, own.reasons, last.reasons) == ("deviation", (), ())


def test_case_outside_of_the_triggers_says_so_with_its_figures(made: Selection) -> None:
    line, code = line_of(made), made.codes(made.written)[ASKED]
    open_case(made)
    (row,) = ledger(made)
    assert [str(reason) for reason in row.reasons] == [
        f"组长提请（未触发规则）：{code}评分{line.totals[code]}，均值{line.mean}，极差{line.spread}分。"
    ]


@pytest.mark.parametrize("question", ["", "请说明依据。", "　请说明依据，谢谢。　"])
def test_case_needs_a_question_of_ten_characters(made: Selection, question: str) -> None:
    with pytest.raises(Invalid) as refused:
        open_case(made, question=question)
    assert str(refused.value.fields["question"]) == "请写明需要专家说明的问题，至少10个字。"
    assert ledger(made) == []


def test_only_the_chair_asks(made: Selection) -> None:
    for office in (made.officer, made.supervisor):
        with pytest.raises(NotAllowed) as refused:
            open_case(made, actor=office)
        assert str(refused.value) == "只有本轮专家组组长可以办理。"
    with pytest.raises(NotFound):
        open_case(made, actor=made.expert(PANEL[1]))
    assert ledger(made) == []


def test_sheet_has_one_open_case_at_a_time(made: Selection) -> None:
    open_case(made)
    with pytest.raises(Conflict) as refused:
        open_case(made)
    assert (str(refused.value), len(ledger(made))) == ("该份评分已有复议正在等待专家答复。", 1)


def test_sheet_that_was_not_submitted_cannot_be_asked_about(made: Selection) -> None:
    with pytest.raises(NotFound):
        reconciliation.open_cases(
            made.expert(CHAIR),
            round_=made.written,
            dossier=made.numbers["2023-001"],
            codes=[made.codes(made.written)["壬示例"]],  # recused
            question=QUESTION,
        )


def test_nothing_is_asked_while_the_round_is_sealed(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "sealed", tmp_path) as sealed, sealed.app.app_context():
        with pytest.raises(Conflict) as refused:
            open_case(sealed)
        assert str(refused.value) == "本轮不在复议期间，不能提请复议。"
        with pytest.raises(NotAllowed) as hidden:
            overviews.overview(sealed.expert(CHAIR), round_=sealed.written)
        assert str(hidden.value) == "评分已封存，启封前任何人不能查看。"


def test_case_is_shown_to_the_expert_concerned_alone(made: Selection) -> None:
    case = open_case(made)
    assert [row.public_id for row in case_views.list_own_cases(made.expert(ASKED))] == [case]
    for other in (made.expert(CHAIR), made.expert(PANEL[1]), made.officer):
        assert case_views.list_own_cases(other) == []


def test_only_the_expert_concerned_answers(made: Selection) -> None:
    case = open_case(made)
    for other in (made.expert(CHAIR), made.expert(PANEL[1]), made.officer, made.supervisor):
        with pytest.raises(NotFound):
            reconciliation.answer_case(other, case=case, answer="keep", reason=REASON)
    assert [(row.answer, row.reason) for row in ledger(made)] == [(None, "")]


@pytest.mark.parametrize("answer", ["keep", "revise"])
def test_answer_needs_its_reason(made: Selection, answer: str) -> None:
    case = open_case(made)
    given = revised(made) if answer == "revise" else None
    with pytest.raises(Invalid) as refused:
        reconciliation.answer_case(
            made.expert(ASKED), case=case, answer=answer, reason="已核对。", sheet=given, request_key="k"
        )
    assert str(refused.value.fields["reason"]) == "请说明维持或修改的理由，至少10个字，最多2000个字。"
    assert [row.answer for row in ledger(made)] == [None]


@pytest.mark.parametrize(("answer", "with_sheet"), [("keep", True), ("revise", False), ("", False)])
def test_answer_is_one_of_two(made: Selection, answer: str, with_sheet: bool) -> None:
    case = open_case(made)
    given = revised(made) if with_sheet else None
    with pytest.raises(Invalid) as refused:
        reconciliation.answer_case(
            made.expert(ASKED), case=case, answer=answer, reason=REASON, sheet=given, request_key="k"
        )
    assert str(refused.value) == "请选择维持原评分或修改评分。"
    assert [row.answer for row in ledger(made)] == [None]


def test_kept_score_stays_with_its_reason(made: Selection) -> None:
    before, case = line_of(made), open_case(made)
    reconciliation.answer_case(made.expert(ASKED), case=case, answer="keep", reason=REASON)
    (row,) = ledger(made)
    assert (row.answer, row.reason, row.after) == ("keep", REASON, None)
    assert row.before == before.totals[made.codes(made.written)[ASKED]]
    assert (line_of(made), len(revisions(case))) == (before, 1)


def test_revised_score_counts_and_both_revisions_stay(made: Selection) -> None:
    code = made.codes(made.written)[ASKED]
    before, case, given = line_of(made).totals[code], open_case(made), revised(made)
    revise(made, case, given)
    (row,) = ledger(made)
    assert (row.answer, row.before, row.after) == ("revise", before, before - Decimal("0.5"))
    assert line_of(made).totals[code] == total_of(given) == row.after
    assert revisions(case) == [(1, before), (2, total_of(given))]


def test_revised_sheet_is_checked_by_the_rubric(made: Selection) -> None:
    case, whole = open_case(made), revised(made)
    first = next(iter(whole.points))
    faulty = Sheet({**whole.points, first: Decimal(99)}, whole.comments, "", whole.conclusion)
    with pytest.raises(Invalid) as refused:
        revise(made, case, faulty)
    assert str(refused.value) == "还有2处需要补充或更正，尚未提交。"
    assert set(refused.value.fields) == {first, "opinion"}
    assert ([row.answer for row in ledger(made)], len(revisions(case))) == ([None], 1)


def test_case_is_answered_once(made: Selection) -> None:
    case = open_case(made)
    reconciliation.answer_case(made.expert(ASKED), case=case, answer="keep", reason=REASON)
    with pytest.raises(Conflict) as refused:
        revise(made, case, revised(made))
    assert str(refused.value) == "该复议已答复，不能再次答复。"
    assert ([row.answer for row in ledger(made)], len(revisions(case))) == (["keep"], 1)


def test_nothing_is_asked_or_answered_after_the_end(made: Selection) -> None:
    case = open_case(made)
    with transaction() as session:  # the service ends no round with an open case
        row = session.scalars(sa.select(Round).where(Round.public_id == made.written)).one()
        row.state = "finished"
    with pytest.raises(Conflict) as answered:
        revise(made, case, revised(made))
    assert str(answered.value) == "复议已结束，不能再答复。"
    with pytest.raises(Conflict) as asked:
        open_case(made)
    assert str(asked.value) == "本轮不在复议期间，不能提请复议。"
    assert len(revisions(case)) == 1


def test_until_the_end_nobody_sees_whose_code_is_whose(made: Selection) -> None:
    for office in (made.officer, made.supervisor):
        members = panels.list_members(office, round_=made.written)
        assert {member.name for member in members} == set(PANEL)
        assert [member.code for member in members] == [None] * 5
    with pytest.raises(NotAllowed):
        panels.list_members(made.expert(CHAIR), round_=made.written)
    shown = panels.list_codes(made.expert(CHAIR), round_=made.written)
    assert [member.code for member in shown.rows] == CODES
    assert {member.complete for member in shown.rows} == {True}
    rows = overviews.overview(made.expert(CHAIR), round_=made.written).rows
    assert [row.absent for row in rows] == [{}] * 6


def test_recused_and_missing_cells_are_told_apart_after_the_end(made: Selection) -> None:
    rounds.finish_round(made.expert(CHAIR), round_=made.written)
    rows = overviews.overview(made.expert(CHAIR), round_=made.written).rows
    assert [dict(row.absent) for row in rows if row.absent] == [
        {made.codes(made.written)["壬示例"]: "recused"}
    ]


def test_after_the_end_codes_and_names_stand_together(made: Selection) -> None:
    rounds.finish_round(made.expert(CHAIR), round_=made.written)
    codes = made.codes(made.written)
    for viewer in (made.officer, made.supervisor, made.expert(CHAIR)):
        members = panels.list_members(viewer, round_=made.written)
        assert {member.name: member.code for member in members} == codes


@pytest.fixture
def untouched(made: Selection) -> Selection:
    """A round in which one sheet sets off both triggers and nobody was asked about either."""
    low = revised(made, share="0.20")
    with transaction() as session:
        review = session.scalars(
            sa.select(Review)
            .join(PanelMember, PanelMember.expert_id == Review.expert_id)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Dossier.number == NUMBER, PanelMember.code == made.codes(made.written)[ASKED])
        ).one()
        add_revision(session, review, low, request_key="low", reason="（示例）")
    return made


def test_round_does_not_end_over_flags_that_nobody_was_asked_about(untouched: Selection) -> None:
    for reason in ("", "　已讨论。　"):
        with pytest.raises(Invalid) as refused:
            rounds.finish_round(untouched.expert(CHAIR), round_=untouched.written, reason=reason)
        assert str(refused.value) == "有2处触发复议条件而未提请复议，请逐一提请，或写明不提请的理由。"
        assert str(refused.value.fields["reason"]) == "请写明不提请复议的理由，至少10个字。"
    with transaction() as session:
        found = session.execute(sa.select(Round.state, Round.set_aside).where(Round.finished_at.is_not(None)))
        assert found.all() == []


def test_flags_are_set_aside_with_a_reason_that_is_kept_and_bound(untouched: Selection) -> None:
    words = [str(flag.reason) for flag in line_of(untouched).flags]
    reason = "专家组集体查看，评分理由充分（示例）。"
    rounds.finish_round(untouched.expert(CHAIR), round_=untouched.written, reason=reason)
    found = case_views.set_aside(untouched.officer, round_=untouched.written)
    assert found is not None
    assert (found.reason, [why for _unit, why in found.flags]) == (reason, words)
    assert {unit.split()[0] for unit, _why in found.flags} == {NUMBER}
    with transaction() as session:
        kept = session.scalars(sa.select(Round).where(Round.public_id == untouched.written)).one()
        bound = commitment(session, "set_aside", kept)
        issued = session.scalars(sa.select(IssuedCertificate)).all()
        certificates = [commitment(session, "certificate", one) for one in issued]
    assert certificates  # of those who scored, kept with the same entry
    assert detail("finish_round") == {"words": [*certificates, bound]}


def test_case_on_a_flagged_sheet_leaves_nothing_to_set_aside(untouched: Selection) -> None:
    case = open_case(untouched)
    reconciliation.answer_case(untouched.expert(ASKED), case=case, answer="keep", reason=REASON)
    assert [flag.asked for flag in line_of(untouched).flags] == [True, True]
    rounds.finish_round(untouched.expert(CHAIR), round_=untouched.written)
    assert case_views.set_aside(untouched.officer, round_=untouched.written) is None
