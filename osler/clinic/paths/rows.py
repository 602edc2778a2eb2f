"""Rows: where each node leads, in compressed form, for many steps in little time."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from osler.clinic.paths.phrases import Move
from osler.knowledge.graphs.graph import Graph

Numbers = npt.NDArray[np.int32]
Mask = npt.NDArray[np.bool_]


class Rows(NamedTuple):
    """Node `u` leads to `others[starts[u]:starts[u + 1]]`, ascending and each once."""

    starts: Numbers
    others: Numbers

    def of(self, node: int) -> Numbers:
        return self.others[self.starts[node] : self.starts[node + 1]]

    def reach(self, nodes: Numbers) -> Numbers:
        """All that any of `nodes` leads to, ascending and each once."""
        if len(nodes) == 1:
            return self.of(int(nodes[0]))
        lows = self.starts[nodes]
        counts = self.starts[nodes + 1] - lows
        ends = np.cumsum(counts)
        if not len(ends) or not ends[-1]:
            return self.others[:0]
        places = np.arange(ends[-1]) + np.repeat(lows - ends + counts, counts)
        is_reached = np.zeros(len(self.starts) - 1, bool)
        is_reached[self.others[places]] = True
        return np.flatnonzero(is_reached).astype(np.int32)


def ends_of(graph: Graph, moves: Iterable[Move]) -> tuple[Numbers, Numbers]:
    """From where to where the edges lead along any of these moves; a pair may come twice."""
    near, far = [np.zeros(0, np.int32)], [np.zeros(0, np.int32)]
    for move in moves:
        if move.relation in graph.relation_names:
            edges = np.flatnonzero(graph.relations == graph.relation(move.relation))
            ends = graph.heads[edges], graph.tails[edges]
            near.append(ends[0] if move.is_forward else ends[1])
            far.append(ends[1] if move.is_forward else ends[0])
    return np.concatenate(near), np.concatenate(far)


def rows_of(n_nodes: int, near: Numbers, far: Numbers) -> Rows:
    pairs = np.unique(near.astype(np.int64) * n_nodes + far)
    starts = np.zeros(n_nodes + 1, np.int32)
    np.cumsum(np.bincount(pairs // max(n_nodes, 1), minlength=n_nodes), out=starts[1:])
    return Rows(starts, (pairs % max(n_nodes, 1)).astype(np.int32))
