"""What makers of tasks from a graph share: the graph with its phrases, how a route is written as a task, and how it is checked again."""

import random
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.clinic.generate import Split, split_of_text
from osler.clinic.paths.atlas import Atlas, Leg, atlas_of
from osler.clinic.paths.card import card
from osler.clinic.paths.clinic_graph import clinic_graph
from osler.clinic.paths.draw import Closeness, Drawn, Route, reached
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
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, config=STRICT)
class PathMaker:
    """`graph` is a file or folder of a graph, also one's own, or "clinic": the teaching clinic, which needs no file. `exclude_sources` are
    left out of it, but what they state is no wrong option either. No route goes along `leave_out`: relations with so many gaps that a
    wrong option may well be right. `phrases` is a YAML file that says relations and kinds in other words. A route leads to at most
    `max_answers` nodes; two tasks may ask for the same route, but not with the same right option."""

    kind: str = ""
    graph: str = CLINIC
    exclude_sources: tuple[str, ...] = ()
    levels: Annotated[tuple[Annotated[int, Field(ge=1, le=5)], ...], Field(min_length=1)] = (1, 2, 3, 4, 5)
    n_options: Annotated[int, Field(ge=2, le=len(LETTERS))] = 4
    leave_out: tuple[str, ...] = ("associates_disease",)
    max_answers: Annotated[int, Field(ge=1, le=1000)] = 60
    phrases: str = ""
    asks: ClassVar[str] = "which node is reached from another along one to three relations?"
    """What its card says that is asked."""

    def check_step(self, task: Task, step: str) -> Truth:
        parts = read_step(self.atlas.phrases, step)
        if parts is None:
            return Truth.UNREADABLE
        return Truth.TRUE if all(self._holds(task, part) for part in parts) else Truth.FALSE

    def solve(self, task: Task) -> Key:
        """Raises UserError where the options that the text leads to are not the same with the sources that are left out and without."""
        used, every = (self._found(matrices, task) for matrices in matrices_of(self.atlas))
        if used != every or not used:
            raise UserError(f"{task.id}: leads to {used or 'no option'}, with all sources to {every}; make it anew")
        return ChoiceKey(used)

    def card(self) -> str:
        return card(self.atlas, self.graph, self.exclude_sources, self.asks)

    @property
    def files(self) -> tuple[Path, ...]:
        """What it reads."""
        return (*(() if self.graph == CLINIC else (Path(self.graph),)), *((Path(self.phrases),) if self.phrases else ()))

    @property
    def atlas(self) -> Atlas:
        return _atlas(self.graph, self.exclude_sources, self.leave_out, self.phrases)

    @property
    def place(self) -> str:
        """Of the graph in an id."""
        return normalised(Path(self.graph).name.split(".")[0]).encode("ascii", "ignore").decode().replace(" ", "_") or "graph"

    def licence(self, task: Task) -> str:
        """Of every source that states an edge of the task."""
        names = dict.fromkeys(name for edge in task.facts["sources"] for name in edge)
        licences = self.atlas.graph.licences
        return "; ".join(dict.fromkeys(licences.get(name) or f"{name}: not stated" for name in names))

    def notes(self, task: Task) -> dict[str, Any]:
        """Where in the graph its item comes from; `n_legs` edges; and the `names` that its text must have."""
        facts, graph = task.facts, self.atlas.graph
        ways = facts.get("clues") or [facts]
        ends = [each for way in ways for each in (way["path"] if facts.get("mask") == "relation" else way["path"][:1])]
        kept = {name: facts[name] for name in ("graph", "mask", "clues", "path", "relations", "sources") if name in facts}
        return {**kept, "n_legs": len(facts["sources"]), "names": [graph.names[graph.number(id)] for id in ends]}

    def _found(self, matrices: "PathMatrices", task: Task) -> tuple[str, ...]:
        return matrices.reached(task.text, task.options)

    def _is_right(self, task: Task, letter: str) -> bool:
        node = self.atlas.graph.number(task.facts["options"][letter])
        route = Route(self.atlas.graph.number(task.facts["start"]), tuple(Leg(*leg) for leg in task.facts["legs"]))
        return node in reached(self.atlas, route)[-1]

    def _holds(self, task: Task, part: list[Link] | Choice) -> bool:
        atlas = self.atlas
        if isinstance(part, Choice):
            return part.letter in task.options and self._is_right(task, part.letter)
        return any(
            atlas.leads(link.said, near, far)
            for link in part
            for near in atlas.by_name.get(link.near.casefold(), ())
            for far in atlas.by_name.get(link.far.casefold(), ())
        )

    def _route_task(self, id: str, level: int, closeness: Closeness, drawn: Drawn, rng: random.Random) -> Task:
        """What the route of `drawn` asks, its options in an order by chance, and the edges of its way as steps."""
        atlas, graph, route = self.atlas, self.atlas.graph, drawn.route
        options, letter = lettered(drawn.way[-1], drawn.others, rng)
        edges = edges_of_way(atlas, route.legs, drawn.way)
        facts: dict[str, Any] = {
            "graph": graph.hash,
            "start": graph.ids[route.start],
            "legs": [list(leg) for leg in route.legs],
            **facts_of_way(atlas, drawn.way, edges),
            "options": {each: graph.ids[node] for each, node in options.items()},
            "answers": [graph.ids[node] for node in drawn.answers],
            "closeness": closeness.value,
            "degrees": [int(atlas.degree[node]) for node in drawn.way[1:-1]],
        }
        text = question_text(atlas.phrases, graph.kinds[route.start], graph.names[route.start], route.legs)
        named = {each: graph.names[node] for each, node in options.items()}
        return Task(
            id, self.kind, level, text, named, ChoiceKey((letter,)), (*links_of(atlas, drawn.way, edges), write_choice(letter)), facts
        )


