"""代录: two clerks type a paper sheet, each without the other; on both engines."""

from __future__ import annotations

import io
import json
import threading
from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import docx
import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, now, transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound, PortalError
from review_portal.models.accounts import Grant
from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review, ReviewRevision
from review_portal.models.transcriptions import Transcription
from review_portal.services import (
    accounts,
    audit,
    paper_sheets,
    paper_views,
    publicity,
    publicity_release,
    ranking,
    report,
    reviews,
    rounds,
    sheets,
    supervision,
    transcription_views,
    transcriptions,
    worklist,
)
from review_portal.services.accounts import Person
from review_portal.services.points import sheets_of
from review_portal.services.revisions import sheet_of
from tests import factories
from tests import factories_papers as build
from tests import factories_reviews as scenes
from tests.engines import on_sqlite
from tests.factories import Credential
from tests.factories_papers import CHAIR, Papers, attach, chair, enter, review_of, sheet
from tests.paper_copies import sealed as copied
from tests.services.counting import queries
from tests.services.test_bound_words import tamper

FIRST = "C1.1"
MISREAD = {"C1_1": "2.5"}


@pytest.fixture
def made(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Papers]:
    """The round is sealed, the chair's sheets wait for the clerks; inside an application context."""
    with copied(request, engine_name, tmp_path) as (app, papers), app.app_context():
        yield papers


def states(made: Papers) -> list[str]:
    return [row.state for row in paper_views.list_registered(made.scene.officer, call=made.scene.call)]


def shown(made: Papers, who: Credential, paper: str = "") -> transcription_views.EntryForm:
    return transcription_views.entry_form(made.viewer(who), paper=paper or made.first)


def grant(account_id: int, role: str, call: int | None) -> None:
    """Give a role as time goes by: what was held in the call is taken back first."""
    with transaction() as session:
        session.execute(sa.update(Grant).where(Grant.account_id == account_id).values(revoked_at=now()))
        session.add(Grant(account_id=account_id, role=role, call_id=call, granted_at=now()))


def type_all(made: Papers) -> None:
    for paper in made.papers.values():
        enter(made, made.counting, paper=paper)
        enter(made, made.checking, paper=paper)


def unseal(made: Papers) -> None:
    asked = rounds.ask_unseal(chair(made), round_=made.scene.round, reason="评分已结束（示例）")
    rounds.decide_unseal(made.scene.supervisor, approval=asked, approve=True)


# two equal entries


def test_two_equal_entries_become_the_experts_submitted_sheet(made: Papers) -> None:
    assert not enter(made, made.counting).submitted
    told = enter(made, made.checking)
    review = review_of(made, next(iter(made.papers)))
    assert (told.state, told.submitted, review.state) == ("same", True, "submitted")
    assert sheet_of(db.session(), review.revision_id).canonical() == sheet(made).canonical()
    assert states(made) == ["done", "waiting"]
    assert audit.verify().holds


def test_revision_names_both_clerks_and_who_saw_the_signature(made: Papers) -> None:
    enter(made, made.checking)
    enter(made, made.counting)
    work = worklist.worklist(made.scene.expert(CHAIR))[0]
    row = next(row for row in work.rows if row.receipt)
    found = sheets.receipt(made.scene.expert(CHAIR), revision=row.receipt)
    assert found.source is not None
    assert (found.source.counting, found.source.checking) == ("计分人示例", "复核人示例")
    assert (found.source.signature_checked_by, found.holds, found.may_withdraw) == ("示例会务", True, False)


@on_sqlite
def test_receipt_to_print_holds_the_commitment_on_the_chain_and_no_points(made: Papers) -> None:
    enter(made, made.counting)
    enter(made, made.checking)
    found = paper_views.receipt(made.scene.officer, call=made.scene.call, paper=made.first)
    entry = db.session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "transcribe_review")).one()
    assert entry.detail["commitment"] == found.commitment
    assert not {"points", "sheet", "total", "opinion"} & set(found.__dataclass_fields__)


