"""Reads the tables of call.toml one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, cast, get_args

from scoring_rubrics import call as data
from scoring_rubrics.reader import Table
from scoring_rubrics.rubric import CommentRule, FullMarks
from scoring_rubrics.rule import (
    BELOW_THRESHOLD,
    COMBINE,
    FALLBACK,
    NORMALIZE,
    BelowThreshold,
    Combine,
    Fallback,
    Normalize,
    Rule,
)


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


def level_names(table: Table) -> Mapping[str, str]:
    names = {name: table.text(name) for name in table.names()}
    if not names:
        raise table.fault("", "至少应有一个等次")
    table.finish()
    return MappingProxyType(names)


def review_stages(top: Table) -> tuple[data.ReviewStage, ...]:
    found = []
    for table in top.tables("review_stages"):
        key, name = table.text("key"), table.text("name")
        table.title = name
        kind = cast(data.StageKind, table.choice("kind", ("check", "opinion", "score")))
        scored = kind == "score"
        if not scored and (table.has("rubric") or table.has("weight") or table.has("mode")):
            raise table.fault("kind", "只有评分环节（score）才有 rubric、weight 和 mode")
        if not scored and table.has("panels"):
            raise table.fault("panels", "只有评分环节（score）才能分组评审")
        found.append(
            data.ReviewStage(
                key=key,
                name=name,
                kind=kind,
                rubric=table.text("rubric") if scored else None,
                weight=table.decimal("weight", maximum=Decimal(1)) if scored else None,
                phase=table.text("phase"),
                conclusions=table.texts("conclusions", ()),
                mode=_mode(table),
                panels=_stage_panels(table),
            )
        )
        table.finish()
    _one_of(top, "review_stages", [stage.key for stage in found])
    return tuple(found)


def _stage_panels(stage: Table) -> tuple[data.StagePanel, ...]:
    """Where nothing is said, one panel scores everything."""
    if not stage.has("panels"):
        return ()
    found = []
    for table in stage.tables("panels"):
        key, name = table.text("key"), table.text("name")
        table.title = name
        if not re.fullmatch(r"[a-z][a-z0-9_]{0,31}", key):
            raise table.fault("key", "只能由小写字母、数字和下划线组成，以字母开头")
        found.append(data.StagePanel(key, name, table.integer("shortlist", 1)))
        table.finish()
    if len(found) < 2:
        raise stage.fault("panels", "分组评审至少两组；只有一组的请删去此项")
    _one_of(stage, "panels", [panel.key for panel in found])
    _one_of(stage, "panels", [panel.name for panel in found])
    return tuple(found)


def _mode(table: Table) -> data.StageMode:
    """Where nothing is said, experts score wherever they are."""
    if not table.has("mode"):
        return "online"
    return cast(data.StageMode, table.choice("mode", get_args(data.StageMode)))


def panel(table: Table) -> data.PanelRules:
    both = cast(
        Literal["allow", "forbid", "some_new"], table.choice("both_rounds", ("allow", "forbid", "some_new"))
    )
    if both != "some_new" and table.has("new_experts"):
        raise table.fault("new_experts", '只有 both_rounds = "some_new" 时才有此项')
    found = data.PanelRules(
        size=table.integer("size", 1),
        minimum=table.integer("minimum", 1),
        odd=table.flag("odd"),
        per_employer_max=table.integer("per_employer_max", 1),
        quorum=table.integer("quorum", 1),
        substitutes=table.integer("substitutes"),
        both_rounds=both,
        new_experts=table.integer("new_experts", 1) if both == "some_new" else 0,
    )
    table.finish()
    if found.odd and found.size % 2 == 0:
        raise table.fault("size", "专家组人数须为单数（odd = true）")
    if max(found.minimum, found.quorum) > found.size:
        raise table.fault("size", "少于最少人数或到会人数")
    if found.new_experts > found.size:
        raise table.fault("new_experts", "多于专家组人数")
    return found


def dropout(table: Table) -> data.DropoutRules:
    kinds = ("keep_submitted_complete", "void_all")
    found = data.DropoutRules(
        cast(Literal["keep_submitted_complete", "void_all"], table.choice("rule", kinds))
    )
    table.finish()
    return found


def affinity(table: Table) -> data.AffinityRules:
    found = data.AffinityRules(
        specialty=table.decimal("specialty", maximum=Decimal(1)),
        text=table.decimal("text", maximum=Decimal(1)),
        history=table.decimal("history", maximum=Decimal(1)),
    )
    table.finish()
    if found.specialty + found.text + found.history != 1:
        raise table.fault("specialty", "三项权重之和须为1")
    return found


def shortlist(table: Table) -> data.ShortlistRules:
    found = data.ShortlistRules(table.integer("places", 1), table.decimal("threshold"))
    table.finish()
    return found


def defense(table: Table) -> data.DefenseRules:
    orders = ("fewest_departures", "random")
    found = data.DefenseRules(
        present_minutes=table.integer("present_minutes", 1),
        question_minutes=table.integer("question_minutes"),
        attendees_max=table.integer("attendees_max", 1),
        late_minutes=table.integer("late_minutes"),
        call_minutes=table.integer("call_minutes"),
        order=cast(Literal["fewest_departures", "random"], table.choice("order", orders)),
    )
    table.finish()
    return found


def proposal(table: Table) -> data.ProposalRules:
    conclusions = table.texts("conclusions")
    found = data.ProposalRules(conclusions, table.text("conditional") if table.has("conditional") else None)
    table.finish()
    return found


def publicity(table: Table) -> data.PublicityRules:
    days, count_start = table.integer("working_days", 1), table.flag("count_start")
    order = cast(Literal["rank", "district"], table.choice("order", ("rank", "district")))
    table.finish()
    return data.PublicityRules(days, count_start, order)


def reminder_days(top: Table) -> tuple[int, ...]:
    """`[reminders]` may be left out: then nobody is written to by itself."""
    if not top.has("reminders"):
        return ()
    table = top.table("reminders")
    days = table.integers("days_before")
    if any(day < 0 for day in days):
        raise table.fault("days_before", "应为不小于0的整数")
    table.finish()
    return days


def comments(table: Table, names: Mapping[str, str]) -> CommentRule:
    found = CommentRule(
        levels=table.texts("levels"),
        full_marks=cast(FullMarks, table.choice("full_marks", ("none", "item", "criterion"))),
        minimum=table.integer("minimum", 1),
        opinion_min=table.integer("opinion_min"),
        opinion_max=table.integer("opinion_max", 1),
    )
    table.finish()
    if not set(names).issuperset(found.levels):
        raise table.fault("levels", f"等次只能是：{'、'.join(names)}")
    if found.opinion_max < found.opinion_min:
        raise table.fault("opinion_max", "小于 opinion_min")
    return found


def triggers(table: Table, names: Mapping[str, str]) -> data.Triggers:
    def limit(key: str, least: Decimal, most: Decimal | None = None) -> Decimal | None:
        return table.decimal(key, least, most) if table.has(key) else None

    found = data.Triggers(
        deviation_percent=table.decimal("deviation_percent"),
        range_points=table.decimal("range_points"),
        severity_points=limit("severity_points", Decimal(0)),
        noise_times=limit("noise_times", Decimal(1)),
        chance_percent=limit("chance_percent", Decimal("0.1"), Decimal(50)),
        low_levels=table.texts("low_levels", ()),
        praise=table.texts("praise", ()),
        faults=table.texts("faults", ()),
        negations=table.texts("negations", ()),
    )
    table.finish()
    _refuse_half_triggers(table, found, names)
    return found


def _refuse_half_triggers(table: Table, found: data.Triggers, names: Mapping[str, str]) -> None:
    """Values that belong together are all there or none of them."""
    of_experts = found.severity_points is not None or found.noise_times is not None
    if of_experts != (found.chance_percent is not None):
        raise table.fault("chance_percent", "与 severity_points、noise_times 须同时写或同时省略")
    lists = {name: getattr(found, name) for name in ("low_levels", "praise", "faults")}
    missing = [name for name, words in lists.items() if not words]
    if len(missing) not in (0, len(lists)) or (missing and found.negations):
        raise table.fault(missing[0], "与 low_levels、praise、faults 须同时写或同时省略")
    if not set(names).issuperset(found.low_levels):
        raise table.fault("low_levels", f"等次只能是：{'、'.join(names)}")
    both = [word for word in found.praise if word in found.faults]
    if both:
        raise table.fault("praise", f"“{both[0]}”不能既是肯定又是不足")


def reconciliation(table: Table) -> data.ReconciliationRules:
    found = data.ReconciliationRules(
        show_others=table.flag("show_others"), answer_hours=table.integer("answer_hours", 1)
    )
    table.finish()
    return found


def rule(table: Table) -> Rule:
    found = Rule(
        normalize=cast(Normalize, table.choice("normalize", NORMALIZE)),
        combine=cast(Combine, table.choice("combine", COMBINE)),
        min_reviews=table.integer("min_reviews", 3),
        below_threshold=cast(BelowThreshold, table.choice("below_threshold", BELOW_THRESHOLD)),
        fallback=cast(Fallback, table.choice("fallback", FALLBACK)),
        tie_keys=table.texts("tie_keys"),
        places=table.integer("places"),
    )
    table.finish()
    return found
