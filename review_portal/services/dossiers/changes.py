"""Every difference between two versions of a form by field and section, and which of them the call allows.

After the deadline only form, signature, arithmetic and missing proofs may be corrected: unit, recommending
unit, credit code, partners, goals, targets and the sections that the call fixes stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from difflib import SequenceMatcher

from review_portal.domain.pinyin import sort_key
from review_portal.domain.records import ApplicationForm
from review_portal.domain.recusal import unit_key
from review_portal.domain.text_count import fold
from review_portal.intake.field_lookup import without_hints
from review_portal.intake.field_suggestions import recognise_district
from review_portal.services.dossiers.change import Change, change
from review_portal.services.dossiers.indicator_changes import indicator_changes
from scoring_rubrics import Call as Rules

LEAD = "申报单位"
_FIGURES = re.compile(r"\d+(?:[.,]\d+)*%?|[〇零一二三四五六七八九十百千万亿两]{2,}")
_WORDS = re.compile(r"[^\W\d_]")  # a passage of numbers and marks alone says nothing
_FIELDS = {
    "cover.applicant": "封面申报单位",
    "cover.apply_date": "申报日期",
    "unit.name": "单位名称",
    "unit.contact.name": "联系人",
    "unit.contact.mobile": "手机",
    "unit.contact.email": "邮箱",
    "unit.contact.fax": "传真",
    "unit.legal_representative": "法定代表人",
    "unit.registered_capital_wan": "注册资本",
    "unit.address": "单位地址",
    "unit.ownership": "单位性质",
    "unit.listed": "是否上市公司",
    "unit.revenue_last_fy_wan": "整体业务收入",
    "unit.headcount": "单位人数",
    "unit.intro": "申报单位简介",
    "platform.name": "平台名称",
    "commitment.contact": "承诺书联系人",
    "commitment.phone": "承诺书联系电话",
    "commitment.legal_representative": "承诺书法定代表人",
    "commitment.date_raw": "承诺书日期",
}


def name_key(name: str) -> str:
    """One key for the spellings of a unit's name; it sorts as a Chinese reader expects."""
    return sort_key(unit_key(name))[:400]


_PERSONAL = ("unit.contact.", "commitment.contact", "commitment.phone")


