"""Paths: the maker of tasks about paths through a graph."""

import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split, split_of_text
from osler.clinic.paths.atlas import Atlas, Leg, atlas_of
from osler.clinic.paths.card import card
from osler.clinic.paths.clinic_graph import clinic_graph
from osler.clinic.paths.draw import SHAPES_OF, Drawn, Route, Shape, complete, reached, walk
from osler.clinic.paths.language import Choice, Link, question_text, read_step, write_choice, write_link
from osler.clinic.paths.phrases import Move, phrases_for
from osler.clinic.task import Task
from osler.clinic.truth import Truth
from osler.core.errors import UserError
from osler.core.question import STRICT, ChoiceKey, Key
from osler.knowledge.graphs.names import normalised

if TYPE_CHECKING:
    from osler.clinic.paths.again import PathMatrices

CLINIC = "clinic"
MAX_TRIES_PER_TASK = 50_000
MAX_MISSES = 400
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, config=STRICT)
class Paths:
    """`graph` is a file or folder of a graph, also one's own, or "clinic": the teaching clinic, which needs no file. `exclude_sources` are
    left out of it, but what they state is no wrong option either. No route goes along `leave_out`: relations with so many gaps that a
    wrong option may well be right. `phrases` is a YAML file that says relations and kinds in other words. A route leads to at most
    `max_answers` nodes; two tasks may ask for the same route, but not with the same right option."""

    kind: Literal["path"] = "path"
    graph: str = CLINIC
    exclude_sources: tuple[str, ...] = ()
    levels: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)
    n_options: Annotated[int, Field(ge=2, le=len(LETTERS))] = 4
    leave_out: tuple[str, ...] = ("associates_disease",)
    max_answers: Annotated[int, Field(ge=1, le=1000)] = 60
    phrases: str = ""

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
            tasks.append(self._task(atlas, f"path-{self._place}-{split}-{len(tasks):05d}", shape, drawn, rng))
        return tasks

    def check_step(self, task: Task, step: str) -> Truth:
        parts = read_step(self.atlas.phrases, step)
        if parts is None:
            return Truth.UNREADABLE
        return Truth.TRUE if all(self._holds(task, part) for part in parts) else Truth.FALSE

    def solve(self, task: Task) -> Key:
        """Raises UserError where the options that the text leads to are not the same with the sources that are left out and without."""
        used, every = (matrices.reached(task.text, task.options) for matrices in _matrices(self.atlas))
        if used != every or not used:
            raise UserError(f"{task.id}: leads to {used or 'no option'}, with all sources to {every}; make it anew")
        return ChoiceKey(used)

    def card(self) -> str:
        return card(self.atlas, self.graph, self.exclude_sources)

    @property
    def atlas(self) -> Atlas:
        return _atlas(self.graph, self.exclude_sources, self.leave_out, self.phrases)

    @property
    def _place(self) -> str:
        """Of the graph in an id."""
        return normalised(Path(self.graph).name.split(".")[0]).encode("ascii", "ignore").decode().replace(" ", "_") or "graph"

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

    def _task(self, atlas: Atlas, id: str, shape: Shape, drawn: Drawn, rng: random.Random) -> Task:
        graph, route = atlas.graph, drawn.route
        nodes = rng.sample([drawn.way[-1], *drawn.others], 1 + len(drawn.others))
        options = dict(zip(LETTERS, nodes, strict=False))
        letter = LETTERS[nodes.index(drawn.way[-1])]
        edges = [_edge(atlas, leg, near, far) for leg, near, far in zip(route.legs, drawn.way, drawn.way[1:], strict=False)]
        links = [
            write_link(atlas.phrases, move, graph.names[near], graph.names[far])
            for (move, _), near, far in zip(edges, drawn.way, drawn.way[1:], strict=False)
        ]
        facts: dict[str, Any] = {
            "graph": graph.hash,
            "start": graph.ids[route.start],
            "legs": [list(leg) for leg in route.legs],
            "path": [graph.ids[node] for node in drawn.way],
            "relations": [[move.relation, "forward" if move.is_forward else "back"] for move, _ in edges],
            "sources": [list(graph.sources_of(edge)) for _, edge in edges],
            "options": {each: graph.ids[node] for each, node in options.items()},
            "answers": [graph.ids[node] for node in drawn.answers],
            "closeness": shape.closeness.value,
            "degrees": [int(atlas.degree[node]) for node in drawn.way[1:-1]],
        }
        text = question_text(atlas.phrases, graph.kinds[route.start], graph.names[route.start], route.legs)
        named = {each: graph.names[node] for each, node in options.items()}
        return Task(id, self.kind, shape.level, text, named, ChoiceKey((letter,)), (*links, write_choice(letter)), facts)

    def _holds(self, task: Task, part: list[Link] | Choice) -> bool:
        atlas = self.atlas
        if isinstance(part, Choice):
            if part.letter not in task.options:
                return False
            route = Route(atlas.graph.number(task.facts["start"]), tuple(Leg(*leg) for leg in task.facts["legs"]))
            return atlas.graph.number(task.facts["options"][part.letter]) in reached(atlas, route)[-1]
        return any(
            atlas.leads(link.said, near, far)
            for link in part
            for near in atlas.by_name.get(link.near.casefold(), ())
            for far in atlas.by_name.get(link.far.casefold(), ())
        )