@on_sqlite
def test_texts_that_differ_in_punctuation_are_the_same_and_the_counting_clerks_stand(made: Papers) -> None:
    typed = sheet(made)
    enter(made, made.checking, replace(typed, opinion=typed.opinion.replace("，", ", ")))
    assert enter(made, made.counting, typed).submitted
    review = review_of(made, next(iter(made.papers)))
    assert sheet_of(db.session(), review.revision_id).opinion == typed.opinion


@on_sqlite
def test_progress_counts_the_typed_sheet_as_submitted(made: Papers) -> None:
    before = rounds.progress(made.scene.officer, round_=made.scene.round)
    enter(made, made.counting)
    enter(made, made.checking)
    after = rounds.progress(made.scene.officer, round_=made.scene.round)
    assert (after.submitted - before.submitted, after.missed - before.missed) == (1, -1)


# blindness


def test_second_clerk_meets_the_same_blank_form(made: Papers) -> None:
    blank = shown(made, made.checking)
    enter(made, made.counting)
    after = shown(made, made.checking)
    assert after == blank
    assert (after.content, after.cells, after.row.state) == ({}, frozenset(), "blank")


def test_entry_is_shown_to_its_author_alone(made: Papers) -> None:
    enter(made, made.counting)
    assert shown(made, made.counting).content["points"] == sheet(made).canonical()["points"]
    people = (made.scene.officer, made.scene.supervisor, chair(made), made.scene.expert("丁示例"))
    for viewer in people:
        for read in (transcription_views.entry_form, transcription_views.scan):
            with pytest.raises(NotFound):
                read(viewer, paper=made.first)
    assert transcription_views.list_for_clerk(made.scene.officer) == []


def test_nothing_that_was_typed_stands_on_the_trail(made: Papers) -> None:
    enter(made, made.counting)
    enter(made, made.checking, sheet(made, **MISREAD))
    trail = json.dumps(
        [body for body, _digest in supervision.export_trail(made.scene.supervisor, call=made.scene.call)],
        ensure_ascii=False,
        default=str,
    )
    assert all(word not in trail for word in (scenes.OPINION, scenes.REASON, '"points', "differing", "2.50"))
    assert trail.count("enter_paper_sheet") == 2


def test_difference_is_told_to_both_by_cell_and_never_by_value(made: Papers) -> None:
    enter(made, made.counting, sheet(made, **MISREAD))
    told = enter(made, made.checking)
    assert (told.state, told.differing, told.submitted) == ("differs", 2, False)
    for who, value in ((made.counting, "2.50"), (made.checking, sheet(made).canonical()["points"][FIRST])):
        form = shown(made, who)
        assert form.cells == {f"points.{FIRST}", "total"}
        assert form.content["points"][FIRST] == value
    assert states(made)[0] == "differs"


def test_correcting_after_a_look_at_the_paper_completes_the_sheet(made: Papers) -> None:
    enter(made, made.counting, sheet(made, **MISREAD))
    enter(made, made.checking)
    assert enter(made, made.counting).submitted
    kept = db.session.scalar(sa.select(sa.func.count()).select_from(Transcription))
    assert kept == 3  # what was typed first stays stored


@on_sqlite
def test_sending_the_own_entry_again_changes_nothing(made: Papers) -> None:
    enter(made, made.counting, sheet(made, **MISREAD))
    enter(made, made.checking)
    told = enter(made, made.checking, key="again")
    assert (told.changed, told.state, shown(made, made.checking).left) == (False, "differs", 2)


def test_three_entries_each_and_no_more_so_that_nobody_finds_the_other_by_trying(made: Papers) -> None:
    for points in ("1", "2", "3"):
        enter(made, made.counting, sheet(made, C1_1=points))
    with pytest.raises(Conflict, match="已录入3次"):
        enter(made, made.counting, sheet(made, C1_1="4"))
    for points in ("5", "6"):
        enter(made, made.checking, sheet(made, C1_1=points))
    assert states(made)[0] == "differs"
    assert enter(made, made.checking, sheet(made, C1_1="7")).state == "stuck"


