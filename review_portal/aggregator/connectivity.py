"""Which dossiers and experts are linked by reviews: only linked ones can be compared free of severity.

Dossiers and experts are the two sides of a graph, every review is an edge. The difference of two dossiers'
qualities can be told apart from their experts' severity exactly when both lie in one component.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from .exact import Index


@dataclass(frozen=True, slots=True, eq=False)
class Components:
    """Connected parts of the review graph.

    count: parts that hold at least one review. dossier, expert: part number (0 .. count-1) of each; -1 for
    a dossier or expert without any review, which belongs to none.
    """

    count: int
    dossier: Index
    expert: Index

    @property
    def connected(self) -> bool:
        """All reviews hang together (true as well when there are none)."""
        return self.count <= 1


def components(sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int) -> Components:
    """Connected components of the graph with one edge per review; O(reviews).

    sheet_dossier, sheet_expert: (reviews,) indices below `dossiers` and `experts`.
    """
    edge = np.ones(sheet_dossier.size, dtype=np.int8)
    size = dossiers + experts
    graph = coo_array((edge, (sheet_dossier, sheet_expert + dossiers)), shape=(size, size))
    _, label = connected_components(graph.tocsr(), directed=False)
    part = np.full(size, -1, dtype=np.int64)
    seen = np.zeros(size, dtype=bool)
    seen[sheet_dossier] = True
    seen[sheet_expert + dossiers] = True
    names, numbered = np.unique(label[seen], return_inverse=True)
    part[seen] = numbered
    return Components(names.size, part[:dossiers], part[dossiers:])
