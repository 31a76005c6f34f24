"""Scoring offline through the services: a workbook out, filled in elsewhere, back as drafts or refused."""

from __future__ import annotations

import base64
import json
import zlib
from collections.abc import Callable, Iterator

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import db, transaction
from review_portal.domain.errors import Conflict, Invalid, NotFound
from review_portal.domain.policy import Viewer
from review_portal.models.audit import AuditEntry
from review_portal.models.dossiers import Dossier
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review, ReviewDraft, ReviewRevision
from review_portal.services import offline_guard, offline_sheets, reviews
from review_portal.services.offline_changes import Preview
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import OPINION, REASON, Scene
from tests.offline_files import Filling
from tests.services.counting import queries

ONE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
NAME = "离线评分表.xlsx"


@pytest.fixture
def scene(app: Flask) -> Iterator[Scene]:
    """The round open, 甲示例 with both dossiers declared: S01 and S02."""
    made = build.scoring(app)
    with app.app_context():
        made.ready("甲示例", ONE)
        made.ready("甲示例", TWO)
        yield made


@pytest.fixture
def expert(scene: Scene) -> Viewer:
    return scene.expert("甲示例")


@pytest.fixture
def filling(scene: Scene, expert: Viewer) -> Filling:
    return download(scene, expert)


def download(scene: Scene, viewer: Viewer) -> Filling:
    return Filling(offline_sheets.workbook(viewer, round_=scene.round)[1])


def upload(scene: Scene, viewer: Viewer, file: Filling | bytes) -> Preview:
    data = file if isinstance(file, bytes) else file.saved()
    return offline_sheets.preview(viewer, round_=scene.round, name=NAME, data=data)


def confirm(scene: Scene, viewer: Viewer, shown: Preview, **choices: str) -> offline_sheets.Applied:
    return offline_sheets.apply(
        viewer, round_=scene.round, sealed=shown.sealed, digest=shown.digest, choices=choices
    )


def refused(act: Callable[[], object]) -> dict[str, str]:
    with pytest.raises(Invalid) as told:
        act()
    return {place: str(text) for place, text in told.value.fields.items()} or {"": str(told.value.message)}


def drafts() -> dict[str, dict[str, object]]:
    db.session.rollback()
    rows = db.session.execute(
        sa.select(Dossier.number, ReviewDraft.content)
        .join(Review, Review.id == ReviewDraft.review_id)
        .join(Dossier, Dossier.id == Review.dossier_id)
    )
    return {row.number: row.content for row in rows}


def kinds(shown: Preview) -> dict[str, str]:
    return {change.number: change.kind for change in shown.changes}


def keep(viewer: Viewer, review: str, points: dict[str, str], base: int = 0) -> None:
    reviews.save_draft(viewer, review=review, content={"points": points}, base_version=base)


def full(scene: Scene) -> dict[str, float]:
    return {item.key: float(item.max_score - 1) for item in build.rubric_of(scene).items}


def test_filled_workbook_becomes_drafts_on_one_confirmation(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", full(scene), reason=REASON, opinion=OPINION)
    filling.fill("S02", {"C1.1": 8.5})
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "change", "S02": "change"}
    assert {change.number: change.whole for change in shown.changes} == {"S01": True, "S02": False}
    assert drafts() == {}
    assert confirm(scene, expert, shown) == offline_sheets.Applied(2, 0)
    assert drafts()["S01"] == {
        "points": {key: f"{value:g}" for key, value in full(scene).items()},
        "comments": dict.fromkeys(full(scene), REASON),
        "opinion": OPINION,
        "conclusion": "",
    }
    assert drafts()["S02"]["points"] == {"C1.1": "8.5"}
    states = db.session.scalars(sa.select(Review.state).where(Review.expert_id == expert.expert_id)).all()
    assert sorted(states) == ["draft", "draft"]
    assert db.session.scalars(sa.select(ReviewRevision.id)).all() == []  # it never submits


def test_applied_workbook_stands_on_the_trail_without_points(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8.5})
    confirm(scene, expert, upload(scene, expert, filling))
    entry = db.session.scalars(sa.select(AuditEntry).order_by(AuditEntry.sequence.desc()).limit(1)).one()
    assert (entry.action, entry.object_id, sorted(entry.detail)) == (
        "apply_score_workbook", scene.round, ["file", "updated"],
    )  # fmt: skip


