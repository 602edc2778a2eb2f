"""The k best paths to a node, hubs costing more, and all shortest paths.

An edge between u and v costs log2(2 + deg u) + log2(2 + deg v), whatever its relation and direction: a way through "nausea" costs more than
one through a rare finding. One Dijkstra from the answer serves every start.
"""

from collections.abc import Callable, Collection
from functools import cached_property
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import dijkstra

from osler.core.errors import UserError
from osler.knowledge.graphs.best_first import Onward, SpentError, k_best
from osler.knowledge.graphs.graph import Adjacent, Graph, Ints
from osler.knowledge.graphs.path import GraphPath
from osler.knowledge.graphs.yen import yen

MAX_POPPED = 20_000
MAX_POPPED_SHORT = 200_000

Doubles = npt.NDArray[np.float64]


class PathFinder:
    """Finds paths in one graph. To keep out relations, sources or nodes for all of them, give it the graph without them."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        cost = np.log2(2.0 + graph.degree)
        pairs = graph.pairs
        near, far = np.concatenate((pairs[:, 0], pairs[:, 1])), np.concatenate((pairs[:, 1], pairs[:, 0]))
        self.matrix = sp.csr_array((cost[near] + cost[far], (near, far)), shape=(graph.n_nodes, graph.n_nodes))
        anchor = np.arange(graph.n_nodes, dtype=np.int32)
        ends = np.flatnonzero(graph.degree == 1)
        anchor[ends] = self.matrix.indices[self.matrix.indptr[ends]]
        anchor[graph.degree[anchor] < 2] = np.flatnonzero(graph.degree[anchor] < 2)
        self._anchor = anchor
        self._core = np.flatnonzero(anchor == np.arange(graph.n_nodes))
        self._leaves = np.flatnonzero(anchor != np.arange(graph.n_nodes))
        self._core_matrix = self.matrix[self._core][:, self._core]
        self._leaf_costs = cost[self._leaves] + cost[anchor[self._leaves]]

    def to(self, answer: int) -> "PathsTo":
        """Ways to this node, from anywhere."""
        return PathsTo(self, self.checked(answer))

    def all_shortest(self, start: int, answer: int, max_paths: int = 1000) -> "Shortest":
        """All paths of the fewest edges. Beyond `max_paths` the cheapest are kept, and the others counted."""
        self.checked(start)
        return self.to(answer).all_shortest(start, max_paths)

    def costs_to(self, answer: int) -> Doubles:
        """From every node, inf where there is no way: one Dijkstra without the leaves, which have one way to go and need no place in it."""
        anchor = self._anchor[answer]
        costs = np.full(self.graph.n_nodes, np.inf)
        costs[self._core] = dijkstra(self._core_matrix, directed=True, indices=np.searchsorted(self._core, anchor))
        if anchor != answer:
            costs[self._core] += self._leaf_costs[np.searchsorted(self._leaves, answer)]
        costs[self._leaves] = costs[self._anchor[self._leaves]] + self._leaf_costs
        costs[answer] = 0.0
        return costs

    def checked(self, number: int) -> int:
        if not 0 <= number < self.graph.n_nodes:
            raise UserError(f"graph: there is no node number {number}; the numbers are 0 to {self.graph.n_nodes - 1}")
        return int(number)

    def neighbours(self, number: int) -> tuple[Ints, Doubles]:
        low, high = self.matrix.indptr[number], self.matrix.indptr[number + 1]
        return self.matrix.indices[low:high], self.matrix.data[low:high]


class Shortest(NamedTuple):
    """Paths of the fewest edges, the cheapest first, and how many more there are."""

    paths: tuple[GraphPath, ...]
    n_left_out: int


class PathsTo:
    """Ways to one node: the distance from everywhere is worked out once."""

    def __init__(self, finder: PathFinder, answer: int) -> None:
        self.graph, self.answer = finder.graph, answer
        self._finder = finder
        self.costs = finder.costs_to(answer)
        self._onward: dict[int, Onward] = {}

    @cached_property
    def n_edges(self) -> Doubles:
        """The fewest edges from every node; inf where there is no way."""
        matrix = self._finder.matrix
        fewest = np.full(self.graph.n_nodes, np.inf)
        reached, at = np.array([self.answer], np.int32), 0
        rows = Adjacent(matrix.indptr, matrix.indices, matrix.indices)
        while len(reached):
            fewest[reached] = at
            is_next = np.zeros(self.graph.n_nodes, bool)
            is_next[rows.of_all(reached)] = True
            reached, at = np.flatnonzero(is_next & np.isinf(fewest)).astype(np.int32), at + 1
        return fewest

    def best(self, start: int, k: int = 5, *, max_edges: int | None = None, avoid: Collection[int] = ()) -> list[GraphPath]:
        """The k cheapest simple paths from a node, the cheapest first; fewer where there are no more, none where there is no way, and the
        node alone where it is the answer. `avoid` are nodes that no path may touch. Raises UserError where `max_edges` leaves too
        much to try."""
        start, out = self._finder.checked(start), frozenset(avoid)
        if start in out or self.answer in out or not np.isfinite(self.costs[start]):
            return []
        may = self._may(out, max_edges)
        try:
            found = k_best(start, self.answer, k, self._leads, MAX_POPPED if max_edges is None else MAX_POPPED_SHORT, may)
        except SpentError as error:
            if max_edges is not None:
                ends = f"{self.graph.ids[start]} and {self.graph.ids[self.answer]}"
                raise UserError(f"graph: too many ways between {ends} to find the {k} best of {max_edges} edges; ask for fewer") from error
            found = yen(self._finder.matrix, start, self.answer, k, out)
        return [GraphPath(self.graph, nodes, cost) for cost, nodes in found]

    def all_shortest(self, start: int, max_paths: int = 1000) -> Shortest:
        """All paths of the fewest edges from a node. Beyond `max_paths` the cheapest are kept, and the others counted."""
        start = self._finder.checked(start)
        if not np.isfinite(self.n_edges[start]):
            return Shortest((), 0)
        n_ways, onward = self._downhill(start)
        found = k_best(start, self.answer, max_paths, onward.__getitem__, max(n_ways, 1) * (int(self.n_edges[start]) + 2))
        return Shortest(tuple(GraphPath(self.graph, nodes, cost) for cost, nodes in found), n_ways - len(found))

    def _leads(self, number: int) -> Onward:
        known = self._onward.get(number)
        if known is None:
            others, weights = self._finder.neighbours(number)
            to_go = weights + self.costs[others]
            order = np.argsort(to_go, kind="stable")
            known = self._onward[number] = Onward(others[order].tolist(), to_go[order].tolist(), weights[order].tolist())
        return known

    def _may(self, out: frozenset[int], max_edges: int | None) -> Callable[[int, int], bool] | None:
        if max_edges is None:
            return (lambda number, at: number not in out) if out else None
        n_edges = self.n_edges
        return lambda number, at: number not in out and at + n_edges[number] <= max_edges

    def _downhill(self, start: int) -> tuple[int, dict[int, Onward]]:
        """How many shortest paths there are, and where every node on one of them leads: only to nodes that are one edge nearer."""
        nearer: dict[int, tuple[list[int], list[float]]] = {}
        rows = [[start]]
        while rows[-1] != [self.answer]:
            following: dict[int, None] = {}
            for number in rows[-1]:
                others, weights = self._finder.neighbours(number)
                is_nearer = self.n_edges[others] == self.n_edges[number] - 1
                nearer[number] = (others[is_nearer].tolist(), weights[is_nearer].tolist())
                following.update(dict.fromkeys(nearer[number][0]))
            rows.append(list(following))
        n_ways, left, onward = {self.answer: 1}, {self.answer: 0.0}, dict[int, Onward]()
        for number in (number for row in reversed(rows[:-1]) for number in row):
            n_ways[number] = sum(n_ways[other] for other in nearer[number][0])
            ranked = sorted((weight + left[other], other, weight) for other, weight in zip(*nearer[number], strict=True))
            left[number] = ranked[0][0]
            onward[number] = Onward([other for _, other, _ in ranked], [to_go for to_go, _, _ in ranked], [weight for *_, weight in ranked])
        return n_ways[start], onward
