"""The graph that merged pairs make, as tables that `load_graph` reads."""

from collections.abc import Iterable
from pathlib import Path

import yaml

from osler.core.records import write_text
from osler.synthesise.dated.texts import DIRECTED, noted
from osler.synthesise.draft import Draft

NODES = "id\ttype\tname"
EDGES = "head\trelation\ttail\tsources\tconfidence\tfirst\tlast\ttexts"


def write_tables(drafts: Iterable[Draft], folder: Path) -> None:
    """nodes.tsv, edges.tsv and, where licences are stated, licences.yaml. A relation that holds both ways makes two rows. `confidence`,
    `first`, `last` and `texts` (ids, `|` between them) are for people and for what filters; a graph has no place for them."""
    nodes: dict[str, str] = {}
    edges: list[str] = []
    licences: dict[str, str] = {}
    for draft in drafts:
        for each in noted(draft, "entities"):
            nodes.setdefault(each["id"], "\t".join(map(_cell, (each["id"], each["kind"], each["name"]))))
        licences |= {_cell(source): licence for source, licence in noted(draft, "licences").items() if licence}
        for edge in noted(draft, "edges"):
            ends = [(edge["head"], edge["tail"]), (edge["tail"], edge["head"])][: 1 if edge["relation"] in DIRECTED else 2]
            sources, texts = (_listed(edge[name]) for name in ("sources", "texts"))
            about = (sources, f"{edge['confidence']:.6g}", edge["first"], edge["last"], texts)
            edges += ["\t".join((_cell(head), edge["relation"], _cell(tail), *about)) for head, tail in ends]
    folder.mkdir(parents=True, exist_ok=True)
    write_text(folder / "nodes.tsv", "\n".join([NODES, *nodes.values(), ""]))
    write_text(folder / "edges.tsv", "\n".join([EDGES, *edges, ""]))
    if licences:
        write_text(folder / "licences.yaml", yaml.safe_dump(licences, allow_unicode=True))


def _cell(text: str) -> str:
    """A tab or a line's end would end the cell, and quotes are a table's own."""
    return " ".join(text.replace('"', "'").split())


def _listed(texts: Iterable[str]) -> str:
    return "|".join(_cell(text).replace("|", "/") for text in texts)