def test_registering_anew_lets_both_start_from_blank(made: Papers) -> None:
    enter(made, made.counting, sheet(made, **MISREAD))
    enter(made, made.checking)
    again = paper_sheets.restart_entries(
        made.scene.officer, paper=made.first, reason="字迹不清，已由专家注明"
    )
    assert shown(made, made.counting, again).content == {}
    with pytest.raises(Conflict, match="已重新登记"):
        enter(made, made.counting)
    with pytest.raises(NotFound):
        shown(made, made.counting)
    enter(made, made.counting, paper=again)
    assert enter(made, made.checking, paper=again).submitted
    assert audit.verify().holds


@on_sqlite
def test_nothing_to_start_again_before_anybody_typed(made: Papers) -> None:
    with pytest.raises(Conflict, match="尚未录入"):
        paper_sheets.restart_entries(made.scene.officer, paper=made.first, reason="重新登记（示例）")


# who


def test_one_account_never_types_both_entries(made: Papers) -> None:
    enter(made, made.counting)
    call = factories.call_id(made.scene.call)
    grant(made.counting.account_id, "checking_clerk", call)
    assert shown(made, made.counting).content == {}
    with pytest.raises(NotAllowed, match="另一遍须由他人录入"):
        enter(made, made.counting, key="as the other")


@on_sqlite
def test_second_counting_clerk_leaves_the_sheet_to_the_first(made: Papers) -> None:
    enter(made, made.counting)
    other = factories.settle(
        accounts.create_from_host("jifen-b", "计分人乙示例", "counting_clerk", made.scene.call)
    )
    assert (shown(made, other).row.state, shown(made, other).content) == ("taken", {})
    with pytest.raises(NotAllowed, match="另一位同岗人员"):
        enter(made, other)


@on_sqlite
def test_clerk_of_another_call_finds_nothing(made: Papers) -> None:
    account = accounts.create_from_host("fremd", "外人示例", "counting_clerk")
    other = factories.settle(account)
    grant(other.account_id, "counting_clerk", None)
    for act in (lambda: shown(made, other), lambda: enter(made, other)):
        with pytest.raises(NotFound):
            act()


@on_sqlite
def test_panel_member_with_a_clerks_role_finds_nothing(made: Papers) -> None:
    expert = made.scene.expert("丁示例")
    call = factories.call_id(made.scene.call)
    both = replace(expert, grants=frozenset({("counting_clerk", call)}))
    with pytest.raises(NotFound):
        transcription_views.entry_form(both, paper=made.first)
    assert transcription_views.list_for_clerk(both) == []


@pytest.mark.parametrize("role", ["secretariat", "supervisor"])
def test_whoever_typed_keeps_away_from_unsealing_and_from_the_list(made: Papers, role: str) -> None:
    enter(made, made.counting)
    grant(made.counting.account_id, role, factories.call_id(made.scene.call))
    actor = made.viewer(made.counting)
    acts = [
        lambda: publicity.draft(actor, call=made.scene.call),
        lambda: publicity.update(actor, call=made.scene.call, facts={}, base_version=1),
        lambda: publicity_release.ask_release(actor, call=made.scene.call, reason="发布（示例）"),
    ]
    if role == "supervisor":
        enter(made, made.checking)
        second = list(made.papers.values())[1]
        asked = paper_sheets.ask_drop(made.scene.officer, paper=second, reason="签名不是本人（示例）")
        paper_sheets.decide_drop(made.scene.supervisor, approval=asked, approve=True)
        asked = rounds.ask_unseal(chair(made), round_=made.scene.round, reason="评分已结束（示例）")
        acts = [lambda: rounds.decide_unseal(actor, approval=asked, approve=True)]
    for act in acts:
        with pytest.raises(NotAllowed, match="代录过纸质评分表"):
            act()


