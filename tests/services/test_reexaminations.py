"""After an objection: three ways to look again, each ending in a version of the ranking beside the old."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import sqlalchemy as sa

from review_portal.db import db
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.services import (
    audit,
    calls,
    confirmations,
    defenses,
    late_conflicts,
    publicity,
    publicity_release,
    publicity_views,
    ranking,
    ranking_insight,
    ranking_verification,
    ranking_versions,
    reexamination_ends,
    reexamination_versions,
    reexaminations,
    report,
    sheet_corrections,
)
from review_portal.worker import Worker
from tests.archive_checks import assert_archive_holds
from tests.exports.spreadsheet import assert_recounted
from tests.factories_opinions import confirm as confirm_opinion
from tests.factories_opinions import draft as draft_opinion
from tests.factories_reexaminations import (
    GROUNDS,
    OTHERS,
    ask,
    opened,
    points_of,
    review_of,
    score_again,
    settle,
    typed_from_paper,
)
from tests.factories_selection import BELOW, CHAIR, PANEL, RANKED, WITHDRAWN, Selection, decide
from tests.selection_copies import copied

THIRD, FOURTH = RANKED[2], RANKED[3]  # equal scores, told apart by a tie key; the cut lies between them
MOVED = [(FOURTH, (4, 3), ("ranked", "proposed")), (THIRD, (3, 4), ("proposed", "ranked"))]
LOST = "公示稿依据第1版排名，异议复核后排名名单已改变。请按新的会议审定结果重新生成公示稿。"


@pytest.fixture
def ranked(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection with its final ranking frozen, inside an application context."""
    with copied(request, engine_name, "ranked", tmp_path) as made, made.app.app_context():
        yield made


@pytest.fixture
def decided(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Selection]:
    """A selection on which the leaders have decided, inside an application context."""
    with copied(request, engine_name, "decided", tmp_path) as made, made.app.app_context():
        yield made


def places(made: Selection, version: int | None = None) -> list[tuple[str, str, str]]:
    rows = ranking.final_view(made.officer, call=made.call, version=version).rows
    return [(row["number"], row["final"], row["outcome"]) for row in rows]


def holding(made: Selection) -> list[tuple[str, int, bool]]:
    return [(one.kind, one.version, one.holds) for one in ranking.verify(made.officer, call=made.call)]


def state(made: Selection) -> str:
    return calls.view(made.officer, call=made.call).state


def moved(row: ranking_versions.VersionRow) -> list[tuple[str, tuple[int | None, int | None], object]]:
    """Who stands elsewhere; scores of others may follow the experts' calibration by a hundredth."""
    return [(one.number, one.rank, one.outcome) for one in row.differences if one.rank[0] != one.rank[1]]


def row_of(made: Selection, reexamination: str) -> reexamination_versions.ReexaminationRow:
    return reexamination_versions.get(made.officer, reexamination=reexamination)


