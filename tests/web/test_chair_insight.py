"""The chair's ranking page: how sure the places are, what would change the list, the statistician's tab."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from decimal import Decimal

import pytest
from flask import Flask

from tests.engines import on_sqlite
from tests.factories_scored import EXPERTS, Scored, apart, panel, scored
from tests.visitor import Page

pytestmark = on_sqlite
WORDS = ("把握较大", "需要讨论", "可能性较小")
JARGON = ("方差", "标准误", "置信", "后验", "ICC", "克里彭多夫", "显著")
SMALL = "本轮参评单位不足10家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。"


def rows(page: Page, heading: str) -> list[list[str]]:
    found = page.doc.xpath("//section[.//h2[normalize-space()=$words]]//tbody/tr", words=heading)
    return [[" ".join(cell.text_content().split()) for cell in row] for row in found]


def sections(page: Page) -> list[str]:
    return [" ".join(head.text_content().split()) for head in page.doc.iter("h2")]


def test_first_screen_says_how_sure_places_are_and_what_would_change_the_list(app: Flask) -> None:
    made = scored(app, panel(), quota=3)
    visitor = made.visitor()
    page = visitor.get(made.at("ranking"))
    assert "尚未计算排名说明。" in page.text
    assert "名次有多大把握" not in sections(page)
    page = visitor.submit(made.at("ranking/compute"))
    assert (page.status, page.path) == (200, made.at("ranking"))
    assert "排名说明已计算。" in page.text
    ranges = rows(page, "名次有多大把握")
    assert [row[0] for row in ranges] == [row[0] for row in rows(page, "排名")]
    assert ranges[0][1].startswith("2030-001")
    assert {row[-1] for row in ranges} <= set(WORDS)
    assert (ranges[0][-1], ranges[-1][-1]) == ("把握较大", "可能性较小")
    bars = page.doc.xpath("//svg[@class='range']")
    assert len(bars) == len(ranges)
    assert {bar.xpath("string(./rect/@class)") for bar in bars} >= {"c-lv c-lv0", "c-lv c-lv2"}
    what_if = {row[0]: row[1] for row in rows(page, "名单是否经得起变化")}
    assert list(what_if) == ["改用其他算法", "不计任一专家的评分", "不计任一项指标", "指标权重变化"]
    assert "任何一名专家的评分都不改变名单" in what_if["不计任一专家的评分"]
    assert all("此为参考，不作为排序依据。" in what_if[head] for head in list(what_if)[1:])
    assert "本轮评分的一般波动约" in page.text
    assert [word for word in JARGON if word in page.text] == []
    assert rows(page, "各专家折合分")[0][3].count("E0") == 5  # the table behind the chart
    again = visitor.post(made.at("ranking/compute"))  # a second click
    assert (again.status, rows(again, "名次有多大把握")) == (200, ranges)


def test_statisticians_tab_has_every_table_and_each_as_a_file(app: Flask) -> None:
    made = scored(app, panel(), quota=3)
    visitor = made.visitor()
    empty = visitor.get(made.at("ranking/statistics"))
    assert (empty.status, "尚未计算排名说明。" in empty.text) == (200, True)
    assert visitor.get(made.at("ranking/statistics/variances.csv")).status == 404
    made.analyse()
    page = visitor.get(made.at("ranking/statistics"))
    assert sections(page)[1:] == [
        "方法", "须注意的情况", "方差分量", "评分一致性", "每份材料增加专家的效果", "评审的连通",
        "名次范围和可能性的可靠程度",
        "专家宽严程度", "校准得分和名次分布", "相邻名次", "其他算法的得分和名次", "名单的稳定性", "计算依据",
    ]  # fmt: skip
    assert [row[1] for row in rows(page, "方差分量")] == ["材料质量", "专家宽严程度", "偶然波动"]
    labels = {row[1] for row in rows(page, "评分一致性")}
    assert {"组内相关ICC(2,1)", "克里彭多夫α，区间度量", "概化系数（绝对），平均分"} <= labels
    assert [row[1] for row in rows(page, "专家宽严程度")] == ["E01", "E02", "E03", "E04", "E05"]
    assert rows(page, "评审的连通")[0][1] == "1/1"
    assert rows(page, "名次范围和可能性的可靠程度")[0][1] == "100"
    assert "20230217" in page.text
    files = [href for words, href in page.links.items() if words.startswith("下载（CSV）")]
    assert len(files) == 10
    for href in files:
        got = visitor.get(href)
        table = list(csv.reader(io.StringIO(got.body.decode("utf-8-sig"))))
        assert (got.status, got.response.mimetype) == (200, "text/csv")
        assert len({len(line) for line in table}) == 1
    scores = {line[1]: line for line in table_of(visitor.get(made.at("ranking/statistics/dossiers.csv")))}
    assert Decimal(scores["2030-001"][3]) > Decimal(scores["2030-012"][3])
    assert visitor.get(made.at("ranking/statistics/nothing.csv")).status == 404


def table_of(page: Page) -> list[list[str]]:
    return list(csv.reader(io.StringIO(page.body.decode("utf-8-sig"))))[1:]


def test_small_round_has_the_fixed_sentence_no_chance_and_names_whom_the_list_hangs_on(app: Flask) -> None:
    planted = panel(dossiers=8) | {("2030-003", "E05"): Decimal(40)}  # an outlier puts the third out
    made = scored(app, planted, quota=3)
    made.analyse()
    visitor = made.visitor()
    page = visitor.get(made.at("ranking"))
    assert SMALL in page.text
    assert [word for word in (*WORDS, "可能性较大", "约%", "ICC") if word in page.text] == []
    assert rows(page, "名次有多大把握") == []
    (without,) = [row[1] for row in rows(page, "名单是否经得起变化") if row[0] == "不计任一专家的评分"]
    swing = "前3名名单有变化：列入2030-003 示例单位2030-003，不再列入2030-004 示例单位2030-004。"
    assert f"不计专家E05的评分，{swing}此为参考，不作为排序依据。" in without
    assert page.doc.xpath("//svg[@class='range']") == []
    page = visitor.get(made.at("ranking/statistics"))
    assert "单位或评分较少，下列推算值很不稳定，只供核对，不在排名页显示。" in page.text
    assert len(rows(page, "校准得分和名次分布")) == 8


def test_disconnected_panels_are_said_and_fall_back_by_the_frozen_rule(app: Flask) -> None:
    made = scored(app, apart(), quota=3)
    made.analyse()
    visitor = made.visitor()
    page = visitor.get(made.at("ranking"))
    assert "本轮评审分为2个互不连通的专家组" in page.text
    assert "不能作评分校准，按评审规则改用未校准的评分。" in page.text
    assert "各组评审互不连通，不列名次范围和入选可能性。" in page.text
    assert [word for word in WORDS if word in page.text] == []
    assert [row[2] for row in rows(page, "排名")] == [
        row[3] for row in rows(page, "排名")
    ]  # plain means decide
    page = visitor.get(made.at("ranking/statistics"))
    assert [row[1] for row in rows(page, "评审的连通")] == ["1/2", "2/2"]
    assert len(rows(page, "建议补派的交叉评审")) >= 1


def test_long_ranking_opens_around_the_cut_and_leads_to_the_rest(app: Flask) -> None:
    made = scored(app, panel(dossiers=240, experts=EXPERTS[:3], step=Decimal("0.25")), quota=120)
    made.analyse()
    visitor = made.visitor()
    page = visitor.get(made.at("ranking"))
    shown = rows(page, "排名")
    assert len(shown) == 100
    assert len(page.doc.xpath("//section[.//h2[normalize-space()='排名']]//tr[@class='cut']")) == 1
    assert "第71—170条，共240条" in page.text
    assert len(rows(page, "各专家折合分")) == 100
    top = visitor.get(page.links["从第1名起"])
    assert ("第1—100条，共240条" in top.text, rows(top, "排名")[0][0]) == (True, "1")
    assert rows(top, "排名")[70:] == shown[:30]
    following = visitor.get(top.links["下一页"])
    assert ("第101—200条，共240条" in following.text, rows(following, "排名")[:70]) == (True, shown[30:])
    assert rows(visitor.get(top.links["界线附近"]), "排名") == shown
    for nonsense in ("0", "999", "x", "９", "1" * 40, "-3"):
        assert rows(visitor.get(made.at(f"ranking?from={nonsense}")), "排名") == shown
    tab = visitor.get(made.at("ranking/statistics"))
    assert "显示第71—170行，共240行，其余见下载的文件。" in tab.text
    assert len(table_of(visitor.get(made.at("ranking/statistics/dossiers.csv")))) == 240


@pytest.fixture
def finished(app: Flask) -> Iterator[Scored]:
    """A small finished round."""
    yield scored(app, panel(dossiers=4))


def test_pages_are_missing_for_everybody_but_the_chair(finished: Scored) -> None:
    pages = ("ranking/statistics", "ranking/statistics/variances.csv")
    for person in (finished.office.officer, finished.office.supervisor_a, finished.office.administrator):
        visitor = person.visit(finished.app)
        assert [visitor.get(finished.at(page)).status for page in pages] == [404, 404]
        assert visitor.post(finished.at("ranking/compute")).status == 404
    chair = finished.visitor()
    assert chair.get(f"/chair/{'a' * 12}/ranking/statistics").status == 404
    assert chair.post(f"/chair/{'a' * 12}/ranking/compute").status == 404


def test_chair_reads_what_is_to_be_done_before_freezing_and_where(app: Flask) -> None:
    made = scored(app, panel())
    visitor = made.visitor()
    page = visitor.get(made.at("freeze"))
    lacking = [text for text in page.links if "尚无经专家组确认的意见" in text]
    assert [text.split()[0] for text in lacking] == ["2030-001", "2030-002"]
    assert visitor.get(page.links[lacking[0]]).title.startswith("专家组意见")
    with app.app_context():
        made.agree()
    page = visitor.get(made.at("freeze"))
    assert "尚无经专家组确认的意见" not in page.text
    done = visitor.submit(made.at("freeze"), look="专家组已查看规则差异，维持原规则（示例）。")
    assert (done.status, done.title) == (200, "排名与说明")
    assert visitor.get(made.at("freeze")).title == "排名与说明"  # there is nothing to freeze any more
