"""The recommending unit's people, and those of other offices in its district."""

import re
from collections.abc import Iterator

from review_portal.domain.messages import mark as _
from review_portal.domain.recusal.facts import DossierFacts, ExpertFacts, Found
from review_portal.domain.recusal.names import office_key, unit_key
from review_portal.domain.recusal.ties import declarations, is_past, until
from scoring_rubrics import RecusalRules

_OFFICE = re.compile(r"(?:局|委员会|委|政府|管委会|办公室|办事处)$")


def of_offices(expert: ExpertFacts, dossier: DossierFacts, rules: RecusalRules) -> Iterator[Found]:
    """What ties the expert to those who recommended the dossier."""
    employer, recommender = office_key(expert.employer), office_key(dossier.recommender or "")
    if recommender:
        unit = dossier.recommender
        if employer == recommender:
            reason = _("推荐单位“%(unit)s”工作人员", unit=unit)
            yield Found("recommender", "recommender", True, reason, expert.employer)
        yield from _earlier(expert, dossier, rules)
        yield from declarations(expert, dossier.recommender or "")
    district = unit_key(dossier.district or "").removeprefix("重庆")
    of_district = bool(district) and employer.startswith(district) and employer != recommender
    if of_district and (employer.endswith("经信") or _OFFICE.search(employer)):
        reason = _("“%(employer)s”是申报单位所在区县的机关，须核实", employer=expert.employer)
        yield Found("district", "district", True, reason, expert.employer)


def _earlier(expert: ExpertFacts, dossier: DossierFacts, rules: RecusalRules) -> Iterator[Found]:
    """A post in the recommending unit that was left is for a person to weigh."""
    for role in expert.past_roles:
        if office_key(role.org) != office_key(dossier.recommender or ""):
            continue
        words = {"unit": dossier.recommender, "post": role.role}
        reason = _("近年曾在推荐单位“%(unit)s”任%(post)s，须核实", **words)
        past = None
        if is_past(role.end, "recommender", rules):
            past = _(
                "曾在推荐单位“%(unit)s”任%(post)s，%(end)s离任，已超过%(years)s年，不需回避",
                end=until(role.end),
                years=rules.years("recommender"),
                **words,
            )
        evidence = f"{role.org}/{role.role}/{until(role.end)}"
        yield Found("recommender", "recommender", False, reason, evidence, past)
