"""The experts' normal equations of one connected round in floats: inverted once, then solved for many totals
and without each expert in turn.

With L = M - W' N^-1 W (see `additive`) the effects solve L b = r, r_j = sum_i (y_ij - mean_i), sum_j b_j = 0.
L is the Laplacian of a graph on the experts, singular along the vector of ones only, so S = L + g 11' gives
the same b and can be inverted. Without expert j every dossier i he scored with n_i - 1 > 0 others loses

    E_i - E_i' = (n_i - 1)/n_i u_i u_i',   u_i = e_j - (w_i - e_j)/(n_i - 1),   w_i the experts of i

of L: a change of rank m_j, his number of reviews. With U = [u_i .. e_j], the condition b_j = 0 and his
contrasts c_i = y_ij - b_j less the mean of y_ik - b_k over the other experts k of i, the effects of the
others move by (Sherman, Morrison and Woodbury; Hager 1989, SIAM Review 31:221)

    b' = b + S^-1 U T^-1 h,   T = diag(-n_i/(n_i - 1) .. 0) + U' S^-1 U,   h = (c_i .. -b_j)

One inverse of size experts^3 and one product replace as many fits as there are experts. What a residual does
not show to be exact enough (weakly linked panels) is refined, as in `additive`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import inv
from scipy.sparse import csr_array

from .additive import Floats
from .exact import Groups, Index

TRUSTED = 1e-7  # hundredths, as in `additive`: nothing with a larger error is used
_REFINEMENTS = 4
_PAIR_TERMS = 2_000_000  # terms of T gathered at a time


@dataclass(frozen=True, slots=True, eq=False)
class Effects:
    """Expert effects in the unit of the totals, one column per set of totals or per expert left out.

    effect: (experts, columns); 0 for the expert left out. dossier_sum: (dossiers, columns) sum of the effects
    of a dossier's experts. error: (columns,) a bound of the error, or where that is too large how far the
    last refinement moved an effect.
    """

    effect: Floats
    dossier_sum: Floats
    error: Floats


@dataclass(frozen=True, slots=True, eq=False)
class _Deletion:
    """Experts to be left out one at a time, those with equally many reviews together.

    left_out: (columns,). parts: columns, their reviews of dossiers that others scored too (columns, m_j), and
    T^-1. bound: (columns,) of the largest sum of absolute values in a row of S^-1 without the expert.
    """

    left_out: Index
    parts: list[tuple[Index, Index, Floats]]
    bound: Floats


@dataclass(frozen=True, slots=True, eq=False)
class NormalEquations:
    """Normal equations of a connected round in which every dossier and every expert has a review.

    dossier, expert: (reviews,) ascending by dossier. incidence: (dossiers, experts) sparse 0/1. count, load:
    reviews of each dossier, of each expert. shift: g. inverse: (experts, experts) S^-1. norm: its largest sum
    of absolute values in a row.
    """

    dossier: Index
    expert: Index
    incidence: Any
    count: Index
    load: Index
    shift: float
    inverse: Floats
    norm: float

    @classmethod
    def of(cls, dossier: Index, expert: Index) -> NormalEquations:
        """Invert the equations; O(experts^3). dossier, expert: (reviews,) numbered without gaps."""
        count, load = np.bincount(dossier), np.bincount(expert)
        shape = (count.size, load.size)
        incidence = csr_array((np.ones(dossier.size), (dossier, expert)), shape=shape)
        matrix = -(incidence.T @ (incidence * (1.0 / count)[:, None])).toarray()
        matrix[np.arange(load.size), np.arange(load.size)] += load
        shift = float(load.mean()) / load.size  # the size of L's other eigenvalues, whatever the round
        matrix += shift
        inverse: Floats = inv(matrix, overwrite_a=True, check_finite=False, assume_a="pos")
        norm = float(np.abs(inverse).sum(axis=1).max())
        return cls(dossier, expert, incidence, count, load, shift, inverse, norm)

    def effects(self, total: Floats) -> Effects:
        """Effects for totals (reviews, columns), refined twice; the error is what the second one moved."""
        right = self._right(total)
        effect = self.inverse @ right
        for _ in range(2):
            step = self.inverse @ (right - self._normal(effect, self.incidence @ effect))
            effect += step
        return Effects(effect, self.incidence @ effect, np.abs(step).max(axis=0))

    def without_each(self, total: Floats, left_out: Index) -> Effects:
        """Effects when one expert at a time is left out; total: (reviews,).

        left_out: (columns,) experts whose absence leaves the others connected. The sum over those who stay is
        0. An expert with half as many reviews as there are experts is cheaper to fit afresh.
        """
        result = np.zeros((self.load.size, left_out.size))
        error = np.zeros(left_out.size)
        light = 2 * self.load[left_out] < self.load.size
        for column in np.flatnonzero(~light).tolist():
            result[:, column], error[column] = self._afresh(total, int(left_out[column]))
        columns = np.flatnonzero(light)
        result[:, columns], error[columns] = self._downdated(total, left_out[columns])
        return Effects(result, self.incidence @ result, error)

    def _downdated(self, total: Floats, left_out: Index) -> tuple[Floats, Floats]:
        """Effects without each expert and their errors, by the formula above."""
        deletion = self._deletion(left_out)
        effect = self.effects(total[:, None]).effect[:, 0]
        rest = total - effect[self.expert]
        n = self.count[self.dossier]
        contrast = (n * rest - np.bincount(self.dossier, weights=rest)[self.dossier]) / np.maximum(n - 1, 1)
        found = effect[:, None] + self._moved(deletion, contrast, -effect[left_out])
        found[left_out, np.arange(left_out.size)] = 0.0
        residual = self._residual(total, left_out, found)
        error = deletion.bound * np.abs(residual).max(axis=0, initial=0.0)
        open_ = np.flatnonzero(~(error <= TRUSTED))
        for _ in range(_REFINEMENTS if open_.size else 0):
            step = self._solved(self._deletion(left_out[open_]), residual[:, open_])
            found[:, open_] += step
            error[open_] = np.abs(step).max(axis=0)
            open_ = open_[~(error[open_] <= TRUSTED)]
            if open_.size == 0:
                break
            residual[:, open_] = self._residual(total, left_out[open_], found[:, open_])
        return found, error

    def _right(self, total: Floats) -> Floats:
        groups = Groups.of(self.dossier)
        mean = np.add.reduceat(total, groups.start, axis=0) / self.count[:, None]
        by_expert = np.argsort(self.expert, kind="stable")
        start = Groups.of(self.expert[by_expert]).start
        right: Floats = np.add.reduceat((total - mean[self.dossier])[by_expert], start, axis=0)
        return right

    def _normal(self, effect: Floats, dossier_sum: Floats) -> Floats:
        """S b for every column; dossier_sum: W b."""
        product: Floats = self.load[:, None] * effect - self.incidence.T @ (dossier_sum / self.count[:, None])
        product += self.shift * effect.sum(axis=0)
        return product

    def _deletion(self, left_out: Index) -> _Deletion:
        """T^-1 for each expert, and from |U| <= m_j + 1, |U'| <= 2 the bound

        |S^-1| (1 + |U| |T^-1| |U'| |S^-1|).
        """
        order = np.argsort(self.expert, kind="stable")
        order = order[self.count[self.dossier[order]] > 1]
        load = np.bincount(self.expert[order], minlength=self.load.size)
        start = np.cumsum(load) - load
        by_dossier = self.incidence @ self.inverse
        parts: list[tuple[Index, Index, Floats]] = []
        bound = np.zeros(left_out.size)
        for size, columns in _batches(load[left_out], float(self.count.mean())):
            reviews = order[start[left_out[columns]][:, None] + np.arange(size)]
            matrix = self._capacitance(left_out[columns], self.dossier[reviews], by_dossier)
            solver = np.asarray(np.linalg.inv(matrix), dtype=np.float64)
            widest = np.abs(solver).sum(axis=2).max(axis=1)
            bound[columns] = self.norm * (1 + 2 * (size + 1) * widest * self.norm)
            parts.append((columns, reviews, solver))
        return _Deletion(left_out, parts, bound)

    def _moved(self, deletion: _Deletion, along: Floats, own: Floats) -> Floats:
        """S^-1 U T^-1 (along .. own) in a column for each expert left out.

        along: (reviews,) read where he scored; own: (columns,).
        """
        left_out = deletion.left_out
        push, last = np.zeros(self.dossier.size), np.zeros(left_out.size)
        for columns, reviews, solver in deletion.parts:
            right = np.concatenate((along[reviews], own[columns, None]), axis=1)
            found = (solver @ right[:, :, None])[:, :, 0]
            n = self.count[self.dossier[reviews]]
            push[reviews] = found[:, :-1] / (n - 1)
            last[columns] = found[:, -1] + (push[reviews] * n).sum(axis=1)
        change = -(self.incidence.T @ self._sparse(left_out, push)).toarray()
        change[left_out, np.arange(left_out.size)] += last
        moved: Floats = self.inverse @ change
        return moved

    def _solved(self, deletion: _Deletion, right: Floats) -> Floats:
        """S'^-1 right, one column for each expert left out: S^-1 (right - U T^-1 U' S^-1 right)."""
        first = self.inverse @ right
        reviews, columns = self._reviews_of(deletion.left_out)
        n = self.count[self.dossier[reviews]]
        along = np.zeros(self.dossier.size)
        along[reviews] = n * first[self.expert[reviews], columns]
        along[reviews] -= (self.incidence @ first)[self.dossier[reviews], columns]
        along[reviews] /= np.maximum(n - 1, 1)
        each = np.arange(deletion.left_out.size)
        solved = first - self._moved(deletion, along, first[deletion.left_out, each])
        solved[deletion.left_out, each] = 0.0
        return solved

    def _reviews_of(self, left_out: Index) -> tuple[Index, Index]:
        """The reviews of these experts and the column of each."""
        column = np.full(self.load.size, -1)
        column[left_out] = np.arange(left_out.size)
        reviews = np.flatnonzero(column[self.expert] >= 0)
        return reviews, column[self.expert[reviews]]

    def _sparse(self, left_out: Index, values: Floats) -> Any:
        """(dossiers, columns) a value for each review of an expert in his column."""
        reviews, columns = self._reviews_of(left_out)
        shape = (self.count.size, left_out.size)
        return csr_array((values[reviews], (self.dossier[reviews], columns)), shape=shape)

    def _capacitance(self, left_out: Index, dossier: Index, by_dossier: Floats) -> Floats:
        """T for experts with equally many reviews; left_out: (k,), dossier: (k, c), by_dossier: W S^-1."""
        n = self.count[dossier].astype(np.float64)
        own = self.inverse[left_out, left_out][:, None]
        across = by_dossier[dossier, left_out[:, None]]
        members, size = dossier.shape
        one = np.broadcast_to(dossier[:, :, None], (members, size, size)).ravel()
        two = np.broadcast_to(dossier[:, None, :], (members, size, size)).ravel()
        terms = self.count[two]
        begin = np.cumsum(terms) - terms
        sheet = np.repeat(Groups.of(self.dossier).start[two] - begin, terms) + np.arange(int(terms.sum()))
        both = np.add.reduceat(by_dossier[np.repeat(one, terms), self.expert[sheet]], begin)
        matrix = np.empty((members, size + 1, size + 1))
        less = n - 1
        block = (n * own)[:, :, None] * n[:, None, :] + both.reshape(members, size, size)
        block -= n[:, :, None] * across[:, None, :] + n[:, None, :] * across[:, :, None]
        matrix[:, :size, :size] = block / (less[:, :, None] * less[:, None, :])
        matrix[:, np.arange(size), np.arange(size)] -= n / less
        matrix[:, :size, size] = matrix[:, size, :size] = (n * own - across) / less
        matrix[:, size, size] = own[:, 0]
        return matrix

    def _residual(self, total: Floats, left_out: Index, effect: Floats) -> Floats:
        """What is missing in the others' equations when each expert is left out, (experts, columns).

        They are S' b' = r' with S' = S - sum d_i u_i u_i' and r' = r - sum d_i u_i g_i over his dossiers,
        d_i = (n_i - 1)/n_i and g_i his total less the mean of the others'.
        """
        dossier_sum = self.incidence @ effect
        rest = self._right(total[:, None]) - self._normal(effect, dossier_sum)
        reviews, columns = self._reviews_of(left_out)
        dossier = self.dossier[reviews]
        n = self.count[dossier]
        others = np.bincount(self.dossier, weights=total)[dossier] - dossier_sum[dossier, columns]
        share = np.zeros(total.size)
        share[reviews] = np.where(n > 1, (n * total[reviews] - others) / (np.maximum(n - 1, 1) * n), 0.0)
        rest += (self.incidence.T @ self._sparse(left_out, share)).toarray()
        rest[left_out, np.arange(left_out.size)] = 0.0
        return rest

    def _afresh(self, total: Floats, left_out: int) -> tuple[Floats, float]:
        stays = self.expert != left_out
        _, dossier = np.unique(self.dossier[stays], return_inverse=True)
        expert = self.expert[stays] - (self.expert[stays] > left_out)
        found = NormalEquations.of(dossier, expert).effects(total[stays, None])
        return np.insert(found.effect[:, 0], left_out, 0.0), float(found.error[0])


def _batches(load: Index, reviews: float) -> list[tuple[int, NDArray[np.int64]]]:
    """Experts with equally many reviews together, in parts that keep the gathered terms small."""
    found = []
    for size in np.unique(load).tolist():
        members = np.flatnonzero(load == size)
        step = max(1, int(_PAIR_TERMS / (size * size * reviews + 1)))
        found += [(size, members[begin : begin + step]) for begin in range(0, members.size, step)]
    return found
