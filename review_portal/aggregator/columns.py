"""From columns as they are read (text, numbers) to index and point columns, checked once and without a loop
over rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .exact import Groups, Index, whole_hundredths
from .notices import AggregatorError, DuplicateRow, Notice, notice

_LARGEST_POINTS = 10**12  # hundredths


def text_column(name: str, values: Sequence[str] | NDArray[Any]) -> list[str]:
    """A column as a list of str; AggregatorError if it is not one-dimensional."""
    if isinstance(values, list | tuple) and set(map(type, values)) <= {str}:
        return list(values)
    column = np.asarray(values)
    if column.ndim != 1:
        raise AggregatorError("%(name)s列应为一维数据，请核对。", name=name)
    texts: list[str] = column.astype(np.str_).tolist()
    return texts


def points_column(values: Sequence[int] | NDArray[Any]) -> Index:
    """Whole hundredths of at least 0 as int64; AggregatorError naming the first bad row (counted from 1)."""
    column = np.asarray(values)
    if column.size == 0:
        return np.zeros(0, dtype=np.int64)
    if column.ndim != 1 or column.dtype.kind not in "iu":
        raise AggregatorError("分数列应为以百分之一分为单位的整数，请先换算。")
    negative = np.flatnonzero(column < 0)
    if negative.size:
        raise AggregatorError("第%(row)s行的分数为负数，请改正。", row=int(negative[0]) + 1)
    return column.astype(np.int64)


def coded(name: str, column: list[str], keys: Sequence[str] | None) -> tuple[tuple[str, ...], Index]:
    """The keys and each row's place among them; keys None: those that occur, by code point.

    Raises AggregatorError if `keys` has one twice or lacks one that occurs.
    """
    names = tuple(sorted(set(column))) if keys is None else tuple(keys)
    place = {key: number for number, key in enumerate(names)}
    if len(place) != len(names):
        raise AggregatorError("%(name)s的编号有重复，请核对。", name=name)
    unknown = set(column).difference(place) if keys is not None else set()
    if unknown:
        raise AggregatorError("出现未登记的%(name)s编号“%(key)s”，请核对。", name=name, key=min(unknown))
    return names, np.fromiter(map(place.__getitem__, column), dtype=np.int64, count=len(column))


def group_codes(dossiers: Sequence[str], group_of: Mapping[str, str]) -> tuple[tuple[str, ...], Index]:
    """The groups of some dossiers, sorted, and each dossier's place among them; AggregatorError if one has
    none.
    """
    missing = tuple(dossier for dossier in dossiers if not group_of.get(dossier))
    if missing:
        raise AggregatorError("%(dossiers)s没有组别，请补上。", dossiers="、".join(missing))
    return coded("group", [group_of[dossier] for dossier in dossiers], None)


def hundredths(values: Sequence[str] | Sequence[Decimal] | NDArray[Any]) -> Index:
    """Exact points (text or Decimal, at most two decimals) as int64 hundredths; every distinct value is
    parsed once.

    Raises AggregatorError naming the first bad row (counted from 1); binary floats are refused.
    """
    column = values.tolist() if isinstance(values, np.ndarray) else values
    if any(issubclass(kind, float | np.floating) for kind in set(map(type, column))):
        raise AggregatorError("分数不能用二进制浮点数提供，请提供文本或十进制数。")
    text = list(map(str, column))
    parsed: dict[str, int] = {}
    for entry in dict.fromkeys(text):
        whole = read_hundredths(entry)
        if whole is None:
            raise AggregatorError(
                "第%(row)s行的分数“%(value)s”不是最多两位小数的数，请改正。",
                row=text.index(entry) + 1,
                value=entry,
            )
        parsed[entry] = whole
    return np.fromiter(map(parsed.__getitem__, text), dtype=np.int64, count=len(text))


def read_hundredths(text: str) -> int | None:
    """A number with at most two decimals as hundredths; None if it is not one."""
    if "_" in text:  # Decimal takes it as a mark between digits; in a score it is a slip
        return None
    try:
        scaled = whole_hundredths(Decimal(text.strip()))
    except InvalidOperation:
        return None
    return None if scaled is None or abs(scaled) >= _LARGEST_POINTS else scaled


def refuse_duplicates(
    key: Index, dossiers: Sequence[str], experts: Sequence[str], items: Sequence[str]
) -> None:
    """AggregatorError if two neighbours of the sorted keys (dossier x experts + expert) x items + item are
    equal.
    """
    twice = np.flatnonzero(key[1:] == key[:-1])
    if twice.size:
        sheet, item = divmod(int(key[twice[0]]), len(items))
        dossier, expert = divmod(sheet, len(experts))
        raise DuplicateRow(
            "专家%(expert)s对%(dossier)s的%(item)s有两条评分，请只保留一条。",
            expert=experts[expert], dossier=dossiers[dossier], item=items[item],
        )  # fmt: skip


def incomplete_sheets(
    key: Index,
    sheets: Groups,
    complete: NDArray[np.bool_],
    dossiers: Sequence[str],
    experts: Sequence[str],
    items: Sequence[str],
) -> Iterable[Notice]:
    """One notice for each sheet that lacks items, and which."""
    for number in np.flatnonzero(~complete):
        dossier, expert = divmod(int(sheets.label[number]), len(experts))
        begin = int(sheets.start[number])
        present = set((key[begin : begin + int(sheets.count[number])] % len(items)).tolist())
        missing = tuple(name for place, name in enumerate(items) if place not in present)
        yield notice("sheet_incomplete", dossier=dossiers[dossier], expert=experts[expert], items=missing)
