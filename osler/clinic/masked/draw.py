"""Drawing what is masked, the clues to it, and wrong options that stand in the same relations to others."""

import math
import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import NamedTuple

import numpy as np

from osler.clinic.paths.atlas import Atlas, Leg
from osler.clinic.paths.draw import MAX_POOL, N_OF_LARGE_POOL, Route, reached, wrong
from osler.clinic.paths.rows import Mask, Numbers

MIN_CLUES, MAX_CLUES = 2, 5
MAX_ARCS, MAX_LONG = 12, 8
"""So many edges of a node are looked at, the rarer ends first, and so many clues through a node without a name."""
MAX_REACHED = 500


class Ask(NamedTuple):
    """What makes a masked node hard to find: `is_near`, every wrong option meets a clue; `is_joint`, no clue can be left out; `is_long`,
    one of them goes through a node that is not named."""

    is_near: bool
    is_joint: bool
    is_long: bool


ASKS = {
    1: Ask(is_near=False, is_joint=False, is_long=False),
    2: Ask(is_near=True, is_joint=False, is_long=False),
    3: Ask(is_near=False, is_joint=True, is_long=False),
    4: Ask(is_near=True, is_joint=True, is_long=False),
    5: Ask(is_near=True, is_joint=True, is_long=True),
}
"""By level."""


class Clue(NamedTuple):
    """A route to what is masked, with one way along it, and all that it leads to."""

    route: Route
    way: tuple[int, ...]
    found: frozenset[int]


class Arc(NamedTuple):
    """`near` stands in the relation `said` to `far`."""

    near: int
    said: str
    far: int


def arcs_of(atlas: Atlas, node: int) -> list[Arc]:
    """From a node to others that can be named, along relations that tasks are made of."""
    graph, kind = atlas.graph, atlas.graph.kinds[node]
    found = []
    for name, phrase in atlas.phrases.relations.items():
        if name in graph.relation_names:
            for said, is_forward in ((phrase.head, True), (phrase.tail, False)):
                if (said, kind) in atlas.starts:
                    others = graph.adjacent(name, is_forward=is_forward).of(node)
                    found += [Arc(node, said, other) for other in others[atlas.is_named[others]].tolist() if other != node]
    return list(dict.fromkeys(found))


def rarely(atlas: Atlas, arcs: Sequence[Arc], rng: random.Random) -> list[Arc]:
    """In an order by chance in which an end comes the sooner, the fewer neighbours it has (Efraimidis and Spirakis 2006)."""
    return [arc for _, arc in sorted((-math.log(1 - rng.random()) * int(atlas.degree[arc.far]), arc) for arc in arcs)]


@lru_cache(maxsize=8)
def rare_nodes(atlas: Atlas) -> tuple[list[int], list[float]]:
    """The nodes that can be named and have at least as many neighbours as a task has clues; and one over these numbers, summed up."""
    nodes = np.flatnonzero(atlas.is_named & (atlas.degree >= MIN_CLUES)).tolist()
    return nodes, list(accumulate(1 / int(atlas.degree[node]) for node in nodes))


def clues_to(atlas: Atlas, node: int, ask: Ask, rng: random.Random) -> list[Clue] | None:
    """Clues that nothing but the node meets; None where there are none such."""
    arcs = rarely(atlas, arcs_of(atlas, node), rng)[:MAX_ARCS]
    clues = _distinct(clue for arc in arcs if (clue := _clue(atlas, node, [arc])))
    if ask.is_joint:
        clues = [clue for clue in clues if len(clue.found) > 1]
    if ask.is_long:
        long = next((clue for clue in _long(atlas, node, arcs, rng) if len(clue.found) > 1), None)
        if long is None:
            return None
        clues = [long, *(clue for clue in clues if clue.route.start != long.way[1])]
    chosen = _narrowing(clues)
    if ask.is_joint and chosen:
        chosen = _needed(chosen)
    if not chosen or len(chosen) < MIN_CLUES or (ask.is_long and clues[0] not in chosen):
        return None
    return chosen


def _clue(atlas: Atlas, node: int, arcs: Sequence[Arc]) -> Clue | None:
    """Along edges from the node outward; None where it leads to too much, or back to where it begins."""
    way = (arcs[-1].far, *(arc.near for arc in reversed(arcs)))
    route = Route(way[0], tuple(Leg(arc.said, atlas.graph.kinds[arc.near]) for arc in reversed(arcs)))
    last = reached(atlas, route)[-1]
    if len(last) > MAX_REACHED:
        return None
    return Clue(route, way, frozenset(last.tolist()) - {route.start})


