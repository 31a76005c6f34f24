"""Why there is no assignment: which seats lack whom, and which single relaxation would be enough.

The elastic model lets seats, roles and least loads stay unfilled and minimises their number; what remains
open lacks somebody whoever is placed where. Every relaxation is then tried alone on the whole problem, so
an advice is never a guess.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from review_portal.domain.messages import Message, mark

from .flow import Missing, solve_flow
from .model import Infeasible, Problem, Roles
from .network import places
from .plan import connection_limit
from .program import Conditions, write
from .side_constraints import Clock, OutOfTime, solve_whole
from .solving import SCIPY_PAIRS, solve
from .worth import BLOCKED, worth


@dataclass(frozen=True, slots=True)
class Relaxation:
    """A single change after which an assignment exists.

    kind: more_load, less_load, single, employer, apart, frozen, role_least, role_most, panel, conflict or
    connected. amount: the smallest change that is enough (dossiers more per expert, seats fewer or more of a
    role, experts fewer on each of the panels `dossiers`, highest conflict level allowed). role: its number,
    else -1.
    """

    kind: str
    amount: int = 0
    role: int = -1
    dossiers: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What is missing at least (empty if seats and loads alone could be filled), why the reviews can never
    hang together ("" if they can, or nobody asked), and every single relaxation that is enough.
    """

    missing: tuple[Missing, ...]
    unconnected: str
    relaxations: tuple[Relaxation, ...]


def diagnose(problem: Problem, *, limit: float | None = 60.0) -> Diagnosis:
    """Explain an infeasible problem.

    limit: processor seconds for each trial; a trial that takes longer gives no advice.
    """
    missing = shortage(problem, limit=limit)
    unconnected = connection_limit(problem) if problem.connected else ""
    found = tuple(_helpful(problem, missing, limit))
    return Diagnosis(missing, unconnected, found)


def shortage(problem: Problem, *, limit: float | None = None) -> tuple[Missing, ...]:
    """The least number of seats, roles and loads that stay unfilled; () if all can be filled.

    Up to SCIPY_PAIRS pairs under all conditions but the connection, above that under those of the network.
    """
    if problem.affinity.size > SCIPY_PAIRS:
        return solve_flow(problem).missing
    problem = replace(problem, connected=False)
    micro = worth(problem)
    key = np.flatnonzero(micro.ravel() > BLOCKED)
    program = write(problem, places(problem), micro, key, Conditions())
    least = problem.load_bounds()[0]
    program.high[program.shortage] = max(int(problem.demand.max()), int(least.max(initial=0)))
    found = solve_whole(program, -program.shortage.astype(np.float64), Clock(limit))
    if found is None:  # every condition without a shortage variable was checked with the problem
        raise RuntimeError("elastic model without a solution")
    x = np.rint(found.values).astype(np.int64)
    roles = x[program.roles].sum(axis=0)
    return (
        *(
            Missing("seat", int(one), -1, int(x[program.seats[one]]))
            for one in np.flatnonzero(x[program.seats])
        ),
        *(Missing("role", int(one), int(role), int(roles[one, role])) for one, role in np.argwhere(roles)),
        *(
            Missing("load", int(one), -1, int(x[program.loads[one]]))
            for one in np.flatnonzero(x[program.loads])
        ),
    )


def sentences(problem: Problem, diagnosis: Diagnosis) -> list[Message]:
    """The diagnosis in words."""
    lines = [_missing(problem, one) for one in diagnosis.missing]
    if diagnosis.unconnected:
        lines.append(_UNCONNECTED[diagnosis.unconnected])
    if not diagnosis.relaxations:
        return [*lines, mark("没有哪一项单独放宽就足够，需要同时放宽几项条件。")]
    return [
        *lines,
        mark("单独放宽以下任一项即可分派："),
        *(_relaxation(problem, one) for one in diagnosis.relaxations),
    ]


def _feasible(problem: Problem, limit: float | None) -> bool:
    """Whether some assignment is found; a trial that runs out of time does not count as one."""
    try:
        solve(problem, limit=limit)
    except (Infeasible, OutOfTime):
        return False
    return True


def _helpful(problem: Problem, missing: tuple[Missing, ...], limit: float | None) -> Iterator[Relaxation]:
    bare = replace(problem, worst_first=False)
    for change in _switches(bare):
        if _feasible(change[1], limit):
            yield change[0]
    yield from _amounts(bare, missing, limit)


def _switches(problem: Problem) -> Iterator[tuple[Relaxation, Problem]]:
    """Conditions that can be dropped as a whole."""
    if problem.least.any():
        yield Relaxation("less_load"), replace(problem, least=np.zeros_like(problem.least))
    if problem.no_single:
        yield Relaxation("single"), replace(problem, no_single=False)
    if problem.employer is not None:
        yield Relaxation("employer"), replace(problem, employer=None)
    if problem.apart:
        yield Relaxation("apart"), replace(problem, apart=())
    if problem.frozen:
        yield Relaxation("frozen"), replace(problem, frozen=())
    if problem.connected:
        yield Relaxation("connected"), replace(problem, connected=False)