@pytest.mark.parametrize("role", ["expert", "checking_clerk"])
def test_whoever_typed_gets_no_other_role_of_the_call(made: Papers, role: str) -> None:
    enter(made, made.counting)
    call, account = made.scene.call, made.counting.public_id
    accounts.revoke_role(
        made.scene.officer, call=call, account=account, role="counting_clerk", reason="换岗（示例）"
    )
    with transaction() as session:
        session.execute(sa.update(Grant).where(Grant.role == "counting_clerk").values(revoked_at=now()))
    person = Person(made.counting.login, "计分人示例", role)
    with pytest.raises(Invalid, match="不能再任其他角色"):
        accounts.open_accounts(made.scene.officer, call=call, people=[person], reason="换岗（示例）")
    back = Person(made.counting.login, "计分人示例", "counting_clerk")
    assert accounts.open_accounts(made.scene.officer, call=call, people=[back], reason="复岗（示例）")


@on_sqlite
def test_chair_who_typed_could_not_freeze_the_ranking(made: Papers) -> None:
    enter(made, made.counting)
    scenes.set_round_state(made.scene.round, "finished")
    actor = replace(made.viewer(made.counting), chairs=chair(made).chairs)
    with pytest.raises(NotAllowed, match="代录过纸质评分表"):
        ranking.freeze(actor, round_=made.scene.round, digest="")


# when


def test_nothing_is_typed_outside_the_sealed_round(made: Papers) -> None:
    for state in ("scoring", "reconciling", "finished", "void"):
        scenes.set_round_state(made.scene.round, state)
        with pytest.raises(NotAllowed, match="未在封存中"):
            enter(made, made.counting)
        with pytest.raises(NotFound):
            shown(made, made.counting)
        assert transcription_views.list_for_clerk(made.viewer(made.counting)) == []


@on_sqlite
def test_completed_sheet_takes_no_further_entry_and_shows_none(made: Papers) -> None:
    enter(made, made.counting)
    enter(made, made.checking)
    assert (shown(made, made.counting).row.state, shown(made, made.counting).content) == ("done", {})
    with pytest.raises(Conflict, match="无须代录"):
        enter(made, made.counting, sheet(made, **MISREAD))


@on_sqlite
def test_same_request_is_one_entry_and_another_content_under_its_key_is_refused(made: Papers) -> None:
    enter(made, made.counting, key="k")
    assert not enter(made, made.counting, key="k").changed
    with pytest.raises(Conflict, match="已保存"):
        enter(made, made.counting, sheet(made, **MISREAD), key="k")


def test_both_clerks_at_once_make_one_revision(
    request: pytest.FixtureRequest, engine_name: str, tmp_path: Path
) -> None:
    with copied(request, engine_name, tmp_path) as (app, made):
        gate, failed = threading.Barrier(2), []
        people = [made.counting, made.checking]

        def work(who: Credential) -> None:
            with app.app_context():
                actor, typed = made.viewer(who), sheet(made)
                gate.wait()
                try:
                    transcriptions.enter_sheet(
                        actor,
                        paper=made.first,
                        sheet=typed,
                        total=sum(typed.points.values(), Decimal(0)),
                        total_wrong=False,
                        request_key=who.login,
                    )
                except PortalError as problem:
                    failed.append(problem)
                db.session.remove()

        threads = [threading.Thread(target=work, args=(who,)) for who in people]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        with app.app_context():
            count = db.session.scalar(sa.select(sa.func.count()).select_from(ReviewRevision))
            assert (failed, count, states(made)[0]) == ([], 1, "done")


# what is typed


@on_sqlite
def test_form_is_checked_as_the_experts_own(made: Papers) -> None:
    typed = sheet(made)
    bad = replace(typed, points={**typed.points, FIRST: Decimal("0.3")}, opinion="")
    with pytest.raises(Invalid) as refused:
        enter(made, made.counting, bad)
    assert set(refused.value.fields) == {f"points.{FIRST}", "opinion"}
    assert states(made)[0] == "waiting"


