"""Who must not score what: the rules of 回避 as pure functions.

Checked are the lead and **every** member unit, their legal representatives, and the recommending unit.
Grounds follow Art. 9 of the 政府采购法实施条例 (post within three years, kinship with the legal
representative, other relation) as the call applies them.  A ground that rests on a name alone never
recuses by itself: it is handed to people (``to_decide``).
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import combinations
from typing import Literal

from review_portal.domain.messages import Message
from review_portal.domain.messages import mark as _
from review_portal.domain.records import ExpertRow, PastRole, Relative, Role

# automatic: recused at once; declared: the expert said so himself; to_decide: an officer decides.
Level = Literal["automatic", "declared", "to_decide"]
Rule = Literal[
    "employer",
    "past_role",
    "relative",
    "legal_representative",
    "recommender",
    "district",
    "declaration",
]

_LEGAL_FORMS = ("股份有限公司", "有限责任公司", "股份公司", "有限公司", "公司")
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
_OFFICE = re.compile(r"(?:局|委员会|委|政府|管委会|办公室|办事处)$")
_ECONOMIC_OFFICE = re.compile(r"(?:经济和信息化|经济信息化|经济与信息化|经济信息|经信)(?:委员会|委|局)$")
_RETIRED = re.compile(r"(?:退休|离休)(?:人员)?\s*[（(]?\s*原(?:单位)?[:：]?\s*(?P<former>[^（）()]+)[）)]?")
# Shorter names are too common to be looked for inside longer texts.
_SHORTEST_PART = 5


@dataclass(frozen=True, slots=True)
class ExpertFacts:
    """What is known of an expert; ``employer_code`` is the employer's credit code where recorded."""

    name: str
    employer: str
    past_roles: tuple[PastRole, ...] = ()
    relatives: tuple[Relative, ...] = ()
    declared: tuple[str, ...] = ()
    employer_code: str | None = None

    @classmethod
    def of(cls, row: ExpertRow) -> "ExpertFacts":
        """The facts of one roster row."""
        return cls(row.name, row.employer, row.past_roles, row.relatives, row.declared)


@dataclass(frozen=True, slots=True)
class UnitFacts:
    """One unit of the applicant."""

    name: str
    role: Role
    legal_representative: str | None = None
    credit_code: str | None = None


@dataclass(frozen=True, slots=True)
class DossierFacts:
    """Lead and members in order, the recommending unit and its district."""

    units: tuple[UnitFacts, ...]
    recommender: str | None = None
    district: str | None = None


@dataclass(frozen=True, slots=True)
class Conflict:
    """One ground for recusal: the rule, how it binds, the sentence to show, and the record it rests on."""

    rule: Rule
    level: Level
    reason: Message
    evidence: str


@dataclass(frozen=True, slots=True)
class Considered:
    """A relation that was looked at and is no conflict, kept so that people see that it was."""

    rule: Rule
    reason: Message
    evidence: str


@dataclass(frozen=True, slots=True)
class SameEmployer:
    """Two experts of one employer; ``first`` and ``second`` are places in the given sequence."""

    first: int
    second: int
    reason: Message


def unit_key(name: str) -> str:
    """A unit's name without what people write differently for the same unit.

    Width, spaces, brackets, 有限责任公司 = 有限公司, 股份公司 = 股份有限公司, leading 重庆市 = 重庆.
    Words in brackets stay: 示例（集团）公司 and 示例公司 are two companies, and so are the 股份有限公司
    and the 有限公司 of one name.
    """
    text = re.sub(r"[\s()\[\]{}〔〕【】“”\"'·.,，。]", "", unicodedata.normalize("NFKC", name)).casefold()
    text = re.sub(r"有限责任公司", "有限公司", text)
    text = re.sub(r"股份公司", "股份有限公司", text)
    return re.sub(r"^重庆市", "重庆", text)


def look_back_start(reference_date: date, years: int) -> date:
    """The first day that still counts: the same calendar day ``years`` earlier, itself included.

    From 2023-02-20 three years reach back to 2020-02-20: a post left on that day is a conflict, one
    left on 2020-02-19 is not.  29 February becomes the 28th, which counts a day more.
    """
    try:
        return reference_date.replace(year=reference_date.year - years)
    except ValueError:
        return reference_date.replace(year=reference_date.year - years, day=28)


