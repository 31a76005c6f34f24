"""Henderson's equations of the crossed model as sufficient statistics: no vector has one entry a review.

    y_ij = mu + g_p(i) + a_i + b_j + e_ij,   g ~ N(0, sg2), a ~ N(0, sa2), b ~ N(0, sb2), e_ij ~ N(0, se2 s_j)

for dossier i, expert j and, where panels are given, the panel p(i) of the dossier. What the equations need
of the data are the weighted counts and sums of the two sides and their incidence; mu and the panels are a
small border. (Henderson 1975.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from .exact import Index

Real = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Data:
    """Sums over reviews that one set of observations brings into the equations, weighted by 1 / s_j.

    border: (1 + groups,) overall and per panel; dossier: (dossiers,); expert: (experts,)
    """

    border: Real
    dossier: Real
    expert: Real


@dataclass(frozen=True, slots=True, eq=False)
class Equations:
    """Counts and incidence of one round; every count is a sum of review weights 1 / s_j.

    incidence, transposed   (dossiers, experts), (experts, dossiers): the weight 1 / s_j where a review is
    per_dossier, per_expert its row sums
    group, groups           (dossiers,) panel of each dossier, and how many there are; 0: no panel effect
    reviews                 number of reviews
    log_noise               sum over reviews of log s_j
    """

    incidence: Any
    transposed: Any
    per_dossier: Real
    per_expert: Real
    group: Index
    groups: int
    reviews: int
    log_noise: float

    @property
    def dossiers(self) -> int:
        """How many dossiers."""
        return int(self.per_dossier.size)

    @property
    def experts(self) -> int:
        """How many experts."""
        return int(self.per_expert.size)

    def into_border(self, dossier_sums: Real) -> Real:
        """(1 + groups,) overall sum and sums per panel of something summed per dossier."""
        panels = summed(self.group, dossier_sums, self.groups)[: self.groups]
        return np.concatenate(([dossier_sums.sum()], panels))

    def border_matrix(self) -> Real:
        """(1 + groups, 1 + groups) counts: the border against itself."""
        counts = self.into_border(self.per_dossier)
        matrix = np.diag(counts)
        matrix[0, :] = matrix[:, 0] = counts
        return matrix

    def border_columns(self) -> list[Data]:
        """What mu and each panel bring in, one column each: the observations 1, or 1 in the panel."""
        whole = Data(self.into_border(self.per_dossier), self.per_dossier, self.per_expert)
        return [whole, *(self.of_dossiers((self.group == number) * 1.0) for number in range(self.groups))]

    def of_dossiers(self, values: Real) -> Data:
        """Observations that are a value of the dossier alone."""
        sums = self.per_dossier * values
        return Data(self.into_border(sums), sums, self.transposed @ values)

    def of_experts(self, values: Real) -> Data:
        """Observations that are a value of the expert alone."""
        sums = self.incidence @ values
        return Data(self.into_border(sums), sums, self.per_expert * values)

    def of_panels(self, values: Real) -> Data:
        """Observations that are a value of the panel alone."""
        return self.of_dossiers(values[self.group])

    def rest(self, data: Data, border: Real, dossier: Real, expert: Real) -> Data:
        """What is left of some observations after effects are taken off."""
        whole = border[0] + dossier
        if self.groups:
            whole = whole + border[1:][self.group]
        sums = data.dossier - self.per_dossier * whole - self.incidence @ expert
        experts = data.expert - self.transposed @ whole - self.per_expert * expert
        return Data(self.into_border(sums), sums, experts)

    def of_reviews(self, weighted: Real, dossier: Index, expert: Index) -> Data:
        """Observations per review, given as y_ij / s_j."""
        sums = summed(dossier, weighted, self.dossiers)
        return Data(self.into_border(sums), sums, summed(expert, weighted, self.experts))


def summed(index: Index, values: Real, levels: int) -> Real:
    """(levels,) sums of `values` per index."""
    return np.bincount(index, values, levels).astype(np.float64, copy=False)


def equations(
    dossier: Index,
    expert: Index,
    *,
    dossiers: int,
    experts: int,
    group: Index | None = None,
    noise: Real | None = None,
) -> Equations:
    """Equations of the reviews (dossier, expert), each pair at most once; O(reviews).

    dossier, expert: (reviews,) indices. group: (dossiers,) panel of each dossier, counted from 0.
    noise: (experts,) variance multipliers s_j, default 1.
    """
    order = slice(None) if _ascending(dossier) else np.argsort(dossier, kind="stable")
    column = expert[order].astype(np.int32)
    start = np.zeros(dossiers + 1, dtype=np.int32)
    np.cumsum(np.bincount(dossier, minlength=dossiers), out=start[1:])
    weight = np.ones(column.size) if noise is None else (1.0 / noise)[column]
    incidence = csr_array((weight, column, start), shape=(dossiers, experts))
    return Equations(
        incidence=incidence,
        transposed=incidence.T.tocsr(),
        per_dossier=incidence @ np.ones(experts),
        per_expert=summed(expert[order], weight, experts),
        group=np.zeros(dossiers, dtype=np.int64) if group is None else group,
        groups=0 if group is None else int(group.max(initial=-1)) + 1,
        reviews=int(column.size),
        log_noise=0.0 if noise is None else float(np.log(noise)[column].sum()),
    )


def _ascending(values: Index) -> bool:
    return bool(np.all(values[1:] >= values[:-1]))
