"""How far the predictions of the crossed model may be from the truth, given its variances.

With t_i = mu + panel + a_i and the border columns' effects U (see `mixed_solver`), each covariance is a part
given the border plus the border's share, in multiples of the residual variance:

    cov(t) = A + (B - U_t) H (B - U_t)',   cov(b) = V + U_b H U_b',   cov(t, b) = C - (B - U_t) H U_b'

B: which border columns a dossier has; H: covariance of the border. On the inner side the part is g K^-1, on
the outer one  g / d + (g / d)^2 W g K^-1 W'. The iterative engine knows K^-1 by its diagonal preconditioner
alone, scaled so that both traces agree with their estimates.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .exact import Index
from .mixed_equations import Real
from .mixed_solver import ROWS, ExactSolver, IterativeSolver, Solver


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Posterior standard deviations in points.

    dossier, expert, group             (levels,) of the effects
    dossier_given_mu, expert_given_mu, group_given_mu
                                       (levels,) of the effects were mu known: lme4's conditional ones
    calibrated                         (dossiers,) of mu plus effect
    exact                              False where the iterative engine approximates
    """

    dossier: Real
    dossier_given_mu: Real
    expert: Real
    expert_given_mu: Real
    group: Real
    group_given_mu: Real
    calibrated: Real
    exact: bool


def spread(solver: Solver, residual: float) -> Spread:
    """Spread of all predictions."""
    t_part, b_part = _given_border(solver)
    away, b_away = _away(solver)
    effect = away - np.eye(1, away.shape[1])  # mu itself is no part of an effect
    whole = solver.border.inverse
    given = whole - np.outer(whole[0], whole[0]) / whole[0, 0]  # covariance of the border if mu were known

    def sd(part: Real, rows: Real, border: Real) -> Real:
        return np.sqrt(residual * np.maximum(part + _quadratic(rows, border), 0.0))

    return Spread(
        dossier=sd(t_part, effect, whole),
        dossier_given_mu=sd(t_part, effect, given),
        expert=sd(b_part, b_away, whole),
        expert_given_mu=sd(b_part, b_away, given),
        group=np.sqrt(residual * np.maximum(np.diag(whole)[1:], 0.0)),
        group_given_mu=np.sqrt(residual * np.maximum(np.diag(given)[1:], 0.0)),
        calibrated=sd(t_part, away, whole),
        exact=isinstance(solver, ExactSolver),
    )


def leverage(solver: Solver, dossier: Index, expert: Index) -> Real:
    """(reviews,) share of a review's own noise that the fit takes up: weight times variance of t_i + b_j.

    dossier, expert: the reviews, sorted by dossier, then expert.
    """
    t_part, b_part = _given_border(solver)
    away, b_away = _away(solver)
    whole = solver.border.inverse
    t, b = t_part + _quadratic(away, whole), b_part + _quadratic(b_away, whole)
    between = _between(solver) + ((away @ whole)[dossier] * b_away[expert]).sum(axis=1)
    result: Real = solver.system.incidence.data * (t[dossier] + b[expert] + 2.0 * between)
    return result


def dossier_covariance(solver: ExactSolver, residual: float) -> Real:
    """(dossiers, dossiers) posterior covariance of mu plus effect, for a round of moderate size."""
    inner = solver.gi * solver.inverse
    if solver.inner_is_dossier:
        part = inner
    else:
        factor = solver.go / solver.d
        reached = factor[:, None] * (solver.forward @ inner)
        part = np.diag(factor) + (solver.forward @ reached.T).T * factor
    away, _ = _away(solver)
    return residual * (part + away @ solver.border.inverse @ away.T)


def _away(solver: Solver) -> tuple[Real, Real]:
    """(dossiers, p) B - U_t and (experts, p) -U_b: how t and b move with each border column."""
    system = solver.system
    sides = [solver.sides(*column) for column in solver.border.columns]
    dossier = -np.stack([side[0] for side in sides], axis=1)
    dossier[:, 0] += 1.0
    if system.groups:
        dossier[np.arange(system.dossiers), 1 + system.group] += 1.0
    return dossier, -np.stack([side[1] for side in sides], axis=1)


def _given_border(solver: Solver) -> tuple[Real, Real]:
    """Variances of dossiers and experts given the border."""
    factor = solver.go / solver.d
    if isinstance(solver, ExactSolver):
        inner = solver.gi * np.diag(solver.inverse)
        taken = solver.forward.copy()
        taken.data *= solver.reached
        outer: Real = factor + factor**2 * taken.sum(axis=1)
        return solver.sides(outer, inner)
    assert isinstance(solver, IterativeSolver)
    _, product_trace = solver.traces
    guess = 1.0 / solver.diagonal
    seen = solver.square @ (1.0 / solver.d**2)
    scale = product_trace / float(seen @ guess) if solver.go and solver.gi else 0.0
    squared = solver.forward.copy()
    squared.data **= 2
    near: Real = factor + factor**2 * (solver.gi * scale) * (squared @ guess)
    return solver.sides(near, solver.inner_variance)


def _between(solver: Solver) -> Real:
    """(reviews,) covariance of the dossier and the expert of each review, given the border."""
    factor = np.repeat(solver.go / solver.d, np.diff(solver.forward.indptr))
    return _by_dossier(solver, -factor * solver.reached)


def _by_dossier(solver: Solver, values: Real) -> Real:
    """Values in the order of the outer side's rows, in the order of the reviews."""
    if not solver.inner_is_dossier:
        return values
    numbered = solver.system.incidence.copy()
    numbered.data = np.arange(numbered.nnz, dtype=np.float64)
    order = numbered.T.tocsr().data.astype(np.int64)
    result = np.empty_like(values)
    result[order] = values
    return result


def _quadratic(rows: Real, matrix: Real) -> Real:
    """r' M r for every row r."""
    result: Real = ((rows @ matrix) * rows).sum(axis=1)
    return result


def difference_variance(solver: Solver, residual: float, first: Index, second: Index) -> Real:
    """(pairs,) posterior variance of the difference of two dossiers' qualities.

    The iterative engine leaves out what two dossiers have in common through their experts' severity.
    """
    part, _ = _given_border(solver)
    away, _ = _away(solver)
    apart = away[first] - away[second]
    shared = _shared(solver, first, second) if isinstance(solver, ExactSolver) else 0.0
    return residual * (part[first] + part[second] - 2.0 * shared + _quadratic(apart, solver.border.inverse))


def _shared(solver: ExactSolver, first: Index, second: Index) -> Real:
    """(pairs,) covariance of two dossiers given the border, in multiples of the residual variance."""
    inner = solver.gi * solver.inverse
    if solver.inner_is_dossier:
        return inner[first, second]
    factor, result = solver.go / solver.d, np.empty(first.size)
    for begin in range(0, first.size, ROWS):
        one, other = first[begin : begin + ROWS], second[begin : begin + ROWS]
        reached = solver.forward[one] @ inner
        result[begin : begin + ROWS] = (
            factor[one] * factor[other] * (solver.forward[other] * reached).sum(axis=1)
        )
    return result
