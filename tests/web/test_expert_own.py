"""Own distribution and the list for one signature: only the author's, only what is in."""

from __future__ import annotations

import pytest
from flask import Flask

from review_portal.services import reviews
from review_portal.services.own_papers import own_list
from tests import factories_reviews as build
from tests import form_documents
from tests.engines import on_sqlite
from tests.exports.docx_reading import lines, opened, table_texts
from tests.factories_reviews import Scene
from tests.services.counting import queries
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


@pytest.fixture
def base(scene: Scene) -> str:
    return f"/expert/rounds/{scene.round}"


def submit(app: Flask, scene: Scene, sample: str, name: str = NAME) -> None:
    with app.app_context():
        viewer, review = scene.ready(name, sample)
        whole = build.full_sheet(build.rubric_of(scene))
        reviews.submit_review(viewer, review=review, sheet=whole, base_version=0, request_key="in")


def test_distribution_waits_until_every_owed_sheet_is_in(
    app: Flask, expert: Visitor, scene: Scene, base: str
) -> None:
    submit(app, scene, ONE)
    page = expert.get(f"{base}/own")
    assert "应评材料全部提交后可查看本人评分分布，现还有1份未提交。" in page.text
    assert "87.00" not in page.text
    assert "本人评分分布" not in expert.get("/expert/").links


def test_distribution_shows_own_totals_ties_and_levels(
    app: Flask, expert: Visitor, scene: Scene, base: str
) -> None:
    for sample in (ONE, TWO):
        submit(app, scene, sample)
    home = expert.get("/expert/")
    assert "本轮应评材料已全部提交。" in home.text
    page = expert.get(home.links["本人评分分布"])
    assert "S01、S02合计同为87.00分。" in page.text
    assert "26个得分中有0个用了整数之间的分值。" in page.text
    assert "本轮结束前仍可在回执页撤回修改并重新提交，每次提交均留存。" in page.text
    assert page.doc.xpath("//svg/@aria-label")[0] == "2份材料的合计，从87.0到87.0分"
    assert page.doc.xpath("//svg//@style | //script[not(@src)]") == []


def test_distribution_says_nothing_of_other_experts(
    app: Flask, expert: Visitor, scene: Scene, base: str
) -> None:
    for sample in (ONE, TWO):
        submit(app, scene, sample)
    before = expert.get(f"{base}/own").text
    submit(app, scene, ONE, "丁示例")
    assert expert.get(f"{base}/own").text == before
    other = scene.credential(app, "丁示例").visit(app)
    assert "还有1份未提交" in other.get(f"{base}/own").text


@pytest.mark.parametrize("page", ["own", "list", "list.docx"])
def test_round_of_others_is_not_found(expert: Visitor, page: str) -> None:
    assert expert.get(f"/expert/rounds/{'a' * 12}/{page}").status == 404


def test_list_names_what_is_in_and_what_is_not(app: Flask, expert: Visitor, scene: Scene, base: str) -> None:
    submit(app, scene, ONE)
    page = expert.get(f"{base}/list")
    assert (page.title, page.status) == ("专家个人评分清单", 200)
    assert "已提交1份，未提交1份" in page.text
    assert page.text.count("专家签字") == 1
    assert len(page.doc.xpath("//section[@class='annex']")) == 1


def test_list_of_a_recused_dossier_has_its_number_alone(
    app: Flask, expert: Visitor, scene: Scene, base: str
) -> None:
    submit(app, scene, ONE)
    with app.app_context():
        viewer, review = scene.ready(NAME, TWO)
        unit = build.form_of(TWO).lead
        reviews.request_recusal(viewer, review=review, reason="与该单位有合作")
    page = expert.get(f"{base}/list")
    assert ("已提交1份，回避1份" in page.text, unit in page.text) == (True, False)
    document = opened(expert.get(f"{base}/list.docx").body)
    rows = table_texts(document.tables[1])
    assert rows[2] == ["2", "S02", "—", "回避", "—", "—"]
    assert not any(unit in text for text in lines(document))


def test_word_list_has_one_signature_and_each_sheet_as_annex(
    app: Flask, expert: Visitor, scene: Scene, base: str
) -> None:
    for sample in (ONE, TWO):
        submit(app, scene, sample)
    data = expert.get(f"{base}/list.docx").body
    document = opened(data)
    assert [row[3] for row in table_texts(document.tables[1])] == ["合计得分", "87.00", "87.00"]
    shown = lines(document)
    assert [text for text in shown if text.startswith("附件")] == ["附件1", "附件2"]
    assert sum("专家签字" in text for text in shown) == 1
    assert [len(table.rows) for table in document.tables[3::2]] == [15, 15]  # head, 13 items, total
    assert expert.get(f"{base}/list.docx").body == data


def test_pages_read_with_the_same_number_of_queries_whatever_the_rows(app: Flask, scene: Scene) -> None:
    counts = []
    for sample in (ONE, TWO):
        submit(app, scene, sample)
        with app.app_context():
            viewer = scene.expert(NAME)
            counts.append(queries(lambda viewer=viewer: own_list(viewer, round_=scene.round)))
    assert counts[0] == counts[1] <= 9
