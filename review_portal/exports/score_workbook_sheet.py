"""One dossier's sheet in the workbook for scoring offline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import groupby

from xlsxwriter.format import Format
from xlsxwriter.worksheet import Worksheet

from review_portal.domain.offline_sheet import (
    CONCLUSION_MARK,
    HEAD_MARK,
    ITEM_MARK,
    LEVEL,
    OPINION_MARK,
    POINTS,
    REASON,
    SHEET_MARK,
    VALUE,
)
from review_portal.domain.typed_points import number
from review_portal.exports import score_workbook_formulas as formulas
from review_portal.exports.expert_sheet import parted_foot
from review_portal.exports.plain_text import listed, wrapped_lines
from review_portal.exports.score_workbook_content import ScoreSheet, ScoreWorkbook, level_names
from review_portal.exports.score_workbook_formulas import Missing
from review_portal.exports.score_workbook_styles import Styles
from review_portal.exports.workbook_formats import cell_text, set_up_print
from scoring_rubrics import Criterion, Item, Rubric

HEADS = ("一级指标", "二级指标", VALUE, "评分要点", "各档说明", LEVEL, POINTS, REASON)
HINT, MARKS = len(HEADS), len(HEADS) + 1  # columns beside the form: hints, and hidden marks
WIDTHS = (13, 17, 6, 28, 56, 8, 8, 30)
HEAD_ROW, FIRST = 4, 5
_LINE, _TALLEST = 13.0, 409.0


@dataclass
class SheetPage:
    """Writes one sheet. The figures that formulas show are also put in, for programs that do not compute."""

    sheet: Worksheet
    book: ScoreWorkbook
    given: ScoreSheet
    styles: Styles
    row_of: Mapping[str, int] = field(init=False)
    missing: Missing = field(init=False)

    def __post_init__(self) -> None:
        self.row_of = {item.key: FIRST + place for place, item in enumerate(self.book.rubric.items)}
        self.missing = formulas.missing(self.book.rubric, self.book.rules, self.given.content)

    @property
    def total_row(self) -> int:
        """The row of the sum, below the items."""
        return FIRST + len(self.row_of)

    @property
    def opinion_row(self) -> int:
        """The row of the opinion, below the sum; the conclusion follows where the round has one."""
        return self.total_row + 1

    @property
    def last_row(self) -> int:
        """The last row to be filled in."""
        return self.opinion_row + bool(self.book.rubric.conclusions)

    @property
    def points_range(self) -> str:
        """The cells of the points."""
        return f"$G${FIRST + 1}:$G${self.total_row}"

    @property
    def missing_cell(self) -> str:
        """The cell that says what is still missing."""
        return f"$I${HEAD_ROW}"

    @property
    def given_points(self) -> list[Decimal]:
        """The points given so far that are numbers."""
        points = self.given.content.get("points", {})
        found = (number(points.get(key, "")) for key in self.row_of)
        return [value for value in found if value is not None]

    @property
    def total_value(self) -> float | str:
        """The sum so far, nothing before the first points."""
        points = self.given_points
        return float(sum(points)) if points else ""

    @property
    def missing_words(self) -> str:
        """What the cell of the missing says now."""
        return f"还缺{len(self.missing)}处" if self.missing else "填写齐全"

    def write(self, lists: Mapping[tuple[str, ...], str]) -> None:
        """The whole sheet; `lists` gives the range of each dropdown's choices."""
        self._head()
        for criterion in self.book.rubric.criteria:
            for item in criterion.items:
                self._item(item, criterion, lists)
        self._criteria()
        self._total()
        self._overall(lists)
        self._foot()
        self._set_up()

    def _head(self) -> None:
        sheet, styles, given = self.sheet, self.styles, self.given
        for column, width in enumerate((*WIDTHS, 18, 4)):
            sheet.set_column(column, column, width, None, {"hidden": column == MARKS})
        last = len(HEADS) - 1
        office, until = given.recommender or "—", self.book.until
        lines = (
            (self.book.call, styles.subtitle, 22.0),
            (self.book.rubric.sheet_title, styles.title, 26.0),
            (
                f"申报单位：{given.number}　{given.unit}　　联合体成员：{listed(given.members)}",
                styles.fact,
                16.0,
            ),
            (
                f"推荐单位：{office}　　专家代号：{self.book.code}　　截止时间：{until}",
                styles.fact,
                16.0,
            ),
        )
        for row, (text, style, height) in enumerate(lines):
            sheet.merge_range(row, 0, row, last, cell_text(text), style)
            sheet.set_row(row, height * wrapped_lines(text, sum(WIDTHS) - 20))
        sheet.write_string(0, MARKS, f"{SHEET_MARK}{given.review}", styles.mark)
        sheet.write_formula(
            HEAD_ROW - 1,
            HINT,
            formulas.still_missing(FIRST, self.last_row),
            styles.ready,
            self.missing_words,
        )
        heads = (*HEADS[:-1], _reason_head(self.book.rubric))
        sheet.write_row(HEAD_ROW, 0, heads, styles.head)
        sheet.set_row(HEAD_ROW, 30)
        sheet.write_string(HEAD_ROW, HINT, "提示（不打印）", styles.hint)
        sheet.write_string(HEAD_ROW, MARKS, HEAD_MARK, styles.mark)

    def _item(self, item: Item, criterion: Criterion, lists: Mapping[tuple[str, ...], str]) -> None:
        sheet, styles, row = self.sheet, self.styles, self.row_of[item.key]
        names = level_names(item)
        bands = "\n".join(
            f"{name} {level.band}　{level.text}" for name, level in zip(names, item.levels, strict=True)
        )
        typed = self.given.content.get("points", {}).get(item.key, "")
        reason = self.given.content.get("comments", {}).get(item.key, "")
        sheet.write_string(row, 1, cell_text(item.name), styles.text)
        sheet.write_number(row, 2, float(item.max_score), styles.centre)
        sheet.write_string(row, 3, cell_text(item.look_for), styles.small)
        sheet.write_string(row, 4, cell_text(bands) or "—", styles.small)
        self._level(row, item, lists)
        self._points(row, item, typed)
        _text(sheet, row, 7, reason, styles.reason)
        hint = formulas.hint(item, criterion, self.book.rules, self.row_of)
        sheet.write_formula(row, HINT, hint, styles.hint, self.missing.get(item.key, ""))
        sheet.write_string(row, MARKS, f"{ITEM_MARK}{item.key}", styles.mark)
        texts = (criterion.name, item.name, "", item.look_for, bands, "", "", reason)
        lines = max(wrapped_lines(text, width - 3) for text, width in zip(texts, WIDTHS, strict=True) if text)
        sheet.set_row(row, min(max(_LINE * lines + 6, 34.0), _TALLEST))

    def _level(self, row: int, item: Item, lists: Mapping[tuple[str, ...], str]) -> None:
        names = level_names(item)
        if not names:
            self.sheet.write_string(row, 5, "—", self.styles.centre)
            return
        # left empty: a draft knows points, and a level put here would contradict points changed later
        self.sheet.write_blank(row, 5, None, self.styles.level)
        self.sheet.data_validation(
            row,
            5,
            row,
            5,
            {
                "validate": "list",
                "source": lists[names],
                "error_title": "档次",
                "error_message": "请从下拉框中选择档次，或清空。",
            },
        )

    def _points(self, row: int, item: Item, typed: str) -> None:
        value, style = number(typed), self.styles.given
        if value is not None:
            self.sheet.write_number(row, 6, float(value), style)
        else:
            _text(self.sheet, row, 6, typed, style)
        maximum, step = f"{item.max_score.normalize():f}", f"{item.step.normalize():f}"
        self.sheet.data_validation(
            row,
            6,
            row,
            6,
            {
                "validate": "custom",
                "value": formulas.right_points(row, item),
                "error_title": "得分",
                "error_message": f"请填0至{maximum}分，为{step}分的整数倍；不评的留空。",
            },
        )

    def _criteria(self) -> None:
        for criterion, items in groupby(
            self.book.rubric.items, key=lambda item: self.book.rubric.criterion_of(item.key)
        ):
            rows = [self.row_of[item.key] for item in items]
            text = cell_text(f"{criterion.name}\n（{criterion.weight.normalize():f}分）")
            if len(rows) > 1:
                self.sheet.merge_range(rows[0], 0, rows[-1], 0, text, self.styles.text)
            else:
                self.sheet.write_string(rows[0], 0, text, self.styles.text)

    def _total(self) -> None:
        sheet, styles, row, count = self.sheet, self.styles, self.total_row, len(self.row_of)
        sheet.merge_range(row, 0, row, 1, "合计", styles.head)
        sheet.write_number(row, 2, float(self.book.rubric.total), styles.centre)
        sheet.merge_range(row, 3, row, 5, "", styles.centre)
        span = self.points_range
        sheet.write_formula(
            row, 3, f'="已评"&COUNT({span})&"／{count}项"', styles.centre,
            f"已评{len(self.given_points)}／{count}项",
        )  # fmt: skip
        sheet.write_formula(row, 6, f'=IF(COUNT({span})=0,"",SUM({span}))', styles.total, self.total_value)
        sheet.write_blank(row, 7, None, styles.text)
        sheet.set_row(row, 24)

    def _overall(self, lists: Mapping[tuple[str, ...], str]) -> None:
        rules, content = self.book.rules, self.given.content
        label = f"总体意见（{self.book.opinion_length}）"
        opinion = content.get("opinion", "")
        self._wide(self.opinion_row, label, opinion, OPINION_MARK)
        lines = wrapped_lines(opinion, sum(WIDTHS[2:]) - 6)
        self.sheet.set_row(self.opinion_row, min(max(_LINE * lines + 8, 48.0), _TALLEST))
        self._hint(self.opinion_row, formulas.opinion_hint(self.opinion_row, rules), "opinion")
        choices = self.book.rubric.conclusions
        if not choices:
            return
        self._wide(self.last_row, "结论", content.get("conclusion", ""), CONCLUSION_MARK)
        self.sheet.set_row(self.last_row, 26)
        self._hint(self.last_row, formulas.conclusion_hint(self.last_row), "conclusion")
        self.sheet.data_validation(
            self.last_row,
            2,
            self.last_row,
            2,
            {
                "validate": "list",
                "source": lists[choices],
                "error_title": "结论",
                "error_message": cell_text(f"请从下拉框中选择：{'、'.join(choices)}。")[:250],
            },
        )

    def _wide(self, row: int, label: str, text: str, mark: str) -> None:
        self.sheet.merge_range(row, 0, row, 1, label, self.styles.head)
        self.sheet.merge_range(row, 2, row, len(HEADS) - 1, "", self.styles.reason)
        _text(self.sheet, row, 2, text, self.styles.reason)
        self.sheet.write_string(row, MARKS, mark, self.styles.mark)

    def _hint(self, row: int, formula: str, key: str) -> None:
        self.sheet.write_formula(row, HINT, formula, self.styles.hint, self.missing.get(key, ""))

    def _foot(self) -> None:
        said, who = parted_foot(self.book.foot)
        last = len(HEADS) - 1
        row = self.last_row + 1
        self.sheet.merge_range(row, 0, row, last, cell_text(said) or "　", self.styles.fact)
        self.sheet.set_row(row, 24)
        line = f"{who}：　　　　　　　　　　　　　　年　　　月　　　日"
        self.sheet.merge_range(row + 1, 0, row + 1, last, line, self.styles.sign)
        self.sheet.set_row(row + 1, 40)

    def _set_up(self) -> None:
        sheet, code = self.sheet, self.book.code.replace("&", "&&")
        set_up_print(sheet, f"{self.book.call}　{self.book.round}", self.book.code, (HEAD_ROW, HEAD_ROW))
        sheet.set_footer(f"&L&9专家代号 {code}&R&9第&P页 共&N页")
        sheet.print_area(0, 0, self.last_row + 2, len(HEADS) - 1)
        sheet.freeze_panes(FIRST, 2)
        sheet.protect("", {"format_rows": True, "format_columns": True})
        sheet.set_selection(FIRST, 6, FIRST, 6)


def _reason_head(rubric: Rubric) -> str:
    """The call's own head of the reasons, which may say when they are needed."""
    return next((head for head in rubric.columns if head.startswith(REASON)), REASON)


def _text(sheet: Worksheet, row: int, column: int, text: str, style: Format) -> None:
    if text:
        sheet.write_string(row, column, cell_text(text), style)
    else:
        sheet.write_blank(row, column, None, style)
