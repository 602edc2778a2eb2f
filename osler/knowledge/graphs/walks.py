"""Walks along a list of relations: what can be reached, and by which ways.

A pattern names the relations in order; `^` before one goes from its tails to its heads, as in the property paths of SPARQL 1.1:
`["targets", "^targets", "indicated_for"]`.
"""

from collections.abc import Sequence

import numpy as np

from osler.core.errors import UserError
from osler.knowledge.graphs.graph import Adjacent, Graph, Ints
from osler.knowledge.graphs.path import GraphPath


def reachable(graph: Graph, start: int | Sequence[int] | Ints, pattern: Sequence[str]) -> Ints:
    """The numbers of the nodes at the end of any walk along the pattern, ascending, each once; a walk may come back to where it was. From
    several starts, those that any of them reaches. Raises UserError for a relation that the graph does not have."""
    reached = np.unique(np.atleast_1d(np.asarray(start, np.int32)))
    if len(reached) and (reached[0] < 0 or reached[-1] >= graph.n_nodes):
        raise UserError(f"graph: there is no such node number; the numbers are 0 to {graph.n_nodes - 1}")
    for relation in pattern:
        reached = _onward(_along(graph, relation), reached)
    return reached


def walks(graph: Graph, start: int, pattern: Sequence[str], answer: int, max_walks: int = 100) -> list[GraphPath]:
    """The walks along the pattern from one node to another, by the numbers of their nodes, as many as asked for."""
    back = [np.array([answer], np.int32)]
    for relation in reversed(pattern):
        back.append(_onward(_along(graph, relation.removeprefix("^") if relation.startswith("^") else f"^{relation}"), back[-1]))
    ahead = back[::-1]
    if start not in ahead[0]:
        return []
    found: list[GraphPath] = []
    stack: list[tuple[int, ...]] = [(start,)]
    while stack and len(found) < max_walks:
        nodes = stack.pop()
        at = len(nodes) - 1
        if at == len(pattern):
            found.append(GraphPath(graph, nodes, float(at), tuple(pattern)))
            continue
        others = _along(graph, pattern[at]).of(nodes[-1])
        stack.extend((*nodes, other) for other in others[np.isin(others, ahead[at + 1])][::-1].tolist())
    return found


def _along(graph: Graph, relation: str) -> Adjacent:
    return graph.adjacent(relation.removeprefix("^"), is_forward=not relation.startswith("^"))


def _onward(adjacent: Adjacent, numbers: Ints) -> Ints:
    """Where any of these nodes leads; ascending, each once."""
    found = adjacent.of_all(numbers)
    if len(found) < 1000:
        return np.unique(found)
    is_found = np.zeros(len(adjacent.starts) - 1, bool)
    is_found[found] = True
    return np.flatnonzero(is_found).astype(np.int32)
