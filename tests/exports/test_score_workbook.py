"""The workbook for scoring offline: what it holds, what it locks, and how it is read back."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from openpyxl import load_workbook

from review_portal.domain.errors import Invalid
from review_portal.domain.offline_sheet import FilledSheet
from review_portal.exports import score_workbook
from review_portal.exports.score_workbook_content import ScoreSheet, ScoreWorkbook
from review_portal.intake import score_workbook as reader
from scoring_rubrics import Level, load_call
from tests import factories, form_documents
from tests.offline_files import Filling, resaved

LONG = "长" * 40_000
GREEN = form_documents.green_call()


def made(*contents: dict[str, object], rules=GREEN, stage: str = "written_review") -> ScoreWorkbook:
    rubric = rules.rubric_of(stage)
    numbers = [f"2023-{place:03d}" for place in range(1, len(contents) + 1)]
    return ScoreWorkbook(
        rules.title,
        rules.stage(stage).name,
        "E03",
        rubric,
        rules.comments,
        rules.level_names,
        datetime(2023, 3, 3, 10, tzinfo=UTC),
        datetime(2023, 3, 1, 1, tzinfo=UTC),
        "guard",
        rubric.foot or "独立评分。专家签字：",
        tuple(
            ScoreSheet(f"review-{number}", number, "示例单位", ("示例大学",), "示例区", content)
            for number, content in zip(numbers, contents, strict=True)
        ),
    )


def filling(*contents: dict[str, object], **chosen: object) -> Filling:
    return Filling(score_workbook.write(made(*contents, **chosen)))


def read(file: Filling | bytes, *, rules=GREEN, stage: str = "written_review") -> tuple[FilledSheet, ...]:
    data = file if isinstance(file, bytes) else file.saved()
    raw = reader.open_workbook(data, "评分.xlsx")
    return reader.read(raw, rules.rubric_of(stage), {f"review-2023-{place:03d}" for place in range(1, 9)})


def faults(file: Filling) -> dict[str, str]:
    with pytest.raises(Invalid) as told:
        read(file)
    return {place: str(text) for place, text in told.value.fields.items()}


def test_sheet_holds_the_rubric_its_levels_and_the_draft():
    book = filling({"points": {"C1.1": "8.5"}, "comments": {"C1.1": "理由"}, "opinion": "意见"})
    sheet = book.sheet("2023-001")
    assert [sheet.cell(6, column).value for column in range(1, 9)] == [
        "服务区域绿色发展效益\n（40分）",
        "服务覆盖面与服务量",
        10,
        GREEN.rubric_of("written_review").items[0].look_for,
        sheet["E6"].value,
        None,
        8.5,
        "理由",
    ]
    assert sheet["E6"].value.splitlines()[1] == "良好 7.5–8.5　覆盖多个行业，数量较大，支撑基本充分"
    assert (book.opinion("2023-001").value, sheet["A1"].value) == ("意见", GREEN.title)
    assert "专家签字：" in str(sheet.cell(sheet.max_row, 1).value)


def test_only_what_is_filled_in_is_unlocked():
    sheet = filling({}).sheet("2023-001")
    assert (sheet.protection.sheet, sheet.protection.password) == (True, None)
    free = {cell.coordinate for row in sheet.iter_rows() for cell in row if not cell.protection.locked}
    inputs = {f"{column}{row}" for row in range(6, 19) for column in "FGH"}
    assert free == inputs | {f"{column}20" for column in "CDEFGH"}


def test_points_and_levels_are_checked_while_typing():
    sheet = filling({}).sheet("2023-001")
    rules = {str(each.sqref): each for each in sheet.data_validations.dataValidation}
    assert (rules["F6"].type, rules["F6"].formula1) == ("list", "校验!$C$1:$C$4")
    assert (rules["G6"].type, "<=10" in rules["G6"].formula1, "/0.5" in rules["G6"].formula1) == (
        "custom", True, True,
    )  # fmt: skip


def test_sheet_prints_one_page_wide_with_the_head_on_each_page():
    sheet = filling({}).sheet("2023-001")
    assert (sheet.page_setup.paperSize, sheet.page_setup.orientation) == (9, "landscape")
    assert (sheet.sheet_properties.pageSetUpPr.fitToPage, sheet.page_setup.fitToHeight) == (True, 0)
    assert (sheet.print_title_rows, sheet.print_area) == ("$5:$5", "'2023-001'!$A$1:$H$22")


RUBRIC = GREEN.rubric_of("written_review")
WHOLE = {
    "points": {item.key: str(item.max_score - 1) for item in RUBRIC.items},
    "comments": {item.key: "材料没有给出核算边界和基准年。" for item in RUBRIC.items},
    "opinion": "目标清楚，路径可行，服务基础扎实。",
}
PART = {"points": {"C1.1": "10", "C1.2": "3", "C1.3": "8", "C1.4": "10", "C2.1": "8"}, "opinion": "太短"}


@pytest.fixture(scope="module")
def computed(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Three sheets filled in with openpyxl, which leaves out what formulas show, saved by LibreOffice."""
    book = filling(WHOLE, PART, PART)
    book.fill("2023-003", {"C1.2": 12, "C2.2": "８.5"})
    book.level("2023-003", "C2.1").value = "较差"
    return resaved(book.saved(), tmp_path_factory.mktemp("resaved"))


