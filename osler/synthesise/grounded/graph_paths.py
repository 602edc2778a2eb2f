"""Graph paths: every shortest way through the graph from what a question names to what its answer names."""

import random
from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field
from pydantic.dataclasses import dataclass

from osler.core.errors import Drop
from osler.core.question import STRICT
from osler.knowledge.graphs.graph import Graph
from osler.synthesise.block import Kit, Making
from osler.synthesise.draft import Draft
from osler.synthesise.grounded.notes import NotedPath, PathGroup, entities_of, graph_without, plain, ways_to


@dataclass(frozen=True, config=STRICT)
class GraphPaths:
    """The note `paths`: for each entity of the question and each of an answer all paths of the fewest edges, whatever their relations and
    directions (MedReason). A path of one node is none. Of more than `max_per_group` so many are drawn. A draft without a path to its right
    answer is dropped: `no_path`.

    `exclude_sources` and `exclude_licences` ("non-commercial", "not stated", …) leave out edges that only such sources state: every edge of
    a path has its sources and their licences in the note. Of more than 1,000 shortest paths those through the fewest hubs are drawn from,
    where MedReason draws from all."""

    kind: Literal["graph_paths"] = "graph_paths"
    max_per_group: Annotated[int, Field(ge=1)] = 50
    exclude_sources: tuple[str, ...] = ()
    exclude_licences: tuple[str, ...] = ()
    roles: ClassVar[tuple[str, ...]] = ()
    needs: ClassVar[tuple[str, ...]] = ("graph",)

    def work(self, draft: Draft, kit: Kit) -> Making[Sequence[Draft]]:
        yield from ()
        assert kit.graph is not None
        graph = graph_without(kit.graph, self.exclude_sources, self.exclude_licences)
        entities = entities_of(draft)
        others = [id for ids in entities.options.values() for id in ids]
        groups: list[PathGroup] = []
        for end in dict.fromkeys((*entities.answer, *others)):
            for start in entities.question:
                seed = f"{kit.seed}/{draft.id}/{start}/{end}"
                if group := self._group(graph, start, end, random.Random(seed), is_answer=end in entities.answer):
                    groups.append(group)
        if not any(group.is_answer for group in groups):
            raise Drop("no_path", f"none from {', '.join(entities.question)} to {', '.join(entities.answer)}")
        return [draft.noting(paths=plain(groups))]

    def _group(self, graph: Graph, start: str, end: str, rng: random.Random, *, is_answer: bool) -> PathGroup | None:
        found = ways_to(graph, graph.number(end)).all_shortest(graph.number(start))
        paths = [path for path in found.paths if len(path.nodes) >= 2]
        if not paths:
            return None
        n_found = len(paths) + found.n_left_out
        if len(paths) > self.max_per_group:
            paths = [paths[at] for at in sorted(rng.sample(range(len(paths)), self.max_per_group))]
        return PathGroup(start, end, is_answer, n_found, tuple(map(NotedPath.of, paths)))
