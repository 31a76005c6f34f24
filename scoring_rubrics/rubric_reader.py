"""Builds a Rubric from its file and refuses one whose weights, levels or keys do not fit together."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Literal, cast

from scoring_rubrics.reader import Source, Table, read_source
from scoring_rubrics.rubric import AcceptanceRules, Criterion, Evidence, Item, Level, Rubric, Scoring

FACTS = ("goals", "consortium")
DUE_ROLLS = ("none", "next_working_day")


def read_rubric(
    file: str, content: bytes, level_names: Mapping[str, str], evidence_paths: Collection[str]
) -> tuple[Rubric, Source]:
    """The rubric of one file, with the source that holds its assumed values. Raises RubricFault."""
    source, top = read_source(file, content)
    name, sheet_title = top.text("name"), top.text("sheet_title")
    source.name = name
    total, step = top.decimal("total", Decimal(1)), top.decimal("step", Decimal("0.01"))
    shape = _Shape(step, level_names, evidence_paths)
    rubric = Rubric(
        key=file.removesuffix(".toml"),
        name=name,
        sheet_title=sheet_title,
        total=total,
        step=step,
        basis=top.text("source"),
        columns=top.texts("columns"),
        foot=top.text("foot"),
        conclusions=top.texts("conclusions", ()),
        vetoes=top.texts("vetoes", ()),
        record_fields=top.texts("record_fields", ()),
        criteria=tuple(shape.criterion(table) for table in top.tables("criteria")),
        acceptance=_acceptance(top.table("acceptance")) if top.has("acceptance") else None,
    )
    top.finish()
    weights = sum((criterion.weight for criterion in rubric.criteria), Decimal(0))
    if weights != total:
        raise top.fault("total", f"一级指标分值之和为{weights}，与总分{total}不符")
    keys = [criterion.key for criterion in rubric.criteria] + [item.key for item in rubric.items]
    for key in keys:
        if keys.count(key) > 1:
            raise top.fault("criteria", f"编号“{key}”重复")
    return rubric, source


class _Shape:
    """What all items of a rubric are read against: point grid, level names, places of a dossier."""

    def __init__(
        self, step: Decimal, level_names: Mapping[str, str], evidence_paths: Collection[str]
    ) -> None:
        self.step, self.level_names, self.evidence_paths = step, level_names, evidence_paths

    def criterion(self, table: Table) -> Criterion:
        key, name = table.text("key"), table.text("name")
        table.title = name
        weight, source = table.decimal("weight", Decimal("0.01")), table.text("source")
        items = tuple(self.item(part) for part in table.tables("items", quiet=True))
        table.finish()
        total = sum((item.max_score for item in items), Decimal(0))
        if total != weight:
            raise table.fault("weight", f"二级指标分值之和为{total}，与一级指标分值{weight}不符")
        return Criterion(key, name, weight, source, items)

    def item(self, table: Table) -> Item:
        scoring = cast(
            Scoring, table.choice("scoring", ("levels", "rate")) if table.has("scoring") else "levels"
        )
        step = table.decimal("step", Decimal("0.01")) if table.has("step") else self.step
        key, name, maximum = table.text("key"), table.text("name"), table.decimal("max_score", step)
        if maximum % step != 0:
            raise table.fault("max_score", f"应为评分步长{step}的整数倍")
        levels: tuple[Level, ...] = ()
        if scoring == "levels":
            places = max(0, -int(step.normalize().as_tuple().exponent))
            levels = tuple(self.level(part, places) for part in table.tables("levels", quiet=True))
            _check_levels(table, levels, maximum, step)
        item = Item(
            key=key,
            name=name,
            max_score=maximum,
            look_for=table.text("look_for"),
            evidence=tuple(self.evidence(part) for part in table.tables("evidence", empty=True)),
            levels=levels,
            fact=table.choice("fact", FACTS) if table.has("fact") else None,
            step=step,
            scoring=scoring,
            indicator=self.indicator(table) if table.has("indicator") else None,
        )
        table.finish()
        if table.assumed:
            bands = "，".join(f"{level.label}{level.band}" for level in levels)
            value = f"{maximum}分；{bands}" if bands else f"{maximum}分×完成率（不超过100%）"
            table.source.assume(table.key("max_score"), f"二级指标分值（{name}）", value)
        return item

    def level(self, table: Table, places: int) -> Level:
        name = table.choice("name", self.level_names)
        minimum, maximum = table.decimal("min"), table.decimal("max")
        level = Level(name, minimum, maximum, table.text("text"), self.level_names[name], places)
        table.finish()
        return level

    def evidence(self, table: Table) -> Evidence:
        evidence = Evidence(table.text("label"), table.text("path"))
        if evidence.path not in self.evidence_paths:
            raise table.fault(
                "path", f"申报材料中没有“{evidence.path}”，可选：{'、'.join(self.evidence_paths)}"
            )
        table.finish()
        return evidence

    def indicator(self, table: Table) -> int:
        number = table.integer("indicator", 1)
        if f"kpi.{number}" not in self.evidence_paths:
            raise table.fault("indicator", f"指标填报表没有第{number}项参考指标")
        return number


def _check_levels(table: Table, levels: tuple[Level, ...], maximum: Decimal, step: Decimal) -> None:
    """Levels run from the best to the worst without gap or overlap, on the grid, from max_score down to 0."""
    if len({level.name for level in levels}) != len(levels):
        raise table.fault("levels", "等次名称重复")
    expected = maximum
    for position, level in enumerate(levels, 1):
        where = f"levels[{position}]"
        if level.maximum != expected:
            raise table.fault(where, f"最高分应为{expected}（等次须由高到低、首尾相接）")
        if level.minimum > level.maximum or level.minimum % step != 0:
            raise table.fault(where, f"最低分应为步长{step}的整数倍，且不高于最高分")
        expected = level.minimum - step
    if expected != -step:
        raise table.fault("levels", "最低等次应从0分起")


def _acceptance(table: Table) -> AcceptanceRules:
    percent = Decimal(100)
    rules = AcceptanceRules(
        pass_rate=table.decimal("pass_rate", maximum=percent),
        rectify=table.flag("rectify"),
        rectify_rate=table.decimal("rectify_rate", maximum=percent),
        rectify_mean=table.decimal("rectify_mean", maximum=percent),
        rectify_months=table.integer("rectify_months", 1),
        due_months=table.integer("due_months", 1),
        due_roll=cast(Literal["none", "next_working_day"], table.choice("due_roll", DUE_ROLLS)),
        redistribute=table.flag("redistribute"),
    )
    table.finish()
    return rules