def looks(data: bytes, number: str) -> dict[str, object]:
    """What the program shows of a sheet: its hints, what is missing, its line of the progress."""
    book = load_workbook(io.BytesIO(data), data_only=True)
    sheet, intro = book[number], book["说明"]
    progress = next(row for row in intro.iter_rows(values_only=True) if row[0] == number)
    hints = [sheet.cell(row, 9).value or "" for row in range(6, 21)]
    return {"hints": hints, "missing": sheet["I4"].value, "progress": list(progress[2:5])}


def test_formulas_say_what_is_missing_as_the_rule_does(computed: bytes):
    written = score_workbook.write(made(WHOLE, PART, PART))
    for number in ("2023-001", "2023-002"):  # what is put in for programs that do not compute
        assert looks(computed, number) == looks(written, number)
    assert looks(computed, "2023-001")["hints"] == [""] * 15
    assert looks(computed, "2023-001")["missing"] == "填写齐全"
    assert looks(computed, "2023-002") == {
        "hints": ["", "请写评分理由", "", "", "", *["未评"] * 8, "", "应为10—300字"],
        "missing": "还缺10处",
        "progress": ["5／13", 39, "还缺10处"],
    }


def test_formulas_follow_what_is_typed(computed: bytes):
    hints = looks(computed, "2023-003")["hints"]
    assert hints[:6] == ["满分，请写评分理由", "", "", "", "档次与得分不符", "须填数字"]


def test_workbook_saved_by_libreoffice_reads_the_same(computed: bytes):
    book = Filling(computed)
    book.level("2023-003", "C2.1").value = None
    whole, part, typed = read(book)
    assert whole.content == {
        **WHOLE,
        "points": {k: f"{float(v):g}" for k, v in WHOLE["points"].items()},
        "conclusion": "",
    }
    assert (part.content["points"], part.content["opinion"]) == (PART["points"], "太短")
    assert typed.content["points"] == {**PART["points"], "C1.2": "12", "C2.2": "8.5"}


@pytest.mark.parametrize(
    ("rules", "stage"),
    [
        (GREEN, "onsite_defense"),
        *((load_call(factories.TEA_GARDEN), stage) for stage in ("garden_visit", "blind_tasting")),
    ],
    ids=["defense", "visit", "tasting"],
)
def test_any_rubric_comes_back_as_it_was_filled(rules, stage: str):
    rubric = rules.rubric_of(stage)
    book = filling({}, rules=rules, stage=stage)
    points = {item.key: float(item.max_score - item.step) for item in rubric.items}
    book.fill("2023-001", points, reason="理由充分", opinion="总体良好")
    for item in rubric.items:
        value = Decimal(str(points[item.key]))
        if item.levels:
            level = next(each for each in item.levels if each.minimum <= value <= each.maximum)
            book.level("2023-001", item.key).value = level.label or level.name
    conclusion = rubric.conclusions[0] if rubric.conclusions else ""
    if conclusion:
        book.conclusion("2023-001").value = conclusion
    (sheet,) = read(book, rules=rules, stage=stage)
    assert sheet.content == {
        "points": {key: f"{value:g}" for key, value in points.items()},
        "comments": dict.fromkeys(points, "理由充分"),
        "opinion": "总体良好",
        "conclusion": conclusion,
    }


