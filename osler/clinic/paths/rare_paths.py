"""Rare paths: the longest ways around what has few neighbours, without any shortcut.

After MedResearcher-R1 (Ant Group, 2025), whose questions are made of the longest chains around rare medical entities; how chains are found
and questions checked is ours. "Rare" is few neighbours in the graph. No edge joins two nodes of the way that are not neighbours on it, and
none goes on from the narrower to the wider, or back, twice in a row: what is wider than the wider is wider. So no step can be left out;
where `max_fan` is 1, each step leads to one node alone.
"""

import random
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import accumulate, islice
from typing import Annotated, ClassVar, Literal

import numpy as np
from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split
from osler.clinic.paths.atlas import Atlas, Leg
from osler.clinic.paths.draw import Closeness, Drawn, Route, complete
from osler.clinic.paths.path_maker import PathMaker, split_of_route
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import STRICT

MAX_TRIES_PER_TASK = 2_000
MAX_WALKED = 400
"""How many beginnings of ways from one start are looked at."""
_Way = tuple[tuple[int, ...], tuple[Leg, ...]]


@dataclass(frozen=True, config=STRICT)
class RarePaths(PathMaker):
    """A task of level l has l + 1 legs, at most 6, and begins at a node that is drawn with a chance of one over the number of its
    neighbours. No leg leads from the node before it to more than `max_fan` nodes. Wrong options are linked to the way where there are such,
    else like the right one under its parent, else of its kind."""

    kind: Literal["rare_path"] = "rare_path"
    max_fan: Annotated[int, Field(ge=1, le=20)] = 3
    asks: ClassVar[str] = "which node is reached from a rare one along two to six relations, none of which can be left out?"

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        rng = random.Random(f"{seed}/{self.kind}/{split}")
        tasks: list[Task] = []
        seen: set[tuple[Route, int]] = set()
        while len(tasks) < n:
            level = self.levels[len(tasks) % len(self.levels)]
            found = self._draw(level + 1, split, seen, rng)
            if found is None:
                raise UserError(
                    f"rare_path: only {len(tasks)} of {n} tasks for {split}, for the graph has no more ways of {level + 1} legs without a "
                    "shortcut; ask for fewer, for lower levels, for a larger max_fan, or name another graph"
                )
            closeness, drawn = found
            seen.add((drawn.route, drawn.way[-1]))
            tasks.append(self._route_task(f"{self.kind}-{self.place}-{split}-{len(tasks):05d}", level, closeness, drawn, rng))
        return tasks

    def _draw(self, n_legs: int, split: Split, seen: set[tuple[Route, int]], rng: random.Random) -> tuple[Closeness, Drawn] | None:
        onward, starts, weights = _fans(self.atlas, self.max_fan)
        for _ in range(MAX_TRIES_PER_TASK if starts else 0):
            [start] = rng.choices(starts, cum_weights=weights)
            ways = (way for way in islice(_ways(self.atlas, onward, start, n_legs, rng), MAX_WALKED) if len(way[1]) == n_legs)
            for way, legs in islice(ways, 4):
                route = Route(start, legs)
                if (route, way[-1]) in seen or split_of_route(self.atlas, route) is not split:
                    continue
                for closeness in (Closeness.LINKED, Closeness.SIBLING, Closeness.RANDOM):
                    if drawn := complete(self.atlas, route, way, closeness, self.n_options - 1, self.max_answers, rng):
                        return closeness, drawn
        return None


_Onward = dict[int, list[tuple[Leg, int]]]


@lru_cache(maxsize=8)
def _fans(atlas: Atlas, max_fan: int) -> tuple[_Onward, list[int], list[float]]:
    """Where each node that can be named leads along legs that fan out to at most so many; these nodes; and their weights, summed up."""
    onward: _Onward = {}
    for leg in atlas.legs:
        rows = atlas.rows(leg)
        n_others = np.diff(rows.starts)
        for node in np.flatnonzero((n_others > 0) & (n_others <= max_fan) & atlas.is_named).tolist():
            named = [(leg, other) for other in rows.of(node).tolist() if atlas.is_named[other]]
            if named:
                onward.setdefault(node, []).extend(named)
    starts = sorted(onward)
    return onward, starts, list(accumulate(1 / max(int(atlas.degree[node]), 1) for node in starts))


def _ways(atlas: Atlas, onward: _Onward, start: int, n_legs: int, rng: random.Random) -> Iterator[_Way]:
    """Ways without a shortcut from a start, depth first, at every node in an order by chance: the start alone, and every beginning."""
    slopes = slopes_of(atlas)
    pending: list[tuple[_Way, frozenset[int]]] = [(((start,), ()), frozenset((start,)))]
    while pending:
        (way, legs), closed = pending.pop()
        yield way, legs
        if len(legs) == n_legs:
            continue
        going = onward.get(way[-1], [])
        beside = closed | set(atlas.neighbours.of(way[-1]).tolist())  # what may not come later than next
        for leg, node in rng.sample(going, len(going)):
            if node not in closed and not (legs and slopes.get(legs[-1].said) == slopes.get(leg.said, 0)):
                pending.append((((*way, node), (*legs, leg)), beside | {node}))


@lru_cache(maxsize=8)
def slopes_of(atlas: Atlas) -> dict[str, int]:
    """Of what is said along a relation between the narrower and the wider: 1 where it leads to the wider, -1 to the narrower."""
    found: dict[str, int] = {}
    for slope, wanted in ((1, atlas.phrases.parents()), (-1, atlas.phrases.children())):
        found |= {said: slope for said, moves in atlas.phrases.moves.items() if not set(wanted).isdisjoint(moves)}
    return found
