"""Differences in the indicator table, cell by cell: a target that was given stays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from itertools import zip_longest

from review_portal.domain.records import ApplicationForm, KpiRow
from review_portal.domain.text_count import fold
from review_portal.services.dossiers.change import Change, change

RowKey = tuple[int | None, str, int]


def indicator_changes(old: ApplicationForm, new: ApplicationForm) -> Iterator[Change]:
    """Every cell that differs; a named indicator's missing row may be filled in, others come and go never."""
    before, after = _keyed(old), _keyed(new)
    for key, row in before.items():
        if key in after:
            yield from _row_changes(row, after[key])
        elif _given(row):
            yield Change(_name(row), _cells(row), "", "fixed")
    for key, row in after.items():
        if key not in before:
            yield Change(_name(row), "", _cells(row), "filled" if row.named else "fixed")


def _keyed(form: ApplicationForm) -> dict[RowKey, KpiRow]:
    seen: Counter[tuple[int | None, str]] = Counter()
    keyed = {}
    for row in form.kpi:
        name = (row.index, "" if row.index is not None else fold(row.name))
        keyed[(*name, seen[name])] = row
        seen[name] += 1
    return keyed


def _name(row: KpiRow) -> str:
    return f"指标“{row.name}”"


def _cells(row: KpiRow) -> str:
    return "　".join(raw or "—" for raw in (*row.raw_stages, row.raw_total))


def _given(row: KpiRow) -> bool:
    return any(raw.strip() for raw in (*row.raw_stages, row.raw_total))


def _row_changes(old: KpiRow, new: KpiRow) -> Iterator[Change]:
    cells = zip_longest(old.raw_stages, old.stages, new.raw_stages, new.stages)
    for number, (raw, value, new_raw, new_value) in enumerate(cells, 1):
        if value is None or value != new_value:
            yield from _moved(f"{_name(old)}第{number}阶段", raw or "", new_raw or "")
    if old.total is None or old.total != new.total:
        summed = old.consistent is False and new.total is not None and new.total == new.computed_sum
        for moved in _moved(f"{_name(old)}总目标", old.raw_total, new.raw_total):
            yield replace(moved, kind="open") if summed else moved
    yield from _moved(f"{_name(old)}单位", old.unit or "", new.unit or "")


def _moved(place: str, old: str, new: str) -> Iterator[Change]:
    found = change(place, old, new, fixed=True)
    if found is not None:
        yield found
