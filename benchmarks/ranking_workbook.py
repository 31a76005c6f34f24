"""The ranking workbook against bare xlsxwriter writing the same cells.

The workbook is written once and read back; the yardstick then writes the same values, formulas and formats,
cell by cell, with nothing around them. Both run by turns in one process.
"""

from __future__ import annotations

import argparse
import gc
import io
import re
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta, timezone
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from statistics import median
from typing import Any

import openpyxl
from openpyxl.cell.read_only import EmptyCell
from xlsxwriter.workbook import Workbook

from review_portal.exports import ranking_workbook
from review_portal.exports.figures import (
    CallHead,
    Counting,
    DossierScores,
    ExpertSheet,
    Item,
    ItemPoints,
    RoundScores,
    Unit,
)
from review_portal.exports.ranking_report import Parameter, RankedRow, RankingReport, TieKey

TARGET = 1.3  # times the CPU time of bare xlsxwriter
CENT = Decimal("0.01")
COMMENTS = ("依据较充分，个别环节靠估算。", "目标明确，保障措施具体，有服务对象名单佐证。", "", "")
OPINION = "总体可行，建议细化首年任务，补充重点用能企业的接入计划。"


def main(arguments: Sequence[str] | None = None) -> None:
    """One table, then the ratio to the target."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dossiers", type=int, default=300)
    parser.add_argument("--experts", type=int, default=5)
    parser.add_argument("--items", type=int, default=13)
    parser.add_argument("--repeat", type=int, default=5)
    parser.add_argument("--peak", action="store_true", help="only write it once, and print the memory")
    given = parser.parse_args(arguments)
    report = made(given.dossiers, given.experts, given.items)
    if given.peak:
        Path("/proc/self/clear_refs").write_text("5")  # the highest mark begins anew
        before = _memory("VmRSS")
        size = len(ranking_workbook.write(report))
        print(f"{_memory('VmHWM') - before:.0f} MiB beyond the report, {size / 2**20:.1f} MiB written")
        return
    data = ranking_workbook.write(report)
    cells = read(data)
    ours, bare = compared(lambda: ranking_workbook.write(report), lambda: write_bare(cells), given.repeat)
    count = sum(len(rows) for _, _, rows in cells)
    print(f"{given.dossiers} dossiers x {given.experts} experts x {given.items} items: {count} cells")
    print(f"workbook  {ours:8.2f} s CPU, {len(data) / 2**20:.1f} MiB")
    print(f"bare      {bare:8.2f} s CPU")
    print(peak(given))
    print(f"ratio to the target: {ours / bare:.2f} x bare / {TARGET} = {ours / bare / TARGET:.2f}")


def peak(given: argparse.Namespace) -> str:
    """Memory that writing takes, measured in a process of its own."""
    sizes = [f"--{name}={getattr(given, name)}" for name in ("dossiers", "experts", "items")]
    command = [sys.executable, "-m", "benchmarks.ranking_workbook", "--peak", *sizes]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return f"memory    {done.stdout.strip()}"


def _memory(name: str) -> float:
    """A figure of this process in MiB, as Linux tells it."""
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found, "Linux tells it"
    return int(found[1]) / 1024


def compared(one: Callable[[], object], other: Callable[[], object], repeat: int) -> tuple[float, float]:
    """Median CPU seconds of both, by turns."""
    taken: list[list[float]] = [[], []]
    for _run in range(repeat):
        for times, act in zip(taken, (one, other), strict=True):
            gc.collect()
            began = time.process_time()
            act()
            times.append(time.process_time() - began)
    return median(taken[0]), median(taken[1])


Cells = list[tuple[str, dict[int, float], list[tuple[int, int, Any, Any, int]]]]


def read(data: bytes) -> Cells:
    """Of every sheet its name, row heights and cells: (row, column, formula or None, value, style)."""
    plain = openpyxl.load_workbook(io.BytesIO(data), read_only=True)
    shown = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True)
    found: Cells = []
    for name in plain.sheetnames:
        cells = [
            (
                cell.row - 1,
                cell.column - 1,
                cell.value if cell.data_type == "f" else None,
                value.value,
                cell._style_id,
            )
            for row, values in zip(plain[name].iter_rows(), shown[name].iter_rows(), strict=True)
            for cell, value in zip(row, values, strict=True)
            if not isinstance(cell, EmptyCell)
        ]
        heights = dict(_heights(data, len(found) + 1))
        found.append((name, heights, cells))
    return found


def _heights(data: bytes, number: int) -> Iterator[tuple[int, float]]:
    """Rows from 0 with their own height, of the sheet with this number."""
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        text = package.read(f"xl/worksheets/sheet{number}.xml")
    for row, height in re.findall(rb'<row r="(\d+)"[^>]* ht="([\d.]+)"', text):
        yield int(row) - 1, float(height)


def write_bare(sheets: Cells) -> bytes:
    """The same cells by xlsxwriter alone."""
    target = io.BytesIO()
    workbook = Workbook(target, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})
    formats = {style: workbook.add_format({"border": 1}) for style in {c[4] for s in sheets for c in s[2]}}
    for name, heights, cells in sheets:
        sheet = workbook.add_worksheet(name)
        for row, height in heights.items():
            sheet.set_row(row, height)
        for row, column, formula, value, style in cells:
            look = formats[style]
            if formula is not None:
                sheet.write_formula(row, column, formula, look, value)
            elif value is None:
                sheet.write_blank(row, column, None, look)
            elif isinstance(value, str):
                sheet.write_string(row, column, value, look)
            else:
                sheet.write_number(row, column, value, look)
    workbook.close()
    return target.getvalue()


def made(dossiers: int, experts: int, items: int) -> RankingReport:
    """One round in which every expert scored every dossier, counted by the plain mean."""
    rubric = tuple(
        Item(f"C{i % 3 + 1}.{i}", f"指标名称{i}", f"一级指标{i % 3 + 1}", Decimal("7.5"))
        for i in range(items)
    )
    rubric = tuple(sorted(rubric, key=lambda item: item.criterion))
    codes = tuple(f"E{number:02}" for number in range(1, experts + 1))
    rows = tuple(_dossier(number, codes, rubric) for number in range(1, dossiers + 1))
    scores = RoundScores(
        "书面评审", "专家书面评审评分表", "a" * 64, codes, rubric, rows, Decimal(1),
        stage="written", counting=Counting(),
    )  # fmt: skip
    ordered = sorted(rows, key=_standing)
    firsts: dict[tuple[Decimal, Decimal], int] = {}
    for at, row in enumerate(ordered, start=1):
        firsts.setdefault(_standing(row), at)
    return RankingReport(
        call=CallHead("示例批次", "示例〔2030〕1号", "示例委员会"),
        rule_label="算术平均",
        rule_assumed=False,
        quota=dossiers // 3,
        quota_text=f"{dossiers // 3}个左右",
        rounds=(scores,),
        reference_labels=("算术平均",),
        reference_rules=("mean",),
        rows=tuple(
            RankedRow(firsts[_standing(row)], row.unit, (row.score,), row.score or Decimal(0), (row.mean,))
            for row in ordered
        ),
        outside=(),
        method=("逐项打分，相加得总分。",),
        parameters=(Parameter("保留小数", "两位", assumed=False),),
        input_digest="b" * 64,
        ranking_digest="c" * 64,
        frozen_at=datetime(2030, 3, 7, 16, 20, tzinfo=timezone(timedelta(hours=8))),
        frozen_by="专家组组长 E01",
        approved_by="监督人员 示例",
        software_version="0",
        tie_keys=(TieKey("一级指标1", "written", 0),),
    )


def _standing(row: DossierScores) -> tuple[Decimal, Decimal]:
    """Score and tie key, the higher the earlier."""
    return -(row.score or Decimal(0)), -(row.criterion_means[0] or Decimal(0))


def _dossier(number: int, codes: tuple[str, ...], rubric: tuple[Item, ...]) -> DossierScores:
    sheets = tuple(
        ExpertSheet(
            code,
            tuple(
                ItemPoints(
                    item.code, Decimal((number * 7 + at * 5 + of * 3) % 16) / 2, COMMENTS[(number + at) % 4]
                )
                for at, item in enumerate(rubric)
            ),
            f"{OPINION}（{number}）",
        )
        for of, code in enumerate(codes)
    )
    totals = tuple(sum((each.points for each in sheet.points), Decimal(0)) for sheet in sheets)
    mean = _mean(totals)
    trimmed = mean
    if len(totals) >= 5:
        trimmed = _mean(tuple(sorted(totals)[1:-1]))
    means = []
    for criterion in dict.fromkeys(item.criterion for item in rubric):
        places = [at for at, item in enumerate(rubric) if item.criterion == criterion]
        means.append(
            _mean(tuple(sum(sheet.points[at].points for at in places) + Decimal(0) for sheet in sheets))
        )
    return DossierScores(
        Unit(f"2030-{number:05}", f"示例第{number}节能服务有限公司", (), "示例区"),
        totals, max(totals), min(totals), mean, trimmed, max(totals) - min(totals), mean,
        criterion_means=tuple(means), sheets=sheets,
    )  # fmt: skip


def _mean(totals: Sequence[Decimal]) -> Decimal:
    return (sum(totals, Decimal(0)) / len(totals)).quantize(CENT, ROUND_HALF_UP)


if __name__ == "__main__":
    main()
