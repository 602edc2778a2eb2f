"""Reads a graph from files of any known format."""

from collections.abc import Collection, Iterator, Sequence
from pathlib import Path

from osler.core.errors import UserError
from osler.knowledge.graphs.draft import Draft
from osler.knowledge.graphs.graph import Graph
from osler.knowledge.graphs.licences import ruled_out
from osler.knowledge.graphs.tables import read_edges, read_nodes

TABLES = (".tsv", ".csv", ".tsv.gz", ".csv.gz")


def load_graph(
    place: str | Path | Sequence[str | Path], exclude_sources: Collection[str] = (), exclude_licences: Collection[str] = ()
) -> Graph:
    """One graph of all files of a folder, of one file, or of several: a node that several name is one, an edge that several state has all
    their sources. Edges that only excluded sources state are left out, and those of sources whose licence is excluded ("non-commercial",
    "not stated", …: `ruled_out`). Raises UserError for what cannot be read; what can be mended is counted in `problems`."""
    draft = Draft()
    given = [place] if isinstance(place, str | Path) else list(place)
    for file in [file for each in given for file in _files(Path(each))]:
        _read(file, draft)
    graph = draft.graph()
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


def _read(file: Path, draft: Draft) -> None:
    if file.name.startswith("nodes."):
        read_nodes(file, draft)
    else:
        read_edges(file, draft)