def lettered(right: int, others: Sequence[int], rng: random.Random) -> tuple[dict[str, int], str]:
    """The options by letter in an order by chance, and the letter of the right one."""
    nodes = rng.sample([right, *others], 1 + len(others))
    return dict(zip(LETTERS, nodes, strict=False)), LETTERS[nodes.index(right)]


def edges_of_way(atlas: Atlas, legs: Sequence[Leg], way: Sequence[int]) -> list[tuple[Move, int]]:
    return [_edge(atlas, leg, near, far) for leg, near, far in zip(legs, way, way[1:], strict=False)]


def links_of(atlas: Atlas, way: Sequence[int], edges: Sequence[tuple[Move, int]]) -> list[str]:
    """A sentence for each edge of a way."""
    names = [atlas.graph.names[node] for node in way]
    return [write_link(atlas.phrases, move, near, far) for (move, _), near, far in zip(edges, names, names[1:], strict=False)]


def facts_of_way(atlas: Atlas, way: Sequence[int], edges: Sequence[tuple[Move, int]]) -> dict[str, Any]:
    """Its nodes, and its relations with the sources that state them."""
    graph = atlas.graph
    return {
        "path": [graph.ids[node] for node in way],
        "relations": [[move.relation, "forward" if move.is_forward else "back"] for move, _ in edges],
        "sources": [list(graph.sources_of(edge)) for _, edge in edges],
    }


def split_of_route(atlas: Atlas, route: Route) -> Split:
    """By the start and the legs, so that what is held out is no training task with other options."""
    return split_of_text(" > ".join([atlas.graph.ids[route.start], *(f"{leg.said} {leg.kind}" for leg in route.legs)]))


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
def matrices_of(atlas: Atlas) -> "tuple[PathMatrices, PathMatrices]":
    """Without the sources that are left out, and with them. scipy, which takes time to import, is not needed before."""
    from osler.clinic.paths.again import PathMatrices

    return PathMatrices(atlas.graph, atlas.phrases), PathMatrices(atlas.every, atlas.phrases)
