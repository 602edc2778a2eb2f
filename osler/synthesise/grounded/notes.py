"""What blocks note of entities and of paths, as plain values, and how a path is written for a model."""

from collections.abc import Sequence
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter
from pydantic.dataclasses import dataclass

from osler.knowledge.graphs.graph import Graph
from osler.synthesise.draft import Draft

if TYPE_CHECKING:
    from osler.knowledge.graphs.path import GraphPath
    from osler.knowledge.graphs.paths import PathFinder, PathsTo


@dataclass(frozen=True)
class Entities:
    """Ids of nodes: those that the question names, those of the right answer, and by letter those of every option that was linked."""

    question: tuple[str, ...]
    answer: tuple[str, ...]
    options: dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class PathEdge:
    """An edge between two nodes of a path, as the graph has it; the path goes from its head to its tail where `is_forward`."""

    relation: str
    is_forward: bool
    sources: tuple[str, ...]


@dataclass(frozen=True)
class NotedPath:
    """A path: its nodes in order, the edges between each two, and the licences of their sources."""

    ids: tuple[str, ...]
    names: tuple[str, ...]
    edges: tuple[tuple[PathEdge, ...], ...]
    licences: dict[str, str]
    cost: float

    @classmethod
    def of(cls, path: "GraphPath") -> "NotedPath":
        graph = path.graph
        edges = tuple(
            tuple(PathEdge(link.relation, link.is_forward, graph.sources_of(link.edge)) for link in links) for links in path.links
        )
        ids, names = (tuple(texts[node] for node in path.nodes) for texts in (graph.ids, graph.names))
        sources = dict.fromkeys(source for links in edges for edge in links for source in edge.sources)
        return cls(ids, names, edges, {source: graph.licences.get(source, "") for source in sources}, round(path.cost, 6))

    @property
    def line(self) -> str:
        """`aspirin —treats→ pain ←shows— gout`: between two nodes the relations of one direction, `/` between them."""
        shown = self.names[0]
        for edges, name in zip(self.edges, self.names[1:], strict=True):
            is_forward = edges[0].is_forward
            relations = "/".join(dict.fromkeys(edge.relation for edge in edges if edge.is_forward == is_forward))
            shown += f" —{relations}→ {name}" if is_forward else f" ←{relations}— {name}"
        return shown


@dataclass(frozen=True)
class PathGroup:
    """The paths from one entity of the question to one of an answer. `n_found` shortest ones there were. `is_answer`: of the right one."""

    start: str
    end: str
    is_answer: bool
    n_found: int
    paths: tuple[NotedPath, ...]


_ENTITIES: TypeAdapter[Any] = TypeAdapter(Entities)
_GROUPS: TypeAdapter[Any] = TypeAdapter(tuple[PathGroup, ...])
_LISTED: TypeAdapter[Any] = TypeAdapter(list[PathGroup])


def entities_of(draft: Draft) -> Entities:
    """Raises ValueError where no block has linked the draft."""
    found: Entities = _ENTITIES.validate_python(_noted(draft, "entities"))
    return found


def groups_of(draft: Draft) -> tuple[PathGroup, ...]:
    """Raises ValueError where no block has found paths."""
    found: tuple[PathGroup, ...] = _GROUPS.validate_python(_noted(draft, "paths"))
    return found


def plain(groups: Sequence[PathGroup]) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = _LISTED.dump_python(list(groups))
    return found


def _noted(draft: Draft, name: str) -> Any:
    if name not in draft.notes:
        raise ValueError(f"draft {draft.id}: it has no note {name!r}; put the block that makes it before this one")
    return draft.notes[name]


@lru_cache(maxsize=4)
def graph_without(graph: Graph, sources: tuple[str, ...], licences: tuple[str, ...]) -> Graph:
    """The same nodes; only the edges that a source states which is neither named nor of an unwanted licence."""
    from osler.knowledge.graphs.licences import ruled_out

    unwanted = {*sources, *(each for licence in licences for each in ruled_out(graph.source_names, graph.licences, licence))}
    return graph.without(unwanted) if unwanted else graph


@lru_cache(maxsize=4)
def _finder(graph: Graph) -> "PathFinder":
    from osler.knowledge.graphs.paths import PathFinder  # scipy takes time to import

    return PathFinder(graph)


@lru_cache(maxsize=64)
def ways_to(graph: Graph, node: int) -> "PathsTo":
    return _finder(graph).to(node)