def test_text_numbers_and_full_width_digits_are_points_and_blank_is_none():
    book = filling({})
    for item, value in (("C1.1", "8.5"), ("C1.2", "１０．５"), ("C1.3", 7), ("C1.4", "  "), ("C2.1", " 8 ")):
        book.points("2023-001", item).value = value
    (sheet,) = read(book)
    assert sheet.content["points"] == {"C1.1": "8.5", "C1.2": "10.5", "C1.3": "7", "C2.1": "8"}


def _merge(book: Filling) -> None:
    book.sheet("2023-001").unmerge_cells("A6:A9")
    book.sheet("2023-001").merge_cells("G6:G7")


def _copy_row(book: Filling) -> None:
    sheet = book.sheet("2023-001")
    sheet["J30"] = sheet["J6"].value


def _stray(book: Filling) -> None:
    sheet = book.sheet("2023-001")
    sheet["J8"] = None
    sheet["G8"] = 5


def _insert(book: Filling) -> None:
    for merged in list(book.sheet("2023-001").merged_cells.ranges):
        book.sheet("2023-001").unmerge_cells(str(merged))
    book.sheet("2023-001").insert_rows(8)
    book.sheet("2023-001")["G8"] = 5


WRONG: list[tuple[Callable[[Filling], object], dict[str, str]]] = [
    (lambda b: b.fill("2023-001", {"C1.1": "八"}), {"2023-001 表 G6": "“八”不是得分"}),
    (lambda b: b.fill("2023-001", {"C1.1": 10.5}), {"2023-001 表 G6": "超出0至10分"}),
    (lambda b: b.fill("2023-001", {"C1.1": -1}), {"2023-001 表 G6": "超出0至10分"}),
    (lambda b: b.fill("2023-001", {"C1.1": 8.3}), {"2023-001 表 G6": "整数倍"}),
    (lambda b: b.fill("2023-001", {"C1.1": True}), {"2023-001 表 G6": "不是得分"}),
    (lambda b: b.fill("2023-001", {"C1.1": date(2023, 9, 1)}), {"2023-001 表 G6": "不是得分"}),
    (lambda b: b.fill("2023-001", {"C1.1": "#REF!"}), {"2023-001 表 G6": "错误值"}),
    (lambda b: b.fill("2023-001", {"C1.1": "=5+3"}), {"2023-001 表 G6": "公式"}),
    (lambda b: b.fill("2023-001", {}, opinion="=A1"), {"2023-001 表 C20": "公式"}),
    (lambda b: setattr(b.level("2023-001", "C1.1"), "value", "特优"), {"2023-001 表 F6": "不是本项的档次"}),
    (_merge, {"2023-001 表 G6": "合并"}),
    (_copy_row, {"2023-001 表 第30行": "与第6行重复"}),
    (_stray, {"2023-001 表": "缺少“产业结构、能源结构、能效示范作用”一行"}),
    (_insert, {"2023-001 表 G8": "不在评分表中"}),
    (lambda b: b.sheet("2023-001").delete_cols(7), {"2023-001 表": "无法识别"}),
    (lambda b: b.sheet("2023-001").delete_cols(10), {}),
]


@pytest.mark.parametrize(("spoil", "expected"), WRONG, ids=[str(place) for place in range(len(WRONG))])
def test_what_cannot_be_taken_is_told_at_its_cell(
    spoil: Callable[[Filling], object], expected: dict[str, str]
):
    book = filling({})
    spoil(book)
    found = faults(book)
    assert found.keys() == expected.keys()
    assert all(words in found[place] for place, words in expected.items())


def test_level_and_points_that_disagree_are_told_at_the_level():
    book = filling({}, {})
    book.fill("2023-002", {"C1.1": 9})
    book.level("2023-002", "C1.1").value = "良好"
    assert faults(book) == {
        "2023-002 表 F6": "所选档次“良好”是7.5–8.5分，得分却是9分。请改正其中一处，或清空档次。"
    }


def test_every_fault_is_told_at_once():
    book = filling({}, {})
    book.fill("2023-001", {"C1.1": 99, "C3.4": "x"})
    book.fill("2023-002", {"C1.1": 0.1})
    assert list(faults(book)) == ["2023-001 表 G6", "2023-001 表 G18", "2023-002 表 G6"]


