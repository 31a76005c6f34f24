"""Whether a problem can be meant as it stands; what merely cannot be solved is left to the diagnosis."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np

from review_portal.domain.errors import Invalid
from review_portal.domain.messages import Message, mark

from .panel_roles import fill

if TYPE_CHECKING:
    from .model import Pair, Problem, Roles

LARGEST = 100.0  # so that sums and prices in millionths stay far inside 32 and 64 bits


def check(problem: Problem) -> None:
    """Raises Invalid with the first fault of what people entered, ValueError for arrays that do not fit."""
    _check_ids(problem.experts, problem.dossiers)
    _check_shapes(problem)
    _check_numbers(problem)
    _check_loads(problem)
    if problem.no_single:
        _check_single(problem)
    if problem.roles is not None:
        _check_roles(problem, problem.roles)
    if any(first == second for first, second in problem.apart):
        raise ValueError("an expert cannot be kept apart from himself")
    _check_frozen(problem)


def _check_ids(experts: tuple[str, ...], dossiers: tuple[str, ...]) -> None:
    for ids, what in ((experts, mark("专家")), (dossiers, mark("材料"))):
        if not ids:
            raise Invalid(mark("没有可分派的%(what)s，请先补充名单。", what=what))
        if len(set(ids)) < len(ids):
            raise Invalid(mark("%(what)s编号重复，请检查名单。", what=what))
        for name in ids:
            if not name or "|" in name:
                raise Invalid(mark("%(what)s编号“%(id)s”不能为空，也不能含有“|”。", what=what, id=name))


def _check_shapes(problem: Problem) -> None:
    size = (len(problem.dossiers), len(problem.experts))
    wanted: list[tuple[str, Any, tuple[int, ...]]] = [
        ("affinity", problem.affinity, size),
        ("conflict", problem.conflict, size),
        ("demand", problem.demand, size[:1]),
        ("least", problem.least, size[1:]),
        ("most", problem.most, size[1:]),
    ]
    if problem.employer is not None:
        wanted.append(("employer", problem.employer, size[1:]))
    if problem.roles is not None:
        count = (len(problem.roles.names),)
        wanted += [
            ("holds", problem.roles.holds, size[1:] + count),
            ("role least", problem.roles.least, size[:1] + count),
            ("role most", problem.roles.most, size[:1] + count),
        ]
    for name, array, shape in wanted:
        if array.shape != shape:
            raise ValueError(f"{name} has shape {array.shape}, expected {shape}")


def _check_numbers(problem: Problem) -> None:
    if np.isinf(problem.affinity).any() or bool((np.abs(problem.affinity) > LARGEST).any()):
        raise Invalid(mark("匹配度须在 -%(limit)d 到 %(limit)d 之间，请检查。", limit=int(LARGEST)))
    for index in np.flatnonzero(problem.demand < 1):
        raise Invalid(mark("材料 %(id)s 的评审专家数须至少为 1。", id=problem.dossiers[index]))
    if not problem.even_panels:
        for index in np.flatnonzero(problem.demand % 2 == 0):
            raise Invalid(
                mark(
                    "材料 %(id)s 的评审专家数 %(count)d 不是单数。专家组须为单数，请修改。",
                    id=problem.dossiers[index],
                    count=int(problem.demand[index]),
                )
            )


def _check_loads(problem: Problem) -> None:
    for index in np.flatnonzero((problem.least < 0) | (problem.least > problem.most)):
        raise Invalid(
            mark(
                "专家 %(id)s 的评审份数下限 %(lo)d 与上限 %(hi)d 不符：下限须不小于 0，且不大于上限。",
                id=problem.experts[index],
                lo=int(problem.least[index]),
                hi=int(problem.most[index]),
            )
        )


def _check_single(problem: Problem) -> None:
    for index in np.flatnonzero((problem.least == 1) & (problem.most == 1)):
        raise Invalid(
            mark(
                "专家 %(id)s 的评审份数只能是 1，与“不得只评一份”相矛盾，请修改其中一项。",
                id=problem.experts[index],
            )
        )


def _check_roles(problem: Problem, roles: Roles) -> None:
    wrong = (roles.least < 0) | (roles.least > roles.most)
    for dossier, role in np.argwhere(wrong):
        raise Invalid(
            mark(
                "材料 %(id)s 对%(role)s专家的人数要求有误：下限须不小于 0，且不大于上限。",
                id=problem.dossiers[dossier],
                role=roles.names[role],
            )
        )
    for dossier in np.flatnonzero(roles.least.sum(axis=1) > problem.demand):
        raise Invalid(
            mark(
                "材料 %(id)s 各类专家的下限合计超过评审专家数 %(count)d，请减少要求或增加专家数。",
                id=problem.dossiers[dossier],
                count=int(problem.demand[dossier]),
            )
        )


def _check_frozen(problem: Problem) -> None:
    """Frozen pairs must be possible at all: they are promises, and breaking one is a person's decision."""
    if len(set(problem.frozen)) < len(problem.frozen):
        raise Invalid(mark("已定的分派有重复，请检查。"))
    for pair in problem.frozen:
        if problem.conflict[pair]:
            raise Invalid(_not_kept(problem, pair, mark("专家须回避")))
        if np.isnan(problem.affinity[pair]):
            raise Invalid(_not_kept(problem, pair, mark("没有匹配度")))
    kept = np.array(problem.frozen, dtype=np.int64).reshape(-1, 2)
    for index in np.flatnonzero(np.bincount(kept[:, 0], minlength=len(problem.dossiers)) > problem.demand):
        raise Invalid(
            mark(
                "材料 %(id)s 已定的专家多于评审专家数 %(count)d，请先解除一部分。",
                id=problem.dossiers[index],
                count=int(problem.demand[index]),
            )
        )
    most = problem.load_bounds()[1]
    for index in np.flatnonzero(np.bincount(kept[:, 1], minlength=len(problem.experts)) > most):
        raise Invalid(
            mark(
                "专家 %(id)s 已定的材料多于上限 %(count)d，请先解除一部分。",
                id=problem.experts[index],
                count=int(most[index]),
            )
        )
    for dossier in sorted(set(kept[:, 0].tolist())):
        _check_kept_panel(problem, dossier, sorted(kept[kept[:, 0] == dossier, 1].tolist()))


def _check_kept_panel(problem: Problem, dossier: int, experts: list[int]) -> None:
    """Frozen members of one panel: apart, of different employers, and with a role for each."""
    for first, second in problem.apart:
        if first in experts and second in experts:
            raise Invalid(_not_kept(problem, (dossier, second), mark("与另一位专家不能同组")))
    if problem.employer is not None:
        groups = sorted((int(problem.employer[expert]), expert) for expert in experts)
        for (one, _), (other, expert) in pairwise(groups):
            if one == other >= 0:
                raise Invalid(_not_kept(problem, (dossier, expert), mark("同一单位已有专家在组")))
    if problem.roles is not None:
        held = [np.flatnonzero(problem.roles.holds[expert]).tolist() for expert in experts]
        none_needed = [0] * len(problem.roles.names)
        if fill(held, none_needed, problem.roles.most[dossier].tolist()) is None:
            raise Invalid(_not_kept(problem, (dossier, experts[-1]), mark("该类专家已超过上限")))


def _not_kept(problem: Problem, pair: Pair, why: Message) -> Message:
    return mark(
        "已定的分派不能保留（%(why)s）：专家 %(expert)s，材料 %(dossier)s。请先解除。",
        why=why,
        expert=problem.experts[pair[1]],
        dossier=problem.dossiers[pair[0]],
    )