def curriculum(tasks: Iterable[Task]) -> list[Task]:
    """From the easy to the hard: by level, then by legs, else in the order given."""
    return sorted(tasks, key=lambda task: (task.level, len(task.facts["legs"])))


def hopeful(level: int, misses: Mapping[Shape, int]) -> list[Shape]:
    """The shapes of a level that have not missed too often in a row, or else the one that missed least."""
    shapes = SHAPES_OF[level]
    return [shape for shape in shapes if misses[shape] < MAX_MISSES] or [min(shapes, key=lambda shape: misses[shape])]


def split_of_route(atlas: Atlas, route: Route) -> Split:
    """By the start and the legs, so that what is held out is no training task with other options."""
    return split_of_text(" > ".join([atlas.graph.ids[route.start], *(f"{leg.said} {leg.kind}" for leg in route.legs)]))


def has_hub(atlas: Atlas, way: Sequence[int]) -> bool:
    """Whether any node between the ends is one."""
    return any(atlas.degree[node] > atlas.usual_degree for node in way[1:-1])


def _edge(atlas: Atlas, leg: Leg, near: int, far: int) -> tuple[Move, int]:
    """The first edge between two nodes that says this, and its number."""
    for move in atlas.phrases.moves[leg.said]:
        if move.relation in atlas.graph.relation_names:
            adjacent = atlas.graph.adjacent(move.relation, is_forward=move.is_forward)
            for other, edge in zip(adjacent.of(near).tolist(), adjacent.edges_of(near).tolist(), strict=True):
                if other == far:
                    return move, edge
    raise ValueError(f"no edge {leg.said!r} between nodes {near} and {far}")


@lru_cache(maxsize=4)
def _atlas(graph: str, exclude_sources: tuple[str, ...], leave_out: tuple[str, ...], phrases: str) -> Atlas:
    """Readers of graphs import scipy, which takes time, and are not needed before."""
    from osler.knowledge.graphs.load import load_graph

    every = clinic_graph() if graph == CLINIC else load_graph(Path(graph))
    return atlas_of(every, phrases_for(every.relation_names, every.kinds, phrases), exclude_sources, leave_out)


@lru_cache(maxsize=4)
def _matrices(atlas: Atlas) -> "tuple[PathMatrices, PathMatrices]":
    """Without the sources that are left out, and with them. scipy, which takes time to import, is not needed before."""
    from osler.clinic.paths.again import PathMatrices

    return PathMatrices(atlas.graph, atlas.phrases), PathMatrices(atlas.every, atlas.phrases)