@on_sqlite
def test_total_on_the_paper_checks_the_typing(made: Papers) -> None:
    with pytest.raises(Invalid, match="有1处须核对") as refused:
        enter(made, made.counting, total=Decimal("1"))
    assert "不符" in str(refused.value.fields["total"])
    assert enter(made, made.counting, total=Decimal("1"), total_wrong=True).state == "half"


@on_sqlite
def test_oversized_text_is_refused(made: Papers) -> None:
    with pytest.raises(Invalid, match="过长"):
        enter(made, made.counting, replace(sheet(made), comments={FIRST: "字" * 60_001}))


# registration, scan, unsealing


def test_missed_sheets_without_paper_stay_missed(made: Papers) -> None:
    rows = db.session.execute(
        sa.select(Review.state, sa.func.count()).where(Review.state != "recused").group_by(Review.state)
    ).all()
    assert [state for state, _count in rows] == ["missed"]
    waiting = transcription_views.list_for_clerk(made.viewer(made.counting))
    assert [row.state for row in waiting] == ["blank", "blank"]  # of the chair's sheets alone


@on_sqlite
def test_clerk_sees_the_head_of_the_paper_and_no_name(made: Papers) -> None:
    row = transcription_views.list_for_clerk(made.viewer(made.counting))[0]
    code = db.session.scalar(
        sa.select(PanelMember.code).where(PanelMember.expert_id == made.scene.expert(CHAIR).expert_id)
    )
    assert (row.number, row.code) == ("S01", code)
    assert CHAIR not in repr(row) + repr(shown(made, made.counting).row)


def test_entry_may_start_without_the_scan_and_is_complete_with_it(app: Flask) -> None:
    made = build.sealed(app, scans=False)
    with app.app_context():
        enter(made, made.counting)
        told = enter(made, made.checking)
        assert (told.state, told.submitted, states(made)[0]) == ("same", False, "same")
        with pytest.raises(Conflict, match="两人录入已一致"):
            enter(made, made.counting, sheet(made, **MISREAD))
        assert attach(made, made.first)
        assert states(made)[0] == "done"


@on_sqlite
@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("表.docx", b"PK\x03\x04", "扩展名"),
        ("表.png", b"", "空的"),
        ("表.png", b"%PDF-1.4\n", "内容却是"),
        ("表.csv", "编号".encode(), "须是 PDF 或图片"),
        ("表.pdf", b"%PDF-1.4\n%%EOF\n", "文件已损坏"),
        ("表.png", build.PNG[:-20], "文件已损坏"),
        ("表.pdf", build.pdf(21), "不能超过20页"),
    ],
)
def test_scan_passes_the_upload_guard(made: Papers, name: str, data: bytes, words: str) -> None:
    with pytest.raises(Invalid) as refused:
        paper_sheets.attach_scan(
            made.scene.officer, paper=made.first, name=name, data=data, checked_by="示例会务"
        )
    assert words in str(refused.value.fields["scan"])


@on_sqlite
def test_signature_is_registered_with_who_saw_it(made: Papers) -> None:
    with pytest.raises(Invalid, match="核验签名"):
        paper_sheets.attach_scan(
            made.scene.officer, paper=made.first, name="a.png", data=build.PNG, checked_by=" "
        )
    row = paper_views.list_registered(made.scene.officer, call=made.scene.call)[0]
    assert (row.signature_checked_by, row.scanned_at is not None) == ("示例会务", True)


