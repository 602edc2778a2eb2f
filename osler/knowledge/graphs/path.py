"""GraphPath: a way through a graph, and how it is shown."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from osler.knowledge.graphs.graph import Graph


class Link(NamedTuple):
    """An edge on a path: `is_forward` where the path goes from its head to its tail."""

    edge: int
    relation: str
    is_forward: bool


@dataclass(frozen=True, eq=False)
class GraphPath:
    """Nodes in order. `cost` is that of the finder that found it. Between two nodes there may be several links; all are told. A path along
    a pattern has the relations of the pattern only."""

    graph: Graph
    nodes: tuple[int, ...]
    cost: float = 0.0
    pattern: tuple[str, ...] = ()

    def __len__(self) -> int:
        """In edges."""
        return len(self.nodes) - 1

    @property
    def links(self) -> tuple[tuple[Link, ...], ...]:
        """For each two nodes that follow one another, the edges between them: forward ones first, by the order of the relations."""
        return tuple(self._between(at) for at in range(len(self)))

    def _between(self, at: int) -> tuple[Link, ...]:
        here, there = self.nodes[at], self.nodes[at + 1]
        wanted = self.pattern[at] if self.pattern else None
        found: list[Link] = []
        for is_forward in (True, False):
            head, tail = (here, there) if is_forward else (there, here)
            out = self.graph.adjacent()
            for edge in out.edges_of(head)[out.of(head) == tail].tolist():
                relation = self.graph.relation_names[self.graph.relations[edge]]
                if wanted in (None, relation if is_forward else f"^{relation}"):
                    found.append(Link(edge, relation, is_forward))
        return tuple(found)

    @property
    def sources(self) -> tuple[str, ...]:
        """Of every link, without repetition, in the graph's order."""
        mask = int(np.bitwise_or.reduce([int(self.graph.sources[link.edge]) for links in self.links for link in links], initial=0))
        return tuple(name for bit, name in enumerate(self.graph.source_names) if mask >> bit & 1)

    @property
    def licences(self) -> dict[str, str]:
        """By source; empty text where none is known."""
        return {source: self.graph.licences.get(source, "") for source in self.sources}

    def describe(self) -> str:
        """One line: `aspirin —treats→ pain ←has_phenotype— gout [HPOA, Hetionet]`."""
        shown = self.graph.names[self.nodes[0]]
        for links, node in zip(self.links, self.nodes[1:], strict=True):
            is_forward = links[0].is_forward
            relations = "/".join(dict.fromkeys(link.relation for link in links if link.is_forward == is_forward))
            shown += f" —{relations}→ " if is_forward else f" ←{relations}— "
            shown += self.graph.names[node]
        return f"{shown} [{', '.join(self.sources)}]" if self.sources else shown
