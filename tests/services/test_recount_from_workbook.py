"""README's promise: whoever holds the ranking workbook can recompute the list, without the portal's database.

Only what the workbook prints is used, the numbers come from the command line that needs no portal.
"""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from review_portal.services import report
from tests.factories_selection import RANKED, Selection
from tests.selection_copies import copied

ROOT = Path(__file__).resolve().parents[2]
CENT = Decimal("0.01")


@pytest.fixture
def book(request: pytest.FixtureRequest, engine_name: str, tmp_path: Path) -> Iterator[Any]:
    """The workbook of a selection whose final ranking is frozen."""
    with copied(request, engine_name, "ranked", tmp_path) as made:
        yield openpyxl.load_workbook(io.BytesIO(download(made)))


def download(made: Selection) -> bytes:
    with made.app.app_context():
        return report.workbook(made.officer, call=made.call)[1]


def table(book: Any, sheet: str, head: int) -> list[dict[str, Any]]:
    """The rows under the heads, until an empty one."""
    rows = list(book[sheet].iter_rows(min_row=head, values_only=True))
    heads = [str(cell).replace("\n", "") for cell in rows[0]]
    end = next((at for at, row in enumerate(rows) if row[0] is None), len(rows))
    return [dict(zip(heads, row, strict=True)) for row in rows[1:end]]


def round_scores(items: list[dict[str, Any]], path: Path) -> dict[str, Decimal]:
    """The scores of one round by the rule that decides, as a reader of README would get them."""
    with path.open("w", encoding="utf-8", newline="") as stream:
        sheet = csv.writer(stream)
        sheet.writerow(["dossier", "expert", "criterion", "score"])
        for row in items:
            sheet.writerow([row["编号"], row["专家代号"], row["二级指标"], row["得分"]])
    command = [sys.executable, "-m", "review_portal.aggregator", "rank", path, "--rule", "severity", "--json"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return {row["dossier"]: Decimal(row["score"]) for row in json.loads(done.stdout)["rows"]}


def test_final_scores_are_recomputed_from_the_workbook_alone(book: Any, tmp_path: Path) -> None:
    printed = table(book, "排名", 4)
    withdrawn = {row[1] for row in book["排名"].iter_rows(values_only=True) if "已撤回" in row}
    weights = {
        str(row[0]).removeprefix("评审环节权重（").removesuffix("）"): Decimal(row[1])
        for row in book["方法说明"].iter_rows(values_only=True)
        if str(row[0]).startswith("评审环节权重（")
    }
    items = [row for row in table(book, "逐项得分", 2) if row["一级指标"] != "整份评分表"]
    scores = {
        name: round_scores(
            [row for row in items if row["轮次"] == name and row["编号"] not in withdrawn],
            tmp_path / f"{number}.csv",
        )
        for number, name in enumerate(weights)
    }
    finals = {
        dossier: sum((scores[name][dossier] * weight for name, weight in weights.items()), Decimal(0))
        for dossier in set.intersection(*map(set, scores.values()))
    }
    assert [row["编号"] for row in printed] == list(RANKED)
    assert {row["编号"]: Decimal(str(row["最终得分"])).quantize(CENT) for row in printed} == {
        dossier: final.quantize(CENT, ROUND_HALF_UP) for dossier, final in finals.items()
    }
