"""Scanned proofs: added before the review opens, read beside the sheet."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from flask import Flask
from PIL import Image

from review_portal.db import transaction
from review_portal.domain.errors import Conflict, Invalid, NotAllowed, NotFound
from review_portal.services import assignments, attachment_views, dossiers, reviews, rounds
from review_portal.services.dossiers import Upload
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene, round_row
from tests.visitor import Visitor

SINGLE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
AUDIT = ("审计报告.pdf", (Path(__file__).parents[1] / "data/attachments/audit_report.pdf").read_bytes())


def licence() -> tuple[str, bytes]:
    out = io.BytesIO()
    Image.new("RGB", (800, 1100), "white").save(out, "PNG")
    return "营业执照.png", out.getvalue()


@pytest.fixture
def scene(app: Flask) -> Scene:
    """The round before it opens, with two proofs of the first dossier."""
    scene = build.prepared(app)
    with app.app_context():
        uploads = [Upload(*AUDIT), Upload(*licence())]
        assert dossiers.add_attachments(
            scene.officer, dossier=scene.dossiers[SINGLE], proof=1, uploads=uploads
        ) == len(uploads)
    return scene


def opened(app: Flask, scene: Scene) -> None:
    with app.app_context():
        assignments.assign_all(scene.officer, round_=scene.round)
        rounds.open_round(scene.officer, round_=scene.round, deadline=build.OPEN_UNTIL)


def scans(scene: Scene) -> tuple[attachment_views.AttachmentRow, ...]:
    return attachment_views.of_office(scene.officer, dossier=scene.dossiers[SINGLE]).rows


def desk(scene: Scene) -> str:
    return f"/secretariat/{scene.call}/dossiers/{scene.dossiers[SINGLE]}/attachments"


def test_officer_adds_looks_at_and_takes_off_a_scan(app: Flask, scene: Scene) -> None:
    officer = scene.office.officer.visit(app)
    officer.get(desk(scene))
    added = officer.post(desk(scene), {"proof": "2"}, {"files": [licence()]})
    assert "已登记扫描件1个。" in added.text
    again = officer.post(desk(scene), {"proof": "2"}, {"files": [licence()]})
    assert "这些扫描件先前已登记。" in again.text
    with app.app_context():
        audit, first, second = scans(scene)
        assert [row.title for row in (audit, first, second)] == ["审计报告", "营业执照", "营业执照"]
    assert officer.get(f"{desk(scene)}/{audit.public_id}").title == "审计报告"
    picture = officer.get(f"{desk(scene)}/{audit.public_id}/2.webp").response
    assert (picture.mimetype, picture.headers["Cache-Control"]) == ("image/webp", "no-store")
    assert officer.get(f"{desk(scene)}/{audit.public_id}/3.webp").status == 404
    refused = officer.post(f"{desk(scene)}/{second.public_id}/remove", {"reason": ""})
    assert (refused.status, refused.field_error("reason")) == (422, "请写明理由，至少2个字。")
    assert (
        "扫描件已移除"
        in officer.post(f"{desk(scene)}/{second.public_id}/remove", {"reason": "放错类别"}).text
    )
    with app.app_context():
        assert [row.proof for row in scans(scene)] == [1, 1]


def test_one_bad_file_keeps_all_out_and_is_named(app: Flask, scene: Scene) -> None:
    officer = scene.office.officer.visit(app)
    officer.get(desk(scene))
    bad = ("合同.pdf", b"%PDF-1.7\nno document")
    refused = officer.post(desk(scene), {"proof": "1"}, {"files": [licence(), bad]})
    assert refused.status == 422
    assert "合同.pdf：文件已损坏" in refused.text
    word = ("合同.docx", form_documents.data(SINGLE))
    assert "Word 文件请先另存为 PDF" in officer.post(desk(scene), {"proof": "1"}, {"files": [word]}).text
    assert "请选择要上传的扫描件" in officer.post(desk(scene), {"proof": "1"}).text
    with app.app_context():
        assert len(scans(scene)) == 2


def test_expert_reads_the_pages_beside_the_sheet_once_the_text_is_open(app: Flask, scene: Scene) -> None:
    opened(app, scene)
    with app.app_context():
        expert, review = scene.expert("甲示例"), scene.review("甲示例", SINGLE)
        audit = scans(scene)[0].public_id
        with pytest.raises(NotAllowed):
            attachment_views.own_page(expert, review=review, attachment=audit, page=1)
        expert, review = scene.ready("甲示例", SINGLE)
        other = scene.review("丁示例", SINGLE)
        with pytest.raises(NotFound):
            attachment_views.own_page(expert, review=other, attachment=audit, page=1)
    visitor = scene.credential(app, "甲示例").visit(app)
    sheet = visitor.get(f"/expert/reviews/{review}")
    page = f"/expert/reviews/{review}/attachments/{audit}/1.webp"
    assert "审计报告" in sheet.text
    assert f'src="{page}"' in sheet.response.text
    assert visitor.get(page).response.data.startswith(b"RIFF")
    assert visitor.get(f"/expert/reviews/{review}/attachments/{audit}").title == "审计报告"
    assert visitor.get(desk(scene)).status == 404  # the office's page


def test_expert_who_is_recused_sees_no_page(app: Flask, scene: Scene) -> None:
    opened(app, scene)
    with app.app_context():
        expert, review = scene.ready("甲示例", SINGLE)
        audit = scans(scene)[0].public_id
        reviews.request_recusal(expert, review=review, reason="曾为该单位提供咨询")
        with pytest.raises(NotFound):
            attachment_views.own_page(expert, review=review, attachment=audit, page=1)


def test_scan_of_another_dossier_is_not_found_under_this_one(app: Flask, scene: Scene) -> None:
    opened(app, scene)
    with app.app_context():
        expert, review = scene.ready("甲示例", TWO)
        audit = scans(scene)[0].public_id
        with pytest.raises(NotFound):
            attachment_views.own_scan(expert, review=review, attachment=audit)


def test_opening_freezes_the_scans_and_lets_nobody_change_them(app: Flask, scene: Scene) -> None:
    opened(app, scene)
    with app.app_context():
        rows = scans(scene)
        with transaction() as session:
            frozen = round_row(session, scene.round).frozen
        assert frozen["attachments"] == {scene.dossiers[SINGLE]: [row.sha256 for row in rows]}
        with pytest.raises(Conflict):
            dossiers.add_attachments(
                scene.officer, dossier=scene.dossiers[SINGLE], proof=1, uploads=[Upload(*licence())]
            )
        with pytest.raises(Conflict):
            dossiers.remove_attachment(scene.officer, attachment=rows[0].public_id, reason="放错类别")
    officer: Visitor = scene.office.officer.visit(app)
    page = officer.get(desk(scene))
    assert "不能再增减" in page.text
    assert not [action for action in page.forms if action.startswith(desk(scene))]


def test_unknown_heading_and_foreign_office_are_refused(app: Flask, scene: Scene) -> None:
    with app.app_context():
        dossier = scene.dossiers[SINGLE]
        with pytest.raises(Invalid):
            dossiers.add_attachments(scene.officer, dossier=dossier, proof=9, uploads=[Upload(*licence())])
        with pytest.raises(NotAllowed):
            dossiers.add_attachments(scene.supervisor, dossier=dossier, proof=1, uploads=[Upload(*licence())])
        with pytest.raises(NotFound):
            attachment_views.of_office(scene.expert("甲示例"), dossier=dossier)
