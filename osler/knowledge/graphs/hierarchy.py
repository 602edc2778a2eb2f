"""What is a kind of what: ancestors and descendants along the is_a relations, safe against cycles, and how much a term tells."""

from collections.abc import Mapping
from functools import cached_property

import numpy as np
import numpy.typing as npt
import scipy.sparse as sp
from scipy.sparse.csgraph import breadth_first_order, connected_components

from osler.core.errors import UserError
from osler.knowledge.graphs.graph import Amiss, Graph, Ints

MAX_CLOSURE = 200_000_000
MAX_SHOWN = 20
Doubles = npt.NDArray[np.float64]


def is_a_relations(graph: Graph) -> list[str]:
    return [name for name in graph.relation_names if name == "is_a" or name.endswith("_is_a")]


class Hierarchy:
    """All is_a relations of a graph as one. A node that is its own ancestor, by a cycle, shares its ancestors with all of the cycle."""

    def __init__(self, graph: Graph) -> None:
        self.graph = graph
        edges = np.flatnonzero(np.isin(graph.relations, [graph.relation(name) for name in is_a_relations(graph)]))
        shape = (graph.n_nodes, graph.n_nodes)
        self._up = sp.csr_array((np.ones(len(edges), np.int8), (graph.heads[edges], graph.tails[edges])), shape=shape)
        self._down = self._up.T.tocsr()

    def parents(self, number: int) -> Ints:
        return _row(self._up, number)

    def children(self, number: int) -> Ints:
        return _row(self._down, number)

    def ancestors(self, number: int) -> Ints:
        """Without itself, unless by a cycle; ascending."""
        return self._reached(self._up, number)

    def descendants(self, number: int) -> Ints:
        """Without itself, unless by a cycle; ascending."""
        return self._reached(self._down, number)

    def _reached(self, matrix: sp.csr_array, number: int) -> Ints:
        found, stack = set[int](), [number]
        while stack:
            for other in _row(matrix, stack.pop()).tolist():
                if other not in found:
                    found.add(other)
                    stack.append(other)
        return np.array(sorted(found), np.int32)

    @cached_property
    def closure(self) -> sp.csr_array:
        """Every node (row) with itself and all its ancestors (columns). Raises UserError where that is too much to hold."""
        reached = (self._up + sp.eye_array(self.graph.n_nodes, dtype=np.int8, format="csr")).astype(bool)
        while True:
            rows = np.diff(reached.indptr).astype(np.int64)
            if int(rows[reached.indices].sum()) > MAX_CLOSURE:
                raise UserError(f"graph: is_a is too deep among {self.graph.n_nodes} nodes to hold all ancestors; take a part of it")
            further = (reached @ reached).astype(bool)
            if further.nnz == reached.nnz:
                return further
            reached = further

    def information(self, relation: str | None = None) -> Doubles:
        """Bits that each node tells (Resnik 1995): -log2 of the share of things that are it or a kind of it. The things are all nodes of
        the hierarchy or, where a relation is named (`has_phenotype`), the heads of it, each once; inf where there is none."""
        if relation is None:
            counts = np.asarray(self.closure.sum(axis=0)).ravel()
            n = int(((np.diff(self._up.indptr) + np.diff(self._down.indptr)) > 0).sum())
        else:
            along = self.graph.adjacent(relation)
            given = sp.csr_array((np.ones(len(along.others), bool), along.others, along.starts), shape=self._up.shape)
            counts = np.bincount((given @ self.closure).astype(bool).indices, minlength=self.graph.n_nodes)
            n = int((np.diff(along.starts) > 0).sum())
        with np.errstate(divide="ignore"):
            bits: Doubles = np.maximum(-np.log2(counts / max(n, 1)), 0.0)
        return bits


def cycles(graph: Graph) -> Mapping[str, Amiss]:
    """Circles of is_a, by the number of groups of nodes that are each other's ancestors, with one way around."""
    names = is_a_relations(graph)
    if not names:
        return {}
    up = Hierarchy(graph)._up
    n, group = connected_components(up, directed=True, connection="strong")
    sizes = np.bincount(group, minlength=n)
    if sizes.max() < 2:
        return {}
    inside = np.flatnonzero(group == int(np.argmax(sizes > 1)))
    around = _around(up[inside][:, inside])
    ids = [graph.ids[inside[at]] for at in around]
    shown = [*ids[:MAX_SHOWN], "…", ids[-1]] if len(ids) > MAX_SHOWN + 2 else ids
    return {"circle of is_a": Amiss(int((sizes > 1).sum()), " → ".join(shown))}


def _around(matrix: sp.csr_array) -> list[int]:
    """A way from node 0 back to it in a strongly connected matrix."""
    order, before = breadth_first_order(matrix, 0, directed=True, return_predecessors=True)
    last = next(int(at) for at in order if 0 in _row(matrix, int(at)))
    back = [last]
    while back[-1] != 0:
        back.append(int(before[back[-1]]))
    return [*reversed(back), 0]


def _row(matrix: sp.csr_array, number: int) -> Ints:
    found: Ints = matrix.indices[matrix.indptr[number] : matrix.indptr[number + 1]]
    return found
