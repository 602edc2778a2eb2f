"""Drawing a route through a graph at random, and wrong options beside what it leads to."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from osler.clinic.paths.atlas import Atlas, Leg
from osler.clinic.paths.rows import Mask, Numbers

MAX_LEVEL = 5
MAX_POOL, N_OF_LARGE_POOL = 200, 40
"""From more candidates than the first, the second many are drawn before they are looked at. The first is also how many nodes of each leg
wrong options may be linked to."""


class Closeness(StrEnum):
    """How near the wrong options are to the right one."""

    RANDOM = "random"  # any of the same kind
    SIBLING = "sibling"  # under the same parent
    LINKED = "linked"  # an edge to the start, or to what is reached before the last leg


@dataclass(frozen=True)
class Shape:
    """What makes a task about a path hard: how many legs, whether a node on the way is a hub, how close the wrong options are."""

    n_legs: int
    is_hub: bool
    closeness: Closeness

    @property
    def level(self) -> int:
        return min(MAX_LEVEL, self.n_legs + self.is_hub + list(Closeness).index(self.closeness))


SHAPES: tuple[Shape, ...] = tuple(
    Shape(n_legs, is_hub, closeness)
    for n_legs in (1, 2, 3)
    for is_hub in (False, True)
    for closeness in Closeness
    if n_legs > 1 or not (is_hub or closeness is Closeness.LINKED)
)
SHAPES_OF = {level: tuple(shape for shape in SHAPES if shape.level == level) for level in range(1, MAX_LEVEL + 1)}
"""One leg has no node on the way, and nothing before the last leg but its start. So the levels are, by legs and closeness, without a hub
and with one:

|        | random | sibling | linked |
|--------|--------|---------|--------|
| 1 leg  | 1      | 2       |        |
| 2 legs | 2, 3   | 3, 4    | 4, 5   |
| 3 legs | 3, 4   | 4, 5    | 5, 5   |
"""


@dataclass(frozen=True)
class Route:
    """A start and the legs from there; what it leads to is what can be reached along edges of these kinds, the start itself aside."""

    start: int
    legs: tuple[Leg, ...]


@dataclass(frozen=True)
class Drawn:
    """A route with one way along it (`way[0]` is its start, the last one the right option), all that it leads to, and wrong options."""

    route: Route
    way: tuple[int, ...]
    answers: tuple[int, ...]
    others: tuple[int, ...]


def walk(atlas: Atlas, n_legs: int, rng: random.Random) -> tuple[Route, tuple[int, ...]] | None:
    """A route and one way along it that meets no node twice and ends where there is a name. Legs are drawn evenly, not by their edges, or
    a large relation would be all that is asked about."""
    leg = rng.choice(atlas.legs)
    way, legs = [rng.choice(atlas.starts[leg])], [leg]
    while True:
        onward = atlas.rows(leg).of(way[-1])
        node = int(onward[int(rng.random() * len(onward))])
        if node in way or not atlas.is_named[node]:
            return None
        way.append(node)
        if len(legs) == n_legs:
            return Route(way[0], tuple(legs)), tuple(way)
        going = atlas.onward.get(node)
        if not going:
            return None
        leg = rng.choice(going)
        legs.append(leg)


def reached(atlas: Atlas, route: Route) -> list[Numbers]:
    """What is reached after each leg."""
    nodes, after = np.array([route.start], np.int32), []
    for leg in route.legs:
        nodes = atlas.rows(leg).reach(nodes)
        after.append(nodes)
    return after


def complete(
    atlas: Atlas, route: Route, way: tuple[int, ...], closeness: Closeness, n: int, max_answers: int, rng: random.Random
) -> Drawn | None:
    """With `n` wrong options of this closeness; None where there are none such, or where the route leads to more than `max_answers`."""
    pool = _pool(atlas, way[-1], closeness)
    if pool is not None and len(pool) < n:
        return None
    *before, last = reached(atlas, route)
    answers = [node for node in last.tolist() if node != route.start] if len(last) <= max_answers + 1 else []
    if not 0 < len(answers) <= max_answers:
        return None
    if pool is None:
        pool = _linked(atlas, route, way[-1], before)
    others = _others(atlas, route, way, answers, pool, n, rng)
    return Drawn(route, way, tuple(answers), others) if others else None


def _pool(atlas: Atlas, right: int, closeness: Closeness) -> Numbers | None:
    """Candidates for wrong options, where they do not depend on the route: of the kind of the right one, with a name, and about as many
    neighbours."""
    if closeness is Closeness.SIBLING:
        return atlas.siblings(right)
    if closeness is Closeness.LINKED:
        return None
    nodes, degrees = atlas.by_degree[atlas.graph.kinds[right]]
    low, high = atlas.like_degrees(right)
    return nodes[np.searchsorted(degrees, low) : np.searchsorted(degrees, high, side="right")]


def _linked(atlas: Atlas, route: Route, right: int, before: Sequence[Numbers]) -> Numbers:
    on_the_way = np.concatenate([np.array([route.start], np.int32), *(nodes[:MAX_POOL] for nodes in before)])
    return atlas.like(right, atlas.neighbours.reach(on_the_way))


def _others(
    atlas: Atlas, route: Route, way: Sequence[int], answers: Sequence[int], pool: Numbers, n: int, rng: random.Random
) -> tuple[int, ...] | None:
    """`n` of the pool at random that are provably wrong: no way leads there in any source, they are no other name for an answer, and
    neither wider nor narrower than one. None where there are not so many."""
    if len(pool) > MAX_POOL:
        pool = pool[rng.sample(range(len(pool)), N_OF_LARGE_POOL)]
    return wrong(atlas, atlas.wide_reach(route.start, [leg.said for leg in route.legs]), answers, way, pool, n, rng)


def wrong(
    atlas: Atlas, is_reached: Mask, answers: Sequence[int], others: Sequence[int], pool: Numbers, n: int, rng: random.Random
) -> tuple[int, ...] | None:
    """`n` of the pool at random that are not reached, by group, are no other name for an answer or one of `others`, and neither wider nor
    narrower than an answer. None where there are not so many."""
    pool = pool[~is_reached[atlas.twin[pool]]]
    if len(pool) < n:
        return None
    groups = set(atlas.twin[[*answers, *others]].tolist())
    above = frozenset[int]().union(*(atlas.above(group) for group in atlas.twin[list(answers)].tolist()))
    chosen: list[int] = []
    for node in rng.sample(pool.tolist(), len(pool)):
        group = int(atlas.twin[node])
        if group not in groups and group not in above and groups.isdisjoint(atlas.above(group)):
            chosen.append(node)
            groups.add(group)
            if len(chosen) == n:
                return tuple(chosen)
    return None
