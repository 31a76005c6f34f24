"""Solving the mixed-model equations at given variances, by elimination of the larger side.

With g = variance / se2 (the ratio of a component) the equations are kept in the form

    K = I + gi diag(Di) - gi go W' diag(1 / d) W,     d = 1 + go Do

(o: the eliminated outer side, i: the inner one), which stays regular when a variance is exactly 0. Effects:

    x_i = gi K^-1 (r_i - W' (go r_o / d)),            x_o = go (r_o - W x_i) / d

and mu with the panels is a small border. `ExactSolver` factors K (dense, for up to a few thousand levels);
`IterativeSolver` runs preconditioned conjugate gradients and estimates traces from random signs (Hutchinson
1990) against a control variate whose trace is known.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve, hadamard, lapack
from scipy.sparse.linalg import LinearOperator, cg

from .mixed_equations import Data, Equations, Real
from .notices import AggregatorError

ACCURACY = 1e-7  # relative residual at which conjugate gradients stop
ROUGH = 1e-4  # for traces, where random signs leave more open, and for the information
_STEPS = 5000
ROWS = 4096  # outer levels taken at a time where each meets all inner ones
_T = TypeVar("_T")


class Ratios(NamedTuple):
    """Variances of dossiers, experts and panels as multiples of the residual variance; 0 switches one off."""

    dossier: float
    expert: float
    group: float = 0.0


class Freedom(NamedTuple):
    """Effective degrees of freedom of each component: levels less the trace of its scaled inverse block."""

    dossier: float
    expert: float
    group: float


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """A solution: border (mu, then the panels), dossiers' own and experts' effects."""

    border: Real
    dossier: Real
    expert: Real


class Solver(ABC):
    """The equations at one point; a subclass knows how to apply the inverse of K."""

    def __init__(self, system: Equations, ratios: Ratios) -> None:
        self.system, self.ratios = system, ratios
        self.inner_is_dossier = system.dossiers <= system.experts
        self.go, self.gi = self.sides(ratios.dossier, ratios.expert)
        self.do, self.di = self.sides(system.per_dossier, system.per_expert)
        self.forward, self.back = self.sides(system.incidence, system.transposed)
        self.d = 1.0 + self.go * self.do

    @abstractmethod
    def inner_solve(self, right: Real, accuracy: float = ACCURACY) -> Real:
        """K^-1 right; an iterative solver stops at this relative residual."""

    @property
    @abstractmethod
    def traces(self) -> tuple[float, float]:
        """The traces of K^-1 and of K^-1 W' diag(1 / d^2) W."""

    @property
    @abstractmethod
    def reached(self) -> Real:
        """(reviews,) entries of W gi K^-1 where a review is, in the order of the outer side's rows."""

    def solve(self, data: Data, accuracy: float = ACCURACY) -> Effects:
        """The effects that belong to some observations."""
        sides = self.sides(data.dossier, data.expert)
        outer, inner = self._random(*sides, accuracy)
        border = self.border.inverse @ (data.border - self.border.against(*sides))
        for value, (o, i) in zip(border, self.border.columns, strict=True):
            outer, inner = outer - value * o, inner - value * i
        return Effects(border, *self.sides(outer, inner))

    @cached_property
    def border(self) -> Border:
        """Mu and the panels, eliminated last."""
        columns = self.system.border_columns()
        sides = [self.sides(column.dossier, column.expert) for column in columns]
        return Border.of(
            [self._random(*side) for side in sides], sides, self.system.border_matrix(), self.ratios.group
        )

    @cached_property
    def freedom(self) -> Freedom:
        """Effective degrees of freedom; a component that is switched off has none."""
        trace, cross = self.traces
        outer = self.d.size - float((1.0 / self.d).sum()) - self.gi * self.go * cross
        inner = self.di.size - trace
        if self.go:
            outer -= self.border.share(0) / self.go
        if self.gi:
            inner -= self.border.share(1) / self.gi
        return Freedom(*self.sides(outer, inner), self.border.freedom)

    def sides(self, dossier: _T, expert: _T) -> tuple[_T, _T]:
        """(outer, inner) of what is kept as (dossier, expert), and the other way round."""
        return (expert, dossier) if self.inner_is_dossier else (dossier, expert)

    def _random(self, outer: Real, inner: Real, accuracy: float = ACCURACY) -> tuple[Real, Real]:
        """Effects of the two sides, without the border, from their sums."""
        right = inner - self.back @ (self.go * outer / self.d)
        x_inner = self.gi * self.inner_solve(right, accuracy)
        return self.go * (outer - self.forward @ x_inner) / self.d, x_inner