def test_scan_is_for_the_clerks_and_after_the_round_for_the_supervisor(made: Papers) -> None:
    for who in (made.counting, made.checking):
        page = transcription_views.scan_page(made.viewer(who), paper=made.first, page=1)
        assert page.startswith(b"RIFF") and page[8:12] == b"WEBP"
        with pytest.raises(NotFound):
            transcription_views.scan_page(made.viewer(who), paper=made.first, page=2)
    for state in ("sealed", "reconciling"):
        scenes.set_round_state(made.scene.round, state)
        for viewer in (made.scene.supervisor, made.scene.officer):
            with pytest.raises(NotFound):  # the signature stands beside the code
                transcription_views.scan(viewer, paper=made.first)
            with pytest.raises(NotFound):
                transcription_views.scan_page(viewer, paper=made.first, page=1)
    with pytest.raises(NotFound):
        transcription_views.scan_page(made.viewer(made.counting), paper=made.first, page=1)
    scenes.set_round_state(made.scene.round, "finished")
    assert transcription_views.scan(made.scene.supervisor, paper=made.first)[1] == build.PNG


def test_unsealing_waits_for_the_papers(made: Papers) -> None:
    with pytest.raises(Conflict, match="还有2份纸质评分表未代录完成"):
        unseal(made)
    type_all(made)
    unseal(made)
    assert rounds.view(made.scene.officer, round_=made.scene.round).state == "reconciling"


def test_paper_registered_after_the_request_keeps_the_round_sealed(made: Papers) -> None:
    type_all(made)
    asked = rounds.ask_unseal(chair(made), round_=made.scene.round, reason="评分已结束（示例）")
    review = made.scene.review("丁示例", next(iter(made.papers)))
    paper_sheets.register_papers(
        made.scene.officer, round_=made.scene.round, reviews=[review], reason="会后补交纸质表（示例）"
    )
    with pytest.raises(Conflict, match="还有1份"):
        rounds.decide_unseal(made.scene.supervisor, approval=asked, approve=True)


def test_signed_sheet_is_dropped_by_two_people_only(made: Papers) -> None:
    first, second = made.papers.values()
    for paper in (first, second):
        asked = paper_sheets.ask_drop(made.scene.officer, paper=paper, reason="缺页，不能计入（示例）")
        with pytest.raises(NotAllowed):
            paper_sheets.decide_drop(made.scene.officer, approval=asked, approve=True)
        paper_sheets.decide_drop(made.scene.supervisor, approval=asked, approve=True, note="已核对")
    assert states(made) == ["dropped", "dropped"]
    with pytest.raises(Conflict, match="不予计入"):
        enter(made, made.counting)
    unseal(made)
    assert audit.verify().holds


def test_sheet_that_was_completed_meanwhile_is_not_dropped(made: Papers) -> None:
    asked = paper_sheets.ask_drop(made.scene.officer, paper=made.first, reason="缺页（示例）")
    enter(made, made.counting)
    enter(made, made.checking)
    with pytest.raises(Conflict):
        paper_sheets.decide_drop(made.scene.supervisor, approval=asked, approve=True)
    assert states(made)[0] == "done"


@pytest.mark.parametrize("how", ["left", "withdrawn"])
def test_paper_that_counts_no_more_is_not_typed_and_keeps_nothing_sealed(made: Papers, how: str) -> None:
    with transaction() as session:
        if how == "left":
            session.execute(
                sa.update(PanelMember)
                .where(PanelMember.expert_id == made.scene.expert(CHAIR).expert_id)
                .values(left_at=now())
            )
        else:
            session.execute(sa.update(Dossier).values(state="withdrawn"))
    with pytest.raises(Conflict, match="不再计入"):
        enter(made, made.counting)
    assert states(made) == ["moot", "moot"]
    unseal(made)


def test_expert_who_submits_after_all_needs_no_clerk(app: Flask) -> None:
    made = build.scored_on_paper(app)
    with app.app_context():
        viewer, review = made.scene.ready(CHAIR, next(iter(made.papers)))
        reviews.submit_review(viewer, review=review, sheet=sheet(made), base_version=0, request_key="own")
        assert states(made) == ["moot", "waiting"]
        factories.close_round(chair(made), made.scene.supervisor, round_=made.scene.round)
        assert len(transcription_views.list_for_clerk(made.viewer(made.counting))) == 1


