"""What a corrected form may not change after the deadline: the unit, its partners, goals and targets."""

from __future__ import annotations

from collections import Counter
from itertools import zip_longest

from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.pinyin import sort_key
from review_portal.domain.records import ApplicationForm, KpiRow
from review_portal.domain.recusal import unit_key
from review_portal.domain.text_count import fold
from scoring_rubrics import Call as Rules

RowKey = tuple[int | None, str, int]


def name_key(name: str) -> str:
    """One key for the spellings of a unit's name; it sorts as a Chinese reader expects."""
    return sort_key(unit_key(name))[:400]


def differences(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> dict[str, Message]:
    """Place -> what differs, for everything that is settled with the deadline; empty when nothing does."""
    found: dict[str, Message] = {}
    if name_key(old.lead or "") != name_key(new.lead or ""):
        found["申报单位"] = _("原为“%(old)s”，补正件为“%(new)s”。", old=old.lead or "", new=new.lead or "")
    found |= _members(old, new) | _goals(old, new, rules) | _indicators(old, new)
    return found


def _members(old: ApplicationForm, new: ApplicationForm) -> dict[str, Message]:
    before, after = ({unit_key(name): name for name in form.members} for form in (old, new))
    if before.keys() == after.keys():
        return {}
    return {
        "联合体成员": _(
            "原为%(old)s，补正件为%(new)s。",
            old="、".join(before.values()) or _("独立申报"),
            new="、".join(after.values()) or _("独立申报"),
        )
    }


def _goals(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> dict[str, Message]:
    if set(old.goals) == set(new.goals):
        return {}
    names = {goal.number: goal.name for goal in rules.goals}
    shown = [
        "、".join(names[number] for number in sorted(set(form.goals))) or _("未识别") for form in (old, new)
    ]
    return {"服务目标": _("原为%(old)s，补正件为%(new)s。", old=shown[0], new=shown[1])}


def _keyed(form: ApplicationForm) -> dict[RowKey, KpiRow]:
    seen: Counter[tuple[int | None, str]] = Counter()
    keyed = {}
    for row in form.kpi:
        name = (row.index, "" if row.index is not None else fold(row.name))
        keyed[(*name, seen[name])] = row
        seen[name] += 1
    return keyed


def _indicators(old: ApplicationForm, new: ApplicationForm) -> dict[str, Message]:
    before, after = _keyed(old), _keyed(new)
    found = {
        f"指标“{row.name}”": _("补正件中没有该行。")
        for key, row in before.items()
        if key not in after and _given(row)
    }
    found |= {f"指标“{row.name}”": _("原申报书没有该行。") for key, row in after.items() if key not in before}
    for key in before.keys() & after.keys():
        found |= _row_differences(before[key], after[key])
    return found


def _given(row: KpiRow) -> bool:
    return any(raw.strip() for raw in (*row.raw_stages, row.raw_total))


def _row_differences(old: KpiRow, new: KpiRow) -> dict[str, Message]:
    found = {}
    cells = zip_longest(old.raw_stages, old.stages, new.raw_stages, new.stages)
    for number, (raw, value, new_raw, new_value) in enumerate(cells, 1):
        if _changed(raw or "", value, new_raw or "", new_value):
            found[f"指标“{old.name}”第{number}阶段"] = _moved(raw, new_raw)
    corrected_sum = old.consistent is False and new.total is not None and new.total == new.computed_sum
    if not corrected_sum and _changed(old.raw_total, old.total, new.raw_total, new.total):
        found[f"指标“{old.name}”总目标"] = _moved(old.raw_total, new.raw_total)
    return found


def _changed(raw: str, value: object, new_raw: str, new_value: object) -> bool:
    """A cell that was left blank may be filled; a number or a "/" that was given stays."""
    if not raw.strip():
        return False
    return value != new_value if value is not None else fold(raw) != fold(new_raw)


def _moved(raw: str | None, new_raw: str | None) -> Message:
    return _("原为“%(old)s”，补正件为“%(new)s”。", old=raw or _("空白"), new=new_raw or _("空白"))


def changed_parts(old: ApplicationForm, new: ApplicationForm) -> tuple[str, ...]:
    """Names of the parts whose content differs, for the officer who reads the corrected file."""
    parts = [
        ("封面", old.cover != new.cover),
        ("申报表", old.unit != new.unit or old.platform != new.platform),
        ("指标表", old.kpi != new.kpi),
        ("证明材料目录", old.proofs != new.proofs),
        ("承诺书", old.commitment != new.commitment),
    ]
    sections = {section.key: section for section in old.body}
    for section in new.body:
        before = sections.pop(section.key, None)
        parts.append((section.title, before is None or before.text != section.text))
    return tuple(name for name, differs in parts if differs) + tuple(s.title for s in sections.values())
