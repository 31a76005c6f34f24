"""The statistician's workbook read back: figures, looks, and text that stays text."""

from __future__ import annotations

import argparse
import io
import operator
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from review_portal.aggregator import Notice, expected_overlap
from review_portal.aggregator.report_command import report_of
from review_portal.aggregator.uncertainty import open_pairs
from review_portal.domain.wording import RULE_NAMES
from review_portal.exports import statistics_workbook
from review_portal.exports.statistics_report import StatisticsReport
from tests.aggregator.score_files import rows_of, write
from tests.aggregator.simulated import simulated_round

MADE = datetime(2026, 3, 7, 8, 20, tzinfo=UTC)
SHEETS = [
    "说明",
    "名次",
    "评分校准",
    "评分校准图",
    "专家",
    "专家图",
    "方差分量",
    "一致性",
    "连通",
    "提请关注",
    "稳定性",
]
HOSTILE = {"S000": "=1+1", "S001": "@SUM(A1)", "S002": "http://示例", "S003": "00123", "S004": "<b>&甲"}


def report(folder: Path, quota: int | None = 5, rule: str = "severity") -> StatisticsReport:
    ratings = simulated_round(6, dossiers=30, experts=8, each=5, criteria=3)
    names = {dossier: HOSTILE.get(dossier, dossier) for dossier in ratings.dossiers}
    rows = [(names[str(row[0])], *row[1:]) for row in rows_of(ratings)]
    file = Path(write(folder / "示例评分.csv", rows))
    options = argparse.Namespace(
        file=file,
        composite="sum",
        rule=rule,
        quota=quota,
        seed=0,
        maxima=None,
        groups=None,
        quota_per_group=[],
    )
    return report_of(options, MADE)


@pytest.fixture(scope="module")
def given(tmp_path_factory: pytest.TempPathFactory) -> StatisticsReport:
    return report(tmp_path_factory.mktemp("scores"))


@pytest.fixture(scope="module")
def content(given: StatisticsReport) -> bytes:
    return statistics_workbook.write(given)


@pytest.fixture(scope="module")
def book(content: bytes) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(content))


def table(sheet: Worksheet) -> dict[str, list[object]]:
    """The columns below the heads in row 3, as far as the first column goes."""
    heads = [str(cell.value) for cell in sheet[3] if cell.value is not None]
    body = []
    for row in sheet.iter_rows(min_row=4, max_col=len(heads), values_only=True):
        if row[0] is None:
            break
        body.append(row)
    return {head: [row[at] for row in body] for at, head in enumerate(heads)}


def test_workbook_has_one_subject_a_sheet(book: openpyxl.Workbook) -> None:
    assert book.sheetnames == SHEETS


def test_ranking_lists_every_rule_with_score_and_rank(
    given: StatisticsReport, book: openpyxl.Workbook
) -> None:
    found = table(book["名次"])
    deciding = given.comparison.ranking
    assert found["材料"] == list(deciding.rank_of())
    assert found["名次"] == list(deciding.rank_of().values())
    assert found["评分校准后的算术平均\n得分"] == [float(row.score) for row in deciding.rows]
    for other in given.comparison.others:
        assert other.ranking is not None
        ranks = other.ranking.rank_of()
        assert found[f"{RULE_NAMES[other.name]}\n名次"] == [ranks[str(key)] for key in found["材料"]]
    assert found["状态"].count("名额内") == len(deciding.within)


def test_calibrated_scores_are_those_of_the_fit(given: StatisticsReport, book: openpyxl.Workbook) -> None:
    assert given.calibrated is not None
    assert given.calibrated.ranks is not None
    found, fit = table(book["评分校准"]), given.calibrated.fit
    place = [given.ratings.dossiers.index(str(name)) for name in found["材料"]]
    assert found["校准得分"] == pytest.approx(fit.calibrated[place].tolist())
    assert found["校准得分"] == sorted(found["校准得分"], reverse=True)  # type: ignore[type-var]
    assert found["标准差"] == pytest.approx(fit.spread.calibrated[place].tolist())
    assert found["90%区间\n半宽"] == pytest.approx((1.6449 * fit.spread.calibrated[place]).tolist(), rel=1e-4)
    assert found["先后难定\n的材料数"] == open_pairs(fit).of_dossier[place].tolist()
    assert sum(found["进入前5名\n的可能性"]) == pytest.approx(5)  # type: ignore[arg-type]
    assert all(
        low <= high for low, high in zip(found["名次范围\n最好"], found["名次范围\n最差"], strict=True)
    )  # type: ignore[operator]
    experts = table(book["专家"])
    at = [given.ratings.experts.index(str(name)) for name in experts["专家"]]
    assert experts["宽严度"] == pytest.approx(fit.expert_effect[at].tolist())


def test_variances_stand_with_their_errors_and_shares(
    given: StatisticsReport, book: openpyxl.Workbook
) -> None:
    assert given.calibrated is not None
    found, fit = table(book["方差分量"]), given.calibrated.fit
    assert found["对象"][:6] == ["总分"] * 3 + [given.ratings.criteria[0]] * 3
    parts = [fit.variances.dossier, fit.variances.expert, fit.variances.residual]
    assert found["方差"][:3] == pytest.approx(parts)
    assert found["标准误"][0] == pytest.approx(fit.se_variances.dossier)
    assert sum(found["占比"][:3]) == pytest.approx(1)  # type: ignore[arg-type]