def test_renamed_moved_and_foreign_sheets_do_not_matter():
    book = filling({}, {})
    book.fill("2023-001", {"C1.1": 8})
    book.sheet("2023-001").title = "我的表"
    book.book.move_sheet("我的表", 1)
    book.book.create_sheet("草稿纸")["A1"] = "8"
    found = read(book)
    assert [(sheet.review, sheet.place) for sheet in found] == [
        ("review-2023-002", "2023-002"),
        ("review-2023-001", "我的表"),
    ]
    book.fill("我的表", {"C1.1": 99})
    assert list(faults(book)) == ["我的表 表 G6"]


def test_inserted_empty_rows_and_columns_do_not_matter():
    book = filling({})
    sheet = book.sheet("2023-001")
    for merged in list(sheet.merged_cells.ranges):
        sheet.unmerge_cells(str(merged))
    sheet.insert_rows(8)
    sheet.insert_cols(4)
    book.fill("2023-001", {"C1.1": 8, "C1.3": 7}, opinion="意见")
    (found,) = read(book)
    assert (found.content["points"], found.content["opinion"]) == ({"C1.1": "8", "C1.3": "7"}, "意见")


def test_copied_sheet_is_refused():
    book = filling({})
    book.book.copy_worksheet(book.sheet("2023-001"))
    assert list(faults(book).values()) == ["与“2023-001”表是同一份材料。请只保留一张。"]


@pytest.mark.parametrize("name", ["评分.xls", "评分.csv", "评分.docx", "评分.xlsm"])
def test_other_kinds_of_file_are_refused(name: str):
    with pytest.raises(Invalid):
        reader.open_workbook(score_workbook.write(made({})), name)


def test_workbook_with_a_part_larger_than_any_honest_one_is_refused():
    padded = io.BytesIO()
    whole = zipfile.ZipFile(io.BytesIO(score_workbook.write(made({}))))
    with whole, zipfile.ZipFile(padded, "w", zipfile.ZIP_STORED) as archive:
        for name in whole.namelist():
            extra = b"<!--" + b"x" * 4_300_000 + b"-->" if name == "xl/workbook.xml" else b""
            archive.writestr(name, whole.read(name) + extra)
    with pytest.raises(Invalid, match="损坏"):
        reader.open_workbook(padded.getvalue(), "评分.xlsx")


def test_workbook_of_something_else_is_refused():
    book = filling({})
    del book.book["校验"]
    with pytest.raises(Invalid, match="不是本系统下载的"):
        reader.open_workbook(book.saved(), "评分.xlsx")


def test_texts_beyond_what_excel_holds_are_cut_where_it_can_be_seen():
    rubric = GREEN.rubric_of("written_review")
    first = rubric.criteria[0].items[0]
    levels = tuple(
        Level(f"{place}档" + "名" * 60, Decimal(place), Decimal(place) + Decimal("0.5"), LONG)
        for place in range(10)
    )
    item = replace(first, look_for=LONG, levels=levels)
    criteria = (replace(rubric.criteria[0], items=(item,)), *rubric.criteria[1:])
    book = replace(made({"opinion": LONG}), rubric=replace(rubric, criteria=criteria))
    sheet = Filling(score_workbook.write(book)).sheet("2023-001")
    assert [len(sheet[cell].value) for cell in ("D6", "E6")] == [32_767, 32_767]
    assert sheet["D6"].value.endswith("……（超过单元格容量，全文见系统）")


def test_names_of_worksheets_are_such_as_excel_takes():
    numbers = ["说明", "校验", "History", "2023/001", "2023:001", "", "长" * 40, "长" * 41, "A", "a"]
    names = score_workbook.sheet_names(numbers)
    assert names == [
        "说明-2", "校验-2", "History-2", "2023 001", "2023 001-2", "材料", "长" * 31, "长" * 29 + "-2",
        "A", "a-2",
    ]  # fmt: skip


def test_typed_text_is_never_a_formula():
    texts = {"C1.1": "=1+1", "C1.2": "_x0041_", "C1.3": '=HYPERLINK("x")'}
    data = score_workbook.write(made({"comments": texts, "opinion": "@SUM(A1)"}))
    (found,) = read(data)
    assert (found.content["comments"], found.content["opinion"]) == (texts, "@SUM(A1)")
