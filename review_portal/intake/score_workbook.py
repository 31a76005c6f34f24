"""Reads a returned workbook for scoring offline: every sheet or none, every fault with its sheet and cell.

Sheets, rows and columns are found by the marks that the writer left, not by where they stand: a sheet may be
renamed or moved, a row inserted, the file saved again by another program.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark
from review_portal.domain.offline_sheet import (
    CONCLUSION_MARK,
    GUARD,
    HEAD_MARK,
    ITEM_MARK,
    LEVEL,
    OPINION_MARK,
    POINTS,
    REASON,
    SHEET_MARK,
    VALUE,
    FilledSheet,
)
from review_portal.domain.typed_points import number, points_text
from review_portal.intake.office_xml import Row, Table, xlsx_tables
from review_portal.intake.sheet_traces import Place, Traces, traces
from review_portal.intake.upload_guard import check_xlsx, sniff
from scoring_rubrics import Item, Rubric

_FOREIGN = mark("这不是本系统下载的离线评分表，或其隐藏内容已被删改。请重新下载，把所填内容移入后再上传。")
_LAYOUT = mark("这张表的表头或行列已被改动，无法识别。请重新下载，把所填内容移入后再上传。")


@dataclass(frozen=True, slots=True)
class RawWorkbook:
    """A workbook that may be opened. `guard` is the signed block as it stands there."""

    guard: str
    tables: tuple[Table, ...]
    traces: Mapping[str, Traces]


def refusal(count: int) -> Message:
    """The sentence over the list of faults."""
    return mark("离线评分表有%(count)s处需要修改，未作任何改动。请按下列位置修改后重新上传。", count=count)


def open_workbook(data: bytes, file_name: str) -> RawWorkbook:
    """The workbook behind the guard. Raises `Invalid` for whatever is not such a workbook."""
    if sniff(data, file_name) != "xlsx":
        raise Invalid(mark("离线评分表须是 Excel（.xlsx）文件。请另存后重新上传。"))
    check_xlsx(data)
    tables = xlsx_tables(data)
    found = next((table for table in tables if table.name == GUARD), None)
    guard = "".join(row.cell(0) for row in found.rows) if found else ""
    if not guard:
        raise Invalid(_FOREIGN)
    return RawWorkbook(guard, tables, traces(data))


def read(raw: RawWorkbook, rubric: Rubric, reviews: Collection[str]) -> tuple[FilledSheet, ...]:
    """The filled sheets of these reviews that the workbook still has, in its order.

    Raises `Invalid` with every fault at once, `fields` keyed 2023-004 表 F7.
    """
    faults: dict[str, Message] = {}
    found: dict[str, FilledSheet] = {}
    for table in raw.tables:
        review = _review_of(table)
        if review is None:
            continue
        if review not in reviews:
            faults[f"{table.name} 表"] = _FOREIGN
        elif review in found:
            faults[f"{table.name} 表"] = mark(
                "与“%(other)s”表是同一份材料。请只保留一张。", other=found[review].place
            )
        else:
            sheet = _Sheet(table, raw.traces.get(table.name, Traces()), rubric, faults)
            found[review] = sheet.read(review)
    if faults:
        raise Invalid(refusal(len(faults)), faults)
    if not found:
        raise Invalid(mark("文件中没有材料的工作表。请重新下载后填写。"))
    return tuple(found.values())


def _review_of(table: Table) -> str | None:
    marks = (cell for row in table.rows for cell in row.cells if cell.startswith(SHEET_MARK))
    first = next(marks, None)
    return first.removeprefix(SHEET_MARK) if first is not None else None


@dataclass
class _Sheet:
    """One sheet being read; what is wrong goes to `faults`."""

    table: Table
    traces: Traces
    rubric: Rubric
    faults: dict[str, Message]
    rows: dict[str, Row] = field(default_factory=dict)
    columns: dict[str, int] = field(default_factory=dict)
    cells: dict[tuple[str, str], str] = field(default_factory=dict)
    unscored: list[str] = field(default_factory=list)

    def read(self, review: str) -> FilledSheet:
        points: dict[str, str] = {}
        comments: dict[str, str] = {}
        overall = {"opinion": "", "conclusion": ""}
        if self._find():
            self._refuse_merged()
            self._refuse_strays()
            for item in self.rubric.items:
                points[item.key], comments[item.key] = self._item(item)
            overall["opinion"] = self._text(OPINION_MARK, VALUE, ("opinion", ""))
            if self.rubric.conclusions:
                overall["conclusion"] = self._conclusion()
        return FilledSheet(
            review,
            self.table.name,
            {
                "points": {key: text for key, text in points.items() if text},
                "comments": {key: text for key, text in comments.items() if text},
                **overall,
            },
            self.cells,
            tuple(self.unscored),
        )

    def _find(self) -> bool:
        """Rows by their marks, columns by their heads; False where the sheet cannot be read at all."""
        wanted = {f"{ITEM_MARK}{item.key}": item.name for item in self.rubric.items}
        known = {*wanted, HEAD_MARK, OPINION_MARK, CONCLUSION_MARK}
        whole = True
        for row in self.table.rows:
            for mark_ in {cell for cell in row.cells if cell in known}:
                if mark_ in self.rows:
                    self.faults[f"{self.table.name} 表 第{row.number}行"] = mark(
                        "与第%(row)s行重复。请删去多出的一行。", row=self.rows[mark_].number
                    )
                    whole = False
                self.rows.setdefault(mark_, row)
        head = self.rows.get(HEAD_MARK)
        for column, text in enumerate(head.cells if head else ()):
            name = next((each for each in (LEVEL, POINTS, REASON, VALUE) if text.startswith(each)), None)
            if name is not None:
                self.columns.setdefault(name, column)
        needed = known if self.rubric.conclusions else known - {CONCLUSION_MARK}
        if len(self.columns) < 4 or not needed <= self.rows.keys():
            self.faults.setdefault(f"{self.table.name} 表", self._lost(wanted))
            return False
        return whole

    def _lost(self, wanted: Mapping[str, str]) -> Message:
        names = [name for mark_, name in wanted.items() if mark_ not in self.rows]
        if not names or len(names) == len(wanted):
            return _LAYOUT
        return mark(
            "缺少“%(names)s”一行。请重新下载，把所填内容移入后再上传；不评的留空，不要删行。",
            names="”“".join(names),
        )

    def _inputs(self) -> Iterator[Place]:
        """Every cell that is filled in."""
        for mark_, row in self.rows.items():
            if mark_.startswith(ITEM_MARK):
                for name in (LEVEL, POINTS, REASON):
                    yield row.number - 1, self.columns[name]
            elif mark_ != HEAD_MARK:
                yield row.number - 1, self.columns[VALUE]

    def _refuse_merged(self) -> None:
        inputs = set(self._inputs())
        for (top, left), (bottom, right) in self.traces.merged:
            held = [p for p in inputs if top <= p[0] <= bottom and left <= p[1] <= right]
            if len(held) > 1 or (held and held[0] != (top, left)):
                cell = _address(min(held))
                self.faults[f"{self.table.name} 表 {cell}"] = mark(
                    "与别的格合并了，无法分辨填给哪一项。请取消合并后分别填写。"
                )

    def _refuse_strays(self) -> None:
        """Something filled into a row that is none of the form's would be lost without a word."""
        ours = {row.number for row in self.rows.values()}
        numbers = [row.number for mark_, row in self.rows.items() if mark_.startswith(ITEM_MARK)]
        for row in self.table.rows:
            if row.number in ours or not min(numbers) < row.number < max(numbers):
                continue
            for name in (LEVEL, POINTS, REASON):
                if row.cell(self.columns[name]):
                    where = f"{self.table.name} 表 {_address((row.number - 1, self.columns[name]))}"
                    self.faults[where] = mark("这一行不在评分表中。请把内容移到所属的评分项，再删去这一行。")

    def _item(self, item: Item) -> tuple[str, str]:
        mark_ = f"{ITEM_MARK}{item.key}"
        typed = self._text(mark_, POINTS, ("points", item.key))
        reason = self._text(mark_, REASON, ("comments", item.key))
        level = self._text(mark_, LEVEL, ("level", item.key)) if item.levels else ""
        if fault := _fault_of_points(item, typed):
            self._fault(("points", item.key), fault)
        elif level:
            self._check_level(item, level, typed)
        return points_text(typed), reason

    def _check_level(self, item: Item, text: str, typed: str) -> None:
        plain = _plain(text)
        chosen = [level for level in item.levels if plain in (_plain(level.label), _plain(level.name))]
        points = number(typed)
        if not chosen:
            names = "、".join(level.label or level.name for level in item.levels)
            self._fault(
                ("level", item.key),
                mark("“%(text)s”不是本项的档次。请选%(names)s，或清空。", text=text[:20], names=names),
            )
        elif points is None:
            self.unscored.append(item.key)
        elif not any(level.minimum <= points <= level.maximum for level in chosen):
            self._fault(
                ("level", item.key),
                mark(
                    "所选档次“%(level)s”是%(band)s分，得分却是%(points)s分。请改正其中一处，或清空档次。",
                    level=chosen[0].label or chosen[0].name,
                    band=chosen[0].band,
                    points=points_text(typed),
                ),
            )

    def _conclusion(self) -> str:
        text = self._text(CONCLUSION_MARK, VALUE, ("conclusion", ""))
        known = {_plain(word): word for word in self.rubric.conclusions}
        if text and _plain(text) not in known:
            choices = "、".join(self.rubric.conclusions)
            self._fault(
                ("conclusion", ""),
                mark("“%(text)s”不是可选的结论。请选%(choices)s。", text=text[:20], choices=choices),
            )
        return known.get(_plain(text), "") if text else ""

    def _text(self, mark_: str, column: str, field_: tuple[str, str]) -> str:
        row, at = self.rows[mark_], self.columns[column]
        place = (row.number - 1, at)
        self.cells[field_] = _address(place)
        if place in self.traces.formulas:
            self._fault(field_, mark("这里是公式。请改为直接填写。"))
            return ""
        if place in self.traces.errors:
            self._fault(field_, mark("这里是错误值。请改为直接填写，不评的留空。"))
            return ""
        return row.cell(at).replace("\r\n", "\n").replace("\r", "\n").replace("_x000D_\n", "\n").strip()

    def _fault(self, field_: tuple[str, str], message: Message) -> None:
        self.faults.setdefault(f"{self.table.name} 表 {self.cells[field_]}", message)


def _plain(text: str) -> str:
    return unicodedata.normalize("NFKC", text).strip().casefold()


def _fault_of_points(item: Item, typed: str) -> Message | None:
    if not typed:
        return None
    points, maximum = number(typed), f"{item.max_score.normalize():f}"
    if points is None:
        return mark(
            "“%(text)s”不是得分。请填0至%(maximum)s的数字，不评的留空。", text=typed[:20], maximum=maximum
        )
    if not 0 <= points <= item.max_score:
        return mark(
            "得分%(points)s分超出0至%(maximum)s分。请改正。", points=points_text(typed), maximum=maximum
        )
    if points % item.step:
        return mark(
            "得分%(points)s分不是%(step)s分的整数倍。请改正。",
            points=points_text(typed),
            step=f"{item.step.normalize():f}",
        )
    return None


def _address(place: Place) -> str:
    row, column = place
    letters = ""
    column += 1
    while column:
        column, rest = divmod(column - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return f"{letters}{row + 1}"
