"""The indicator table: found by its stage headings, read by the columns below them.

Columns may stand in any order, the head may take one row or two, names and units may have columns of
their own, the table may be turned by a quarter or broken in two.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from difflib import SequenceMatcher
from itertools import pairwise

from review_portal.domain.records import Aggregation, KpiRow
from review_portal.domain.text_count import fold, is_not_committed
from review_portal.intake import field_values
from review_portal.intake.docx_tables import Cell, Table
from scoring_rubrics import Call, Indicator

_NAME = re.compile(r"(参考|绩效|考核|重点|主要|服务)*指标(名称|内容|项目)?")
_TOTAL = re.compile(
    r"(?:到?\d{4}年底?)?(三年|总体|累计|合计)?(总目标|合计|总计|总量|总目标值|目标合计|总体目标|累计目标)"
)
_UNIT = re.compile(r"(计量|指标)?单位")
_SERIAL = re.compile(r"序号|编号|no\.?")
_MONTHS = re.compile(r"(?:(\d{4})[年./])?(\d{1,2})月?")
_ORDINALS = "一二三四五六七八九"
_HEAD_ROWS = 3
_SHORTEST_NAME = 3  # characters
_ALIKE = 0.72  # names at least this alike (0..1) are one indicator written differently


@dataclass(frozen=True, slots=True)
class _Columns:
    """Grid columns start..end-1 of every part of the table, and the first row below the head."""

    stages: tuple[tuple[int, int], ...]
    total: tuple[int, int] | None
    name: tuple[int, int]
    unit: tuple[int, int] | None
    first_row: int


def read_indicators(tables: Sequence[Table], call: Call) -> tuple[tuple[KpiRow, ...], frozenset[int]]:
    """The rows of the indicator table in document order, and the numbers of the tables that hold them."""
    rows: list[KpiRow] = []
    used: set[int] = set()
    columns: _Columns | None = None
    for original in tables:
        table, found = _oriented(original, call)
        if found is None and columns is not None and original.number - 1 in used:
            # A table that a page break cut in two repeats no head.
            table, found = original, _continued(original, columns, call)
        if found is None:
            continue
        columns = found
        used.add(original.number)
        rows += _rows(table, found, call, turned=table is not original)
    return _once_each(rows), frozenset(used)


def _oriented(table: Table, call: Call) -> tuple[Table, _Columns | None]:
    for candidate in (table, table.transposed()):
        columns = _columns(candidate, call)
        if columns is not None:
            return candidate, columns
    return table, None


def _continued(table: Table, columns: _Columns, call: Call) -> _Columns | None:
    moved = replace(columns, first_row=0)
    names = [_name_text(table, row, moved) for row in range(table.rows)]
    return moved if any(_indicator(name, call.indicators) for name in names) else None


def _columns(table: Table, call: Call) -> _Columns | None:
    """The table's columns, or None when no row of heads names the stages side by side."""
    for row in range(table.rows):
        heads = {stage: cell for cell in table.row(row) if (stage := _stage_of(cell.text, call)) is not None}
        if len(heads) == len(call.stages) and len({cell.column for cell in heads.values()}) == len(heads):
            return _columns_below(table, heads, row)
    return None


def _columns_below(table: Table, heads: dict[int, Cell], row: int) -> _Columns:
    first = max(0, row - _HEAD_ROWS + 1)
    others = [cell for cell in table.cells if first <= cell.row <= row and cell not in heads.values()]
    total = _head(others, _TOTAL)
    unit = _head(others, _UNIT)
    name = _head(others, _NAME)
    taken = [cell for cell in (*heads.values(), total, unit) if cell is not None]
    if name is None:
        free = [c for c in table.row(row) if c not in taken and not _SERIAL.fullmatch(fold(c.text))]
        name = free[0] if free else None
    return _Columns(
        stages=tuple((heads[stage].column, heads[stage].right) for stage in sorted(heads)),
        total=(total.column, total.right) if total else None,
        name=(name.column, name.right) if name else (0, min(cell.column for cell in taken) or 1),
        unit=(unit.column, unit.right) if unit else None,
        first_row=max(cell.below for cell in heads.values()),
    )