def test_untouched_workbook_changes_nothing(scene: Scene, expert: Viewer):
    review = scene.review("甲示例", ONE)
    content = {
        "points": {"C1.1": "８.50", "C1.2": "很多"},
        "comments": {"C1.1": " 两行\r\n理由 ", "C1.2": "=1+1", "C1.3": "理由\x0b二"},
        "opinion": "007",
    }
    reviews.save_draft(expert, review=review, content=content, base_version=0)
    filling = download(scene, expert)
    assert (filling.points("S01", "C1.1").value, filling.points("S01", "C1.2").value) == (8.5, "很多")
    assert list(refused(lambda: upload(scene, expert, filling))) == ["S01 表 G7"]
    reviews.save_draft(
        expert, review=review, content={**content, "points": {"C1.1": "８.50"}}, base_version=1
    )
    shown = upload(scene, expert, download(scene, expert))
    assert [change.rows for change in shown.taken] == []
    assert kinds(shown) == {"S01": "same", "S02": "same"}


def test_blank_stays_blank_and_emptied_cell_is_told(scene: Scene, expert: Viewer):
    keep(expert, scene.review("甲示例", ONE), {"C1.1": "8", "C1.2": "9"})
    filling = download(scene, expert)
    filling.points("S01", "C1.1").value = None
    shown = upload(scene, expert, filling)
    (row,) = shown.taken[0].rows
    assert (row.name, row.now, row.given, row.lost) == ("服务覆盖面与服务量", "8", "", True)
    confirm(scene, expert, shown)
    assert drafts()["S01"]["points"] == {"C1.2": "9"}


def test_level_alone_gives_no_points(scene: Scene, expert: Viewer, filling: Filling):
    filling.level("S01", "C1.1").value = "优秀"
    filling.fill("S01", {"C1.2": 10})
    shown = upload(scene, expert, filling)
    assert shown.taken[0].unscored == ("服务覆盖面与服务量",)
    confirm(scene, expert, shown)
    assert drafts()["S01"]["points"] == {"C1.2": "10"}


def test_both_sides_changed_asks_which_one_stays(scene: Scene, expert: Viewer, filling: Filling):
    first, second = scene.review("甲示例", ONE), scene.review("甲示例", TWO)
    filling.fill("S01", {"C1.1": 8, "C1.2": 9})
    filling.fill("S02", {"C1.1": 7})
    keep(expert, first, {"C1.1": "6", "C1.3": "5"})
    keep(expert, second, {"C1.1": "10"})
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "clash", "S02": "clash"}
    rows = next(change.rows for change in shown.changes if change.number == "S01")
    assert [(row.name, row.now, row.given) for row in rows] == [
        ("服务覆盖面与服务量", "6", "8"),
        ("节能降碳降耗绩效", "", "9"),
        ("产业结构、能源结构、能效示范作用", "5", ""),
    ]  # fmt: skip
    assert list(refused(lambda: confirm(scene, expert, shown, **{first: "file"}))) == [second]
    assert confirm(scene, expert, shown, **{first: "file", second: "portal"}) == offline_sheets.Applied(1, 1)
    assert drafts()["S01"]["points"] == {"C1.1": "8", "C1.2": "9"}
    assert drafts()["S02"]["points"] == {"C1.1": "10"}


def test_sheet_changed_in_the_portal_alone_stays(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S02", {"C1.1": 7})
    keep(expert, scene.review("甲示例", ONE), {"C1.1": "6"})
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "kept", "S02": "change"}
    confirm(scene, expert, shown)
    assert drafts()["S01"]["points"] == {"C1.1": "6"}


