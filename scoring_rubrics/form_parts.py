"""Reads what a call says of its application form; each function one table of call.toml."""

from __future__ import annotations

import re

from scoring_rubrics import form as data
from scoring_rubrics.reader import Table


def _one_of(table: Table, key: str, values: list[object]) -> None:
    """Fault at the first repeated value of a list."""
    for position, value in enumerate(values, 1):
        if value in values[: position - 1]:
            raise table.fault(f"{key}[{position}]", f"“{value}”重复")


def districts(top: Table) -> tuple[data.District, ...]:
    found = []
    for table in top.tables("districts"):
        code = table.text("code") if table.has("code") else None
        found.append(
            data.District(table.integer("seq", 1), table.text("name"), code, table.texts("aliases", ()))
        )
        if code is not None and not re.fullmatch(r"\d{6}", code):
            raise table.fault("code", "应为6位行政区划代码；没有代码的请删去此项")
        table.finish()
    if [district.seq for district in found] != list(range(1, len(found) + 1)):
        raise top.fault("districts", "seq 应从1起连续编号")
    _one_of(top, "districts", [district.name for district in found])
    return tuple(found)


def goals(top: Table) -> tuple[data.ServiceGoal, ...]:
    found = []
    for table in top.tables("goals"):
        found.append(
            data.ServiceGoal(table.integer("number", 1), table.text("name"), table.texts("patterns"))
        )
        table.finish()
    _one_of(top, "goals", [goal.number for goal in found])
    return tuple(found)


def kpi_stages(top: Table) -> tuple[data.KpiStage, ...]:
    found: list[data.KpiStage] = []
    for table in top.tables("stages"):
        key, label = table.text("key"), table.text("label")
        table.title = label
        stage = data.KpiStage(key, label, table.day("start"), table.day("before"))
        if stage.before <= stage.start:
            raise table.fault("before", "应晚于 start（阶段为前闭后开）")
        if found and stage.start < found[-1].before:
            raise table.fault("start", "与上一阶段重叠；同一天只能属于一个阶段")
        table.finish()
        found.append(stage)
    _one_of(top, "stages", [stage.key for stage in found])
    return tuple(found)


def indicators(top: Table) -> tuple[data.Indicator, ...]:
    found = []
    for table in top.tables("indicators"):
        index, name = table.integer("index", 1), table.text("name")
        table.title = name
        unit = table.text("unit") if table.has("unit") else None
        goal = table.integer("goal", 1) if table.has("goal") else None
        found.append(data.Indicator(index, name, unit, goal))
        table.finish()
    if [indicator.index for indicator in found] != list(range(1, len(found) + 1)):
        raise top.fault("indicators", "index 应从1起连续编号")
    _one_of(top, "indicators", [indicator.name for indicator in found])
    return tuple(found)


def limits(table: Table) -> data.TextLimits:
    found = data.TextLimits(table.integer("intro", 1), table.integer("overview", 1), table.integer("body", 1))
    table.finish()
    return found


def form_layout(table: Table) -> data.FormLayout:
    found = data.FormLayout(
        title=table.text("title"),
        summary_title=table.text("summary_title"),
        unit_title=table.text("unit_title"),
        kpi_title=table.text("kpi_title"),
        proofs_title=table.text("proofs_title"),
        commitment_title=table.text("commitment_title"),
        intro_label=table.text("intro_label"),
        platform_name_label=table.text("platform_name_label"),
        overview_label=table.text("overview_label"),
        other_indicator_label=table.text("other_indicator_label"),
        sections=_sections(table),
        proofs=_proofs(table),
        hints=table.texts("hints"),
    )
    table.finish()
    return found


def _sections(form: Table) -> tuple[data.FormSection, ...]:
    rows = []
    for table in form.tables("sections"):
        rows.append((table.text("key"), table.text("title"), table.flag("fixed", False)))
        table.finish()
    keys = [key for key, _title, _fixed in rows]
    _one_of(form, "sections", [*keys])
    return tuple(
        data.FormSection(key, title, not any(other != key and other.startswith(key) for other in keys), fixed)
        for key, title, fixed in rows
    )


def _proofs(form: Table) -> tuple[data.ProofCategory, ...]:
    found = []
    for table in form.tables("proofs"):
        number, title = table.integer("number", 1), table.text("title")
        found.append(data.ProofCategory(number, title, table.flag("optional", False)))
        table.finish()
    _one_of(form, "proofs", [proof.number for proof in found])
    return tuple(found)


def evidence_paths(form: data.FormLayout, rows: tuple[data.Indicator, ...]) -> tuple[str, ...]:
    """The places of a parsed record to which an item of a rubric may point."""
    return (
        *("unit", "unit.intro", "platform.overview", "kpi"),
        *(f"kpi.{indicator.index}" for indicator in rows),
        "kpi.other",
        *(f"body.{section.key}" for section in form.leaves),
        *(f"proofs.{proof.number}" for proof in form.proofs),
        "commitment",
    )
