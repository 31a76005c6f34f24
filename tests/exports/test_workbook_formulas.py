"""The ranking workbook's formulas, computed anew: they give the frozen numbers to the cent and the rank."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pytest

from review_portal.exports import ranking_workbook
from review_portal.exports import workbook_formulas as formulas
from review_portal.exports.ranking_report import RankingReport
from review_portal.exports.workbook_formulas import BROKEN, HOLDS
from scoring_rubrics.rule import Rule
from tests.exports import made_rankings, sample_report
from tests.exports.spreadsheet import Sheet, differences, same

CENT = Decimal("0.01")
COVER = ("封面", "B4")
RULES = {
    "mean": Rule(),
    "drop_high_low": Rule(combine="drop_high_low", min_reviews=4),
    "drop_high_low, too few somewhere": Rule(combine="drop_high_low", min_reviews=7),
    "median": Rule(combine="median"),
    "severity": Rule(normalize="severity"),
    "severity, then drop_high_low": Rule(normalize="severity", combine="drop_high_low", min_reviews=3),
    "severity, then median": Rule(normalize="severity", combine="median"),
    "z_score": Rule(normalize="z_score"),
    "one decimal": Rule(normalize="severity", places=1),
    "whole points": Rule(places=0),
}


def computed(report: RankingReport) -> tuple[Sheet, bytes]:
    data = ranking_workbook.write(report)
    return Sheet(data), data


@pytest.mark.parametrize("rule", RULES.values(), ids=RULES)
def test_formulas_give_the_frozen_ranking_by_every_rule(rule: Rule) -> None:
    sheet, data = computed(made_rankings.made(rule, seed=1))
    assert differences(sheet, data) == []
    assert sheet.value(*COVER) == HOLDS


@pytest.mark.parametrize("rule", [RULES["mean"], RULES["severity"]], ids=["mean", "severity"])
def test_halves_of_a_cent_are_rounded_up_and_equal_scores_share_a_rank(rule: Rule) -> None:
    """Full panels of two and four sheets in cents: means end in a half, and scores so close meet."""
    seen_halves = seen_ties = 0
    for seed in range(3):
        report = made_rankings.made(
            rule, seed=seed, dossiers=40, experts=4, holes=0, level=0.7, step="0.05", weights=("1",)
        )
        sheet, data = computed(report)
        assert differences(sheet, data) == []
        (scores,) = report.rounds
        sums = [sum(cell for cell in row.totals if isinstance(cell, Decimal)) for row in scores.dossiers]
        seen_halves += sum(int(total * 100) % 4 == 2 for total in sums)
        seen_ties += len(report.rows) - len({row.final for row in report.rows})
    assert seen_halves > 10
    assert seen_ties > 2


def test_every_rounding_of_the_formulas_is_half_up_whatever_binary_numbers_make_of_it() -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    wanted = []
    for row in range(1, 2001):  # totals 0.01 … : two of them, so that every other mean is a half
        one, other = Decimal(row) / 100 + 60, Decimal(2 * row + 1) / 100
        page.append([float(one), float(other), f"={formulas.mean(f'A{row}:B{row}', '2', 2)}",
                     f"={formulas.median(f'A{row}:B{row}', 2)}",
                     f"={formulas.weighted([f'A{row}', f'B{row}'], [(1, 2), (1, 2)], 2)}"])  # fmt: skip
        wanted.append(((one + other) / 2).quantize(CENT, ROUND_HALF_UP))
    target = io.BytesIO()
    book.save(target)
    sheet = Sheet(target.getvalue())
    for column in "CDE":
        found = [sheet.value("Sheet", f"{column}{row}") for row in range(1, 2001)]
        assert found == [float(value) for value in wanted]


@pytest.fixture(scope="module")
def sample() -> bytes:
    return ranking_workbook.write(sample_report.report())


def test_formulas_carry_the_frozen_numbers_of_the_demonstration(sample: bytes) -> None:
    assert differences(Sheet(sample), sample) == []


def item_row(sheet: Sheet, round_: str, dossier: str, expert: str) -> int:
    for row in sheet.book["逐项得分"].iter_rows(min_row=3):
        if (row[0].value, row[1].value, row[3].value) == (round_, dossier, expert):
            return int(row[0].row)
    raise AssertionError((round_, dossier, expert))


def test_changed_score_is_named_by_sheet_and_row(sample: bytes) -> None:
    sheet = Sheet(sample)
    row = item_row(sheet, "书面评审", "S01", "Z2")
    assert sheet.value("评分汇总（书面评审）", "E5") == 86.5
    sheet.change("逐项得分", f"H{row}", 10)
    assert sheet.value("评分汇总（书面评审）", "E5") < 86.5
    assert sheet.value("核对（书面评审）", "K5") == "不一致"
    assert sheet.value("核对（书面评审）", "C2") == f"{BROKEN}：第5行"
    assert sheet.value("核对（现场答辩）", "C2") == HOLDS
    assert sheet.value(*COVER) == f"{BROKEN}：　见“核对（书面评审）”　见“名次复算”"
    summary = sheet.book["评分汇总（书面评审）"]
    check = next(cell for cell in summary[2] if cell.data_type == "f")
    assert sheet.value(summary.title, check.coordinate) == f"{BROKEN}：第5行"


def test_lowered_score_moves_the_unit_down_the_recount(sample: bytes) -> None:
    sheet = Sheet(sample)
    assert [sheet.value("名次复算", f"I{row}") for row in range(4, 9)] == [1, 2, 3, 4, 5]
    for expert in sample_report.EXPERTS:
        sheet.change("逐项得分", f"H{item_row(sheet, '现场答辩', 'S07', expert) + 1}", 40)
    assert [sheet.value("名次复算", f"I{row}") for row in range(4, 9)] == [5, 1, 2, 3, 4]
    assert sheet.value("名次复算", "C2") == f"{BROKEN}：第4行"


def test_sheet_that_loses_an_item_counts_no_longer(sample: bytes) -> None:
    sheet = Sheet(sample)
    sheet.change("逐项得分", f"H{item_row(sheet, '书面评审', 'S07', 'Z1')}", None)
    assert sheet.value("评分汇总（书面评审）", "D4") == "—"
    assert sheet.value("评分汇总（书面评审）", "K4") == 6
    assert sheet.value(*COVER).startswith(BROKEN)


def test_text_in_a_score_is_no_number_and_does_not_pass_for_agreement(sample: bytes) -> None:
    sheet = Sheet(sample)
    sheet.change("逐项得分", f"H{item_row(sheet, '书面评审', 'S07', 'Z1')}", "回避")
    assert sheet.value("核对（书面评审）", "C2") == f"{BROKEN}：第4行"


def test_withdrawn_dossier_is_outside_every_formula(sample: bytes) -> None:
    sheet = Sheet(sample)
    row = item_row(sheet, "书面评审", "S10", "Z1")
    sheet.change("逐项得分", f"H{row}", 1)
    assert sheet.value(*COVER) == HOLDS
    numbers = {cell.row: cell.value for cell in sheet.book["核对（书面评审）"]["A"]}
    withdrawn = next(row for row, number in numbers.items() if number == "S10")
    assert sheet.value("核对（书面评审）", f"K{withdrawn}") == "不计入"


def test_changed_frozen_number_is_noticed_too(sample: bytes) -> None:
    sheet = Sheet(sample)
    sheet.change("排名", "H5", 99)
    assert sheet.value("名次复算", "C2") == f"{BROKEN}：第4行"


def test_round_named_with_marks_that_formulas_use_is_pointed_at_all_the_same() -> None:
    report = sample_report.report()
    written = replace(report.rounds[0], title='书面"评审"!$A$1&')
    sheet, data = computed(replace(report, rounds=(written, *report.rounds[1:])))
    assert differences(sheet, data) == []
    row = next(row for row in sheet.book["逐项得分"].iter_rows(min_row=3) if row[0].value == written.title)
    sheet.change("逐项得分", row[7].coordinate, 0)
    assert sheet.value(*COVER).startswith(f'{BROKEN}：　见“核对（书面"评审"!$A$1&）”')


def test_report_without_its_counting_stands_in_values() -> None:
    report = sample_report.report()
    rounds = tuple(replace(scores, counting=None) for scores in report.rounds)
    book = openpyxl.load_workbook(io.BytesIO(ranking_workbook.write(replace(report, rounds=rounds))))
    assert [name for name in book.sheetnames if name.startswith(("核对", "评分校准", "名次复算"))] == []
    kinds = {cell.data_type for cell in book["评分汇总（书面评审）"]["G"]}
    assert "f" not in kinds
    assert book["封面"]["A4"].value == "申报批次"


@pytest.fixture
def recalculated(tmp_path: Path) -> Iterator[Any]:
    """A function that lets LibreOffice compute a workbook; the build machine has none, and a small
    spreadsheet of our own computes the same formulas everywhere.
    """
    program = shutil.which("soffice")
    if program is None:
        pytest.skip("没有 LibreOffice，公式只由测试自带的计算器核对：apt-get install libreoffice-calc。")
    user = tmp_path / "profile" / "user"
    user.mkdir(parents=True)
    (user / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load">'
        '<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>',
        encoding="utf-8",
    )

    def compute(data: bytes) -> Any:
        (tmp_path / "book.xlsx").write_bytes(data)
        subprocess.run(
            [program, f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
             "xlsx:Calc MS Excel 2007 XML", "--outdir", str(tmp_path / "out"), str(tmp_path / "book.xlsx")],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
        return openpyxl.load_workbook(tmp_path / "out" / "book.xlsx", data_only=True)

    yield compute


def test_office_program_computes_the_same_and_notices_a_change(sample: bytes, recalculated: Any) -> None:
    kept = openpyxl.load_workbook(io.BytesIO(sample), data_only=True)
    book = recalculated(sample)
    for name, cell in Sheet(sample).formulas():
        assert same(book[name][cell].value, kept[name][cell].value), (name, cell)
    sheet = Sheet(sample)
    sheet.change("逐项得分", f"H{item_row(sheet, '书面评审', 'S01', 'Z2')}", 10)
    changed = io.BytesIO()
    sheet.book.save(changed)  # without any values: whatever is shown was computed
    book = recalculated(changed.getvalue())
    assert book["核对（书面评审）"]["C2"].value == f"{BROKEN}：第5行"
    assert book["封面"]["B4"].value == f"{BROKEN}：　见“核对（书面评审）”　见“名次复算”"