@on_sqlite
def test_papers_are_registered_while_scoring_or_sealed(made: Papers) -> None:
    review = made.scene.review("丁示例", next(iter(made.papers)))
    for state in ("draft", "reconciling", "finished"):
        scenes.set_round_state(made.scene.round, state)
        with pytest.raises(Conflict, match="评分开启以后、启封以前"):
            paper_sheets.register_papers(
                made.scene.officer, round_=made.scene.round, reviews=[review], reason=build.REASON
            )


@on_sqlite
def test_sheet_is_registered_once_with_a_reason_by_the_secretariat(made: Papers) -> None:
    officer, round_ = made.scene.officer, made.scene.round
    own = made.scene.review(CHAIR, next(iter(made.papers)))
    other = made.scene.review("丁示例", next(iter(made.papers)))
    with pytest.raises(Conflict, match="已登记"):
        paper_sheets.register_papers(officer, round_=round_, reviews=[own], reason=build.REASON)
    with pytest.raises(Invalid, match="事由"):
        paper_sheets.register_papers(officer, round_=round_, reviews=[other], reason=" ")
    with pytest.raises(Invalid, match="至少选择一份"):
        paper_sheets.register_papers(officer, round_=round_, reviews=[], reason=build.REASON)
    for actor in (made.scene.supervisor, chair(made)):
        with pytest.raises(NotAllowed):
            paper_sheets.register_papers(actor, round_=round_, reviews=[other], reason=build.REASON)


# afterwards


def test_points_are_seen_after_unsealing_and_whose_sheet_was_paper_is_not(made: Papers) -> None:
    type_all(made)
    unseal(made)
    dossier = next(iter(made.scene.dossiers.values()))
    lines = sheets_of(chair(made), round_=made.scene.round, dossier=dossier)
    assert {line.item: line.points for line in lines} == sheet(made).points
    assert paper_views.count_typed(chair(made), round_=made.scene.round, dossier=dossier) == 1


@on_sqlite
def test_summary_tells_how_many_sheets_came_on_paper_and_not_whose(made: Papers) -> None:
    type_all(made)
    unseal(made)
    rounds.finish_round(chair(made), round_=made.scene.round)
    _name, data = report.summary_sheet(made.scene.officer, round_=made.scene.round)
    told = "".join(paragraph.text for paragraph in docx.Document(io.BytesIO(data)).paragraphs)
    assert "专家书面评审有2份评分表由专家在纸质表上签名评分" in told


@on_sqlite
def test_count_of_typed_sheets_is_not_told_while_sealed(made: Papers) -> None:
    dossier = next(iter(made.scene.dossiers.values()))
    with pytest.raises(NotAllowed):
        paper_views.count_typed(chair(made), round_=made.scene.round, dossier=dossier)


@on_sqlite
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE transcriptions SET body = replace(body, '8.00', '9.00')",
        "UPDATE paper_scans SET signature_checked_by = 'x'",
        "UPDATE paper_sheets SET kind = 'dropped'",
        "UPDATE transcribed_revisions SET counting_id = checking_id",
    ],
)
def test_changed_row_is_found(made: Papers, statement: str) -> None:
    enter(made, made.counting)
    enter(made, made.checking)
    assert audit.verify().holds
    tamper(statement)
    assert not audit.verify().holds


@on_sqlite
def test_lists_cost_the_same_queries_however_many_sheets(made: Papers) -> None:
    officer, clerk = made.scene.officer, made.viewer(made.counting)
    acts = (
        lambda: transcription_views.list_for_clerk(clerk),
        lambda: paper_views.list_registered(officer, call=made.scene.call),
    )
    clerk_rows, _office_rows = (act() for act in acts)  # the rules are read once
    assert len(clerk_rows) == 2
    few = [queries(act) for act in acts]
    open_ = [
        review
        for _name, rows in paper_views.to_register(officer, round_=made.scene.round)
        for review, _unit in rows
    ]
    paper_sheets.register_papers(officer, round_=made.scene.round, reviews=open_, reason=build.REASON)
    assert len(states(made)) > 5
    assert [queries(act) for act in acts] == few
