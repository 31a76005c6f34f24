"""How precisely dossiers can be compared once severity is taken out: a matter of the design alone.

With y_ij = a_i + b_j + e_ij fitted by least squares, Var(u'a) / sigma_e^2 = u' C^+ u for any contrast u of
the dossiers, C = D - W E^-1 W' (D, E: review counts of dossiers and experts, W: incidence). It is the energy
of the current u in the review graph with unit resistances: Var(a_i - a_k) / sigma_e^2 is the effective
resistance between i and k, and where b reviews alone join two panels at least 1/b of it remains (Rayleigh's
shorting law).

Eliminating the rows (the larger side of W) leaves the smaller one's F = E - W' D^-1 W; if the rows are the
dossiers, u' C^+ u = u' D^-1 u + g' F^+ g with g = W' D^-1 u, otherwise F is C itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve, eigh_tridiagonal
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg

from .exact import Index

EXACT_LEVELS = 2000  # on the smaller side: above it the efficiency (cubic work) is left out

_STEPS = 60  # of Lanczos' method
_SETTLED = 1e-3  # residual of the weakest direction relative to its eigenvalue
_ALIKE = 1e-8  # squared correlation of the sides below which every division is as good as another
_TOLERANCE = 1e-6  # of the iterative solution; the variance, quadratic in it, is far better
_ITERATIONS = 500

Float = NDArray[np.float64]
Side = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class WeakestLink:
    """The two panels that the fewest reviews join, measured against their size.

    dossiers, experts   (dossiers,), (experts,) True on the side with fewer dossiers
    sizes               dossiers on that side and on the other
    reviews             crossing reviews: by an expert of one side on a dossier of the other
    standard_error      of the difference between both sides' mean dossier effects, in units of sigma_e; None
                        where the iterative solution did not settle

    Found by a spectral sweep: the figures are those of this division exactly, but a weaker one may exist, and
    of several equally weak ones any may be shown.
    """

    dossiers: Side
    experts: Side
    sizes: tuple[int, int]
    reviews: int
    standard_error: float | None

    @property
    def least_error(self) -> float:
        """1 / sqrt(reviews): what the standard error exceeds at any rate."""
        return float(self.reviews**-0.5)


@dataclass(frozen=True, slots=True)
class Precision:
    """What a connected design is worth.

    efficiency   A-efficiency of the dossiers' contrasts: the harmonic mean of the n - 1 positive eigenvalues
                 of C over the mean number k of reviews per dossier, (n - 1) / (k tr C^+). 1 if severity were
                 known; the mean variance of a difference of two dossiers is 2 / (k x efficiency) sigma_e^2.
                 None for a single dossier, and above EXACT_LEVELS on the smaller side.
    bound        (1 - 1/load) / (1 - 1/n) with load = reviews per expert: about what the best design of this
                 size reaches (exactly, where loads are equal); None for a single dossier
    weakest      None where there is nothing to divide: a single dossier or expert, or every division as good
                 as another (complete designs)
    """

    efficiency: float | None
    bound: float | None
    weakest: WeakestLink | None


@dataclass(frozen=True, slots=True, eq=False)
class _Design:
    """The reviews as a matrix without empty rows and columns; rows are the larger side.

    row, column: (reviews,). kept_rows, kept_columns: original indices. swapped: the rows are the experts.
    """

    row: Index
    column: Index
    incidence: Any
    transpose: Any
    row_count: Float
    column_count: Float
    kept_rows: Index
    kept_columns: Index
    swapped: bool

    @property
    def dossiers(self) -> int:
        """Dossiers with reviews."""
        return self.column_count.size if self.swapped else self.row_count.size

    def information(self, vector: Float) -> Float:
        """F vector."""
        over = (self.incidence @ vector) / self.row_count
        result: Float = self.column_count * vector - self.transpose @ over
        return result


def precision(sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int) -> Precision:
    """Precision of a connected design with at least one review, each pair once; for a sparse one O(reviews) a
    step and some hundred steps at most, plus cubic work on the smaller side up to EXACT_LEVELS.
    """
    design = _design(sheet_dossier, sheet_expert, dossiers, experts)
    n, columns = design.dossiers, design.column_count.size
    if n < 2:
        return Precision(None, None, None)
    factor = _factor(design) if columns <= EXACT_LEVELS else None
    load = design.row.size / (columns if not design.swapped else design.row_count.size)
    return Precision(
        efficiency=None if factor is None else _efficiency(design, factor),
        bound=(1 - 1 / load) / (1 - 1 / n),
        weakest=_weakest_link(design, factor, dossiers, experts) if columns > 1 else None,
    )


def _design(sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int) -> _Design:
    sides = []
    for index, size in ((sheet_dossier, dossiers), (sheet_expert, experts)):
        count = np.bincount(index, minlength=size)
        place = np.cumsum(count > 0) - 1
        kept = np.flatnonzero(count)
        sides.append((place[index], count[kept].astype(np.float64), kept))
    swapped = sides[0][2].size < sides[1][2].size
    (row, row_count, kept_rows), (column, column_count, kept_columns) = sides[::-1] if swapped else sides
    incidence = csr_array((np.ones(row.size), (row, column)), shape=(kept_rows.size, kept_columns.size))
    transpose = csr_array(incidence.T)
    return _Design(
        row, column, incidence, transpose, row_count, column_count, kept_rows, kept_columns, swapped
    )


def _factor(design: _Design) -> Any:
    """Cholesky factor of F + 1 1'/columns: F's null space is the constant vector, so the sum is regular and
    its inverse F^+ + 1 1'/columns.
    """
    columns = design.column_count.size
    share = design.incidence / design.row_count[:, None]
    matrix = np.diag(design.column_count) - (design.transpose @ share).toarray() + 1.0 / columns
    return cho_factor(matrix, overwrite_a=True)


def _efficiency(design: _Design, factor: Any) -> float:
    """(n - 1) / (k tr C^+); with the dossiers eliminated tr C^+ = tr G - 1'G1 / n, where
    G = D^-1 + D^-1 W F^+ W' D^-1 is another inverse of C.
    """
    n, columns = design.dossiers, design.column_count.size
    inverse = cho_solve(factor, np.eye(columns)) - 1.0 / columns
    if design.swapped:
        trace = float(np.trace(inverse))
    else:
        share = csr_array(design.incidence / design.row_count[:, None])
        crossed = (share.T @ share).toarray()
        summed = share.T @ np.ones(n)
        own = float((1.0 / design.row_count).sum())
        trace = own * (1 - 1 / n) + float((inverse * crossed).sum() - summed @ inverse @ summed / n)
    return (n - 1) / (design.row.size / n * trace)


def _weakest_link(design: _Design, factor: Any, dossiers: int, experts: int) -> WeakestLink | None:
    score = _weakest_direction(design)
    if score is None:
        return None
    rows, columns, reviews = _sweep(design, score)
    on_dossiers, on_experts = np.zeros(dossiers, dtype=bool), np.zeros(experts, dtype=bool)
    for kept, side, swapped in ((design.kept_rows, rows, False), (design.kept_columns, columns, True)):
        (on_dossiers if swapped == design.swapped else on_experts)[kept] = side
    side = columns if design.swapped else rows
    size = int(side.sum())
    contrast = np.where(side, 1.0 / size, -1.0 / (side.size - size))
    variance = _variance(design, contrast, score, factor)
    return WeakestLink(
        dossiers=on_dossiers,
        experts=on_experts,
        sizes=(size, side.size - size),
        reviews=reviews,
        standard_error=None if variance is None else float(np.sqrt(variance)),
    )


def _weakest_direction(design: _Design) -> Float | None:
    """Scores of the columns along the second canonical correlation of the two sides; None where it is 0.

    Lanczos' method with full reorthogonalisation on E^-1/2 F E^-1/2, orthogonal to the vector E^1/2 1 of its
    eigenvalue 0; the start vector is fixed, so that the result can be reproduced.
    """
    root = np.sqrt(design.column_count)
    basis = np.zeros((min(_STEPS, root.size - 1) + 1, root.size))
    basis[0] = root / np.linalg.norm(root)
    vector = np.random.default_rng(0).standard_normal(root.size)
    vector -= basis[0] * (basis[0] @ vector)
    diagonal: list[float] = []
    beside = [float(np.linalg.norm(vector))]
    value, weights = 1.0, np.ones(1)
    for step in range(1, basis.shape[0]):
        basis[step] = vector / beside[-1]
        vector = design.information(basis[step] / root) / root
        diagonal.append(float(basis[step] @ vector))
        for _ in range(2):  # once loses orthogonality where vectors nearly cancel
            vector -= (basis[: step + 1] @ vector) @ basis[: step + 1]
        beside.append(float(np.linalg.norm(vector)))
        value, weights = _smallest(diagonal, beside[1:-1])
        if beside[-1] * abs(weights[-1]) <= _SETTLED * value or beside[-1] < _ALIKE:
            break
    if 1.0 - value < _ALIKE:
        return None
    result: Float = (weights @ basis[1 : weights.size + 1]) / root
    return result


def _smallest(diagonal: list[float], beside: list[float]) -> tuple[float, Float]:
    """Smallest eigenvalue and its vector of a symmetric tridiagonal matrix."""
    values, vectors = eigh_tridiagonal(diagonal, beside, select="i", select_range=(0, 0))
    return float(values[0]), vectors[:, 0]


def _sweep(design: _Design, score: Float) -> tuple[Side, Side, int]:
    """The division of rows and columns along the score with the least share of crossing reviews (Cheeger's
    sweep), given as the side with fewer dossiers (with the first one, if they are as many), and its crossing
    reviews. The share is taken of the side with fewer review ends; each side holds a dossier.
    """
    rows = design.row_count.size
    along = np.concatenate([(design.incidence @ score) / design.row_count, score])
    order = np.argsort(along, kind="stable")
    place = np.empty(order.size, dtype=np.int64)
    place[order] = np.arange(order.size)
    ends = place[design.row], place[design.column + rows]
    opened = np.bincount(np.minimum(*ends), minlength=order.size)
    closed = np.bincount(np.maximum(*ends), minlength=order.size)
    crossing = np.cumsum(opened - closed)[:-1]
    weight = np.cumsum(np.concatenate([design.row_count, design.column_count])[order])
    held = np.cumsum((order >= rows) if design.swapped else (order < rows))
    share = crossing / np.minimum(weight[:-1], weight[-1] - weight[:-1])
    share[(held[:-1] == 0) | (held[:-1] == held[-1])] = np.inf
    cut = int(np.argmin(share))
    side = place <= cut
    leading = bool(side[rows if design.swapped else 0])
    if (2 * held[cut], not leading) > (held[-1], False):
        side = ~side
    return side[:rows], side[rows:], int(crossing[cut])


def _variance(design: _Design, contrast: Float, score: Float, factor: Any) -> float | None:
    """u' C^+ u of a contrast of the dossiers; None where conjugate gradients do not settle.

    score: the direction that the contrast mostly lies in, solved for beforehand.
    """
    scaled = contrast if design.swapped else contrast / design.row_count
    right = contrast if design.swapped else design.transpose @ scaled
    own = 0.0 if design.swapped else float(contrast @ scaled)
    if factor is not None:
        return own + float(right @ cho_solve(factor, right))
    start = score * float(score @ right) / float(score @ design.information(score))
    size = right.size
    solution, failed = cg(
        LinearOperator((size, size), matvec=design.information, dtype=np.float64),
        right,
        x0=start,
        rtol=_TOLERANCE,
        maxiter=_ITERATIONS,
        M=LinearOperator((size, size), matvec=lambda vector: vector / design.column_count, dtype=np.float64),
    )
    # as the maximum of 2 g'x - x'F x this errs by the square of the solution's error only
    reached = float(solution @ (2 * right - design.information(solution)))
    return None if failed else own + reached
