"""Builds a Call from the TOML files of its folder and checks that they fit together."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from types import MappingProxyType
from typing import Literal, cast

from scoring_rubrics import call_parts as parts
from scoring_rubrics import form_parts
from scoring_rubrics.call import Call, FormalRule, Mode, Severity
from scoring_rubrics.meeting import read_meeting
from scoring_rubrics.reader import AssumedValue, RubricFault, Source, Table, read_source
from scoring_rubrics.recusal_rules import read_recusal
from scoring_rubrics.rubric import Rubric
from scoring_rubrics.rubric_reader import read_rubric
from scoring_rubrics.signatures import read_signatures
from scoring_rubrics.ties import read_ties

CALL_FILE, FORMAL_FILE = "call.toml", "formal_check.toml"
MODES = ("auto", "manual", "auto+manual", "auto+confirm", "auto+decide")
SEVERITIES = ("reject", "correctable", "warn_only")


def load_call(folder: Path) -> Call:
    """The call in a folder; its slug is the folder's name. RubricFault names file, line, key and reason."""
    if not folder.is_dir():
        raise RubricFault(folder.name, "", "没有这个文件夹，请核对批次规则所在位置")
    files = {path.name: path.read_bytes() for path in folder.glob("*.toml") if not path.name.startswith(".")}
    return parse_call(files, folder.resolve().name)


