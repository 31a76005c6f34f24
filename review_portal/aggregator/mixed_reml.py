"""Restricted maximum likelihood for the crossed model by average information, with variances kept >= 0.

With q_c = Z_c' P y for a component c, f_c its effective degrees of freedom and V = sum of all parts,

    score_c = -1/2 (f_c / v_c - q_c' q_c)
    score_e = -1/2 ((N - 1 - sum f) / v_e - e' R^-1 e / v_e^2)
    information_cd = 1/2 w_c' P w_d,   w_c = Z_c q_c,  w_e = R P y

(Gilmour, Thompson, Cullis 1995; Johnson, Thompson 1995). All products come from one solution of the equations
per component, since P Z_c q is what is left of Z_c q after its own effects.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import astuple, dataclass, replace

import numpy as np

from .mixed_equations import Data, Equations, Real
from .mixed_solver import Effects, ExactSolver, Ratios, Solver
from .notices import AggregatorError

NAMES = ("dossier", "expert", "group", "residual")
STEPS = 80
FLOOR = 1e-6  # ratio to the residual variance below which a falling component is taken to be 0
_SHRINK = 0.1  # a variance falls at most to this share in one step
_GROW = 10.0
_HALVINGS = 4
_NOTHING = 1e-8  # share of its first value below which nothing is left of the residual
_RISE = 1e-12  # share by which a criterion may rise: rounding
_SMALL = 1e-4  # changes of a variance below this share of the residual one are measured against that share


@dataclass(frozen=True, slots=True)
class Variances:
    """Dossiers, experts, panels and residual, in squared points."""

    dossier: float
    expert: float
    group: float
    residual: float

    @property
    def ratios(self) -> Ratios:
        """As multiples of the residual variance."""
        return Ratios(self.dossier / self.residual, self.expert / self.residual, self.group / self.residual)


@dataclass(frozen=True, slots=True)
class Observed:
    """The sums of the observed points and their weighted sum of squares, about a fixed centre."""

    data: Data
    square_sum: float


Track = tuple[tuple[float | None, tuple[float, ...]], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Point:
    """Criterion, score and average information at some variances, in the order dossier, expert, group,
    residual; what is switched off has score 0 and its row and column of the information are 0.
    """

    variances: Variances
    solver: Solver
    effects: Effects
    criterion: float | None
    score: Real
    information: Real


def evaluate(solver: Solver, variances: Variances, observed: Observed, *, slope: bool = True) -> Point:
    """The point at `variances`; slope: also score and information, which cost the traces."""
    system, residual = solver.system, variances.residual
    effects = solver.solve(observed.data)
    explained = float(
        effects.border @ observed.data.border
        + effects.dossier @ observed.data.dossier
        + effects.expert @ observed.data.expert
    )
    y_p_y = (observed.square_sum - explained) / residual
    criterion = None
    if isinstance(solver, ExactSolver):
        free = system.reviews - 1
        criterion = free * np.log(2.0 * np.pi * residual) + system.log_noise + solver.log_determinant + y_p_y
    if not slope:
        return Point(variances, solver, effects, criterion, np.zeros(4), np.zeros((4, 4)))
    score, information = _slope(system, solver, variances, observed, effects, y_p_y)
    return Point(variances, solver, effects, criterion, score, information)


def _slope(
    system: Equations,
    solver: Solver,
    variances: Variances,
    observed: Observed,
    effects: Effects,
    y_p_y: float,
) -> tuple[Real, Real]:
    residual = variances.residual
    values = (variances.dossier, variances.expert, variances.group)
    active = [number for number, value in enumerate(values) if value > 0.0]
    q = _reached(system, observed.data, effects, residual)
    share = [float(part @ part) for part in q]
    gram = np.zeros((4, 4))  # P-products of the three components' w and, last, of y
    gram[3, 3] = y_p_y
    made = (system.of_dossiers, system.of_experts, system.of_panels)
    for number in active:
        data = made[number](q[number])
        own = _reached(system, data, solver.solve(data), residual)
        gram[number, 3] = gram[3, number] = share[number]
        for other in active:
            gram[other, number] = q[other] @ own[other]
    turn = np.zeros((4, 4))
    turn[active, active] = 1.0
    turn[3, active] = [-values[number] / residual for number in active]
    turn[3, 3] = 1.0 / residual
    freedom = solver.freedom
    score = np.zeros(4)
    for number in active:
        score[number] = -0.5 * (freedom[number] / values[number] - share[number])
    rest = residual * (y_p_y - sum(values[number] * share[number] for number in active))
    used = sum(freedom[number] for number in active)
    score[3] = -0.5 * ((system.reviews - 1 - used) / residual - rest / residual**2)
    return score, 0.5 * turn @ gram @ turn.T


def _reached(system: Equations, data: Data, effects: Effects, residual: float) -> tuple[Real, Real, Real]:
    """Z' P x for dossiers, experts and panels of observations x with these effects."""
    left = system.rest(data, effects.border, effects.dossier, effects.expert)
    return left.dossier / residual, left.expert / residual, left.border[1:] / residual


