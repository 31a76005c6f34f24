"""An independent check of an assignment: plain loops over the pairs, sharing no code with any solver.

It reads the conditions from the problem and nothing else, so that an error in the solvers' model of a
condition shows here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from .model import Problem

Triple = tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Violation:
    """A condition that is broken: kind, the ids it concerns, found and allowed numbers.

    kind: repeated, unknown, conflict, not_offered, demand, least, most, single, employer, role_held,
    role_least, role_most, apart, frozen or connected.
    """

    kind: str
    dossier: str = ""
    expert: str = ""
    found: int = 0
    allowed: int = 0


def violations(problem: Problem, pairs: Sequence[Triple]) -> list[Violation]:
    """Every broken condition of an assignment given as (dossier, expert, role or -1)."""
    unknown = [
        Violation("unknown")
        for dossier, expert, _ in pairs
        if not (0 <= dossier < len(problem.dossiers) and 0 <= expert < len(problem.experts))
    ]
    if unknown:
        return unknown
    return [
        *_pairs(problem, pairs),
        *_panels(problem, pairs),
        *_loads(problem, pairs),
        *_roles(problem, pairs),
        *_connection(problem, pairs),
    ]


def _pairs(problem: Problem, pairs: Sequence[Triple]) -> Iterator[Violation]:
    count = Counter((dossier, expert) for dossier, expert, _ in pairs)
    for (dossier, expert), times in count.items():
        names = problem.dossiers[dossier], problem.experts[expert]
        if times > 1:
            yield Violation("repeated", *names, times, 1)
        if problem.conflict[dossier, expert] > 0:
            yield Violation("conflict", *names, int(problem.conflict[dossier, expert]))
        if problem.affinity[dossier, expert] != problem.affinity[dossier, expert]:  # nan
            yield Violation("not_offered", *names)
    for dossier, expert in problem.frozen:
        if (dossier, expert) not in count:
            yield Violation("frozen", problem.dossiers[dossier], problem.experts[expert])


def _panels(problem: Problem, pairs: Sequence[Triple]) -> Iterator[Violation]:
    panel: dict[int, list[int]] = defaultdict(list)
    for dossier, expert, _ in pairs:
        panel[dossier].append(expert)
    for dossier, name in enumerate(problem.dossiers):
        members = panel[dossier]
        if len(members) != int(problem.demand[dossier]):
            yield Violation("demand", name, found=len(members), allowed=int(problem.demand[dossier]))
        if problem.employer is not None:
            groups = Counter(int(problem.employer[expert]) for expert in members)
            for expert in members:
                group = int(problem.employer[expert])
                if group >= 0 and groups[group] > 1:
                    yield Violation("employer", name, problem.experts[expert], groups[group], 1)
        for first, second in problem.apart:
            if first in members and second in members:
                yield Violation("apart", name, f"{problem.experts[first]}|{problem.experts[second]}", 2, 1)


def _loads(problem: Problem, pairs: Sequence[Triple]) -> Iterator[Violation]:
    load = Counter(expert for _, expert, _ in pairs)
    for expert, name in enumerate(problem.experts):
        least, most = int(problem.least[expert]), int(problem.most[expert])
        if load[expert] < least:
            yield Violation("least", expert=name, found=load[expert], allowed=least)
        if load[expert] > most:
            yield Violation("most", expert=name, found=load[expert], allowed=most)
        if problem.no_single and load[expert] == 1:
            yield Violation("single", expert=name, found=1, allowed=2)


def _roles(problem: Problem, pairs: Sequence[Triple]) -> Iterator[Violation]:
    roles = problem.roles
    if roles is None:
        return
    count: Counter[tuple[int, int]] = Counter()
    for dossier, expert, role in pairs:
        held = [number for number in range(len(roles.names)) if roles.holds[expert][number]]
        count[dossier, role] += 1
        if (role not in held) if held else (role != -1):
            yield Violation("role_held", problem.dossiers[dossier], problem.experts[expert], role)
    for dossier, name in enumerate(problem.dossiers):
        for role in range(len(roles.names)):
            least, most = int(roles.least[dossier][role]), int(roles.most[dossier][role])
            if count[dossier, role] < least:
                yield Violation("role_least", name, roles.names[role], count[dossier, role], least)
            if count[dossier, role] > most:
                yield Violation("role_most", name, roles.names[role], count[dossier, role], most)


def _connection(problem: Problem, pairs: Sequence[Triple]) -> Iterator[Violation]:
    """Walk from one dossier along the reviews; every dossier must be reached."""
    if not problem.connected or not pairs:
        return
    of_dossier: dict[int, list[int]] = defaultdict(list)
    of_expert: dict[int, list[int]] = defaultdict(list)
    for dossier, expert, _ in pairs:
        of_dossier[dossier].append(expert)
        of_expert[expert].append(dossier)
    reached, waiting = {pairs[0][0]}, [pairs[0][0]]
    while waiting:
        for expert in of_dossier[waiting.pop()]:
            for dossier in of_expert.pop(expert, ()):
                if dossier not in reached:
                    reached.add(dossier)
                    waiting.append(dossier)
    if len(reached) < len(of_dossier):
        yield Violation("connected", found=len(reached), allowed=len(of_dossier))
