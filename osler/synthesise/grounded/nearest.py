"""The nodes of a graph whose names are nearest to a name: by its letters, or by an encoder's embeddings of names."""

from collections.abc import Callable
from functools import lru_cache
from typing import Any, NamedTuple

import numpy as np

from osler.core.passage import Retriever
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.names import normalised

N_FETCHED = 100
"""Passages that a retriever is asked for: names of other kinds, and other names of one node, are among them."""


class Near(NamedTuple):
    """A node and how near its nearest name is, in [0, 1]."""

    node: int
    score: float


Nearest = Callable[[str, str, int], list[Near]]
"""The n nodes of a kind (or of any, "") that are nearest to a name, the nearest first."""


def nearest_by_meaning(graph: Graph, retriever: Retriever) -> Nearest:
    """By the score of a retriever of names (`name_passages`): the cosine of their embeddings."""

    def nearest(name: str, kind: str, n: int) -> list[Near]:
        best: dict[int, float] = {}
        [found] = retriever.retrieve([name], N_FETCHED)
        for evidence in found:
            node = graph.number(evidence.passage.fields["node"])
            if kind in ("", graph.kinds[node]):
                best[node] = max(best.get(node, evidence.score), evidence.score)
        return _first(best, n)

    return nearest


@lru_cache(maxsize=2)
def nearest_by_letters(graph: Graph) -> Nearest:
    """By the cosine of the sets of three letters that follow one another, a space before and after each name: needs no model."""
    rows, places, nodes, having = _matrix(graph)
    sizes = np.asarray(rows.sum(axis=1)).ravel()
    kinds = np.array(graph.kinds)

    def nearest(name: str, kind: str, n: int) -> list[Near]:
        threes = _threes(name)
        columns = [places[three] for three in threes if three in places]
        if not columns:
            return []
        n_shared = np.asarray(having[columns].sum(axis=0)).ravel()
        found = np.flatnonzero(n_shared)
        if kind:
            found = found[kinds[nodes[found]] == kind]
        scores = n_shared[found] / np.sqrt(sizes[found] * len(threes))
        best: dict[int, float] = {}
        for at in np.argsort(-scores, kind="stable")[: n * 20].tolist():
            best.setdefault(int(nodes[found[at]]), float(scores[at]))
        return _first(best, n)

    return nearest


def _first(best: dict[int, float], n: int) -> list[Near]:
    return sorted((Near(*each) for each in best.items()), key=lambda near: (-near.score, near.node))[:n]


def _threes(name: str) -> set[str]:
    padded = f" {normalised(name)} "
    return {padded[at : at + 3] for at in range(len(padded) - 2)}


def _matrix(graph: Graph) -> tuple[Any, dict[str, int], Any, Any]:
    """Names by threes of letters, the column of each three, the node of each name, and threes by names."""
    import scipy.sparse as sp  # takes time to import

    places: dict[str, int] = {}
    nodes: list[int] = []
    columns: list[int] = []
    starts = [0]
    for node, own in enumerate(graph.names):
        for name in dict.fromkeys((own, *graph.synonyms[node])):
            columns += sorted(places.setdefault(three, len(places)) for three in sorted(_threes(name)))
            nodes.append(node)
            starts.append(len(columns))
    rows = sp.csr_array((np.ones(len(columns), np.int32), columns, starts), shape=(len(nodes), len(places)))
    return rows, places, np.array(nodes), rows.T.tocsr()