def test_stale_preview_is_refused_and_shown_anew(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    shown = upload(scene, expert, filling)
    keep(expert, scene.review("甲示例", ONE), {"C1.1": "6"})
    with pytest.raises(Conflict, match="预览以后"):
        confirm(scene, expert, shown)
    assert drafts()["S01"]["points"] == {"C1.1": "6"}
    fresh = offline_sheets.again(expert, round_=scene.round, sealed=shown.sealed)
    assert kinds(fresh)["S01"] == "clash"


def test_second_confirmation_of_the_same_preview_finds_nothing_left(
    scene: Scene, expert: Viewer, filling: Filling
):
    filling.fill("S01", {"C1.1": 8})
    shown = upload(scene, expert, filling)
    confirm(scene, expert, shown)
    with pytest.raises(Conflict, match="预览以后"):
        confirm(scene, expert, shown)
    assert kinds(offline_sheets.again(expert, round_=scene.round, sealed=shown.sealed))["S01"] == "same"


def test_submitted_in_between_is_left_alone_and_the_rest_taken(
    scene: Scene, expert: Viewer, filling: Filling
):
    filling.fill("S01", {"C1.1": 8})
    filling.fill("S02", {"C1.1": 7})
    reviews.submit_review(
        expert,
        review=scene.review("甲示例", ONE),
        sheet=build.full_sheet(build.rubric_of(scene)),
        base_version=0,
        request_key="k",
    )
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "closed", "S02": "change"}
    assert "评分已提交" in str(shown.of_kind("closed")[0].why)
    assert confirm(scene, expert, shown) == offline_sheets.Applied(1, 1)
    assert drafts()["S02"]["points"] == {"C1.1": "7"}