def changes(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> tuple[Change, ...]:
    """What differs, in the order of the form."""
    return (
        *_identity(old, new, rules),
        *_fields(old, new),
        *_overview(old, new),
        *_commitments(old, new, rules),
        *indicator_changes(old, new),
        *_sections(old, new, rules),
        *_proofs(old, new, rules),
        *_elsewhere(old, new, rules),
    )


def _identity(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> Iterator[Change]:
    """Unit, recommending unit, credit code; a code that was mistyped may be put right."""
    if name_key(old.lead or "") != name_key(new.lead or ""):
        yield Change(LEAD, old.lead or "", new.lead or "", "fixed")
    before, after = old.cover.recommender or "", new.cover.recommender or ""
    districts = [recognise_district((name,), rules.districts) for name in (before, after)]
    same_district = districts[0] is not None and districts[0] == districts[1]
    code = old.unit.credit_code_valid
    yield from _one(change("推荐单位", before, after, fixed=not same_district))
    yield from _one(
        change("统一社会信用代码", old.unit.credit_code or "", new.unit.credit_code or "", fixed=code)
    )


def _one(found: Change | None) -> Iterator[Change]:
    if found is not None:
        yield found


def _decided(found: Change | None) -> Iterator[Change]:
    """A change of running text: where it was blank before, it may say anything, so that somebody decides."""
    if found is not None:
        yield replace(found, kind="open") if found.kind == "filled" else found


def _fields(old: ApplicationForm, new: ApplicationForm) -> Iterator[Change]:
    for path, label in _FIELDS.items():
        if old.at(path) is None or old.at(path) != new.at(path):
            found = change(label, _written(old, path), _written(new, path))
            unfinished = path == "cover.apply_date" and old.at(path) is None  # 2023年  月  日
            if found is not None:
                kind = "filled" if unfinished else found.kind
                yield replace(found, kind=kind, personal=path.startswith(_PERSONAL))


def _written(form: ApplicationForm, path: str) -> str:
    """The value as people write it; where it could not be read, what stands there."""
    value, source = form.at(path), form.sources.get(path)
    if isinstance(value, str | date):
        return str(value)
    return source.text if source else ""


def _overview(old: ApplicationForm, new: ApplicationForm) -> Iterator[Change]:
    """The overview's figures are targets; its other words are not."""
    before, after = old.platform.overview, new.platform.overview
    moved = _figures(before) != _figures(after)
    yield from _decided(
        change("平台任务概述（数字）" if moved else "平台任务概述", before, after, fixed=moved)
    )


def _figures(text: str) -> list[str]:
    return _FIGURES.findall(fold(text))


def _commitments(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> Iterator[Change]:
    """Partners and goals; goals that nobody could recognise before are for an officer to judge."""
    before, after = ({unit_key(name): name for name in form.members} for form in (old, new))
    if before.keys() != after.keys():
        names = ["、".join(units.values()) or "独立申报" for units in (before, after)]
        yield Change("联合体成员", names[0], names[1], "fixed")
    if set(old.goals) != set(new.goals):
        titles = {goal.number: goal.name for goal in rules.goals}
        chosen = ["、".join(titles[n] for n in sorted(set(form.goals))) or "未识别" for form in (old, new)]
        yield Change("服务目标", chosen[0], chosen[1], "fixed" if old.goals else "open")


def _sections(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> Iterator[Change]:
    for section in rules.form.leaves:
        before, after = old.section(section.key), new.section(section.key)
        title = next((part.title for part in (before, after) if part), section.title)
        texts = [part.text if part else "" for part in (before, after)]
        yield from _decided(change(title, *texts, fixed=section.fixed))


def _proofs(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> Iterator[Change]:
    """A proof that was missing may be added; one that was handed in is not replaced unseen."""
    for category, before, after in zip(rules.form.proofs, old.proofs, new.proofs, strict=True):
        found = change(f"证明材料 第{category.number}类", "；".join(before), "；".join(after))
        if found is not None:
            added = set(map(fold, before)) <= set(map(fold, after))
            yield replace(found, kind="filled") if added else found


def _elsewhere(old: ApplicationForm, new: ApplicationForm, rules: Rules) -> Iterator[Change]:
    """What stands outside fields and sections: the pledge's text, titles, notes, paragraphs of any kind."""
    before, after = _remainder(old, rules), _remainder(new, rules)
    matcher = SequenceMatcher(None, [t for _, t in before], [t for _, t in after], autojunk=False)
    for tag, start, end, new_start, new_end in matcher.get_opcodes():
        if tag != "equal":
            place = (before[start:end] or after[new_start:new_end])[0][0]
            texts = ("\n".join(t for _, t in part) for part in (before[start:end], after[new_start:new_end]))
            for found in _decided(change(f"其他文字（{place}）", *texts)):
                yield replace(found, personal=True)


def _remainder(form: ApplicationForm, rules: Rules) -> list[tuple[str, str]]:
    """Place and text of every passage without what fields, indicators, sections and proofs hold."""
    read: dict[str, list[str]] = {}
    for source in form.sources.values():
        read.setdefault(source.at, []).append(source.text)
    held = [source.text for source in form.sources.values()]
    held += [text for row in form.kpi for text in (row.name, row.unit or "", *row.raw_stages, row.raw_total)]
    known = "\n".join(map(fold, held))
    titles = [title for listed in form.proofs for title in listed if len(title) > 1]
    found = []
    for at, place, text in (passage for block in form.document for passage in block.passages()):
        rest = without_hints(text, rules.form.hints)
        for words in sorted((*read.get(at, ()), *titles), key=len, reverse=True):
            rest = rest.replace(words, "") if words else rest
        if _WORDS.search(rest) and fold(rest) not in known:
            found.append((place, rest.strip()))
    return found