def _head(cells: Iterable[Cell], pattern: re.Pattern[str]) -> Cell | None:
    bare = ((cell, re.sub(r"\(.*?\)|\*", "", fold(cell.text))) for cell in cells)
    return next((cell for cell, text in bare if pattern.fullmatch(text)), None)


def _stage_of(text: str, call: Call) -> int | None:
    """Which stage a head names: by its label, the month it ends in, 第一阶段, or its year alone."""
    folded = fold(text)
    if not folded or len(folded) > 40:
        return None
    labels = [fold(stage.label) for stage in call.stages]
    if folded in labels:
        return labels.index(folded)
    ends = [_last_month(stage.label) for stage in call.stages]
    end = _last_month(folded)
    if end is not None and len(_MONTHS.findall(folded)) > 1:
        return ends.index(end) if end in ends else None
    ordinal = re.search(r"第?([一二三四五六七八九1-9])(?:个)?阶段|阶段([一二三四五六七八九1-9])", folded)
    if ordinal:
        sign = ordinal.group(1) or ordinal.group(2)
        place = _ORDINALS.index(sign) if sign in _ORDINALS else int(sign) - 1
        return place if place < len(ends) else None
    year = re.fullmatch(r"(\d{4})年?(?:度)?(?:目标|计划|阶段目标|指标值|目标值)?", folded)
    years = [end[0] for end in ends if end]
    return years.index(int(year.group(1))) if year and int(year.group(1)) in years else None


def _last_month(text: str) -> tuple[int, int] | None:
    """(year, month) that a period ends with; the year may stand at its beginning only."""
    year = None
    month = None
    for found in re.finditer(r"(\d{4})[年./](\d{1,2})月?|(\d{1,2})月", fold(text)):
        year = int(found.group(1)) if found.group(1) else year
        month = int(found.group(2) or found.group(3))
    return (year, month) if year is not None and month is not None else None


def _text_at(table: Table, row: int, span: tuple[int, int] | None) -> str:
    """Text of a row's cells in a column's span; the widest overlap decides where lines do not meet."""
    if span is None:
        return ""
    cells = [cell for cell in table.row(row) if cell.overlap(*span)]
    if not cells:
        return ""
    inside = [cell for cell in cells if cell.overlap(*span) * 2 > cell.width]
    chosen = inside or [max(cells, key=lambda cell: cell.overlap(*span))]
    return "".join(cell.text.replace("\n", "") for cell in chosen)


def _name_text(table: Table, row: int, columns: _Columns) -> str:
    """The row's name; a cell that groups several rows is left out when the row has a cell of its own."""
    cells = [cell for cell in table.row(row) if cell.overlap(*columns.name) and cell.text]
    own = [cell for cell in cells if cell.height == 1]
    return "".join(cell.text.replace("\n", "") for cell in own or cells).strip()


def _rows(table: Table, columns: _Columns, call: Call, *, turned: bool) -> list[KpiRow]:
    """The rows; those of a table turned by a quarter are columns on paper: their address is the table."""
    rows = []
    for row in range(columns.first_row, table.rows):
        if len(table.row(row)) == 1:  # the heading of the next part, or a remark
            break
        name = re.sub(r"^\d+[.、．)）]\s*", "", _name_text(table, row, columns))
        stages = tuple(_text_at(table, row, span).strip() for span in columns.stages)
        total = _text_at(table, row, columns.total).strip()
        if _is_template_row(name, (*stages, total), call):
            continue
        unit = _text_at(table, row, columns.unit).strip() if columns.unit else None
        where = (f"指标表 第{row + 1}行", table.at if turned else table.at_row(row))
        rows.append(_kpi_row(name, unit, stages, total, where, call))
    return rows


def _is_template_row(name: str, values: tuple[str, ...], call: Call) -> bool:
    """A free row that nobody filled in, or a head repeated in the middle of the table."""
    if any(_stage_of(value, call) is not None and len(value) > 4 for value in values):
        return True
    if any(values):
        return False
    prompt = fold(name).rstrip("….。·")
    return not prompt or prompt == fold(call.form.other_indicator_label)


