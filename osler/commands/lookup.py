"""`osler lookup`: what a model would see: passages for a query, entities with what is known of them, paths between two, calculators."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from osler.clinic.calculators import CALCULATORS
from osler.clinic.paths.clinic_graph import clinic_graph
from osler.core.errors import UserError
from osler.core.passage import Evidence
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.load import load_graph
from osler.knowledge.graphs.path import GraphPath
from osler.knowledge.graphs.paths import PathFinder
from osler.knowledge.linking.linker import Linker
from osler.stages.retrieving import retriever_named, retriever_of

CLINIC = "clinic"
Row = tuple[str, str]


@dataclass(frozen=True)
class Found:
    """What was found, for people and as plain values."""

    rows: list[Row]
    content: dict[str, Any]

    def __add__(self, other: "Found") -> "Found":
        return Found([*self.rows, *((("", ""),) if self.rows and other.rows else ()), *other.rows], self.content | other.content)


NOTHING = Found([], {})


def in_passages(query: str, paths: Sequence[Path], kind: str, index: Path, n: int) -> Found:
    """The best `n` passages, as `rag` puts them into a prompt."""
    [found] = retriever_of(retriever_named(kind), paths, index).retrieve([query], n)
    rows: list[Row] = [row for number, evidence in enumerate(found, 1) for row in _passage_rows(number, evidence)]
    content = [{"id": each.id, "score": each.score, "heading": each.passage.heading, "text": each.passage.text} for each in found]
    return Found(rows or [("passages", "none has a word of it")], {"passages": content})


def _passage_rows(number: int, evidence: Evidence) -> list[Row]:
    passage = evidence.passage
    page = f", page {passage.page}" if passage.page else ""
    return [(f"[{number}]", f"{' > '.join(passage.heading)} ({evidence.score:.3f}, {passage.id}{page})"), ("", passage.text)]


def in_graph(query: str, place: str, to: str, n: int, exclude_sources: Collection[str]) -> Found:
    """The entities that `query` names, with up to `n` neighbours by each relation; with `to`, the `n` best paths to that entity. `place` is
    "clinic", the built-in one, or where `load_graph` finds one. Raises UserError where nothing of it is in the graph."""
    graph = (clinic_graph() if place == CLINIC else load_graph(place, exclude_sources)).bridged()
    linker = Linker.of(graph, leave_out=(), ordinary=())
    starts = _entities(linker, query)
    if not to:
        return _about(graph, starts, n)
    return _paths(graph, starts, _entities(linker, to), n)


def _entities(linker: Linker, text: str) -> list[int]:
    """By id, by name as a whole, else those that stand in it."""
    graph = linker.graph
    if text in graph.ids:
        return [graph.number(text)]
    nodes = graph.named(text) or linker.named(text) or list(dict.fromkeys(link.node for link in linker.link(text)))
    if not nodes:
        raise UserError(f"lookup: {text!r} names nothing in the graph; give the name or the id of an entity, such as {graph.names[0]!r}")
    return nodes


def _about(graph: Graph, nodes: Sequence[int], n: int) -> Found:
    rows: list[Row] = []
    content: list[dict[str, Any]] = []
    for node in nodes:
        also = ", ".join(graph.synonyms[node][:5])
        rows.append((graph.ids[node], f"{graph.names[node]} ({graph.kinds[node]}){f', also {also}' if also else ''}"))
        known: dict[str, list[str]] = {}
        for relation in graph.relation_names:
            for is_forward in (True, False):
                others = (graph.out if is_forward else graph.into)(node, relation)
                if len(others):
                    name = relation if is_forward else f"{relation} (of)"
                    known[name] = [graph.names[other] for other in others[:n]]
                    more = f" and {len(others) - n} more" if len(others) > n else ""
                    rows.append((f"  {name}", "; ".join(known[name]) + more))
        content.append({"id": graph.ids[node], "name": graph.names[node], "kind": graph.kinds[node], "neighbours": known})
    return Found(rows, {"entities": content})


def _paths(graph: Graph, starts: Sequence[int], ends: Sequence[int], n: int) -> Found:
    finder = PathFinder(graph)
    ways = [(end, finder.to(end)) for end in ends]
    found: list[GraphPath] = [path for start in starts for end, way in ways if start != end for path in way.best(start, n)]
    best = sorted(found, key=lambda path: path.cost)[:n]
    rows = [(f"{path.cost:.1f}", path.describe()) for path in best]
    content = [{"cost": path.cost, "path": path.describe(), "licences": path.licences} for path in best]
    return Found(rows or [("paths", "there is no way between them")], {"paths": content})


def in_calculators(query: str, n: int) -> Found:
    """Calculators whose name, title or inputs have the words of the query."""
    words = query.lower().split()
    scored: list[tuple[int, str]] = []
    for name, each in CALCULATORS.items():
        text = " ".join([name.replace("_", " "), each.title, *(an_input.name for an_input in each.inputs)]).lower()
        if n_words := sum(word in text for word in words):
            scored.append((-n_words, name))
    names = [name for _, name in sorted(scored)[:n]]
    rows = [(f"osler calc {name}", f"{CALCULATORS[name].title} ({CALCULATORS[name].reference})") for name in names]
    return Found(rows, {"calculators": [{"name": name, "title": CALCULATORS[name].title} for name in names]})


def look_up(
    query: str, *, passages: Sequence[Path], graph: str, to: str, retriever: str, index: Path, n: int, exclude_sources: Collection[str]
) -> Found:
    """In whatever is named; where nothing is, in the calculators and in the clinic's graph. Raises UserError where there is nothing."""
    if to and not graph:
        graph = CLINIC
    found = in_passages(query, passages, retriever, index, n) if passages else NOTHING
    if graph:
        found += in_graph(query, graph, to, n, exclude_sources)
    if passages or graph:
        return found
    found = in_calculators(query, n)
    try:
        return found + in_graph(query, CLINIC, "", n, ())
    except UserError:
        if not found.rows:
            raise UserError(
                f"lookup: nothing built in knows {query!r}; name a book or passages with --passages, or a graph with --graph"
            ) from None
        return found