def digest_of(files: Mapping[str, bytes]) -> str:
    """Hex digest, what `LC_ALL=C sha256sum *.toml | sha256sum` prints when run in the call's folder."""
    lines = (f"{hashlib.sha256(files[name]).hexdigest()}  {name}\n" for name in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()


def parse_call(files: Mapping[str, bytes], slug: str) -> Call:
    """The call held by these files (name -> content), such as a kept snapshot. Raises RubricFault."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", slug):
        raise RubricFault(slug, "", "文件夹名只能由小写字母、数字和下划线组成，以字母开头")
    for name in files:
        if not re.fullmatch(r"[a-z][a-z0-9_]*\.toml", name):
            raise RubricFault(name, "", "文件名只能由小写字母、数字和下划线组成，以 .toml 结尾")
    for name in (CALL_FILE, FORMAL_FILE):
        if name not in files:
            raise RubricFault(name, "", "缺少此文件")
    source, top = read_source(CALL_FILE, files[CALL_FILE])
    formal_source, formal = read_source(FORMAL_FILE, files[FORMAL_FILE])
    formal_rules = _formal_rules(formal)
    goals, indicators = form_parts.goals(top), form_parts.indicators(top)
    form = form_parts.form_layout(top.table("form"))
    level_names = parts.level_names(top.table("level_names"))
    review_stages = parts.review_stages(top)
    paths = form_parts.evidence_paths(form, indicators)
    rubrics: dict[str, Rubric] = {}
    sources = [source, formal_source]
    for name in _rubric_files(files, [stage.rubric for stage in review_stages]):
        rubric, rubric_source = read_rubric(name, files[name], level_names, paths)
        rubrics[rubric.key] = rubric
        sources.append(rubric_source)
    call = Call(
        slug=slug,
        title=top.text("title"),
        short_title=top.text("short_title"),
        document_number=top.text("document_number"),
        issuer=top.text("issuer"),
        issued_on=top.day("issued_on"),
        legal_basis=top.text("legal_basis"),
        year=top.integer("year", 2000),
        quota=top.integer("quota", 1),
        consortium_max=top.integer("consortium_max", 1),
        deadline=top.moment("deadline"),
        deadline_label=top.text("deadline_label"),
        receipt=cast(Literal["arrival", "postmark"], top.choice("receipt", ("arrival", "postmark"))),
        district_title=top.text("district_title"),
        districts=form_parts.districts(top),
        goals=goals,
        goals_min=top.integer("goals_min"),
        goals_any_of=top.integers("goals_any_of"),
        stages=form_parts.kpi_stages(top),
        indicators=indicators,
        limits=form_parts.limits(top.table("limits")),
        platform_name=top.text("platform_name"),
        chain_id_prefix=top.text("chain_id_prefix"),
        form=form,
        review_stages=review_stages,
        panel=parts.panel(top.table("panel")),
        recusal=read_recusal(top.table("recusal")),
        dropout=parts.dropout(top.table("dropout")),
        affinity=parts.affinity(top.table("affinity")),
        shortlist=parts.shortlist(top.table("shortlist")),
        defense=parts.defense(top.table("defense")),
        proposal=parts.proposal(top.table("proposal")),
        ties=read_ties(top),
        publicity=parts.publicity(top.table("publicity")),
        signatures=read_signatures(top),
        meeting=read_meeting(top),
        reminder_days=parts.reminder_days(top),
        comments=parts.comments(top.table("comments"), level_names),
        level_names=level_names,
        triggers=parts.triggers(top.table("triggers"), level_names),
        reconciliation=parts.reconciliation(top.table("reconciliation")),
        rule=parts.rule(top.table("rule")),
        formal_rules=formal_rules,
        rubrics=MappingProxyType(rubrics),
        assumed=(),
        digest=digest_of(files),
        files=MappingProxyType(dict(files)),
    )
    top.finish()
    _check_references(call, top)
    return replace(call, assumed=_assumed(call, sources))


def _rubric_files(files: Mapping[str, bytes], used: list[str | None]) -> list[str]:
    """Rubric files in the order of the review stages that use them, then the others by name."""
    others = sorted(name for name in files if name not in (CALL_FILE, FORMAL_FILE))
    first = [f"{key}.toml" for key in dict.fromkeys(used) if key and f"{key}.toml" in others]
    return first + [name for name in others if name not in first]


def _formal_rules(top: Table) -> tuple[FormalRule, ...]:
    rules = tuple(_formal_rule(table) for table in top.tables("rules"))
    top.finish()
    ids = [rule.id for rule in rules]
    for position, rule_id in enumerate(ids, 1):
        if ids.index(rule_id) != position - 1:
            raise top.fault(f"rules[{position}].id", f"编号“{rule_id}”重复")
    return rules


def _formal_rule(table: Table) -> FormalRule:
    rule_id = table.text("id")
    table.title = rule_id
    check = table.text("check")
    if not re.fullmatch(r"[a-z][a-z0-9_]*", check):
        raise table.fault("check", "检查名称只能由小写字母、数字和下划线组成")
    params = table.table("params").rest() if table.has("params") else {}
    rule = FormalRule(
        id=rule_id,
        title=table.text("title"),
        mode=cast(Mode, table.choice("mode", MODES)),
        severity=cast(Severity, table.choice("severity", SEVERITIES)),
        check=check,
        params=MappingProxyType({key: _frozen(value) for key, value in params.items()}),
        decide=table.flag("decide", False),
        guide=table.text("guide", ""),
    )
    table.finish()
    return rule


def _frozen(value: object) -> object:
    if isinstance(value, list):
        return tuple(_frozen(part) for part in value)
    if isinstance(value, dict):
        return MappingProxyType({key: _frozen(part) for key, part in value.items()})
    return value


def _check_references(call: Call, top: Table) -> None:
    """Faults that only show when the parts are seen together."""
    numbers = {goal.number for goal in call.goals}
    if call.goals_min > len(numbers):
        raise top.fault("goals_min", f"只列有{len(numbers)}种服务目标")
    if not numbers.issuperset(call.goals_any_of):
        raise top.fault("goals_any_of", "含有未列出的服务目标序号")
    for position, indicator in enumerate(call.indicators, 1):
        if indicator.goal is not None and indicator.goal not in numbers:
            raise top.fault(f"indicators[{position}].goal", f"没有第{indicator.goal}种服务目标")
    for position, stage in enumerate(call.review_stages, 1):
        if stage.rubric is not None and stage.rubric not in call.rubrics:
            raise top.fault(f"review_stages[{position}].rubric", f"缺少评分表文件 {stage.rubric}.toml")
    scored = call.scored_stages
    if sum((stage.weight or Decimal(0) for stage in scored), Decimal(0)) != 1:
        raise top.fault("review_stages", "各评分环节的权重之和应为1")
    if call.shortlist.threshold > call.rubric_of(scored[0].key).total:
        raise top.fault("shortlist.threshold", "高于首个评分环节的总分")
    _check_panels(call, top)
    offered = {word for stage in call.review_stages for word in stage.conclusions}
    offered |= {word for rubric in call.rubrics.values() for word in rubric.conclusions}
    conditional = (call.proposal.conditional,) if call.proposal.conditional else ()
    if not offered.issuperset([*call.proposal.conclusions, *conditional]):
        raise top.fault("proposal.conclusions", f"含有未设置的结论，可选：{'、'.join(sorted(offered))}")
    for key in call.rule.tie_keys:
        if _tie_label(call, key) is None:
            raise top.fault("rule.tie_keys", f"“{key}”应写作 评分表.一级指标编号 或 stage.评分环节代号")


def _check_panels(call: Call, top: Table) -> None:
    """Panels that share neither experts nor dossiers decide who goes on, each among its own, and no more.

    Their scores are not comparable: neither the final score nor a tie in it may rest on them.
    """
    scored = call.scored_stages
    for position, stage in enumerate(call.review_stages, 1):
        if not stage.panels:
            continue
        at = f"review_stages[{position}]"
        if stage is not scored[0] or len(scored) < 2:
            raise top.fault(f"{at}.panels", "只有首个评分环节可以分组，其后须有由一个专家组统一评审的环节")
        if stage.weight:
            raise top.fault(
                f"{at}.weight",
                "分组评审的环节权重应为0：各组的专家和材料不同，得分不可比，只能决定组内入围。"
                "得分要计入最终得分的，请不分组，用有共同材料的分派方案",
            )
        if sum(panel.shortlist for panel in stage.panels) != call.shortlist.places:
            raise top.fault("shortlist.places", "应等于各组入围数（shortlist）之和")


def _tie_label(call: Call, key: str) -> str | None:
    """What a tie key is called on paper; None when it points to nothing."""
    head, _, tail = key.partition(".")
    if head == "stage":
        names = [stage.name for stage in call.scored_stages if stage.key == tail]
        return f"{names[0]}得分" if names else None
    rubric = call.rubrics.get(head)
    names = [criterion.name for criterion in rubric.criteria if criterion.key == tail] if rubric else []
    return f"“{names[0]}”平均分" if names else None


def _assumed(call: Call, sources: list[Source]) -> tuple[AssumedValue, ...]:
    """All assumed values in reading order; keys and short level names as people know them."""
    words = {
        "call.rule.tie_keys": [str(_tie_label(call, key)) for key in call.rule.tie_keys],
        "call.comments.levels": [call.level_names[name] for name in call.comments.levels],
        "call.triggers.low_levels": [call.level_names[name] for name in call.triggers.low_levels],
    }
    values = [value for source in sources for value in source.in_reading_order()]
    return tuple(
        replace(value, value="、".join(words[value.key])) if value.key in words else value for value in values
    )