def conflicts(
    expert: ExpertFacts, dossier: DossierFacts, look_back_years: int, reference_date: date
) -> tuple[Conflict, ...]:
    """Every ground on which the expert may not score the dossier, the binding ones first."""
    start = look_back_start(reference_date, look_back_years)
    found: list[Conflict] = []
    for unit in dossier.units:
        found += _employment(expert, unit)
        found += (
            _past(role, unit, look_back_years) for role in expert.past_roles if _counts(role, unit, start)
        )
        found += _kinship(expert, unit)
        found += _declarations(expert, unit.name)
    found += _recommender(expert, dossier, start)
    order: tuple[Level, ...] = ("automatic", "declared", "to_decide")
    return tuple(sorted(found, key=lambda conflict: order.index(conflict.level)))


def considered(
    expert: ExpertFacts, dossier: DossierFacts, look_back_years: int, reference_date: date
) -> tuple[Considered, ...]:
    """Posts in a unit of the dossier that ended too long ago to count."""
    start = look_back_start(reference_date, look_back_years)
    return tuple(
        Considered(
            "past_role",
            _(
                "曾任%(role)s“%(unit)s”%(post)s，%(end)s离任，已超过%(years)s年，不需回避",
                role=_role_word(unit),
                unit=unit.name,
                post=role.role,
                end=role.end.isoformat(),
                years=look_back_years,
            ),
            f"{role.org}/{role.role}/{role.end.isoformat()}",
        )
        for unit in dossier.units
        for role in expert.past_roles
        if role.end is not None and role.end < start and _match(role.org, unit.name) is not None
    )


def same_employer(experts: Sequence[ExpertFacts]) -> tuple[SameEmployer, ...]:
    """Pairs of experts from one employer: a warning, because a panel takes at most one of each."""
    return tuple(
        SameEmployer(
            first,
            second,
            _(
                "%(first)s与%(second)s同在“%(employer)s”，同一专家组不宜超过1人",
                first=experts[first].name,
                second=experts[second].name,
                employer=experts[first].employer,
            ),
        )
        for first, second in combinations(range(len(experts)), 2)
        if _one_employer(experts[first], experts[second])
    )


def _one_employer(first: ExpertFacts, second: ExpertFacts) -> bool:
    if _RETIRED.search(first.employer) or _RETIRED.search(second.employer):
        return False
    return unit_key(first.employer) == unit_key(second.employer) or _same_code(
        first.employer_code, second.employer_code
    )


def _same_code(first: str | None, second: str | None) -> bool:
    return bool(first and second) and unit_key(first or "") == unit_key(second or "")


def _role_word(unit: UnitFacts) -> Message:
    return _("牵头单位") if unit.role == "lead" else _("联合体成员单位")


def _stem(name: str) -> str:
    """The name without its legal form and the leading 重庆: what a short form keeps."""
    key = unit_key(name)
    for form in _LEGAL_FORMS:
        key = key.removesuffix(form)
    return key.removeprefix("重庆")


def _match(written: str, name: str) -> Literal["same", "similar"] | None:
    """Whether a written unit is the named one, or may be: a short form, a branch, a department."""
    key, wanted = unit_key(written), unit_key(name)
    if not key or not wanted:
        return None
    if key == wanted:
        return "same"
    inner = len(wanted) >= _SHORTEST_PART and key.startswith(wanted)
    short = _stem(written) == _stem(name) and len(_stem(name)) >= _SHORTEST_PART - 1
    return "similar" if inner or short else None


def _employment(expert: ExpertFacts, unit: UnitFacts) -> Iterator[Conflict]:
    retired = _RETIRED.search(expert.employer)
    match = _match(retired["former"] if retired else expert.employer, unit.name)
    if _same_code(expert.employer_code, unit.credit_code):
        match, retired = "same", None
    if match is None:
        return
    words = {"role": _role_word(unit), "unit": unit.name}
    if retired:
        reason = _("原任职于%(role)s“%(unit)s”，离任时间不明，须核实", **words)
    elif match == "similar":
        reason = _(
            "工作单位“%(employer)s”与%(role)s“%(unit)s”名称相近，须核实", employer=expert.employer, **words
        )
    else:
        reason = _("现任职于%(role)s“%(unit)s”", **words)
    certain = match == "same" and not retired
    yield Conflict("employer", "automatic" if certain else "to_decide", reason, expert.employer)


def _counts(role: PastRole, unit: UnitFacts, start: date) -> bool:
    return _match(role.org, unit.name) is not None and (role.end is None or role.end >= start)