def climb(
    start: Variances,
    make: Callable[[Ratios], Solver],
    observed: Observed,
    *,
    tolerance: float,
) -> tuple[Point, Track]:
    """Variances at which the score vanishes, or that are 0 where it is negative there; and every step.

    start: a component that is 0 stays out. make: solver for given ratios. tolerance: relative change of the
    variances below which the step taken is the last; a step leaves a small part of the error of the one
    before it. The information returned is that of the point before the last step. Raises AggregatorError with
    the history if it does not settle within STEPS.
    """
    point = evaluate(make(start.ratios), start, observed)
    track, asleep = [_line(point)], [name for name in NAMES if getattr(start, name) > 0.0]
    for _ in range(STEPS):
        wanted, change = _wanted(point)
        if change < tolerance:
            woken = _woken(point, asleep, make, observed)
            if woken is None:
                last = evaluate(make(wanted.ratios), wanted, observed, slope=False)
                return replace(last, information=point.information), (*track, _line(last))
            point, asleep = woken, []
        else:
            point = _downhill(point, wanted, make, observed)
        track.append(_line(point))
        if point.variances.residual < _NOTHING * start.residual:
            raise AggregatorError("评分完全由材料和专家决定，没有偶然波动可供估计，评分校准模型不适用。")
    raise AggregatorError(
        "评分校准模型的方差未能收敛（最近各步取值：%(history)s），请检查评审组之间的共同评审是否过少。",
        history="；".join("，".join(f"{value:.4g}" for value in line[1]) for line in track[-6:]),
    )


def _wanted(point: Point) -> tuple[Variances, float]:
    """Where average information leads from here, and the largest relative change on the way.

    A variance that would leave the box of one step is held at its edge and the others are led anew.
    """
    now = np.array(astuple(point.variances))
    low, high = _SHRINK * now, _GROW * now
    then, free = now.copy(), now > 0.0
    while free.any():
        held = point.information[np.ix_(free, ~free)] @ (then - now)[~free]
        step = np.linalg.solve(point.information[np.ix_(free, free)], point.score[free] - held)
        outside = (now[free] + step < low[free]) | (now[free] + step > high[free])
        then[free] = np.clip(now[free] + step, low[free], high[free])
        if not outside.any():
            break
        free[np.flatnonzero(free)[outside]] = False
    active = now > 0.0
    then[active & (then < FLOOR * then[3]) & (point.score < 0.0)] = 0.0
    change = float(np.max(np.abs(then - now)[active] / np.maximum(now, _SMALL * now[3])[active]))
    return Variances(*then.tolist()), change


def _downhill(point: Point, wanted: Variances, make: Callable[[Ratios], Solver], observed: Observed) -> Point:
    """The wanted point, or one where the criterion, if there is one, does not rise.

    Halfway points are tried first; expectation maximisation, v + 2 v^2 score / levels, never raises it.
    """
    now, then = np.array(astuple(point.variances)), np.array(astuple(wanted))
    for halving in range(_HALVINGS):
        tried = Variances(*(now + (then - now) * 0.5**halving).tolist())
        reached = evaluate(make(tried.ratios), tried, observed)
        if point.criterion is None or reached.criterion is None:
            return reached
        if reached.criterion <= point.criterion + _RISE * abs(point.criterion):
            return reached
    system = point.solver.system
    levels = np.array([system.dossiers, system.experts, max(system.groups, 1), system.reviews])
    sure = Variances(*(now + 2.0 * now**2 * point.score / levels).tolist())
    return evaluate(make(sure.ratios), sure, observed)


def _woken(
    point: Point, names: Sequence[str], make: Callable[[Ratios], Solver], observed: Observed
) -> Point | None:
    """A point at which one of the named variances that went to 0 would rather grow, if there is one."""
    for name in names:
        if getattr(point.variances, name) == 0.0:
            tried = replace(point.variances, **{name: FLOOR * point.variances.residual})
            reached = evaluate(make(tried.ratios), tried, observed)
            if reached.score[NAMES.index(name)] > 0.0:
                return reached
    return None


def _line(point: Point) -> tuple[float | None, tuple[float, ...]]:
    return point.criterion, astuple(point.variances)
