"""An expert's acts: what opens when, what is kept, what nobody else can reach."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest
import sqlalchemy as sa
from flask import Flask
from flask_sqlalchemy import SQLAlchemy

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier, DossierVersion
from review_portal.models.experts import Declaration, Recusal
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision, RevisionPoint
from review_portal.services import dossiers, elections, own_gates, panels, reviews, rounds, sheets
from review_portal.services.dossiers import Upload
from review_portal.services.worklist import worklist
from tests import factories, form_documents
from tests import factories_reviews as build
from tests.factories_reviews import Scene

SINGLE, _FOUR, _THREE, TWO = form_documents.SAMPLES


@pytest.fixture
def scene(app: Flask, db: SQLAlchemy) -> Scene:
    return build.scoring(app)


def rows(model: type) -> int:
    with transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0


def actions(kind: str) -> list[str]:
    with transaction() as session:
        query = (
            sa.select(AuditEntry.action).where(AuditEntry.object_kind == kind).order_by(AuditEntry.sequence)
        )
        return list(session.scalars(query))


def test_text_opens_only_after_pledge_and_declaration(scene: Scene) -> None:
    viewer = scene.expert("甲示例")
    review = scene.review("甲示例", SINGLE)
    with pytest.raises(NotAllowed) as refused:
        sheets.open_sheet(viewer, review=review)
    assert str(refused.value) == "请先签署评审承诺。"
    reviews.sign_pledge(viewer, round_=scene.round)
    with pytest.raises(NotAllowed) as refused:
        sheets.open_sheet(viewer, review=review)
    assert str(refused.value) == "请先对该申报单位作出回避声明。"
    reviews.declare(viewer, dossier=scene.dossiers[SINGLE], answer="clear")
    view = sheets.open_sheet(viewer, review=review)
    assert (view.gate.unit, view.version, view.content) == ("重庆示例绿能科技有限公司", 0, {})


def test_names_are_shown_before_the_text(scene: Scene) -> None:
    gate = own_gates.gate(scene.expert("甲示例"), review=scene.review("甲示例", TWO))
    assert [(unit.name, unit.role) for unit in gate.units] == [
        ("重庆示例能源服务股份有限公司", "lead"),
        ("重庆示例绿色金融服务有限公司", "member"),
    ]
    assert (gate.recommender, gate.pledged, gate.declared) == (
        "涪陵区经济和信息化委员会（示例）",
        False,
        False,
    )


def test_declaration_is_asked_again_when_the_units_change(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    assert own_gates.gate(viewer, review=review).declared
    with transaction() as session:
        row = session.scalars(sa.select(Dossier).where(Dossier.public_id == scene.dossiers[SINGLE])).one()
        version = session.scalars(
            sa.select(DossierVersion).where(DossierVersion.id == row.current_version_id)
        ).one()
        build.add_version(session, row, version.file_id, build.form_of(SINGLE), "other units")
        found = session.scalars(sa.select(Review).where(Review.public_id == review)).one()
        found.dossier_version_id = row.current_version_id
    assert not own_gates.gate(viewer, review=review).declared


def _act_on(act: str, viewer: Viewer, scene: Scene, review: str) -> object:
    sheet = build.full_sheet(build.rubric_of(scene))
    return {
        "gate": lambda: own_gates.gate(viewer, review=review),
        "open": lambda: sheets.open_sheet(viewer, review=review),
        "save": lambda: reviews.save_draft(viewer, review=review, content={}, base_version=0),
        "submit": lambda: reviews.submit_review(
            viewer, review=review, sheet=sheet, base_version=0, request_key="k"
        ),
        "withdraw": lambda: reviews.withdraw_review(viewer, review=review),
        "recuse": lambda: reviews.request_recusal(viewer, review=review, reason="曾为其提供咨询"),
    }[act]()


@pytest.mark.parametrize("act", ["gate", "open", "save", "submit", "withdraw", "recuse"])
def test_foreign_missing_and_recused_sheets_are_one_answer(scene: Scene, act: str) -> None:
    own, review = scene.ready("甲示例", SINGLE)
    other = scene.expert("丁示例")
    reviews.sign_pledge(other, round_=scene.round)
    answers = []
    reviews.request_recusal(own, review=review, reason="曾为其提供咨询")
    for viewer, which in ((other, scene.review("癸示例", SINGLE)), (other, "a" * 12), (own, review)):
        with pytest.raises(NotFound) as refused:
            _act_on(act, viewer, scene, which)
        answers.append(str(refused.value))
    assert answers == ["未找到该材料，或您没有查看权限。"] * 3


def test_offices_have_no_door_to_a_sheet(scene: Scene) -> None:
    review = scene.review("甲示例", SINGLE)
    for viewer in (scene.officer, scene.supervisor):
        with pytest.raises(NotFound):
            sheets.open_sheet(viewer, review=review)
        assert worklist(viewer) == ()


def test_draft_keeps_what_was_typed_also_what_is_no_number_yet(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    content = {"points": {"C1.1": "8.", "C9": "1"}, "comments": {"C1.1": "依据\n充分"}, "opinion": "待写"}
    saved = reviews.save_draft(viewer, review=review, content=content, base_version=0)
    view = sheets.open_sheet(viewer, review=review)
    assert view.content == {
        "points": {"C1.1": "8."},
        "comments": {"C1.1": "依据\n充分"},
        "opinion": "待写",
        "conclusion": "",
    }
    assert (view.version, view.gate.state, view.saved_at) == (saved.version, "draft", saved.saved_at)


def test_draft_is_not_on_the_audit_chain(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.save_draft(viewer, review=review, content={"opinion": "待写"}, base_version=0)
    assert actions("review") == []


def test_second_tab_is_told_and_nothing_is_overwritten(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    first = reviews.save_draft(viewer, review=review, content={"opinion": "甲窗口"}, base_version=0)
    with pytest.raises(Conflict) as refused:
        reviews.save_draft(viewer, review=review, content={"opinion": "乙窗口"}, base_version=0)
    assert (refused.value.theirs.content["opinion"], refused.value.theirs.version) == (
        "甲窗口",
        first.version,
    )
    assert sheets.open_sheet(viewer, review=review).content["opinion"] == "甲窗口"


def test_saving_the_same_again_is_no_conflict(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    first = reviews.save_draft(viewer, review=review, content={"opinion": "一句"}, base_version=0)
    again = reviews.save_draft(viewer, review=review, content={"opinion": "一句"}, base_version=0)
    assert again == first


def test_submission_gives_a_receipt_that_can_be_checked(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    receipt = reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    shown = sheets.receipt(viewer, revision=receipt.public_id)
    assert (shown.commitment, shown.submitted_at, shown.ordinal) == (
        receipt.commitment,
        receipt.submitted_at,
        1,
    )
    assert (shown.holds, shown.current, shown.may_withdraw, shown.sheet) == (True, True, True, sheet)
    (row,) = [row for row in worklist(viewer)[0].rows if row.review == review]
    assert (row.state, row.done, row.total) == ("submitted", 13, Decimal(87))


def test_submission_stands_on_the_chain_as_commitment_alone(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    receipt = reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    with transaction() as session:
        entry = session.scalars(sa.select(AuditEntry).where(AuditEntry.action == "submit_review")).one()
    assert entry.detail == {
        "revision": receipt.public_id,
        "ordinal": 1,
        "commitment": receipt.commitment,
    }


def test_reason_for_a_whole_criterion_is_kept_and_bound(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    whole = replace(sheet, comments={"C1.1": "首项理由", "C1": "本项各条均有完整佐证材料。"})
    receipt = reviews.submit_review(viewer, review=review, sheet=whole, base_version=0, request_key="k1")
    shown = sheets.receipt(viewer, revision=receipt.public_id)
    assert (shown.sheet.comments, shown.holds) == (
        {"C1.1": "首项理由\n本项各条均有完整佐证材料。"},
        True,
    )


def test_zero_typed_with_a_sign_is_bound_as_the_zero_that_is_stored(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    rubric = build.rubric_of(scene)
    sheet = build.full_sheet(rubric)
    first = rubric.items[0].key
    signed = replace(
        sheet,
        points={**sheet.points, first: Decimal("-0.0")},
        comments={**sheet.comments, first: "全部指标均无依据，示例说明。"},
    )
    receipt = reviews.submit_review(viewer, review=review, sheet=signed, base_version=0, request_key="k1")
    shown = sheets.receipt(viewer, revision=receipt.public_id)
    assert (shown.sheet.points[first], shown.holds) == (Decimal(0), True)
    again = reviews.submit_review(viewer, review=review, sheet=signed, base_version=0, request_key="k1")
    assert again == receipt


def test_receipt_of_another_expert_does_not_exist(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    receipt = reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    for other in (scene.expert("丁示例"), scene.officer, scene.supervisor):
        with pytest.raises(NotFound):
            sheets.receipt(other, revision=receipt.public_id)


def test_same_key_gives_the_same_receipt(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    send = {"review": review, "sheet": sheet, "base_version": 0, "request_key": "k1"}
    first = reviews.submit_review(viewer, **send)
    assert reviews.submit_review(viewer, **send) == first
    assert (rows(ReviewRevision), rows(RevisionPoint), actions("review")) == (1, 13, ["submit_review"])


def test_same_key_with_another_sheet_is_refused(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    with pytest.raises(Conflict) as refused:
        reviews.submit_review(
            viewer,
            review=review,
            sheet=replace(sheet, opinion="改动后的总体意见。" * 2),
            base_version=1,
            request_key="k1",
        )
    assert str(refused.value) == "该评分表已提交。如需修改，请先撤回，再重新提交。"


def test_incomplete_sheet_is_refused_with_every_fault_at_its_field(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    points = {**sheet.points, "C1.1": Decimal("10.5"), "C1.2": Decimal("0.25"), "C2.5": Decimal(1)}
    del points["C3.4"]
    wrong = replace(sheet, points=points, comments={**sheet.comments, "C2.5": "少"}, opinion="短")
    with pytest.raises(Invalid) as refused:
        reviews.submit_review(viewer, review=review, sheet=wrong, base_version=0, request_key="k1")
    assert {field: str(text) for field, text in refused.value.fields.items()} == {
        "points.C1.1": "“服务覆盖面与服务量”的得分应在0至10分之间，请改正。",
        "points.C1.2": "“节能降碳降耗绩效”的得分应为0.5分的整数倍，请改正。",
        "comments.C2.5": "“组织保障与风险应对”评为较差，请写明评分理由，不少于10字。",
        "points.C3.4": "“资源整合与区县支持”尚未评分，请填写0至3分。",
        "opinion": "总体意见应为10至300字，现为1字，请修改。",
    }
    assert (rows(ReviewRevision), rows(ReviewDraft)) == (0, 0)


def test_stale_page_cannot_submit_over_a_newer_draft(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.save_draft(viewer, review=review, content={"opinion": "另一窗口"}, base_version=0)
    with pytest.raises(Conflict) as refused:
        reviews.submit_review(
            viewer,
            review=review,
            sheet=build.full_sheet(build.rubric_of(scene)),
            base_version=0,
            request_key="k1",
        )
    assert (refused.value.theirs.content["opinion"], rows(ReviewRevision)) == ("另一窗口", 0)


def test_withdrawing_and_resubmitting_keeps_each_version(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    rubric = build.rubric_of(scene)
    first = reviews.submit_review(
        viewer, review=review, sheet=build.full_sheet(rubric), base_version=0, request_key="k1"
    )
    with pytest.raises(NotAllowed) as refused:
        reviews.save_draft(viewer, review=review, content={}, base_version=1)
    assert str(refused.value) == "评分已提交。如需修改，请先撤回。"
    reviews.withdraw_review(viewer, review=review)
    view = sheets.open_sheet(viewer, review=review)
    assert (view.gate.state, view.content["points"]["C1.1"]) == ("draft", "9")
    second = reviews.submit_review(
        viewer,
        review=review,
        sheet=build.full_sheet(rubric, below=Decimal("0.5")),
        base_version=view.version,
        request_key="k2",
    )
    receipts = sheets.open_sheet(viewer, review=review).receipts
    assert [(line.public_id, line.ordinal, line.current) for line in receipts] == [
        (first.public_id, 1, False),
        (second.public_id, 2, True),
    ]
    old = sheets.receipt(viewer, revision=first.public_id)
    assert (old.sheet.points["C1.1"], old.holds, old.may_withdraw) == (Decimal(9), True, False)
    assert actions("review") == ["submit_review", "withdraw_review", "submit_review"]


def test_withdrawn_sheet_counts_for_nothing(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.submit_review(
        viewer,
        review=review,
        sheet=build.full_sheet(build.rubric_of(scene)),
        base_version=0,
        request_key="k1",
    )
    reviews.withdraw_review(viewer, review=review)
    assert rounds.progress(scene.officer, round_=scene.round).submitted == 0


@pytest.mark.parametrize("state", ["sealed", "reconciling", "finished"])
def test_closed_round_takes_nothing_and_gives_nothing_back(scene: Scene, state: str) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    send = {"review": review, "sheet": sheet, "base_version": 0}
    receipt = reviews.submit_review(viewer, **send, request_key="k1")
    build.set_round_state(scene.round, state)
    acts: list[Callable[[], object]] = [
        lambda: reviews.save_draft(viewer, review=review, content={}, base_version=1),
        lambda: reviews.submit_review(viewer, **send, request_key="k2"),
        lambda: reviews.withdraw_review(viewer, review=review),
    ]
    for act in acts:
        with pytest.raises(NotAllowed):
            act()
    assert reviews.submit_review(viewer, **send, request_key="k1") == receipt


def test_deadline_alone_closes_nothing(scene: Scene) -> None:
    """The deadline of the scene lies in the past: closing is an act of the chair, not a clock."""
    viewer, review = scene.ready("甲示例", SINGLE)
    saved = reviews.save_draft(viewer, review=review, content={"opinion": "迟到"}, base_version=0)
    assert saved.saved_at > build.DEADLINE


def test_recusal_at_the_declaration_shuts_the_dossier_for_the_call(scene: Scene) -> None:
    viewer = scene.expert("甲示例")
    review = scene.review("甲示例", SINGLE)
    reviews.declare(viewer, dossier=scene.dossiers[SINGLE], answer="recuse", reason="授信业务经办人")
    with transaction() as session:
        row = session.scalars(sa.select(Recusal).where(Recusal.level == "declared")).one()
        state = session.scalar(sa.select(Review.state).where(Review.public_id == review))
    assert (row.reason, row.rule, state) == ("授信业务经办人", "declaration", "recused")
    shown = next(row for row in worklist(viewer)[0].rows if row.state == "recused")
    assert (shown.review, shown.unit, shown.recommender, shown.members) == ("", "", "", ())
    assert actions("dossier")[-1:] + actions("review") == ["declare", "request_recusal"]


def test_recusal_needs_its_reason(scene: Scene) -> None:
    viewer = scene.expert("甲示例")
    with pytest.raises(Invalid) as refused:
        reviews.declare(viewer, dossier=scene.dossiers[SINGLE], answer="recuse", reason="无")
    assert ({name: str(text) for name, text in refused.value.fields.items()}, rows(Declaration)) == (
        {"reason": "请填写回避事由，至少4个字。"},
        0,
    )


def test_recusal_from_the_sheet_drops_its_draft(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.save_draft(viewer, review=review, content={"opinion": "待写"}, base_version=0)
    reviews.request_recusal(viewer, review=review, reason="读后发现曾参与该项目")
    assert rows(ReviewDraft) == 0


def test_submitted_sheet_is_withdrawn_before_recusal(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    with pytest.raises(Conflict) as refused:
        reviews.request_recusal(viewer, review=review, reason="读后发现曾参与该项目")
    assert (str(refused.value), rows(Recusal)) == ("该评分已提交。请先撤回修改，再申请回避。", 0)


def test_withdrawn_dossier_takes_no_more_points(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    with transaction() as session:
        row = session.scalars(sa.select(Dossier).where(Dossier.public_id == scene.dossiers[SINGLE])).one()
        row.state = "withdrawn"
    with pytest.raises(Conflict) as refused:
        reviews.save_draft(viewer, review=review, content={}, base_version=0)
    assert str(refused.value) == "该单位已撤回申报，不需再评。已填内容留存，不计入评审。"
    assert worklist(viewer)[0].next_open() != next(r for r in worklist(viewer)[0].rows if r.gone)


def test_evidence_of_every_item_leads_somewhere(scene: Scene) -> None:
    viewer, review = scene.ready("甲示例", SINGLE)
    view = sheets.open_sheet(viewer, review=review)
    assert [path for path, there in view.passages.items() if not there] == []


def test_reading_order_is_each_experts_own_and_stays(scene: Scene) -> None:
    orders = {}
    for name in build.PANEL:
        first, again = ([row.dossier for row in worklist(scene.expert(name))[0].rows] for _ in range(2))
        assert first == again
        orders[name] = tuple(first)
    assert {frozenset(order) for order in orders.values()} == {
        frozenset((scene.dossiers[SINGLE], scene.dossiers[TWO]))
    }


def test_next_task_goes_round_from_the_one_just_done(scene: Scene) -> None:
    viewer = scene.expert("甲示例")
    work = worklist(viewer)[0]
    first, second = work.rows
    assert (work.next_open(), work.next_open(first.review), work.next_open(second.review)) == (
        first,
        second,
        first,
    )


def elect(scene: Scene, name: str) -> None:
    """Everybody is present and elects the expert of this name."""
    members = panels.list_members(scene.officer, round_=scene.round)
    for member in members:
        if member.signed_in_at is None:
            panels.sign_in(scene.officer, member=member.public_id, checked_by="示例会务")
    chosen = next(member.public_id for member in members if member.name == name)
    elections.elect_chair(
        scene.officer,
        round_=scene.round,
        member=chosen,
        method="举手",
        votes=len(members),
        witness="示例监督甲",
    )


def test_chair_who_is_recused_after_the_election_is_chair_no_more(app: Flask, scene: Scene) -> None:
    person = scene.credential(app, "甲示例")
    elect(scene, "甲示例")
    assert len(person.viewer(app).chairs) == 1
    viewer, review = scene.ready("甲示例", SINGLE)
    reviews.request_recusal(viewer, review=review, reason="与申报单位有利害关系（示例）")
    assert person.viewer(app).chairs == frozenset()
    assert not any(member.is_chair for member in panels.list_members(scene.officer, round_=scene.round))
    elect(scene, "丁示例")
    assert len(scene.credential(app, "丁示例").viewer(app).chairs) == 1


def test_nobody_owes_a_sheet_on_a_unit_that_withdrew(app: Flask, scene: Scene) -> None:
    """The chair, who has no way to that sheet any more, closes the round; nobody is counted as late."""
    person = scene.credential(app, "甲示例")
    elect(scene, "甲示例")
    viewer, review = scene.ready("甲示例", SINGLE)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(viewer, review=review, sheet=sheet, base_version=0, request_key="k1")
    letter = Upload("撤回函.pdf", b"%PDF-1.4\n% letter of the applicant, stamped\n")
    withdrawn = scene.dossiers[TWO]
    dossiers.withdraw(scene.officer, dossier=withdrawn, reason="申报单位来函撤回（示例）", letter=letter)
    counts = {
        member.name: (member.submitted, member.assigned)
        for member in panels.list_members(scene.officer, round_=scene.round)
    }
    assert counts == {name: (int(name == "甲示例"), 1) for name in build.PANEL}
    assert rounds.progress(scene.officer, round_=scene.round) == rounds.Progress(1, 4, 0)
    factories.close_round(person.viewer(app), scene.supervisor, round_=scene.round)
    assert rounds.progress(scene.officer, round_=scene.round) == rounds.Progress(1, 0, 4)