def test_agreement_shows_totals_and_criteria_side_by_side(
    given: StatisticsReport, book: openpyxl.Workbook
) -> None:
    found = table(book["一致性"])
    of_totals = dict(zip(found["系数"], found["总分"], strict=True))
    assert of_totals["概化系数（绝对），平均分"] == given.agreements[0].figures()["phi_k"]
    assert of_totals["各指标之间的克龙巴赫α"] == given.agreements[0].cronbach
    own = dict(zip(found["系数"], found[given.ratings.criteria[2]], strict=True))
    assert own["克里彭多夫α，区间度量"] == given.agreements[3].figures()["krippendorff_alpha_interval"]
    assert own["各指标之间的克龙巴赫α"] == "—"
    assert all(found["含义"])


def test_stability_names_who_enters_and_leaves(given: StatisticsReport, book: openpyxl.Workbook) -> None:
    assert given.stability is not None
    found = table(book["稳定性"])
    assert found["对象"][:8] == [one.key for one in given.stability.experts]
    assert found["名单"][:8] == ["有变化" if one.changes_list else "不变" for one in given.stability.experts]
    assert found["情形"][8:] == ["改用算法"] * 4


def test_text_of_the_file_stays_text(book: openpyxl.Workbook) -> None:
    for name in ("名次", "评分校准"):
        assert set(HOSTILE.values()) <= set(table(book[name])["材料"])
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row]
    assert [cell.coordinate for cell in cells if cell.data_type == "f"] == []
    assert [cell.coordinate for cell in cells if cell.hyperlink] == []


def test_tables_are_frozen_filtered_and_set_up_for_a4(book: openpyxl.Workbook) -> None:
    for sheet in book:
        assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
        assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
        assert sheet.oddFooter.left.text is not None
        assert "评分文件校验码" in sheet.oddFooter.left.text
    for sheet in book.worksheets[1:]:
        assert sheet.print_title_rows == "$3:$3"
        assert re.fullmatch("[A-C]4", str(sheet.freeze_panes))
        assert sheet.auto_filter.ref is None or str(sheet.auto_filter.ref).startswith("A3:")
    assert book["名次"].auto_filter.ref == "A3:M33"


def test_figures_have_formats_and_fonts_are_named(book: openpyxl.Workbook) -> None:
    found = {cell.value: cell.column for cell in book["评分校准"][3]}
    formats = {head: book["评分校准"].cell(4, column).number_format for head, column in found.items()}
    assert (formats["校准得分"], formats["进入前5名\n的可能性"], formats["评分份数"]) == ("0.00", "0.0%", "0")
    assert book["方差分量"]["C4"].number_format == "0.000"
    used = {
        cell.font.name
        for sheet in book.worksheets
        for row in sheet.iter_rows()
        for cell in row
        if cell.value is not None
    }
    assert used <= {"宋体", "黑体", "方正小标宋简体", "Consolas"}


def test_charts_show_estimates_with_their_intervals(content: bytes, book: openpyxl.Workbook) -> None:
    with zipfile.ZipFile(io.BytesIO(content)) as parts:
        charts = [parts.read(name).decode() for name in sorted(parts.namelist()) if "charts/chart" in name]
    halves = table(book["评分校准"])["90%区间\n半宽"]
    assert len(charts) == 3
    assert charts[0].count("<c:errBars>") == 1
    plus = charts[0].split("<c:plus>")[1].split("</c:plus>")[0]
    assert [float(value) for value in re.findall("<c:v>([^<]+)</c:v>", plus)] == pytest.approx(halves)
    assert plus.count("<c:f>评分校准!$F$4:$F$33</c:f>") == 1
    assert "评分校准!$D$4:$D$33" in charts[0]
    low, high = (float(re.search(f'<c:{end} val="([^"]+)"', charts[0])[1]) for end in ("min", "max"))
    scores = table(book["评分校准"])["校准得分"]
    assert low <= min(map(operator.sub, scores, halves)) < max(map(operator.add, scores, halves)) <= high
    assert high - low < 2 * (max(scores) - min(scores) + 2 * max(halves))
    assert "方差分量!$B$" in charts[2]


def test_same_report_gives_the_same_bytes(given: StatisticsReport, content: bytes) -> None:
    assert statistics_workbook.write(given) == content


def test_overlap_with_another_panel_is_said_in_whole_units(
    given: StatisticsReport, book: openpyxl.Workbook
) -> None:
    assert given.calibrated is not None
    ranking = given.comparison.ranking
    assert ranking.undecided == ()
    places = [given.ratings.dossiers.index(name) for name in ranking.within]
    kept = round(expected_overlap(given.calibrated.fit, places))
    said = [row[0] for row in book["说明"].iter_rows(max_col=1, values_only=True)]
    assert f"若请另一组同等水平专家重评，预计前5名中约{kept}家不变。此为统计参考，不作为排序依据。" in said


def test_without_a_quota_there_are_no_chances(tmp_path: Path) -> None:
    book = openpyxl.load_workbook(io.BytesIO(statistics_workbook.write(report(tmp_path, None, "mean"))))
    assert book.sheetnames == SHEETS[:-1]
    assert not any("可能性" in head for head in table(book["评分校准"]))
    assert set(table(book["名次"])["状态"]) == {None}
    said = [row[0] for row in book["说明"].iter_rows(max_col=1, values_only=True)]
    assert "没有给出拟遴选数量，不列入选可能性和名单稳定性；需要时请用--quota给出。" in said


def test_many_remarks_of_one_kind_are_shortened(given: StatisticsReport) -> None:
    many = tuple(Notice("model_expert_zero", {}) for _ in range(13))
    book = openpyxl.load_workbook(io.BytesIO(statistics_workbook.write(replace(given, notices=many))))
    said = [row[0] for row in book["说明"].iter_rows(max_col=1, values_only=True)]
    assert said.count("未见专家之间宽严程度的差别。") == 10
    assert said.count("（同类情况另有3条）") == 1
