"""Who reviewed whom, without points: designs for the tests of what links dossiers and experts."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from hypothesis import strategies as st

from review_portal.aggregator.exact import Index


class Design(NamedTuple):
    """Reviews as index arrays, and the numbers of dossiers and experts: the arguments of `connectivity`."""

    sheet_dossier: Index
    sheet_expert: Index
    dossiers: int
    experts: int


def design(pairs: list[tuple[int, int]], dossiers: int = 0, experts: int = 0) -> Design:
    """A design from (dossier, expert) pairs."""
    one = np.array([pair[0] for pair in pairs], dtype=np.int64)
    other = np.array([pair[1] for pair in pairs], dtype=np.int64)
    return Design(
        one, other, max(dossiers, int(one.max(initial=-1)) + 1), max(experts, int(other.max(initial=-1)) + 1)
    )


def panels(*sizes: tuple[int, int], crossing: list[tuple[int, int]] | None = None) -> Design:
    """Complete panels of (dossiers, experts) one after another, and crossing reviews between them."""
    pairs, dossier, expert = [], 0, 0
    for dossiers, experts in sizes:
        pairs += [(dossier + i, expert + j) for i in range(dossiers) for j in range(experts)]
        dossier, expert = dossier + dossiers, expert + experts
    return design(pairs + (crossing or []))


@st.composite
def designs(draw: st.DrawFn, dossiers: int = 7, experts: int = 5) -> Design:
    """Any design up to this size, the empty one and unreviewed dossiers included."""
    n, m = draw(st.integers(1, dossiers)), draw(st.integers(1, experts))
    cells = st.tuples(st.integers(0, n - 1), st.integers(0, m - 1))
    return design(draw(st.lists(cells, unique=True, max_size=n * m)), n, m)


def parts(pairs: list[tuple[int, int]], dossiers: set[int], experts: set[int]) -> list[set[tuple[str, int]]]:
    """Connected parts by plain search; a node without any pair is a part."""
    beside: dict[tuple[str, int], set[tuple[str, int]]] = {
        **{("dossier", i): set() for i in dossiers},
        **{("expert", j): set() for j in experts},
    }
    for i, j in pairs:
        beside["dossier", i].add(("expert", j))
        beside["expert", j].add(("dossier", i))
    found: list[set[tuple[str, int]]] = []
    for node in beside:
        if any(node in part for part in found):
            continue
        part, open_ends = {node}, [node]
        while open_ends:
            fresh = beside[open_ends.pop()] - part
            part |= fresh
            open_ends += fresh
        found.append(part)
    return found
