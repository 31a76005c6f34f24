"""An expert leaves a round under way, over HTTP: asked by the office, agreed by the supervisor, then told."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.approvals import Approval
from review_portal.models.experts import PanelMember
from review_portal.models.reviews import Review
from review_portal.services import panels
from tests import factories_reviews as build
from tests.factories_reviews import Scene
from tests.visitor import Page, Visitor

WHY = "突发疾病，不能继续评审（示例）"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.scoring(app)


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def address(app: Flask, scene: Scene, name: str = "甲示例") -> str:
    with app.app_context():
        rows = panels.list_members(scene.officer, round_=scene.round)
        member = next(row.public_id for row in rows if row.name == name)
    return f"/secretariat/{scene.call}/members/{member}/leave"


def told(page: Page) -> list[str]:
    """The last table's rows: who left and who follows."""
    return [" ".join(cell.text_content().split()) for cell in page.doc.xpath("(//table)[last()]//tbody/tr/*")]


def request_of(app: Flask) -> str:
    with app.app_context(), transaction() as session:
        return session.scalars(sa.select(Approval.public_id)).one()


def test_expert_leaves_and_the_substitute_sits_after_the_supervisor_agrees(
    app: Flask, scene: Scene, officer: Visitor
) -> None:
    page = officer.get(address(app, scene))
    assert "按本轮冻结的规则，已提交的评分表保留有效，未完成的作废。" in page.text
    page = officer.submit(page.path, reason=WHY, substitute=scene.experts["子示例"], basis="")
    assert (page.path, "已提交，等待监督人员同意。" in page.text) == (
        f"/secretariat/{scene.call}/progress",
        True,
    )
    watch = scene.office.supervisor_a.visit(app)
    page = watch.get(f"/approvals/{request_of(app)}")
    assert page.title == "同意登记专家退出：甲示例"
    assert "子示例递补，评审本组全部材料（回避的除外）。" in page.text
    watch.submit(page.path, decision="agree", confirm="y", note="")
    page = officer.get(f"/secretariat/{scene.call}/progress")
    row = told(page)
    assert (row[0], row[2:]) == (
        "甲示例",
        [
            "按本轮冻结的规则，已提交的评分表保留有效，未完成的作废。保留0份，作废2份。",
            WHY,
            "子示例",
        ],
    )
    assert "已退出" in page.text
    assert "已退出" in watch.get(f"/supervisor/{scene.call}/panel").text
    trail = watch.get(f"/supervisor/{scene.call}/trail").text
    assert "专家中途退出" in trail and "递补专家入组" in trail and WHY in trail
    with app.app_context(), transaction() as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(Review)) == 12
        assert session.scalar(sa.select(sa.func.count()).select_from(PanelMember)) == 6


def test_reason_is_demanded_at_its_field(app: Flask, scene: Scene, officer: Visitor) -> None:
    page = officer.get(address(app, scene))
    page = officer.submit(page.path, reason="", substitute="", basis="")
    assert (page.status, page.field_error("reason")) == (422, "请写明退出事由。")


def test_substitute_that_does_not_fit_is_refused_in_a_sentence_and_words_stay(
    app: Flask, scene: Scene, officer: Visitor
) -> None:
    page = officer.get(address(app, scene, "癸示例"))
    page = officer.submit(page.path, reason=WHY, substitute=scene.experts["辛示例"], basis="")
    assert page.status == 409
    assert "同在“重庆示例大学”，方案规定同一单位不超过1人" in page.text
    assert page.value("reason").strip() == WHY


def test_second_request_for_the_same_expert_is_refused(app: Flask, scene: Scene, officer: Visitor) -> None:
    where = address(app, scene)
    officer.get(where)
    officer.submit(where, reason=WHY, substitute="", basis="")
    officer.get(where)
    page = officer.submit(where, reason=WHY, substitute="", basis="")
    assert (page.status, "该事项已提交申请，正等待另一人确认。" in page.text) == (409, True)


def test_nobody_leaves_after_unsealing(app: Flask, scene: Scene, officer: Visitor) -> None:
    with app.app_context():
        build.set_round_state(scene.round, "reconciling")
    page = officer.get(address(app, scene))
    assert (page.status, "评分已启封，专家组不能再变动。" in page.text) == (409, True)
    page = officer.get(f"/secretariat/{scene.call}/progress")
    assert page.doc.xpath("//a[contains(@href, '/leave')]") == []
    page = officer.post(f"/secretariat/{scene.call}/rounds/{scene.round}/substitutes", {"basis": ""})
    assert "评分已启封，不能再增加或递补专家。" in page.text
