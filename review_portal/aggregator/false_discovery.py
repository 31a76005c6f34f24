"""Many comparisons at once: which of them stand out when only a given share of those named may be chance."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from .exact import Index

Real = NDArray[np.float64]


def adjusted(p: Real) -> Real:
    """q-values of Benjamini and Hochberg (1995): q_(i) = min over k >= i of p_(k) tests / k, in p's order.

    Naming every test with q <= level keeps the expected share of false ones among them at `level` for
    independent or positively dependent tests. O(tests log tests).
    """
    order = np.argsort(p, kind="stable")
    raised = p[order] * p.size / np.arange(1, p.size + 1)
    result = np.empty(p.size)
    result[order] = np.minimum(np.minimum.accumulate(raised[::-1])[::-1], 1.0)
    return result


@dataclass(frozen=True, eq=False)
class Comparisons:
    """One family of comparisons; every array has one entry a comparison.

    who            what was looked at: index of an expert, a review or a pair
    reviews        how many reviews (of a pair: common dossiers) it rests on
    figure, usual  what was found, and what it is held against
    p              probability of a figure this far off, were nothing the matter
    telling        whether the figure is large enough to be worth a look, however sure it is
    """

    who: Index
    reviews: Index
    figure: Real
    usual: Real
    p: Real
    telling: NDArray[np.bool_]

    @cached_property
    def q(self) -> Real:
        """(comparisons,) p adjusted for the number of comparisons of this family."""
        return adjusted(self.p)

    def found(self, level: float) -> Index:
        """Places of those to look at, the surest first."""
        places = np.flatnonzero((self.q < level) & self.telling)
        result: Index = places[np.lexsort((self.who[places], self.p[places]))]
        return result
