"""How much of a graph of reference reasoning a thought goes through (Med-R³, arXiv 2507.23541)."""

from collections.abc import Iterable, Sequence
from typing import Any, Literal

from pydantic.dataclasses import dataclass

from osler.core.errors import RecordError
from osler.core.question import STRICT
from osler.rewards.terms.term import Kit, Seen, Term, Triple

_MAX_PATHS = 2000


@dataclass(frozen=True, kw_only=True, config=STRICT)
class PathOverlap(Term):
    """The best over the reference graphs of the mean of two Jaccard indices: of the paths from a root to every node, and of the entities.

    Med-R³ adds 0.8 of it to the answer's worth, with the cosine of two embeddings as a third part, which is left out here: what a text
    embeds to can be bent without saying anything. So a right answer over an identical graph is worth 1.8. The record holds the reference
    graphs under `graphs`, each a list of [head, relation, tail]; relations are not compared."""

    kind: Literal["path_overlap"] = "path_overlap"
    weight: float = 0.8

    def number(self, seen: Seen, kit: Kit) -> float:
        graphs = [_triples(graph, seen.item.id) for graph in seen.record.get("graphs") or ()]
        if not graphs:
            raise RecordError(f"{seen.item.id}: its record has no `graphs`; path_overlap compares the thought with them")
        said = list((kit.triples or arrows)(seen.reasoning)) if not seen.is_cut else []
        return max(overlap(said, graph) for graph in graphs) if said else 0.0


def overlap(triples: Sequence[Triple], reference: Sequence[Triple]) -> float:
    one, other = ([(_name(head), _name(tail)) for head, _, tail in each] for each in (triples, reference))
    entities = jaccard({name for edge in one for name in edge}, {name for edge in other for name in edge})
    return (jaccard(paths_from_roots(one), paths_from_roots(other)) + entities) / 2


def jaccard(one: set[Any], other: set[Any]) -> float:
    """What both have of what either has; 0 where both are empty."""
    return len(one & other) / len(one | other) if one or other else 0.0


def paths_from_roots(edges: Iterable[tuple[str, str]]) -> set[tuple[str, ...]]:
    """Every path without a circle from a node that nothing leads to, to each node on its way; at most 2,000, the shortest first."""
    below: dict[str, list[str]] = {}
    for head, tail in dict.fromkeys(edges):
        below.setdefault(head, []).append(tail)
    reached = {tail for tails in below.values() for tail in tails}
    open_paths: list[tuple[str, ...]] = [(head,) for head in below if head not in reached]
    found: list[tuple[str, ...]] = []
    while open_paths and len(found) < _MAX_PATHS:
        open_paths = [(*path, tail) for path in open_paths for tail in below.get(path[-1], ()) if tail not in path][:_MAX_PATHS]
        found += open_paths
    return set(found[:_MAX_PATHS])


def arrows(text: str) -> list[Triple]:
    """What a text states as `head -> relation -> tail` or `head | relation | tail`, one on each line."""
    parts = [line.strip(" \t-*•.").split("->" if "->" in line else "|") for line in text.replace("→", "->").splitlines()]
    named = [tuple(part.strip() for part in each) for each in parts]
    return [(each[0], each[1], each[2]) for each in named if len(each) == 3 and all(each)]


def _name(text: str) -> str:
    return " ".join(text.casefold().split())


def _triples(graph: Any, item: str) -> list[Triple]:
    triples = [tuple(map(str, triple[:3])) for triple in graph if isinstance(triple, list | tuple) and len(triple) >= 3]
    if not triples or len(triples) != len(graph):
        raise RecordError(f"{item}: a graph of `graphs` is no list of [head, relation, tail]; correct the record")
    return [(head, relation, tail) for head, relation, tail in triples]
