"""The statistical annex read back: what is for reference only, headed so on every sheet."""

from __future__ import annotations

import dataclasses
import io
import zipfile
from datetime import UTC, datetime

import openpyxl
import pytest

from review_portal.exports import statistics_annex
from review_portal.exports.statistics_annex import INTERNAL, AnnexTable, Bar, StatisticsAnnex
from tests.exports import sample_report

TABLE = AnnexTable(
    "评分一致性",
    "评分一致性",
    "并非每名专家都评审了每份材料时，只有概化系数适用。",
    (("环节", False), ("数值", True), ("份数", True), ("说明", False)),
    (("书面评审", "0.812", "12", "=1+1"), ("现场答辩", None, "7", None)),
)


def annex(half: float | None = 1.25) -> StatisticsAnnex:
    return StatisticsAnnex(
        call=sample_report.CALL,
        said=("本轮评分的一般波动约0.90分。", "=cmd|' /C calc'!A0"),
        bars=tuple(Bar(f"S{at:02} 示例单位{at}", 90.0 - at, half) for at in range(1, 13)),
        bars_of="校准得分",
        most=100.0,
        tables=(TABLE,),
        ranking_digest="0123456789abcdef" * 4,
        digest="f" * 64,
        made_at=datetime(2023, 3, 7, 9, 0, tzinfo=UTC),
        software_version="0.1.0",
    )


@pytest.fixture(scope="module")
def data() -> bytes:
    return statistics_annex.write(annex())


def part(data: bytes, name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        return package.read(name).decode()


def test_every_sheet_is_headed_as_internal_reference(data: bytes) -> None:
    book = openpyxl.load_workbook(io.BytesIO(data))
    assert book.sheetnames == ["说明", "得分和区间", "得分图", "评分一致性"]
    for sheet in book.worksheets:
        texts = [str(cell) for row in sheet.iter_rows(max_row=2, values_only=True) for cell in row if cell]
        assert any(INTERNAL in text for text in texts), sheet.title
        assert sheet.oddHeader.left.text.strip().startswith(INTERNAL)
        assert sheet.oddFooter.right.text == "第&P页 共&N页"
        assert sheet.page_setup.paperSize == 9


def test_figures_are_numbers_and_missing_ones_dashes(data: bytes) -> None:
    sheet = openpyxl.load_workbook(io.BytesIO(data))["评分一致性"]
    assert [cell.value for cell in sheet[4]][:4] == ["书面评审", 0.812, 12, "=1+1"]
    assert [cell.value for cell in sheet[5]][:4] == ["现场答辩", "—", 7, None]
    assert sheet["D4"].data_type == "s"
    assert sheet["B4"].number_format == "0.000"


def test_bars_have_intervals_axes_and_words_for_who_cannot_see_them(data: bytes) -> None:
    chart = part(data, "xl/charts/chart1.xml")
    assert "<c:errBars>" in chart and "得分和区间!$D$4:$D$15" in chart
    assert "校准得分和90%区间" in chart and "校准得分（分）" in chart and "申报单位" in chart
    assert "S01 示例单位189.00±1.25" in part(data, "xl/drawings/drawing1.xml")


def test_small_round_has_bars_without_any_interval() -> None:
    small = statistics_annex.write(annex(None))
    assert "errBars" not in part(small, "xl/charts/chart1.xml")
    sheet = openpyxl.load_workbook(io.BytesIO(small))["得分"]
    assert [cell.value for cell in sheet[3]][:3] == ["序", "申报单位", "校准得分"]
    assert not any("区间" in str(cell.value) for cell in sheet[3])


def test_annex_without_figures_says_why() -> None:
    bare = dataclasses.replace(annex(), bars=(), tables=(), said=("统计说明尚未计算。",), digest="")
    sheet = openpyxl.load_workbook(io.BytesIO(statistics_annex.write(bare)))["说明"]
    column = [cell.value for cell in sheet["A"]]
    assert "统计说明尚未计算。" in column
    assert sheet["B5"].value == "—"


def test_same_annex_gives_the_same_bytes(data: bytes) -> None:
    assert statistics_annex.write(annex()) == data
