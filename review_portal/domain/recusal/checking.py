"""One expert against one dossier: every rule asked, every finding weighed as the call says."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import combinations

from review_portal.domain.messages import mark as _
from review_portal.domain.recusal.facts import (
    Conflict,
    Considered,
    DossierFacts,
    ExpertFacts,
    Found,
    Level,
    SameEmployer,
)
from review_portal.domain.recusal.mentions import of_record
from review_portal.domain.recusal.names import same_code, unit_key
from review_portal.domain.recusal.offices import of_offices
from review_portal.domain.recusal.ties import RETIRED, of_unit
from scoring_rubrics import RecusalRules

_ORDER: tuple[Level, ...] = ("automatic", "declared", "to_decide")


@dataclass(frozen=True, slots=True)
class Checked:
    """What the rules say of one pair: ``conflicts`` bind or wait for a person, ``considered`` do neither."""

    conflicts: tuple[Conflict, ...]
    considered: tuple[Considered, ...]


def check(
    expert: ExpertFacts,
    dossier: DossierFacts,
    rules: RecusalRules,
    covered: Collection[str] = frozenset(),
) -> Checked:
    """Every relation between expert and dossier in both directions, the binding ones first.

    ``covered``: keys of conflicts that two people looked at and let pass; they are shown and bind no more.
    """
    binding: list[Conflict] = []
    looked_at: list[Considered] = []
    for found in _found(expert, dossier, rules):
        level = rules.level(found.ground)
        if found.past is not None:
            looked_at.append(Considered(found.rule, found.past, found.evidence, found.ground))
        elif level == "off":
            reason = _("%(finding)s；评审工作方案不以此为回避情形", finding=found.reason)
            looked_at.append(Considered(found.rule, reason, found.evidence, found.ground))
        else:
            binds: Level = level if found.certain else "to_decide"
            conflict = Conflict(found.rule, binds, found.reason, found.evidence, found.ground)
            if conflict.key in covered:
                reason = _("%(finding)s；经双人批准，不再回避", finding=found.reason)
                looked_at.append(Considered(found.rule, reason, found.evidence, found.ground))
            else:
                binding.append(conflict)
    ordered = sorted(binding, key=lambda conflict: _ORDER.index(conflict.level))
    return Checked(tuple(ordered), tuple(looked_at))


def _found(expert: ExpertFacts, dossier: DossierFacts, rules: RecusalRules) -> Iterator[Found]:
    for unit in dossier.units:
        yield from of_unit(expert, unit, rules)
    yield from of_offices(expert, dossier, rules)
    yield from of_record(expert, dossier)


def conflicts(expert: ExpertFacts, dossier: DossierFacts, rules: RecusalRules) -> tuple[Conflict, ...]:
    """Every ground on which the expert may not score the dossier, the binding ones first."""
    return check(expert, dossier, rules).conflicts


def considered(expert: ExpertFacts, dossier: DossierFacts, rules: RecusalRules) -> tuple[Considered, ...]:
    """What was looked at and does not count: ended too long ago, no ground in this call, a bare mention."""
    return check(expert, dossier, rules).considered


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
    if RETIRED.search(first.employer) or RETIRED.search(second.employer):
        return False
    return unit_key(first.employer) == unit_key(second.employer) or same_code(
        first.employer_code, second.employer_code
    )
