"""The worklist: what is left and by when; the rows still open alone on request."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import time_machine
from flask import Flask

from review_portal.db import transaction
from review_portal.services import reviews
from tests import factories_reviews as build
from tests import form_documents
from tests.engines import on_sqlite
from tests.factories_reviews import Scene
from tests.visitor import Visitor

pytestmark = on_sqlite  # pages over services that have their tests on both engines

ONE, TWO = form_documents.SAMPLES[0], form_documents.SAMPLES[3]
NAME = "甲示例"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.scoring(app)


@pytest.fixture
def expert(app: Flask, scene: Scene) -> Visitor:
    return scene.credential(app, NAME).visit(app)


def submit(app: Flask, scene: Scene, sample: str) -> None:
    with app.app_context():
        viewer, review = scene.ready(NAME, sample)
        whole = build.full_sheet(build.rubric_of(scene))
        reviews.submit_review(viewer, review=review, sheet=whole, base_version=0, request_key="in")


def test_rows_still_open_can_be_shown_alone(app: Flask, expert: Visitor, scene: Scene) -> None:
    assert "未完成2份" not in expert.get("/expert/").links  # nothing to choose yet
    submit(app, scene, ONE)
    home = expert.get("/expert/")
    assert {text: home.links[text] for text in ("全部2份", "未完成1份")} == {
        "全部2份": "/expert/",
        "未完成1份": "/expert/?show=open",
    }
    page = expert.get("/expert/?show=open")
    assert [row.text for row in page.doc.xpath("//tbody/tr/td[1]")] == ["S02"]
    assert "已提交 1／2" in page.text  # progress is of the whole round
    submit(app, scene, TWO)
    assert len(expert.get("/expert/?show=open").doc.xpath("//tbody/tr")) == 2  # a kept address is not empty


@pytest.mark.parametrize(
    ("at", "words"),
    [
        (datetime(2023, 3, 1, 9, 30, tzinfo=UTC), "还有2天0小时"),
        (datetime(2023, 3, 3, 9, 15, tzinfo=UTC), "还有0小时45分"),
        (datetime(2023, 3, 3, 10, 1, tzinfo=UTC), "已到截止时间，组长结束评分前仍可提交"),
    ],
)
def test_time_left_is_told_to_the_minute_on_the_last_day(
    app: Flask, expert: Visitor, scene: Scene, at: datetime, words: str
) -> None:
    with app.app_context(), transaction() as session:
        build.round_row(session, scene.round).deadline = build.DEADLINE
    credential = scene.credential(app, "丁示例")
    with time_machine.travel(at, tick=False):
        assert words in credential.visit(app).get("/expert/").text
