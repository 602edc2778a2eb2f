"""Atlas: a graph made ready for tasks about paths: where each leg leads, what is called how, and what may not be a wrong option."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import NamedTuple

import numpy as np

from osler.clinic.paths.phrases import CLOSING, OPENING, Move, Phrases
from osler.clinic.paths.rows import Mask, Numbers, Rows, ends_of, rows_of
from osler.knowledge.graphs.graph import SAME_AS, Graph
from osler.knowledge.graphs.names import normalised

MAX_NAME = 120
"""Characters; a longer name is no name to ask about."""
MAX_DEGREE_RATIO = 4
"""Two nodes have about as many neighbours where neither has more than so many times those of the other."""


class Leg(NamedTuple):
    """One part of a route: to what stands in the relation `said` ("is treated by") to what was reached before, and is of this kind."""

    said: str
    kind: str


@dataclass(frozen=True, eq=False)
class Atlas:
    """`graph` is what tasks are made of; `every` also has the edges of sources that are left out, and shares its nodes."""

    graph: Graph
    every: Graph
    phrases: Phrases
    left_out: frozenset[str] = frozenset()
    _said: dict[str, Rows] = field(default_factory=dict, init=False)
    _wide: dict[str, Rows] = field(default_factory=dict, init=False)
    _siblings: dict[int, Numbers] = field(default_factory=dict, init=False)
    _above: dict[int, frozenset[int]] = field(default_factory=dict, init=False)

    @cached_property
    def legs(self) -> tuple[Leg, ...]:
        """Those that the graph has an edge for from a node that can be named, in the order of their words."""
        return tuple(sorted(leg for leg, starts in self.starts.items() if starts))

    def rows(self, leg: Leg) -> Rows:
        return self._rows[leg]

    @cached_property
    def _rows(self) -> dict[Leg, Rows]:
        made: dict[Leg, Rows] = {}
        for said, moves in self.phrases.moves.items():
            if any(move.relation in self.left_out for move in moves):
                continue
            near, far = ends_of(self.graph, moves)
            numbers = self.kind_numbers[far]
            for number in np.unique(numbers).tolist():
                is_of = numbers == number
                made[Leg(said, self._kinds[number])] = rows_of(self.graph.n_nodes, near[is_of], far[is_of])
        return made

    def leads(self, said: str, near: int, far: int) -> bool:
        """Whether the graph has an edge that says so, of whatever kind its ends are."""
        if said not in self._said:
            self._said[said] = rows_of(self.graph.n_nodes, *ends_of(self.graph, self.phrases.moves[said]))
        return far in self._said[said].of(near)

    @cached_property
    def onward(self) -> dict[int, list[Leg]]:
        """The legs that each node begins, in the order of their words; a node that begins none is not there."""
        found: dict[int, list[Leg]] = {}
        for leg in self.legs:
            for node in np.flatnonzero(np.diff(self._rows[leg].starts)).tolist():
                found.setdefault(node, []).append(leg)
        return found

    @cached_property
    def starts(self) -> dict[Leg, tuple[int, ...]]:
        """The nodes that can be named and begin a leg."""
        return {leg: tuple(np.flatnonzero((np.diff(self._rows[leg].starts) > 0) & self.is_named).tolist()) for leg in self._rows}

    @cached_property
    def _kinds(self) -> list[str]:
        return sorted(set(self.graph.kinds))

    @cached_property
    def kind_numbers(self) -> Numbers:
        numbers = {kind: number for number, kind in enumerate(self._kinds)}
        return np.array([numbers[kind] for kind in self.graph.kinds], np.int32)

    # names

    @cached_property
    def by_name(self) -> dict[str, tuple[int, ...]]:
        found: dict[str, list[int]] = {}
        for node, name in enumerate(self.graph.names):
            found.setdefault(name.casefold(), []).append(node)
        return {name: tuple(nodes) for name, nodes in found.items()}

    @cached_property
    def is_named(self) -> Mask:
        """Whether a node's kind and name say which it is, on one line of decent length, and it is not given up as obsolete."""
        count = Counter(zip(self.graph.kinds, map(str.casefold, self.graph.names), strict=True))
        named = zip(self.graph.kinds, self.graph.names, strict=True)
        return np.array([count[kind, name.casefold()] == 1 and is_plain(name) for kind, name in named], bool)

    # what may not be a wrong option: on all sources, with nodes that share a name or are joined by `same_as` taken as one

    @cached_property
    def twin(self) -> Numbers:
        """The group of each node with those that may be the same thing. scipy, which takes time to import, is not needed before."""
        from scipy.sparse import coo_matrix
        from scipy.sparse.csgraph import connected_components

        first: dict[str, int] = {}
        same = [
            (first.setdefault(key, node), node)
            for node, (name, synonyms) in enumerate(zip(self.every.names, self.every.synonyms, strict=True))
            for key in map(normalised, (name, *synonyms))
            if key
        ]
        near, far = ends_of(self.every, [Move(SAME_AS, True)])
        heads, tails = np.array(same, np.int32).reshape(-1, 2).T
        heads, tails = np.concatenate([heads, near]), np.concatenate([tails, far])
        n = self.every.n_nodes
        joined = coo_matrix((np.ones(len(heads), bool), (heads, tails)), shape=(n, n))
        groups: Numbers = connected_components(joined, directed=False)[1].astype(np.int32)
        return groups

    def wide_reach(self, start: int, saids: Sequence[str]) -> Mask:
        """By group: whether it may be reached along relations like these, in any source, from the start or from what is narrower: whoever
        shows a kind of rash shows a rash."""
        groups = self._below(self.twin[[start]])
        for said in saids:
            groups = self._wide_rows(said).reach(groups)
        is_reached = np.zeros(self.every.n_nodes, bool)
        is_reached[groups] = True
        return is_reached

    def _below(self, groups: Numbers) -> Numbers:
        """These groups and all that is narrower; a circle ends."""
        if not len(self._children.reach(groups)):
            return groups
        is_below = np.zeros(self.every.n_nodes, bool)
        while len(groups):
            is_below[groups] = True
            groups = self._children.reach(groups)
            groups = groups[~is_below[groups]]
        return np.flatnonzero(is_below).astype(np.int32)

    def _wide_rows(self, said: str) -> Rows:
        if said not in self._wide:
            self._wide[said] = self._grouped(self.phrases.wide_moves[said])
        return self._wide[said]

    def _grouped(self, moves: Iterable[Move]) -> Rows:
        near, far = ends_of(self.every, moves)
        return rows_of(self.every.n_nodes, self.twin[near], self.twin[far])

    @cached_property
    def _parents(self) -> dict[int, list[int]]:
        rows = self._grouped(self.phrases.parents())
        return {group: rows.of(group).tolist() for group in np.flatnonzero(np.diff(rows.starts)).tolist()}

    @cached_property
    def _children(self) -> Rows:
        return self._grouped(self.phrases.children())

    def above(self, group: int) -> frozenset[int]:
        """The group itself and all that is wider; a circle ends."""
        if group not in self._above:
            seen, open_groups = {group}, [group]
            while open_groups:
                for wider in self._parents.get(open_groups.pop(), ()):
                    if wider not in seen:
                        seen.add(wider)
                        open_groups.append(wider)
            self._above[group] = frozenset(seen)
        return self._above[group]

    # neighbours

    @cached_property
    def wider(self) -> Rows:
        """Of each node, what stands directly above it in the graph."""
        return rows_of(self.graph.n_nodes, *ends_of(self.graph, self.phrases.parents()))

    @cached_property
    def narrower(self) -> Rows:
        return rows_of(self.graph.n_nodes, *ends_of(self.graph, self.phrases.children()))

    @cached_property
    def neighbours(self) -> Rows:
        """By any relation that has phrases, in any direction."""
        moves = [Move(name, is_forward) for name in self.phrases.relations for is_forward in (True, False)]
        return rows_of(self.graph.n_nodes, *ends_of(self.graph, moves))

    @cached_property
    def degree(self) -> Numbers:
        return np.diff(self.neighbours.starts).astype(np.int32)

    @cached_property
    def usual_degree(self) -> int:
        """Half of all ends of edges are at nodes of at most this degree. A node of a higher one is a hub."""
        degrees = np.sort(self.degree)
        return int(degrees[np.searchsorted(np.cumsum(degrees), degrees.sum() / 2)]) if len(degrees) else 0

    def like_degrees(self, node: int) -> tuple[float, float]:
        """From and to how many neighbours others have about as many as this node."""
        degree = float(self.degree[node])
        return degree / MAX_DEGREE_RATIO, degree * MAX_DEGREE_RATIO

    def like(self, node: int, others: Numbers) -> Numbers:
        """Those of them that can be named, are of the same kind, and have about as many neighbours."""
        low, high = self.like_degrees(node)
        is_like: Mask = self.is_named[others] & (self.kind_numbers[others] == self.kind_numbers[node])
        is_like &= (self.degree[others] >= low) & (self.degree[others] <= high)
        return others[is_like]

    def siblings(self, node: int) -> Numbers:
        """What is like a node under any of its parents, itself among it."""
        if node not in self._siblings:
            self._siblings[node] = self.like(node, self.narrower.reach(self.wider.of(node)))
        return self._siblings[node]

    @cached_property
    def by_degree(self) -> dict[str, tuple[Numbers, Numbers]]:
        """Of each kind, the nodes that can be named and have a neighbour, by degree; and these degrees."""
        found = {}
        for number, kind in enumerate(self._kinds):
            nodes = np.flatnonzero((self.kind_numbers == number) & self.is_named & (self.degree > 0)).astype(np.int32)
            nodes = nodes[np.argsort(self.degree[nodes], kind="stable")]
            found[kind] = (nodes, self.degree[nodes])
        return found


def is_plain(name: str) -> bool:
    """Whether a name can stand in a question and in a step."""
    is_line = 0 < len(name) <= MAX_NAME and name == " ".join(name.split()) and name.isprintable()
    return is_line and not name.startswith("obsolete ") and OPENING not in name and CLOSING not in name


def atlas_of(every: Graph, phrases: Phrases, exclude_sources: Sequence[str] = (), left_out: Iterable[str] = ()) -> Atlas:
    """An edge of frequency 0 says that something is not so: tasks are not made of it, but it keeps its ends from being wrong options.
    Raises UserError for an unknown source."""
    graph = every.without(exclude_sources) if exclude_sources else every
    is_so = ~(graph.frequency == 0)
    if not is_so.all():
        columns = ("heads", "tails", "relations", "sources", "frequency")
        graph = replace(graph, **{name: getattr(graph, name)[is_so] for name in columns})
    return Atlas(graph, every, phrases, frozenset(left_out))