class Border:
    """Mu and panels after both sides are eliminated: p = 1 + panels equations.

    columns: (outer, inner) per column, the effects that stand for mu or a panel as observations.
    inverse: (p, p) the border block of the inverse; log_determinant: of its scaled Schur complement.
    """

    def __init__(self, columns: list[tuple[Real, Real]], schur: Real, ratio: float) -> None:
        self.columns = columns
        scale = np.full(len(columns), np.sqrt(ratio))
        scale[0] = 1.0  # mu is fixed: no penalty, no variance
        matrix = scale[:, None] * schur * scale
        matrix[np.arange(1, len(columns)), np.arange(1, len(columns))] += 1.0
        spherical = np.linalg.inv(matrix)
        self.inverse: Real = scale[:, None] * spherical * scale
        self.freedom = float(len(columns) - 1 - np.trace(spherical[1:, 1:]))
        self.log_determinant = float(np.linalg.slogdet(matrix)[1])

    @classmethod
    def of(
        cls, columns: list[tuple[Real, Real]], sides: list[tuple[Real, Real]], counts: Real, ratio: float
    ) -> Border:
        """From the sums of mu and panels (`sides`), the effects that these have and their own counts."""
        reached = [[o @ x + i @ y for x, y in columns] for o, i in sides]
        return cls(columns, counts - np.array(reached), ratio)

    def against(self, outer: Real, inner: Real) -> Real:
        """(p,) products of every column with some sums."""
        return np.array([x @ outer + y @ inner for x, y in self.columns])

    def share(self, side: int) -> float:
        """What the border adds to the trace of the inverse on one side (0 outer, 1 inner)."""
        own = [column[side] for column in self.columns]
        gram = np.array([[left @ right for right in own] for left in own])
        return float((self.inverse * gram).sum())


class ExactSolver(Solver):
    """K as a dense matrix and its Cholesky factor; O(levels^3) of the smaller side, bit-reproducible."""

    @cached_property
    def factor(self) -> Real:
        """Lower Cholesky factor of K."""
        matrix = np.zeros((self.di.size, self.di.size))
        if self.gi * self.go:
            matrix -= self.gi * self.go * self._product(1.0 / self.d).toarray()
        matrix[np.diag_indices_from(matrix)] += 1.0 + self.gi * self.di
        lower, failed = lapack.dpotrf(matrix.T, lower=1, overwrite_a=1, clean=0)
        if failed:
            raise AggregatorError("宽严程度的方程组不是正定的，请检查评分数据是否有误。")
        return np.asarray(lower)

    @cached_property
    def lower_inverse(self) -> Real:
        """K^-1 below and on its diagonal; what stands above it is left over from the factor."""
        return np.asarray(lapack.dpotri(self.factor, lower=1)[0])

    @property
    def inverse(self) -> Real:
        """K^-1, symmetric."""
        lower = np.tril(self.lower_inverse)
        return lower + np.tril(lower, -1).T

    @cached_property
    def log_determinant(self) -> float:
        """Of all scaled equations, mu and panels included."""
        inside = 2.0 * float(np.log(np.diag(self.factor)).sum())
        return float(np.log(self.d).sum()) + inside + self.border.log_determinant

    def inner_solve(self, right: Real, accuracy: float = ACCURACY) -> Real:
        """K^-1 right by the factor, whatever the accuracy asked for."""
        return np.asarray(cho_solve((self.factor, True), right, check_finite=False))

    @cached_property
    def traces(self) -> tuple[float, float]:
        """Both traces, exactly; the second over the non-zeros of the sparse product."""
        product = self._product(1.0 / self.d**2).tocoo()
        row, column = np.maximum(product.row, product.col), np.minimum(product.row, product.col)
        cross = self.lower_inverse[row, column] @ product.data
        return float(np.trace(self.lower_inverse)), float(cross)

    @cached_property
    def reached(self) -> Real:
        """By products of a few thousand rows at a time: no (outer, inner) matrix is ever held."""
        inner, found = self.gi * self.inverse, np.empty(self.forward.nnz)
        for begin in range(0, self.d.size, ROWS):
            rows = self.forward[begin : begin + ROWS]
            own = np.repeat(np.arange(rows.shape[0]), np.diff(rows.indptr))
            place = int(self.forward.indptr[begin])
            found[place : place + rows.nnz] = (rows @ inner)[own, rows.indices]
        return found

    def _product(self, weight: Real) -> Any:
        """W' diag(weight) W, sparse."""
        scaled = self.forward.copy()
        scaled.data *= np.repeat(weight, np.diff(scaled.indptr))
        return self.back @ scaled


