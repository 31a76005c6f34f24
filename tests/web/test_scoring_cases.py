"""Known answers: each worked case is a real round, and page and workbook print what was worked out by hand.

The cases were worked out for `drop_high_low`; the other methods stand beside it. What they state and no page
prints: the unrounded trimmed means (`trimmed_exact`, always their two printed places), and the mean and
spread of all totals behind the standard scores.
"""

from __future__ import annotations

import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from flask import Flask

from review_portal.services import ranking, report
from tests.engines import on_sqlite
from tests.exports.spreadsheet import assert_recounted
from tests.factories_scored import Scored, Totals, scored
from tests.visitor import Page

pytestmark = on_sqlite
DATA = Path(__file__).parents[1] / "data" / "scoring" / "scoring_cases.json"
CASES: dict[str, Any] = {case["name"]: case for case in json.loads(DATA.read_text("utf-8"))}
LOOK = "专家组已查看规则差异，维持原规则（示例）。"
COLUMNS = {"mean": "算术平均", "std_mean": "标准分", "severity": "评分校准后的算术平均"}
SHEET = "评分汇总（示例评审）"


def totals(case: Any) -> Totals:
    """The case's totals; where it gives means of criteria, the first two are the same on every sheet."""
    given = {
        (dossier, expert): Decimal(total)
        for expert, own in case["scores"].items()
        for dossier, total in own.items()
        if total is not None
    }
    means = case.get("criterion_means")
    if means is None:
        return given
    first = {dossier: [Decimal(own[key]) for key in ("C1", "C2")] for dossier, own in means.items()}
    return {pair: [*first[pair[0]], total - sum(first[pair[0]])] for pair, total in given.items()}


def expected(case: Any) -> dict[str, dict[str, str]]:
    """Of each dossier the scores that page and workbook print, by the heads of their columns."""
    severity = case["expected"]["severity"]["dossier"]
    return {
        row["dossier"]: {
            "最终得分": row["trimmed"],
            "算术平均": row["mean"],
            "标准分": row["std_mean"],
            "评分校准后的算术平均": severity[row["dossier"]],
        }
        for row in case["expected"]["rows"]
    }


def order(case: Any) -> list[tuple[str, str]]:
    """(rank, dossier), best first; the tie is broken by C1."""
    ranks = {row["dossier"]: row["rank"]["trimmed"] for row in case["expected"]["rows"]}
    if "expected_tiebreak" in case:
        assert case["expected_tiebreak"].startswith("Y before X (C1")
        ranks |= {"Y": 1, "X": 2}
    return sorted(((str(rank), dossier) for dossier, rank in ranks.items()), key=lambda line: line[0])


def printed(page: Page) -> list[dict[str, str]]:
    """The page's ranking by its heads."""
    (table,) = page.doc.xpath("//section[.//h2[normalize-space()='排名']]//table")
    two = [[cell.text_content().strip() for cell in row] for row in table.xpath("./thead/tr")]
    heads = [two[0][0], two[0][1], *two[1], *two[0][-2:]]
    rows = [[" ".join(cell.text_content().split()) for cell in row] for row in table.xpath("./tbody/tr")]
    return [dict(zip(heads, row, strict=True)) for row in rows]


def booked(made: Scored) -> Any:
    """The workbook of the frozen ranking."""
    with made.app.app_context():
        chair = made.viewer()
        made.agree()
        view = ranking.view(chair, round_=made.round_)
        ranking.freeze(chair, round_=made.round_, digest=view.digest, look=LOOK)
        data = report.workbook(made.viewer(made.office.officer), call=made.call)[1]
    assert_recounted(data)
    return openpyxl.load_workbook(io.BytesIO(data), data_only=True)


def lines(book: Any, sheet: str, heads: int) -> list[dict[str, str]]:
    """A sheet's rows by their heads, figures with two places."""
    every = list(book[sheet].iter_rows(min_row=heads, values_only=True))
    end = next((at for at, row in enumerate(every) if row[0] is None), len(every))
    return [
        {
            str(head): f"{cell:.2f}" if isinstance(cell, int | float) else str(cell)
            for head, cell in zip(every[0], row, strict=True)
        }
        for row in every[1:end]
    ]


@pytest.mark.parametrize("name", CASES)
def test_page_and_workbook_print_the_known_answers(app: Flask, name: str) -> None:
    case = CASES[name]
    made = scored(app, totals(case), quota=1, normalize="none", combine="drop_high_low")
    page = made.visitor().get(made.at("ranking"))
    wanted = expected(case)
    rows = printed(page)
    assert [(row["名次"], row["申报单位"].split()[0]) for row in rows] == order(case)
    for row in rows:
        own = wanted[row["申报单位"].split()[0]]
        assert {head: row[head] for head in own} == own
    few = min(row["n"] for row in case["expected"]["rows"]) < 5
    assert ("本轮所有单位均取算术平均，不去掉最高分和最低分" in page.text) is few
    assert ("按并列规则比较示例指标1后，先后依次为" in page.text) is ("expected_tiebreak" in case)
    book = booked(made)
    ranked = lines(book, "排名", 4)
    assert [(row["名次"], row["编号"]) for row in ranked] == [(f"{rank}.00", at) for rank, at in order(case)]
    for row in ranked:
        own = wanted[row["编号"]]
        assert {head: row[head] for head in own} == own
    summary = {row["编号"]: row for row in lines(book, SHEET, 3)}
    for row in case["expected"]["rows"]:
        printed_row = summary[row["dossier"]]
        assert (printed_row["有效份数"], printed_row["极差"]) == (
            f"{row['n']:.2f}",
            f"{Decimal(row['range']):.2f}",
        )
        assert printed_row["本轮得分"] == row["trimmed"]
    with app.app_context():
        view = ranking.view(made.viewer(), round_=made.round_)
    (stage,) = view.body["ranking"]["stages"]
    assert {row["dossier"]: row["outliers"] for row in stage["result"]["rows"]} == {
        row["dossier"]: row["outliers_30pct"] for row in case["expected"]["rows"]
    }