def test_sheet_typed_wrongly_is_put_right_from_the_paper_and_makes_a_version(ranked: Selection) -> None:
    review = typed_from_paper(ranked, PANEL[1], FOURTH)
    electronic = review_of(ranked, ranked.written, PANEL[2], FOURTH)
    before, old = places(ranked), report.workbook(ranked.officer, call=ranked.call)
    found = opened(ranked, "correct", [FOURTH])
    with pytest.raises(Conflict) as second:
        ask(ranked, "void", [THIRD])
    assert str(second.value) == "已有一项复核正在办理，请办结后再提出。"
    (sheet,) = sheet_corrections.list_typed(ranked.officer, reexamination=found)
    assert (sheet.review, sheet.number, sheet.before) == (review, FOURTH, None)
    typed = points_of(review)
    paper = {**typed, "C1.1": typed["C1.1"] + 2}
    given = {"reexamination": found, "points": paper, "reason": "C1.1录入少2分（示例）"}
    with pytest.raises(NotFound):  # by the expert's own hand
        sheet_corrections.ask_correction(ranked.officer, review=electronic, **given)
    with pytest.raises(Invalid) as over:
        sheet_corrections.ask_correction(
            ranked.officer, review=review, **{**given, "points": {**typed, "C1.1": Decimal(99)}}
        )
    assert list(over.value.fields) == ["C1.1"]
    with pytest.raises(Conflict):
        sheet_corrections.ask_correction(ranked.officer, review=review, **{**given, "points": typed})
    asked = sheet_corrections.ask_correction(ranked.officer, review=review, **given)
    chair = ranked.expert(CHAIR)
    waits = reexamination_versions.trial(chair, reexamination=found)
    assert str(waits.waits) == "还有更正代录差错的申请未确认，办结后方可试算。"
    for nobody in (ranked.officer, ranked.second):
        with pytest.raises(NotAllowed):
            sheet_corrections.decide_correction(nobody, approval=asked, approve=True)
    sheet_corrections.decide_correction(ranked.supervisor, approval=asked, approve=True)
    with pytest.raises(Conflict):
        sheet_corrections.decide_correction(ranked.supervisor, approval=asked, approve=True)
    assert points_of(review) == paper
    assert holding(ranked) == [("shortlist", 1, True), ("final", 1, True)]
    shown = reexamination_versions.trial(chair, reexamination=found)
    assert shown.view is not None
    with pytest.raises(Conflict):
        reexamination_versions.freeze_version(chair, reexamination=found, digest="0" * 64)
    with pytest.raises(NotAllowed):
        reexamination_versions.freeze_version(ranked.officer, reexamination=found, digest=shown.view.digest)
    settle(ranked, found, CHAIR)
    after = places(ranked)
    assert [line[0] for line in after] == [*RANKED[:2], FOURTH, THIRD]
    assert places(ranked, 1) == before
    (now_, first) = ranking_versions.list_versions(ranked.supervisor, call=ranked.call)
    assert (now_.version, now_.kind, now_.current, now_.list_changed) == (2, "correct", True, True)
    assert moved(now_) == MOVED
    assert (first.version, first.kind, first.current, first.differences) == (1, "", False, ())
    assert holding(ranked) == [("shortlist", 1, True), ("final", 1, True), ("final", 2, True)]
    assert report.workbook(ranked.officer, call=ranked.call, version=1) == old
    name, data = report.workbook(ranked.officer, call=ranked.call)
    assert ("第2版" in name, data == old[1]) == (True, False)
    assert_recounted(data)
    assert row_of(ranked, found).state == "settled"
    assert row_of(ranked, found).made_version == 2
    with pytest.raises(Conflict) as unconfirmed:
        decide(ranked, selected=[*RANKED[:2], FOURTH])
    (code,) = [one for name, one in ranked.codes(ranked.written).items() if name == PANEL[1]]
    assert f"专家书面评审{code}。" in str(unconfirmed.value)  # whose sheet is another; nobody else is asked
    own = confirmations.own(ranked.expert(PANEL[1]), round_=ranked.written)
    confirmations.answer(ranked.expert(PANEL[1]), round_=ranked.written, digest=own.digest, agrees=True)
    decide(ranked, selected=[*RANKED[:2], FOURTH])
    assert state(ranked) == "decided"
    with pytest.raises(Conflict):  # sent again
        reexamination_versions.freeze_version(chair, reexamination=found, digest=shown.view.digest)


def test_nothing_to_correct_gives_a_version_that_says_so_and_the_decision_stands(decided: Selection) -> None:
    before = places(decided)
    publicity.draft(decided.officer, call=decided.call)
    found = opened(decided, "correct", [THIRD])
    with pytest.raises(Conflict) as waiting:
        publicity_release.ask_release(decided.officer, call=decided.call, reason="公示（示例）")
    assert str(waiting.value) == "异议复核正在办理，办结前不能登记会议审定结果或发布公示。"
    shown = reexamination_versions.trial(decided.expert(CHAIR), reexamination=found)
    assert str(shown.lines[-1]) == "与上一版相比，各单位的名次、得分和状态均未改变：排名未变。"
    settle(decided, found, CHAIR)
    assert (places(decided), state(decided)) == (before, "decided")
    assert holding(decided) == [("shortlist", 1, True), ("final", 1, True), ("final", 2, True)]
    assert publicity_views.get(decided.officer, call=decided.call).outdated is False
    again = opened(decided, "correct", [THIRD], request_key="another objection")
    settle(decided, again, CHAIR)
    assert [row.version for row in ranking_versions.list_versions(decided.officer, call=decided.call)] == [
        3,
        2,
        1,
    ]
    assert all(held for _kind, _version, held in holding(decided))
    assert audit.verify().holds


