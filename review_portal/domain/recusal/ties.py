"""What the expert's record says of a unit: posts, control, cooperation, kin, the expert's own word."""

import re
from collections.abc import Iterator
from datetime import date

from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import PastRole
from review_portal.domain.recusal.facts import ExpertFacts, Found, UnitFacts
from review_portal.domain.recusal.names import match, names_in, person, same_code
from scoring_rubrics import Ground, RecusalRules

_CLOSE = {"配偶", "丈夫", "妻子", "父亲", "母亲", "父母", "儿子", "女儿", "子女", "兄弟", "姐妹", "兄弟姐妹"}
_HEADS_OF_UNITS = (
    "法定代表人",
    "法人代表",
    "负责人",
    "董事长",
    "总经理",
    "控股股东",
    "实际控制人",
    "院长",
    "主任",
)
RETIRED = re.compile(r"(?:退休|离休)(?:人员)?\s*[（(]?\s*原(?:单位)?[:：]?\s*(?P<former>[^（）()]+)[）)]?")
# A post beside a person's own employment: it advises, or sits on a board.
_BESIDE = re.compile(r"顾问|董事|监事|理事|委员|咨询|专家|评委|兼职")


def of_unit(expert: ExpertFacts, unit: UnitFacts, rules: RecusalRules) -> Iterator[Found]:
    """Everything in the expert's record that touches this unit."""
    yield from _employment(expert, unit)
    yield from _posts(expert, unit, rules)
    yield from _controls(expert, unit, rules)
    yield from _cooperations(expert, unit, rules)
    yield from _kinship(expert, unit)
    yield from declarations(expert, unit.name, unit.aliases)


def until(end: date | None) -> str:
    """The end of a tie as evidence shows it."""
    return end.isoformat() if end else "至今"


def is_past(end: date | None, ground: Ground, rules: RecusalRules) -> bool:
    """Whether what ended then counts no more."""
    return end is not None and end < rules.start(ground)


def _employment(expert: ExpertFacts, unit: UnitFacts) -> Iterator[Found]:
    retired = RETIRED.search(expert.employer)
    matched = match(retired["former"] if retired else expert.employer, unit)
    if same_code(expert.employer_code, unit.credit_code):
        matched, retired = "same", None
    if matched is None:
        return
    words = {"role": unit.role_word, "unit": unit.name}
    if retired:
        reason = _("原任职于%(role)s“%(unit)s”，离任时间不明，须核实", **words)
    elif matched == "similar":
        reason = _(
            "工作单位“%(employer)s”与%(role)s“%(unit)s”名称相近，须核实", employer=expert.employer, **words
        )
    else:
        reason = _("现任职于%(role)s“%(unit)s”", **words)
    certain = matched == "same" and not retired
    yield Found("employer", "employment", certain, reason, expert.employer)


def _posts(expert: ExpertFacts, unit: UnitFacts, rules: RecusalRules) -> Iterator[Found]:
    for role in expert.past_roles:
        matched = match(role.org, unit)
        if matched is not None:
            yield _post(role, unit, matched == "same", rules)


def _post(role: PastRole, unit: UnitFacts, certain: bool, rules: RecusalRules) -> Found:
    ground: Ground = "posts" if _BESIDE.search(role.role) else "employment"
    words = {"role": unit.role_word, "unit": unit.name, "post": role.role}
    past = None
    if role.end is None:
        reason = _("现任%(role)s“%(unit)s”%(post)s", **words)
    else:
        dated = {**words, "end": role.end.isoformat(), "years": rules.years(ground)}
        reason = _("近%(years)s年内曾任%(role)s“%(unit)s”%(post)s，%(end)s离任", **dated)
        if is_past(role.end, ground, rules):
            past = _("曾任%(role)s“%(unit)s”%(post)s，%(end)s离任，已超过%(years)s年，不需回避", **dated)
    evidence = f"{role.org}/{role.role}/{until(role.end)}"
    return Found("past_role", ground, certain, reason, evidence, past)


