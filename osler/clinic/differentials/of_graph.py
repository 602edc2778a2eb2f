"""Profiles from a graph: its edges from conditions to findings with a frequency, and what is a kind of what."""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from osler.clinic.differentials.profiles import Profiles, profiles_of, tidied, whole_percent
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.hierarchy import is_a_relations
from osler.knowledge.graphs.load import load_graph

SHOWS = "has_phenotype"
"""The relation from a condition to a finding."""
NOT_STATED_PERCENT = 55
"""An edge without a frequency counts as "frequent", the class from 30 to 79 %; counted in the card."""
MIN_FINDINGS, MIN_TYPICAL = 12, 3
"""Conditions have so many findings, and so many of 80 % and more."""
NO_FINDINGS = frozenset({"HP:0012823", "HP:0031797", "HP:0000005", "HP:0032443"})
"""Clinical modifier, clinical course (with onset), mode of inheritance, past medical history: with all that is below them."""

_HPO_NOTE = (
    "The Human Phenotype Ontology and its annotations are used under the HPO licence, with attribution: hpo.jax.org,"
    " The Human Phenotype Ontology in 2024 (Gargano et al., Nucleic Acids Research 2024); frequencies are rounded and broader findings"
    " made as frequent as narrower ones, nothing else is changed."
)


def read_graph(place: Path, name: str) -> Profiles:
    """Raises UserError where the graph cannot be read or has no such edges."""
    graph = load_graph(place)
    edges = np.flatnonzero(graph.relations == graph.relation(SHOWS))
    heads, tails, shares = (column[edges].tolist() for column in (graph.heads, graph.tails, graph.frequency))
    parents = _parents(graph)
    above = {number: _above(parents, number) for number in {*heads, *tails}}
    modifiers = {number for number, id in enumerate(graph.ids) if id in NO_FINDINGS}
    rows = [
        (graph.names[head], graph.names[tail], NOT_STATED_PERCENT if share != share else whole_percent(share))
        for head, tail, share in zip(heads, tails, shares, strict=True)
        if tail not in modifiers and modifiers.isdisjoint(above[tail])
    ]
    origin, licence = _from_where(graph, edges, name)
    profiles = profiles_of(
        name,
        rows,
        min_findings=MIN_FINDINGS,
        min_typical=MIN_TYPICAL,
        above=_named(graph, above),
        origin=origin,
        licence=licence,
    )
    not_stated = f"edges_without_a_frequency_taken_as_{NOT_STATED_PERCENT}_percent"
    return profiles.counting(**{not_stated: sum(share != share for share in shares), "edges_to_modifiers": len(heads) - len(rows)})


def _from_where(graph: Graph, edges: npt.NDArray[np.integer[Any]], name: str) -> tuple[str, str]:
    mask = int(np.bitwise_or.reduce(graph.sources[edges], initial=0))
    sources = [source for bit, source in enumerate(graph.source_names) if mask >> bit & 1]
    licences = [f"{source}: {graph.licences.get(source) or 'not stated'}" for source in sources]
    note = f" {_HPO_NOTE}" if any(source.startswith("HPO") for source in sources) else ""
    origin = f"The {SHOWS} edges of the graph {name} ({graph.hash}), from {', '.join(sources) or 'no stated source'}."
    return origin, f"{'; '.join(licences) or 'Not stated'}.{note}"


def _named(graph: Graph, above: Mapping[int, Collection[int]]) -> dict[str, set[str]]:
    """By name, as profiles compare names; the names of two nodes may be one."""
    names = {number: tidied(graph.names[number]).casefold() for number in above}
    named: dict[str, set[str]] = {}
    for number, broader in above.items():
        named.setdefault(names[number], set()).update(names[other] for other in broader if other in names)
    return named


def _parents(graph: Graph) -> dict[int, list[int]]:
    parents: dict[int, list[int]] = {}
    for relation in is_a_relations(graph):
        edges = graph.relations == graph.relation(relation)
        for head, tail in zip(graph.heads[edges].tolist(), graph.tails[edges].tolist(), strict=True):
            parents.setdefault(head, []).append(tail)
    return parents


def _above(parents: Mapping[int, list[int]], number: int) -> set[int]:
    """Everything that a node is a kind of; a cycle ends where it began."""
    found, waiting = set[int](), [number]
    while waiting:
        fresh = [parent for parent in parents.get(waiting.pop(), ()) if parent not in found]
        found.update(fresh)
        waiting += fresh
    return found - {number}