def _past(role: PastRole, unit: UnitFacts, years: int) -> Conflict:
    words = {"role": _role_word(unit), "unit": unit.name, "post": role.role}
    if role.end is None:
        reason = _("现任%(role)s“%(unit)s”%(post)s", **words)
    else:
        reason = _(
            "近%(years)s年内曾任%(role)s“%(unit)s”%(post)s，%(end)s离任",
            years=years,
            end=role.end.isoformat(),
            **words,
        )
    level: Level = "automatic" if _match(role.org, unit.name) == "same" else "to_decide"
    end = role.end.isoformat() if role.end else "至今"
    return Conflict("past_role", level, reason, f"{role.org}/{role.role}/{end}")


def _kinship(expert: ExpertFacts, unit: UnitFacts) -> Iterator[Conflict]:
    words = {"role": _role_word(unit), "unit": unit.name}
    head = _person(unit.legal_representative or "")
    for relative in expert.relatives:
        match = _match(relative.org, unit.name)
        same_name = bool(head) and _person(relative.name) == head
        evidence = f"{relative.name}/{relative.relation}/{relative.org}/{relative.position}"
        if match is not None:
            reason = _(
                "%(relation)s%(name)s任%(role)s“%(unit)s”%(position)s",
                relation=relative.relation,
                name=relative.name,
                position=relative.position or _("职工"),
                **words,
            )
            leads = same_name or any(word in relative.position for word in _HEADS_OF_UNITS)
            certain = match == "same" and (leads or relative.relation in _CLOSE)
            yield Conflict("relative", "automatic" if certain else "to_decide", reason, evidence)
        elif same_name:
            reason = _(
                "%(relation)s%(name)s与%(role)s“%(unit)s”法定代表人同名，须核实是否同一人",
                relation=relative.relation,
                name=relative.name,
                **words,
            )
            yield Conflict("legal_representative", "to_decide", reason, evidence)
    if head and _person(expert.name) == head:
        reason = _("本人与%(role)s“%(unit)s”法定代表人同名，须核实是否同一人", **words)
        own = _match(expert.employer, unit.name) == "same"
        yield Conflict("legal_representative", "automatic" if own else "to_decide", reason, expert.name)


def _person(name: str) -> str:
    return re.sub(r"\s", "", unicodedata.normalize("NFKC", name)).casefold()


def _declarations(expert: ExpertFacts, name: str) -> Iterator[Conflict]:
    for text in expert.declared:
        if unit_key(name) and unit_key(name) in unit_key(text):
            reason = _("专家自行申明与“%(unit)s”有利害关系：%(text)s", unit=name, text=text)
            yield Conflict("declaration", "declared", reason, text)
        elif len(_stem(name)) >= _SHORTEST_PART - 1 and _stem(name) in unit_key(text):
            reason = _("专家申明的利害关系可能涉及“%(unit)s”，须核实：%(text)s", unit=name, text=text)
            yield Conflict("declaration", "to_decide", reason, text)


def _office_key(name: str) -> str:
    """A government office: remarks in brackets and the city left out, 经信委 in its many short forms."""
    text = re.sub(r"\(.*?\)", "", unicodedata.normalize("NFKC", name))
    return _ECONOMIC_OFFICE.sub("经信", unit_key(text).removeprefix("重庆"))


def _recommender(expert: ExpertFacts, dossier: DossierFacts, start: date) -> Iterator[Conflict]:
    employer = _office_key(expert.employer)
    recommender = _office_key(dossier.recommender or "")
    if recommender:
        unit = dossier.recommender
        if employer == recommender:
            yield Conflict(
                "recommender", "automatic", _("推荐单位“%(unit)s”工作人员", unit=unit), expert.employer
            )
        for role in expert.past_roles:
            if _office_key(role.org) == recommender and (role.end is None or role.end >= start):
                reason = _("近年曾在推荐单位“%(unit)s”任%(post)s，须核实", unit=unit, post=role.role)
                end = role.end.isoformat() if role.end else "至今"
                yield Conflict("recommender", "to_decide", reason, f"{role.org}/{role.role}/{end}")
        yield from _declarations(expert, dossier.recommender or "")
    district = unit_key(dossier.district or "").removeprefix("重庆")
    of_district = bool(district) and employer.startswith(district) and employer != recommender
    if of_district and (employer.endswith("经信") or _OFFICE.search(employer)):
        reason = _("“%(employer)s”是申报单位所在区县的机关，须核实", employer=expert.employer)
        yield Conflict("district", "to_decide", reason, expert.employer)
