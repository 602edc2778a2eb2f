"""Even paths: paths of one, two and three legs, drawn so that no start, no answer and no kind of route is most of them.

QwQ-Med-3 (arXiv 2507.13966) trains on one-step paths, on one- and two-step paths, and on all up to three, sampled for diversity; how is
not published. Here each number of legs has a stream of its own, so that the sets of one, two and three nest, and of `n_candidates` routes
the one is taken whose pattern, start and answer were asked for the least so far.
"""

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass as plain
from dataclasses import field
from typing import Annotated, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split
from osler.clinic.paths.draw import SHAPES, Drawn, Route, Shape, complete, walk
from osler.clinic.paths.path_maker import PathMaker, split_of_route
from osler.clinic.paths.paths import MAX_MISSES, has_hub
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import STRICT

MAX_LEGS = 3
MAX_TRIES_PER_TASK = 20_000


@plain
class Spread:
    """The routes of one number of legs that were asked for so far, and how often each pattern, start and answer among them."""

    rng: random.Random
    shapes: list[Shape]
    seen: set[tuple[Route, int]] = field(default_factory=set)
    counts: Counter[object] = field(default_factory=Counter)
    misses: Counter[Shape] = field(default_factory=Counter)

    def commonness(self, route: Route, way: Sequence[int]) -> tuple[int, int, int]:
        """The lower, the rarer so far; the pattern first."""
        return self.counts[route.legs], self.counts["start", route.start], self.counts["answer", way[-1]]

    def asked(self, route: Route, way: Sequence[int]) -> None:
        self.seen.add((route, way[-1]))
        self.counts.update((route.legs, ("start", route.start), ("answer", way[-1])))

    def hopeful(self) -> list[Shape]:
        """The shapes that have not missed too often in a row, or else the one that missed least."""
        return [shape for shape in self.shapes if self.misses[shape] < MAX_MISSES] or [min(self.shapes, key=lambda each: self.misses[each])]


@dataclass(frozen=True, config=STRICT)
class EvenPaths(PathMaker):
    """Routes of one leg to `max_legs` legs in turn, while the graph has such. With the same seed, `n` tasks of one leg are among the 2 `n`
    of up to two, and these among the 3 `n` of up to three. One of `n_candidates` routes is taken; 1 is to walk at random."""

    kind: Literal["even_path"] = "even_path"
    max_legs: Annotated[int, Field(ge=1, le=MAX_LEGS)] = MAX_LEGS
    n_candidates: Annotated[int, Field(ge=1, le=100)] = 8

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        spreads = self._spreads(split, seed)
        if not spreads:
            raise UserError(f"even_path: no path of at most {self.max_legs} legs is of a level in {self.levels}; name a lower level")
        tasks: list[Task] = []
        turns = list(spreads)
        while len(tasks) < n:
            n_legs = turns.pop(0)
            found = self._draw(n_legs, spreads[n_legs], split)
            if found:
                turns.append(n_legs)
                tasks.append(self._task(*found, n_legs, split, spreads[n_legs]))
            elif not turns:
                raise UserError(
                    f"even_path: only {len(tasks)} of {n} tasks for {split}, for the graph has no more paths of up to {self.max_legs} "
                    "legs; ask for fewer, for other levels, or name another graph"
                )
        return tasks

    def _task(self, shape: Shape, drawn: Drawn, n_legs: int, split: Split, spread: Spread) -> Task:
        id = f"{self.kind}-{self.place}-{split}-{n_legs}-{len(spread.seen):05d}"
        spread.asked(drawn.route, drawn.way)
        return self._route_task(id, shape.level, shape.closeness, drawn, spread.rng)

    def _spreads(self, split: Split, seed: int) -> dict[int, Spread]:
        """By number of legs, each with a chance of its own."""
        shapes_of = {
            n_legs: [shape for shape in SHAPES if shape.n_legs == n_legs and shape.level in self.levels]
            for n_legs in range(1, self.max_legs + 1)
        }
        return {n: Spread(random.Random(f"{seed}/{self.kind}/{split}/{n}"), shapes) for n, shapes in shapes_of.items() if shapes}

    def _draw(self, n_legs: int, spread: Spread, split: Split) -> tuple[Shape, Drawn] | None:
        """The rarest so far of some routes; the next rarest where there are no wrong options for it."""
        n_tries = 0
        while n_tries < MAX_TRIES_PER_TASK and self.atlas.legs:
            routes: list[tuple[Route, tuple[int, ...]]] = []
            while len(routes) < self.n_candidates and n_tries < MAX_TRIES_PER_TASK:
                n_tries += 1
                walked = walk(self.atlas, n_legs, spread.rng)
                if walked and (walked[0], walked[1][-1]) not in spread.seen and split_of_route(self.atlas, walked[0]) is split:
                    routes.append(walked)
            for route, way in sorted(routes, key=lambda each: spread.commonness(*each)):
                if found := self._completed(route, way, spread):
                    return found
        return None

    def _completed(self, route: Route, way: tuple[int, ...], spread: Spread) -> tuple[Shape, Drawn] | None:
        is_hub = has_hub(self.atlas, way)
        fitting = [shape for shape in spread.hopeful() if shape.is_hub is is_hub]
        if not fitting:
            return None
        shape = spread.rng.choice(fitting)
        drawn = complete(self.atlas, route, way, shape.closeness, self.n_options - 1, self.max_answers, spread.rng)
        spread.misses[shape] = 0 if drawn else spread.misses[shape] + 1
        return (shape, drawn) if drawn else None