def signs_of(system: Equations, seed: int, probes: int) -> NDArray[np.int8]:
    """(probes, inner levels) random signs for traces, orthogonal where levels meet.

    A level's signs are a random one times its column of a Hadamard matrix; levels are given the columns in
    turn in the order in which the outer side meets them. What two levels of different columns have to do with
    each other, as those of one panel, cancels over the rows. (Probing: Tang, Saad 2012; Stathopoulos,
    Laeuchli, Orginos 2013.)
    """
    forward = system.transposed if system.dossiers <= system.experts else system.incidence
    size, entries = forward.shape[1], forward.nnz
    met = np.full(size, entries)
    met[forward.indices[::-1]] = np.arange(entries - 1, -1, -1)  # of equal indices the last one stays
    turn = np.empty(size, dtype=np.int64)
    turn[np.argsort(met, kind="stable")] = np.arange(size)
    width = 1 << (probes.bit_length() - 1)
    columns = hadamard(width, np.int8)[:, turn % width]
    random = np.random.default_rng(seed)
    blocks = [columns * random.choice(np.array((-1, 1), np.int8), size) for _ in range(-(-probes // width))]
    return np.concatenate(blocks)[:probes]


def _squared(matrix: Any) -> Any:
    """Its entries squared; itself, and no second copy for every solver, where they are all 1."""
    if bool((matrix.data == 1.0).all()):
        return matrix
    result = matrix.copy()
    result.data **= 2
    return result


class IterativeSolver(Solver):
    """Conjugate gradients on K with its diagonal as preconditioner.

    signs: (probes, inner levels) of +1 and -1 for the traces; the same at every point, so that the criterion
    that is optimised is one smooth function. memory: solutions by their number; the points of one climb make
    the same solves in the same order, and each begins where the last point's ended. rough: accuracy of the
    solves for the traces.
    """

    def __init__(
        self,
        system: Equations,
        ratios: Ratios,
        signs: NDArray[np.int8],
        memory: dict[int, Real],
        rough: float = ROUGH,
    ) -> None:
        super().__init__(system, ratios)
        self.signs, self.memory, self.solved, self.rough = signs, memory, 0, rough
        self.square = _squared(self.back)
        self.diagonal = 1.0 + self.gi * self.di - self.gi * self.go * (self.square @ (1.0 / self.d))
        size = self.di.size
        self.operator = LinearOperator((size, size), matvec=self.apply, dtype=np.float64)
        self.jacobi = LinearOperator((size, size), matvec=lambda v: v / self.diagonal, dtype=np.float64)

    def apply(self, vector: Real) -> Real:
        """K vector."""
        reached = self.back @ ((self.forward @ vector) / self.d)
        result: Real = (1.0 + self.gi * self.di) * vector - self.gi * self.go * reached
        return result

    def inner_solve(self, right: Real, accuracy: float = ACCURACY) -> Real:
        """K^-1 right, begun where the same solve ended at the point before."""
        start = self.memory.get(self.solved)
        x, failed = cg(self.operator, right, x0=start, rtol=accuracy, atol=0.0, M=self.jacobi, maxiter=_STEPS)
        if failed:
            raise AggregatorError(
                "宽严程度的方程组经%(steps)s步仍未解出，请检查评审组之间的共同评审是否过少。", steps=_STEPS
            )
        self.memory[self.solved] = x
        self.solved += 1
        return np.asarray(x)

    @property
    def traces(self) -> tuple[float, float]:
        """Both traces as means over the signs z of z' K^-1 z and (K^-1 z)' W' diag(1 / d^2) W z.

        z' J (2 J^-1 - K) J z and z' J W' diag(1 / d^2) W z with J = 1 / diagonal follow them closely, and
        their traces are known.
        """
        return self._probed[0], self._probed[1]

    @property
    def trace_error(self) -> float:
        """Standard error of the first trace were the signs independent: sqrt(2 / probes) times the norm of
        what J (2 J^-1 - K) J leaves of K^-1.
        """
        return self._probed[2]

    @cached_property
    def _probed(self) -> tuple[float, float, float]:
        first = second = left = 0.0
        for signs in self.signs:
            sign = signs.astype(np.float64)
            solved = self.inner_solve(sign, self.rough)
            guess = sign / self.diagonal
            near = 2.0 * guess - self.apply(guess) / self.diagonal
            seen = self.back @ ((self.forward @ sign) / self.d**2)
            away = solved - near
            first += sign @ away
            left += away @ away
            second += (solved - guess) @ seen
        count = len(self.signs)
        known = (self.square @ (1.0 / self.d**2)) @ (1.0 / self.diagonal)
        trace = float((1.0 / self.diagonal).sum() + first / count)
        return trace, float(known + second / count), float(np.sqrt(2.0 * left)) / count

    @cached_property
    def inner_variance(self) -> Real:
        """gi diag(K^-1) as its preconditioner has it, scaled to the estimated trace."""
        guess = 1.0 / self.diagonal
        result: Real = self.gi * guess * (self.traces[0] / float(guess.sum()))
        return result

    @property
    def reached(self) -> Real:
        """As if K were its diagonal."""
        result: Real = self.forward.data * self.inner_variance[self.forward.indices]
        return result
