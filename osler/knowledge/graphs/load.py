"""Reads a graph from files of any known format."""

import json
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import yaml

from osler.core.errors import RecordError, UserError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.hierarchy import cycles
from osler.knowledge.graphs.hpoa import read_hpoa
from osler.knowledge.graphs.licences import ruled_out
from osler.knowledge.graphs.lines import lines, whole
from osler.knowledge.graphs.obo import read_obo
from osler.knowledge.graphs.obo_graph import read_obo_graph
from osler.knowledge.graphs.records import read_json_lines
from osler.knowledge.graphs.tables import read_edges, read_nodes, read_triples

Reader = Callable[[Path, Draft], None]

TABLES = (".tsv", ".csv", ".tsv.gz", ".csv.gz")
LICENCES = "licences.yaml"
_BY_SUFFIX: dict[str, Reader] = {".obo": read_obo, ".hpoa": read_hpoa, ".jsonl": read_json_lines, ".json": read_obo_graph}
_KNOWN = "tables of nodes and edges, triples, OBO, OBO-graph JSON, phenotype.hpoa, JSON Lines"


def load_graph(
    place: str | Path | Sequence[str | Path], exclude_sources: Collection[str] = (), exclude_licences: Collection[str] = ()
) -> Graph:
    """One graph of all files of a folder, of one file, or of several: a node that several name is one, an edge that several state has all
    their sources. Edges that only excluded sources state are left out, and those of sources whose licence is excluded ("non-commercial",
    "not stated", …: `ruled_out`). Raises UserError for what cannot be read; what can be mended is counted in `amiss`."""
    draft = Draft()
    given = [place] if isinstance(place, str | Path) else list(place)
    for file in [file for each in given for file in _files(Path(each))]:
        if file.name == LICENCES:
            draft.licences(_licences(file))
        else:
            _reader(file)(file, draft)
    graph = draft.graph()
    if not graph.n_nodes:
        raise UserError(f"{', '.join(map(str, given))}: no nodes in it; the formats are {_KNOWN}")
    graph = replace(graph, amiss={**graph.amiss, **cycles(graph)})
    for unwanted in exclude_licences:
        exclude_sources = {*exclude_sources, *ruled_out(graph.source_names, graph.licences, unwanted)}
    return graph.without(exclude_sources) if exclude_sources else graph


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    if not place.is_dir():
        raise UserError(f"{place}: there is no such file or folder; check the path")
    found = [place / f"{name}{suffix}" for name in ("nodes", "edges") for suffix in TABLES if (place / f"{name}{suffix}").is_file()]
    if not found:
        raise UserError(f"{place}: no nodes.tsv and no edges.tsv in the folder (csv or .gz are as good); name the files themselves")
    yield from found
    if (place / LICENCES).is_file():
        yield place / LICENCES


def _licences(path: Path) -> Mapping[str, str]:
    """Licences by source. Raises RecordError for anything else."""
    try:
        given = yaml.safe_load(whole(path, max_bytes=1 << 20))
    except (yaml.YAMLError, RecursionError) as error:
        raise RecordError(f"{path}: no YAML ({' '.join(str(error).split())[:120]}); write `source: licence` on each line") from error
    if not isinstance(given, dict) or not all(isinstance(part, str) for pair in given.items() for part in pair):
        raise RecordError(f"{path}: not a licence for each source; write `source: licence` on each line")
    return given


def _reader(file: Path) -> Reader:
    """By the name of the file, and where that says nothing, by its first lines."""
    suffix = Path(file.name.removesuffix(".gz")).suffix.lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    first = [line for line in islice(lines(file, lambda what, where: None), 200) if line.strip()]
    shown = next((line for line in first if not line.startswith(("#", "!"))), "")
    if shown.startswith("{"):
        return read_json_lines if _is_json(shown) else read_obo_graph
    if any(line.startswith(("format-version:", "[Term]")) for line in first):
        return read_obo
    header = {name.strip().strip('"').lower() for name in shown.replace("\t", ",").split(",")}
    if "database_id" in header or any(line.lower().startswith("#databaseid\t") for line in first):
        return read_hpoa
    if file.name.startswith("edges."):
        return read_edges
    return read_nodes if {"id", "name"} <= header or file.name.startswith("nodes.") else read_triples


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