def _amounts(problem: Problem, missing: tuple[Missing, ...], limit: float | None) -> Iterator[Relaxation]:
    """Conditions that can be loosened step by step: the smallest step that is enough."""

    def least_step(highest: int, changed: Callable[[int], Problem]) -> int:
        if highest < 1 or not _feasible(changed(highest), limit):
            return 0
        low, high = 0, highest
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if _feasible(changed(middle), limit) else (middle, high)
        return high

    room = len(problem.dossiers) - int(problem.most.min())
    step = least_step(room, lambda more: replace(problem, most=problem.most + more))
    if step:
        yield Relaxation("more_load", step)
    roles = problem.roles
    if roles is not None:
        for role in range(len(roles.names)):
            step = least_step(int(roles.least[:, role].max()), partial(_fewer, problem, roles, role))
            if step:
                yield Relaxation("role_least", step, role)
            span = int((problem.demand - roles.most[:, role]).max())
            step = least_step(span, partial(_more, problem, roles, role))
            if step:
                yield Relaxation("role_most", step, role)
    yield from _smaller_panels(problem, missing, limit)
    levels = np.unique(problem.conflict[(problem.conflict > 0) & ~np.isnan(problem.affinity)])
    step = least_step(levels.size, lambda rank: _allowing(problem, int(levels[rank - 1])))
    if step:
        yield Relaxation("conflict", int(levels[step - 1]))


def _fewer(problem: Problem, roles: Roles, role: int, fewer: int) -> Problem:
    least = roles.least.copy()
    least[:, role] = np.maximum(least[:, role] - fewer, 0)
    return replace(problem, roles=replace(roles, least=least))


def _more(problem: Problem, roles: Roles, role: int, more: int) -> Problem:
    most = roles.most.copy()
    most[:, role] += more
    return replace(problem, roles=replace(roles, most=most))


def _allowing(problem: Problem, level: int) -> Problem:
    return replace(
        problem, conflict=np.where(problem.conflict <= level, 0, problem.conflict).astype(np.uint8)
    )


def _smaller_panels(
    problem: Problem, missing: tuple[Missing, ...], limit: float | None
) -> Iterator[Relaxation]:
    """Two experts fewer: on the panels that lack somebody, else on all."""
    every = tuple(range(len(problem.dossiers)))
    lacking = tuple(sorted({one.index for one in missing if one.kind != "load"}))
    mix = problem.roles.least.sum(axis=1) if problem.roles is not None else np.zeros_like(problem.demand)
    kept = np.bincount(
        np.array([dossier for dossier, _ in problem.frozen], dtype=np.int64), minlength=len(every)
    )
    smallest = np.maximum(np.maximum(mix, kept), 1)
    for dossiers in dict.fromkeys((lacking or every, every)):
        demand = problem.demand.copy()
        demand[list(dossiers)] -= 2
        if (demand >= smallest).all() and _feasible(replace(problem, demand=demand), limit):
            yield Relaxation("panel", 2, dossiers=dossiers)
            return


def _missing(problem: Problem, one: Missing) -> Message:
    if one.kind == "load":
        return mark(
            "专家 %(id)s 按下限应评 %(least)d 份，还差 %(count)d 份。",
            id=problem.experts[one.index],
            least=int(problem.load_bounds()[0][one.index]),
            count=one.units,
        )
    if one.kind == "role" and problem.roles is not None:
        return mark(
            "材料 %(id)s 缺 %(count)d 名%(role)s专家。",
            id=problem.dossiers[one.index],
            count=one.units,
            role=problem.roles.names[one.role],
        )
    return mark("材料 %(id)s 缺 %(count)d 名专家。", id=problem.dossiers[one.index], count=one.units)


_UNCONNECTED = {
    "no_pair": mark("回避和名单把材料分成了互不相通的几部分，没有专家可以同时评审其中两部分。"),
    "too_few_seats": mark("评审总份数太少，无法让全部材料通过共同的专家连通。"),
}
_SWITCHED = {
    "less_load": mark("取消专家评审份数的下限"),
    "single": mark("允许专家只评一份材料"),
    "employer": mark("取消同组专家不得同单位的限制"),
    "apart": mark("取消指定专家不得同组的限制"),
    "frozen": mark("解除已定的分派"),
    "connected": mark("取消连通要求"),
}


def _relaxation(problem: Problem, one: Relaxation) -> Message:
    if one.kind == "more_load":
        return mark("每位专家的评审份数上限增加 %(count)d 份", count=one.amount)
    if one.kind == "role_least" and problem.roles is not None:
        return mark(
            "%(role)s专家的人数下限减少 %(count)d 名", role=problem.roles.names[one.role], count=one.amount
        )
    if one.kind == "role_most" and problem.roles is not None:
        return mark(
            "%(role)s专家的人数上限增加 %(count)d 名", role=problem.roles.names[one.role], count=one.amount
        )
    if one.kind == "panel" and len(one.dossiers) == len(problem.dossiers):
        return mark("每份材料的评审专家各减少 %(count)d 名", count=one.amount)
    if one.kind == "panel":
        names = "、".join(problem.dossiers[dossier] for dossier in one.dossiers)
        return mark("材料 %(ids)s 的评审专家各减少 %(count)d 名", ids=names, count=one.amount)
    if one.kind == "conflict":
        return mark("允许回避级别不高于 %(level)d 的专家参加评审", level=one.amount)
    return _SWITCHED[one.kind]