def _controls(expert: ExpertFacts, unit: UnitFacts, rules: RecusalRules) -> Iterator[Found]:
    """Shares and control in either direction: the tie says in words who holds whom."""
    for tie in expert.controls:
        matched = match(tie.org, unit)
        if matched is None:
            continue
        words = {"role": unit.role_word, "unit": unit.name, "relation": tie.relation}
        past = None
        if is_past(tie.end, "control", rules):
            past = _(
                "与%(role)s“%(unit)s”的控制关系（%(relation)s）%(end)s结束，已超过%(years)s年，不需回避",
                end=until(tie.end),
                years=rules.years("control"),
                **words,
            )
        reason = _("本人或工作单位与%(role)s“%(unit)s”有控制关系：%(relation)s", **words)
        evidence = f"{tie.org}/{tie.relation}/{until(tie.end)}"
        yield Found("control", "control", matched == "same", reason, evidence, past)


def _cooperations(expert: ExpertFacts, unit: UnitFacts, rules: RecusalRules) -> Iterator[Found]:
    for tie in expert.cooperations:
        matched = match(tie.org, unit)
        if matched is None:
            continue
        words: dict[str, object] = {"role": unit.role_word, "unit": unit.name, "subject": tie.subject}
        past = None
        if tie.end is None:
            reason = _("正与%(role)s“%(unit)s”合作：%(subject)s", **words)
        else:
            words |= {"end": tie.end.isoformat(), "years": rules.years("cooperation")}
            reason = _("近%(years)s年内与%(role)s“%(unit)s”合作：%(subject)s（%(end)s）", **words)
            if is_past(tie.end, "cooperation", rules):
                past = _(
                    "曾与%(role)s“%(unit)s”合作：%(subject)s（%(end)s），已超过%(years)s年，不需回避", **words
                )
        evidence = f"{tie.org}/{tie.subject}/{until(tie.end)}"
        yield Found("cooperation", "cooperation", matched == "same", reason, evidence, past)


def _kinship(expert: ExpertFacts, unit: UnitFacts) -> Iterator[Found]:
    words: dict[str, object] = {"role": unit.role_word, "unit": unit.name}
    head = person(unit.legal_representative or "")
    for relative in expert.relatives:
        matched = match(relative.org, unit)
        same_name = bool(head) and person(relative.name) == head
        evidence = f"{relative.name}/{relative.relation}/{relative.org}/{relative.position}"
        kin = {**words, "relation": relative.relation, "name": relative.name}
        if matched is not None:
            position: object = relative.position or _("职工")
            reason = _("%(relation)s%(name)s任%(role)s“%(unit)s”%(position)s", position=position, **kin)
            leads = same_name or any(word in relative.position for word in _HEADS_OF_UNITS)
            certain = matched == "same" and (leads or relative.relation in _CLOSE)
            yield Found("relative", "kinship", certain, reason, evidence)
        elif same_name:
            reason = _("%(relation)s%(name)s与%(role)s“%(unit)s”法定代表人同名，须核实是否同一人", **kin)
            yield Found("legal_representative", "kinship", False, reason, evidence)
    if head and person(expert.name) == head:
        yield _own_name(expert, unit, words)


def _own_name(expert: ExpertFacts, unit: UnitFacts, words: dict[str, object]) -> Found:
    reason: Message = _("本人与%(role)s“%(unit)s”法定代表人同名，须核实是否同一人", **words)
    own = match(expert.employer, unit) == "same"
    return Found("legal_representative", "posts", own, reason, expert.name)


def declarations(expert: ExpertFacts, name: str, aliases: tuple[str, ...] = ()) -> Iterator[Found]:
    """The expert's own words that name a unit, or may."""
    for text in expert.declared:
        named = names_in(text, name, aliases)
        if named == "same":
            reason = _("专家自行申明与“%(unit)s”有利害关系：%(text)s", unit=name, text=text)
            yield Found("declaration", "declaration", True, reason, text)
        elif named == "similar":
            reason = _("专家申明的利害关系可能涉及“%(unit)s”，须核实：%(text)s", unit=name, text=text)
            yield Found("declaration", "declaration", False, reason, text)
