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
from .mixed_solver import ExactSolver, IterativeSolver, Solver

_ROWS = 4096  # outer levels taken at a time, so that no (outer, inner) matrix is ever held


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """Posterior standard deviations in points.

    dossier, expert                    (levels,) of the effects
    dossier_given_mu, expert_given_mu  (levels,) of the effects were mu known: lme4's conditional ones
    calibrated                         (dossiers,) of mu plus effect
    leverage                           (reviews,) share of a review's own noise that the fit takes up
    exact                              False where the iterative engine approximates
    """

    dossier: Real
    dossier_given_mu: Real
    expert: Real
    expert_given_mu: Real
    calibrated: Real
    leverage: Real
    exact: bool


def spread(solver: Solver, residual: float, dossier: Index, expert: Index) -> Spread:
    """Spread of all predictions; dossier, expert: (reviews,) the reviews, sorted by dossier, then expert."""
    outer, inner, cross = _given_border(solver)
    t_part, b_part = (inner, outer) if solver.inner_is_dossier else (outer, inner)
    away = _away(solver)
    b_away = -np.stack([solver.sides(*column)[1] for column in solver.border.columns], axis=1)
    whole = solver.border.inverse
    given = whole - np.outer(whole[0], whole[0]) / whole[0, 0]  # covariance of the border if mu were known
    t, b = t_part + _quadratic(away, whole), b_part + _quadratic(b_away, whole)
    between = cross + ((away @ whole)[dossier] * b_away[expert]).sum(axis=1)
    leverage = solver.system.incidence.data * (t[dossier] + b[expert] + 2.0 * between)

    def sd(share: Real) -> Real:
        return np.sqrt(residual * np.maximum(share, 0.0))

    effect = away - np.eye(1, away.shape[1])  # mu itself is no part of an effect
    return Spread(
        dossier=sd(t_part + _quadratic(effect, whole)),
        calibrated=sd(t),
        dossier_given_mu=sd(t_part + _quadratic(away, given)),
        expert=sd(b),
        expert_given_mu=sd(b_part + _quadratic(b_away, given)),
        leverage=leverage,
        exact=isinstance(solver, ExactSolver),
    )


def dossier_covariance(solver: ExactSolver, residual: float) -> Real:
    """(dossiers, dossiers) posterior covariance of mu plus effect, for a round of moderate size."""
    inner = solver.gi * solver.inverse
    if solver.inner_is_dossier:
        part = inner
    else:
        factor = solver.go / solver.d
        reached = factor[:, None] * (solver.forward @ inner)
        part = np.diag(factor) + (solver.forward @ reached.T).T * factor
    away = _away(solver)
    return residual * (part + away @ solver.border.inverse @ away.T)


def _away(solver: Solver) -> Real:
    """(dossiers, p) B - U_t: by how much t moves with each border column."""
    system = solver.system
    reached = np.stack([solver.sides(*column)[0] for column in solver.border.columns], axis=1)
    has = np.zeros_like(reached)
    has[:, 0] = 1.0
    if system.groups:
        has[np.arange(system.dossiers), 1 + system.group] = 1.0
    return has - reached


def _given_border(solver: Solver) -> tuple[Real, Real, Real]:
    """Variances of the outer and inner side given the border, and covariances at the reviews."""
    return _exactly(solver) if isinstance(solver, ExactSolver) else _nearly(solver)


def _exactly(solver: ExactSolver) -> tuple[Real, Real, Real]:
    inner = solver.gi * solver.inverse
    factor, forward = solver.go / solver.d, solver.forward
    outer, cross = factor.copy(), np.empty(forward.nnz)
    for begin in range(0, factor.size, _ROWS):
        rows = forward[begin : begin + _ROWS]
        count = np.diff(rows.indptr)
        reached = (rows @ inner)[np.repeat(np.arange(count.size), count), rows.indices]
        place = slice(int(forward.indptr[begin]), int(forward.indptr[begin]) + rows.nnz)
        cross[place] = -np.repeat(factor[begin : begin + count.size], count) * reached
        own = np.repeat(np.arange(count.size), count)
        outer[begin : begin + count.size] += factor[begin : begin + count.size] ** 2 * np.bincount(
            own, rows.data * reached, count.size
        )
    return outer, np.diag(inner).copy(), _by_dossier(solver, cross)


def _nearly(solver: Solver) -> tuple[Real, Real, Real]:
    assert isinstance(solver, IterativeSolver)
    trace, product_trace = solver.traces
    guess = 1.0 / solver.diagonal
    factor = solver.go / solver.d
    inner = solver.gi * guess * (trace / guess.sum())
    seen = solver.square @ (1.0 / solver.d**2)
    scale = product_trace / float(seen @ guess) if solver.go and solver.gi else 0.0
    squared = solver.forward.copy()
    squared.data **= 2
    outer = factor + factor**2 * (solver.gi * scale) * (squared @ guess)
    rows = np.repeat(np.arange(factor.size), np.diff(solver.forward.indptr))
    cross = -factor[rows] * solver.forward.data * inner[solver.forward.indices]
    return outer, inner, _by_dossier(solver, cross)


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