def test_submission_after_the_preview_stops_the_whole(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    filling.fill("S02", {"C1.1": 7})
    shown = upload(scene, expert, filling)
    sheet = build.full_sheet(build.rubric_of(scene))
    reviews.submit_review(
        expert, review=scene.review("甲示例", ONE), sheet=sheet, base_version=0, request_key="k"
    )
    with pytest.raises(Conflict, match="预览以后"):
        confirm(scene, expert, shown)
    assert "S02" not in drafts()


def test_recused_in_between_tells_the_number_and_nothing_else(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    filling.fill("S02", {"C1.1": 7})
    reviews.request_recusal(expert, review=scene.review("甲示例", ONE), reason="曾任该单位顾问")
    shown = upload(scene, expert, filling)
    (gone,) = shown.of_kind("closed")
    assert (gone.number, gone.unit, gone.rows, gone.content) == ("S01", "", (), {})
    assert "不予接收" in str(gone.why)
    confirm(scene, expert, shown)
    assert sorted(drafts()) == ["S02"]


def test_withdrawn_unit_is_not_taken(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    with transaction() as session:
        session.scalars(sa.select(Dossier).where(Dossier.number == "S01")).one().state = "withdrawn"
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "closed", "S02": "same"}
    assert "已撤回申报" in str(shown.of_kind("closed")[0].why)


def test_closed_round_takes_nothing(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    shown = upload(scene, expert, filling)
    build.set_round_state(scene.round, "sealed")
    for act in (
        lambda: offline_sheets.workbook(expert, round_=scene.round),
        lambda: upload(scene, expert, filling),
        lambda: confirm(scene, expert, shown),
    ):
        with pytest.raises(Conflict, match="本轮评分未在进行"):
            act()
    assert drafts() == {}


def test_who_has_left_the_panel_puts_nothing_in(scene: Scene, expert: Viewer, filling: Filling):
    shown = upload(scene, expert, filling)
    with transaction() as session:
        member = session.scalars(
            sa.select(PanelMember).where(PanelMember.expert_id == expert.expert_id)
        ).one()
        member.left_at = build.DEADLINE
    for act in (lambda: upload(scene, expert, filling), lambda: confirm(scene, expert, shown)):
        with pytest.raises(Conflict, match="已退出本轮评审"):
            act()


def test_download_holds_only_declared_sheets_after_the_pledge(app: Flask):
    scene = build.scoring(app)
    with app.app_context():
        viewer = scene.expert("丁示例")
        with pytest.raises(Conflict, match="请先签署评审承诺"):
            offline_sheets.workbook(viewer, round_=scene.round)
        reviews.sign_pledge(viewer, round_=scene.round)
        with pytest.raises(Conflict, match="没有可以填写的评分表"):
            offline_sheets.workbook(viewer, round_=scene.round)
        rows = offline_sheets.start(viewer, round_=scene.round)
        assert (rows.sheets, rows.waiting > 0) == ((), True)


def test_round_of_others_is_not_found(scene: Scene, filling: Filling):
    for viewer in (scene.officer, scene.expert("辛示例")):
        for act in (
            lambda viewer=viewer: offline_sheets.start(viewer, round_=scene.round),
            lambda viewer=viewer: offline_sheets.workbook(viewer, round_=scene.round),
            lambda viewer=viewer: upload(scene, viewer, filling),
            lambda viewer=viewer: offline_sheets.apply(
                viewer, round_=scene.round, sealed="", digest="", choices={}
            ),
        ):
            with pytest.raises(NotFound):
                act()


def test_file_and_preview_of_another_expert_are_refused(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", {"C1.1": 8})
    shown = upload(scene, expert, filling)
    other, _review = scene.ready("丁示例", ONE)
    assert "重新上传文件" in refused(lambda: confirm(scene, other, shown))[""]
    assert "另一位专家" in refused(lambda: upload(scene, other, filling))[""]
    assert drafts() == {}


def opened(text: str) -> dict[str, object]:
    return json.loads(zlib.decompress(base64.urlsafe_b64decode(text.partition(".")[0])))


def altered(filling: Filling, **changes: object) -> str:
    """The block with other content and the signature that it had."""
    text = filling.book["校验"]["A1"].value
    body = base64.urlsafe_b64encode(zlib.compress(json.dumps({**opened(text), **changes}).encode()))
    return f"{body.decode()}.{text.partition('.')[2]}"


def test_tampered_or_foreign_block_is_refused(scene: Scene, expert: Viewer, filling: Filling):
    cell = filling.book["校验"]["A1"]
    whole, other = cell.value, altered(filling, account="x")
    for text in (None, "x", "x.y", "签名.签名", other, whole[:-1], whole[1:], f"{whole}0"):
        cell.value = text
        (said,) = refused(lambda: upload(scene, expert, filling)).values()
        assert "重新下载" in said


def test_block_of_something_else_says_what_it_is(scene: Scene, expert: Viewer, filling: Filling):
    cell = filling.book["校验"]["A1"]
    found = opened(cell.value)
    for field, words in (("round", "另一轮评审"), ("rubric", "评分规则已更新"), ("account", "另一位专家")):
        cell.value = offline_guard.sealed("score workbook", {**found, field: "x"})
        assert words in refused(lambda: upload(scene, expert, filling))[""]
    cell.value = offline_guard.sealed("score preview", found)
    assert "校验内容" in refused(lambda: upload(scene, expert, filling))[""]


def test_faulty_workbook_changes_nothing_at_all(scene: Scene, expert: Viewer, filling: Filling):
    filling.fill("S01", full(scene), reason=REASON, opinion=OPINION)
    filling.fill("S02", {"C1.1": 11})
    assert refused(lambda: upload(scene, expert, filling)) == {"S02 表 G6": "得分11分超出0至10分。请改正。"}
    assert drafts() == {}


def test_text_longer_than_a_cell_is_kept_whole(scene: Scene, expert: Viewer):
    review, long = scene.review("甲示例", ONE), "长" * 40_000
    reviews.save_draft(
        expert, review=review, content={"points": {"C1.1": "8"}, "opinion": long}, base_version=0
    )
    filling = download(scene, expert)
    filling.points("S01", "C1.1").value = 9
    shown = upload(scene, expert, filling)
    assert [row.part for row in shown.taken[0].rows] == ["points"]
    confirm(scene, expert, shown)
    assert drafts()["S01"]["opinion"] == long
    filling = download(scene, expert)
    filling.opinion("S01").value = "改" + filling.opinion("S01").value[1:]
    assert list(refused(lambda: upload(scene, expert, filling))) == ["S01 表 C20"]


def test_missing_sheet_leaves_its_dossier_alone(scene: Scene, expert: Viewer):
    keep(expert, scene.review("甲示例", ONE), {"C1.1": "8"})
    filling = download(scene, expert)
    del filling.book["S01"]
    filling.fill("S02", {"C1.1": 7})
    shown = upload(scene, expert, filling)
    assert kinds(shown) == {"S01": "absent", "S02": "change"}
    confirm(scene, expert, shown)
    assert drafts()["S01"]["points"] == {"C1.1": "8"}


def test_number_of_queries_does_not_grow_with_the_dossiers(app: Flask, scene: Scene, expert: Viewer):
    def count() -> int:
        db.session.rollback()
        return queries(lambda: offline_sheets.workbook(expert, round_=scene.round))

    keep(expert, scene.review("甲示例", ONE), {"C1.1": "8"})
    offline_sheets.workbook(expert, round_=scene.round)
    two = count()
    reviews.request_recusal(expert, review=scene.review("甲示例", TWO), reason="曾任该单位顾问")
    assert (count(), two) == (two, two)
    assert two <= 12
