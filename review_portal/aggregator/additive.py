"""Severity: how much each expert scores above or below the others, by additive least squares.

    minimise  sum over reviews (y_ij - a_i - b_j)^2   with  sum_j b_j = 0 in every connected component

unweighted (Fisher's incomplete block analysis; Paul 1981). Eliminating the dossiers,
a_i = mean_j (y_ij - b_j), leaves the experts' normal equations  (M - W' N^-1 W) b = r,  with M, N the review
counts of experts and dossiers, W the incidence and r_j = sum_i (y_ij - mean_i). Whole-number input makes
every b_j a rational number: components of up to EXACT_EXPERTS experts are solved exactly by fraction-free
elimination (Bareiss 1968), larger ones by conjugate gradients with refinement.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array
from scipy.sparse.linalg import LinearOperator, cg

from .connectivity import Components, components
from .exact import Index, Whole
from .notices import AggregatorError

Floats = NDArray[np.float64]

EXACT_EXPERTS = 60
ITERATIVE_SCALE = 10**9
ITERATIVE_SNAP = 10**6  # half-up sees iterative effects on a grid of a millionth of a hundredth
_REFINED = 1e-7  # hundredths; the last refinement must move no effect by more, a fifth of half a grid step
_REFINEMENTS = 8


@dataclass(frozen=True, slots=True, eq=False)
class AdditiveFit:
    """Expert effects b_j = numerator_j / denominator in hundredths; positive means generous.

    numerator: (experts,) whole numbers; 0 for an expert without reviews. exact: the fraction is the
    solution itself, else it is within 1e-7 hundredths of it as the refinement shows. components: over which
    the effects sum to 0.
    """

    numerator: Whole
    denominator: int
    exact: bool
    components: Components


def fit_additive(
    sheet_dossier: Index,
    sheet_expert: Index,
    total: Index,
    dossiers: int,
    experts: int,
    *,
    scale: int = 1,
    exact_experts: int = EXACT_EXPERTS,
) -> AdditiveFit:
    """Expert effects of one round.

    sheet_dossier, sheet_expert, total: (reviews,), total in whole 1/`scale` hundredths. Raises
    AggregatorError if the iterative solution of a component with more than `exact_experts` experts does not
    settle.
    """
    parts = components(sheet_dossier, sheet_expert, dossiers, experts)
    largest = int(np.bincount(parts.expert[parts.expert >= 0]).max(initial=0))
    count = np.bincount(sheet_dossier, minlength=dossiers)
    incidence = csr_array(
        (np.ones(total.size, dtype=np.int64), (sheet_dossier, sheet_expert)), shape=(dossiers, experts)
    )
    if largest > exact_experts:
        effect = _iterate(incidence, sheet_dossier, sheet_expert, total / scale, parts)
        return AdditiveFit(np.rint(effect * ITERATIVE_SCALE).astype(np.int64), ITERATIVE_SCALE, False, parts)
    solutions: list[tuple[Index, list[int], int]] = []
    for part in range(parts.count):
        member = np.flatnonzero(parts.expert == part)
        rows = parts.expert[sheet_expert] == part
        here = np.flatnonzero(parts.dossier == part)
        matrix, right = _normal_equations(
            csr_array(incidence[here][:, member]), count[here],
            np.searchsorted(here, sheet_dossier[rows]), np.searchsorted(member, sheet_expert[rows]),
            total[rows],
        )  # fmt: skip
        solutions.append((member, *_centred(*_solve_exactly(matrix, right))))
    denominator = math.lcm(*(solution[2] for solution in solutions)) if solutions else 1
    numerator = np.zeros(experts, dtype=object)
    for member, values, below in solutions:
        numerator[member] = [value * (denominator // below) for value in values]
    return AdditiveFit(numerator, denominator * scale, True, parts)


def _normal_equations(
    incidence: Any, count: Index, dossier: Index, expert: Index, total: Index
) -> tuple[Whole, list[int]]:
    """Integer normal equations of one component, multiplied by the least common multiple of the review
    counts.
    """
    size = incidence.shape[1]
    common = math.lcm(*(int(value) for value in np.unique(count)))
    matrix = np.zeros((size, size), dtype=object)
    right = np.zeros(size, dtype=object)
    matrix[np.arange(size), np.arange(size)] = [common * int(m) for m in np.bincount(expert, minlength=size)]
    np.add.at(right, expert, total.astype(object) * common)
    sums = np.zeros(count.size, dtype=np.int64)
    np.add.at(sums, dossier, total)
    for value in np.unique(count):
        alike = incidence[np.flatnonzero(count == value)]
        factor = common // int(value)
        matrix -= (alike.T @ alike).toarray().astype(object) * factor
        right -= (alike.T @ sums[count == value]).astype(object) * factor
    return matrix, right.tolist()


def _solve_exactly(matrix: Whole, right: list[int]) -> tuple[list[int], int]:
    """Solve the singular system with the last unknown set to 0: numerators and their common denominator.

    Without its last row and column the matrix is positive definite (the component is connected): no pivot
    is 0.
    """
    size = len(right) - 1
    if size == 0:
        return [0], 1
    work = np.empty((size, size + 1), dtype=object)
    work[:, :size] = matrix[:size, :size]
    work[:, size] = right[:size]
    work = work // (reduce(math.gcd, work.ravel().tolist()) or 1)
    previous = 1
    for step in range(size - 1):
        below, pivot = work[step + 1 :], work[step, step]
        below[:, step + 1 :] = (
            pivot * below[:, step + 1 :] - np.outer(below[:, step], work[step, step + 1 :])
        ) // previous
        previous = pivot
    determinant = int(work[size - 1, size - 1])
    solution = [0] * size
    for row in range(size - 1, -1, -1):
        known = sum(int(work[row, column]) * solution[column] for column in range(row + 1, size))
        solution[row] = (determinant * int(work[row, size]) - known) // int(work[row, row])
    return [*solution, 0], determinant


def _centred(values: list[int], denominator: int) -> tuple[list[int], int]:
    """The same effects shifted so that they sum to 0, in lowest terms."""
    size, total = len(values), sum(values)
    shifted, below = [size * value - total for value in values], size * denominator
    shared = math.gcd(below, *shifted)
    return [value // shared for value in shifted], below // shared


def weighted_effects(
    sheet_dossier: Index, sheet_expert: Index, total: Floats, weight: Floats, parts: Components
) -> Floats:
    """(experts,) effects, in the units of `total`, that minimise  sum c_ij (y_ij - a_i - b_j)^2.

    weight: (reviews,) c_ij above 0. The effects of a part sum to 0 unweighted. Good to 1e-7 of a hundredth if
    the totals are hundredths. (MacKay, Kenna, Low, Parker 2017.) Raises as `fit_additive`.
    """
    shape = parts.dossier.size, parts.expert.size
    incidence = csr_array((weight, (sheet_dossier, sheet_expert)), shape=shape)
    return _iterate(incidence, sheet_dossier, sheet_expert, total, parts, weight)


def _iterate(
    incidence: Any,
    dossier: Index,
    expert: Index,
    total: Floats,
    parts: Components,
    weight: Floats | float = 1.0,
) -> Floats:
    """Effects in float hundredths by Jacobi-preconditioned conjugate gradients, refined until they stand
    still. incidence: (dossiers, experts) weights of the reviews; weight: the same, one for each review.
    """
    size = incidence.shape[1]
    used = parts.expert >= 0
    forward = csr_array(incidence, dtype=np.float64)
    back = csr_array(forward.T)
    weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), total.shape)
    reviews = np.bincount(expert, weights, size)
    within = np.bincount(dossier, weights, incidence.shape[0])
    share = 1.0 / np.where(within > 0.0, within, 1.0)

    def normal(vector: Any) -> Any:
        return reviews * vector - back @ (share * (forward @ vector))

    start = total - (np.bincount(dossier, weights * total, within.size) * share)[dossier]
    right = np.bincount(expert, weights * start, size)
    scale = 1.0 / np.where(reviews > 0.0, reviews, 1.0)
    operator = LinearOperator((size, size), matvec=normal, dtype=np.float64)
    jacobi = LinearOperator((size, size), matvec=lambda vector: scale * vector, dtype=np.float64)
    members = np.maximum(np.bincount(parts.expert[used], minlength=parts.count), 1)

    def centred(vector: Any) -> Any:
        """Without its part along the null space: effects equal within a component."""
        mean = np.bincount(parts.expert[used], weights=vector[used], minlength=parts.count) / members
        result = np.zeros(size)
        result[used] = vector[used] - mean[parts.expert[used]]
        return result

    effect = np.zeros(size)
    moves: list[float] = []
    for _ in range(_REFINEMENTS):
        rest = centred(right - normal(effect))
        step = centred(cg(operator, rest, rtol=1e-8, atol=0.0, M=jacobi, maxiter=5000)[0])
        effect += step
        moves.append(float(np.abs(step).max(initial=0.0)))
        if moves[-1] < _REFINED:
            return effect
    raise AggregatorError(
        "评分校准未能收敛（各次改变量：%(moves)s），请检查评审组之间的共同评审是否过少。",
        moves="、".join(f"{move:.1e}" for move in moves),
    )
