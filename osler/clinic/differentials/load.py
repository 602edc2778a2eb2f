"""Profiles from where they are: the teaching clinic, a graph, the DDXPlus knowledge base, or somebody's own table."""

import re
from functools import lru_cache
from pathlib import Path

from osler.clinic.differentials.own_table import read_own_table
from osler.clinic.differentials.profiles import Profiles, profiles_of, whole_percent
from osler.clinic.world import Frequency, load_world
from osler.core.errors import UserError

CLINIC = "clinic"
SHOWS = "has_phenotype"
"""The relation of a graph from a condition to a finding, with a frequency."""
NOT_STATED_PERCENT = 55
"""A graph's edge without a frequency counts as "frequent", the class from 30 to 79 %; counted in the card."""
MIN_FINDINGS, MIN_TYPICAL = 12, 3
"""Conditions of a graph have so many findings, and so many of 80 % and more."""

_PERCENT = {
    Frequency.OBLIGATE: 100,
    Frequency.VERY_FREQUENT: 90,
    Frequency.FREQUENT: 55,
    Frequency.OCCASIONAL: 17,
    Frequency.EXCLUDED: 0,
}
_HPO_NOTE = (
    "The Human Phenotype Ontology and its annotations are used under the HPO licence, with attribution: hpo.jax.org,"
    " The Human Phenotype Ontology in 2024 (Gargano et al., Nucleic Acids Research 2024); frequencies are rounded, nothing else is changed."
)


def load_profiles(where: str) -> Profiles:
    """`clinic`, or a path. Read once and kept until the files change. Raises UserError for what cannot be read or is too little."""
    if where == CLINIC:
        return _clinic()
    place = Path(where)
    if not place.exists():
        raise UserError(f"{where}: there is no such file or folder; give a table, a graph, the folder of DDXPlus, or {CLINIC!r}")
    stamps = tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in files_of(where))
    return _load(place, stamps)


def files_of(where: str) -> tuple[Path, ...]:
    """The files that profiles are read from; none for the clinic."""
    place = Path(where)
    if where == CLINIC:
        return ()
    return tuple(sorted(each for each in place.iterdir() if each.is_file())) if place.is_dir() else (place,)


@lru_cache(maxsize=4)
def _load(place: Path, stamps: tuple[tuple[str, int, int], ...]) -> Profiles:
    from osler.clinic.differentials.ddxplus import is_ddxplus, read_ddxplus

    if is_ddxplus(place):
        return read_ddxplus(place, slug(place))
    if place.is_file() and {".csv", ".tsv", ".txt", ".jsonl"} & set(place.suffixes):
        return read_own_table(place, slug(place))
    return _of_graph(place)


def slug(place: Path) -> str:
    """A file's or folder's name as a part of ids."""
    name = place.resolve().name
    return re.sub(r"[^a-z0-9]+", "-", name.split(".")[0].lower()).strip("-")[:40] or "profiles"


@lru_cache(maxsize=1)
def _clinic() -> Profiles:
    rows = [
        (condition.name, finding, _PERCENT[frequency])
        for condition in load_world().conditions.values()
        for finding, frequency in condition.findings.items()
    ]
    origin = "The teaching clinic of osler: simplified facts, written for this project from common medical knowledge."
    return profiles_of(CLINIC, rows, origin=origin, licence="Apache License 2.0, as osler itself.")


def _of_graph(place: Path) -> Profiles:
    import numpy as np

    from osler.knowledge.graphs.load import load_graph

    graph = load_graph(place)
    edges = np.flatnonzero(graph.relations == graph.relation(SHOWS))
    heads, tails, shares = (column[edges].tolist() for column in (graph.heads, graph.tails, graph.frequency))
    percents = [NOT_STATED_PERCENT if share != share else whole_percent(share) for share in shares]
    rows = ((graph.names[head], graph.names[tail], percent) for head, tail, percent in zip(heads, tails, percents, strict=True))
    mask = int(np.bitwise_or.reduce(graph.sources[edges])) if len(edges) else 0
    sources = [name for bit, name in enumerate(graph.source_names) if mask >> bit & 1]
    licences = [f"{source}: {graph.licences.get(source) or 'not stated'}" for source in sources]
    note = f" {_HPO_NOTE}" if any(source.startswith("HPO") for source in sources) else ""
    profiles = profiles_of(
        slug(place),
        rows,
        min_findings=MIN_FINDINGS,
        min_typical=MIN_TYPICAL,
        origin=f"The {SHOWS} edges of the graph {slug(place)} ({graph.hash}), from {', '.join(sources)}.",
        licence=f"{'; '.join(licences)}.{note}",
    )
    n_not_stated = sum(share != share for share in shares)
    return profiles.counting(**{f"edges_without_a_frequency_taken_as_{NOT_STATED_PERCENT}_percent": n_not_stated})
