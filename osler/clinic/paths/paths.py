"""Paths: the maker of tasks about paths through a graph."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split
from osler.clinic.paths.atlas import Atlas
from osler.clinic.paths.draw import SHAPES_OF, Drawn, Route, Shape, complete, walk
from osler.clinic.paths.path_maker import PathMaker, split_of_route
from osler.clinic.task import Task
from osler.core.errors import UserError
from osler.core.question import STRICT

MAX_TRIES_PER_TASK = 50_000
MAX_MISSES = 400


@dataclass(frozen=True, config=STRICT)
class Paths(PathMaker):
    """Walks at random, level by level in turn."""

    kind: Literal["path"] = "path"

    def make(self, n: int, split: Split, seed: int) -> Sequence[Task]:
        atlas = self.atlas
        rng = random.Random(f"{seed}/{self.kind}/{split}")
        tasks: list[Task] = []
        seen: set[tuple[Route, int]] = set()
        misses: Counter[Shape] = Counter()
        while len(tasks) < n:
            level = self.levels[len(tasks) % len(self.levels)]
            found = self._draw(atlas, level, split, seen, misses, rng)
            if found is None:
                raise UserError(
                    f"path: only {len(tasks)} of {n} tasks for {split}, for the graph has no more of level {level}; ask for fewer, "
                    "for other levels, or name another graph"
                )
            shape, drawn = found
            seen.add((drawn.route, drawn.way[-1]))
            id = f"path-{self.place}-{split}-{len(tasks):05d}"
            tasks.append(self._route_task(id, shape.level, shape.closeness, drawn, rng))
        return tasks

    def _draw(
        self, atlas: Atlas, level: int, split: Split, seen: set[tuple[Route, int]], misses: Counter[Shape], rng: random.Random
    ) -> tuple[Shape, Drawn] | None:
        """`misses` are how often each shape found no wrong options since it last did; what never does is given up while others do."""
        shapes = hopeful(level, misses)
        for _ in range(MAX_TRIES_PER_TASK if atlas.legs else 0):
            n_legs = rng.choice(shapes).n_legs
            walked = walk(atlas, n_legs, rng)
            if walked is None or (walked[0], walked[1][-1]) in seen or split_of_route(atlas, walked[0]) is not split:
                continue
            is_hub = has_hub(atlas, walked[1])
            fitting = [shape for shape in shapes if (shape.n_legs, shape.is_hub) == (n_legs, is_hub)]
            if fitting:
                shape = rng.choice(fitting)
                drawn = complete(atlas, *walked, shape.closeness, self.n_options - 1, self.max_answers, rng)
                misses[shape] = 0 if drawn else misses[shape] + 1
                if drawn:
                    return shape, drawn
                shapes = hopeful(level, misses)
        return None


def curriculum(tasks: Iterable[Task]) -> list[Task]:
    """From the easy to the hard: by level, then by legs, else in the order given."""
    return sorted(tasks, key=lambda task: (task.level, len(task.facts["legs"])))


def hopeful(level: int, misses: Mapping[Shape, int]) -> list[Shape]:
    """The shapes of a level that have not missed too often in a row, or else the one that missed least."""
    shapes = SHAPES_OF[level]
    return [shape for shape in shapes if misses[shape] < MAX_MISSES] or [min(shapes, key=lambda shape: misses[shape])]


def has_hub(atlas: Atlas, way: Sequence[int]) -> bool:
    """Whether any node between the ends is one."""
    return any(atlas.degree[node] > atlas.usual_degree for node in way[1:-1])
