"""Whose loss would tear the review graph: articulation points and bridges, by Tarjan and Vishkin (1985).

Their method needs any spanning tree, not a depth-first one, and turns everything into whole-array steps: a
breadth-first tree (linear even where one expert reviewed everything), subtree sizes and a preorder by pointer
doubling, the lowest and highest number that a subtree reaches over reviews outside the tree, and one pass of
connected components over the tree's edges, whose parts are the biconnected blocks. O((nodes log depth +
reviews) log nodes) at worst.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import breadth_first_order, connected_components

from .exact import Index


@dataclass(frozen=True, slots=True, eq=False)
class CutPoints:
    """What the graph hangs on; indices ascend, `_cut_off` tells for each how much would hang off.

    dossier, expert   articulation points: without them their component falls into more parts, a dossier or an
                      expert left without any review counting as a part
    review            bridges: rows of the reviews whose loss splits their component
    *_cut_off         dossiers that would be cut off from the largest part that remains (by its dossiers); 0
                      where only experts would be
    """

    dossier: Index
    dossier_cut_off: Index
    expert: Index
    expert_cut_off: Index
    review: Index
    review_cut_off: Index


@dataclass(frozen=True, slots=True, eq=False)
class _Tree:
    """A spanning forest; its nodes are known by their preorder number, so that a subtree is a range.

    node, number   (nodes,) graph node of each number; (graph nodes,) number of each node, -1 if unreached
    parent         (nodes,) number of the parent, -1 for a root
    size           (nodes,) nodes of the subtree, its top included
    review         (nodes,) row of the review between the node and its parent, -1 for a root
    loose          rows of the reviews outside the tree
    """

    node: Index
    number: Index
    parent: Index
    size: Index
    review: Index
    loose: Index


def cut_points(
    sheet_dossier: Index, sheet_expert: Index, dossiers: int, experts: int, first: Index
) -> CutPoints:
    """Articulation points and bridges of the graph with one edge per review.

    sheet_dossier, sheet_expert: (reviews,) indices below `dossiers` and `experts`. first: one dossier of
    every component.
    """
    left, right = sheet_dossier, sheet_expert + dossiers
    tree = _spanning_tree(left, right, dossiers + experts, first)
    block, bridge = _blocks(tree, left, right)
    below = _subtree_totals(tree, tree.node < dossiers)
    total = _of_component(tree, below)
    node, cut_off = _articulation(tree, block, below, total, dossiers)
    at = tree.node[node]
    by_node = np.argsort(at)
    at, cut_off = at[by_node], cut_off[by_node]
    side = at < dossiers
    tops = bridge[np.argsort(tree.review[bridge])]
    return CutPoints(
        dossier=at[side],
        dossier_cut_off=cut_off[side],
        expert=at[~side] - dossiers,
        expert_cut_off=cut_off[~side],
        review=tree.review[tops],
        review_cut_off=np.minimum(below[tops], total[tops] - below[tops]),
    )


def _spanning_tree(left: Index, right: Index, nodes: int, first: Index) -> _Tree:
    """A breadth-first forest from `first`, found in one search from a hub that joins them."""
    hub = nodes
    rows = np.concatenate([left, np.full(first.size, hub)])
    columns = np.concatenate([right, first])
    edge = np.ones(rows.size, dtype=np.int8)
    graph = coo_array((edge, (rows, columns)), shape=(nodes + 1, nodes + 1)).tocsr()
    order, parent = breadth_first_order(graph, hub, directed=False)
    order, parent = order[1:].astype(np.int64), np.where(parent < 0, hub, parent).astype(np.int64)
    size = _subtree_sizes(parent, hub)
    number = _preorder(order, parent, size, hub)
    node = np.empty(order.size, dtype=np.int64)
    node[number[order]] = order
    above = parent[node]
    child = np.where(parent[right] == left, right, np.where(parent[left] == right, left, -1))
    review = np.full(nodes + 1, -1, dtype=np.int64)
    held = np.flatnonzero(child >= 0)[::-1]
    review[child[held]] = held  # of equal pairs the first one is the tree's
    inside = np.zeros(left.size, dtype=bool)
    inside[review[review >= 0]] = True
    return _Tree(
        node=node,
        number=number,
        parent=np.where(above == hub, -1, number[above]),
        size=size[node],
        review=review[node],
        loose=np.flatnonzero(~inside),
    )


def _subtree_sizes(parent: Index, hub: int) -> Index:
    """Nodes below each node, itself included; after round k all within 2^k steps are counted."""
    size = np.ones(parent.size, dtype=np.int64)
    ancestor, moving = parent.copy(), np.flatnonzero(parent != hub)
    while moving.size:
        above = ancestor[moving]
        size += np.bincount(above, weights=size[moving], minlength=size.size).astype(np.int64)
        ancestor[moving] = ancestor[above]
        moving = moving[ancestor[moving] != hub]
    return size


def _preorder(order: Index, parent: Index, size: Index, hub: int) -> Index:
    """Preorder numbers from 0: parent's + 1 + sizes of earlier siblings, summed along the path by doubling.

    order: breadth first, so that siblings are neighbours.
    """
    above = parent[order]
    before = np.cumsum(size[order]) - size[order]
    fresh = np.ones(order.size, dtype=bool)
    fresh[1:] = above[1:] != above[:-1]
    start = np.flatnonzero(fresh)
    family = np.cumsum(fresh) - 1
    number = np.full(parent.size, -1, dtype=np.int64)
    number[order] = before - before[start][family] + (above != hub)
    ancestor, moving = parent.copy(), order[above != hub]
    while moving.size:
        above = ancestor[moving]
        number[moving] += number[above]
        ancestor[moving] = ancestor[above]
        moving = moving[ancestor[moving] != hub]
    return number


def _blocks(tree: _Tree, left: Index, right: Index) -> tuple[Index, Index]:
    """Block of each tree edge (named by its lower node), and the lower nodes of the bridges.

    Two tree edges lie in one block when a loose review joins their subtrees, or when one lies below the other
    and a loose review leaves the subtree of the upper one's lower node.
    """
    nodes = tree.node.size
    a, b = tree.number[left[tree.loose]], tree.number[right[tree.loose]]
    lowest, highest = np.arange(nodes), np.arange(nodes)
    np.minimum.at(lowest, a, b)
    np.minimum.at(lowest, b, a)
    np.maximum.at(highest, a, b)
    np.maximum.at(highest, b, a)
    low, high = _over_subtrees(lowest, np.minimum, tree.size), _over_subtrees(highest, np.maximum, tree.size)
    lower, upper = np.minimum(a, b), np.maximum(a, b)
    apart = upper >= lower + tree.size[lower]
    child = np.flatnonzero(tree.parent >= 0)
    above = tree.parent[child]
    leaves = (low[child] < above) | (high[child] >= above + tree.size[above])
    one = np.concatenate([a[apart], child[leaves]])
    other = np.concatenate([b[apart], above[leaves]])
    joined = coo_array((np.ones(one.size, dtype=np.int8), (one, other)), shape=(nodes, nodes))
    block = connected_components(joined.tocsr(), directed=False)[1].astype(np.int64)
    closed = (low[child] >= child) & (high[child] < child + tree.size[child])
    return block, child[closed]


def _over_subtrees(value: Index, extreme: Any, size: Index) -> Index:
    """extreme (np.minimum or np.maximum) of value over [p, p + size[p]) for every p, from a sparse table.

    The table's level k holds the extremes of 2^k neighbours; a range is two overlapping entries of its level.
    Only one level is kept at a time.
    """
    level = np.frexp(size)[1] - 1
    result = np.empty_like(value)
    table = value
    for k in range(int(level.max(initial=-1)) + 1):
        rows = np.flatnonzero(level == k)
        result[rows] = extreme(table[rows], table[rows + size[rows] - (1 << k)])
        table = extreme(table[: -(1 << k)], table[1 << k :])
    return result


def _subtree_totals(tree: _Tree, counted: NDArray[np.bool_]) -> Index:
    """How many of the counted nodes each subtree holds."""
    running = np.concatenate([[0], np.cumsum(counted)])
    result: Index = running[np.arange(tree.size.size) + tree.size] - running[: tree.size.size]
    return result


def _of_component(tree: _Tree, below: Index) -> Index:
    """A root's total, for every node of its tree."""
    root = np.flatnonzero(tree.parent < 0)
    return np.repeat(below[root], tree.size[root])


def _articulation(
    tree: _Tree, block: Index, below: Index, total: Index, dossiers: int
) -> tuple[Index, Index]:
    """Numbers of the articulation points and the dossiers cut off from the largest part without each.

    A node's parts are the blocks that meet in it: those of its children, and for all but a root the one
    upwards.
    """
    child = np.flatnonzero(tree.parent >= 0)
    own = np.flatnonzero(tree.parent >= 0)
    at = np.concatenate([tree.parent[child], own])
    name = np.concatenate([block[child], block[own]])
    held = np.concatenate([below[child], total[own] - below[own]])
    pair, which = np.unique(at * (block.max(initial=0) + 1) + name, return_inverse=True)
    part = np.bincount(which, weights=held, minlength=pair.size).astype(np.int64)
    point = pair // (block.max(initial=0) + 1)
    parts = np.bincount(point, minlength=tree.node.size)
    largest = np.zeros(tree.node.size, dtype=np.int64)
    np.maximum.at(largest, point, part)
    found = np.flatnonzero(parts > 1)
    return found, total[found] - (tree.node[found] < dossiers) - largest[found]