def test_breach_of_recusal_voids_the_sheet_and_sends_a_changed_list_back_to_the_decision(
    decided: Selection, tmp_path: Path
) -> None:
    old = report.workbook(decided.officer, call=decided.call)
    summary = report.summary_sheet(decided.officer, round_=decided.written)
    publicity.draft(decided.officer, call=decided.call)
    dossier = decided.numbers[FOURTH]
    pool = {name: expert_id(name) for name in PANEL}
    given = {"call": decided.call, "expert": pool[PANEL[4]], "reason": "与该单位负责人为近亲属（示例）"}
    with pytest.raises(Conflict) as frozen:
        late_conflicts.report_conflict(decided.officer, dossier=dossier, **given)
    assert str(frozen.value) == "排名已冻结，评分不能再改动。请按异议处理程序办理。"
    found = opened(decided, "void", [FOURTH])
    with pytest.raises(Conflict):  # another dossier than the contested one
        late_conflicts.report_conflict(decided.officer, dossier=decided.numbers[THIRD], **given)
    assert late_conflicts.report_conflict(decided.officer, dossier=dossier, **given) == 2
    waits = reexamination_versions.trial(decided.expert(CHAIR), reexamination=found)
    assert waits.view is None
    for row in late_conflicts.list_found(decided.officer, call=decided.call):
        asked = late_conflicts.ask_settle(
            decided.officer, conflict=row.public_id, outcome="void", reason="违反回避规定（示例）"
        )
        late_conflicts.decide_settle(decided.supervisor, approval=asked, approve=True)
    assert holding(decided) == [("shortlist", 1, True), ("final", 1, True)]
    with pytest.raises(Conflict) as outdated:  # one who had confirmed it has to be recused
        settle(decided, found, CHAIR)
    assert FOURTH in str(outdated.value)
    with pytest.raises(Conflict) as settled:
        draft_opinion(decided, RANKED[0], "not_recommended")
    assert str(settled.value) == "该材料的意见已经专家组确认，与正在办理的复核无关，不再修改。"
    confirm_opinion(decided, draft_opinion(decided, FOURTH))
    settle(decided, found, CHAIR)
    assert holding(decided) == [("shortlist", 1, True), ("final", 1, True), ("final", 2, True)]
    (now_, _first) = ranking_versions.list_versions(decided.officer, call=decided.call)
    assert (now_.kind, moved(now_)) == ("void", MOVED)
    assert report.workbook(decided.officer, call=decided.call, version=1) == old
    assert_recounted(report.workbook(decided.officer, call=decided.call)[1])
    assert_archive_holds(decided.call, tmp_path / "archive")
    assert report.summary_sheet(decided.officer, round_=decided.written) != summary
    assert state(decided) == "ranked"
    view = publicity_views.get(decided.officer, call=decided.call)
    assert (view.outdated, view.ranking_version, view.preview) == (True, 1, True)
    decide(decided, selected=[*RANKED[:2], FOURTH])
    with pytest.raises(Conflict) as refused:
        publicity_release.ask_release(decided.officer, call=decided.call, reason="公示（示例）")
    assert str(refused.value) == LOST
    publicity.draft(decided.officer, call=decided.call)
    assert publicity_views.get(decided.officer, call=decided.call).ranking_version == 2
    assert audit.verify().holds


def expert_id(name: str) -> str:
    from review_portal.models.experts import Expert

    return db.session.scalars(sa.select(Expert.public_id).where(Expert.name == name)).one()


