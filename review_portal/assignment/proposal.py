"""A round in plain columns, and the best pairs under an office's terms: what services ask, without arrays."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from review_portal.domain.messages import Message, mark

from .affinity import AffinityWeights, combine, history_match, specialty_match, text_match
from .diagnosis import Diagnosis, diagnose, sentences
from .model import MICRO, Index, Infeasible, Pair, Problem, Real, Roles
from .solving import solve

_TRIAL_SECONDS: Final = 3.0  # for each relaxation that is tried where there is no plan
_UNDECIDED: Final = 1  # the only level: who must be kept apart is not offered at all
_CLEARED: Final = mark("核实“须核实”的利害关系，其中不需回避的准予分派")


@dataclass(frozen=True, slots=True)
class Columns:
    """A round. Pairs are (expert, dossier) by number.

    experts, dossiers: names by which a diagnosis speaks of them. employers: key per expert, "" for none.
    specialties: declared, per expert. limits: the most dossiers that each expert takes, None for any number.
    barred: must be kept apart. undecided: wait for an officer's word. begun: stay whatever is asked. seed:
    decides among equal optima.
    """

    experts: Sequence[str]
    dossiers: Sequence[str]
    employers: Sequence[str]
    specialties: Sequence[Collection[str]]
    limits: Sequence[int | None]
    barred: Collection[Pair]
    undecided: Collection[Pair]
    begun: Collection[Pair]
    seed: str


@dataclass(frozen=True, slots=True)
class Terms:
    """What the office asks for.

    least, most: dossiers per expert, most 0 for no limit. mix: specialty -> least number on every panel.
    apart: experts who never share a panel.
    """

    per_dossier: int
    least: int = 0
    most: int = 0
    no_single: bool = True
    one_per_employer: bool = True
    worst_first: bool = True
    connected: bool = True
    even_panels: bool = False
    mix: Mapping[str, int] = field(default_factory=dict)
    apart: Sequence[Pair] = ()


@dataclass(frozen=True, slots=True)
class Matter:
    """What affinity is made of, each per dossier or per expert.

    texts, profiles: of dossiers and of experts. goals: of dossiers. served: per expert, completed reviews by
    goal.
    """

    texts: Sequence[str]
    profiles: Sequence[str]
    goals: Sequence[Collection[str]]
    served: Sequence[Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Proposal:
    """The best pairs: affinity of each, their sum; whether the sum and the worst dossier are proven best.

    gap: how much larger the sum might still be.
    """

    fits: Mapping[Pair, float]
    total: float
    proven: bool
    worst_proven: bool
    gap: float


def affinities(columns: Columns, matter: Matter, weights: AffinityWeights) -> Real:
    """(dossiers, experts) between 0 and 1; 0 where nothing is known, which forbids nothing.

    A dossier asks for those specialties of the panel that its own text names.
    """
    names = {name for group in columns.specialties for name in group}
    combined = combine(
        weights,
        specialty=specialty_match(
            [{name for name in names if name in text} for text in matter.texts], columns.specialties
        ),
        text=text_match(matter.texts, matter.profiles),
        history=history_match(matter.goals, matter.served),
    )
    result: Real = np.nan_to_num(combined)
    return result


def propose(columns: Columns, terms: Terms, affinity: Real, *, seconds: float) -> Proposal:
    """The best pairs under the terms within so many processor seconds.

    Raises `Infeasible` with the diagnosis, sentence by sentence, in `fields`; `NotInstalled` where this size
    needs the extra; `Invalid` on terms that contradict themselves.
    """
    problem = _problem(columns, terms, affinity)
    try:
        plan = solve(problem, limit=seconds)
    except Infeasible as refusal:
        raise Infeasible(mark("没有一种分派能满足全部条件，未作任何改动。"), _why(problem)) from refusal
    values = np.rint(problem.affinity[plan.dossier, plan.expert] * MICRO) / MICRO
    pairs = zip(plan.expert.tolist(), plan.dossier.tolist(), strict=True)
    return Proposal(
        dict(zip(pairs, values.tolist(), strict=True)),
        plan.total,
        plan.proven,
        plan.worst_micro == plan.worst_bound_micro,
        plan.gap,
    )


def _problem(columns: Columns, terms: Terms, affinity: Real) -> Problem:
    papers, most = len(columns.dossiers), _most(columns, terms)
    offered, conflict = affinity.copy(), np.zeros(affinity.shape, dtype=np.uint8)
    for e, d in columns.barred:
        if (e, d) not in columns.begun:
            offered[d, e] = np.nan
    for e, d in columns.undecided:
        conflict[d, e] = _UNDECIDED
    return Problem(
        tuple(columns.experts),
        tuple(columns.dossiers),
        offered,
        conflict,
        np.full(papers, terms.per_dossier),
        np.minimum(terms.least, most),
        most,
        no_single=terms.no_single,
        employer=_groups(columns.employers) if terms.one_per_employer else None,
        roles=_roles(columns, terms),
        apart=tuple(terms.apart),
        frozen=tuple(sorted((d, e) for e, d in columns.begun)),
        worst_first=terms.worst_first,
        connected=terms.connected,
        even_panels=terms.even_panels,
        seed=columns.seed,
    )


def _most(columns: Columns, terms: Terms) -> Index:
    """(experts,) the most dossiers: what the office asks or the expert's own limit, but whatever is begun."""
    papers = len(columns.dossiers)
    asked = [min(terms.most or papers, papers if own is None else own) for own in columns.limits]
    begun = np.bincount([e for e, _d in columns.begun], minlength=len(asked))
    return np.maximum(np.array(asked, dtype=np.int64), begun)


def _groups(employers: Sequence[str]) -> Index:
    """(experts,) number of each expert's employer, -1 for none."""
    order = {key: place for place, key in enumerate(dict.fromkeys(employers))}
    return np.array([order[key] if key else -1 for key in employers], dtype=np.int64)


def _roles(columns: Columns, terms: Terms) -> Roles | None:
    """Only the specialties of which somebody is asked for: who has none of them sits all the same."""
    asked = {name: count for name, count in terms.mix.items() if count > 0}
    if not asked:
        return None
    size = (len(columns.dossiers), len(asked))
    return Roles(
        tuple(asked),
        np.array([[name in held for name in asked] for held in columns.specialties], dtype=bool),
        np.tile(np.array(list(asked.values()), dtype=np.int64), (size[0], 1)),
        np.full(size, terms.per_dossier),
    )


def _why(problem: Problem) -> dict[str, Message]:
    """The diagnosis, sentence by sentence, in its order."""
    found = diagnose(problem, limit=_TRIAL_SECONDS)
    told = [
        _CLEARED if kind == "conflict" else sentence
        for kind, sentence in _paired(found, sentences(problem, found))
    ]
    return {str(place): sentence for place, sentence in enumerate(told)}


def _paired(found: Diagnosis, lines: list[Message]) -> list[tuple[str, Message]]:
    """Each sentence with the kind of relaxation that it tells of, "" for all others: those stand first."""
    kinds = [one.kind for one in found.relaxations]
    before = [""] * (len(lines) - len(kinds))
    return list(zip([*before, *kinds], lines, strict=True))
