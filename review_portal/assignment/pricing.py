"""What pairs that the solver did not see would be worth: the proof on the full matrix, block by block."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .model import Index
from .network import Network, Places
from .worth import BLOCK, BLOCKED, Micro

ADDED = 8  # pairs taken back per dossier and round, the most promising ones
MOST_TIED = 2_000_000  # pairs that change nothing and that the seed decides among
_NARROW = 2**28  # labels below this are compared in 32 bits

Gain = NDArray[Any]  # int32 or int64, millionths


def gains(
    network: Network, micro: Micro, entry: Places, groups: Index, pi: Index
) -> Iterator[tuple[int, Gain]]:
    """Blocks of rows: the first dossier and what taking each dropped pair would gain at the labels pi.

    gain[d, e] = W[d, e] - pi[expert] + pi[entry to the panel]; below 0 for pairs that are no choice: blocked
    ones and those in the network already.
    """
    dossiers, experts = micro.shape
    width: Any = np.int32 if np.abs(pi).max() < _NARROW else np.int64
    price = pi[:experts].astype(width)
    places = pi[network.place_node : network.group_node].reshape(dossiers, entry.count)
    panel = np.concatenate([places, pi[experts : experts + dossiers, None]], axis=1).astype(width)
    excess = (pi[network.group_parent] - pi[network.group_node :]).astype(width)
    for begin in range(0, dossiers, BLOCK):
        block, level = micro[begin : begin + BLOCK], panel[begin : begin + BLOCK]
        gain = block - price
        gain += np.take(level, entry.of, axis=1) if entry.count else level  # place -1 is the last column
        if excess.size:
            _charge_groups(gain, begin, network, groups, excess)
        if width is np.int64:  # narrow labels cannot lift a blocked pair above 0
            gain[block == BLOCKED] = -1
        inside = slice(*np.searchsorted(network.key, [begin * experts, (begin + block.shape[0]) * experts]))
        gain.ravel()[network.key[inside] - begin * experts] = -1
        yield begin, gain


def _charge_groups(gain: Gain, begin: int, network: Network, groups: Index, excess: Gain) -> None:
    """Take from the members of each group of a panel what passing its node costs."""
    count = int(groups.max()) + 1
    inside = slice(*np.searchsorted(network.group_key, [begin * count, (begin + gain.shape[0]) * count]))
    dossier, group = network.group_key[inside] // count - begin, network.group_key[inside] % count
    by_group = np.argsort(groups, kind="stable")
    first = np.searchsorted(groups[by_group], np.arange(count + 1))
    size = (first[1:] - first[:-1])[group]
    row = np.repeat(np.arange(group.size), size)
    member = by_group[np.repeat(first[group] - np.cumsum(size) + size, size) + np.arange(row.size)]
    gain[dossier[row], member] -= excess[inside][row]


def most_promising(begin: int, gain: Gain) -> Index:
    """Keys of a block's dropped pairs that would gain: at most `ADDED` per dossier."""
    experts = gain.shape[1]
    rows = np.flatnonzero((gain > 0).any(axis=1))
    width = min(ADDED, experts)
    best = np.argpartition(gain[rows], experts - width, axis=1)[:, experts - width :]
    kept = np.take_along_axis(gain[rows], best, axis=1) > 0
    keys: Index = ((begin + rows)[:, None] * experts + best)[kept]
    return keys


def tied(begin: int, gain: Gain) -> Index:
    """Keys of a block's dropped pairs that change nothing: another optimum may use them."""
    keys: Index = np.flatnonzero(gain.ravel() == 0) + begin * gain.shape[1]
    return keys
