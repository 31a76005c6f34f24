"""The plan of an assignment over HTTP: chosen, previewed, edited as a table, put into force."""

from __future__ import annotations

import csv
import io

import pytest
import sqlalchemy as sa
from flask import Flask

from review_portal.db import transaction
from review_portal.models.reviews import Review
from review_portal.services import assignments
from tests import factories_reviews as build
from tests import form_documents
from tests.factories_reviews import Scene
from tests.visitor import Page, Visitor

NINE = ("甲示例", "丁示例", "己示例", "癸示例", "丑示例", "辛示例", "子示例", "戊示例", "庚示例")
SOME = "mode=some&per_dossier=3&no_single=y&one_per_employer=y&connected=y&worst_first=y"


@pytest.fixture
def scene(app: Flask) -> Scene:
    return build.prepared(app, samples=form_documents.SAMPLES, panel=NINE)


@pytest.fixture
def officer(app: Flask, scene: Scene) -> Visitor:
    return scene.office.officer.visit(app)


def base(scene: Scene) -> str:
    return f"/secretariat/{scene.call}/rounds/{scene.round}"


def sheets(app: Flask) -> int:
    with app.app_context(), transaction() as session:
        return session.scalar(sa.select(sa.func.count()).select_from(Review)) or 0


def facts(page: Page) -> dict[str, str]:
    return {
        div.xpath("string(dt)").strip(): " ".join(div.xpath("string(dd)").split())
        for div in page.doc.xpath("//dl[@class='facts']/div")
    }


def hidden(page: Page) -> dict[str, str]:
    (form,) = page.doc.xpath("//form[contains(@action, '/plan/apply')]")
    return {item.get("name"): item.get("value") for item in form.xpath(".//input[@type='hidden']")}


def alert(page: Page) -> list[str]:
    (box,) = page.doc.xpath("//div[@role='alert']")
    return [" ".join(node.text_content().split()) for node in box.xpath(".//h2 | .//li")]


def csv_rows(page: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.body.decode("utf-8-sig"), newline="")))