def _kpi_row(
    name: str, unit_cell: str | None, raw: tuple[str, ...], raw_total: str, where: tuple[str, str], call: Call
) -> KpiRow:
    indicator = _indicator(name, call.indicators)
    bare, bracketed = split_unit(name)
    if indicator is None:
        unit: str | None = unit_cell or None
    else:
        unit = bracketed or unit_cell or indicator.unit or ""
    stages = tuple(_value(text, name + (unit or "")) for text in raw)
    total = _value(raw_total, name + (unit or ""))
    computed = _sum(raw, stages)
    aggregation = _aggregation(stages, total, computed)
    return KpiRow(
        index=indicator.index if indicator else None,
        name=indicator.name if indicator else (name if bare else ""),
        unit=unit,
        stages=stages,
        total=total,
        raw_stages=raw,
        raw_total=raw_total,
        computed_sum=computed,
        aggregation=aggregation,
        consistent=None if total is None or computed is None else total == computed or aggregation != "sum",
        place=where[0],
        at=where[1],
    )


def split_unit(name: str) -> tuple[str, str | None]:
    """A name and the unit in the brackets at its end; brackets may be nested."""
    text = name.strip()
    if not text or text[-1] not in ")）":
        return text, None
    depth = 0
    for at in range(len(text) - 1, -1, -1):
        depth += (text[at] in ")）") - (text[at] in "(（")
        if depth == 0:
            return text[:at].strip(), re.sub(r"^(计量)?单位[:：]\s*", "", text[at + 1 : -1]).strip() or None
    return text, None


def _indicator(name: str, indicators: tuple[Indicator, ...]) -> Indicator | None:
    bare = _bare(name)
    if len(bare) < _SHORTEST_NAME:
        return None
    best = max(indicators, key=lambda indicator: _likeness(bare, _bare(indicator.name)), default=None)
    return best if best is not None and _likeness(bare, _bare(best.name)) >= _ALIKE else None


def _bare(name: str) -> str:
    return re.sub(r"[^\w]|^\d+", "", fold(split_unit(name)[0]))


def _likeness(name: str, printed: str) -> float:
    if name == printed:
        return 2.0
    if printed in name:
        return 1.0
    return SequenceMatcher(None, name, printed, autojunk=False).ratio()


def _value(raw: str, unit: str) -> Decimal | None:
    if is_not_committed(raw):
        return None
    text = re.sub(r"(?<=\d)\s*(万|亿)(?=[元吨千])", "", raw) if re.search(r"[万亿][元吨千]", unit) else raw
    value = field_values.number(text)
    return None if value is None else field_values.exact(value)


def _sum(raw: tuple[str, ...], values: tuple[Decimal | None, ...]) -> Decimal | None:
    """Sum of the committed stages; None when none is, or when one is blank or unreadable."""
    open_stages = [text for text, value in zip(raw, values, strict=True) if value is None]
    if not all(is_not_committed(text) for text in open_stages) or len(open_stages) == len(raw):
        return None
    return sum((value for value in values if value is not None), Decimal(0))


def _aggregation(
    stages: tuple[Decimal | None, ...], total: Decimal | None, computed: Decimal | None
) -> Aggregation:
    """cumulative when the total is the last stage and the stages never fall, but do not add up to it."""
    given = [value for value in stages if value is not None]
    if total is None or computed is None or total == computed or not given:
        return "sum"
    rising = all(earlier <= later for earlier, later in pairwise(given))
    return "cumulative" if rising and total == given[-1] and len(given) > 1 else "sum"


def _once_each(rows: list[KpiRow]) -> tuple[KpiRow, ...]:
    """A named indicator is taken once, where it stands first; a second row like it becomes a free row."""
    seen: set[int] = set()
    kept = []
    for row in rows:
        kept.append(replace(row, index=None) if row.index in seen else row)
        if row.index is not None:
            seen.add(row.index)
    return tuple(kept)
