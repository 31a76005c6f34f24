"""Conflicts found once scores exist: the sheet stands apart until two people void or keep it."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import db, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.calls import Round
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import Expert, Recusal
from review_portal.models.recusals import ConflictDecision, FoundConflict
from review_portal.models.reviews import Review
from review_portal.services import (
    audit,
    defenses,
    late_conflicts,
    overviews,
    ranking,
    report,
    reviews,
    rounds,
    sheets,
)
from review_portal.services.report_conflicts import conflict_lines
from review_portal.services.rules import rules_of
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.archive_checks import assert_archive_holds
from tests.exports.spreadsheet import assert_recounted
from tests.factories_opinions import agree
from tests.factories_reviews import Scene
from tests.factories_selection import CHAIR, Selection
from tests.selection_copies import copied

EXPERT, NUMBER = "丁示例", "2023-001"
FOUND = "来信反映该专家近期受聘于该单位，经查属实"
LOOK = "专家组已查看规则差异，维持原规则（示例）。"
SINGLE = form_documents.SAMPLES[0]


@pytest.fixture
def finished(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The first round's reconciliation has ended, nothing is frozen."""
    with copied(request, engine_name, "finished", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def defending(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """The shortlist is frozen, the second round has been scored."""
    with copied(request, engine_name, "defending", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """Shortlist and final ranking are frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


def expert_id(name: str = EXPERT) -> str:
    return db.session.scalars(sa.select(Expert.public_id).where(Expert.name == name)).one()


def find(made: Selection, name: str = EXPERT, number: str = NUMBER) -> int:
    return late_conflicts.report_conflict(
        made.officer, call=made.call, expert=expert_id(name), dossier=made.numbers[number], reason=FOUND
    )


def rows(made: Selection) -> list[late_conflicts.FoundRow]:
    return late_conflicts.list_found(made.officer, call=made.call)


def settle(made: Selection, outcome: str, *, approve: bool = True) -> None:
    (row, *_more) = rows(made)
    asked = late_conflicts.ask_settle(
        made.officer, conflict=row.public_id, outcome=outcome, reason=f"经核实，{outcome}（示例）"
    )
    late_conflicts.decide_settle(made.supervisor, approval=asked, approve=approve, note="已核对")


def cell(made: Selection, name: str = EXPERT, number: str = NUMBER) -> tuple[bool, str]:
    """Whether the expert's total is computed with, and what stands in its place."""
    code = made.codes(made.written)[name]
    shown = overviews.overview(made.expert(CHAIR), round_=made.written)
    row = next(row for row in shown.rows if row.number == number)
    return code in row.totals, row.absent.get(code, "")


def score_of(made: Selection, number: str = NUMBER) -> str:
    view = ranking.view(made.expert(CHAIR), round_=made.written)
    return next(row["stage_scores"]["written_review"] for row in view.rows if row["number"] == number)


def state(made: Selection, name: str = EXPERT, number: str = NUMBER) -> list[str]:
    return list(
        db.session.scalars(
            sa.select(Review.state)
            .join(Expert, Expert.id == Review.expert_id)
            .join(Dossier, Dossier.id == Review.dossier_id)
            .where(Expert.name == name, Dossier.number == number)
            .order_by(Review.id)
        )
    )


def test_sheet_stands_apart_and_nothing_is_ranked_until_it_is_decided(finished: Selection) -> None:
    assert cell(finished) == (True, "")
    assert find(finished) == 1
    assert cell(finished) == (False, "apart")
    for attempt in (
        lambda: ranking.view(finished.expert(CHAIR), round_=finished.written),
        lambda: ranking.freeze(finished.expert(CHAIR), round_=finished.written, digest="x", look=LOOK),
        lambda: report.summary_sheet(finished.officer, round_=finished.written),
    ):
        with pytest.raises(Conflict) as refused:
            attempt()
        assert str(refused.value) == (
            "有1份评分表在分派后发现利害关系，须先由秘书处申请、监督人员同意作废或保留，再继续办理。"
        )


def test_kept_sheet_counts_as_before(finished: Selection) -> None:
    before = ranking.view(finished.expert(CHAIR), round_=finished.written).digest
    find(finished)
    settle(finished, "keep")
    assert cell(finished) == (True, "")
    assert ranking.view(finished.expert(CHAIR), round_=finished.written).digest == before
    assert (state(finished), rows(finished)[0].outcome) == (["submitted"], "keep")


def test_void_sheet_counts_no_more_and_the_pair_is_recused(finished: Selection) -> None:
    before = score_of(finished)
    find(finished)
    settle(finished, "void")
    assert cell(finished) == (False, "void")
    assert score_of(finished) != before
    assert state(finished) == ["void"]
    with transaction() as session:
        found = session.scalars(sa.select(Recusal).where(Recusal.reason == FOUND)).one()
        assert (found.level, found.rule) == ("decided", "report")


def test_scores_of_others_stay_when_one_sheet_is_void(finished: Selection) -> None:
    def totals() -> dict[tuple[str, str], object]:
        shown = overviews.overview(finished.expert(CHAIR), round_=finished.written)
        return {(row.number, code): total for row in shown.rows for code, total in row.totals.items()}

    before = totals()
    find(finished)
    settle(finished, "void")
    gone = (NUMBER, finished.codes(finished.written)[EXPERT])
    assert totals() == {key: total for key, total in before.items() if key != gone}


def test_frozen_ranking_without_the_void_sheet_comes_out_again(finished: Selection) -> None:
    find(finished)
    settle(finished, "void")
    chair = finished.expert(CHAIR)
    shown = ranking.view(chair, round_=finished.written)
    ranking.freeze(chair, round_=finished.written, digest=shown.digest, look=LOOK)
    assert [found.holds for found in ranking.verify(finished.officer, call=finished.call)] == [True]


def test_shortlist_frozen_earlier_still_comes_out_after_a_sheet_is_void(defending: Selection) -> None:
    assert find(defending) == len(state(defending))
    assert [found.holds for found in ranking.verify(defending.officer, call=defending.call)] == [True]
    while any(not row.outcome for row in rows(defending)):
        settle(defending, "void")
    assert set(state(defending)) == {"void"}
    assert [found.holds for found in ranking.verify(defending.officer, call=defending.call)] == [True]
    name, data = report.summary_sheet(defending.officer, round_=defending.written)
    assert name.startswith("评分汇总表") and data


def test_nothing_is_decided_by_one_person(finished: Selection) -> None:
    find(finished)
    (row,) = rows(finished)
    with pytest.raises(Invalid) as refused:
        late_conflicts.ask_settle(finished.officer, conflict=row.public_id, outcome="", reason="经核实")
    assert list(refused.value.fields) == ["outcome"]
    with pytest.raises(Invalid) as refused:
        late_conflicts.ask_settle(finished.officer, conflict=row.public_id, outcome="void", reason="无")
    assert list(refused.value.fields) == ["reason"]
    asked = late_conflicts.ask_settle(
        finished.officer, conflict=row.public_id, outcome="void", reason="经核实属实"
    )
    for person in (finished.officer, finished.second):
        with pytest.raises(NotAllowed):
            late_conflicts.decide_settle(person, approval=asked, approve=True)
    late_conflicts.decide_settle(finished.supervisor, approval=asked, approve=False, note="证据不足")
    assert (cell(finished), rows(finished)[0].asked) == ((False, "apart"), "")


def test_conflict_is_noted_once_by_the_secretariat_with_a_reason(finished: Selection) -> None:
    find(finished)
    with pytest.raises(Conflict):
        find(finished)
    with pytest.raises(NotAllowed):
        late_conflicts.report_conflict(
            finished.supervisor,
            call=finished.call,
            expert=expert_id(),
            dossier=finished.numbers["2023-004"],
            reason=FOUND,
        )
    with pytest.raises(Invalid):
        late_conflicts.report_conflict(
            finished.officer,
            call=finished.call,
            expert=expert_id(),
            dossier=finished.numbers["2023-004"],
            reason=" ",
        )
    with pytest.raises(Conflict):  # 壬示例 never scored it
        find(finished, "壬示例")
    with pytest.raises(NotFound):
        late_conflicts.report_conflict(
            finished.officer,
            call=finished.call,
            expert=expert_id(),
            dossier="a" * 12,
            reason=FOUND,
        )
    assert len(rows(finished)) == 1


def test_after_the_final_ranking_scores_stay_as_they_are(ranked: Selection) -> None:
    with pytest.raises(Conflict) as refused:
        find(ranked)
    assert str(refused.value) == "排名已冻结，评分不能再改动。请按异议处理程序办理。"


def test_documents_print_what_was_decided_and_by_whom(finished: Selection) -> None:
    find(finished)
    settle(finished, "keep")
    with transaction() as session:
        round_ = session.scalars(sa.select(Round).where(Round.public_id == finished.written)).one()
        lines = conflict_lines(session, round_, rules_of(build.calls_row(finished.call)))
    code = finished.codes(finished.written)[EXPERT]
    assert len(lines) == 1
    assert lines[0].startswith(f"专家书面评审评分后发现利害关系：{NUMBER} ")
    assert f"专家{code}的评分经秘书处申请、监督人员" in lines[0]
    assert lines[0].endswith("同意保留。理由：经核实，keep（示例）")
    assert EXPERT not in lines[0]


def test_decisions_are_bound_to_the_chain_and_never_changed(finished: Selection) -> None:
    find(finished)
    settle(finished, "void")
    assert audit.verify().holds
    db.session.rollback()
    for model in (FoundConflict, ConflictDecision):
        with pytest.raises(Conflict), transaction() as session:
            session.execute(sa.update(model).values(reason="x"))


def test_pair_without_a_submitted_sheet_is_recused_at_once(app: Flask, db: SQLAlchemy) -> None:
    scene: Scene = build.scoring(app)
    viewer, review = scene.ready("甲示例", SINGLE)
    assert sheets.open_sheet(viewer, review=review)
    apart = late_conflicts.report_conflict(
        scene.officer,
        call=scene.call,
        expert=scene.experts["甲示例"],
        dossier=scene.dossiers[SINGLE],
        reason=FOUND,
    )
    assert apart == 0
    with pytest.raises(NotFound):
        sheets.open_sheet(viewer, review=review)
    assert late_conflicts.list_found(scene.officer, call=scene.call) == []


def test_office_is_told_what_waits(app: Flask, db: SQLAlchemy) -> None:
    scene: Scene = build.scoring(app)
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.submit_review(
        viewer,
        review=review,
        sheet=build.full_sheet(build.rubric_of(scene)),
        base_version=0,
        request_key="one",
    )
    late_conflicts.report_conflict(
        scene.officer,
        call=scene.call,
        expert=scene.experts["甲示例"],
        dossier=scene.dossiers[SINGLE],
        reason=FOUND,
    )
    assert late_conflicts.waiting(scene.officer, call=scene.call) == 1
    (row,) = late_conflicts.list_found(scene.officer, call=scene.call)
    assert (row.scored, row.round_, row.reason) == (True, "专家书面评审", FOUND)


def test_next_round_does_not_open_while_a_decision_waits(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, "shortlisted", tmp_path) as made, made.app.app_context():
        defenses.prepare(made.officer, round_=made.defense)
        find(made, number="2023-004")
        with pytest.raises(Conflict) as refused:
            rounds.open_round(made.officer, round_=made.defense, deadline=None)
        assert "评分表在分派后发现利害关系" in str(refused.value)
        for _each in rows(made):
            settle(made, "keep")
        rounds.open_round(made.officer, round_=made.defense, deadline=None)


def test_workbook_prints_void_cells_and_why(defending: Selection, tmp_path: Path) -> None:
    find(defending)
    while any(not row.outcome for row in rows(defending)):
        settle(defending, "void")
    chair = defending.expert(CHAIR)
    factories.close_round(chair, defending.supervisor, round_=defending.defense)
    asked = rounds.ask_unseal(defending.expert(CHAIR), round_=defending.defense, reason="评分结束（示例）")
    rounds.decide_unseal(defending.supervisor, approval=asked, approve=True)
    rounds.finish_round(
        defending.expert(CHAIR), round_=defending.defense, reason="专家组已查看各项提示（示例）"
    )
    agree(defending)
    shown = ranking.view(defending.expert(CHAIR), round_=defending.defense)
    ranking.freeze(defending.expert(CHAIR), round_=defending.defense, digest=shown.digest, look=LOOK)
    assert all(found.holds for found in ranking.verify(defending.officer, call=defending.call))
    _name, data = report.workbook(defending.officer, call=defending.call)
    assert_recounted(data)
    assert_archive_holds(defending.call, tmp_path / "archive")
    book = openpyxl.load_workbook(io.BytesIO(data), data_only=True)
    texts = [
        str(cell)
        for page in book
        for line in page.iter_rows(values_only=True)
        for cell in line
        if cell is not None
    ]
    told = [text for text in texts if "评分后发现利害关系" in text]
    assert [text.split("评分后")[0] for text in told] == ["专家书面评审", "现场答辩"]
    assert "作废" in texts and not any(EXPERT in text for text in texts)