def as_csv(rows: list[list[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode("utf-8-sig")


def test_page_says_why_everybody_scores_everything(officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan")
    assert page.doc.xpath("//input[@name='mode' and @checked]/@value") == ["all"]
    assert "建议全体专家评审全部材料" in page.text


def test_plan_is_previewed_and_put_into_force(app: Flask, officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan?mode=all")
    assert (facts(page)["评审份数"], facts(page)["新增"], facts(page)["取消"]) == ("33", "33", "0")
    assert "S01、S03、S04的评审专家不是单数。" in page.text
    assert sheets(app) == 0
    page = officer.post(f"{base(scene)}/plan/apply", hidden(page))
    assert (page.path, sheets(app)) == (f"{base(scene)}/assignments", 33)
    assert "分派方案已采用：新增33项，取消0项。" in page.text
    assert "全部材料通过共同的专家相互连通，专家宽严可以与材料优劣分开。" in page.text
    page = officer.get(f"{base(scene)}/plan?{SOME}")
    assert (facts(page)["新增"], facts(page)["取消"]) == ("0", "21")
    assert "已证明：在所列条件下没有更好的分派。" in facts(page)["总匹配度"]
    officer.post(f"{base(scene)}/plan/apply", hidden(page))
    assert sheets(app) == 12


def test_figures_for_a_statistician_stand_beside_the_words(officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan?{SOME}")
    labels = page.doc.xpath("//details//dl[@class='kv']/dt/text()")
    assert labels[:4] == ["评审份数", "连通部分", "A-效率", "两份材料之差的平均标准误"]
    assert "扣除宽严以后，两份材料相比的误差平均比" in page.text


def test_impossible_wish_is_explained_and_stays_typed(officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan?mode=some&per_dossier=3&mix-财务=1&least=1")
    assert page.status == 422
    assert alert(page)[:2] == ["没有一种分派能满足全部条件，未作任何改动。", "材料 S01 缺 1 名财务专家。"]
    assert page.doc.xpath("//input[@name='mix-财务']/@value") == ["1"]
    assert page.doc.xpath("//form[contains(@action, '/plan/apply')]") == []


@pytest.mark.parametrize(
    ("query", "field", "sentence"),
    [
        ("mode=some&per_dossier=", "per_dossier", "请填写每份材料的评审专家数。"),
        ("mode=some&per_dossier=３", "per_dossier", "请填写整数。"),
        ("mode=some&per_dossier=3&least=-1", "least", "请填写整数。"),
        ("mode=some&per_dossier=3&least=4&most=2", "most", "上限不能小于下限。"),
        ("mode=some&per_dossier=3&mix-财务=x", "mix-财务", "请填写整数。"),
        (
            "mode=some&per_dossier=3&apart=甲示例、无此人",
            "apart",
            "第1行须写本轮专家组的两个姓名，用顿号隔开，如“丑示例、丁示例”。",
        ),
    ],
)
def test_fault_stands_at_its_field(
    officer: Visitor, scene: Scene, query: str, field: str, sentence: str
) -> None:
    page = officer.get(f"{base(scene)}/plan?{query}")
    assert (page.status, page.field_error(field)) == (422, sentence)


def test_even_number_is_refused_in_a_sentence(officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan?mode=some&per_dossier=4")
    assert (page.status, alert(page)[0]) == (
        422,
        "材料 S01 的评审专家数 4 不是单数。专家组须为单数，请修改。",
    )


def test_table_goes_out_is_edited_and_comes_back(app: Flask, officer: Visitor, scene: Scene) -> None:
    rows = csv_rows(officer.get(f"{base(scene)}/plan/table.csv?{SOME}"))
    assert (rows[0][0], len(rows)) == ("材料编号", 13)
    kept = [rows[0], *rows[2:]]
    officer.get(f"{base(scene)}/plan")
    page = officer.post(f"{base(scene)}/plan/table", files={"file": ("分派表.csv", as_csv(kept))})
    assert (page.status, facts(page)["评审份数"], facts(page)["总匹配度"]) == (200, "11", "—")
    assert f"{rows[1][0]}的评审专家不是单数。" in page.text
    officer.post(f"{base(scene)}/plan/apply", hidden(page))
    assert sheets(app) == 11
    assert len(csv_rows(officer.get(f"{base(scene)}/plan/table.csv"))) == 12


def test_bad_lines_are_all_told_and_nothing_changes(app: Flask, officer: Visitor, scene: Scene) -> None:
    rows = csv_rows(officer.get(f"{base(scene)}/plan/table.csv?mode=all"))
    rows[1] = ["S99", *rows[1][1:]]
    rows[4] = [*rows[4][:2], "无此编号", *rows[4][3:]]
    officer.get(f"{base(scene)}/plan")
    page = officer.post(f"{base(scene)}/plan/table", files={"file": ("分派表.csv", as_csv(rows))})
    assert (page.status, alert(page), sheets(app)) == (
        422,
        [
            "分派表有2处需要修改，未作任何改动。请按下列位置修改后重新上传。",
            "第2行 材料编号：“S99”不在本轮中。请核对材料编号。",
            "第5行 专家编号：“无此编号”不在本轮中。请核对专家编号。",
        ],
        0,
    )


@pytest.mark.parametrize(
    ("files", "sentence"),
    [
        ({}, "请先选择分派表文件（.csv 或 .xlsx）。"),
        (
            {"file": ("分派表.docx", form_documents.data(form_documents.SAMPLES[0]))},
            "分派表须是 CSV（.csv）或 Excel（.xlsx）文件。请另存后重新上传。",
        ),
        (
            {"file": ("分派表.csv", "姓名\n示例".encode())},
            "没有找到表头：须有“材料编号”“专家编号”两列。请下载分派表，在其中修改后上传。",
        ),
    ],
)
def test_file_that_is_no_table_is_a_sentence(
    officer: Visitor, scene: Scene, files: dict[str, tuple[str, bytes]], sentence: str
) -> None:
    officer.get(f"{base(scene)}/plan")
    page = officer.post(f"{base(scene)}/plan/table", files=files)
    assert (page.status, alert(page)) == (422, [sentence])


def test_stale_preview_is_refused(app: Flask, officer: Visitor, scene: Scene) -> None:
    page = officer.get(f"{base(scene)}/plan?mode=all")
    with app.app_context():
        assignments.decide_recusal(
            scene.officer,
            round_=scene.round,
            expert=scene.experts["甲示例"],
            dossier=scene.dossiers[form_documents.SAMPLES[0]],
            reason="曾任该单位顾问",
        )
    page = officer.post(f"{base(scene)}/plan/apply", hidden(page))
    assert (page.status, alert(page)[0], sheets(app)) == (
        409,
        "预览以后，专家组、材料、回避或分派已有变化，未作任何改动。请重新预览。",
        0,
    )


@pytest.mark.parametrize("pairs", ["x", "x:y", "x:y:z", ":"])
def test_forged_pairs_are_refused(app: Flask, officer: Visitor, scene: Scene, pairs: str) -> None:
    fields = hidden(officer.get(f"{base(scene)}/plan?mode=all"))
    page = officer.post(f"{base(scene)}/plan/apply", {**fields, "pairs": pairs})
    assert (page.status, sheets(app)) == (422, 0)