def _long(atlas: Atlas, node: int, arcs: Sequence[Arc], rng: random.Random) -> Iterator[Clue]:
    beside = {node, *atlas.neighbours.of(node).tolist()}
    pairs = ((arc, after) for arc in arcs for after in rarely(atlas, arcs_of(atlas, arc.far), rng)[:2] if after.far not in beside)
    return (clue for arc, after in islice(pairs, MAX_LONG) if (clue := _clue(atlas, node, [arc, after])))


def _distinct(clues: Iterator[Clue]) -> list[Clue]:
    """The first that begins at each node."""
    return list({clue.route.start: clue for clue in reversed(list(clues))}.values())[::-1]


def _narrowing(clues: Sequence[Clue]) -> list[Clue]:
    """Clues in their order, each of which leaves less, until one node is left and there are enough; nothing where that is never so."""
    chosen: list[Clue] = []
    left: frozenset[int] | None = None
    for clue in clues:
        narrowed = clue.found if left is None else left & clue.found
        if left is None or len(narrowed) < len(left) or len(left) == 1:
            left = narrowed
            chosen.append(clue)
        if len(left) == 1 and len(chosen) >= MIN_CLUES:
            return chosen
        if len(chosen) == MAX_CLUES:
            break
    return []


def _needed(clues: Sequence[Clue]) -> list[Clue]:
    """Without those that can be left out, the later first."""
    kept = list(clues)
    for clue in reversed(clues):
        others = [each.found for each in kept if each is not clue]
        if others and len(frozenset.intersection(*others)) == 1:
            kept.remove(clue)
    return kept


def wrong_nodes(atlas: Atlas, node: int, clues: Sequence[Clue], ask: Ask, n: int, rng: random.Random) -> tuple[int, ...] | None:
    """`n` of the same kind that stand in the same relations to other nodes, but provably do not meet all clues."""
    if ask.is_near:
        pool: Numbers = np.array(sorted(frozenset.union(*(clue.found for clue in clues)) - {node}), np.int32)
        pool = pool[atlas.is_named[pool]]
    else:
        nodes, degrees = atlas.by_degree[atlas.graph.kinds[node]]
        low, high = atlas.like_degrees(node)
        pool = nodes[np.searchsorted(degrees, low) : np.searchsorted(degrees, high, side="right")]
    for clue in clues:
        pool = pool[_bearers(atlas, clue.route.legs[-1])[pool]]
    if len(pool) > MAX_POOL:
        pool = pool[rng.sample(range(len(pool)), N_OF_LARGE_POOL)]
    if len(pool) < n:
        return None
    is_reached = np.ones(atlas.every.n_nodes, bool)
    for clue in clues:
        is_reached &= atlas.wide_reach(clue.route.start, [leg.said for leg in clue.route.legs])
    return wrong(atlas, is_reached, [node], [clue.route.start for clue in clues], pool, n, rng)


@lru_cache(maxsize=256)
def _bearers(atlas: Atlas, leg: Leg) -> Mask:
    """Whether each node stands in this relation to any other."""
    is_bearer = np.zeros(atlas.graph.n_nodes, bool)
    is_bearer[atlas.rows(leg).others] = True
    return is_bearer


def wrong_relations(atlas: Atlas, arc: Arc, n: int, rng: random.Random, *, is_near: bool) -> tuple[str, ...] | None:
    """`n` relations in which, in any source, the one provably does not stand to the other; `is_near`: such as join nodes of these kinds."""
    graph = atlas.graph
    fitting = _fitting(atlas, graph.kinds[arc.near], graph.kinds[arc.far])
    pool = fitting if is_near else tuple(dict.fromkeys(leg.said for leg in atlas.legs))
    group = int(atlas.twin[arc.near])
    false = [said for said in pool if said != arc.said and not atlas.wide_reach(arc.far, [said])[group]]
    return tuple(rng.sample(false, n)) if len(false) >= n else None


@lru_cache(maxsize=1024)
def _fitting(atlas: Atlas, near: str, far: str) -> tuple[str, ...]:
    """What is said of a node of the one kind and one of the other."""
    kinds = atlas.graph.kinds
    return tuple(leg.said for leg in atlas.legs if leg.kind == near and any(kinds[start] == far for start in atlas.starts[leg]))