def test_other_experts_score_the_contested_dossier_and_its_neighbours_anew(
    ranked: Selection, tmp_path: Path
) -> None:
    before, old = places(ranked), report.workbook(ranked.officer, call=ranked.call)
    neighbours = [ranked.numbers[THIRD], ranked.numbers[FOURTH]]
    body = ranking.final_view(ranked.officer, call=ranked.call).body
    assert reexaminations.neighbours(body) == neighbours
    with pytest.raises(Invalid) as alone:
        ask(ranked, "rescore", [FOURTH], stage="written_review")
    assert list(alone.value.fields) == ["beside_reason"]
    with pytest.raises(Invalid) as unheard:  # was never heard there
        ask(ranked, "rescore", [BELOW], stage="onsite_defense", beside=neighbours)
    assert list(unheard.value.fields) == ["stage"]
    found = opened(ranked, "rescore", [FOURTH, BELOW], stage="written_review", beside=neighbours)
    row = row_of(ranked, found)
    assert [item[1] for item in row.dossiers + row.beside] == [FOURTH, BELOW, THIRD]
    assert row.round_ is not None
    assert row.round_[1:] == ("专家书面评审（重新评审）", "draft")
    sheets = sheets_of(ranked)
    again = score_again(ranked, row.round_[0], {THIRD: "0.80", FOURTH: "0.86", BELOW: "0.84"})
    with pytest.raises(NotFound):  # the chair of the old panel does not decide on it
        reexamination_versions.trial(again.expert(CHAIR), reexamination=found)
    settle(again, found, OTHERS[0])
    after = places(again)
    assert after[:2] == before[:2]
    assert [line[0] for line in after[2:]] == [FOURTH, THIRD]
    assert places(again, 1) == before
    assert holding(again) == [("shortlist", 1, True), ("final", 1, True), ("final", 2, True)]
    assert report.workbook(again.officer, call=again.call, version=1) == old
    assert_recounted(report.workbook(again.officer, call=again.call)[1])
    assert_archive_holds(again.call, tmp_path / "archive")
    report.summary_sheet(again.officer, round_=row.round_[0])
    assert sheets_of(again) >= sheets  # nothing that anybody had scored was touched
    assert explained(again, OTHERS[0], row.round_[0]) == explained(again, CHAIR, again.defense)
    assert explained(again, CHAIR, again.defense) == ("ready", [line[0] for line in after])
    body = ranking.final_view(again.officer, call=again.call).body
    stages = {
        stage["key"]: {row["dossier"]: row["score"] for row in stage["result"]["rows"]}
        for stage in body["ranking"]["stages"]
    }
    assert f"{FOURTH}（原评1）" in stages["written_review"]
    assert body["unheard"] == [BELOW]  # by the new scores it should have been heard
    with pytest.raises(Conflict) as undecidable:
        decide(again, selected=[*RANKED[:2], FOURTH])
    assert "请先对其办理“重新评审”" in str(undecidable.value)
    hearing = row_of(again, opened(again, "rescore", [BELOW], stage="onsite_defense", beside=neighbours))
    assert hearing.round_ is not None
    with pytest.raises(Conflict) as without:
        defenses.prepare(again.officer, round_=hearing.round_[0])
    assert "请先确定专家组" in str(without.value)
    assert audit.verify().holds


def explained(made: Selection, name: str, round_: str) -> tuple[str, list[str]]:
    """The analysis that a chair finds beside the newest version, after the worker has had its turn."""
    Worker(made.app).work_off()
    viewer = made.expert(name)
    body = ranking.view(viewer, round_=round_).body
    found = ranking_insight.get(viewer, round_=round_, body=body)
    return found.state, found.body["order"]


def test_other_experts_hear_the_contested_dossier_anew(ranked: Selection, tmp_path: Path) -> None:
    before, old = places(ranked), report.workbook(ranked.officer, call=ranked.call)
    beside = [ranked.numbers[THIRD]]
    found = opened(ranked, "rescore", [FOURTH], stage="onsite_defense", beside=beside)
    row = row_of(ranked, found)
    assert row.round_ is not None
    assert row.round_[1:] == ("现场答辩（重新评审）", "draft")
    again = score_again(ranked, row.round_[0], {THIRD: "0.80", FOURTH: "0.90"})
    assert holding(again) == [("shortlist", 1, True), ("final", 1, True)]
    with pytest.raises(Conflict) as unheard:  # the panel that heard it speaks of it, not the earlier one
        settle(again, found, OTHERS[0])
    assert FOURTH in str(unheard.value)
    with pytest.raises(Conflict):
        draft_opinion(again, FOURTH)
    there = {"round_": row.round_[0], "chair_name": OTHERS[0]}
    confirm_opinion(again, draft_opinion(again, FOURTH, **there))
    settle(again, found, OTHERS[0])
    assert [line[0] for line in places(again)] == [*RANKED[:2], FOURTH, THIRD]
    assert places(again, 1) == before
    assert holding(again) == [("shortlist", 1, True), ("final", 1, True), ("final", 2, True)]
    assert all(one.holds for one in ranking_verification.verify())
    assert report.workbook(again.officer, call=again.call, version=1) == old
    assert_recounted(report.workbook(again.officer, call=again.call)[1])
    assert_archive_holds(again.call, tmp_path / "archive")
    assert audit.verify().holds


