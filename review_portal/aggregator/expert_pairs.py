"""Pairs of experts whose scores depart from the others' in the same direction on the dossiers they share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array, triu
from scipy.special import ndtr

from .exact import Index
from .false_discovery import Comparisons
from .mixed_equations import Real
from .residuals import Residuals

LEAST_COMMON = 10  # dossiers that both have scored
LARGEST = 50_000_000  # work of one product, the sum over dossiers of squared review counts; no pairs above it


@dataclass(frozen=True, eq=False)
class Pairs(Comparisons):
    """`who` counts the pairs; first, second: (comparisons,) their experts, first < second."""

    first: Index
    second: Index


def work(residuals: Residuals) -> int:
    """Sum over dossiers of the square of their reviews."""
    return int((np.bincount(residuals.dossier) ** 2).sum())


def agreeing_pairs(residuals: Residuals) -> Pairs:
    """Correlation about 0 of two experts' residuals over their common dossiers, for all pairs with enough.

    The fit itself correlates the residuals of one dossier:

        Cov(e_ij, e_ik) = -v ((h_ij + h_ik - b_j - b_k) / 2 + b_jk)

    with h what it takes up, b_j, b_k the expert effects' variances over v and b_jk their covariance, its
    average over all experts being taken. Fisher's z = atanh r is compared with that of the expected r: normal
    with variance 1 / (common - 3). One-sided: agreement only.

    Counts come from one sparse product of the reviews with themselves; the sums are formed for those experts
    alone who share enough with anyone.
    """
    count, one, two = _common(residuals)
    some = np.unique(np.concatenate([one, two]))
    first, second = np.searchsorted(some, one), np.searchsorted(some, two)
    seen = _table(residuals, np.ones(residuals.value.size), some)

    def over_pairs(left: Any, right: Any) -> tuple[Real, Real]:
        """Sums over the common dossiers of left_ij right_ik and of left_ik right_ij."""
        if not first.size:  # picking nothing from a sparse array gives a sparse array
            return np.zeros(0), np.zeros(0)
        product = left.T @ right
        return product[first, second], product[second, first]

    def of_seen(values: Real) -> tuple[Real, Real]:
        return over_pairs(_table(residuals, values, some), seen)

    value = _table(residuals, residuals.value, some)
    found = _correlation(over_pairs(value, value)[0], *of_seen(residuals.value**2))
    taken = sum(of_seen(residuals.taken - residuals.of_expert[residuals.expert]), np.zeros(count.size))
    expected = _correlation(-taken / 2 - count * _shared(residuals), *of_seen(residuals.free))
    z = (np.arctanh(found) - np.arctanh(expected)) * np.sqrt(count - 3.0)
    return Pairs(
        who=np.arange(count.size),
        reviews=count,
        figure=found,
        usual=expected,
        p=ndtr(-z),
        telling=np.ones(count.size, dtype=bool),
        first=some[first],
        second=some[second],
    )


def _shared(residuals: Residuals) -> float:
    """Average covariance of two experts' effects over v: the level, and departures from it that sum to 0."""
    apart = residuals.of_expert[residuals.reviews > 0] - residuals.level
    return residuals.level - float(apart.sum()) / max(apart.size * (apart.size - 1), 1)


def _common(residuals: Residuals) -> tuple[Index, Index, Index]:
    """How many dossiers a pair has in common, and its two experts, for all pairs with enough."""
    able = residuals.reviews >= LEAST_COMMON
    product = _table(residuals, able[residuals.expert].astype(np.int32))
    product = product.T @ product
    product.data[product.data < LEAST_COMMON] = 0
    product.eliminate_zeros()
    pairs = triu(product, k=1, format="coo")
    one, two = (pairs.coords[side].astype(np.int64) for side in (0, 1))
    order = np.lexsort((two, one))
    return pairs.data[order].astype(np.int64), one[order], two[order]


def _table(residuals: Residuals, values: NDArray[Any], experts: Index | None = None) -> Any:
    """(dossiers, experts) something given per review, of all or some experts."""
    shape = residuals.dossiers, residuals.experts
    whole = csr_array((values, (residuals.dossier, residuals.expert)), shape=shape)
    return whole if experts is None else whole[:, experts]


def _correlation(crossed: Real, one: Real, two: Real) -> Real:
    """crossed / sqrt(one two), kept off +-1 where Fisher's z ends; 0 where a side does not vary."""
    varied = (one > 0.0) & (two > 0.0)
    below = np.sqrt(np.where(varied, one * two, 1.0))
    return np.clip(np.where(varied, crossed / below, 0.0), -0.999999, 0.999999)
