"""The statistical annex to a frozen ranking: apart from the signed workbook, without chances where few."""

from __future__ import annotations

import io
from decimal import Decimal
from typing import Any

import openpyxl
import pytest
from flask import Flask

from review_portal.domain.errors import NotFound
from review_portal.services import ranking, report, report_annex
from review_portal.worker import Worker
from tests.engines import on_sqlite
from tests.factories_scored import Scored, panel, scored

pytestmark = on_sqlite
LOOK = "专家组已查看规则差异，维持原规则（示例）。"


def frozen(made: Scored) -> None:
    with made.app.app_context():
        made.agree()
        view = ranking.view(made.viewer(), round_=made.round_)
        ranking.freeze(made.viewer(), round_=made.round_, digest=view.digest, look=LOOK)


def downloads(made: Scored) -> tuple[bytes, Any]:
    """The workbook's bytes, and the annex opened."""
    with made.app.app_context():
        officer = made.viewer(made.office.officer)
        name, data = report.statistics_annex(officer, call=made.call)
        assert name == f"统计附件_{made.call}.xlsx"
        assert data == report.statistics_annex(officer, call=made.call)[1]
        return report.workbook(officer, call=made.call)[1], openpyxl.load_workbook(io.BytesIO(data))


def texts(book: Any) -> list[str]:
    return [str(cell) for sheet in book for row in sheet.iter_rows(values_only=True) for cell in row if cell]


def test_annex_fills_when_the_analysis_is_there_and_the_workbook_stays_as_it_was(app: Flask) -> None:
    made = scored(app, panel(), quota=3)
    with app.app_context(), pytest.raises(NotFound):
        report.statistics_annex(made.viewer(made.office.officer), call=made.call)
    frozen(made)
    signed, book = downloads(made)
    assert report_annex.NOT_YET in texts(book)
    assert book.sheetnames == ["说明", "得分", "得分图"]
    assert Worker(app).work_off() >= 1  # freezing has queued it
    again, book = downloads(made)
    assert again == signed
    assert {"评分一致性", "方差分量", "名次范围", "相邻名次", "名单稳定性"} <= set(book.sheetnames)
    with app.app_context():
        view = ranking.final_view(made.viewer(made.office.officer), call=made.call)
    order = [row["number"] for row in view.body["rows"]]
    scores = book["得分和区间"]
    assert [str(row[1]).split()[0] for row in scores.iter_rows(min_row=4, values_only=True)] == order
    assert [scores["C3"].value, scores["D3"].value] == ["校准得分", "90%区间半宽"]
    halves = [row[3] for row in scores.iter_rows(min_row=4, values_only=True)]
    assert all(0 < half < 10 for half in halves)
    ranges = book["名次范围"]
    assert [cell.value for cell in ranges["B"]][3:] == order
    assert any("可能性" in str(cell.value) for cell in ranges[3])


def test_annex_to_a_small_round_holds_no_chance_and_no_interval(app: Flask) -> None:
    made = scored(app, panel(dossiers=5), quota=2)
    frozen(made)
    assert Worker(app).work_off() >= 1  # freezing has queued it
    _signed, book = downloads(made)
    said = texts(book)
    few = "本轮参评单位不足10家，不计算入选可能性和名次区间，请结合分差、极差和专家评语判断。"
    assert few in said
    rest = [text.replace("区间度量", "") for text in said if text != few]
    assert [text for text in rest if "可能性" in text or "下限" in text or "区间" in text] == []
    assert "名次范围" not in book.sheetnames
    assert book["得分"]["C3"].value == "最终得分"
    finals = [Decimal(str(row[2])) for row in book["得分"].iter_rows(min_row=4, values_only=True)]
    assert finals == sorted(finals, reverse=True)