def sheets_of(made: Selection) -> set[tuple[int, int | None, str]]:
    db.session.rollback()
    rows = db.session.execute(sa.select(Review.id, Review.revision_id, Review.state))
    kept = db.session.scalars(sa.select(ReviewRevision.commitment))
    return {tuple(row) for row in rows} | {(0, None, text) for text in kept}


def test_experts_who_have_scored_the_dossier_do_not_score_it_anew(ranked: Selection) -> None:
    neighbours = [ranked.numbers[THIRD]]
    found = opened(ranked, "rescore", [FOURTH], stage="written_review", beside=neighbours)
    round_ = row_of(ranked, found).round_
    assert round_ is not None
    from review_portal.services import assignments, panels, rounds

    panels.set_panel(ranked.officer, round_=round_[0], experts=[expert_id(name) for name in PANEL])
    assignments.assign_all(ranked.officer, round_=round_[0])
    with pytest.raises(Conflict) as refused:
        rounds.open_round(ranked.officer, round_=round_[0], deadline=None)
    assert "重新评审须由其他专家进行" in str(refused.value)
    assert state(ranked) == "ranked"


def test_new_round_that_cannot_be_held_is_given_up_by_two_and_the_ranking_stands(ranked: Selection) -> None:
    before = places(ranked)
    beside = [ranked.numbers[THIRD]]
    found = opened(ranked, "rescore", [FOURTH], stage="written_review", beside=beside)
    with pytest.raises(Invalid):
        reexamination_ends.ask_end(ranked.officer, reexamination=found, reason="无")
    for nobody, refusal in ((ranked.expert(CHAIR), NotFound), (ranked.supervisor, NotAllowed)):
        with pytest.raises(refusal):
            reexamination_ends.ask_end(nobody, reexamination=found, reason="没有其他专家可以评审（示例）")
    asked = reexamination_ends.ask_end(
        ranked.officer, reexamination=found, reason="没有其他专家可以评审（示例）"
    )
    with pytest.raises(NotAllowed):
        reexamination_ends.decide_end(ranked.second, approval=asked, approve=True)
    reexamination_ends.decide_end(ranked.supervisor, approval=asked, approve=True)
    row = row_of(ranked, found)
    assert (row.state, row.round_[2] if row.round_ else "") == ("ended", "void")
    with pytest.raises(Conflict):
        reexamination_ends.ask_end(ranked.officer, reexamination=found, reason="再次申请终止（示例）")
    void = opened(ranked, "correct", [FOURTH])  # another may follow, and ends by a version
    with pytest.raises(Conflict):
        reexamination_ends.ask_end(ranked.officer, reexamination=void, reason="不再复核，请求终止（示例）")
    settle(ranked, void, CHAIR)
    assert (places(ranked), all(one.holds for one in ranking_verification.verify())) == (before, True)
    decide(ranked, selected=[row[0] for row in before[:3]])
    assert audit.verify().holds


def test_request_is_refused_by_field_and_by_state(ranked: Selection) -> None:
    with pytest.raises(Invalid) as lacking:
        ask(ranked, "other", [], reference="", received_on=date(2323, 1, 1), grounds="无")
    assert sorted(lacking.value.fields) == ["dossiers", "grounds", "kind", "received_on", "reference"]
    with pytest.raises(Invalid) as gone:
        ask(ranked, "correct", [WITHDRAWN])
    assert list(gone.value.fields) == ["dossiers"]
    first = ask(ranked, "correct", [THIRD])
    assert ask(ranked, "correct", [THIRD]) == first  # sent twice
    with pytest.raises(NotAllowed):
        reexaminations.decide(ranked.second, approval=first, approve=True)
    reexaminations.decide(ranked.supervisor, approval=first, approve=False, note="理由不足（示例）")
    (row,) = reexamination_versions.list_of(ranked.officer, call=ranked.call)
    assert (row.state, row.grounds, row.version) == ("refused", GROUNDS, 1)
    trial = reexamination_versions.trial(ranked.officer, reexamination=row.public_id)
    assert str(trial.waits) == "该复核未在办理中。"
    for stranger in (ranked.expert(PANEL[1]),):
        with pytest.raises(NotFound):
            reexamination_versions.get(stranger, reexamination=row.public_id)
        with pytest.raises(NotFound):
            ranking_versions.list_versions(stranger, call=ranked.call)
