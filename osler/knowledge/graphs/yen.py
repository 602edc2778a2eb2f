"""Yen's k shortest loopless paths (Management Science 1971), one Dijkstra for each place to turn off: slow, but never without end."""

import heapq
from collections.abc import Collection
from itertools import pairwise
from typing import Any

import numpy as np
from scipy.sparse.csgraph import dijkstra

Way = tuple[float, tuple[int, ...]]


def yen(matrix: Any, start: int, goal: int, k: int, avoid: Collection[int] = ()) -> list[Way]:
    """Cost and nodes of the k cheapest simple ways in a symmetric CSR matrix of costs, the cheapest first; fewer where there are no
    more."""
    found: list[Way] = []
    queue = _turned_off(matrix, (start,), goal, set(), avoid)
    seen = {nodes for _, nodes in queue}
    while queue and len(found) < k:
        way = heapq.heappop(queue)
        found.append(way)
        nodes = way[1]
        for at in range(len(nodes) - 1):
            root = nodes[: at + 1]
            taken = {other[at + 1] for _, other in found if other[: at + 1] == root}
            for more in _turned_off(matrix, root, goal, taken, avoid):
                if more[1] not in seen:
                    seen.add(more[1])
                    heapq.heappush(queue, more)
    return found


def _turned_off(matrix: Any, root: tuple[int, ...], goal: int, taken: set[int], avoid: Collection[int]) -> list[Way]:
    """The cheapest way that begins with `root` and goes on to none of `taken`; none, or one."""
    turn = root[-1]
    without = matrix.copy()
    is_out = np.zeros(matrix.shape[0], bool)
    is_out[[*root[:-1], *avoid]] = True
    without.data[is_out[without.indices]] = np.inf
    row = slice(without.indptr[turn], without.indptr[turn + 1])
    without.data[row][np.isin(without.indices[row], list(taken))] = np.inf
    costs, before = dijkstra(without, directed=True, indices=turn, return_predecessors=True)
    if not np.isfinite(costs[goal]):
        return []
    back = [goal]
    while back[-1] != turn:
        back.append(int(before[back[-1]]))
    nodes = (*root, *reversed(back[:-1]))
    ahead = [_cost(matrix, u, v) for u, v in pairwise(nodes)]
    return [(sum(ahead), nodes)]


def _cost(matrix: Any, u: int, v: int) -> float:
    low, high = matrix.indptr[u], matrix.indptr[u + 1]
    return float(matrix.data[low:high][matrix.indices[low:high] == v][0])
