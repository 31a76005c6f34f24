"""Reads the tables of call.toml one by one."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import Literal, cast, get_args

from scoring_rubrics import call as data
from scoring_rubrics.notice_template import read_notice_template
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
    takedown = table.flag("restart_on_takedown", default=True)
    correction = table.flag("restart_on_correction", default=True)
    template = read_notice_template(table)
    table.finish()
    return data.PublicityRules(days, count_start, order, takedown, correction, template)


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
